"""Models of directory, as docs/openapi.json has them. Written by `make client`."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import msgspec
from msgspec import UNSET, UnsetType

from voicegw.client.models.enums import ManagerStatus, Written


class CustomerBody(msgspec.Struct, kw_only=True, omit_defaults=True):
    """A customer."""

    #: At most 16 KiB
    attributes: dict[str, Any] | UnsetType = UNSET
    #: The customer's class, in the user's own words
    class_: str | UnsetType | None = msgspec.field(name="class", default=UNSET)
    #: Digits by which a manager dials the customer from a keypad; unique
    code: str | UnsetType | None = UNSET
    #: The customer's wish not to be called; null: none
    do_not_call: DoNotCallBody | UnsetType | None = UNSET
    #: What another system calls it; unique among its kind
    external_id: str | UnsetType | None = UNSET
    #: The group
    group_id: str
    #: Its name
    name: str
    #: In any usual spelling, the first is dialled; at most 20
    numbers: list[str] | UnsetType = UNSET
    #: The manager to whom the customer belongs; null: nobody
    owner_id: str | UnsetType | None = UNSET
    #: Why the owner changes: goes into the history of owners
    owner_why: str | UnsetType = UNSET
    #: The customer's tier, in the user's own words
    tier: str | UnsetType | None = UNSET


class CustomerRecord(msgspec.Struct, kw_only=True, omit_defaults=True):
    """A customer as another system knows it."""

    #: At most 16 KiB
    attributes: dict[str, Any] | UnsetType = UNSET
    #: The customer's class, in the user's own words
    class_: str | UnsetType | None = msgspec.field(name="class", default=UNSET)
    #: Digits by which a manager dials the customer from a keypad; unique
    code: str | UnsetType | None = UNSET
    #: The customer's wish not to be called; null: none
    do_not_call: DoNotCallBody | UnsetType | None = UNSET
    #: What your system calls the customer
    external_id: str
    #: What you call the group
    group_external_id: str | UnsetType | None = UNSET
    #: This, or `group_external_id`
    group_id: str | UnsetType | None = UNSET
    #: Its name
    name: str
    #: Telephone numbers, the first is dialled
    numbers: list[str] | UnsetType = UNSET
    #: What you call the manager; in place of `owner_id`
    owner_external_id: str | UnsetType | None = UNSET
    #: The manager to whom the customer belongs; null: nobody
    owner_id: str | UnsetType | None = UNSET
    #: Why the owner changes: goes into the history of owners
    owner_why: str | UnsetType = UNSET
    #: The customer's tier, in the user's own words
    tier: str | UnsetType | None = UNSET


class Customer(msgspec.Struct, kw_only=True, frozen=True):
    """A customer."""

    #: Fields of the user's own, JSON, at most 16 KiB
    attributes: dict[str, Any] = msgspec.field(default_factory=dict)
    #: The customer's class, in the user's own words
    class_: str | None = msgspec.field(name="class", default=None)
    #: A short stable name
    code: str | None = None
    #: The customer's wish not to be called; null: none
    do_not_call: DoNotCall | None = None
    #: What another system calls it; unique among its kind
    external_id: str | None = None
    #: The group
    group_id: str
    #: Opaque; unique
    id: str
    #: Its name
    name: str
    #: Telephone numbers, the first is dialled
    numbers: list[Number] = msgspec.field(default_factory=list)
    #: The manager to whom the customer belongs; null: nobody
    owner_id: str | None = None
    #: The customer's tier, in the user's own words
    tier: str | None = None


class DoNotCallBody(msgspec.Struct, kw_only=True, omit_defaults=True):
    """A customer's wish not to be called; `since` defaults to now."""

    #: Why, in a short stable name or in plain words
    reason: str
    #: Since when; RFC 3339, UTC
    since: datetime | UnsetType | None = UNSET


class DoNotCall(msgspec.Struct, kw_only=True, frozen=True):
    """A customer's wish not to be called."""

    #: Why, in a short stable name or in plain words
    reason: str
    #: Since when; RFC 3339, UTC
    since: datetime


class FieldProblem(msgspec.Struct, kw_only=True, frozen=True):
    """One field that is not acceptable."""

    #: The field, as a dotted path
    field: str
    #: Stable: what is wrong, for programs and for whoever says it in another language than the
    #: message's; more may come.
    kind: str
    #: What was expected
    message: str
    #: Values of the kind, such as limits; see `/docs#faults`
    params: dict[str, Any] = msgspec.field(default_factory=dict)


class GroupBody(msgspec.Struct, kw_only=True, omit_defaults=True):
    """A county, a district, a team."""

    #: Completes local numbers; with or without the leading 0
    area_code: str | UnsetType | None = UNSET
    #: What another system calls it; unique among its kind
    external_id: str | UnsetType | None = UNSET
    #: Opening hours of its hotlines that say none themselves; null: as the group above, at the top
    #: always
    hours: str | UnsetType | None = UNSET
    #: Its name
    name: str
    #: The group above; null: at the top
    parent_id: str | UnsetType | None = UNSET
    #: When its customers are not called, in its time zone; null: as the group above, at the top as
    #: the configuration says. `off`: they may be called at any hour
    quiet_hours: str | UnsetType | None = UNSET
    #: Days for which its recordings are kept; null: as the group above, at the top as the
    #: configuration says
    retention_days: int | UnsetType | None = UNSET
    #: IANA name
    timezone: str | UnsetType = UNSET


class Group(msgspec.Struct, kw_only=True, frozen=True):
    """A county, a district, a team."""

    #: Completes local numbers, without the leading 0
    area_code: str | None = None
    #: What another system calls it; unique among its kind
    external_id: str | None = None
    #: Opening hours; null: as what is above it says
    hours: str | None = None
    #: Opaque; unique
    id: str
    #: Its name
    name: str
    #: The group above; null: at the top
    parent_id: str | None = None
    #: When its customers are not called; null: as the group above
    quiet_hours: str | None = None
    #: Days for which recordings are kept; null: as what is above it says
    retention_days: int | None = None
    #: IANA name of its time zone
    timezone: str


class LeaveBody(msgspec.Struct, kw_only=True, omit_defaults=True):
    """Days on which a manager is not there."""

    #: The first day
    from_: date = msgspec.field(name="from")
    #: The last day
    until: date


class Leave(msgspec.Struct, kw_only=True, frozen=True):
    """Days on which a manager is not there."""

    #: The first day
    from_: date = msgspec.field(name="from")
    #: The last day
    until: date


class ManagerBody(msgspec.Struct, kw_only=True, omit_defaults=True):
    """An account manager."""

    #: Until then an `away` manager is not rung
    away_until: datetime | UnsetType | None = UNSET
    #: Who is rung where this manager can't be
    deputy_id: str | UnsetType | None = UNSET
    #: What another system calls it; unique among its kind
    external_id: str | UnsetType | None = UNSET
    #: The group
    group_id: str
    #: When the manager is rung for callers, in the group's time zone; null: always
    hours: str | UnsetType | None = UNSET
    #: Planned absences: cadence plans put nothing on these days
    leave: list[LeaveBody] | UnsetType = UNSET
    #: Its name
    name: str
    #: Rung in this order; a bare number stands for `{"number": …}`
    phones: list[PhoneBody | str] | UnsetType = UNSET
    #: What a hotline may ask for where it rings the group
    skills: list[str] | UnsetType = UNSET
    #: The staff number
    staff_no: str | UnsetType | None = UNSET
    #: `active`, `away`, or `departed` for good
    status: ManagerStatus | UnsetType = UNSET


class Manager(msgspec.Struct, kw_only=True, frozen=True):
    """An account manager."""

    #: Until when an `away` manager is not rung; RFC 3339, UTC
    away_until: datetime | None = None
    #: How many customers of a `departed` manager are to be handed over; null in lists and of others
    customers_left: int | None = None
    #: The manager who is rung where this one can't be
    deputy_id: str | None = None
    #: What another system calls it; unique among its kind
    external_id: str | None = None
    #: The group
    group_id: str
    #: Whether a PIN is set; it is never shown
    has_pin: bool
    #: Opening hours; null: as what is above it says
    hours: str | None = None
    #: Opaque; unique
    id: str
    #: Planned absences: cadence plans put nothing on these days
    leave: list[Leave] = msgspec.field(default_factory=list)
    #: Its name
    name: str
    #: Telephones, in the order in which they ring
    phones: list[Phone] = msgspec.field(default_factory=list)
    #: What the manager can do, as hotlines ask for it
    skills: list[str] = msgspec.field(default_factory=list)
    #: The staff number
    staff_no: str | None = None
    #: `active`, `away`, or `departed` for good
    status: ManagerStatus


class Number(msgspec.Struct, kw_only=True, frozen=True):
    """A number and its masked form. `number` is null where the key's role may not see it."""

    #: The number's masked form, as in 138****8000
    masked: str | None = None
    #: E.164 or a short code
    number: str | None = None


class PhoneBody(msgspec.Struct, kw_only=True, omit_defaults=True):
    """A manager's telephone: a number on a trunk, or an address of record here."""

    #: Address of record of a telephone registered here; null where the role may not see it
    aor: str | UnsetType | None = UNSET
    #: What it is called
    label: str | UnsetType = UNSET
    #: E.164 or a short code
    number: str | UnsetType | None = UNSET
    #: Lower rings first; default: the place in the list
    order: int | UnsetType | None = UNSET


class Phone(msgspec.Struct, kw_only=True, frozen=True):
    """A manager's telephone."""

    #: Address of record of a telephone registered here; null where the role may not see it
    aor: str | None = None
    #: What it is called
    label: str
    #: The number's masked form, as in 138****8000
    masked: str | None = None
    #: E.164 or a short code
    number: str | None = None
    #: Lower rings first
    order: int


class SyncResult(msgspec.Struct, kw_only=True, frozen=True):
    """What became of one record."""

    #: Each field that is not acceptable
    errors: list[FieldProblem] = msgspec.field(default_factory=list)
    #: As it was sent; null where none was
    external_id: str | None = None
    #: The customer's id here; null where it was refused
    id: str | None = None
    #: What became of it; `refused`: `errors` says why
    result: Written


class Sync(msgspec.Struct, kw_only=True, frozen=True):
    """What became of all records, in the order in which they were sent."""

    #: Customers that are new
    created: int
    #: One result for each record
    items: list[SyncResult] = msgspec.field(default_factory=list)
    #: Records that were not taken
    refused: int
    #: Customers that were changed
    replaced: int
    #: Customers that were the same already
    unchanged: int
