"""What a redaction leaves in the store: the copy, its seal to be made, and the audit entry."""

from __future__ import annotations

import msgspec
import sqlalchemy as sa

from voicegw.errors import ConflictError
from voicegw.model.audit import AuditEntry
from voicegw.model.recording import Recording, RecordingFile, RecordingStatus, Redaction
from voicegw.store.audit import add_entries
from voicegw.store.database import Database
from voicegw.store.recordings import change_recording
from voicegw.store.seals import put_seal_work


async def add_redacted_copy(
    database: Database,
    recording_id: str,
    file: RecordingFile,
    redaction: Redaction,
    entry: AuditEntry,
) -> Recording:
    """Add a copy to its recording, have it sealed, and note it: all in one transaction.

    Raises NotFoundError, ConflictError when the recording was deleted meanwhile, and
    StoreUnavailableError; then the copy's file is nobody's, and the caller removes it.
    """

    def add(connection: sa.Connection) -> Recording:
        def change(recording: Recording) -> Recording:
            if recording.status is not RecordingStatus.COMPLETED:
                raise ConflictError("conflict", "the recording has been deleted")
            return msgspec.structs.replace(
                recording,
                files=[*recording.files, file],
                redactions=[*recording.redactions, redaction],
            )

        changed = change_recording(connection, recording_id, change)
        put_seal_work(database, connection, changed, redaction.at)
        add_entries(connection, [entry])
        return changed

    return await database.do_write(add)
