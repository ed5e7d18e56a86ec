"""Runs a flow: an event in, a command out. Pure: no clock, no sound, no network.

Whatever a caller or an outside system does, a run goes on to its end: after :data:`MAX_STEPS` steps
it gives the call to the hotline's own plan.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from ivr.flow.loader import Draft
from ivr.verbs.verb import Go, Verb, Visit
from voicegw.calls.flow_terms import Command, Event, FlowContext, FlowRun, Move, Passed, WalkPlan

MAX_STEPS: Final = 1000
"""How many steps a call may take in a flow."""


@dataclass(frozen=True, slots=True)
class CheckedFlow:
    """One version of a flow that may be used (voicegw.calls.flow_terms.Flow)."""

    name: str
    version: int
    draft: Draft = field(repr=False)

    def run(self) -> FlowRun:
        """Return a new way through it."""
        return Stepper(self.draft)


class Stepper:
    """One call's way through a flow (voicegw.calls.flow_terms.FlowRun)."""

    def __init__(self, draft: Draft) -> None:
        """Begin before the first step of a flow without findings."""
        self._steps = draft.steps
        self._start = draft.start or ""
        self._languages = draft.languages
        self._variables = dict(draft.variables)
        self._visit: Visit | None = None
        self._name = ""
        self._taken = 0

    def begin(self, context: FlowContext) -> Move:
        """Return the first command."""
        languages = self._languages or (context.language,)
        self._visit = Visit(context, languages, languages[0], self._variables)
        return self._go(Go(self._start), [])

    def next(self, event: Event) -> Move:
        """Return what follows from what came of the command before."""
        if self._visit is None:
            raise RuntimeError("the run has not begun")
        verb = self._steps[self._name]
        answer = verb.heed(self._visit, event)
        if isinstance(answer, Go):
            return self._go(answer, [self._left(verb, answer)])
        return self._move(verb, answer, [])

    def _go(self, go: Go, passed: list[Passed]) -> Move:
        """Follow the steps that only decide, to the next command."""
        visit = self._visit
        if visit is None:
            raise RuntimeError("the run has not begun")
        while True:
            self._name = go.step
            verb = self._steps[go.step]
            self._taken += 1
            if self._taken > MAX_STEPS:
                return self._move(verb, WalkPlan("too-many-steps"), passed)
            visit.tries = 0
            answer = verb.enter(visit)
            if not isinstance(answer, Go):
                return self._move(verb, answer, passed)
            passed.append(self._left(verb, answer))
            go = answer

    def _left(self, verb: Verb, go: Go) -> Passed:
        return Passed(self._name, verb.word(), go.result, go.reason)

    def _move(self, verb: Verb, command: Command, passed: list[Passed]) -> Move:
        return Move(self._name, verb.word(), command, tuple(passed))
