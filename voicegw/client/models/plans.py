"""Models of plans, as docs/openapi.json has them. Written by `make client`."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import msgspec
from msgspec import UNSET, UnsetType

from voicegw.client.models.enums import (
    ContactChannel,
    EveryUnit,
    Infeasibility,
    PlanItemKind,
    PlanRunState,
    Priority,
)


class CadenceBody(msgspec.Struct, kw_only=True, omit_defaults=True):
    """One series of contacts."""

    #: Visits count for cadences of visits, any contact for others
    channel: ContactChannel | UnsetType = UNSET
    #: The interval between two contacts
    every: EveryBody
    #: How long a contact is meant to take, in minutes
    length_min: int | UnsetType = UNSET
    #: Unique within the plan; stands in its tasks' keys
    name: str
    #: Days ahead at which the customer is told by SMS; null: not at all
    notice_days: int | UnsetType | None = UNSET
    #: Of its tasks
    priority: Priority | UnsetType = UNSET
    #: Of its tasks; empty: the plan's name
    subject: str | UnsetType = UNSET
    #: The type of its tasks
    type: str | UnsetType = UNSET


class Cadence(msgspec.Struct, kw_only=True, frozen=True):
    """One series of contacts."""

    #: Whether they are a `call` or a `visit`
    channel: ContactChannel
    #: The interval between two contacts
    every: Every
    #: Minutes that a contact is meant to take
    length_min: int
    #: Its name
    name: str
    #: Days ahead at which the customer is told by SMS; null: not at all
    notice_days: int | None = None
    #: Of its tasks
    priority: Priority
    #: Of its tasks; empty: the plan's name
    subject: str
    #: Of its tasks
    type: str


class EveryBody(msgspec.Struct, kw_only=True, omit_defaults=True):
    """An interval between two contacts."""

    #: How many weeks or months
    count: int
    #: Weeks, or months of the calendar
    unit: EveryUnit


class Every(msgspec.Struct, kw_only=True, frozen=True):
    """An interval between two contacts."""

    #: How many weeks or months
    count: int
    #: Weeks, or months of the calendar
    unit: EveryUnit


class PlanBody(msgspec.Struct, kw_only=True, omit_defaults=True):
    """How often each kind of customer is to be contacted."""

    #: Whether months are planned by themselves
    active: bool | UnsetType = UNSET
    #: When customers are told in the same morning
    announce_same_day_time: str | UnsetType = UNSET
    #: When customers are told days ahead
    announce_time: str | UnsetType = UNSET
    #: The same for some managers, by id
    capacities: dict[str, Any] | UnsetType = UNSET
    #: Contacts that a manager's day has at most
    capacity_per_day: int | UnsetType = UNSET
    #: From when on a visiting day, on the clock of the customer's group
    day_from: str | UnsetType = UNSET
    #: Until when on a visiting day, on the same clock
    day_until: str | UnsetType = UNSET
    #: What another system calls it; unique among its kind
    external_id: str | UnsetType | None = UNSET
    #: Whose it is, with all below; null: everybody's
    group_id: str | UnsetType | None = UNSET
    #: Of what customers are told
    language: str | UnsetType = UNSET
    #: Its name
    name: str
    #: The same of a call
    notice_call: str | UnsetType | None = UNSET
    #: What is told of a visit, with {customer}, {manager}, {date}, {from}, {until}; null: the
    #: shipped text
    notice_visit: str | UnsetType | None = UNSET
    #: The first that fits a customer holds; left out: the shipped rules
    rules: list[PlanRuleBody] | UnsetType | None = UNSET
    #: Contacts that a manager's day is to have, where there are as many
    target_per_day: int | UnsetType = UNSET
    #: Days of the week on which customers are contacted, `mo` to `su`
    visiting_weekdays: list[str] | UnsetType = UNSET
    #: Whether days of weekends that are worked for holidays count: Saturday as Friday, Sunday as
    #: Monday
    worked_weekends: bool | UnsetType = UNSET


class PlanRuleBody(msgspec.Struct, kw_only=True, omit_defaults=True):
    """What customers of one kind get; without cadences they are called when something happens."""

    #: The series of contacts that they get
    cadences: list[CadenceBody] | UnsetType = UNSET
    #: Which customers
    who: PlanWhoBody


class PlanRule(msgspec.Struct, kw_only=True, frozen=True):
    """What customers of one kind get."""

    #: The series of contacts that they get
    cadences: list[Cadence] = msgspec.field(default_factory=list)
    #: Which customers
    who: PlanWho


class PlanRunBody(msgspec.Struct, kw_only=True, omit_defaults=True):
    """Which month to plan."""

    #: The month, such as 2026-12
    month: str
    #: Of a preview: as if the plan were this; it stays as it is. Its group is that of the plan
    plan: PlanBody | UnsetType | None = UNSET
    #: Only say what would be done; no task is written
    preview: bool | UnsetType = UNSET


class PlanRunItem(msgspec.Struct, kw_only=True, frozen=True):
    """One contact in what a run did, or would do."""

    #: The cadence's name
    cadence: str
    #: The customer
    customer_id: str
    #: The day that it has now; null: none
    day: date | None = None
    #: The group
    group_id: str | None = None
    #: Which kind it is
    kind: PlanItemKind
    #: The manager; null: nobody
    manager_id: str | None = None
    #: Counts within customer and cadence
    number: int
    #: Why, in a short stable name or in plain words
    reason: Infeasibility | None = None
    #: The day that it had
    was_day: date | None = None
    #: The manager who had it
    was_manager_id: str | None = None


class PlanRun(msgspec.Struct, kw_only=True, frozen=True):
    """One run of a plan for a month."""

    #: New tasks
    added: int
    #: Managers' days below the plan's target
    below_target: int
    #: When it was made; RFC 3339, UTC
    created_at: datetime
    #: The principal, or `plan`: the day had come
    created_by: str
    #: To whom a cadence of the plan applies
    customers: int
    #: Contacts left to the next months
    deferred: int
    #: Why it has failed
    failure: str | None = None
    #: When it was over; RFC 3339, UTC
    finished_at: datetime | None = None
    #: The group
    group_id: str | None = None
    #: Opaque; unique
    id: str
    #: Contacts that are not planned, by reason
    infeasible: dict[str, Any] = msgspec.field(default_factory=dict)
    #: The month, such as 2026-12
    month: str
    #: To another day or manager
    moved: int
    #: Tasks further from their due day than the tolerance
    off_cadence: int
    #: How many are too many, by manager
    over_capacity: dict[str, Any] = msgspec.field(default_factory=dict)
    #: The cadence plan
    plan_id: str
    #: Tasks that the month has now
    planned: int
    #: Whether no task was written
    preview: bool
    #: 0 to 1
    progress: float
    #: How far it is
    state: PlanRunState
    #: Whether it is a preview of a plan that is not kept so
    tries: bool
    #: Tasks that stay as they are
    unchanged: int
    #: Managers whose days differ by more than one task
    uneven: int
    #: Tasks that are not wanted any more
    withdrawn: int


class Plan(msgspec.Struct, kw_only=True, frozen=True):
    """How often each kind of customer is to be contacted."""

    #: Whether months are planned by themselves
    active: bool
    #: When customers are told in the same morning, on the clock
    announce_same_day_time: str
    #: When customers are told days ahead, on the clock
    announce_time: str
    #: The most contacts of a day for some managers, by id
    capacities: dict[str, Any] = msgspec.field(default_factory=dict)
    #: Contacts that a manager's day has at most
    capacity_per_day: int
    #: From when on a visiting day, on the clock of the customer's group
    day_from: str
    #: Until when on a visiting day, on the same clock
    day_until: str
    #: What another system calls it; unique among its kind
    external_id: str | None = None
    #: The group
    group_id: str | None = None
    #: Opaque; unique
    id: str
    #: Language of the text, ISO 639
    language: str
    #: Its name
    name: str
    #: What is told of a call; null: the shipped text
    notice_call: str | None = None
    #: What is told of a visit; null: the shipped text
    notice_visit: str | None = None
    #: The first that fits a customer holds
    rules: list[PlanRule] = msgspec.field(default_factory=list)
    #: Contacts that a manager's day is to have, where there are as many
    target_per_day: int
    #: Rises with every change; the ETag
    version: int
    #: Days of the week on which customers are contacted, `mo` to `su`
    visiting_weekdays: list[str] = msgspec.field(default_factory=list)
    #: Whether days of weekends that are worked for holidays count
    worked_weekends: bool


class PlanWhoBody(msgspec.Struct, kw_only=True, omit_defaults=True):
    """Which customers: all that is named must fit, what is empty fits everybody."""

    #: Classes of customers, in the user's own words
    classes: list[str] | UnsetType = UNSET
    #: Groups, those below them included
    group_ids: list[str] | UnsetType = UNSET
    #: Tiers of customers, in the user's own words
    tiers: list[str] | UnsetType = UNSET


class PlanWho(msgspec.Struct, kw_only=True, frozen=True):
    """Which customers."""

    #: Classes of customers, in the user's own words
    classes: list[str] = msgspec.field(default_factory=list)
    #: Of these groups and those below them; empty: of all
    group_ids: list[str] = msgspec.field(default_factory=list)
    #: Tiers of customers, in the user's own words
    tiers: list[str] = msgspec.field(default_factory=list)
