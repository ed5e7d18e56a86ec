"""The nodes that run on this store."""

from __future__ import annotations

import sqlalchemy as sa

from voicegw.store.schema.base import Json, UtcTime, metadata

nodes = sa.Table(
    "nodes",
    metadata,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("url", sa.Text),
    sa.Column("started_at", UtcTime, nullable=False),
    sa.Column("lease_until", UtcTime, nullable=False),
    sa.Column("report", Json),
)
