"""Chains of seals in the store.

A chain grows only with its row in `seal_chains` locked, so that two processes can't fork it: the
number and the hash that a new seal names are those that are there when it is committed. What a
seal says is made outside (`recordings.integrity.chain`) by the functions that are passed in; they
may run in another thread and touch nothing else.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any, TypeVar

import msgspec
import sqlalchemy as sa

from voicegw.model.event import Event
from voicegw.model.recording import Recording
from voicegw.model.seal import ChainHead, Seal, SealHead, SealKey, SealKind
from voicegw.model.work import WorkKind, WorkState, work_id
from voicegw.store import schema
from voicegw.store.database import Database
from voicegw.store.events import write_events
from voicegw.store.paging import DEFAULT_LIMIT, Page, check_limit, decode_cursor, encode_cursor
from voicegw.store.rows import to_struct
from voicegw.store.work import put_work, work_row

T = TypeVar("T")

_SEALS = schema.seals.c
_CHAINS = schema.seal_chains.c
_HEADS = schema.seal_heads.c
_WORK = schema.work.c

NextSeal = Callable[[Recording, Sequence[Seal], ChainHead], Seal | None]
"""Makes the seal that a recording needs after a head, given its seals so far; None: it needs none.
"""


class SealRepository:
    """Appends to and reads chains. Every method is one short transaction.

    All methods raise StoreUnavailableError when the store can't be used.
    """

    def __init__(self, database: Database) -> None:
        """Work on `database`, which the caller opens and closes."""
        self._database = database

    async def seal_waiting(self, node: str, limit: int, next_seal: NextSeal) -> tuple[int, int]:
        """Append the seals that recordings of `node` wait for, oldest first, at most `limit`.

        Returns how many recordings were looked at (fewer than `limit`: no more wait), and how many
        seals were appended.
        """
        waiting = _waiting(node, limit)
        if not await self._database.do_read(
            lambda connection: connection.execute(waiting.limit(1)).first()
        ):
            return 0, 0

        def seal(connection: sa.Connection) -> tuple[int, int]:
            head = lock_head(self._database, connection, node)
            ids = connection.execute(waiting).scalars().all()
            recordings = _locked_recordings(connection, ids)
            earlier = seals_of(connection, ids)
            made: list[Seal] = []
            for recording_id in ids:
                recording = recordings.get(recording_id)
                if recording is None:
                    continue
                one = next_seal(recording, earlier.get(recording_id, []), head)
                if one is not None:
                    made.append(one)
                    head = ChainHead(node, one.number, one.hash)
            append(connection, made)
            done = [work_id(WorkKind.SEAL, recording_id) for recording_id in ids]
            connection.execute(schema.work.delete().where(_WORK.id.in_(done)))
            return len(ids), len(made)

        return await self._database.do_write(seal)

    async def waiting(self, node: str) -> int:
        """Return how many recordings of `node` wait for their seal."""
        query = sa.select(sa.func.count()).where(
            _WORK.kind == WorkKind.SEAL, _WORK.state == WorkState.WAITING, _WORK.node == node
        )
        return int(await self._database.do_read(lambda one: one.execute(query).scalar_one()))

    async def head(self, node: str) -> ChainHead:
        """Return where the chain of `node` ends."""
        query = sa.select(schema.seal_chains).where(_CHAINS.node == node)
        row = await self._database.do_read(lambda one: one.execute(query).one_or_none())
        return ChainHead(node) if row is None else to_struct(row, ChainHead)

    async def chains(self) -> Sequence[ChainHead]:
        """Return where each chain ends, by node."""
        query = sa.select(schema.seal_chains).order_by(_CHAINS.node)
        rows = await self._database.do_read(lambda one: one.execute(query).all())
        return [to_struct(row, ChainHead) for row in rows]

    async def nodes(self) -> Sequence[str]:
        """Return the nodes of which there are seals, heads or recordings."""
        columns = (_SEALS.node, _CHAINS.node, _HEADS.node, schema.recordings.c.node)
        query = sa.union(*(sa.select(column) for column in columns))
        return sorted(await self._database.do_read(lambda one: one.execute(query).scalars().all()))

    async def page(self, node: str, after: int, limit: int) -> Sequence[Seal]:
        """Return up to `limit` seals of `node` that follow number `after`, in order."""
        query = (
            sa.select(schema.seals)
            .where(_SEALS.node == node, _SEALS.number > after)
            .order_by(_SEALS.number)
            .limit(limit)
        )
        return _structs(await self._database.do_read(lambda one: one.execute(query).all()))

    async def of_recordings(self, recording_ids: Sequence[str]) -> dict[str, list[Seal]]:
        """Return the seals of these recordings, in order, by recording."""
        return await self._database.do_read(lambda one: seals_of(one, recording_ids))

    async def without_recording(self, limit: int) -> Sequence[Seal]:
        """Return first seals and stubs whose recording's row is not there."""
        known = sa.select(schema.recordings.c.id).where(
            schema.recordings.c.id == _SEALS.recording_id
        )
        query = (
            sa.select(schema.seals)
            .where(_SEALS.kind != SealKind.COPY, ~known.exists())
            .order_by(_SEALS.node, _SEALS.number)
            .limit(limit)
        )
        return _structs(await self._database.do_read(lambda one: one.execute(query).all()))

    async def waiting_for_seal(self, recording_ids: Sequence[str]) -> frozenset[str]:
        """Return which of these recordings wait for a seal that their node is going to make."""
        names = [work_id(WorkKind.SEAL, one) for one in recording_ids]
        recordings = schema.recordings.c
        query = sa.select(_WORK.subject).where(
            _WORK.id.in_(names),
            _WORK.state == WorkState.WAITING,
            sa.exists().where(recordings.id == _WORK.subject, recordings.node == _WORK.node),
        )
        return frozenset(await self._database.do_read(lambda one: one.execute(query).scalars()))

    async def add_head(self, head: SealHead, event: Event) -> None:
        """Keep a signed head and tell of it; one of the same number is replaced."""

        def add(connection: sa.Connection) -> None:
            insert = self._database.insert(schema.seal_heads)
            changes = {name: insert.excluded[name] for name in ("signed_at", "document")}
            statement = insert.on_conflict_do_update(
                index_elements=["node", "number"], set_=changes
            )
            connection.execute(statement, msgspec.structs.asdict(head))
            write_events(self._database.dialect, connection, [event])

        await self._database.do_write(add)

    async def heads(self, node: str | None = None, *, after: int = 0) -> Sequence[SealHead]:
        """Return all signed heads past seal `after`, by node and number; of one node or of all."""
        query = sa.select(schema.seal_heads).where(_HEADS.number > after)
        if node is not None:
            query = query.where(_HEADS.node == node)
        query = query.order_by(_HEADS.node, _HEADS.number)
        rows = await self._database.do_read(lambda one: one.execute(query).all())
        return [_readable(row, SealHead) for row in rows]

    async def list_heads(
        self,
        *,
        node: str | None = None,
        from_: datetime | None = None,
        until: datetime | None = None,
        limit: int = DEFAULT_LIMIT,
        cursor: str | None = None,
    ) -> Page[SealHead]:
        """Return a page of signed heads, by node and number; what is None does not filter.

        `from_` (inclusive) and `until` (exclusive) are about when they were signed. Raises
        InvalidError for a bad `limit` or `cursor`.
        """
        query = (
            sa.select(schema.seal_heads)
            .order_by(_HEADS.node, _HEADS.number)
            .limit(check_limit(limit) + 1)
        )
        if node is not None:
            query = query.where(_HEADS.node == node)
        if from_ is not None:
            query = query.where(_HEADS.signed_at >= from_)
        if until is not None:
            query = query.where(_HEADS.signed_at < until)
        if cursor is not None:
            last = decode_cursor(cursor, tuple[str, int])
            query = query.where(sa.tuple_(_HEADS.node, _HEADS.number) > sa.tuple_(*last))
        rows = await self._database.do_read(lambda one: one.execute(query).all())
        items = [_readable(row, SealHead) for row in rows[:limit]]
        more = len(rows) > limit
        return Page(items, encode_cursor(items[-1].node, items[-1].number) if more else None)

    async def last_head(self, node: str) -> SealHead | None:
        """Return the last signed head of `node`."""
        query = (
            sa.select(schema.seal_heads)
            .where(_HEADS.node == node)
            .order_by(_HEADS.number.desc())
            .limit(1)
        )
        row = await self._database.do_read(lambda one: one.execute(query).one_or_none())
        return None if row is None else _readable(row, SealHead)

    async def add_key(self, key: SealKey) -> None:
        """Keep a public key; one that is there stays as it is."""
        insert = self._database.insert(schema.seal_keys)
        statement = insert.on_conflict_do_nothing(index_elements=["key_id"])
        row = msgspec.structs.asdict(key)
        await self._database.do_write(lambda connection: connection.execute(statement, row))

    async def keys(self) -> Sequence[SealKey]:
        """Return all public keys, oldest first."""
        columns = schema.seal_keys.c
        query = sa.select(schema.seal_keys).order_by(columns.created_at, columns.key_id)
        rows = await self._database.do_read(lambda one: one.execute(query).all())
        return [_readable(row, SealKey) for row in rows]


def lock_head(database: Database, connection: sa.Connection, node: str) -> ChainHead:
    """Return where the chain of `node` ends; nobody else appends before the transaction's end.

    Take this lock before the one of a recording's row: whoever needs both does it in this order.
    """
    first = database.insert(schema.seal_chains).on_conflict_do_nothing(index_elements=["node"])
    connection.execute(first, msgspec.structs.asdict(ChainHead(node)))
    query = sa.select(schema.seal_chains).where(_CHAINS.node == node).with_for_update()
    return to_struct(connection.execute(query).one(), ChainHead)


def append(connection: sa.Connection, seals: Sequence[Seal]) -> None:
    """Append `seals` of one node, in order, inside the transaction that holds the chain's lock."""
    if not seals:
        return
    connection.execute(schema.seals.insert(), [msgspec.structs.asdict(seal) for seal in seals])
    last = seals[-1]
    connection.execute(
        schema.seal_chains.update()
        .where(_CHAINS.node == last.node)
        .values(number=last.number, hash=last.hash)
    )


def seals_of(connection: sa.Connection, recording_ids: Sequence[str]) -> dict[str, list[Seal]]:
    """Return the seals of these recordings by recording: a node's own in their order."""
    query = (
        sa.select(schema.seals)
        .where(_SEALS.recording_id.in_(recording_ids))
        .order_by(_SEALS.node, _SEALS.number)
    )
    found: dict[str, list[Seal]] = {}
    for seal in _structs(connection.execute(query)):
        found.setdefault(seal.recording_id, []).append(seal)
    return found


def put_seal_work(
    database: Database, connection: sa.Connection, recording: Recording, now: datetime
) -> None:
    """Have what has become of `recording` sealed: call it after its row was changed.

    Whoever adds or replaces a file of a recording calls this in the same transaction.
    """
    row = work_row(WorkKind.SEAL, recording.id, now, node=recording.node)
    put_work(database, connection, [row])


def _waiting(node: str, limit: int) -> sa.Select[str]:
    return (
        sa.select(_WORK.subject)
        .where(_WORK.kind == WorkKind.SEAL, _WORK.state == WorkState.WAITING, _WORK.node == node)
        .order_by(_WORK.created_at, _WORK.id)
        .limit(limit)
    )


def _locked_recordings(
    connection: sa.Connection, recording_ids: Sequence[str]
) -> dict[str, Recording]:
    columns = schema.recordings.c
    query = (
        sa.select(columns.document)
        .where(columns.id.in_(recording_ids))
        .order_by(columns.id)  # two who lock several do it in the same order
        .with_for_update()
    )
    found: dict[str, Recording] = {}
    for document in connection.execute(query).scalars():
        # One that can't be read must not keep the others from being sealed; verification names it.
        with suppress(msgspec.ValidationError):
            recording = msgspec.convert(document, Recording)
            found[recording.id] = recording
    return found


def _structs(rows: Iterable[sa.Row[Any]]) -> list[Seal]:
    return [_readable(row, Seal, kind=SealKind.COPY) for row in rows]


def _readable(row: sa.Row[Any], shape: type[T], **instead: Any) -> T:
    """Return `row` as a `shape`: with an empty document, and `instead`, where it is no such thing.

    Whoever has written that into the database must not keep all others from being verified; what
    is empty is not what was sealed or signed.
    """
    try:
        return to_struct(row, shape)
    except msgspec.ValidationError:
        return to_struct(row, shape, document={}, **instead)
