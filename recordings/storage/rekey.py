"""Encrypts files of recordings anew, with the key that is the current one.

For what lies in plain from before there was a key, and for keys that are to be retired. A file is
written whole beside the old one, found equal to it, moved to its place, brought to the storage, and
then the record says so. Whatever stops this on the way, the recording can be heard and the next run
goes on: which key opens a file is told by the file itself.
"""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Final, Protocol

from recordings.storage.daemon_thread import in_daemon_thread
from recordings.storage.files import RecordingFiles
from recordings.storage.remote import RemoteStorage
from recordings.storage.staging import digest
from voicegw.errors import DamagedFileError, RecordingError, StorageUnavailableError
from voicegw.keyring import KeyRing
from voicegw.model.recording import Place, Recording, RecordingFile, RecordingStatus

_COPY_BYTES: Final = 1 << 20


class RekeyStore(Protocol):
    """What is known of recordings."""

    def completed(self) -> AsyncIterator[Recording]:
        """Yield the completed recordings, one after the other."""
        ...

    async def recording(self, recording_id: str) -> Recording | None:
        """Return the recording as it is now."""
        ...

    async def rekeyed(self, recording_id: str, before: RecordingFile, after: RecordingFile) -> bool:
        """Replace a file's description; False when it is not what it was any more."""
        ...

    async def uploads_again(self) -> None:
        """Have the uploads tried once more that were given up."""
        ...


@dataclass(slots=True)
class RekeyReport:
    """How many files were encrypted anew, were so already, wait for their upload, or failed."""

    rekeyed: int = 0
    current: int = 0
    waiting: int = 0
    failed: int = 0

    @property
    def files(self) -> int:
        """How many files were looked at."""
        return self.rekeyed + self.current + self.waiting + self.failed


class Rekeyer:
    """Goes through all recordings once; `report` grows meanwhile."""

    def __init__(self, files: RecordingFiles, keys: KeyRing, store: RekeyStore) -> None:
        """Encrypt `files` with the current one of `keys`."""
        self._files = files
        self._keys = keys
        self._store = store
        self.report = RekeyReport()
        self.failures: list[tuple[str, str]] = []
        """Recordings whose files could not be encrypted anew, with a slug that says why."""

    async def run(self) -> None:
        """Do it. Raises StorageUnavailableError, StoreUnavailableError, OSError: run it again."""
        if self._files.remote is not None:
            # Those that were given up over what a killed run has left can be done by now.
            await self._store.uploads_again()
        async for recording in self._store.completed():
            for file in recording.files:
                await self._one(recording, file)

    async def _one(self, recording: Recording, file: RecordingFile) -> None:
        if file.key_id == self._keys.current.id:
            self.report.current += 1
            return
        remote = self._files.remote
        if remote is not None and recording.place is Place.LOCAL:
            # Its upload is under way, and compares what it sends with what the record says.
            self.report.waiting += 1
            return
        try:
            after = await in_daemon_thread(lambda: self._encrypt(file, remote))
        except StorageUnavailableError:
            raise
        except RecordingError as error:
            self.report.failed += 1
            self.failures.append((recording.id, error.slug))
            return
        if await self._store.rekeyed(recording.id, file, after):
            self.report.rekeyed += 1
            if recording.place is Place.REMOTE:
                await in_daemon_thread(lambda: self._files.local.delete(file.key))
        elif await self._is_deleted(recording):
            # Its removal may have passed already: what was written since would stay for good.
            await in_daemon_thread(lambda: self._files.delete(file))

    async def _is_deleted(self, recording: Recording) -> bool:
        now = await self._store.recording(recording.id)
        return now is None or now.status is RecordingStatus.DELETED

    def _encrypt(self, file: RecordingFile, remote: RemoteStorage | None) -> RecordingFile:
        """Write the file anew where it lies; return what it is now."""
        with self._files.open(file) as plain, self._files.local.stage(file.key) as staged:
            shutil.copyfileobj(plain, staged.stream, _COPY_BYTES)
            with staged.open() as written:
                if digest(written) != (file.sha256, file.plain_bytes):
                    raise DamagedFileError("the file is not what was recorded")
            after = staged.put(file.kind, file.media_type)
        if remote is not None:
            remote.put(self._files.local.path(file.key), file.key)
            if remote.digest(file.key) != (after.stored_sha256, after.size_bytes):
                raise StorageUnavailableError("it does not give back what it was given")
        return after
