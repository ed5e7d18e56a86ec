"""Customers dial the hotline, with SIPp as the caller and as the carrier of the managers."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from tests.parts.lab import (
    AT_ONCE_HOTLINE,
    CONFIRM_HOTLINE,
    HOTLINE,
    UNOWNED,
    Lab,
    customer_number,
    customer_of,
    manager_does,
    manager_number,
    pattern,
)
from tests.parts.node import wait_for
from tests.parts.sipp_steps import Behaviour

pytestmark = pytest.mark.peer

CUSTOMER = customer_number(1)


def row(number: str = CUSTOMER, hotline: str = HOTLINE) -> tuple[str, str]:
    """Return a caller's number and the hotline dialled."""
    return number, hotline


@pytest.mark.parametrize("who", ["manager", "customer", "api"])
def test_customer_reaches_the_own_manager(lab: Lab, who: str) -> None:
    """The owner is rung, both are bridged, and either of them, or the API, ends the call."""
    known = lab.node.call_ids()
    manager = "answers_then_hangs_up" if who == "manager" else "answers"
    carrier = lab.carrier(manager_does(manager, 1), calls=1)
    does = "talks_and_hangs_up" if who == "customer" else "talks_until_hung_up"
    caller = lab.caller(does, row())
    (call_id,) = lab.node.new_calls(known)
    lab.node.bridged(call_id)
    if who == "api":
        lab.node.hangup(call_id)
    caller.finished()
    carrier.finished()
    call = lab.assert_ended(call_id, "connected", "completed")
    assert call["hangup_source"] == who
    assert [step["result"] for step in call["plan"]] == ["connected"]


def test_both_hang_up_at_once(lab: Lab) -> None:
    """The caller's BYE crosses ours: both are answered, and the call ends once."""
    known = lab.node.call_ids()
    carrier = lab.carrier(manager_does("answers_then_hangs_up", 1), calls=1)
    caller = lab.caller("hangs_up_as_we_do", row())
    (call_id,) = lab.node.new_calls(known)
    caller.finished()
    carrier.finished()
    lab.assert_ended(call_id, "connected", "completed")


def test_every_spelling_of_a_number_reaches_the_owner(lab: Lab) -> None:
    """However the network writes the caller's number, the same manager is rung, one by one."""
    national = CUSTOMER.removeprefix("+86")
    for spelling in (CUSTOMER, f"0086{national}", f"86{national}", f"0{national}", national):
        known = lab.node.call_ids()
        carrier = lab.carrier(manager_does("answers_then_hangs_up", 1), calls=1)
        caller = lab.caller("talks_until_hung_up", row(spelling))
        (call_id,) = lab.node.new_calls(known)
        caller.finished()
        carrier.finished()
        call = lab.assert_ended(call_id, "connected", "completed")
        assert call["customer_number"] == CUSTOMER, spelling


@pytest.mark.parametrize("hotline", ["4008001234", "864008001234", "00864008001234"])
def test_every_spelling_of_the_hotline_is_known(lab: Lab, hotline: str) -> None:
    """However the network writes the dialled number, it is the hotline."""
    known = lab.node.call_ids()
    carrier = lab.carrier(manager_does("answers_then_hangs_up", 1), calls=1)
    caller = lab.caller("talks_until_hung_up", row(hotline=hotline))
    (call_id,) = lab.node.new_calls(known)
    caller.finished()
    carrier.finished()
    call = lab.assert_ended(call_id, "connected", "completed")
    assert call["display_number"] == HOTLINE


def test_caller_gives_up_while_the_manager_rings(lab: Lab) -> None:
    """The CANCEL is passed on: 487 to the caller, CANCEL to the manager."""
    known = lab.node.call_ids()
    carrier = lab.carrier(manager_does("no_answer", 1), calls=1)
    caller = lab.caller("gives_up_while_ringing", row())
    (call_id,) = lab.node.new_calls(known)
    caller.finished()
    carrier.finished()
    call = lab.assert_ended(call_id, "abandoned", "canceled")
    assert call["hangup_source"] == "customer"


def test_caller_gives_up_as_the_manager_answers(lab: Lab) -> None:
    """The manager's 200 crosses our CANCEL: it is acknowledged and ended."""
    known = lab.node.call_ids()
    carrier = lab.carrier(manager_does("answers_while_cancelled", 1), calls=1)
    caller = lab.caller("gives_up_while_ringing", row())
    (call_id,) = lab.node.new_calls(known)
    caller.finished()
    carrier.finished()
    lab.assert_ended(call_id, "abandoned", "canceled")


@pytest.mark.parametrize(
    ("does", "meets", "outcome", "status"),
    [
        ("busy", 486, "manager_busy", "busy"),
        ("declines", 480, "manager_declined", "failed"),
        ("not_found", 480, "manager_unreachable", "failed"),
        ("no_answer", 480, "missed", "no-answer"),
    ],
)
def test_owner_can_not_be_reached(
    lab: Lab, does: str, meets: int, outcome: str, status: str
) -> None:
    """The caller hears a sentence before any answer, then gets the right refusal."""
    known = lab.node.call_ids()
    ear = lab.sound("127.0.0.31")
    carrier = lab.carrier(manager_does(does, 1), calls=1)
    caller = lab.caller(f"hears_a_sentence_then_{meets}", row(), sound=ear)
    (call_id,) = lab.node.new_calls(known)
    caller.finished()
    carrier.finished()
    lab.assert_ended(call_id, outcome, status)
    # The shortened sentences of the lab last a quarter of a second: twelve packets.
    assert len(ear.heard()) >= 10 * 160


def test_owner_is_in_another_call(lab: Lab) -> None:
    """A manager who talks is not rung: the caller hears so and gets 486."""
    carrier = lab.carrier(
        manager_does("answers", 1), Behaviour(pattern(customer_number(2)), "answers"), calls=2
    )
    talk = lab.dial(1, 2)
    lab.node.bridged(talk)
    known = lab.node.call_ids()
    caller = lab.caller("hears_a_sentence_then_486", row())
    caller.finished()
    (call_id,) = lab.node.new_calls(known)
    assert lab.node.ended(call_id)["outcome"] == "manager_busy"
    lab.node.hangup(talk)
    carrier.finished()
    lab.assert_ended(talk, "connected", "completed")
    lab.assert_one_ending(call_id)


@pytest.mark.parametrize("number", ["+8613900000099", "anonymous", customer_number(UNOWNED)])
def test_nobody_owns_the_caller(lab: Lab, number: str) -> None:
    """A stranger, an anonymous caller and a customer without a manager hear a sentence."""
    known = lab.node.call_ids()
    ear = lab.sound("127.0.0.31")
    caller = lab.caller("hears_a_sentence_then_480", row(number), sound=ear)
    (call_id,) = lab.node.new_calls(known)
    caller.finished()
    call = lab.assert_ended(call_id, "missed", "no-answer")
    assert call["customer_number"] == (None if number == "anonymous" else number)
    assert len(ear.heard()) >= 10 * 160


def test_caller_who_wants_privacy_is_named_by_the_network(lab: Lab) -> None:
    """The trunk's assertion finds the owner of a caller whose number is then kept nowhere."""
    known = lab.node.call_ids()
    carrier = lab.carrier(manager_does("answers_then_hangs_up", 1), calls=1)
    caller = lab.caller("is_named_by_the_network", (*row("anonymous"), CUSTOMER))
    (call_id,) = lab.node.new_calls(known)
    caller.finished()
    carrier.finished()
    call = lab.assert_ended(call_id, "connected", "completed")
    assert call["customer_number"] is None
    assert call["customer_id"] is not None
    assert CUSTOMER.removeprefix("+86") not in "".join(carrier.received())


def test_unknown_hotline(lab: Lab) -> None:
    """Who dials what is no hotline gets 404, and no call is kept."""
    known = lab.node.call_ids()
    caller = lab.caller("meets_404", row(hotline="+864008009999"), row(hotline="nobody"))
    caller.finished()
    lab.node.assert_nothing_held()
    assert lab.node.call_ids() == known
    assert lab.node.metrics()['voicegw_calls_refused_total{reason="unknown-hotline"}'] == 2


@pytest.mark.parametrize(
    ("does", "outcome", "status"),
    [("no_answer", "missed", "no-answer"), ("busy", "manager_busy", "busy")],
)
def test_hotline_that_answers_at_once(lab: Lab, does: str, outcome: str, status: str) -> None:
    """An answered caller who reaches nobody hears the sentence and is hung up."""
    known = lab.node.call_ids()
    ear = lab.sound("127.0.0.31")
    carrier = lab.carrier(manager_does(does, 1), calls=1)
    caller = lab.caller("talks_until_hung_up", row(hotline=AT_ONCE_HOTLINE), sound=ear)
    (call_id,) = lab.node.new_calls(known)
    caller.finished()
    carrier.finished()
    lab.assert_ended(call_id, outcome, status)
    assert len(ear.heard()) >= 20 * 160


def test_hotline_that_answers_at_once_connects(lab: Lab) -> None:
    """The caller is answered before the manager and bridged later."""
    known = lab.node.call_ids()
    carrier = lab.carrier(manager_does("answers_then_hangs_up", 1), calls=1)
    caller = lab.caller("talks_until_hung_up", row(hotline=AT_ONCE_HOTLINE))
    (call_id,) = lab.node.new_calls(known)
    caller.finished()
    carrier.finished()
    call = lab.assert_ended(call_id, "connected", "completed")
    assert call["answered_at"] < call["bridged_at"]


def test_manager_confirms(lab: Lab) -> None:
    """Where the hotline wants it, a manager's key 1 takes the call and another key does not."""
    known = lab.node.call_ids()
    carrier = lab.carrier(
        manager_does("answers_and_presses_1", 1), manager_does("answers_and_presses_2", 2), calls=2
    )
    refused = lab.caller(
        "hears_a_sentence_then_480", row(customer_number(customer_of(2)), CONFIRM_HOTLINE)
    )
    refused.finished()
    (missed,) = lab.node.new_calls(known)
    taken = lab.caller("talks_until_hung_up", row(hotline=CONFIRM_HOTLINE))
    (call_id,) = lab.node.new_calls(known | {missed})
    lab.node.bridged(call_id)
    lab.node.hangup(call_id)
    taken.finished()
    carrier.finished()
    lab.assert_ended(call_id, "connected", "completed")
    lab.assert_ended(missed, "missed", "no-answer")


def test_over_tcp(new_lab: Callable[..., Lab]) -> None:
    """The same over TCP, on both sides."""
    lab = new_lab(transport="tcp")
    carrier = lab.carrier(manager_does("answers_then_hangs_up", 1), calls=1)
    caller = lab.caller("talks_until_hung_up", row())
    (call_id,) = lab.node.new_calls(set())
    caller.finished()
    carrier.finished()
    lab.assert_ended(call_id, "connected", "completed")


def test_a_tenth_of_all_messages_is_lost(new_lab: Callable[..., Lab]) -> None:
    """Over UDP with loss on both sides every call gets through and ends on both sides."""
    lab = new_lab()
    carrier = lab.carrier(manager_does("answers_without_ringing"), calls=6, lost_percent=10)
    rows = [row(customer_number(customer_of(manager))) for manager in range(1, 7)]
    caller = lab.caller("talks_until_hung_up", *rows, lost_percent=10)
    calls = lab.node.new_calls(set(), len(rows))
    for call_id in calls:
        lab.node.bridged(call_id, 30)
    # An ACK that was lost is repeated when the 200 is: SIPp takes no BYE before it.
    time.sleep(2)
    for call_id in calls:
        lab.node.hangup(call_id)
    caller.finished(60)
    carrier.finished(60)
    for call_id in calls:
        lab.assert_ended(call_id, "connected", "completed")


def test_unknown_sources_get_silence(new_lab: Callable[..., Lab]) -> None:
    """An INVITE from an address of no trunk is dropped and counted; a trunk's gets through."""
    lab = new_lab(sources='"127.0.0.30/32", "127.0.0.31/32"')
    stranger = lab.caller("meets_404", row(), host="127.0.0.99")
    key = 'voicegw_sip_strangers_total{method="INVITE"}'
    wait_for("strangers counted", lambda: lab.node.metrics().get(key, 0) >= 3)
    assert "SIP/2.0" not in "".join(stranger.received())
    stranger.stop()
    assert lab.node.metrics()["voicegw_sip_sessions"] == 0
    assert not lab.node.call_ids()
    friend = lab.caller("meets_404", row(hotline="nobody"))
    friend.finished()


def test_manager_numbers_stay_out_of_answers(lab: Lab) -> None:
    """Nothing that is sent to the caller names the manager's telephone."""
    known = lab.node.call_ids()
    carrier = lab.carrier(manager_does("answers_then_hangs_up", 1), calls=1)
    caller = lab.caller("talks_until_hung_up", row())
    (call_id,) = lab.node.new_calls(known)
    caller.finished()
    carrier.finished()
    lab.assert_ended(call_id, "connected", "completed")
    assert manager_number(1).removeprefix("+86") not in "".join(caller.received())
    assert CUSTOMER.removeprefix("+86") not in "".join(carrier.received())
