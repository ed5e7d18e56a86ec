"""Which of a manager's tasks comes next, and why; which may not be called for now, and why not.

Pure: facts come from :mod:`voicegw.store.next_tasks` and the directory. The order:

1. an appointment whose time has come, the earliest first;
2. a promised answer, or a contact that is owed, whose time has passed or comes within an hour;
3. what is urgent; 4. what is overdue; 5. what is due today; 6. everything else,

within each by priority, then by how likely the customer is to answer at this hour, then by time.
An appointment is kept whatever rule of spacing or attempts: the customer has asked for it. The
customer's wish not to be called, quiet hours and the policy's rates hold for everything.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final
from zoneinfo import ZoneInfo

from config.values import RateLimit
from voicegw.dialer.answer_hours import PRIOR_SHARE
from voicegw.model.call import CallOutcome
from voicegw.model.task import RANKS, Attempt, Priority, Task
from voicegw.model.task_type import AttemptRule

NOT_DIALLED: Final = frozenset(
    {
        CallOutcome.MANAGER_BUSY,
        CallOutcome.MANAGER_DECLINED,
        CallOutcome.MANAGER_NO_ANSWER,
        CallOutcome.MANAGER_NOT_CONFIRMED,
        CallOutcome.MANAGER_UNREACHABLE,
        CallOutcome.REFUSED,
    }
)
"""Outcomes of calls for which the customer's telephone was certainly not rung."""

LONGEST_CALL: Final = timedelta(hours=5)
"""A call without an end that is older has been lost with its node: it counts, and runs no more."""
_NEAR: Final = timedelta(hours=1)
_FAR: Final = timedelta(days=36500)
_GOOD_SHARE: Final = 0.6
_SHARE_STEPS: Final = 10
"""Expected shares of answers are compared in tenths: less says nothing."""


class Favour(StrEnum):
    """Why a task comes where it comes."""

    APPOINTMENT = "appointment"
    """The customer has asked to be called at this time."""
    PROMISED = "promised"
    """The customer was promised an answer by now, or within an hour."""
    CONTACT_DUE = "contact-due"
    """Somebody is to have talked with the customer by now, or within an hour."""
    URGENT = "urgent"
    HIGH = "high-priority"
    OVERDUE = "overdue"
    DUE_TODAY = "due-today"
    NOT_CALLED_YET = "not-called-yet"
    GOOD_HOUR = "good-hour"
    """The customer has mostly answered at this hour."""


class Obstacle(StrEnum):
    """Why a task is not called for now."""

    NOT_BEFORE = "not-before"
    APPOINTMENT_LATER = "appointment-later"
    ATTEMPTS_USED_UP = "attempts-used-up"
    """As often in vain as its type allows: to be closed as unreachable, or called by hand."""
    ATTEMPTS_TODAY = "attempts-today"
    SPACING = "spacing"
    RESULT_AWAITED = "result-awaited"
    """There was a talk, and nobody has told what came of it."""
    CALL_RUNNING = "call-running"
    CUSTOMER_ENGAGED = "customer-engaged"
    """Somebody is calling this customer, or was a moment ago."""
    DO_NOT_CALL = "do-not-call"
    QUIET_HOURS = "quiet-hours"
    CUSTOMER_RATE = "customer-rate"
    NO_NUMBER = "no-number"
    ASIDE = "aside"
    """The manager has skipped it."""


@dataclass(frozen=True, slots=True)
class PastCall:
    """A call to a customer: `outcome` is None while it runs."""

    at: datetime
    outcome: CallOutcome | None

    @property
    def counts(self) -> bool:
        """Whether the customer's telephone was, or may have been, rung."""
        return self.outcome not in NOT_DIALLED

    @property
    def was_in_vain(self) -> bool:
        """Whether it counts and nobody talked."""
        return self.counts and self.outcome is not CallOutcome.CONNECTED


@dataclass(frozen=True, slots=True)
class CustomerFacts:
    """What counts of the customer of a task.

    `past` are calls to any number of this customer by anybody, the newest last. `quiet_until` is
    when it is quiet no more, where `is_quiet`; None: nobody knows.
    """

    has_number: bool = True
    do_not_call: bool = False
    is_quiet: bool = False
    quiet_until: datetime | None = None
    engaged_until: datetime | None = None
    past: Sequence[PastCall] = ()
    share: float = PRIOR_SHARE


@dataclass(frozen=True, slots=True)
class Terms:
    """By what is judged: the moment, the day's zone, each type's rule, the policy's rates.

    `aside` are tasks that the manager has skipped, and until when.
    """

    at: datetime
    zone: ZoneInfo
    rule_of: Callable[[Task], AttemptRule]
    rates: Sequence[RateLimit] = ()
    aside: dict[str, datetime] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Hindrance:
    """What stands against a call, until when; None: until somebody changes something."""

    what: Obstacle
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Candidate:
    """A task with what speaks for and against calling now.

    `not_before` is when nothing known stands against it any more; None: now, or, where `against`
    is not empty, nobody knows.
    """

    task: Task
    favours: tuple[Favour, ...]
    against: tuple[Hindrance, ...]
    share: float

    @property
    def may_call(self) -> bool:
        """Whether its customer may be called now."""
        return not self.against

    @property
    def not_before(self) -> datetime | None:
        """When it may be called for, as far as is known."""
        ends = [one.until for one in self.against]
        known = [end for end in ends if end is not None]
        return max(known) if known and len(known) == len(ends) else None


def appointment_at(task: Task) -> datetime | None:
    """Return when the customer of an open task has asked to be called; None: never asked."""
    return task.due_at if task.is_open and task.result is not None else None


def is_kept(task: Task, at: datetime) -> bool:
    """Whether the time of an appointment has come, and nobody has called since."""
    wanted = appointment_at(task)
    if wanted is None or wanted > at:
        return False
    return not any(one.at >= wanted for one in counted(task.attempts))


def counted(attempts: Iterable[Attempt]) -> list[Attempt]:
    """Return the attempts for which the customer's telephone was, or may have been, rung."""
    return [one for one in attempts if one.outcome not in NOT_DIALLED]


def own_hindrances(task: Task, terms: Terms) -> list[Hindrance]:
    """Return what stands against calling for `task` that it knows itself."""
    found: list[Hindrance] = []
    at, rule = terms.at, terms.rule_of(task)
    if task.id in terms.aside and terms.aside[task.id] > at:
        found.append(Hindrance(Obstacle.ASIDE, terms.aside[task.id]))
    if task.customer_id is None and task.customer_number is None:
        found.append(Hindrance(Obstacle.NO_NUMBER))
    if task.not_before is not None and task.not_before > at:
        found.append(Hindrance(Obstacle.NOT_BEFORE, task.not_before))
    wanted = appointment_at(task)
    if wanted is not None and wanted > at:
        return [*found, Hindrance(Obstacle.APPOINTMENT_LATER, wanted)]
    done = counted(task.attempts)
    last = done[-1] if done else None
    if last is not None and last.outcome is None and last.at > at - LONGEST_CALL:
        return [*found, Hindrance(Obstacle.CALL_RUNNING)]
    told_at = None if task.result is None else task.result.at
    if last is not None and last.outcome is CallOutcome.CONNECTED:
        if told_at is None or told_at < last.at:
            found.append(Hindrance(Obstacle.RESULT_AWAITED))
        return found
    if is_kept(task, at):
        return found
    vain = [one for one in done if told_at is None or one.at > told_at]
    if len(vain) >= rule.most:
        found.append(Hindrance(Obstacle.ATTEMPTS_USED_UP))
    elif last is not None and last.at + timedelta(seconds=rule.spacing_s) > at:
        found.append(Hindrance(Obstacle.SPACING, last.at + timedelta(seconds=rule.spacing_s)))
    return found


def weighed(task: Task, facts: CustomerFacts, terms: Terms) -> Candidate:
    """Return what speaks for and against calling for `task` now."""
    against = [*own_hindrances(task, terms), *_customer_hindrances(task, facts, terms)]
    kept: dict[Obstacle, Hindrance] = {}
    for one in against:
        before = kept.get(one.what)
        if before is None or (before.until and one.until and one.until > before.until):
            kept[one.what] = one
    return Candidate(task, _favours(task, facts, terms), tuple(kept.values()), facts.share)


def _customer_hindrances(task: Task, facts: CustomerFacts, terms: Terms) -> list[Hindrance]:
    found: list[Hindrance] = []
    at, rule = terms.at, terms.rule_of(task)
    if not facts.has_number:
        found.append(Hindrance(Obstacle.NO_NUMBER))
    if facts.do_not_call:
        found.append(Hindrance(Obstacle.DO_NOT_CALL))
    if facts.is_quiet:
        found.append(Hindrance(Obstacle.QUIET_HOURS, facts.quiet_until))
    if facts.engaged_until is not None and facts.engaged_until > at:
        found.append(Hindrance(Obstacle.CUSTOMER_ENGAGED, facts.engaged_until))
    past = [one for one in facts.past if one.counts]
    if any(one.outcome is None and one.at > at - LONGEST_CALL for one in past):
        found.append(Hindrance(Obstacle.CUSTOMER_ENGAGED))
    free_at = _rate_ends(past, terms)
    if free_at is not None:
        found.append(Hindrance(Obstacle.CUSTOMER_RATE, free_at))
    if past and not is_kept(task, at):
        spaced_at = past[-1].at + timedelta(seconds=rule.spacing_s)
        if spaced_at > at:
            found.append(Hindrance(Obstacle.SPACING, spaced_at))
        today = at.astimezone(terms.zone).date()
        vain = [one for one in past if one.was_in_vain]
        if sum(one.at.astimezone(terms.zone).date() == today for one in vain) >= rule.per_day:
            found.append(Hindrance(Obstacle.ATTEMPTS_TODAY, _tomorrow(terms)))
    return found


def _rate_ends(past: Sequence[PastCall], terms: Terms) -> datetime | None:
    """Return when the policy's rates allow another call; None: now."""
    ends = []
    for rate in terms.rates:
        window = timedelta(seconds=rate.per_s)
        recent = [one.at for one in past if one.at > terms.at - window]
        if len(recent) >= rate.count:
            ends.append(recent[len(recent) - rate.count] + window)
    return max(ends) if ends else None


def _tomorrow(terms: Terms) -> datetime:
    local = terms.at.astimezone(terms.zone)
    midnight = local.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
    return midnight.astimezone(terms.at.tzinfo)


def _favours(task: Task, facts: CustomerFacts, terms: Terms) -> tuple[Favour, ...]:
    at = terms.at
    checks = (
        (Favour.APPOINTMENT, is_kept(task, at)),
        (Favour.PROMISED, _is_near(task.promised_at, at)),
        (Favour.CONTACT_DUE, task.contacted_at is None and _is_near(task.contact_by, at)),
        (Favour.URGENT, task.priority is Priority.URGENT),
        (Favour.HIGH, task.priority is Priority.HIGH),
        (Favour.OVERDUE, task.due_at is not None and task.due_at <= at),
        (Favour.DUE_TODAY, _is_today(task.due_at, terms)),
        (Favour.NOT_CALLED_YET, not task.attempts),
        (Favour.GOOD_HOUR, facts.share >= _GOOD_SHARE),
    )
    return tuple(favour for favour, holds in checks if holds)


def _is_near(moment: datetime | None, at: datetime) -> bool:
    return moment is not None and moment <= at + _NEAR


def _is_today(moment: datetime | None, terms: Terms) -> bool:
    if moment is None or moment <= terms.at:
        return False
    return moment.astimezone(terms.zone).date() == terms.at.astimezone(terms.zone).date()


_BANDS: Final = (
    (Favour.APPOINTMENT, 0),
    (Favour.PROMISED, 1),
    (Favour.CONTACT_DUE, 1),
    (Favour.URGENT, 2),
    (Favour.OVERDUE, 3),
    (Favour.DUE_TODAY, 4),
)
_LAST_BAND: Final = 5
_TIMED_BANDS: Final = 2


def _place(candidate: Candidate, at: datetime) -> tuple[object, ...]:
    """Return by what candidates are sorted, the smallest first."""
    task = candidate.task
    band = next((band for favour, band in _BANDS if favour in candidate.favours), _LAST_BAND)
    last = at + _FAR
    by_time = last
    if band < _TIMED_BANDS:
        times = (task.due_at,) if band == 0 else (task.promised_at, task.contact_by)
        by_time = min((one for one in times if one is not None), default=last)
    return (
        band,
        by_time,
        -RANKS[task.priority],
        -round(candidate.share * _SHARE_STEPS),
        task.due_at or last,
        task.created_at,
        task.id,
    )


@dataclass(frozen=True, slots=True)
class Choice:
    """What comes next, best first, and what is held back, the soonest free first.

    Tasks of a customer who has a better one are in neither: one call may settle both.
    """

    next: Sequence[Candidate]
    held: Sequence[Candidate]

    @property
    def best(self) -> Candidate | None:
        """The one to call for now."""
        return self.next[0] if self.next else None

    @property
    def look_at(self) -> datetime | None:
        """When the first of those held back is free, as far as is known."""
        return min((one.not_before for one in self.held if one.not_before), default=None)


def chosen(candidates: Collection[Candidate], at: datetime) -> Choice:
    """Return the candidates in the order in which to call."""
    following: list[Candidate] = []
    seen: set[str] = set()
    for one in sorted((one for one in candidates if one.may_call), key=lambda one: _place(one, at)):
        who = one.task.customer_id or one.task.customer_number or one.task.id
        if who not in seen:
            seen.add(who)
            following.append(one)
    last = at + _FAR
    held = [one for one in candidates if not one.may_call]
    held.sort(key=lambda one: (one.not_before or last, _place(one, at)))
    return Choice(following, held)
