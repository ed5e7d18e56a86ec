"""Triggers: their kinds, and what each led to."""

from __future__ import annotations

import sqlalchemy as sa

from voicegw.store.schema.base import Json, UtcTime, metadata

trigger_kinds = sa.Table(
    "trigger_kinds",
    metadata,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("document", Json, nullable=False),
)

triggers = sa.Table(
    "triggers",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("external_id", sa.Text, unique=True),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("customer_id", sa.Text, nullable=False),
    sa.Column("group_id", sa.Text),
    # Who owned the customer; whose it is now says its task.
    sa.Column("manager_id", sa.Text),
    sa.Column("task_id", sa.Text, index=True),
    sa.Column("outcome", sa.Text, nullable=False),
    sa.Column("created_at", UtcTime, nullable=False),
    sa.Column("document", Json, nullable=False),
    sa.Index("ix_triggers_created_at_id", "created_at", "id"),
    sa.Index("ix_triggers_customer_id_created_at", "customer_id", "created_at"),
    sa.Index("ix_triggers_group_id_created_at", "group_id", "created_at"),
)
