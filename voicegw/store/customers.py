"""Customers, their numbers and the history of who owned them, in the store."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from types import MappingProxyType
from typing import Any

import msgspec
import sqlalchemy as sa

from voicegw.errors import ConflictError, InvalidError, NotFoundError
from voicegw.model.audit import AuditAction, AuditEntry, SubjectKind
from voicegw.model.directory import Customer
from voicegw.model.introduction import Introduction
from voicegw.store import schema
from voicegw.store.audit import add_entries
from voicegw.store.customer_keys import delete_keys, insert_keys
from voicegw.store.database import Database
from voicegw.store.introductions import introduce
from voicegw.store.owners import (
    PENDING_OWNER,
    PendingMove,
    count_owned,
    owned_by,
    pending_move,
    settle_owners,
)
from voicegw.store.paging import DEFAULT_LIMIT, Page, check_limit, decode_cursor, encode_cursor
from voicegw.store.rows import require_unchanged

#: The most rows that one `upsert_many` takes: a transaction of more would keep others waiting.
MAX_UPSERT = 500

_COLUMNS = schema.customers.c
_NUMBERS = schema.customer_numbers.c
_OWNERSHIPS = schema.ownerships.c
_SELECT = sa.select(schema.customers, PENDING_OWNER)


@dataclass(frozen=True, slots=True)
class Change:
    """Who changes a customer, when and why: what the history of its owners will say.

    `role` is what `by` was then, for the audit log.
    """

    by: str
    why: str
    at: datetime
    role: str = ""
    introduction: Introduction | None = None
    """How a new owner gets known to the customer; None: no task is made for that."""


class Ownership(msgspec.Struct):
    """A time in which a customer belonged to `manager_id` (None: to nobody).

    `from_` is inclusive, `until` exclusive and None for the present owner. Times are in UTC.
    """

    customer_id: str
    manager_id: str | None
    from_: datetime = msgspec.field(name="from")
    until: datetime | None
    by: str
    why: str


@dataclass(frozen=True, slots=True)
class UpsertCounts:
    """How many rows of a bulk write were new, and how many were known before."""

    created: int
    updated: int


class CustomerRepository:
    """Reads and writes customers. Every method is one short transaction.

    All methods raise StoreUnavailableError when the store can't be used.
    """

    def __init__(self, database: Database) -> None:
        """Work on `database`, which the caller opens and closes."""
        self._database = database

    async def create(self, customer: Customer, change: Change) -> None:
        """Add `customer`. Raises ConflictError when an id is taken or group or owner is gone."""
        await self._database.do_write(lambda connection: _create(connection, [customer], change))

    async def get(self, customer_id: str) -> Customer | None:
        """Return the customer with this id."""
        return await self._one(_COLUMNS.id == customer_id)

    async def get_by_external_id(self, external_id: str) -> Customer | None:
        """Return the customer that the outside world calls `external_id`."""
        return await self._one(_COLUMNS.external_id == external_id)

    async def get_by_code(self, code: str) -> Customer | None:
        """Return the customer whom managers dial by `code`."""
        return await self._one(_COLUMNS.code == code)

    async def list_by_ids(self, ids: Sequence[str]) -> Sequence[Customer]:
        """Return the customers with these ids, in no order; a page's at most."""
        if not ids:
            return []
        return await self._database.do_read(lambda connection: customers_with(connection, ids))

    async def list_by_external_ids(self, external_ids: Sequence[str]) -> Sequence[Customer]:
        """Return the customers with these external ids, in no order; up to MAX_UPSERT of them."""
        query = _SELECT.where(_COLUMNS.external_id.in_(external_ids))
        return await self._database.do_read(lambda connection: _customers(connection, query))

    async def find_by_number(self, number: str, limit: int = 10) -> Sequence[Customer]:
        """Return up to `limit` customers with this normalised number, owned ones first.

        One number may lead to several customers; the order is stable: owned before unowned, then
        the oldest record.
        """
        return await self._database.do_read(
            lambda connection: _customers(
                connection, WITH_NUMBER, {"number": number, "limit": limit}
            )
        )

    async def owned_numbers(
        self, chunk: int = 2000
    ) -> AsyncIterator[Sequence[tuple[str, str, str, str | None]]]:
        """Yield every number with the id, group and owner of the customer that a caller leads to.

        In chunks by number, each a short read. Of several customers with one number it is the one
        that `find_by_number` names first.
        """
        last = ""
        while True:
            rows = await self._database.do_read(partial(_numbers_after, last, chunk))
            if not rows:
                return
            whole = rows
            if len(rows) == chunk:
                # The last number may go on in the next chunk.
                whole = [row for row in rows if row[0] != rows[-1][0]] or rows
            first: dict[str, tuple[str, str, str, str | None]] = {}
            for row in whole:
                first.setdefault(row[0], row)
            yield list(first.values())
            last = whole[-1][0]

    async def update(
        self, customer: Customer, change: Change, *, expected: Customer | None = None
    ) -> None:
        """Replace the customer of the same id; a new owner is entered into the history.

        A changed wish not to be called goes into the audit log. Raises NotFoundError and
        ConflictError, `revision-changed` when the customer is not as `expected`.
        """
        await self._database.do_write(
            lambda connection: _update(connection, customer, change, expected)
        )

    async def delete(self, customer_id: str, at: datetime) -> None:
        """Remove a customer with its numbers; the history of its owners ends `at` and is kept.

        Raises NotFoundError.
        """
        await self._database.do_write(lambda connection: _delete(connection, customer_id, at))

    async def list(
        self,
        *,
        group_ids: Sequence[str] | None = None,
        owner_id: str | None = None,
        number: str | None = None,
        equal: Mapping[str, str | None] = MappingProxyType({}),
        is_do_not_call: bool | None = None,
        limit: int = DEFAULT_LIMIT,
        cursor: str | None = None,
    ) -> Page[Customer]:
        """Return a page of customers, oldest first; filters that are None do not filter.

        `number` is normalised; `equal` gives columns and their values; `is_do_not_call` tells
        whether they wish not to be called. Raises InvalidError for a
        bad `limit` or `cursor`.
        """
        wanted: list[sa.ColumnElement[bool]] = [
            _COLUMNS[name] == value for name, value in equal.items() if value is not None
        ]
        if group_ids is not None:
            wanted.append(_COLUMNS.group_id.in_(group_ids))
        if number is not None:
            wanted.append(having_number(number))
        if is_do_not_call is not None:
            wanted.append(wishing_no_calls(is_do_not_call))
        if cursor is not None:
            (after,) = decode_cursor(cursor, tuple[str])
            wanted.append(_COLUMNS.id > after)
        if owner_id is not None:
            wanted = [owned_by(owner_id, wanted, limit + 1)]
        query = _SELECT.where(*wanted).order_by(_COLUMNS.id).limit(check_limit(limit) + 1)
        items = await self._database.do_read(lambda connection: _customers(connection, query))
        page = items[:limit]
        return Page(page, encode_cursor(page[-1].id) if len(items) > limit else None)

    async def count_owned(self, manager_id: str) -> int:
        """Return how many customers a manager has."""
        return await self._database.do_read(lambda connection: count_owned(connection, manager_id))

    async def ownerships(self, customer_id: str) -> Sequence[Ownership]:
        """Return who has owned the customer, the first owner first."""
        query = (
            sa.select(schema.ownerships)
            .where(_OWNERSHIPS.customer_id == customer_id)
            .order_by(_OWNERSHIPS.id)
        )

        def read(connection: sa.Connection) -> tuple[PendingMove | None, Sequence[Any]]:
            # In this order: what is done in between is then told twice, and seen to be.
            return pending_move(connection, customer_id), connection.execute(query).all()

        pending, rows = await self._database.do_read(read)
        found = [
            Ownership(row.customer_id, row.manager_id, row.from_at, row.until_at, row.by, row.why)
            for row in rows
        ]
        return found if pending is None else _with_pending(found, pending, customer_id)

    async def upsert_many(
        self,
        customers: Sequence[Customer],
        change: Change,
        *,
        before: Mapping[str, Customer] | None = None,
    ) -> UpsertCounts:
        """Write up to MAX_UPSERT customers by external id in one transaction.

        A customer whose external id is known keeps its id here, whatever `id` says. Every row
        needs an external id of its own. With `before` (by external id, as they were read; who is
        not in it was unknown) nothing is written over what somebody else has written since.

        Raises InvalidError for too many rows or a missing or repeated external id, ConflictError
        (nothing is written) when a group or owner is gone, and `revision-changed` when one of the
        customers is not as `before` says.
        """
        wanted = [customer.external_id for customer in customers]
        if len(customers) > MAX_UPSERT:
            raise InvalidError(
                "customers", f"at most {MAX_UPSERT} at a time", kind="too-many", max=MAX_UPSERT
            )
        if None in wanted or len(set(wanted)) < len(wanted):
            raise InvalidError("external_id", "every row needs one of its own", kind="repeated")
        return await self._database.do_write(
            lambda connection: _upsert(connection, customers, change, before)
        )

    async def _one(self, condition: sa.ColumnElement[bool]) -> Customer | None:
        query = _SELECT.where(condition)
        found = await self._database.do_read(lambda connection: _customers(connection, query))
        return found[0] if found else None


_UPDATE_BY_ID = (
    schema.customers.update()
    .where(_COLUMNS.id == sa.bindparam("key"))
    .values(
        {
            name: sa.bindparam(name)
            for name in (
                "external_id",
                "name",
                "group_id",
                "owner_id",
                "class_",
                "tier",
                "do_not_call",
                "code",
                "attributes",
            )
        }
    )
)


#: Customers with `number`, up to `limit`, owned ones first, then the oldest: built once.
WITH_NUMBER = (
    _SELECT.join(schema.customer_numbers, _NUMBERS.customer_id == _COLUMNS.id)
    .where(_NUMBERS.number == sa.bindparam("number"))
    .order_by(_COLUMNS.owner_id.is_(None), _COLUMNS.id)
    .limit(sa.bindparam("limit"))
)
_NUMBERS_OF = (
    sa.select(_NUMBERS.customer_id, _NUMBERS.number)
    .where(_NUMBERS.customer_id.in_(sa.bindparam("ids", expanding=True)))
    .order_by(_NUMBERS.position)
)


def having_number(number: str) -> sa.ColumnElement[bool]:
    """Return the condition that `number`, normalised, is one of a customer's."""
    return _COLUMNS.id.in_(sa.select(_NUMBERS.customer_id).where(_NUMBERS.number == number))


def wishing_no_calls(wishes: bool) -> sa.ColumnElement[bool]:
    """Return the condition that a customer wishes not to be called, or does not."""
    return _COLUMNS.do_not_call.is_not(None) if wishes else _COLUMNS.do_not_call.is_(None)


def customers_with(connection: sa.Connection, ids: Sequence[str]) -> Sequence[Customer]:
    """Return the customers with these ids, in no order."""
    return _customers(connection, _SELECT.where(_COLUMNS.id.in_(ids)))


def _customers(
    connection: sa.Connection, query: sa.Select[Any], parameters: dict[str, Any] | None = None
) -> list[Customer]:
    rows = connection.execute(query, parameters).all()
    if not rows:
        return []
    number_rows = connection.execute(_NUMBERS_OF, {"ids": [row.id for row in rows]})
    numbers: dict[str, list[str]] = defaultdict(list)
    for row in number_rows:
        numbers[row.customer_id].append(row.number)
    return [customer_of(row, numbers.get(row.id, [])) for row in rows]


def customer_of(row: sa.Row[Any], numbers: Sequence[str]) -> Customer:
    """Return the customer in a row of the columns of `schema.customers` and `PENDING_OWNER`."""
    return msgspec.convert(
        {
            "id": row.id,
            "name": row.name,
            "group_id": row.group_id,
            "external_id": row.external_id,
            "numbers": numbers,
            "owner_id": row.pending_owner_id or row.owner_id,
            "class": row.class_,
            "tier": row.tier,
            "do_not_call": row.do_not_call,
            "code": row.code,
            "attributes": row.attributes,
        },
        Customer,
    )


def _row(customer: Customer) -> dict[str, Any]:
    row = msgspec.structs.asdict(customer)
    del row["numbers"]
    return row


def _keyed_row(customer: Customer) -> dict[str, Any]:
    row = _row(customer)
    row["key"] = row.pop("id")
    return row


def _create(connection: sa.Connection, customers: Sequence[Customer], change: Change) -> None:
    connection.execute(schema.customers.insert(), [_row(customer) for customer in customers])
    _insert_numbers(connection, customers)
    insert_keys(connection, customers)
    _record_owners(connection, [one for one in customers if one.owner_id is not None], change)
    _note_wishes(connection, [one for one in customers if one.do_not_call is not None], change)


def _update(
    connection: sa.Connection, customer: Customer, change: Change, expected: Customer | None
) -> None:
    settle_owners(connection, [customer.id])
    this = _COLUMNS.id == customer.id
    query = _SELECT.where(this).with_for_update(of=schema.customers)
    found = _customers(connection, query)
    if not found:
        raise NotFoundError("customer", customer.id)
    (before,) = found
    require_unchanged(before, expected)
    connection.execute(schema.customers.update().where(this), _row(customer))
    _replace_keys(connection, [(before, customer)])
    if before.numbers != customer.numbers:
        _replace_numbers(connection, [customer])
    if before.owner_id != customer.owner_id:
        _record_owners(connection, [customer], change)
    if before.do_not_call != customer.do_not_call:
        _note_wishes(connection, [customer], change)


def _delete(connection: sa.Connection, customer_id: str, at: datetime) -> None:
    settle_owners(connection, [customer_id])
    query = _SELECT.where(_COLUMNS.id == customer_id).with_for_update(of=schema.customers)
    found = _customers(connection, query)
    if not found:
        raise NotFoundError("customer", customer_id)
    connection.execute(schema.customers.delete().where(_COLUMNS.id == customer_id))
    delete_keys(connection, found)
    _close_histories(connection, [customer_id], at)


def _upsert(
    connection: sa.Connection,
    customers: Sequence[Customer],
    change: Change,
    before: Mapping[str, Customer] | None,
) -> UpsertCounts:
    wanted = _COLUMNS.external_id.in_([customer.external_id for customer in customers])
    ids = connection.execute(sa.select(_COLUMNS.id).where(wanted)).scalars().all()
    settle_owners(connection, ids)
    # Locked in the order of the ids, as a handover locks them: nobody waits in a circle.
    query = _SELECT.where(wanted).order_by(_COLUMNS.id).with_for_update(of=schema.customers)
    known = {one.external_id: one for one in (_customers(connection, query) if ids else ())}
    if before is not None and known != {
        one.external_id: before[one.external_id]
        for one in customers
        if one.external_id is not None and one.external_id in before
    }:
        raise ConflictError("revision-changed", "Somebody else has changed it meanwhile.")
    # New ones in one order, too: two imports of one file then wait for each other in turn.
    new = sorted(
        (one for one in customers if one.external_id not in known),
        key=lambda one: one.external_id or "",
    )
    old = [
        msgspec.structs.replace(one, id=known[one.external_id].id)
        for one in customers
        if one.external_id in known
    ]
    if new:
        _create(connection, new, change)
    if old:
        connection.execute(_UPDATE_BY_ID, [_keyed_row(one) for one in old])
        _replace_keys(connection, [(known[one.external_id], one) for one in old])
        _replace_numbers(
            connection, [one for one in old if one.numbers != known[one.external_id].numbers]
        )
    moved = [one for one in old if one.owner_id != known[one.external_id].owner_id]
    _record_owners(connection, moved, change)
    wishes = [one for one in old if one.do_not_call != known[one.external_id].do_not_call]
    _note_wishes(connection, wishes, change)
    return UpsertCounts(created=len(new), updated=len(old))


def _insert_numbers(connection: sa.Connection, customers: Sequence[Customer]) -> None:
    rows = [
        {"customer_id": customer.id, "number": number, "position": position}
        for customer in customers
        for position, number in enumerate(dict.fromkeys(customer.numbers))
    ]
    if rows:
        connection.execute(schema.customer_numbers.insert(), rows)


def _replace_numbers(connection: sa.Connection, customers: Sequence[Customer]) -> None:
    if not customers:
        return
    connection.execute(
        schema.customer_numbers.delete().where(
            _NUMBERS.customer_id.in_([customer.id for customer in customers])
        )
    )
    _insert_numbers(connection, customers)


def _replace_keys(connection: sa.Connection, changes: Sequence[tuple[Customer, Customer]]) -> None:
    """Have customers found by their new names, in their new groups."""
    changed = [
        (before, after)
        for before, after in changes
        if (before.name, before.group_id) != (after.name, after.group_id)
    ]
    delete_keys(connection, [before for before, _ in changed])
    insert_keys(connection, [after for _, after in changed])


def _record_owners(
    connection: sa.Connection, customers: Sequence[Customer], change: Change
) -> None:
    """Close the present entry of each customer's history and open that of its new owner."""
    if not customers:
        return
    _close_histories(connection, [customer.id for customer in customers], change.at)
    connection.execute(
        schema.ownerships.insert(),
        [
            {
                "customer_id": customer.id,
                "manager_id": customer.owner_id,
                "from_at": change.at,
                "by": change.by,
                "why": change.why,
            }
            for customer in customers
        ],
    )
    introduce(
        connection,
        {customer.id: customer.owner_id for customer in customers},
        change.introduction,
        by=change.by,
        at=change.at,
    )


def _close_histories(connection: sa.Connection, customer_ids: Sequence[str], at: datetime) -> None:
    """Let the present entry of each customer's history end `at`."""
    connection.execute(
        schema.ownerships.update()
        .where(_OWNERSHIPS.customer_id.in_(customer_ids), _OWNERSHIPS.until_at.is_(None))
        .values(until_at=at)
    )


def _note_wishes(connection: sa.Connection, customers: Sequence[Customer], change: Change) -> None:
    """Write into the audit log that wishes not to be called were noted or taken back."""
    entries = [
        AuditEntry(
            at=change.at,
            principal=change.by,
            role=change.role,
            action=AuditAction.DO_NOT_CALL,
            subject_kind=SubjectKind.CUSTOMER,
            subject=customer.id,
            group_id=customer.group_id,
            detail={"do_not_call": customer.do_not_call is not None},
        )
        for customer in customers
    ]
    add_entries(connection, entries)


def _with_pending(
    found: Sequence[Ownership], pending: PendingMove, customer_id: str
) -> Sequence[Ownership]:
    """Return a history with the change of owner that was made but is not entered yet."""
    new = Ownership(
        customer_id, pending.to_manager_id, pending.switched_at, None, pending.by, pending.why
    )
    if found and found[-1] == new:
        return found
    before = [msgspec.structs.replace(one, until=one.until or pending.switched_at) for one in found]
    return [*before, new]


def _numbers_after(
    last: str, limit: int, connection: sa.Connection
) -> list[tuple[str, str, str, str | None]]:
    query = (
        sa.select(
            _NUMBERS.number,
            _COLUMNS.id,
            _COLUMNS.group_id,
            sa.func.coalesce(PENDING_OWNER.element, _COLUMNS.owner_id),
        )
        .join_from(schema.customer_numbers, schema.customers, _COLUMNS.id == _NUMBERS.customer_id)
        .where(_NUMBERS.number > last)
        .order_by(_NUMBERS.number, _COLUMNS.owner_id.is_(None), _COLUMNS.id)
        .limit(limit)
    )
    return [(row[0], row[1], row[2], row[3]) for row in connection.execute(query)]
