"""Which nodes run on this store, and where each is reached by the others."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from msgspec.structs import asdict

from voicegw.model.node import RegisteredNode
from voicegw.store import schema
from voicegw.store.database import Database
from voicegw.store.rows import to_struct

_COLUMNS = schema.nodes.c


class NodeRepository:
    """Leases of nodes. Every method is one short transaction.

    All methods raise StoreUnavailableError when the store can't be used.
    """

    def __init__(self, database: Database) -> None:
        """Work on `database`, which the caller opens and closes."""
        self._database = database

    async def hold(self, node: RegisteredNode, ended_before: datetime | None = None) -> None:
        """Register a node, or prolong its lease. Of one name, whoever came last holds it.

        Nodes whose lease ran out before `ended_before` are forgotten: they will not come back.
        """
        row = asdict(node)
        insert = self._database.insert(schema.nodes)
        changes = {name: insert.excluded[name] for name in row if name != "name"}
        held = insert.on_conflict_do_update(index_elements=["name"], set_=changes)

        def work(connection: sa.Connection) -> None:
            connection.execute(held, row)
            if ended_before is not None:
                ended = _COLUMNS.lease_until < ended_before
                connection.execute(schema.nodes.delete().where(ended))

        await self._database.do_write(work)

    async def leave(self, name: str, started_at: datetime) -> None:
        """Take a node away that ends; not the one that was started since under its name."""
        statement = schema.nodes.delete().where(
            _COLUMNS.name == name, _COLUMNS.started_at == started_at
        )
        await self._database.do_write(lambda connection: connection.execute(statement))

    async def get(self, name: str) -> RegisteredNode | None:
        """Return a node, though its lease may have run out; None: it never ran, or has ended."""
        query = sa.select(schema.nodes).where(_COLUMNS.name == name)
        row = await self._database.do_read(
            lambda connection: connection.execute(query).one_or_none()
        )
        return None if row is None else to_struct(row, RegisteredNode)

    async def all(self) -> Sequence[RegisteredNode]:
        """Return every node by name: those that run, and those that ended without leaving.

        There are few.
        """
        query = sa.select(schema.nodes).order_by(_COLUMNS.name)
        rows: Sequence[Any] = await self._database.do_read(
            lambda connection: connection.execute(query).all()
        )
        return [to_struct(row, RegisteredNode) for row in rows]
