"""Brings completed recordings to the remote storage, and lets go of the local files later.

Each recording is a piece of work in the store, so an outage of days and a kill at any moment cost
time only: a file is brought again until it has been found whole, by reading all of it back. The
local files go when the recording has been whole in the storage for some days.
"""

from __future__ import annotations

import logging
from datetime import timedelta
from functools import partial
from typing import Final, Protocol

from recordings.finishing.staged_files import file_key
from recordings.storage.daemon_thread import in_daemon_thread
from recordings.storage.files import RecordingFiles
from recordings.storage.remote import RemoteStorage
from recordings.storage.staging import digest
from recordings.work_loop import NotNowError
from voicegw.clock import Clock
from voicegw.errors import DamagedFileError, RecordingError, StorageUnavailableError
from voicegw.model.recording import Place, Recording, RecordingFile, RecordingStatus
from voicegw.model.work import WorkItem, WorkKind
from voicegw.store.uploads import UploadStore

logger = logging.getLogger(__name__)

ALERT_STORAGE: Final = "recording-storage-unavailable"
"""Raised while the storage can't be reached or refuses; recordings wait on the node."""


class Alert(Protocol):
    """Raises or clears an alert."""

    def __call__(self, slug: str, raised: bool, detail: str = "") -> None:
        """Say whether `slug` holds."""
        ...


class Uploader:
    """Does the work `UPLOAD` and `FORGET_LOCAL`; `handle` is for a `WorkLoop`."""

    def __init__(
        self,
        files: RecordingFiles,
        remote: RemoteStorage,
        store: UploadStore,
        clock: Clock,
        *,
        local_days: float,
        on_alert: Alert,
    ) -> None:
        """Bring files from `files.local` to `remote`; local ones stay for `local_days` more."""
        self._files = files
        self._remote = remote
        self._store = store
        self._clock = clock
        self._keep = timedelta(days=local_days)
        self._on_alert = on_alert
        self.uploaded_bytes = 0
        self.is_away = False
        """Whether the storage could not be reached when it was last tried."""

    async def handle(self, item: WorkItem) -> None:
        """Do one piece of work. Raises NotNowError while the storage is away."""
        recording = await self._store.recording(item.subject)
        try:
            if recording is None or not _has_files(recording):
                if recording is not None and recording.status is RecordingStatus.DELETED:
                    await in_daemon_thread(partial(self._remove_leftovers, recording))
                await self._store.conclude(item, self._clock.now())
            elif item.kind is WorkKind.UPLOAD:
                await self._upload(item, recording)
            else:
                await self._forget(item, recording)
        except StorageUnavailableError as error:
            self.is_away = True
            self._on_alert(ALERT_STORAGE, True, error.detail)
            raise NotNowError(error.slug) from error
        self.is_away = False
        self._on_alert(ALERT_STORAGE, False)

    async def _upload(self, item: WorkItem, recording: Recording) -> None:
        brought: list[RecordingFile] = []
        while True:
            for file in recording.files:
                if file not in brought:
                    brought.append(await self._bring_current(recording, file))
            if recording.node != self._store.node:
                # A copy made here, of a recording whose node removes its files: none is to stay,
                # and once this work is concluded nobody looks for them here.
                for file in brought:
                    await in_daemon_thread(partial(self._files.local.delete, file.key))
            now = self._clock.now()
            recording = await self._store.uploaded(item, brought, now, now + self._keep)
            if not _has_files(recording):
                # Deleted meanwhile: what was brought since must not outlive it.
                for file in brought:
                    await in_daemon_thread(partial(self._remote.delete, file.key))
                    await in_daemon_thread(partial(self._files.local.delete, file.key))
                await self._store.conclude(item, now)
                return
            if all(file in brought for file in recording.files):
                break
        logger.info("recording uploaded", extra={"recording_id": recording.id})

    async def _bring_current(self, recording: Recording, file: RecordingFile) -> RecordingFile:
        """Have `file` whole in the storage; return what it is, which its record then says.

        An encryption anew that was killed before its record was written has left another file than
        the record's, of the same sound. Raises what `_bring` and `LocalStorage.describe` raise.
        """
        try:
            await in_daemon_thread(partial(self._bring, file))
        except DamagedFileError:
            after = await in_daemon_thread(partial(self._encrypted_anew, file))
            if after is None:
                raise
            logger.info("file was encrypted anew", extra={"recording_id": recording.id})
            await self._store.rekeyed(recording.id, file, after)
            await in_daemon_thread(partial(self._bring, after))
            return after
        return file

    def _encrypted_anew(self, file: RecordingFile) -> RecordingFile | None:
        """Return what lies in place of `file` if that is its sound, encrypted."""
        found = self._files.local.describe(file.key, file.kind, file.media_type)
        is_same = (found.sha256, found.plain_bytes) == (file.sha256, file.plain_bytes)
        return found if is_same and found.key_id is not None else None

    def _remove_leftovers(self, recording: Recording) -> None:
        """Remove what was made on this node of a recording that is deleted."""
        self._files.local.delete_all(file_key(recording, ""))

    def _bring(self, file: RecordingFile) -> None:
        """Have `file` whole in the storage. Raises StorageUnavailableError and RecordingError."""
        # A kill may have come after the last byte was sent: what is there already need not be.
        if self._remote.size_bytes(file.key) == file.size_bytes and self._holds(file):
            return
        try:
            with self._files.local.path(file.key).open("rb") as stream:
                local = digest(stream)
        except FileNotFoundError as error:
            raise RecordingError("the file is neither on the node nor in the storage") from error
        if local != (file.stored_sha256, file.size_bytes):
            raise DamagedFileError("the local file is not what was stored")
        self._remote.put(self._files.local.path(file.key), file.key)
        if not self._holds(file):
            raise StorageUnavailableError("it does not give back what it was given")
        self.uploaded_bytes += file.size_bytes

    def _holds(self, file: RecordingFile) -> bool:
        return self._remote.digest(file.key) == (file.stored_sha256, file.size_bytes)

    async def _forget(self, item: WorkItem, recording: Recording) -> None:
        """Delete the local files of a recording whose remote ones are there.

        Those that the storage has lost are brought to it again: the local ones are all there is.
        """
        if recording.place is Place.LOCAL:
            # It has got a file that is on its way; that upload asks for this again.
            await self._store.conclude(item, self._clock.now())
            return
        if not await in_daemon_thread(partial(self._forget_files, recording)):
            logger.error("storage has lost a file", extra={"recording_id": recording.id})
            await self._store.bring_again(item, self._clock.now())
        elif not await self._store.forgotten(item, recording.files, self._clock.now()):
            raise NotNowError("files-changed")

    def _forget_files(self, recording: Recording) -> bool:
        """Delete the local files; False, and nothing is deleted, when a remote one is not there."""
        for file in recording.files:
            if self._remote.size_bytes(file.key) != file.size_bytes:
                return False
        for file in recording.files:
            self._files.local.delete(file.key)
        return True


def _has_files(recording: Recording) -> bool:
    return recording.status is RecordingStatus.COMPLETED and bool(recording.files)
