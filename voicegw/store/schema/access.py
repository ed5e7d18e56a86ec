"""Who may come in, what was asked before, and who did what."""

from __future__ import annotations

import sqlalchemy as sa

from voicegw.store.schema.base import Json, RowNumber, UtcTime, metadata

api_keys = sa.Table(
    "api_keys",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("prefix", sa.Text, nullable=False),
    sa.Column("secret_sha256", sa.Text, nullable=False, unique=True),
    sa.Column("role", sa.Text, nullable=False),
    sa.Column("group_id", sa.Text, sa.ForeignKey("groups.id")),
    sa.Column("manager_id", sa.Text, sa.ForeignKey("managers.id")),
    sa.Column("created_at", UtcTime, nullable=False),
    sa.Column("revoked_at", UtcTime),
    sa.Column("last_used_at", UtcTime),
    sa.Column("grants", Json, nullable=False, server_default="[]"),
    sa.Column("name", sa.Text, nullable=False, server_default=""),
    sa.Column("scopes", Json),
    sa.Column("expires_at", UtcTime),
    sa.Column("requests_per_s", sa.Float),
    sa.Column("previous_sha256", sa.Text, index=True),
    sa.Column("previous_until", UtcTime),
    sa.Column("version", sa.Integer, nullable=False, server_default="1"),
)

idempotency_keys = sa.Table(
    "idempotency_keys",
    metadata,
    sa.Column("principal", sa.Text, primary_key=True),
    sa.Column("key", sa.Text, primary_key=True),
    sa.Column("request_hash", sa.Text, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("node", sa.Text, nullable=False),
    sa.Column("status", sa.Integer),
    sa.Column("headers", Json),
    sa.Column("body", sa.LargeBinary),
    sa.Column("created_at", UtcTime, nullable=False, index=True),
)

#: Who did what to what: every listening, every export, every change that matters to a regulator.
audit_log = sa.Table(
    "audit_log",
    metadata,
    sa.Column("position", RowNumber, primary_key=True, autoincrement=True),
    sa.Column("at", UtcTime, nullable=False),
    sa.Column("principal", sa.Text, nullable=False),
    sa.Column("role", sa.Text, nullable=False),
    sa.Column("action", sa.Text, nullable=False),
    sa.Column("subject_kind", sa.Text, nullable=False),
    sa.Column("subject", sa.Text, nullable=False),
    sa.Column("group_id", sa.Text),
    sa.Column("request_id", sa.Text),
    sa.Column("detail", Json, nullable=False),
    sa.Index("ix_audit_log_at", "at"),
    sa.Index("ix_audit_log_subject_at", "subject", "at"),
    sa.Index("ix_audit_log_principal_at", "principal", "at"),
    sa.Index("ix_audit_log_action_at", "action", "at"),
    sqlite_autoincrement=True,
)
