"""What a month is planned by, read in bulk, and the tasks that come of it, written in bulk."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

import msgspec
import sqlalchemy as sa

from voicegw.model.call import CallOutcome, Direction
from voicegw.model.plan import ContactChannel
from voicegw.model.task import OPEN_STATES, SURELY_TALKED_S, Task, TaskState
from voicegw.store import schema
from voicegw.store.database import Database
from voicegw.store.rows import to_struct
from voicegw.store.task_rows import TaskChange, new_tasks, put_new_tasks, write_changes

_CUSTOMERS = schema.customers.c
_CALLS = schema.calls.c
_TASKS = schema.tasks.c
_PAGE = 20_000
_WEEK: Final = timedelta(days=7)
NOT_BEGUN: Final = frozenset({TaskState.NEW, TaskState.ASSIGNED})
"""States of a task that a plan may still move."""
#: Tasks that one transaction writes: a few milliseconds of the one write lock of SQLite.
CHUNK = 100


class CustomerRow(msgspec.Struct, frozen=True):
    """What is planned by, of a customer."""

    id: str
    group_id: str
    owner_id: str | None
    class_: str | None
    tier: str | None
    is_do_not_call: bool


class PlanTaskRow(msgspec.Struct, frozen=True):
    """What is planned by, of a task that the month has already.

    `planned_day` is the day that the plan chose; `is_agreed`: the customer has named a time.
    """

    id: str
    external_id: str | None
    customer_id: str | None
    group_id: str | None
    manager_id: str | None
    state: TaskState
    created_at: datetime
    not_before: datetime | None
    due_at: datetime | None
    result_code: str | None
    planned_day: str | None
    is_agreed: bool | None


class PlanData:
    """Reads what months are planned by and writes tasks. Every method is short transactions.

    All methods raise StoreUnavailableError when the store can't be used.
    """

    def __init__(self, database: Database) -> None:
        """Work on `database`, which the caller opens and closes."""
        self._database = database

    async def customers(self, group_ids: Sequence[str] | None) -> Sequence[CustomerRow]:
        """Return the customers of these groups that have a class or tier; None: of all groups."""
        query = (
            sa.select(
                _CUSTOMERS.id,
                _CUSTOMERS.group_id,
                _CUSTOMERS.owner_id,
                _CUSTOMERS.class_.label("class_"),
                _CUSTOMERS.tier,
                _CUSTOMERS.do_not_call.is_not(None).label("is_do_not_call"),
            )
            .order_by(_CUSTOMERS.id)
            .limit(_PAGE)
        )
        if group_ids is not None:
            query = query.where(_CUSTOMERS.group_id.in_(group_ids))
        found: list[CustomerRow] = []
        last = ""
        while True:
            rows = await self._rows(query.where(_CUSTOMERS.id > last))
            found += [
                CustomerRow(row[0], row[1], row[2], row[3], row[4], bool(row[5])) for row in rows
            ]
            if len(rows) < _PAGE:
                return found
            last = rows[-1].id

    async def talks(self, since: datetime, until: datetime) -> Mapping[str, datetime]:
        """Return when each customer was last talked with in this time, by calls."""
        talk_s = _CALLS.document["talk_s"].as_float()
        is_sure = sa.or_(_CALLS.direction == Direction.INBOUND, talk_s >= SURELY_TALKED_S)
        query = (
            sa.select(_CALLS.customer_id, sa.func.max(_CALLS.created_at))
            .where(
                _CALLS.outcome == CallOutcome.CONNECTED,
                _CALLS.customer_id.is_not(None),
                is_sure,
            )
            .group_by(_CALLS.customer_id)
        )
        return await self._latest_by_week(query, _CALLS.created_at, since, until)

    async def done(
        self,
        since: datetime,
        until: datetime,
        *,
        without: Collection[str],
        channel: ContactChannel | None = None,
    ) -> Mapping[str, datetime]:
        """Return when a task of each customer was last done in this time, as its result says.

        Results `without` a contact don't count. With a `channel`: of the tasks planned for it.
        """
        query = (
            sa.select(_TASKS.customer_id, sa.func.max(_TASKS.closed_at))
            .where(
                _TASKS.state == TaskState.DONE,
                _TASKS.customer_id.is_not(None),
                _TASKS.result_code.not_in(without),
            )
            .group_by(_TASKS.customer_id)
        )
        if channel is not None:
            query = query.where(_TASKS.document[("fields", "channel")].as_string() == channel)
        return await self._latest_by_week(query, _TASKS.closed_at, since, until)

    async def planned(
        self, plan_id: str, periods: Sequence[str], *, channel: ContactChannel | None = None
    ) -> Mapping[str, datetime]:
        """Return for when each customer was last planned in these months, of what is still open."""
        query = (
            sa.select(_TASKS.customer_id, sa.func.max(_TASKS.not_before))
            .where(
                _TASKS.plan_id == plan_id,
                _TASKS.period.in_(periods),
                _TASKS.state.in_(OPEN_STATES),
                _TASKS.customer_id.is_not(None),
            )
            .group_by(_TASKS.customer_id)
        )
        if channel is not None:
            query = query.where(_TASKS.document[("fields", "channel")].as_string() == channel)
        return await self._latest(query)

    async def _latest_by_week(
        self,
        query: sa.Select[Any],
        at: sa.ColumnElement[datetime],
        since: datetime,
        until: datetime,
    ) -> Mapping[str, datetime]:
        """Return the latest of some weeks, each asked for by itself: no statement takes long."""
        found: dict[str, datetime] = {}
        while since <= until:
            following = since + _WEEK
            # Later weeks take the place of the ones before.
            found |= await self._latest(query.where(at >= since, at < following))
            since = following
        return found

    async def _latest(self, query: sa.Select[Any]) -> dict[str, datetime]:
        return {row[0]: row[1] for row in await self._rows(query) if row[1] is not None}

    async def _rows(self, query: sa.Select[Any]) -> Sequence[Any]:
        return await self._database.do_read(lambda connection: connection.execute(query).all())

    async def standing(self, plan_id: str, period: str) -> Sequence[PlanTaskRow]:
        """Return the tasks that the month has of the plan, whatever their state."""
        query = (
            sa.select(
                _TASKS.id,
                _TASKS.external_id,
                _TASKS.customer_id,
                _TASKS.group_id,
                _TASKS.manager_id,
                _TASKS.state,
                _TASKS.created_at,
                _TASKS.not_before,
                _TASKS.due_at,
                _TASKS.result_code,
                _TASKS.document[("fields", "planned_day")].as_string().label("planned_day"),
                _TASKS.document[("fields", "agreed")].as_boolean().label("is_agreed"),
            )
            .where(_TASKS.plan_id == plan_id, _TASKS.period == period)
            .order_by(_TASKS.id)
            .limit(_PAGE)
        )
        found: list[PlanTaskRow] = []
        last = ""
        while True:
            rows = await self._rows(query.where(_TASKS.id > last))
            found += [to_struct(row, PlanTaskRow) for row in rows]
            if len(rows) < _PAGE:
                return found
            last = rows[-1].id

    async def others(
        self, plan_ids: Sequence[str], period: str
    ) -> Sequence[tuple[str, str | None, datetime]]:
        """Return manager, group and time of each task that the month has of these other plans."""
        at = sa.func.coalesce(_TASKS.due_at, _TASKS.created_at, type_=_TASKS.due_at.type)
        query = (
            sa.select(_TASKS.id, _TASKS.manager_id, _TASKS.group_id, at.label("at"))
            .where(
                _TASKS.plan_id.in_(plan_ids),
                _TASKS.period == period,
                _TASKS.manager_id.is_not(None),
                _TASKS.state != TaskState.CANCELLED,
            )
            .order_by(_TASKS.id)
            .limit(_PAGE)
        )
        found: list[tuple[str, str | None, datetime]] = []
        last = ""
        while plan_ids:
            rows = await self._rows(query.where(_TASKS.id > last))
            found += [(row.manager_id, row.group_id, row.at) for row in rows]
            if len(rows) < _PAGE:
                break
            last = rows[-1].id
        return found

    async def add(self, tasks: Sequence[Task], *, by: str) -> int:
        """Add some tasks, without an event of each; return how many were new.

        One whose external id is there already is left as it is.
        """
        made = new_tasks(tasks, by=by, tells=False)
        names = [task.external_id for task in tasks]
        query = sa.select(_TASKS.external_id).where(_TASKS.external_id.in_(names))

        def write(connection: sa.Connection) -> int:
            known = set(connection.execute(query).scalars())
            new = made.without(known) if known else made
            put_new_tasks(connection, new)
            return len(new.tasks)

        return await self._database.do_write(write)

    async def change(
        self, changes: Mapping[str, Callable[[Task], Task]], at: datetime, *, by: str
    ) -> int:
        """Change some tasks by id; return how many were changed.

        One that is begun or over by now is left as it is.
        """
        query = (
            sa.select(_TASKS.document)
            .where(_TASKS.id.in_(changes))
            .order_by(_TASKS.id)
            .with_for_update()
        )

        def write(connection: sa.Connection) -> int:
            found = [msgspec.convert(one, Task) for one in connection.execute(query).scalars()]
            real = [
                TaskChange(task, changes[task.id](task), at, by)
                for task in found
                if task.state in NOT_BEGUN and not task.attempts
            ]
            write_changes(connection, real)
            return len(real)

        return await self._database.do_write(write)
