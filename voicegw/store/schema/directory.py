"""Who there is: groups, hotlines, managers, customers and their owners; files taken in."""

from __future__ import annotations

import sqlalchemy as sa

from voicegw.store.schema.base import CodePoints, Json, RowNumber, UtcTime, metadata

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
    sa.Column("external_id", sa.Text),
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
    sa.Index("ix_hotlines_external_id", "external_id", unique=True),
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
    sa.Column("leave", Json, nullable=False, server_default="[]"),
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
    sa.Index("ix_customers_class_id", "class_", "id"),
    sa.Index("ix_customers_tier_id", "tier", "id"),
    sa.Index(
        "ix_customers_do_not_call_id",
        "id",
        sqlite_where=sa.text("do_not_call IS NOT NULL"),
        postgresql_where=sa.text("do_not_call IS NOT NULL"),
    ),
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
    # Found by its last four digits, too: `ix_customer_numbers_ending`, over an expression that each
    # kind of store spells otherwise, is made by the migration.
)

#: What customers are found by when a part of the name is typed (`voicegw.model.name_keys`): beside
#: the group, so that a search looks at nothing else. Rows go with the customer's own, which says
#: which they are: `voicegw.store.customer_keys`.
customer_keys = sa.Table(
    "customer_keys",
    metadata,
    # By code points, whatever the language of the database: a beginning is then a range.
    sa.Column("key", CodePoints, primary_key=True),
    sa.Column("group_id", sa.Text, primary_key=True),
    sa.Column("customer_id", sa.Text, primary_key=True),
    sqlite_with_rowid=False,
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
    sa.Column("fault", Json),
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
    sa.Column("kind", sa.Text, nullable=False, server_default="other"),
    sa.Column("params", Json, nullable=False, server_default=sa.text("'{}'")),
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
    # Whether matters that customers have raised go along.
    sa.Column("moves_matters", sa.Boolean, nullable=False, server_default=sa.true()),
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

#: Wrong PINs of a manager (`manager:ID`) or from a telephone (`telephone:NUMBER`).
pin_failures = sa.Table(
    "pin_failures",
    metadata,
    sa.Column("key", sa.Text, primary_key=True),
    sa.Column("failures", sa.Integer, nullable=False),
    sa.Column("since", UtcTime, nullable=False),
    sa.Column("locked_until", UtcTime),
)
