"""A group and a queue of a running node, over real sockets."""

from __future__ import annotations

import pytest

from tests.parts.lab import CALLER_HOST, customer_number, manager_number
from tests.parts.node import wait_for
from tests.parts.raw_lab import RawLab, module_lab, raw
from tests.parts.raw_sip import Leg, description

__all__ = ["module_lab", "raw"]

pytestmark = pytest.mark.peer

DESK = [manager_number(801), manager_number(802)]


def desk(raw: RawLab, number: str, **routing: object) -> str:
    """Have two managers answer a hotline of their own; return its group."""
    node = raw.lab.node
    group = node.request("POST", "/v1/groups", {"name": f"Desk {number}"})[1]["id"]
    for index, phone in enumerate(DESK):
        name = f"desk-{number}-{index}"
        body = {"name": name, "group_id": group, "external_id": name, "phones": [phone]}
        status, answer = node.request("POST", "/v1/managers", body)
        assert status == 201, answer
    body = {"number": number, "group_id": group, "answer": "at_once", "announce": "none"}
    status, answer = node.request("POST", "/v1/hotlines", {**body, "routing": routing})
    assert status == 201, answer
    return str(group)


def calls(raw: RawLab, number: str, caller: str) -> tuple[Leg, str]:
    """Have somebody call a hotline that answers at once; return the leg and the call's id."""
    known = raw.lab.node.call_ids()
    leg = Leg.calling(raw.caller(), number, caller=caller)
    leg.invite(description(9, host=CALLER_HOST))
    leg.ack(leg.expect(200))
    (call_id,) = raw.lab.node.new_calls(known)
    return leg, call_id


def test_all_ring_and_those_who_were_slower_show_no_missed_call(raw: RawLab) -> None:
    desk(raw, "4008007001", group={"strategy": "ring_all", "ring_s": 20})
    caller, call_id = calls(raw, "4008007001", customer_number(9900))
    (invite, quick), (other, slow) = (raw.rung(number) for number in DESK)
    slow.answer(other, 180)
    quick.answer(invite, 200, body=description())
    cancel = slow.expect("CANCEL")
    assert cancel.header("reason") == 'SIP;cause=200;text="Call completed elsewhere"'
    slow.answer(cancel, 200)
    slow.answer(other, 487)
    quick.expect("ACK")
    call = raw.lab.node.bridged(call_id)
    assert [(step["step"], step["result"]) for step in call["plan"][-1:]] == [
        ("group", "connected")
    ]
    raw.hang_up(caller)
    assert raw.ended(call_id)["outcome"] == "connected"


def test_who_waits_is_served_in_order_and_seen(raw: RawLab) -> None:
    queue = {"wrap_up_s": 0, "ring_s": 20, "size": 5}
    group = desk(raw, "4008007002", queue=queue)
    talking = []
    for number in (7, 8):
        caller, call_id = calls(raw, "4008007002", customer_number(9000 + number))
        invite, leg = raw.rung(DESK[number - 7])
        leg.answer(invite, 200, body=description())
        leg.expect("ACK")
        raw.lab.node.bridged(call_id)
        talking.append((caller, leg))
    first, first_id = calls(raw, "4008007002", customer_number(9901))
    second, second_id = calls(raw, "4008007002", customer_number(9902))

    def states() -> dict[str, int]:
        items = raw.lab.node.get("/v1/queues")["items"]
        return next(one for one in items if one["group_id"] == group)

    wait_for("two who wait", lambda: states()["waiting"] == 2, 5)
    assert (states()["managers"], states()["free_managers"]) == (2, 0)
    raw.hang_up(talking[1][0])
    talking[1][1].answer(talking[1][1].expect("BYE"), 200)
    invite, leg = raw.rung(DESK[1])
    leg.answer(invite, 200, body=description())
    leg.expect("ACK")
    raw.lab.node.bridged(first_id)
    raw.hang_up(second)
    assert raw.lab.node.ended(second_id)["outcome"] == "abandoned"
    raw.hang_up(first)
    assert raw.lab.node.ended(first_id)["plan"][-1]["position"] == 1
    wait_for("an empty queue", lambda: states()["waiting"] == 0, 5)
    totals = raw.lab.node.get("/v1/queues")["items"]
    [found] = [one["totals"] for one in totals if one["group_id"] == group]
    assert (found["entered"], found["answered"], found["abandoned"]) == (4, 3, 1)
