"""What happened: calls, their messages, the outbox of events, and how far journals are kept."""

from __future__ import annotations

import sqlalchemy as sa

from voicegw.store.schema.base import Json, RowNumber, UtcTime, metadata

calls = sa.Table(
    "calls",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("node", sa.Text, nullable=False),
    sa.Column("direction", sa.Text, nullable=False),
    sa.Column("status", sa.Text, nullable=False),
    sa.Column("is_final", sa.Boolean, nullable=False),
    sa.Column("outcome", sa.Text),
    sa.Column("group_id", sa.Text),
    sa.Column("manager_id", sa.Text),
    sa.Column("customer_id", sa.Text),
    sa.Column("customer_number", sa.Text),
    sa.Column("hotline_id", sa.Text),
    sa.Column("task_id", sa.Text),
    sa.Column("created_at", UtcTime, nullable=False),
    sa.Column("sequence", sa.Integer, nullable=False),
    sa.Column("document", Json, nullable=False),
    sa.Index("ix_calls_created_at_id", "created_at", "id"),
    sa.Index("ix_calls_group_id_created_at", "group_id", "created_at"),
    sa.Index("ix_calls_manager_id_created_at", "manager_id", "created_at"),
    sa.Index("ix_calls_customer_id_created_at", "customer_id", "created_at"),
    sa.Index("ix_calls_customer_number_created_at", "customer_number", "created_at"),
    sa.Index("ix_calls_hotline_id_created_at", "hotline_id", "created_at"),
    sa.Index("ix_calls_task_id_created_at", "task_id", "created_at"),
    # With the id: else SQLite takes what is in the list's order to the last to be the shorter way.
    *[
        sa.Index(f"ix_calls_{'_'.join(columns)}_created_at_id", *columns, "created_at", "id")
        for columns in (
            ("outcome",),
            ("direction",),
            ("group_id", "outcome"),
            ("group_id", "direction"),
            ("manager_id", "outcome"),
            ("manager_id", "direction"),
        )
    ],
    sa.Index(
        "ix_calls_open",
        "created_at",
        "id",
        sqlite_where=sa.text("is_final = 0"),
        postgresql_where=sa.text("is_final = false"),
    ),
)

call_traces = sa.Table(
    "call_traces",
    metadata,
    sa.Column("call_id", sa.Text, primary_key=True),
    sa.Column("data", sa.LargeBinary, nullable=False),
)

events = sa.Table(
    "events",
    metadata,
    sa.Column("position", RowNumber, primary_key=True, autoincrement=True),
    sa.Column("id", sa.Text, nullable=False, unique=True),
    sa.Column("type", sa.Text, nullable=False),
    sa.Column("subject", sa.Text, nullable=False),
    sa.Column("sequence", sa.Integer, nullable=False),
    sa.Column("time", UtcTime, nullable=False),
    sa.Column("group_id", sa.Text),
    sa.Column("manager_id", sa.Text),
    sa.Column("node", sa.Text),
    sa.Column("traceparent", sa.Text),
    sa.Column("data", Json, nullable=False),
    sa.Index("ix_events_subject_position", "subject", "position"),
    # What is rare among everything is found without reading everything.
    sa.Index("ix_events_type_position", "type", "position"),
    sa.Index("ix_events_group_id_position_type", "group_id", "position", "type"),
    sa.Index("ix_events_manager_id_position_type", "manager_id", "position", "type"),
    # A position is never given twice, even when the newest rows have been deleted.
    sqlite_autoincrement=True,
)

journal_positions = sa.Table(
    "journal_positions",
    metadata,
    sa.Column("node", sa.Text, primary_key=True),
    sa.Column("position", sa.BigInteger, nullable=False),
)
