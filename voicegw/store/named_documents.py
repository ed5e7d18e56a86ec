"""Documents that are known by their name: own ones, and edited copies of those that are shipped.

Each kind has a table of its own with two columns, the name and the document. What is shipped is no
concern of the store: a row takes the place of what has its name.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Generic, Protocol, TypeVar

import msgspec
import sqlalchemy as sa

from voicegw.errors import ConflictError, NotFoundError
from voicegw.store.database import Database


class NamedDocument(Protocol):
    """What such a document has. It is a frozen msgspec struct."""

    @property
    def name(self) -> str:
        """What it is known by; unique within its kind."""
        ...


D = TypeVar("D", bound=NamedDocument)


class NamedDocumentRepository(Generic[D]):
    """Reads and writes documents of one kind. Every method is one short transaction.

    All methods raise StoreUnavailableError when the store can't be used.
    """

    def __init__(self, database: Database, table: sa.Table, shape: type[D], kind: str) -> None:
        """Keep documents of this `shape` in `table`; `kind` is what errors call them."""
        self._database = database
        self._table = table
        self._shape = shape
        self._kind = kind

    async def all(self) -> Mapping[str, D]:
        """Return every document that somebody has put, by name; they are few."""
        query = sa.select(self._table.c.document).order_by(self._table.c.name)
        found = await self._database.do_read(
            lambda connection: connection.execute(query).scalars().all()
        )
        documents = [msgspec.convert(document, self._shape) for document in found]
        return {document.name: document for document in documents}

    async def put(
        self, document: D, *, expected: D | None = None, is_checked: bool = False
    ) -> bool:
        """Put `document` in place of what has its name; return whether there was none.

        With `is_checked` what is replaced is what the caller has read: `expected`, None: nothing.
        Raises ConflictError `revision-changed`.
        """

        def write(connection: sa.Connection) -> bool:
            before = self._locked(connection, document.name)
            if is_checked and before != expected:
                raise _changed()
            insert = self._database.insert(self._table)
            insert = insert.values(name=document.name, document=document)
            if is_checked and before is None:
                # A row that is not there can't be locked: another's is found by its key.
                added = connection.execute(insert.on_conflict_do_nothing())
                if added.rowcount == 0:
                    raise _changed()
                return True
            connection.execute(
                insert.on_conflict_do_update(
                    index_elements=["name"], set_={"document": insert.excluded.document}
                )
            )
            return before is None

        return await self._database.do_write(write)

    async def delete(self, name: str, *, expected: D | None = None) -> None:
        """Remove what somebody has put by this name.

        Raises NotFoundError, and ConflictError `revision-changed` when `expected` is given and it
        is another one by now.
        """

        def write(connection: sa.Connection) -> None:
            before = self._locked(connection, name)
            if before is None:
                raise NotFoundError(self._kind, name)
            if expected is not None and before != expected:
                raise _changed()
            connection.execute(self._table.delete().where(self._table.c.name == name))

        await self._database.do_write(write)

    def _locked(self, connection: sa.Connection, name: str) -> D | None:
        query = sa.select(self._table.c.document).where(self._table.c.name == name)
        document = connection.execute(query.with_for_update()).scalar_one_or_none()
        return None if document is None else msgspec.convert(document, self._shape)


def _changed() -> ConflictError:
    return ConflictError("revision-changed", "Somebody else has changed it meanwhile.")
