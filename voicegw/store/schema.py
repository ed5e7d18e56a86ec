"""The tables, as SQLAlchemy Core sees them; the migrations lead to exactly this.

Calls and recordings keep the whole record as a JSON `document`; the columns beside it are what
lists filter and sort by. Directory tables are plain columns, because people query them by hand.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator, TypeEngine

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


class UtcTime(TypeDecorator[datetime]):
    """An aware UTC time: TIMESTAMPTZ on PostgreSQL, microseconds since the epoch on SQLite.

    SQLite has no time type; an integer sorts, compares and indexes without any parsing.
    """

    impl = sa.BigInteger
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Choose the column type of `dialect`."""
        if dialect.name == "postgresql":
            return dialect.type_descriptor(postgresql.TIMESTAMP(timezone=True))
        return dialect.type_descriptor(sa.BigInteger())

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        """Turn an aware time into what the driver takes."""
        if value is None or dialect.name == "postgresql":
            return value
        return (value - _EPOCH) // _MICROSECOND

    def process_result_value(
        self,
        value: Any | None,
        dialect: Dialect,  # noqa: ARG002 - SQLAlchemy's signature
    ) -> datetime | None:
        """Turn what the driver gives into an aware UTC time."""
        if value is None:
            return None
        if isinstance(value, datetime):
            return value.astimezone(UTC)
        return _EPOCH + timedelta(microseconds=value)


#: A JSON value; the engine's serialiser is msgspec, so structs may be bound directly.
Json = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")
#: SQLite numbers rows by itself only in a column that is called INTEGER.
RowNumber = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

metadata = sa.MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

#: One row whose version rises with every change of groups, hotlines, managers and their phones, by
#: triggers: so caches learn of changes made by anybody, and read again only then. `switching_id` is
#: the handover whose new owners answer already (`voicegw.store.owners`); there is one at most.
directory_state = sa.Table(
    "directory_state",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("version", sa.BigInteger, nullable=False),
    sa.Column("switching_id", sa.Text),
)

groups = sa.Table(
    "groups",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("external_id", sa.Text, unique=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("parent_id", sa.Text, sa.ForeignKey("groups.id"), index=True),
    sa.Column("area_code", sa.Text),
    sa.Column("timezone", sa.Text, nullable=False),
    sa.Column("retention_days", sa.Integer),
    sa.Column("hours", sa.Text),
    sa.Column("quiet_hours", sa.Text),
)

hotlines = sa.Table(
    "hotlines",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("number", sa.Text, nullable=False, unique=True),
    sa.Column("group_id", sa.Text, sa.ForeignKey("groups.id"), nullable=False, index=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("hours", sa.Text),
    sa.Column("flow", sa.Text),
    sa.Column("answer", sa.Text, nullable=False),
    sa.Column("announce", sa.Text, nullable=False),
    sa.Column("confirm_manager", sa.Boolean, nullable=False),
    sa.Column("max_ring_s", sa.Integer, nullable=False),
    sa.Column("retention_days", sa.Integer),
    sa.Column("display_number", sa.Text),
    sa.Column("routing", Json, nullable=False, server_default="{}"),
    sa.Column("after_call", Json, nullable=False, server_default="{}"),
)

managers = sa.Table(
    "managers",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("external_id", sa.Text, unique=True),
    sa.Column("staff_no", sa.Text, index=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("group_id", sa.Text, sa.ForeignKey("groups.id"), nullable=False, index=True),
    sa.Column("status", sa.Text, nullable=False),
    sa.Column("away_until", UtcTime),
    sa.Column("deputy_id", sa.Text, sa.ForeignKey("managers.id"), index=True),
    sa.Column("hours", sa.Text),
    sa.Column("skills", Json, nullable=False, server_default="[]"),
    sa.Column("pin_hash", sa.Text),
)

manager_phones = sa.Table(
    "manager_phones",
    metadata,
    sa.Column(
        "manager_id",
        sa.Text,
        sa.ForeignKey("managers.id", ondelete="CASCADE"),
        primary_key=True,
    ),
    sa.Column("position", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("number", sa.Text, index=True),
    sa.Column("aor", sa.Text, index=True),
    sa.Column("label", sa.Text, nullable=False),
    sa.Column("ring_order", sa.Integer, nullable=False),
)

customers = sa.Table(
    "customers",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("external_id", sa.Text, unique=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("group_id", sa.Text, sa.ForeignKey("groups.id"), nullable=False),
    sa.Column("owner_id", sa.Text, sa.ForeignKey("managers.id")),
    sa.Column("class", sa.Text, key="class_"),
    sa.Column("tier", sa.Text),
    sa.Column("do_not_call", Json),
    sa.Column("code", sa.Text),
    sa.Column("attributes", Json, nullable=False),
    sa.Index("ix_customers_code", "code", unique=True),
    sa.Index("ix_customers_group_id_id", "group_id", "id"),
    sa.Index("ix_customers_owner_id_id", "owner_id", "id"),
)

customer_numbers = sa.Table(
    "customer_numbers",
    metadata,
    sa.Column("number", sa.Text, primary_key=True),
    sa.Column(
        "customer_id",
        sa.Text,
        sa.ForeignKey("customers.id", ondelete="CASCADE"),
        primary_key=True,
        index=True,
    ),
    sa.Column("position", sa.Integer, nullable=False),
)

ownerships = sa.Table(
    "ownerships",
    metadata,
    sa.Column("id", RowNumber, primary_key=True, autoincrement=True),
    # No foreign keys: the history outlives the customer's record, and the manager's.
    sa.Column("customer_id", sa.Text, nullable=False, index=True),
    sa.Column("manager_id", sa.Text),
    sa.Column("from_at", UtcTime, nullable=False),
    sa.Column("until_at", UtcTime),
    sa.Column("by", sa.Text, nullable=False),
    sa.Column("why", sa.Text, nullable=False),
)

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
    sa.Column("created_at", UtcTime, nullable=False),
    sa.Column("sequence", sa.Integer, nullable=False),
    sa.Column("document", Json, nullable=False),
    sa.Index("ix_calls_created_at_id", "created_at", "id"),
    sa.Index("ix_calls_group_id_created_at", "group_id", "created_at"),
    sa.Index("ix_calls_manager_id_created_at", "manager_id", "created_at"),
    sa.Index("ix_calls_customer_id_created_at", "customer_id", "created_at"),
    sa.Index("ix_calls_customer_number_created_at", "customer_number", "created_at"),
    sa.Index(
        "ix_calls_open",
        "node",
        sqlite_where=sa.text("is_final = 0"),
        postgresql_where=sa.text("is_final = false"),
    ),
)

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
    sa.Column("created_at", UtcTime, nullable=False),
    sa.Column("document", Json, nullable=False),
    sa.Index("ix_recordings_created_at_id", "created_at", "id"),
    sa.Index("ix_recordings_group_id_created_at", "group_id", "created_at"),
    sa.Index("ix_recordings_status_node", "status", "node"),
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
    sa.Column("data", Json, nullable=False),
    sa.Index("ix_events_subject_position", "subject", "position"),
    # A position is never given twice, even when the newest rows have been deleted.
    sqlite_autoincrement=True,
)

journal_positions = sa.Table(
    "journal_positions",
    metadata,
    sa.Column("node", sa.Text, primary_key=True),
    sa.Column("position", sa.BigInteger, nullable=False),
)

api_keys = sa.Table(
    "api_keys",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("prefix", sa.Text, nullable=False),
    sa.Column("secret_sha256", sa.Text, nullable=False, unique=True),
    sa.Column("role", sa.Text, nullable=False),
    sa.Column("group_id", sa.Text, sa.ForeignKey("groups.id")),
    sa.Column("manager_id", sa.Text, sa.ForeignKey("managers.id")),
    sa.Column("created_at", UtcTime, nullable=False),
    sa.Column("revoked_at", UtcTime),
    sa.Column("last_used_at", UtcTime),
    sa.Column("grants", Json, nullable=False, server_default="[]"),
)

idempotency_keys = sa.Table(
    "idempotency_keys",
    metadata,
    sa.Column("principal", sa.Text, primary_key=True),
    sa.Column("key", sa.Text, primary_key=True),
    sa.Column("request_hash", sa.Text, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("node", sa.Text, nullable=False),
    sa.Column("status", sa.Integer),
    sa.Column("headers", Json),
    sa.Column("body", sa.LargeBinary),
    sa.Column("created_at", UtcTime, nullable=False, index=True),
)

jobs = sa.Table(
    "jobs",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("dry_run", sa.Boolean, nullable=False),
    sa.Column("created_by", sa.Text, nullable=False),
    sa.Column("group_id", sa.Text),
    sa.Column("created_at", UtcTime, nullable=False),
    sa.Column("finished_at", UtcTime),
    sa.Column("rows_read", sa.Integer, nullable=False),
    sa.Column("rows_written", sa.Integer, nullable=False),
    sa.Column("rows_bad", sa.Integer, nullable=False),
    sa.Column("failure", sa.Text),
    sa.Column("rows_new", sa.Integer, nullable=False, server_default="0"),
    sa.Column("rows_unchanged", sa.Integer, nullable=False, server_default="0"),
)

#: What titles of columns mean to imports of a kind, besides those that every node knows.
import_mappings = sa.Table(
    "import_mappings",
    metadata,
    sa.Column("kind", sa.Text, primary_key=True),
    sa.Column("mapping", Json, nullable=False),
    sa.Column("changed_at", UtcTime, nullable=False),
    sa.Column("changed_by", sa.Text, nullable=False),
)

job_problems = sa.Table(
    "job_problems",
    metadata,
    sa.Column("job_id", sa.Text, sa.ForeignKey("jobs.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("line", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("field", sa.Text, nullable=False),
    sa.Column("message", sa.Text, nullable=False),
)

#: Work that waits for somebody to do it: leased, tried again, given up. `id` is `kind:subject`.
work = sa.Table(
    "work",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("subject", sa.Text, nullable=False, index=True),
    sa.Column("node", sa.Text),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("progress", sa.Float, nullable=False),
    sa.Column("created_at", UtcTime, nullable=False),
    sa.Column("not_before", UtcTime, nullable=False),
    sa.Column("lease_until", UtcTime),
    sa.Column("leased_by", sa.Text),
    sa.Column("finished_at", UtcTime),
    sa.Column("failure", sa.Text),
    sa.Index("ix_work_kind_state_created_at", "kind", "state", "created_at"),
)

#: Who did what to what: every listening, every export, every change that matters to a regulator.
audit_log = sa.Table(
    "audit_log",
    metadata,
    sa.Column("position", RowNumber, primary_key=True, autoincrement=True),
    sa.Column("at", UtcTime, nullable=False),
    sa.Column("principal", sa.Text, nullable=False),
    sa.Column("role", sa.Text, nullable=False),
    sa.Column("action", sa.Text, nullable=False),
    sa.Column("subject_kind", sa.Text, nullable=False),
    sa.Column("subject", sa.Text, nullable=False),
    sa.Column("group_id", sa.Text),
    sa.Column("request_id", sa.Text),
    sa.Column("detail", Json, nullable=False),
    sa.Index("ix_audit_log_at", "at"),
    sa.Index("ix_audit_log_subject_at", "subject", "at"),
    sa.Index("ix_audit_log_principal_at", "principal", "at"),
    sqlite_autoincrement=True,
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
    sa.Column("call_id", sa.Text, nullable=False),
    sa.Column("scorecard_id", sa.Text, nullable=False),
    sa.Column("sample_id", sa.Text, index=True),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("reviewer", sa.Text),
    sa.Column("group_id", sa.Text),
    sa.Column("manager_id", sa.Text),
    sa.Column("created_at", UtcTime, nullable=False),
    sa.Column("part", sa.Text, nullable=False, server_default="only"),
    # What reports count: the share of the points by now and as it was first scored, and whether an
    # appeal changed it (null: none is decided).
    sa.Column("share", sa.Float),
    sa.Column("share_scored", sa.Float),
    sa.Column("upheld", sa.Boolean),
    sa.Column("document", Json, nullable=False),
    sa.Index("ix_reviews_created_at_id", "created_at", "id"),
    sa.Index("ix_reviews_manager_id_created_at", "manager_id", "created_at"),
    sa.Index("ix_reviews_reviewer_created_at", "reviewer", "created_at", "id"),
    sa.Index("ix_reviews_reviewer_state", "reviewer", "state"),
    sa.Index("ix_reviews_state_created_at", "state", "created_at", "id"),
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

#: Customers that are to be moved from one manager to others, and what became of it.
handovers = sa.Table(
    "handovers",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("group_id", sa.Text),
    sa.Column("from_manager_id", sa.Text, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("created_at", UtcTime, nullable=False),
    sa.Column("created_by", sa.Text, nullable=False),
    sa.Column("why", sa.Text, nullable=False),
    sa.Column("switched_at", UtcTime),
    sa.Column("document", Json, nullable=False),
    sa.Index("ix_handovers_created_at_id", "created_at", "id"),
    sa.Index("ix_handovers_from_manager_id_created_at", "from_manager_id", "created_at"),
    sa.Index("ix_handovers_state", "state"),
)

handover_items = sa.Table(
    "handover_items",
    metadata,
    sa.Column(
        "handover_id",
        sa.Text,
        sa.ForeignKey("handovers.id", ondelete="CASCADE"),
        primary_key=True,
    ),
    # No foreign keys: what was moved is told even when it is gone.
    sa.Column("customer_id", sa.Text, primary_key=True),
    sa.Column("from_manager_id", sa.Text, nullable=False),
    sa.Column("to_manager_id", sa.Text, nullable=False),
    # NULL until the customer's record has followed.
    sa.Column("result", sa.Text),
)

#: What is to be done for a customer: messages left, calls missed, calls promised.
tasks = sa.Table(
    "tasks",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("type", sa.Text, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("group_id", sa.Text),
    sa.Column("manager_id", sa.Text),
    sa.Column("customer_id", sa.Text),
    sa.Column("customer_number", sa.Text),
    # The first of its calls; the document has them all.
    sa.Column("call_id", sa.Text, index=True),
    sa.Column("created_at", UtcTime, nullable=False),
    sa.Column("due_at", UtcTime),
    sa.Column("document", Json, nullable=False),
    sa.Index("ix_tasks_created_at_id", "created_at", "id"),
    sa.Index("ix_tasks_group_id_created_at", "group_id", "created_at"),
    sa.Index("ix_tasks_manager_id_created_at", "manager_id", "created_at"),
    sa.Index("ix_tasks_customer_id_state", "customer_id", "state"),
    sa.Index("ix_tasks_customer_number_state", "customer_number", "state"),
)

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

#: Wrong PINs of a manager (`manager:ID`) or from a telephone (`telephone:NUMBER`).
pin_failures = sa.Table(
    "pin_failures",
    metadata,
    sa.Column("key", sa.Text, primary_key=True),
    sa.Column("failures", sa.Integer, nullable=False),
    sa.Column("since", UtcTime, nullable=False),
    sa.Column("locked_until", UtcTime),
)
