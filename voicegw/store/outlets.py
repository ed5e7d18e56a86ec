"""Who serves an outlet of events, and how far it has come."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from voicegw.store import schema
from voicegw.store.database import Database

_COLUMNS = schema.outlets.c


@dataclass(frozen=True, slots=True)
class Claim:
    """Which process means to serve which outlet."""

    outlet: str
    holder: str


class OutletRepository:
    """Leases and places of outlets. Every method is one short transaction.

    All methods raise StoreUnavailableError when the store can't be used.
    """

    def __init__(self, database: Database) -> None:
        """Work on `database`, which the caller opens and closes."""
        self._database = database

    async def lease(self, name: str, holder: str, now: datetime, lease_s: float) -> bool:
        """Take or keep the outlet `name` for `lease_s` seconds; return whether it is `holder`'s.

        It can be taken when nobody has it, or when the lease of whoever had it has run out. A
        holder is `node/process`: from another process of its own node, which is gone or going, it
        is taken at once.
        """
        own_node = holder.rpartition("/")[0] + "/"

        def take(connection: sa.Connection) -> bool:
            connection.execute(
                self._database.insert(schema.outlets).on_conflict_do_nothing(
                    index_elements=["name"]
                ),
                {"name": name},
            )
            taken = connection.execute(
                schema.outlets.update()
                .where(
                    _COLUMNS.name == name,
                    sa.or_(
                        _COLUMNS.leased_by.is_(None),
                        _COLUMNS.leased_by == holder,
                        _COLUMNS.leased_by.startswith(own_node, autoescape=True),
                        _COLUMNS.lease_until <= now,
                    ),
                )
                .values(leased_by=holder, lease_until=now + timedelta(seconds=lease_s))
            )
            return taken.rowcount > 0

        return await self._database.do_write(take)

    async def release(self, name: str, holder: str) -> None:
        """Give the outlet back, so that another one need not wait; nothing when it isn't ours.

        Until when it was leased stays: it tells when somebody served the outlet last.
        """
        await self._database.do_write(
            lambda connection: connection.execute(
                schema.outlets.update()
                .where(_COLUMNS.name == name, _COLUMNS.leased_by == holder)
                .values(leased_by=None)
            )
        )

    async def begin(self, name: str, position: int) -> None:
        """Have the outlet begin after `position`, unless it has begun before."""

        def note(connection: sa.Connection) -> None:
            insert = self._database.insert(schema.outlets).values(name=name, position=position)
            connection.execute(
                insert.on_conflict_do_update(
                    index_elements=["name"],
                    set_={"position": insert.excluded.position},
                    where=_COLUMNS.position.is_(None),
                )
            )

        await self._database.do_write(note)

    async def position(self, name: str) -> int | None:
        """Return how far the outlet has come; None when it has not begun."""
        query = sa.select(_COLUMNS.position).where(_COLUMNS.name == name)
        return await self._database.do_read(
            lambda connection: connection.execute(query).scalar_one_or_none()
        )

    async def positions(self) -> dict[str, int]:
        """Return how far each outlet has come that has begun."""
        query = sa.select(_COLUMNS.name, _COLUMNS.position).where(_COLUMNS.position.is_not(None))
        return await self._database.do_read(
            lambda connection: {row.name: row.position for row in connection.execute(query)}
        )

    async def move(self, name: str, holder: str, position: int) -> bool:
        """Note that all up to `position` has left; False when the outlet is no longer ours."""

        def note(connection: sa.Connection) -> bool:
            if not holds(connection, Claim(name, holder)):
                return False
            connection.execute(
                schema.outlets.update().where(_COLUMNS.name == name).values(position=position)
            )
            return True

        return await self._database.do_write(note)


def holds(connection: sa.Connection, claim: Claim) -> bool:
    """Return, inside a transaction, whether the claim is good; it stays so until the end of it.

    A lease that has run out still counts, as long as nobody else has taken it.
    """
    query = sa.select(_COLUMNS.leased_by).where(_COLUMNS.name == claim.outlet).with_for_update()
    return connection.execute(query).scalar_one_or_none() == claim.holder
