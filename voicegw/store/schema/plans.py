"""Cadence plans, what their runs did, and which customers were told ahead."""

from __future__ import annotations

import sqlalchemy as sa

from voicegw.store.schema.base import Json, UtcTime, metadata

plans = sa.Table(
    "plans",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("external_id", sa.Text, unique=True),
    sa.Column("group_id", sa.Text, index=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("active", sa.Boolean, nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("document", Json, nullable=False),
)

plan_runs = sa.Table(
    "plan_runs",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("plan_id", sa.Text, nullable=False),
    sa.Column("month", sa.Text, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("preview", sa.Boolean, nullable=False),
    # Of a run that the day has begun: plan and month, so that there is one of all nodes.
    sa.Column("by_day", sa.Text, unique=True),
    sa.Column("document", Json, nullable=False),
    sa.Index("ix_plan_runs_plan_id_id", "plan_id", "id"),
)

#: What a run adds, moves and takes back (of a preview), and what is infeasible (of every run).
plan_run_items = sa.Table(
    "plan_run_items",
    metadata,
    sa.Column("run_id", sa.Text, primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("group_id", sa.Text),
    sa.Column("manager_id", sa.Text),
    sa.Column("document", Json, nullable=False),
    sa.Index("ix_plan_run_items_run_id_kind_number", "run_id", "kind", "number"),
)

plan_run_days = sa.Table(
    "plan_run_days",
    metadata,
    sa.Column("run_id", sa.Text, primary_key=True),
    sa.Column("manager_id", sa.Text, primary_key=True),
    sa.Column("day", sa.Text, primary_key=True),
    sa.Column("group_id", sa.Text),
    sa.Column("tasks", sa.Integer, nullable=False),
)

#: Customers who were told of a task ahead: once for each of its days.
plan_notices = sa.Table(
    "plan_notices",
    metadata,
    sa.Column("task_id", sa.Text, primary_key=True),
    sa.Column("day", sa.Text, primary_key=True),
    sa.Column("message_id", sa.Text),
    sa.Column("at", UtcTime, nullable=False),
)
