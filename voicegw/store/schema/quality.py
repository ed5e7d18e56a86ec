"""What talks were worth: scripts, findings, scorecards, samples and reviews."""

from __future__ import annotations

import sqlalchemy as sa

from voicegw.store.schema.base import Json, UtcTime, metadata

scripts = sa.Table(
    "scripts",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("external_id", sa.Text, unique=True),
    sa.Column("group_id", sa.Text, index=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("active", sa.Boolean, nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("document", Json, nullable=False),
)

quality_results = sa.Table(
    "quality_results",
    metadata,
    sa.Column("recording_id", sa.Text, primary_key=True),
    sa.Column("call_id", sa.Text, nullable=False, index=True),
    sa.Column("group_id", sa.Text),
    sa.Column("manager_id", sa.Text),
    sa.Column("created_at", UtcTime, nullable=False),
    sa.Column("score", sa.Float),
    sa.Column("document", Json, nullable=False),
    sa.Index("ix_quality_results_score", "score"),
)

findings = sa.Table(
    "findings",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("recording_id", sa.Text, nullable=False, index=True),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("severity", sa.Text, nullable=False),
    sa.Column("script_id", sa.Text),
    sa.Column("statement_id", sa.Text),
    sa.Column("group_id", sa.Text),
    sa.Column("manager_id", sa.Text),
    sa.Column("created_at", UtcTime, nullable=False),
    sa.Column("document", Json, nullable=False),
    sa.Index("ix_findings_kind_created_at", "kind", "created_at"),
)

scorecards = sa.Table(
    "scorecards",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("external_id", sa.Text, unique=True),
    sa.Column("group_id", sa.Text, index=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("active", sa.Boolean, nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("document", Json, nullable=False),
)

samples = sa.Table(
    "samples",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("group_id", sa.Text, index=True),
    sa.Column("created_at", UtcTime, nullable=False),
    sa.Column("document", Json, nullable=False),
    sa.Index("ix_samples_created_at_id", "created_at", "id"),
)

reviews = sa.Table(
    "reviews",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("recording_id", sa.Text, nullable=False, index=True),
    sa.Column("call_id", sa.Text, nullable=False, index=True),
    sa.Column("scorecard_id", sa.Text, nullable=False),
    sa.Column("sample_id", sa.Text, index=True),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("reviewer", sa.Text),
    sa.Column("group_id", sa.Text),
    sa.Column("manager_id", sa.Text),
    sa.Column("created_at", UtcTime, nullable=False),
    sa.Column("part", sa.Text, nullable=False, server_default="only"),
    # What reports count: the share of the points by now and as it was first scored, whether an
    # appeal changed it (null: none is decided), and how many items did not apply to the talk.
    sa.Column("share", sa.Float),
    sa.Column("share_scored", sa.Float),
    sa.Column("upheld", sa.Boolean),
    sa.Column("not_applicable", sa.Integer, nullable=False, server_default="0"),
    sa.Column("document", Json, nullable=False),
    sa.Index("ix_reviews_created_at_id", "created_at", "id"),
    sa.Index("ix_reviews_manager_id_created_at", "manager_id", "created_at"),
    sa.Index("ix_reviews_reviewer_created_at", "reviewer", "created_at", "id"),
    sa.Index("ix_reviews_reviewer_state", "reviewer", "state"),
    sa.Index("ix_reviews_state_created_at", "state", "created_at", "id"),
)
