"""Lists that are worked through: who works on what, and which customers are being called for it."""

from __future__ import annotations

import sqlalchemy as sa

from voicegw.store.schema.base import Json, UtcTime, metadata

diallings = sa.Table(
    "diallings",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("manager_id", sa.Text, nullable=False),
    sa.Column("group_id", sa.Text, nullable=False),
    sa.Column("created_at", UtcTime, nullable=False),
    sa.Column("stopped_at", UtcTime),
    # The node that drives it, and for how long nobody else does.
    sa.Column("leased_by", sa.Text),
    sa.Column("lease_until", UtcTime),
    sa.Column("revision", sa.Integer, nullable=False),
    sa.Column("document", Json, nullable=False),
    sa.Index("ix_diallings_created_at_id", "created_at", "id"),
    sa.Index("ix_diallings_group_id_created_at", "group_id", "created_at"),
    sa.Index("ix_diallings_manager_id_created_at", "manager_id", "created_at"),
    sa.Index("ix_diallings_stopped_at_id", "stopped_at", "id"),
    # One at a time for each manager.
    sa.Index(
        "ix_diallings_going",
        "manager_id",
        unique=True,
        sqlite_where=sa.text("stopped_at IS NULL"),
        postgresql_where=sa.text("stopped_at IS NULL"),
    ),
)

#: A customer, and a number, that somebody is calling for a list, or was calling a moment ago.
dial_claims = sa.Table(
    "dial_claims",
    metadata,
    sa.Column("key", sa.Text, primary_key=True),
    sa.Column("call_id", sa.Text, nullable=False),
    sa.Column("until", UtcTime, nullable=False, index=True),
    sa.Index("ix_dial_claims_call_id", "call_id"),
)
