"""Tasks that people and other systems make and change, are called for, and are overdue.

What calls leave to be done is written by :mod:`voicegw.store.tasks`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import partial
from typing import Final

import msgspec
import sqlalchemy as sa

from voicegw.errors import ConflictError, InvalidError, NotFoundError
from voicegw.model.call import Call, Direction
from voicegw.model.task import (
    BY_GATEWAY,
    OPEN_STATES,
    ResultSource,
    Task,
    TaskResult,
    TaskSource,
    TaskState,
    attempted,
    called_back,
    cancelled,
    closed,
    overdue,
)
from voicegw.model.task_history import TaskWord
from voicegw.store import schema
from voicegw.store.database import Database
from voicegw.store.task_rows import TaskChange, insert_tasks, write_changes

_COLUMNS = schema.tasks.c
_IDS: sa.BindParameter[Sequence[str]] = sa.bindparam("ids", expanding=True)
_WITH_IDS = (
    sa.select(_COLUMNS.document)
    .where(_COLUMNS.id.in_(_IDS))
    .order_by(_COLUMNS.id)
    .with_for_update()
)
_WITH_EXTERNAL_IDS = (
    sa.select(_COLUMNS.document).where(_COLUMNS.external_id.in_(_IDS)).order_by(_COLUMNS.id)
)
#: Overdue tasks that one transaction writes: some milliseconds of the one write lock of SQLite.
_CHUNK: Final = 50
_NOW: sa.BindParameter[datetime] = sa.bindparam("now", type_=_COLUMNS.watch_at.type)
_IS_ANY_LATE = sa.select(_COLUMNS.id).where(_COLUMNS.watch_at <= _NOW).limit(1)
_OVERDUE = (
    sa.select(_COLUMNS.document)
    .where(_COLUMNS.watch_at <= _NOW)
    .order_by(_COLUMNS.watch_at)
    .limit(_CHUNK)
    .with_for_update(skip_locked=True)
)


@dataclass(frozen=True, slots=True)
class Following:
    """What follows from the end of a task: new tasks, and whether others have lost their sense."""

    tasks: Sequence[Task] = ()
    ends_siblings: bool = False
    """Whether nothing is left to do of what else has followed from the same task."""


class PutTask(StrEnum):
    """What became of a task that was put by its external id."""

    CREATED = "created"
    REPLACED = "replaced"
    UNCHANGED = "unchanged"


MakeTask = Callable[[Task | None], Task]
"""Makes a task of what is known by its external id. It is pure; raises InvalidError, ConflictError.
"""


class TaskChanges:
    """Writes tasks. Every method is one short transaction, the events of the change in it.

    All methods raise StoreUnavailableError when the store can't be used.
    """

    def __init__(self, database: Database) -> None:
        """Work on `database`, which the caller opens and closes."""
        self._database = database
        self.on_closed: Callable[[Task], Following] | None = None
        """Says what follows from a task that was closed; written with it. Pure."""

    async def create(self, task: Task, *, by: str = BY_GATEWAY) -> None:
        """Add `task`. Raises ConflictError when its external id is taken."""
        await self._database.do_write(lambda connection: insert_tasks(connection, [task], by=by))

    async def change(
        self,
        task_id: str,
        how: Callable[[Task], Task],
        at: datetime,
        *,
        by: str = BY_GATEWAY,
        what: TaskWord | None = None,
    ) -> Task:
        """Put what `how` makes of the task in its place, and return it; nobody writes in between.

        History says that `by` has done it, and `what`, if not what the change shows by itself. On
        SQLite `how` runs in another thread: it is pure. What it raises ends the transaction
        with nothing written. Raises NotFoundError, ConflictError when an external id is taken.
        """

        def write(connection: sa.Connection) -> Task:
            document = connection.execute(_WITH_IDS, {"ids": [task_id]}).scalar_one_or_none()
            if document is None:
                raise NotFoundError("task", task_id)
            before = msgspec.convert(document, Task)
            change = TaskChange(before, how(before), at, by, what)
            after = write_changes(connection, [change])[0]
            if after.state is TaskState.DONE and after.result != before.result:
                self._follow(connection, after, at, by)
            return after

        return await self._database.do_write(write)

    async def put_many(
        self,
        wanted: Mapping[str, MakeTask],
        at: datetime,
        *,
        by: str,
        dry_run: bool = False,
    ) -> dict[str, PutTask | InvalidError | ConflictError]:
        """Put some tasks by external id in one transaction; tell of each what became of it.

        One that is refused keeps none of the others out. Raises ConflictError, with nothing
        written, when somebody else has made one of them at the same moment: try again.
        """

        def write(connection: sa.Connection) -> dict[str, PutTask | InvalidError | ConflictError]:
            query = _WITH_EXTERNAL_IDS if dry_run else _WITH_EXTERNAL_IDS.with_for_update()
            found = connection.execute(query, {"ids": list(wanted)}).scalars()
            known = {one.external_id: one for one in (msgspec.convert(row, Task) for row in found)}
            results: dict[str, PutTask | InvalidError | ConflictError] = {}
            new, changes = [], []
            for external_id, make in wanted.items():
                before = known.get(external_id)
                try:
                    task = make(before)
                except (InvalidError, ConflictError) as error:
                    results[external_id] = error
                    continue
                if before is None:
                    new.append(task)
                    results[external_id] = PutTask.CREATED
                elif task != before:
                    changes.append(TaskChange(before, task, at, by))
                    results[external_id] = PutTask.REPLACED
                else:
                    results[external_id] = PutTask.UNCHANGED
            if not dry_run:
                insert_tasks(connection, new, by=by)
                write_changes(connection, changes)
            return results

        if not wanted:
            return {}
        return await (self._database.do_read if dry_run else self._database.do_write)(write)

    async def close(self, task_id: str, result: TaskResult) -> Task:
        """Close a task with its result; the same result again changes nothing.

        Raises NotFoundError, and ConflictError `task-closed` for a task that has another result.
        """
        return await self.change(
            task_id, lambda task: closed(task, result), result.at, by=result.by
        )

    def _follow(self, connection: sa.Connection, task: Task, at: datetime, by: str) -> None:
        """Write what follows from a task that was closed."""
        if self.on_closed is None:
            return
        following = self.on_closed(task)
        insert_tasks(connection, following.tasks, by=by)
        if following.ends_siblings and task.parent_id is not None:
            _end_siblings(connection, task, at)

    async def tell_overdue(self, now: datetime) -> int:
        """Make tasks overdue whose time has passed; return how many there were."""
        total = 0
        # Asked first, and only then written: on SQLite nobody else writes meanwhile.
        while await self._database.do_read(lambda connection: _is_any_late(connection, now)):
            told = await self._database.do_write(partial(self._tell_some, now))
            if not told:
                break  # another node is at it
            total += told
        return total

    def _tell_some(self, now: datetime, connection: sa.Connection) -> int:
        found = connection.execute(_OVERDUE, {"now": now}).scalars()
        known = [msgspec.convert(document, Task) for document in found]
        late = [TaskChange(task, overdue(task, now), now) for task in known]
        write_changes(connection, late)
        return len(late)


def _is_any_late(connection: sa.Connection, now: datetime) -> bool:
    return connection.execute(_IS_ANY_LATE, {"now": now}).first() is not None


def _end_siblings(connection: sa.Connection, task: Task, at: datetime) -> None:
    """Cancel what else has followed from the task that `task` follows from."""
    query = (
        sa.select(_COLUMNS.document)
        .where(
            _COLUMNS.customer_id == task.customer_id,
            _COLUMNS.state.in_(OPEN_STATES),
            _COLUMNS.parent_id == task.parent_id,
            _COLUMNS.source == TaskSource.FOLLOW_UP,
        )
        .order_by(_COLUMNS.id)
        .with_for_update()
    )
    siblings = [msgspec.convert(one, Task) for one in connection.execute(query).scalars()]
    result = TaskResult("cancelled", BY_GATEWAY, at, source=ResultSource.GATEWAY)
    write_changes(connection, [TaskChange(one, cancelled(one, result), at) for one in siblings])


def note_attempts(connection: sa.Connection, calls: Sequence[Call]) -> None:
    """Note in the tasks for which `calls` were started, or answered, what these have come to.

    Inside the caller's transaction; the same again changes nothing.
    """
    task_ids = sorted({call.task_id for call in calls if call.task_id is not None})
    if not task_ids:
        return
    found = connection.execute(_WITH_IDS, {"ids": task_ids}).scalars()
    known = {task.id: task for task in (msgspec.convert(one, Task) for one in found)}
    changes = []
    for call in calls:
        if call.task_id in known:
            before = known[call.task_id]
            at = call.ended_at or call.created_at
            if call.direction is Direction.INBOUND:
                after, what = called_back(before, call), TaskWord.CALLED_BACK
            else:
                after, what = attempted(before, call), None
            known[before.id] = after
            changes.append(TaskChange(before, after, at, what=what, call_id=call.id))
    write_changes(connection, changes)
