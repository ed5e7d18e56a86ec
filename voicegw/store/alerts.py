"""What needs an operator's care now, of all nodes: kept in step with the events that tell of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
import sqlalchemy as sa

from voicegw.model.event import AlertChange, Event, EventType, RaisedAlert, UnreadEvent
from voicegw.store import schema
from voicegw.store.database import Database, writer_of
from voicegw.store.paging import DEFAULT_LIMIT, Page, check_limit, decode_cursor, encode_cursor
from voicegw.store.rows import to_struct

_COLUMNS = schema.alerts.c
_CHANGES = frozenset({EventType.ALERT_RAISED, EventType.ALERT_CLEARED})


class AlertRepository:
    """Reads what is raised. Every method is one short transaction.

    All methods raise StoreUnavailableError when the store can't be used.
    """

    def __init__(self, database: Database) -> None:
        """Work on `database`, which the caller opens and closes."""
        self._database = database

    async def raised(self, node: str | None = None) -> Sequence[RaisedAlert]:
        """Return the alerts that are raised, of `node` or of all, the oldest first."""
        query = sa.select(schema.alerts).order_by(_COLUMNS.raised_at, _COLUMNS.subject)
        if node is not None:
            query = query.where(_COLUMNS.node == node)
        rows: Sequence[Any] = await self._database.do_read(
            lambda connection: connection.execute(query).all()
        )
        return [to_struct(row, RaisedAlert) for row in rows]

    async def history(
        self, *, limit: int = DEFAULT_LIMIT, cursor: str | None = None
    ) -> Page[AlertChange]:
        """Return what was raised and cleared, on all nodes, the newest first.

        As far back as events are at hand. Raises InvalidError for a bad `limit` or `cursor`.
        """
        columns = schema.events.c
        query = (
            sa.select(columns.position, columns.type, columns.subject, columns.time, columns.data)
            .where(columns.type.in_(sorted(_CHANGES)))
            .order_by(columns.position.desc())
            .limit(check_limit(limit) + 1)
        )
        if cursor is not None:
            (position,) = decode_cursor(cursor, tuple[int])
            query = query.where(columns.position < position)
        rows: Sequence[Any] = await self._database.do_read(
            lambda connection: connection.execute(query).all()
        )
        more = len(rows) > limit
        return Page(
            [_change(row) for row in rows[:limit]],
            encode_cursor(rows[limit - 1].position) if more else None,
        )


def _change(row: Any) -> AlertChange:
    node, slug = _node_and_slug(row.subject)
    return AlertChange(
        node=node,
        slug=slug,
        raised=row.type == EventType.ALERT_RAISED,
        detail=str(row.data.get("detail", "")),
        at=row.time,
    )


def _node_and_slug(subject: str) -> tuple[str, str]:
    """Return the parts of an alert's subject: a slug may have a slash, a node's name has none."""
    node, _, slug = subject.partition("/")
    return node, slug


def keep_alerts(connection: sa.Connection, events: Sequence[Event | UnreadEvent]) -> None:
    """Note what `events` raise and clear, inside the transaction that writes them."""
    for event in events:
        if event.type not in _CHANGES:
            continue
        connection.execute(schema.alerts.delete().where(_COLUMNS.subject == event.subject))
        if event.type is EventType.ALERT_RAISED:
            data = msgspec.json.decode(event.data) if isinstance(event, UnreadEvent) else event.data
            node, slug = _node_and_slug(event.subject)
            connection.execute(
                schema.alerts.insert().values(
                    subject=event.subject,
                    node=event.node or writer_of(connection) or node,
                    slug=slug,
                    detail=str(data.get("detail", "")),
                    raised_at=event.time,
                )
            )
