"""Builds where recordings lie: files, keys, the object storage; part of the composition root."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import Final

from api.metrics import Figure
from api.services import PartStatus
from config.settings import Settings
from recordings.service import ALERT_KEY
from recordings.storage.daemon_thread import in_daemon_thread
from recordings.storage.files import RecordingFiles
from recordings.storage.local import LocalStorage, open_storage
from recordings.storage.remote import RemoteOptions, RemoteStorage
from recordings.storage.upload import Uploader
from recordings.storage.upload_service import UploadService
from voicegw.clock import Clock
from voicegw.events.alerts import Alerts
from voicegw.keyring import open_key_ring
from voicegw.store.database import Database
from voicegw.store.uploads import UploadStore
from voicegw.store.work import WorkQueue

ALERT_KEY_FILE: Final = "recording-key-file-unusable"
"""Raised while `recording.key_file` can't be used as it is now: the keys of before are in use."""


def remote_storage(settings: Settings) -> RemoteStorage | None:
    """Return the object storage, None where recordings stay in a folder. Raises ConfigError."""
    if not settings.recording.is_remote:
        return None
    storage = settings.storage
    return RemoteStorage(
        RemoteOptions(
            url=settings.recording.storage,
            endpoint=storage.endpoint,
            region=storage.region,
            access_key=storage.access_key,
            secret_key=storage.secret_key.get_secret_value(),
            path_style=storage.path_style,
            timeout_s=storage.timeout_s,
        )
    )


def recording_files(settings: Settings, local: LocalStorage | None = None) -> RecordingFiles:
    """Return what opens recordings, for the node and for any other process.

    Raises ConfigError when the storage or the file of keys can't be used.
    """
    if local is None:
        keys = open_key_ring(settings.recording.key_file)
        local = open_storage(settings.recording.local_url, keys)
    return RecordingFiles(local, remote_storage(settings))


class StoragePart:
    """What a node does about where its recordings lie."""

    def __init__(
        self,
        settings: Settings,
        local: LocalStorage,
        database: Database,
        clock: Clock,
        alerts: Alerts,
    ) -> None:
        """Raises ConfigError when the storage can't be used."""
        self.files = recording_files(settings, local)
        self._alerts = alerts
        self._uploads: UploadService | None = None
        if self.files.remote is not None:
            on_alert = partial(alerts.set, source="upload")
            store = UploadStore(database, settings.node.name)
            uploader = Uploader(
                self.files,
                self.files.remote,
                store,
                clock,
                local_days=settings.recording.local_days,
                on_alert=on_alert,
            )
            queue = WorkQueue(database, settings.node.name)
            self._uploads = UploadService(uploader, store, queue, clock, on_alert)

    def start(self) -> None:
        """Begin to bring recordings away, where there is a storage to bring them to."""
        if self._uploads is not None:
            self._uploads.start()

    async def stop(self) -> None:
        """Stop."""
        if self._uploads is not None:
            await self._uploads.stop()

    async def watch(self) -> None:
        """Look how it is; to be called every few seconds. Raises StoreUnavailableError."""
        keys = self.files.local.keys
        if keys is not None:
            await in_daemon_thread(keys.refresh)
            self._alerts.set(ALERT_KEY_FILE, keys.trouble is not None, keys.trouble or "")
        missing = self.files.missing_keys()
        self._alerts.set(ALERT_KEY, bool(missing), ", ".join(missing), source="files")
        if self._uploads is not None:
            await self._uploads.look()

    def readiness(self) -> list[PartStatus]:
        """Return the state of the object storage; calls are taken while it is away."""
        if self._uploads is None:
            return []
        waiting = self._uploads.backlog.waiting
        detail = f"{waiting} recordings wait on this node" if self._uploads.is_away else ""
        return [PartStatus("recording-storage", True, detail)]

    def figures(self) -> Iterable[Figure]:
        """Return the figures for `/metrics`."""
        if self._uploads is None:
            return
        backlog = self._uploads.backlog
        yield Figure("upload_backlog", backlog.waiting)
        yield Figure("upload_oldest_seconds", self._uploads.oldest_s())
        yield Figure("upload_failed", backlog.failed)
        yield Figure("uploaded_bytes", self._uploads.uploader.uploaded_bytes)
