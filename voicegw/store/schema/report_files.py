"""Schedules of reports, and the files that were made."""

from __future__ import annotations

import sqlalchemy as sa

from voicegw.store.schema.base import Json, UtcTime, metadata

report_schedules = sa.Table(
    "report_schedules",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("owner", sa.Text, nullable=False),
    sa.Column("created_at", UtcTime, nullable=False),
    # When it is made next; null: it is switched off.
    sa.Column("next_at", UtcTime, index=True),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("document", Json, nullable=False),
    sa.Index("ix_report_schedules_created_at_id", "created_at", "id"),
)

report_files = sa.Table(
    "report_files",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("schedule_id", sa.Text, nullable=False),
    sa.Column("owner", sa.Text, nullable=False),
    sa.Column("created_at", UtcTime, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("document", Json, nullable=False),
    # The file itself, once it is made: whichever node is asked can give it out.
    sa.Column("content", sa.LargeBinary),
    sa.Index("ix_report_files_created_at_id", "created_at", "id"),
    sa.Index("ix_report_files_schedule_id_created_at", "schedule_id", "created_at"),
    sa.Index("ix_report_files_owner_created_at", "owner", "created_at"),
)
