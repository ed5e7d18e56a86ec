"""Tasks in the store."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any

import msgspec
import sqlalchemy as sa

from voicegw.model.task import (
    GATHERING,
    MATTERS,
    OPEN_STATES,
    REOPENED_WITHIN,
    Reached,
    Task,
    TaskSource,
    TaskState,
    TaskType,
    add_call,
    contacted,
)
from voicegw.store import schema
from voicegw.store.database import Database
from voicegw.store.owners import PENDING_MANAGER, successors
from voicegw.store.paging import DEFAULT_LIMIT, Page, newest_first, page_of
from voicegw.store.task_rows import TaskChange, in_managers_groups, insert_tasks, write_changes

_COLUMNS = schema.tasks.c


@dataclass(frozen=True, slots=True)
class TaskFilter:
    """Which tasks a list shows; None doesn't filter. `from_` is inclusive, `until` exclusive."""

    group_ids: Sequence[str] | None = None
    manager_id: str | None = None
    customer_id: str | None = None
    customer_number: str | None = None
    external_id: str | None = None
    type: TaskType | None = None
    own_type: str | None = None
    state: TaskState | None = None
    is_open: bool | None = None
    due_before: datetime | None = None
    closed_from: datetime | None = None
    """Closed at or after; a list of these is in the order in which they were closed."""
    from_: datetime | None = None
    until: datetime | None = None

    def conditions(self) -> list[sa.ColumnElement[bool]]:
        """Return what a query is to be restricted by."""
        found: list[sa.ColumnElement[bool]] = []
        if self.group_ids is not None:
            found.append(_COLUMNS.group_id.in_(self.group_ids))
        for column, value in (
            (_COLUMNS.manager_id, self.manager_id),
            (_COLUMNS.customer_id, self.customer_id),
            (_COLUMNS.customer_number, self.customer_number),
            (_COLUMNS.external_id, self.external_id),
            (_COLUMNS.type, self.type),
            (_COLUMNS.own_type, self.own_type),
            (_COLUMNS.state, self.state),
        ):
            if value is not None:
                found.append(column == value)
        if self.is_open is not None:
            # As the index of open tasks has it.
            over = _COLUMNS.closed_at
            found.append(over.is_(None) if self.is_open else over.is_not(None))
        if self.due_before is not None:
            found.append(_COLUMNS.due_at < self.due_before)
        if self.closed_from is not None:
            found.append(_COLUMNS.closed_at >= self.closed_from)
        if self.from_ is not None:
            found.append(_COLUMNS.created_at >= self.from_)
        if self.until is not None:
            found.append(_COLUMNS.created_at < self.until)
        return found


class TaskRepository:
    """Reads tasks. Every method is one short transaction.

    All methods raise StoreUnavailableError when the store can't be used.
    """

    def __init__(self, database: Database) -> None:
        """Work on `database`, which the caller opens and closes."""
        self._database = database

    async def get(self, task_id: str) -> Task | None:
        """Return a task by id."""
        query = sa.select(_COLUMNS.document).where(_COLUMNS.id == task_id)
        document = await self._database.do_read(
            lambda connection: connection.execute(query).scalar_one_or_none()
        )
        return None if document is None else msgspec.convert(document, Task)

    async def list_by_ids(self, ids: Sequence[str]) -> Sequence[Task]:
        """Return the tasks with these ids, in no order; a page's at most."""
        if not ids:
            return []
        query = sa.select(_COLUMNS.document).where(_COLUMNS.id.in_(ids))
        documents = await self._database.do_read(
            lambda connection: connection.execute(query).scalars().all()
        )
        return [msgspec.convert(one, Task) for one in documents]

    async def get_by_external_id(self, external_id: str) -> Task | None:
        """Return the task that another system calls `external_id`."""
        query = sa.select(_COLUMNS.document).where(_COLUMNS.external_id == external_id)
        document = await self._database.do_read(
            lambda connection: connection.execute(query).scalar_one_or_none()
        )
        return None if document is None else msgspec.convert(document, Task)

    async def list(
        self,
        wanted: TaskFilter = TaskFilter(),
        *,
        limit: int = DEFAULT_LIMIT,
        cursor: str | None = None,
    ) -> Page[Task]:
        """Return a page of tasks, newest first; those closed since a moment by their closing.

        Raises InvalidError for a bad cursor.
        """
        is_closed = wanted.closed_from is not None
        query = newest_first(
            sa.select(_COLUMNS.document).where(*wanted.conditions()),
            _COLUMNS.closed_at if is_closed else _COLUMNS.created_at,
            _COLUMNS.id,
            limit=limit,
            cursor=cursor,
        )
        documents = await self._database.do_read(
            lambda connection: connection.execute(query).scalars().all()
        )
        tasks = [msgspec.convert(one, Task) for one in documents]
        return page_of(tasks, limit, _closed_at if is_closed else None)

    async def responsible(self, customer_id: str) -> str | None:
        """Return the manager of the customer's open matter, of several the oldest.

        Whoever took a matter first owns it until it is closed (首问负责).
        """
        return await self._database.do_read(
            lambda connection: connection.execute(
                _RESPONSIBLE, {"customer_id": customer_id}
            ).scalar_one_or_none()
        )


def _closed_at(task: Task) -> datetime:
    return task.closed_at or task.created_at


def put_matters(connection: sa.Connection, matters: Sequence[Task | Reached]) -> None:
    """Write what calls have left to be done, and what talks have answered, in their order.

    Inside the caller's transaction.
    """
    for kind, run in groupby(matters, type):
        if kind is Task:
            put_tasks(connection, [one for one in run if isinstance(one, Task)])
        else:
            talks = [one for one in run if isinstance(one, Reached)]
            _note_talks(connection, talks)


def _note_talks(connection: sa.Connection, talks: Sequence[Reached]) -> None:
    """Note the first contact of tasks, and close the calls back that were owed."""
    asked: dict[str, list[str]] = {
        "ids": [one.customer_id for one in talks if one.customer_id is not None],
        "numbers": [one.customer_number for one in talks if one.customer_number is not None],
        "task_ids": [one.task_id for one in talks if one.task_id is not None],
    }
    found = connection.execute(_CONCERNED, asked).scalars()
    changes = []
    for task in [msgspec.convert(document, Task) for document in found]:
        for talk in sorted(talks, key=lambda one: one.at):
            if talk.concerns(task):
                after = contacted(task, talk)
                changes.append(TaskChange(task, after, talk.at, call_id=talk.call_id))
                task = after  # noqa: PLW2901 - the next talk finds it as this one leaves it
    write_changes(connection, in_managers_groups(connection, changes))


def put_tasks(connection: sa.Connection, tasks: Sequence[Task]) -> None:
    """Write tasks that calls have led to, inside the caller's transaction.

    One that is there already is left as it is. One for who owned the customer when the call came
    is for who owns it now: a handover may have switched meanwhile. A customer who is missed again,
    or asks for a call again, adds to the open task of the same type and manager. Who comes back
    soon after a matter was closed gets a task that follows it.
    """
    known = _known(connection, [task.id for task in tasks])
    tasks = _handed_on(connection, [task for task in tasks if task.id not in known])
    new: dict[str, Task] = {}
    changed: dict[str, TaskChange] = {}
    for task in tasks:
        if task.id in new:
            continue
        earlier = _open_like(
            connection, task, [*new.values(), *(one.after for one in changed.values())]
        )
        if earlier is None:
            new[task.id] = task
        elif set(task.calls) - set(earlier.calls):
            later = add_call(earlier, task)
            if earlier.id in new:
                new[earlier.id] = later
            else:
                known_as = changed[earlier.id].before if earlier.id in changed else earlier
                changed[earlier.id] = TaskChange(
                    known_as, later, task.created_at, call_id=task.calls[-1]
                )
    insert_tasks(connection, _following(connection, list(new.values())))
    write_changes(connection, list(changed.values()))


def _following(connection: sa.Connection, tasks: Sequence[Task]) -> Sequence[Task]:
    """Return new tasks with the matter of the customer that was closed shortly before."""
    asked = {one.customer_id: one.created_at for one in tasks if one.customer_id is not None}
    if not asked:
        return tasks
    found = connection.execute(
        _CLOSED_LATELY,
        {"ids": sorted(asked), "closed_since": min(asked.values()) - REOPENED_WITHIN},
    ).all()
    last = {row.customer_id: row for row in found}
    after = []
    for task in tasks:
        row = last.get(task.customer_id or "")
        if row is not None and row.closed_at >= task.created_at - REOPENED_WITHIN:
            task = msgspec.structs.replace(task, parent_id=row.id)  # noqa: PLW2901
        after.append(task)
    return after


_IDS: sa.BindParameter[Any] = sa.bindparam("ids", expanding=True)
#: What was owed by a call back says nothing of what the customer comes back for.
_CLOSED_LATELY = (
    sa.select(_COLUMNS.id, _COLUMNS.customer_id, _COLUMNS.closed_at)
    .where(
        _COLUMNS.customer_id.in_(_IDS),
        _COLUMNS.state == TaskState.DONE,
        _COLUMNS.closed_at >= sa.bindparam("closed_since", type_=_COLUMNS.closed_at.type),
        sa.or_(
            _COLUMNS.type.in_(sorted(MATTERS - GATHERING)),
            _COLUMNS.source == TaskSource.TRIGGER,
        ),
    )
    .order_by(_COLUMNS.closed_at, _COLUMNS.id)
)
_CONCERNED = (
    sa.select(_COLUMNS.document)
    .where(
        sa.or_(
            sa.and_(_COLUMNS.customer_id.in_(_IDS), _COLUMNS.state.in_(OPEN_STATES)),
            sa.and_(
                _COLUMNS.customer_id.is_(None),
                _COLUMNS.customer_number.in_(sa.bindparam("numbers", expanding=True)),
                _COLUMNS.state.in_(OPEN_STATES),
            ),
            # Open or not: it may have been closed since its talk began.
            _COLUMNS.id.in_(sa.bindparam("task_ids", expanding=True)),
        ),
    )
    .order_by(_COLUMNS.id)
    .with_for_update()
)
_KNOWN = sa.select(_COLUMNS.id).where(_COLUMNS.id.in_(_IDS))


def responsible_for(customer_id: sa.ColumnElement[str]) -> sa.Select[Any]:
    """Return the query of the manager of a customer's open matter, of several the oldest."""
    return (
        sa.select(sa.func.coalesce(PENDING_MANAGER, _COLUMNS.manager_id))
        .where(_COLUMNS.customer_id == customer_id)
        .where(_COLUMNS.state.in_(OPEN_STATES))
        .where(
            _COLUMNS.manager_id.is_not(None),
            sa.or_(
                _COLUMNS.type.in_(sorted(MATTERS)),
                # What another system has noticed is somebody's matter from the first talk on.
                sa.and_(_COLUMNS.source == TaskSource.TRIGGER, _COLUMNS.contacted_at.is_not(None)),
            ),
        )
        .order_by(_COLUMNS.created_at, _COLUMNS.id)
        .limit(1)
    )


_RESPONSIBLE = responsible_for(sa.bindparam("customer_id", type_=sa.Text))


def _known(connection: sa.Connection, ids: Sequence[str]) -> Collection[str]:
    return set(connection.execute(_KNOWN, {"ids": ids}).scalars())


def _handed_on(connection: sa.Connection, tasks: Sequence[Task]) -> Sequence[Task]:
    """Return tasks as they are after all handovers; a colleague's matter stays the colleague's."""
    customer_ids = sorted({task.customer_id for task in tasks if task.customer_id is not None})
    if not customer_ids:
        return tasks
    new = successors(connection, customer_ids)
    return [
        msgspec.structs.replace(
            task,
            manager_id=new.get((task.customer_id or "", task.manager_id or ""), task.manager_id),
        )
        for task in tasks
    ]


def _open_like(connection: sa.Connection, task: Task, unwritten: Sequence[Task]) -> Task | None:
    """Return the open task that `task` adds to, if there is one."""
    if task.type not in GATHERING or (task.customer_id is None and task.customer_number is None):
        return None
    for one in unwritten:
        if _is_like(one, task):
            return one
    who = (
        _COLUMNS.customer_id == task.customer_id
        if task.customer_id is not None
        else _COLUMNS.customer_number == task.customer_number
    )
    query = (
        sa.select(_COLUMNS.document)
        .where(who, _COLUMNS.state.in_(OPEN_STATES), _COLUMNS.type == task.type)
        .order_by(_COLUMNS.created_at)
        .with_for_update()  # who closes it or hands it on meanwhile is not to be undone
    )
    found = [msgspec.convert(one, Task) for one in connection.execute(query).scalars()]
    return next((one for one in found if _is_like(one, task)), None)


def _is_like(one: Task, other: Task) -> bool:
    return (
        one.type is other.type
        and one.manager_id == other.manager_id
        and one.customer_id == other.customer_id
        and (one.customer_id is not None or one.customer_number == other.customer_number)
    )
