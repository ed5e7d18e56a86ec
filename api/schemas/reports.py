"""Reports on the wire."""

from __future__ import annotations

from datetime import datetime

from pydantic import Field

from api.schemas.base import ViewModel
from api.schemas.reviews import AgreementView
from voicegw.model.report import ReportBy


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
    agreement: AgreementView | None = Field(description="Of talks that two people scored blind")


class QualityReportView(ViewModel):
    """Talks, checks and reviews of a time span."""

    from_: datetime = Field(alias="from")
    until: datetime
    by: ReportBy
    rows: list[QualityRowView]
