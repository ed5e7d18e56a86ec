"""The door for programs: deliveries of events, users, what keys may do."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from voicegw.store.schema import UtcTime

_ROW_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_JSON = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_CALL_INDEXES = ("hotline_id", "task_id")


def _extend_calls_and_tasks() -> None:
    """What lists of calls are searched by; tasks of other systems, and when they are overdue."""
    for name in ("hotline_id", "task_id"):
        op.add_column("calls", sa.Column(name, sa.Text(), nullable=True))
    calls = sa.table(
        "calls", sa.column("document", _JSON), sa.column("hotline_id"), sa.column("task_id")
    )
    told = {name: calls.c.document[name].as_string() for name in ("hotline_id", "task_id")}
    op.execute(calls.update().values(told))
    for name in _CALL_INDEXES:
        op.create_index(f"ix_calls_{name}_created_at", "calls", [name, "created_at"], unique=False)
    op.add_column("tasks", sa.Column("external_id", sa.Text(), nullable=True))
    op.add_column("tasks", sa.Column("watch_at", UtcTime(), nullable=True))
    op.execute("UPDATE tasks SET watch_at = due_at WHERE state = 'new'")
    op.create_index("ix_tasks_external_id", "tasks", ["external_id"], unique=True)
    op.create_index("ix_tasks_watch_at", "tasks", ["watch_at"], unique=False)


_LIST_INDEXES = (
    ("outcome",),
    ("direction",),
    ("group_id", "outcome"),
    ("group_id", "direction"),
    ("manager_id", "outcome"),
    ("manager_id", "direction"),
)


def _open_index(*columns: str) -> None:
    op.create_index(
        "ix_calls_open",
        "calls",
        [*columns],
        sqlite_where=sa.text("is_final = 0"),
        postgresql_where=sa.text("is_final = false"),
    )


def _shorten_ways_to_calls() -> None:
    """Have each filter of the list of calls, and those that have not ended, in order."""
    for columns in _LIST_INDEXES:
        name = "_".join(columns)
        op.create_index(f"ix_calls_{name}_created_at_id", "calls", [*columns, "created_at", "id"])
    op.drop_index("ix_calls_open", table_name="calls")
    _open_index("created_at", "id")


def _lengthen_ways_to_calls() -> None:
    op.drop_index("ix_calls_open", table_name="calls")
    _open_index("node")
    for columns in _LIST_INDEXES:
        op.drop_index(f"ix_calls_{'_'.join(columns)}_created_at_id", table_name="calls")


def _take_back_calls_and_tasks() -> None:
    for name in ("external_id", "watch_at"):
        op.drop_index(f"ix_tasks_{name}", table_name="tasks")
        op.drop_column("tasks", name)
    for name in _CALL_INDEXES:
        op.drop_index(f"ix_calls_{name}_created_at", table_name="calls")
    for name in ("hotline_id", "task_id"):
        op.drop_column("calls", name)


def _extend_directory() -> None:
    """What another system calls a hotline; by what customers are looked up."""
    op.add_column("hotlines", sa.Column("external_id", sa.Text(), nullable=True))
    op.create_index("ix_hotlines_external_id", "hotlines", ["external_id"], unique=True)
    for name in ("class", "tier"):
        op.create_index(f"ix_customers_{name}_id", "customers", [name, "id"], unique=False)


def _take_back_directory() -> None:
    for name in ("tier", "class"):
        op.drop_index(f"ix_customers_{name}_id", table_name="customers")
    op.drop_index("ix_hotlines_external_id", table_name="hotlines")
    op.drop_column("hotlines", "external_id")


_EVENT_INDEXES = (
    ("ix_events_type_position", ["type", "position"]),
    ("ix_events_group_id_position_type", ["group_id", "position", "type"]),
    ("ix_events_manager_id_position_type", ["manager_id", "position", "type"]),
)


def _extend_events() -> None:
    """Whose an event is, who wrote it, in which trace; ways to what is rare."""
    for column in ("manager_id", "node", "traceparent"):
        op.add_column("events", sa.Column(column, sa.Text(), nullable=True))
    for name, columns in _EVENT_INDEXES:
        op.create_index(name, "events", columns)


def _narrow_events() -> None:
    for name, _ in reversed(_EVENT_INDEXES):
        op.drop_index(name, "events")
    for column in ("traceparent", "node", "manager_id"):
        op.drop_column("events", column)


def _extend_keys() -> None:
    """Keys have names, scopes, an end, a rate, another secret after a rotation; the audit log."""
    for column in (
        sa.Column("name", sa.Text(), nullable=False, server_default=""),
        sa.Column("scopes", _JSON, nullable=True),
        sa.Column("expires_at", UtcTime(), nullable=True),
        sa.Column("requests_per_s", sa.Float(), nullable=True),
        sa.Column("previous_sha256", sa.Text(), nullable=True),
        sa.Column("previous_until", UtcTime(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False, server_default="1"),
    ):
        op.add_column("api_keys", column)
    op.create_index(op.f("ix_api_keys_previous_sha256"), "api_keys", ["previous_sha256"])
    op.create_index("ix_audit_log_action_at", "audit_log", ["action", "at"])


def _reduce_keys() -> None:
    """Undo it: keys end with the secret that they have now."""
    op.drop_index("ix_audit_log_action_at", table_name="audit_log")
    op.drop_index(op.f("ix_api_keys_previous_sha256"), table_name="api_keys")
    for column in (
        "version",
        "previous_until",
        "previous_sha256",
        "requests_per_s",
        "expires_at",
        "scopes",
        "name",
    ):
        op.drop_column("api_keys", column)


def _add_outlets() -> None:
    """Who serves an outlet of events, and how far it has come."""
    op.create_table(
        "outlets",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("leased_by", sa.Text(), nullable=True),
        sa.Column("lease_until", UtcTime(), nullable=True),
        sa.Column("position", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_outlets")),
    )


def _remove_outlets() -> None:
    op.drop_table("outlets")


def _add_nodes() -> None:
    """Which nodes run on this store, and where they are reached."""
    op.create_table(
        "nodes",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=True),
        sa.Column("started_at", UtcTime(), nullable=False),
        sa.Column("lease_until", UtcTime(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_nodes")),
    )


def _remove_nodes() -> None:
    op.drop_table("nodes")


def _add_alerts() -> None:
    """What needs an operator's care now."""
    op.create_table(
        "alerts",
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("node", sa.Text(), nullable=False),
        sa.Column("slug", sa.Text(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("raised_at", UtcTime(), nullable=False),
        sa.PrimaryKeyConstraint("subject", name=op.f("pk_alerts")),
    )


def _remove_alerts() -> None:
    op.drop_table("alerts")


def _add_event_archives() -> None:
    """Files that old events were moved to."""
    op.create_table(
        "event_archives",
        sa.Column("first_position", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("last_position", sa.BigInteger(), nullable=True),
        sa.Column("node", sa.Text(), nullable=False),
        sa.Column("claimed_until", UtcTime(), nullable=False),
        sa.Column("file", sa.Text(), nullable=False),
        sa.Column("events", sa.Integer(), nullable=True),
        sa.Column("sha256", sa.Text(), nullable=True),
        sa.Column("sealed_at", UtcTime(), nullable=True),
        sa.Column("removed_at", UtcTime(), nullable=True),
        sa.PrimaryKeyConstraint("first_position", name=op.f("pk_event_archives")),
    )


def _remove_event_archives() -> None:
    op.drop_table("event_archives")


def _create_users() -> None:
    """People who log in, their sessions, and what locks them out."""
    op.create_table(
        "users",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("login", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("created_at", UtcTime(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("group_id", sa.Text(), nullable=True),
        sa.Column("manager_id", sa.Text(), nullable=True),
        sa.Column("grants", _JSON, nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=True),
        sa.Column("must_change", sa.Boolean(), nullable=False),
        sa.Column("password_expires_at", UtcTime(), nullable=True),
        sa.Column("totp_secret", sa.Text(), nullable=True),
        sa.Column("totp_confirmed_at", UtcTime(), nullable=True),
        sa.Column("totp_step", sa.BigInteger(), nullable=False),
        sa.Column("oidc_issuer", sa.Text(), nullable=True),
        sa.Column("oidc_subject", sa.Text(), nullable=True),
        sa.Column("oidc_managed", sa.Boolean(), nullable=False),
        sa.Column("last_login_at", UtcTime(), nullable=True),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("credentials", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_users")),
        sa.UniqueConstraint("login", name=op.f("uq_users_login")),
        sa.UniqueConstraint(
            "oidc_issuer", "oidc_subject", name=op.f("uq_users_oidc_issuer_oidc_subject")
        ),
        sa.ForeignKeyConstraint(["group_id"], ["groups.id"], name=op.f("fk_users_group_id")),
        sa.ForeignKeyConstraint(["manager_id"], ["managers.id"], name=op.f("fk_users_manager_id")),
    )
    op.create_table(
        "user_sessions",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("token_sha256", sa.Text(), nullable=False),
        sa.Column("user_id", sa.Text(), nullable=False),
        sa.Column("credentials", sa.Integer(), nullable=False),
        sa.Column("method", sa.Text(), nullable=False),
        sa.Column("created_at", UtcTime(), nullable=False),
        sa.Column("expires_at", UtcTime(), nullable=False),
        sa.Column("last_seen_at", UtcTime(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_user_sessions")),
        sa.UniqueConstraint("token_sha256", name=op.f("uq_user_sessions_token_sha256")),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_user_sessions_user_id"), ondelete="CASCADE"
        ),
    )
    op.create_index("ix_user_sessions_user_id", "user_sessions", ["user_id"], unique=False)
    op.create_table(
        "recovery_codes",
        sa.Column("user_id", sa.Text(), nullable=False),
        sa.Column("code_sha256", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("user_id", "code_sha256", name=op.f("pk_recovery_codes")),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_recovery_codes_user_id"), ondelete="CASCADE"
        ),
    )
    op.create_table(
        "login_failures",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("last_at", UtcTime(), nullable=False),
        sa.Column("locked_until", UtcTime(), nullable=True),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_login_failures")),
    )
    op.create_index("ix_login_failures_last_at", "login_failures", ["last_at"], unique=False)


def _drop_users() -> None:
    for table in ("login_failures", "recovery_codes", "user_sessions", "users"):
        op.drop_table(table)


_PENDING = sa.text("state = 'pending'")
_FAILED = sa.text("state = 'failed'")


def _add_webhooks() -> None:
    """Where events are posted to, and what became of each posting."""
    op.create_table(
        "webhooks",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("types", _JSON, nullable=False),
        sa.Column("secrets", _JSON, nullable=False),
        sa.Column("group_id", sa.Text(), nullable=True),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", UtcTime(), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("replay", _JSON, nullable=True),
        sa.Column("off_reason", sa.Text(), nullable=True),
        sa.Column("off_at", UtcTime(), nullable=True),
        sa.Column("failing_since", UtcTime(), nullable=True),
        sa.Column("delivered_at", UtcTime(), nullable=True),
        sa.Column("deleted_at", UtcTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhooks")),
    )
    op.create_table(
        "webhook_deliveries",
        sa.Column("number", _ROW_NUMBER, autoincrement=True, nullable=False),
        sa.Column("webhook_id", sa.Text(), nullable=False),
        sa.Column("event_id", sa.Text(), nullable=False),
        sa.Column("event_type", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("created_at", UtcTime(), nullable=False),
        sa.Column("begun_at", UtcTime(), nullable=False),
        sa.Column("next_attempt_at", UtcTime(), nullable=True),
        sa.Column("attempted_at", UtcTime(), nullable=True),
        sa.Column("status_code", sa.Integer(), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("duration_ms", sa.Integer(), nullable=True),
        sa.Column("finished_at", UtcTime(), nullable=True),
        sa.Column("replays", sa.Integer(), nullable=False),
        sa.Column("document", _JSON, nullable=True),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_webhook_deliveries")),
        sa.UniqueConstraint(
            "webhook_id", "event_id", name=op.f("uq_webhook_deliveries_webhook_id_event_id")
        ),
        sqlite_autoincrement=True,
    )
    table = "webhook_deliveries"
    op.create_index(op.f("ix_webhook_deliveries_finished_at"), table, ["finished_at"])
    op.create_index("ix_webhook_deliveries_webhook_id_number", table, ["webhook_id", "number"])
    for name, columns, rows in (
        ("pending", ["webhook_id", "next_attempt_at"], _PENDING),
        ("failed", ["webhook_id", "number"], _FAILED),
    ):
        op.create_index(
            f"ix_webhook_deliveries_{name}",
            table,
            columns,
            sqlite_where=rows,
            postgresql_where=rows,
        )


def _remove_webhooks() -> None:
    op.drop_table("webhook_deliveries")
    op.drop_table("webhooks")


def upgrade() -> None:
    """Add the tables and columns, concern by concern."""
    _extend_events()
    _add_event_archives()
    _add_alerts()
    _extend_keys()
    _add_outlets()
    _extend_calls_and_tasks()
    _extend_directory()
    _shorten_ways_to_calls()
    _create_users()
    _add_webhooks()
    _add_nodes()


def downgrade() -> None:
    """Take them away again."""
    _remove_nodes()
    _drop_users()
    _take_back_directory()
    _lengthen_ways_to_calls()
    _take_back_calls_and_tasks()
    _remove_alerts()
    _remove_event_archives()
    _narrow_events()
    _reduce_keys()
    _remove_webhooks()
    _remove_outlets()
