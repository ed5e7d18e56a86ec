"""Months whose sums are final, and what has become known of them since."""

from __future__ import annotations

import sqlalchemy as sa

from voicegw.store.schema.base import Json, RowNumber, UtcTime, metadata

report_months = sa.Table(
    "report_months",
    metadata,
    sa.Column("month", sa.Date, primary_key=True),
    sa.Column("frozen_at", UtcTime, nullable=False),
    sa.Column("rows", sa.Integer, nullable=False),
    sa.Column("sha256", sa.Text, nullable=False),
    sa.Column("previous_sha256", sa.Text, nullable=False),
)

#: Added to and never changed. '' stands for no group, manager, hotline or type.
report_corrections = sa.Table(
    "report_corrections",
    metadata,
    sa.Column("number", RowNumber, primary_key=True, autoincrement=True),
    sa.Column("month", sa.Date, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("group_id", sa.Text, nullable=False),
    sa.Column("day", sa.Date, nullable=False),
    sa.Column("manager_id", sa.Text, nullable=False),
    sa.Column("hotline_id", sa.Text, nullable=False),
    sa.Column("type", sa.Text, nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("before", sa.BigInteger, nullable=False),
    sa.Column("after", sa.BigInteger, nullable=False),
    sa.Column("at", UtcTime, nullable=False),
    sa.Column("caused_by", Json, nullable=False),
    sa.Index("ix_report_corrections_month_number", "month", "number"),
    sa.Index("ix_report_corrections_kind_group_id_day", "kind", "group_id", "day", "number"),
    sqlite_autoincrement=True,
)
