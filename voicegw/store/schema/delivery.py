"""How far events have left: who serves an outlet, webhooks and their deliveries."""

from __future__ import annotations

import sqlalchemy as sa

from voicegw.store.schema.base import UtcTime, metadata

#: One row an outlet: which process serves it until when, and its place in the outbox, if it has
#: one place only.
outlets = sa.Table(
    "outlets",
    metadata,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("leased_by", sa.Text),
    sa.Column("lease_until", UtcTime),
    sa.Column("position", sa.BigInteger),
)
