"""What a call would do is told by the code that does it; nothing is dialled, taken or written."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from config.values import RateLimit
from tests.unit.calls.fake_signalling import CUSTOMER_NUMBER, HOTLINE_NUMBER, FakeUas
from tests.unit.calls.rig import FakeClock, Rig, quiet_now, unwilling
from tests.unit.calls.virtual_time import elapse, virtual
from voicegw.calls.control import DialRequest, ExplainRequest
from voicegw.calls.explain import Explanation
from voicegw.errors import NotFoundError, PolicyError
from voicegw.model.call import Direction, LegRole
from voicegw.model.directory import Customer, ManagerStatus
from voicegw.model.routing import GroupRouting, QueueRouting, Routing, VoicemailRouting

MakeRig = Callable[..., Rig]
LATER = FakeClock.start + timedelta(days=3)


async def caller(rig: Rig, **changes: object) -> Explanation:
    request = {"hotline_id": "hot_1", "caller": CUSTOMER_NUMBER, **changes}
    return await rig.service.explain(ExplainRequest(**request))  # type: ignore[arg-type]


async def dial(rig: Rig, *, at: object = None, **changes: object) -> Explanation:
    request = DialRequest(**{"manager_id": "mgr_1", "customer_id": "cus_1", **changes})  # type: ignore[arg-type]
    return await rig.service.explain(ExplainRequest(dial=request, at=at))  # type: ignore[arg-type]


def check_untouched(rig: Rig) -> None:
    """Check that nothing was dialled, taken, counted or written."""
    assert not rig.journal.lines
    assert not rig.sessions
    assert not rig.media.sounds
    assert len(rig.rates) == 0
    rig.check_clean()


@virtual
async def test_a_callers_plan_with_every_reason(make_rig: MakeRig) -> None:
    rig = make_rig()
    rig.directory.hotline_.routing = Routing(
        group=GroupRouting(), queue=QueueRouting(), voicemail=VoicemailRouting()
    )
    rig.directory.manager_.status = ManagerStatus.AWAY
    rig.directory.manager_.deputy_id = "mgr_2"
    told = await caller(rig)
    assert (told.direction, told.is_open) == (Direction.INBOUND, True)
    assert FakeClock.start <= told.at <= rig.clock.now()
    assert told.customer is rig.directory.customer_
    assert [(one.step, one.taken, one.target, one.reason) for one in told.steps] == [
        ("owner", False, "mgr_1", "away"),
        ("deputy", True, "mgr_2", "deputy-of-owner"),
        ("group", False, None, "same-as-before"),
        ("queue", True, None, None),
        ("voicemail", True, None, None),
        ("hang_up", True, "manager_unavailable", None),
    ]
    assert told.steps[3].manager_ids == ("mgr_2",)
    assert told.refusal is None
    check_untouched(rig)


@virtual
async def test_it_tells_what_the_call_then_does(make_rig: MakeRig) -> None:
    rig = make_rig()
    rig.directory.manager_.deputy_id = "mgr_2"
    told = await caller(rig)
    call_id = await rig.offer(FakeUas())
    await elapse(100)
    call = rig.check_over(call_id)
    assert [one.step for one in call.plan] == [one.step for one in told.steps]
    rig.finish_signalling()


@pytest.mark.parametrize("show_customer", [False, True])
@virtual
async def test_which_numbers_each_side_would_see(make_rig: MakeRig, show_customer: bool) -> None:
    rig = make_rig(show_customer=show_customer)
    rig.directory.hotline_.display_number = "+862169999999"
    [manager] = (await caller(rig)).shown
    seen = CUSTOMER_NUMBER if show_customer else "+862169999999"
    assert (manager.side, manager.number) == (LegRole.MANAGER, seen)
    assert manager.is_customers is show_customer
    by_side = {one.side: one.number for one in (await dial(rig)).shown}
    assert by_side == {LegRole.MANAGER: seen, LegRole.CUSTOMER: "+862169999999"}
    [manager] = (await caller(rig, caller=None)).shown
    assert manager.number == "+862169999999"
    check_untouched(rig)


@virtual
async def test_an_anonymous_caller_and_a_stranger(make_rig: MakeRig) -> None:
    rig = make_rig()
    for number in (None, "+8613511111111"):
        told = await caller(rig, caller=number)
        assert (told.customer, told.customer_number) == (None, number)
        assert told.steps[0].reason == "caller-unknown"


@virtual
async def test_between_whom_a_caller_would_be_asked_to_choose(make_rig: MakeRig) -> None:
    rig = make_rig()
    rig.directory.manager_.staff_no = "1001"
    rig.directory.relatives = [
        Customer("cus_2", "Relative", "grp_1", numbers=[CUSTOMER_NUMBER], owner_id="mgr_2")
    ]
    assert (await caller(rig)).asked_for == ("mgr_1", "mgr_2")


@virtual
async def test_who_is_in_a_call_counts_now_and_not_at_another_time(make_rig: MakeRig) -> None:
    rig = make_rig()
    rig.slots.take("mgr_1")
    assert (await caller(rig)).steps[0].reason == "busy"
    assert (await caller(rig, at=LATER)).steps[0].taken
    told = await dial(rig)
    assert told.refusal is not None
    assert told.refusal.code == "manager-busy"
    assert (await dial(rig, at=LATER)).refusal is None
    rig.slots.give_back("mgr_1")


@virtual
async def test_hours_and_absences_are_those_of_the_moment(make_rig: MakeRig) -> None:
    rig = make_rig()
    rig.directory.hotline_.hours = "Mo 09:00-18:00"
    rig.directory.manager_.status = ManagerStatus.AWAY
    rig.directory.manager_.away_until = FakeClock.start + timedelta(hours=1)
    assert (await caller(rig)).steps[0].reason == "away"
    assert (await caller(rig, at=FakeClock.start + timedelta(hours=2))).steps[0].taken
    closed = await caller(rig, at=LATER)
    assert closed.is_open is False
    assert [one.reason for one in closed.steps] == ["closed", None]


def drain(rig: Rig) -> None:
    rig.service.draining = True


def no_room_to_record(rig: Rig) -> None:
    rig.desk.room = False


def overload(rig: Rig) -> None:
    rig.overloaded = True


def take_the_store_away(rig: Rig) -> None:
    rig.store_ready = False


def fill_the_trunks(rig: Rig) -> None:
    rig.router.room_left = 0


def wish_no_calls(rig: Rig) -> None:
    rig.directory.customer_.do_not_call = unwilling()


@pytest.mark.parametrize(
    ("happens", "code", "at_another_time"),
    [
        (drain, "draining", None),
        (overload, "overloaded", None),
        (take_the_store_away, "store-unavailable", None),
        (fill_the_trunks, "trunk-full", None),
        (no_room_to_record, "recording-unavailable", None),
        (wish_no_calls, "do-not-call", "do-not-call"),
    ],
)
@virtual
async def test_the_rule_that_would_refuse_a_call_outward(
    make_rig: MakeRig, happens: Callable[[Rig], None], code: str, at_another_time: str | None
) -> None:
    rig = make_rig()
    happens(rig)
    now, later = await dial(rig), await dial(rig, at=LATER)
    assert now.refusal is not None
    assert now.refusal.code == code
    assert (later.refusal.code if later.refusal else None) == at_another_time
    with pytest.raises(PolicyError) as refused:
        await rig.dial()
    assert (refused.value.slug, refused.value.retry_after_s) == (code, now.refusal.retry_after_s)
    check_untouched(rig)


@pytest.mark.parametrize(
    ("number", "code"), [("110", "emergency-number"), ("+12025550123", "prefix-not-allowed")]
)
@virtual
async def test_numbers_that_may_not_be_dialled(make_rig: MakeRig, number: str, code: str) -> None:
    told = await dial(make_rig(), customer_id=None, customer_number=number)
    assert told.refusal is not None
    assert told.refusal.code == code


@virtual
async def test_quiet_hours_are_those_of_the_moment(make_rig: MakeRig) -> None:
    rig = make_rig(quiet=quiet_now())
    now, later = await dial(rig), await dial(rig, at=FakeClock.start + timedelta(hours=4))
    assert now.refusal is not None
    assert now.refusal.code == "quiet-hours"
    assert later.refusal is None


@virtual
async def test_the_rate_counts_calls_that_were_made(make_rig: MakeRig) -> None:
    rig = make_rig(rates=[RateLimit(1, 60)])
    assert (await dial(rig)).refusal is None
    assert (await dial(rig)).refusal is None, "an explanation counts as no call"
    call_id = await rig.dial()
    await rig.service.hangup(call_id)
    await elapse(1)
    rig.finish_signalling()
    await elapse(1)
    told = await dial(rig)
    assert told.refusal is not None
    assert told.refusal.code == "customer-rate"


@pytest.mark.parametrize(
    ("happens", "code"), [(drain, "draining"), (no_room_to_record, "recording-unavailable")]
)
@virtual
async def test_why_a_caller_would_be_refused(
    make_rig: MakeRig, happens: Callable[[Rig], None], code: str
) -> None:
    rig = make_rig()
    happens(rig)
    told = await caller(rig)
    assert told.refusal is not None
    assert told.refusal.code == code
    assert (await caller(rig, at=LATER)).refusal is None


@virtual
async def test_a_hotline_that_calls_is_a_loop(make_rig: MakeRig) -> None:
    told = await caller(make_rig(), caller=HOTLINE_NUMBER)
    assert told.refusal is not None
    assert told.refusal.code == "loop"


@virtual
async def test_what_is_not_there_can_not_be_explained(make_rig: MakeRig) -> None:
    rig = make_rig()
    with pytest.raises(NotFoundError):
        await caller(rig, hotline_id="hot_9")
    with pytest.raises(NotFoundError):
        await dial(rig, manager_id="mgr_9")
