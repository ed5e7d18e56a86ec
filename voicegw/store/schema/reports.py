"""What reports are answered from: sums of local days and months, and what is to be summed anew."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

from voicegw.model.rollup import CALL_SUMS, TASK_SUMS
from voicegw.store.schema.base import RowNumber, UtcTime, metadata


def _rollup(name: str, sums: Sequence[str]) -> sa.Table:
    """Return a table of sums. '' stands for no group, manager or hotline.

    `grain` is `day` or `month` for rows by manager, `day_all` or `month_all` for those of all
    managers together; `day` of a month is its first.
    """
    return sa.Table(
        name,
        metadata,
        sa.Column("grain", sa.Text, primary_key=True),
        sa.Column("group_id", sa.Text, primary_key=True),
        sa.Column("day", sa.Date, primary_key=True),
        sa.Column("manager_id", sa.Text, primary_key=True),
        sa.Column("hotline_id", sa.Text, primary_key=True),
        sa.Column("type", sa.Text, primary_key=True),
        # The Monday of the day's week.
        sa.Column("week", sa.Date, nullable=False),
        # Null is zero: most are.
        *[sa.Column(one, sa.BigInteger) for one in sums],
        sa.Index(f"ix_{name}_grain_manager_id_day", "grain", "manager_id", "day"),
        sa.Index(f"ix_{name}_grain_day", "grain", "day"),
    )


report_calls = _rollup("report_calls", CALL_SUMS)
report_tasks = _rollup("report_tasks", TASK_SUMS)

#: Results told, by code: those of calls and of tasks, by the same keys.
report_results = sa.Table(
    "report_results",
    metadata,
    sa.Column("kind", sa.Text, primary_key=True),
    sa.Column("grain", sa.Text, primary_key=True),
    sa.Column("group_id", sa.Text, primary_key=True),
    sa.Column("day", sa.Date, primary_key=True),
    sa.Column("manager_id", sa.Text, primary_key=True),
    sa.Column("hotline_id", sa.Text, primary_key=True),
    sa.Column("type", sa.Text, primary_key=True),
    sa.Column("code", sa.Text, primary_key=True),
    sa.Column("week", sa.Date, nullable=False),
    sa.Column("told", sa.BigInteger, nullable=False),
    sa.Index("ix_report_results_kind_grain_day", "kind", "grain", "day"),
)

#: What the check of a recording gave. It stays for as long as the call, when sound, transcript and
#: the result of the check itself are deleted: figures do not change by that.
report_scores = sa.Table(
    "report_scores",
    metadata,
    sa.Column("recording_id", sa.Text, primary_key=True),
    sa.Column("call_id", sa.Text, nullable=False, index=True),
    sa.Column("score", sa.Float, nullable=False),
)

#: How many findings of each kind, faults only, a check has made. They stay as scores do.
report_faults = sa.Table(
    "report_faults",
    metadata,
    sa.Column("recording_id", sa.Text, primary_key=True),
    sa.Column("kind", sa.Text, primary_key=True),
    sa.Column("call_id", sa.Text, nullable=False, index=True),
    sa.Column("found", sa.Integer, nullable=False),
)

#: What was written since its day was summed: in the transaction that writes it, added and never
#: changed, so that nobody waits for anybody and whoever sums removes only what it has seen.
report_marks = sa.Table(
    "report_marks",
    metadata,
    sa.Column("number", RowNumber, primary_key=True, autoincrement=True),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("group_id", sa.Text, nullable=False),
    # Within which the calls or tasks were created; null: all of the group's.
    sa.Column("hour", UtcTime),
    sqlite_autoincrement=True,
)

#: Who sums, and until when all was summed that had been written. One row.
report_state = sa.Table(
    "report_state",
    metadata,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("owner", sa.Text),
    sa.Column("lease_until", UtcTime),
    sa.Column("complete_at", UtcTime),
)
