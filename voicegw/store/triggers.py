"""Triggers in the store, each with what it led to."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

import msgspec
import sqlalchemy as sa

from voicegw.errors import ConflictError, NotFoundError
from voicegw.model.task import OPEN_STATES, REOPENED_WITHIN, Task
from voicegw.model.trigger import Trigger, TriggerOutcome
from voicegw.store import schema
from voicegw.store.database import Database
from voicegw.store.owners import settle_owners
from voicegw.store.paging import (
    DEFAULT_LIMIT,
    Page,
    check_limit,
    conditions,
    decode_cursor,
    encode_cursor,
    newest_first,
    page_of,
)
from voicegw.store.task_rows import TaskChange, insert_tasks, write_changes

_TRIGGERS = schema.triggers.c
_TASKS = schema.tasks.c
_CUSTOMERS = schema.customers.c

Follow = Callable[[Trigger, Sequence[tuple[Task, bool]]], tuple[Task | None, Task | None]]
"""Decides what follows from a trigger: a new task, or one of the customer's as it is to be.

It is given the tasks of the customer that are open, or were closed lately, the oldest first, each
with whether the same kind of trigger has led to it. Pure."""


@dataclass(frozen=True, slots=True)
class TriggerFilter:
    """Which triggers a list shows; None doesn't filter. `from_` is inclusive, `until` exclusive."""

    group_ids: Sequence[str] | None = None
    manager_id: str | None = None
    customer_id: str | None = None
    task_id: str | None = None
    kind: str | None = None
    outcome: TriggerOutcome | None = None
    external_id: str | None = None
    from_: datetime | None = None
    until: datetime | None = None
    is_open: bool | None = None
    """Whether what it led to is still to be done; a list of these has the most pressing first."""


class TriggerRepository:
    """Reads and writes triggers. Every method is one short transaction.

    All methods raise StoreUnavailableError when the store can't be used.
    """

    def __init__(self, database: Database) -> None:
        """Work on `database`, which the caller opens and closes."""
        self._database = database

    async def get(self, trigger_id: str) -> Trigger | None:
        """Return a trigger by id."""
        return await self._one(_TRIGGERS.id == trigger_id)

    async def get_by_external_id(self, external_id: str) -> Trigger | None:
        """Return the trigger that another system calls `external_id`."""
        return await self._one(_TRIGGERS.external_id == external_id)

    async def list(
        self,
        wanted: TriggerFilter = TriggerFilter(),
        *,
        limit: int = DEFAULT_LIMIT,
        cursor: str | None = None,
    ) -> Page[Trigger]:
        """Return a page of triggers, newest first; of open matters the most pressing first.

        Raises InvalidError for a bad cursor.
        """
        equal = {
            name: getattr(wanted, name)
            for name in ("customer_id", "task_id", "kind", "outcome", "external_id")
        }
        where = conditions(
            schema.triggers,
            equal,
            group_ids=wanted.group_ids,
            from_=wanted.from_,
            until=wanted.until,
        )
        if wanted.manager_id is not None:
            where.append(_present_manager == wanted.manager_id)
        if wanted.is_open:
            return await self._pressing(where, limit=limit, cursor=cursor)
        if wanted.is_open is False:
            where.append(_TASKS.pressing_at.is_(None))
        query = newest_first(
            _WITH_MANAGER.where(*where),
            _TRIGGERS.created_at,
            _TRIGGERS.id,
            limit=limit,
            cursor=cursor,
        )
        rows = await self._database.do_read(lambda connection: connection.execute(query).all())
        return page_of([_trigger(row) for row in rows], limit)

    async def _pressing(
        self, where: Sequence[sa.ColumnElement[bool]], *, limit: int, cursor: str | None
    ) -> Page[Trigger]:
        """Return a page of what is open, in the order in which something of it is owed."""
        query = (
            _WITH_MANAGER.add_columns(_TASKS.pressing_at)
            .where(_TASKS.pressing_at.is_not(None), *where)
            .order_by(_TASKS.pressing_at, _TRIGGERS.id)
            .limit(check_limit(limit) + 1)
        )
        if cursor is not None:
            last_at, last_id = decode_cursor(cursor, tuple[datetime, str])
            query = query.where(
                _TASKS.pressing_at >= last_at,
                sa.or_(_TASKS.pressing_at > last_at, _TRIGGERS.id > last_id),
            )
        rows = await self._database.do_read(lambda connection: connection.execute(query).all())
        found = [_trigger(row) for row in rows[:limit]]
        if len(rows) <= limit:
            return Page(found, None)
        return Page(found, encode_cursor(rows[limit - 1].pressing_at.isoformat(), found[-1].id))

    async def add(self, trigger: Trigger, follow: Follow) -> Trigger:
        """Add `trigger` and what `follow` says that follows, all or nothing; return it with that.

        Group and owner are the customer's at this moment. On SQLite `follow` runs in another
        thread. One that is there by the same external id is returned as it is. Raises NotFoundError
        when the customer is gone, ConflictError when the external id is another customer's.
        """
        return await self._database.do_write(partial(_add, trigger, follow))

    async def _one(self, condition: sa.ColumnElement[bool]) -> Trigger | None:
        query = _WITH_MANAGER.where(condition)
        row = await self._database.do_read(lambda connection: connection.execute(query).first())
        return None if row is None else _trigger(row)


_present_manager: sa.ColumnElement[Any] = sa.func.coalesce(_TASKS.manager_id, _TRIGGERS.manager_id)
_WITH_MANAGER = sa.select(_TRIGGERS.document, _present_manager.label("manager_id")).select_from(
    schema.triggers.outerjoin(schema.tasks, _TASKS.id == _TRIGGERS.task_id)
)


def _trigger(row: Any) -> Trigger:
    trigger = msgspec.convert(row.document, Trigger)
    trigger.manager_id = row.manager_id
    return trigger


def _add(trigger: Trigger, follow: Follow, connection: sa.Connection) -> Trigger:
    settle_owners(connection, [trigger.customer_id])
    # Two triggers of one customer come one after the other: the second finds the first's task.
    customer = connection.execute(
        sa.select(_CUSTOMERS.owner_id, _CUSTOMERS.group_id)
        .where(_CUSTOMERS.id == trigger.customer_id)
        .with_for_update()
    ).one_or_none()
    if customer is None:
        raise NotFoundError("customer", trigger.customer_id)
    known = _known(connection, trigger)
    if known is not None:
        return known
    trigger = msgspec.structs.replace(
        trigger, group_id=customer.group_id, manager_id=customer.owner_id
    )
    if trigger.outcome is not TriggerOutcome.BELOW_THRESHOLD:
        trigger = _follow(connection, trigger, follow)
    connection.execute(
        schema.triggers.insert().values(
            id=trigger.id,
            external_id=trigger.external_id,
            kind=trigger.kind,
            customer_id=trigger.customer_id,
            group_id=trigger.group_id,
            manager_id=trigger.manager_id,
            task_id=trigger.task_id,
            outcome=trigger.outcome,
            created_at=trigger.created_at,
            document=trigger,
        )
    )
    return trigger


def _known(connection: sa.Connection, trigger: Trigger) -> Trigger | None:
    if trigger.external_id is None:
        return None
    query = _WITH_MANAGER.where(_TRIGGERS.external_id == trigger.external_id)
    row = connection.execute(query).one_or_none()
    if row is None:
        return None
    known = _trigger(row)
    if (known.kind, known.customer_id) != (trigger.kind, trigger.customer_id):
        raise ConflictError("already-exists", "Another trigger has this external id.")
    return known


def _follow(connection: sa.Connection, trigger: Trigger, follow: Follow) -> Trigger:
    """Write the task that follows; return the trigger with it."""
    found = connection.execute(
        sa.select(_TASKS.document)
        .where(
            _TASKS.customer_id == trigger.customer_id,
            sa.or_(
                _TASKS.state.in_(OPEN_STATES),
                _TASKS.closed_at >= trigger.created_at - REOPENED_WITHIN,
            ),
        )
        .order_by(_TASKS.created_at, _TASKS.id)
        .with_for_update()
    ).scalars()
    tasks = [msgspec.convert(document, Task) for document in found]
    same = set(
        connection.execute(
            sa.select(_TRIGGERS.task_id).where(
                _TRIGGERS.task_id.in_([task.id for task in tasks]), _TRIGGERS.kind == trigger.kind
            )
        ).scalars()
    )
    created, joined = follow(trigger, [(task, task.id in same) for task in tasks])
    if created is not None:
        insert_tasks(connection, [created], by=trigger.created_by)
        return _led_to(trigger, created, TriggerOutcome.CREATED)
    if joined is None:
        return trigger
    before = next(task for task in tasks if task.id == joined.id)
    change = TaskChange(before, joined, trigger.created_at, trigger.created_by)
    write_changes(connection, [change])
    return _led_to(trigger, joined, TriggerOutcome.JOINED)


def _led_to(trigger: Trigger, task: Task, outcome: TriggerOutcome) -> Trigger:
    return msgspec.structs.replace(
        trigger,
        outcome=outcome,
        task_id=task.id,
        manager_id=task.manager_id,
        contact_by=task.contact_by,
        close_by=task.close_by,
    )
