"""What came of a step, and what a step is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from voicegw.calls.caller import Caller
from voicegw.calls.interruption import LegFailure
from voicegw.calls.leg import CallLeg
from voicegw.calls.outcome import Ending
from voicegw.routing.plan import PlanStep, StepResult


@dataclass(frozen=True, slots=True)
class StepTaken:
    """What came of a step: a manager's leg that was won, the end of the call, or neither.

    Neither means that the walk goes on; `failure` then says why nobody was reached, and the last
    of them is what the call ends with.
    """

    result: StepResult
    manager: CallLeg | None = None
    ending: Ending | None = None
    failure: LegFailure | None = None
    target: str | None = None
    """Whom or what it was taken with, where the plan left that open."""
    reason: str | None = None


class Step(Protocol):
    """Takes one step of a plan for a caller."""

    async def __call__(
        self, caller: Caller, step: PlanStep, failure: LegFailure | None
    ) -> StepTaken:
        """Take `step`; `failure` is why nobody was reached so far.

        Raises what the call's primitives raise. Whoever was rung and not won is released.
        """
        ...
