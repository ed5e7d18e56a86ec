"""Sums of days and months: written by whoever holds the lease, read by reports."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any, Final

import msgspec
import sqlalchemy as sa

from voicegw.model.report import SplitBy
from voicegw.model.report_month import next_month
from voicegw.model.rollup import SUMS, Cell, Mark, RollupKind, Sums
from voicegw.store import schema
from voicegw.store.database import Database

_MARKS = schema.report_marks.c
_STATE = schema.report_state.c
_RESULTS = schema.report_results
_TABLES: Final = {
    RollupKind.CALLS: schema.report_calls,
    RollupKind.TASKS: schema.report_tasks,
}
_NAME: Final = "rollup"
_BY_MANAGER: Final = ("day", "month")
_OF_ALL: Final = ("day_all", "month_all")
_COLUMN_OF: Final = {
    SplitBy.MANAGER: "manager_id",
    SplitBy.GROUP: "group_id",
    SplitBy.HOTLINE: "hotline_id",
    SplitBy.TYPE: "type",
}


class RollupQuery(msgspec.Struct, frozen=True):
    """Which sums are asked for: local days from `from_` (inclusive) to `until` (exclusive).

    `group_ids` None: all groups; what else is None does not filter. `by` names at most one span.
    """

    kind: RollupKind
    from_: date
    until: date
    by: tuple[SplitBy, ...] = ()
    group_ids: tuple[str, ...] | None = None
    manager_id: str | None = None
    hotline_id: str | None = None
    type: str | None = None


class _Stretch(msgspec.Struct, frozen=True):
    """Days to be read from rows of one grain; `month`: the first of the month they lie in."""

    is_month: bool
    from_: date
    until: date
    month: date


class LostLeaseError(Exception):
    """Somebody else sums by now: nothing was written."""


class RollupRepository:
    """Reads and writes sums. Every method is one short transaction.

    All methods raise StoreUnavailableError when the store can't be used.
    """

    def __init__(self, database: Database) -> None:
        """Work on `database`, which the caller opens and closes."""
        self._database = database

    async def lease(self, owner: str, now: datetime, lease_s: float) -> bool:
        """Become, or stay, the one who sums, for `lease_s` seconds; False: another one is."""
        until = now + timedelta(seconds=lease_s)
        free = sa.or_(_STATE.owner.is_(None), _STATE.owner == owner, _STATE.lease_until <= now)
        take = (
            schema.report_state.update()
            .where(_STATE.name == _NAME, free)
            .values(owner=owner, lease_until=until)
        )
        begin = (
            self._database.insert(schema.report_state)
            .values(name=_NAME, owner=owner, lease_until=until)
            .on_conflict_do_nothing(index_elements=["name"])
        )

        def write(connection: sa.Connection) -> bool:
            taken = connection.execute(take).rowcount
            return bool(taken or connection.execute(begin).rowcount)

        return await self._database.do_write(write)

    async def reclaim(self, owner: str) -> bool:
        """Take the lease away from an earlier process of `owner`'s node; return whether one had it.

        An owner is `node/process`, and of a node only one process sums: the one that has the lease
        is gone without giving it back. Were it there still, it could write nothing any more.
        """
        own_node = owner.rpartition("/")[0] + "/"
        left = sa.and_(_STATE.owner.startswith(own_node, autoescape=True), _STATE.owner != owner)
        statement = (
            schema.report_state.update()
            .where(_STATE.name == _NAME, left)
            .values(owner=None, lease_until=None)
        )
        return await self._database.do_write(
            lambda connection: connection.execute(statement).rowcount > 0
        )

    async def extend(self, owner: str, now: datetime, lease_s: float) -> None:
        """Stay the one who sums, for `lease_s` seconds.

        Raises LostLeaseError when somebody else has been since, even if nobody is by now: what was
        read before may be older than what that one has written.
        """
        stay = (
            schema.report_state.update()
            .where(_STATE.name == _NAME, _STATE.owner == owner)
            .values(lease_until=now + timedelta(seconds=lease_s))
        )

        def write(connection: sa.Connection) -> None:
            if not connection.execute(stay).rowcount:
                raise LostLeaseError

        await self._database.do_write(write)

    async def release(self, owner: str) -> None:
        """Let another one sum."""
        statement = (
            schema.report_state.update()
            .where(_STATE.name == _NAME, _STATE.owner == owner)
            .values(owner=None, lease_until=None)
        )
        await self._database.do_write(lambda connection: connection.execute(statement))

    async def has_marks(self) -> bool:
        """Whether something was written that is not summed yet."""
        query = sa.select(_MARKS.number).limit(1)
        return await self._database.do_read(
            lambda connection: connection.execute(query).first() is not None
        )

    async def marks(self, limit: int) -> Sequence[Mark]:
        """Return the oldest marks."""
        query = sa.select(schema.report_marks).order_by(_MARKS.number).limit(limit)
        rows = await self._database.do_read(lambda connection: connection.execute(query).all())
        return [Mark(row.number, RollupKind(row.kind), row.group_id, row.hour) for row in rows]

    async def complete_at(self) -> datetime | None:
        """Return until when all was summed that had been written; None: it never was."""
        query = sa.select(_STATE.complete_at).where(_STATE.name == _NAME)
        return await self._database.do_read(
            lambda connection: connection.execute(query).scalar_one_or_none()
        )

    async def put_cells(self, cells: Mapping[Cell, Sequence[Sums]], owner: str) -> None:
        """Put rows in the place of what cells have had, all at once. Raises LostLeaseError."""

        def write(connection: sa.Connection) -> None:
            require_lease(connection, owner)
            for cell, rows in cells.items():
                _remove(connection, cell, cell.day, ("day", "day_all"))
                _insert(connection, cell, "day", rows)
                _insert(connection, cell, "day_all", _together(rows))

        await self._database.do_write(write)

    async def sum_month(self, kind: RollupKind, group_id: str, month: date, owner: str) -> None:
        """Sum a month of a group anew from its days. Raises LostLeaseError."""

        def write(connection: sa.Connection) -> None:
            require_lease(connection, owner)
            _remove(connection, Cell(kind, group_id, month), month, ("month", "month_all"))
            for table in (_TABLES[kind], _RESULTS):
                for grain, of in (("month", "day"), ("month_all", "day_all")):
                    connection.execute(
                        _month_statement(table, Cell(kind, group_id, month), grain, of)
                    )

        await self._database.do_write(write)

    async def conclude(
        self, marks: Sequence[Mark], owner: str, complete_at: datetime | None
    ) -> None:
        """Remove marks of what is summed; `complete_at`: there were no others then.

        Raises LostLeaseError.
        """
        numbers = [{"done": mark.number} for mark in marks]

        def write(connection: sa.Connection) -> None:
            require_lease(connection, owner)
            if numbers:
                connection.execute(
                    schema.report_marks.delete().where(_MARKS.number == sa.bindparam("done")),
                    numbers,
                )
            if complete_at is not None:
                connection.execute(
                    schema.report_state.update()
                    .where(_STATE.name == _NAME)
                    .values(complete_at=complete_at)
                )

        await self._database.do_write(write)

    async def sums(
        self, query: RollupQuery, names: Sequence[str], *, limit: int
    ) -> Sequence[tuple[Any, ...]]:
        """Return rows of the keys of `query.by`, in order, and then of the sums called `names`.

        The same keys may come in several rows, which are to be added; at most `limit` rows for
        each stretch of days that lies together. A sum that is None is zero.
        """
        table = _TABLES[query.kind]
        found: list[tuple[Any, ...]] = []
        for stretch in stretches(query):
            statement = _sum_statement(table, query, stretch, names).limit(limit)
            found += await self._read(statement)
        return found

    async def results(self, query: RollupQuery, *, limit: int) -> Sequence[tuple[Any, ...]]:
        """Return rows of the keys of `query.by`, a result's type, its code and how often told."""
        columns = _RESULTS.c
        found: list[tuple[Any, ...]] = []
        for stretch in stretches(query):
            statement = (
                _sum_statement(_RESULTS, query, stretch, ["told"])
                .add_columns(columns.type.label("of_type"), columns.code)
                .where(columns.kind == query.kind)
                .group_by(columns.type, columns.code)
            )
            found += await self._read(statement.limit(limit))
        return found

    async def _read(self, statement: sa.Select[Any]) -> list[tuple[Any, ...]]:
        return [
            tuple(row)
            for row in await self._database.do_read(
                lambda connection: connection.execute(statement).all()
            )
        ]


def stretches(query: RollupQuery) -> list[_Stretch]:
    """Return what a span is read from: whole months, where no shorter spans are told, and days."""
    if SplitBy.DAY in query.by or SplitBy.WEEK in query.by:
        return [_Stretch(False, query.from_, query.until, query.from_)]
    found = []
    at = query.from_
    while at < query.until:
        month = at.replace(day=1)
        after = next_month(month)
        if at == month and after <= query.until:
            until = after
            if SplitBy.MONTH not in query.by:
                while next_month(until) <= query.until:
                    until = next_month(until)
            found.append(_Stretch(True, at, until, month))
        else:
            until = min(after, query.until)
            found.append(_Stretch(False, at, until, month))
        at = until
    return found


def _sum_statement(
    table: sa.Table, query: RollupQuery, stretch: _Stretch, names: Sequence[str]
) -> sa.Select[Any]:
    columns = table.c
    by_manager = SplitBy.MANAGER in query.by or query.manager_id is not None
    grains = _BY_MANAGER if by_manager else _OF_ALL
    keys: list[sa.ColumnElement[Any]] = []
    for one in query.by:
        if one is SplitBy.MONTH:
            keys.append(sa.literal(stretch.month, sa.Date))
        elif one is SplitBy.DAY:
            keys.append(columns.day)
        elif one is SplitBy.WEEK:
            keys.append(columns.week)
        else:
            keys.append(columns[_COLUMN_OF[one]])
    statement = sa.select(*keys, *[_sum(columns[name]) for name in names]).where(
        columns.grain == grains[stretch.is_month],
        columns.day >= stretch.from_,
        columns.day < stretch.until,
    )
    grouped = [key for key, one in zip(keys, query.by, strict=True) if one is not SplitBy.MONTH]
    statement = statement.group_by(*grouped) if grouped else statement.having(_is_any(columns))
    if query.group_ids is not None:
        statement = statement.where(columns.group_id.in_(query.group_ids))
    for name in ("manager_id", "hotline_id", "type"):
        value = getattr(query, name)
        if value is not None:
            statement = statement.where(columns[name] == value)
    return statement


def _is_any(columns: Any) -> sa.ColumnElement[bool]:
    return sa.func.count(columns.day) > 0


def require_lease(connection: sa.Connection, owner: str) -> None:
    """Return when `owner` is the one who sums, until the transaction ends.

    Raises LostLeaseError.
    """
    query = sa.select(_STATE.owner).where(_STATE.name == _NAME).with_for_update()
    if connection.execute(query).scalar_one_or_none() != owner:
        raise LostLeaseError


def _remove(connection: sa.Connection, cell: Cell, day: date, grains: Sequence[str]) -> None:
    table = _TABLES[cell.kind]
    here = [table.c.grain.in_(grains), table.c.group_id == cell.group_id, table.c.day == day]
    connection.execute(table.delete().where(*here))
    columns = _RESULTS.c
    connection.execute(
        _RESULTS.delete().where(
            columns.kind == cell.kind,
            columns.grain.in_(grains),
            columns.group_id == cell.group_id,
            columns.day == day,
        )
    )


def _together(rows: Sequence[Sums]) -> list[Sums]:
    """Return the sums of all managers together, by hotline and type."""
    found: dict[tuple[str, str], Sums] = {}
    for row in rows:
        total = found.setdefault((row.hotline_id, row.type), Sums("", row.hotline_id, row.type))
        for name, value in row.values.items():
            total.add(name, value)
        for code, told in row.results.items():
            total.results[code] = total.results.get(code, 0) + told
    return list(found.values())


def _insert(connection: sa.Connection, cell: Cell, grain: str, rows: Sequence[Sums]) -> None:
    if not rows:
        return
    nothing = dict.fromkeys(SUMS[cell.kind])
    common = {
        "grain": grain,
        "group_id": cell.group_id,
        "day": cell.day,
        "week": cell.day - timedelta(days=cell.day.weekday()),
    }
    keys = [
        {"manager_id": row.manager_id, "hotline_id": row.hotline_id, "type": row.type}
        for row in rows
    ]
    connection.execute(
        _TABLES[cell.kind].insert(),
        [{**nothing, **common, **key, **row.values} for key, row in zip(keys, rows, strict=True)],
    )
    told = [
        {**common, **key, "kind": cell.kind, "code": code, "told": number}
        for key, row in zip(keys, rows, strict=True)
        for code, number in row.results.items()
    ]
    if told:
        connection.execute(_RESULTS.insert(), told)


def _month_statement(table: sa.Table, month: Cell, grain: str, of: str) -> sa.Insert:
    """Return what sums the rows of one grain of a month to those of another."""
    columns = table.c
    is_results = table is _RESULTS
    names = ("told",) if is_results else SUMS[month.kind]
    keys = [columns.manager_id, columns.hotline_id, columns.type, columns.group_id]
    if is_results:
        keys += [columns.kind, columns.code]
    first = sa.literal(month.day, sa.Date)
    query = (
        sa.select(
            sa.literal(grain).label("grain"),
            first.label("day"),
            first.label("week"),
            *keys,
            *[_sum(columns[name]) for name in names],
        )
        .where(
            columns.grain == of,
            columns.group_id == month.group_id,
            columns.day >= month.day,
            columns.day < next_month(month.day),
            *([columns.kind == month.kind] if is_results else []),
        )
        .group_by(*keys)
    )
    into = ["grain", "day", "week", *(key.name for key in keys), *names]
    return table.insert().from_select(into, query)


def _sum(column: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
    # PostgreSQL's sum of whole numbers is a decimal.
    return sa.cast(sa.func.sum(column), sa.BigInteger)
