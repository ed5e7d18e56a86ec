"""What reports tell, before they are put into words or cells."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

import msgspec

from voicegw.model.finding import FindingKind


class ReportBy(StrEnum):
    """What a row of a report is about."""

    MANAGER = "manager"
    GROUP = "group"
    SCRIPT = "script"


class ReportScope(msgspec.Struct, frozen=True):
    """Which talks a report is about: those begun from `from_` (inclusive) to `until` (exclusive).

    `group_ids` None: of all groups; `manager_id` None: of all managers.
    """

    from_: datetime
    until: datetime
    group_ids: tuple[str, ...] | None = None
    manager_id: str | None = None


class QualityRow(msgspec.Struct):
    """How good the talks of one manager, group or script were.

    `id` is None for talks without a manager or group. `score` is the mean of the automatic check,
    0 to 100, `review_share` the mean of what people gave, 0 to 1; None where there is nothing to
    take a mean of. `pairs` are shares of the points that two people gave the same talk, blind.
    """

    id: str | None
    name: str | None = None
    talks: int = 0
    checked: int = 0
    score: float | None = None
    findings: dict[FindingKind, int] = msgspec.field(default_factory=dict)
    reviews: int = 0
    scored: int = 0
    review_share: float | None = None
    appeals: int = 0
    upheld: int = 0
    pairs: list[tuple[float, float]] = msgspec.field(default_factory=list)
