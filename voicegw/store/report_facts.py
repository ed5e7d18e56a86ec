"""What reports are summed from: documents of calls and tasks as they lie in the store.

They are given as text; what of it is counted is known to :mod:`voicegw.reports`.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from functools import partial
from typing import Any, Final

import sqlalchemy as sa

from voicegw.model.finding import FindingKind
from voicegw.model.recording import RecordingKind
from voicegw.model.review import ReviewState
from voicegw.model.rollup import Judged, RollupKind
from voicegw.store import schema
from voicegw.store.database import Database
from voicegw.store.quality_report import is_told

_CALLS = schema.calls.c
_TASKS = schema.tasks.c
_SCORES = schema.report_scores.c
_FAULTS = schema.report_faults.c
_REVIEWS = schema.reviews.c
_RECORDINGS = schema.recordings.c
_AT_ONCE: Final = 500
_DOCUMENTS: Final = {
    RollupKind.CALLS: sa.cast(_CALLS.document, sa.Text).label("text"),
    RollupKind.TASKS: sa.cast(_TASKS.document, sa.Text).label("text"),
}
_TABLES: Final = {RollupKind.CALLS: schema.calls, RollupKind.TASKS: schema.tasks}


class ReportFacts:
    """Reads what is to be summed. Raises StoreUnavailableError when the store can't be used."""

    def __init__(self, database: Database) -> None:
        """Work on `database`, which the caller opens and closes."""
        self._database = database

    async def documents(
        self, kind: RollupKind, group_id: str, from_: datetime, until: datetime
    ) -> Sequence[str]:
        """Return what a group has of a span, by creation; '' is no group. Calls that are over."""
        table = _TABLES[kind]
        query = sa.select(_DOCUMENTS[kind]).where(
            _of_group(table, group_id), table.c.created_at >= from_, table.c.created_at < until
        )
        if kind is RollupKind.CALLS:
            query = query.where(_CALLS.is_final.is_(True))
        return await self._texts(query)

    async def span(self, kind: RollupKind, group_id: str) -> tuple[datetime, datetime] | None:
        """Return when the group's first and last were created; None: it has none."""
        table = _TABLES[kind]
        query = sa.select(sa.func.min(table.c.created_at), sa.func.max(table.c.created_at)).where(
            _of_group(table, group_id)
        )
        row = await self._database.do_read(lambda connection: connection.execute(query).one())
        return None if row[0] is None else (row[0], row[1])

    async def calls_of(
        self,
        customer_ids: Collection[str],
        numbers: Collection[str],
        from_: datetime,
        until: datetime,
    ) -> Sequence[str]:
        """Return the calls, all over, of any of these customers or numbers in a span.

        One that is of both is there twice.
        """
        found: list[str] = []
        for column, values in (
            (_CALLS.customer_id, customer_ids),
            (_CALLS.customer_number, numbers),
        ):
            wanted = sorted(values)
            for start in range(0, len(wanted), _AT_ONCE):
                query = sa.select(_DOCUMENTS[RollupKind.CALLS]).where(
                    column.in_(wanted[start : start + _AT_ONCE]),
                    _CALLS.created_at >= from_,
                    _CALLS.created_at < until,
                    _CALLS.is_final.is_(True),
                )
                found += await self._texts(query)
        return found

    async def scores(self, call_ids: Sequence[str]) -> dict[str, float]:
        """Return what the checks of these calls' talks gave, 0 to 100, where there was one."""
        found: dict[str, float] = {}
        for start in range(0, len(call_ids), _AT_ONCE):
            query = (
                sa.select(_SCORES.call_id, _SCORES.score)
                .join(schema.recordings, _RECORDINGS.id == _SCORES.recording_id)
                .where(
                    _SCORES.call_id.in_(call_ids[start : start + _AT_ONCE]),
                    _RECORDINGS.kind == RecordingKind.TALK,
                )
            )
            rows = await self._database.do_read(partial(_all, query))
            found.update((row.call_id, row.score) for row in rows)
        return found

    async def judged(self, call_ids: Sequence[str]) -> dict[str, Judged]:
        """Return what was found in these calls' talks, and what reviewers gave, where they did.

        Without reviews whose points are not told: a colleague has still to score the talk blind.
        """
        found: dict[str, Judged] = {}
        for start in range(0, len(call_ids), _AT_ONCE):
            some = call_ids[start : start + _AT_ONCE]
            faults = sa.select(_FAULTS.call_id, _FAULTS.kind, _FAULTS.found).where(
                _FAULTS.call_id.in_(some)
            )
            for row in await self._database.do_read(partial(_all, faults)):
                one = found.setdefault(row.call_id, Judged())
                kind = FindingKind(row.kind)
                one.faults[kind] = one.faults.get(kind, 0) + row.found
            reviews = (
                sa.select(_REVIEWS.call_id, _REVIEWS.share, _REVIEWS.state, _REVIEWS.upheld)
                .join(schema.recordings, _RECORDINGS.id == _REVIEWS.recording_id)
                .where(
                    _REVIEWS.call_id.in_(some),
                    _RECORDINGS.kind == RecordingKind.TALK,
                    _REVIEWS.share.is_not(None),
                    is_told(),
                )
                .order_by(_REVIEWS.id)
            )
            for row in await self._database.do_read(partial(_all, reviews)):
                one = found.setdefault(row.call_id, Judged())
                one.shares.append(row.share)
                one.appealed += row.state == ReviewState.APPEALED or row.upheld is not None
                one.upheld += row.upheld is True
        return found

    async def _texts(self, query: sa.Select[Any]) -> list[str]:
        return list(await self._database.do_read(partial(_texts, query)))


def _texts(query: sa.Select[Any], connection: sa.Connection) -> Sequence[str]:
    return connection.execute(query).scalars().all()


def _all(query: sa.Select[Any], connection: sa.Connection) -> Sequence[sa.Row[Any]]:
    return connection.execute(query).all()


def _of_group(table: sa.Table, group_id: str) -> sa.ColumnElement[bool]:
    column = table.c.group_id
    return column == group_id if group_id else column.is_(None)
