"""Ring a short code of the operator's, such as 10010, for a customer who is sent there."""

from __future__ import annotations

from voicegw.calls.customer_side import CustomerSide
from voicegw.calls.interruption import LegFailed, LegFailure
from voicegw.calls.leg import CallLeg
from voicegw.calls.ports import Target
from voicegw.calls.ringing import ring
from voicegw.calls.steps.taken import StepTaken
from voicegw.identity import presentation
from voicegw.model.call import LegResult, LegRole
from voicegw.routing.plan import PlanStep, StepResult


async def ring_short_code(
    caller: CustomerSide,
    step: PlanStep,
    failure: LegFailure | None,  # noqa: ARG001 - a step's signature
) -> StepTaken:
    """Ring the step's number, which sees the hotline and nothing of the caller.

    Only what `policy.allowed_short_codes` has is dialled: `invalid` otherwise.
    """
    number = step.number
    if number is None or number not in caller.call.parts.settings.rules.allowed_short_codes:
        refused = LegFailure(LegRole.MANAGER, LegResult.INVALID)
        return StepTaken(StepResult.INVALID, failure=refused, target=number, reason="not-allowed")
    try:
        leg = await ring_code(caller, number)
    except LegFailed as failed:
        reached = StepResult(failed.failure.result.value)
        return StepTaken(reached, failure=failed.failure, target=number)
    return StepTaken(StepResult.CONNECTED, manager=leg, target=number)


async def ring_code(side: CustomerSide, number: str, *, on_trial: bool = False) -> CallLeg:
    """Ring the allowed short code `number`, and return its leg, answered.

    With `on_trial` it breaks into nothing when it ends. Raises LegFailed; the leg is closed then.
    """
    call = side.call
    leg = call.add_leg(LegRole.MANAGER, manager_id=None, number=number)
    leg.on_trial = on_trial
    shown = presentation(
        LegRole.MANAGER,
        hotline=side.hotline.shown,
        customer_number=None,
        show_customer_to_manager=False,
    )
    target = Target(number, None, call.max_forwards)
    await ring(call, leg, target, shown, ring_s=side.hotline.max_ring_s)
    return leg
