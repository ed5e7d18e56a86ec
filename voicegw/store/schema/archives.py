"""Files that old events were moved to."""

from __future__ import annotations

import sqlalchemy as sa

from voicegw.store.schema.base import UtcTime, metadata

#: One row a file. It is claimed by the place of its first event before it is written, so that no
#: two nodes write the same; `sealed_at` says that the file is whole, `removed_at` that its events
#: are no longer in the outbox.
event_archives = sa.Table(
    "event_archives",
    metadata,
    sa.Column("first_position", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("last_position", sa.BigInteger),
    sa.Column("node", sa.Text, nullable=False),
    sa.Column("claimed_until", UtcTime, nullable=False),
    sa.Column("file", sa.Text, nullable=False),
    sa.Column("events", sa.Integer),
    sa.Column("sha256", sa.Text),
    sa.Column("sealed_at", UtcTime),
    sa.Column("removed_at", UtcTime),
)
