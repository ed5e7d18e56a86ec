"""The door for programs: deliveries of events, users, what keys may do."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


_EVENT_INDEXES = (
    ("ix_events_type_position", ["type", "position"]),
    ("ix_events_group_id_position_type", ["group_id", "position", "type"]),
    ("ix_events_manager_id_position_type", ["manager_id", "position", "type"]),
)


def _extend_events() -> None:
    """Whose an event is and who wrote it; ways to what is rare."""
    for column in ("manager_id", "node"):
        op.add_column("events", sa.Column(column, sa.Text(), nullable=True))
    for name, columns in _EVENT_INDEXES:
        op.create_index(name, "events", columns)


def _narrow_events() -> None:
    for name, _ in reversed(_EVENT_INDEXES):
        op.drop_index(name, "events")
    for column in ("node", "manager_id"):
        op.drop_column("events", column)


def upgrade() -> None:
    """Add the tables and columns, concern by concern."""
    _extend_events()


def downgrade() -> None:
    """Take them away again."""
    _narrow_events()
