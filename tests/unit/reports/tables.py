"""A report to write into files."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from voicegw.model.report import ReportColumn, ReportKind, ReportRow, ReportTable, SplitBy, Unit


def a_column(key: str, zh: str, unit: Unit) -> ReportColumn:
    """Return a column that is called `zh` in Chinese, and by its key in English."""
    return ReportColumn(key, {"zh": zh, "en": key}, unit, definition=key)


def a_table(*rows: ReportRow, **more: Any) -> ReportTable:
    """Return a report of calls by day and manager; by default of two rows."""
    fields: dict[str, Any] = {
        "kind": ReportKind.ACTIVITY,
        "from_": date(2026, 11, 1),
        "until": date(2026, 12, 1),
        "by": (SplitBy.DAY, SplitBy.MANAGER),
        "as_of": datetime(2026, 12, 1, 1, 2, 3, tzinfo=UTC),
        "timezone": "Asia/Shanghai",
        "keys": [a_column("day", "日期", Unit.DATE), a_column("manager_id", "经理", Unit.TEXT)],
        "columns": [
            a_column("calls", "通话", Unit.COUNT),
            a_column("connect_rate", "接通率", Unit.SHARE),
            a_column("talk_s", "时长", Unit.SECONDS),
        ],
        "rows": rows or (a_row(1, name="张伟"), a_row(2, name="=1+1")),
        "totals": {"calls": 30, "connect_rate": 0.25, "talk_s": 3661.5},
    }
    return ReportTable(**(fields | more))


def a_row(day: int, *, name: str | None = None, calls: int = 15) -> ReportRow:
    """Return the row of a day of one manager."""
    return ReportRow(
        {"day": f"2026-11-{day:02}", "manager_id": "mgr_1"},
        {"calls": calls, "connect_rate": 0.25, "talk_s": 90.5},
        names={} if name is None else {"manager_id": name},
    )
