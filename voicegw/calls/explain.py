"""What a call would do, without dialling: the same facts, rules and plan as the call itself.

Nothing is taken, counted or written. A moment other than now is judged by what is known of it:
hours, holidays, absences. Who is in a call, what rates and trunks have left and how the node fares
is only known of now.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from voicegw.calls.choices import choices_for, recent_days
from voicegw.calls.dial_target import DialTarget
from voicegw.calls.parts import CallParts
from voicegw.calls.policy import DialFacts, DialRules, check_dial
from voicegw.directory.match import CallerMatch
from voicegw.errors import PolicyError
from voicegw.identity import presentation
from voicegw.model.call import Direction, LegRole
from voicegw.model.directory import Customer, Hotline, Manager
from voicegw.routing.plan import PlanStep, can_be_rung


@dataclass(frozen=True, slots=True)
class ForeseenStep:
    """One step: whom it would ring or what would be heard, and why it is taken or left out."""

    step: str
    taken: bool
    target: str | None = None
    """A manager's or a customer's id, or the name of what is said."""
    manager_ids: tuple[str, ...] = ()
    """Whom of a group it could ring."""
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Refusal:
    """The rule by which the call would be refused."""

    code: str
    detail: str
    retry_after_s: int | None = None


@dataclass(frozen=True, slots=True)
class ShownNumber:
    """The number that a side's telephones show: the hotline's, unless it is the customer's."""

    side: LegRole
    number: str
    is_customers: bool = False


@dataclass(frozen=True, slots=True)
class Explanation:
    """What would happen to a call at a moment."""

    direction: Direction
    at: datetime
    hotline: Hotline
    customer: Customer | None
    customer_number: str | None
    """None: withheld, or not known."""
    is_open: bool | None
    """Whether the hotline is within its hours; None for a call outward."""
    steps: tuple[ForeseenStep, ...]
    asked_for: tuple[str, ...] = ()
    """Ids of the managers between whom the caller is asked to choose by key."""
    shown: tuple[ShownNumber, ...] = ()
    refusal: Refusal | None = None


async def explain_caller(
    parts: CallParts,
    hotline: Hotline,
    number: str | None,
    at: datetime,
    *,
    is_now: bool,
    refusal: Refusal | None,
) -> Explanation:
    """Return what would be done for a caller from `number` (normalised; None: withheld).

    `is_now`: who is in a call counts; `refusal` is why the node takes no calls, if so. Raises
    StoreUnavailableError only where nothing was ever read.
    """
    match = CallerMatch(None, None)
    if number is not None:
        if await parts.directory.hotline_by_number(number) is not None:
            refusal = refusal or Refusal(
                "loop", "the number is a hotline: a call of ours came back"
            )
        match = await parts.directory.caller(number, recent_days=recent_days(hotline))
    choices = await choices_for(parts, hotline, match, at, knows_busy=is_now)
    facts = choices.likely.facts
    return Explanation(
        direction=Direction.INBOUND,
        at=at,
        hotline=hotline,
        customer=match.customer,
        customer_number=number,
        is_open=facts.is_open,
        steps=tuple(_foreseen(step) for step in choices.likely.plan),
        asked_for=tuple(one.match.manager.id for one in choices.offered if one.match.manager),
        shown=(_shown(parts, LegRole.MANAGER, hotline, number),),
        refusal=refusal,
    )


def explain_dial(
    parts: CallParts,
    manager: Manager,
    target: DialTarget,
    hotline: Hotline,
    at: datetime,
    *,
    refusal: Refusal | None,
) -> Explanation:
    """Return what would become of a call of `manager` to `target`, unless `refusal` forbids it."""
    why_not = can_be_rung(manager, at, ())
    return Explanation(
        direction=Direction.CLICK_TO_DIAL,
        at=at,
        hotline=hotline,
        customer=target.customer,
        customer_number=target.number,
        is_open=None,
        steps=(
            # A click comes from the manager: absent or not, who clicks is there.
            ForeseenStep("manager", taken=bool(manager.phones), target=manager.id, reason=why_not),
            ForeseenStep(
                "customer",
                taken=bool(manager.phones),
                target=None if target.customer is None else target.customer.id,
            ),
        ),
        shown=(
            _shown(parts, LegRole.MANAGER, hotline, target.number),
            _shown(parts, LegRole.CUSTOMER, hotline, target.number),
        ),
        refusal=refusal,
    )


def at_another_time(facts: DialFacts) -> DialFacts:
    """Return `facts` without what is only known of now."""
    return replace(
        facts,
        customer_retry_after_s=None,
        manager_busy=False,
        group_full=False,
        trunk_free=True,
        recording_ready=True,
        store_ready=True,
        draining=False,
        overloaded=False,
    )


def refused_by(rules: DialRules, facts: DialFacts) -> Refusal | None:
    """Return the first rule that refuses a call outward with these facts, None where none does."""
    try:
        check_dial(rules, facts)
    except PolicyError as error:
        return Refusal(error.slug, str(error), error.retry_after_s)
    return None


def _foreseen(step: PlanStep) -> ForeseenStep:
    return ForeseenStep(
        step=str(step.kind),
        taken=step.skip_reason is None,
        target=step.manager.id if step.manager is not None else step.prompt,
        manager_ids=tuple(manager.id for manager in step.managers),
        reason=str(step.skip_reason) if step.skip_reason is not None else step.reason,
    )


def _shown(
    parts: CallParts, side: LegRole, hotline: Hotline, customer_number: str | None
) -> ShownNumber:
    number = presentation(
        side,
        hotline=hotline.shown,
        customer_number=customer_number,
        show_customer_to_manager=parts.settings.show_customer_to_manager,
    ).number
    return ShownNumber(side, number, is_customers=number == customer_number)
