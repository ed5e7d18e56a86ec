"""Who may be behind a calling number: one short read for each call from outside."""

from __future__ import annotations

from datetime import datetime

import msgspec
import sqlalchemy as sa

from voicegw.model.call import CallOutcome, Direction
from voicegw.model.directory import Customer
from voicegw.store import schema
from voicegw.store.customers import customers_with_number
from voicegw.store.database import Database

#: Customers that one number may lead to: more than a menu could name.
MAX_CANDIDATES = 9

_CALLS = schema.calls.c


class LastContact(msgspec.Struct, frozen=True):
    """The last time that a manager dialled a number, or spoke to whoever called from it."""

    manager_id: str
    at: datetime
    customer_id: str | None = None


class CallerRecord(msgspec.Struct, frozen=True):
    """What the store knows of a number: its customers, owned ones first, and the last contact."""

    customers: tuple[Customer, ...] = ()
    last: LastContact | None = None


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


class CallerRepository:
    """Reads who calls. Every method is one short read.

    All methods raise StoreUnavailableError when the store can't be used.
    """

    def __init__(self, database: Database) -> None:
        """Work on `database`, which the caller opens and closes."""
        self._database = database

    async def find(self, number: str, since: datetime) -> CallerRecord:
        """Return the customers with this normalised number, and the last contact from `since`."""

        def read(connection: sa.Connection) -> CallerRecord:
            customers = customers_with_number(connection, number, MAX_CANDIDATES)
            return CallerRecord(tuple(customers), _last_contact(connection, number, since))

        return await self._database.do_read(read)

    async def last_contact(self, number: str, since: datetime) -> LastContact | None:
        """Return the last contact with this normalised number from `since`."""
        return await self._database.do_read(
            lambda connection: _last_contact(connection, number, since)
        )


def _last_contact(connection: sa.Connection, number: str, since: datetime) -> LastContact | None:
    row = connection.execute(_LAST_CONTACT, {"number": number, "since": since}).one_or_none()
    return None if row is None else LastContact(row.manager_id, row.created_at, row.customer_id)
