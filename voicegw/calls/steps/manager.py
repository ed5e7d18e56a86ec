"""Ring one manager: the owner, or somebody in the owner's place."""

from __future__ import annotations

from voicegw.calls.caller import Caller
from voicegw.calls.interruption import LegFailed, LegFailure
from voicegw.calls.reach_manager import reach
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
    try:
        leg = await reach(caller, manager, caller.hotline.max_ring_s)
    except LegFailed as failed:
        call.vacate(manager.id)
        return _failed(failed.failure)
    call.record.manager_id = manager.id
    return StepTaken(StepResult.CONNECTED, manager=leg)


def _failed(failure: LegFailure) -> StepTaken:
    return StepTaken(StepResult(failure.result.value), failure=failure)
