"""May this call be made? Pure rules over facts gathered beforehand; the first that refuses speaks.

The order is fixed: what concerns the node, then the number, then the customer, then capacity. A
refusal is a PolicyError whose slug is the rule's stable name.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from config.values import RateLimit
from voicegw.directory.quiet import QuietTime
from voicegw.errors import PolicyError
from voicegw.model.directory import Customer, Manager, ManagerStatus
from voicegw.model.numbers import is_e164, is_premium_rate, service_code


class RateBook:
    """How often each customer was called lately; kept for the longest window, then forgotten."""

    def __init__(self, rates: Sequence[RateLimit]) -> None:
        """Keep times for `rates`."""
        self._rates = tuple(rates)
        self._keep_s = max((rate.per_s for rate in rates), default=0)
        self._times: dict[str, deque[float]] = {}

    def __len__(self) -> int:
        """Return how many numbers are remembered."""
        return len(self._times)

    def record(self, number: str, at: float) -> None:
        """Remember a call to `number` at `at` (seconds since the epoch)."""
        if self._keep_s:
            self._times.setdefault(number, deque()).append(at)

    def take_back(self, number: str, at: float) -> None:
        """Forget the call to `number` recorded at `at`: it was never dialled."""
        times = self._times.get(number)
        if times is not None and at in times:
            times.remove(at)
            if not times:
                del self._times[number]

    def retry_after_s(self, number: str, at: float, *, also: Sequence[str] = ()) -> int | None:
        """Return when the next call is allowed, in seconds; None when it is allowed now.

        `also` are the other numbers of the same customer: calls to any of them count.
        """
        times = [moment for one in {number, *also} for moment in self._times.get(one, ())]
        if not times:
            return None
        waits = []
        for rate in self._rates:
            recent = [moment for moment in times if moment > at - rate.per_s]
            if len(recent) >= rate.count:
                blocking = sorted(recent)[len(recent) - rate.count]
                waits.append(blocking + rate.per_s - at)
        return max(1, round(max(waits) + 0.5)) if waits else None

    def forget_before(self, at: float) -> None:
        """Drop what no window can see any more; call now and then."""
        limit = at - self._keep_s
        for number in list(self._times):
            times = self._times[number]
            while times and times[0] <= limit:
                times.popleft()
            if not times:
                del self._times[number]


@dataclass(frozen=True, slots=True)
class DialRules:
    """The configured rules; without any, no number may be called."""

    allowed_prefixes: tuple[str, ...] = ()
    allowed_short_codes: frozenset[str] = frozenset()
    emergency: frozenset[str] = frozenset()
    refused_prefixes: tuple[str, ...] = ()
    """Prefixes within the allowed ones that may not be dialled all the same."""


@dataclass(frozen=True, slots=True)
class DialFacts:
    """What the rules look at. `customers` are all whom the number may reach."""

    number: str
    customers: Sequence[Customer]
    quiet: QuietTime | None
    customer_retry_after_s: int | None
    manager_busy: bool
    trunk_free: bool
    recording_ready: bool
    store_ready: bool
    draining: bool
    overloaded: bool = False
    group_full: bool = False


def check_number(rules: DialRules, number: str) -> None:
    """Refuse emergency numbers, premium rates and what lies outside the allowed prefixes.

    A short code that is reached through an area code is still that short code.
    """
    code = service_code(number) if is_e164(number) else number
    if code in rules.emergency:
        raise PolicyError("emergency-number", "emergency numbers can't be dialled for someone")
    if code is not None and code not in rules.allowed_short_codes:
        raise PolicyError("prefix-not-allowed", "this short code may not be called")
    if is_e164(number) and not _has_allowed_prefix(rules, number):
        raise PolicyError("prefix-not-allowed", "numbers with this prefix may not be called")


def _has_allowed_prefix(rules: DialRules, number: str) -> bool:
    is_allowed = number.startswith(rules.allowed_prefixes)
    return (
        is_allowed and not number.startswith(rules.refused_prefixes) and not is_premium_rate(number)
    )


#: How often one customer may be handed on, in vain or not: each time costs ports and a record.
MAX_TRANSFERS: Final = 20


def may_ring(rules: DialRules, number: str) -> bool:
    """Whether a manager's telephone of this number may be rung.

    The directory is written by programs, too: what no customer may be called at, no manager is.
    Short codes are extensions of the operator's own exchange; only emergency numbers are not.
    """
    if not is_e164(number):
        return number not in rules.emergency
    return service_code(number) is None and _has_allowed_prefix(rules, number)


class TransferRefusal(StrEnum):
    """Why a customer is not handed on."""

    UNKNOWN = "unknown"
    """Nobody of that name, or nobody who takes calls any more."""
    SELF = "self"
    TOO_MANY = "too-many"
    UNAVAILABLE = "unavailable"
    BUSY = "busy"


@dataclass(frozen=True, slots=True)
class TransferFacts:
    """What the rule of transfers looks at: whom the telephone of `by` (a manager's id) names.

    `before` is how many transfers the call has had already.
    """

    target: Manager | None
    by: str | None
    busy: bool
    at: datetime
    before: int = 0


def transfer_refusal(facts: TransferFacts) -> TransferRefusal | None:
    """Return why a manager's telephone may not hand its customer on to `target`; None: it may.

    Managers hand on to managers, and to nobody else: a telephone that was broken into must not be
    a way to numbers abroad.
    """
    target = facts.target
    if facts.by is None or target is None or target.status is ManagerStatus.DEPARTED:
        return TransferRefusal.UNKNOWN
    if target.id == facts.by:
        return TransferRefusal.SELF
    if facts.before >= MAX_TRANSFERS:
        return TransferRefusal.TOO_MANY
    if target.is_away(facts.at) or not target.phones:
        return TransferRefusal.UNAVAILABLE
    return TransferRefusal.BUSY if facts.busy else None


def no_trunk_free() -> PolicyError:
    """Return the refusal of a call that no trunk has room for."""
    return PolicyError("trunk-full", "no trunk is free for this call", retry_after_s=10)


def check_dial(rules: DialRules, facts: DialFacts) -> None:
    """Raise the PolicyError of the first rule that refuses; return when the call may be made."""
    if facts.draining:
        raise PolicyError("draining", "this node takes no new calls", retry_after_s=30)
    if facts.overloaded:
        raise PolicyError("overloaded", "this node has more to do than it can", retry_after_s=5)
    if not facts.store_ready:
        raise PolicyError("store-unavailable", "the store is away", retry_after_s=5)
    check_number(rules, facts.number)
    if any(customer.do_not_call is not None for customer in facts.customers):
        raise PolicyError("do-not-call", "the customer does not want to be called")
    if facts.quiet is not None:
        raise PolicyError(
            "quiet-hours",
            "customers are not called at this hour",
            retry_after_s=facts.quiet.ends_in_s,
        )
    if facts.customer_retry_after_s is not None:
        raise PolicyError(
            "customer-rate",
            "the customer was called too often",
            retry_after_s=facts.customer_retry_after_s,
        )
    if facts.manager_busy:
        raise PolicyError("manager-busy", "the manager is in a call")
    if facts.group_full:
        raise PolicyError("group-full", "the group has all its calls", retry_after_s=10)
    if not facts.trunk_free:
        raise no_trunk_free()
    if not facts.recording_ready:
        raise PolicyError("recording-unavailable", "calls can't be recorded now", retry_after_s=60)
