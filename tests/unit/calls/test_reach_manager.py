"""One manager, several telephones, a mailbox among them: a person takes the call, or nobody."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.unit.calls.crowd import manager, staffed
from tests.unit.calls.fake_signalling import MANAGER_NUMBER, FakeUac, FakeUas
from tests.unit.calls.fake_world import COLLEAGUE_NUMBER
from tests.unit.calls.rig import Rig
from tests.unit.calls.virtual_time import elapse, virtual
from voicegw.model.call import CallOutcome, LegResult, LegRole
from voicegw.model.directory import HotlineAnswer, Phone
from voicegw.model.routing import GroupRouting, GroupStrategy, RingOrder, Routing
from voicegw.sip.fork import COMPLETED_ELSEWHERE

MakeRig = Callable[..., Rig]
DESK_NUMBER = "+862161111111"


def prepare(rig: Rig, *, confirm: bool = False, **routing: object) -> None:
    """Give the owner a second telephone and the hotline its wishes."""
    rig.directory.manager_.phones.append(Phone(number=DESK_NUMBER, order=1))
    rig.directory.hotline_.confirm_manager = confirm
    rig.directory.hotline_.routing = Routing(**routing)  # type: ignore[arg-type]


async def arrive(rig: Rig) -> tuple[str, FakeUas]:
    caller = FakeUas()
    call_id = await rig.offer(caller)
    if caller.answered:
        caller.ack()
        await elapse(1.1)
    return call_id, caller


def telephones(rig: Rig) -> tuple[FakeUac, FakeUac]:
    return rig.invited(MANAGER_NUMBER)[-1], rig.invited(DESK_NUMBER)[-1]


def leg_of(rig: Rig, call_id: str, number: str) -> str:
    return next(leg.id for leg in rig.record(call_id).legs if leg.number == number)


async def close(rig: Rig) -> None:
    await elapse(5)
    rig.finish_signalling()
    await elapse(1)
    rig.check_clean()
    assert rig.journal.open_legs() == set()


@virtual
async def test_the_first_of_all_telephones_has_the_call(make_rig: MakeRig) -> None:
    rig = make_rig()
    prepare(rig, ring=RingOrder.AT_ONCE)
    call_id, caller = await arrive(rig)
    mobile, desk = telephones(rig)
    mobile.progress(180)
    desk.progress(180)
    await elapse(3)
    desk.pick_up()
    await rig.turn()
    assert mobile.said("end") == [("end", 200, None)], "a missed call on the mobile"
    caller.ack()
    await elapse(1.1)
    assert rig.record(call_id).bridged_at is not None
    mobile.refuse(487)
    caller.bye()
    await elapse(1)
    call = rig.check_over(call_id, CallOutcome.CONNECTED)
    assert [leg.result for leg in call.legs if leg.role is LegRole.MANAGER] == [
        LegResult.CANCELED,
        LegResult.ANSWERED,
    ]
    await close(rig)


@virtual
async def test_a_mailbox_that_answers_first_does_not_take_the_call_from_a_person(
    make_rig: MakeRig,
) -> None:
    rig = make_rig()
    prepare(rig, confirm=True, ring=RingOrder.AT_ONCE)
    call_id, caller = await arrive(rig)
    mobile, desk = telephones(rig)
    mobile.pick_up()
    await elapse(4)
    assert not desk.said("end")
    desk.pick_up()
    await elapse(1)
    mailbox = leg_of(rig, call_id, MANAGER_NUMBER)
    person = leg_of(rig, call_id, DESK_NUMBER)
    assert rig.sound.gathering == {mailbox, person}
    rig.sound.key(person, "1")
    await rig.turn()
    assert mobile.over
    caller.ack()
    await elapse(1.1)
    call = rig.record(call_id)
    assert call.bridged_at is not None
    assert rig.sound.heard[person][:2] == ["inbound_whisper", "silence"]
    caller.bye()
    await elapse(1)
    rig.check_over(call_id, CallOutcome.CONNECTED)
    await close(rig)


@virtual
async def test_a_mailbox_alone_takes_no_call(make_rig: MakeRig) -> None:
    rig = make_rig()
    prepare(rig, confirm=True, ring=RingOrder.AT_ONCE)
    call_id, _ = await arrive(rig)
    mobile, desk = telephones(rig)
    mobile.pick_up()
    desk.progress(180)
    await elapse(60)
    call = rig.check_over(call_id, CallOutcome.MISSED)
    assert [leg.result for leg in call.legs if leg.role is LegRole.MANAGER] == [
        LegResult.NOT_CONFIRMED,
        LegResult.NO_ANSWER,
    ]
    await close(rig)


@virtual
async def test_who_declines_on_one_telephone_has_declined(make_rig: MakeRig) -> None:
    rig = make_rig()
    prepare(rig, ring=RingOrder.AT_ONCE)
    call_id, _ = await arrive(rig)
    mobile, desk = telephones(rig)
    desk.progress(180)
    mobile.refuse(603)
    await elapse(2)
    assert desk.said("end")
    rig.check_over(call_id, CallOutcome.MANAGER_DECLINED)
    await close(rig)


@pytest.mark.parametrize(
    ("mobile_says", "desk_says", "outcome", "status"),
    [
        (486, 486, CallOutcome.MANAGER_BUSY, 486),
        (404, 486, CallOutcome.MANAGER_BUSY, 486),
        (404, 503, CallOutcome.MANAGER_UNREACHABLE, 480),
    ],
)
@virtual
async def test_the_most_telling_failure_counts(
    make_rig: MakeRig, mobile_says: int, desk_says: int, outcome: CallOutcome, status: int
) -> None:
    rig = make_rig()
    prepare(rig, ring=RingOrder.AT_ONCE)
    rig.router.trunks = rig.router.trunks[:1]
    call_id, caller = await arrive(rig)
    mobile, desk = telephones(rig)
    mobile.refuse(mobile_says)
    await elapse(0.1)
    desk.refuse(desk_says)
    await elapse(2)
    rig.check_over(call_id, outcome)
    assert caller.final_status == status
    await close(rig)


@pytest.mark.parametrize("at_once", [False, True])
@virtual
async def test_a_caller_who_gives_up_ends_every_ringing(make_rig: MakeRig, at_once: bool) -> None:
    rig = make_rig()
    prepare(rig, ring=RingOrder.AT_ONCE if at_once else RingOrder.IN_ORDER)
    call_id, caller = await arrive(rig)
    await elapse(2)
    caller.cancel()
    await elapse(1)
    rig.check_over(call_id, CallOutcome.ABANDONED)
    assert all(session.said("end") for session in rig.sessions)
    assert len(rig.sessions) == (2 if at_once else 1)
    await close(rig)


@virtual
async def test_a_manager_hears_who_calls_before_the_two_are_connected(make_rig: MakeRig) -> None:
    rig = make_rig()
    rig.directory.customer_.class_ = "core"
    rig.directory.hotline_.routing = Routing(tell_manager=True)
    call_id, caller = await arrive(rig)
    rig.manager.pick_up()
    await rig.turn()
    assert rig.heard(call_id, LegRole.MANAGER) == ["caller_core+ends_in+d8+d0+d0+d0"]
    assert not caller.answered, "the caller still hears ring-back"
    await elapse(7)
    assert caller.answered
    caller.ack()
    await elapse(1.1)
    caller.bye()
    await elapse(1)
    rig.check_over(call_id, CallOutcome.CONNECTED)
    await close(rig)


@virtual
async def test_who_is_asked_for_a_key_hears_who_calls_over_and_over(make_rig: MakeRig) -> None:
    rig = make_rig()
    rig.directory.hotline_.routing = Routing(tell_manager=True)
    rig.directory.hotline_.confirm_manager = True
    rig.directory.hotline_.answer = HotlineAnswer.AT_ONCE
    call_id, caller = await arrive(rig)
    rig.manager.pick_up()
    await rig.turn()
    names = "caller_customer+ends_in+d8+d0+d0+d0+press_1_to_take"
    assert rig.heard(call_id, LegRole.MANAGER) == [names]
    assert rig.heard(call_id, LegRole.CUSTOMER)[-1] == "ringback_cn"
    rig.sound.key(leg_of(rig, call_id, MANAGER_NUMBER), "1")
    await elapse(1.2)
    assert rig.record(call_id).bridged_at is not None
    caller.bye()
    await elapse(1)
    rig.check_over(call_id, CallOutcome.CONNECTED)
    await close(rig)


@virtual
async def test_of_a_withheld_number_nothing_is_told(make_rig: MakeRig) -> None:
    rig = make_rig()
    rig.directory.hotline_.routing = Routing(tell_manager=True)
    caller = FakeUas(headers=["Privacy: id"])
    call_id = await rig.offer(caller)
    rig.manager.pick_up()
    await rig.turn()
    assert rig.heard(call_id, LegRole.MANAGER) == ["caller_customer"]
    caller.cancel()
    await close(rig)


@pytest.mark.parametrize("ring", RingOrder)
@virtual
async def test_who_hangs_up_on_hearing_it_has_declined_and_the_next_is_rung(
    make_rig: MakeRig, ring: RingOrder
) -> None:
    rig = make_rig()
    prepare(rig, ring=ring, tell_manager=True)
    rig.directory.manager_.deputy_id = rig.directory.colleague.id
    call_id, caller = await arrive(rig)
    rig.manager.pick_up()
    await elapse(0.5)
    rig.manager.bye()
    await rig.turn()
    [deputy] = rig.invited(COLLEAGUE_NUMBER)
    deputy.pick_up()
    await elapse(7)
    caller.ack()
    await elapse(1.1)
    call = rig.record(call_id)
    assert [(one.step, one.result) for one in call.plan] == [
        ("owner", "declined"),
        ("deputy", "connected"),
    ]
    assert call.manager_id == rig.directory.colleague.id
    assert not rig.slots.full("mgr_1"), "a manager who was not won can be rung by others"
    caller.bye()
    await elapse(1)
    rig.check_over(call_id, CallOutcome.CONNECTED)
    await close(rig)


@virtual
async def test_the_record_says_whom_a_step_meant_and_why(make_rig: MakeRig) -> None:
    rig = make_rig()
    rig.directory.last_manager_id = rig.directory.colleague.id
    rig.directory.manager_.phones = []
    call_id, caller = await arrive(rig)
    caller.cancel()
    await elapse(1)
    call = rig.check_over(call_id, CallOutcome.ABANDONED)
    assert [(one.step, one.target, one.result, one.reason) for one in call.plan] == [
        ("owner", "mgr_1", "skipped", "no-phone"),
        ("recent", "mgr_2", "canceled", "last-contact"),
    ]
    await close(rig)


@virtual
async def test_all_telephones_of_a_slower_colleague_are_told_that_it_was_taken(
    make_rig: MakeRig,
) -> None:
    rig = make_rig()
    two = [manager(1), manager(2)]
    for number, one in enumerate(two, 1):
        one.phones.append(Phone(number=f"+86136{number:08}", order=1))
    group = GroupRouting(GroupStrategy.RING_ALL)
    crowd = staffed(rig, two, group=group, ring=RingOrder.AT_ONCE)
    caller = await crowd.arrive()
    assert len(rig.sessions) == 4
    winner = crowd.phone(2)[0]
    winner.pick_up()
    await rig.turn()
    others = [one for one in rig.sessions if one is not winner]
    assert [one.said("end") for one in others] == [[("end", 200, None)]] * 3
    assert {one.ended_text for one in others} == {COMPLETED_ELSEWHERE}
    caller.ack()
    await elapse(1.1)
    caller.bye()
    await close(rig)
