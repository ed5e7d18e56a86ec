"""Places on trunks and turns of their rate, in the lives of calls."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.unit.calls.fake_signalling import FakeUas
from tests.unit.calls.rig import Rig
from tests.unit.calls.stages import close
from tests.unit.calls.virtual_time import elapse, virtual
from voicegw.errors import PolicyError
from voicegw.model.call import CallOutcome, CallStatus

MakeRig = Callable[..., Rig]


@virtual
async def test_a_call_beyond_the_rate_is_queued_until_its_turn(make_rig: MakeRig) -> None:
    rig = make_rig()
    rig.router.delay_s = 3.0
    call_id = await rig.dial()
    assert rig.record(call_id).status is CallStatus.QUEUED
    assert not rig.sessions
    await elapse(2.5)
    assert not rig.sessions
    await elapse(1)
    assert rig.record(call_id).status is CallStatus.INITIATED
    assert len(rig.sessions) == 1
    await rig.service.hangup(call_id)
    await close(rig)
    rig.check_over(call_id, CallOutcome.CANCELED)


@virtual
async def test_a_queued_call_that_is_hung_up_dials_nobody(make_rig: MakeRig) -> None:
    rig = make_rig()
    rig.router.delay_s = 3.0
    call_id = await rig.dial()
    await rig.service.hangup(call_id)
    await close(rig)
    rig.check_over(call_id, CallOutcome.CANCELED)
    assert not rig.sessions


@virtual
async def test_the_second_telephone_waits_its_turn_too(make_rig: MakeRig) -> None:
    rig = make_rig()
    call_id = await rig.dial()
    rig.router.trunks[0].delay_s = 4.0
    rig.manager.pick_up()
    await elapse(3.5)
    assert len(rig.sessions) == 1
    await elapse(2.5)
    assert len(rig.sessions) == 2
    await rig.service.hangup(call_id)
    await close(rig)


@virtual
async def test_who_would_be_rung_too_late_is_not_rung(make_rig: MakeRig) -> None:
    rig = make_rig()
    call_id = await rig.dial(ring_s=5)
    for trunk in rig.router.trunks:
        trunk.delay_s = 6.0
    rig.manager.pick_up()
    await elapse(10)
    assert len(rig.sessions) == 1
    rig.check_over(call_id, CallOutcome.CUSTOMER_UNREACHABLE)
    await close(rig)


@virtual
async def test_who_hangs_up_while_the_other_waits_for_a_turn(make_rig: MakeRig) -> None:
    rig = make_rig()
    call_id = await rig.dial()
    rig.router.trunks[0].delay_s = 4.0
    rig.manager.pick_up()
    await elapse(3)
    rig.manager.bye()
    await close(rig)
    rig.check_over(call_id, CallOutcome.CANCELED)
    assert len(rig.sessions) == 1


@virtual
async def test_places_are_given_back_when_a_rule_refuses(make_rig: MakeRig) -> None:
    rig = make_rig()
    rig.desk.room = False
    with pytest.raises(PolicyError) as caught:
        await rig.dial()
    assert caught.value.slug == "recording-unavailable"
    rig.check_clean()


@virtual
async def test_a_trunk_full_of_calls_brings_no_more(make_rig: MakeRig) -> None:
    rig = make_rig()
    rig.router.full = True
    caller = FakeUas()
    rig.hand(caller)
    assert (caller.final_status, caller.final_headers) == (503, {"Retry-After": "5"})
    assert rig.service.refused["trunk-full"] == 1
    rig.check_clean()


@virtual
async def test_a_call_that_a_trunk_brought_holds_a_place_to_its_end(make_rig: MakeRig) -> None:
    rig = make_rig()
    caller = FakeUas()
    call_id = await rig.offer(caller)
    assert rig.router.arrived == 1
    await rig.service.hangup(call_id)
    await close(rig)
    assert rig.router.arrived == 0


@virtual
async def test_a_store_that_is_away_keeps_no_place(make_rig: MakeRig) -> None:
    rig = make_rig()
    call_id = await rig.offer(FakeUas())
    rig.journal.store_away = True
    await rig.service.hangup(call_id)
    await elapse(5)
    assert rig.service.live_count() == 0
    assert rig.router.arrived == 0
    rig.journal.store_away = False
    await close(rig)


@virtual
async def test_a_call_to_nobody_gives_its_place_back(make_rig: MakeRig) -> None:
    rig = make_rig()
    caller = FakeUas(dialled="+862169999999")
    await rig.offer(caller)
    assert caller.final_status == 404
    rig.check_clean()
