"""The tasks of a matter: which times were promised and set, and when it was done. For dossiers."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from typing import Any

import msgspec

from voicegw.model.call import Call
from voicegw.model.task import Task, task_id
from voicegw.model.task_history import HistoryEntry
from voicegw.store.calls import CallFilter
from voicegw.store.database import Database
from voicegw.store.paging import MAX_LIMIT
from voicegw.store.task_history import TaskHistoryRepository
from voicegw.store.tasks import TaskFilter, TaskRepository


class TaskFile(msgspec.Struct, frozen=True):
    """A task of the matter and what became of it, the oldest first."""

    task: Task
    history: Sequence[HistoryEntry]


class Deadlines(msgspec.Struct, frozen=True):
    """The times of one task, as a dossier lists them; None: there was none, or it is not done."""

    id: str
    type: str
    """Of a type of the user's own its name."""
    state: str
    manager_id: str | None
    created_at: datetime
    requested_at: datetime | None
    contact_by: datetime | None
    contacted_at: datetime | None
    promised_at: datetime | None
    due_at: datetime | None
    close_by: datetime | None
    closed_at: datetime | None
    escalated_at: datetime | None
    result: str | None
    """The code of what came of it."""
    files: list[str]


def deadlines(task: Task, files: list[str]) -> Deadlines:
    """Return the times of `task`, which `files` of the archive tell more of."""
    return Deadlines(
        id=task.id,
        type=task.own_type or task.type,
        state=task.state,
        manager_id=task.manager_id,
        created_at=task.created_at,
        requested_at=task.requested_at,
        contact_by=task.contact_by,
        contacted_at=task.contacted_at,
        promised_at=task.promised_at,
        due_at=task.due_at,
        close_by=task.close_by,
        closed_at=task.closed_at,
        escalated_at=task.escalated_at,
        result=None if task.result is None else task.result.code,
        files=files,
    )


def tasks_of(call: Call) -> set[str]:
    """Return the ids of the tasks that a call was made for, or that the gateway made of it."""
    return {task_id(call.id)} | ({call.task_id} if call.task_id is not None else set())


class MatterTasks:
    """Reads the tasks of the calls that `wanted` leaves, within its groups and its manager.

    All methods raise StoreUnavailableError when the store can't be used.
    """

    def __init__(self, database: Database, wanted: CallFilter) -> None:
        """Read from `database`, which the caller opens and closes."""
        self._tasks = TaskRepository(database)
        self._history = TaskHistoryRepository(database)
        self._wanted = wanted

    async def files(self, task_ids: set[str]) -> AsyncIterator[TaskFile]:
        """Yield the tasks with these ids and those that the matter names itself."""
        wanted = self._wanted
        named = task_ids | ({wanted.task_id} if wanted.task_id is not None else set())
        seen: set[str] = set()
        if wanted.customer_id is not None and wanted.task_id is None:
            async for task in self._of_customer(wanted.customer_id):
                seen.add(task.id)
                yield await self._file(task)
        for one in sorted(named - seen):
            found = await self._tasks.get(one)
            if found is not None and self._is_seen(found):
                yield await self._file(found)

    async def _of_customer(self, customer_id: str) -> AsyncIterator[Task]:
        """Yield the customer's tasks that were open at any time of the span."""
        wanted = self._wanted
        asked = TaskFilter(
            group_ids=wanted.group_ids,
            manager_id=wanted.manager_id,
            customer_id=customer_id,
            until=wanted.until,
        )
        cursor = None
        while True:
            page = await self._tasks.list(asked, limit=MAX_LIMIT, cursor=cursor)
            for task in page.items:
                if not _is_before(task.closed_at, wanted.from_):
                    yield task
            cursor = page.next_cursor
            if cursor is None:
                return

    async def _file(self, task: Task) -> TaskFile:
        entries: list[HistoryEntry] = []
        cursor = None
        while True:
            page = await self._history.list(task.id, limit=MAX_LIMIT, cursor=cursor)
            entries += page.items
            cursor = page.next_cursor
            if cursor is None:
                return TaskFile(task, entries)

    def _is_seen(self, task: Task) -> bool:
        groups, manager_id = self._wanted.group_ids, self._wanted.manager_id
        in_groups = groups is None or task.group_id in groups
        return in_groups and manager_id in {None, task.manager_id}


def _is_before(closed_at: datetime | None, from_: datetime | None) -> bool:
    return closed_at is not None and from_ is not None and closed_at < from_


def task_document(task: Task) -> dict[str, Any]:
    """Return a task as a file holds it: what other systems said last is shown to nobody."""
    shown: dict[str, Any] = msgspec.to_builtins(task)
    del shown["said"]
    return shown
