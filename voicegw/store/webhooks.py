"""Webhooks in the store; their secrets are there as the API has sealed them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import msgspec
import sqlalchemy as sa

from voicegw.errors import ConflictError, NotFoundError
from voicegw.model.audit import AuditEntry
from voicegw.model.webhook import DeliveryState, Replay, Webhook
from voicegw.store import schema
from voicegw.store.audit import add_entries
from voicegw.store.database import Database
from voicegw.store.paging import DEFAULT_LIMIT, Page, check_limit, decode_cursor, encode_cursor
from voicegw.store.rows import to_struct

MAX_WEBHOOKS: Final = 200
"""Most webhooks of an installation: each event is held against all of them."""

_COLUMNS = schema.webhooks.c
_DELIVERIES = schema.webhook_deliveries.c
_SHOWN: Final = [column for column in _COLUMNS if column.name != "deleted_at"]
_IS_THERE: Final = _COLUMNS.deleted_at.is_(None)
#: What somebody changes; everything else is the delivery process's to write.
_CHANGED: Final = (
    "url",
    "types",
    "secrets",
    "group_id",
    "description",
    "enabled",
    "off_reason",
    "off_at",
    "failing_since",
)
_DUE_AT: Final = (
    sa.select(sa.func.min(_DELIVERIES.next_attempt_at))
    .where(
        _DELIVERIES.webhook_id == _COLUMNS.id,
        _DELIVERIES.state == sa.literal_column(f"'{DeliveryState.PENDING}'"),
    )
    .scalar_subquery()
    .label("due_at")
)


@dataclass(frozen=True, slots=True)
class ServedWebhook:
    """A webhook, and when the first of its deliveries is due; None when none waits."""

    webhook: Webhook
    due_at: datetime | None


class WebhookRepository:
    """Reads and writes webhooks. Every method is one short transaction.

    Writes take the entry of the audit log that tells of them: both are done or neither.
    All methods raise StoreUnavailableError when the store can't be used.
    """

    def __init__(self, database: Database) -> None:
        """Work on `database`, which the caller opens and closes."""
        self._database = database

    async def create(self, webhook: Webhook, *entries: AuditEntry) -> None:
        """Add `webhook`, for the events from now on.

        Raises ConflictError `too-many-webhooks` when there are as many as there may be.
        """

        def create(connection: sa.Connection) -> None:
            count = sa.select(sa.func.count()).select_from(schema.webhooks).where(_IS_THERE)
            if connection.execute(count).scalar_one() >= MAX_WEBHOOKS:
                raise ConflictError("too-many-webhooks", f"there may be {MAX_WEBHOOKS} webhooks")
            webhook.position = _last_position(connection)
            connection.execute(schema.webhooks.insert(), msgspec.structs.asdict(webhook))
            add_entries(connection, entries)

        await self._database.do_write(create)

    async def get(self, webhook_id: str) -> Webhook | None:
        """Return the webhook with this id."""
        query = sa.select(*_SHOWN).where(_COLUMNS.id == webhook_id, _IS_THERE)
        row = await self._database.do_read(lambda connection: connection.execute(query).first())
        return None if row is None else to_struct(row, Webhook)

    async def list(
        self,
        *,
        group_ids: Sequence[str] | None = None,
        enabled: bool | None = None,
        limit: int = DEFAULT_LIMIT,
        cursor: str | None = None,
    ) -> Page[Webhook]:
        """Return a page of webhooks, oldest first; None does not filter.

        Raises InvalidError for a bad limit or cursor.
        """
        query = sa.select(*_SHOWN).where(_IS_THERE).order_by(_COLUMNS.id)
        if group_ids is not None:
            query = query.where(_COLUMNS.group_id.in_(group_ids))
        if enabled is not None:
            query = query.where(_COLUMNS.enabled == enabled)
        if cursor is not None:
            (after,) = decode_cursor(cursor, tuple[str])
            query = query.where(_COLUMNS.id > after)
        query = query.limit(check_limit(limit) + 1)
        rows = await self._database.do_read(lambda connection: connection.execute(query).all())
        items = [to_struct(row, Webhook) for row in rows[:limit]]
        return Page(items, encode_cursor(items[-1].id) if len(rows) > limit else None)

    async def change(self, webhook: Webhook, *entries: AuditEntry) -> Webhook:
        """Write what somebody has changed of `webhook`, read at its `version`; return it one up.

        One that is switched on again is for the events from now on. Raises ConflictError
        `revision-changed` when it has been changed since, NotFoundError.
        """

        def change(connection: sa.Connection) -> None:
            was_enabled = _check_version(connection, webhook)
            values: dict[str, Any] = {name: getattr(webhook, name) for name in _CHANGED}
            values["version"] = webhook.version + 1
            if webhook.enabled and not was_enabled:
                values["position"] = _last_position(connection)
            connection.execute(schema.webhooks.update().where(_COLUMNS.id == webhook.id), values)
            add_entries(connection, entries)

        await self._database.do_write(change)
        return msgspec.structs.replace(webhook, version=webhook.version + 1)

    async def delete(self, webhook: Webhook, at: datetime, *entries: AuditEntry) -> None:
        """Remove `webhook`, read at its `version`; its deliveries go by and by.

        Raises ConflictError `revision-changed`, NotFoundError.
        """

        def delete(connection: sa.Connection) -> None:
            _check_version(connection, webhook)
            connection.execute(
                schema.webhooks.update()
                .where(_COLUMNS.id == webhook.id)
                .values(deleted_at=at, enabled=False, secrets=[], url="", replay=None)
            )
            add_entries(connection, entries)

        await self._database.do_write(delete)

    async def begin_replay(self, webhook_id: str, replay: Replay, *entries: AuditEntry) -> None:
        """Have a range of events noted for a webhook once more.

        Raises NotFoundError, and ConflictError `replay-running` while another one is.
        """

        def begin(connection: sa.Connection) -> None:
            mine = sa.and_(_COLUMNS.id == webhook_id, _IS_THERE)
            result = connection.execute(
                schema.webhooks.update()
                .where(mine, _COLUMNS.replay.is_(None))
                .values(replay=msgspec.to_builtins(replay))
            )
            if result.rowcount == 0:
                if connection.execute(sa.select(_COLUMNS.id).where(mine)).first() is None:
                    raise NotFoundError("webhook", webhook_id)
                raise ConflictError("replay-running", "a replay of this webhook is under way")
            add_entries(connection, entries)

        await self._database.do_write(begin)

    async def served(self) -> Sequence[ServedWebhook]:
        """Return all webhooks, and when the first delivery of each is due."""
        columns: list[sa.ColumnElement[Any]] = [*_SHOWN, _DUE_AT]
        query = sa.select(*columns).where(_IS_THERE).order_by(_COLUMNS.id)
        rows = await self._database.do_read(lambda connection: connection.execute(query).all())
        return [ServedWebhook(to_struct(row, Webhook), row.due_at) for row in rows]

    async def any(self) -> bool:
        """Return whether there is any webhook, or something left of one that was deleted."""
        query = sa.select(sa.exists().select_from(schema.webhooks))
        return await self._database.do_read(
            lambda connection: bool(connection.execute(query).scalar_one())
        )


def _last_position(connection: sa.Connection) -> int:
    query = sa.select(sa.func.coalesce(sa.func.max(schema.events.c.position), 0))
    return int(connection.execute(query).scalar_one())


def _check_version(connection: sa.Connection, webhook: Webhook) -> bool:
    """Hold the row until the end of the transaction; return whether the webhook is on.

    Raises NotFoundError, and ConflictError when it is no longer at its version.
    """
    query = (
        sa.select(_COLUMNS.version, _COLUMNS.enabled)
        .where(_COLUMNS.id == webhook.id, _IS_THERE)
        .with_for_update()
    )
    found = connection.execute(query).one_or_none()
    if found is None:
        raise NotFoundError("webhook", webhook.id)
    if found.version != webhook.version:
        raise ConflictError("revision-changed", "the webhook was changed meanwhile")
    return bool(found.enabled)
