"""Ring a short code of the operator's, such as 10010, for a caller whom a flow sends there."""

from __future__ import annotations

from voicegw.calls.caller import Caller
from voicegw.calls.interruption import LegFailed, LegFailure
from voicegw.calls.ports import Target
from voicegw.calls.ringing import ring
from voicegw.calls.steps.taken import StepTaken
from voicegw.identity import presentation
from voicegw.model.call import LegResult, LegRole
from voicegw.routing.plan import PlanStep, StepResult


async def ring_short_code(
    caller: Caller,
    step: PlanStep,
    failure: LegFailure | None,  # noqa: ARG001 - a step's signature
) -> StepTaken:
    """Ring the step's number, which sees the hotline and nothing of the caller.

    Only what `policy.allowed_short_codes` has is dialled: `invalid` otherwise.
    """
    call, number = caller.call, step.number
    if number is None or number not in call.parts.settings.rules.allowed_short_codes:
        refused = LegFailure(LegRole.MANAGER, LegResult.INVALID)
        return StepTaken(StepResult.INVALID, failure=refused, target=number, reason="not-allowed")
    leg = call.add_leg(LegRole.MANAGER, manager_id=None, number=number)
    shown = presentation(
        LegRole.MANAGER,
        hotline=caller.hotline.shown,
        customer_number=None,
        show_customer_to_manager=False,
    )
    try:
        await ring(
            call,
            leg,
            Target(number, None, call.max_forwards),
            shown,
            ring_s=caller.hotline.max_ring_s,
        )
    except LegFailed as failed:
        reached = StepResult(failed.failure.result.value)
        return StepTaken(reached, failure=failed.failure, target=number)
    return StepTaken(StepResult.CONNECTED, manager=leg, target=number)
