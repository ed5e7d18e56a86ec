"""Documents that belong to a group or to everybody: scripts, scorecards.

Each kind has a table of its own with the same columns: what documents are found by, and the
document itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Generic, Protocol, TypeVar

import msgspec
import sqlalchemy as sa

from voicegw.errors import ConflictError, NotFoundError
from voicegw.store.database import Database
from voicegw.store.paging import DEFAULT_LIMIT, Page, check_limit, decode_cursor, encode_cursor


class OwnedDocument(Protocol):
    """What such a document has; `group_id` None: it is everybody's. It is a msgspec struct."""

    id: str
    external_id: str | None
    group_id: str | None
    name: str
    active: bool
    version: int


D = TypeVar("D", bound=OwnedDocument)


class OwnedDocumentRepository(Generic[D]):
    """Reads and writes documents of one kind. Every method is one short transaction.

    All methods raise StoreUnavailableError when the store can't be used.
    """

    def __init__(
        self,
        database: Database,
        table: sa.Table,
        kind: type[D],
        *,
        kept: Sequence[str] = (),
    ) -> None:
        """Work on `database`, which the caller opens and closes.

        `kept` are fields that a document has for ever, whatever it is replaced by.
        """
        self._database = database
        self._table = table
        self._columns = table.c
        self._kind = kind
        self._kept = tuple(kept)

    async def create(self, document: D) -> None:
        """Add `document`. Raises ConflictError when its id or external id is taken."""
        async with self._database.write() as connection:
            await connection.execute(self._table.insert(), _row(document))

    async def get(self, document_id: str) -> D | None:
        """Return the document with this id."""
        return await self._one(self._columns.id == document_id)

    async def get_by_external_id(self, external_id: str) -> D | None:
        """Return the document that the outside world calls `external_id`."""
        return await self._one(self._columns.external_id == external_id)

    async def replace(self, document: D, *, expected_version: int | None) -> D:
        """Replace the document of the same id, one version up, and return it.

        Raises NotFoundError, and ConflictError `revision-changed` when `expected_version` is given
        and it is another one by now.
        """

        def work(connection: sa.Connection) -> D:
            own = self._columns.id == document.id
            query = sa.select(self._columns.document).where(own).with_for_update()
            found = connection.execute(query).scalar_one_or_none()
            if found is None:
                raise self._unknown(document.id)
            before = msgspec.convert(found, self._kind)
            if expected_version not in {None, before.version}:
                raise ConflictError("revision-changed", "Somebody else has changed it meanwhile.")
            kept = {name: getattr(before, name) for name in self._kept}
            raised: D = msgspec.structs.replace(document, version=before.version + 1, **kept)  # type: ignore[type-var]
            connection.execute(self._table.update().where(own).values(_row(raised)))
            return raised

        return await self._database.do_write(work)

    async def delete(self, document_id: str) -> None:
        """Remove a document. Raises NotFoundError."""
        async with self._database.write() as connection:
            result = await connection.execute(
                self._table.delete().where(self._columns.id == document_id)
            )
            if result.rowcount == 0:
                raise self._unknown(document_id)

    async def list(
        self,
        *,
        group_ids: Sequence[str] | None = None,
        active: bool | None = None,
        limit: int = DEFAULT_LIMIT,
        cursor: str | None = None,
    ) -> Page[D]:
        """Return a page of documents, oldest first: those of `group_ids` and everybody's.

        Raises InvalidError for a bad `limit` or `cursor`.
        """
        columns = self._columns
        query = sa.select(columns.document).order_by(columns.id).limit(check_limit(limit) + 1)
        if group_ids is not None:
            query = query.where(sa.or_(columns.group_id.is_(None), columns.group_id.in_(group_ids)))
        if active is not None:
            query = query.where(columns.active == active)
        if cursor is not None:
            (after,) = decode_cursor(cursor, tuple[str])
            query = query.where(columns.id > after)
        found = await self._all(query)
        items = [*found[:limit]]
        return Page(items, encode_cursor(items[-1].id) if len(found) > limit else None)

    async def active(self) -> Sequence[D]:
        """Return every active document, oldest first."""
        columns = self._columns
        return await self._all(
            sa.select(columns.document).where(columns.active.is_(True)).order_by(columns.id)
        )

    async def _all(self, query: sa.Select[D]) -> Sequence[D]:
        async with self._database.read() as connection:
            rows = (await connection.execute(query)).scalars().all()
        return [msgspec.convert(row, self._kind) for row in rows]

    async def _one(self, condition: sa.ColumnElement[bool]) -> D | None:
        found = await self._all(sa.select(self._columns.document).where(condition))
        return found[0] if found else None

    def _unknown(self, document_id: str) -> NotFoundError:
        return NotFoundError(self._kind.__name__.lower(), document_id)


def _row(document: OwnedDocument) -> dict[str, object]:
    return {
        "id": document.id,
        "external_id": document.external_id,
        "group_id": document.group_id,
        "name": document.name,
        "active": document.active,
        "version": document.version,
        "document": document,
    }
