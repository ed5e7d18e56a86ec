"""Walks a plan step by step, writes down what came of each, and connects whoever was won."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from voicegw.calls.caller import Caller
from voicegw.calls.interruption import LegFailure
from voicegw.calls.leg import CallLeg
from voicegw.calls.outcome import Ending, ending_of_nobody
from voicegw.calls.speech import notify
from voicegw.calls.steps.hang_up import hang_up
from voicegw.calls.steps.manager import ring_one
from voicegw.calls.steps.taken import Step, StepTaken
from voicegw.calls.talk import talk
from voicegw.model.call import LegResult, LegRole, PlanStepRecord
from voicegw.routing.plan import PlanStep, StepKind, StepResult

STEPS: Final[Mapping[StepKind, Step]] = {
    StepKind.RESPONSIBLE: ring_one,
    StepKind.OWNER: ring_one,
    StepKind.RECENT: ring_one,
    StepKind.DEPUTY: ring_one,
    StepKind.HANG_UP: hang_up,
}
"""How each kind of step is taken."""


async def walk(caller: Caller, plan: Sequence[PlanStep], max_talk_s: float) -> Ending:
    """Take the steps of `plan` until somebody talks with the caller or the call ends.

    Raises what the call's primitives raise.
    """
    failure: LegFailure | None = None
    for step in plan:
        record = PlanStepRecord(step=str(step.kind), target=_target(step))
        # There while it is taken: who looks at a live call sees where it is.
        caller.call.record.plan.append(record)
        if step.skip_reason is not None:
            record.result, record.reason = str(StepResult.SKIPPED), step.skip_reason
            if step.skip_reason == "busy":
                failure = LegFailure(LegRole.MANAGER, LegResult.BUSY)
            continue
        taken = await _taken(caller, step, record, failure)
        if taken.manager is not None:
            return await connect(caller, taken.manager, max_talk_s)
        if taken.ending is not None:
            return taken.ending
        failure = taken.failure or failure
    return ending_of_nobody()


async def _taken(
    caller: Caller, step: PlanStep, record: PlanStepRecord, failure: LegFailure | None
) -> StepTaken:
    """Take one step and write into its record what came of it."""
    try:
        taken = await STEPS[step.kind](caller, step, failure)
    except BaseException:
        record.result = str(StepResult.CANCELED)
        raise
    record.result, record.reason = str(taken.result), taken.reason
    record.target = taken.target or record.target
    return taken


async def connect(caller: Caller, manager: CallLeg, max_talk_s: float) -> Ending:
    """Answer the caller, tell both of the recording and have them talk to its end."""
    await caller.answer()
    caller.call.match_codecs(caller.leg, manager)
    await notify(caller.call, caller.hotline, manager, caller.leg)
    return await talk(caller.call, caller.hotline, caller.leg, manager, max_talk_s)


def _target(step: PlanStep) -> str | None:
    return step.manager.id if step.manager is not None else step.prompt
