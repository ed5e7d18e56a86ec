"""Events reach webhooks whatever breaks: the receiver, the node, the delivery process."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from typing import Any

import pytest

from tests.parts.lab import make_lab
from tests.parts.node import NodeProcess, wait_for
from tests.parts.receiver import ReceiverServer, answers, is_down, takes

pytestmark = pytest.mark.peer

CONFIG = """
[webhooks]
allow_private = ["127.0.0.0/8"]
retries_s = [0.2, 0.4, 0.8, 1, 1, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2]
timeout_s = 1
"""


def new_hook(node: NodeProcess, url: str, **more: Any) -> dict[str, Any]:
    status, hook = node.request("POST", "/v1/webhooks", {"url": url, **more})
    assert status == 201, hook
    return dict(hook)


def new_task(node: NodeProcess) -> str:
    """Have something happen; return the id of the event that tells of it."""
    body = {"type": "own", "own_type": "check", "customer_external_id": "c1"}
    status, task = node.request("POST", "/v1/tasks", body)
    assert status == 201, task
    return str(task["id"])


def delivery_pid(node: NodeProcess) -> int | None:
    found = [pid for pid, command in node.children().items() if "events.delivery" in command]
    return found[0] if found else None


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[NodeProcess]:
    lab = make_lab(tmp_path_factory.mktemp("lab"), more=CONFIG)
    yield lab.node
    lab.close()


def test_nothing_is_lost_while_receiver_node_and_process_go_away(node: NodeProcess) -> None:
    """Every event arrives, signed; one that comes twice has the same id and the same body."""
    with ReceiverServer() as receiver:
        hook = new_hook(node, receiver.url, types=["task.*"])
        tasks = {new_task(node)}
        receiver.wait_for("the first event", len, 30)
        receiver.behaviour = is_down
        tasks |= {new_task(node) for _ in range(5)}
        failed = len(receiver.posted)
        receiver.wait_for("an attempt in vain", lambda posted: len(posted) > failed, 30)
        process = wait_for("the delivery process", lambda: delivery_pid(node))
        os.kill(process, signal.SIGKILL)
        tasks |= {new_task(node) for _ in range(5)}
        node.kill()
        receiver.behaviour = takes
        before = len(receiver.posted)
        node.start()
        tasks |= {new_task(node) for _ in range(5)}

        def subjects(posted: list[Any]) -> set[str]:
            return {one.event["subject"] for one in posted[before:]} | {
                one.event["subject"] for one in posted[:1]
            }

        receiver.wait_for("every event", lambda posted: subjects(posted) >= tasks, 60)
        bodies: dict[str, bytes] = {}
        for one in receiver.posted:
            one.verify(hook["secret"])
            assert bodies.setdefault(one.id, one.body) == one.body
        assert len(bodies) == len(tasks)
        items = node.get(f"/v1/webhooks/{hook['id']}/deliveries?limit=200")["items"]
        assert {item["event_id"] for item in items} == set(bodies)
        assert node.request("DELETE", f"/v1/webhooks/{hook['id']}")[0] == 204


def replay_all(node: NodeProcess, hook: dict[str, Any], receiver: ReceiverServer) -> None:
    """Have all since the webhook was there sent once more, after a ping: the same ids again."""
    ids = {one.id for one in receiver.posted}
    path = f"/v1/webhooks/{hook['id']}"
    assert node.request("POST", f"{path}/ping")[0] == 202
    receiver.wait_for(
        "the ping", lambda posted: any(one.event["type"] == "webhook.ping" for one in posted), 30
    )
    before = len(receiver.posted)
    status, problem = node.request("POST", f"{path}/replay", {"from": hook["created_at"]})
    assert status == 202, problem
    receiver.wait_for(
        "all once more", lambda posted: {one.id for one in posted[before:]} >= ids, 30
    )
    assert {one.id for one in receiver.posted[before:]} == ids
    for one in receiver.posted[before:]:
        one.verify(hook["secret"])
    wait_for("the replay's end", lambda: not node.get(path)["replaying"], 30)


def test_a_dead_receiver_holds_up_no_other(node: NodeProcess) -> None:
    """And one that answers 410 is switched off, with an alert."""
    with ReceiverServer() as good, ReceiverServer(is_down) as dead, ReceiverServer() as gone:
        gone.behaviour = answers(410)
        hooks = [new_hook(node, one.url, types=["task.*"]) for one in (good, dead, gone)]
        tasks = {new_task(node) for _ in range(20)}
        good.wait_for("every event", lambda posted: len({one.id for one in posted}) == 20, 30)
        assert {one.event["subject"] for one in good.posted} == tasks

        def gone_hook() -> dict[str, Any] | None:
            found: dict[str, Any] = node.get(f"/v1/webhooks/{hooks[2]['id']}")
            return found if not found["enabled"] else None

        off = wait_for("the webhook is off", gone_hook, 30)
        assert off["off_reason"] == "gone"
        wait_for("alert", lambda: "webhook-off" in str(node.metrics()), 30)
        replay_all(node, hooks[0], good)
        states = node.get(f"/v1/webhooks/{hooks[1]['id']}/deliveries?state=pending")["items"]
        assert states
        assert {item["error"] for item in states} <= {"connection-lost", None}
