"""How far events have left: who serves an outlet, webhooks and their deliveries."""

from __future__ import annotations

import sqlalchemy as sa

from voicegw.store.schema.base import Json, RowNumber, UtcTime, metadata

#: One row an outlet: which process serves it until when, and its place in the outbox, if it has
#: one place only.
outlets = sa.Table(
    "outlets",
    metadata,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("leased_by", sa.Text),
    sa.Column("lease_until", UtcTime),
    sa.Column("position", sa.BigInteger),
)

webhooks = sa.Table(
    "webhooks",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("url", sa.Text, nullable=False),
    sa.Column("types", Json, nullable=False),
    sa.Column("secrets", Json, nullable=False),
    sa.Column("group_id", sa.Text),
    sa.Column("description", sa.Text, nullable=False),
    sa.Column("enabled", sa.Boolean, nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("created_at", UtcTime, nullable=False),
    sa.Column("created_by", sa.Text, nullable=False),
    sa.Column("position", sa.BigInteger, nullable=False),
    sa.Column("replay", Json),
    sa.Column("off_reason", sa.Text),
    sa.Column("off_at", UtcTime),
    sa.Column("failing_since", UtcTime),
    sa.Column("delivered_at", UtcTime),
    # It stays, unseen, until its deliveries have been deleted, a few at a time.
    sa.Column("deleted_at", UtcTime),
)

#: One row an event and webhook. `document` is an event that is in no outbox: a ping.
webhook_deliveries = sa.Table(
    "webhook_deliveries",
    metadata,
    sa.Column("number", RowNumber, primary_key=True, autoincrement=True),
    sa.Column("webhook_id", sa.Text, nullable=False),
    sa.Column("event_id", sa.Text, nullable=False),
    sa.Column("event_type", sa.Text, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("created_at", UtcTime, nullable=False),
    sa.Column("begun_at", UtcTime, nullable=False),
    sa.Column("next_attempt_at", UtcTime),
    sa.Column("attempted_at", UtcTime),
    sa.Column("status_code", sa.Integer),
    sa.Column("error", sa.Text),
    sa.Column("duration_ms", sa.Integer),
    sa.Column("finished_at", UtcTime, index=True),
    sa.Column("replays", sa.Integer, nullable=False),
    sa.Column("document", Json),
    sa.UniqueConstraint("webhook_id", "event_id"),
    sa.Index("ix_webhook_deliveries_webhook_id_number", "webhook_id", "number"),
    sa.Index(
        "ix_webhook_deliveries_pending",
        "webhook_id",
        "next_attempt_at",
        sqlite_where=sa.text("state = 'pending'"),
        postgresql_where=sa.text("state = 'pending'"),
    ),
    sa.Index(
        "ix_webhook_deliveries_failed",
        "webhook_id",
        "number",
        sqlite_where=sa.text("state = 'failed'"),
        postgresql_where=sa.text("state = 'failed'"),
    ),
    sqlite_autoincrement=True,
)
