"""Short messages: the outbox, and what was answered."""

from __future__ import annotations

import sqlalchemy as sa

from voicegw.store.schema.base import RowNumber, UtcTime, metadata

sms_messages = sa.Table(
    "sms_messages",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("to", sa.Text, nullable=False),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("purpose", sa.Text, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("created_at", UtcTime, nullable=False),
    sa.Column("expires_at", UtcTime, nullable=False),
    sa.Column("not_before", UtcTime),
    # When it may be sent next; while somebody sends it, until when that one has it.
    sa.Column("due_at", UtcTime, nullable=False),
    sa.Column("leased_by", sa.Text),
    sa.Column("group_id", sa.Text),
    sa.Column("manager_id", sa.Text),
    sa.Column("customer_id", sa.Text),
    sa.Column("task_id", sa.Text),
    sa.Column("call_id", sa.Text),
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("provider_id", sa.Text),
    sa.Column("sent_at", UtcTime),
    sa.Column("finished_at", UtcTime),
    sa.Column("failure", sa.Text),
    # What tells it from others that are open, in a reply.
    sa.Column("reference", sa.Text),
    # SHA-256 of the token of its one-time link.
    sa.Column("link_hash", sa.Text),
    sa.Column("asked_until", UtcTime),
    sa.Column("answered_at", UtcTime),
    sa.Index(
        "ix_sms_messages_waiting",
        "due_at",
        sqlite_where=sa.text("state = 'waiting'"),
        postgresql_where=sa.text("state = 'waiting'"),
    ),
    sa.Index("ix_sms_messages_created_at_id", "created_at", "id"),
    sa.Index("ix_sms_messages_to_created_at", "to", "created_at"),
    sa.Index("ix_sms_messages_provider_id", "provider_id"),
    sa.Index("ix_sms_messages_link_hash", "link_hash", unique=True),
)

#: Numbered as they come. `id` is made of what the provider calls a reply: one twice is one.
sms_replies = sa.Table(
    "sms_replies",
    metadata,
    sa.Column("number", RowNumber, primary_key=True, autoincrement=True),
    sa.Column("id", sa.Text, nullable=False, unique=True),
    sa.Column("from_", sa.Text, nullable=False),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("at", UtcTime, nullable=False),
    sa.Column("provider_id", sa.Text),
    sa.Column("message_id", sa.Text),
    sa.Column("meaning", sa.Text),
    sa.Column("read_at", UtcTime),
    sa.Index("ix_sms_replies_from__at", "from_", "at"),
    sa.Index(
        "ix_sms_replies_unread",
        "number",
        sqlite_where=sa.text("read_at IS NULL"),
        postgresql_where=sa.text("read_at IS NULL"),
    ),
    sqlite_autoincrement=True,
)
