"""Managers dial from a telephone: by the menu, directly, again; each rule refuses each way."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from config.values import RateLimit
from tests.unit.calls.fake_signalling import (
    CUSTOMER_NUMBER,
    HOTLINE_NUMBER,
    MANAGER_NUMBER,
    FakeUas,
)
from tests.unit.calls.rig import Rig, quiet_now, unwilling
from tests.unit.calls.stages import close
from tests.unit.calls.test_random_events import ACTS, check, finish
from tests.unit.calls.virtual_time import elapse, run, virtual
from voicegw.calls.dial_desk import DialThroughRules
from voicegw.errors import PolicyError, StoreUnavailableError
from voicegw.journal.entries import CallChanged
from voicegw.model.call import CallOutcome, Direction, LegResult, LegRole
from voicegw.model.directory import Group, Hotline, ManagerStatus, Phone
from voicegw.store.dialling import LastDialled, Spent

MakeRig = Callable[..., Rig]
MANAGER = LegRole.MANAGER
CUSTOMER = LegRole.CUSTOMER
CODE = "40711"


def prepared(make_rig: MakeRig, **options: object) -> Rig:
    """Return a rig whose manager has a desk telephone, too, and whose customer has a code."""
    rig = make_rig(**options)
    rig.directory.customer_.code = CODE
    rig.directory.manager_.phones.append(Phone(aor="desk", order=1))
    return rig


async def call_in(rig: Rig, **session: object) -> tuple[str, FakeUas]:
    """Have the manager call the hotline from the known mobile, and be asked."""
    caller = FakeUas(**{"caller": MANAGER_NUMBER, **session})  # type: ignore[arg-type]
    call_id = await rig.offer(caller)
    caller.ack()
    await elapse(1.1)
    return call_id, caller


async def press(rig: Rig, call_id: str, keys: str) -> None:
    """Press keys on the manager's telephone."""
    leg = rig.leg(call_id, MANAGER)
    for key in keys:
        rig.sound.key(leg.id, key)
        await rig.turn()


async def to_ringing(rig: Rig, **session: object) -> tuple[str, FakeUas]:
    """Go on until the customer rings."""
    call_id, caller = await call_in(rig, **session)
    await press(rig, call_id, f"{CODE}#")
    await elapse(1.1)
    rig.customer.progress(180)
    await rig.turn()
    return call_id, caller


# -- by the menu -----------------------------------------------------------------------------------


@virtual
async def test_a_known_telephone_is_asked_and_put_through(make_rig: MakeRig) -> None:
    rig = prepared(make_rig)
    call_id, caller = await to_ringing(rig)
    assert rig.customer.presentation.number == HOTLINE_NUMBER
    assert rig.heard(call_id, MANAGER) == ["dial_menu", "connecting_customer", "ringback_cn"]
    rig.customer.pick_up()
    await elapse(1.1)
    assert rig.played(call_id, CUSTOMER) == ["recording_notice"]
    call = rig.record(call_id)
    assert (call.direction, call.manager_id, call.customer_id, call.customer_number) == (
        Direction.DIAL_THROUGH,
        "mgr_1",
        "cus_1",
        CUSTOMER_NUMBER,
    )
    assert call.bridged_at is not None
    assert [(step.step, step.target, step.result) for step in call.plan] == [
        ("dial", "cus_1", "allowed")
    ]
    assert rig.slots.full("mgr_1")
    await elapse(30)
    caller.bye()
    await close(rig)
    call = rig.check_over(call_id, CallOutcome.CONNECTED)
    assert call.talk_s == pytest.approx(30, abs=0.5)


@pytest.mark.parametrize(
    ("group_id", "shown"),
    [
        ("grp_1", HOTLINE_NUMBER),
        ("grp_below", HOTLINE_NUMBER),
        ("grp_above", HOTLINE_NUMBER),
        ("grp_beside", "+862162349999"),
    ],
)
@pytest.mark.parametrize("is_registered", [False, True])
@virtual
async def test_no_customer_is_shown_the_hotline_of_a_group_beside(
    make_rig: MakeRig, group_id: str, shown: str, *, is_registered: bool
) -> None:
    """It can be called by any manager; it is no way to call as another county."""
    rig = prepared(make_rig)
    directory = rig.directory
    directory.group_.parent_id = "grp_above"
    for added, parent in (("grp_above", None), ("grp_below", "grp_1"), ("grp_beside", None)):
        directory.groups[added] = Group(added, added, parent_id=parent)
    directory.other_hotlines["grp_beside"] = Hotline("hot_2", "+862162349999", "grp_beside")
    directory.manager_.group_id = group_id
    call_id, caller = await to_ringing(rig, **({"phone": "desk"} if is_registered else {}))
    assert rig.customer.presentation.number == shown
    call = rig.record(call_id)
    assert (call.display_number, call.group_id) == (shown, group_id)
    caller.bye()
    await close(rig)


@pytest.mark.parametrize("entry", ["13800138000#", "013800138000", "0086138001*13800138000#"])
@virtual
async def test_a_number_is_dialled_in_any_spelling(make_rig: MakeRig, entry: str) -> None:
    rig = prepared(make_rig)
    call_id, caller = await call_in(rig)
    await press(rig, call_id, entry)
    await elapse(6.5)
    assert rig.customer.target.number == CUSTOMER_NUMBER
    assert rig.record(call_id).customer_id == "cus_1"
    caller.bye()
    await close(rig)
    rig.check_over(call_id, CallOutcome.CANCELED)


@virtual
async def test_the_last_customer_again(make_rig: MakeRig) -> None:
    rig = prepared(make_rig)
    call_id, caller = await call_in(rig)
    await press(rig, call_id, "*")
    assert rig.heard(call_id, MANAGER)[-1] == "no_last_customer+dial_menu"
    await elapse(1.1)
    rig.ledger.last["mgr_1"] = LastDialled(CUSTOMER_NUMBER, "cus_1")
    await press(rig, call_id, "*")
    await elapse(1.1)
    assert rig.customer.target.number == CUSTOMER_NUMBER
    caller.bye()
    await close(rig)


@virtual
async def test_an_unknown_code_is_said_and_asked_again_three_times(make_rig: MakeRig) -> None:
    rig = prepared(make_rig)
    call_id, _ = await call_in(rig)
    for code in ("99", "12345", "40712"):
        await press(rig, call_id, f"{code}#")
        await elapse(2.1)
    await elapse(2)
    await close(rig)
    call = rig.check_over(call_id, CallOutcome.CANCELED)
    assert call.failure == "nothing-dialled"
    assert rig.sessions == []
    heard = rig.sound.heard[call.legs[0].id]
    assert heard.count("customer_not_found+dial_menu") == 2
    assert heard[-1] == "goodbye"


@virtual
async def test_who_says_nothing_is_asked_again_and_let_go(make_rig: MakeRig) -> None:
    rig = prepared(make_rig)
    call_id, _ = await call_in(rig)
    await elapse(45)
    await close(rig)
    assert rig.check_over(call_id, CallOutcome.CANCELED).failure == "nothing-dialled"


@pytest.mark.parametrize("after", ["menu", "digits", "ringing"])
@virtual
async def test_who_hangs_up_leaves_nothing(make_rig: MakeRig, after: str) -> None:
    rig = prepared(make_rig)
    if after == "ringing":
        call_id, caller = await to_ringing(rig)
    else:
        call_id, caller = await call_in(rig)
        await press(rig, call_id, "407" if after == "digits" else "")
    caller.bye()
    await close(rig)
    rig.check_over(call_id, CallOutcome.CANCELED)


@virtual
async def test_a_customer_who_does_not_answer_is_told_of(make_rig: MakeRig) -> None:
    rig = prepared(make_rig)
    call_id, _ = await to_ringing(rig)
    rig.customer.refuse(486)
    await elapse(1.2)
    assert "customer_busy" in rig.sound.heard[rig.record(call_id).legs[0].id]
    await close(rig)
    rig.check_over(call_id, CallOutcome.CUSTOMER_BUSY)


@virtual
async def test_a_manager_in_a_call_is_told_so(make_rig: MakeRig) -> None:
    rig = prepared(make_rig)
    first = await rig.dial()
    call_id, _ = await call_in(rig)
    await elapse(1.2)
    call = rig.check_over(call_id, CallOutcome.REFUSED)
    assert call.failure == "manager-busy"
    assert rig.sound.heard[call.legs[0].id] == ["refused_busy"]
    await rig.service.hangup(first)
    await close(rig)


@virtual
async def test_whoever_has_left_is_a_caller_like_any_other(make_rig: MakeRig) -> None:
    rig = prepared(make_rig)
    rig.directory.manager_.status = ManagerStatus.DEPARTED
    caller = FakeUas(caller=MANAGER_NUMBER)
    call_id = await rig.offer(caller)
    assert rig.record(call_id).direction is Direction.INBOUND
    await close(rig)


@virtual
async def test_switched_off_nobody_dials_through(make_rig: MakeRig) -> None:
    rig = prepared(make_rig, dialling=DialThroughRules(enabled=False))
    call_id = await rig.offer(FakeUas(caller=MANAGER_NUMBER))
    assert rig.record(call_id).direction is Direction.INBOUND
    await rig.offer(desk := FakeUas(phone="desk", dialled=CODE))
    assert desk.final_status == 403
    assert rig.service.refused["dial-through-off"] == 1
    await close(rig)


# -- telephones that are registered here -----------------------------------------------------------


@pytest.mark.parametrize("dialled", [CODE, "13800138000", CUSTOMER_NUMBER])
@virtual
async def test_a_registered_telephone_dials_directly(make_rig: MakeRig, dialled: str) -> None:
    rig = prepared(make_rig)
    desk = FakeUas(phone="desk", dialled=dialled)
    call_id = await rig.offer(desk)
    desk.ack()
    await elapse(1.1)
    assert (rig.customer.target.number, rig.customer.presentation.number) == (
        CUSTOMER_NUMBER,
        HOTLINE_NUMBER,
    )
    rig.customer.pick_up()
    await elapse(1.2)
    assert rig.record(call_id).bridged_at is not None
    assert rig.leg(call_id, MANAGER).trunk == "phone"
    desk.bye()
    await close(rig)
    rig.check_over(call_id, CallOutcome.CONNECTED)


@virtual
async def test_a_registered_telephone_that_dials_the_hotline_is_asked(make_rig: MakeRig) -> None:
    rig = prepared(make_rig)
    desk = FakeUas(phone="desk")
    call_id = await rig.offer(desk)
    desk.ack()
    assert rig.heard(call_id, MANAGER) == ["dial_menu"]
    desk.bye()
    await close(rig)


@pytest.mark.parametrize(
    ("phone", "dialled", "status", "why"),
    [
        ("nobody", "13800138000", 403, "phone-without-manager"),
        ("desk", "1002", 403, "colleague-dialled"),
    ],
)
@virtual
async def test_what_a_telephone_may_not_dial(
    make_rig: MakeRig, phone: str, dialled: str, status: int, why: str
) -> None:
    rig = prepared(make_rig)
    desk = FakeUas(phone=phone, dialled=dialled)
    assert await rig.offer(desk) == ""
    assert desk.final_status == status
    assert rig.service.refused[why] == 1
    rig.check_clean()


@virtual
async def test_a_telephone_that_dials_nobody_we_know_hears_so_before_the_404(
    make_rig: MakeRig,
) -> None:
    rig = prepared(make_rig)
    desk = FakeUas(phone="desk", dialled="99999")
    call_id = await rig.offer(desk)
    await elapse(1.2)
    call = rig.check_over(call_id, CallOutcome.REFUSED)
    assert (desk.final_status, call.failure) == (404, "unknown-customer")
    assert rig.sound.finished[call.legs[0].id] == ["customer_not_found"]
    await close(rig)


# -- each rule, for each way to dial ---------------------------------------------------------------

Change = Callable[[Rig], None]


def _do_not_call(rig: Rig) -> None:
    rig.directory.customer_.do_not_call = unwilling()


def _foreign(rig: Rig) -> None:
    rig.directory.customer_.numbers = ["+12024561111"]


def _emergency(rig: Rig) -> None:
    rig.directory.customer_.numbers = ["110"]


def _called(rig: Rig) -> None:
    rig.rates.record(CUSTOMER_NUMBER, rig.clock.now().timestamp())


def _group_full(rig: Rig) -> None:
    rig.group_slots.limit = 0


def _no_trunk(rig: Rig) -> None:
    rig.router.room_left = 0


def _no_room(rig: Rig) -> None:
    rig.desk.room = False


def _store_away(rig: Rig) -> None:
    rig.store_ready = False


def _overloaded(rig: Rig) -> None:
    rig.overloaded = True


def _draining(rig: Rig) -> None:
    rig.service.draining = True


RULES: list[tuple[str, Change | None, str, int, dict[str, object]]] = [
    ("do-not-call", _do_not_call, "refused_do_not_call", 403, {}),
    ("quiet-hours", None, "not_permitted", 403, {"quiet": quiet_now()}),
    ("customer-rate", _called, "refused_rate", 403, {"rates": [RateLimit(1, 60)]}),
    ("prefix-not-allowed", _foreign, "refused_number", 403, {}),
    ("emergency-number", _emergency, "refused_number", 403, {}),
    ("group-full", _group_full, "lines_busy", 503, {}),
    ("trunk-full", _no_trunk, "lines_busy", 503, {}),
    ("recording-unavailable", _no_room, "lines_busy", 503, {}),
    ("store-unavailable", _store_away, "lines_busy", 503, {}),
    ("overloaded", _overloaded, "lines_busy", 503, {}),
    ("draining", _draining, "lines_busy", 503, {}),
]


@pytest.mark.parametrize("way", ["click_to_dial", "menu", "direct"])
@pytest.mark.parametrize(
    ("slug", "change", "said", "status", "options"), RULES, ids=[rule[0] for rule in RULES]
)
@virtual
async def test_every_rule_refuses_every_way_to_dial(
    make_rig: MakeRig,
    slug: str,
    change: Change | None,
    said: str,
    status: int,
    options: dict[str, object],
    way: str,
) -> None:
    rig = prepared(make_rig, **options)
    if way == "click_to_dial":
        _make(change, rig)
        with pytest.raises(PolicyError) as refused:
            await rig.dial()
        assert refused.value.slug == slug
        rig.check_clean()
        return
    desk = FakeUas(phone="desk", dialled=CODE)
    if way == "menu":
        call_id, _ = await call_in(rig)
        _make(change, rig)
        await press(rig, call_id, f"{CODE}#")
    else:
        # Offered first: some rules refuse whoever comes later at the door, without a call.
        rig.hand(desk)
        _make(change, rig)
        await rig.turn()
        [call_id] = {one.call.id for one in rig.journal.entries if isinstance(one, CallChanged)}
    await elapse(1.2)
    call = rig.check_over(call_id, CallOutcome.REFUSED)
    assert call.failure == slug
    assert rig.sound.heard[call.legs[0].id][-1] == said
    assert call.plan[-1].reason == slug
    assert rig.sessions == []
    assert way == "menu" or desk.final_status == status
    await close(rig)


def _make(change: Change | None, rig: Rig) -> None:
    if change is not None:
        change(rig)


@virtual
async def test_the_directory_away_refuses_like_a_rule(make_rig: MakeRig) -> None:
    rig = prepared(make_rig)
    call_id, _ = await call_in(rig)
    rig.directory.fault = StoreUnavailableError("away")
    await press(rig, call_id, f"{CODE}#")
    await elapse(1.2)
    assert rig.check_over(call_id, CallOutcome.REFUSED).failure == "store-unavailable"
    rig.directory.fault = None
    await close(rig)


@virtual
async def test_callers_fill_a_group_and_are_never_refused_for_it(make_rig: MakeRig) -> None:
    rig = prepared(make_rig, per_group=1)
    first, second = FakeUas(), FakeUas(caller="+8613600136000")
    one, two = await rig.offer(first), await rig.offer(second)
    assert rig.record(two).direction is Direction.INBOUND
    for _ in range(2):
        with pytest.raises(PolicyError) as refused:
            await rig.dial(manager_id="mgr_2")
        assert refused.value.slug == "group-full"
        second.cancel()
        await rig.turn()
    first.cancel()
    await rig.turn()
    call_id = await rig.dial(manager_id="mgr_2")
    assert rig.group_slots.full("grp_1")
    await rig.service.hangup(call_id)
    await close(rig)
    assert one != two


# -- what a manager may spend ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rules", "spent", "allowed"),
    [
        (DialThroughRules(calls_per_day=3), Spent(2, 9e9), True),
        (DialThroughRules(calls_per_day=3), Spent(3, 0), False),
        (DialThroughRules(minutes_per_day=10), Spent(900, 599), True),
        (DialThroughRules(minutes_per_day=10), Spent(1, 600), False),
    ],
)
@virtual
async def test_calls_and_minutes_of_a_day(
    make_rig: MakeRig, rules: DialThroughRules, spent: Spent, allowed: bool
) -> None:
    rig = prepared(make_rig, dialling=rules)
    rig.ledger.spent_ = spent
    desk = FakeUas(phone="desk", dialled=CODE)
    call_id = await rig.offer(desk)
    desk.ack()
    await elapse(1.2)
    if allowed:
        assert rig.customer.target.number == CUSTOMER_NUMBER
        desk.bye()
    else:
        call = rig.check_over(call_id, CallOutcome.REFUSED)
        assert call.failure == "dial-limit"
        assert rig.sound.heard[call.legs[0].id] == ["limit_reached"]
    await close(rig)


@virtual
async def test_a_talk_ends_when_the_minutes_of_the_day_are_over(make_rig: MakeRig) -> None:
    rig = prepared(make_rig, dialling=DialThroughRules(minutes_per_day=2))
    rig.ledger.spent_ = Spent(1, 60)
    call_id, _ = await to_ringing(rig)
    rig.customer.pick_up()
    await elapse(70)
    await close(rig)
    call = rig.check_over(call_id, CallOutcome.CONNECTED)
    assert call.failure == "max-talk"
    assert call.talk_s == pytest.approx(60, abs=0.1)


# -- emergency numbers -----------------------------------------------------------------------------


@pytest.mark.parametrize("phone", ["desk", "nobody"])
@virtual
async def test_an_emergency_number_goes_out_at_once_whatever_holds(
    make_rig: MakeRig, phone: str
) -> None:
    rig = prepared(make_rig)
    first = await rig.dial()
    for change in (_no_trunk, _no_room, _store_away, _draining, _group_full):
        change(rig)
    desk = FakeUas(phone=phone, dialled="110")
    call_id = await rig.offer(desk)
    desk.ack()
    [service] = rig.invited("110")
    assert service.target.is_urgent
    own = MANAGER_NUMBER if phone == "desk" else "nobody"
    assert service.presentation.number == own
    service.pick_up()
    await rig.turn()
    call = rig.record(call_id)
    assert call.bridged_at is not None
    assert call.display_number == own
    assert rig.sound.capture is None
    service.bye()
    await elapse(1)
    call = rig.check_over(call_id, CallOutcome.CONNECTED)
    assert (call.recordings, [step.step for step in call.plan]) == ([], ["emergency"])
    told = [one for one in rig.journal.entries if isinstance(one, CallChanged)]
    assert all(one.call.plan for one in told if one.call.id == call_id), "from the first event on"
    await rig.service.hangup(first)
    await close(rig)


@virtual
async def test_an_emergency_call_needs_no_directory(make_rig: MakeRig) -> None:
    rig = prepared(make_rig)
    rig.directory.fault = StoreUnavailableError("away")
    desk = FakeUas(phone="desk", dialled="110")
    call_id = await rig.offer(desk)
    assert [one.presentation.number for one in rig.invited("110")] == ["desk"]
    desk.ack()
    desk.bye()
    await close(rig)
    rig.check_over(call_id, CallOutcome.CANCELED)


@virtual
async def test_an_emergency_call_that_nobody_takes_ends(make_rig: MakeRig) -> None:
    rig = prepared(make_rig)
    desk = FakeUas(phone="desk", dialled="110")
    call_id = await rig.offer(desk)
    desk.ack()
    rig.invited("110")[-1].refuse(486)
    await elapse(1)
    await close(rig)
    call = rig.check_over(call_id, CallOutcome.CUSTOMER_BUSY)
    assert call.legs[1].result is LegResult.BUSY


# -- anything, at any moment -----------------------------------------------------------------------

_ONWARDS = ["key 1", "key #", "ring", "answer", "ack", "customer calls"]


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(
        st.tuples(
            st.sampled_from([0.0, 0.001, 0.01, 0.5, 1.1, 6.0, 21.0]),
            st.one_of(st.sampled_from(_ONWARDS), st.sampled_from([*list(ACTS), "key *"])),
            st.integers(0, 5),
        ),
        max_size=14,
    ),
    st.booleans(),
)
def test_whatever_happens_each_dial_through_ends_once(
    script: list[tuple[float, str, int]], by_phone: bool
) -> None:
    async def work(folder: str) -> None:
        rig = Rig(Path(folder))
        rig.directory.customer_.code = "1"
        rig.directory.manager_.phones.append(Phone(aor="desk", order=1))
        rig.hand(FakeUas(phone="desk") if by_phone else FakeUas(caller=MANAGER_NUMBER))
        await rig.turn()
        for wait_s, name, which in script:
            await elapse(wait_s)
            if name.startswith("key "):
                for sound in rig.media.sounds:
                    for leg in list(sound.gathering):
                        sound.key(leg, name[-1])
            elif name == "customer calls":
                rig.hand(FakeUas())
            elif sessions := [one for one in (*rig.sessions, *rig.offered) if not one.over]:
                ACTS[name](rig, sessions[which % len(sessions)])
        await finish(rig)
        check(rig)
        assert len(rig.parts.glare) == 0

    with tempfile.TemporaryDirectory() as folder:
        run(lambda: work(folder))
