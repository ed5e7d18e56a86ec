"""What is added up of calls and tasks for reports: the sums of a day, by whom, where and what.

A rollup holds nothing but whole numbers that can be added: times are milliseconds, points are
thousandths, medians are read from counts of classes of length. So the sums of a month are those of
its days, and two programs that add up the same come to the same number.
"""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Final

import msgspec

from voicegw.model.call import CallOutcome, LegReason
from voicegw.model.finding import FindingKind
from voicegw.model.task import ResultSource

ANSWER_CLASSES_S: Final = (1, 2, 3, 5, 7, 10, 15, 20, 30, 45, 60, 90, 120, 180, 300)
"""Upper bounds of the classes of waiting, each inclusive; what is longer is the last class."""
TALK_CLASSES_S: Final = (10, 20, 30, 45, 60, 90, 120, 180, 240, 300, 420, 600, 900, 1200, 1800)
DELAY_CLASSES_S: Final = (
    60, 300, 600, 900, 1800, 3600, 7200, 14400, 28800, 86400, 172800, 259200, 432000, 604800,
    1209600,
)  # fmt: skip
"""Of what is counted in minutes to weeks: first contact, results."""
CLASSES: Final = len(ANSWER_CLASSES_S) + 1


def sum_of_code(code: str) -> str:
    """Return the name of the sum that counts a code of a result; no other sum has a colon."""
    return f"code:{code}"


def sum_of_kind(kind: str) -> str:
    """Return the name under which a report adds up the codes of a kind of results."""
    return f"kind:{kind}"


class RollupKind(StrEnum):
    """What a rollup counts."""

    CALLS = "calls"
    TASKS = "tasks"


def classes(name: str) -> tuple[str, ...]:
    """Return the names of the sums that count lengths of `name` by class, the shortest first."""
    return tuple(f"{name}_class_{number:02d}" for number in range(CLASSES))


def _named(prefix: str, values: type[StrEnum]) -> tuple[str, ...]:
    return tuple(f"{prefix}_{value.replace('-', '_')}" for value in values)


OUTCOMES: Final = _named("outcome", CallOutcome)
REASONS: Final = _named("reason", LegReason)
FAULTS: Final = tuple(kind for kind in FindingKind if kind is not FindingKind.STATEMENT_SAID)
"""Findings that somebody should look at: all but that what was to be said was said."""


def sum_of_fault(kind: FindingKind) -> str:
    """Return the name of the sum that counts the findings of a kind."""
    return f"fault_{kind.replace('-', '_')}"


CALL_SUMS: Final = (
    "calls",
    *OUTCOMES,
    "dialled",
    "answered_person",
    "answered_machine",
    *REASONS,
    "talks",
    "talk_ms",
    *classes("talk"),
    "callers",
    "served",
    "answer_ms",
    *classes("answer"),
    "lost",
    "called_back",
    "called_back_own",
    "came_back",
    "unreached",
    "recovered",
    "told",
    *_named("told", ResultSource),
    "told_ms",
    *classes("told"),
    "surveyed",
    "survey_answered",
    *(f"satisfaction_{key}" for key in range(1, 6)),
    "solved_yes",
    "solved_no",
    "checked",
    "score_milli",
    "faulty",
    *(sum_of_fault(kind) for kind in FAULTS),
    "reviewed",
    "share_milli",
    "appealed",
    "upheld",
)
TASK_SUMS: Final = (
    "given",
    "still_open",
    "done",
    "cancelled",
    "overdue",
    "done_late",
    "tried",
    "attempts",
    "contacted",
    "contact_ms",
    *classes("contact"),
    "results",
    *_named("result", ResultSource),
)
SUMS: Final = {RollupKind.CALLS: CALL_SUMS, RollupKind.TASKS: TASK_SUMS}


class Cell(msgspec.Struct, frozen=True, order=True):
    """What is added up at once: all calls, or tasks, of a group's local day. '' is no group."""

    kind: RollupKind
    group_id: str
    day: date


class Sums(msgspec.Struct):
    """The sums of a cell for one manager, hotline and type ('' is none). `values` lack zeros.

    `results` counts what was told, by code.
    """

    manager_id: str
    hotline_id: str
    type: str
    values: dict[str, int] = msgspec.field(default_factory=dict)
    results: dict[str, int] = msgspec.field(default_factory=dict)

    def add(self, name: str, number: int = 1) -> None:
        """Add to one of the sums."""
        if number:
            self.values[name] = self.values.get(name, 0) + number


class Judged(msgspec.Struct):
    """What was found in a call's talk, and what people gave it.

    `faults` is how many findings of each of FAULTS the check has made, `shares` are those of the
    points, 0 to 1, of the reviews whose points are told; `appealed` and `upheld` count among them.
    """

    faults: dict[FindingKind, int] = msgspec.field(default_factory=dict)
    shares: list[float] = msgspec.field(default_factory=list)
    appealed: int = 0
    upheld: int = 0


class Mark(msgspec.Struct, frozen=True):
    """That calls or tasks of a group were written that were created within `hour`.

    `hour` None: all of the group's are to be counted anew.
    """

    number: int
    kind: RollupKind
    group_id: str
    hour: datetime | None
