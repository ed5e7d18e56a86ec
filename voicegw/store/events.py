"""The outbox: events in the order in which they were committed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from voicegw.errors import NotFoundError
from voicegw.model.event import Event
from voicegw.store import schema
from voicegw.store.database import Database
from voicegw.store.paging import check_limit
from voicegw.store.rows import to_struct

_COLUMNS = schema.events.c
#: Names the lock under which all nodes number events; any constant does ("vgwevent" in ASCII).
_OUTBOX_LOCK = int.from_bytes(b"vgwevent", "big")
_TAKE_OUTBOX = sa.select(sa.func.pg_advisory_xact_lock(_OUTBOX_LOCK))
_INSERT = {
    "postgresql": postgresql.insert(schema.events).on_conflict_do_nothing(index_elements=["id"]),
    "sqlite": sqlite.insert(schema.events).on_conflict_do_nothing(index_elements=["id"]),
}


@dataclass(frozen=True, slots=True)
class StoredEvent:
    """An event and its place in the outbox; positions rise in commit order, with gaps."""

    position: int
    event: Event


class EventRepository:
    """Reads and writes the outbox. Every method is one short transaction.

    All methods raise StoreUnavailableError when the store can't be used.
    """

    def __init__(self, database: Database) -> None:
        """Work on `database`, which the caller opens and closes."""
        self._database = database

    async def after(
        self,
        position: int | str | None = None,
        limit: int = 100,
        *,
        subject: str | None = None,
        group_ids: Sequence[str] | None = None,
    ) -> Sequence[StoredEvent]:
        """Return up to `limit` events that follow `position`, in commit order.

        `position` is a place in the outbox, the id of an event, or None for the beginning.
        Whoever has read up to a position misses nothing by asking for what follows it, even with
        several nodes writing. Raises NotFoundError for an unknown event id, InvalidError for a
        bad limit.
        """
        query = sa.select(schema.events).order_by(_COLUMNS.position).limit(check_limit(limit))
        if subject is not None:
            query = query.where(_COLUMNS.subject == subject)
        if group_ids is not None:
            query = query.where(_COLUMNS.group_id.in_(group_ids))
        async with self._database.read() as connection:
            if isinstance(position, str):
                position = await _position_of(connection, position)
            if position is not None:
                query = query.where(_COLUMNS.position > position)
            rows = (await connection.execute(query)).all()
        return [StoredEvent(row.position, to_struct(row, Event)) for row in rows]

    async def add(self, events: Sequence[Event]) -> None:
        """Add events that belong to no running call (alerts); those already there are left."""
        await self._database.do_write(
            lambda connection: write_events(self._database.dialect, connection, events)
        )


def write_events(dialect: str, connection: sa.Connection, events: Sequence[Event]) -> None:
    """Add `events` inside the caller's transaction; those already there (by id) are left.

    On PostgreSQL transactions commit out of the order of their row numbers. A lock held until the
    commit makes the nodes take turns, so that a reader never passes a number that appears later.
    """
    if not events:
        return
    if dialect == "postgresql":
        connection.execute(_TAKE_OUTBOX)
    connection.execute(_INSERT[dialect], [msgspec.structs.asdict(event) for event in events])


async def _position_of(connection: AsyncConnection, event_id: str) -> int:
    query = sa.select(_COLUMNS.position).where(_COLUMNS.id == event_id)
    found = (await connection.execute(query)).scalar_one_or_none()
    if found is None:
        raise NotFoundError("event", event_id)
    return int(found)


def append_numbered(dialect: str, connection: sa.Connection, unnumbered: Sequence[Event]) -> None:
    """Add events inside a transaction, numbered after the last one of their call.

    Those that are there already (by id) are passed over. For events about calls that nobody owns
    any more: what became of their recordings.
    """
    subjects = sorted({event.subject for event in unnumbered})
    known, last = _known_and_last(connection, [event.id for event in unnumbered], subjects)
    new = [event for event in unnumbered if event.id not in known]
    if not new:
        return
    numbered = []
    for event in new:
        sequence = last[event.subject] + 1
        last[event.subject] = sequence
        data = event.data | {"sequence": sequence}
        numbered.append(msgspec.structs.replace(event, sequence=sequence, data=data))
    write_events(dialect, connection, numbered)
    connection.execute(
        _RAISE_SEQUENCE,
        [
            {"call_id": subject, "last_sequence": last[subject]}
            for subject in sorted({event.subject for event in new})
        ],
    )


_EVENT_IDS: sa.BindParameter[Any] = sa.bindparam("event_ids", expanding=True)
_SUBJECTS: sa.BindParameter[Any] = sa.bindparam("subjects", expanding=True)
_KNOWN_AND_LAST = sa.union_all(
    sa.select(_COLUMNS.id.label("name"), sa.null().label("last")).where(
        _COLUMNS.id.in_(_EVENT_IDS)
    ),
    sa.select(_COLUMNS.subject, sa.func.max(_COLUMNS.sequence))
    .where(_COLUMNS.subject.in_(_SUBJECTS))
    .group_by(_COLUMNS.subject),
    sa.select(schema.calls.c.id, schema.calls.c.sequence).where(schema.calls.c.id.in_(_SUBJECTS)),
)
_RAISE_SEQUENCE = (
    schema.calls.update()
    .where(schema.calls.c.id == sa.bindparam("call_id"))
    .values(sequence=sa.bindparam("last_sequence"))
)


def _known_and_last(
    connection: sa.Connection, event_ids: Sequence[str], subjects: Sequence[str]
) -> tuple[set[str], dict[str, int]]:
    """Return which events there are, and the highest number given to one of each subject, or 0.

    One statement: this is asked for every call that ends.
    """
    known: set[str] = set()
    last = dict.fromkeys(subjects, 0)
    asked = {"event_ids": event_ids, "subjects": subjects}
    for name, number in connection.execute(_KNOWN_AND_LAST, asked):
        if number is None:
            known.add(name)
        else:
            last[name] = max(last[name], number)
    return known, last
