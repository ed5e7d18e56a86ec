"""Managers and their telephones in the store."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from voicegw.errors import ConflictError, NotFoundError
from voicegw.model.directory import Manager, ManagerStatus, Phone
from voicegw.store import schema
from voicegw.store.database import Database
from voicegw.store.dialling import manager_key, own_telephone_key
from voicegw.store.handovers import involves_open_handover
from voicegw.store.paging import DEFAULT_LIMIT, Page, check_limit, decode_cursor, encode_cursor
from voicegw.store.rows import require_unchanged, to_struct

_COLUMNS = schema.managers.c
_PHONES = schema.manager_phones.c


class ManagerRepository:
    """Reads and writes managers with their telephones. Every method is one short transaction.

    All methods raise StoreUnavailableError when the store can't be used.
    """

    def __init__(self, database: Database) -> None:
        """Work on `database`, which the caller opens and closes."""
        self._database = database

    async def create(self, manager: Manager) -> None:
        """Add `manager`. Raises ConflictError when an id is taken or group or deputy is gone."""
        async with self._database.write() as connection:
            await connection.execute(schema.managers.insert(), _row(manager))
            await _insert_phones(connection, manager)

    async def get(self, manager_id: str) -> Manager | None:
        """Return the manager with this id."""
        return await self._one(_COLUMNS.id == manager_id)

    async def get_by_external_id(self, external_id: str) -> Manager | None:
        """Return the manager that the outside world calls `external_id`."""
        return await self._one(_COLUMNS.external_id == external_id)

    async def list_named(
        self, ids: Collection[str], external_ids: Collection[str]
    ) -> Sequence[Manager]:
        """Return the managers with one of these ids or external ids, in no order."""
        named = sa.or_(_COLUMNS.id.in_(ids), _COLUMNS.external_id.in_(external_ids))
        async with self._database.read() as connection:
            return await _managers(connection, sa.select(schema.managers).where(named))

    async def update(self, manager: Manager, *, expected: Manager | None = None) -> None:
        """Replace the manager of the same id with all telephones; the PIN stays as it is.

        Raises NotFoundError, ConflictError; `revision-changed` when it is not as `expected`.
        """
        this = _COLUMNS.id == manager.id
        async with self._database.write() as connection:
            query = sa.select(schema.managers).where(this).with_for_update()
            found = await _managers(connection, query)
            if not found:
                raise NotFoundError("manager", manager.id)
            require_unchanged(found[0], expected)
            row = _row(manager)
            del row["pin_hash"]
            await connection.execute(schema.managers.update().where(this), row)
            await connection.execute(
                schema.manager_phones.delete().where(_PHONES.manager_id == manager.id)
            )
            await _insert_phones(connection, manager)

    async def set_pin(self, manager_id: str, pin_hash: str | None) -> None:
        """Keep the hash of a manager's PIN; None: there is none any more. Raises NotFoundError.

        What was tried against the PIN before is forgotten, and with it a lock.
        """
        query = schema.managers.update().where(_COLUMNS.id == manager_id)
        tried = (manager_key(manager_id), own_telephone_key(manager_id))
        forgive = schema.pin_failures.delete().where(schema.pin_failures.c.key.in_(tried))
        async with self._database.write() as connection:
            result = await connection.execute(query.values(pin_hash=pin_hash))
            if result.rowcount == 0:
                raise NotFoundError("manager", manager_id)
            await connection.execute(forgive)

    async def delete(self, manager_id: str) -> None:
        """Remove a manager.

        Raises NotFoundError, ConflictError while customers are owned or about to be handed over.
        """
        async with self._database.write() as connection:
            # Locked first: a handover that switches meanwhile is seen, or sees the manager gone.
            await connection.execute(
                sa.select(_COLUMNS.id).where(_COLUMNS.id == manager_id).with_for_update()
            )
            if await connection.run_sync(lambda sync: involves_open_handover(sync, manager_id)):
                raise ConflictError("reference", "A handover to or from the manager is open.")
            result = await connection.execute(
                schema.managers.delete().where(_COLUMNS.id == manager_id)
            )
            if result.rowcount == 0:
                raise NotFoundError("manager", manager_id)

    async def list(
        self,
        *,
        group_ids: Sequence[str] | None = None,
        status: ManagerStatus | None = None,
        number: str | None = None,
        external_id: str | None = None,
        limit: int = DEFAULT_LIMIT,
        cursor: str | None = None,
    ) -> Page[Manager]:
        """Return a page of managers, oldest first; filters that are None do not filter.

        `number` is normalised. Raises InvalidError for a bad `limit` or `cursor`.
        """
        query = sa.select(schema.managers).order_by(_COLUMNS.id).limit(check_limit(limit) + 1)
        if group_ids is not None:
            query = query.where(_COLUMNS.group_id.in_(group_ids))
        if status is not None:
            query = query.where(_COLUMNS.status == status.value)
        if external_id is not None:
            query = query.where(_COLUMNS.external_id == external_id)
        if number is not None:
            owners = sa.select(_PHONES.manager_id).where(_PHONES.number == number)
            query = query.where(_COLUMNS.id.in_(owners))
        if cursor is not None:
            (after,) = decode_cursor(cursor, tuple[str])
            query = query.where(_COLUMNS.id > after)
        async with self._database.read() as connection:
            items = await _managers(connection, query)
        page = items[:limit]
        return Page(page, encode_cursor(page[-1].id) if len(items) > limit else None)

    async def all(self, group_ids: Sequence[str] | None = None) -> Sequence[Manager]:
        """Return every manager of these groups (None: of all), oldest first: thousands at most."""
        managers = sa.select(schema.managers).order_by(_COLUMNS.id)
        phones = sa.select(schema.manager_phones).order_by(_PHONES.position)
        if group_ids is not None:
            managers = managers.where(_COLUMNS.group_id.in_(group_ids))
            phones = phones.join(schema.managers, _COLUMNS.id == _PHONES.manager_id).where(
                _COLUMNS.group_id.in_(group_ids)
            )
        async with self._database.read() as connection:
            rows = (await connection.execute(managers)).all()
            phone_rows = (await connection.execute(phones)).all()
        return _assemble(rows, phone_rows)

    async def _one(self, condition: sa.ColumnElement[bool]) -> Manager | None:
        async with self._database.read() as connection:
            found = await _managers(connection, sa.select(schema.managers).where(condition))
        return found[0] if found else None


async def _managers(connection: AsyncConnection, query: sa.Select[Any]) -> list[Manager]:
    rows = (await connection.execute(query)).all()
    if not rows:
        return []
    phones = (
        await connection.execute(
            sa.select(schema.manager_phones)
            .where(_PHONES.manager_id.in_([row.id for row in rows]))
            .order_by(_PHONES.position)
        )
    ).all()
    return _assemble(rows, phones)


def _assemble(rows: Sequence[Any], phone_rows: Sequence[Any]) -> list[Manager]:
    phones: dict[str, list[Phone]] = defaultdict(list)
    for phone in phone_rows:
        phones[phone.manager_id].append(
            Phone(
                number=phone.number,
                aor=phone.aor,
                label=phone.label,
                order=phone.ring_order,
            )
        )
    return [to_struct(row, Manager, phones=phones.get(row.id, [])) for row in rows]


def _row(manager: Manager) -> dict[str, Any]:
    row = msgspec.structs.asdict(manager)
    del row["phones"]
    return row


async def _insert_phones(connection: AsyncConnection, manager: Manager) -> None:
    if not manager.phones:
        return
    await connection.execute(
        schema.manager_phones.insert(),
        [
            {
                "manager_id": manager.id,
                "position": position,
                "number": phone.number,
                "aor": phone.aor,
                "label": phone.label,
                "ring_order": phone.order,
            }
            for position, phone in enumerate(manager.phones)
        ],
    )
