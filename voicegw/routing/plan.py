"""Who is rung for a caller, in which order, and why. Pure: directory facts in, a plan out.

A plan is data. The inbound flow walks it step by step and writes down what came of each.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Final

from voicegw.model.directory import Customer, Manager, ManagerStatus
from voicegw.model.routing import GroupRouting, QueueRouting, RingOrder, Routing, VoicemailRouting

UNAVAILABLE_PROMPT: Final = "manager_unavailable"
BUSY_PROMPT: Final = "manager_busy"
CLOSED_PROMPT: Final = "closed"
CLOSED_MESSAGE_PROMPT: Final = "after_hours"
"""Says that it is outside the hotline's hours, too, and that a message can be left."""


class StepKind(StrEnum):
    """What a step of a plan does."""

    RESPONSIBLE = "responsible"
    """The manager of the customer's open matter."""
    OWNER = "owner"
    RECENT = "recent"
    """Who last dialled, or spoke to, this number."""
    DEPUTY = "deputy"
    GROUP = "group"
    QUEUE = "queue"
    VOICEMAIL = "voicemail"
    MANAGER = "manager"
    """One whom a flow names."""
    SHORT_CODE = "short_code"
    """A service of the operator's, such as 10010, that a flow names."""
    HANG_UP = "hang_up"


class StepResult(StrEnum):
    """What became of a step: each that is not won has the name of its leg's result."""

    CONNECTED = "connected"
    BUSY = "busy"
    NO_ANSWER = "no_answer"
    NOT_CONFIRMED = "not_confirmed"
    DECLINED = "declined"
    UNREACHABLE = "unreachable"
    INVALID = "invalid"
    CANCELED = "canceled"
    FAILED = "failed"
    SKIPPED = "skipped"
    TIMED_OUT = "timed_out"
    """Waited in the queue for as long as one may."""
    FULL = "full"
    """The queue takes nobody more."""
    EMPTY = "empty"
    """Nobody is there who could be rung, now or later; or nothing was said to the voicemail."""
    LEFT = "left"
    """A message was left."""
    CALLBACK = "callback"
    """The caller has left the number to be called back."""
    DONE = "done"


class SkipReason(StrEnum):
    """Why a step is in the plan and not taken."""

    CALLER_UNKNOWN = "caller-unknown"
    NO_OWNER = "no-owner"
    DEPARTED = "departed"
    AWAY = "away"
    OFF_DUTY = "off-duty"
    """Outside the manager's working hours, holidays included."""
    NO_PHONE = "no-phone"
    BUSY = "busy"
    SAME_AS_BEFORE = "same-as-before"
    """All it would ring have been considered by a step before."""
    CLOSED = "closed"
    """Outside the hotline's hours."""
    NOBODY = "nobody"
    """Nobody of the group can be rung, or has the skills."""


@dataclass(frozen=True, slots=True)
class PlanStep:
    """One step: ring `manager`, or those of a group, wait, leave a message, hear `prompt`.

    `managers` are whom a group or a queue may ring, without regard to who is busy just now.
    `prompt` is what the last step says, or what a caller hears before a message is taken. `reason`
    says why the step is in the plan; with `skip_reason` set it is shown in the record but not
    taken.
    """

    kind: StepKind
    manager: Manager | None = None
    prompt: str | None = None
    skip_reason: SkipReason | None = None
    reason: str | None = None
    group_id: str | None = None
    managers: tuple[Manager, ...] = ()
    ring: RingOrder = RingOrder.IN_ORDER
    group: GroupRouting | None = None
    queue: QueueRouting | None = None
    voicemail: VoicemailRouting | None = None
    number: str | None = None
    """The short code to ring."""


@dataclass(frozen=True, slots=True)
class PlanFacts:
    """What a plan is made from, read once when the call arrives.

    Managers are given as they are, whether they can be rung or not: the plan says why it leaves
    them out. `members` are those of the group that a group step or a queue would ring.
    """

    at: datetime
    routing: Routing = field(default_factory=Routing)
    is_open: bool = True
    """Whether the hotline is within its hours."""
    customer: Customer | None = None
    responsible: Manager | None = None
    """Of the customer's open matter."""
    owner: Manager | None = None
    recent: Manager | None = None
    """Who last dialled, or spoke to, the caller's number within the routing's `recent_days`."""
    deputy: Manager | None = None
    """The owner's. Whoever stands in for a deputy is not asked for: one level, so no loops."""
    group_id: str | None = None
    members: tuple[Manager, ...] = ()
    busy: frozenset[str] = frozenset()
    """Ids of managers who are in a call, as far as anybody knows just now."""
    off_duty: frozenset[str] = frozenset()
    """Ids of managers whose working hours it is not."""


def inbound_plan(facts: PlanFacts) -> tuple[PlanStep, ...]:
    """Return the steps for a caller: people in order, then group, queue and voicemail, an ending.

    Whoever is considered is in it, with the reason where the step is left out; what the hotline
    does not want, and what there is nobody for, is not. Nobody is rung twice by name or in the
    group; the queue has all of the group again, because it waits for whoever is free.
    """
    people = _people(facts)
    rung = frozenset(
        step.manager.id for step in people if step.manager is not None and step.skip_reason is None
    )
    return (
        *people,
        *_group(facts, rung),
        *_queue(facts),
        *_voicemail(facts),
        PlanStep(StepKind.HANG_UP, prompt=_farewell(facts, people, anybody=bool(rung))),
    )


def begins_with_manager(plan: Sequence[PlanStep]) -> bool:
    """Whether the first step of `plan` that is taken rings one manager."""
    first = next((step for step in plan if step.skip_reason is None), None)
    return first is not None and first.manager is not None


def can_be_rung(manager: Manager, at: datetime, off_duty: Collection[str]) -> SkipReason | None:
    """Return why a manager is rung by nobody at that moment; None: nothing speaks against it.

    A call that the manager is in does not count: it may be over when the turn comes.
    """
    if manager.status is ManagerStatus.DEPARTED:
        return SkipReason.DEPARTED
    if manager.is_away(at):
        return SkipReason.AWAY
    if manager.id in off_duty:
        return SkipReason.OFF_DUTY
    if not manager.phones:
        return SkipReason.NO_PHONE
    return None


def _people(facts: PlanFacts) -> tuple[PlanStep, ...]:
    """Return the steps that ring one manager each, in the order of their claim to the customer."""
    steps: list[PlanStep] = []
    considered: set[str] = set()
    is_anybody_rung = False
    for kind, manager, reason in _claims(facts):
        if manager is None:
            why = SkipReason.NO_OWNER if facts.customer else SkipReason.CALLER_UNKNOWN
            steps.append(PlanStep(kind, skip_reason=why))
            continue
        skip = SkipReason.CLOSED if not facts.is_open else None
        if skip is None and manager.id in considered:
            skip = SkipReason.SAME_AS_BEFORE
        skip = skip or can_be_rung(manager, facts.at, facts.off_duty)
        # Who is busy now may be free once somebody else has been rung: then the walk finds out.
        if skip is None and not is_anybody_rung and manager.id in facts.busy:
            skip = SkipReason.BUSY
        considered.add(manager.id)
        is_anybody_rung = is_anybody_rung or skip is None
        steps.append(
            PlanStep(kind, manager, skip_reason=skip, reason=reason, ring=facts.routing.ring)
        )
    return tuple(steps)


def _claims(facts: PlanFacts) -> Iterator[tuple[StepKind, Manager | None, str | None]]:
    """Yield who has a claim to the customer and why; for the owner even that there is none."""
    routing = facts.routing
    if routing.responsible and facts.responsible is not None:
        yield StepKind.RESPONSIBLE, facts.responsible, "open-matter"
    yield StepKind.OWNER, facts.owner, None
    if routing.recent_days and facts.recent is not None:
        yield StepKind.RECENT, facts.recent, "last-contact"
    if routing.deputy and facts.deputy is not None:
        yield StepKind.DEPUTY, facts.deputy, "deputy-of-owner"


def _group(facts: PlanFacts, rung: frozenset[str]) -> Iterator[PlanStep]:
    wanted = facts.routing.group
    if wanted is None:
        return
    ready = _ready_members(facts)
    fresh = tuple(manager for manager in ready if manager.id not in rung)
    skip: SkipReason | None = None
    if not facts.is_open:
        skip = SkipReason.CLOSED
    elif not fresh:
        skip = SkipReason.SAME_AS_BEFORE if ready else SkipReason.NOBODY
    yield PlanStep(
        StepKind.GROUP,
        skip_reason=skip,
        reason=str(wanted.strategy),
        group_id=facts.group_id,
        managers=fresh,
        ring=facts.routing.ring,
        group=wanted,
    )


def _queue(facts: PlanFacts) -> Iterator[PlanStep]:
    wanted = facts.routing.queue
    if wanted is None:
        return
    ready = _ready_members(facts)
    skip: SkipReason | None = None
    if not facts.is_open:
        skip = SkipReason.CLOSED
    elif not ready:
        skip = SkipReason.NOBODY
    yield PlanStep(
        StepKind.QUEUE,
        skip_reason=skip,
        group_id=facts.group_id,
        managers=ready,
        ring=facts.routing.ring,
        group=facts.routing.group,
        queue=wanted,
    )


def _ready_members(facts: PlanFacts) -> tuple[Manager, ...]:
    """Return who of the group can be rung, now or as soon as the present call is over."""
    skills = frozenset(facts.routing.group.skills if facts.routing.group else ())
    return tuple(
        manager
        for manager in facts.members
        if skills <= frozenset(manager.skills)
        and can_be_rung(manager, facts.at, facts.off_duty) is None
    )


def _voicemail(facts: PlanFacts) -> Iterator[PlanStep]:
    wanted = facts.routing.voicemail
    if wanted is not None:
        prompt = None if facts.is_open else CLOSED_MESSAGE_PROMPT
        yield PlanStep(StepKind.VOICEMAIL, prompt=prompt, voicemail=wanted, group_id=facts.group_id)


def _farewell(facts: PlanFacts, people: tuple[PlanStep, ...], *, anybody: bool) -> str:
    """Return what a caller hears whom nothing before has helped."""
    if not facts.is_open:
        return CLOSED_PROMPT
    if not anybody and any(step.skip_reason is SkipReason.BUSY for step in people):
        return BUSY_PROMPT
    return UNAVAILABLE_PROMPT
