"""Who may be behind a calling number: one short read for each call from outside."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import groupby
from typing import Any

import msgspec
import sqlalchemy as sa

from voicegw.model.call import CallOutcome, Direction
from voicegw.model.directory import Customer
from voicegw.model.task import OPEN_STATES
from voicegw.store import schema
from voicegw.store.customers import WITH_NUMBER, customer_of
from voicegw.store.database import Database
from voicegw.store.rendered import rendered
from voicegw.store.tasks import responsible_for

#: Customers that one number may lead to: more than a menu could name.
MAX_CANDIDATES = 9

_CALLS = schema.calls.c


class LastContact(msgspec.Struct, frozen=True):
    """The last time that a manager dialled a number, or spoke to whoever called from it."""

    manager_id: str
    at: datetime
    customer_id: str | None = None


class DialledTask(msgspec.Struct, frozen=True):
    """An open task for which a number was dialled; `customer_id` None: it names only the number."""

    task_id: str
    customer_id: str | None = None


class CallerRecord(msgspec.Struct, frozen=True):
    """What the store knows of a number: its customers, owned ones first, and the last contact.

    `responsible` are the managers of open matters by customer; None: there is none.
    """

    customers: tuple[Customer, ...] = ()
    last: LastContact | None = None
    responsible: dict[str, str | None] = msgspec.field(default_factory=dict)
    task: DialledTask | None = None
    """The open task for which the number was last dialled."""


#: Asked at every call from outside: built once. A caller who reached nobody was no contact.
_LAST_CONTACT = (
    sa.select(_CALLS.manager_id, _CALLS.created_at, _CALLS.customer_id)
    .where(
        _CALLS.customer_number == sa.bindparam("number"),
        _CALLS.created_at >= sa.bindparam("since", type_=schema.UtcTime),
        _CALLS.manager_id.is_not(None),
        sa.or_(
            _CALLS.direction != Direction.INBOUND.value,
            _CALLS.outcome == CallOutcome.CONNECTED.value,
        ),
    )
    .order_by(_CALLS.created_at.desc())
    .limit(1)
)


_TASKS = schema.tasks.c
#: The open task for which a number was last dialled: of the few calls to it that are this young.
_DIALLED = (
    sa.select(_TASKS.id, _TASKS.customer_id)
    .join_from(schema.calls, schema.tasks, _TASKS.id == _CALLS.task_id)
    .where(
        _CALLS.customer_number == sa.bindparam("number"),
        _CALLS.created_at >= sa.bindparam("dialled_since", type_=schema.UtcTime),
        _CALLS.task_id.is_not(None),
        _CALLS.direction != Direction.INBOUND.value,
        _TASKS.state.in_(OPEN_STATES),
    )
    .order_by(_CALLS.created_at.desc())
    .limit(1)
)

_NUMBERS = schema.customer_numbers.c
_LAST = _LAST_CONTACT.subquery("last")
_TASK = _DIALLED.subquery("dialled")
_FOUND = WITH_NUMBER.subquery("found")
_ONE = sa.select(sa.literal(1).label("one")).subquery("one")
#: All that is known of a number in one statement, for each costs a way to the server and back: a
#: row for each number of each customer, and one where there is none.
_CALLER = (
    sa.select(
        _FOUND,
        _NUMBERS.number.label("one_number"),
        responsible_for(_FOUND.c.id).correlate(_FOUND).scalar_subquery().label("responsible_id"),
        _LAST.c.manager_id.label("last_manager_id"),
        _LAST.c.created_at.label("last_at"),
        _LAST.c.customer_id.label("last_customer_id"),
        _TASK.c.id.label("task_id"),
        _TASK.c.customer_id.label("task_customer_id"),
    )
    .select_from(
        _ONE.outerjoin(_LAST, sa.true())
        .outerjoin(_TASK, sa.true())
        .outerjoin(_FOUND, sa.true())
        .outerjoin(schema.customer_numbers, _NUMBERS.customer_id == _FOUND.c.id)
    )
    .order_by(_FOUND.c.owner_id.is_(None), _FOUND.c.id, _NUMBERS.position)
)


_QUERIES: dict[str, sa.TextualSelect] = {}


def _caller_query(dialect: sa.Dialect) -> sa.TextualSelect:
    """Return the query of callers as `dialect` spells it."""
    if dialect.name not in _QUERIES:
        _QUERIES[dialect.name] = rendered(_CALLER, dialect)
    return _QUERIES[dialect.name]


class CallerRepository:
    """Reads who calls. Every method is one short read.

    All methods raise StoreUnavailableError when the store can't be used.
    """

    def __init__(self, database: Database) -> None:
        """Work on `database`, which the caller opens and closes."""
        self._database = database

    async def find(
        self, number: str, since: datetime, *, dialled_since: datetime | None = None
    ) -> CallerRecord:
        """Return the customers with this normalised number, and the last contact from `since`.

        The task is one for which the number was dialled from `dialled_since` (None: `since`).
        """
        wanted = {
            "number": number,
            "since": since,
            "dialled_since": dialled_since or since,
            "limit": MAX_CANDIDATES,
        }

        def read(connection: sa.Connection) -> CallerRecord:
            return _caller(connection.execute(_caller_query(connection.dialect), wanted).all())

        return await self._database.look_up(read)

    async def last_contact(self, number: str, since: datetime) -> LastContact | None:
        """Return the last contact with this normalised number from `since`."""
        return await self._database.do_read(
            lambda connection: _last_contact(connection, number, since)
        )


def _caller(rows: Sequence[sa.Row[Any]]) -> CallerRecord:
    first = rows[0]
    last = None
    if first.last_manager_id is not None:
        last = LastContact(first.last_manager_id, first.last_at, first.last_customer_id)
    found = list(_by_customer(rows))
    customers = [customer_of(several[0], [row.one_number for row in several]) for several in found]
    responsible = {several[0].id: several[0].responsible_id for several in found}
    task = None if first.task_id is None else DialledTask(first.task_id, first.task_customer_id)
    return CallerRecord(tuple(customers), last, responsible, task)


def _by_customer(rows: Sequence[sa.Row[Any]]) -> Iterator[list[sa.Row[Any]]]:
    """Yield the rows of each customer; they come together."""
    found = (row for row in rows if row.id is not None)
    return (list(group) for _, group in groupby(found, key=lambda row: row.id))


def _last_contact(connection: sa.Connection, number: str, since: datetime) -> LastContact | None:
    row = connection.execute(_LAST_CONTACT, {"number": number, "since": since}).one_or_none()
    return None if row is None else LastContact(row.manager_id, row.created_at, row.customer_id)
