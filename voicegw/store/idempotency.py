"""Idempotency keys: the first request with a key acts, its repetitions get the same answer."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

import sqlalchemy as sa

from voicegw.store import schema
from voicegw.store.database import Database

KEPT_FOR = timedelta(hours=24)

_COLUMNS = schema.idempotency_keys.c


class _State(StrEnum):
    IN_FLIGHT = "in_flight"
    DONE = "done"


@dataclass(frozen=True, slots=True)
class StoredResponse:
    """The answer that repetitions of a request get."""

    status: int
    body: bytes
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Begun:
    """The key is new: carry out the request, then `complete` or `release`."""


@dataclass(frozen=True, slots=True)
class Replay:
    """The request was carried out before; give this answer again."""

    response: StoredResponse


@dataclass(frozen=True, slots=True)
class Mismatch:
    """The key was used for another request."""


@dataclass(frozen=True, slots=True)
class InFlight:
    """The same request is being carried out at this moment."""


BeginResult = Begun | Replay | Mismatch | InFlight


class IdempotencyRepository:
    """Keeps keys and answers, per principal. Every method is one short transaction.

    All methods raise StoreUnavailableError when the store can't be used.
    """

    def __init__(self, database: Database, node: str) -> None:
        """Work on `database`; `node` is who carries out the requests begun here."""
        self._database = database
        self._node = node

    async def begin(
        self, principal: str, key: str, request_hash: str, now: datetime
    ) -> BeginResult:
        """Claim `key` for a request; of many at once, across nodes, exactly one gets Begun.

        A key older than KEPT_FOR counts as new.
        """
        mine = {
            "principal": principal,
            "key": key,
            "request_hash": request_hash,
            "state": _State.IN_FLIGHT,
            "node": self._node,
            "status": None,
            "headers": None,
            "body": None,
            "created_at": now,
        }
        insert = self._database.insert(schema.idempotency_keys).values(mine)
        fresh = {name: insert.excluded[name] for name in mine if name not in ("principal", "key")}
        claim = insert.on_conflict_do_update(
            index_elements=["principal", "key"],
            set_=fresh,
            where=_COLUMNS.created_at < now - KEPT_FOR,
        ).returning(_COLUMNS.key)
        async with self._database.write() as connection:
            if (await connection.execute(claim)).one_or_none() is not None:
                return Begun()
            row = (
                await connection.execute(
                    sa.select(schema.idempotency_keys).where(
                        _COLUMNS.principal == principal, _COLUMNS.key == key
                    )
                )
            ).one_or_none()
        if row is None:
            # Released between the two statements by whoever held it: its sender may try again.
            return InFlight()
        if row.request_hash != request_hash:
            return Mismatch()
        if row.state == _State.IN_FLIGHT:
            return InFlight()
        return Replay(StoredResponse(row.status, row.body, row.headers))

    async def complete(self, principal: str, key: str, response: StoredResponse) -> None:
        """Keep the answer to a request that was Begun."""
        async with self._database.write() as connection:
            await connection.execute(
                schema.idempotency_keys.update()
                .where(_COLUMNS.principal == principal, _COLUMNS.key == key)
                .values(
                    state=_State.DONE,
                    status=response.status,
                    headers=response.headers,
                    body=response.body,
                )
            )

    async def release(self, principal: str, key: str) -> None:
        """Forget a key whose request was refused or failed, so that it can be used again."""
        async with self._database.write() as connection:
            await connection.execute(
                schema.idempotency_keys.delete().where(
                    _COLUMNS.principal == principal,
                    _COLUMNS.key == key,
                    _COLUMNS.state == _State.IN_FLIGHT,
                )
            )

    async def release_abandoned(self) -> int:
        """Forget what this node had in flight when it died; call it once, at the start.

        Returns how many keys there were. Nothing is redialled for them: the calls they began are
        closed as interrupted, and the client may ask again.
        """
        async with self._database.write() as connection:
            result = await connection.execute(
                schema.idempotency_keys.delete().where(
                    _COLUMNS.node == self._node, _COLUMNS.state == _State.IN_FLIGHT
                )
            )
        return int(result.rowcount)

    async def purge(self, now: datetime) -> int:
        """Delete keys older than KEPT_FOR; returns how many."""
        async with self._database.write() as connection:
            result = await connection.execute(
                schema.idempotency_keys.delete().where(_COLUMNS.created_at < now - KEPT_FOR)
            )
        return int(result.rowcount)
