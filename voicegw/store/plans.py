"""Cadence plans and their runs in the store."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import Any

import msgspec
import sqlalchemy as sa

from voicegw.errors import NotFoundError
from voicegw.model.event import Event, EventType
from voicegw.model.ids import IdKind
from voicegw.model.plan import (
    ManagerDay,
    Plan,
    PlanItemKind,
    PlanRun,
    PlanRunItem,
    PlanRunState,
)
from voicegw.model.work import WorkKind
from voicegw.store import schema
from voicegw.store.database import Database
from voicegw.store.events import append_numbered
from voicegw.store.owned_documents import OwnedDocumentRepository
from voicegw.store.paging import (
    COUNT_BITS,
    DEFAULT_LIMIT,
    Page,
    check_limit,
    decode_cursor,
    encode_cursor,
)
from voicegw.store.work import put_work, work_row

_RUNS = schema.plan_runs.c
_ITEMS = schema.plan_run_items.c
_DAYS = schema.plan_run_days.c
_OPEN = (PlanRunState.WAITING, PlanRunState.RUNNING)
#: Rows that one transaction writes: some milliseconds of the one write lock of SQLite.
_CHUNK = 500


class PlanRepository(OwnedDocumentRepository[Plan]):
    """Reads and writes cadence plans; tasks and runs of one that is deleted stay."""

    def __init__(self, database: Database) -> None:
        """Work on `database`, which the caller opens and closes."""
        super().__init__(database, schema.plans, Plan)


class PlanRunRepository:
    """Reads and writes runs. Every method is short transactions, most one.

    All methods raise StoreUnavailableError when the store can't be used.
    """

    def __init__(self, database: Database) -> None:
        """Work on `database`, which the caller opens and closes."""
        self._database = database

    async def begin(self, run: PlanRun, *, by_day: bool = False) -> PlanRun:
        """Have a month planned: write the run and the work, for whichever node takes it.

        A run of the same plan and month that is not over yet, previews apart, is returned in place
        of `run`. With `by_day` there is one run of the plan and month for ever, of all nodes.
        """
        key = f"{run.plan_id}:{run.month}" if by_day else None
        insert = self._database.insert(schema.plan_runs).on_conflict_do_nothing()

        def write(connection: sa.Connection) -> PlanRun:
            if not run.preview:
                query = sa.select(_RUNS.document).where(
                    _RUNS.plan_id == run.plan_id,
                    _RUNS.month == run.month,
                    _RUNS.preview.is_(False),
                    _RUNS.state.in_(_OPEN) if key is None else _RUNS.by_day == key,
                )
                known = connection.execute(query.limit(1)).scalar_one_or_none()
                if known is not None:
                    return msgspec.convert(known, PlanRun)
            if connection.execute(insert, _row(run) | {"by_day": key}).rowcount:
                row = work_row(WorkKind.PLAN, run.id, run.created_at)
                put_work(self._database, connection, [row])
            return run

        return await self._database.do_write(write)

    async def get(self, run_id: str) -> PlanRun | None:
        """Return the run with this id."""
        query = sa.select(_RUNS.document).where(_RUNS.id == run_id)
        found = await self._database.do_read(lambda one: one.execute(query).scalar_one_or_none())
        return None if found is None else msgspec.convert(found, PlanRun)

    async def list(
        self, plan_id: str, *, limit: int = DEFAULT_LIMIT, cursor: str | None = None
    ) -> Page[PlanRun]:
        """Return a page of a plan's runs, the newest first. Raises InvalidError."""
        query = sa.select(_RUNS.document).where(_RUNS.plan_id == plan_id)
        if cursor is not None:
            (before,) = decode_cursor(cursor, tuple[str])
            query = query.where(_RUNS.id < before)
        query = query.order_by(_RUNS.id.desc()).limit(check_limit(limit) + 1)
        rows = await self._database.do_read(lambda one: one.execute(query).scalars().all())
        found = [msgspec.convert(row, PlanRun) for row in rows[:limit]]
        return Page(found, encode_cursor(found[-1].id) if len(rows) > limit else None)

    async def planned_months(self, plan_id: str, months: Sequence[str]) -> frozenset[str]:
        """Return which of `months` the plan has planned."""
        query = sa.select(_RUNS.month).where(
            _RUNS.plan_id == plan_id,
            _RUNS.month.in_(months),
            _RUNS.preview.is_(False),
            _RUNS.state == PlanRunState.COMPLETED,
        )
        found = await self._database.do_read(lambda one: one.execute(query).scalars().all())
        return frozenset(found)

    async def first_begun(self, plan_id: str, month: str) -> datetime | None:
        """Return when the first run of a plan's month was begun, previews apart."""
        query = (
            sa.select(_RUNS.document)
            .where(_RUNS.plan_id == plan_id, _RUNS.month == month, _RUNS.preview.is_(False))
            .order_by(_RUNS.id)
            .limit(1)
        )
        found = await self._database.do_read(lambda one: one.execute(query).scalar_one_or_none())
        return None if found is None else msgspec.convert(found, PlanRun).created_at

    async def change(self, run_id: str, how: Callable[[PlanRun], PlanRun]) -> PlanRun:
        """Put what `how` makes of a run in its place; one that is final stays. NotFoundError."""
        return await self._database.do_write(lambda one: _changed(one, run_id, how))

    async def finish(
        self, run_id: str, how: Callable[[PlanRun], PlanRun], days: Sequence[ManagerDay]
    ) -> PlanRun:
        """End a run, with how many tasks each manager has on each day, and tell so.

        Raises NotFoundError.
        """
        groups = sa.select(schema.managers.c.id, schema.managers.c.group_id)
        found = await self._database.do_read(lambda one: one.execute(groups).all())
        group_of = {row.id: row.group_id for row in found}
        rows = [
            {
                "run_id": run_id,
                "manager_id": one.manager_id,
                "day": one.day.isoformat(),
                "group_id": group_of.get(one.manager_id),
                "tasks": one.tasks,
            }
            for one in days
        ]
        insert = self._database.insert(schema.plan_run_days)
        insert = insert.on_conflict_do_update(
            index_elements=["run_id", "manager_id", "day"], set_={"tasks": insert.excluded.tasks}
        )
        for start in range(0, len(rows), _CHUNK):
            await self._write_rows(insert, rows[start : start + _CHUNK])

        def write(connection: sa.Connection) -> PlanRun:
            run = _changed(connection, run_id, how)
            append_numbered(self._database.dialect, connection, [_completed(run)])
            return run

        return await self._database.do_write(write)

    async def put_items(self, run_id: str, items: Sequence[PlanRunItem]) -> None:
        """Write what a run says of each contact, in place of what it said before."""
        await self._delete_items(run_id)
        for start in range(0, len(items), _CHUNK):
            rows = [
                {
                    "run_id": run_id,
                    "number": number,
                    "kind": item.kind,
                    "group_id": item.group_id,
                    "manager_id": item.manager_id,
                    "document": item,
                }
                for number, item in enumerate(items[start : start + _CHUNK], start)
            ]
            await self._write_rows(schema.plan_run_items.insert(), rows)

    async def forget_previews(self, before: datetime) -> int:
        """Remove what previews from before then say of each contact; return of how many previews.

        One that was asked for again and again would fill the store; its figures stay.
        """
        query = sa.select(_RUNS.document).where(
            _RUNS.preview.is_(True),
            _RUNS.state.in_([PlanRunState.COMPLETED, PlanRunState.FAILED]),
            sa.exists().where(_ITEMS.run_id == _RUNS.id),
        )
        rows = await self._database.do_read(lambda one: one.execute(query).scalars().all())
        runs = [msgspec.convert(row, PlanRun) for row in rows]
        old = [run for run in runs if run.created_at < before]
        for run in old:
            await self._delete_items(run.id)
        return len(old)

    async def _delete_items(self, run_id: str) -> None:
        """Delete what a run says, a few rows at a time: calls are written in between."""
        own = _ITEMS.run_id == run_id
        last = sa.select(sa.func.max(_ITEMS.number)).where(own)
        most = await self._database.do_read(lambda one: one.execute(last).scalar_one())
        for start in range(0, 0 if most is None else most + 1, _CHUNK):
            some = _ITEMS.number.between(start, start + _CHUNK - 1)
            await self._execute(schema.plan_run_items.delete().where(own, some))

    async def _execute(self, statement: sa.Delete) -> None:
        await self._database.do_write(lambda connection: connection.execute(statement))

    async def _write_rows(self, insert: sa.Insert, rows: Sequence[dict[str, Any]]) -> None:
        await self._database.do_write(lambda connection: connection.execute(insert, [*rows]))

    async def items(
        self,
        run_id: str,
        kind: PlanItemKind | None = None,
        *,
        manager_id: str | None = None,
        limit: int = DEFAULT_LIMIT,
        cursor: str | None = None,
    ) -> Page[PlanRunItem]:
        """Return a page of what a run says of contacts. Raises InvalidError for a bad cursor."""
        query = sa.select(_ITEMS.number, _ITEMS.document).where(_ITEMS.run_id == run_id)
        if kind is not None:
            query = query.where(_ITEMS.kind == kind)
        if manager_id is not None:
            query = query.where(_ITEMS.manager_id == manager_id)
        if cursor is not None:
            (after,) = decode_cursor(cursor, tuple[int], bits=COUNT_BITS)
            query = query.where(_ITEMS.number > after)
        query = query.order_by(_ITEMS.number).limit(check_limit(limit) + 1)
        rows = await self._database.do_read(lambda one: one.execute(query).all())
        found = [msgspec.convert(row.document, PlanRunItem) for row in rows[:limit]]
        return Page(found, encode_cursor(rows[limit - 1].number) if len(rows) > limit else None)

    async def days(
        self,
        run_id: str,
        *,
        manager_id: str | None = None,
        limit: int = DEFAULT_LIMIT,
        cursor: str | None = None,
    ) -> Page[ManagerDay]:
        """Return a page of how many tasks managers have on their days. Raises InvalidError."""
        key = sa.tuple_(_DAYS.manager_id, _DAYS.day)
        query = sa.select(_DAYS.manager_id, _DAYS.day, _DAYS.tasks).where(_DAYS.run_id == run_id)
        if manager_id is not None:
            query = query.where(_DAYS.manager_id == manager_id)
        if cursor is not None:
            last = decode_cursor(cursor, tuple[str, str])
            query = query.where(key > sa.tuple_(*map(sa.literal, last)))
        query = query.order_by(*key.clauses).limit(check_limit(limit) + 1)
        rows = await self._database.do_read(lambda one: one.execute(query).all())
        found = [
            ManagerDay(row.manager_id, date.fromisoformat(row.day), row.tasks)
            for row in rows[:limit]
        ]
        more = len(rows) > limit
        last_row = rows[limit - 1] if more else None
        return Page(found, encode_cursor(last_row.manager_id, last_row.day) if last_row else None)


def _changed(connection: sa.Connection, run_id: str, how: Callable[[PlanRun], PlanRun]) -> PlanRun:
    own = _RUNS.id == run_id
    query = sa.select(_RUNS.document).where(own).with_for_update()
    document = connection.execute(query).scalar_one_or_none()
    if document is None:
        raise NotFoundError("plan-run", run_id)
    run = msgspec.convert(document, PlanRun)
    if run.is_final:
        return run
    after = how(run)
    connection.execute(schema.plan_runs.update().where(own).values(_row(after)))
    return after


def _row(run: PlanRun) -> dict[str, Any]:
    return {
        "id": run.id,
        "plan_id": run.plan_id,
        "month": run.month,
        "state": run.state,
        "preview": run.preview,
        "document": run,
    }


def _completed(run: PlanRun) -> Event:
    """Return the event that a run is over; the same however often it is told."""
    _, _, own = run.id.partition("_")
    at: datetime = run.finished_at or run.created_at
    return Event(
        id=f"{IdKind.EVENT}_{own}_completed",
        type=EventType.PLAN_COMPLETED,
        subject=run.id,
        time=at,
        sequence=0,
        data=msgspec.to_builtins(run) | {"sequence": 0},
        group_id=run.group_id,
    )
