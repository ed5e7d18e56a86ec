"""Talks whose result is asked for and was never told: `disposition.overdue`, once a call."""

from __future__ import annotations

from datetime import datetime
from typing import Final

import msgspec
import sqlalchemy as sa

from voicegw.model.call import Call, CallOutcome
from voicegw.model.event import Event, EventType
from voicegw.model.ids import IdKind
from voicegw.store import schema
from voicegw.store.database import Database
from voicegw.store.events import append_numbered

MOST_AT_ONCE: Final = 200

_CALLS = schema.calls.c
_HOTLINES = schema.hotlines.c
_ASKING = sa.select(_HOTLINES.id).where(_HOTLINES.after_call["result"].as_boolean().is_(True))


class OverdueDispositions:
    """Tells of them. Every method is one short transaction.

    All methods raise StoreUnavailableError when the store can't be used.
    """

    def __init__(self, database: Database, node: str) -> None:
        """Look at the calls of `node`; other nodes look at theirs."""
        self._database = database
        self._node = node

    async def tell(self, since: datetime, until: datetime, at: datetime) -> int:
        """Add the events of calls that began from `since` until before `until`; return how many.

        Only talks of hotlines that ask their managers for the result. At most MOST_AT_ONCE: then
        there may be more. An event that is there already is not told again.
        """

        def write(connection: sa.Connection) -> int:
            found = connection.execute(self._undisposed(connection, since, until)).scalars()
            events = [_event(msgspec.convert(document, Call), at) for document in found]
            if events:
                append_numbered(self._database.dialect, connection, events)
            return len(events)

        return await self._database.do_write(write)

    def _undisposed(
        self, connection: sa.Connection, since: datetime, until: datetime
    ) -> sa.Select[tuple[object]]:
        asking = list(connection.execute(_ASKING).scalars())
        told = sa.exists().where(
            schema.events.c.subject == _CALLS.id,
            schema.events.c.type == EventType.DISPOSITION_OVERDUE,
        )
        return (
            sa.select(_CALLS.document)
            .where(
                _CALLS.created_at >= since,
                _CALLS.created_at < until,
                _CALLS.node == self._node,
                _CALLS.outcome == CallOutcome.CONNECTED,
                _CALLS.document["hotline_id"].as_string().in_(asking),
                _CALLS.document["disposition"].as_string().is_(None),
                ~told,
            )
            .order_by(_CALLS.created_at, _CALLS.id)
            .limit(MOST_AT_ONCE)
        )


def _event(call: Call, at: datetime) -> Event:
    return Event(
        id=f"{IdKind.EVENT}_{call.id.partition('_')[2]}_undisposed",
        type=EventType.DISPOSITION_OVERDUE,
        subject=call.id,
        time=at,
        sequence=0,
        data=msgspec.to_builtins(call),
        group_id=call.group_id,
        manager_id=call.manager_id,
    )
