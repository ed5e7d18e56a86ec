"""Deliveries of webhooks in the store: which event goes to which webhook, and what became of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import msgspec
import sqlalchemy as sa

from voicegw.errors import NotFoundError
from voicegw.model.audit import AuditEntry
from voicegw.model.event import Event
from voicegw.model.webhook import (
    DeliveryError,
    DeliveryState,
    EventHead,
    NewDelivery,
    Replay,
    WebhookDelivery,
)
from voicegw.store import schema
from voicegw.store.audit import add_entries
from voicegw.store.database import Database
from voicegw.store.outlets import Claim, holds
from voicegw.store.paging import DEFAULT_LIMIT, Page, check_limit, decode_cursor, encode_cursor
from voicegw.store.rows import to_struct

_TABLE = schema.webhook_deliveries
_COLUMNS = _TABLE.c
_EVENTS = schema.events.c
_WEBHOOKS = schema.webhooks.c
_SHOWN: Final = [column for column in _COLUMNS if column.name != "document"]
#: Written out, so that the partial indexes are seen to fit.
_IS_PENDING: Final = _COLUMNS.state == sa.literal_column(f"'{DeliveryState.PENDING}'")
_IS_FAILED: Final = _COLUMNS.state == sa.literal_column(f"'{DeliveryState.FAILED}'")
#: How much of the outbox one step of a replay looks at.
_REPLAY_STRETCH: Final = 5000
_HEAD: Final = (_EVENTS.position, _EVENTS.id, _EVENTS.type, _EVENTS.group_id, _EVENTS.time)


@dataclass(frozen=True, slots=True)
class DueDelivery:
    """A delivery that is to be sent now; `event` None: it is no longer in the store."""

    number: int
    event_id: str
    attempts: int
    begun_at: datetime
    event: Event | None


class Attempt(msgspec.Struct, frozen=True):
    """What became of one attempt, and so of the delivery. Its names are those of the columns."""

    number: int
    begun_at: datetime
    state: DeliveryState
    attempts: int
    attempted_at: datetime
    next_attempt_at: datetime | None = None
    status_code: int | None = None
    error: DeliveryError | None = None
    duration_ms: int | None = None
    finished_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class WebhookNews:
    """What attempts have told of a webhook itself, which had `version` when they were made.

    `gave_up_at`: a delivery was given up, and none has succeeded since; `gone_at`: it is to be
    switched off.
    """

    webhook_id: str
    version: int
    delivered_at: datetime | None = None
    gave_up_at: datetime | None = None
    gone_at: datetime | None = None


class DeliveryFilter(msgspec.Struct, frozen=True):
    """Which deliveries of a webhook a list shall hold; None does not filter.

    `from_` (inclusive) and `until` (exclusive) bound when a delivery was noted.
    """

    webhook_id: str
    state: DeliveryState | None = None
    event_id: str | None = None
    event_type: str | None = None
    from_: datetime | None = None
    until: datetime | None = None

    def conditions(self) -> list[sa.ColumnElement[bool]]:
        """Return the filter as SQL conditions on the table of deliveries."""
        wanted: list[sa.ColumnElement[bool]] = [_COLUMNS.webhook_id == self.webhook_id]
        if self.state is DeliveryState.PENDING:
            wanted.append(_IS_PENDING)
        elif self.state is DeliveryState.FAILED:
            wanted.append(_IS_FAILED)
        elif self.state is not None:
            wanted.append(_COLUMNS.state == self.state)
        if self.event_id is not None:
            wanted.append(_COLUMNS.event_id == self.event_id)
        if self.event_type is not None:
            wanted.append(_COLUMNS.event_type == self.event_type)
        if self.from_ is not None:
            wanted.append(_COLUMNS.created_at >= self.from_)
        if self.until is not None:
            wanted.append(_COLUMNS.created_at < self.until)
        return wanted


class WebhookDeliveryRepository:
    """Reads and writes deliveries. Every method is one short transaction.

    All methods raise StoreUnavailableError when the store can't be used.
    """

    def __init__(self, database: Database) -> None:
        """Work on `database`, which the caller opens and closes."""
        self._database = database

    async def list(
        self, wanted: DeliveryFilter, *, limit: int = DEFAULT_LIMIT, cursor: str | None = None
    ) -> Page[WebhookDelivery]:
        """Return a page of deliveries, newest first; raises InvalidError for a bad cursor."""
        query = sa.select(*_SHOWN).where(*wanted.conditions()).order_by(_COLUMNS.number.desc())
        if cursor is not None:
            (before,) = decode_cursor(cursor, tuple[int])
            query = query.where(_COLUMNS.number < before)
        query = query.limit(check_limit(limit) + 1)
        rows = await self._database.do_read(lambda connection: connection.execute(query).all())
        items = [to_struct(row, WebhookDelivery) for row in rows[:limit]]
        return Page(items, encode_cursor(items[-1].number) if len(rows) > limit else None)

    async def get(self, webhook_id: str, number: int) -> WebhookDelivery | None:
        """Return the delivery with this number, if it is one of the webhook's."""
        query = sa.select(*_SHOWN).where(
            _COLUMNS.number == number, _COLUMNS.webhook_id == webhook_id
        )
        row = await self._database.do_read(lambda connection: connection.execute(query).first())
        return None if row is None else to_struct(row, WebhookDelivery)

    async def replay(
        self, webhook_id: str, number: int, now: datetime, *entries: AuditEntry
    ) -> None:
        """Have a delivery sent once more, as if it had just been noted. Raises NotFoundError."""

        def again(connection: sa.Connection) -> None:
            result = connection.execute(
                _TABLE.update()
                .where(_COLUMNS.number == number, _COLUMNS.webhook_id == webhook_id)
                .values(**_renewed(now), replays=_COLUMNS.replays + 1)
            )
            if result.rowcount == 0:
                raise NotFoundError("delivery", str(number))
            add_entries(connection, entries)

        await self._database.do_write(again)

    async def ping(
        self, webhook_id: str, event: Event, now: datetime, *entries: AuditEntry
    ) -> WebhookDelivery:
        """Note `event`, which is in no outbox, for a webhook, and return its delivery."""

        def note(connection: sa.Connection) -> WebhookDelivery:
            head = EventHead(0, event.id, event.type, event.group_id, event.time)
            row = _row(NewDelivery(webhook_id, head), now) | {
                "document": msgspec.to_builtins(event)
            }
            number = connection.execute(
                _TABLE.insert().returning(_COLUMNS.number), row
            ).scalar_one()
            add_entries(connection, entries)
            query = sa.select(*_SHOWN).where(_COLUMNS.number == number)
            return to_struct(connection.execute(query).one(), WebhookDelivery)

        return await self._database.do_write(note)

    async def heads(self, position: int, limit: int) -> Sequence[EventHead]:
        """Return what is needed of the events that follow `position` to know whose they are."""
        query = (
            sa.select(*_HEAD)
            .where(_EVENTS.position > position)
            .order_by(_EVENTS.position)
            .limit(limit)
        )
        return await self._heads(query)

    async def heads_to_replay(
        self, replay: Replay, limit: int
    ) -> tuple[Sequence[EventHead], Replay | None]:
        """Return up to `limit` of the next events of a replay, and what is left of it (None: none).

        A stretch of the outbox is looked at, however few of its events are of the time asked for:
        nothing finds events by time, which is not the order in which they were written.
        """
        end = min(replay.position + _REPLAY_STRETCH, replay.until_position)
        query = (
            sa.select(*_HEAD)
            .where(_EVENTS.position > replay.position, _EVENTS.position <= end)
            .order_by(_EVENTS.position)
            .limit(limit)
        )
        if replay.from_ is not None:
            query = query.where(_EVENTS.time >= replay.from_)
        if replay.until is not None:
            query = query.where(_EVENTS.time < replay.until)
        found = await self._heads(query)
        reached = found[-1].position if len(found) == limit else end
        left = msgspec.structs.replace(replay, position=reached)
        return found, left if reached < replay.until_position else None

    async def bounds(self) -> tuple[int, int]:
        """Return the places before the oldest and of the newest event; equal when there is none."""
        query = sa.select(sa.func.min(_EVENTS.position), sa.func.max(_EVENTS.position))
        oldest, newest = await self._database.do_read(
            lambda connection: connection.execute(query).one()
        )
        return (oldest - 1, newest) if oldest is not None else (0, 0)

    async def _heads(self, query: sa.Select[Any]) -> Sequence[EventHead]:
        rows = await self._database.do_read(lambda connection: connection.execute(query).all())
        return [to_struct(row, EventHead) for row in rows]

    async def note(
        self,
        claim: Claim,
        new: Sequence[NewDelivery],
        positions: Mapping[str, int],
        now: datetime,
    ) -> bool:
        """Note deliveries and how far their webhooks have come, both or neither.

        `positions` gives the place in the outbox by webhook. What is noted already is left.
        Returns False, and nothing is written, when the outlet is somebody else's by now.
        """
        insert = self._database.insert(_TABLE).on_conflict_do_nothing(
            index_elements=["webhook_id", "event_id"]
        )

        def note(connection: sa.Connection) -> bool:
            if not holds(connection, claim):
                return False
            if new:
                connection.execute(insert, [_row(one, now) for one in new])
            if positions:
                connection.execute(
                    schema.webhooks.update()
                    .where(
                        _WEBHOOKS.id == sa.bindparam("of_id"),
                        _WEBHOOKS.position < sa.bindparam("to_position"),
                    )
                    .values(position=sa.bindparam("to_position")),
                    [
                        {"of_id": webhook_id, "to_position": position}
                        for webhook_id, position in sorted(positions.items())
                    ],
                )
            return True

        return await self._database.do_write(note)

    async def note_replayed(
        self,
        claim: Claim,
        webhook_id: str,
        events: Sequence[EventHead],
        replay: Replay | None,
        now: datetime,
    ) -> bool:
        """Note events for a webhook once more, and how far its replay has come (None: to its end).

        Returns False, and nothing is written, when the outlet is somebody else's by now.
        """
        insert = self._database.insert(_TABLE)
        again = insert.on_conflict_do_update(
            index_elements=["webhook_id", "event_id"],
            set_={**_renewed(now), "replays": _COLUMNS.replays + 1},
        )
        rows = [_row(NewDelivery(webhook_id, event), now) | {"replays": 1} for event in events]

        def note(connection: sa.Connection) -> bool:
            if not holds(connection, claim):
                return False
            if rows:
                connection.execute(again, rows)
            connection.execute(
                schema.webhooks.update()
                .where(_WEBHOOKS.id == webhook_id)
                .values(replay=None if replay is None else msgspec.to_builtins(replay))
            )
            return True

        return await self._database.do_write(note)

    async def due(
        self, webhook_id: str, now: datetime, limit: int
    ) -> tuple[Sequence[DueDelivery], datetime | None]:
        """Return up to `limit` deliveries to be sent now, those due longest first.

        With them when the next one will be due, if fewer than `limit` are now; None: none waits.
        """
        events = schema.events
        query = (
            sa.select(
                _COLUMNS.number,
                _COLUMNS.event_id.label("delivered_id"),
                _COLUMNS.attempts,
                _COLUMNS.begun_at,
                _COLUMNS.next_attempt_at,
                _COLUMNS.document,
                events,
            )
            .outerjoin(events, _EVENTS.id == _COLUMNS.event_id)
            .where(_COLUMNS.webhook_id == webhook_id, _IS_PENDING)
            .order_by(_COLUMNS.next_attempt_at, _COLUMNS.number)
            .limit(limit)
        )
        rows = await self._database.do_read(lambda connection: connection.execute(query).all())
        due = [row for row in rows if row.next_attempt_at <= now]
        later = rows[len(due)].next_attempt_at if len(due) < len(rows) else None
        return [_due(row) for row in due], later

    async def record(self, attempts: Sequence[Attempt], news: Sequence[WebhookNews]) -> None:
        """Write what became of attempts, and what they tell of their webhooks.

        An attempt of a delivery that has been replayed meanwhile counts for nothing.
        """

        def record(connection: sa.Connection) -> None:
            if attempts:
                connection.execute(_RECORD, [_recorded(one) for one in attempts])
            for one in news:
                _tell(connection, one)

        await self._database.do_write(record)

    async def pending(self) -> int:
        """Return how many deliveries wait."""
        query = sa.select(sa.func.count()).select_from(_TABLE).where(_IS_PENDING)
        return await self._database.do_read(
            lambda connection: int(connection.execute(query).scalar_one())
        )


_RECORD = (
    _TABLE.update()
    .where(
        _COLUMNS.number == sa.bindparam("of_number"),
        _COLUMNS.begun_at == sa.bindparam("of_begun_at"),
    )
    .values(
        {
            name: sa.bindparam(f"to_{name}", type_=_COLUMNS[name].type)
            for name in Attempt.__struct_fields__
            if name not in {"number", "begun_at"}
        }
    )
)


def _recorded(attempt: Attempt) -> dict[str, Any]:
    return {
        f"{'of' if name in {'number', 'begun_at'} else 'to'}_{name}": value
        for name, value in msgspec.structs.asdict(attempt).items()
    }


def _tell(connection: sa.Connection, news: WebhookNews) -> None:
    mine = schema.webhooks.update().where(_WEBHOOKS.id == news.webhook_id)
    if news.delivered_at is not None:
        connection.execute(mine.values(delivered_at=news.delivered_at, failing_since=None))
    elif news.gave_up_at is not None:
        connection.execute(
            mine.where(_WEBHOOKS.failing_since.is_(None)).values(failing_since=news.gave_up_at)
        )
    if news.gone_at is not None:
        # One that somebody has changed since is another receiver, which may not be gone.
        connection.execute(
            mine.where(_WEBHOOKS.version == news.version, _WEBHOOKS.enabled).values(
                enabled=False, off_reason="gone", off_at=news.gone_at, version=news.version + 1
            )
        )


def _renewed(now: datetime) -> dict[str, Any]:
    """Return the columns of a delivery that begins anew."""
    return {
        "state": DeliveryState.PENDING,
        "attempts": 0,
        "begun_at": now,
        "next_attempt_at": now,
        "attempted_at": None,
        "status_code": None,
        "error": None,
        "duration_ms": None,
        "finished_at": None,
    }


def _row(new: NewDelivery, now: datetime) -> dict[str, Any]:
    return {
        "webhook_id": new.webhook_id,
        "event_id": new.event.id,
        "event_type": new.event.type,
        "state": DeliveryState.PENDING,
        "attempts": 0,
        "created_at": now,
        "begun_at": now,
        "next_attempt_at": now,
        "replays": 0,
    }


def _due(row: sa.Row[Any]) -> DueDelivery:
    event = None
    if row.document is not None:
        event = msgspec.convert(row.document, Event)
    elif row.id is not None:
        event = to_struct(row, Event)
    return DueDelivery(row.number, row.delivered_id, row.attempts, row.begun_at, event)
