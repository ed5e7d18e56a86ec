"""Flows and outside systems for the tests of calls: real flows, and answers that are made up."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

from ivr.flow.checker import check
from ivr.flow.stepper import CheckedFlow
from voicegw.calls.flow_terms import Answered, Ask, Flow, Unanswered


class EveryPrompt:
    """Has every prompt."""

    def has(self, name: str, language: str) -> bool:
        return True


def flow_of(text: str, version: int = 1) -> CheckedFlow:
    """Return a flow that must be right."""
    checked = check(text, EveryPrompt())
    assert checked.is_sound, checked.problems("flow")
    return CheckedFlow(checked.draft.name, version, checked.draft)


@dataclass
class FakeFlows:
    """A library that a test fills."""

    flows: dict[str, CheckedFlow] = field(default_factory=dict)

    def flow(self, name: str) -> Flow | None:
        return self.flows.get(name)


@dataclass
class FakeOutside:
    """Answers after a while; remembers what was asked."""

    answer: Answered | Unanswered = field(default_factory=Answered)
    after_s: float = 0.1
    asked: list[Ask] = field(default_factory=list)

    async def ask(self, request: Ask) -> Answered | Unanswered:
        self.asked.append(request)
        await asyncio.sleep(self.after_s)
        return self.answer
