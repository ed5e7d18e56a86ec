"""A task through a node: called in vain, called again, talked about, told, and another overdue."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from tests.parts.lab import Lab, customer_does, manager_does
from tests.parts.node import wait_for

pytestmark = pytest.mark.peer


def test_a_task_from_its_making_to_its_result(new_lab: Callable[..., Lab]) -> None:
    lab = new_lab()
    lab.carrier(
        manager_does("answers"),
        customer_does("busy", 1),
        customer_does("answers", 2),
        calls=4,
    )
    headers = {"Authorization": f"Bearer {lab.node.key}"}
    with httpx.Client(base_url=f"{lab.node.api}/v1", headers=headers, timeout=15) as api:

        def make(customer: str, **more: Any) -> str:
            who = {"manager_external_id": "m1", "customer_external_id": customer}
            body = {"type": "renewal", "subject": "two years more"} | who | more
            answer = api.put(f"/tasks/by-external-id/t-{customer}", json=body)
            assert answer.status_code == 201, answer.text
            return str(answer.json()["id"])

        def task(task_id: str) -> dict[str, Any]:
            found: dict[str, Any] = api.get(f"/tasks/{task_id}").json()
            return found

        def call(task_id: str) -> str:
            started = api.post(f"/tasks/{task_id}/call", json={"client_state": "crm"})
            assert started.status_code == 202, started.text
            assert (started.json()["task_id"], started.json()["client_state"]) == (task_id, "crm")
            return str(started.json()["id"])

        soon = (datetime.now(UTC) + timedelta(seconds=1)).isoformat()
        late = make("c3", due_at=soon)

        vain = make("c1")
        lab.assert_ended(call(vain), "customer_busy", "busy")
        wait_for("the attempt", lambda: task(vain)["state"] == "call_again")
        assert [one["outcome"] for one in task(vain)["attempts"]] == ["customer_busy"]

        reached = make("c2")
        call_id = call(reached)
        lab.node.bridged(call_id)
        wait_for("the dialling", lambda: task(reached)["state"] == "dialled")
        lab.node.hangup(call_id)
        lab.node.ended(call_id)
        wait_for("its end", lambda: task(reached)["attempts"][0]["outcome"] == "connected")
        told = api.put(f"/tasks/{reached}/result", json={"code": "renewed"}).json()
        assert (told["state"], told["result"]["code"]) == ("done", "renewed")
        again = api.post(f"/tasks/{reached}/call")
        assert (again.status_code, again.json()["code"]) == (409, "task-closed")

        history = api.get(f"/tasks/{reached}/history").json()["items"]
        assert [one["what"] for one in history] == ["created", "dialled", "call_ended", "closed"]
        assert {one["call_id"] for one in history[1:3]} == {call_id}
        assert told["proposes"] == []

        listed = api.get("/calls", params={"task_id": reached}).json()["items"]
        assert [one["id"] for one in listed] == [call_id]
        wait_for("the due time", lambda: task(late)["state"] == "overdue", 30)
        events = api.get("/events", params={"limit": 200}).json()["items"]
        types = [one["type"] for one in events if one["data"].get("id") in {vain, reached, late}]
        assert sorted(types) == sorted(
            ["task.created", "task.assigned"] * 3 + ["task.overdue", "task.completed"]
        )
