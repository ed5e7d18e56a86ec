"""Orders that give many tasks to managers."""

from __future__ import annotations

import sqlalchemy as sa

from voicegw.store.schema.base import Json, UtcTime, metadata

assignments = sa.Table(
    "assignments",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("group_id", sa.Text),
    sa.Column("created_at", UtcTime, nullable=False),
    sa.Column("created_by", sa.Text, nullable=False),
    # How many of its moves have been looked at: rises with each chunk, in the same transaction.
    sa.Column("position", sa.Integer, nullable=False),
    sa.Column("document", Json, nullable=False),
    # Which task goes from whom to whom, packed; NULL once all have been looked at.
    sa.Column("moves", sa.LargeBinary),
    sa.Index("ix_assignments_created_at_id", "created_at", "id"),
)
