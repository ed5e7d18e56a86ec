"""Reports on the wire."""

from __future__ import annotations

from datetime import date, datetime

from pydantic import Field

from api.schemas.base import ViewModel
from api.schemas.reviews import AgreementView
from voicegw.model.report import ReportBy, ReportKind, SplitBy, Unit


class QualityRowView(ViewModel):
    """How good the talks of one manager, group or script were."""

    id: str | None = Field(description="Of the manager, group or script; null: of none")
    name: str | None
    talks: int = Field(description="Recorded talks")
    checked: int = Field(description="Those that the automatic check has been through")
    score: float | None = Field(description="Mean score of the automatic check, 0 to 100")
    findings: dict[str, int] = Field(description="Findings by kind")
    reviews: int = Field(description="Reviews begun")
    scored: int = Field(description="Reviews with points that may be told")
    review_share: float | None = Field(description="Mean share of the points, 0 to 1")
    appeals: int
    upheld: int = Field(description="Appeals that changed points")
    not_applicable: int = Field(
        description="Items of scored reviews that did not apply to their talk"
    )
    agreement: AgreementView | None = Field(description="Of talks that two people scored blind")


class QualityReportView(ViewModel):
    """Talks, checks and reviews of a time span."""

    from_: datetime = Field(alias="from")
    until: datetime
    by: ReportBy
    rows: list[QualityRowView]


class ReportColumnView(ViewModel):
    """A column of a report: what a row is about, or a figure."""

    key: str = Field(description="By which rows have it, stable", examples=["connect_rate"])
    names: dict[str, str] = Field(
        description="By language", examples=[{"zh": "接通率", "en": "connect rate"}]
    )
    unit: Unit = Field(description="`share` is 0 to 1, `s` seconds")
    definition: str = Field(
        description="Its anchor in docs/reports.md; empty for what a row is about",
        examples=["connect-rate"],
    )
    rows: str = Field(description="The list that it counts in: calls or tasks; else empty")
    query: str = Field(
        description="What narrows a row's link to what this figure counts, if there is a filter",
        examples=["direction=inbound&outcome=missed"],
    )


class ReportRowView(ViewModel):
    """One row of a report."""

    keys: dict[str, str | None] = Field(
        description="What it is about; null: what has none", examples=[{"manager_id": "mgr_1"}]
    )
    names: dict[str, str] = Field(description="What people call that, where it has a name")
    figures: dict[str, int | float | None] = Field(
        description="By column; null: nothing to take a share or mean of"
    )
    previous: dict[str, int | float | None] | None = Field(
        description="The same of the span before; null: not compared"
    )
    rows: dict[str, str] = Field(
        description="Where the calls and tasks are listed that it counts",
        examples=[{"calls": "/v1/calls?from=2026-01-04T16%3A00%3A00%2B00%3A00"}],
    )


class ReportView(ViewModel):
    """Figures of calls and tasks."""

    report: ReportKind = Field(description="What it is about")
    from_: date = Field(alias="from", description="The first local day")
    until: date = Field(description="The local day after the last")
    by: list[SplitBy] = Field(description="What rows are about")
    timezone: str | None = Field(
        description="Whose days they are; null: each group's own, which differ"
    )
    as_of: datetime | None = Field(
        description="All that was known by then is counted; null: nothing is yet"
    )
    keys: list[ReportColumnView] = Field(description="Columns that say what a row is about")
    columns: list[ReportColumnView] = Field(description="Columns of figures, in their order")
    rows: list[ReportRowView]
    totals: dict[str, int | float | None] = Field(description="The figures of all rows together")
    previous_from: date | None = Field(description="Where the span before begins, if compared")
    previous_totals: dict[str, int | float | None] | None = Field(
        description="The totals of the span before; null: not compared"
    )
