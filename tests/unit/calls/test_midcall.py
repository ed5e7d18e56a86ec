"""What a manager does with a customer while they talk: who hears what, and what becomes of it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.unit.calls.fake_signalling import HOTLINE_NUMBER, SDP, FakeUac
from tests.unit.calls.fake_sound import HOLD_SDP
from tests.unit.calls.fake_world import COLLEAGUE_NUMBER
from tests.unit.calls.rig import Rig
from tests.unit.calls.stages import close, to_talk
from tests.unit.calls.virtual_time import elapse, virtual
from voicegw.calls.control import DisclosureRequest, HandOnMode, HandOnRequest, StatementRequest
from voicegw.calls.policy import MAX_TRANSFERS
from voicegw.errors import ConflictError, NotFoundError, PolicyError
from voicegw.media.engine import FromLeg, Mix
from voicegw.model.call import CallOutcome, HangupSource, HeldBy, Leg, LegRole
from voicegw.model.directory import Group, Manager, ManagerStatus, Phone
from voicegw.sdp.codecs import Codec

MakeRig = Callable[..., Rig]
MANAGER = LegRole.MANAGER
CUSTOMER = LegRole.CUSTOMER
SERVICE = "10010"


def customer_of(rig: Rig, call_id: str) -> Leg:
    """Return the customer's leg."""
    return rig.leg(call_id, CUSTOMER)


def first_of(rig: Rig, call_id: str) -> Leg:
    """Return the leg of the manager who began."""
    return next(leg for leg in rig.record(call_id).legs if leg.role is MANAGER)


def hears(rig: Rig, leg: Leg) -> str:
    """Return what a leg hears just now."""
    return rig.sound.heard[leg.id][-1]


def other(rig: Rig, number: str = COLLEAGUE_NUMBER) -> FakeUac:
    """Return the last INVITE to `number`."""
    return rig.invited(number)[-1]


async def press(rig: Rig, call_id: str, digits: str, leg: Leg | None = None) -> None:
    """Press keys at the first manager's telephone."""
    for digit in digits:
        rig.sound.key((leg or first_of(rig, call_id)).id, digit)
        await rig.turn()


async def hand_on(rig: Rig, call_id: str, mode: HandOnMode, **to: str) -> None:
    """Ask over the API for somebody; the colleague where nobody is named."""
    await rig.service.hand_on(call_id, HandOnRequest(**(to or {"manager_id": "mgr_2"}), mode=mode))
    await rig.turn()


async def answer(rig: Rig, number: str = COLLEAGUE_NUMBER) -> None:
    """Have whoever rings pick up and hear the notice."""
    other(rig, number).pick_up()
    await elapse(1.1)


async def hung_up(rig: Rig, call_id: str, outcome: CallOutcome = CallOutcome.CONNECTED) -> None:
    """Have the customer hang up and check that nothing is left."""
    rig.customer.bye()
    await elapse(1)
    rig.check_over(call_id, outcome)
    await close(rig)


def talking(rig: Rig, call_id: str, manager: Leg) -> bool:
    """Whether customer and `manager` hear each other, and nobody else."""
    customer = customer_of(rig, call_id)
    return (rig.sound.hears[customer.id], rig.sound.hears[manager.id]) == (
        FromLeg(manager.id),
        FromLeg(customer.id),
    )


# -- hold ----------------------------------------------------------------------------------------


@virtual
async def test_a_held_customer_hears_music_until_fetched_back(make_rig: MakeRig) -> None:
    rig = make_rig()
    call_id = await to_talk(rig)
    held = await rig.service.hold(call_id, on=True)
    assert held.held_by is HeldBy.API
    assert hears(rig, customer_of(rig, call_id)) == "moh"
    assert hears(rig, first_of(rig, call_id)) == "on_hold"
    assert (rig.sound.marks[-1], rig.sound.details[-1]) == ("hold", "gateway")
    await rig.service.hold(call_id, on=True)
    assert rig.sound.marks.count("hold") == 1
    back = await rig.service.hold(call_id, on=False)
    assert back.held_by is None
    assert talking(rig, call_id, first_of(rig, call_id))
    assert (rig.sound.marks[-1], rig.sound.details[-1]) == ("unhold", "gateway")
    types = rig.journal.types(call_id)
    assert [one for one in types if "held" in one] == ["call.held", "call.unheld"]
    await hung_up(rig, call_id)


@virtual
async def test_a_telephone_that_holds_meanwhile_connects_nobody(make_rig: MakeRig) -> None:
    rig = make_rig()
    call_id = await to_talk(rig)
    await rig.service.hold(call_id, on=True)
    rig.manager.reinvite(HOLD_SDP)
    await rig.turn()
    rig.manager.reinvite(SDP)
    await rig.turn()
    assert hears(rig, customer_of(rig, call_id)) == "moh"
    assert rig.record(call_id).held_by is HeldBy.API
    rig.manager.reinvite(HOLD_SDP)
    await rig.turn()
    await rig.service.hold(call_id, on=False)
    assert hears(rig, customer_of(rig, call_id)) == "moh"
    assert rig.record(call_id).held_by is HeldBy.MANAGER
    await hung_up(rig, call_id)


@virtual
async def test_held_by_keys_and_fetched_back_by_keys(make_rig: MakeRig) -> None:
    rig = make_rig()
    call_id = await to_talk(rig)
    for keys in ("*1", "*0"):
        await press(rig, call_id, "*1")
        assert rig.record(call_id).held_by is HeldBy.KEYPAD
        await press(rig, call_id, keys)
        assert rig.record(call_id).held_by is None
        assert talking(rig, call_id, first_of(rig, call_id))
    assert rig.sound.pressed == []
    rig.manager.bye()
    await elapse(1)
    assert rig.check_over(call_id).held_by is None
    await close(rig)


@virtual
async def test_a_call_that_ends_on_hold_is_held_no_more(make_rig: MakeRig) -> None:
    rig = make_rig()
    call_id = await to_talk(rig)
    await rig.service.hold(call_id, on=True)
    await hung_up(rig, call_id)
    assert rig.record(call_id).held_by is None


# -- keys ----------------------------------------------------------------------------------------


@virtual
async def test_all_other_keys_reach_the_customer(make_rig: MakeRig) -> None:
    rig = make_rig()
    call_id = await to_talk(rig)
    customer = customer_of(rig, call_id).id
    await press(rig, call_id, "12*45#*")
    assert "".join(digit for _, digit in rig.sound.pressed) == "12*45#"
    await elapse(2.1)
    assert "".join(digit for leg, digit in rig.sound.pressed if leg == customer) == "12*45#*"
    rig.manager.press_info("7")
    await rig.turn()
    assert rig.sound.pressed[-1] == (customer, "7")
    await hung_up(rig, call_id)


@virtual
async def test_the_customers_keys_command_nothing(make_rig: MakeRig) -> None:
    rig = make_rig()
    call_id = await to_talk(rig)
    await press(rig, call_id, "*1", customer_of(rig, call_id))
    assert rig.record(call_id).held_by is None
    assert customer_of(rig, call_id).id not in rig.sound.gathering
    await hung_up(rig, call_id)


@virtual
async def test_keys_are_left_alone_where_commands_are_off(make_rig: MakeRig) -> None:
    rig = make_rig(keypad_commands=False)
    call_id = await to_talk(rig)
    await press(rig, call_id, "*1")
    assert rig.record(call_id).held_by is None
    assert not rig.sound.gathering
    await hung_up(rig, call_id)


# -- blind ---------------------------------------------------------------------------------------


@virtual
async def test_handed_on_to_a_colleague(make_rig: MakeRig) -> None:
    rig = make_rig()
    call_id = await to_talk(rig)
    old = first_of(rig, call_id)
    await hand_on(rig, call_id, HandOnMode.BLIND)
    assert hears(rig, customer_of(rig, call_id)) == "ringback_cn"
    assert other(rig).presentation.number == HOTLINE_NUMBER
    await answer(rig)
    call = rig.record(call_id)
    assert call.manager_id == "mgr_2"
    assert talking(rig, call_id, rig.leg(call_id, MANAGER))
    assert [(one.step, one.target, one.result) for one in call.plan] == [
        ("transfer", "mgr_2", "connected")
    ]
    assert rig.sessions[0].said("end")
    assert next(leg for leg in call.legs if leg.id == old.id).ended_at is not None
    assert not rig.slots.full("mgr_1")
    assert rig.journal.types(call_id)[-1] == "call.transferred"
    await hung_up(rig, call_id)


@virtual
async def test_a_held_customer_is_handed_on_and_held_no_more(make_rig: MakeRig) -> None:
    rig = make_rig()
    call_id = await to_talk(rig)
    await rig.service.hold(call_id, on=True)
    await hand_on(rig, call_id, HandOnMode.BLIND)
    await answer(rig)
    assert rig.record(call_id).held_by is None
    assert rig.sound.marks.count("hold") == rig.sound.marks.count("unhold") == 1
    await hung_up(rig, call_id)


@virtual
async def test_a_hold_of_the_manager_who_left_mutes_nothing(make_rig: MakeRig) -> None:
    rig = make_rig()
    call_id = await to_talk(rig)
    rig.manager.reinvite(HOLD_SDP)
    await rig.turn()
    await hand_on(rig, call_id, HandOnMode.BLIND)
    await answer(rig)
    assert [one for one in rig.sound.marks if "hold" in one] == ["hold", "unhold"]
    await hung_up(rig, call_id)


def muting(rig: Rig) -> list[object]:
    """Return whose holds the recording is silent for, by the capture's marks."""
    holding: list[object] = []
    for kind, detail in zip(rig.sound.marks, rig.sound.details, strict=True):
        if kind == "hold":
            assert detail not in holding, "held twice"
            holding.append(detail)
        elif kind == "unhold":
            holding.remove(detail)
    return holding


@pytest.mark.parametrize("then", ["back", "handed on"])
@virtual
async def test_a_hold_that_ends_while_a_colleague_is_asked_mutes_nothing(
    make_rig: MakeRig, then: str
) -> None:
    rig = make_rig()
    call_id = await to_talk(rig)
    rig.manager.reinvite(HOLD_SDP)
    await rig.turn()
    assert muting(rig) == ["manager"]
    await hand_on(rig, call_id, HandOnMode.CONSULT)
    rig.manager.reinvite(SDP)
    await rig.turn()
    await answer(rig)
    assert muting(rig) == ["gateway"]
    if then == "back":
        await rig.service.cancel_transfer(call_id)
    else:
        await rig.service.complete_transfer(call_id)
    await rig.turn()
    assert muting(rig) == []
    await hung_up(rig, call_id)


@virtual
async def test_a_hold_that_ends_while_it_is_told_that_nobody_was_reached_mutes_nothing(
    make_rig: MakeRig,
) -> None:
    rig = make_rig()
    call_id = await to_talk(rig)
    rig.manager.reinvite(HOLD_SDP)
    await rig.turn()
    await hand_on(rig, call_id, HandOnMode.CONSULT)
    other(rig).refuse(486)
    await rig.turn()
    rig.manager.reinvite(SDP)
    await elapse(1.1)
    assert talking(rig, call_id, first_of(rig, call_id))
    assert muting(rig) == []
    await hung_up(rig, call_id)


@virtual
async def test_a_hold_that_begins_while_a_colleague_is_rung_is_marked_once_they_talk(
    make_rig: MakeRig,
) -> None:
    rig = make_rig()
    call_id = await to_talk(rig)
    await hand_on(rig, call_id, HandOnMode.CONSULT)
    rig.manager.reinvite(HOLD_SDP)
    await rig.turn()
    assert muting(rig) == ["gateway"]
    other(rig).refuse(486)
    await elapse(1.1)
    assert hears(rig, customer_of(rig, call_id)) == "moh"
    assert muting(rig) == ["manager"]
    rig.manager.reinvite(SDP)
    await rig.turn()
    assert muting(rig) == []
    await hung_up(rig, call_id)


@pytest.mark.parametrize("status", [486, 480, 404])
@virtual
async def test_in_vain_the_manager_has_the_customer_back(make_rig: MakeRig, status: int) -> None:
    rig = make_rig()
    call_id = await to_talk(rig)
    await hand_on(rig, call_id, HandOnMode.BLIND)
    other(rig).refuse(status)
    await elapse(1.1)
    assert rig.played(call_id, CUSTOMER)[-1] == "recording_notice"
    assert "transfer_failed" in rig.sound.finished[first_of(rig, call_id).id]
    assert talking(rig, call_id, first_of(rig, call_id))
    assert rig.record(call_id).manager_id == "mgr_1"
    assert not rig.slots.full("mgr_2")
    await hung_up(rig, call_id)


@virtual
async def test_a_customer_whose_manager_left_is_told_that_nobody_is_there(
    make_rig: MakeRig,
) -> None:
    rig = make_rig()
    call_id = await to_talk(rig)
    await hand_on(rig, call_id, HandOnMode.BLIND)
    rig.manager.bye()
    await rig.turn()
    assert not rig.slots.full("mgr_1")
    other(rig).refuse(480)
    await elapse(2)
    assert "manager_unavailable" in rig.played(call_id, CUSTOMER)
    assert rig.check_over(call_id, CallOutcome.CONNECTED).failure == "transfer-failed"
    await close(rig)


# -- groups and short codes ----------------------------------------------------------------------


def with_colleagues(rig: Rig, count: int) -> list[str]:
    """Give another group `count` managers and return their numbers."""
    numbers = []
    for place in range(count):
        number = f"+86137001380{place:02}"
        one = Manager(
            id=f"mgr_g{place}", name="Member", group_id="grp_2", phones=[Phone(number=number)]
        )
        rig.directory.managers[one.id] = one
        numbers.append(number)
    rig.directory.groups["grp_2"] = Group("grp_2", "Helpers")
    return numbers


@virtual
async def test_a_group_rings_as_its_hotline_would(make_rig: MakeRig) -> None:
    rig = make_rig()
    one, two = with_colleagues(rig, 2)
    call_id = await to_talk(rig)
    await hand_on(rig, call_id, HandOnMode.BLIND, group_id="grp_2")
    assert rig.invited(one)
    await answer(rig, two if rig.invited(two) else one)
    call = rig.record(call_id)
    assert (call.manager_id or "").startswith("mgr_g")
    assert [(one.step, one.target, one.result) for one in call.plan] == [
        ("transfer", "grp_2", "connected")
    ]
    await hung_up(rig, call_id)


@virtual
async def test_nobody_in_the_group(make_rig: MakeRig) -> None:
    rig = make_rig()
    call_id = await to_talk(rig)
    with pytest.raises(ConflictError) as refused:
        await hand_on(rig, call_id, HandOnMode.BLIND, group_id="grp_none")
    assert refused.value.slug == "nobody-there"
    await hung_up(rig, call_id)


@virtual
async def test_a_short_code_takes_the_customer_and_the_call_stays_the_managers(
    make_rig: MakeRig,
) -> None:
    rig = make_rig(short_codes=[SERVICE])
    call_id = await to_talk(rig)
    await hand_on(rig, call_id, HandOnMode.BLIND, short_code=SERVICE)
    assert other(rig, SERVICE).presentation.number == HOTLINE_NUMBER
    await answer(rig, SERVICE)
    call = rig.record(call_id)
    assert (call.manager_id, call.legs[-1].manager_id) == ("mgr_1", None)
    assert talking(rig, call_id, call.legs[-1])
    assert rig.sound.details[-1] == {"manager": None}
    assert call.legs[-1].id not in rig.sound.gathering
    other(rig, SERVICE).bye()
    await elapse(1)
    rig.check_over(call_id, CallOutcome.CONNECTED)
    await close(rig)


# -- consulting ----------------------------------------------------------------------------------


async def consulting(rig: Rig) -> str:
    """Go on until the manager asks the colleague, the customer being held."""
    call_id = await to_talk(rig)
    await hand_on(rig, call_id, HandOnMode.CONSULT)
    await answer(rig)
    return call_id


@virtual
async def test_the_colleague_is_asked_while_the_customer_hears_music(make_rig: MakeRig) -> None:
    rig = make_rig()
    call_id = await consulting(rig)
    asked = rig.leg(call_id, MANAGER)
    assert hears(rig, customer_of(rig, call_id)) == "moh"
    assert rig.sound.hears[asked.id] == FromLeg(first_of(rig, call_id).id)
    assert rig.sound.hears[first_of(rig, call_id).id] == FromLeg(asked.id)
    call = rig.record(call_id)
    assert (call.plan[-1].result, call.held_by, call.manager_id) == (
        "consulting",
        HeldBy.API,
        "mgr_1",
    )
    # A menu at the colleague's end, too, must work.
    await press(rig, call_id, "5")
    assert rig.sound.pressed == [(asked.id, "5")]
    await hung_up(rig, call_id)


@pytest.mark.parametrize("how", ["hang-up", "keys", "api"])
@virtual
async def test_then_the_customer_is_handed_on(make_rig: MakeRig, how: str) -> None:
    rig = make_rig()
    call_id = await consulting(rig)
    if how == "hang-up":
        rig.manager.bye()
    elif how == "keys":
        await press(rig, call_id, "*2")
    else:
        await rig.service.complete_transfer(call_id)
    await rig.turn()
    call = rig.record(call_id)
    assert (call.manager_id, call.held_by, call.plan[-1].result) == ("mgr_2", None, "connected")
    assert talking(rig, call_id, rig.leg(call_id, MANAGER))
    assert not rig.slots.full("mgr_1")
    assert rig.journal.types(call_id)[-1] == "call.transferred"
    assert rig.sound.marks[-2:] == ["unhold", "bridge"]
    await hung_up(rig, call_id)


@pytest.mark.parametrize("how", ["colleague", "keys", "api"])
@virtual
async def test_or_the_manager_goes_back(make_rig: MakeRig, how: str) -> None:
    rig = make_rig()
    call_id = await consulting(rig)
    if how == "colleague":
        other(rig).bye()
    elif how == "keys":
        await press(rig, call_id, "*0")
    else:
        await rig.service.cancel_transfer(call_id)
    await rig.turn()
    call = rig.record(call_id)
    assert (call.manager_id, call.held_by, call.plan[-1].result) == ("mgr_1", None, "canceled")
    assert talking(rig, call_id, first_of(rig, call_id))
    assert not rig.slots.full("mgr_2")
    assert "call.transferred" not in rig.journal.types(call_id)
    rig.manager.bye()
    await elapse(1)
    assert rig.check_over(call_id).hangup_source is HangupSource.MANAGER
    await close(rig)


@virtual
async def test_who_hangs_up_while_it_rings_hands_on_blindly(make_rig: MakeRig) -> None:
    rig = make_rig()
    call_id = await to_talk(rig)
    await hand_on(rig, call_id, HandOnMode.CONSULT)
    rig.manager.bye()
    await rig.turn()
    await answer(rig)
    assert rig.record(call_id).manager_id == "mgr_2"
    assert talking(rig, call_id, rig.leg(call_id, MANAGER))
    await hung_up(rig, call_id)


@pytest.mark.parametrize("how", ["keys", "api"])
@virtual
async def test_ringing_is_taken_back(make_rig: MakeRig, how: str) -> None:
    rig = make_rig()
    call_id = await to_talk(rig)
    await hand_on(rig, call_id, HandOnMode.CONSULT)
    if how == "keys":
        await press(rig, call_id, "*0")
    else:
        await rig.service.cancel_transfer(call_id)
        await rig.turn()
    assert other(rig).said("end")
    assert not rig.slots.full("mgr_2")
    assert talking(rig, call_id, first_of(rig, call_id))
    await hung_up(rig, call_id)


@virtual
async def test_both_managers_gone_the_customer_is_told(make_rig: MakeRig) -> None:
    rig = make_rig()
    call_id = await consulting(rig)
    other(rig).bye()
    rig.manager.bye()
    await elapse(2)
    assert rig.check_over(call_id, CallOutcome.CONNECTED).failure == "transfer-failed"
    await close(rig)


@pytest.mark.parametrize("who", ["customer", "api", "sound"])
@virtual
async def test_what_ends_the_call_ends_the_asking(make_rig: MakeRig, who: str) -> None:
    rig = make_rig()
    call_id = await consulting(rig)
    if who == "customer":
        rig.customer.bye()
    elif who == "api":
        await rig.service.hangup(call_id)
    else:
        rig.sound.die()
    await elapse(1)
    outcome = CallOutcome.INTERRUPTED if who == "sound" else CallOutcome.CONNECTED
    rig.check_over(call_id, outcome)
    assert other(rig).over
    await close(rig)


@virtual
async def test_the_longest_talk_ends_an_asking_too(make_rig: MakeRig) -> None:
    rig = make_rig()
    call_id = await consulting(rig)
    await elapse(601)
    assert rig.check_over(call_id, CallOutcome.CONNECTED).failure == "max-talk"
    await close(rig)


# -- by keys -------------------------------------------------------------------------------------


@virtual
async def test_a_staff_number_is_asked_for_and_rung(make_rig: MakeRig) -> None:
    rig = make_rig()
    call_id = await to_talk(rig)
    await press(rig, call_id, "*2")
    assert hears(rig, customer_of(rig, call_id)) == "moh"
    assert hears(rig, first_of(rig, call_id)) == "enter_transfer"
    await press(rig, call_id, "1002#")
    await answer(rig)
    assert rig.record(call_id).plan[-1].result == "consulting"
    assert rig.record(call_id).held_by is HeldBy.KEYPAD
    await press(rig, call_id, "*2")
    assert rig.record(call_id).manager_id == "mgr_2"
    assert rig.sound.pressed == []
    # Who has taken over commands by keys as well.
    await press(rig, call_id, "*1", rig.leg(call_id, MANAGER))
    assert rig.record(call_id).held_by is HeldBy.KEYPAD
    await hung_up(rig, call_id)


@virtual
async def test_a_short_code_by_keys(make_rig: MakeRig) -> None:
    rig = make_rig(short_codes=[SERVICE])
    call_id = await to_talk(rig)
    await press(rig, call_id, f"*2{SERVICE}#")
    await answer(rig, SERVICE)
    rig.manager.bye()
    await rig.turn()
    assert talking(rig, call_id, rig.leg(call_id, MANAGER))
    await hung_up(rig, call_id)


@pytest.mark.parametrize("entry", ["9999#", "13800138000#", "110#", "10086#", "1001#", "*0", "#"])
@virtual
async def test_nobody_else_is_rung_by_keys(make_rig: MakeRig, entry: str) -> None:
    rig = make_rig(short_codes=[SERVICE])
    call_id = await to_talk(rig)
    invites = len(rig.sessions)
    await press(rig, call_id, "*2")
    await press(rig, call_id, entry)
    await elapse(1.2)
    assert len(rig.sessions) == invites
    assert talking(rig, call_id, first_of(rig, call_id))
    assert rig.record(call_id).held_by is None
    assert rig.record(call_id).plan == []
    await hung_up(rig, call_id)


# -- three ---------------------------------------------------------------------------------------


async def three(rig: Rig) -> str:
    """Go on until three talk."""
    call_id = await to_talk(rig)
    await hand_on(rig, call_id, HandOnMode.ADD)
    assert talking(rig, call_id, first_of(rig, call_id))
    await answer(rig)
    await elapse(1.1)
    return call_id


def all_hear_each_other(rig: Rig, call_id: str) -> bool:
    """Whether customer, manager and colleague hear the other two each."""
    legs = [customer_of(rig, call_id), first_of(rig, call_id), rig.leg(call_id, MANAGER)]
    for leg in legs:
        source = rig.sound.hears[leg.id]
        if not isinstance(source, Mix):
            return False
        if set(source.legs) != {one.id for one in legs} - {leg.id}:
            return False
    return True


@virtual
async def test_three_talk(make_rig: MakeRig) -> None:
    rig = make_rig()
    call_id = await three(rig)
    assert all_hear_each_other(rig, call_id)
    call = rig.record(call_id)
    assert [(one.step, one.target, one.result) for one in call.plan] == [
        ("add", "mgr_2", "connected")
    ]
    assert rig.sound.details[-1] == {"manager": "mgr_1", "third": "mgr_2"}
    assert "colleague_joined" in rig.sound.finished[first_of(rig, call_id).id]
    assert rig.slots.full("mgr_2")
    # What is pressed reaches both others.
    await press(rig, call_id, "5")
    assert {leg for leg, _ in rig.sound.pressed} == {
        customer_of(rig, call_id).id,
        rig.leg(call_id, MANAGER).id,
    }
    await hung_up(rig, call_id)


@pytest.mark.parametrize("how", ["colleague", "keys", "api", "manager"])
@virtual
async def test_then_one_leaves_and_two_go_on(make_rig: MakeRig, how: str) -> None:
    rig = make_rig()
    call_id = await three(rig)
    if how == "colleague":
        other(rig).bye()
    elif how == "keys":
        await press(rig, call_id, "*0")
    elif how == "api":
        await rig.service.cancel_transfer(call_id)
    else:
        rig.manager.bye()
    await rig.turn()
    staying, gone = ("mgr_2", "mgr_1") if how == "manager" else ("mgr_1", "mgr_2")
    call = rig.record(call_id)
    assert call.manager_id == staying
    assert not rig.slots.full(gone)
    assert rig.slots.full(staying)
    left = rig.leg(call_id, MANAGER) if how == "manager" else first_of(rig, call_id)
    assert talking(rig, call_id, left)
    transferred = rig.journal.types(call_id).count("call.transferred")
    assert transferred == (1 if how == "manager" else 0)
    await hung_up(rig, call_id)


@virtual
async def test_who_holds_among_three_silences_nobody(make_rig: MakeRig) -> None:
    rig = make_rig()
    call_id = await three(rig)
    marks = len(rig.sound.marks)
    rig.manager.reinvite(HOLD_SDP)
    await rig.turn()
    assert "hold" not in rig.sound.marks[marks:]
    assert all_hear_each_other(rig, call_id)
    other(rig).bye()
    await rig.turn()
    assert hears(rig, customer_of(rig, call_id)) == "moh"
    assert rig.sound.marks[marks:] == ["hold", "bridge"]
    await hung_up(rig, call_id)


@virtual
async def test_whoever_was_asked_may_join(make_rig: MakeRig) -> None:
    rig = make_rig()
    call_id = await consulting(rig)
    await press(rig, call_id, "*3")
    await elapse(1.1)
    assert all_hear_each_other(rig, call_id)
    assert rig.record(call_id).held_by is None
    await hung_up(rig, call_id)


@virtual
async def test_the_two_talk_on_when_nobody_joins(make_rig: MakeRig) -> None:
    rig = make_rig()
    call_id = await to_talk(rig)
    await hand_on(rig, call_id, HandOnMode.ADD)
    other(rig).refuse(486)
    await elapse(1.1)
    assert talking(rig, call_id, first_of(rig, call_id))
    assert rig.record(call_id).plan[-1].result == "busy"
    await hung_up(rig, call_id)


@virtual
async def test_a_manager_who_leaves_before_anybody_joined_ends_the_call(
    make_rig: MakeRig,
) -> None:
    rig = make_rig()
    call_id = await to_talk(rig)
    await hand_on(rig, call_id, HandOnMode.ADD)
    rig.manager.bye()
    await elapse(1)
    rig.check_over(call_id, CallOutcome.CONNECTED)
    assert other(rig).said("end")
    await close(rig)


@virtual
async def test_all_of_the_managers_side_gone(make_rig: MakeRig) -> None:
    rig = make_rig()
    call_id = await three(rig)
    other(rig).bye()
    rig.manager.bye()
    await elapse(1)
    assert rig.check_over(call_id, CallOutcome.CONNECTED).failure == "transfer-failed"
    await close(rig)


@virtual
async def test_an_engine_that_adds_up_nothing_has_nobody_join(make_rig: MakeRig) -> None:
    rig = make_rig()
    call_id = await to_talk(rig)
    rig.sound.can_mix = False
    with pytest.raises(ConflictError) as refused:
        await hand_on(rig, call_id, HandOnMode.ADD)
    assert refused.value.slug == "not-supported"
    await press(rig, call_id, "*31002#")
    await elapse(1.1)
    assert len(rig.invited(COLLEAGUE_NUMBER)) == 0
    assert talking(rig, call_id, first_of(rig, call_id))
    await hung_up(rig, call_id)


WIDEBAND = ("opus", "G722", "PCMA", "PCMU")


async def to_wideband_talk(rig: Rig) -> str:
    """Have both talk in G.722."""
    call_id = await rig.dial()
    rig.manager.pick_up("v=0 codec=G722")
    await elapse(1.2)
    rig.customer.pick_up("v=0 codec=G722")
    await elapse(1.2)
    return call_id


@virtual
async def test_wideband_telephones_are_brought_to_what_can_be_added_up(make_rig: MakeRig) -> None:
    rig = make_rig(codecs=WIDEBAND)
    call_id = await to_wideband_talk(rig)
    await hand_on(rig, call_id, HandOnMode.ADD)
    assert not rig.invited(COLLEAGUE_NUMBER)
    for phone in (rig.manager, rig.customer):
        assert len(phone.said("reoffer")) == 1
        phone.take_reoffer("v=0 codec=PCMA")
        await rig.turn()
    assert rig.sound.terms[first_of(rig, call_id).id].codecs == ("PCMA", "PCMU")
    other(rig).pick_up("v=0 codec=PCMU")
    await elapse(2.2)
    assert all_hear_each_other(rig, call_id)
    await hung_up(rig, call_id)


@virtual
async def test_a_colleague_with_another_codec_is_brought_there_too(make_rig: MakeRig) -> None:
    rig = make_rig(codecs=WIDEBAND)
    call_id = await to_talk(rig)
    rig.sound.codecs.update(dict.fromkeys(rig.sound.codecs, Codec.PCMA))
    await hand_on(rig, call_id, HandOnMode.ADD)
    other(rig).pick_up("v=0 codec=opus")
    await elapse(1.2)
    other(rig).take_reoffer("v=0 codec=PCMA")
    await elapse(1.2)
    assert all_hear_each_other(rig, call_id)
    await hung_up(rig, call_id)


@virtual
async def test_a_telephone_that_stays_wideband_keeps_the_two_alone(make_rig: MakeRig) -> None:
    rig = make_rig(codecs=WIDEBAND)
    call_id = await to_wideband_talk(rig)
    await hand_on(rig, call_id, HandOnMode.ADD)
    rig.manager.take_reoffer("v=0 codec=PCMA")
    rig.customer.decline_reoffer()
    await rig.turn()
    # Asked once more for the manager's codec, before the manager is asked for the old one.
    rig.customer.decline_reoffer()
    await rig.turn()
    rig.manager.take_reoffer("v=0 codec=G722")
    await elapse(1.2)
    call = rig.record(call_id)
    assert (call.plan[-1].result, call.plan[-1].reason) == ("failed", "not-supported")
    assert not rig.invited(COLLEAGUE_NUMBER)
    assert talking(rig, call_id, first_of(rig, call_id))
    assert rig.sound.can_relay(first_of(rig, call_id).id, customer_of(rig, call_id).id)
    await hung_up(rig, call_id)


# -- refusals ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("to", "error", "slug"),
    [
        ({"manager_id": "mgr_none"}, NotFoundError, "not-found"),
        ({"manager_id": "mgr_1"}, ConflictError, "same-manager"),
        ({"short_code": "10086"}, PolicyError, "prefix-not-allowed"),
        ({"short_code": "110"}, PolicyError, "emergency-number"),
    ],
)
@virtual
async def test_the_rule_refuses(
    make_rig: MakeRig, to: dict[str, str], error: type[Exception], slug: str
) -> None:
    rig = make_rig(short_codes=[SERVICE])
    call_id = await to_talk(rig)
    with pytest.raises(error) as refused:
        await hand_on(rig, call_id, HandOnMode.BLIND, **to)
    assert getattr(refused.value, "slug", None) == slug
    assert talking(rig, call_id, first_of(rig, call_id))
    await hung_up(rig, call_id)


@virtual
async def test_a_colleague_who_is_busy_away_or_gone(make_rig: MakeRig) -> None:
    rig = make_rig()
    call_id = await to_talk(rig)
    rig.slots.take("mgr_2")
    slugs = []
    for _ in range(3):
        with pytest.raises((ConflictError, NotFoundError)) as refused:
            await hand_on(rig, call_id, HandOnMode.CONSULT)
        slugs.append(getattr(refused.value, "slug", None))
        if len(slugs) == 1:
            rig.slots.give_back("mgr_2")
            rig.directory.colleague.status = ManagerStatus.AWAY
        else:
            rig.directory.colleague.status = ManagerStatus.DEPARTED
    assert slugs == ["manager-busy", "manager-away", "not-found"]
    await hung_up(rig, call_id)


@virtual
async def test_one_thing_at_a_time(make_rig: MakeRig) -> None:
    rig = make_rig()
    call_id = await consulting(rig)
    for again in (
        rig.service.hold(call_id, on=True),
        rig.service.hand_on(call_id, HandOnRequest(manager_id="mgr_2")),
    ):
        with pytest.raises(ConflictError) as refused:
            await again
        assert refused.value.slug == "transfer-running"
    statement = DisclosureRequest((StatementRequest("a", "statement_a"),))
    with pytest.raises(ConflictError):
        await rig.service.disclose(call_id, statement)
    referral = rig.manager.refer("1002")
    await rig.turn()
    assert referral.told == [("refuse", 480)]
    await hung_up(rig, call_id)


@virtual
async def test_nothing_before_the_talk_and_after_it(make_rig: MakeRig) -> None:
    rig = make_rig()
    call_id = await rig.dial()
    with pytest.raises(ConflictError) as refused:
        await rig.service.hold(call_id, on=True)
    assert refused.value.slug == "not-bridged"
    rig.manager.refuse(486)
    await close(rig)


@virtual
async def test_complete_and_cancel_need_something_to_end(make_rig: MakeRig) -> None:
    rig = make_rig()
    call_id = await to_talk(rig)
    for act in (rig.service.complete_transfer, rig.service.cancel_transfer):
        with pytest.raises(ConflictError) as refused:
            await act(call_id)
        assert refused.value.slug == "not-consulting"
    await hung_up(rig, call_id)


@virtual
async def test_a_customer_is_not_handed_on_for_ever(make_rig: MakeRig) -> None:
    rig = make_rig(short_codes=[SERVICE])
    call_id = await to_talk(rig)
    for _ in range(MAX_TRANSFERS):
        await hand_on(rig, call_id, HandOnMode.BLIND, short_code=SERVICE)
        other(rig, SERVICE).refuse(486)
        await elapse(1.1)
    with pytest.raises(ConflictError) as refused:
        await hand_on(rig, call_id, HandOnMode.BLIND, short_code=SERVICE)
    assert refused.value.slug == "too-many-transfers"
    await hung_up(rig, call_id)
