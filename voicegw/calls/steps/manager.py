"""Ring one manager: the owner, or somebody in the owner's place."""

from __future__ import annotations

from voicegw.calls.caller import Caller
from voicegw.calls.interruption import LegFailed, LegFailure
from voicegw.calls.ringing import close_failed, ring_manager
from voicegw.calls.speech import confirm
from voicegw.calls.steps.taken import StepTaken
from voicegw.model.call import LegResult, LegRole
from voicegw.routing.plan import PlanStep, StepResult


async def ring_one(
    caller: Caller,
    step: PlanStep,
    failure: LegFailure | None,  # noqa: ARG001 - a step's signature
) -> StepTaken:
    """Ring the step's manager until a person has taken the call, or nobody does."""
    call, manager = caller.call, step.manager
    if manager is None or not call.occupy(manager.id):
        return _failed(LegFailure(LegRole.MANAGER, LegResult.BUSY))
    call.record.manager_id = manager.id
    try:
        leg = await ring_manager(
            call, manager, caller.shown_to_manager(), caller.hotline.max_ring_s
        )
    except LegFailed as failed:
        return _failed(failed.failure)
    if caller.hotline.confirm_manager and not await confirm(call, leg, "inbound_whisper"):
        not_confirmed = LegFailure(LegRole.MANAGER, LegResult.NOT_CONFIRMED)
        close_failed(call, leg, not_confirmed)
        return _failed(not_confirmed)
    return StepTaken(StepResult.CONNECTED, manager=leg)


def _failed(failure: LegFailure) -> StepTaken:
    return StepTaken(StepResult(failure.result.value), failure=failure)
