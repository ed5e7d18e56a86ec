"""Click-to-dial with SIPp as the carrier: every way in which the two telephones may answer."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from tests.parts.lab import (
    CONFIRM_HOTLINE,
    Lab,
    customer_does,
    customer_number,
    customer_of,
    manager_does,
)
from tests.parts.rtp import sound_address, tone_alaw
from tests.parts.sipp_steps import proven

pytestmark = pytest.mark.peer


def test_connected_then_hung_up_by_the_api(lab: Lab) -> None:
    """Both answer, both are bridged; a hang-up by the API ends both legs."""
    carrier = lab.carrier(manager_does("answers"), customer_does("answers"), calls=2)
    call_id = lab.talking()
    lab.node.hangup(call_id)
    carrier.finished()
    call = lab.assert_ended(call_id, "connected", "completed")
    assert call["hangup_source"] == "api"
    assert lab.node.event_types(call_id).count("call.bridged") == 1


@pytest.mark.parametrize(
    ("does", "outcome", "status"),
    [
        ("busy", "customer_busy", "busy"),
        ("not_found", "customer_invalid", "failed"),
        ("declines", "customer_declined", "failed"),
        ("unavailable", "customer_unreachable", "failed"),
        ("no_answer", "customer_no_answer", "no-answer"),
        ("answers_while_cancelled", "customer_no_answer", "no-answer"),
    ],
)
def test_customer_does_not_answer(lab: Lab, does: str, outcome: str, status: str) -> None:
    """The customer's leg fails in each way; the manager hears why and is hung up."""
    carrier = lab.carrier(manager_does("answers"), customer_does(does), calls=2)
    call_id = lab.dial(1, ring_s=1)
    carrier.finished()
    lab.assert_ended(call_id, outcome, status)


@pytest.mark.parametrize(
    ("does", "outcome", "status"),
    [
        ("busy", "manager_busy", "busy"),
        ("declines", "manager_declined", "failed"),
        ("not_found", "manager_unreachable", "failed"),
        ("unavailable", "manager_unreachable", "failed"),
        ("no_answer", "manager_no_answer", "no-answer"),
        ("answers_while_cancelled", "manager_no_answer", "no-answer"),
    ],
)
def test_manager_does_not_answer(lab: Lab, does: str, outcome: str, status: str) -> None:
    """The manager's leg fails; the customer's INVITE never leaves."""
    carrier = lab.carrier(manager_does(does), calls=1)
    call_id = lab.dial(1, ring_s=1)
    carrier.finished()
    lab.assert_ended(call_id, outcome, status)
    assert customer_number(1) not in carrier.seen()


def test_manager_hangs_up_while_the_customer_rings(lab: Lab) -> None:
    """The manager gives up: the customer's leg gets its CANCEL."""
    carrier = lab.carrier(
        manager_does("answers_then_hangs_up"), customer_does("no_answer"), calls=2
    )
    call_id = lab.dial(1, ring_s=30)
    carrier.finished()
    call = lab.assert_ended(call_id, "canceled", "canceled")
    assert call["hangup_source"] == "manager"


def test_api_hangs_up_while_the_manager_rings(lab: Lab) -> None:
    """A hang-up by the API before anybody has answered is a CANCEL, and the customer stays out."""
    carrier = lab.carrier(manager_does("no_answer"), calls=1)
    call_id = lab.dial(1, ring_s=30)
    lab.node.call_with_status(call_id, "ringing")
    lab.node.hangup(call_id)
    carrier.finished()
    lab.assert_ended(call_id, "canceled", "canceled")
    assert customer_number(1) not in carrier.seen()


@pytest.mark.parametrize("who", ["manager", "customer"])
def test_one_party_hangs_up(lab: Lab, who: str) -> None:
    """The BYE of one party is answered, the other gets one, and the record says who it was."""
    leaves, stays = "answers_then_hangs_up", "answers"
    behaviours = {
        "manager": (manager_does(leaves), customer_does(stays)),
        "customer": (manager_does(stays), customer_does(leaves)),
    }[who]
    carrier = lab.carrier(*behaviours, calls=2)
    call_id = lab.talking()
    carrier.finished()
    call = lab.assert_ended(call_id, "connected", "completed")
    assert call["hangup_source"] == who


def test_both_hang_up_at_once(lab: Lab) -> None:
    """The customer's BYE crosses ours: both are answered, and the call ends once."""
    carrier = lab.carrier(
        manager_does("answers_then_hangs_up"), customer_does("hangs_up_as_we_do"), calls=2
    )
    call_id = lab.talking()
    carrier.finished()
    lab.assert_ended(call_id, "connected", "completed")


def test_hold_and_resume(lab: Lab) -> None:
    """A party on hold leaves music to the other; after the resume sound crosses again."""
    ear = lab.sound()
    carrier = lab.carrier(
        manager_does("answers"), customer_does("holds_and_resumes"), calls=2, sound=ear
    )
    call_id = lab.talking()
    lab.node.wait_for_event(call_id, "call.held")
    carrier.wait_for_messages("a=sendrecv", 5)
    lab.node.hangup(call_id)
    carrier.finished()
    lab.assert_ended(call_id, "connected", "completed")
    assert carrier.seen().count("a=recvonly") >= 1, "the offer on hold was not answered as such"


@pytest.mark.parametrize("does", ["answers_and_presses_1", "answers_and_presses_2"])
def test_manager_confirms_by_info(lab: Lab, does: str) -> None:
    """Where the hotline wants it, only the right key lets the customer's INVITE leave."""
    confirmed = does.endswith("1")
    behaviours = [manager_does(does), *([customer_does("answers")] if confirmed else [])]
    carrier = lab.carrier(*behaviours, calls=len(behaviours))
    call_id = lab.dial(1, hotline_id=lab.hotline_id(CONFIRM_HOTLINE))
    if confirmed:
        lab.node.bridged(call_id)
        lab.node.hangup(call_id)
        carrier.finished()
        lab.assert_ended(call_id, "connected", "completed")
    else:
        carrier.finished()
        lab.assert_ended(call_id, "manager_not_confirmed", "no-answer")
        assert customer_number(1) not in carrier.seen()


def test_manager_confirms_by_rfc_4733(lab: Lab) -> None:
    """A key pressed in the sound counts like one pressed by INFO."""
    ear = lab.sound()
    carrier = lab.carrier(manager_does("answers"), customer_does("answers"), calls=2, sound=ear)
    call_id = lab.dial(1, hotline_id=lab.hotline_id(CONFIRM_HOTLINE))
    carrier.wait_for_messages("ACK sip:", 1)
    ear.press(sound_address(carrier.seen()), "1")
    lab.node.bridged(call_id)
    lab.node.hangup(call_id)
    carrier.finished()
    lab.assert_ended(call_id, "connected", "completed")


def test_a_voice_mailbox_triggers_no_call(lab: Lab) -> None:
    """Whoever answers and presses nothing is hung up; the customer's INVITE never leaves."""
    carrier = lab.carrier(manager_does("answers"), calls=1)
    call_id = lab.dial(1, hotline_id=lab.hotline_id(CONFIRM_HOTLINE))
    carrier.finished(30)
    lab.assert_ended(call_id, "manager_not_confirmed", "no-answer")
    assert customer_number(1) not in carrier.seen()


def test_early_sound_reaches_the_manager(lab: Lab) -> None:
    """What the customer's network says before the answer is heard by the manager."""
    ear = lab.sound()
    tone = tone_alaw(1000, 1)
    carrier = lab.carrier(
        manager_does("answers"),
        customer_does("sounds_before_it_answers"),
        calls=2,
        sound=ear,
        says=tone,
    )
    call_id = lab.dial(1, ring_s=3)
    carrier.finished()
    lab.assert_ended(call_id, "customer_no_answer", "no-answer")
    assert tone[:160] in ear.heard()


@pytest.mark.parametrize("challenge", [401, 407])
def test_carrier_challenges(new_lab: Callable[..., Lab], challenge: int) -> None:
    """Every INVITE is challenged and answered; the asserted identity is kept on the retry."""
    lab = new_lab(trunk='username = "gw"\npassword = "secret"')
    carrier = lab.carrier(
        manager_does("answers"), customer_does("answers"), challenge=challenge, calls=2
    )
    call_id = lab.talking()
    lab.node.hangup(call_id)
    carrier.finished()
    lab.assert_ended(call_id, "connected", "completed")
    header = "\nAuthorization:" if challenge == 401 else "\nProxy-Authorization:"
    retries = [
        message
        for message in carrier.received()
        if message.startswith("INVITE sip:") and header in message
    ]
    assert len(retries) == 2
    for message in retries:
        assert proven(message.partition(header)[2].partition("\n")[0], "INVITE", "secret")
        assert "P-Asserted-Identity" in message


def test_failover_to_the_second_trunk(new_lab: Callable[..., Lab]) -> None:
    """A 503 of the first trunk is tried on the second; nobody is rung twice."""
    lab = new_lab(backup=True)
    first = lab.carrier(manager_does("unavailable"), customer_does("unavailable"), calls=2)
    second = lab.carrier(
        manager_does("answers"), customer_does("answers"), port=lab.backup_port, calls=2
    )
    call_id = lab.talking()
    call = lab.node.get(f"/v1/calls/{call_id}")
    assert [leg["trunk"] for leg in call["legs"]] == ["backup", "backup"]
    lab.node.hangup(call_id)
    first.finished()
    second.finished()
    lab.assert_ended(call_id, "connected", "completed")


def test_failover_from_a_trunk_that_is_off(new_lab: Callable[..., Lab]) -> None:
    """A first trunk where nobody listens costs the caller no call."""
    lab = new_lab(backup=True, t1_ms=50)
    second = lab.carrier(
        manager_does("answers"), customer_does("answers"), port=lab.backup_port, calls=2
    )
    call_id = lab.talking(ring_s=30)
    lab.node.hangup(call_id)
    second.finished()
    lab.assert_ended(call_id, "connected", "completed")


def test_over_tcp(new_lab: Callable[..., Lab]) -> None:
    """The same over TCP, the connection opened when it is needed."""
    lab = new_lab(transport="tcp")
    carrier = lab.carrier(manager_does("answers"), customer_does("answers"), calls=2)
    call_id = lab.talking()
    lab.node.hangup(call_id)
    carrier.finished()
    lab.assert_ended(call_id, "connected", "completed")


def test_a_tenth_of_all_messages_is_lost(new_lab: Callable[..., Lab]) -> None:
    """Over UDP with loss both ways every call gets through and ends on both sides."""
    lab = new_lab()
    carrier = lab.carrier(
        manager_does("answers_without_ringing"),
        customer_does("answers_without_ringing"),
        lost_percent=10,
        calls=12,
    )
    calls = [lab.dial(manager, customer_of(manager), ring_s=60) for manager in range(1, 7)]
    for call_id in calls:
        lab.node.bridged(call_id, 40)
    # An ACK that was lost is repeated when the 200 is: SIPp takes no BYE before it.
    time.sleep(2)
    for call_id in calls:
        lab.node.hangup(call_id)
    carrier.finished(60)
    for call_id in calls:
        lab.assert_ended(call_id, "connected", "completed")
