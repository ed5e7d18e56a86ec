"""What each hears, the notice, hold and re-offers: from early media to the end of the talk."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.unit.calls.fake_signalling import CUSTOMER_NUMBER, HOTLINE_NUMBER, SDP
from tests.unit.calls.fake_sound import BAD_SDP, HOLD_SDP
from tests.unit.calls.rig import Rig
from tests.unit.calls.stages import close, to_customer, to_notice, to_talk
from tests.unit.calls.virtual_time import elapse, virtual
from voicegw.model.call import (
    CallOutcome,
    HangupSource,
    LegRole,
)
from voicegw.model.directory import Announce

MakeRig = Callable[..., Rig]
MANAGER = LegRole.MANAGER
CUSTOMER = LegRole.CUSTOMER


# -- what the manager hears ----------------------------------------------------------------------


@virtual
async def test_early_media_is_let_through(make_rig: MakeRig) -> None:
    rig = make_rig()
    call_id = await to_customer(rig)
    rig.customer.progress(180)
    await rig.turn()
    rig.customer.progress(183, SDP)
    await rig.turn()
    assert rig.heard(call_id, MANAGER)[-2:] == ["ringback_cn", "customer"]
    rig.customer.progress(180)
    await rig.turn()
    assert rig.heard(call_id, MANAGER)[-1] == "customer"
    rig.customer.pick_up()
    await elapse(1.2)
    assert rig.record(call_id).bridged_at is not None
    rig.customer.bye()
    await close(rig)


@virtual
async def test_early_media_that_ends_is_followed_by_ring_back(make_rig: MakeRig) -> None:
    rig = make_rig()
    call_id = await to_customer(rig)
    rig.customer.progress(183, SDP)
    await rig.turn()
    assert rig.heard(call_id, MANAGER)[-1] == "customer"
    rig.customer.silence()
    await rig.turn()
    assert rig.heard(call_id, MANAGER)[-1] == "ringback_cn"
    rig.customer.progress(183, SDP)
    await rig.turn()
    assert rig.heard(call_id, MANAGER)[-1] == "customer"
    rig.customer.pick_up()
    await elapse(1.2)
    rig.customer.bye()
    await close(rig)


@virtual
async def test_unusable_early_media_leaves_the_ring_back(make_rig: MakeRig) -> None:
    rig = make_rig()
    call_id = await to_customer(rig)
    rig.customer.progress(183, BAD_SDP)
    await rig.turn()
    assert rig.heard(call_id, MANAGER)[-1] == "ringback_cn"
    rig.customer.pick_up()
    await elapse(1.2)
    assert rig.record(call_id).bridged_at is not None
    rig.customer.bye()
    await close(rig)


@pytest.mark.parametrize("how", ["settings", "hotline", "recording"])
@virtual
async def test_no_notice_where_it_is_off(make_rig: MakeRig, how: str) -> None:
    rig = make_rig(announce=how != "settings", recording=how != "recording")
    if how == "hotline":
        rig.directory.hotline_.announce = Announce.NONE
    call_id = await to_notice(rig)
    assert rig.record(call_id).bridged_at is not None
    assert "recording_notice" not in rig.heard(call_id, MANAGER)
    rig.customer.bye()
    await elapse(1)
    call = rig.check_over(call_id, CallOutcome.CONNECTED)
    assert call.announced is None
    assert (call.recording_id is None) == (how == "recording")
    assert (rig.sound.capture is None) == (how == "recording")
    await close(rig)


@virtual
async def test_the_manager_may_say_the_notice(make_rig: MakeRig) -> None:
    rig = make_rig()
    rig.directory.hotline_.announce = Announce.MANAGER
    call_id = await to_notice(rig)
    assert rig.record(call_id).bridged_at is not None
    assert "recording_notice" not in rig.heard(call_id, MANAGER)
    assert (rig.sound.marks, rig.sound.details) == (
        ["notice", "bridge", "owed"],
        [
            {"by": "manager"},
            {"manager": "mgr_1"},
            {"recording": "talk", "manager": "mgr_1", "customer": "cus_1"},
        ],
    )
    rig.customer.bye()
    await elapse(1)
    call = rig.check_over(call_id, CallOutcome.CONNECTED)
    assert (call.announced, len(rig.desk.submitted)) == (Announce.MANAGER, 1)
    await close(rig)


@pytest.mark.parametrize(("granted", "shown"), [(False, HOTLINE_NUMBER), (True, CUSTOMER_NUMBER)])
@virtual
async def test_what_a_manager_is_shown(make_rig: MakeRig, granted: bool, shown: str) -> None:
    rig = make_rig(show_customer=granted)
    await to_customer(rig)
    assert rig.manager.presentation.number == shown
    assert rig.customer.presentation.number == HOTLINE_NUMBER
    rig.manager.bye()
    await close(rig)


@pytest.mark.parametrize(("who", "outcome"), [("customer", "abandoned"), ("manager", "canceled")])
@virtual
async def test_hanging_up_during_the_notice(make_rig: MakeRig, who: str, outcome: str) -> None:
    rig = make_rig()
    call_id = await to_notice(rig)
    await elapse(0.5)
    (rig.customer if who == "customer" else rig.manager).bye()
    await elapse(1)
    call = rig.check_over(call_id, CallOutcome(outcome))
    assert call.hangup_source == who
    assert call.recording_id is None
    assert "bridge" not in rig.sound.marks
    assert not rig.desk.submitted
    await close(rig)


@virtual
async def test_a_prompt_that_never_ends_does_not_hold_the_call(make_rig: MakeRig) -> None:
    rig = make_rig()
    call_id = await rig.dial()
    rig.manager.progress(180)
    rig.sound.never_ends.add("connecting_customer")
    rig.manager.pick_up()
    await elapse(61)
    assert rig.invited(CUSTOMER_NUMBER)
    rig.manager.bye()
    await close(rig)
    rig.check_over(call_id, CallOutcome.CANCELED)


@virtual
async def test_a_digit_after_the_worker_has_died_is_dropped(make_rig: MakeRig) -> None:
    rig = make_rig()
    call_id = await rig.dial()
    rig.manager.pick_up()
    await rig.turn()
    rig.sound.dead = True
    rig.manager.press_info("5")
    rig.manager.bye()
    await elapse(1)
    rig.check_over(call_id)
    assert not rig.sound.relayed_info
    await close(rig)


@pytest.mark.parametrize("seconds", [59, 61])
@virtual
async def test_nobody_is_recorded_who_has_not_heard_the_notice(
    make_rig: MakeRig, seconds: int
) -> None:
    rig = make_rig()
    call_id = await rig.dial()
    rig.manager.progress(180)
    rig.sound.never_ends.add("recording_notice")
    rig.manager.pick_up()
    await elapse(1.1)
    rig.customer.pick_up()
    await elapse(seconds)
    if seconds < 60:
        assert rig.service.live(call_id) is not None
        rig.manager.bye()
        await elapse(1)
    assert "notice-heard" not in rig.sound.marks
    call = rig.check_over(call_id)
    assert (call.bridged_at, call.recording_id) == (None, None)
    assert call.outcome is (CallOutcome.CANCELED if seconds < 60 else CallOutcome.FAILED)
    assert rig.customer.over
    await close(rig)


@virtual
async def test_a_notice_that_can_not_be_played_is_not_heard(make_rig: MakeRig) -> None:
    rig = make_rig()
    call_id = await rig.dial()
    rig.manager.progress(180)
    rig.sound.unreadable.add("recording_notice")
    rig.manager.pick_up()
    await elapse(1.1)
    rig.customer.pick_up()
    await elapse(1)
    call = rig.check_over(call_id, CallOutcome.FAILED)
    assert (call.failure, call.bridged_at, call.recording_id) == ("media-error", None, None)
    assert rig.sound.marks == ["notice"]
    await close(rig)


@virtual
async def test_a_sentence_that_can_not_be_played_does_not_hold_the_call(make_rig: MakeRig) -> None:
    rig = make_rig()
    call_id = await rig.dial()
    rig.manager.progress(180)
    rig.sound.unreadable.add("connecting_customer")
    rig.manager.pick_up()
    await elapse(0.1)
    assert rig.invited(CUSTOMER_NUMBER)
    rig.manager.bye()
    await close(rig)
    rig.check_over(call_id, CallOutcome.CANCELED)


@virtual
async def test_the_call_is_answered_when_the_customer_is(make_rig: MakeRig) -> None:
    rig = make_rig()
    call_id = await rig.dial()
    rig.manager.pick_up()
    await elapse(1.1)
    rig.customer.pick_up()
    await elapse(1)
    assert rig.record(call_id).answered_at == rig.leg(call_id, CUSTOMER).answered_at
    rig.customer.bye()
    await close(rig)


# -- changes while they talk ---------------------------------------------------------------------


@pytest.mark.parametrize("who", ["customer", "manager"])
@virtual
async def test_hold_and_back(make_rig: MakeRig, who: str) -> None:
    rig = make_rig()
    call_id = await to_talk(rig)
    holder = rig.customer if who == "customer" else rig.manager
    other = MANAGER if who == "customer" else CUSTOMER
    holder.reinvite(HOLD_SDP)
    await rig.turn()
    assert rig.heard(call_id, other)[-1] == "moh"
    assert rig.journal.types(call_id)[-1] == "call.held"
    assert holder.said("answer_reoffer")
    holder.reinvite(HOLD_SDP)
    await rig.turn()
    assert rig.journal.types(call_id).count("call.held") == 1
    holder.reinvite(SDP)
    await rig.turn()
    assert rig.heard(call_id, other)[-1] == who
    assert rig.sound.marks[-2:] == ["hold", "unhold"]
    rig.customer.bye()
    await close(rig)
    rig.check_over(call_id, CallOutcome.CONNECTED)


@virtual
async def test_a_party_on_hold_before_the_bridge_gives_the_other_music(make_rig: MakeRig) -> None:
    rig = make_rig()
    call_id = await to_notice(rig)
    rig.manager.reinvite(HOLD_SDP)
    await elapse(1.2)
    assert rig.record(call_id).bridged_at is not None
    assert rig.heard(call_id, CUSTOMER)[-1] == "moh"
    rig.manager.reinvite(SDP)
    await rig.turn()
    assert rig.heard(call_id, CUSTOMER)[-1] == "manager"
    rig.customer.bye()
    await close(rig)


@virtual
async def test_a_re_offer_without_description_is_answered_with_ours(make_rig: MakeRig) -> None:
    rig = make_rig()
    await to_talk(rig)
    rig.customer.reinvite(None)
    await rig.turn()
    assert rig.customer.said("answer_reoffer") == [
        ("answer_reoffer", "v=0 offer again to customer")
    ]
    rig.customer.bye()
    await close(rig)


@virtual
async def test_an_unusable_re_offer_is_refused_and_the_talk_goes_on(make_rig: MakeRig) -> None:
    rig = make_rig()
    call_id = await to_talk(rig)
    rig.customer.reinvite(BAD_SDP)
    await rig.turn()
    assert rig.customer.said("refuse_reoffer") == [("refuse_reoffer", 488)]
    assert rig.service.live(call_id) is not None
    rig.customer.bye()
    await close(rig)
    rig.check_over(call_id, CallOutcome.CONNECTED)


@virtual
async def test_a_digit_by_info_is_relayed_once(make_rig: MakeRig) -> None:
    rig = make_rig()
    await to_talk(rig)
    rig.customer.press_info("5")
    await rig.turn()
    assert rig.sound.relayed_info == ["5"]
    rig.customer.bye()
    await close(rig)


@pytest.mark.parametrize(("who", "outcome"), [("customer", "connected"), ("manager", "connected")])
@virtual
async def test_a_leg_that_falls_silent_ends_the_talk(
    make_rig: MakeRig, who: str, outcome: str
) -> None:
    rig = make_rig()
    call_id = await to_talk(rig)
    rig.sound.fall_silent(rig.leg(call_id, LegRole(who)).id)
    await elapse(1)
    call = rig.check_over(call_id, CallOutcome(outcome))
    assert (call.hangup_source, call.failure) == (HangupSource.NETWORK, "no-sound")
    await close(rig)
