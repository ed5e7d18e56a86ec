"""A wish to leave in a whole node, from the trigger to the win-back plan."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.parts.lab import HOTLINE, Lab, customer_number, customer_of, manager_does
from tests.parts.node import NodeProcess, wait_for

pytestmark = pytest.mark.peer

HEAD = "+8613900130099"


def ask(node: NodeProcess, method: str, path: str, body: Any, expected: int) -> dict[str, Any]:
    status, answer = node.request(method, path, body)
    assert status == expected, answer
    return dict(answer)


def escalations(node: NodeProcess, task_id: str) -> list[str]:
    """Return what was owed, of each event of an escalation."""
    events = node.get("/v1/events?limit=200")["items"]
    return [
        one["data"]["escalations"][-1]["of"]
        for one in events
        if one["type"] == "task.escalated" and one["data"]["id"] == task_id
    ]


def test_a_wish_to_leave_is_told_upward_once_and_answered_for(new_lab: Callable[..., Lab]) -> None:
    lab = new_lab(more='[sms]\nprovider = "file"\n')
    node = lab.node
    customer = node.get("/v1/customers/by-external-id/c1")
    deputy = node.get("/v1/managers/by-external-id/m2")["id"]
    reach = {"role": "county_manager", "group_id": customer["group_id"], "phone": HEAD}
    ask(node, "POST", "/v1/users", {"login": "head", **reach}, 201)
    asked = datetime.now(UTC) - timedelta(hours=5)
    trigger = {
        "kind": "wants_to_leave",
        "customer_external_id": "c1",
        "external_id": "crm-1",
        "requested_at": asked.isoformat(),
    }
    first = ask(node, "POST", "/v1/triggers", trigger, 201)
    assert ask(node, "POST", "/v1/triggers", trigger, 200)["task_id"] == first["task_id"]
    task_id = first["task_id"]
    wait_for("the escalation", lambda: escalations(node, task_id), 30)
    outbox = lab.node.folder / "data" / "sms" / "outbox.jsonl"
    wait_for("the message", outbox.exists, 30)

    # The deputy has it in hand, and the owner is the first who talks.
    ask(node, "PATCH", f"/v1/tasks/{task_id}", {"manager_id": deputy}, 200)
    closing = {"code": "leaves", "reason": "价格"}
    refused = ask(node, "PUT", f"/v1/tasks/{task_id}/result", closing, 409)
    assert refused["code"] == "contact-missing"
    known = node.call_ids()
    lab.carrier(manager_does("answers", 1), calls=1)
    lab.caller("talks_until_hung_up", (customer_number(customer_of(1, 0)), HOTLINE))
    (call_id,) = node.new_calls(known)
    node.bridged(call_id)
    node.hangup(call_id)
    node.ended(call_id)

    def contacted() -> dict[str, Any] | None:
        found: dict[str, Any] = node.get(f"/v1/tasks/{task_id}")
        return found if found["contacted_at"] else None

    task = wait_for("the contact", contacted, 30)
    assert task["manager_id"] == customer["owner_id"]
    assert ask(node, "PUT", f"/v1/tasks/{task_id}/result", {"code": "leaves"}, 422)
    done = ask(node, "PUT", f"/v1/tasks/{task_id}/result", closing, 200)
    assert done["state"] == "done"
    plan = node.get("/v1/tasks?type=win_back")["items"]
    assert {(one["parent_id"], one["manager_id"]) for one in plan} == {
        (task_id, customer["owner_id"])
    }
    assert len(plan) == 2
    assert escalations(node, task_id) == ["contact"]
    sent = [json.loads(line) for line in outbox.read_text().splitlines()]
    assert {one["to"] for one in sent} == {HEAD}
    assert len({one["id"] for one in sent}) == 1
    assert "挽留" in sent[0]["text"]
    assert HEAD[3:] not in node.log.read_text()
