"""Who is rung for a caller, in which order, and why. Pure: directory facts in, a plan out.

A plan is data. The inbound flow walks it step by step and writes down what came of each.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from voicegw.model.directory import Customer, Manager, ManagerStatus
from voicegw.model.routing import GroupRouting, QueueRouting, RingOrder, VoicemailRouting


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


@dataclass(frozen=True, slots=True)
class PlanStep:
    """One step: ring `manager`, or those of a group, wait, leave a message, hear `prompt`.

    `managers` are whom a group or a queue may ring, without regard to who is busy just now.
    `reason` says why the step is in the plan; with `skip_reason` set it is shown in the record but
    not taken.
    """

    kind: StepKind
    manager: Manager | None = None
    prompt: str | None = None
    skip_reason: str | None = None
    reason: str | None = None
    group_id: str | None = None
    managers: tuple[Manager, ...] = ()
    ring: RingOrder = RingOrder.IN_ORDER
    group: GroupRouting | None = None
    queue: QueueRouting | None = None
    voicemail: VoicemailRouting | None = None


@dataclass(frozen=True, slots=True)
class PlanFacts:
    """What a plan is made from, read once when the call arrives."""

    customer: Customer | None
    owner: Manager | None
    owner_busy: bool
    at: datetime


def inbound_plan(facts: PlanFacts) -> tuple[PlanStep, ...]:
    """Return the steps for a caller: the owner when one can be rung, then a spoken ending."""
    steps: list[PlanStep] = []
    farewell = "manager_unavailable"
    if facts.owner is None:
        reason = "caller-unknown" if facts.customer is None else "no-owner"
        steps.append(PlanStep(StepKind.OWNER, skip_reason=reason))
    else:
        reason_left = _reason_to_skip(facts.owner, facts)
        steps.append(PlanStep(StepKind.OWNER, manager=facts.owner, skip_reason=reason_left))
        if reason_left == "busy":
            farewell = "manager_busy"
    steps.append(PlanStep(StepKind.HANG_UP, prompt=farewell))
    return tuple(steps)


def _reason_to_skip(manager: Manager, facts: PlanFacts) -> str | None:
    if manager.status is ManagerStatus.DEPARTED:
        return "departed"
    if manager.is_away(facts.at):
        return "away"
    if not manager.phones:
        return "no-phone"
    if facts.owner_busy:
        return "busy"
    return None
