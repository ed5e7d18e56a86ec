"""A whole office at once: callers in plans, flows, queues and voicemail, managers who dial.

Every kind of step, and every way a call begins, in one node and at any moment. Each call ends once;
nothing is left of any; no telephone rings for two; callers never hear nothing for long.
"""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import msgspec
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.unit.calls.crowd import manager
from tests.unit.calls.fake_flows import flow_of
from tests.unit.calls.fake_signalling import CUSTOMER_NUMBER, MANAGER_NUMBER, FakeUas
from tests.unit.calls.rig import Rig
from tests.unit.calls.test_random_events import ACTS, check, finish, press
from tests.unit.calls.test_random_flows import calls
from tests.unit.calls.virtual_time import elapse, run
from voicegw.calls.control import DialRequest
from voicegw.errors import NotFoundError, PolicyError, StoreUnavailableError
from voicegw.journal.entries import TaskWanted
from voicegw.model.call import CallOutcome, Direction, LegRole
from voicegw.model.directory import Customer, Phone
from voicegw.model.routing import (
    AfterCall,
    GroupRouting,
    GroupStrategy,
    QueueRouting,
    RingOrder,
    Routing,
    SharedNumber,
    VoicemailRouting,
)

_LONGEST_SILENCE_S = 4.0
_PEOPLE = 3
FLOW = """
flow: office
variables: {code: ""}
start: main
steps:
  main: {do: menu, prompts: [main_menu], keys: {1: queue, 2: mail, 3: owner, 4: code, 5: operator},
         otherwise: plan}
  queue: {do: queue, max_wait_s: 20, announce_every_s: 10, otherwise: mail}
  mail: {do: voicemail, otherwise: named}
  named: {do: transfer, manager: mgr_001, otherwise: asked}
  owner: {do: route, to: owner, otherwise: asked}
  asked: {do: survey, survey: satisfaction, next: plan}
  code: {do: gather, prompts: [enter_pin], into: code, max_digits: 2, secret: true, wait_s: 5,
         next: queue, otherwise: mail}
  operator: {do: transfer, short_code: 10010, otherwise: queue}
  plan: {do: route}
"""
Act = Callable[[Rig, int], None]


def _call(rig: Rig, which: int) -> None:
    rig.hand(FakeUas(caller=CUSTOMER_NUMBER if which < 4 else f"+861391390{which:04}"))


def _call_in(rig: Rig, which: int) -> None:
    del which
    rig.hand(FakeUas(caller=MANAGER_NUMBER))


def _click(rig: Rig, which: int) -> None:
    async def dial() -> None:
        with suppress(PolicyError, NotFoundError, StoreUnavailableError):
            wanted = manager(which % _PEOPLE).id if which < 6 else "mgr_1"
            await rig.service.dial(DialRequest(manager_id=wanted, customer_id="cus_1"))

    rig.background(dial())


def _flow(rig: Rig, which: int) -> None:
    rig.directory.hotline_ = msgspec.structs.replace(
        rig.directory.hotline_, flow="office" if which % 2 else None
    )


def _store(rig: Rig, which: int) -> None:
    rig.directory.fault = StoreUnavailableError("the store is away") if which % 2 else None


def _prompt(rig: Rig, which: int) -> None:
    name = ("main_menu", "enter_pin")[which % 2]
    rig.prompts.missing.symmetric_difference_update({name})


def _key(digit: str) -> Act:
    def do(rig: Rig, which: int) -> None:
        del which
        press(rig, digit)

    return do


OFFICE: dict[str, Act] = {
    "call": _call,
    "call in": _call_in,
    "click": _click,
    "flow": _flow,
    "store": _store,
    "prompt": _prompt,
    **{f"key {digit}": _key(digit) for digit in "1234#*"},
}
_ONWARDS = ["ring", "answer", "answer", "ack", "ack", "bye", "call", "click", "key 1", "key 2"]
#: A held line is silent by the holder's wish; the keys are the office's own.
_UNUSED = {"disclose", "abort", "pause", "resume", "hold", "unhold", "press 1", "press 2", "info"}
SCRIPTS = st.lists(
    st.tuples(
        st.sampled_from([0.0, 0.001, 0.01, 0.3, 1.2, 2.9, 6.0, 11.0, 21.0, 31.0]),
        st.one_of(
            st.sampled_from(_ONWARDS),
            st.sampled_from([*OFFICE, *sorted(set(ACTS) - _UNUSED)]),
        ),
        st.integers(0, 7),
    ),
    min_size=4,
    max_size=30,
)
WORLDS = st.fixed_dictionaries(
    {
        "flow": st.booleans(),
        "shared": st.booleans(),
        "confirm": st.booleans(),
        "ring": st.sampled_from(RingOrder),
        "strategy": st.sampled_from(GroupStrategy),
        "group": st.booleans(),
        "after": st.booleans(),
        "own_prompts": st.booleans(),
        "drains": st.booleans(),
    }
)
World = dict[str, Any]


def furnish(rig: Rig, world: World) -> None:
    """Make the office as `world` says."""
    directory, hotline = rig.directory, rig.directory.hotline_
    people = [manager(number) for number in range(_PEOPLE)]
    for number, one in enumerate(people):
        one.phones.append(Phone(number=f"+86136{number:08}", order=1))
        one.staff_no = f"10{number}"
    directory.managers |= {one.id: one for one in people}
    if world["shared"]:
        directory.relatives = [
            Customer("cus_2", "R", "grp_1", numbers=[CUSTOMER_NUMBER], owner_id=people[1].id)
        ]
        directory.manager_.staff_no = "1001"
    rig.flows.flows["office"] = flow_of(FLOW)
    hotline.flow = "office" if world["flow"] else None
    hotline.confirm_manager = world["confirm"]
    own = world["own_prompts"]
    hotline.routing = Routing(
        ring=world["ring"],
        shared_number=SharedNumber.MENU,
        group=GroupRouting(world["strategy"], ring_s=10) if world["group"] else None,
        queue=QueueRouting(
            size=2,
            max_wait_s=40,
            announce_every_s=10,
            strategy=world["strategy"],
            music="moh_own" if own else "moh",
        ),
        voicemail=VoicemailRouting(
            max_s=20, greeting="greeting_own" if own else "voicemail_greeting"
        ),
    )
    if world["after"]:
        hotline.after_call = AfterCall(survey="satisfaction", result=True)


def check_telephones(rig: Rig) -> None:
    """Check that no telephone of the group rings for two, or rings while somebody talks on it."""
    numbers = {phone.number for one in rig.directory.managers.values() for phone in one.phones}
    states = ("calling", "proceeding", "confirmed")
    busy = Counter(
        one.target.number
        for one in rig.sessions
        if one.state in states and one.target.number in numbers
    )
    assert all(count == 1 for count in busy.values()), "a manager was rung for two"


def check_office(rig: Rig) -> None:
    """Check what is left of all that has happened: nothing but records, and tasks made once."""
    check(rig)
    tasks = Counter(one.task.calls[0] for one in rig.journal.entries if isinstance(one, TaskWanted))
    inbound = set()
    for call in calls(rig):
        assert all(step.result is not None for step in call.plan), call.plan
        if call.direction is Direction.INBOUND:
            inbound.add(call.id)
        assert tasks[call.id] <= 1
        assert call.failure not in ("not-found", "internal-error", "store-unavailable"), call.plan
        if call.outcome in (CallOutcome.VOICEMAIL, CallOutcome.CALLBACK_REQUESTED):
            assert tasks[call.id] == 1
        if call.bridged_at is not None:
            assert not tasks[call.id]
    for queue in rig.room.line.figures.values():
        assert queue.entered == queue.departed.total()
    assert not len(rig.room.line)
    assert not len(rig.parts.glare)
    for sound in rig.media.sounds:
        if sound.capture is None or sound.capture.header["call_id"] not in inbound:
            continue
        for leg, heard in sound.timeline.items():
            if sound.roles.get(leg) is LegRole.CUSTOMER:
                assert sound.longest_wait_s(leg) <= _allowed_s(heard), heard


def _allowed_s(heard: list[tuple[float, str]]) -> float:
    """Return how long a caller may hear nothing: whoever leaves a message speaks."""
    return 20.1 if any(what == "tone_beep" for _, what in heard) else _LONGEST_SILENCE_S


async def drive(rig: Rig, script: list[tuple[float, str, int]], world: World) -> None:
    """Have the office do what the script says, to the end."""
    furnish(rig, world)
    _call(rig, 0)
    for wait_s, name, which in script:
        await elapse(wait_s)
        if name in OFFICE:
            OFFICE[name](rig, which)
        else:
            open_ = [one for one in (*rig.sessions, *rig.offered) if not one.over]
            if open_:
                ACTS[name](rig, open_[which % len(open_)])
        check_telephones(rig)
    if world["drains"]:
        await rig.service.drain(1)
        assert rig.service.live_count() == 0
    await finish(rig)


@settings(
    max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow], database=None
)
@given(SCRIPTS, WORLDS)
def test_whatever_happens_in_an_office(script: list[tuple[float, str, int]], world: World) -> None:
    with tempfile.TemporaryDirectory() as folder:

        async def work() -> None:
            rig = Rig(Path(folder), short_codes=("10010",))
            await drive(rig, script, world)
            check_office(rig)

        run(work)
