"""Models of reports, as docs/openapi.json has them. Written by `make client`."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import msgspec

from voicegw.client.models.enums import ReportKind, SplitBy, Unit


class ReportColumn(msgspec.Struct, kw_only=True, frozen=True):
    """A column of a report: what a row is about, or a figure."""

    #: Its anchor in docs/reports.md; empty for what a row is about
    definition: str
    #: By which rows have it, stable
    key: str
    #: By language
    names: dict[str, Any] = msgspec.field(default_factory=dict)
    #: What narrows a row's link to what this figure counts, if there is a filter
    query: str
    #: The list that it counts in: calls or tasks; else empty
    rows: str
    #: `share` is 0 to 1, `s` seconds
    unit: Unit


class ReportRow(msgspec.Struct, kw_only=True, frozen=True):
    """One row of a report."""

    #: By column; null: nothing to take a share or mean of
    figures: dict[str, Any] = msgspec.field(default_factory=dict)
    #: What it is about; null: what has none
    keys: dict[str, Any] = msgspec.field(default_factory=dict)
    #: What people call that, where it has a name
    names: dict[str, Any] = msgspec.field(default_factory=dict)
    #: The same of the span before; null: not compared
    previous: dict[str, Any] | None = None
    #: Where the calls and tasks are listed that it counts
    rows: dict[str, Any] = msgspec.field(default_factory=dict)


class Report(msgspec.Struct, kw_only=True, frozen=True):
    """Figures of calls and tasks."""

    #: All that was known by then is counted; null: nothing is yet
    as_of: datetime | None = None
    #: What rows are about
    by: list[SplitBy] = msgspec.field(default_factory=list)
    #: Columns of figures, in their order
    columns: list[ReportColumn] = msgspec.field(default_factory=list)
    #: The first local day
    from_: date = msgspec.field(name="from")
    #: Columns that say what a row is about
    keys: list[ReportColumn] = msgspec.field(default_factory=list)
    #: Where the span before begins, if compared
    previous_from: date | None = None
    #: The totals of the span before; null: not compared
    previous_totals: dict[str, Any] | None = None
    #: What it is about
    report: ReportKind
    #: One row for each that the report is split by
    rows: list[ReportRow] = msgspec.field(default_factory=list)
    #: Whose days they are; null: each group's own, which differ
    timezone: str | None = None
    #: The figures of all rows together
    totals: dict[str, Any] = msgspec.field(default_factory=dict)
    #: The local day after the last
    until: date
