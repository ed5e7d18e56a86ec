"""Closed months in the store: their sums are left alone, what comes later is noted beside them.

Whoever sums (the holder of the lease of :mod:`voicegw.store.report_rollups`) also freezes, so no
sum of a month changes while its hash is computed.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from typing import Any, Final

import msgspec
import sqlalchemy as sa

from voicegw.model.report_month import Correction, FrozenMonth, next_month
from voicegw.model.rollup import SUMS, Cell, RollupKind, Sums, sum_of_code
from voicegw.store import schema
from voicegw.store.database import Database
from voicegw.store.paging import DEFAULT_LIMIT, Page, check_limit, decode_cursor, encode_cursor
from voicegw.store.report_rollups import require_lease
from voicegw.store.rows import to_struct

_MONTHS = schema.report_months
_CORRECTIONS = schema.report_corrections
_TABLES: Final = {
    RollupKind.CALLS: schema.report_calls,
    RollupKind.TASKS: schema.report_tasks,
}
_KEY: Final = ("manager_id", "hotline_id", "type")
_RECORDS: Final = {RollupKind.CALLS: schema.calls, RollupKind.TASKS: schema.tasks}
_CAUSES: Final = 20
_AT_ONCE: Final = 500

Key = tuple[str, str, str, str]
"""Manager, hotline, type and name of a sum."""


class MonthRepository:
    """Freezes months and tells of them. Every method is one short transaction.

    All methods raise StoreUnavailableError when the store can't be used.
    """

    def __init__(self, database: Database) -> None:
        """Work on `database`, which the caller opens and closes."""
        self._database = database

    async def months(self) -> Sequence[FrozenMonth]:
        """Return the frozen months, the newest first."""
        query = sa.select(_MONTHS).order_by(_MONTHS.c.month.desc())
        rows = await self._database.do_read(lambda one: one.execute(query).all())
        return [to_struct(row, FrozenMonth) for row in rows]

    async def first_summed(self) -> date | None:
        """Return the first month of which there are sums; None: there are none at all."""
        # Sums of months are few, and their grain and day are an index: this is asked for often.
        firsts = [
            sa.select(sa.func.min(table.c.day)).where(table.c.grain == "month_all")
            for table in _TABLES.values()
        ]
        found = await self._database.do_read(
            lambda one: [one.execute(query).scalar_one() for query in firsts]
        )
        days = [day for day in found if day is not None]
        return min(days, default=None)

    async def freeze(self, month: date, owner: str, now: datetime) -> FrozenMonth:
        """Declare the sums of `month` final, and return what was noted of it.

        The caller holds the lease as `owner`. Raises LostLeaseError. A month that is frozen stays
        as it is.
        """
        known = await self.months()
        same = next((one for one in known if one.month == month), None)
        if same is not None:
            return same
        previous = next((one.sha256 for one in known if one.month < month), "")
        digest = hashlib.sha256(f"{month} {previous}\n".encode())
        count = 0
        for query in _rows_of(month):
            rows = await self._database.do_read(lambda one, query=query: one.execute(query).all())  # type: ignore[misc]
            for row in rows:
                digest.update(msgspec.json.encode([str(value) for value in row]) + b"\n")
            count += len(rows)
        frozen = FrozenMonth(month, now, count, digest.hexdigest(), previous)
        insert = self._database.insert(_MONTHS).on_conflict_do_nothing(index_elements=["month"])

        def note(connection: sa.Connection) -> None:
            require_lease(connection, owner)
            connection.execute(insert, msgspec.structs.asdict(frozen))

        await self._database.do_write(note)
        return frozen

    async def correct(
        self, cell: Cell, rows: Sequence[Sums], owner: str, now: datetime, causes: Sequence[str]
    ) -> int:
        """Note where `rows`, summed anew, differ from what was known of a frozen day.

        Returns how many sums do. Raises LostLeaseError.
        """
        month = cell.day.replace(day=1)

        def note(connection: sa.Connection) -> int:
            require_lease(connection, owner)
            known, found = _known(connection, cell), _by_key(rows)
            corrections = [
                Correction(
                    month, cell.kind, cell.group_id, cell.day, *key,
                    before=known.get(key, 0), after=found.get(key, 0), at=now,
                    caused_by=tuple(causes),
                )
                for key in sorted(known.keys() | found.keys())
                if known.get(key, 0) != found.get(key, 0)
            ]  # fmt: skip
            values = [msgspec.structs.asdict(one) for one in corrections]
            for one in values:
                del one["number"]
            if values:
                connection.execute(_CORRECTIONS.insert(), values)
            return len(values)

        return await self._database.do_write(note)

    async def causes(
        self, cell: Cell, begin: datetime, end: datetime, since: datetime
    ) -> Sequence[str]:
        """Return ids of the cell's calls or tasks that were written since; at most some."""
        table = _RECORDS[cell.kind]
        written: tuple[sa.ColumnElement[Any], sa.ColumnElement[datetime]]
        if cell.kind is RollupKind.CALLS:
            written = schema.events.c.subject, schema.events.c.time
        else:
            written = schema.task_history.c.task_id, schema.task_history.c.at
        group = table.c.group_id
        query = (
            sa.select(table.c.id)
            .where(
                group == cell.group_id if cell.group_id else group.is_(None),
                table.c.created_at >= begin,
                table.c.created_at < end,
                sa.exists().where(written[0] == table.c.id, written[1] >= since),
            )
            .order_by(table.c.id)
            .limit(_CAUSES)
        )
        return await self._database.do_read(lambda one: one.execute(query).scalars().all())

    async def corrections(
        self,
        month: date,
        *,
        group_ids: Sequence[str] | None = None,
        manager_id: str | None = None,
        limit: int = DEFAULT_LIMIT,
        cursor: str | None = None,
    ) -> Page[Correction]:
        """Return a page of what has become known of a month since, the oldest first.

        Raises InvalidError for a bad `limit` or `cursor`.
        """
        columns = _CORRECTIONS.c
        query = (
            sa.select(_CORRECTIONS)
            .where(columns.month == month)
            .order_by(columns.number)
            .limit(check_limit(limit) + 1)
        )
        if group_ids is not None:
            query = query.where(columns.group_id.in_(group_ids))
        if manager_id is not None:
            query = query.where(columns.manager_id == manager_id)
        if cursor is not None:
            query = query.where(columns.number > decode_cursor(cursor, tuple[int])[0])
        rows = await self._database.do_read(lambda one: one.execute(query).all())
        items = [to_struct(row, Correction) for row in rows[:limit]]
        more = len(rows) > limit
        return Page(items, encode_cursor(items[-1].number) if more else None)


def _rows_of(month: date) -> Iterator[sa.Select[Any]]:
    """Yield queries for all sums of a month's days, each row in a fixed order of columns."""
    for kind, table in _TABLES.items():
        columns = [table.c[name] for name in ("group_id", "day", *_KEY, *SUMS[kind])]
        yield _of_month(table, month).with_only_columns(*columns).order_by(*columns[:5])
    results = schema.report_results
    columns = [results.c[name] for name in ("kind", "group_id", "day", *_KEY, "code", "told")]
    yield _of_month(results, month).with_only_columns(*columns).order_by(*columns[:7])


def _of_month(table: sa.Table, month: date) -> sa.Select[Any]:
    return sa.select(table).where(
        table.c.grain == "day", table.c.day >= month, table.c.day < next_month(month)
    )


def _known(connection: sa.Connection, cell: Cell) -> dict[Key, int]:
    """Return the sums of a day as they were frozen, with the corrections since."""
    table = _TABLES[cell.kind]
    here = (table.c.grain == "day", table.c.group_id == cell.group_id, table.c.day == cell.day)
    known: dict[Key, int] = {}
    for row in connection.execute(sa.select(table).where(*here)).mappings():
        for name in SUMS[cell.kind]:
            if row[name]:
                known[row["manager_id"], row["hotline_id"], row["type"], name] = row[name]
    told = schema.report_results.c
    codes = sa.select(*(told[name] for name in (*_KEY, "code", "told"))).where(
        told.kind == cell.kind,
        told.grain == "day",
        told.group_id == cell.group_id,
        told.day == cell.day,
    )
    for manager_id, hotline_id, type_, code, number in connection.execute(codes):
        known[manager_id, hotline_id, type_, sum_of_code(code)] = number
    columns = _CORRECTIONS.c
    since = (
        sa.select(*(columns[name] for name in (*_KEY, "name", "after")))
        .where(
            columns.kind == cell.kind, columns.group_id == cell.group_id, columns.day == cell.day
        )
        .order_by(columns.number)
    )
    for manager_id, hotline_id, type_, name, after in connection.execute(since):
        known[manager_id, hotline_id, type_, name] = after
    return known


def _by_key(rows: Sequence[Sums]) -> dict[Key, int]:
    found: dict[Key, int] = {}
    for row in rows:
        codes = {sum_of_code(code): told for code, told in row.results.items()}
        for name, value in (*row.values.items(), *codes.items()):
            found[row.manager_id, row.hotline_id, row.type, name] = value
    return found
