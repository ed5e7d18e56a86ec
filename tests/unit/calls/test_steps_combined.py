"""One kind of step after the other: what the first leaves behind must not spoil the next."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.unit.calls.crowd import manager, staffed
from tests.unit.calls.fake_signalling import MANAGER_NUMBER, FakeUas
from tests.unit.calls.rig import Rig
from tests.unit.calls.test_flow_run import call_flow, close, press, steps
from tests.unit.calls.test_shared_number import MENU_S, arrive, share
from tests.unit.calls.test_shared_number import press as choose
from tests.unit.calls.test_voicemail import tasks
from tests.unit.calls.virtual_time import elapse, virtual
from voicegw.errors import StoreUnavailableError
from voicegw.model.call import CallOutcome, LegRole
from voicegw.model.directory import HotlineAnswer, Phone
from voicegw.model.recording import RecordingKind
from voicegw.model.routing import (
    GroupStrategy,
    QueueRouting,
    RingOrder,
    Routing,
    SharedNumber,
    VoicemailRouting,
)
from voicegw.model.task import TaskType

MakeRig = Callable[..., Rig]
CUSTOMER = LegRole.CUSTOMER

MESSAGE_THEN_OWNER = """
flow: message
start: mail
steps:
  mail: {do: voicemail, otherwise: owner}
  owner: {do: route, to: owner, otherwise: bye}
  bye: {do: hang_up, prompts: [goodbye]}
"""

QUEUE = """
flow: line
start: wait
steps:
  wait: {do: queue, otherwise: plan}
  plan: {do: route}
"""

MANAGER_NAMED = """
flow: named
start: hello
steps:
  hello: {do: say, prompts: [main_menu], next: named}
  named: {do: transfer, manager: "1002", otherwise: plan}
  plan: {do: route}
"""


@pytest.mark.parametrize("key", ["1", "2"])
@virtual
async def test_a_message_is_for_the_manager_who_was_chosen(make_rig: MakeRig, key: str) -> None:
    rig = make_rig()
    share(rig)
    rig.directory.hotline_.routing = Routing(
        shared_number=SharedNumber.MENU, voicemail=VoicemailRouting(max_s=60)
    )
    call_id, caller = await arrive(rig)
    choose(rig, call_id, key)
    await rig.turn()
    rig.sessions[-1].refuse(603)
    await elapse(4)
    assert "beep" in rig.sound.marks
    await elapse(10)
    caller.bye()
    await elapse(1)
    call = rig.check_over(call_id, CallOutcome.VOICEMAIL)
    chosen = ("mgr_1", "cus_1") if key == "1" else ("mgr_2", "cus_2")
    assert (call.manager_id, call.customer_id) == chosen
    (recording,) = rig.desk.submitted
    assert recording.kind is RecordingKind.VOICEMAIL
    assert (recording.manager_id, recording.customer_id) == chosen
    (task,) = tasks(rig)
    assert (task.type, task.manager_id, task.customer_id) == (TaskType.VOICEMAIL, *chosen)


@virtual
async def test_a_missed_call_is_for_the_manager_who_was_chosen(make_rig: MakeRig) -> None:
    rig = make_rig()
    share(rig)
    call_id, _caller = await arrive(rig)
    await elapse(MENU_S - 1)
    choose(rig, call_id, "2")
    await rig.turn()
    rig.sessions[-1].refuse(480, 19)
    await elapse(3)
    call = rig.check_over(call_id, CallOutcome.MISSED)
    (task,) = tasks(rig)
    assert (call.manager_id, task.manager_id, task.customer_id) == ("mgr_2", "mgr_2", "cus_2")


@virtual
async def test_keys_go_to_the_manager_after_a_message_that_was_none(make_rig: MakeRig) -> None:
    rig = make_rig()
    call_id, caller = await call_flow(rig, MESSAGE_THEN_OWNER)
    await elapse(2.3)
    assert "beep" in rig.sound.marks
    await press(rig, call_id, "#")
    rig.manager.pick_up()
    await elapse(1.2)
    assert rig.record(call_id).bridged_at is not None
    customer = rig.leg(call_id, CUSTOMER)
    assert customer.id not in rig.sound.gathering, "the customer's keys are kept from the manager"
    caller.bye()
    await close(rig)
    rig.check_over(call_id, CallOutcome.CONNECTED)


@virtual
async def test_a_queue_within_a_flow_tells_the_position(make_rig: MakeRig) -> None:
    rig = make_rig()
    staffed(rig, [manager(0)], queue=QueueRouting(max_wait_s=60))
    rig.slots.take(manager(0).id)
    call_id, caller = await call_flow(rig, QUEUE)
    await elapse(2)
    assert [one.position for one in rig.record(call_id).plan] == [1]
    caller.bye()
    rig.slots.give_back(manager(0).id)
    await close(rig)


@virtual
async def test_a_store_that_is_away_leads_on_in_a_flow(make_rig: MakeRig) -> None:
    rig = make_rig()
    rig.directory.hotline_.answer = HotlineAnswer.AT_ONCE
    call_id, caller = await call_flow(rig, MANAGER_NAMED)
    rig.directory.fault = StoreUnavailableError("nothing was ever read")
    await elapse(1.2)
    assert rig.sessions[-1].target.number == MANAGER_NUMBER
    rig.manager.pick_up()
    await elapse(1.2)
    caller.bye()
    await close(rig)
    rig.check_over(call_id, CallOutcome.CONNECTED)
    assert ("flow:named@1/named", "failed", "store-unavailable") in steps(rig, call_id)


@virtual
async def test_a_greeting_that_is_gone_is_replaced(make_rig: MakeRig) -> None:
    rig = make_rig()
    rig.directory.hotline_.routing = Routing(voicemail=VoicemailRouting(greeting="hello_own"))
    caller = FakeUas()
    call_id = await rig.offer(caller)
    rig.manager.refuse(603)
    await rig.turn()
    caller.ack()
    await elapse(4)
    assert rig.played(call_id, CUSTOMER)[-2:] == ["voicemail_greeting", "tone_beep"]
    await elapse(10)
    caller.bye()
    await elapse(1)
    rig.check_over(call_id, CallOutcome.VOICEMAIL)


@pytest.mark.parametrize("ring", RingOrder)
@virtual
async def test_telephones_that_rang_in_vain_hold_no_ports(
    make_rig: MakeRig, ring: RingOrder
) -> None:
    rig = make_rig()
    people = [manager(0), manager(1)]
    for one in people:
        one.phones.append(Phone(number=f"+86136{one.id[-3:]}00000", order=1))
    queue = QueueRouting(max_wait_s=600, strategy=GroupStrategy.RING_ALL)
    rig.directory.hotline_.confirm_manager = True
    crowd = staffed(rig, people, queue=queue, ring=ring)
    caller = await crowd.arrive()
    rig.sound.ports_left = 4 - len(rig.sessions)
    for _ in range(4):
        await elapse(1)
        for phone in rig.sessions:
            if phone.state == "calling":
                phone.progress(180)
        rig.sessions[-1].pick_up()
        await elapse(55)
    assert len(rig.sessions) > 8
    assert not caller.over
    caller.bye()
    await elapse(1)
    [call_id] = crowd.call_ids()
    rig.check_over(call_id, CallOutcome.ABANDONED)
    rig.finish_signalling()
    await elapse(40)
    rig.check_clean()
