"""A caller reaches the own manager, or hears why not and gets the right SIP code."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from tests.unit.calls.fake_signalling import (
    CUSTOMER_NUMBER,
    HOTLINE_NUMBER,
    MANAGER_NUMBER,
    SDP,
    FakeUas,
)
from tests.unit.calls.fake_sound import BAD_SDP, HOLD_SDP
from tests.unit.calls.rig import FakeClock, Rig
from tests.unit.calls.virtual_time import elapse, virtual
from voicegw.errors import StoreUnavailableError, VoicegwError
from voicegw.journal.entries import CallChanged, LegClosed, LegOpened
from voicegw.model.call import (
    CallOutcome,
    CallStatus,
    Direction,
    HangupSource,
    LegResult,
    LegRole,
)
from voicegw.model.directory import HotlineAnswer, ManagerStatus
from voicegw.sip.snapshot import SessionSnapshot
from voicegw.store.callers import DialledTask

MakeRig = Callable[..., Rig]
MANAGER = LegRole.MANAGER
CUSTOMER = LegRole.CUSTOMER


async def arrive(rig: Rig, **session: object) -> tuple[str, FakeUas]:
    """Have a customer call; at_once hotlines say their sentence first."""
    caller = FakeUas(**session)  # type: ignore[arg-type]
    call_id = await rig.offer(caller)
    if caller.answered:
        caller.ack()
        await elapse(1.1)
    return call_id, caller


async def to_talk(rig: Rig, **session: object) -> tuple[str, FakeUas]:
    """Go on until caller and owner talk."""
    call_id, caller = await arrive(rig, **session)
    rig.manager.progress(180)
    await rig.turn()
    rig.manager.pick_up()
    await rig.turn()
    caller.ack()
    await elapse(1.1)
    assert rig.record(call_id).bridged_at is not None
    return call_id, caller


async def close(rig: Rig) -> None:
    """Let the last words come and check that nothing is left."""
    await elapse(5)
    rig.finish_signalling()
    await elapse(1)
    rig.check_clean()
    assert rig.journal.open_legs() == set()


@virtual
async def test_a_caller_talks_to_the_owner(make_rig: MakeRig) -> None:
    rig = make_rig()
    call_id, caller = await arrive(rig)
    assert caller.commands == [("ring", 180, None)]
    assert rig.manager.presentation.number == HOTLINE_NUMBER
    rig.manager.progress(180)
    await rig.turn()
    rig.manager.pick_up()
    await rig.turn()
    assert caller.said("answer") == [("answer", "v=0 answer to customer")]
    assert rig.heard(call_id, MANAGER) == ["recording_notice"]
    assert rig.heard(call_id, CUSTOMER) == ["recording_notice"]
    caller.ack()
    await elapse(1.1)
    assert rig.heard(call_id, MANAGER)[-1] == "customer"
    assert rig.heard(call_id, CUSTOMER)[-1] == "manager"
    await elapse(30)
    caller.bye()
    await elapse(1)
    call = rig.check_over(call_id, CallOutcome.CONNECTED)
    assert (call.direction, call.customer_id, call.manager_id) == (
        Direction.INBOUND,
        "cus_1",
        "mgr_1",
    )
    assert (call.customer_number, call.display_number) == (CUSTOMER_NUMBER, HOTLINE_NUMBER)
    assert [(step.step, step.target, step.result) for step in call.plan] == [
        ("owner", "mgr_1", "connected")
    ]
    assert rig.leg(call_id, CUSTOMER).trunk == "carrier"
    assert rig.journal.types(call_id) == [
        "call.initiated",
        "leg.ringing",
        "call.ringing",
        "leg.answered",
        "leg.answered",
        "call.answered",
        "call.bridged",
        "leg.ended",
        "leg.ended",
        "call.ended",
    ]
    assert len(rig.desk.submitted) == 1
    await close(rig)


@pytest.mark.parametrize(
    "caller", ["13800138000", "008613800138000", "013800138000", "8613800138000"]
)
@virtual
async def test_every_spelling_of_the_caller_leads_to_the_owner(
    make_rig: MakeRig, caller: str
) -> None:
    rig = make_rig()
    call_id, session = await arrive(rig, caller=caller)
    assert len(rig.invited(MANAGER_NUMBER)) == 1
    assert rig.record(call_id).customer_number == CUSTOMER_NUMBER
    session.cancel()
    await close(rig)


@pytest.mark.parametrize("away", [False, True])
@virtual
async def test_a_local_number_is_completed_by_the_hotlines_group(
    make_rig: MakeRig, away: bool
) -> None:
    rig = make_rig()
    rig.directory.customer_.numbers.append("+862162345678")
    if away:
        rig.directory.area_code_fault = StoreUnavailableError("away")
    call_id, session = await arrive(rig, caller="62345678")
    expected = "62345678" if away else "+862162345678"
    assert rig.record(call_id).customer_number == expected
    assert len(rig.invited(MANAGER_NUMBER)) == (0 if away else 1)
    session.cancel()
    await close(rig)


@pytest.mark.parametrize(
    "headers",
    [
        ["Privacy: id"],
        ["Privacy: user;critical", f"P-Asserted-Identity: <sip:{CUSTOMER_NUMBER}@carrier.invalid>"],
    ],
)
@virtual
async def test_a_withheld_number_leads_to_the_owner_and_is_told_to_nobody(
    make_rig: MakeRig, headers: list[str]
) -> None:
    rig = make_rig(show_customer=True)
    call_id, session = await arrive(rig, headers=headers)
    assert rig.manager.presentation.number == HOTLINE_NUMBER
    session.cancel()
    await elapse(1)
    call = rig.check_over(call_id, CallOutcome.ABANDONED)
    assert (call.customer_id, call.customer_number) == ("cus_1", None)
    assert [leg.number for leg in call.legs] == [None, MANAGER_NUMBER]
    assert "13800138000" not in str(rig.journal.events(call_id))
    await close(rig)


@virtual
async def test_no_trace_keeps_a_withheld_number(make_rig: MakeRig) -> None:
    rig = make_rig()
    trace = rig.parts.trace
    shown: dict[bool, str] = {}
    for withheld in (False, True):
        session = FakeUas(headers=["Privacy: id"] if withheld else [])
        trace.session_begun(session.call_id)
        trace.received(session.call_id, bytes(session.invite), session.peer, 1.0)
        call_id = await rig.offer(session)
        kept = trace.trace(call_id)
        assert kept is not None
        shown[withheld] = kept.messages[0].text
        session.cancel()
        await elapse(1)
    assert CUSTOMER_NUMBER in shown[False]
    assert "8000" not in shown[True]
    await close(rig)


@pytest.mark.parametrize(
    "dialled",
    ["02162340000", "862162340000", "%2B862162340000", "+862162340000;npdi;rn=%2B862160000000"],
)
@virtual
async def test_every_spelling_of_the_hotline_is_found(make_rig: MakeRig, dialled: str) -> None:
    rig = make_rig()
    call_id, session = await arrive(rig, dialled=dialled)
    assert rig.record(call_id).hotline_id == "hot_1"
    session.cancel()
    await close(rig)


@virtual
async def test_at_once_the_caller_is_answered_first(make_rig: MakeRig) -> None:
    rig = make_rig()
    rig.directory.hotline_.answer = HotlineAnswer.AT_ONCE
    caller = FakeUas()
    call_id = await rig.offer(caller)
    assert [command[0] for command in caller.commands] == ["answer"]
    assert rig.heard(call_id, CUSTOMER) == ["connecting_manager"]
    assert not rig.sessions
    caller.ack()
    await elapse(1.1)
    assert rig.heard(call_id, CUSTOMER)[-1] == "ringback_cn"
    rig.manager.progress(180)
    await rig.turn()
    assert rig.record(call_id).status is CallStatus.IN_PROGRESS
    rig.manager.pick_up()
    await elapse(1.2)
    call = rig.record(call_id)
    assert (call.status, call.bridged_at is None) == (CallStatus.IN_PROGRESS, False)
    assert len(caller.said("answer")) == 1
    rig.manager.bye()
    await elapse(1)
    rig.check_over(call_id, CallOutcome.CONNECTED)
    assert caller.said("end")
    await close(rig)


@virtual
async def test_a_late_offer_is_answered_with_ours(make_rig: MakeRig) -> None:
    rig = make_rig()
    call_id, caller = await arrive(rig, sdp=None)
    rig.manager.pick_up()
    await rig.turn()
    assert caller.said("answer") == [("answer", "v=0 offer to customer")]
    caller.ack(SDP)
    await elapse(1.2)
    assert rig.leg(call_id, CUSTOMER).id in rig.sound.negotiated
    caller.bye()
    await elapse(1)
    rig.check_over(call_id, CallOutcome.CONNECTED)
    await close(rig)


@pytest.mark.parametrize("late_s", [0.1, 5])
@virtual
async def test_an_unusable_answer_to_a_late_offer_ends_the_call(
    make_rig: MakeRig, late_s: float
) -> None:
    rig = make_rig()
    call_id, caller = await arrive(rig, sdp=None)
    rig.manager.pick_up()
    await rig.turn()
    await elapse(late_s)
    caller.ack(BAD_SDP)
    await elapse(1)
    call = rig.check_over(call_id)
    assert call.outcome is (CallOutcome.ABANDONED if late_s < 1 else CallOutcome.CONNECTED)
    assert caller.said("end")[0] == ("end", None, 88)
    assert rig.manager.over
    await close(rig)


@virtual
async def test_an_unusable_offer_is_refused_without_an_error_of_ours(
    make_rig: MakeRig, caplog: pytest.LogCaptureFixture
) -> None:
    rig = make_rig()
    call_id, caller = await arrive(rig, sdp=BAD_SDP)
    call = rig.check_over(call_id, CallOutcome.FAILED)
    assert call.failure == "sdp-unusable"
    assert caller.final_status == 488
    assert not [record for record in caplog.records if record.levelname in {"ERROR", "WARNING"}]
    assert not rig.sessions
    await close(rig)


# -- the owner can't be reached ------------------------------------------------------------------


@pytest.mark.parametrize("answer", [HotlineAnswer.AT_OWNER, HotlineAnswer.AT_ONCE])
@pytest.mark.parametrize(
    ("status", "outcome", "sentence", "sip_status"),
    [
        (486, "manager_busy", "manager_busy", 486),
        (480, "missed", "manager_unavailable", 480),
        (603, "manager_declined", "manager_unavailable", 480),
        (404, "manager_unreachable", "manager_unavailable", 480),
        (None, "missed", "manager_unavailable", 480),
    ],
)
@virtual
async def test_a_caller_hears_why_the_owner_does_not_come(
    make_rig: MakeRig,
    answer: HotlineAnswer,
    status: int | None,
    outcome: str,
    sentence: str,
    sip_status: int,
) -> None:
    rig = make_rig()
    rig.directory.hotline_.answer = answer
    call_id, caller = await arrive(rig)
    rig.manager.progress(180)
    if status is None:
        await elapse(31)
    else:
        rig.manager.refuse(status)
    await rig.turn()
    assert rig.heard(call_id, CUSTOMER)[-1] == sentence
    if answer is HotlineAnswer.AT_OWNER:
        assert caller.said("ring")[-1] == ("ring", 183, "v=0 answer to customer")
    await elapse(1.2)
    call = rig.check_over(call_id, CallOutcome(outcome))
    assert rig.played(call_id, CUSTOMER)[-1] == sentence
    if answer is HotlineAnswer.AT_OWNER:
        assert caller.final_status == sip_status
    else:
        assert caller.state == "ended"
    assert [step.step for step in call.plan] == ["owner", "hang_up"]
    assert call.plan[-1].target == sentence
    assert not rig.desk.submitted
    await close(rig)


@virtual
async def test_a_caller_who_hangs_up_on_the_sentence_was_still_told_busy(
    make_rig: MakeRig,
) -> None:
    rig = make_rig()
    call_id, caller = await arrive(rig)
    rig.manager.refuse(486)
    await rig.turn()
    caller.cancel()
    await elapse(1)
    call = rig.check_over(call_id, CallOutcome.MANAGER_BUSY)
    assert call.plan[-1].target == "manager_busy"
    await close(rig)


@virtual
async def test_a_late_offer_hears_the_networks_own_words(make_rig: MakeRig) -> None:
    rig = make_rig()
    call_id, caller = await arrive(rig, sdp=None)
    rig.manager.refuse(486)
    await elapse(1)
    rig.check_over(call_id, CallOutcome.MANAGER_BUSY)
    assert caller.final_status == 486
    assert not rig.heard(call_id, CUSTOMER)
    await close(rig)


@pytest.mark.parametrize("how", ["unknown", "anonymous", "no-owner", "departed", "away"])
@virtual
async def test_nobody_to_ring_is_missed(make_rig: MakeRig, how: str) -> None:
    rig = make_rig()
    reasons = {"unknown": "caller-unknown", "anonymous": "caller-unknown"}
    session: dict[str, object] = {}
    match how:
        case "unknown":
            session["caller"] = "13700137000"
        case "anonymous":
            session["caller"] = None
        case "no-owner":
            rig.directory.customer_.owner_id = None
        case "departed":
            rig.directory.manager_.status = ManagerStatus.DEPARTED
        case _:
            rig.directory.manager_.status = ManagerStatus.AWAY
            rig.directory.manager_.away_until = FakeClock.start + timedelta(hours=1)
    call_id, caller = await arrive(rig, **session)
    assert rig.heard(call_id, CUSTOMER) == ["manager_unavailable"]
    await elapse(1.2)
    call = rig.check_over(call_id, CallOutcome.MISSED)
    assert caller.final_status == 480
    assert not rig.sessions
    assert call.plan[0].result == "skipped"
    assert call.plan[0].reason == reasons.get(how, how)
    assert (call.customer_number is None) == (how == "anonymous")
    await close(rig)


@virtual
async def test_an_owner_in_a_call_is_busy(make_rig: MakeRig) -> None:
    rig = make_rig()
    assert rig.slots.take("mgr_1")
    call_id, caller = await arrive(rig)
    assert rig.heard(call_id, CUSTOMER) == ["manager_busy"]
    await elapse(1.2)
    call = rig.check_over(call_id, CallOutcome.MANAGER_BUSY)
    assert caller.final_status == 486
    assert call.plan[0].reason == "busy"
    assert not rig.sessions
    rig.slots.give_back("mgr_1")
    await close(rig)


@virtual
async def test_an_owner_taken_while_the_caller_is_welcomed_is_busy(make_rig: MakeRig) -> None:
    rig = make_rig()
    rig.directory.hotline_.answer = HotlineAnswer.AT_ONCE
    caller = FakeUas()
    call_id = await rig.offer(caller)
    caller.ack()
    assert rig.slots.take("mgr_1")
    await elapse(2.5)
    rig.check_over(call_id, CallOutcome.MANAGER_BUSY)
    assert not rig.sessions
    rig.slots.give_back("mgr_1")
    await close(rig)


@pytest.mark.parametrize(
    ("key", "outcome"), [("1", "connected"), ("2", "missed"), (None, "missed")]
)
@virtual
async def test_an_owner_confirms_with_a_key(
    make_rig: MakeRig, key: str | None, outcome: str
) -> None:
    rig = make_rig()
    rig.directory.hotline_.confirm_manager = True
    call_id, caller = await arrive(rig)
    rig.manager.pick_up()
    await rig.turn()
    assert rig.heard(call_id, MANAGER) == ["inbound_whisper"]
    assert not caller.said("answer")
    if key is not None:
        rig.sound.key(rig.leg(call_id, MANAGER).id, key)
        await elapse(1.3)
    else:
        await elapse(21.5)
    if outcome == "connected":
        caller.ack()
        await elapse(1)
        caller.bye()
    await elapse(1)
    call = rig.check_over(call_id, CallOutcome(outcome))
    if outcome == "missed":
        assert rig.leg(call_id, MANAGER).result is LegResult.NOT_CONFIRMED
        assert call.plan[0].result == "not_confirmed"
        assert not caller.said("answer")
    await close(rig)


@pytest.mark.parametrize("answer", list(HotlineAnswer))
@virtual
async def test_an_owner_who_hangs_up_instead_of_confirming_leaves_a_sentence(
    make_rig: MakeRig, answer: HotlineAnswer
) -> None:
    rig = make_rig()
    rig.directory.hotline_.confirm_manager = True
    rig.directory.hotline_.answer = answer
    call_id, caller = await arrive(rig)
    rig.manager.pick_up()
    await rig.turn()
    rig.sound.key(rig.leg(call_id, MANAGER).id, "1")
    rig.manager.bye()
    await elapse(3)
    call = rig.check_over(call_id, CallOutcome.MISSED)
    assert rig.played(call_id, CUSTOMER)[-1] == "manager_unavailable"
    manager = rig.leg(call_id, MANAGER)
    assert (manager.result, manager.hangup_source) == (
        LegResult.NOT_CONFIRMED,
        HangupSource.MANAGER,
    )
    assert call.plan[0].result == "not_confirmed"
    if answer is HotlineAnswer.AT_OWNER:
        assert caller.final_status == 480
    await close(rig)


# -- who gives up --------------------------------------------------------------------------------


@virtual
async def test_a_caller_who_gives_up_while_it_rings(make_rig: MakeRig) -> None:
    rig = make_rig()
    call_id, caller = await arrive(rig)
    rig.manager.progress(180)
    await rig.turn()
    caller.cancel()
    await elapse(1)
    call = rig.check_over(call_id, CallOutcome.ABANDONED)
    assert call.hangup_source is HangupSource.CUSTOMER
    assert rig.manager.state == "cancelling"
    assert rig.leg(call_id, MANAGER).result is LegResult.CANCELED
    await close(rig)


@virtual
async def test_a_caller_who_gives_up_before_the_call_exists(make_rig: MakeRig) -> None:
    rig = make_rig()
    rig.directory.delay_s = 0.5
    caller = FakeUas()
    rig.hand(caller)
    await elapse(0.2)
    caller.cancel()
    await elapse(5)
    [call_id] = {one.call.id for one in rig.journal.entries if isinstance(one, CallChanged)}
    rig.check_over(call_id, CallOutcome.ABANDONED)
    assert not rig.sessions
    opened = [index for index, one in enumerate(rig.journal.entries) if isinstance(one, LegOpened)]
    closed = [index for index, one in enumerate(rig.journal.entries) if isinstance(one, LegClosed)]
    assert opened
    assert max(opened) < min(closed), "a restart would end a leg that is over"
    await close(rig)


@pytest.mark.parametrize(("who", "outcome"), [("caller", "abandoned"), ("manager", "canceled")])
@virtual
async def test_hanging_up_during_the_notice(make_rig: MakeRig, who: str, outcome: str) -> None:
    rig = make_rig()
    call_id, caller = await arrive(rig)
    rig.manager.pick_up()
    await rig.turn()
    caller.ack()
    await elapse(0.5)
    if who == "caller":
        caller.bye()
    else:
        rig.manager.bye()
    await elapse(1)
    call = rig.check_over(call_id, CallOutcome(outcome))
    assert call.recording_id is None
    await close(rig)


@virtual
async def test_a_caller_who_never_acknowledges(make_rig: MakeRig) -> None:
    rig = make_rig()
    call_id, caller = await arrive(rig)
    rig.manager.pick_up()
    await elapse(10)
    caller.vanish()
    await elapse(1)
    call = rig.check_over(call_id, CallOutcome.CONNECTED)
    assert call.hangup_source is HangupSource.NETWORK
    await close(rig)


@virtual
async def test_the_owner_holds(make_rig: MakeRig) -> None:
    rig = make_rig()
    call_id, caller = await to_talk(rig)
    rig.manager.reinvite(HOLD_SDP)
    await rig.turn()
    assert rig.heard(call_id, CUSTOMER)[-1] == "moh"
    rig.manager.reinvite(SDP)
    await rig.turn()
    assert rig.heard(call_id, CUSTOMER)[-1] == "manager"
    caller.bye()
    await close(rig)
    rig.check_over(call_id, CallOutcome.CONNECTED)


# -- who is not let in ---------------------------------------------------------------------------


@virtual
async def test_an_unknown_hotline_is_not_found(make_rig: MakeRig) -> None:
    rig = make_rig()
    for dialled in ("02199999999", "boss"):
        caller = FakeUas(dialled=dialled)
        assert await rig.offer(caller) == ""
        assert caller.final_status == 404
    assert rig.service.refused["unknown-hotline"] == 2
    assert not rig.journal.lines
    rig.check_clean()


@virtual
async def test_no_room_to_record_refuses_callers(make_rig: MakeRig) -> None:
    rig = make_rig()
    rig.desk.room = False
    caller = FakeUas()
    rig.hand(caller)
    assert (caller.final_status, caller.final_headers) == (503, {"Retry-After": "30"})
    rig.check_clean()


@virtual
async def test_the_directory_away_and_nothing_known_refuses(make_rig: MakeRig) -> None:
    rig = make_rig()
    rig.directory.fault = StoreUnavailableError("away")
    caller = FakeUas()
    await rig.offer(caller)
    assert (caller.final_status, caller.final_headers) == (503, {"Retry-After": "30"})
    assert rig.service.refused["store-unavailable"] == 1
    rig.check_clean()


@pytest.mark.parametrize("fault", [StoreUnavailableError("away"), VoicegwError("broken")])
@virtual
async def test_a_caller_nobody_can_look_up_is_missed(make_rig: MakeRig, fault: Exception) -> None:
    rig = make_rig()
    rig.directory.caller_fault = fault
    call_id, caller = await arrive(rig)
    await elapse(1.2)
    rig.check_over(call_id, CallOutcome.MISSED)
    assert caller.final_status == 480
    await close(rig)


@pytest.mark.parametrize("where", ["fault", "caller_fault"])
@virtual
async def test_a_defect_before_the_call_answers_500(make_rig: MakeRig, where: str) -> None:
    rig = make_rig()
    setattr(rig.directory, where, RuntimeError("a defect"))
    caller = FakeUas()
    await rig.offer(caller)
    assert caller.final_status == 500
    assert rig.service.refused["internal-error"] == 1
    assert (rig.counters.flow_faults, rig.service.live_count()) == (1, 0)
    assert not rig.journal.entries


@virtual
async def test_a_defect_as_the_call_begins_still_ends_it_once(
    make_rig: MakeRig, monkeypatch: pytest.MonkeyPatch
) -> None:
    rig = make_rig()
    caller = FakeUas()

    def breaks() -> SessionSnapshot:
        raise RuntimeError("a defect")

    monkeypatch.setattr(caller, "snapshot", breaks)
    call_id = await rig.offer(caller)
    rig.check_over(call_id, CallOutcome.FAILED)
    assert caller.final_status == 500
    assert rig.counters.flow_faults == 1
    await rig.service.drain(1)
    assert rig.clock.monotonic() < 1, "the node would wait for a call that is over"


@virtual
async def test_no_port_for_the_sound_refuses_the_caller(make_rig: MakeRig) -> None:
    rig = make_rig()
    rig.media.full = True
    call_id, caller = await arrive(rig)
    call = rig.check_over(call_id, CallOutcome.FAILED)
    assert call.failure == "media-full"
    assert caller.final_status == 503
    await close(rig)


@virtual
async def test_what_a_caller_asserts_never_stops_the_admission(make_rig: MakeRig) -> None:
    rig = make_rig()
    call_id, caller = await arrive(rig, headers=['P-Asserted-Identity: "open <sip:1@x>'])
    assert rig.record(call_id).customer_number == CUSTOMER_NUMBER
    caller.cancel()
    await close(rig)


# -- calls that go in circles ---------------------------------------------------------------------


@pytest.mark.parametrize(("given", "left"), [(70, 69), (5, 4), (1, 0), (255, 69), (None, 70)])
@virtual
async def test_the_hops_a_call_may_take_get_fewer(
    make_rig: MakeRig, given: int | None, left: int
) -> None:
    rig = make_rig()
    _, caller = await arrive(rig, max_forwards=given)
    assert rig.manager.target.max_forwards == left
    caller.cancel()
    await close(rig)


@virtual
async def test_a_call_from_a_hotline_has_come_back_to_us(make_rig: MakeRig) -> None:
    rig = make_rig()
    caller = FakeUas(caller=HOTLINE_NUMBER)
    assert await rig.offer(caller) == ""
    assert caller.final_status == 482
    assert rig.service.refused["loop"] == 1
    assert not rig.sessions
    await close(rig)


@virtual
async def test_who_calls_back_belongs_to_the_task_that_has_dialled(make_rig: MakeRig) -> None:
    rig = make_rig()
    rig.directory.dialled_task = DialledTask("tsk_1", "cus_1")
    call_id, caller = await to_talk(rig)
    assert rig.record(call_id).task_id == "tsk_1"
    caller.bye()
    await close(rig)
