"""The outbox: events in the order in which they were committed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import msgspec
import sqlalchemy as sa
from msgspec.structs import asdict
from sqlalchemy.dialects import postgresql, sqlite

from voicegw.errors import InvalidError, NotFoundError
from voicegw.model.event import FROM_THE_CALL, Event, UnreadEvent
from voicegw.model.event_filter import EventFilter
from voicegw.store import schema
from voicegw.store.alerts import keep_alerts
from voicegw.store.database import Database, writer_of
from voicegw.store.rows import to_struct

MAX_EVENTS: Final = 1000
"""Most events that one reading returns."""
EVERYTHING: Final = EventFilter()

_COLUMNS = schema.events.c
#: How many values of a filter are looked for one by one.
_MOST_WAYS: Final = 32
#: Names the lock under which all nodes number events; any constant does ("vgwevent" in ASCII).
_OUTBOX_LOCK = int.from_bytes(b"vgwevent", "big")
_TAKE_OUTBOX = sa.select(sa.func.pg_advisory_xact_lock(_OUTBOX_LOCK))
_INSERT = {
    "postgresql": postgresql.insert(schema.events).on_conflict_do_nothing(index_elements=["id"]),
    "sqlite": sqlite.insert(schema.events).on_conflict_do_nothing(index_elements=["id"]),
}


_ANY_ARCHIVED = (
    sa.select(sa.literal(1)).where(schema.event_archives.c.removed_at.is_not(None)).limit(1)
)
_OLDEST = sa.select(_COLUMNS.id).order_by(_COLUMNS.position).limit(1)


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
        wanted: EventFilter = EVERYTHING,
        *,
        until: int | None = None,
    ) -> Sequence[StoredEvent]:
        """Return up to `limit` (1 to 1,000) events that follow `position`, in commit order.

        `position` is a place in the outbox, the id of an event, or None for the beginning; `until`
        is the last place that is looked at. Whoever has read up to a position misses nothing by
        asking for what follows it, even with several nodes writing. What is `wanted` may be rare:
        nothing else is read on the way to it. Raises NotFoundError for an unknown event id,
        InvalidError for a bad limit.
        """
        if not 1 <= limit <= MAX_EVENTS:
            raise InvalidError(
                "limit",
                f"must be between 1 and {MAX_EVENTS}",
                kind="out-of-range",
                min=1,
                max=MAX_EVENTS,
            )

        def read(connection: sa.Connection) -> Sequence[StoredEvent]:
            begin = _position_of(connection, position) if isinstance(position, str) else position
            rows = connection.execute(_wanted_after(begin or 0, until, limit, wanted))
            return [StoredEvent(row.position, to_struct(row, Event)) for row in rows]

        return await self._database.do_read(read)

    async def last_position(self) -> int:
        """Return the place of the newest event; 0 when there is none."""
        query = sa.select(sa.func.max(_COLUMNS.position))
        return await self._database.do_read(
            lambda connection: connection.execute(query).scalar_one() or 0
        )

    async def newest(self) -> tuple[int, str | None]:
        """Return the place and the id of the newest event; 0 and None when there is none."""
        query = sa.select(_COLUMNS.position, _COLUMNS.id)
        query = query.order_by(_COLUMNS.position.desc()).limit(1)

        def read(connection: sa.Connection) -> tuple[int, str | None]:
            row = connection.execute(query).one_or_none()
            return (0, None) if row is None else (int(row.position), str(row.id))

        return await self._database.do_read(read)

    async def position_of(self, event_id: str) -> int:
        """Return the place of an event. Raises NotFoundError when it isn't (or no more) here."""
        return await self._database.do_read(lambda connection: _position_of(connection, event_id))

    async def oldest_at_hand(self) -> str | None:
        """Return the id of the oldest event, if older ones have been archived; else None.

        Empty where all have been.
        """

        def read(connection: sa.Connection) -> str | None:
            if connection.execute(_ANY_ARCHIVED).first() is None:
                return None
            return connection.execute(_OLDEST).scalar_one_or_none() or ""

        return await self._database.do_read(read)

    async def add(self, events: Sequence[Event]) -> None:
        """Add events that belong to no running call (alerts); those already there are left."""
        await self._database.do_write(
            lambda connection: write_events(self._database.dialect, connection, events)
        )


def write_events(
    dialect: str, connection: sa.Connection, events: Sequence[Event | UnreadEvent]
) -> None:
    """Add `events` inside the caller's transaction; those already there (by id) are left.

    On PostgreSQL transactions commit out of the order of their row numbers. A lock held until the
    commit makes the nodes take turns, so that a reader never passes a number that appears later.
    """
    if not events:
        return
    if dialect == "postgresql":
        connection.execute(_TAKE_OUTBOX)
    node = writer_of(connection)
    connection.execute(
        _INSERT[dialect], [asdict(event) | {"node": event.node or node} for event in events]
    )
    keep_alerts(connection, events)


def _position_of(connection: sa.Connection, event_id: str) -> int:
    query = sa.select(_COLUMNS.position).where(_COLUMNS.id == event_id)
    found = connection.execute(query).scalar_one_or_none()
    if found is None:
        raise NotFoundError("event", event_id)
    return int(found)


def _wanted_after(
    position: int, until: int | None, limit: int, wanted: EventFilter
) -> sa.Select[Any]:
    """Return the query for the first `limit` wanted events after `position`.

    A filter of few values is followed along its index, value by value, each at most `limit`
    entries far: neither database does that by itself for a list of values in the order of
    positions. A filter of many values lets enough pass to be applied on the way.
    """
    bounds = [_COLUMNS.position > position]
    if until is not None:
        bounds.append(_COLUMNS.position <= until)
    ways, others = _ways(wanted)
    query = sa.select(schema.events).order_by(_COLUMNS.position).limit(limit)
    if len(ways) <= 1:
        return query.where(*bounds, *ways, *others)
    found = sa.union_all(
        *[
            sa.select(
                sa.select(_COLUMNS.position)
                .where(way, *bounds, *others)
                .order_by(_COLUMNS.position)
                .limit(limit)
                .subquery()
            )
            for way in ways
        ]
    ).subquery()
    return query.where(_COLUMNS.position.in_(sa.select(found.c.position)))


def _ways(
    wanted: EventFilter,
) -> tuple[list[sa.ColumnElement[bool]], list[sa.ColumnElement[bool]]]:
    """Return the conditions to follow along an index, one after the other, and all others."""
    filters: list[tuple[sa.ColumnElement[Any], Sequence[str] | None]] = [
        (_COLUMNS.subject, None if wanted.subject is None else [wanted.subject]),
        (_COLUMNS.manager_id, None if wanted.manager_id is None else [wanted.manager_id]),
        (_COLUMNS.group_id, None if wanted.group_ids is None else sorted(wanted.group_ids)),
        (_COLUMNS.type, None if wanted.types is None else sorted(wanted.types)),
    ]
    ways: list[sa.ColumnElement[bool]] = []
    others: list[sa.ColumnElement[bool]] = []
    for column, values in filters:
        if values is None:
            continue
        if not ways and len(values) <= _MOST_WAYS:
            ways = [column == value for value in values] or [sa.false()]
        else:
            # Not by an index of its own: those passed over are few, or looked at anyway.
            others.append(sa.func.coalesce(column, "").in_(values))
    return ways, others


def append_numbered(dialect: str, connection: sa.Connection, unnumbered: Sequence[Event]) -> None:
    """Add events inside a transaction, numbered after the last one of their call.

    Those that are there already (by id) are passed over. For events about calls that nobody owns
    any more: what became of their recordings. What their makers could not know of the call, and
    left None in `data` (FROM_THE_CALL), is filled in as well.
    """
    subjects = sorted({event.subject for event in unnumbered})
    known, last, calls = _known_and_last(connection, [one.id for one in unnumbered], subjects)
    new = [event for event in unnumbered if event.id not in known]
    if not new:
        return
    numbered = []
    for event in new:
        sequence = last[event.subject] + 1
        last[event.subject] = sequence
        of_call = calls.get(event.subject, {})
        left = {name: of_call[name] for name in of_call if event.data.get(name, "") is None}
        data = event.data | left | {"sequence": sequence}
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
_CALLS = schema.calls.c
_NOTHING = sa.cast(sa.null(), sa.Text)
_KNOWN_AND_LAST = sa.union_all(
    sa.select(
        _COLUMNS.id.label("name"),
        sa.cast(sa.null(), sa.Integer).label("last"),
        *[_NOTHING.label(name) for name in FROM_THE_CALL],
    ).where(_COLUMNS.id.in_(_EVENT_IDS)),
    sa.select(_COLUMNS.subject, sa.func.max(_COLUMNS.sequence), *[_NOTHING] * len(FROM_THE_CALL))
    .where(_COLUMNS.subject.in_(_SUBJECTS))
    .group_by(_COLUMNS.subject),
    sa.select(
        _CALLS.id,
        _CALLS.sequence,
        *[_CALLS.document[name].as_string() for name in FROM_THE_CALL],
    ).where(_CALLS.id.in_(_SUBJECTS)),
)
_RAISE_SEQUENCE = (
    schema.calls.update()
    .where(_CALLS.id == sa.bindparam("call_id"))
    .values(sequence=sa.bindparam("last_sequence"))
)


def _known_and_last(
    connection: sa.Connection, event_ids: Sequence[str], subjects: Sequence[str]
) -> tuple[set[str], dict[str, int], dict[str, dict[str, str]]]:
    """Return which events there are, the highest number given to one of each subject, or 0, and
    what of FROM_THE_CALL those subjects have that are calls.

    One statement: this is asked for every call that ends.
    """
    known: set[str] = set()
    last = dict.fromkeys(subjects, 0)
    calls: dict[str, dict[str, str]] = {}
    asked = {"event_ids": event_ids, "subjects": subjects}
    for name, number, *of_call in connection.execute(_KNOWN_AND_LAST, asked):
        if number is None:
            known.add(name)
            continue
        last[name] = max(last[name], number)
        told = zip(FROM_THE_CALL, of_call, strict=True)
        calls.setdefault(name, {}).update({key: one for key, one in told if one is not None})
    return known, last, calls
