"""The manager's day: types of tasks, their history, plans, messages, reports."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from voicegw.store.schema import UtcTime

_ROW_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_JSON = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_TASK_COLUMNS = {
    "own_type": sa.Text,
    "plan_id": sa.Text,
    "period": sa.Text,
    "parent_id": sa.Text,
    "not_before": UtcTime,
    "assigned_at": UtcTime,
    "contacted_at": UtcTime,
    "closed_at": UtcTime,
    "result_code": sa.Text,
}
_NORMAL_RANK = 1
_CLOSED_AT = {
    "postgresql": "UPDATE tasks SET closed_at = (document ->> 'closed_at')::timestamptz",
    "sqlite": "UPDATE tasks SET closed_at ="
    " CAST(strftime('%s', json_extract(document, '$.closed_at')) AS INTEGER) * 1000000",
}


def _extend_tasks() -> None:
    """What lists of tasks are sorted and searched by; where each task comes from."""
    for name, kind in _TASK_COLUMNS.items():
        op.add_column("tasks", sa.Column(name, kind(), nullable=True))
    for name, type_, before in (
        ("source", sa.Text(), sa.text("'call'")),
        ("rank", sa.Integer(), sa.text(str(_NORMAL_RANK))),
    ):
        op.add_column("tasks", sa.Column(name, type_, nullable=False, server_default=before))
    tasks = sa.table(
        "tasks",
        sa.column("document", _JSON),
        sa.column("call_id"),
        *(sa.column(name) for name in ("own_type", "result_code", "source")),
    )
    document = tasks.c.document
    op.execute(
        tasks.update().values(
            own_type=document["own_type"].as_string(),
            result_code=document[("result", "code")].as_string(),
        )
    )
    op.execute(tasks.update().where(tasks.c.call_id.is_(None)).values(source="api"))
    op.execute(_CLOSED_AT[op.get_bind().dialect.name])
    with op.batch_alter_table("tasks") as table:
        for name in ("source", "rank"):
            table.alter_column(name, server_default=None)
    is_open = sa.text("closed_at IS NULL")
    op.create_index(
        "ix_tasks_open",
        "tasks",
        ["manager_id", "due_at"],
        sqlite_where=is_open,
        postgresql_where=is_open,
    )
    op.create_index("ix_tasks_plan_id_period", "tasks", ["plan_id", "period"])


def _take_back_tasks() -> None:
    for name in ("open", "plan_id_period"):
        op.drop_index(f"ix_tasks_{name}", table_name="tasks")
    for name in (*_TASK_COLUMNS, "source", "rank"):
        op.drop_column("tasks", name)


def _add_task_types() -> None:
    op.create_table(
        "task_types",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("document", _JSON, nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_task_types")),
    )
    op.create_table(
        "task_history",
        sa.Column("number", _ROW_NUMBER, autoincrement=True, nullable=False),
        sa.Column("task_id", sa.Text(), nullable=False),
        sa.Column("at", UtcTime(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("changes", _JSON, nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_task_history")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_task_history_task_id_number", "task_history", ["task_id", "number"])


def _remove_task_types() -> None:
    op.drop_table("task_history")
    op.drop_table("task_types")


def _add_messages() -> None:
    op.create_table(
        "sms_messages",
        *(
            sa.Column(name, kind(), nullable=nullable)
            for name, kind, nullable in (
                ("id", sa.Text, False),
                ("to", sa.Text, False),
                ("text", sa.Text, False),
                ("purpose", sa.Text, False),
                ("state", sa.Text, False),
                ("created_at", UtcTime, False),
                ("expires_at", UtcTime, False),
                ("not_before", UtcTime, True),
                ("due_at", UtcTime, False),
                ("leased_by", sa.Text, True),
                ("group_id", sa.Text, True),
                ("manager_id", sa.Text, True),
                ("customer_id", sa.Text, True),
                ("task_id", sa.Text, True),
                ("call_id", sa.Text, True),
                ("attempts", sa.Integer, False),
                ("provider_id", sa.Text, True),
                ("sent_at", UtcTime, True),
                ("finished_at", UtcTime, True),
                ("failure", sa.Text, True),
                ("reference", sa.Text, True),
                ("link_hash", sa.Text, True),
                ("asked_until", UtcTime, True),
                ("answered_at", UtcTime, True),
            )
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sms_messages")),
    )
    is_waiting = sa.text("state = 'waiting'")
    op.create_index(
        "ix_sms_messages_waiting",
        "sms_messages",
        ["due_at"],
        sqlite_where=is_waiting,
        postgresql_where=is_waiting,
    )
    op.create_index("ix_sms_messages_created_at_id", "sms_messages", ["created_at", "id"])
    op.create_index("ix_sms_messages_to_created_at", "sms_messages", ["to", "created_at"])
    op.create_index("ix_sms_messages_provider_id", "sms_messages", ["provider_id"])
    op.create_index("ix_sms_messages_link_hash", "sms_messages", ["link_hash"], unique=True)
    op.create_table(
        "sms_replies",
        sa.Column("number", _ROW_NUMBER, autoincrement=True, nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("from_", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("at", UtcTime(), nullable=False),
        sa.Column("provider_id", sa.Text(), nullable=True),
        sa.Column("message_id", sa.Text(), nullable=True),
        sa.Column("meaning", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_sms_replies")),
        sa.UniqueConstraint("id", name=op.f("uq_sms_replies_id")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_sms_replies_from__at", "sms_replies", ["from_", "at"])


def _remove_messages() -> None:
    op.drop_table("sms_replies")
    op.drop_table("sms_messages")


def upgrade() -> None:
    """Add the tables and columns, concern by concern."""
    _extend_tasks()
    _add_task_types()
    _add_messages()


def downgrade() -> None:
    """Take them away again."""
    _remove_messages()
    _remove_task_types()
    _take_back_tasks()
