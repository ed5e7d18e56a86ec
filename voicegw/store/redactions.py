"""What a redaction leaves in the store: the copy, its seal to be made, and the audit entry."""

from __future__ import annotations

import msgspec
import sqlalchemy as sa

from voicegw.errors import ConflictError
from voicegw.model.audit import AuditEntry
from voicegw.model.recording import Place, Recording, RecordingFile, RecordingStatus, Redaction
from voicegw.model.work import WorkKind
from voicegw.store.audit import add_entries
from voicegw.store.database import Database
from voicegw.store.recordings import change_recording
from voicegw.store.seals import put_seal_work
from voicegw.store.work import put_work_again, work_row


async def add_redacted_copy(
    database: Database,
    recording_id: str,
    file: RecordingFile,
    redaction: Redaction,
    entry: AuditEntry,
    *,
    upload_from: str | None = None,
) -> Recording:
    """Add a copy to its recording, have it sealed, and note it: all in one transaction.

    `upload_from` is the node that has the file and is to bring it to the remote storage, if any.
    Raises NotFoundError, ConflictError when the recording was deleted meanwhile, and
    StoreUnavailableError; then the copy's file is nobody's, and the caller removes it.
    """

    def add(connection: sa.Connection) -> Recording:
        def change(recording: Recording) -> Recording:
            if recording.status is not RecordingStatus.COMPLETED:
                raise ConflictError("recording-deleted", "The recording has been deleted.")
            return msgspec.structs.replace(
                recording,
                # A file is on its way again; the upload says when all of them have arrived.
                place=recording.place if upload_from is None else Place.LOCAL,
                files=[*recording.files, file],
                redactions=[*recording.redactions, redaction],
            )

        changed = change_recording(connection, recording_id, change)
        put_seal_work(database, connection, changed, redaction.at)
        if upload_from is not None:
            row = work_row(WorkKind.UPLOAD, recording_id, redaction.at, node=upload_from)
            put_work_again(database, connection, row)
        add_entries(connection, [entry])
        return changed

    return await database.do_write(add)
