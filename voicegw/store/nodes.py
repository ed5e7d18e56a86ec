"""Which nodes run on this store, and where each is reached by the others."""

from __future__ import annotations

from datetime import datetime

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

    async def hold(self, node: RegisteredNode) -> None:
        """Register a node, or prolong its lease. Of one name, whoever came last holds it."""
        row = asdict(node)
        insert = self._database.insert(schema.nodes)
        changes = {name: insert.excluded[name] for name in row if name != "name"}
        held = insert.on_conflict_do_update(index_elements=["name"], set_=changes)
        await self._database.do_write(lambda connection: connection.execute(held, row))

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
