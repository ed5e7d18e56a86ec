"""A caller whose number several customers have says by key for which manager the call is."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.unit.calls.fake_signalling import CUSTOMER_NUMBER, MANAGER_NUMBER, FakeUas
from tests.unit.calls.fake_world import COLLEAGUE_NUMBER
from tests.unit.calls.rig import Rig
from tests.unit.calls.virtual_time import elapse, virtual
from voicegw.model.call import CallOutcome, LegRole
from voicegw.model.directory import Customer
from voicegw.model.routing import Routing, SharedNumber

MakeRig = Callable[..., Rig]
MENU = (
    "several_managers"
    "+manager_with_staff_number+yao+d0+d0+yao+of_manager_press+d1"
    "+manager_with_staff_number+yao+d0+d0+d2+of_manager_press+d2"
)
MENU_S = 15


def share(rig: Rig) -> None:
    """Have a second customer, of the colleague's, at the same number."""
    directory = rig.directory
    directory.manager_.staff_no = "1001"
    directory.relatives = [
        Customer("cus_2", "Relative", "grp_1", numbers=[CUSTOMER_NUMBER], owner_id="mgr_2")
    ]


async def arrive(rig: Rig) -> tuple[str, FakeUas]:
    caller = FakeUas()
    call_id = await rig.offer(caller)
    caller.ack()
    await rig.turn()
    return call_id, caller


def press(rig: Rig, call_id: str, digit: str) -> None:
    rig.sound.key(rig.leg(call_id, LegRole.CUSTOMER).id, digit)


async def close(rig: Rig, caller: FakeUas) -> None:
    caller.bye()
    await elapse(5)
    rig.finish_signalling()
    await elapse(1)
    rig.check_clean()


@pytest.mark.parametrize(
    ("key", "customer_id", "rung"),
    [("1", "cus_1", MANAGER_NUMBER), ("2", "cus_2", COLLEAGUE_NUMBER)],
)
@pytest.mark.parametrize("after_s", [0.5, MENU_S + 2])
@virtual
async def test_the_key_chooses_the_manager(
    make_rig: MakeRig, key: str, customer_id: str, rung: str, after_s: float
) -> None:
    rig = make_rig()
    share(rig)
    call_id, caller = await arrive(rig)
    assert rig.heard(call_id, LegRole.CUSTOMER) == [MENU]
    assert not rig.sessions, "nobody is rung before the caller has chosen"
    await elapse(after_s)
    press(rig, call_id, key)
    await rig.turn()
    assert [session.target.number for session in rig.sessions] == [rung]
    assert rig.heard(call_id, LegRole.CUSTOMER)[-1] == "ringback_cn"
    assert not rig.sound.gathering
    rig.sessions[0].pick_up()
    await elapse(1.2)
    caller.bye()
    await elapse(1)
    call = rig.check_over(call_id, CallOutcome.CONNECTED)
    assert call.customer_id == customer_id
    asked = call.plan[0]
    assert (asked.step, asked.target, asked.result) == ("shared_number", customer_id, "done")
    assert rig.desk.submitted[0].customer_id == customer_id
    await close(rig, caller)


@virtual
async def test_a_wrong_key_and_silence_lead_to_whoever_is_likely(make_rig: MakeRig) -> None:
    rig = make_rig()
    share(rig)
    call_id, caller = await arrive(rig)
    press(rig, call_id, "9")
    await rig.turn()
    assert rig.heard(call_id, LegRole.CUSTOMER) == [MENU, f"invalid_choice+{MENU}"]
    await elapse(MENU_S + 1 + 3.1)
    assert [session.target.number for session in rig.sessions] == [MANAGER_NUMBER]
    assert [(one.step, one.result) for one in rig.record(call_id).plan[:1]] == [
        ("shared_number", "timed_out")
    ]
    await close(rig, caller)


@virtual
async def test_who_hangs_up_on_the_question_has_abandoned(make_rig: MakeRig) -> None:
    rig = make_rig()
    share(rig)
    call_id, caller = await arrive(rig)
    caller.bye()
    await elapse(1)
    call = rig.check_over(call_id, CallOutcome.ABANDONED)
    assert [(one.step, one.result) for one in call.plan] == [("shared_number", "canceled")]
    await close(rig, caller)


@virtual
async def test_the_customer_dialled_last_is_asked_nothing(make_rig: MakeRig) -> None:
    rig = make_rig()
    share(rig)
    rig.directory.last_customer_id = "cus_2"
    call_id, caller = await arrive(rig)
    assert rig.record(call_id).customer_id == "cus_2"
    assert [session.target.number for session in rig.sessions] == [COLLEAGUE_NUMBER]
    caller.cancel()
    await close(rig, caller)


@virtual
async def test_a_hotline_may_always_ask(make_rig: MakeRig) -> None:
    rig = make_rig()
    share(rig)
    rig.directory.last_customer_id = "cus_2"
    rig.directory.hotline_.routing = Routing(shared_number=SharedNumber.MENU)
    call_id, caller = await arrive(rig)
    assert rig.heard(call_id, LegRole.CUSTOMER) == [MENU]
    await close(rig, caller)
