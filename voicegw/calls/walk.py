"""Walks a plan step by step, writes down what came of each, and connects whoever was won."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from voicegw import tracing
from voicegw.calls.caller import Caller
from voicegw.calls.interruption import LegFailure
from voicegw.calls.leg import CallLeg
from voicegw.calls.outcome import Ending, ending_of_nobody, lasting
from voicegw.calls.speech import loop, notify, say
from voicegw.calls.steps.group import ring_group
from voicegw.calls.steps.hang_up import hang_up
from voicegw.calls.steps.manager import ring_one
from voicegw.calls.steps.queue import wait_in_queue
from voicegw.calls.steps.short_code import ring_short_code
from voicegw.calls.steps.taken import Step, StepTaken
from voicegw.calls.steps.voicemail import take_message
from voicegw.calls.talk import talk
from voicegw.model.call import LegResult, LegRole, PlanStepRecord
from voicegw.model.event import EventType
from voicegw.routing.plan import PlanStep, SkipReason, StepKind, StepResult

STEPS: Final[Mapping[StepKind, Step]] = {
    StepKind.RESPONSIBLE: ring_one,
    StepKind.OWNER: ring_one,
    StepKind.RECENT: ring_one,
    StepKind.DEPUTY: ring_one,
    StepKind.GROUP: ring_group,
    StepKind.QUEUE: wait_in_queue,
    StepKind.VOICEMAIL: take_message,
    StepKind.MANAGER: ring_one,
    StepKind.SHORT_CODE: ring_short_code,
    StepKind.HANG_UP: hang_up,
}
"""How each kind of step is taken."""

RINGING: Final = frozenset(
    {
        StepKind.RESPONSIBLE,
        StepKind.OWNER,
        StepKind.RECENT,
        StepKind.DEPUTY,
        StepKind.GROUP,
        StepKind.MANAGER,
        StepKind.SHORT_CODE,
    }
)
"""Steps in which telephones are rung and a caller hears ring-back."""


async def walk(caller: Caller, plan: Sequence[PlanStep], max_talk_s: float) -> Ending:
    """Take the steps of `plan` until somebody talks with the caller or the call ends.

    Raises what the call's primitives raise.
    """
    failure: LegFailure | None = None
    rung = False
    for index, step in enumerate(plan):
        record = PlanStepRecord(step=str(step.kind), target=_target(step), reason=step.reason)
        # There while it is taken: who looks at a live call sees where it is.
        caller.call.record.plan.append(record)
        if step.skip_reason is not None:
            record.result, record.reason = str(StepResult.SKIPPED), str(step.skip_reason)
            if step.skip_reason is SkipReason.BUSY:
                failure = lasting(failure, LegFailure(LegRole.MANAGER, LegResult.BUSY))
            continue
        again, rung = rung, rung or step.kind in RINGING
        if step.manager is None:
            # Whoever was rung in vain has no part in what follows: it is the owner's call.
            caller.call.record.manager_id = caller.call.owner_id
        taken = await _taken(caller, step, record, failure, again=again)
        if taken.manager is not None:
            return await connect(caller, taken.manager, max_talk_s)
        if taken.ending is not None:
            return taken.ending
        failure = lasting(failure, taken.failure)
        if any(_helps(later) for later in plan[index + 1 :]):
            caller.call.save(EventType.CALL_STEP)
    return ending_of_nobody()


def _helps(step: PlanStep) -> bool:
    """Whether a step is to be taken and is not just the last words."""
    return step.skip_reason is None and step.kind is not StepKind.HANG_UP


async def _lead_over(caller: Caller, step: PlanStep, *, again: bool) -> None:
    """Have a caller who is answered hear what comes; one who isn't hears the network's ring-back.

    `again` tells that somebody was rung before, in vain.
    """
    if step.kind in RINGING:
        if caller.leg.answered:
            if again:
                await say(caller.call, caller.leg, names=("transfer_deputy",))
            loop(caller.call, caller.leg, "ringback_cn")
    elif step.kind is StepKind.VOICEMAIL and step.prompt is not None:
        await caller.answer()
        await say(caller.call, caller.leg, names=(step.prompt,))


async def _taken(
    caller: Caller,
    step: PlanStep,
    record: PlanStepRecord,
    failure: LegFailure | None,
    *,
    again: bool,
) -> StepTaken:
    """Take one step and write into its record what came of it."""
    try:
        await _lead_over(caller, step, again=again)
        with tracing.child("step", attributes={"voicegw.step.kind": str(step.kind)}) as span:
            taken = await STEPS[step.kind](caller, step, failure)
            span.note({"voicegw.step.result": str(taken.result)})
    except BaseException:
        record.result = str(StepResult.CANCELED)
        raise
    record.result, record.reason = str(taken.result), taken.reason or step.reason
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
