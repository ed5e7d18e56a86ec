"""Reviews in the store."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime

import msgspec
import sqlalchemy as sa

from voicegw.errors import ConflictError, NotFoundError
from voicegw.model.audit import AuditEntry
from voicegw.model.recording import RecordingStatus
from voicegw.model.review import Review, ReviewState
from voicegw.store import schema
from voicegw.store.audit import add_entries
from voicegw.store.database import Database
from voicegw.store.paging import DEFAULT_LIMIT, Page, conditions, newest_first, page_of
from voicegw.store.report_marks import mark_calls_of

_REVIEWS = schema.reviews.c
#: States in which somebody has still something to do.
_UNDER_WAY = tuple(state for state in ReviewState if state is not ReviewState.FINAL)

#: Ids in one query: drivers take some ten thousand.
_IDS_AT_ONCE = 1000

Change = Callable[[Review, Sequence[Review]], Review]
"""Makes a new review of one and the others of the same talk and sample."""
ChangeOrNot = Callable[[Review, Sequence[Review]], Review | None]
"""The same; None leaves the review as it is."""


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
    """Reads and writes reviews. Every method is one short transaction.

    All methods raise StoreUnavailableError when the store can't be used.
    """

    def __init__(self, database: Database) -> None:
        """Work on `database`, which the caller opens and closes."""
        self._database = database

    async def add(self, reviews: Sequence[Review]) -> None:
        """Add reviews.

        Raises ConflictError when an id is taken, `recording-not-ready` when a talk was deleted.
        """
        await self._database.do_write(lambda connection: insert_reviews(connection, reviews))

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
            review, others = _locked(connection, review_id, expected_revision)
            changed = change(review, others)
            _update(connection, changed)
            _count_anew(connection, [changed])
            add_entries(connection, [entry] if entry is not None else [])
            return changed

        return await self._database.do_write(work)

    async def change_many(self, review_ids: Collection[str], change: ChangeOrNot) -> frozenset[str]:
        """Replace reviews by what `change` makes of each; return the ids of those it changed.

        One transaction with a few queries, so keep it to some hundred. Each is changed after those
        before it, so that `change` sees them as they are by then. What is gone is left out.
        """

        def work(connection: sa.Connection) -> frozenset[str]:
            talks = connection.execute(
                sa.select(_REVIEWS.recording_id).where(_REVIEWS.id.in_(review_ids)).distinct()
            ).scalars()
            of_talks = {one.id: one for one in _of_talks(connection, list(talks), lock=True)}
            by_talk: dict[tuple[str, str | None], set[str]] = {}
            for one in of_talks.values():
                by_talk.setdefault((one.recording_id, one.sample_id), set()).add(one.id)
            done = []
            for review_id in sorted(of_talks.keys() & set(review_ids)):
                review = of_talks[review_id]
                same = by_talk[review.recording_id, review.sample_id] - {review_id}
                changed = change(review, [of_talks[one] for one in same])
                if changed is not None:
                    of_talks[review_id] = changed
                    done.append(changed)
            for one in done:
                _update(connection, one)
            _count_anew(connection, done)
            return frozenset(one.id for one in done)

        return await self._database.do_write(work)

    async def remove(
        self,
        review_id: str,
        check: Callable[[Review], None],
        *,
        expected_revision: int | None,
        entry: AuditEntry,
    ) -> None:
        """Remove a review unless `check` raises; `entry` is noted with it.

        Raises NotFoundError, ConflictError `revision-changed`, and what `check` raises.
        """

        def work(connection: sa.Connection) -> None:
            review, _ = _locked(connection, review_id, expected_revision)
            check(review)
            connection.execute(schema.reviews.delete().where(_REVIEWS.id == review_id))
            _count_anew(connection, [review])
            add_entries(connection, [entry])

        await self._database.do_write(work)

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

    async def next_of(
        self,
        reviewer: str,
        *,
        sample_id: str | None = None,
        group_ids: Sequence[str] | None = None,
    ) -> Review | None:
        """Return the oldest review that `reviewer` has and has not scored."""
        mine = (
            _REVIEWS.reviewer == reviewer,
            _REVIEWS.state.in_([ReviewState.ASSIGNED, ReviewState.IN_PROGRESS]),
        )
        found = await self._oldest(mine, sample_id, group_ids, 1)
        return found[0] if found else None

    async def waiting_for(
        self,
        reviewer: str,
        manager_id: str | None,
        *,
        sample_id: str | None = None,
        group_ids: Sequence[str] | None = None,
        limit: int = DEFAULT_LIMIT,
        after: Review | None = None,
    ) -> Sequence[Review]:
        """Return what nobody has been given and `reviewer` may have, oldest first.

        Left out are the calls of `manager_id`, the manager that the reviewer is, if any, and talks
        of which the reviewer has another review in the same sample. Talks that this manager handed
        on are not left out (`Review.talkers`). `after` is the last of the page before.
        """
        held = schema.reviews.alias("held").c
        wanted = [
            _REVIEWS.state == ReviewState.OPEN,
            ~sa.exists().where(
                held.recording_id == _REVIEWS.recording_id,
                held.sample_id == _REVIEWS.sample_id,
                held.reviewer == reviewer,
            ),
        ]
        if manager_id is not None:
            wanted.append(_REVIEWS.manager_id.is_distinct_from(manager_id))
        if after is not None:
            # A range of the index first; then what lies at its very edge.
            wanted.append(_REVIEWS.created_at >= after.created_at)
            wanted.append(sa.or_(_REVIEWS.created_at > after.created_at, _REVIEWS.id > after.id))
        return await self._oldest(wanted, sample_id, group_ids, limit)

    async def _oldest(
        self,
        wanted: Sequence[sa.ColumnElement[bool]],
        sample_id: str | None,
        group_ids: Sequence[str] | None,
        limit: int,
    ) -> Sequence[Review]:
        query = (
            sa.select(_REVIEWS.document)
            .where(*wanted)
            .order_by(_REVIEWS.created_at, _REVIEWS.id)
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


def insert_reviews(connection: sa.Connection, reviews: Sequence[Review]) -> None:
    """Add reviews inside the caller's transaction, and keep their talks from being deleted.

    Raises ConflictError `recording-not-ready` when one of the talks was deleted meanwhile.
    """
    recordings = schema.recordings.c
    talks = sorted({review.recording_id for review in reviews})
    for start in range(0, len(talks), _IDS_AT_ONCE):
        query = (
            sa.select(recordings.status)
            .where(recordings.id.in_(talks[start : start + _IDS_AT_ONCE]))
            .order_by(recordings.id)
            .with_for_update()
        )
        if any(one != RecordingStatus.COMPLETED for one in connection.execute(query).scalars()):
            raise ConflictError("recording-not-ready", "A recording has no sound any more.")
    if reviews:
        connection.execute(schema.reviews.insert(), [_row(review) for review in reviews])


def _locked(
    connection: sa.Connection, review_id: str, expected_revision: int | None
) -> tuple[Review, list[Review]]:
    """Return a review and the others of the same talk and sample, all of them locked."""
    recording_id = connection.execute(
        sa.select(_REVIEWS.recording_id).where(_REVIEWS.id == review_id)
    ).scalar_one_or_none()
    if recording_id is None:
        raise NotFoundError("review", review_id)
    of_talk = {one.id: one for one in _of_talks(connection, [recording_id], lock=True)}
    review = of_talk.pop(review_id, None)
    if review is None:  # removed between the two queries
        raise NotFoundError("review", review_id)
    if expected_revision not in {None, review.revision}:
        raise ConflictError("revision-changed", "Somebody else has changed it meanwhile.")
    return review, [one for one in of_talk.values() if one.sample_id == review.sample_id]


def _update(connection: sa.Connection, review: Review) -> None:
    connection.execute(schema.reviews.update().where(_REVIEWS.id == review.id).values(_row(review)))


def _count_anew(connection: sa.Connection, reviews: Sequence[Review]) -> None:
    """Have reports count the talks of reviews anew: their points, or their partners', are others.

    A new review has none, and those of its partner are told no sooner than before.
    """
    if reviews:
        mark_calls_of(connection, sorted({review.call_id for review in reviews}))


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
    total = review.total if review.scored_at is not None else None
    share = total.share if total is not None else None
    decision = review.decision
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
        "part": review.part,
        "share": share,
        "share_scored": decision.share_before if decision is not None else share,
        "upheld": decision.upheld if decision is not None else None,
        "not_applicable": len(total.not_applicable) if total is not None else 0,
        "document": review,
    }
