"""How far old records were deleted, or lost the persons they tell of."""

from __future__ import annotations

import sqlalchemy as sa

from voicegw.store.schema.base import UtcTime, metadata

#: By what was done (`calls-anonymised` …): nothing begun or closed before `until` is left to do,
#: and figures of that time can no longer be counted from the records.
retention_marks = sa.Table(
    "retention_marks",
    metadata,
    sa.Column("what", sa.Text, primary_key=True),
    sa.Column("until", UtcTime, nullable=False),
)
