"""What is kept of recordings, and what is done with them: work, seals, transcripts, quality."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from voicegw.store.schema import UtcTime

_JSON = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")
_ROW_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def _create_work() -> None:
    """Work that waits."""
    op.create_table(
        "work",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("node", sa.Text(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("progress", sa.Float(), nullable=False),
        sa.Column("created_at", UtcTime(), nullable=False),
        sa.Column("not_before", UtcTime(), nullable=False),
        sa.Column("lease_until", UtcTime(), nullable=True),
        sa.Column("leased_by", sa.Text(), nullable=True),
        sa.Column("finished_at", UtcTime(), nullable=True),
        sa.Column("failure", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_work")),
    )
    op.create_index(
        "ix_work_kind_state_created_at", "work", ["kind", "state", "created_at"], unique=False
    )
    op.create_index("ix_work_subject", "work", ["subject"], unique=False)


def _create_audit() -> None:
    """Who did what."""
    op.create_table(
        "audit_log",
        sa.Column("position", _ROW_NUMBER, autoincrement=True, nullable=False),
        sa.Column("at", UtcTime(), nullable=False),
        sa.Column("principal", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("subject_kind", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("group_id", sa.Text(), nullable=True),
        sa.Column("request_id", sa.Text(), nullable=True),
        sa.Column("detail", _JSON, nullable=False),
        sa.PrimaryKeyConstraint("position", name=op.f("pk_audit_log")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_audit_log_at", "audit_log", ["at"], unique=False)
    op.create_index("ix_audit_log_principal_at", "audit_log", ["principal", "at"], unique=False)
    op.create_index("ix_audit_log_subject_at", "audit_log", ["subject", "at"], unique=False)


def _create_seals() -> None:
    """The chain of a node's recordings."""
    op.create_table(
        "seal_chains",
        sa.Column("node", sa.Text(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("node", name=op.f("pk_seal_chains")),
    )
    op.create_table(
        "seals",
        sa.Column("node", sa.Text(), nullable=False),
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("recording_id", sa.Text(), nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.Column("document", _JSON, nullable=False),
        sa.Column("key_id", sa.Text(), nullable=True),
        sa.Column("signature", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("node", "number", name=op.f("pk_seals")),
    )
    op.create_index("ix_seals_recording_id", "seals", ["recording_id"], unique=False)
    op.create_table(
        "seal_heads",
        sa.Column("node", sa.Text(), nullable=False),
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("signed_at", UtcTime(), nullable=False),
        sa.Column("document", _JSON, nullable=False),
        sa.PrimaryKeyConstraint("node", "number", name=op.f("pk_seal_heads")),
    )
    op.create_table(
        "seal_keys",
        sa.Column("key_id", sa.Text(), nullable=False),
        sa.Column("node", sa.Text(), nullable=False),
        sa.Column("created_at", UtcTime(), nullable=False),
        sa.Column("document", _JSON, nullable=False),
        sa.PrimaryKeyConstraint("key_id", name=op.f("pk_seal_keys")),
    )
    _seal_what_is_there()


def _seal_what_is_there() -> None:
    """Have the recordings of earlier versions sealed: late, but before anybody can say never."""
    op.execute(
        "INSERT INTO work "
        "(id, kind, subject, node, state, attempts, progress, created_at, not_before) "
        "SELECT 'seal:' || id, 'seal', id, node, 'waiting', 0, 0, created_at, created_at "
        "FROM recordings WHERE status IN ('completed', 'absent', 'failed')"
    )


def _add_retention() -> None:
    """How long recordings are kept."""
    for table in ("groups", "hotlines"):
        op.add_column(table, sa.Column("retention_days", sa.Integer(), nullable=True))


def _create_transcripts() -> None:
    """What was said."""
    op.create_table(
        "transcripts",
        sa.Column("number", _ROW_NUMBER, autoincrement=True, nullable=False),
        sa.Column("recording_id", sa.Text(), nullable=False),
        sa.Column("call_id", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("group_id", sa.Text(), nullable=True),
        sa.Column("manager_id", sa.Text(), nullable=True),
        sa.Column("created_at", UtcTime(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("document", _JSON, nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_transcripts")),
        sa.UniqueConstraint("recording_id", name=op.f("uq_transcripts_recording_id")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_transcripts_call_id", "transcripts", ["call_id"], unique=False)
    op.create_index(
        "ix_transcripts_status_created_at", "transcripts", ["status", "created_at"], unique=False
    )


#: Contentless and without positions: a third of the size, and what it finds is looked at anyway.
#: Two line ends behind each text, so that its last characters begin a trigram too.
_SQLITE_SEARCH = (
    """
    CREATE VIRTUAL TABLE transcript_index
    USING fts5(text, content='', detail=none, tokenize='trigram case_sensitive 1')
    """,
    "CREATE VIRTUAL TABLE transcript_terms USING fts5vocab('transcript_index', 'instance')",
    """
    CREATE TRIGGER transcript_index_insert AFTER INSERT ON transcripts WHEN new.text <> '' BEGIN
      INSERT INTO transcript_index(rowid, text) VALUES (new.number, new.text || x'0a0a');
    END
    """,
    """
    CREATE TRIGGER transcript_index_delete AFTER DELETE ON transcripts WHEN old.text <> '' BEGIN
      INSERT INTO transcript_index(transcript_index, rowid, text)
      VALUES ('delete', old.number, old.text || x'0a0a');
    END
    """,
    """
    CREATE TRIGGER transcript_index_update AFTER UPDATE OF text ON transcripts
    WHEN old.text IS NOT new.text BEGIN
      INSERT INTO transcript_index(transcript_index, rowid, text)
      SELECT 'delete', old.number, old.text || x'0a0a' WHERE old.text <> '';
      INSERT INTO transcript_index(rowid, text)
      SELECT new.number, new.text || x'0a0a' WHERE new.text <> '';
    END
    """,
)
#: The cost keeps the planner from ever computing it for rows that the index has not found.
_POSTGRESQL_SEARCH = (
    """
    CREATE FUNCTION transcript_grams(said text) RETURNS bigint[]
    LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT COST 100000 AS $$
      SELECT array_agg(DISTINCT key) FROM (
        SELECT unnest(ARRAY[
          ascii(one)::bigint,
          ascii(one)::bigint << 21 | ascii(lead(one) OVER (ORDER BY place))
        ]) AS key
        FROM unnest(string_to_array(said, NULL)) WITH ORDINALITY AS characters(one, place)
      ) AS keys WHERE key IS NOT NULL
    $$
    """,
    """
    CREATE INDEX ix_transcripts_grams ON transcripts USING gin (transcript_grams(text))
    WHERE text <> ''
    """,
)


def _create_search() -> None:
    """What finds transcripts by any part of their text."""
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    for statement in _SQLITE_SEARCH if is_sqlite else _POSTGRESQL_SEARCH:
        op.execute(statement)


def _drop_search() -> None:
    if op.get_bind().dialect.name == "sqlite":
        op.execute("DROP TABLE transcript_terms")
        op.execute("DROP TABLE transcript_index")
    else:
        op.execute("DROP INDEX ix_transcripts_grams")
        op.execute("DROP FUNCTION transcript_grams(text)")


def _create_checks() -> None:
    """Scripts, and what the check against them found."""
    op.create_table(
        "scripts",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("external_id", sa.Text(), nullable=True),
        sa.Column("group_id", sa.Text(), nullable=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("document", _JSON, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_scripts")),
        sa.UniqueConstraint("external_id", name=op.f("uq_scripts_external_id")),
    )
    op.create_index("ix_scripts_group_id", "scripts", ["group_id"], unique=False)
    op.create_table(
        "quality_results",
        sa.Column("recording_id", sa.Text(), nullable=False),
        sa.Column("call_id", sa.Text(), nullable=False),
        sa.Column("group_id", sa.Text(), nullable=True),
        sa.Column("manager_id", sa.Text(), nullable=True),
        sa.Column("created_at", UtcTime(), nullable=False),
        sa.Column("score", sa.Float(), nullable=True),
        sa.Column("document", _JSON, nullable=False),
        sa.PrimaryKeyConstraint("recording_id", name=op.f("pk_quality_results")),
    )
    op.create_index("ix_quality_results_call_id", "quality_results", ["call_id"], unique=False)
    op.create_index("ix_quality_results_score", "quality_results", ["score"], unique=False)
    op.create_table(
        "findings",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("recording_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("severity", sa.Text(), nullable=False),
        sa.Column("script_id", sa.Text(), nullable=True),
        sa.Column("statement_id", sa.Text(), nullable=True),
        sa.Column("group_id", sa.Text(), nullable=True),
        sa.Column("manager_id", sa.Text(), nullable=True),
        sa.Column("created_at", UtcTime(), nullable=False),
        sa.Column("document", _JSON, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_findings")),
    )
    op.create_index("ix_findings_kind_created_at", "findings", ["kind", "created_at"], unique=False)
    op.create_index("ix_findings_recording_id", "findings", ["recording_id"], unique=False)


def _create_reviews() -> None:
    """What people say of it."""
    op.create_table(
        "scorecards",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("external_id", sa.Text(), nullable=True),
        sa.Column("group_id", sa.Text(), nullable=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("document", _JSON, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_scorecards")),
        sa.UniqueConstraint("external_id", name=op.f("uq_scorecards_external_id")),
    )
    op.create_index("ix_scorecards_group_id", "scorecards", ["group_id"], unique=False)
    op.create_table(
        "samples",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("group_id", sa.Text(), nullable=True),
        sa.Column("created_at", UtcTime(), nullable=False),
        sa.Column("document", _JSON, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_samples")),
    )
    op.create_index("ix_samples_created_at_id", "samples", ["created_at", "id"], unique=False)
    op.create_index("ix_samples_group_id", "samples", ["group_id"], unique=False)
    op.create_table(
        "reviews",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("recording_id", sa.Text(), nullable=False),
        sa.Column("call_id", sa.Text(), nullable=False),
        sa.Column("scorecard_id", sa.Text(), nullable=False),
        sa.Column("sample_id", sa.Text(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("reviewer", sa.Text(), nullable=True),
        sa.Column("group_id", sa.Text(), nullable=True),
        sa.Column("manager_id", sa.Text(), nullable=True),
        sa.Column("created_at", UtcTime(), nullable=False),
        sa.Column("part", sa.Text(), server_default="only", nullable=False),
        sa.Column("share", sa.Float(), nullable=True),
        sa.Column("share_scored", sa.Float(), nullable=True),
        sa.Column("upheld", sa.Boolean(), nullable=True),
        sa.Column("document", _JSON, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reviews")),
    )
    op.create_index("ix_reviews_created_at_id", "reviews", ["created_at", "id"], unique=False)
    op.create_index("ix_reviews_recording_id", "reviews", ["recording_id"], unique=False)
    op.create_index("ix_reviews_sample_id", "reviews", ["sample_id"], unique=False)
    op.create_index(
        "ix_reviews_reviewer_created_at", "reviews", ["reviewer", "created_at", "id"], unique=False
    )
    op.create_index("ix_reviews_reviewer_state", "reviews", ["reviewer", "state"], unique=False)
    op.create_index(
        "ix_reviews_manager_id_created_at", "reviews", ["manager_id", "created_at"], unique=False
    )
    op.create_index(
        "ix_reviews_state_created_at", "reviews", ["state", "created_at", "id"], unique=False
    )


def _create_exports() -> None:
    """Archives that were asked for."""
    op.create_table(
        "exports",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("node", sa.Text(), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("created_at", UtcTime(), nullable=False),
        sa.Column("expires_at", UtcTime(), nullable=True),
        sa.Column("withdrawn_at", UtcTime(), nullable=True),
        sa.Column("document", _JSON, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_exports")),
    )
    op.create_index(
        "ix_exports_created_by_created_at", "exports", ["created_by", "created_at"], unique=False
    )
    op.create_index("ix_exports_node_state", "exports", ["node", "state"], unique=False)


def upgrade() -> None:
    """Create the tables."""
    _create_work()
    _create_audit()
    _create_seals()
    _add_retention()
    _create_transcripts()
    _create_search()
    _create_checks()
    _create_reviews()
    _create_exports()


def downgrade() -> None:
    """Drop them."""
    for table in ("groups", "hotlines"):
        op.drop_column(table, "retention_days")
    _drop_search()
    for table in (
        "exports",
        "reviews",
        "samples",
        "scorecards",
        "findings",
        "quality_results",
        "scripts",
        "transcripts",
        "seal_keys",
        "seal_heads",
        "seals",
        "seal_chains",
        "audit_log",
        "work",
    ):
        op.drop_table(table)
