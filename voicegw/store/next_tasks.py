"""What is read to choose a manager's next task: open tasks, their customers, calls of the past.

Bounded whatever the store holds: open tasks are read by a partial index in chunks, pressing ones
first, until there are enough that may be worth a call. Where none of their customers may be called,
whoever asks goes on behind them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

import msgspec
import sqlalchemy as sa

from voicegw.model.call import CallOutcome, Direction
from voicegw.model.task import RANKS, Priority, Task, TaskState
from voicegw.store import schema
from voicegw.store.database import Database
from voicegw.store.diallings import claim_keys

ENOUGH: Final = 60
"""So many tasks that may be called for are compared with each other."""
MOST_HELD: Final = 40
"""So many that may not be are told."""
_CHUNKS: Final = {"pressing": 60, "untimed": 40, "timed": 100}
"""So many are read at once, in this order."""
_OF_EACH: Final = 20
"""So many that may be called for are enough of what presses, and of what has no time."""
_MOST_READ: Final = 1000
"""So many of each are read at most before they are judged."""
FROM_THE_FIRST: Final[Mapping[str, int]] = dict.fromkeys(_CHUNKS, 0)
_HISTORY: Final = timedelta(days=90)
_CUSTOMERS_AT_ONCE: Final = 40
_MOST_CALLS: Final = 600
"""So many of the newest calls of so many customers are read in one go."""

_TASKS = schema.tasks.c
_CALLS = schema.calls.c
_CUSTOMERS = schema.customers.c
_NUMBERS = schema.customer_numbers.c
_TEXT = sa.cast(_TASKS.document, sa.Text)
_decode = msgspec.json.Decoder(Task).decode
_IDS: sa.BindParameter[Any] = sa.bindparam("ids", expanding=True)
_SINCE: sa.BindParameter[datetime] = sa.bindparam("since", type_=_CALLS.created_at.type)
_PEOPLE = sa.select(_CUSTOMERS.id, _CUSTOMERS.group_id, _CUSTOMERS.do_not_call).where(
    _CUSTOMERS.id.in_(_IDS)
)
_NUMBERS_OF = (
    sa.select(_NUMBERS.customer_id, _NUMBERS.number)
    .where(_NUMBERS.customer_id.in_(_IDS))
    .order_by(_NUMBERS.customer_id, _NUMBERS.position)
)

_CLAIMS = schema.dial_claims.c
_ENGAGED = sa.select(_CLAIMS.key, _CLAIMS.until).where(
    _CLAIMS.key.in_(_IDS), _CLAIMS.until > sa.bindparam("at", type_=_CLAIMS.until.type)
)


@dataclass(frozen=True, slots=True)
class KnownCall:
    """A call outward to a customer; `outcome` is None while it runs."""

    at: datetime
    outcome: CallOutcome | None


@dataclass(frozen=True, slots=True)
class KnownCustomer:
    """What counts of a customer when somebody is to be called; `numbers` in their order."""

    group_id: str | None
    do_not_call: bool = False
    numbers: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class OpenWork:
    """A manager's open tasks: `worth` may be called for as far as they know themselves.

    `customers` is by the customer's id, `calls` by the customer's id and, for tasks of a bare
    number, by that; each the oldest first.
    """

    worth: Sequence[Task] = ()
    held: Sequence[Task] = ()
    customers: Mapping[str, KnownCustomer] = field(default_factory=dict)
    calls: Mapping[str, Sequence[KnownCall]] = field(default_factory=dict)
    more: Mapping[str, int] = field(default_factory=dict)
    """From where on to read what was not read yet; empty: that is all there is."""
    engaged: Mapping[str, datetime] = field(default_factory=dict)
    """Who is being called for a list, by :func:`voicegw.store.diallings.claim_keys`, until when."""


class NextTasks:
    """Reads what a choice needs. Every method is one short transaction.

    All methods raise StoreUnavailableError when the store can't be used.
    """

    def __init__(self, database: Database) -> None:
        """Work on `database`, which the caller opens and closes."""
        self._database = database

    async def open_work(
        self,
        manager_id: str,
        at: datetime,
        is_worth: Callable[[Task], bool],
        *,
        types: Sequence[str] = (),
        begins: Mapping[str, int] = FROM_THE_FIRST,
    ) -> OpenWork:
        """Return the open tasks of a manager, of these types (empty: all), as they are `at`.

        `begins` is `more` of the answer before, to go on behind it.

        `is_worth` says whether a task may be called for as far as it knows itself; it is pure, for
        on SQLite it runs in another thread.
        """

        def read(connection: sa.Connection) -> OpenWork:
            ways = queries(manager_id, types)
            worth, held, more = _sorted_out(connection, ways, is_worth, begins)
            both = [*worth, *held]
            ids = sorted({task.customer_id for task in both if task.customer_id is not None})
            bare = sorted(
                {
                    task.customer_number
                    for task in both
                    if task.customer_id is None and task.customer_number is not None
                }
            )
            since = at - _HISTORY
            calls = _calls(connection, _CALLS.customer_id, ids, since)
            calls |= _calls(connection, _CALLS.customer_number, bare, since)
            people = _people(connection, ids)
            numbers = [*bare, *(number for one in people.values() for number in one.numbers)]
            engaged = _engaged(connection, ids, numbers, at)
            return OpenWork(worth, held, people, calls, more, engaged)

        return await self._database.do_read(read)


def _sorted_out(
    connection: sa.Connection,
    ways: Mapping[str, sa.Select[Any]],
    is_worth: Callable[[Task], bool],
    begins: Mapping[str, int],
) -> tuple[list[Task], list[Task], dict[str, int]]:
    """Return tasks that may be worth a call, some that are not now, and where more begin."""
    worth: dict[str, Task] = {}
    held: dict[str, Task] = {}
    more: dict[str, int] = {}

    def take(query: sa.Select[Any]) -> int:
        found = [_decode(document) for document in connection.execute(query).scalars()]
        for task in found:
            if is_worth(task):
                worth[task.id] = task
            elif len(held) < MOST_HELD:
                held[task.id] = task
        return len(found)

    for name, chunk in _CHUNKS.items():
        if name not in begins:
            continue
        offset = begins[name]
        goal = ENOUGH if name == "timed" else len(worth) + _OF_EACH
        while True:
            read = take(ways[name].limit(chunk).offset(offset))
            offset += read
            if read < chunk:
                break
            if len(worth) >= goal or offset >= begins[name] + _MOST_READ:
                more[name] = offset
                break
    return list(worth.values()), list(held.values()), more


def queries(manager_id: str, types: Sequence[str]) -> Mapping[str, sa.Select[Any]]:
    """Return the ways in which open tasks are read, by name.

    What presses may be due last of all, and what has no time is due never: each has its own.
    """
    query = sa.select(_TEXT).where(_TASKS.manager_id == manager_id, _TASKS.closed_at.is_(None))
    # Whoever has talked tells what came of it: until then nobody is called for it by itself.
    query = query.where(_TASKS.state != TaskState.DIALLED)
    if types:
        query = query.where(sa.or_(_TASKS.type.in_(types), _TASKS.own_type.in_(types)))
    return {
        "pressing": query.where(_TASKS.rank > RANKS[Priority.NORMAL]).order_by(
            _TASKS.due_at, _TASKS.id
        ),
        "untimed": query.where(_TASKS.due_at.is_(None)).order_by(_TASKS.due_at, _TASKS.id),
        "timed": query.where(_TASKS.due_at.is_not(None)).order_by(_TASKS.due_at, _TASKS.id),
    }


def _people(connection: sa.Connection, ids: Sequence[str]) -> dict[str, KnownCustomer]:
    if not ids:
        return {}
    numbers: dict[str, list[str]] = defaultdict(list)
    for row in connection.execute(_NUMBERS_OF, {"ids": ids}):
        numbers[row.customer_id].append(row.number)
    return {
        row.id: KnownCustomer(row.group_id, row.do_not_call is not None, tuple(numbers[row.id]))
        for row in connection.execute(_PEOPLE, {"ids": ids})
    }


def _engaged(
    connection: sa.Connection, ids: Sequence[str], numbers: Sequence[str], at: datetime
) -> dict[str, datetime]:
    keys = [*claim_keys(None, numbers), *(key for one in ids for key in claim_keys(one, ()))]
    if not keys:
        return {}
    found = connection.execute(_ENGAGED, {"ids": sorted(set(keys)), "at": at})
    return {row.key: row.until for row in found}


def _calls(
    connection: sa.Connection, column: sa.Column[Any], keys: Sequence[str], since: datetime
) -> dict[str, list[KnownCall]]:
    query = (
        sa.select(column.label("key"), _CALLS.created_at, _CALLS.outcome)
        .where(column.in_(_IDS), _CALLS.created_at >= _SINCE, _CALLS.direction != Direction.INBOUND)
        .order_by(_CALLS.created_at.desc())
        .limit(_MOST_CALLS)
    )
    found: dict[str, list[KnownCall]] = defaultdict(list)
    for first in range(0, len(keys), _CUSTOMERS_AT_ONCE):
        some = {"ids": keys[first : first + _CUSTOMERS_AT_ONCE], "since": since}
        for row in reversed(connection.execute(query, some).all()):
            outcome = None if row.outcome is None else CallOutcome(row.outcome)
            found[row.key].append(KnownCall(row.created_at, outcome))
    return dict(found)
