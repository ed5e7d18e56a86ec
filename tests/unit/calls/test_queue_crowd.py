"""200 callers and 20 managers: nobody starves, none is overtaken, and all are counted."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from dataclasses import dataclass, field

import pytest

from tests.unit.calls.crowd import Crowd, MakeRig, manager, staffed
from tests.unit.calls.fake_signalling import FakeUac, FakeUas
from tests.unit.calls.fake_sound import FakeSound
from tests.unit.calls.rig import Rig
from tests.unit.calls.virtual_time import elapse, virtual
from voicegw.journal.entries import CallChanged
from voicegw.media.engine import Silence
from voicegw.model.call import Call, CallOutcome, LegRole
from voicegw.model.routing import GroupRouting, GroupStrategy, QueueRouting
from voicegw.routing.queue import Departure, QueueKey, Waiter

_TICK_S = 0.5
_LONGEST_SILENCE_S = 4.0
KEY = QueueKey("hot_1", "grp_1")


@dataclass
class Watch:
    """What must hold at every moment, looked at at every tick, and at every offer."""

    rig: Rig
    faults: list[str] = field(default_factory=list)
    _silent_since: dict[str, float] = field(default_factory=dict)
    _sounds: list[FakeSound] = field(default_factory=list)
    _known: int = 0

    def begin(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Look at every offer from now on."""
        offered = self.rig.room.offered

        def looked_at(waiter: Waiter | None) -> None:
            if waiter is not None:
                line = self.rig.room.line.waiting(KEY)
                passed = [one for one in line[: line.index(waiter)] if not one.offered]
                if passed:
                    self.faults.append(f"{len(passed)} overtaken")
            offered(waiter)

        monkeypatch.setattr(self.rig.room, "offered", looked_at)

    def look(self) -> None:
        """Look at telephones and ears."""
        states = ("calling", "proceeding", "confirmed")
        busy = Counter(one.target.number for one in self.rig.sessions if one.state in states)
        if any(count > 1 for count in busy.values()):
            self.faults.append("a manager was rung for two")
        now_s = asyncio.get_running_loop().time()
        self._sounds += self.rig.media.sounds[self._known :]
        self._known = len(self.rig.media.sounds)
        self._sounds = [one for one in self._sounds if not one.closed]
        for sound in self._sounds:
            legs = [leg for leg, role in sound.roles.items() if role is LegRole.CUSTOMER]
            leg = legs[0] if legs else ""
            # Before its answer a caller hears the network's ring-back, and nothing of ours.
            if not isinstance(sound.hears.get(leg), Silence):
                self._silent_since.pop(leg, None)
            elif now_s - self._silent_since.setdefault(leg, now_s) > _LONGEST_SILENCE_S:
                self.faults.append("a caller heard nothing")


@dataclass
class People:
    """Managers and callers who do as people do. All of it comes out of one seed."""

    crowd: Crowd
    rng: random.Random
    left: Counter[str] = field(default_factory=Counter)
    _known: int = 0

    def answer_telephones(self) -> None:
        """Have every telephone that has begun to ring be answered, or not."""
        sessions = self.crowd.rig.sessions
        for session in sessions[self._known :]:
            self.crowd.rig.background(self._manager(session))
        self._known = len(sessions)

    async def _manager(self, session: FakeUac) -> None:
        await asyncio.sleep(0.2)
        chance = self.rng.random()
        if chance < 0.04:
            session.refuse(480)
            return
        session.progress(180)
        await asyncio.sleep(self.rng.uniform(1, 8))
        if chance < 0.10:
            session.refuse(486)
        elif chance < 0.16:
            await asyncio.sleep(30)  # rings on until the gateway gives up
            if session.state == "cancelling":
                session.refuse(487)
        elif session.state == "proceeding":
            session.pick_up()
            await asyncio.sleep(2 + self.rng.expovariate(1 / 60))
            session.bye()
        elif session.state == "cancelling":
            session.refuse(487)

    async def caller(self, number: int) -> None:
        """Call at some moment; perhaps hang up, or press 1, before anybody is there."""
        await asyncio.sleep(self.rng.uniform(0, 300))
        caller = FakeUas(caller=f"+86138{number:08}")
        self.crowd.rig.hand(caller)
        await asyncio.sleep(0.05)
        caller.ack()
        chance = self.rng.random()
        if chance < 0.15:
            await asyncio.sleep(self.rng.uniform(1, 200))
            caller.bye()
        elif chance < 0.25:
            await asyncio.sleep(self.rng.uniform(1, 200))
            self._press(f"+86138{number:08}")

    def _press(self, number: str) -> None:
        for sound in self.crowd.rig.media.sounds:
            capture = sound.capture
            if capture is None or sound.closed:
                continue
            call = self.crowd.rig.service.live(str(capture.header["call_id"]))
            if call is not None and call.customer_number == number:
                sound.key(call.legs[0].id, "1")


def last_records(rig: Rig) -> list[Call]:
    """Return the last state of every call."""
    calls = {one.call.id: one.call for one in rig.journal.entries if isinstance(one, CallChanged)}
    return list(calls.values())


@pytest.mark.parametrize(
    ("callers", "managers", "strategy", "group"),
    [
        (200, 20, GroupStrategy.LONGEST_IDLE, None),
        (60, 6, GroupStrategy.RING_ALL, GroupRouting(GroupStrategy.RING_ALL, ring_s=10)),
    ],
)
@virtual
async def test_a_crowd_is_served_in_order_and_counted(
    make_rig: MakeRig,
    monkeypatch: pytest.MonkeyPatch,
    callers: int,
    managers: int,
    strategy: GroupStrategy,
    group: GroupRouting | None,
) -> None:
    rig = make_rig()
    staff = [manager(number) for number in range(managers)]
    routing = QueueRouting(size=200, max_wait_s=1800, strategy=strategy)
    crowd = staffed(rig, staff, queue=routing, group=group)
    watch, people = Watch(rig), People(crowd, random.Random(callers))
    watch.begin(monkeypatch)
    for number in range(callers):
        rig.background(people.caller(number))
    for _ in range(int(2400 / _TICK_S)):
        await elapse(_TICK_S)
        people.answer_telephones()
        watch.look()
        if rig.clock.monotonic() > 310 and rig.service.live_count() == 0:
            break
    assert watch.faults == []
    assert rig.service.live_count() == 0, "somebody starves"
    await elapse(40)
    calls = last_records(rig)
    assert len(calls) == callers
    for call in calls:
        rig.check_over(call.id)
    rig.check_clean()
    _check_sums(rig, calls)


def _check_sums(rig: Rig, calls: list[Call]) -> None:
    """What the queue has counted is what became of the calls that have waited."""
    figures = rig.room.line.figures[KEY]
    waited = [call for call in calls if call.plan[-1].step == "queue"]
    outcomes = Counter(call.outcome for call in waited)
    results = Counter(call.plan[-1].result for call in waited)
    assert figures.entered == len(waited) == figures.departed.total()
    assert figures.departed[Departure.ANSWERED] == results["connected"]
    assert figures.departed[Departure.CALLBACK] == outcomes[CallOutcome.CALLBACK_REQUESTED]
    abandoned = [call for call in waited if call.plan[-1].result == "canceled"]
    assert figures.departed[Departure.ABANDONED] == len(abandoned)
    assert all(call.outcome is CallOutcome.ABANDONED for call in abandoned)
    assert outcomes[CallOutcome.ABANDONED] >= 1
    assert results["connected"] > len(calls) / 2
