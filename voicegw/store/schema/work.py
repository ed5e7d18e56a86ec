"""What is to be done, by processes and by people."""

from __future__ import annotations

import sqlalchemy as sa

from voicegw.store.schema.base import Json, UtcTime, metadata

#: Work that waits for somebody to do it: leased, tried again, given up. `id` is `kind:subject`.
work = sa.Table(
    "work",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("subject", sa.Text, nullable=False, index=True),
    sa.Column("node", sa.Text),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("progress", sa.Float, nullable=False),
    sa.Column("created_at", UtcTime, nullable=False),
    sa.Column("not_before", UtcTime, nullable=False),
    sa.Column("lease_until", UtcTime),
    sa.Column("leased_by", sa.Text),
    sa.Column("finished_at", UtcTime),
    sa.Column("failure", sa.Text),
    sa.Index("ix_work_kind_state_created_at", "kind", "state", "created_at"),
)

#: What is to be done for a customer: messages left, calls missed, calls promised.
tasks = sa.Table(
    "tasks",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("type", sa.Text, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("group_id", sa.Text),
    sa.Column("manager_id", sa.Text),
    sa.Column("customer_id", sa.Text),
    sa.Column("customer_number", sa.Text),
    # The first of its calls; the document has them all.
    sa.Column("call_id", sa.Text, index=True),
    sa.Column("created_at", UtcTime, nullable=False),
    sa.Column("due_at", UtcTime),
    sa.Column("external_id", sa.Text),
    # When it will be overdue, while that is still to be told.
    sa.Column("watch_at", UtcTime),
    sa.Column("own_type", sa.Text),
    sa.Column("source", sa.Text, nullable=False),
    # The more urgent, the higher.
    sa.Column("rank", sa.Integer, nullable=False),
    sa.Column("plan_id", sa.Text),
    sa.Column("period", sa.Text),
    sa.Column("parent_id", sa.Text),
    sa.Column("not_before", UtcTime),
    sa.Column("assigned_at", UtcTime),
    sa.Column("contacted_at", UtcTime),
    sa.Column("closed_at", UtcTime),
    sa.Column("result_code", sa.Text),
    sa.Column("result_kind", sa.Text),
    # When somebody is to be told next that something of it is not done.
    sa.Column("escalate_at", UtcTime),
    sa.Column("escalated_at", UtcTime),
    # By when something of an open matter is owed that a trigger, or a customer, has asked for.
    sa.Column("pressing_at", UtcTime),
    # The next appointment of which its manager is to be reminded.
    sa.Column("remind_at", UtcTime),
    sa.Column("document", Json, nullable=False),
    sa.Index("ix_tasks_created_at_id", "created_at", "id"),
    sa.Index("ix_tasks_group_id_created_at", "group_id", "created_at"),
    sa.Index("ix_tasks_manager_id_created_at", "manager_id", "created_at"),
    sa.Index("ix_tasks_customer_id_state", "customer_id", "state"),
    sa.Index("ix_tasks_customer_number_state", "customer_number", "state"),
    sa.Index("ix_tasks_external_id", "external_id", unique=True),
    sa.Index("ix_tasks_watch_at", "watch_at"),
    sa.Index(
        "ix_tasks_open",
        "manager_id",
        "due_at",
        "id",
        sqlite_where=sa.text("closed_at IS NULL"),
        postgresql_where=sa.text("closed_at IS NULL"),
    ),
    sa.Index("ix_tasks_plan_id_period", "plan_id", "period"),
    sa.Index(
        "ix_tasks_escalate_at",
        "escalate_at",
        sqlite_where=sa.text("escalate_at IS NOT NULL"),
        postgresql_where=sa.text("escalate_at IS NOT NULL"),
    ),
    sa.Index(
        "ix_tasks_remind_at",
        "remind_at",
        sqlite_where=sa.text("remind_at IS NOT NULL"),
        postgresql_where=sa.text("remind_at IS NOT NULL"),
    ),
    sa.Index(
        "ix_tasks_pressing_at",
        "pressing_at",
        sqlite_where=sa.text("pressing_at IS NOT NULL"),
        postgresql_where=sa.text("pressing_at IS NOT NULL"),
    ),
    # Tasks whose superiors were told, and that are still not done.
    sa.Index(
        "ix_tasks_late",
        "group_id",
        sqlite_where=sa.text("escalated_at IS NOT NULL AND closed_at IS NULL"),
        postgresql_where=sa.text("escalated_at IS NOT NULL AND closed_at IS NULL"),
    ),
    sa.Index("ix_tasks_closed_at_id", "closed_at", "id"),
)
