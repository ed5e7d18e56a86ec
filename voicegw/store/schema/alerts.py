"""What needs an operator's care now."""

from __future__ import annotations

import sqlalchemy as sa

from voicegw.store.schema.base import UtcTime, metadata

#: One row an alert that is raised; `subject` is that of its events, `node/slug`.
alerts = sa.Table(
    "alerts",
    metadata,
    sa.Column("subject", sa.Text, primary_key=True),
    sa.Column("node", sa.Text, nullable=False),
    sa.Column("slug", sa.Text, nullable=False),
    sa.Column("detail", sa.Text, nullable=False),
    sa.Column("raised_at", UtcTime, nullable=False),
)
