"""Recordings in the store.

They are written by :mod:`voicegw.store.batch` until they are final. What happens to them afterwards
(upload, hold, deletion) goes through `change_recording`, one transaction each.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import Any

import msgspec
import sqlalchemy as sa

from voicegw.errors import NotFoundError
from voicegw.model.finding import FindingKind, Severity
from voicegw.model.recording import Recording, RecordingStatus
from voicegw.model.transcript import TranscriptStatus
from voicegw.store import schema
from voicegw.store.database import Database
from voicegw.store.paging import DEFAULT_LIMIT, Page, conditions, newest_first, page_of

_COLUMNS = schema.recordings.c


class RecordingFilter(msgspec.Struct, frozen=True):
    """Which recordings a list shall hold; what is None does not filter.

    `from_` (inclusive) and `until` (exclusive) are about `created_at`.
    """

    group_ids: Sequence[str] | None = None
    manager_id: str | None = None
    customer_id: str | None = None
    call_id: str | None = None
    status: RecordingStatus | None = None
    number: str | None = None
    """The customer's, as it is stored."""
    finding: FindingKind | None = None
    severity: Severity | None = None
    """With a finding (of that kind) at least this severe."""
    min_score: float | None = None
    max_score: float | None = None
    has_transcript: bool | None = None
    hotline_id: str | None = None
    """The customer called it, or was shown it."""
    min_duration_s: float | None = None
    max_duration_s: float | None = None
    ids: Sequence[str] | None = None
    from_: datetime | None = None
    until: datetime | None = None

    def conditions(self) -> list[sa.ColumnElement[bool]]:
        """Return the filter as SQL conditions on the table of recordings."""
        equal = {
            "manager_id": self.manager_id,
            "customer_id": self.customer_id,
            "call_id": self.call_id,
            "status": self.status,
            "hotline_id": self.hotline_id,
        }
        wanted = conditions(
            schema.recordings, equal, group_ids=self.group_ids, from_=self.from_, until=self.until
        )
        if self.ids is not None:
            wanted.append(_COLUMNS.id.in_(self.ids))
        if self.number is not None:
            calls = schema.calls.c
            of_number = sa.select(calls.id).where(calls.customer_number == self.number)
            wanted.append(_COLUMNS.call_id.in_(of_number))
        if self.min_duration_s is not None:
            wanted.append(_COLUMNS.duration_s >= self.min_duration_s)
        if self.max_duration_s is not None:
            wanted.append(_COLUMNS.duration_s <= self.max_duration_s)
        return [*wanted, *self._about_quality()]

    def _about_quality(self) -> Iterator[sa.ColumnElement[bool]]:
        if self.finding is not None or self.severity is not None:
            findings = schema.findings.c
            query = sa.select(findings.id).where(findings.recording_id == _COLUMNS.id)
            if self.finding is not None:
                query = query.where(findings.kind == self.finding)
            if self.severity is not None:
                query = query.where(findings.severity.in_(_at_least(self.severity)))
            yield query.exists()
        if self.min_score is not None or self.max_score is not None:
            results = schema.quality_results.c
            query = sa.select(results.score).where(results.recording_id == _COLUMNS.id)
            if self.min_score is not None:
                query = query.where(results.score >= self.min_score)
            if self.max_score is not None:
                query = query.where(results.score <= self.max_score)
            yield query.exists()
        if self.has_transcript is not None:
            transcripts = schema.transcripts.c
            completed = sa.select(transcripts.number).where(
                transcripts.recording_id == _COLUMNS.id,
                transcripts.status == TranscriptStatus.COMPLETED,
            )
            yield completed.exists() if self.has_transcript else ~completed.exists()


def _at_least(severity: Severity) -> Sequence[Severity]:
    ordered = list(Severity)
    return ordered[ordered.index(severity) :]


class RecordingRow(msgspec.Struct, frozen=True):
    """A row: what it is filed under, and the recording in it; None where that can't be read."""

    id: str
    node: str
    created_at: datetime
    recording: Recording | None


class RecordingRepository:
    """Reads recordings. Every method is one short transaction.

    All methods raise StoreUnavailableError when the store can't be used.
    """

    def __init__(self, database: Database) -> None:
        """Work on `database`, which the caller opens and closes."""
        self._database = database

    async def get(self, recording_id: str) -> Recording | None:
        """Return the recording with this id."""
        query = sa.select(_COLUMNS.document).where(_COLUMNS.id == recording_id)
        document = await self._database.do_read(
            lambda connection: connection.execute(query).scalar_one_or_none()
        )
        return None if document is None else msgspec.convert(document, Recording)

    async def list(
        self,
        wanted: RecordingFilter = RecordingFilter(),  # noqa: B008 - frozen
        *,
        limit: int = DEFAULT_LIMIT,
        cursor: str | None = None,
    ) -> Page[Recording]:
        """Return a page of recordings, newest first. Raises InvalidError for a bad cursor."""
        query = newest_first(
            sa.select(_COLUMNS.document).where(*wanted.conditions()),
            _COLUMNS.created_at,
            _COLUMNS.id,
            limit=limit,
            cursor=cursor,
        )
        documents = await self._database.do_read(
            lambda connection: connection.execute(query).scalars().all()
        )
        return page_of([msgspec.convert(one, Recording) for one in documents], limit)

    async def rows(
        self,
        wanted: RecordingFilter = RecordingFilter(),  # noqa: B008 - frozen
        *,
        limit: int = DEFAULT_LIMIT,
        cursor: str | None = None,
    ) -> Page[RecordingRow]:
        """Return the same page for whoever does not believe what the recordings say of themselves.

        It goes by the columns alone: a document may say that it is another recording's, of another
        time, or nothing.
        """
        columns = (_COLUMNS.id, _COLUMNS.node, _COLUMNS.created_at, _COLUMNS.document)
        query = newest_first(
            sa.select(*columns).where(*wanted.conditions()),
            _COLUMNS.created_at,
            _COLUMNS.id,
            limit=limit,
            cursor=cursor,
        )
        found = await self._database.do_read(lambda connection: connection.execute(query).all())
        return page_of(
            [RecordingRow(row.id, row.node, row.created_at, _recording(row[3])) for row in found],
            limit,
        )

    async def filed(self, recording_ids: Sequence[str]) -> dict[str, dict[str, Any]]:
        """Return what lists find these recordings by, from the columns beside their documents."""
        columns = [column for column in _COLUMNS if column.name != "document"]
        query = sa.select(*columns).where(_COLUMNS.id.in_(recording_ids))
        async with self._database.read() as connection:
            rows = (await connection.execute(query)).all()
        return {row.id: row._asdict() for row in rows}

    async def change(
        self, recording_id: str, change: Callable[[Recording], Recording | None]
    ) -> Recording:
        """Replace the recording by what `change` makes of it; None leaves it as it is.

        Returns it as it is then. `change` may run in another thread and touches nothing else.
        Raises NotFoundError, and what `change` raises: nothing is changed then.
        """
        return await self._database.do_write(
            lambda connection: change_recording(connection, recording_id, change)
        )

    async def unfinished(self, node: str) -> Sequence[Recording]:
        """Return the recordings of `node` that are still pending, oldest first."""
        query = (
            sa.select(_COLUMNS.document)
            .where(_COLUMNS.status == RecordingStatus.PENDING, _COLUMNS.node == node)
            .order_by(_COLUMNS.created_at, _COLUMNS.id)
        )
        documents = await self._database.do_read(
            lambda connection: connection.execute(query).scalars().all()
        )
        return [msgspec.convert(document, Recording) for document in documents]


def _recording(document: object) -> Recording | None:
    try:
        return msgspec.convert(document, Recording)
    except msgspec.ValidationError:
        return None


def is_deleted(connection: sa.Connection, recording_id: str) -> bool:
    """Whether the recording is deleted or gone; its row stays locked until the end."""
    query = sa.select(_COLUMNS.status).where(_COLUMNS.id == recording_id).with_for_update()
    return connection.execute(query).scalar_one_or_none() in {None, RecordingStatus.DELETED}


def change_recording(
    connection: sa.Connection,
    recording_id: str,
    change: Callable[[Recording], Recording | None],
) -> Recording:
    """Do the same inside a transaction; the row stays locked until its end."""
    query = sa.select(_COLUMNS.document).where(_COLUMNS.id == recording_id).with_for_update()
    document = connection.execute(query).scalar_one_or_none()
    if document is None:
        raise NotFoundError("recording", recording_id)
    before = msgspec.convert(document, Recording)
    after = change(msgspec.convert(document, Recording))
    if after is None:
        return before
    connection.execute(
        schema.recordings.update()
        .where(_COLUMNS.id == recording_id)
        .values(status=after.status, document=after)
    )
    return after
