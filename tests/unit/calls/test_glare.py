"""A customer calls in while being called: the two meet in one call, whoever was first."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.unit.calls.fake_signalling import CUSTOMER_NUMBER, FakeUas
from tests.unit.calls.rig import Rig
from tests.unit.calls.stages import close, to_customer
from tests.unit.calls.virtual_time import elapse, virtual
from voicegw.journal.entries import CallChanged
from voicegw.model.call import CallOutcome, Direction, LegResult, LegRole

MakeRig = Callable[..., Rig]
MANAGER = LegRole.MANAGER
CUSTOMER = LegRole.CUSTOMER
OTHER_NUMBER = "+8613800138001"


def calls_of(rig: Rig) -> set[str]:
    """Return the ids of all calls there were."""
    return {entry.call.id for entry in rig.journal.entries if isinstance(entry, CallChanged)}


async def customer_calls(rig: Rig, **session: object) -> FakeUas:
    """Have the customer call the hotline."""
    caller = FakeUas(**session)  # type: ignore[arg-type]
    rig.hand(caller)
    await rig.turn()
    return caller


async def talk_and_end(rig: Rig, call_id: str, caller: FakeUas) -> None:
    """Check that `caller` is who talks in the one call there is, and end it."""
    caller.ack()
    await elapse(1.2)
    call = rig.record(call_id)
    assert calls_of(rig) == {call_id}
    assert call.bridged_at is not None
    leg = rig.leg(call_id, CUSTOMER)
    assert leg.trunk == "carrier"
    assert [step.step for step in call.plan] == ["glare"]
    assert rig.sound.hears[rig.leg(call_id, MANAGER).id].leg == leg.id  # type: ignore[union-attr]
    await elapse(5)
    caller.bye()
    await close(rig)
    call = rig.check_over(call_id, CallOutcome.CONNECTED)
    assert (call.direction, len(rig.parts.glare)) == (Direction.CLICK_TO_DIAL, 0)


@pytest.mark.parametrize("rings", [False, True])
@virtual
async def test_the_customer_calls_while_the_telephone_rings(make_rig: MakeRig, rings: bool) -> None:
    rig = make_rig()
    call_id = await to_customer(rig)
    if rings:
        rig.customer.progress(180)
        await rig.turn()
    caller = await customer_calls(rig)
    assert caller.answered
    [dialled] = rig.invited(CUSTOMER_NUMBER)
    assert dialled.state == "cancelling"
    dialled.refuse(487)
    await talk_and_end(rig, call_id, caller)
    legs = [leg for leg in rig.record(call_id).legs if leg.role is CUSTOMER]
    assert [leg.result for leg in legs] == [LegResult.CANCELED, LegResult.ANSWERED]


@virtual
async def test_the_customer_calls_while_the_manager_is_rung(make_rig: MakeRig) -> None:
    rig = make_rig()
    call_id = await rig.dial()
    caller = await customer_calls(rig)
    assert caller.said("ring") == [("ring", 180, None)]
    assert not caller.answered
    rig.manager.pick_up()
    await rig.turn()
    await elapse(1.1)
    assert caller.answered
    assert rig.invited(CUSTOMER_NUMBER) == []
    await talk_and_end(rig, call_id, caller)


@virtual
async def test_the_line_is_busy_because_the_customer_calls_us(make_rig: MakeRig) -> None:
    rig = make_rig()
    call_id = await to_customer(rig)
    rig.customer.refuse(486)
    await elapse(0.5)
    assert rig.heard(call_id, MANAGER)[-1] == "customer_busy"
    caller = await customer_calls(rig)
    assert caller.answered
    await talk_and_end(rig, call_id, caller)


@virtual
async def test_another_number_of_the_customer_is_the_customer_too(make_rig: MakeRig) -> None:
    rig = make_rig()
    rig.directory.customer_.numbers.append(OTHER_NUMBER)
    call_id = await to_customer(rig)
    caller = await customer_calls(rig, caller=OTHER_NUMBER)
    await talk_and_end(rig, call_id, caller)


@virtual
async def test_a_withheld_number_meets_and_is_not_written(make_rig: MakeRig) -> None:
    rig = make_rig()
    call_id = await to_customer(rig)
    caller = await customer_calls(rig, headers=["Privacy: id"])
    assert caller.answered
    assert rig.leg(call_id, CUSTOMER).number is None
    caller.ack()
    caller.bye()
    await close(rig)


@virtual
async def test_whoever_answers_in_the_same_moment_is_not_left_alone(make_rig: MakeRig) -> None:
    rig = make_rig()
    call_id = await to_customer(rig)
    caller = FakeUas()
    rig.hand(caller)
    rig.customer.pick_up()
    await rig.turn()
    assert rig.customer.state == "confirmed"
    await elapse(1.2)
    # The telephone that was dialled has answered: the caller is one like any other.
    inbound = calls_of(rig) - {call_id}
    assert len(inbound) == 1
    assert rig.record(call_id).bridged_at is not None
    rig.customer.bye()
    await elapse(10)
    await close(rig)
    assert rig.check_over(call_id).outcome is CallOutcome.CONNECTED
    assert rig.check_over(inbound.pop()).outcome is CallOutcome.MANAGER_BUSY


@virtual
async def test_a_200_that_crosses_our_cancel_is_ended(make_rig: MakeRig) -> None:
    rig = make_rig()
    call_id = await to_customer(rig)
    caller = await customer_calls(rig)
    rig.invited(CUSTOMER_NUMBER)[0].pick_up()
    await talk_and_end(rig, call_id, caller)


@virtual
async def test_a_manager_who_does_not_answer_loses_no_caller(make_rig: MakeRig) -> None:
    rig = make_rig()
    call_id = await rig.dial()
    caller = await customer_calls(rig)
    rig.manager.refuse(486)
    await elapse(3)
    rig.check_over(call_id, CallOutcome.MANAGER_BUSY)
    [inbound] = calls_of(rig) - {call_id}
    assert rig.record(inbound).direction is Direction.INBOUND
    caller.cancel()
    await close(rig)
    rig.check_over(inbound)


@virtual
async def test_a_caller_who_gives_up_waiting_has_called(make_rig: MakeRig) -> None:
    rig = make_rig()
    call_id = await rig.dial()
    caller = await customer_calls(rig)
    caller.cancel()
    await rig.turn()
    [inbound] = calls_of(rig) - {call_id}
    rig.check_over(inbound, CallOutcome.ABANDONED)
    rig.manager.pick_up()
    await elapse(1.2)
    # Who called and gave up is called, as was wanted.
    assert len(rig.invited(CUSTOMER_NUMBER)) == 1
    await rig.service.hangup(call_id)
    await close(rig)


@virtual
async def test_a_second_caller_from_there_is_one_like_any_other(make_rig: MakeRig) -> None:
    rig = make_rig()
    call_id = await rig.dial()
    first = await customer_calls(rig)
    second = await customer_calls(rig)
    assert len(calls_of(rig)) == 2
    second.cancel()
    rig.manager.pick_up()
    await rig.turn()
    await elapse(1.1)
    assert first.answered
    first.ack()
    await elapse(1.2)
    first.bye()
    await close(rig)
    rig.check_over(call_id, CallOutcome.CONNECTED)


@virtual
async def test_two_managers_call_one_customer_and_one_of_them_is_called(
    make_rig: MakeRig,
) -> None:
    rig = make_rig()
    one = await to_customer(rig)
    two = await rig.dial(manager_id="mgr_2")
    caller = await customer_calls(rig)
    caller.ack()
    await elapse(1.2)
    assert rig.record(one).bridged_at is not None
    assert rig.record(two).bridged_at is None
    await rig.service.hangup(two)
    caller.bye()
    await close(rig)
    rig.check_over(one, CallOutcome.CONNECTED)
    rig.check_over(two, CallOutcome.CANCELED)


@pytest.mark.parametrize("who", ["manager", "api"])
@virtual
async def test_a_call_that_ends_first_lets_the_caller_go(make_rig: MakeRig, who: str) -> None:
    rig = make_rig()
    call_id = await rig.dial()
    caller = await customer_calls(rig)
    if who == "api":
        await rig.service.hangup(call_id)
    else:
        rig.manager.pick_up()
        await rig.turn()
        rig.manager.bye()
    await elapse(3)
    rig.check_over(call_id, CallOutcome.CANCELED)
    assert len(calls_of(rig)) == 2
    caller.cancel()
    await close(rig)
