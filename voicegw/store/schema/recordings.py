"""What was said: recordings, transcripts, seals and archives."""

from __future__ import annotations

import sqlalchemy as sa

from voicegw.store.schema.base import Json, RowNumber, UtcTime, metadata

recordings = sa.Table(
    "recordings",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("call_id", sa.Text, nullable=False, index=True),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("status", sa.Text, nullable=False),
    sa.Column("node", sa.Text, nullable=False),
    sa.Column("group_id", sa.Text),
    sa.Column("manager_id", sa.Text),
    sa.Column("customer_id", sa.Text),
    sa.Column("hotline_id", sa.Text),
    sa.Column("duration_s", sa.Float),
    sa.Column("created_at", UtcTime, nullable=False),
    sa.Column("document", Json, nullable=False),
    # The length is there to be looked at on the way: newest first, only what fits is read.
    sa.Index("ix_recordings_created_at_id_duration_s", "created_at", "id", "duration_s"),
    sa.Index("ix_recordings_group_id_created_at", "group_id", "created_at"),
    sa.Index("ix_recordings_hotline_id_created_at", "hotline_id", "created_at", "id"),
    sa.Index("ix_recordings_status_node", "status", "node"),
)

#: Where each node's chain of seals ends; its row is locked by whoever appends.
seal_chains = sa.Table(
    "seal_chains",
    metadata,
    sa.Column("node", sa.Text, primary_key=True),
    sa.Column("number", sa.BigInteger, nullable=False),
    sa.Column("hash", sa.Text, nullable=False),
)

#: The chain of a node's recordings; `document` is what `hash` covers.
seals = sa.Table(
    "seals",
    metadata,
    sa.Column("node", sa.Text, primary_key=True),
    sa.Column("number", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("recording_id", sa.Text, nullable=False, index=True),
    sa.Column("hash", sa.Text, nullable=False),
    sa.Column("document", Json, nullable=False),
    sa.Column("key_id", sa.Text),
    sa.Column("signature", sa.Text),
)

#: The public keys that sign, each vouched for by the one before it.
seal_keys = sa.Table(
    "seal_keys",
    metadata,
    sa.Column("key_id", sa.Text, primary_key=True),
    sa.Column("node", sa.Text, nullable=False),
    sa.Column("created_at", UtcTime, nullable=False),
    sa.Column("document", Json, nullable=False),
)

seal_heads = sa.Table(
    "seal_heads",
    metadata,
    sa.Column("node", sa.Text, primary_key=True),
    sa.Column("number", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("signed_at", UtcTime, nullable=False),
    sa.Column("document", Json, nullable=False),
)

#: `text` is `Transcript.search_text()`. What finds it is made by the migration, and kept by the
#: database itself: `transcript_index` (FTS5, by `number`) on SQLite, `ix_transcripts_grams` (GIN)
#: on PostgreSQL; see `voicegw.store.search`.
transcripts = sa.Table(
    "transcripts",
    metadata,
    sa.Column("number", RowNumber, primary_key=True, autoincrement=True),
    sa.Column("recording_id", sa.Text, nullable=False, unique=True),
    sa.Column("call_id", sa.Text, nullable=False, index=True),
    sa.Column("status", sa.Text, nullable=False),
    sa.Column("group_id", sa.Text),
    sa.Column("manager_id", sa.Text),
    sa.Column("created_at", UtcTime, nullable=False),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("document", Json, nullable=False),
    sa.Index("ix_transcripts_status_created_at", "status", "created_at"),
    sqlite_autoincrement=True,
)

#: Archives that were asked for; their files lie in the folder of `node` until `expires_at`.
exports = sa.Table(
    "exports",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("node", sa.Text, nullable=False),
    sa.Column("created_by", sa.Text, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("created_at", UtcTime, nullable=False),
    sa.Column("expires_at", UtcTime),
    # Of whoever deletes a recording; the node that makes the archive writes everything else.
    sa.Column("withdrawn_at", UtcTime),
    sa.Column("document", Json, nullable=False),
    sa.Index("ix_exports_created_by_created_at", "created_by", "created_at"),
    sa.Index("ix_exports_node_state", "node", "state"),
)
