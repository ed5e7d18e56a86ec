"""Makes redacted copies for whoever asks, one at a time, in a thread."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Sequence
from functools import partial
from typing import Final

from recordings.care.redaction import KeepsFiles, redacted_copy
from voicegw.errors import ConflictError, InvalidError, StoreError
from voicegw.model.audit import AuditEntry
from voicegw.model.recording import (
    Recording,
    RecordingFile,
    RecordingStatus,
    RedactedSpan,
    Redaction,
)
from voicegw.store.database import Database
from voicegw.store.recordings import RecordingRepository
from voicegw.store.redactions import add_redacted_copy

MAX_SPANS: Final = 200


class Redactor:
    """Makes copies of this node's recordings and adds them to their records."""

    def __init__(
        self,
        database: Database,
        files: KeepsFiles,
        *,
        upload_from: str | None = None,
    ) -> None:
        """Read and write by `files`; with `upload_from`, this node, copies are uploaded.

        Pass it where there is a remote storage.
        """
        self._database = database
        self._files = files
        self._upload_from = upload_from
        self._turn = asyncio.Lock()

    async def redact(
        self, recording: Recording, spans: Sequence[RedactedSpan], why: str, entry: AuditEntry
    ) -> Recording:
        """Make a copy of `recording` with `spans` covered; return the recording as it is then.

        `entry` goes into the audit log with it, and says who and when. Raises ConflictError unless
        the recording is completed, InvalidError for spans outside of it, NotFoundError when its
        master is not there, RecordingError, StoreUnavailableError, and OSError when the disk
        refuses. Nothing is left of a copy that failed.
        """
        if recording.status is RecordingStatus.DELETED:
            raise ConflictError("recording-deleted", "The recording has been deleted.")
        if recording.status is not RecordingStatus.COMPLETED:
            raise ConflictError("recording-not-ready", "only a completed recording has a copy")
        check_spans(spans, recording.duration_s)
        async with self._turn:
            file = await asyncio.to_thread(
                redacted_copy,
                recording,
                spans,
                self._files,
                name=secrets.token_hex(4),
            )
            redaction = Redaction(entry.principal, why, entry.at, list(spans), file.sha256)
            add = partial(add_redacted_copy, upload_from=self._upload_from)
            adding = asyncio.ensure_future(
                add(self._database, recording.id, file, redaction, entry)
            )
            try:
                return await asyncio.shield(adding)
            except BaseException:
                # Nobody can stop a transaction that has begun.
                await asyncio.wait([adding])
                await self._remove_unless_added(recording.id, file)
                raise

    async def _remove_unless_added(self, recording_id: str, file: RecordingFile) -> None:
        """Remove a copy that no record tells of.

        Where the store can't tell, as when the connection broke while it committed, the copy stays:
        it goes with the recording.
        """
        try:
            recording = await RecordingRepository(self._database).get(recording_id)
        except StoreError:
            return
        if recording is None or file not in recording.files:
            await asyncio.to_thread(self._files.delete, file)


def check_spans(spans: Sequence[RedactedSpan], duration_s: float | None) -> None:
    """Raise InvalidError naming the first of `spans` that covers nothing of the recording."""
    if not 1 <= len(spans) <= MAX_SPANS:
        raise InvalidError(
            "spans", f"must be 1 to {MAX_SPANS}", kind="item-count", min=1, max=MAX_SPANS
        )
    for index, span in enumerate(spans):
        if span.start_s < 0 or span.end_s <= span.start_s:
            raise InvalidError(
                f"spans.{index}",
                "must end after it begins, at 0 or later",
                kind="not-after",
                other="start_s",
            )
        if duration_s is not None and span.start_s >= duration_s:
            raise InvalidError(
                f"spans.{index}.start_s", "lies behind the recording's end", kind="too-great"
            )
