"""What is written of a call once it was heard what its network, or its answering machine, said."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TypeAlias

import msgspec
import sqlalchemy as sa

from voicegw.model.call import Call
from voicegw.model.event import Event
from voicegw.model.work import WorkItem, WorkKind, WorkState, work_id
from voicegw.store import schema
from voicegw.store.database import Database
from voicegw.store.events import append_numbered
from voicegw.store.report_marks import mark_calls
from voicegw.store.settling import settle_calls
from voicegw.store.work import conclude_work

_CALLS = schema.calls.c
_WORK = schema.work.c

ChangeCall: TypeAlias = Callable[[Call], Sequence[Event]]
"""Changes a call in place and returns the events that tell of it, not numbered yet (sequence 0)."""


class NetworkRepository:
    """Writes what was heard. Every method is one short transaction.

    All methods raise StoreUnavailableError when the store can't be used.
    """

    def __init__(self, database: Database) -> None:
        """Work on `database`, which the caller opens and closes."""
        self._database = database

    async def conclude(
        self, item: WorkItem, call_id: str, change: ChangeCall, now: datetime
    ) -> bool:
        """Change a call that is over, tell of it, and end `item`, all or nothing.

        The call is settled too, if this was the last to be known of it.

        False: the item is no longer ours, or there is no such call (the item is ended then).
        `change` may run in another thread and touches nothing else.
        """

        def write(connection: sa.Connection) -> bool:
            if not conclude_work(connection, item, now):
                return False
            query = sa.select(_CALLS.document).where(_CALLS.id == call_id).with_for_update()
            document = connection.execute(query).scalar_one_or_none()
            if document is None:
                return False
            call = msgspec.convert(document, Call)
            events = change(call)
            connection.execute(
                schema.calls.update().where(_CALLS.id == call_id).values(document=call)
            )
            append_numbered(self._database.dialect, connection, events)
            mark_calls(connection, [call])
            settle_calls(self._database.dialect, connection, [call_id], now)
            return True

        return await self._database.do_write(write)

    async def pass_over(self, item: WorkItem, now: datetime, *, failure: str | None = None) -> bool:
        """End `item`, about a recording, without a word; the call may be settled by that.

        With a `failure` it was given up. False: the item is no longer ours.
        """

        def write(connection: sa.Connection) -> bool:
            if not conclude_work(connection, item, now, failure=failure):
                return False
            query = sa.select(schema.recordings.c.call_id).where(
                schema.recordings.c.id == item.subject
            )
            call_ids = connection.execute(query).scalars().all()
            settle_calls(self._database.dialect, connection, call_ids, now)
            return True

        return await self._database.do_write(write)

    async def is_concluded(self, subject: str) -> bool:
        """Whether what a network said about `subject` has been heard, or given up."""
        query = sa.select(_WORK.state).where(_WORK.id == work_id(WorkKind.NETWORK, subject))
        async with self._database.read() as connection:
            state = (await connection.execute(query)).scalar_one_or_none()
        return state in (WorkState.DONE, WorkState.FAILED)

    async def forget_before(self, moment: datetime) -> int:
        """Delete the work that was ended before `moment`; return how much."""
        statement = schema.work.delete().where(
            _WORK.kind == WorkKind.NETWORK,
            _WORK.state.in_([WorkState.DONE, WorkState.FAILED]),
            _WORK.finished_at < moment,
        )
        async with self._database.write() as connection:
            return int((await connection.execute(statement)).rowcount)
