"""Tasks by which customers get to know a new owner, written in the transaction that gives it.

A customer has one open introduction at most: it goes along with the customer, for whoever would
introduce the owner before would say what is wrong.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Final

import msgspec
import sqlalchemy as sa

from voicegw.model.introduction import Introduction
from voicegw.model.task import OPEN_STATES, Task, TaskResult, TaskType, cancelled, changed
from voicegw.store import schema
from voicegw.store.task_rows import TaskChange, in_managers_groups, insert_tasks, write_changes

NO_OWNER: Final = "no_owner"
"""The result of an introduction whose customer belongs to nobody any more."""

_TASKS = schema.tasks.c
_MANAGERS = schema.managers.c
_OPEN = (
    sa.select(_TASKS.document)
    .where(
        _TASKS.customer_id.in_(sa.bindparam("ids", expanding=True)),
        _TASKS.state.in_(OPEN_STATES),
        _TASKS.type == TaskType.INTRODUCTION,
    )
    .order_by(_TASKS.id)
    .with_for_update()
)
_GROUPS = sa.select(_MANAGERS.id, _MANAGERS.group_id).where(
    _MANAGERS.id.in_(sa.bindparam("ids", expanding=True))
)


def introduce(
    connection: sa.Connection,
    owners: Mapping[str, str | None],
    introduction: Introduction | None,
    *,
    by: str,
    at: datetime,
) -> None:
    """Have the new `owners`, by customer, known to their customers; None: nobody owns it now.

    What is open goes to the new owner, or is cancelled. Where there is none, one is made as
    `introduction` says; None: none is made. Inside the caller's transaction, which changes the
    owners.
    """
    if not owners:
        return
    found = connection.execute(_OPEN, {"ids": sorted(owners)}).scalars()
    known = [msgspec.convert(document, Task) for document in found]
    along = [
        TaskChange(task, _along(task, owners[task.customer_id or ""], by, at), at, by)
        for task in known
    ]
    write_changes(connection, in_managers_groups(connection, along))
    if introduction is None:
        return
    has_one = {task.customer_id for task in known}
    new = {
        customer_id: owner_id
        for customer_id, owner_id in sorted(owners.items())
        if owner_id is not None and customer_id not in has_one
    }
    rows = connection.execute(_GROUPS, {"ids": sorted(set(new.values()))})
    groups = {row.id: row.group_id for row in rows}
    tasks = [
        introduction.task(customer_id, owner_id, groups.get(owner_id), at)
        for customer_id, owner_id in new.items()
    ]
    insert_tasks(connection, tasks, by=by)


def _along(task: Task, owner_id: str | None, by: str, at: datetime) -> Task:
    if owner_id is None:
        return cancelled(task, TaskResult(NO_OWNER, by, at))
    return changed(task, manager_id=owner_id)
