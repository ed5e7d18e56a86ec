"""Calls that a message may follow from: looked at once, whichever node does.

That a call is to be looked at is written with its end (:mod:`voicegw.store.batch`); the messages
are put in the transaction that concludes it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, TypeVar

import msgspec
import sqlalchemy as sa

from voicegw.model.call import Call
from voicegw.model.sms import SmsMessage, SmsPurpose
from voicegw.model.task import Task
from voicegw.model.work import WorkKind, WorkState
from voicegw.store import schema
from voicegw.store.database import Database
from voicegw.store.rows import to_struct
from voicegw.store.sms import SHOWN, put_sms
from voicegw.store.work import put_work, work_row

MOST_AT_ONCE: Final = 50
_WORK = schema.work.c
_CALLS = schema.calls.c
_TASKS = schema.tasks.c
_MESSAGES = schema.sms_messages.c
_REMINDER: Final = "/reminder"
T = TypeVar("T")
_IS_DUE = sa.and_(
    _WORK.kind == WorkKind.MESSAGE,
    _WORK.state == WorkState.WAITING,
    _WORK.not_before <= sa.bindparam("now", type_=_WORK.not_before.type),
)
_DUE = (
    sa.select(_WORK.id, _WORK.subject).where(_IS_DUE).order_by(_WORK.not_before).limit(MOST_AT_ONCE)
)


@dataclass(frozen=True, slots=True)
class DueLook:
    """A call to look at: for the first time, or for a reminder of what was asked then."""

    work_id: str
    call: Call | None
    task: Task | None
    is_reminder: bool


class SmsFollowUps:
    """Finds and concludes. Every method is one short transaction.

    All methods raise StoreUnavailableError when the store can't be used.
    """

    def __init__(self, database: Database) -> None:
        """Work on `database`, which the caller opens and closes."""
        self._database = database

    async def due(self, now: datetime) -> Sequence[DueLook]:
        """Return what is to be looked at now, at most MOST_AT_ONCE."""

        def read(connection: sa.Connection) -> list[DueLook]:
            rows = connection.execute(_DUE, {"now": now}).all()
            ids = [row.subject.removesuffix(_REMINDER) for row in rows]
            calls = _documents(connection, _CALLS.id, _CALLS.document, ids, Call)
            task_ids = [one.task_id for one in calls.values() if one.task_id is not None]
            tasks = _documents(connection, _TASKS.id, _TASKS.document, task_ids, Task)
            found = []
            for row, call_id in zip(rows, ids, strict=True):
                call = calls.get(call_id)
                task = None if call is None else tasks.get(call.task_id or "")
                found.append(DueLook(row.id, call, task, row.subject.endswith(_REMINDER)))
            return found

        return await self._database.do_read(read)

    async def open_for(self, number: str, now: datetime) -> Sequence[SmsMessage]:
        """Return what `number` was asked and may still answer, the newest first."""
        query = (
            sa.select(*SHOWN)
            .where(
                _MESSAGES.to == number,
                _MESSAGES.asked_until > now,
                _MESSAGES.answered_at.is_(None),
            )
            .order_by(_MESSAGES.created_at.desc(), _MESSAGES.id.desc())
        )
        rows = await self._database.do_read(lambda connection: connection.execute(query).all())
        return [to_struct(row, SmsMessage) for row in rows]

    async def answered_last(self, number: str, now: datetime) -> SmsMessage | None:
        """Return what `number` has answered last, while it may be answered."""
        query = (
            sa.select(*SHOWN)
            .where(
                _MESSAGES.to == number,
                _MESSAGES.asked_until > now,
                _MESSAGES.answered_at.is_not(None),
                _MESSAGES.purpose == SmsPurpose.RESULT,
            )
            .order_by(_MESSAGES.answered_at.desc(), _MESSAGES.id.desc())
            .limit(1)
        )
        row = await self._database.do_read(lambda connection: connection.execute(query).first())
        return None if row is None else to_struct(row, SmsMessage)

    async def asked(self, call_id: str, number: str) -> SmsMessage | None:
        """Return the question that `number` got about a call, the first one."""
        query = (
            sa.select(*SHOWN)
            .where(
                _MESSAGES.to == number,
                _MESSAGES.call_id == call_id,
                _MESSAGES.purpose == SmsPurpose.RESULT,
            )
            .limit(1)
        )
        row = await self._database.do_read(lambda connection: connection.execute(query).first())
        return None if row is None else to_struct(row, SmsMessage)

    async def sent_since(self, number: str, purpose: SmsPurpose, since: datetime) -> int:
        """Return how many messages of a purpose a number has got since then."""
        query = sa.select(sa.func.count()).where(
            _MESSAGES.to == number,
            _MESSAGES.created_at >= since,
            _MESSAGES.purpose == purpose,
        )
        return await self._database.do_read(
            lambda connection: connection.execute(query).scalar_one()
        )

    async def conclude(
        self,
        look: DueLook,
        messages: Sequence[SmsMessage] = (),
        *,
        remind_at: datetime | None = None,
    ) -> bool:
        """Put what follows; False when another node was sooner, and nothing was put.

        A question is not put any more when the result was told meanwhile. With `remind_at` the
        call is looked at again then.
        """

        def write(connection: sa.Connection) -> bool:
            mine = (_WORK.id == look.work_id, _WORK.state == WorkState.WAITING)
            # Nothing is left of it, as each call has one; what follows twice has the same id.
            if connection.execute(schema.work.delete().where(*mine)).rowcount == 0:
                return False
            wanted = messages
            if look.call is not None and _is_told(connection, look.call.id):
                wanted = [one for one in messages if one.asked_until is None]
            put_sms(self._database, connection, wanted)
            if look.call is not None and remind_at is not None and wanted:
                row = work_row(WorkKind.MESSAGE, f"{look.call.id}{_REMINDER}", remind_at)
                put_work(self._database, connection, [row])
            return True

        return await self._database.do_write(write)


def _is_told(connection: sa.Connection, call_id: str) -> bool:
    query = sa.select(_CALLS.document["disposition"].as_string().is_not(None)).where(
        _CALLS.id == call_id
    )
    return bool(connection.execute(query).scalar_one_or_none())


def _documents(
    connection: sa.Connection,
    key: sa.ColumnElement[str],
    document: sa.ColumnElement[object],
    ids: Sequence[str],
    shape: type[T],
) -> dict[str, T]:
    if not ids:
        return {}
    rows = connection.execute(sa.select(key, document).where(key.in_(ids))).all()
    return {row[0]: msgspec.convert(row[1], shape) for row in rows}
