"""Groups, hotlines, managers and customers."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from enum import StrEnum
from typing import Any

import msgspec

from voicegw.model.routing import AfterCall, Routing


class HotlineAnswer(StrEnum):
    """When a caller's leg is answered: at once (charged from then), or with the owner."""

    AT_ONCE = "at_once"
    AT_OWNER = "at_owner"


class Announce(StrEnum):
    """How both are told of the recording."""

    NONE = "none"
    PROMPT = "prompt"
    MANAGER = "manager"


class ManagerStatus(StrEnum):
    """Whether a manager takes calls."""

    ACTIVE = "active"
    AWAY = "away"
    DEPARTED = "departed"


class Group(msgspec.Struct):
    """A county, a district, a team. `area_code` completes local numbers, without the leading 0.

    `retention_days` is how long its recordings are kept, and those of the groups below that say
    nothing themselves; None: as the group above.
    """

    id: str
    name: str
    external_id: str | None = None
    parent_id: str | None = None
    area_code: str | None = None
    timezone: str = "Asia/Shanghai"
    retention_days: int | None = None
    hours: str | None = None
    """Opening hours of its hotlines that have none themselves (:mod:`voicegw.model.hours`)."""
    quiet_hours: str | None = None
    """When its customers are not called; None: as the group above, else the configuration."""


def groups_below(groups: Iterable[Group], top: str) -> frozenset[str]:
    """Return the ids of the group `top` and of all below it; of `top` alone if it is unknown."""
    children: dict[str | None, list[str]] = {}
    for group in groups:
        children.setdefault(group.parent_id, []).append(group.id)
    found: set[str] = set()
    waiting = [top]
    while waiting:
        current = waiting.pop()
        if current not in found:
            found.add(current)
            waiting.extend(children.get(current, ()))
    return frozenset(found)


class Hotline(msgspec.Struct):
    """A number shown outward and dialled by customers. `number` is E.164 or a short code.

    `retention_days` is how long recordings of its calls are kept; None: as the recording's group.
    """

    id: str
    number: str
    group_id: str
    name: str = ""
    hours: str | None = None
    flow: str | None = None
    answer: HotlineAnswer = HotlineAnswer.AT_OWNER
    announce: Announce = Announce.PROMPT
    confirm_manager: bool = False
    max_ring_s: int = 30
    retention_days: int | None = None
    display_number: str | None = None
    """The number shown outward in place of its own; None: its own."""
    routing: Routing = msgspec.field(default_factory=Routing)
    after_call: AfterCall = msgspec.field(default_factory=AfterCall)
    external_id: str | None = None

    @property
    def shown(self) -> str:
        """The number that calls of this hotline show outward."""
        return self.display_number or self.number


class Phone(msgspec.Struct):
    """A manager's telephone: a `number` on a trunk, or the address of record `aor` here."""

    number: str | None = None
    aor: str | None = None
    label: str = ""
    order: int = 0


class Leave(msgspec.Struct, frozen=True):
    """Days on which a manager is not there, the first and the last included."""

    from_: date = msgspec.field(name="from")
    until: date


class Manager(msgspec.Struct):
    """An account manager (客户经理)."""

    id: str
    name: str
    group_id: str
    external_id: str | None = None
    staff_no: str | None = None
    phones: list[Phone] = msgspec.field(default_factory=list)
    status: ManagerStatus = ManagerStatus.ACTIVE
    away_until: datetime | None = None
    deputy_id: str | None = None
    hours: str | None = None
    skills: list[str] = msgspec.field(default_factory=list)
    pin_hash: str | None = None
    """Of the PIN that is asked where the manager calls from an unknown telephone; never shown."""
    leave: list[Leave] = msgspec.field(default_factory=list)
    """Planned absences: on these days plans put nothing, and orders give no tasks. Who is rung for
    a call is said by `status`."""

    def is_away(self, at: datetime) -> bool:
        """Whether the manager takes no calls at that moment, until told or for good."""
        if self.status is not ManagerStatus.AWAY:
            return False
        return self.away_until is None or self.away_until > at

    def is_on_leave(self, day: date) -> bool:
        """Whether `day`, where the manager works, is one of a planned absence."""
        return any(one.from_ <= day <= one.until for one in self.leave)


class DoNotCall(msgspec.Struct):
    """A customer's wish not to be called."""

    reason: str
    since: datetime


class Customer(msgspec.Struct):
    """A customer; several numbers may lead to one customer and one number to several."""

    id: str
    name: str
    group_id: str
    external_id: str | None = None
    numbers: list[str] = msgspec.field(default_factory=list)
    owner_id: str | None = None
    class_: str | None = msgspec.field(default=None, name="class")
    tier: str | None = None
    do_not_call: DoNotCall | None = None
    code: str | None = None
    """Digits by which a manager dials the customer from a keypad; unique."""
    attributes: dict[str, Any] = msgspec.field(default_factory=dict)


class Role(StrEnum):
    """What a principal of the API may do."""

    ADMIN = "admin"
    COUNTY_MANAGER = "county_manager"
    MANAGER = "manager"
    QA_REVIEWER = "qa_reviewer"
    INTEGRATOR = "integrator"


class Grant(StrEnum):
    """What a key or user may do beyond its role."""

    HANDOVER = "handover"
    """Move customers from one manager to others, and say who is away; for a `county_manager`."""
    ASSIGN = "assign"
    """Give tasks to managers; for a `county_manager`."""
    DIAL_ANY = "dial_any"
    """Dial numbers that are no own customer's; for a `manager`."""


class ApiKey(msgspec.Struct):
    """An API key. Only the SHA-256 of its secret is kept; `prefix` is shown to tell keys apart.

    `scopes` names the permissions that it is limited to; None: all of its role's. After a rotation
    `previous_sha256` is the secret before, which is valid until `previous_until`. `requests_per_s`
    takes the place of `[api] requests_per_s`; None: that one. `last_used_at` is a minute late at
    most. `version` rises with each change.
    """

    id: str
    prefix: str
    secret_sha256: str
    role: Role
    created_at: datetime
    group_id: str | None = None
    manager_id: str | None = None
    revoked_at: datetime | None = None
    grants: list[Grant] = msgspec.field(default_factory=list)
    name: str = ""
    scopes: list[str] | None = None
    expires_at: datetime | None = None
    last_used_at: datetime | None = None
    requests_per_s: float | None = None
    previous_sha256: str | None = None
    previous_until: datetime | None = None
    version: int = 1

    def is_valid(self, now: datetime) -> bool:
        """Whether the key is neither revoked nor expired at `now`."""
        return self.revoked_at is None and (self.expires_at is None or now < self.expires_at)

    def is_opened_by(self, secret_sha256: str, now: datetime) -> bool:
        """Whether this secret is the key's at `now`: the present one, or the one before it."""
        if not self.is_valid(now):
            return False
        if secret_sha256 == self.secret_sha256:
            return True
        until = self.previous_until
        return secret_sha256 == self.previous_sha256 and until is not None and now < until
