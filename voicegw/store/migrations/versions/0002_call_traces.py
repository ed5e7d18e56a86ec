"""The messages of calls."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "call_traces",
        sa.Column("call_id", sa.Text(), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("call_id", name=op.f("pk_call_traces")),
    )


def downgrade() -> None:
    """Drop it."""
    op.drop_table("call_traces")
