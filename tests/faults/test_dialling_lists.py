"""Lists that are worked through by a node that is killed in the middle of them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from tests.parts.lab import (
    CUSTOMERS_EACH,
    Lab,
    customer_does,
    customer_number,
    customer_of,
    manager_does,
)
from tests.parts.node import wait_for
from tests.parts.sipp import Sipp

pytestmark = pytest.mark.peer

MANAGERS = (1, 2, 3)
TASKS = len(MANAGERS) * CUSTOMERS_EACH


def begin(lab: Lab) -> None:
    """Give each manager a task for each customer, and have all of them work on these."""
    for manager in MANAGERS:
        for which in range(CUSTOMERS_EACH):
            body: dict[str, Any] = {
                "type": "revisit",
                "manager_external_id": f"m{manager}",
                "customer_external_id": f"c{customer_of(manager, which)}",
            }
            status, answer = lab.node.request("POST", "/v1/tasks", body)
            assert status == 201, answer
        manager_id = lab.node.get(f"/v1/managers/by-external-id/m{manager}")["id"]
        body = {"manager_id": manager_id, "mode": "progressive", "pause_s": 0}
        status, answer = lab.node.request("POST", "/v1/diallings", body)
        assert status == 201, answer


def attempts(lab: Lab) -> list[list[dict[str, Any]]]:
    """Return what was tried for each task."""
    return [task["attempts"] for task in lab.node.get("/v1/tasks?limit=200")["items"]]


def rung(carrier: Sipp) -> Counter[str]:
    """Return how many calls have reached each customer; a repeated INVITE is the same call."""
    found = set()
    for message in carrier.received():
        called = re.match(r"INVITE sip:([+]86138[0-9]+)", message)
        call_id = re.search(r"^Call-ID:\s*(\S+)", message, re.MULTILINE | re.IGNORECASE)
        if called is not None and call_id is not None:
            found.add((called[1], call_id[1]))
    return Counter(number for number, _ in found)


def test_a_killed_node_goes_on_with_its_lists(new_lab: Callable[..., Lab]) -> None:
    """Every task is tried, no customer is rung twice, none without a manager who has answered."""
    lab = new_lab()
    talkers = [customer_of(manager) for manager in MANAGERS]
    carrier = lab.carrier(
        manager_does("answers"),
        *(customer_does("answers_then_hangs_up", index) for index in talkers),
        customer_does("busy"),
        calls=1000,
    )
    begin(lab)
    wait_for("some calls", lambda: sum(map(bool, attempts(lab))) >= 5, 30)
    lab.node.kill()
    lab.node.start()
    wait_for(
        "every task was tried",
        lambda: all(tried and tried[-1]["outcome"] for tried in attempts(lab)),
        60,
    )
    wait_for(
        "nothing is left to call",
        lambda: all(
            one["state"] == "waiting" and one["why"] == "nothing-to-call"
            for one in lab.node.get("/v1/diallings")["items"]
        ),
        60,
    )
    tried = attempts(lab)
    assert len(tried) == TASKS
    assert all(len(one) == 1 for one in tried), tried
    calls = lab.node.get("/v1/calls?limit=200")["items"]
    assert len(calls) == TASKS
    reached = rung(carrier)
    assert set(reached.values()) == {1}, reached
    assert set(reached) <= {customer_number(n) for n in range(1, TASKS + 1)}
    # Who was not rung was being called when the node died.
    lost = [one for one in calls if one["outcome"] == "interrupted"]
    assert len(reached) >= TASKS - len(lost)
    for call in calls:
        legs = {leg["role"]: leg for leg in call["legs"]}
        if "customer" in legs:
            assert legs["manager"]["answered_at"] <= legs["customer"]["started_at"]
    lab.node.assert_nothing_held()
