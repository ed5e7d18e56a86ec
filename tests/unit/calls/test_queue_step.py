"""Callers wait for managers: in order, with something to hear, and with a way out."""

from __future__ import annotations

from typing import cast

import msgspec
import pytest

from tests.unit.calls.crowd import Crowd, MakeRig, manager, staffed, taken
from tests.unit.calls.virtual_time import elapse, virtual
from voicegw.calls.caller import Caller
from voicegw.calls.steps.queue import wait_in_queue
from voicegw.calls.steps.taken import StepTaken
from voicegw.errors import StoreUnavailableError
from voicegw.model.call import CallOutcome, CallStatus, LegRole
from voicegw.model.directory import ManagerStatus
from voicegw.model.routing import GroupStrategy, QueueRouting
from voicegw.routing.plan import PlanStep, StepKind, StepResult
from voicegw.routing.queue import Departure, QueueKey

ONE = [manager(1)]
TWO = [manager(1), manager(2)]
CUSTOMER = LegRole.CUSTOMER
KEY = QueueKey("hot_1", "grp_1")


async def close(crowd: Crowd) -> None:
    """Let the last words come and check that nothing is left."""
    await elapse(40)
    crowd.rig.finish_signalling()
    await elapse(1)
    crowd.rig.check_clean()
    assert crowd.rig.journal.open_legs() == set()
    figures = crowd.rig.room.line.figures[KEY]
    assert figures.entered == figures.departed.total()


async def to_talk(crowd: Crowd, number: int = 1) -> None:
    """Have a manager who is rung take the call, and let the notice pass."""
    crowd.ringing(number)[-1].pick_up()
    await elapse(1.1)


@virtual
async def test_a_caller_waits_hears_the_position_and_is_served(make_rig: MakeRig) -> None:
    rig = make_rig()
    crowd = staffed(rig, ONE, queue=QueueRouting(announce_every_s=30))
    first = await crowd.arrive()
    await to_talk(crowd)
    second = await crowd.arrive(caller="+8613800138001")
    third = await crowd.arrive(caller="+8613800138002")
    _, second_id, third_id = crowd.call_ids()
    assert second.answered
    assert rig.record(third_id).status is CallStatus.IN_PROGRESS
    assert rig.heard(third_id, CUSTOMER) == ["queue_position+d1+people+queue_callback"]
    await elapse(4.5)
    assert rig.heard(third_id, CUSTOMER)[-1] == "moh"
    first.bye()
    await elapse(4)
    assert crowd.ringing(1) == [], "after a call there is time to write something down"
    await elapse(1.1)
    await to_talk(crowd)
    assert rig.record(second_id).bridged_at is not None
    await elapse(30)
    sound = rig.media.sounds[2]
    heard = sound.heard[rig.leg(third_id, CUSTOMER).id]
    assert heard[:4] == [
        "queue_position+d1+people+queue_callback",
        "moh",
        "queue_next+queue_callback",
        "moh",
    ]
    second.bye()
    await elapse(6)
    await to_talk(crowd)
    call = rig.record(third_id)
    assert call.bridged_at is not None
    assert taken(call) == [("queue", "mgr_001", "connected")]
    assert call.plan[-1].position == 1
    assert rig.journal.types(third_id).count("call.step") == 2
    third.bye()
    await close(crowd)
    figures = rig.room.line.figures[KEY]
    assert figures.departed == {Departure.ANSWERED: 3}
    assert figures.in_time == 2


@virtual
async def test_pressing_1_leaves_the_number(make_rig: MakeRig) -> None:
    rig = make_rig()
    rig.slots.take("mgr_001")
    crowd = staffed(rig, ONE, queue=QueueRouting())
    await crowd.arrive()
    [call_id] = crowd.call_ids()
    await elapse(2)
    rig.sound.key(rig.leg(call_id, CUSTOMER).id, "5")
    rig.sound.key(rig.leg(call_id, CUSTOMER).id, "1")
    await elapse(2)
    assert rig.played(call_id, CUSTOMER)[-1] == "callback_confirmed"
    call = rig.check_over(call_id, CallOutcome.CALLBACK_REQUESTED)
    assert call.status is CallStatus.COMPLETED
    assert call.plan[-1].result == "callback"
    rig.slots.give_back("mgr_001")
    await close(crowd)


@virtual
async def test_pressing_1_stops_the_telephone_that_rings(make_rig: MakeRig) -> None:
    rig = make_rig()
    crowd = staffed(rig, ONE, queue=QueueRouting())
    await crowd.arrive()
    [call_id] = crowd.call_ids()
    crowd.phone(1)[0].progress(180)
    await elapse(2)
    rig.sound.key(rig.leg(call_id, CUSTOMER).id, "1")
    await rig.turn()
    assert crowd.phone(1)[0].said("end")
    await elapse(2)
    rig.check_over(call_id, CallOutcome.CALLBACK_REQUESTED)
    await close(crowd)


@pytest.mark.parametrize("anonymous", [True, False])
@virtual
async def test_who_can_not_be_called_back_is_not_asked(make_rig: MakeRig, anonymous: bool) -> None:
    rig = make_rig()
    rig.slots.take("mgr_001")
    crowd = staffed(rig, ONE, queue=QueueRouting(callback=anonymous, max_wait_s=60))
    caller = await crowd.arrive(caller="anonymous" if anonymous else "+8613800138001")
    [call_id] = crowd.call_ids()
    assert rig.heard(call_id, CUSTOMER) == ["queue_next"]
    rig.sound.key(rig.leg(call_id, CUSTOMER).id, "1")
    await elapse(5)
    assert not caller.over
    caller.bye()
    await elapse(1)
    rig.check_over(call_id, CallOutcome.ABANDONED)
    rig.slots.give_back("mgr_001")
    await close(crowd)


@virtual
async def test_the_longest_wait_leads_to_the_next_step(make_rig: MakeRig) -> None:
    rig = make_rig()
    rig.slots.take("mgr_001")
    crowd = staffed(rig, ONE, queue=QueueRouting(max_wait_s=60))
    await crowd.arrive()
    [call_id] = crowd.call_ids()
    await elapse(59)
    assert rig.record(call_id).outcome is None
    await elapse(3)
    call = rig.check_over(call_id, CallOutcome.MISSED)
    assert taken(call) == [
        ("queue", None, "timed_out"),
        ("hang_up", "manager_unavailable", "done"),
    ]
    assert rig.played(call_id, CUSTOMER)[-1] == "manager_unavailable"
    rig.slots.give_back("mgr_001")
    await close(crowd)
    assert rig.room.line.figures[KEY].departed == {Departure.TIMED_OUT: 1}


@virtual
async def test_a_full_queue_takes_nobody_more(make_rig: MakeRig) -> None:
    rig = make_rig()
    rig.slots.take("mgr_001")
    crowd = staffed(rig, ONE, queue=QueueRouting(size=1))
    first = await crowd.arrive()
    second = await crowd.arrive(caller="+8613800138001")
    await elapse(2)
    call = rig.check_over(crowd.call_ids()[1], CallOutcome.MANAGER_BUSY)
    assert (call.plan[1].result, second.final_status) == ("full", 486)
    first.bye()
    rig.slots.give_back("mgr_001")
    await close(crowd)
    assert rig.room.line.figures[KEY].refused == 1


@virtual
async def test_who_misses_a_caller_rests_and_the_caller_stays_first(make_rig: MakeRig) -> None:
    rig = make_rig()
    crowd = staffed(rig, ONE, queue=QueueRouting(ring_s=20, rest_s=30))
    first = await crowd.arrive()
    second = await crowd.arrive(caller="+8613800138001")
    first_id, second_id = crowd.call_ids()
    crowd.phone(1)[0].progress(180)
    await elapse(20.5)
    assert crowd.phone(1)[0].said("end")
    await elapse(29)
    assert len(crowd.phone(1)) == 1, "rung again while at rest"
    await elapse(2)
    assert len(crowd.ringing(1)) == 1
    await to_talk(crowd)
    assert rig.record(first_id).bridged_at is not None
    assert rig.record(second_id).bridged_at is None
    for caller in (first, second):
        caller.bye()
    await close(crowd)


@virtual
async def test_a_caller_who_hangs_up_frees_the_manager_for_the_next(make_rig: MakeRig) -> None:
    rig = make_rig()
    crowd = staffed(rig, ONE, queue=QueueRouting())
    first = await crowd.arrive()
    second = await crowd.arrive(caller="+8613800138001")
    crowd.phone(1)[0].progress(180)
    await elapse(1)
    first.bye()
    await rig.turn()
    assert crowd.phone(1)[0].said("end"), "its telephone rings no longer"
    assert len(crowd.phone(1)) == 2, "and rings for the next"
    await to_talk(crowd)
    assert rig.record(crowd.call_ids()[1]).bridged_at is not None
    second.bye()
    await close(crowd)
    assert rig.room.line.figures[KEY].departed[Departure.ABANDONED] == 1


@virtual
async def test_a_manager_who_ends_another_call_is_offered_at_once(make_rig: MakeRig) -> None:
    rig = make_rig()
    crowd = staffed(rig, [rig.directory.manager_], queue=QueueRouting())
    dialled = await rig.dial()
    await crowd.arrive(caller="+8613800138001")
    rig.manager.refuse(486)
    await elapse(2)
    rig.check_over(dialled)
    assert len(rig.invited(rig.directory.manager_.phones[0].number or "")) == 2
    crowd.callers[0].bye()
    await close(crowd)


@virtual
async def test_all_who_are_free_ring_for_the_first_where_set(make_rig: MakeRig) -> None:
    rig = make_rig()
    crowd = staffed(rig, TWO, queue=QueueRouting(strategy=GroupStrategy.RING_ALL))
    first = await crowd.arrive()
    second = await crowd.arrive(caller="+8613800138001")
    assert [len(crowd.ringing(number)) for number in (1, 2)] == [1, 1]
    await to_talk(crowd, 2)
    assert rig.record(crowd.call_ids()[0]).manager_id == "mgr_002"
    assert len(crowd.ringing(1)) == 1, "the other rings for the next"
    for caller in (first, second):
        caller.bye()
    await close(crowd)


@virtual
async def test_a_queue_without_anybody_is_left() -> None:
    nobody = cast(Caller, None)
    taken_ = await wait_in_queue(nobody, PlanStep(StepKind.QUEUE), None)
    assert taken_ == StepTaken(StepResult.EMPTY)


@virtual
async def test_music_that_there_is_not_is_replaced(make_rig: MakeRig) -> None:
    rig = make_rig()
    rig.slots.take("mgr_001")
    crowd = staffed(rig, ONE, queue=QueueRouting(music="gone"))
    caller = await crowd.arrive()
    await elapse(4.5)
    assert rig.heard(crowd.call_ids()[0], CUSTOMER)[-1] == "moh"
    caller.bye()
    rig.slots.give_back("mgr_001")
    await close(crowd)


@virtual
async def test_a_node_that_ends_lets_everybody_out(make_rig: MakeRig) -> None:
    rig = make_rig()
    crowd = staffed(rig, ONE, queue=QueueRouting())
    for number in range(3):
        await crowd.arrive(caller=f"+861380013800{number}")
    await rig.service.drain(1)
    await close(crowd)
    assert rig.room.line.figures[KEY].departed == {Departure.ENDED: 3}


@pytest.mark.parametrize("store_away", [False, True])
@virtual
async def test_who_has_left_meanwhile_is_passed_over(make_rig: MakeRig, store_away: bool) -> None:
    rig = make_rig()
    crowd = staffed(rig, TWO, queue=QueueRouting())
    rig.slots.take("mgr_001")
    rig.slots.take("mgr_002")
    caller = await crowd.arrive()
    rig.directory.managers["mgr_001"] = msgspec.structs.replace(
        TWO[0], status=ManagerStatus.DEPARTED
    )
    if store_away:
        rig.directory.fault = StoreUnavailableError("away")
    for one in ("mgr_001", "mgr_002"):
        rig.slots.give_back(one)
        rig.room.freed(one, "another")
    await rig.turn()
    rings = [len(crowd.ringing(number)) for number in (1, 2)]
    assert rings == ([1, 0] if store_away else [0, 1])
    rig.directory.fault = None
    caller.bye()
    await close(crowd)


@virtual
async def test_a_worker_that_dies_ends_the_wait(make_rig: MakeRig) -> None:
    rig = make_rig()
    crowd = staffed(rig, ONE, queue=QueueRouting())
    await crowd.arrive()
    [call_id] = crowd.call_ids()
    rig.sound.die()
    await elapse(1)
    assert rig.check_over(call_id, CallOutcome.FAILED).failure == "media-lost"
    await close(crowd)
    assert rig.room.line.figures[KEY].departed == {Departure.ENDED: 1}


@virtual
async def test_the_recording_is_of_whoever_took_the_call_and_of_nobody_else(
    make_rig: MakeRig,
) -> None:
    rig = make_rig()
    crowd = staffed(rig, ONE, queue=QueueRouting())
    first = await crowd.arrive()
    await to_talk(crowd)
    second = await crowd.arrive(caller="+8613800138001")
    await elapse(5)
    second.bye()
    first.bye()
    await close(crowd)
    first_id, second_id = crowd.call_ids()
    [recording] = rig.desk.submitted
    assert (recording.call_id, recording.manager_id) == (first_id, "mgr_001")
    assert rig.record(first_id).recording_id == recording.id
    assert rig.record(second_id).recordings == []
