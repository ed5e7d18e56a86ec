"""What keeps the deliveries of webhooks bounded: old ones go, what waits too long is given up.

Everything is done a few rows at a time, so that no call's write waits for it.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa

from voicegw.model.webhook import DeliveryError, DeliveryState
from voicegw.store import schema
from voicegw.store.database import Database

CHUNK: Final = 500
"""Most rows that one call touches."""

_TABLE = schema.webhook_deliveries
_COLUMNS = _TABLE.c
_WEBHOOKS = schema.webhooks.c
_IS_PENDING: Final = _COLUMNS.state == sa.literal_column(f"'{DeliveryState.PENDING}'")


class WebhookUpkeep:
    """Looks after the tables. Every method is one query and one short transaction.

    Each returns how many rows it has touched: when it is `CHUNK`, there may be more. All raise
    StoreUnavailableError when the store can't be used.
    """

    def __init__(self, database: Database) -> None:
        """Work on `database`, which the caller opens and closes."""
        self._database = database

    async def prune(self, finished_before: datetime) -> int:
        """Delete deliveries that were finished before that time."""
        return await self._delete(
            sa.select(_COLUMNS.number)
            .where(_COLUMNS.finished_at < finished_before)
            .order_by(_COLUMNS.finished_at)
        )

    async def give_up(self, begun_before: datetime, now: datetime) -> int:
        """Give up what has waited since before that time, also of webhooks that are off."""
        numbers = await self._numbers(
            sa.select(_COLUMNS.number).where(_IS_PENDING, _COLUMNS.begun_at < begun_before)
        )
        if not numbers:
            return 0
        statement = (
            _TABLE.update()
            .where(_COLUMNS.number.in_(numbers), _IS_PENDING)
            .values(
                state=DeliveryState.FAILED,
                error=DeliveryError.EXPIRED,
                finished_at=now,
                next_attempt_at=None,
            )
        )
        await self._database.do_write(lambda connection: connection.execute(statement).rowcount)
        return len(numbers)

    async def clear_deleted(self) -> int:
        """Delete deliveries of webhooks that were deleted, and at last these themselves."""
        query = sa.select(_WEBHOOKS.id).where(_WEBHOOKS.deleted_at.is_not(None)).limit(1)
        webhook_id = await self._database.do_read(
            lambda connection: connection.execute(query).scalar_one_or_none()
        )
        if webhook_id is None:
            return 0
        deleted = await self._delete(
            sa.select(_COLUMNS.number).where(_COLUMNS.webhook_id == webhook_id)
        )
        if deleted:
            return CHUNK  # there is the webhook itself, at least
        statement = schema.webhooks.delete().where(_WEBHOOKS.id == webhook_id)
        await self._database.do_write(lambda connection: connection.execute(statement).rowcount)
        return CHUNK  # there may be another

    async def _delete(self, query: sa.Select[Any]) -> int:
        numbers = await self._numbers(query)
        if numbers:
            statement = _TABLE.delete().where(_COLUMNS.number.in_(numbers))
            await self._database.do_write(lambda connection: connection.execute(statement).rowcount)
        return len(numbers)

    async def _numbers(self, query: sa.Select[Any]) -> list[int]:
        # Looked for without the right to write, which calls may want meanwhile.
        limited = query.limit(CHUNK)
        return await self._database.do_read(
            lambda connection: list(connection.execute(limited).scalars())
        )


async def held_back_at(database: Database) -> int | None:
    """Return the place in the outbox up to which events have left by webhooks; None: all have.

    What follows must stay: webhooks have yet to be given it, or deliveries of it wait. Raises
    StoreUnavailableError.
    """
    behind = sa.select(sa.func.min(_WEBHOOKS.position)).where(_WEBHOOKS.enabled)
    waiting = (
        sa.select(sa.func.min(schema.events.c.position))
        .join(_TABLE, _COLUMNS.event_id == schema.events.c.id)
        .where(_IS_PENDING)
    )

    def read(connection: sa.Connection) -> int | None:
        reached: int | None = connection.execute(behind).scalar_one()
        first: int | None = connection.execute(waiting).scalar_one()
        places = [reached, None if first is None else first - 1]
        return min((place for place in places if place is not None), default=None)

    return await database.do_read(read)
