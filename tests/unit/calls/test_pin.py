"""Staff number and PIN: who is let in, who is locked out, and that no digit is left behind."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from tests.unit.calls.fake_signalling import CUSTOMER_NUMBER, HOTLINE_NUMBER, FakeUas
from tests.unit.calls.rig import Rig
from tests.unit.calls.stages import close
from tests.unit.calls.virtual_time import elapse, virtual
from voicegw.calls.dial_desk import DialThroughRules
from voicegw.model.call import CallOutcome, Direction, LegRole
from voicegw.model.directory import ManagerStatus

MakeRig = Callable[..., Rig]
PIN = "7391846250"
STAFF_NO = "1001"
UNKNOWN = "+8613600136000"
ASKED = DialThroughRules(numbers=frozenset({HOTLINE_NUMBER}))


def prepared(make_rig: MakeRig, rules: DialThroughRules = ASKED) -> Rig:
    """Return a rig whose hotline asks unknown telephones, and whose manager has a PIN."""
    rig = make_rig(dialling=rules)
    rig.directory.manager_.staff_no = STAFF_NO
    rig.directory.manager_.pin_hash = f"hash of {PIN}"
    rig.directory.customer_.code = "40711"
    return rig


async def call_in(rig: Rig, caller: str | None = UNKNOWN) -> tuple[str, FakeUas]:
    """Call the hotline from a telephone that nobody knows, and be asked."""
    session = FakeUas(caller=caller)
    call_id = await rig.offer(session)
    session.ack()
    await elapse(1.1)
    return call_id, session


async def enter(rig: Rig, call_id: str, keys: str) -> None:
    """Press keys, and let what was asked be checked."""
    leg = rig.record(call_id).legs[0]
    for key in keys:
        rig.sound.key(leg.id, key)
        await rig.turn()
    await elapse(1.1)


async def give(rig: Rig, call_id: str, pin: str, staff_no: str = STAFF_NO) -> None:
    """Give a staff number and a PIN."""
    await enter(rig, call_id, f"{staff_no}#")
    await enter(rig, call_id, f"{pin}#")
    await elapse(1.1)


@virtual
async def test_who_knows_the_pin_dials_like_from_the_own_telephone(make_rig: MakeRig) -> None:
    rig = prepared(make_rig)
    call_id, session = await call_in(rig)
    assert rig.record(call_id).direction is Direction.DIAL_THROUGH
    await give(rig, call_id, PIN)
    call = rig.record(call_id)
    assert (call.manager_id, call.group_id, call.legs[0].manager_id) == ("mgr_1", "grp_1", "mgr_1")
    await enter(rig, call_id, "40711#")
    await elapse(1.1)
    rig.customer.pick_up()
    await elapse(1.2)
    session.bye()
    await close(rig)
    call = rig.check_over(call_id, CallOutcome.CONNECTED)
    assert call.customer_number == CUSTOMER_NUMBER
    assert [(step.step, step.result) for step in call.plan] == [
        ("pin", "accepted"),
        ("dial", "allowed"),
    ]
    assert rig.desk.submitted[0].manager_id == "mgr_1"
    assert rig.ledger.failures.total() == 0


@virtual
async def test_the_digits_reach_neither_capture_nor_journal_nor_log(
    make_rig: MakeRig, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    rig = prepared(make_rig)
    call_id, session = await call_in(rig)
    await give(rig, call_id, "55667788")
    await give(rig, call_id, PIN)
    marks = [mark for mark in rig.sound.marks if mark in ("pause", "resume")]
    assert marks == ["pause", "resume"] * 2
    session.bye()
    await close(rig)
    written = b"".join(rig.journal.lines).decode() + caplog.text
    for digits in (PIN, "55667788"):
        assert digits not in written
    assert str(rig.sound.details).count("secret") == 4
    assert rig.ledger.verified == ["55667788", PIN]


@pytest.mark.parametrize("staff_no", [STAFF_NO, "9999"])
@virtual
async def test_a_wrong_pin_and_an_unknown_number_are_told_apart_by_nobody(
    make_rig: MakeRig, staff_no: str
) -> None:
    rig = prepared(make_rig)
    call_id, _ = await call_in(rig)
    for _ in range(3):
        await give(rig, call_id, "0000", staff_no)
    await elapse(2)
    call = rig.check_over(call_id, CallOutcome.REFUSED)
    assert (call.failure, call.plan[0].result, call.plan[0].reason) == (
        "pin-wrong",
        "refused",
        "pin-wrong",
    )
    heard = rig.sound.heard[call.legs[0].id]
    assert [one for one in heard if one != "silence"] == [
        "enter_staff_number",
        "enter_pin",
        "wrong_pin+enter_staff_number",
        "enter_pin",
        "wrong_pin+enter_staff_number",
        "enter_pin",
        "goodbye",
    ]
    assert rig.ledger.verified == ["0000"] * 3
    await close(rig)


@virtual
async def test_five_failures_lock_the_manager_for_all_telephones(make_rig: MakeRig) -> None:
    rig = prepared(make_rig)
    for caller, tries in ((UNKNOWN, 3), ("+8613600136001", 2)):
        call_id, _ = await call_in(rig, caller)
        for _ in range(tries):
            await give(rig, call_id, "0000")
        await elapse(2)
    call = rig.check_over(call_id, CallOutcome.REFUSED)
    assert call.failure == "pin-locked"
    assert rig.sound.heard[call.legs[0].id][-1] == "pin_locked"
    assert rig.ledger.locked_managers == [rig.directory.manager_]
    # Even who knows the PIN, from anywhere, is not let in; the hash isn't even compared.
    compared = len(rig.ledger.verified)
    call_id, _ = await call_in(rig, "+8613600136002")
    await give(rig, call_id, PIN)
    await elapse(2)
    assert rig.check_over(call_id, CallOutcome.REFUSED).failure == "pin-locked"
    assert len(rig.ledger.verified) == compared
    # After a quarter of an hour it is.
    await elapse(900)
    call_id, session = await call_in(rig, "+8613600136002")
    await give(rig, call_id, PIN)
    assert rig.record(call_id).plan[0].result == "accepted"
    session.bye()
    await close(rig)


@pytest.mark.parametrize("caller", [UNKNOWN, None])
@virtual
async def test_a_telephone_that_tries_many_staff_numbers_is_locked(
    make_rig: MakeRig, caller: str | None
) -> None:
    rig = prepared(make_rig)
    for attempt in range(5):
        call_id, session = await call_in(rig, caller)
        await give(rig, call_id, "0000", f"20{attempt}")
        session.bye()
        await elapse(3)
    assert rig.check_over(call_id).failure == "pin-locked"
    assert rig.ledger.locked_managers == [None]
    call_id, _ = await call_in(rig, caller)
    await give(rig, call_id, PIN)
    await elapse(2)
    assert rig.check_over(call_id).failure == "pin-locked"
    await close(rig)


@virtual
async def test_the_right_pin_does_not_pardon_what_the_telephone_tried(make_rig: MakeRig) -> None:
    rig = prepared(make_rig)
    for staff_no, pin in (("201", "0000"), ("202", "0000"), (STAFF_NO, PIN)):
        call_id, session = await call_in(rig)
        await give(rig, call_id, pin, staff_no)
        session.bye()
        await elapse(3)
    assert rig.ledger.failures[f"telephone:{UNKNOWN}"] == 2
    assert not rig.ledger.failures["manager:mgr_1"]
    await close(rig)


@pytest.mark.parametrize("staff_no", [STAFF_NO, "9999"])
@virtual
async def test_a_lock_does_not_tell_which_staff_numbers_there_are(
    make_rig: MakeRig, staff_no: str
) -> None:
    """Five failures from five telephones lock a number that nobody has, too."""
    rig = prepared(make_rig)
    heard = []
    for attempt in range(6):
        call_id, session = await call_in(rig, f"+861360013600{attempt}")
        await give(rig, call_id, "0000", staff_no)
        await elapse(2)
        heard.append(rig.sound.heard[rig.record(call_id).legs[0].id][-1])
        session.bye()
        await elapse(1)
    assert [one == "pin_locked" for one in heard] == [False] * 4 + [True] * 2
    await close(rig)


@virtual
async def test_strangers_can_not_lock_a_manager_out_of_the_own_telephone(
    make_rig: MakeRig,
) -> None:
    rules = DialThroughRules(numbers=frozenset({HOTLINE_NUMBER}), always_ask_pin=True)
    rig = prepared(make_rig, rules)
    for attempt in range(5):
        call_id, session = await call_in(rig, f"+861360013600{attempt}")
        await give(rig, call_id, "0000")
        session.bye()
        await elapse(3)
    assert rig.ledger.locked_managers == [rig.directory.manager_]
    call_id, session = await call_in(rig, "+8613900139000")
    await enter(rig, call_id, f"{PIN}#")
    await elapse(1.1)
    assert rig.record(call_id).plan[0].result == "accepted"
    session.bye()
    await close(rig)


@virtual
async def test_who_says_nothing_has_not_failed(make_rig: MakeRig) -> None:
    rig = prepared(make_rig)
    call_id, _ = await call_in(rig)
    await elapse(60)
    assert rig.check_over(call_id, CallOutcome.REFUSED).failure == "pin-wrong"
    assert rig.ledger.failures.total() == 0
    await close(rig)


@pytest.mark.parametrize("change", [{"pin_hash": None}, {"status": ManagerStatus.DEPARTED}])
@virtual
async def test_who_has_no_pin_or_has_left_is_not_let_in(
    make_rig: MakeRig, change: dict[str, Any]
) -> None:
    rig = prepared(make_rig)
    manager = msgspec.structs.replace(rig.directory.manager_, **change)
    rig.directory.manager_ = rig.directory.managers["mgr_1"] = manager
    call_id, session = await call_in(rig)
    await give(rig, call_id, PIN)
    assert rig.record(call_id).manager_id is None
    assert rig.ledger.failures[f"telephone:{UNKNOWN}"] == 1
    session.bye()
    await close(rig)
    rig.check_over(call_id, CallOutcome.CANCELED)


@virtual
async def test_who_can_not_be_counted_is_not_let_in(make_rig: MakeRig) -> None:
    rig = prepared(make_rig)
    call_id, _ = await call_in(rig)
    rig.ledger.away = True
    await give(rig, call_id, PIN)
    await elapse(2)
    call = rig.check_over(call_id, CallOutcome.REFUSED)
    assert call.failure == "store-unavailable"
    assert [(one.step, one.reason) for one in call.plan] == [("pin", "store-unavailable")]
    assert rig.ledger.verified == []
    await close(rig)


@virtual
async def test_a_known_telephone_is_asked_for_the_pin_only_where_set(make_rig: MakeRig) -> None:
    rig = prepared(make_rig, DialThroughRules(always_ask_pin=True))
    call_id, session = await call_in(rig, "+8613900139000")
    assert rig.heard(call_id, LegRole.MANAGER) == ["enter_pin"]
    await enter(rig, call_id, f"{PIN}#")
    await elapse(1.1)
    assert rig.heard(call_id, LegRole.MANAGER)[-1] == "dial_menu"
    session.bye()
    await close(rig)


@pytest.mark.parametrize(
    ("header", "is_strict", "is_asked"),
    [
        (None, False, False),
        (None, True, True),
        ("P-Asserted-Identity: <sip:+8613900139000@carrier.invalid>", True, False),
        ("Remote-Party-ID: <sip:+8613900139000@carrier.invalid>;screen=yes", True, False),
        ("Remote-Party-ID: <sip:+8613900139000@carrier.invalid>;screen=no", True, True),
        ("P-Asserted-Identity: nonsense", True, True),
        (
            "P-Asserted-Identity: <sip:+8613900139000;verstat=TN-Validation-Failed@trunk.invalid>",
            False,
            True,
        ),
        ("P-Asserted-Identity: <tel:+8613900139000;verstat=TN-Validation-Passed>", True, False),
        ("P-Asserted-Identity: <tel:+8613900139000;verstat=TN-Validation-Failed>", False, True),
    ],
)
@virtual
async def test_a_known_number_is_believed_as_far_as_the_trunk_vouches_for_it(
    make_rig: MakeRig, header: str | None, *, is_strict: bool, is_asked: bool
) -> None:
    rig = prepared(make_rig, DialThroughRules(ask_unasserted=is_strict))
    session = FakeUas(caller="+8613900139000", headers=() if header is None else (header,))
    call_id = await rig.offer(session)
    session.ack()
    await elapse(1.1)
    assert rig.heard(call_id, LegRole.MANAGER) == ["enter_pin" if is_asked else "dial_menu"]
    session.bye()
    await close(rig)


@virtual
async def test_elsewhere_an_unknown_telephone_is_a_customers(make_rig: MakeRig) -> None:
    rig = prepared(make_rig, DialThroughRules())
    session = FakeUas(caller=UNKNOWN)
    call_id = await rig.offer(session)
    assert rig.record(call_id).direction is Direction.INBOUND
    await elapse(1)
    session.cancel()
    await close(rig)
