"""Reviews and samples in the store."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec
import sqlalchemy as sa

from voicegw.errors import ConflictError, NotFoundError
from voicegw.model.audit import AuditEntry
from voicegw.model.recording import RecordingKind, RecordingStatus
from voicegw.model.review import Review, ReviewState, Sample, SampleRule
from voicegw.store import schema
from voicegw.store.audit import add_entries
from voicegw.store.database import Database
from voicegw.store.paging import DEFAULT_LIMIT, Page, conditions, newest_first, page_of

_REVIEWS = schema.reviews.c
_SAMPLES = schema.samples.c
#: States in which somebody has still something to do.
_UNDER_WAY = tuple(state for state in ReviewState if state is not ReviewState.FINAL)

Change = Callable[[Review, Sequence[Review]], Review]
"""Makes a new review of one and the others of the same talk and sample."""


class ReviewFilter(msgspec.Struct, frozen=True):
    """Which reviews a list shall hold; what is None does not filter.

    `from_` (inclusive) and `until` (exclusive) are about `created_at`.
    """

    group_ids: Sequence[str] | None = None
    manager_id: str | None = None
    reviewer: str | None = None
    state: ReviewState | None = None
    states: Sequence[ReviewState] | None = None
    sample_id: str | None = None
    recording_id: str | None = None
    from_: datetime | None = None
    until: datetime | None = None

    def conditions(self) -> list[sa.ColumnElement[bool]]:
        """Return the filter as SQL conditions on the table of reviews."""
        equal = {
            name: getattr(self, name)
            for name in ("manager_id", "reviewer", "state", "sample_id", "recording_id")
        }
        wanted = conditions(
            schema.reviews, equal, group_ids=self.group_ids, from_=self.from_, until=self.until
        )
        if self.states is not None:
            wanted.append(_REVIEWS.state.in_(self.states))
        return wanted


class ReviewRepository:
    """Reads and writes reviews and samples. Every method is one short transaction.

    All methods raise StoreUnavailableError when the store can't be used.
    """

    def __init__(self, database: Database) -> None:
        """Work on `database`, which the caller opens and closes."""
        self._database = database

    async def add(self, reviews: Sequence[Review], sample: Sample | None = None) -> None:
        """Add reviews, and the sample that they were drawn for. Raises ConflictError."""

        def work(connection: sa.Connection) -> None:
            if sample is not None:
                connection.execute(
                    schema.samples.insert(),
                    {
                        "id": sample.id,
                        "group_id": sample.group_id,
                        "created_at": sample.created_at,
                        "document": sample,
                    },
                )
            if reviews:
                connection.execute(schema.reviews.insert(), [_row(review) for review in reviews])

        await self._database.do_write(work)

    async def get(self, review_id: str) -> Review | None:
        """Return the review with this id."""
        query = sa.select(_REVIEWS.document).where(_REVIEWS.id == review_id)
        async with self._database.read() as connection:
            document = (await connection.execute(query)).scalar_one_or_none()
        return None if document is None else msgspec.convert(document, Review)

    async def change(
        self,
        review_id: str,
        change: Change,
        *,
        expected_revision: int | None = None,
        entry: AuditEntry | None = None,
    ) -> Review:
        """Replace a review by what `change` makes of it, and return that; `entry` is noted with it.

        `change` also gets the other reviews of the same talk and sample, all of them locked, so
        that two people can't both take what only one may have. Raises NotFoundError, ConflictError
        `revision-changed` when `expected_revision` is given and it is another one by now, and
        whatever `change` raises: nothing is changed then.
        """

        def work(connection: sa.Connection) -> Review:
            found = connection.execute(
                sa.select(_REVIEWS.recording_id).where(_REVIEWS.id == review_id)
            ).scalar_one_or_none()
            if found is None:
                raise NotFoundError("review", review_id)
            of_talk = _of_talks(connection, [found], lock=True)
            review = next(one for one in of_talk if one.id == review_id)
            if expected_revision not in {None, review.revision}:
                raise ConflictError("revision-changed", "Somebody else has changed it meanwhile.")
            others = [
                one for one in of_talk if one.id != review_id and one.sample_id == review.sample_id
            ]
            changed = change(review, others)
            connection.execute(
                schema.reviews.update().where(_REVIEWS.id == review_id).values(_row(changed))
            )
            add_entries(connection, [entry] if entry is not None else [])
            return changed

        return await self._database.do_write(work)

    async def of_talks(self, recording_ids: Collection[str]) -> Mapping[str, Sequence[Review]]:
        """Return the reviews of these recordings, by recording id."""
        found = await self._database.do_read(
            lambda connection: _of_talks(connection, recording_ids, lock=False)
        )
        by_talk: dict[str, list[Review]] = {recording_id: [] for recording_id in recording_ids}
        for review in found:
            by_talk[review.recording_id].append(review)
        return by_talk

    async def list(
        self,
        wanted: ReviewFilter = ReviewFilter(),  # noqa: B008 - frozen
        *,
        limit: int = DEFAULT_LIMIT,
        cursor: str | None = None,
    ) -> Page[Review]:
        """Return a page of reviews, newest first. Raises InvalidError for a bad cursor."""
        query = newest_first(
            sa.select(_REVIEWS.document).where(*wanted.conditions()),
            _REVIEWS.created_at,
            _REVIEWS.id,
            limit=limit,
            cursor=cursor,
        )
        async with self._database.read() as connection:
            documents = (await connection.execute(query)).scalars().all()
        return page_of([msgspec.convert(one, Review) for one in documents], limit)

    async def all_of_sample(self, sample_id: str) -> Sequence[Review]:
        """Return every review of a sample, oldest first."""
        query = (
            sa.select(_REVIEWS.document)
            .where(_REVIEWS.sample_id == sample_id)
            .order_by(_REVIEWS.created_at, _REVIEWS.id)
        )
        async with self._database.read() as connection:
            documents = (await connection.execute(query)).scalars().all()
        return [msgspec.convert(one, Review) for one in documents]

    async def waiting(
        self,
        reviewer: str,
        *,
        sample_id: str | None = None,
        group_ids: Sequence[str] | None = None,
        limit: int = DEFAULT_LIMIT,
    ) -> Sequence[Review]:
        """Return what `reviewer` has to score, then what nobody has been given, oldest first."""
        mine = sa.and_(
            _REVIEWS.reviewer == reviewer,
            _REVIEWS.state.in_([ReviewState.ASSIGNED, ReviewState.IN_PROGRESS]),
        )
        query = (
            sa.select(_REVIEWS.document)
            .where(sa.or_(mine, _REVIEWS.state == ReviewState.OPEN))
            .order_by(sa.case((mine, 0), else_=1), _REVIEWS.created_at, _REVIEWS.id)
            .limit(limit)
        )
        if sample_id is not None:
            query = query.where(_REVIEWS.sample_id == sample_id)
        if group_ids is not None:
            query = query.where(_REVIEWS.group_id.in_(group_ids))
        async with self._database.read() as connection:
            documents = (await connection.execute(query)).scalars().all()
        return [msgspec.convert(one, Review) for one in documents]

    async def open_for(self, recording_ids: Collection[str]) -> frozenset[str]:
        """Return those of `recording_ids` that somebody still reviews or may decide about."""
        query = sa.select(_REVIEWS.recording_id).where(
            _REVIEWS.recording_id.in_(recording_ids), _REVIEWS.state.in_(_UNDER_WAY)
        )
        async with self._database.read() as connection:
            return frozenset((await connection.execute(query)).scalars())

    async def counts_by_manager(self) -> Mapping[str, int]:
        """Return how many reviews each manager has had."""
        query = (
            sa.select(_REVIEWS.manager_id, sa.func.count())
            .where(_REVIEWS.manager_id.is_not(None))
            .group_by(_REVIEWS.manager_id)
        )
        async with self._database.read() as connection:
            rows = (await connection.execute(query)).all()
        return {row[0]: row[1] for row in rows}

    async def population(
        self, rule: SampleRule, group_ids: Sequence[str] | None
    ) -> Sequence[tuple[str, str | None]]:
        """Return (recording id, manager id) of the talks that `rule` may draw from.

        They are completed talks with sound that nobody reviews or has reviewed.
        """
        recordings, calls = schema.recordings.c, schema.calls.c
        reviewed = sa.exists().where(_REVIEWS.recording_id == recordings.id)
        equal = {"kind": RecordingKind.TALK, "status": RecordingStatus.COMPLETED}
        query = (
            sa.select(recordings.id, recordings.manager_id)
            .join_from(schema.recordings, schema.calls, calls.id == recordings.call_id)
            .where(
                *conditions(
                    schema.recordings,
                    equal,
                    group_ids=group_ids,
                    from_=rule.from_,
                    until=rule.until,
                ),
                ~reviewed,
            )
        )
        if rule.min_duration_s > 0:
            query = query.where(recordings.document["duration_s"].as_float() >= rule.min_duration_s)
        if rule.direction is not None:
            query = query.where(calls.direction == rule.direction)
        if rule.hotline_id is not None:
            query = query.where(calls.document["hotline_id"].as_string() == rule.hotline_id)
        if rule.findings or rule.severities:
            query = query.where(_has_finding(rule, recordings.id))
        async with self._database.read() as connection:
            rows = (await connection.execute(query)).all()
        return [(recording_id, manager_id) for recording_id, manager_id in rows]

    async def get_sample(self, sample_id: str) -> Sample | None:
        """Return the sample with this id."""
        query = sa.select(_SAMPLES.document).where(_SAMPLES.id == sample_id)
        async with self._database.read() as connection:
            document = (await connection.execute(query)).scalar_one_or_none()
        return None if document is None else msgspec.convert(document, Sample)

    async def list_samples(
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


def _has_finding(rule: SampleRule, recording_id: sa.ColumnElement[Any]) -> sa.ColumnElement[bool]:
    findings = schema.findings.c
    wanted: list[sa.ColumnElement[bool]] = [findings.recording_id == recording_id]
    if rule.findings:
        wanted.append(findings.kind.in_(rule.findings))
    if rule.severities:
        wanted.append(findings.severity.in_(rule.severities))
    return sa.exists().where(*wanted)


def _of_talks(
    connection: sa.Connection, recording_ids: Collection[str], *, lock: bool
) -> list[Review]:
    query = (
        sa.select(_REVIEWS.document)
        .where(_REVIEWS.recording_id.in_(recording_ids))
        .order_by(_REVIEWS.id)  # locks are taken in this order, so two of us never wait in a ring
    )
    if lock:
        query = query.with_for_update()
    return [msgspec.convert(one, Review) for one in connection.execute(query).scalars()]


def _row(review: Review) -> dict[str, object]:
    return {
        "id": review.id,
        "recording_id": review.recording_id,
        "call_id": review.call_id,
        "scorecard_id": review.scorecard.id,
        "sample_id": review.sample_id,
        "state": review.state,
        "reviewer": review.reviewer,
        "group_id": review.group_id,
        "manager_id": review.manager_id,
        "created_at": review.created_at,
        "document": review,
    }
