"""Flows in the store: every version of each, the newest in force.

A flow is deleted by a version without text (:attr:`voicegw.model.flow.FlowVersion.is_deletion`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

import sqlalchemy as sa

from voicegw.errors import ConflictError, InvalidError, NotFoundError
from voicegw.model.flow import FlowVersion
from voicegw.store import schema
from voicegw.store.database import Database
from voicegw.store.paging import (
    COUNT_BITS,
    DEFAULT_LIMIT,
    Page,
    check_limit,
    decode_cursor,
    encode_cursor,
)

_COLUMNS = schema.flows.c
_NAMED = 5
"""So many hotlines are named where a flow is in use."""


class FlowRepository:
    """Reads and adds versions of flows. Every method is one short transaction.

    All methods raise StoreUnavailableError when the store can't be used.
    """

    def __init__(self, database: Database) -> None:
        """Work on `database`, which the caller opens and closes."""
        self._database = database

    async def put(
        self, name: str, source: str, *, by: str, at: datetime, expected_version: int | None
    ) -> FlowVersion:
        """Add `source` as the newest version of `name` and return it.

        The same text again adds nothing: the newest version is returned as it is. Raises
        ConflictError `revision-changed` when `expected_version` is given and it is another one by
        now (0: that there is none), or when somebody else adds one at the same moment.
        """

        def work(connection: sa.Connection) -> FlowVersion:
            before = _locked(connection, name)
            _require_version(before, expected_version)
            if before is not None and before.source == source:
                return before
            return _write(connection, FlowVersion(name, _next(before), source, at, by))

        return await self._database.do_write(work)

    async def delete(
        self, name: str, *, by: str, at: datetime, expected_version: int | None
    ) -> None:
        """Take a flow out of force; its versions stay, for those whose calls went through them.

        Raises NotFoundError where there is none, ConflictError `reference` while hotlines have it,
        `revision-changed` as :meth:`put` does.
        """

        def work(connection: sa.Connection) -> None:
            before = _locked(connection, name)
            if before is None or before.is_deletion:
                raise NotFoundError("flow", name)
            _require_version(before, expected_version)
            _require_unused(connection, name)
            _write(connection, FlowVersion(name, before.version + 1, "", at, by))

        await self._database.do_write(work)

    async def check_unused(self, name: str) -> None:
        """Raise ConflictError `reference`, naming them, while hotlines have a flow."""
        await self._database.do_read(lambda connection: _require_unused(connection, name))

    async def newest(self, name: str) -> FlowVersion | None:
        """Return the version that is in force; None: there is no such flow, or no more."""
        return _unless_deleted(await self._one(_newest(name)))

    async def get(self, name: str, version: int) -> FlowVersion | None:
        """Return one version, of a flow that was deleted, too."""
        query = sa.select(schema.flows)
        return _unless_deleted(
            await self._one(query.where(_COLUMNS.name == name, _COLUMNS.version == version))
        )

    async def heads(self) -> Mapping[str, int]:
        """Return the newest version's number of every flow."""
        query = sa.select(_COLUMNS.name, _COLUMNS.version).where(*_in_force())
        async with self._database.read() as connection:
            rows = (await connection.execute(query)).all()
        return {str(row[0]): int(row[1]) for row in rows}

    async def list(
        self, *, limit: int = DEFAULT_LIMIT, cursor: str | None = None
    ) -> Page[FlowVersion]:
        """Return a page of flows by name, each in its newest version.

        Raises InvalidError for a bad `limit` or `cursor`.
        """
        query = sa.select(schema.flows).where(*_in_force()).order_by(_COLUMNS.name)
        if cursor is not None:
            (after,) = decode_cursor(cursor, tuple[str])
            query = query.where(_COLUMNS.name > after)
        items = await self._all(query.limit(check_limit(limit) + 1))
        more = len(items) > limit
        return Page([*items[:limit]], encode_cursor(items[limit - 1].name) if more else None)

    async def versions(
        self, name: str, *, limit: int = DEFAULT_LIMIT, cursor: str | None = None
    ) -> Page[FlowVersion]:
        """Return a page of the versions of a flow, the newest first; of a deleted one, too.

        Raises InvalidError for a bad `limit` or `cursor`.
        """
        query = sa.select(schema.flows).where(_COLUMNS.name == name, _COLUMNS.source != "")
        if cursor is not None:
            (before,) = decode_cursor(cursor, tuple[int], bits=COUNT_BITS)
            query = query.where(_COLUMNS.version < before)
        query = query.order_by(_COLUMNS.version.desc())
        items = await self._all(query.limit(check_limit(limit) + 1))
        more = len(items) > limit
        return Page([*items[:limit]], encode_cursor(items[limit - 1].version) if more else None)

    async def _one(self, query: sa.Select[tuple[object, ...]]) -> FlowVersion | None:
        found = await self._all(query)
        return found[0] if found else None

    async def _all(self, query: sa.Select[tuple[object, ...]]) -> Sequence[FlowVersion]:
        async with self._database.read() as connection:
            rows = (await connection.execute(query)).mappings().all()
        return [FlowVersion(**row) for row in rows]


def require_flow(connection: sa.Connection, name: str | None) -> None:
    """Raise InvalidError where a hotline is to have a flow that is not there; None is none."""
    if name is None:
        return
    row = connection.execute(_newest(name)).mappings().one_or_none()
    if row is None or FlowVersion(**row).is_deletion:
        raise InvalidError(
            "flow", "no such flow; put it first: PUT /v1/flows/{name}", kind="not-found"
        )


def hold_flow(connection: sa.Connection, name: str | None) -> None:
    """Do as :func:`require_flow`, and let nobody delete the flow until the transaction ends."""
    if name is not None:
        _locked(connection, name)
    # Whoever waited for that row got it as it was; a deletion that came meanwhile is another row.
    require_flow(connection, name)


def _newest(name: str) -> sa.Select[tuple[object, ...]]:
    query = sa.select(schema.flows).where(_COLUMNS.name == name)
    return query.order_by(_COLUMNS.version.desc()).limit(1)


def _row(flow: FlowVersion) -> dict[str, object]:
    return {
        "name": flow.name,
        "version": flow.version,
        "source": flow.source,
        "created_at": flow.created_at,
        "created_by": flow.created_by,
    }


def _in_force() -> tuple[sa.ColumnElement[bool], ...]:
    later = schema.flows.alias()
    is_newest = ~sa.exists().where(
        later.c.name == _COLUMNS.name, later.c.version > _COLUMNS.version
    )
    return is_newest, _COLUMNS.source != ""


def _locked(connection: sa.Connection, name: str) -> FlowVersion | None:
    """Return the newest version, which may be a deletion, held until the transaction ends."""
    row = connection.execute(_newest(name).with_for_update()).mappings().one_or_none()
    return None if row is None else FlowVersion(**row)


def _require_version(before: FlowVersion | None, expected: int | None) -> None:
    version = 0 if before is None or before.is_deletion else before.version
    if expected not in {None, version}:
        raise ConflictError("revision-changed", "Somebody else has changed it meanwhile.")


def _require_unused(connection: sa.Connection, name: str) -> None:
    columns = schema.hotlines.c
    query = sa.select(columns.id, columns.name).where(columns.flow == name).order_by(columns.id)
    # A hotline without a name is told by its id: no number stands in an error.
    found = [row.name or row.id for row in connection.execute(query)]
    if found:
        more = f" and {len(found) - _NAMED} more" if len(found) > _NAMED else ""
        named = ", ".join(found[:_NAMED])
        raise ConflictError("reference", f"Hotlines have it: {named}{more}. Give them another.")


def _write(connection: sa.Connection, flow: FlowVersion) -> FlowVersion:
    connection.execute(schema.flows.insert(), _row(flow))
    return flow


def _next(before: FlowVersion | None) -> int:
    return 1 if before is None else before.version + 1


def _unless_deleted(flow: FlowVersion | None) -> FlowVersion | None:
    return None if flow is None or flow.is_deletion else flow
