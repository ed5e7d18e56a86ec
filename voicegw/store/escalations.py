"""Times of tasks that have passed: found by an index, told of once, whichever node looks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from itertools import pairwise
from typing import Final

import msgspec
import sqlalchemy as sa

from voicegw.model.call import CallStatus
from voicegw.model.deadline import Deadline
from voicegw.model.escalation import escalated
from voicegw.model.sms import SmsMessage
from voicegw.model.task import Task
from voicegw.store import schema
from voicegw.store.database import Database
from voicegw.store.sms import put_sms
from voicegw.store.superiors import Superior, names_of, superiors
from voicegw.store.task_rows import TaskChange, write_changes

_COLUMNS = schema.tasks.c
_CALLS = schema.calls.c
_NOW: sa.BindParameter[datetime] = sa.bindparam("now", type_=_COLUMNS.escalate_at.type)
#: Tasks that one transaction writes: some milliseconds of the one write lock of SQLite.
_CHUNK: Final = 50
#: No talk lasts longer: a call that is older and not over has lost its node.
_LONGEST_TALK: Final = timedelta(hours=4)
_SINCE: sa.BindParameter[datetime] = sa.bindparam("since", type_=_CALLS.created_at.type)
_IS_IN_TALK = (
    sa.exists()
    .where(
        _CALLS.task_id == _COLUMNS.id,
        _CALLS.created_at >= _SINCE,
        _CALLS.is_final.is_(False),
        _CALLS.status == CallStatus.IN_PROGRESS,
    )
    .correlate(schema.tasks)
)
#: Whoever is being talked with just now may be contacted in time: that is known when it is over.
_HAS_PASSED = sa.and_(_COLUMNS.escalate_at <= _NOW, ~_IS_IN_TALK)
IS_ANY_LATE = sa.select(_COLUMNS.id).where(_HAS_PASSED).limit(1)
_PASSED = (
    sa.select(_COLUMNS.document)
    .where(_HAS_PASSED)
    .order_by(_COLUMNS.escalate_at)
    .limit(_CHUNK)
    .with_for_update(skip_locked=True)
)
_LATE = (
    sa.select(sa.func.count())
    .select_from(schema.tasks)
    .where(_COLUMNS.escalated_at.is_not(None), _COLUMNS.closed_at.is_(None))
)

Compose = Callable[[Task, Sequence[Superior], Mapping[str, str]], Sequence[SmsMessage]]
"""Says what superiors are sent of the last of a task's escalations; names of managers by id."""


class Escalations:
    """Finds what is late. Every method is short transactions.

    All methods raise StoreUnavailableError when the store can't be used.
    """

    def __init__(self, database: Database, compose: Compose | None = None) -> None:
        """Work on `database`, which the caller opens and closes.

        Without `compose` nobody is sent anything, and only events tell.
        """
        self._database = database
        self._compose = compose

    async def tell(self, now: datetime) -> Mapping[Deadline, int]:
        """Tell of all times that have passed by `now`; return how many there were of each kind."""
        total: Counter[Deadline] = Counter()
        # Asked first, and only then written: on SQLite nobody else writes meanwhile.
        while await self._database.do_read(lambda connection: _is_any_late(connection, now)):
            told = await self._database.do_write(partial(self._tell_some, now))
            if not told:
                break  # another node is at it
            total.update(told)
        return total

    async def late_count(self) -> int:
        """Return how many tasks are open of which superiors were told."""
        return await self._database.do_read(
            lambda connection: connection.execute(_LATE).scalar_one()
        )

    def _tell_some(self, now: datetime, connection: sa.Connection) -> Sequence[Deadline]:
        found = connection.execute(_PASSED, times(now)).scalars().all()
        changes = []
        for task in [msgspec.convert(document, Task) for document in found]:
            steps = [task, *escalated(task, now)]
            changes += [TaskChange(before, after, now) for before, after in pairwise(steps)]
        told = write_changes(connection, changes)
        if self._compose is not None:
            self._send(connection, told, self._compose)
        return [task.escalations[-1].of for task in told]

    def _send(self, connection: sa.Connection, tasks: Sequence[Task], compose: Compose) -> None:
        """Write the messages with what they tell of: none is lost, none sent for nothing."""
        managers = names_of(connection, {one.manager_id for one in tasks if one.manager_id})
        heads = {one.group_id: superiors(connection, one.group_id) for one in tasks}
        messages = [
            message for one in tasks for message in compose(one, heads[one.group_id], managers)
        ]
        put_sms(self._database, connection, messages)


def _is_any_late(connection: sa.Connection, now: datetime) -> bool:
    return connection.execute(IS_ANY_LATE, times(now)).first() is not None


def times(now: datetime) -> dict[str, datetime]:
    """Return what the queries of this module ask for, looking at `now`."""
    return {"now": now, "since": now - _LONGEST_TALK}
