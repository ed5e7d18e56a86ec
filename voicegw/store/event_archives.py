"""Which old events were moved to which file, and taking them out of the outbox."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from voicegw.model.audit import AuditEntry
from voicegw.model.webhook import DeliveryState
from voicegw.store import schema
from voicegw.store.audit import add_entries
from voicegw.store.database import Database
from voicegw.store.schema import UtcTime

_EVENTS = schema.events.c
_ARCHIVES = schema.event_archives.c
_OUTLETS = schema.outlets.c

_WEBHOOKS = schema.webhooks.c
_DELIVERIES = schema.webhook_deliveries.c
#: How far each outlet has come. A delivery that waits reads its event when its time has come.
_PLACES = sa.union_all(
    sa.select(_OUTLETS.name, _OUTLETS.position).where(
        _OUTLETS.position.is_not(None), _OUTLETS.lease_until > sa.bindparam("since", type_=UtcTime)
    ),
    sa.select(sa.literal("webhooks"), sa.func.min(_WEBHOOKS.position)).where(
        _WEBHOOKS.enabled.is_(True), _WEBHOOKS.deleted_at.is_(None)
    ),
    sa.select(sa.literal("webhooks"), sa.func.min(_EVENTS.position) - 1)
    .select_from(schema.webhook_deliveries.join(schema.events, _EVENTS.id == _DELIVERIES.event_id))
    .where(_DELIVERIES.state == DeliveryState.PENDING),
)

FORGOTTEN_AFTER = timedelta(days=7)
"""An outlet that no node has served for so long holds nothing back any more."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """Events that go into one file: from `first` to `last`, both places in the outbox."""

    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Oldest:
    """The oldest event at hand: its place and time."""

    position: int
    time: datetime


@dataclass(frozen=True, slots=True)
class Floor:
    """How far the outlet that has come least far has come; all beyond is not yet delivered."""

    outlet: str
    position: int


class EventArchiveRepository:
    """Claims, seals and removes stretches of the outbox. Every method is one short transaction.

    All methods raise StoreUnavailableError when the store can't be used.
    """

    def __init__(self, database: Database) -> None:
        """Work on `database`, which the caller opens and closes."""
        self._database = database

    async def oldest(self) -> Oldest | None:
        """Return the oldest event at hand; None when there is none."""
        query = sa.select(_EVENTS.position, _EVENTS.time).order_by(_EVENTS.position).limit(1)
        row = await self._database.do_read(lambda connection: connection.execute(query).first())
        return None if row is None else Oldest(row.position, row.time)

    async def stretch(self, oldest: Oldest, until: datetime) -> Stretch | None:
        """Return the events from `oldest` up to the first one that is not older than `until`.

        The newest event of all stays. None when nothing is left then.
        """
        later = (
            sa.select(_EVENTS.position)
            .where(_EVENTS.position >= oldest.position, _EVENTS.time >= until)
            .order_by(_EVENTS.position)
            .limit(1)
        )
        newest = sa.select(sa.func.max(_EVENTS.position))

        def read(connection: sa.Connection) -> int | None:
            end = connection.execute(later).scalar_one_or_none()
            if end is None:
                end = connection.execute(newest).scalar_one()
            before = sa.select(sa.func.max(_EVENTS.position)).where(_EVENTS.position < end)
            found: int | None = connection.execute(before).scalar_one()
            return found

        last = await self._database.do_read(read)
        return None if last is None else Stretch(oldest.position, last)

    async def floor(self, now: datetime) -> Floor | None:
        """Return the outlet that has come least far; None when none holds anything back.

        An outlet that nobody has served for a week is a part of the configuration that is gone.
        """
        since = now - FORGOTTEN_AFTER

        rows: Sequence[Any] = await self._database.do_read(
            lambda connection: connection.execute(_PLACES, {"since": since}).all()
        )
        places = [Floor(row[0], row[1]) for row in rows if row[1] is not None]
        return min(places, key=lambda floor: floor.position, default=None)

    async def claim(
        self, first: int, node: str, file: str, now: datetime, lease: timedelta
    ) -> bool:
        """Take on the stretch that begins at `first`; False while another node has it, or had.

        A claim that has run out without a seal may be taken over.
        """
        row = {"node": node, "file": file, "claimed_until": now + lease}
        insert = self._database.insert(schema.event_archives).values(first_position=first, **row)
        claim = insert.on_conflict_do_update(
            index_elements=["first_position"],
            set_=row,
            where=sa.and_(
                _ARCHIVES.sealed_at.is_(None),
                sa.or_(_ARCHIVES.node == node, _ARCHIVES.claimed_until <= now),
            ),
        ).returning(_ARCHIVES.node)
        return await self._database.do_write(
            lambda connection: connection.execute(claim).first() is not None
        )

    async def seal(
        self, stretch: Stretch, node: str, *, events: int, sha256: str, entry: AuditEntry
    ) -> bool:
        """Note that the file is whole, in the audit log too; False when the claim was lost."""

        def write(connection: sa.Connection) -> bool:
            sealed = connection.execute(
                schema.event_archives.update()
                .where(
                    _ARCHIVES.first_position == stretch.first,
                    _ARCHIVES.node == node,
                    _ARCHIVES.sealed_at.is_(None),
                )
                .values(
                    last_position=stretch.last, events=events, sha256=sha256, sealed_at=entry.at
                )
            )
            if sealed.rowcount:
                add_entries(connection, [entry])
            return sealed.rowcount > 0

        return await self._database.do_write(write)

    async def sealed(self) -> Sequence[Stretch]:
        """Return the stretches whose files are whole and whose events are still in the outbox."""
        query = (
            sa.select(_ARCHIVES.first_position, _ARCHIVES.last_position)
            .where(_ARCHIVES.sealed_at.is_not(None), _ARCHIVES.removed_at.is_(None))
            .order_by(_ARCHIVES.first_position)
        )
        rows = await self._database.do_read(lambda connection: connection.execute(query).all())
        return [Stretch(first, last) for first, last in rows]

    async def remove_some(self, stretch: Stretch, limit: int, at: datetime) -> int:
        """Take up to `limit` events of a sealed stretch out of the outbox; return how many.

        With the last of them the stretch is noted as removed.
        """
        some = (
            sa.select(_EVENTS.position)
            .where(_EVENTS.position >= stretch.first, _EVENTS.position <= stretch.last)
            .order_by(_EVENTS.position)
            .limit(limit)
        )

        def write(connection: sa.Connection) -> int:
            removed = connection.execute(
                schema.events.delete().where(_EVENTS.position.in_(some))
            ).rowcount
            if removed < limit:
                connection.execute(
                    schema.event_archives.update()
                    .where(_ARCHIVES.first_position == stretch.first)
                    .values(removed_at=at)
                )
            return removed

        return await self._database.do_write(write)
