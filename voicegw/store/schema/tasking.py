"""The manager's day: types of tasks and what became of each task."""

from __future__ import annotations

import sqlalchemy as sa

from voicegw.store.schema.base import Json, RowNumber, UtcTime, metadata

task_types = sa.Table(
    "task_types",
    metadata,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("document", Json, nullable=False),
)

#: What messages say where it is not what is shipped: by kind, or by kind and group.
sms_templates = sa.Table(
    "sms_templates",
    metadata,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("document", Json, nullable=False),
)

#: Every change of a task: written in the transaction that changes it.
task_history = sa.Table(
    "task_history",
    metadata,
    sa.Column("number", RowNumber, primary_key=True, autoincrement=True),
    sa.Column("task_id", sa.Text, nullable=False),
    sa.Column("at", UtcTime, nullable=False),
    # The principal, or `gateway`.
    sa.Column("by", sa.Text, nullable=False),
    sa.Column("what", sa.Text, nullable=False),
    # The call that the change comes from.
    sa.Column("call_id", sa.Text),
    # Fields that have changed: before and after.
    sa.Column("changes", Json, nullable=False),
    sa.Index("ix_task_history_task_id_number", "task_id", "number"),
    sqlite_autoincrement=True,
)
