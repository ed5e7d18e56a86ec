"""Cadence plans: how often each kind of customer is to be contacted, and what a month's run did."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from enum import StrEnum
from typing import Final

import msgspec

from voicegw.model.task import Priority

WEEKDAYS: Final = ("mo", "tu", "we", "th", "fr", "sa", "su")
"""As in opening hours; the place is that of :meth:`datetime.date.weekday`."""


class ContactChannel(StrEnum):
    """How a customer is to be contacted."""

    CALL = "call"
    VISIT = "visit"
    ANY = "any"
    """In person, online or by telephone: as the customer likes."""


class EveryUnit(StrEnum):
    """What an interval is counted in."""

    WEEKS = "weeks"
    MONTHS = "months"
    """Of the calendar: one contact in each span of so many months."""


class Every(msgspec.Struct, frozen=True):
    """An interval between two contacts."""

    count: int
    unit: EveryUnit

    @property
    def days(self) -> int:
        """About how many days it is."""
        return self.count * (7 if self.unit is EveryUnit.WEEKS else 30)


class Cadence(msgspec.Struct, frozen=True):
    """One series of contacts. `name` is unique within the plan and stands in its tasks' keys.

    `notice_days` is how long before the day the customer is told by SMS: 0 in its morning; None:
    the customer is told nothing.
    """

    name: str
    every: Every
    channel: ContactChannel = ContactChannel.ANY
    length_min: int = 20
    """How long the contact is meant to take, in minutes."""
    notice_days: int | None = None
    type: str = "revisit"
    """The type of its tasks: a TaskType, or the name of a type of one's own."""
    priority: Priority = Priority.NORMAL
    subject: str = ""


class Who(msgspec.Struct, frozen=True):
    """Which customers a rule is for: all that is named must fit; what is empty fits everybody."""

    classes: tuple[str, ...] = ()
    tiers: tuple[str, ...] = ()
    group_ids: tuple[str, ...] = ()
    """Groups, those below them included."""


class PlanRule(msgspec.Struct, frozen=True):
    """What customers of one kind get. Of a plan's rules the first that fits holds.

    Without cadences they are called when something happens, and never because of the plan.
    """

    who: Who
    cadences: tuple[Cadence, ...] = ()


class Plan(msgspec.Struct):
    """A cadence plan of a group, and all below it, or (without a group) of everybody."""

    id: str
    name: str
    group_id: str | None = None
    external_id: str | None = None
    active: bool = True
    version: int = 1
    rules: tuple[PlanRule, ...] = ()
    visiting_weekdays: tuple[str, ...] = ("mo", "we", "th")
    worked_weekends: bool = False
    """Whether a weekend's day that is worked for a holiday counts: Saturday as a Friday, Sunday as
    a Monday, like in opening hours."""
    target_per_day: int = 15
    """How many customers a manager is to contact on a visiting day, where there are as many."""
    capacity_per_day: int = 30
    """How many at most."""
    capacities: dict[str, int] = msgspec.field(default_factory=dict)
    """The same for some managers, by id."""
    day_from: str = "09:00"
    """From when on a visiting day, on the clock of the customer's group."""
    day_until: str = "18:00"
    language: str = "zh"
    """Of what customers are told: `zh` or `en`."""
    announce_time: str = "17:00"
    """When customers are told some days ahead."""
    announce_same_day_time: str = "08:30"
    """When customers are told in the day's morning."""
    notice_visit: str | None = None
    """What a customer who is visited is told; None: the shipped text. `{customer}`, `{manager}`,
    `{date}`, `{from}` and `{until}` are filled in."""
    notice_call: str | None = None
    """The same of calls."""

    def capacity_of(self, manager_id: str) -> int:
        """Return how many customers this manager contacts on a day at most."""
        return self.capacities.get(manager_id, self.capacity_per_day)


class Infeasibility(StrEnum):
    """Why a contact is not planned."""

    NO_OWNER = "no-owner"
    """Nobody owns the customer, or somebody who has left."""
    MANAGER_AWAY = "manager-away"
    """The owner is away on all visiting days."""
    OVER_CAPACITY = "over-capacity"
    DO_NOT_CALL = "do-not-call"
    NO_VISITING_DAY = "no-visiting-day"
    """No visiting day is left at which it would be due."""


class PlanItemKind(StrEnum):
    """What a run says of one contact."""

    ADDED = "added"
    MOVED = "moved"
    """To another day or manager."""
    WITHDRAWN = "withdrawn"
    INFEASIBLE = "infeasible"


class PlanRunItem(msgspec.Struct, frozen=True):
    """One contact in what a run did, or would do. `number` counts within customer and cadence.

    `day` and `manager_id` are those it has afterwards, `was_day` and `was_manager_id` those it had.
    """

    kind: PlanItemKind
    customer_id: str
    cadence: str
    number: int
    group_id: str | None = None
    manager_id: str | None = None
    day: date | None = None
    was_day: date | None = None
    was_manager_id: str | None = None
    reason: Infeasibility | None = None


class PlanRunState(StrEnum):
    """How far a run is; the last two are final."""

    WAITING = "waiting"
    RUNNING = "running"
    COMPLETED = "completed"
    FAILED = "failed"


class ManagerDay(msgspec.Struct, frozen=True):
    """How many tasks of the plan a manager has on a visiting day."""

    manager_id: str
    day: date
    tasks: int


class PlanRun(msgspec.Struct):
    """One run of a plan for a month (`2026-12`). A preview writes no task.

    `uneven` counts managers whose days differ by more than one task, because contacts that have
    happened leave no other days; `off_cadence` counts tasks further from their due day than the
    cadence's tolerance.
    """

    id: str
    plan_id: str
    month: str
    created_at: datetime
    created_by: str
    group_id: str | None = None
    preview: bool = False
    state: PlanRunState = PlanRunState.WAITING
    finished_at: datetime | None = None
    failure: str | None = None
    progress: float = 0.0
    customers: int = 0
    """To whom a cadence of the plan applies."""
    planned: int = 0
    """Tasks that the month has by now, those that are begun included."""
    added: int = 0
    moved: int = 0
    withdrawn: int = 0
    unchanged: int = 0
    deferred: int = 0
    """Contacts that are left to the next month, in which they are due at the latest."""
    infeasible: dict[str, int] = msgspec.field(default_factory=dict)
    """How many contacts are not planned, by reason."""
    over_capacity: dict[str, int] = msgspec.field(default_factory=dict)
    """By manager: how many are too many."""
    uneven: int = 0
    off_cadence: int = 0
    below_target: int = 0
    """Days of managers with fewer tasks than the plan's target."""
    tried: Plan | None = None
    """Of a preview: the plan as somebody thinks of having it, in place of the one that is kept."""

    @property
    def is_final(self) -> bool:
        """Whether nothing more becomes of it."""
        return self.state in {PlanRunState.COMPLETED, PlanRunState.FAILED}


_EVERY_TWO_WEEKS: Final = Every(2, EveryUnit.WEEKS)
_MONTHLY: Final = Every(1, EveryUnit.MONTHS)
_EVERY_TWO_MONTHS: Final = Every(2, EveryUnit.MONTHS)

SHIPPED_RULES: Final[Sequence[PlanRule]] = (
    PlanRule(
        Who(classes=("核心", "core")),
        (Cadence("core", _EVERY_TWO_WEEKS, notice_days=1, priority=Priority.HIGH),),
    ),
    PlanRule(
        Who(classes=("潜力", "potential")),
        (Cadence("potential", _MONTHLY, notice_days=0),),
    ),
    PlanRule(
        Who(classes=("常规", "regular")),
        (Cadence("regular", _EVERY_TWO_MONTHS, length_min=15),),
    ),
    PlanRule(
        Who(classes=("帮扶", "assisted")),
        (Cadence("assisted", _EVERY_TWO_WEEKS, length_min=30),),
    ),
    PlanRule(
        Who(tiers=(">=60", "≥60", "60+")),
        (
            Cadence("top-tier-call", _MONTHLY, channel=ContactChannel.CALL, length_min=15),
            Cadence("top-tier-visit", _EVERY_TWO_MONTHS, channel=ContactChannel.VISIT),
        ),
    ),
)
"""By class as the visit-service standard says, else by tier as the grid manager's handbook says.

A tier below 60 has no cadence: its customers are called when something happens.
"""
