"""Anything, at any moment, in any order: each call ends once, in order, and leaves nothing."""

from __future__ import annotations

import tempfile
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tests.unit.calls.fake_signalling import (
    CUSTOMER_NUMBER,
    MANAGER_NUMBER,
    SDP,
    FakeRoute,
    FakeSession,
    FakeUac,
    FakeUas,
)
from tests.unit.calls.fake_sound import BAD_SDP, HOLD_SDP
from tests.unit.calls.fake_world import COLLEAGUE_NUMBER
from tests.unit.calls.rig import Rig
from tests.unit.calls.stages import to_talk
from tests.unit.calls.virtual_time import elapse, run
from voicegw.calls.control import (
    DisclosureRequest,
    HandOnMode,
    HandOnRequest,
    StatementRequest,
)
from voicegw.errors import ConflictError, NotFoundError, PolicyError
from voicegw.journal.entries import CallChanged
from voicegw.model.call import (
    PHONE,
    Call,
    Direction,
    LegRole,
)
from voicegw.model.directory import HotlineAnswer, Phone
from voicegw.model.disclosure import DisclosureStatus

#: What a call can last at most when nothing more happens to it: ringing, prompts, the talk.
_LONGEST_S = 900.0
_SPARE_NUMBER = "+862161111111"
FORWARDED = "+8613600136000"

Act = Callable[[Rig, FakeSession], None]


def _uac(act: Callable[[FakeUac], None]) -> Act:
    def do(rig: Rig, session: FakeSession) -> None:
        if isinstance(session, FakeUac):
            act(session)

    return do


def _uas(act: Callable[[FakeUas], None]) -> Act:
    def do(rig: Rig, session: FakeSession) -> None:
        if isinstance(session, FakeUas):
            act(session)

    return do


def press(rig: Rig, digit: str) -> None:
    """Press a key on every telephone that is asked for one."""
    for sound in rig.media.sounds:
        for leg in list(sound.gathering):
            sound.key(leg, digit)


def _key(digit: str) -> Act:
    return lambda rig, _: press(rig, digit)


def _keys(digits: str) -> Act:
    acts = [_key(digit) for digit in digits]

    def do(rig: Rig, session: FakeSession) -> None:
        for act in acts:
            act(rig, session)

    return do


def _silence(rig: Rig, session: FakeSession) -> None:
    for sound in rig.media.sounds:
        for leg in list(sound.negotiated)[:1]:
            sound.fall_silent(leg)


def _kill(rig: Rig, session: FakeSession) -> None:
    for sound in rig.media.sounds:
        sound.die()


def _no_ports(rig: Rig, session: FakeSession) -> None:
    for sound in rig.media.sounds:
        sound.ports_left = 0


def _hang_up(rig: Rig, session: FakeSession) -> None:
    for call_id in {one.call.id for one in rig.journal.entries if isinstance(one, CallChanged)}:
        if rig.service.live(call_id) is not None:
            rig.background(rig.service.hangup(call_id))


def _each_call(ask: Callable[[Rig, str], Awaitable[object]]) -> Act:
    """Return an act that asks the API's door for something about every live call."""

    async def heed(rig: Rig, call_id: str) -> None:
        with suppress(ConflictError, NotFoundError):
            await ask(rig, call_id)

    def do(rig: Rig, session: FakeSession) -> None:
        for call_id in {one.call.id for one in rig.journal.entries if isinstance(one, CallChanged)}:
            rig.background(heed(rig, call_id))

    return do


def _hand_on(mode: HandOnMode) -> Callable[[Rig, str], Awaitable[object]]:
    """Return a wish that the colleague take over, be asked or join."""
    return lambda rig, call_id: rig.service.hand_on(
        call_id, HandOnRequest(manager_id="mgr_2", mode=mode)
    )


_STATEMENTS = DisclosureRequest((StatementRequest("a", "statement_a"),), repeats=0)


def _refer(session: FakeSession, user: str) -> None:
    if session.state == "confirmed":
        session.refer(user)


#: What the far end of a session, or the world, may do; the first ones lead a call onwards.
ACTS: dict[str, Act] = {
    "ring": _uac(lambda session: session.progress(180)),
    "answer": _uac(lambda session: session.pick_up()),
    "ack": _uas(lambda session: session.ack()),
    "press 1": _key("1"),
    "early media": _uac(lambda session: session.progress(183, SDP)),
    "bad early media": _uac(lambda session: session.progress(183, BAD_SDP)),
    "bad answer": _uac(lambda session: session.pick_up(BAD_SDP)),
    "empty answer": _uac(lambda session: session.pick_up(None)),
    "busy": _uac(lambda session: session.refuse(486)),
    "unavailable": _uac(lambda session: session.refuse(480, 19)),
    "not found": _uac(lambda session: session.refuse(404)),
    "redirected": _uac(
        lambda session: session.refuse(302, contacts=(f"sip:{FORWARDED}@first.invalid",))
    ),
    "hand on": lambda rig, session: _refer(session, COLLEAGUE_NUMBER),
    "hand on to nobody": lambda rig, session: _refer(session, "+12025550123"),
    "hand on to oneself": lambda rig, session: _refer(session, MANAGER_NUMBER),
    "silenced": _uac(lambda session: session.silence()),
    "declined": _uac(lambda session: session.refuse(603)),
    "overloaded": _uac(lambda session: session.refuse(503)),
    "cancel": _uas(lambda session: session.cancel()),
    "answer in ack": _uas(lambda session: session.ack(SDP)),
    "bad answer in ack": _uas(lambda session: session.ack(BAD_SDP)),
    "bye": lambda rig, session: session.bye(),
    "vanish": lambda rig, session: session.vanish(),
    "hold": lambda rig, session: session.reinvite(HOLD_SDP),
    "unhold": lambda rig, session: session.reinvite(SDP),
    "bad re-offer": lambda rig, session: session.reinvite(BAD_SDP),
    "empty re-offer": lambda rig, session: session.reinvite(None),
    "info": lambda rig, session: session.press_info("1"),
    "press 2": _key("2"),
    "silence": _silence,
    "worker dies": _kill,
    "no ports": _no_ports,
    "api hang-up": _hang_up,
    "disclose": _each_call(lambda rig, call_id: rig.service.disclose(call_id, _STATEMENTS)),
    "abort": _each_call(lambda rig, call_id: rig.service.abort_disclosure(call_id)),
    "pause": _each_call(lambda rig, call_id: rig.service.pause_recording(call_id)),
    "resume": _each_call(lambda rig, call_id: rig.service.resume_recording(call_id)),
    "star": _key("*"),
    "press 0": _key("0"),
    "press 3": _key("3"),
    "staff number": _keys("1002#"),
    "api hold": _each_call(lambda rig, call_id: rig.service.hold(call_id, on=True)),
    "api unhold": _each_call(lambda rig, call_id: rig.service.hold(call_id, on=False)),
    "api transfer": _each_call(_hand_on(HandOnMode.BLIND)),
    "api consult": _each_call(_hand_on(HandOnMode.CONSULT)),
    "api add": _each_call(_hand_on(HandOnMode.ADD)),
    "api complete": _each_call(lambda rig, call_id: rig.service.complete_transfer(call_id)),
    "api cancel": _each_call(lambda rig, call_id: rig.service.cancel_transfer(call_id)),
}
_ONWARDS = ["ring", "answer", "ack", "press 1"]
#: Long enough for anything, or for nothing, to happen in between. Seconds.
_WAITS = [0.0, 0.0004, 0.001, 0.01, 0.5, 1.05, 1.2, 6.0, 21.0, 31.0]

WHEN = st.tuples(
    st.sampled_from(_WAITS),
    st.one_of(st.sampled_from(_ONWARDS), st.sampled_from(list(ACTS))),
    st.integers(0, 5),
)
SCRIPTS = st.lists(WHEN, max_size=14)
HOTLINES = st.fixed_dictionaries(
    {
        "answer": st.sampled_from(HotlineAnswer),
        "confirm_manager": st.booleans(),
        "late_offer": st.booleans(),
        "two_phones": st.booleans(),
        "contacts": st.integers(0, 3),
    }
)
Script = list[tuple[float, str, int]]


async def begin(rig: Rig, script: Script, hotline: dict[str, object], flows: str) -> None:
    """Begin the calls of `flows` and do what `script` says."""
    rig.directory.hotline_.answer = HotlineAnswer(str(hotline["answer"]))
    rig.directory.hotline_.confirm_manager = bool(hotline["confirm_manager"])
    contacts = int(str(hotline.get("contacts", 0)))
    if contacts:
        rig.router.contacts = [FakeRoute(PHONE, rig.router.made) for _ in range(contacts)]
        for one in (rig.directory.manager_, rig.directory.colleague):
            one.phones.insert(0, Phone(aor=one.id, order=-1))
    if hotline["two_phones"]:
        rig.directory.manager_.phones.append(Phone(number=_SPARE_NUMBER, order=1))
    if "dial" in flows:
        await rig.dial()
    if "inbound" in flows:
        rig.hand(FakeUas(sdp=None if hotline["late_offer"] else SDP))
    for wait_s, name, which in script:
        await elapse(wait_s)
        sessions: list[FakeSession] = [one for one in (*rig.sessions, *rig.offered) if not one.over]
        if sessions:
            ACTS[name](rig, sessions[which % len(sessions)])


async def finish(rig: Rig) -> None:
    """Wait for as long as a call can last when nothing more happens to it."""
    await elapse(_LONGEST_S)
    rig.finish_signalling()
    await elapse(1)


def check(rig: Rig) -> None:
    """Check what holds of every call, whatever happened."""
    calls = {one.call.id for one in rig.journal.entries if isinstance(one, CallChanged)}
    for call_id in calls:
        call = rig.check_over(call_id)
        check_order(rig, call)
        assert all(one.status is not DisclosureStatus.RUNNING for one in call.disclosures)
        assert call.recording_paused_at is None
    rig.check_clean()
    assert all(session.over for session in (*rig.sessions, *rig.offered))
    assert rig.journal.open_legs() == set()
    submitted = [one.id for one in rig.desk.submitted]
    owed = [one.id for call_id in calls for one in rig.record(call_id).recordings]
    assert sorted(submitted) == sorted(owed)


def check_order(rig: Rig, call: Call) -> None:
    """Check what must have come before what."""
    for leg in call.legs:
        assert leg.started_at is not None
        assert leg.ended_at is not None
        assert leg.result is not None
        moments = [leg.started_at, leg.answered_at, leg.ended_at]
        assert [one for one in moments if one] == sorted(one for one in moments if one)
    if call.bridged_at is not None:
        assert call.answered_at is not None
        [sound] = [
            one
            for one in rig.media.sounds
            if one.capture is not None and one.capture.header["call_id"] == call.id
        ]
        heard = [leg for leg in sound.finished if "recording_notice" in sound.finished[leg]]
        assert len(heard) >= 2, "bridged before both had heard the notice"
    if call.direction is Direction.CLICK_TO_DIAL:
        managers = [leg for leg in call.legs if leg.role is LegRole.MANAGER]
        if any(leg.role is LegRole.CUSTOMER for leg in call.legs):
            # Who was rung to take over comes later, and may not have answered.
            assert any(leg.answered_at is not None for leg in managers)
            if rig.directory.hotline_.confirm_manager:
                assert any(leg.accepted_at is not None for leg in managers)


def check_customer_comes_last(rig: Rig) -> None:
    """Check that no customer was invited before a manager had answered."""
    for customer in rig.invited(CUSTOMER_NUMBER):
        managers = [
            session
            for session in rig.sessions
            if session.target.aor is not None
            or session.target.number in (MANAGER_NUMBER, _SPARE_NUMBER, FORWARDED)
        ]
        assert any(
            one.answered_at_s is not None and one.answered_at_s <= customer.prepared_at_s
            for one in managers
        )


@pytest.mark.parametrize("flows", ["dial", "inbound", "dial and inbound"])
def test_whatever_happens_each_call_ends_once(flows: str) -> None:
    @settings(
        max_examples=250, deadline=None, suppress_health_check=[HealthCheck.too_slow], database=None
    )
    @given(SCRIPTS, HOTLINES)
    @example(
        [(0.0, "ring", 0), (0.01, "answer", 0), (1.2, "ring", 1), (0.01, "answer", 1)],
        {
            "answer": HotlineAnswer.AT_OWNER,
            "confirm_manager": False,
            "late_offer": False,
            "two_phones": False,
        },
    )
    @example(
        [
            *((0.0, "ring", 0), (0.01, "answer", 0), (1.2, "ring", 1), (0.01, "answer", 1)),
            *((1.2, "hand on", 0), (0.01, "bye", 0), (0.01, "answer", 1)),
        ],
        {
            "answer": HotlineAnswer.AT_OWNER,
            "confirm_manager": False,
            "late_offer": False,
            "two_phones": False,
        },
    )
    def drive(script: Script, hotline: dict[str, object]) -> None:
        with tempfile.TemporaryDirectory() as folder:

            async def work() -> None:
                rig = Rig(Path(folder))
                await begin(rig, script, hotline, flows)
                await finish(rig)
                check(rig)
                check_customer_comes_last(rig)

            run(work)

    drive()


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(SCRIPTS, HOTLINES, st.integers(0, 6))
def test_a_node_that_ends_at_any_moment_leaves_nothing(
    script: Script, hotline: dict[str, object], ends_after: int
) -> None:
    with tempfile.TemporaryDirectory() as folder:

        async def work() -> None:
            rig = Rig(Path(folder))
            await begin(rig, script[:ends_after], hotline, "dial and inbound")
            await rig.service.drain(0.01)
            assert rig.service.live_count() == 0
            with pytest.raises(PolicyError):
                await rig.dial()
            await elapse(40)
            rig.finish_signalling()
            await elapse(1)
            check(rig)

        run(work)


def test_the_driver_reaches_a_talk() -> None:
    """The random driver means something only if it can get all the way."""
    reached: list[bool] = []

    async def work() -> None:
        with tempfile.TemporaryDirectory() as folder:
            rig = Rig(Path(folder))
            script: Script = [
                (0.1, "ring", 0),
                (0.1, "answer", 0),
                (1.2, "ring", 1),
                (0.1, "answer", 1),
                (1.2, "hold", 1),
                (1.0, "bye", 0),
            ]
            plain = {
                "answer": HotlineAnswer.AT_OWNER,
                "confirm_manager": False,
                "late_offer": False,
                "two_phones": False,
            }
            await begin(rig, script, plain, "dial")
            await finish(rig)
            [call_id] = {one.call.id for one in rig.journal.entries if isinstance(one, CallChanged)}
            reached.append(rig.record(call_id).bridged_at is not None)
            with pytest.raises(NotFoundError):
                await rig.service.hangup(call_id)

    run(work)
    assert reached == [True]


#: What leads a talk on to a colleague, and back.
_IN_A_TALK = [
    "api hold", "api unhold", "api transfer", "api consult", "api add", "api complete",
    "api cancel", "star", "press 0", "press 1", "press 2", "press 3", "staff number", "ring",
    "answer", "answer", "busy", "bye", "hold", "unhold", "hand on", "disclose",
]  # fmt: skip


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow], database=None
)
@given(
    st.lists(
        st.tuples(st.sampled_from(_WAITS), st.sampled_from(_IN_A_TALK), st.integers(0, 5)),
        max_size=16,
    )
)
def test_whatever_is_wished_in_a_talk(script: Script) -> None:
    with tempfile.TemporaryDirectory() as folder:

        async def work() -> None:
            rig = Rig(Path(folder))
            call_id = await to_talk(rig)
            for wait_s, name, which in script:
                await elapse(wait_s)
                sessions: list[FakeSession] = [one for one in rig.sessions if not one.over]
                if sessions:
                    ACTS[name](rig, sessions[which % len(sessions)])
            await finish(rig)
            check(rig)
            call = rig.record(call_id)
            assert call.held_by is None
            assert all(step.result != "consulting" for step in call.plan)

        run(work)
