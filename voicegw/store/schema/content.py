"""What callers hear: flows and own prompts."""

from __future__ import annotations

import sqlalchemy as sa

from voicegw.store.schema.base import UtcTime, metadata

#: Every version of every flow; a hotline names a flow and gets its newest version.
flows = sa.Table(
    "flows",
    metadata,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("version", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("created_at", UtcTime, nullable=False),
    sa.Column("created_by", sa.Text, nullable=False),
    sa.Column("source", sa.Text, nullable=False),
)

#: Own prompts, as they were prepared from what was uploaded: WAV of 16 kHz, mono.
prompts = sa.Table(
    "prompts",
    metadata,
    sa.Column("language", sa.Text, primary_key=True),
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("sha256", sa.Text, nullable=False),
    sa.Column("duration_ms", sa.Integer, nullable=False),
    sa.Column("created_at", UtcTime, nullable=False),
    sa.Column("created_by", sa.Text, nullable=False),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("content", sa.LargeBinary, nullable=False),
)
