"""Appointments that are near: found by an index, told of once, whichever node looks."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final

import msgspec
import sqlalchemy as sa

from voicegw.model.reminder import Reminded, reminded
from voicegw.model.sms import SmsMessage
from voicegw.model.task import Task
from voicegw.store import schema
from voicegw.store.database import Database
from voicegw.store.sms import put_sms
from voicegw.store.task_rows import TaskChange, write_changes

_COLUMNS = schema.tasks.c
_MANAGERS = schema.managers.c
_GROUPS = schema.groups.c
_PHONES = schema.manager_phones.c
_NEAR: sa.BindParameter[datetime] = sa.bindparam("near", type_=_COLUMNS.remind_at.type)
#: Tasks that one transaction writes: some milliseconds of the one write lock of SQLite.
_CHUNK: Final = 50
_IS_ANY_NEAR = sa.select(_COLUMNS.id).where(_COLUMNS.remind_at <= _NEAR).limit(1)
_APPOINTED = (
    sa.select(_COLUMNS.document)
    .where(_COLUMNS.remind_at <= _NEAR)
    .order_by(_COLUMNS.remind_at)
    .limit(_CHUNK)
    .with_for_update(skip_locked=True)
)


Compose = Callable[[Task, Reminded, datetime], SmsMessage | None]
"""Says what a manager is sent, now, of the last of a task's reminders; None: nothing any more."""


class Reminders:
    """Finds appointments that are near. Every method is short transactions.

    All methods raise StoreUnavailableError when the store can't be used.
    """

    def __init__(
        self, database: Database, before: timedelta, compose: Compose | None = None
    ) -> None:
        """Remind `before` each appointment; without `compose` only events tell."""
        self._database = database
        self._before = before
        self._compose = compose

    async def tell(self, now: datetime) -> int:
        """Remind of all appointments that are near; return how many tasks have one."""
        near = {"near": now + self._before}
        total = 0
        # Asked first, and only then written: on SQLite nobody else writes meanwhile.
        while await self._database.do_read(
            lambda connection: connection.execute(_IS_ANY_NEAR, near).first() is not None
        ):
            told = await self._database.do_write(partial(self._tell_some, now))
            if not told:
                break  # another node is at it
            total += told
        return total

    def _tell_some(self, now: datetime, connection: sa.Connection) -> int:
        near = {"near": now + self._before}
        found = connection.execute(_APPOINTED, near).scalars().all()
        tasks = [msgspec.convert(document, Task) for document in found]
        changes = [TaskChange(task, reminded(task, now, self._before), now) for task in tasks]
        told = write_changes(connection, changes)
        if self._compose is not None:
            self._send(connection, told, self._compose, now)
        return len(told)

    def _send(
        self, connection: sa.Connection, tasks: Sequence[Task], compose: Compose, now: datetime
    ) -> None:
        """Write the messages with what they tell of: none is lost, none sent for nothing."""
        managers = _managers(connection, sorted({one.manager_id for one in tasks} - {None}))
        messages = []
        for task in tasks:
            to = managers.get(task.manager_id or "")
            message = None if to is None else compose(task, to, now)
            if message is not None:
                messages.append(message)
        put_sms(self._database, connection, messages)


def _managers(connection: sa.Connection, ids: Sequence[Any]) -> Mapping[str, Reminded]:
    """Return the first telephone with a number of each manager."""
    query = (
        sa.select(_PHONES.manager_id, _PHONES.number, _GROUPS.timezone)
        .join_from(schema.manager_phones, schema.managers, _MANAGERS.id == _PHONES.manager_id)
        .join(schema.groups, _GROUPS.id == _MANAGERS.group_id)
        .where(_PHONES.manager_id.in_(ids), _PHONES.number.is_not(None))
        .order_by(_PHONES.ring_order.desc(), _PHONES.position.desc())
    )
    return {row.manager_id: Reminded(row.number, row.timezone) for row in connection.execute(query)}
