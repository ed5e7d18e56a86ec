"""Counts of talks, checks and reviews by manager, group or script: one query for each figure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from voicegw.model.finding import FindingKind
from voicegw.model.recording import RecordingKind, RecordingStatus
from voicegw.model.report import QualityRow, ReportBy, ReportScope
from voicegw.model.review import ReviewPart, ReviewState
from voicegw.store import schema
from voicegw.store.database import Database
from voicegw.store.paging import conditions

_RECORDINGS = schema.recordings.c
_RESULTS = schema.quality_results.c
_FINDINGS = schema.findings.c
_REVIEWS = schema.reviews.c
_NAMED = {
    ReportBy.MANAGER: schema.managers,
    ReportBy.GROUP: schema.groups,
    ReportBy.SCRIPT: schema.scripts,
}
#: Names looked up in one query.
_NAMES_AT_ONCE = 1000


class QualityReports:
    """Adds up what is known of talks. Raises StoreUnavailableError when the store can't be used."""

    def __init__(self, database: Database) -> None:
        """Work on `database`, which the caller opens and closes."""
        self._database = database

    async def rows(self, scope: ReportScope, by: ReportBy) -> Sequence[QualityRow]:
        """Return a row for each manager, group or script that had a talk, in the order of ids.

        By script, a talk counts in the row of each script that it was checked against. Reviews
        that a colleague has still to score blind count as begun only: neither their points nor
        their pairs are told.
        """
        talks = _talks(scope, by, self._database.dialect)
        rows: dict[str | None, QualityRow] = {}

        def of(key: str | None) -> QualityRow:
            # A talk may have come between two of the queries.
            return rows.setdefault(key, QualityRow(key))

        for key, count in await self._read(_count(talks)):
            of(key).talks = count
        for key, checked, score in await self._read(_checks(talks)):
            of(key).checked, of(key).score = checked, score
        for key, kind, count in await self._read(_findings(talks, by)):
            of(key).findings[FindingKind(kind)] = count
        for key, reviews, scored, share, appeals, upheld, left in await self._read(_reviews(talks)):
            row = of(key)
            row.reviews, row.scored, row.review_share = reviews, scored, share
            row.appeals, row.upheld, row.not_applicable = appeals, upheld, left
        for key, first, second in await self._read(_pairs(talks)):
            of(key).pairs.append((first, second))
        await self._name(rows, by)
        return [rows[key] for key in sorted(rows, key=lambda one: (one is None, one or ""))]

    async def _read(self, query: sa.Select[Any]) -> Sequence[Any]:
        return await self._database.do_read(lambda connection: connection.execute(query).all())

    async def _name(self, rows: dict[str | None, QualityRow], by: ReportBy) -> None:
        named = _NAMED[by].c
        ids = [key for key in rows if key is not None]
        for start in range(0, len(ids), _NAMES_AT_ONCE):
            some = ids[start : start + _NAMES_AT_ONCE]
            query = sa.select(named.id, named.name).where(named.id.in_(some))
            for key, name in await self._read(query):
                rows[key].name = name


def _talks(scope: ReportScope, by: ReportBy, dialect: str) -> sa.CTE:
    """Return the recorded talks of the scope as `recording_id` and the `key` of their row."""
    wanted = [
        *conditions(
            schema.recordings,
            {"kind": RecordingKind.TALK, "manager_id": scope.manager_id},
            group_ids=scope.group_ids,
            from_=scope.from_,
            until=scope.until,
        ),
        _RECORDINGS.status.in_([RecordingStatus.COMPLETED, RecordingStatus.DELETED]),
    ]
    recording_id = _RECORDINGS.id.label("recording_id")
    if by is not ReportBy.SCRIPT:
        key = _RECORDINGS.manager_id if by is ReportBy.MANAGER else _RECORDINGS.group_id
        return sa.select(recording_id, key.label("key")).where(*wanted).cte("talks")
    ids = _RESULTS.document["script_ids"]
    each = sa.func.json_each if dialect == "sqlite" else sa.func.jsonb_array_elements_text
    script = each(ids).table_valued("value", joins_implicitly=True)
    return (
        sa.select(recording_id, script.c.value.label("key"))
        .join(schema.quality_results, _RESULTS.recording_id == _RECORDINGS.id)
        .where(*wanted)
        .cte("talks")
    )


def _count(talks: sa.CTE) -> sa.Select[Any]:
    return sa.select(talks.c.key, sa.func.count()).group_by(talks.c.key)


def _checks(talks: sa.CTE) -> sa.Select[Any]:
    return (
        sa.select(talks.c.key, sa.func.count(), sa.func.avg(_RESULTS.score))
        .join(schema.quality_results, _RESULTS.recording_id == talks.c.recording_id)
        .group_by(talks.c.key)
    )


def _findings(talks: sa.CTE, by: ReportBy) -> sa.Select[Any]:
    same = _FINDINGS.recording_id == talks.c.recording_id
    if by is ReportBy.SCRIPT:
        same &= _FINDINGS.script_id == talks.c.key
    return (
        sa.select(talks.c.key, _FINDINGS.kind, sa.func.count())
        .join(schema.findings, same)
        .group_by(talks.c.key, _FINDINGS.kind)
    )


def _reviews(talks: sa.CTE) -> sa.Select[Any]:
    share = sa.case((is_told(), _REVIEWS.share))
    left_out = sa.case((is_told(), _REVIEWS.not_applicable), else_=0)
    appealed = _REVIEWS.state == ReviewState.APPEALED
    decided = _REVIEWS.upheld.is_not(None)
    return (
        sa.select(
            talks.c.key,
            sa.func.count(),
            sa.func.count(share),
            sa.func.avg(share),
            sa.func.count(sa.case((sa.or_(appealed, decided), 1))),
            sa.func.count(sa.case((_REVIEWS.upheld, 1))),
            sa.func.sum(left_out),
        )
        .join(schema.reviews, _REVIEWS.recording_id == talks.c.recording_id)
        .group_by(talks.c.key)
    )


def _pairs(talks: sa.CTE) -> sa.Select[Any]:
    second = schema.reviews.alias("second")
    same = sa.and_(
        second.c.recording_id == _REVIEWS.recording_id,
        second.c.sample_id == _REVIEWS.sample_id,
        second.c.part == ReviewPart.BLIND_SECOND,
        second.c.share_scored.is_not(None),
    )
    return (
        sa.select(talks.c.key, _REVIEWS.share_scored, second.c.share_scored)
        .join(schema.reviews, _REVIEWS.recording_id == talks.c.recording_id)
        .join(second, same)
        .where(
            _REVIEWS.part == ReviewPart.BLIND_FIRST,
            _REVIEWS.share_scored.is_not(None),
        )
        .order_by(_REVIEWS.id)
    )


def is_told() -> sa.ColumnElement[bool]:
    """Whether a review's points are told: not while the other half of its pair has none."""
    other = schema.reviews.alias("other").c
    blind = (ReviewPart.BLIND_FIRST, ReviewPart.BLIND_SECOND)
    return ~sa.exists().where(
        _REVIEWS.part.in_(blind),
        other.recording_id == _REVIEWS.recording_id,
        other.sample_id == _REVIEWS.sample_id,
        other.part.in_(blind),
        other.share.is_(None),
    )
