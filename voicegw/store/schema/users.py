"""People who log in: users, their sessions, what lets them in besides, what locks them out."""

from __future__ import annotations

import sqlalchemy as sa

from voicegw.store.schema.base import Json, UtcTime, metadata

users = sa.Table(
    "users",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("login", sa.Text, nullable=False, unique=True),
    sa.Column("role", sa.Text, nullable=False),
    sa.Column("created_at", UtcTime, nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("group_id", sa.Text, sa.ForeignKey("groups.id")),
    sa.Column("manager_id", sa.Text, sa.ForeignKey("managers.id")),
    sa.Column("grants", Json, nullable=False),
    sa.Column("status", sa.Text, nullable=False),
    sa.Column("password_hash", sa.Text),
    sa.Column("must_change", sa.Boolean, nullable=False),
    sa.Column("password_expires_at", UtcTime),
    sa.Column("totp_secret", sa.Text),
    sa.Column("totp_confirmed_at", UtcTime),
    sa.Column("totp_step", sa.BigInteger, nullable=False),
    sa.Column("oidc_issuer", sa.Text),
    sa.Column("oidc_subject", sa.Text),
    sa.Column("oidc_managed", sa.Boolean, nullable=False),
    sa.Column("last_login_at", UtcTime),
    sa.Column("revision", sa.Integer, nullable=False),
    sa.Column("credentials", sa.Integer, nullable=False),
    sa.Column("phone", sa.Text),
    sa.UniqueConstraint("oidc_issuer", "oidc_subject"),
)

user_sessions = sa.Table(
    "user_sessions",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("token_sha256", sa.Text, nullable=False, unique=True),
    sa.Column(
        "user_id",
        sa.Text,
        sa.ForeignKey("users.id", ondelete="CASCADE"),
        nullable=False,
        index=True,
    ),
    sa.Column("credentials", sa.Integer, nullable=False),
    sa.Column("method", sa.Text, nullable=False),
    sa.Column("created_at", UtcTime, nullable=False),
    sa.Column("expires_at", UtcTime, nullable=False),
    sa.Column("last_seen_at", UtcTime, nullable=False),
    sa.Column("address", sa.Text, nullable=False),
)

#: Codes that stand in for a lost second factor, each once.
recovery_codes = sa.Table(
    "recovery_codes",
    metadata,
    sa.Column("user_id", sa.Text, sa.ForeignKey("users.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("code_sha256", sa.Text, primary_key=True),
)

#: Failed logins; `key` holds a login only as its SHA-256, for some type their password there.
login_failures = sa.Table(
    "login_failures",
    metadata,
    sa.Column("key", sa.Text, primary_key=True),
    sa.Column("failures", sa.Integer, nullable=False),
    sa.Column("last_at", UtcTime, nullable=False, index=True),
    sa.Column("locked_until", UtcTime),
)
