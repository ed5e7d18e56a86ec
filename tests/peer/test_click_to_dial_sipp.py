"""Click-to-dial with SIPp as the carrier: every way in which the two telephones may answer."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.parts.sipp import Behaviour
from tests.peer.conftest import ANY_CUSTOMER, ANY_MANAGER, Lab

pytestmark = pytest.mark.peer

MANAGER_ANSWERS = Behaviour(ANY_MANAGER, "answers")


def test_connected_then_hung_up_by_the_api(make_lab: Callable[..., Lab]) -> None:
    """Both answer, both are bridged; a hang-up by the API ends both legs."""
    lab = make_lab()
    carrier = lab.carrier(MANAGER_ANSWERS, Behaviour(ANY_CUSTOMER, "answers"), calls=2)
    call_id = lab.node.dial("m1", "c1")
    lab.node.bridged(call_id)
    status, _ = lab.node.request("POST", f"/v1/calls/{call_id}/hangup")
    assert status in (200, 202)
    call = lab.node.ended(call_id)
    assert (call["outcome"], call["status"]) == ("connected", "completed")
    assert call["hangup_source"] == "api"
    carrier.finished()
    lab.assert_one_ending(call_id)


@pytest.mark.parametrize(
    ("fragment", "outcome", "status"),
    [
        ("busy", "customer_busy", "busy"),
        ("not_found", "customer_invalid", "failed"),
        ("declines", "customer_declined", "failed"),
        ("unavailable", "customer_unreachable", "failed"),
        ("no_answer", "customer_no_answer", "no-answer"),
        ("answers_while_cancelled", "customer_no_answer", "no-answer"),
    ],
)
def test_customer_does_not_answer(
    make_lab: Callable[..., Lab], fragment: str, outcome: str, status: str
) -> None:
    """The customer's leg fails in each way; the manager hears why and is hung up."""
    lab = make_lab()
    carrier = lab.carrier(MANAGER_ANSWERS, Behaviour(ANY_CUSTOMER, fragment), calls=2)
    call = lab.node.ended(lab.node.dial("m1", "c1", ring_s=2))
    assert (call["outcome"], call["status"]) == (outcome, status)
    carrier.finished()
    lab.assert_one_ending(call["id"])


@pytest.mark.parametrize(
    ("fragment", "outcome", "status"),
    [
        ("busy", "manager_busy", "busy"),
        ("declines", "manager_declined", "failed"),
        ("not_found", "manager_unreachable", "failed"),
        ("no_answer", "manager_no_answer", "no-answer"),
    ],
)
def test_manager_does_not_answer(
    make_lab: Callable[..., Lab], fragment: str, outcome: str, status: str
) -> None:
    """The manager's leg fails; the customer's INVITE never leaves."""
    lab = make_lab()
    carrier = lab.carrier(
        Behaviour(ANY_MANAGER, fragment), Behaviour(ANY_CUSTOMER, "answers"), calls=1
    )
    call = lab.node.ended(lab.node.dial("m1", "c1", ring_s=2))
    assert (call["outcome"], call["status"]) == (outcome, status)
    carrier.finished()
    assert "13800000001" not in carrier.seen()
    lab.assert_one_ending(call["id"])


@pytest.mark.parametrize("challenge", [401, 407])
def test_carrier_challenges(make_lab: Callable[..., Lab], challenge: int) -> None:
    """Every INVITE is challenged and answered; the masked headers are kept on the retry."""
    lab = make_lab(trunk='username = "gw"\npassword = "secret"')
    carrier = lab.carrier(
        MANAGER_ANSWERS, Behaviour(ANY_CUSTOMER, "answers"), challenge=challenge, calls=2
    )
    call_id = lab.node.dial("m1", "c1")
    lab.node.bridged(call_id)
    lab.node.request("POST", f"/v1/calls/{call_id}/hangup")
    assert lab.node.ended(call_id)["outcome"] == "connected"
    carrier.finished()
    for message in carrier.seen().split("INVITE sip:")[1:]:
        if "Authorization:" in message.split("-------")[0]:
            assert "P-Asserted-Identity" in message
    lab.assert_one_ending(call_id)


def test_failover_to_the_second_trunk(make_lab: Callable[..., Lab]) -> None:
    """A 503 of the first trunk is tried on the second; nobody is rung twice."""
    lab = make_lab(backup=True)
    first = lab.carrier(Behaviour("[+0-9]*", "unavailable"), calls=2)
    second = lab.carrier(
        MANAGER_ANSWERS,
        Behaviour(ANY_CUSTOMER, "answers"),
        port=lab.backup_port,
        calls=2,
        name="backup",
    )
    call_id = lab.node.dial("m1", "c1")
    call = lab.node.bridged(call_id)
    assert [leg["trunk"] for leg in call["legs"]] == ["backup", "backup"]
    lab.node.request("POST", f"/v1/calls/{call_id}/hangup")
    lab.node.ended(call_id)
    first.finished()
    second.finished()
    lab.assert_one_ending(call_id)


def test_over_tcp(make_lab: Callable[..., Lab]) -> None:
    """The same over TCP, each connection opened when it is needed."""
    lab = make_lab(transport="tcp")
    carrier = lab.carrier(MANAGER_ANSWERS, Behaviour(ANY_CUSTOMER, "answers"), calls=2)
    call_id = lab.node.dial("m1", "c1")
    lab.node.bridged(call_id)
    lab.node.request("POST", f"/v1/calls/{call_id}/hangup")
    assert lab.node.ended(call_id)["outcome"] == "connected"
    carrier.finished()
    lab.assert_one_ending(call_id)


def test_ten_percent_of_all_messages_lost(make_lab: Callable[..., Lab]) -> None:
    """Over UDP with loss both ways every call still gets through and ends on both sides."""
    lab = make_lab(customers=8)
    carrier = lab.carrier(
        MANAGER_ANSWERS, Behaviour(ANY_CUSTOMER, "answers"), lost_percent=10, calls=16
    )
    for index in range(1, 9):
        call_id = lab.node.dial("m1", f"c{index}", ring_s=30)
        lab.node.bridged(call_id, 40)
        lab.node.request("POST", f"/v1/calls/{call_id}/hangup")
        assert lab.node.ended(call_id)["outcome"] == "connected"
        lab.node.assert_nothing_held(40)
    carrier.finished(60)


def test_manager_hangs_up_before_the_customer_answers(make_lab: Callable[..., Lab]) -> None:
    """The manager gives up while the customer rings: the customer's leg gets its CANCEL."""
    lab = make_lab()
    carrier = lab.carrier(
        Behaviour(ANY_MANAGER, "answers_then_hangs_up"),
        Behaviour(ANY_CUSTOMER, "no_answer"),
        calls=2,
    )
    call = lab.node.ended(lab.node.dial("m1", "c1", ring_s=30))
    assert (call["outcome"], call["hangup_source"]) == ("canceled", "manager")
    carrier.finished()
    lab.assert_one_ending(call["id"])
