"""Samples in the store, and the talks that they are drawn from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import msgspec
import sqlalchemy as sa

from voicegw.errors import ConflictError
from voicegw.model.audit import AuditEntry
from voicegw.model.recording import Recording, RecordingKind, RecordingStatus
from voicegw.model.review import Review, Sample, SampleRule, Talk
from voicegw.store import schema
from voicegw.store.audit import add_entries
from voicegw.store.database import Database
from voicegw.store.paging import DEFAULT_LIMIT, Page, conditions, newest_first, page_of
from voicegw.store.reviews import insert_reviews

_REVIEWS = schema.reviews.c
_SAMPLES = schema.samples.c
_RECORDINGS = schema.recordings.c
#: Talks read, or looked for, in one query: a population of any size never holds up the others.
_AT_ONCE = 5000
#: Recordings read whole in one query.
_DOCUMENTS_AT_ONCE = 200


class SampleRepository:
    """Reads and writes samples. Every method but `population` is one short transaction.

    All methods raise StoreUnavailableError when the store can't be used.
    """

    def __init__(self, database: Database) -> None:
        """Work on `database`, which the caller opens and closes."""
        self._database = database

    async def add(self, sample: Sample, reviews: Sequence[Review], entry: AuditEntry) -> None:
        """Add a sample, its reviews and the entry that it was drawn: all or nothing.

        Raises ConflictError `sample-outdated` when one of its talks is reviewed by now,
        `recording-not-ready` when one was deleted.
        """

        def work(connection: sa.Connection) -> None:
            connection.execute(
                schema.samples.insert(),
                {
                    "id": sample.id,
                    "group_id": sample.group_id,
                    "created_at": sample.created_at,
                    "document": sample,
                },
            )
            # The talks are locked from here on, so whoever took one of them before us is seen.
            insert_reviews(connection, reviews)
            for start in range(0, len(sample.recording_ids), _AT_ONCE):
                some = sample.recording_ids[start : start + _AT_ONCE]
                others = (
                    sa.select(_REVIEWS.id)
                    .where(
                        _REVIEWS.recording_id.in_(some),
                        _REVIEWS.sample_id.is_distinct_from(sample.id),
                    )
                    .limit(1)
                )
                if connection.execute(others).first() is not None:
                    raise ConflictError("sample-outdated", "A talk is reviewed by now.")
            add_entries(connection, [entry])

        await self._database.do_write(work)

    async def get(self, sample_id: str) -> Sample | None:
        """Return the sample with this id."""
        query = sa.select(_SAMPLES.document).where(_SAMPLES.id == sample_id)
        async with self._database.read() as connection:
            document = (await connection.execute(query)).scalar_one_or_none()
        return None if document is None else msgspec.convert(document, Sample)

    async def list(
        self,
        *,
        group_ids: Sequence[str] | None = None,
        limit: int = DEFAULT_LIMIT,
        cursor: str | None = None,
    ) -> Page[Sample]:
        """Return a page of samples, newest first. Raises InvalidError for a bad cursor."""
        query = sa.select(_SAMPLES.document)
        if group_ids is not None:
            query = query.where(_SAMPLES.group_id.in_(group_ids))
        query = newest_first(query, _SAMPLES.created_at, _SAMPLES.id, limit=limit, cursor=cursor)
        async with self._database.read() as connection:
            documents = (await connection.execute(query)).scalars().all()
        return page_of([msgspec.convert(one, Sample) for one in documents], limit)

    async def counts_by_manager(self) -> Mapping[str, int]:
        """Return how many reviews each manager has had."""
        query = (
            sa.select(_REVIEWS.manager_id, sa.func.count())
            .where(_REVIEWS.manager_id.is_not(None))
            .group_by(_REVIEWS.manager_id)
        )
        rows = await self._database.do_read(lambda connection: connection.execute(query).all())
        return {row[0]: row[1] for row in rows}

    async def population(self, rule: SampleRule, group_ids: Sequence[str] | None) -> Sequence[Talk]:
        """Return the talks that `rule` may draw from, oldest first.

        They are completed talks with sound that nobody reviews or has reviewed.
        """
        key = sa.tuple_(_RECORDINGS.created_at, _RECORDINGS.id)
        query = _population(rule, group_ids).order_by(*key.clauses).limit(_AT_ONCE)
        found: list[Talk] = []
        rows = await self._page(query)
        while rows:
            found += [Talk(*row[2:]) for row in rows if row.status == RecordingStatus.COMPLETED]
            if len(rows) < _AT_ONCE:
                break
            rows = await self._page(query.where(key > sa.tuple_(*_bound(rows[-1]))))
        return found

    async def talkers(self, recording_ids: Sequence[str]) -> Mapping[str, Sequence[str]]:
        """Return which managers talked in each of these recordings, by id."""
        found: dict[str, Sequence[str]] = {}
        for start in range(0, len(recording_ids), _DOCUMENTS_AT_ONCE):
            some = recording_ids[start : start + _DOCUMENTS_AT_ONCE]
            found |= await self._database.do_read(partial(_talkers, recording_ids=some))
        return found

    async def _page(self, query: sa.Select[Any]) -> Sequence[Any]:
        return await self._database.do_read(lambda connection: connection.execute(query).all())


def _talkers(connection: sa.Connection, recording_ids: Sequence[str]) -> dict[str, Sequence[str]]:
    query = sa.select(_RECORDINGS.document).where(_RECORDINGS.id.in_(recording_ids))
    documents = connection.execute(query).scalars()
    recordings = (msgspec.convert(document, Recording) for document in documents)
    return {one.id: one.talkers for one in recordings}


def _bound(row: Any) -> tuple[sa.BindParameter[Any], sa.BindParameter[Any]]:
    return (
        sa.literal(row.created_at, _RECORDINGS.created_at.type),
        sa.literal(row.id, _RECORDINGS.id.type),
    )


def _population(rule: SampleRule, group_ids: Sequence[str] | None) -> sa.Select[Any]:
    calls = schema.calls.c
    reviewed = sa.exists().where(_REVIEWS.recording_id == _RECORDINGS.id)
    equal = {"kind": RecordingKind.TALK}
    query = sa.select(
        _RECORDINGS.created_at,
        # Not a condition: SQLite would take the index of states, and sort all talks for each page.
        _RECORDINGS.status,
        _RECORDINGS.id,
        _RECORDINGS.call_id,
        _RECORDINGS.group_id,
        _RECORDINGS.manager_id,
    ).where(
        *conditions(
            schema.recordings, equal, group_ids=group_ids, from_=rule.from_, until=rule.until
        ),
        ~reviewed,
    )
    if rule.min_duration_s > 0:
        query = query.where(_RECORDINGS.duration_s >= rule.min_duration_s)
    if rule.hotline_id is not None:
        query = query.where(_RECORDINGS.hotline_id == rule.hotline_id)
    if rule.direction is not None:
        query = query.join_from(schema.recordings, schema.calls, calls.id == _RECORDINGS.call_id)
        query = query.where(calls.direction == rule.direction)
    if rule.findings or rule.severities:
        query = query.where(_has_finding(rule))
    return query


def _has_finding(rule: SampleRule) -> sa.ColumnElement[bool]:
    findings = schema.findings.c
    wanted: list[sa.ColumnElement[bool]] = [findings.recording_id == _RECORDINGS.id]
    if rule.findings:
        wanted.append(findings.kind.in_(rule.findings))
    if rule.severities:
        wanted.append(findings.severity.in_(rule.severities))
    return sa.exists().where(*wanted)
