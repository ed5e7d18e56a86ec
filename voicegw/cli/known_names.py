"""Whether what the command line names is there: an id mistyped is no archive of nothing.

Whoever was deleted from the directory is known all the same while calls or recordings tell of them.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

from voicegw.errors import InvalidError
from voicegw.store.calls import CallFilter, CallRepository
from voicegw.store.database import Database
from voicegw.store.directory import DirectoryRepository
from voicegw.store.recordings import RecordingFilter, RecordingRepository
from voicegw.store.tasks import TaskRepository

_Get = Callable[[str], Awaitable[object | None]]


async def check_recordings(database: Database, wanted: RecordingFilter, group: str | None) -> None:
    """Raise InvalidError, naming the option, for an id in `wanted` that nothing has.

    `group` is the one that was named; `wanted` has those below it as well.
    """
    directory, recordings = DirectoryRepository(database), RecordingRepository(database)
    calls = CallRepository(database)
    named: Sequence[tuple[str, str | None, _Get, RecordingFilter]] = (
        ("group", group, directory.groups.get, RecordingFilter(group_ids=[group or ""])),
        ("manager", wanted.manager_id, directory.managers.get,
         RecordingFilter(manager_id=wanted.manager_id)),
        ("customer", wanted.customer_id, directory.customers.get,
         RecordingFilter(customer_id=wanted.customer_id)),
        ("call", wanted.call_id, calls.get, RecordingFilter(call_id=wanted.call_id)),
    )  # fmt: skip
    for what, one, get, told in named:
        if one is None or await get(one) is not None:
            continue
        if not (await recordings.list(told, limit=1)).items:
            raise InvalidError(f"--{what}", f"there is no {what} {one}")
    for one in wanted.ids or ():
        if await recordings.get(one) is None:
            raise InvalidError("--id", f"there is no recording {one}")


async def check_matter(database: Database, wanted: CallFilter) -> None:
    """Raise InvalidError, naming the option, for an id in `wanted` that nothing has."""
    customers, tasks = DirectoryRepository(database).customers, TaskRepository(database)
    calls = CallRepository(database)
    named: Sequence[tuple[str, str | None, _Get, CallFilter]] = (
        ("customer", wanted.customer_id, customers.get, CallFilter(customer_id=wanted.customer_id)),
        ("task", wanted.task_id, tasks.get, CallFilter(task_id=wanted.task_id)),
    )
    for what, one, get, told in named:
        if one is None or await get(one) is not None:
            continue
        if not (await calls.list(told, limit=1)).items:
            raise InvalidError(f"--{what}", f"there is no {what} {one}")
    for one in wanted.ids or ():
        if await calls.get(one) is None:
            raise InvalidError("--call", f"there is no call {one}")
