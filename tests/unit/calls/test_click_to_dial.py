"""Click-to-dial: the manager first, the notice before the bridge, one outcome whatever happens."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.unit.calls.fake_signalling import CUSTOMER_NUMBER, HOTLINE_NUMBER, MANAGER_NUMBER, SDP
from tests.unit.calls.fake_sound import BAD_SDP
from tests.unit.calls.rig import Rig
from tests.unit.calls.stages import close, to_customer, to_talk
from tests.unit.calls.virtual_time import elapse, virtual
from voicegw.model import hours
from voicegw.model.call import (
    CallOutcome,
    CallStatus,
    HangupSource,
    LegResult,
    LegRole,
)
from voicegw.model.directory import Announce, Phone
from voicegw.model.quiet_hours import QuietHours

MakeRig = Callable[..., Rig]
MANAGER = LegRole.MANAGER
CUSTOMER = LegRole.CUSTOMER


@virtual
async def test_a_manager_then_a_customer_talk(make_rig: MakeRig) -> None:
    rig = make_rig()
    call_id = await rig.dial(task_id="task_1", client_state="state")
    assert rig.service.live_count() == 1
    assert len(rig.sessions) == 1
    assert rig.manager.presentation.number == HOTLINE_NUMBER
    assert rig.manager.commands == [("send",)]

    rig.manager.progress(180)
    await rig.turn()
    assert rig.record(call_id).status is CallStatus.RINGING
    rig.manager.pick_up()
    await rig.turn()
    assert rig.heard(call_id, MANAGER) == ["connecting_customer"]
    assert len(rig.sessions) == 1, "the customer was called while the manager is still told"

    await elapse(1.1)
    assert rig.customer.presentation.number == HOTLINE_NUMBER
    assert rig.customer.target.number == CUSTOMER_NUMBER
    rig.customer.progress(180)
    await rig.turn()
    assert rig.heard(call_id, MANAGER)[-1] == "ringback_cn"

    rig.customer.pick_up()
    await rig.turn()
    call = rig.record(call_id)
    assert (call.status, call.bridged_at) == (CallStatus.IN_PROGRESS, None)
    assert rig.heard(call_id, MANAGER)[-1] == "recording_notice"
    assert rig.heard(call_id, CUSTOMER) == ["recording_notice"]

    await elapse(1.1)
    assert rig.heard(call_id, MANAGER)[-1] == "customer"
    assert rig.heard(call_id, CUSTOMER)[-1] == "manager"
    assert "recording_notice" in rig.played(call_id, MANAGER)
    assert "recording_notice" in rig.played(call_id, CUSTOMER)
    assert rig.sound.marks == ["notice", "notice-heard", "bridge", "owed"]
    notice = {"by": "prompt", "prompt": "recording_notice", "digest": "sha256:recording_notice"}
    assert rig.sound.details[:2] == [notice, notice]
    assert rig.record(call_id).announced is Announce.PROMPT

    await elapse(60)
    rig.customer.bye()
    await elapse(1)
    call = rig.check_over(call_id, CallOutcome.CONNECTED)
    assert call.hangup_source is HangupSource.CUSTOMER
    assert call.talk_s == pytest.approx(60, abs=1.5)
    assert rig.journal.types(call_id) == [
        "call.initiated",
        "leg.ringing",
        "call.ringing",
        "leg.answered",
        "leg.ringing",
        "leg.answered",
        "call.answered",
        "call.bridged",
        "leg.ended",
        "leg.ended",
        "call.ended",
    ]
    assert (call.task_id, call.client_state) == ("task_1", "state")
    assert [leg.result for leg in call.legs] == [LegResult.ANSWERED, LegResult.ANSWERED]
    assert [leg.codec for leg in call.legs] == ["PCMA", "PCMA"]
    assert [leg.trunk for leg in call.legs] == ["first", "first"]
    assert rig.manager.said("end") == [("end", None, 16)]
    assert [one.id for one in rig.desk.submitted] == [call.recording_id]
    assert rig.journal.open_legs() == set()
    rig.check_clean()


@virtual
async def test_a_manager_who_hangs_up_after_talking(make_rig: MakeRig) -> None:
    rig = make_rig()
    call_id = await to_talk(rig)
    rig.manager.bye(q850=31)
    await elapse(1)
    call = rig.check_over(call_id, CallOutcome.CONNECTED)
    assert (call.hangup_source, call.q850) == (HangupSource.MANAGER, 31)
    assert rig.customer.said("end")
    await close(rig)


@virtual
async def test_both_hang_up_at_once(make_rig: MakeRig) -> None:
    rig = make_rig()
    call_id = await to_talk(rig)
    rig.customer.bye()
    rig.manager.bye()
    await elapse(1)
    call = rig.check_over(call_id, CallOutcome.CONNECTED)
    assert call.hangup_source is HangupSource.CUSTOMER
    assert rig.leg(call_id, MANAGER).hangup_source is HangupSource.MANAGER
    assert rig.leg(call_id, CUSTOMER).hangup_source is HangupSource.CUSTOMER
    await close(rig)


@virtual
async def test_a_talk_has_its_longest_time(make_rig: MakeRig) -> None:
    rig = make_rig()
    call_id = await to_talk(rig, max_talk_s=90)
    await elapse(80)
    assert rig.service.live(call_id) is not None
    await elapse(11)
    call = rig.check_over(call_id, CallOutcome.CONNECTED)
    assert (call.hangup_source, call.failure) == (HangupSource.GATEWAY, "max-talk")
    await close(rig)


# -- confirmation --------------------------------------------------------------------------------


@virtual
async def test_a_confirmed_manager_gets_the_customer(make_rig: MakeRig) -> None:
    rig = make_rig()
    rig.directory.hotline_.confirm_manager = True
    call_id = await rig.dial()
    rig.manager.pick_up()
    await rig.turn()
    assert rig.heard(call_id, MANAGER) == ["press_1_to_connect"]
    leg = rig.leg(call_id, MANAGER).id
    assert leg in rig.sound.gathering
    await elapse(19)
    assert not rig.invited(CUSTOMER_NUMBER)
    rig.sound.key(leg, "1")
    await elapse(1.1)
    assert leg not in rig.sound.gathering
    assert len(rig.invited(CUSTOMER_NUMBER)) == 1
    rig.customer.pick_up()
    await rig.turn()
    assert rig.leg(call_id, MANAGER).accepted_at is not None
    rig.manager.bye()
    await close(rig)
    rig.check_over(call_id, CallOutcome.CANCELED)


@virtual
async def test_a_digit_by_info_confirms_too(make_rig: MakeRig) -> None:
    rig = make_rig()
    rig.directory.hotline_.confirm_manager = True
    await rig.dial()
    rig.manager.pick_up()
    await rig.turn()
    rig.manager.press_info("1")
    await elapse(1.1)
    assert len(rig.invited(CUSTOMER_NUMBER)) == 1
    rig.manager.bye()
    await close(rig)


@pytest.mark.parametrize("key", ["2", "#", None])
@virtual
async def test_an_unconfirmed_manager_gets_nobody(make_rig: MakeRig, key: str | None) -> None:
    rig = make_rig()
    rig.directory.hotline_.confirm_manager = True
    call_id = await rig.dial()
    rig.manager.pick_up()
    await rig.turn()
    if key is not None:
        rig.sound.key(rig.leg(call_id, MANAGER).id, key)
    await elapse(21)
    call = rig.check_over(call_id, CallOutcome.MANAGER_NOT_CONFIRMED)
    assert call.legs[0].result is LegResult.NOT_CONFIRMED
    assert not rig.invited(CUSTOMER_NUMBER)
    assert rig.manager.said("end")
    await close(rig)


@virtual
async def test_a_manager_who_hangs_up_instead_of_confirming_cancels(make_rig: MakeRig) -> None:
    rig = make_rig()
    rig.directory.hotline_.confirm_manager = True
    call_id = await rig.dial()
    rig.manager.pick_up()
    await rig.turn()
    rig.manager.bye()
    await elapse(1)
    call = rig.check_over(call_id, CallOutcome.CANCELED)
    assert call.hangup_source is HangupSource.MANAGER
    assert not rig.invited(CUSTOMER_NUMBER)
    await close(rig)


# -- the manager is not won ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "rings", "outcome", "result"),
    [
        (486, False, "manager_busy", "busy"),
        (600, True, "manager_busy", "busy"),
        (603, True, "manager_declined", "declined"),
        (480, True, "manager_no_answer", "no_answer"),
        (480, False, "manager_unreachable", "unreachable"),
        (404, False, "manager_unreachable", "invalid"),
        (488, False, "manager_unreachable", "unreachable"),
    ],
)
@virtual
async def test_a_manager_who_is_not_won(
    make_rig: MakeRig, status: int, rings: bool, outcome: str, result: str
) -> None:
    rig = make_rig()
    call_id = await rig.dial()
    if rings:
        rig.manager.progress(180)
    rig.manager.refuse(status)
    await elapse(1)
    call = rig.check_over(call_id, CallOutcome(outcome))
    assert call.legs[0].result == result
    assert (call.legs[0].sip_code, call.sip_code) == (status, status)
    person = result in ("busy", "declined")
    assert call.legs[0].hangup_source == ("manager" if person else "network")
    assert len(rig.sessions) == 1
    await close(rig)


@virtual
async def test_a_manager_who_lets_it_ring(make_rig: MakeRig) -> None:
    rig = make_rig()
    call_id = await rig.dial(ring_s=20)
    rig.manager.progress(180)
    await elapse(19)
    assert rig.service.live(call_id) is not None
    await elapse(1.5)
    call = rig.check_over(call_id, CallOutcome.MANAGER_NO_ANSWER)
    assert call.legs[0].hangup_source is HangupSource.GATEWAY
    assert rig.manager.said("end")[0] == ("end", None, 19)
    assert rig.manager.state == "cancelling"
    await close(rig)


@virtual
async def test_an_answer_that_crosses_our_cancel_changes_nothing(make_rig: MakeRig) -> None:
    rig = make_rig()
    call_id = await rig.dial(ring_s=20)
    rig.manager.progress(180)
    await elapse(21)
    rig.manager.pick_up()
    await elapse(1)
    call = rig.check_over(call_id, CallOutcome.MANAGER_NO_ANSWER)
    assert call.legs[0].answered_at is None
    assert not rig.invited(CUSTOMER_NUMBER)
    await close(rig)


@virtual
async def test_the_next_telephone_is_rung_when_one_is_unreachable(make_rig: MakeRig) -> None:
    rig = make_rig()
    rig.directory.manager_.phones = [
        Phone(number="+862161111111", order=2),
        Phone(aor="desk", order=1),
    ]
    call_id = await rig.dial()
    assert rig.sessions[-1].target.aor == "desk"
    rig.sessions[-1].refuse(404)
    await rig.turn()
    assert rig.sessions[-1].target.number == "+862161111111"
    rig.sessions[-1].progress(180)
    rig.sessions[-1].refuse(486)
    await elapse(1)
    call = rig.check_over(call_id, CallOutcome.MANAGER_BUSY)
    assert [leg.result for leg in call.legs] == [LegResult.INVALID, LegResult.BUSY]
    await close(rig)


@virtual
async def test_a_manager_without_telephones_is_unreachable(make_rig: MakeRig) -> None:
    rig = make_rig()
    rig.directory.manager_.phones = []
    call_id = await rig.dial()
    rig.check_over(call_id, CallOutcome.MANAGER_UNREACHABLE)
    await close(rig)


@virtual
async def test_a_manager_whose_answer_is_unusable_is_not_connected(make_rig: MakeRig) -> None:
    rig = make_rig()
    call_id = await rig.dial()
    rig.manager.pick_up(BAD_SDP)
    await elapse(1)
    call = rig.check_over(call_id, CallOutcome.MANAGER_UNREACHABLE)
    assert call.legs[0].result is not LegResult.ANSWERED
    assert not rig.invited(CUSTOMER_NUMBER)
    await close(rig)


@virtual
async def test_an_answer_without_description_is_not_waited_for(make_rig: MakeRig) -> None:
    rig = make_rig()
    call_id = await rig.dial()
    rig.manager.pick_up(None)
    await elapse(1)
    rig.check_over(call_id, CallOutcome.MANAGER_UNREACHABLE)
    await close(rig)


# -- routes --------------------------------------------------------------------------------------


@virtual
async def test_the_second_route_is_tried_when_the_first_fails(make_rig: MakeRig) -> None:
    rig = make_rig()
    call_id = await rig.dial()
    rig.manager.refuse(503)
    await rig.turn()
    assert [session.route.name for session in rig.sessions] == ["first", "second"]
    assert [route.taken for route in rig.router.trunks] == [0, 1]
    rig.manager.pick_up()
    await elapse(1.2)
    rig.customer.pick_up()
    await elapse(1.2)
    rig.manager.bye()
    await elapse(1)
    call = rig.check_over(call_id, CallOutcome.CONNECTED)
    assert [leg.trunk for leg in call.legs] == ["second", "first"]
    await close(rig)


@virtual
async def test_the_second_route_is_tried_when_the_network_fails(make_rig: MakeRig) -> None:
    rig = make_rig()
    call_id = await rig.dial()
    rig.manager.vanish()
    await rig.turn()
    rig.manager.vanish()
    await elapse(1)
    call = rig.check_over(call_id, CallOutcome.MANAGER_UNREACHABLE)
    assert len(rig.sessions) == 2
    # Nobody's network has said anything: a time-out of ours is no telephone out of reach.
    assert [(leg.reason, leg.reason_source) for leg in call.legs] == [(None, None)]
    await close(rig)


@virtual
async def test_the_second_route_is_tried_when_the_first_is_silent(make_rig: MakeRig) -> None:
    rig = make_rig()
    call_id = await rig.dial()
    await elapse(6.5)
    silent, second = rig.sessions
    assert [silent.route.name, second.route.name] == ["first", "second"]
    assert [route.taken for route in rig.router.trunks] == [0, 1]
    assert silent.said("end")
    silent.pick_up()  # too late: the session itself says BYE, and the call knows nothing of it
    second.pick_up()
    await elapse(1.2)
    rig.customer.pick_up()
    await elapse(1.2)
    second.bye()
    await elapse(1)
    call = rig.check_over(call_id, CallOutcome.CONNECTED)
    assert [leg.trunk for leg in call.legs] == ["second", "first"]
    await close(rig)


@virtual
async def test_the_last_route_may_be_silent_as_long_as_it_may_ring(make_rig: MakeRig) -> None:
    rig = make_rig()
    call_id = await rig.dial()
    await elapse(29)
    assert len(rig.sessions) == 2
    assert not rig.sessions[1].said("end")
    await elapse(2)
    rig.sessions[1].refuse(487)
    rig.check_over(call_id, CallOutcome.MANAGER_NO_ANSWER)
    await close(rig)


@virtual
async def test_a_route_that_is_trying_is_waited_for(make_rig: MakeRig) -> None:
    rig = make_rig()
    await rig.dial()
    rig.manager.state = "proceeding"  # 100, which tells the call nothing
    await elapse(20)
    assert len(rig.sessions) == 1
    rig.manager.refuse(486)
    await close(rig)


@pytest.mark.parametrize("status", [486, 404, 403, 480, 603])
@virtual
async def test_a_refusal_by_the_far_end_is_final(make_rig: MakeRig, status: int) -> None:
    rig = make_rig()
    await rig.dial()
    rig.manager.refuse(status)
    await elapse(1)
    assert len(rig.sessions) == 1
    await close(rig)


@virtual
async def test_no_other_route_once_it_has_rung(make_rig: MakeRig) -> None:
    rig = make_rig()
    call_id = await rig.dial()
    rig.manager.progress(180)
    rig.manager.refuse(503)
    await elapse(1)
    assert len(rig.sessions) == 1
    rig.check_over(call_id, CallOutcome.MANAGER_UNREACHABLE)
    await close(rig)


@virtual
async def test_full_routes_are_passed_over(make_rig: MakeRig) -> None:
    rig = make_rig()
    rig.router.trunks[0].places = 0
    await rig.dial()
    assert rig.manager.route.name == "second"
    rig.manager.refuse(486)
    await close(rig)


@virtual
async def test_all_routes_full_means_unreachable(make_rig: MakeRig) -> None:
    rig = make_rig()
    for trunk in rig.router.trunks:
        trunk.places = 0
    call_id = await rig.dial()
    rig.check_over(call_id, CallOutcome.MANAGER_UNREACHABLE)
    assert not rig.sessions
    await close(rig)


# -- the customer is not won ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "rings", "outcome", "sentence"),
    [
        (486, False, "customer_busy", "customer_busy"),
        (600, True, "customer_busy", "customer_busy"),
        (404, False, "customer_invalid", "call_failed"),
        (480, True, "customer_no_answer", "customer_no_answer"),
        (480, False, "customer_unreachable", "call_failed"),
        (603, True, "customer_declined", "call_failed"),
        (403, False, "customer_unreachable", "call_failed"),
    ],
)
@virtual
async def test_a_customer_who_is_not_won(
    make_rig: MakeRig, status: int, rings: bool, outcome: str, sentence: str
) -> None:
    rig = make_rig()
    call_id = await to_customer(rig)
    if rings:
        rig.customer.progress(180)
    rig.customer.refuse(status)
    await rig.turn()
    assert rig.service.live(call_id) is not None
    assert rig.heard(call_id, MANAGER)[-1] == sentence
    await elapse(1.2)
    assert rig.played(call_id, MANAGER)[-1] == sentence
    rig.check_over(call_id, CallOutcome(outcome))
    assert rig.manager.said("end")
    assert not rig.desk.submitted
    await close(rig)


@virtual
async def test_a_customer_who_lets_it_ring(make_rig: MakeRig) -> None:
    rig = make_rig()
    call_id = await to_customer(rig, ring_s=15)
    rig.customer.progress(180)
    await elapse(16.5)
    rig.check_over(call_id, CallOutcome.CUSTOMER_NO_ANSWER)
    assert rig.customer.said("end")[0] == ("end", None, 19)
    await close(rig)


@pytest.mark.parametrize("status", [486, 480, 404])
@virtual
async def test_a_manager_who_hangs_up_on_the_sentence_has_heard_the_reason(
    make_rig: MakeRig, status: int
) -> None:
    rig = make_rig()
    call_id = await to_customer(rig)
    rig.customer.progress(180)
    rig.customer.refuse(status)
    await rig.turn()
    rig.manager.bye()
    await elapse(1)
    outcomes = {486: "customer_busy", 480: "customer_no_answer", 404: "customer_invalid"}
    rig.check_over(call_id, CallOutcome(outcomes[status]))
    await close(rig)


@virtual
async def test_a_manager_who_gives_up_while_the_customer_rings(make_rig: MakeRig) -> None:
    rig = make_rig()
    call_id = await to_customer(rig)
    rig.customer.progress(180)
    await rig.turn()
    rig.manager.bye()
    await elapse(1)
    call = rig.check_over(call_id, CallOutcome.CANCELED)
    assert call.hangup_source is HangupSource.MANAGER
    assert rig.customer.state == "cancelling"
    assert rig.leg(call_id, CUSTOMER).result is LegResult.CANCELED
    await close(rig)


@virtual
async def test_a_customer_whose_answer_is_unusable(make_rig: MakeRig) -> None:
    rig = make_rig()
    call_id = await to_customer(rig)
    rig.customer.progress(183, SDP)
    await rig.turn()
    rig.customer.pick_up(BAD_SDP)
    await elapse(3)
    call = rig.check_over(call_id, CallOutcome.CUSTOMER_UNREACHABLE)
    assert call.bridged_at is None
    await close(rig)


@pytest.mark.parametrize("number", ["+12025550123", "+882161234567", "110"])
@virtual
async def test_a_managers_telephone_is_no_way_to_forbidden_numbers(
    make_rig: MakeRig, number: str
) -> None:
    rig = make_rig()
    rig.directory.manager_.phones = [Phone(number=number)]
    call_id = await rig.dial()
    await elapse(1)
    assert not rig.sessions
    rig.check_over(call_id, CallOutcome.MANAGER_UNREACHABLE)
    rig.directory.manager_.phones.append(Phone(number=MANAGER_NUMBER, order=1))
    call_id = await rig.dial()
    assert [session.target.number for session in rig.sessions] == [MANAGER_NUMBER]
    await rig.service.hangup(call_id)
    await close(rig)


@virtual
async def test_a_managers_extension_is_rung(make_rig: MakeRig) -> None:
    rig = make_rig()
    rig.directory.manager_.phones = [Phone(number="8001")]
    call_id = await rig.dial()
    assert [session.target.number for session in rig.sessions] == ["8001"]
    await rig.service.hangup(call_id)
    await close(rig)


@virtual
@pytest.mark.parametrize("hangs_up", [False, True])
async def test_quiet_hours_that_begin_while_the_manager_is_rung_are_kept(
    make_rig: MakeRig, hangs_up: bool
) -> None:
    rig = make_rig(quiet=QuietHours(hours.parse("10:01-11:00")))
    await elapse(50)
    call_id = await rig.dial()
    rig.manager.progress(180)
    await elapse(15)
    rig.manager.pick_up()
    await elapse(1.1)
    assert len(rig.sessions) == 1, "the customer is rung in quiet hours"
    assert rig.heard(call_id, MANAGER) == ["connecting_customer", "call_failed"]
    if hangs_up:
        rig.manager.bye()
    await elapse(2)
    call = rig.check_over(call_id, CallOutcome.REFUSED)
    assert call.failure == "quiet-hours"
    await close(rig)
