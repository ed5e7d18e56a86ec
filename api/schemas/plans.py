"""Cadence plans and their runs on the wire."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field

from api.schemas.base import (
    ExternalId,
    Id,
    Label,
    Name,
    OptionalTime,
    RequestModel,
    Text,
    Time,
    ViewModel,
    time_field,
)
from voicegw.model.plan import (
    ContactChannel,
    EveryUnit,
    Infeasibility,
    PlanItemKind,
    PlanRunState,
)
from voicegw.model.task import Priority

Weekday = Literal["mo", "tu", "we", "th", "fr", "sa", "su"]
Clock = Annotated[Text, Field(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$", examples=["09:00"])]
Month = Annotated[Text, Field(pattern=r"^[0-9]{4}-(0[1-9]|1[0-2])$", examples=["2026-12"])]
PerDay = Annotated[int, Field(ge=0, le=1000)]
Kinds = Annotated[list[Label], Field(max_length=50)]
Notice = Annotated[Text, Field(min_length=1, max_length=500)]
CadenceName = Annotated[
    Text, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,39}$", examples=["core", "top-tier-visit"])
]

_EXAMPLE: dict[str, Any] = {
    "name": "客户拜访计划",
    "group_id": "grp_06f1q2r3",
    "rules": [
        {
            "who": {"classes": ["核心"]},
            "cadences": [
                {
                    "name": "core",
                    "every": {"count": 2, "unit": "weeks"},
                    "length_min": 20,
                    "notice_days": 1,
                    "priority": "high",
                }
            ],
        },
    ],
    "visiting_weekdays": ["mo", "we", "th"],
}


def _shipped_weekdays() -> list[Weekday]:
    return ["mo", "we", "th"]


class EveryBody(RequestModel):
    """An interval between two contacts."""

    count: Annotated[int, Field(ge=1, le=26)]
    unit: Annotated[EveryUnit, Field(strict=False)]


class CadenceBody(RequestModel):
    """One series of contacts."""

    name: CadenceName = Field(description="Unique within the plan; stands in its tasks' keys")
    every: EveryBody
    channel: Annotated[ContactChannel, Field(strict=False)] = Field(
        ContactChannel.ANY,
        description="Visits count for cadences of visits, any contact for others",
    )
    length_min: Annotated[int, Field(ge=1, le=600)] = Field(
        20, description="How long a contact is meant to take, in minutes"
    )
    notice_days: Annotated[int, Field(ge=0, le=7)] | None = Field(
        None, description="Days ahead at which the customer is told by SMS; null: not at all"
    )
    type: Label = Field("revisit", description="The type of its tasks", min_length=1)
    priority: Annotated[Priority, Field(strict=False)] = Priority.NORMAL
    subject: Label = Field("", description="Of its tasks; empty: the plan's name")


class PlanWhoBody(RequestModel):
    """Which customers: all that is named must fit, what is empty fits everybody."""

    classes: Kinds = Field(default_factory=list)
    tiers: Kinds = Field(default_factory=list)
    group_ids: Annotated[list[Id], Field(max_length=500)] = Field(
        default_factory=list, description="Groups, those below them included"
    )


class PlanRuleBody(RequestModel):
    """What customers of one kind get; without cadences they are called when something happens."""

    who: PlanWhoBody
    cadences: Annotated[list[CadenceBody], Field(max_length=10)] = Field(default_factory=list)


class PlanBody(RequestModel):
    """How often each kind of customer is to be contacted."""

    model_config = ConfigDict(json_schema_extra={"examples": [_EXAMPLE]})

    name: Name
    external_id: ExternalId | None = None
    group_id: Id | None = Field(None, description="Whose it is, with all below; null: everybody's")
    active: bool = Field(True, description="Whether months are planned by themselves")
    rules: Annotated[list[PlanRuleBody], Field(max_length=50)] | None = Field(
        None, description="The first that fits a customer holds; left out: the shipped rules"
    )
    visiting_weekdays: Annotated[list[Weekday], Field(min_length=1, max_length=7)] = Field(
        default_factory=_shipped_weekdays
    )
    worked_weekends: bool = Field(
        False,
        description="Whether days of weekends that are worked for holidays count: Saturday as "
        "Friday, Sunday as Monday",
    )
    target_per_day: PerDay = Field(
        15, description="Contacts that a manager's day is to have, where there are as many"
    )
    capacity_per_day: PerDay = Field(30, description="Contacts that a manager's day has at most")
    capacities: Annotated[dict[str, PerDay], Field(max_length=5000)] = Field(
        default_factory=dict, description="The same for some managers, by id"
    )
    day_from: Clock = "09:00"
    day_until: Clock = "18:00"
    language: Literal["zh", "en"] = Field("zh", description="Of what customers are told")
    announce_time: Clock = Field("17:00", description="When customers are told days ahead")
    announce_same_day_time: Clock = Field(
        "08:30", description="When customers are told in the same morning"
    )
    notice_visit: Notice | None = Field(
        None,
        description="What is told of a visit, with {customer}, {manager}, {date}, {from}, {until}; "
        "null: the shipped text",
    )
    notice_call: Notice | None = Field(None, description="The same of a call")


class EveryView(ViewModel):
    """An interval between two contacts."""

    count: int
    unit: EveryUnit


class CadenceView(ViewModel):
    """One series of contacts."""

    name: str
    every: EveryView
    channel: ContactChannel
    length_min: int = Field(description="Minutes that a contact is meant to take")
    notice_days: int | None
    type: str
    priority: Priority
    subject: str


class PlanWhoView(ViewModel):
    """Which customers."""

    classes: list[str]
    tiers: list[str]
    group_ids: list[str]


class PlanRuleView(ViewModel):
    """What customers of one kind get."""

    who: PlanWhoView
    cadences: list[CadenceView]


class PlanView(ViewModel):
    """How often each kind of customer is to be contacted."""

    id: str
    name: str
    group_id: str | None
    external_id: str | None
    active: bool
    version: int = Field(description="Rises with every change; the ETag")
    rules: list[PlanRuleView]
    visiting_weekdays: list[str]
    worked_weekends: bool
    target_per_day: int
    capacity_per_day: int
    capacities: dict[str, int]
    day_from: str
    day_until: str
    language: str
    announce_time: str
    announce_same_day_time: str
    notice_visit: str | None
    notice_call: str | None


class PlanRunBody(RequestModel):
    """Which month to plan."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"month": "2026-12"}]})

    month: Month
    preview: bool = Field(False, description="Only say what would be done; no task is written")
    plan: PlanBody | None = Field(
        None,
        description="Of a preview: as if the plan were this; it stays as it is. Its group is that"
        " of the plan",
    )


class PlanRunView(ViewModel):
    """One run of a plan for a month."""

    id: str
    plan_id: str
    month: str = Field(examples=["2026-12"])
    created_at: Time
    created_by: str = Field(description="The principal, or `plan`: the day had come")
    group_id: str | None
    preview: bool
    tries: bool = Field(description="Whether it is a preview of a plan that is not kept so")
    state: PlanRunState
    finished_at: OptionalTime = time_field("When it was over")
    failure: str | None = Field(description="Why it has failed")
    progress: float = Field(description="0 to 1")
    customers: int = Field(description="To whom a cadence of the plan applies")
    planned: int = Field(description="Tasks that the month has now")
    added: int
    moved: int = Field(description="To another day or manager")
    withdrawn: int = Field(description="Tasks that are not wanted any more")
    unchanged: int
    deferred: int = Field(description="Contacts left to the next months")
    infeasible: dict[str, int] = Field(description="Contacts that are not planned, by reason")
    over_capacity: dict[str, int] = Field(description="How many are too many, by manager")
    uneven: int = Field(description="Managers whose days differ by more than one task")
    off_cadence: int = Field(description="Tasks further from their due day than the tolerance")
    below_target: int = Field(description="Managers' days below the plan's target")


class PlanRunItemView(ViewModel):
    """One contact in what a run did, or would do."""

    kind: PlanItemKind
    customer_id: str
    cadence: str
    number: int = Field(description="Counts within customer and cadence")
    group_id: str | None
    manager_id: str | None
    day: date | None
    was_day: date | None
    was_manager_id: str | None
    reason: Infeasibility | None


class ManagerDayView(ViewModel):
    """How many tasks of the plan a manager has on a day."""

    manager_id: str
    day: date
    tasks: int
