"""First schema."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from voicegw.store.schema import UtcTime

_JSON = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")
_ROW_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


#: Tables whose changes raise `directory_state.version`.
_WATCHED = ("groups", "hotlines", "managers", "manager_phones")


def _watch_directory() -> None:
    """Create the counter and the triggers that raise it."""
    op.create_table(
        "directory_state",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_directory_state")),
    )
    op.execute("INSERT INTO directory_state (id, version) VALUES (1, 1)")
    raise_version = "UPDATE directory_state SET version = version + 1 WHERE id = 1"
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "CREATE FUNCTION raise_directory_version() RETURNS trigger LANGUAGE plpgsql AS "
            f"$$ BEGIN {raise_version}; RETURN NULL; END $$"
        )
        for table in _WATCHED:
            op.execute(
                f"CREATE TRIGGER {table}_changed AFTER INSERT OR UPDATE OR DELETE ON {table} "
                "FOR EACH STATEMENT EXECUTE FUNCTION raise_directory_version()"
            )
        return
    for table in _WATCHED:
        for action in ("INSERT", "UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER {table}_{action.lower()} AFTER {action} ON {table} "
                f"BEGIN {raise_version}; END"
            )


def upgrade() -> None:
    """Apply the revision."""
    op.create_table(
        "calls",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("node", sa.Text(), nullable=False),
        sa.Column("direction", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("is_final", sa.Boolean(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.Column("group_id", sa.Text(), nullable=True),
        sa.Column("manager_id", sa.Text(), nullable=True),
        sa.Column("customer_id", sa.Text(), nullable=True),
        sa.Column("customer_number", sa.Text(), nullable=True),
        sa.Column("created_at", UtcTime(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("document", _JSON, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calls")),
    )
    op.create_index("ix_calls_created_at_id", "calls", ["created_at", "id"], unique=False)
    op.create_index(
        "ix_calls_customer_id_created_at", "calls", ["customer_id", "created_at"], unique=False
    )
    op.create_index(
        "ix_calls_customer_number_created_at",
        "calls",
        ["customer_number", "created_at"],
        unique=False,
    )
    op.create_index(
        "ix_calls_group_id_created_at", "calls", ["group_id", "created_at"], unique=False
    )
    op.create_index(
        "ix_calls_manager_id_created_at", "calls", ["manager_id", "created_at"], unique=False
    )
    op.create_index(
        "ix_calls_open",
        "calls",
        ["node"],
        unique=False,
        sqlite_where=sa.text("is_final = 0"),
        postgresql_where=sa.text("is_final = false"),
    )
    op.create_table(
        "events",
        sa.Column("position", _ROW_NUMBER, autoincrement=True, nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("time", UtcTime(), nullable=False),
        sa.Column("group_id", sa.Text(), nullable=True),
        sa.Column("data", _JSON, nullable=False),
        sa.PrimaryKeyConstraint("position", name=op.f("pk_events")),
        sa.UniqueConstraint("id", name=op.f("uq_events_id")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_events_subject_position", "events", ["subject", "position"], unique=False)
    op.create_table(
        "groups",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("external_id", sa.Text(), nullable=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("parent_id", sa.Text(), nullable=True),
        sa.Column("area_code", sa.Text(), nullable=True),
        sa.Column("timezone", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["parent_id"], ["groups.id"], name=op.f("fk_groups_parent_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_groups")),
        sa.UniqueConstraint("external_id", name=op.f("uq_groups_external_id")),
    )
    op.create_index(op.f("ix_groups_parent_id"), "groups", ["parent_id"], unique=False)
    op.create_table(
        "idempotency_keys",
        sa.Column("principal", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("request_hash", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("node", sa.Text(), nullable=False),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("headers", _JSON, nullable=True),
        sa.Column("body", sa.LargeBinary(), nullable=True),
        sa.Column("created_at", UtcTime(), nullable=False),
        sa.PrimaryKeyConstraint("principal", "key", name=op.f("pk_idempotency_keys")),
    )
    op.create_index(
        op.f("ix_idempotency_keys_created_at"), "idempotency_keys", ["created_at"], unique=False
    )
    op.create_table(
        "jobs",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("dry_run", sa.Boolean(), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("group_id", sa.Text(), nullable=True),
        sa.Column("created_at", UtcTime(), nullable=False),
        sa.Column("finished_at", UtcTime(), nullable=True),
        sa.Column("rows_read", sa.Integer(), nullable=False),
        sa.Column("rows_written", sa.Integer(), nullable=False),
        sa.Column("rows_bad", sa.Integer(), nullable=False),
        sa.Column("failure", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_jobs")),
    )
    op.create_table(
        "journal_positions",
        sa.Column("node", sa.Text(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("node", name=op.f("pk_journal_positions")),
    )
    op.create_table(
        "recordings",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("call_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("node", sa.Text(), nullable=False),
        sa.Column("group_id", sa.Text(), nullable=True),
        sa.Column("manager_id", sa.Text(), nullable=True),
        sa.Column("customer_id", sa.Text(), nullable=True),
        sa.Column("created_at", UtcTime(), nullable=False),
        sa.Column("document", _JSON, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recordings")),
    )
    op.create_index(op.f("ix_recordings_call_id"), "recordings", ["call_id"], unique=False)
    op.create_index("ix_recordings_created_at_id", "recordings", ["created_at", "id"], unique=False)
    op.create_index(
        "ix_recordings_group_id_created_at", "recordings", ["group_id", "created_at"], unique=False
    )
    op.create_index("ix_recordings_status_node", "recordings", ["status", "node"], unique=False)
    op.create_table(
        "hotlines",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("group_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("hours", sa.Text(), nullable=True),
        sa.Column("flow", sa.Text(), nullable=True),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("announce", sa.Text(), nullable=False),
        sa.Column("confirm_manager", sa.Boolean(), nullable=False),
        sa.Column("max_ring_s", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["group_id"], ["groups.id"], name=op.f("fk_hotlines_group_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hotlines")),
        sa.UniqueConstraint("number", name=op.f("uq_hotlines_number")),
    )
    op.create_index(op.f("ix_hotlines_group_id"), "hotlines", ["group_id"], unique=False)
    op.create_table(
        "job_problems",
        sa.Column("job_id", sa.Text(), nullable=False),
        sa.Column("line", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("field", sa.Text(), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["job_id"], ["jobs.id"], name=op.f("fk_job_problems_job_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("job_id", "line", name=op.f("pk_job_problems")),
    )
    op.create_table(
        "managers",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("external_id", sa.Text(), nullable=True),
        sa.Column("staff_no", sa.Text(), nullable=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("group_id", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("away_until", UtcTime(), nullable=True),
        sa.Column("deputy_id", sa.Text(), nullable=True),
        sa.Column("hours", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["deputy_id"], ["managers.id"], name=op.f("fk_managers_deputy_id")),
        sa.ForeignKeyConstraint(["group_id"], ["groups.id"], name=op.f("fk_managers_group_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_managers")),
        sa.UniqueConstraint("external_id", name=op.f("uq_managers_external_id")),
    )
    op.create_index(op.f("ix_managers_deputy_id"), "managers", ["deputy_id"], unique=False)
    op.create_index(op.f("ix_managers_group_id"), "managers", ["group_id"], unique=False)
    op.create_index(op.f("ix_managers_staff_no"), "managers", ["staff_no"], unique=False)
    op.create_table(
        "api_keys",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("prefix", sa.Text(), nullable=False),
        sa.Column("secret_sha256", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("group_id", sa.Text(), nullable=True),
        sa.Column("manager_id", sa.Text(), nullable=True),
        sa.Column("created_at", UtcTime(), nullable=False),
        sa.Column("revoked_at", UtcTime(), nullable=True),
        sa.Column("last_used_at", UtcTime(), nullable=True),
        sa.ForeignKeyConstraint(["group_id"], ["groups.id"], name=op.f("fk_api_keys_group_id")),
        sa.ForeignKeyConstraint(
            ["manager_id"], ["managers.id"], name=op.f("fk_api_keys_manager_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_keys")),
        sa.UniqueConstraint("secret_sha256", name=op.f("uq_api_keys_secret_sha256")),
    )
    op.create_table(
        "customers",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("external_id", sa.Text(), nullable=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("group_id", sa.Text(), nullable=False),
        sa.Column("owner_id", sa.Text(), nullable=True),
        sa.Column("class", sa.Text(), nullable=True),
        sa.Column("tier", sa.Text(), nullable=True),
        sa.Column("do_not_call", _JSON, nullable=True),
        sa.Column("attributes", _JSON, nullable=False),
        sa.ForeignKeyConstraint(["group_id"], ["groups.id"], name=op.f("fk_customers_group_id")),
        sa.ForeignKeyConstraint(["owner_id"], ["managers.id"], name=op.f("fk_customers_owner_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_customers")),
        sa.UniqueConstraint("external_id", name=op.f("uq_customers_external_id")),
    )
    op.create_index("ix_customers_group_id_id", "customers", ["group_id", "id"], unique=False)
    op.create_index("ix_customers_owner_id_id", "customers", ["owner_id", "id"], unique=False)
    op.create_table(
        "manager_phones",
        sa.Column("manager_id", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("number", sa.Text(), nullable=True),
        sa.Column("aor", sa.Text(), nullable=True),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("ring_order", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["manager_id"],
            ["managers.id"],
            name=op.f("fk_manager_phones_manager_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("manager_id", "position", name=op.f("pk_manager_phones")),
    )
    op.create_index(op.f("ix_manager_phones_aor"), "manager_phones", ["aor"], unique=False)
    op.create_index(op.f("ix_manager_phones_number"), "manager_phones", ["number"], unique=False)
    op.create_table(
        "customer_numbers",
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("customer_id", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["customer_id"],
            ["customers.id"],
            name=op.f("fk_customer_numbers_customer_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("number", "customer_id", name=op.f("pk_customer_numbers")),
    )
    op.create_index(
        op.f("ix_customer_numbers_customer_id"), "customer_numbers", ["customer_id"], unique=False
    )
    op.create_table(
        "ownerships",
        sa.Column("id", _ROW_NUMBER, autoincrement=True, nullable=False),
        sa.Column("customer_id", sa.Text(), nullable=False),
        sa.Column("manager_id", sa.Text(), nullable=True),
        sa.Column("from_at", UtcTime(), nullable=False),
        sa.Column("until_at", UtcTime(), nullable=True),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["customer_id"],
            ["customers.id"],
            name=op.f("fk_ownerships_customer_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ownerships")),
    )
    op.create_index(op.f("ix_ownerships_customer_id"), "ownerships", ["customer_id"], unique=False)
    _watch_directory()


def downgrade() -> None:
    """Undo the revision."""
    op.drop_index(op.f("ix_ownerships_customer_id"), table_name="ownerships")
    op.drop_table("ownerships")
    op.drop_index(op.f("ix_customer_numbers_customer_id"), table_name="customer_numbers")
    op.drop_table("customer_numbers")
    op.drop_index(op.f("ix_manager_phones_number"), table_name="manager_phones")
    op.drop_index(op.f("ix_manager_phones_aor"), table_name="manager_phones")
    op.drop_table("manager_phones")
    op.drop_index("ix_customers_owner_id_id", table_name="customers")
    op.drop_index("ix_customers_group_id_id", table_name="customers")
    op.drop_table("customers")
    op.drop_table("api_keys")
    op.drop_index(op.f("ix_managers_staff_no"), table_name="managers")
    op.drop_index(op.f("ix_managers_group_id"), table_name="managers")
    op.drop_index(op.f("ix_managers_deputy_id"), table_name="managers")
    op.drop_table("managers")
    op.drop_table("job_problems")
    op.drop_index(op.f("ix_hotlines_group_id"), table_name="hotlines")
    op.drop_table("hotlines")
    op.drop_index("ix_recordings_status_node", table_name="recordings")
    op.drop_index("ix_recordings_group_id_created_at", table_name="recordings")
    op.drop_index("ix_recordings_created_at_id", table_name="recordings")
    op.drop_index(op.f("ix_recordings_call_id"), table_name="recordings")
    op.drop_table("recordings")
    op.drop_table("journal_positions")
    op.drop_table("jobs")
    op.drop_index(op.f("ix_idempotency_keys_created_at"), table_name="idempotency_keys")
    op.drop_table("idempotency_keys")
    op.drop_index(op.f("ix_groups_parent_id"), table_name="groups")
    op.drop_table("groups")
    op.drop_index("ix_events_subject_position", table_name="events")
    op.drop_table("events")
    op.drop_index(
        "ix_calls_open",
        table_name="calls",
        sqlite_where=sa.text("is_final = 0"),
        postgresql_where=sa.text("is_final = false"),
    )
    op.drop_index("ix_calls_manager_id_created_at", table_name="calls")
    op.drop_index("ix_calls_group_id_created_at", table_name="calls")
    op.drop_index("ix_calls_customer_number_created_at", table_name="calls")
    op.drop_index("ix_calls_customer_id_created_at", table_name="calls")
    op.drop_index("ix_calls_created_at_id", table_name="calls")
    op.drop_table("calls")
