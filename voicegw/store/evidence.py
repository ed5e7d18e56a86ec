"""All that the store knows about recordings, for exports and dossiers: read together, by page."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeVar

import msgspec
import sqlalchemy as sa

from voicegw.model.call import Call
from voicegw.model.finding import Finding, QualityResult
from voicegw.model.recording import Recording
from voicegw.model.seal import Seal
from voicegw.model.transcript import Transcript, TranscriptStatus
from voicegw.store import schema
from voicegw.store.database import Database
from voicegw.store.seals import seals_of

T = TypeVar("T")


class Evidence(msgspec.Struct):
    """A recording, its call, and what came of it. `seals` are in their chain's order."""

    recording: Recording
    call: Call | None = None
    transcript: Transcript | None = None
    findings: list[Finding] = msgspec.field(default_factory=list)
    quality: QualityResult | None = None
    seals: list[Seal] = msgspec.field(default_factory=list)


class EvidenceReader:
    """Reads what there is about recordings. Raises StoreUnavailableError."""

    def __init__(self, database: Database) -> None:
        """Work on `database`, which the caller opens and closes."""
        self._database = database

    async def of(self, recordings: Sequence[Recording]) -> Sequence[Evidence]:
        """Return the evidence of each of `recordings`, in their order; at most a page of them.

        The recordings are read again together with everything else.
        """
        if not recordings:
            return []

        def read(connection: sa.Connection) -> Sequence[Evidence]:
            ids = [recording.id for recording in recordings]
            # As they are now: one that was deleted since it was listed gives nothing away.
            present = _by(connection, schema.recordings, "id", ids)
            current = [msgspec.convert(present[one], Recording) for one in ids if one in present]
            calls = _by(connection, schema.calls, "id", [one.call_id for one in current])
            transcripts = _by(connection, schema.transcripts, "recording_id", ids)
            results = _by(connection, schema.quality_results, "recording_id", ids)
            findings = _findings(connection, ids)
            seals = seals_of(connection, ids)
            return [
                Evidence(
                    one,
                    call=_converted(calls.get(one.call_id), Call),
                    transcript=_completed(_converted(transcripts.get(one.id), Transcript)),
                    findings=findings.get(one.id, []),
                    quality=_converted(results.get(one.id), QualityResult),
                    seals=seals.get(one.id, []),
                )
                for one in current
            ]

        return await self._database.do_read(read)


def _by(
    connection: sa.Connection, table: sa.Table, column: str, keys: Sequence[str]
) -> dict[str, Any]:
    """Return the documents of `table` by a unique column."""
    query = sa.select(table.c[column], table.c.document).where(table.c[column].in_(keys))
    return {row[0]: row.document for row in connection.execute(query)}


def _findings(connection: sa.Connection, ids: Sequence[str]) -> dict[str, list[Finding]]:
    columns = schema.findings.c
    query = (
        sa.select(columns.recording_id, columns.document)
        .where(columns.recording_id.in_(ids))
        .order_by(columns.id)
    )
    found: dict[str, list[Finding]] = {}
    for recording_id, document in connection.execute(query):
        found.setdefault(recording_id, []).append(msgspec.convert(document, Finding))
    return found


def _converted(document: Any, shape: type[T]) -> T | None:
    return None if document is None else msgspec.convert(document, shape)


def _completed(transcript: Transcript | None) -> Transcript | None:
    if transcript is None or transcript.status is not TranscriptStatus.COMPLETED:
        return None
    return transcript
