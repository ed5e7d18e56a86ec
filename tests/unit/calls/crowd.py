"""Many managers and many callers around the real call layer: a hotline's whole group."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import pytest

from tests.unit.calls.fake_signalling import FakeUac, FakeUas
from tests.unit.calls.rig import Rig
from voicegw.calls import choices
from voicegw.journal.entries import CallChanged
from voicegw.model.directory import Manager, Phone
from voicegw.model.routing import GroupRouting, QueueRouting
from voicegw.routing.plan import PlanFacts, PlanStep, StepKind

GROUP = "grp_1"
MakeRig = Callable[..., Rig]


def manager(number: int) -> Manager:
    """Return the manager of this number, with one telephone."""
    phone = Phone(number=f"+86137{number:08}")
    return Manager(id=f"mgr_{number:03}", name="Colleague", group_id=GROUP, phones=[phone])


def group_step(managers: Sequence[Manager], **routing: object) -> PlanStep:
    """Return a step that rings `managers`."""
    return PlanStep(
        StepKind.GROUP,
        group_id=GROUP,
        managers=tuple(managers),
        group=GroupRouting(**routing),  # type: ignore[arg-type]
    )


def queue_step(managers: Sequence[Manager], **routing: object) -> PlanStep:
    """Return a step in which callers wait for `managers`."""
    return PlanStep(
        StepKind.QUEUE,
        group_id=GROUP,
        managers=tuple(managers),
        queue=QueueRouting(**routing),  # type: ignore[arg-type]
    )


FAREWELL = PlanStep(StepKind.HANG_UP, prompt="manager_unavailable")


@dataclass
class Crowd:
    """A rig whose callers all have one plan."""

    rig: Rig
    callers: list[FakeUas] = field(default_factory=list)

    async def arrive(self, **changes: object) -> FakeUas:
        """Have one more caller call, and let the first words be exchanged."""
        caller = FakeUas(**changes)  # type: ignore[arg-type]
        self.callers.append(caller)
        self.rig.hand(caller)
        await self.rig.turn()
        caller.ack()
        await self.rig.turn()
        return caller

    def call_ids(self) -> list[str]:
        """Return the calls so far, in the order of arrival."""
        ids = [one.call.id for one in self.rig.journal.entries if isinstance(one, CallChanged)]
        return list(dict.fromkeys(ids))

    def phone(self, number: int) -> list[FakeUac]:
        """Return the INVITEs that a manager's telephone has seen."""
        return self.rig.invited(manager(number).phones[0].number or "")

    def ringing(self, number: int) -> list[FakeUac]:
        """Return those that it would still ring for."""
        return [one for one in self.phone(number) if one.state in ("calling", "proceeding")]


def planned(monkeypatch: pytest.MonkeyPatch, rig: Rig, *steps: PlanStep) -> Crowd:
    """Return a crowd whose callers all have this plan, and a spoken ending."""

    def plan(_facts: PlanFacts) -> tuple[PlanStep, ...]:
        return (*steps, FAREWELL)

    monkeypatch.setattr(choices, "inbound_plan", plan)
    return Crowd(rig)
