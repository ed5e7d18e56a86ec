"""Managers of a group are rung by a strategy; whoever takes the call has it alone."""

from __future__ import annotations

from typing import cast

import pytest

from tests.unit.calls.crowd import Crowd, MakeRig, manager, staffed, taken
from tests.unit.calls.virtual_time import elapse, virtual
from voicegw.calls.agents import TalksToday
from voicegw.calls.caller import Caller
from voicegw.calls.steps.group import ring_group
from voicegw.calls.steps.taken import StepTaken
from voicegw.model.call import CallOutcome, LegResult, LegRole
from voicegw.model.routing import GroupRouting, GroupStrategy
from voicegw.routing.plan import PlanStep, StepKind, StepResult
from voicegw.sip.fork import COMPLETED_ELSEWHERE

THREE = [manager(1), manager(2), manager(3)]
CUSTOMER = LegRole.CUSTOMER


async def close(crowd: Crowd) -> None:
    """Let the last words come and check that nothing is left."""
    await elapse(5)
    crowd.rig.finish_signalling()
    await elapse(1)
    crowd.rig.check_clean()
    assert crowd.rig.journal.open_legs() == set()


@virtual
async def test_all_ring_and_the_first_who_answers_has_the_call(make_rig: MakeRig) -> None:
    crowd = staffed(make_rig(), THREE, group=GroupRouting(strategy=GroupStrategy.RING_ALL))
    caller = await crowd.arrive()
    assert [len(crowd.ringing(number)) for number in (1, 2, 3)] == [1, 1, 1]
    for number in (1, 2, 3):
        crowd.phone(number)[0].progress(180)
    await crowd.rig.turn()
    crowd.phone(2)[0].pick_up()
    await crowd.rig.turn()
    for number in (1, 3):
        assert crowd.phone(number)[0].said("end") == [("end", 200, None)]
        assert crowd.phone(number)[0].ended_text == COMPLETED_ELSEWHERE
        assert not crowd.rig.slots.full(manager(number).id)
    assert crowd.rig.slots.full("mgr_002")
    caller.ack()
    await elapse(1.1)
    [call_id] = crowd.call_ids()
    call = crowd.rig.record(call_id)
    assert call.bridged_at is not None
    assert call.manager_id == "mgr_002"
    assert taken(call) == [("group", "mgr_002", "connected")]
    caller.bye()
    await elapse(1)
    ended = crowd.rig.check_over(call_id, CallOutcome.CONNECTED)
    assert [leg.result for leg in ended.legs] == [
        LegResult.ANSWERED,
        LegResult.CANCELED,
        LegResult.ANSWERED,
        LegResult.CANCELED,
    ]
    await close(crowd)


@virtual
async def test_two_who_answer_at_once_do_not_both_get_the_caller(make_rig: MakeRig) -> None:
    crowd = staffed(make_rig(), THREE, group=GroupRouting(strategy=GroupStrategy.RING_ALL))
    caller = await crowd.arrive()
    for number in (1, 3):
        crowd.phone(number)[0].pick_up()
    await crowd.rig.turn()
    caller.ack()
    await elapse(1.1)
    assert crowd.phone(3)[0].over, "the second is hung up"
    assert not crowd.phone(1)[0].over
    assert crowd.rig.record(crowd.call_ids()[0]).manager_id == "mgr_001"
    caller.bye()
    await close(crowd)


@virtual
async def test_with_a_key_to_confirm_a_mailbox_takes_no_call(make_rig: MakeRig) -> None:
    crowd = staffed(make_rig(), THREE, group=GroupRouting(strategy=GroupStrategy.RING_ALL))
    crowd.rig.directory.hotline_.confirm_manager = True
    caller = await crowd.arrive()
    crowd.phone(1)[0].pick_up()
    await crowd.rig.turn()
    crowd.phone(2)[0].pick_up()
    await crowd.rig.turn()
    call = crowd.rig.record(crowd.call_ids()[0])
    assert not caller.answered
    [leg] = [one for one in call.legs if one.manager_id == "mgr_002"]
    crowd.rig.sound.key(leg.id, "1")
    await crowd.rig.turn()
    assert crowd.phone(1)[0].over
    assert crowd.phone(3)[0].said("end")
    caller.ack()
    await elapse(1.1)
    call = crowd.rig.record(call.id)
    assert call.bridged_at is not None
    assert [one.accepted_at is not None for one in call.legs] == [False, False, True, False]
    caller.bye()
    await close(crowd)


@virtual
async def test_one_who_declines_leaves_the_others_ringing_and_can_be_dialled(
    make_rig: MakeRig,
) -> None:
    crowd = staffed(make_rig(), THREE, group=GroupRouting(strategy=GroupStrategy.RING_ALL))
    caller = await crowd.arrive()
    crowd.phone(1)[0].refuse(603)
    await crowd.rig.turn()
    assert not crowd.rig.slots.full("mgr_001")
    assert [len(crowd.ringing(number)) for number in (1, 2, 3)] == [0, 1, 1]
    caller.cancel()
    await close(crowd)


@virtual
async def test_of_all_who_fail_the_most_telling_failure_is_the_calls(make_rig: MakeRig) -> None:
    crowd = staffed(
        make_rig(), THREE, group=GroupRouting(strategy=GroupStrategy.RING_ALL, ring_s=20)
    )
    await crowd.arrive()
    crowd.phone(1)[0].refuse(404)
    crowd.phone(2)[0].refuse(486)
    crowd.phone(3)[0].progress(180)
    await elapse(21)
    call = crowd.rig.check_over(crowd.call_ids()[0], CallOutcome.MISSED)
    assert taken(call) == [
        ("group", None, "no_answer"),
        ("hang_up", "manager_unavailable", "done"),
    ]
    await close(crowd)


@pytest.mark.parametrize(
    ("strategy", "first", "second"),
    [
        (GroupStrategy.LONGEST_IDLE, 2, 3),
        (GroupStrategy.FEWEST_CALLS, 3, 1),
        (GroupStrategy.ROUND_ROBIN, 2, 3),
    ],
)
@virtual
async def test_one_after_the_other_in_the_order_of_the_strategy(
    make_rig: MakeRig,
    strategy: GroupStrategy,
    first: int,
    second: int,
) -> None:
    rig = make_rig()
    start = rig.clock.start
    talks = [("mgr_001", 2, 30), ("mgr_002", 3, 10), ("mgr_003", 1, 20)]
    rig.agents.remember(
        TalksToday(name, calls, start.replace(minute=0, second=second_))
        for name, calls, second_ in talks
    )
    rig.agents.rung("mgr_001", "grp_1")
    crowd = staffed(rig, THREE, group=GroupRouting(strategy=strategy, ring_s=20))
    caller = await crowd.arrive()
    assert len(crowd.ringing(first)) == 1
    assert len(rig.sessions) == 1
    crowd.phone(first)[0].progress(180)
    await elapse(20.1)
    assert len(crowd.ringing(second)) == 1
    assert len(rig.sessions) == 2
    caller.cancel()
    await close(crowd)


@virtual
async def test_whoever_talks_is_not_rung_and_all_busy_is_said(make_rig: MakeRig) -> None:
    rig = make_rig()
    crowd = staffed(rig, THREE, group=GroupRouting())
    for one in THREE:
        rig.slots.take(one.id)
    await crowd.arrive()
    await elapse(2)
    assert rig.sessions == []
    call = rig.check_over(crowd.call_ids()[0], CallOutcome.MANAGER_BUSY)
    assert taken(call) == [
        ("group", None, "busy"),
        ("hang_up", "manager_busy", "done"),
    ]
    for one in THREE:
        rig.slots.give_back(one.id)
    await close(crowd)


@virtual
async def test_a_group_without_anybody_is_left() -> None:
    nobody = cast(Caller, None)
    taken_ = await ring_group(nobody, PlanStep(StepKind.GROUP), None)
    assert taken_ == StepTaken(StepResult.EMPTY)


@virtual
async def test_no_more_ring_at_once_than_the_node_allows(make_rig: MakeRig) -> None:
    many = [manager(number) for number in range(1, 14)]
    crowd = staffed(make_rig(), many, group=GroupRouting(strategy=GroupStrategy.RING_ALL))
    caller = await crowd.arrive()
    assert len(crowd.rig.sessions) == 10
    for session in list(crowd.rig.sessions):
        session.refuse(486)
    await crowd.rig.turn()
    assert len(crowd.rig.sessions) == 13
    caller.cancel()
    await close(crowd)


@virtual
async def test_a_caller_who_gives_up_stops_every_telephone(make_rig: MakeRig) -> None:
    crowd = staffed(make_rig(), THREE, group=GroupRouting(strategy=GroupStrategy.RING_ALL))
    caller = await crowd.arrive()
    caller.cancel()
    await crowd.rig.turn()
    assert all(crowd.phone(number)[0].said("end") for number in (1, 2, 3))
    crowd.rig.check_over(crowd.call_ids()[0], CallOutcome.ABANDONED)
    await close(crowd)


@virtual
async def test_one_who_hangs_up_as_soon_as_answering_has_not_taken_the_call(
    make_rig: MakeRig,
) -> None:
    crowd = staffed(make_rig(), THREE, group=GroupRouting(ring_s=10))
    caller = await crowd.arrive()
    crowd.phone(1)[0].pick_up()
    crowd.phone(1)[0].bye()
    await crowd.rig.turn()
    assert len(crowd.ringing(2)) == 1
    caller.cancel()
    await close(crowd)
