"""Who answers: routing of hotlines, handovers, tasks, flows, own prompts."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from voicegw.store.schema import UtcTime

_JSON = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_DIRECTORY_COLUMNS = (
    ("groups", "hours"),
    ("groups", "quiet_hours"),
    ("hotlines", "display_number"),
    ("hotlines", "routing"),
    ("hotlines", "after_call"),
    ("managers", "skills"),
    ("managers", "pin_hash"),
    ("customers", "code"),
    ("directory_state", "switching_id"),
    ("api_keys", "grants"),
    ("jobs", "rows_new"),
    ("jobs", "rows_unchanged"),
)


def _extend_directory() -> None:
    """What groups, hotlines, managers and customers say besides."""
    op.add_column("groups", sa.Column("hours", sa.Text(), nullable=True))
    op.add_column("groups", sa.Column("quiet_hours", sa.Text(), nullable=True))
    op.add_column("hotlines", sa.Column("display_number", sa.Text(), nullable=True))
    for column in ("routing", "after_call"):
        op.add_column("hotlines", sa.Column(column, _JSON, nullable=False, server_default="{}"))
    op.add_column("managers", sa.Column("skills", _JSON, nullable=False, server_default="[]"))
    op.add_column("managers", sa.Column("pin_hash", sa.Text(), nullable=True))
    op.add_column("customers", sa.Column("code", sa.Text(), nullable=True))
    op.create_index("ix_customers_code", "customers", ["code"], unique=True)


def _extend_imports() -> None:
    """Counts of imports, and what titles of columns mean to them."""
    for column in ("rows_new", "rows_unchanged"):
        op.add_column("jobs", sa.Column(column, sa.Integer(), nullable=False, server_default="0"))
    op.create_table(
        "import_mappings",
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("mapping", _JSON, nullable=False),
        sa.Column("changed_at", UtcTime(), nullable=False),
        sa.Column("changed_by", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("kind", name=op.f("pk_import_mappings")),
    )


def _create_handovers() -> None:
    """Customers that change hands, and who may have that done."""
    op.add_column("directory_state", sa.Column("switching_id", sa.Text(), nullable=True))
    op.add_column("api_keys", sa.Column("grants", _JSON, nullable=False, server_default="[]"))
    op.create_table(
        "handovers",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("group_id", sa.Text(), nullable=True),
        sa.Column("from_manager_id", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("created_at", UtcTime(), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("switched_at", UtcTime(), nullable=True),
        sa.Column("document", _JSON, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_handovers")),
    )
    op.create_index(
        "ix_handovers_from_manager_id_created_at",
        "handovers",
        ["from_manager_id", "created_at"],
        unique=False,
    )
    op.create_index("ix_handovers_created_at_id", "handovers", ["created_at", "id"], unique=False)
    op.create_index("ix_handovers_state", "handovers", ["state"], unique=False)
    op.create_table(
        "handover_items",
        sa.Column("handover_id", sa.Text(), nullable=False),
        sa.Column("customer_id", sa.Text(), nullable=False),
        sa.Column("from_manager_id", sa.Text(), nullable=False),
        sa.Column("to_manager_id", sa.Text(), nullable=False),
        sa.Column("result", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["handover_id"],
            ["handovers.id"],
            name=op.f("fk_handover_items_handover_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("handover_id", "customer_id", name=op.f("pk_handover_items")),
    )


def _create_tasks() -> None:
    """What is to be done."""
    op.create_table(
        "tasks",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("group_id", sa.Text(), nullable=True),
        sa.Column("manager_id", sa.Text(), nullable=True),
        sa.Column("customer_id", sa.Text(), nullable=True),
        sa.Column("customer_number", sa.Text(), nullable=True),
        sa.Column("call_id", sa.Text(), nullable=True),
        sa.Column("created_at", UtcTime(), nullable=False),
        sa.Column("due_at", UtcTime(), nullable=True),
        sa.Column("document", _JSON, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tasks")),
    )
    op.create_index("ix_tasks_call_id", "tasks", ["call_id"], unique=False)
    op.create_index("ix_tasks_created_at_id", "tasks", ["created_at", "id"], unique=False)
    op.create_index(
        "ix_tasks_group_id_created_at", "tasks", ["group_id", "created_at"], unique=False
    )
    op.create_index(
        "ix_tasks_manager_id_created_at", "tasks", ["manager_id", "created_at"], unique=False
    )
    op.create_index("ix_tasks_customer_id_state", "tasks", ["customer_id", "state"], unique=False)
    op.create_index(
        "ix_tasks_customer_number_state", "tasks", ["customer_number", "state"], unique=False
    )


def _create_flows() -> None:
    """Flows in all their versions."""
    op.create_table(
        "flows",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("created_at", UtcTime(), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("name", "version", name=op.f("pk_flows")),
    )


def _create_prompts() -> None:
    """Own prompts."""
    op.create_table(
        "prompts",
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("duration_ms", sa.Integer(), nullable=False),
        sa.Column("created_at", UtcTime(), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("language", "name", name=op.f("pk_prompts")),
    )


def _spare_statistics() -> None:
    """Have PostgreSQL gather no statistics of the keys of transcripts.

    For them every ANALYZE computes the keys of 30,000 transcripts, a minute of CPU each time. Of a
    condition without statistics PostgreSQL assumes that few rows fulfil it, which is the index's
    case: common terms are found before it is asked.
    """
    if op.get_bind().dialect.name == "postgresql":
        op.execute("ALTER INDEX ix_transcripts_grams ALTER COLUMN 1 SET STATISTICS 0")


def _create_pin_failures() -> None:
    """Wrong PINs."""
    op.create_table(
        "pin_failures",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("since", UtcTime(), nullable=False),
        sa.Column("locked_until", UtcTime(), nullable=True),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_pin_failures")),
    )


def _keep_histories() -> None:
    """Have the history of a customer's owners outlive the customer."""
    with op.batch_alter_table("ownerships") as table:
        table.drop_constraint(op.f("fk_ownerships_customer_id"), type_="foreignkey")


def _bind_histories() -> None:
    """Undo it: histories of customers who are gone go, too."""
    op.execute("DELETE FROM ownerships WHERE customer_id NOT IN (SELECT id FROM customers)")
    with op.batch_alter_table("ownerships") as table:
        table.create_foreign_key(
            op.f("fk_ownerships_customer_id"),
            "customers",
            ["customer_id"],
            ["id"],
            ondelete="CASCADE",
        )


def upgrade() -> None:
    """Create what is new."""
    _extend_directory()
    _keep_histories()
    _extend_imports()
    _create_handovers()
    _create_tasks()
    _create_flows()
    _create_prompts()
    _spare_statistics()
    _create_pin_failures()


def downgrade() -> None:
    """Drop it."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute("ALTER INDEX ix_transcripts_grams ALTER COLUMN 1 SET STATISTICS -1")
    for table in (
        "pin_failures",
        "import_mappings",
        "prompts",
        "flows",
        "tasks",
        "handover_items",
        "handovers",
    ):
        op.drop_table(table)
    _bind_histories()
    op.drop_index("ix_customers_code", table_name="customers")
    for table, column in _DIRECTORY_COLUMNS:
        op.drop_column(table, column)
