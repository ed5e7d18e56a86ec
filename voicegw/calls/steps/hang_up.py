"""The last step: say why nobody takes the call, and end it."""

from __future__ import annotations

from voicegw.calls.caller import Caller
from voicegw.calls.interruption import LegFailure
from voicegw.calls.outcome import ending_of_failure, ending_of_nobody
from voicegw.calls.steps.taken import StepTaken
from voicegw.model.call import Direction, LegResult
from voicegw.routing.plan import PlanStep, StepResult


async def hang_up(caller: Caller, step: PlanStep, failure: LegFailure | None) -> StepTaken:
    """Say the step's prompt, or that the manager is busy where that is what failed last."""
    prompt = step.prompt or "manager_unavailable"
    if failure is not None and failure.result is LegResult.BUSY:
        prompt = "manager_busy"
    await caller.hear_last(prompt)
    ending = (
        ending_of_nobody() if failure is None else ending_of_failure(Direction.INBOUND, failure)
    )
    return StepTaken(StepResult.DONE, ending=ending, target=prompt)
