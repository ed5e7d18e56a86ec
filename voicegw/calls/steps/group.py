"""Ring managers of a group: all at once, or one after the other, in the order of a strategy."""

from __future__ import annotations

from voicegw.calls.customer_side import CustomerSide
from voicegw.calls.interruption import LegFailure
from voicegw.calls.leg import CallLeg
from voicegw.calls.ring_round import ring_round
from voicegw.calls.steps.taken import StepTaken
from voicegw.model.call import LegResult, LegRole
from voicegw.model.directory import Manager
from voicegw.model.routing import GroupRouting, GroupStrategy
from voicegw.routing.plan import PlanStep, StepResult


async def ring_group(
    caller: CustomerSide,
    step: PlanStep,
    failure: LegFailure | None,
) -> StepTaken:
    """Ring the step's managers, each who is free once, until one has taken the call.

    Whoever becomes free meanwhile has a turn, too, unless somebody waits in a queue.
    """
    if not step.managers:
        return StepTaken(StepResult.EMPTY)
    routing = step.group or GroupRouting()
    left = {manager.id: manager for manager in step.managers}
    failure = LegFailure(LegRole.MANAGER, LegResult.BUSY)
    while managers := _next(caller, step, routing, left):
        answer = await ring_round(caller, managers, routing.ring_s, caller.call.vacate)
        if isinstance(answer, CallLeg):
            return StepTaken(StepResult.CONNECTED, manager=answer, target=answer.record.manager_id)
        failure = answer
    return StepTaken(StepResult(failure.result.value), failure=failure)


def _next(
    caller: CustomerSide, step: PlanStep, routing: GroupRouting, left: dict[str, Manager]
) -> list[Manager]:
    """Take who is to be rung next out of `left`, and their places."""
    call = caller.call
    agents = call.parts.agents
    group_id = step.group_id or caller.hotline.group_id
    members = [manager.id for manager in step.managers]
    free = [
        one
        for one in agents.order(routing.strategy, members, group_id)
        if one in left and agents.is_free(one)
    ]
    at_once = routing.strategy is GroupStrategy.RING_ALL
    chosen = free[: call.parts.settings.ring_at_once if at_once else 1]
    for manager_id in chosen:
        call.occupy(manager_id)
        agents.rung(manager_id, group_id)
    return [left.pop(manager_id) for manager_id in chosen]
