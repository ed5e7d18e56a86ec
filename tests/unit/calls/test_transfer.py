"""A manager hands the customer on: whom to, what each hears, and what becomes of it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from tests.unit.calls.fake_signalling import (
    CUSTOMER_NUMBER,
    HOTLINE_NUMBER,
    MANAGER_NUMBER,
    FakeReferral,
    FakeUac,
    FakeUas,
)
from tests.unit.calls.fake_sound import BAD_SDP, HOLD_SDP
from tests.unit.calls.fake_world import COLLEAGUE_NUMBER
from tests.unit.calls.rig import FakeClock, Rig
from tests.unit.calls.stages import close, to_notice, to_talk
from tests.unit.calls.virtual_time import elapse, virtual
from voicegw.calls.policy import MAX_TRANSFERS, TransferFacts, TransferRefusal, transfer_refusal
from voicegw.errors import StoreUnavailableError
from voicegw.media.engine import FromLeg
from voicegw.model.call import (
    CallOutcome,
    HangupSource,
    LegRole,
)
from voicegw.model.directory import Manager, ManagerStatus, Phone

MakeRig = Callable[..., Rig]
MANAGER = LegRole.MANAGER
CUSTOMER = LegRole.CUSTOMER
NOW = FakeClock.start


def colleague(rig: Rig) -> FakeUac:
    """Return the INVITE to the colleague."""
    return rig.invited(COLLEAGUE_NUMBER)[-1]


def hears(rig: Rig, call_id: str, listener: LegRole) -> str:
    """Return what a leg hears just now, the last one of its role."""
    return rig.heard(call_id, listener)[-1]


async def to_ringing(rig: Rig) -> tuple[str, FakeUac, FakeReferral]:
    """Have the manager hand on to the colleague, whose telephone rings."""
    call_id = await to_talk(rig)
    first = rig.manager
    referral = first.refer(COLLEAGUE_NUMBER)
    await rig.turn()
    colleague(rig).progress(180)
    await rig.turn()
    return call_id, first, referral


async def to_colleague(rig: Rig) -> tuple[str, FakeUac, FakeReferral]:
    """Go on until the customer talks with the colleague."""
    stage = await to_ringing(rig)
    colleague(rig).pick_up()
    await elapse(1.1)
    return stage


@virtual
async def test_the_customer_is_handed_on(make_rig: MakeRig) -> None:
    rig = make_rig()
    call_id, first, referral = await to_colleague(rig)
    assert referral.told == [("accept", 202), ("progress", 180), ("finish", 200)]
    assert first.said("end")
    call = rig.record(call_id)
    assert call.manager_id == "mgr_2"
    assert rig.journal.types(call_id)[-1] == "call.transferred"
    assert rig.journal.types(call_id).count("call.bridged") == 1
    customer, new = rig.leg(call_id, CUSTOMER), rig.leg(call_id, MANAGER)
    assert new.manager_id == "mgr_2"
    assert rig.sound.hears[customer.id] == FromLeg(new.id)
    assert rig.sound.hears[new.id] == FromLeg(customer.id)
    assert [(step.step, step.target, step.result) for step in call.plan] == [
        ("transfer", "mgr_2", "connected")
    ]
    assert rig.sound.marks[-4:] == ["transfer", "notice", "notice-heard", "bridge"]
    await elapse(30)
    rig.customer.bye()
    await elapse(1)
    ended = rig.check_over(call_id, CallOutcome.CONNECTED)
    assert ended.hangup_source is HangupSource.CUSTOMER
    assert len(ended.legs) == 3
    (recording,) = rig.desk.submitted
    assert (recording.manager_id, rig.journal.recordings()[-1].manager_id) == ("mgr_2", "mgr_2")
    bridges = [
        rig.sound.details[place] for place, kind in enumerate(rig.sound.marks) if kind == "bridge"
    ]
    assert bridges == [{"manager": "mgr_1"}, {"manager": "mgr_2"}]
    await close(rig)


@virtual
async def test_who_takes_over_sees_the_hotline_and_hears_the_notice(make_rig: MakeRig) -> None:
    rig = make_rig()
    call_id, _, _ = await to_colleague(rig)
    assert colleague(rig).presentation.number == HOTLINE_NUMBER
    assert rig.played(call_id, MANAGER) == ["recording_notice"]
    assert rig.played(call_id, CUSTOMER).count("recording_notice") == 1
    colleague(rig).bye()
    await elapse(1)
    assert rig.check_over(call_id).hangup_source is HangupSource.MANAGER
    await close(rig)


@virtual
async def test_the_customer_hears_ring_back_and_the_manager_nothing(make_rig: MakeRig) -> None:
    rig = make_rig()
    call_id, _, _ = await to_ringing(rig)
    assert hears(rig, call_id, CUSTOMER) == "ringback_cn"
    first = rig.record(call_id).legs[0]
    assert rig.sound.heard[first.id][-1] == "silence"
    rig.customer.bye()
    await close(rig)


@virtual
async def test_the_manager_may_hang_up_at_once(make_rig: MakeRig) -> None:
    rig = make_rig()
    call_id, first, _ = await to_ringing(rig)
    first.bye()
    await rig.turn()
    left_at = rig.clock.now()
    assert not rig.slots.full("mgr_1")
    assert rig.service.live(call_id) is not None
    await elapse(10)
    colleague(rig).pick_up()
    await elapse(1.1)
    assert rig.record(call_id).manager_id == "mgr_2"
    old = rig.record(call_id).legs[0]
    assert old.ended_at is not None
    assert old.ended_at <= left_at
    assert old.hangup_source is HangupSource.MANAGER
    colleague(rig).bye()
    await elapse(1)
    rig.check_over(call_id, CallOutcome.CONNECTED)
    await close(rig)


@virtual
async def test_the_place_of_who_handed_on_is_free_again(make_rig: MakeRig) -> None:
    rig = make_rig()
    await to_colleague(rig)
    assert not rig.slots.full("mgr_1")
    assert rig.slots.full("mgr_2")
    rig.customer.bye()
    await close(rig)


@virtual
async def test_a_callers_manager_may_hand_on_too(make_rig: MakeRig) -> None:
    rig = make_rig()
    caller = FakeUas()
    call_id = await rig.offer(caller)
    rig.manager.progress(180)
    rig.manager.pick_up()
    await rig.turn()
    caller.ack()
    await elapse(1.1)
    referral = rig.manager.refer("1002")
    await rig.turn()
    colleague(rig).pick_up()
    await elapse(1.1)
    assert referral.told == [("accept", 202), ("finish", 200)]
    assert rig.record(call_id).manager_id == "mgr_2"
    caller.bye()
    await elapse(1)
    rig.check_over(call_id, CallOutcome.CONNECTED)
    await close(rig)


@virtual
async def test_handed_on_twice(make_rig: MakeRig) -> None:
    rig = make_rig()
    call_id, _, _ = await to_colleague(rig)
    second = colleague(rig).refer(MANAGER_NUMBER)
    await rig.turn()
    rig.manager.pick_up()
    await elapse(1.1)
    assert second.told[-1] == ("finish", 200)
    assert rig.record(call_id).manager_id == "mgr_1"
    rig.customer.bye()
    await elapse(1)
    assert len(rig.check_over(call_id, CallOutcome.CONNECTED).legs) == 4
    await close(rig)


@virtual
async def test_the_longest_talk_counts_from_its_beginning(make_rig: MakeRig) -> None:
    rig = make_rig()
    call_id = await to_talk(rig)
    await elapse(300)
    rig.manager.refer(COLLEAGUE_NUMBER)
    await rig.turn()
    colleague(rig).pick_up()
    await elapse(301)
    assert rig.check_over(call_id, CallOutcome.CONNECTED).failure == "max-talk"
    await close(rig)


# -- when it fails -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "told", "result"),
    [(486, 486, "busy"), (480, 480, "no_answer"), (603, 603, "declined"), (404, 404, "invalid")],
)
@virtual
async def test_a_refusal_gives_the_customer_back(
    make_rig: MakeRig, status: int, told: int, result: str
) -> None:
    rig = make_rig()
    call_id, first, referral = await to_ringing(rig)
    colleague(rig).refuse(status)
    await rig.turn()
    assert referral.told[-1] == ("finish", told)
    customer, manager = rig.leg(call_id, CUSTOMER), rig.record(call_id).legs[0]
    assert rig.sound.hears[customer.id] == FromLeg(manager.id)
    assert rig.sound.hears[manager.id] == FromLeg(customer.id)
    assert not rig.slots.full("mgr_2")
    assert rig.record(call_id).manager_id == "mgr_1"
    first.bye()
    await elapse(1)
    call = rig.check_over(call_id, CallOutcome.CONNECTED)
    assert call.plan[0].result == result
    assert call.failure is None
    await close(rig)


@virtual
async def test_a_held_customer_given_back_hears_music(make_rig: MakeRig) -> None:
    rig = make_rig()
    call_id = await to_talk(rig)
    rig.manager.reinvite(HOLD_SDP)
    await rig.turn()
    rig.manager.refer(COLLEAGUE_NUMBER)
    await rig.turn()
    assert hears(rig, call_id, CUSTOMER) == "ringback_cn"
    colleague(rig).refuse(486)
    await rig.turn()
    assert hears(rig, call_id, CUSTOMER) == "moh"
    rig.customer.bye()
    await close(rig)


@pytest.mark.parametrize(
    ("status", "prompt"), [(486, "manager_busy"), (480, "manager_unavailable")]
)
@virtual
async def test_a_customer_left_alone_is_told(make_rig: MakeRig, status: int, prompt: str) -> None:
    rig = make_rig()
    call_id, first, _ = await to_ringing(rig)
    first.bye()
    await rig.turn()
    colleague(rig).refuse(status)
    await elapse(2)
    assert prompt in rig.played(call_id, CUSTOMER)
    call = rig.check_over(call_id, CallOutcome.CONNECTED)
    assert (call.failure, call.hangup_source) == ("transfer-failed", HangupSource.GATEWAY)
    assert call.sip_code == status
    await close(rig)


@virtual
async def test_a_colleague_who_hangs_up_on_the_notice(make_rig: MakeRig) -> None:
    rig = make_rig()
    call_id, first, referral = await to_ringing(rig)
    colleague(rig).pick_up()
    await elapse(0.5)
    colleague(rig).bye()
    await elapse(1)
    assert referral.told[-1] == ("finish", 500)
    assert rig.service.live(call_id) is not None
    customer, manager = rig.leg(call_id, CUSTOMER), rig.record(call_id).legs[0]
    assert rig.sound.hears[customer.id] == FromLeg(manager.id)
    first.bye()
    await close(rig)


@virtual
async def test_a_mailbox_takes_no_customer(make_rig: MakeRig) -> None:
    rig = make_rig()
    rig.directory.hotline_.confirm_manager = True
    call_id = await rig.dial()
    rig.manager.pick_up()
    await rig.turn()
    rig.sound.key(rig.leg(call_id, MANAGER).id, "1")
    await elapse(1.2)
    rig.customer.pick_up()
    await elapse(1.2)
    referral = rig.manager.refer(COLLEAGUE_NUMBER)
    await rig.turn()
    colleague(rig).pick_up()
    await elapse(21)
    assert referral.told[-1] == ("finish", 480)
    assert rig.service.live(call_id) is not None
    rig.customer.bye()
    await close(rig)


async def given_back(rig: Rig, call_id: str, first: FakeUac) -> None:
    """Check that customer and transferor talk on as if nothing had been tried."""
    assert rig.service.live(call_id) is not None
    customer, manager = rig.leg(call_id, CUSTOMER), rig.record(call_id).legs[0]
    assert rig.sound.hears[customer.id] == FromLeg(manager.id)
    assert rig.sound.hears[manager.id] == FromLeg(customer.id)
    assert not rig.slots.full("mgr_2")
    first.bye()
    await elapse(1)
    rig.check_over(call_id, CallOutcome.CONNECTED)
    await close(rig)


@virtual
async def test_a_colleague_who_hangs_up_at_once(make_rig: MakeRig) -> None:
    rig = make_rig()
    call_id, first, referral = await to_ringing(rig)
    colleague(rig).pick_up()
    colleague(rig).bye()
    await elapse(1)
    assert referral.told[-1] == ("finish", 480)
    await given_back(rig, call_id, first)


@pytest.mark.parametrize("answer", [BAD_SDP, None])
@virtual
async def test_an_answer_nothing_can_be_heard_of_is_no_success(
    make_rig: MakeRig, answer: str | None
) -> None:
    rig = make_rig()
    call_id, first, referral = await to_ringing(rig)
    colleague(rig).pick_up(answer)
    await elapse(1)
    assert referral.told[-1] == ("finish", 480)
    await given_back(rig, call_id, first)


@virtual
async def test_no_port_for_a_third_telephone_ends_no_talk(make_rig: MakeRig) -> None:
    rig = make_rig()
    call_id = await to_talk(rig)
    rig.sound.ports_left = 0
    first = rig.manager
    referral = first.refer(COLLEAGUE_NUMBER)
    await rig.turn()
    assert referral.told == [("accept", 202), ("finish", 500)]
    await given_back(rig, call_id, first)


@pytest.mark.parametrize("who", ["customer", "api", "sound"])
@virtual
async def test_what_ends_the_call_ends_the_transfer(make_rig: MakeRig, who: str) -> None:
    rig = make_rig()
    call_id, _, referral = await to_ringing(rig)
    if who == "customer":
        rig.customer.bye()
    elif who == "api":
        await rig.service.hangup(call_id)
    else:
        rig.sound.die()
    await elapse(1)
    assert referral.told[-1] == ("finish", 487)
    assert colleague(rig).said("end")
    outcome = CallOutcome.INTERRUPTED if who == "sound" else CallOutcome.CONNECTED
    rig.check_over(call_id, outcome)
    await close(rig)


@virtual
async def test_silence_of_who_hands_on_ends_nothing(make_rig: MakeRig) -> None:
    rig = make_rig()
    call_id, _, _ = await to_ringing(rig)
    rig.sound.fall_silent(rig.record(call_id).legs[0].id)
    await rig.turn()
    assert rig.service.live(call_id) is not None
    rig.customer.bye()
    await close(rig)


# -- who may be named ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("user", "status"),
    [
        ("+12025550123", 404),
        ("110", 404),
        (CUSTOMER_NUMBER, 404),
        (HOTLINE_NUMBER, 404),
        ("", 404),
        (MANAGER_NUMBER, 403),
    ],
)
@virtual
async def test_only_colleagues_can_be_named(make_rig: MakeRig, user: str, status: int) -> None:
    rig = make_rig()
    call_id = await to_talk(rig)
    invites = len(rig.sessions)
    referral = rig.manager.refer(user)
    await rig.turn()
    assert referral.told == [("refuse", status)]
    assert len(rig.sessions) == invites
    customer, manager = rig.leg(call_id, CUSTOMER), rig.leg(call_id, MANAGER)
    assert rig.sound.hears[customer.id] == FromLeg(manager.id)
    rig.customer.bye()
    await elapse(1)
    assert rig.check_over(call_id, CallOutcome.CONNECTED).plan == []
    await close(rig)


@virtual
async def test_a_telephone_that_tries_without_end_is_stopped(make_rig: MakeRig) -> None:
    rig = make_rig()
    call_id = await to_talk(rig)
    first = rig.manager
    for _ in range(MAX_TRANSFERS):
        first.refer(COLLEAGUE_NUMBER)
        await rig.turn()
        colleague(rig).refuse(486)
        await rig.turn()
    legs = len(rig.record(call_id).legs)
    referral = first.refer(COLLEAGUE_NUMBER)
    await rig.turn()
    assert referral.told == [("refuse", 403)]
    assert len(rig.record(call_id).legs) == legs
    await given_back(rig, call_id, first)


@virtual
async def test_a_busy_colleague_is_not_rung(make_rig: MakeRig) -> None:
    rig = make_rig()
    await to_talk(rig)
    rig.slots.take("mgr_2")
    referral = rig.manager.refer(COLLEAGUE_NUMBER)
    await rig.turn()
    assert referral.told == [("refuse", 486)]
    rig.slots.give_back("mgr_2")
    rig.customer.bye()
    await close(rig)


@virtual
async def test_a_store_that_is_away_refuses(make_rig: MakeRig) -> None:
    rig = make_rig()
    await to_talk(rig)
    rig.directory.fault = StoreUnavailableError("away")
    referral = rig.manager.refer(COLLEAGUE_NUMBER)
    await rig.turn()
    assert referral.told == [("refuse", 503)]
    rig.directory.fault = None
    rig.customer.bye()
    await close(rig)


@virtual
async def test_before_the_talk_nobody_is_handed_on(make_rig: MakeRig) -> None:
    rig = make_rig()
    await to_notice(rig)
    assert rig.manager.refer(COLLEAGUE_NUMBER).told == [("refuse", 480)]
    rig.customer.bye()
    await close(rig)


@virtual
async def test_the_customer_hands_nobody_on(make_rig: MakeRig) -> None:
    rig = make_rig()
    call_id = await to_talk(rig)
    referral = rig.customer.refer(COLLEAGUE_NUMBER)
    await rig.turn()
    assert referral.told == [("refuse", 403)]
    assert rig.service.live(call_id) is not None
    rig.customer.bye()
    await close(rig)


@virtual
async def test_one_wish_at_a_time(make_rig: MakeRig) -> None:
    rig = make_rig()
    await to_talk(rig)
    first = rig.manager.refer(COLLEAGUE_NUMBER)
    second = rig.manager.refer(COLLEAGUE_NUMBER)
    assert second.told == [("refuse", 480)]
    await rig.turn()
    assert first.told[0] == ("accept", 202)
    rig.customer.bye()
    await close(rig)


def manager(**changes: object) -> Manager:
    values: dict[str, object] = {"phones": [Phone(number=COLLEAGUE_NUMBER)], **changes}
    return Manager(id="mgr_2", name="Colleague", group_id="grp_1", **values)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("target", "by", "busy", "refusal"),
    [
        (manager(), "mgr_1", False, None),
        (manager(), "mgr_1", True, TransferRefusal.BUSY),
        (manager(), "mgr_2", False, TransferRefusal.SELF),
        (manager(), None, False, TransferRefusal.UNKNOWN),
        (None, "mgr_1", False, TransferRefusal.UNKNOWN),
        (manager(status=ManagerStatus.DEPARTED), "mgr_1", False, TransferRefusal.UNKNOWN),
        (manager(status=ManagerStatus.AWAY), "mgr_1", False, TransferRefusal.UNAVAILABLE),
        (
            manager(status=ManagerStatus.AWAY, away_until=NOW - timedelta(hours=1)),
            "mgr_1",
            False,
            None,
        ),
        (manager(phones=[]), "mgr_1", False, TransferRefusal.UNAVAILABLE),
    ],
)
def test_the_rule(
    target: Manager | None, by: str | None, busy: bool, refusal: TransferRefusal | None
) -> None:
    assert transfer_refusal(TransferFacts(target, by, busy=busy, at=NOW)) is refusal
