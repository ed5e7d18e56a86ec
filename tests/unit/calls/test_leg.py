"""A leg turns what signalling tells into state, and never decides."""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

import pytest

from tests.unit.calls.fake_signalling import SDP
from tests.unit.calls.rig import Rig
from tests.unit.calls.virtual_time import elapse, virtual
from voicegw.calls.leg import CallLeg
from voicegw.clock import SystemClock
from voicegw.model.call import (
    CallOutcome,
    HangupSource,
    Leg,
    LegResult,
    LegRole,
)
from voicegw.sip.events import (
    EndedBy,
    InfoDigit,
    ReferReceived,
    ReofferAnswered,
    ReofferReceived,
    ReofferRefused,
    SessionAnswered,
    SessionConfirmed,
    SessionEnded,
    SessionEvent,
    SessionProgressed,
    SessionRefreshed,
)
from voicegw.sip.refer import Referral

MakeRig = Callable[..., Rig]


REFERRAL = cast(Referral, object())


class Owner:
    """Notes what a leg tells."""

    def __init__(self) -> None:
        self.told: list[tuple[object, ...]] = []
        self.changes = 0

    def leg_changed(self, leg: CallLeg) -> None:
        self.changes += 1

    def leg_described(self, leg: CallLeg, sdp: str, *, early: bool) -> None:
        self.told.append(("described", sdp, early))

    def leg_reoffered(self, leg: CallLeg, sdp: str | None) -> None:
        self.told.append(("reoffered", sdp))

    def leg_reoffer_settled(self, leg: CallLeg, sdp: str | None) -> None:
        self.told.append(("reoffer settled", sdp))

    def leg_refreshed(self, leg: CallLeg, sdp: str) -> None:
        self.told.append(("refreshed", sdp))

    def leg_referred(self, leg: CallLeg, referral: Referral) -> None:
        self.told.append(("referred", referral))

    def leg_pressed(self, leg: CallLeg, digit: str) -> None:
        self.told.append(("pressed", digit))

    def leg_over(self, leg: CallLeg, ended: SessionEnded) -> None:
        self.told.append(("over", ended.status))


def leg() -> tuple[CallLeg, Owner]:
    owner = Owner()
    return CallLeg(Leg(id="leg_1", role=LegRole.MANAGER), owner, SystemClock()), owner


@pytest.mark.parametrize(
    ("event", "told"),
    [
        (SessionProgressed(180), []),
        (SessionProgressed(183, SDP), [("described", SDP, True)]),
        (SessionAnswered(SDP), [("described", SDP, False)]),
        (SessionConfirmed(), []),
        (SessionConfirmed(SDP), [("described", SDP, False)]),
        (ReofferReceived(None), [("reoffered", None)]),
        (ReofferAnswered(SDP), [("reoffer settled", SDP)]),
        (ReofferRefused(488), [("reoffer settled", None)]),
        (SessionRefreshed(SDP), [("refreshed", SDP)]),
        (ReferReceived(REFERRAL), [("referred", REFERRAL)]),
        (InfoDigit("#"), [("pressed", "#")]),
        (SessionEnded(EndedBy.REMOTE, 486, answered=False), [("over", 486)]),
    ],
)
def test_every_event_is_told_and_wakes_the_flow(
    event: SessionEvent, told: list[tuple[object, ...]]
) -> None:
    one, owner = leg()
    one.on_session_event(event)
    assert owner.told == told
    assert owner.changes == 1


@pytest.mark.parametrize(
    ("status", "rang"), [(180, True), (183, True), (181, False), (182, False), (199, False)]
)
def test_what_counts_as_ringing(status: int, rang: bool) -> None:
    one, _ = leg()
    one.on_session_event(SessionProgressed(status))
    assert (one.rang, one.record.ringing_at is not None) == (rang, rang)


def test_the_first_ringing_is_kept() -> None:
    one, _ = leg()
    one.on_session_event(SessionProgressed(180))
    first = one.record.ringing_at
    one.on_session_event(SessionProgressed(180))
    assert one.record.ringing_at is first


def test_a_leg_that_has_not_ended_was_not_answered() -> None:
    one, _ = leg()
    assert one.failure_result() is LegResult.NO_ANSWER
    assert not one.alive


def test_the_end_of_a_leg_is_written_once() -> None:
    one, _ = leg()
    now = SystemClock().now()
    assert one.close(now, LegResult.BUSY, HangupSource.NETWORK)
    assert not one.close(SystemClock().now(), LegResult.CANCELED, HangupSource.API)
    assert (one.record.ended_at, one.record.result) == (now, LegResult.BUSY)


def test_releasing_a_leg_without_session_is_harmless() -> None:
    one, _ = leg()
    one.release(q850=16)
    assert one.released


def test_releasing_a_leg_that_has_ended_changes_nothing() -> None:
    one, _ = leg()
    one.on_session_event(SessionEnded(EndedBy.REMOTE, 200, answered=True))
    one.release(q850=16)
    assert not one.released


# -- events that cross ---------------------------------------------------------------------------


async def talk(rig: Rig) -> str:
    """Dial and go on until the two talk."""
    call_id = await rig.dial()
    rig.manager.pick_up()
    await elapse(1.2)
    rig.customer.pick_up()
    await elapse(1.2)
    assert rig.record(call_id).bridged_at is not None
    return call_id


@virtual
async def test_an_answer_taken_back_at_once(make_rig: MakeRig) -> None:
    rig = make_rig()
    call_id = await rig.dial()
    rig.manager.pick_up()
    rig.manager.bye()
    await elapse(1)
    rig.check_over(call_id, CallOutcome.CANCELED)
    rig.check_clean()


@virtual
async def test_a_re_offer_before_a_bye(make_rig: MakeRig) -> None:
    rig = make_rig()
    call_id = await talk(rig)
    rig.customer.reinvite(SDP)
    customer = rig.customer
    customer.bye()
    await elapse(1)
    assert not customer.said("answer_reoffer")
    rig.check_over(call_id, CallOutcome.CONNECTED)
    rig.check_clean()


@virtual
async def test_sound_that_can_not_be_closed_still_ends_the_call(make_rig: MakeRig) -> None:
    rig = make_rig()
    call_id = await talk(rig)
    rig.sound.close_fails = True
    rig.customer.bye()
    await elapse(1)
    call = rig.check_over(call_id, CallOutcome.CONNECTED)
    assert [one.codec for one in call.legs] == [None, None]
    rig.check_clean()


@virtual
async def test_a_leg_given_up_is_not_waited_for_by_silence(make_rig: MakeRig) -> None:
    rig = make_rig()
    call_id = await talk(rig)
    rig.sound.fall_silent("leg_unknown")
    await elapse(1)
    assert rig.service.live(call_id) is not None
    rig.customer.bye()
    await elapse(1)
    rig.check_over(call_id, CallOutcome.CONNECTED)
    rig.check_clean()
