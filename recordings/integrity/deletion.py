"""Deletes recordings: the signed stub first, then every file and everything made of them."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from recordings.finishing.staged_files import file_key
from recordings.integrity.chain import deletion_seal, files_of
from recordings.integrity.keys import KeyFolder
from recordings.integrity.sealer import ensure_key
from recordings.work_loop import NotNowError
from voicegw.clock import Clock
from voicegw.errors import RecordingError
from voicegw.events.factory import EventFactory
from voicegw.model.audit import AuditEntry
from voicegw.model.recording import Recording, RecordingFile, RecordingStatus
from voicegw.model.seal import ChainHead, Seal
from voicegw.model.work import WorkItem
from voicegw.store.disposal import DisposalRepository
from voicegw.store.recordings import RecordingRepository
from voicegw.store.seals import SealRepository

logger = logging.getLogger(__name__)


class DeletableFiles(Protocol):
    """Where files are deleted; `recordings.storage.files.RecordingFiles` is one."""

    def delete(self, file: RecordingFile) -> None:
        """Delete `file` wherever it lies; it need not be there. Raises RecordingError, OSError."""
        ...

    def delete_all(self, prefix: str) -> None:
        """Delete every file whose key begins with `prefix`. Raises the same."""
        ...


class RecordingDeleter:
    """Deletes recordings in the name of one node."""

    def __init__(
        self,
        disposal: DisposalRepository,
        seals: SealRepository,
        keys: KeyFolder,
        node: str,
        clock: Clock,
    ) -> None:
        """Sign with the node's key from `keys`."""
        self._disposal = disposal
        self._seals = seals
        self._keys = keys
        self._node = node
        self._clock = clock

    async def delete(self, recording_id: str, why: str, entry: AuditEntry) -> Recording:
        """Delete a recording for `entry.principal`; return it, `deleted`.

        Its sound can't be heard any more once this returns; its files are removed soon after.
        Raises NotFoundError, ConflictError (`recording-held` and others, see
        `DisposalRepository.delete`), StartError when the signing key can't be used, and
        StoreUnavailableError.
        """
        signer = await ensure_key(self._seals, self._keys, self._node, self._clock)
        now = self._clock.now()

        def stub(recording: Recording, earlier: Sequence[Seal], head: ChainHead) -> Seal:
            return deletion_seal(
                recording, earlier, head, by=entry.principal, why=why, now=now, signer=signer
            )

        deleted = await self._disposal.delete(recording_id, self._node, now, stub, entry)
        facts = {"recording_id": recording_id, "call_id": deleted.call_id}
        logger.info("recording deleted", extra=facts)
        return deleted


class Remover:
    """Does the work `DELETE`: `handle` is for a `WorkLoop`."""

    def __init__(
        self,
        disposal: DisposalRepository,
        recordings: RecordingRepository,
        files: DeletableFiles,
        spool_folder: Path,
        *,
        clock: Clock,
        events: EventFactory,
    ) -> None:
        """Remove from `files` and, of recordings that could not be made, from `spool_folder`."""
        self._disposal = disposal
        self._recordings = recordings
        self._files = files
        self._spool_folder = spool_folder
        self._clock = clock
        self._events = events
        self.removed = 0
        """How many recordings were removed since the start."""

    async def handle(self, item: WorkItem) -> None:
        """Remove what is kept of a deleted recording.

        Raises NotNowError while that is refused, or while the recording is being uploaded: what
        is brought to the storage after this would stay there.
        """
        if await self._disposal.is_uploading(item.subject, self._clock.now()):
            raise NotNowError("upload-in-hand")
        recording = await self._recordings.get(item.subject)
        if recording is not None and recording.status is RecordingStatus.DELETED:
            try:
                await asyncio.to_thread(self._remove, recording)
            except (RecordingError, OSError) as error:
                raise NotNowError(getattr(error, "slug", "storage-refuses")) from error
        if await self._disposal.removed(item, self._clock.now(), self._events.recording):
            self.removed += 1

    def _remove(self, recording: Recording) -> None:
        own = files_of(recording)
        for file in own:
            self._files.delete(file)
        # A kill may have left a file that no record tells of: a copy, one encrypted anew.
        first = file_key(recording, "")
        for folder in {key.rpartition("/")[0] for key in (first, *(file.key for file in own))}:
            self._files.delete_all(f"{folder}/{recording.id}." if folder else f"{recording.id}.")
        spool = self._spool_folder / (recording.spool or f"{recording.id}.spool")
        spool.unlink(missing_ok=True)
