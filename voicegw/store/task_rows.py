"""How tasks are written: the row, what history says of the change, what outsiders are told.

Whoever makes or changes a task, for whatever reason, does it by `insert_tasks` and `write_changes`.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

import msgspec
import sqlalchemy as sa

from voicegw.model.escalation import escalate_at, pressing_at
from voicegw.model.event import Event, EventType
from voicegw.model.ids import IdKind, new_id
from voicegw.model.reminder import remind_at
from voicegw.model.task import BY_GATEWAY, RANKS, Task, TaskState
from voicegw.model.task_history import HistoryEntry, TaskWord, entry_of
from voicegw.store import schema
from voicegw.store.events import append_numbered
from voicegw.store.report_marks import mark_tasks

_COLUMNS = schema.tasks.c
_INSERT = schema.tasks.insert()
_INSERT_HISTORY = schema.task_history.insert()
_CHANGE = (
    schema.tasks.update()
    .where(_COLUMNS.id == sa.bindparam("task_id"))
    .values({one.name: sa.bindparam(f"new_{one.name}", type_=one.type) for one in _COLUMNS})
)
_GROUPS = sa.select(schema.managers.c.id, schema.managers.c.group_id).where(
    schema.managers.c.id.in_(sa.bindparam("ids", expanding=True))
)
_ENDINGS: Final = {
    TaskState.DONE: EventType.TASK_COMPLETED,
    TaskState.CANCELLED: EventType.TASK_CANCELLED,
    TaskState.OVERDUE: EventType.TASK_OVERDUE,
}


@dataclass(frozen=True, slots=True)
class TaskChange:
    """A task before and after something was done with it, `by` a principal or the gateway.

    `what` is by default what the change itself shows. `call_id` is the call that it comes from.
    """

    before: Task
    after: Task
    at: datetime
    by: str = BY_GATEWAY
    what: TaskWord | None = None
    call_id: str | None = None


@dataclass(frozen=True, slots=True)
class NewTasks:
    """Tasks to be added, as everything that is written of them: made before the transaction."""

    tasks: Sequence[Task]
    rows: Sequence[Mapping[str, Any]]
    history: Sequence[Mapping[str, Any]]
    events: Sequence[Event]

    def without(self, external_ids: Collection[str]) -> NewTasks:
        """Return all but those with these external ids; who tells of each has none of them."""
        left = [
            place for place, task in enumerate(self.tasks) if task.external_id not in external_ids
        ]
        return NewTasks(
            [self.tasks[place] for place in left],
            [self.rows[place] for place in left],
            [self.history[place] for place in left],
            self.events,
        )


def new_tasks(tasks: Sequence[Task], *, by: str = BY_GATEWAY, tells: bool = True) -> NewTasks:
    """Return what is written of new tasks, their history and events included.

    Without `tells` there are no events: a month's plan tells of all its tasks by one. Where there
    are many it is made before the transaction, which is to be short.
    """
    tasks = [_since_created(task) for task in tasks]
    events = []
    for task in tasks if tells else ():
        events.append(task_event(EventType.TASK_CREATED, task, task.created_at))
        if task.state is TaskState.ASSIGNED:
            events.append(_told(EventType.TASK_ASSIGNED, task, task.created_at))
    entries = [entry_of(None, task, at=task.created_at, by=by) for task in tasks]
    return NewTasks(tasks, [*map(task_row, tasks)], [*map(_history_row, entries)], events)


def put_new_tasks(connection: sa.Connection, new: NewTasks) -> None:
    """Add tasks, inside the caller's transaction, and have them counted.

    Raises ConflictError (as the transaction does) when an id or external id is taken.
    """
    if not new.tasks:
        return
    connection.execute(_INSERT, new.rows)
    connection.execute(_INSERT_HISTORY, new.history)
    if new.events:
        append_numbered(connection.dialect.name, connection, new.events)
    mark_tasks(connection, new.tasks)


def insert_tasks(connection: sa.Connection, tasks: Sequence[Task], *, by: str = BY_GATEWAY) -> None:
    """Add a few tasks with their history and events, inside the caller's transaction.

    Raises ConflictError (as the transaction does) when an id or external id is taken.
    """
    put_new_tasks(connection, new_tasks(tasks, by=by))


def write_changes(
    connection: sa.Connection,
    changes: Sequence[TaskChange],
    *,
    tells: bool = True,
) -> Sequence[Task]:
    """Write tasks that have changed, with history and events, inside the caller's transaction.

    The rows are locked by the caller. What has not changed is not written. Without `tells` there
    are no events. Returns the tasks as they are afterwards, in the order of `changes`.
    """
    written = [_since_assigned(one) for one in changes]
    real = [one for one in written if one.after != one.before]
    if real:
        connection.execute(_CHANGE, [_changed_row(one.after) for one in real])
        write_history(connection, [_entry(one) for one in real])
        # Of the group that it leaves, too.
        mark_tasks(connection, [task for one in real for task in (one.before, one.after)])
        told = [event for one in real for event in _events(one)] if tells else []
        if told:
            append_numbered(connection.dialect.name, connection, told)
    return [one.after for one in written]


def in_managers_groups(
    connection: sa.Connection, changes: Sequence[TaskChange]
) -> Sequence[TaskChange]:
    """Return `changes`, the tasks of other managers in the groups of these.

    Whoever gets a task, in whatever way, has it where the own superiors see it. Inside the caller's
    transaction; nothing is asked where no task changes hands.
    """
    moved = {
        one.after.manager_id
        for one in changes
        if one.after.manager_id not in {None, one.before.manager_id}
    }
    if not moved:
        return changes
    rows = connection.execute(_GROUPS, {"ids": sorted(filter(None, moved))})
    groups = {row.id: row.group_id for row in rows}
    return [_in_group(one, groups) for one in changes]


def _in_group(change: TaskChange, groups: Mapping[str, str]) -> TaskChange:
    before, after = change.before, change.after
    group_id = groups.get(after.manager_id or "", after.group_id)
    if after.manager_id == before.manager_id or after.group_id == group_id:
        return change
    return replace(change, after=msgspec.structs.replace(after, group_id=group_id))


def write_history(connection: sa.Connection, entries: Sequence[HistoryEntry]) -> None:
    """Add entries to the history of tasks, inside the caller's transaction."""
    if entries:
        connection.execute(_INSERT_HISTORY, [*map(_history_row, entries)])


def task_event(kind: EventType, task: Task, at: datetime) -> Event:
    """Return the event about a task, to be numbered; it tells no telephone number.

    Its subject is the call that the task comes from, like that of all that follows from a call. Its
    id is the task's own: told once, however often the task is written.
    """
    data: dict[str, Any] = msgspec.to_builtins(task)
    del data["customer_number"], data["said"]
    data["client_state"] = None  # the call's, if there is one
    data["sequence"] = 0
    _, _, own = task.id.partition("_")
    return Event(
        id=f"{IdKind.EVENT}_{own}_{kind.rpartition('.')[2]}",
        type=kind,
        subject=task.calls[0] if task.calls else task.id,
        time=at,
        sequence=0,
        data=data,
        group_id=task.group_id,
        manager_id=task.manager_id,
    )


def task_row(task: Task) -> dict[str, Any]:
    """Return the columns of a task."""
    return {
        "id": task.id,
        "type": task.type,
        "state": task.state,
        "group_id": task.group_id,
        "manager_id": task.manager_id,
        "customer_id": task.customer_id,
        "customer_number": task.customer_number,
        "call_id": task.calls[0] if task.calls else None,
        "created_at": task.created_at,
        "due_at": task.due_at,
        "external_id": task.external_id,
        "watch_at": task.watch_at,
        "own_type": task.own_type,
        "source": task.source,
        "rank": RANKS[task.priority],
        "plan_id": task.plan_id,
        "period": task.period,
        "parent_id": task.parent_id,
        "not_before": task.not_before,
        "assigned_at": task.assigned_at,
        "contacted_at": task.contacted_at,
        "closed_at": task.closed_at,
        "result_code": None if task.result is None else task.result.code,
        "result_kind": None if task.result is None else task.result.kind,
        "escalate_at": escalate_at(task),
        "escalated_at": task.escalated_at,
        "pressing_at": pressing_at(task),
        "remind_at": remind_at(task),
        "document": task,
    }


def _changed_row(task: Task) -> dict[str, Any]:
    return {"task_id": task.id} | {f"new_{name}": one for name, one in task_row(task).items()}


def _history_row(entry: HistoryEntry) -> dict[str, Any]:
    return {
        "task_id": entry.task_id,
        "at": entry.at,
        "by": entry.by,
        "what": entry.what,
        "call_id": entry.call_id,
        "changes": entry.changes,
    }


def _since_created(task: Task) -> Task:
    """Return a new task with when its manager got it, if it has one."""
    if task.manager_id is None or task.assigned_at is not None:
        return task
    return msgspec.structs.replace(task, assigned_at=task.created_at)


def _since_assigned(change: TaskChange) -> TaskChange:
    """Return `change` with when its manager got the task, where that is another one."""
    before, after = change.before, change.after
    if after.manager_id == before.manager_id or after.assigned_at != before.assigned_at:
        return change
    since = None if after.manager_id is None else change.at
    after = msgspec.structs.replace(after, assigned_at=since)
    return replace(change, after=after)


def _entry(change: TaskChange) -> HistoryEntry:
    return entry_of(
        change.before,
        change.after,
        at=change.at,
        by=change.by,
        what=change.what,
        call_id=change.call_id,
    )


def _events(change: TaskChange) -> list[Event]:
    """Return what is to be told of a change."""
    before, after = change.before, change.after
    told = []
    if after.manager_id is not None and after.manager_id != before.manager_id:
        told.append(EventType.TASK_ASSIGNED)
    if after.contacted_at is not None and before.contacted_at is None:
        told.append(EventType.TASK_CONTACTED)
    if len(after.escalations) > len(before.escalations):
        told.append(EventType.TASK_ESCALATED)
    if set(after.reminders) - set(before.reminders):
        told.append(EventType.TASK_REMINDED)
    ending = _ENDINGS.get(after.state)
    if ending is not None and (after.state, after.result) != (before.state, before.result):
        told.append(ending)
    return [_told(kind, after, change.at) for kind in told]


def _told(kind: EventType, task: Task, at: datetime) -> Event:
    """Return an event that may come more than once in a task's life."""
    return msgspec.structs.replace(task_event(kind, task, at), id=new_id(IdKind.EVENT))
