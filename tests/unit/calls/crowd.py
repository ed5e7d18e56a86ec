"""Many managers and many callers around the real call layer: a hotline's whole group."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.unit.calls.fake_signalling import FakeUac, FakeUas
from tests.unit.calls.rig import Rig
from voicegw.journal.entries import CallChanged
from voicegw.model.call import Call
from voicegw.model.directory import Manager, Phone
from voicegw.model.routing import Routing

GROUP = "grp_1"
MakeRig = Callable[..., Rig]


def manager(number: int) -> Manager:
    """Return the manager of this number, with one telephone."""
    phone = Phone(number=f"+86137{number:08}")
    return Manager(id=f"mgr_{number:03}", name="Colleague", group_id=GROUP, phones=[phone])


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


def staffed(rig: Rig, managers: Sequence[Manager], **routing: Any) -> Crowd:
    """Return a crowd for a hotline without owners: `routing` says how `managers` are reached."""
    directory = rig.directory
    directory.managers = {one.id: one for one in managers}
    directory.customer_.owner_id = None
    directory.hotline_.routing = Routing(**routing)
    return Crowd(rig)


def taken(call: Call) -> list[tuple[str, str | None, str | None]]:
    """Return the steps of a plan that were taken: what, with whom, and what came of it."""
    return [(one.step, one.target, one.result) for one in call.plan if one.result != "skipped"]
