"""Anything, at any moment, to a caller on the way through a whole plan, from owner to voicemail.

Always one outcome; a plan that says what happened; never two people in one leg; never silence.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.unit.calls.crowd import manager
from tests.unit.calls.fake_signalling import CUSTOMER_NUMBER, FakeUas
from tests.unit.calls.fake_sound import FakeSound
from tests.unit.calls.rig import Rig
from tests.unit.calls.test_random_events import ACTS, check, finish
from tests.unit.calls.virtual_time import elapse, run
from voicegw.journal.entries import CallChanged
from voicegw.model.call import Call, CallOutcome, LegRole
from voicegw.model.directory import Customer, HotlineAnswer, ManagerStatus, Phone
from voicegw.model.routing import (
    GroupRouting,
    GroupStrategy,
    QueueRouting,
    RingOrder,
    Routing,
    SharedNumber,
    VoicemailRouting,
)
from voicegw.routing.plan import StepKind, StepResult

_LONGEST_SILENCE_S = 4.0
_PEOPLE = 5
_ONWARDS = ["ring", "answer", "ack", "press 1", "busy", "unavailable", "bye"]
#: A held line is silent by the holder's wish; what a talk does else is driven elsewhere.
_OTHERS = sorted(set(ACTS) - {"disclose", "abort", "pause", "resume", "hold", "unhold"})
SCRIPTS = st.lists(
    st.tuples(
        st.sampled_from([0.0, 0.001, 0.01, 0.5, 1.2, 3.1, 6.0, 11.0, 31.0]),
        st.one_of(st.sampled_from(_ONWARDS), st.sampled_from(["call again", *_OTHERS])),
        st.integers(0, 7),
    ),
    max_size=22,
)
ANYBODY = st.sampled_from([None, *range(_PEOPLE)])
WORLDS = st.fixed_dictionaries(
    {
        "answer": st.sampled_from(HotlineAnswer),
        "confirm_manager": st.booleans(),
        "tell_manager": st.booleans(),
        "ring": st.sampled_from(RingOrder),
        "owner": ANYBODY,
        "deputy": ANYBODY,
        "recent": ANYBODY,
        "away": st.sets(st.integers(0, _PEOPLE - 1), max_size=3),
        "shared": st.booleans(),
        "closed": st.sampled_from([False, False, False, True]),
        "group": st.booleans(),
        "queue": st.booleans(),
        "voicemail": st.booleans(),
        "late_offer": st.booleans(),
    }
)
World = dict[str, object]


def _id(person: object) -> str | None:
    return None if person is None else manager(int(str(person))).id


def furnish(rig: Rig, world: World) -> None:
    """Make the directory and the hotline as `world` says."""
    directory, hotline = rig.directory, rig.directory.hotline_
    people = [manager(number) for number in range(_PEOPLE)]
    for number, one in enumerate(people):
        one.phones.append(Phone(number=f"+86136{number:08}", order=1))
        one.staff_no = f"10{number}"
        one.deputy_id = _id(world["deputy"])
        if number in set(world["away"]):  # type: ignore[call-overload]
            one.status = ManagerStatus.AWAY
    directory.managers = {one.id: one for one in people}
    directory.customer_.owner_id = _id(world["owner"])
    directory.last_manager_id = _id(world["recent"])
    if world["shared"]:
        directory.relatives = [
            Customer("cus_2", "R", "grp_1", numbers=[CUSTOMER_NUMBER], owner_id=people[3].id)
        ]
    hotline.answer = HotlineAnswer(str(world["answer"]))
    hotline.confirm_manager = bool(world["confirm_manager"])
    hotline.hours = "Su 03:00-04:00" if world["closed"] else None
    hotline.routing = Routing(
        ring=RingOrder(str(world["ring"])),
        tell_manager=bool(world["tell_manager"]),
        shared_number=SharedNumber.MENU,
        group=GroupRouting(GroupStrategy.RING_ALL, ring_s=10) if world["group"] else None,
        queue=QueueRouting(max_wait_s=60, announce_every_s=10) if world["queue"] else None,
        voicemail=VoicemailRouting(max_s=30) if world["voicemail"] else None,
    )


def silences_s(sound: FakeSound, leg: str) -> Iterator[float]:
    """Yield how long `leg` heard nothing, each time, but for what a message takes."""
    heard = sound.timeline.get(leg, [])
    for index, (at, what) in enumerate(heard):
        if what != "silence" or (index and heard[index - 1][1] == "tone_beep"):
            continue
        after_beep = index > 1 and heard[index - 2][1] == "tone_beep"
        ends = heard[index + 1][0] if index + 1 < len(heard) else sound.closed_at_s
        if not after_beep and ends is not None:
            yield ends - at


def check_sound(sound: FakeSound) -> None:
    """Check that callers always hear something, and are heard by one person at most."""
    for leg, role in sound.roles.items():
        if role is LegRole.CUSTOMER:
            assert all(one <= _LONGEST_SILENCE_S for one in silences_s(sound, leg)), sound.timeline[
                leg
            ]
    changes = sorted(
        (at, order, leg, what)
        for leg, heard in sound.timeline.items()
        for order, (at, what) in enumerate(heard)
    )
    hear_the_customer: set[str] = set()
    for _, _, leg, what in changes:
        hear_the_customer.discard(leg)
        if what == "customer":
            hear_the_customer.add(leg)
        assert len(hear_the_customer) <= 1, "two people in one leg"


def check_plan(rig: Rig, call: Call, world: World) -> None:
    """Check that the record tells what happened, and that only those were rung who may be."""
    assert all(step.result is not None for step in call.plan)
    ended = [step for step in call.plan if step.result == StepResult.CONNECTED]
    assert len(ended) <= 1
    kinds = [step.step for step in call.plan if step.step not in ("shared_number", "transfer")]
    assert kinds == [kind for kind in StepKind if kind in kinds]
    rung = {leg.manager_id for leg in call.legs if leg.role is LegRole.MANAGER}
    handed_on = {step.target for step in call.plan if step.step == "transfer"}
    away = {_id(number) for number in set(world["away"])}  # type: ignore[call-overload]
    assert not rung & away - handed_on
    if world["closed"]:
        assert not rung
        assert call.outcome is not CallOutcome.CONNECTED


@settings(
    max_examples=250, deadline=None, suppress_health_check=[HealthCheck.too_slow], database=None
)
@given(SCRIPTS, WORLDS)
def test_whatever_happens_on_the_way(script: list[tuple[float, str, int]], world: World) -> None:
    with tempfile.TemporaryDirectory() as folder:

        async def work() -> None:
            rig = Rig(Path(folder))
            furnish(rig, world)
            sdp = {"sdp": None} if world["late_offer"] else {}
            rig.hand(FakeUas(**sdp))  # type: ignore[arg-type]
            for wait_s, name, which in script:
                await elapse(wait_s)
                if name == "call again":
                    rig.hand(FakeUas())
                    continue
                open_ = [one for one in (*rig.sessions, *rig.offered) if not one.over]
                if open_:
                    ACTS[name](rig, open_[which % len(open_)])
            await finish(rig)
            check(rig)
            for sound in rig.media.sounds:
                check_sound(sound)
            for call_id in {
                one.call.id for one in rig.journal.entries if isinstance(one, CallChanged)
            }:
                check_plan(rig, rig.record(call_id), world)

        run(work)


def test_the_driver_reaches_every_kind_of_step() -> None:
    """The random driver means something only if it can get through the whole plan."""
    told: list[str] = []

    async def work() -> None:
        with tempfile.TemporaryDirectory() as folder:
            rig = Rig(Path(folder))
            furnish(
                rig,
                {
                    "answer": HotlineAnswer.AT_ONCE,
                    "confirm_manager": False,
                    "tell_manager": True,
                    "ring": RingOrder.AT_ONCE,
                    "owner": 0,
                    "deputy": 1,
                    "recent": 2,
                    "away": {4},
                    "shared": True,
                    "closed": False,
                    "group": True,
                    "queue": True,
                    "voicemail": True,
                    "late_offer": False,
                },
            )
            caller = FakeUas()
            rig.hand(caller)
            await elapse(0.1)
            caller.ack()
            await finish(rig)
            [call_id] = {one.call.id for one in rig.journal.entries if isinstance(one, CallChanged)}
            told.extend(step.step for step in rig.record(call_id).plan)
            assert rig.record(call_id).outcome is CallOutcome.VOICEMAIL
            for sound in rig.media.sounds:
                check_sound(sound)

    run(work)
    assert told == [
        *("shared_number", "owner", "recent", "deputy", "group", "queue", "voicemail"),
    ]
