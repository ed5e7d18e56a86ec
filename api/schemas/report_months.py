"""Closed months on the wire."""

from __future__ import annotations

from datetime import date, datetime

from pydantic import Field

from api.schemas.base import ViewModel
from voicegw.model.rollup import RollupKind


class FrozenMonthView(ViewModel):
    """A month whose figures are final."""

    month: str = Field(description="The month", examples=["2026-10"])
    frozen_at: datetime = Field(description="When its figures became final")
    rows: int = Field(description="Sums of days that the hash covers")
    sha256: str = Field(description="SHA-256 of these and of the month before, hexadecimal")
    previous_sha256: str = Field(description="That of the month before; empty for the first")


class FrozenMonthsView(ViewModel):
    """All closed months."""

    items: list[FrozenMonthView] = Field(description="The newest first")


class CorrectionView(ViewModel):
    """A sum of a closed month as it would be by what has become known since."""

    at: datetime = Field(description="When it was found")
    day: date = Field(description="The local day that it is a sum of")
    counts: RollupKind = Field(description="What is counted: calls or tasks")
    figure: str = Field(description="The name of the sum; times in ms", examples=["talks"])
    group_id: str | None = Field(description="Of this group; null: of none")
    manager_id: str | None = Field(description="Of this manager; null: of none")
    hotline_id: str | None = Field(description="Of this hotline; null: of none")
    type: str | None = Field(description="Of tasks their type, of calls their direction")
    before: int = Field(description="What was known until then")
    after: int = Field(description="What is known since; the frozen figure stays")
    caused_by: list[str] = Field(
        description="Ids of calls or tasks of that day written since; at most 20. "
        "A manager sees none"
    )
