"""What reports tell, before they are put into words or cells."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
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
    take a mean of. `not_applicable` counts the items of scored reviews that did not apply to their
    talk. `pairs` are shares of the points that two people gave the same talk, blind.
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
    not_applicable: int = 0
    pairs: list[tuple[float, float]] = msgspec.field(default_factory=list)


class ReportKind(StrEnum):
    """What a report is about."""

    ACTIVITY = "activity"
    TASKS = "tasks"
    FEEDBACK = "feedback"
    MANAGERS = "managers"
    HOTLINES = "hotlines"
    SCORES = "scores"
    """What the check and reviewers gave talks. Talks, checks and reviews of a span to the second,
    by script, too, are another resource (`/v1/reports/quality`)."""


class SplitBy(StrEnum):
    """What the rows of a report are split by: one span of time, and any of the others."""

    DAY = "day"
    WEEK = "week"
    """From Monday."""
    MONTH = "month"
    MANAGER = "manager"
    GROUP = "group"
    HOTLINE = "hotline"
    TYPE = "type"
    """Of tasks their type, of calls their direction."""


class Unit(StrEnum):
    """What a figure counts in."""

    COUNT = "count"
    SHARE = "share"
    """0 to 1."""
    SECONDS = "s"
    POINTS = "points"
    DATE = "date"
    TEXT = "text"


class ReportColumn(msgspec.Struct, frozen=True):
    """A column of a report: of its keys (units `date` and `text`), or a figure.

    `names` is by language (`zh`, `en`). `definition` is the anchor in docs/reports.md. `rows` is
    the list that the figure counts in, `calls` or `tasks`, and `query` what narrows a row's link
    to just those; empty where that list has no such filter.
    """

    key: str
    names: dict[str, str]
    unit: Unit
    definition: str = ""
    rows: str = ""
    query: str = ""


Figures = dict[str, int | float | None]
"""By the key of the column; None where there is nothing to take a share or mean of."""


class ReportRow(msgspec.Struct):
    """One row. `keys` are by the key of their column; None is for what has no manager, group …

    `names` are what people call those keys. `previous` are the figures of the span before.
    `links` lead to the calls and tasks that the row counts, by the name of the list; one that can't
    be asked for is not there.
    """

    keys: dict[str, str | None]
    figures: Figures
    names: dict[str, str] = {}
    previous: Figures | None = None
    links: dict[str, str] = {}


class ReportTable(msgspec.Struct):
    """A report, to be rendered. `from_` is the first local day, `until` the day after the last.

    `as_of`: all that was written by then is counted; None: nothing was summed yet. `keys` and
    `columns` are in order; `totals` are those of all rows. `timezone` is None where the groups have
    different ones.
    """

    kind: ReportKind
    from_: date
    until: date
    by: tuple[SplitBy, ...]
    as_of: datetime | None
    timezone: str | None
    keys: Sequence[ReportColumn]
    columns: Sequence[ReportColumn]
    rows: Sequence[ReportRow]
    totals: Figures
    previous_from: date | None = None
    previous_totals: Figures | None = None
