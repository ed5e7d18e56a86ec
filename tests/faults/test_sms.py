"""A result by SMS, though provider, sender and node go away: told once, and not lost."""

from __future__ import annotations

import json
import os
import re
import signal
import urllib.parse
import urllib.request
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from standardwebhooks import Webhook

from tests.parts.lab import Lab, customer_does, manager_does, manager_number
from tests.parts.node import NodeProcess, wait_for
from tests.parts.receiver import Posted, ReceiverServer, is_down, takes

pytestmark = pytest.mark.peer

SECRET = "whsec_QUJDREVGR0hJSktMTU5PUFFSU1RVVldY"
CONFIG = """
[sms]
provider = "http"
url = "{url}"
ask_after_s = 0
takeover_s = 3

[sms_inbound]
secret_key = "{secret}"
"""
TOKEN = re.compile(r"/r/[A-Za-z0-9_-]{22}")


def sender_pid(node: NodeProcess) -> int | None:
    """The process that sends."""
    found = [pid for pid, command in node.children().items() if "voicegw.sms" in command]
    return found[0] if found else None


def talk_for_a_task(lab: Lab, customer: str) -> str:
    """Have somebody talk for a task of manager m1; return the task's id."""
    body = {"type": "revisit", "manager_external_id": "m1", "customer_external_id": customer}
    status, task = lab.node.request("POST", "/v1/tasks", body)
    assert status == 201, task
    status, call = lab.node.request("POST", f"/v1/tasks/{task['id']}/call", {})
    assert status == 202, call
    lab.node.bridged(call["id"])
    lab.node.hangup(call["id"])
    lab.node.ended(call["id"])
    return str(task["id"])


def post_reply(node: NodeProcess, name: str, text: str) -> int:
    """Post a reply as the provider does."""
    body = json.dumps({"id": f"r-{name}", "from": manager_number(1), "text": text})
    now = datetime.now(UTC)
    request = urllib.request.Request(
        f"{node.api}/v1/sms/replies",
        body.encode(),
        {
            "content-type": "application/json",
            "webhook-id": f"m-{name}",
            "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": Webhook(SECRET).sign(f"m-{name}", now, body),
        },
    )
    with urllib.request.urlopen(request, timeout=10) as answer:
        return int(answer.status)


def texts(posted: list[Posted]) -> dict[str, str]:
    """The texts that the provider has taken, by id."""
    return {one.event["id"]: one.event["text"] for one in posted}


def result_of(node: NodeProcess, task_id: str) -> dict[str, Any]:
    """What was told of a task."""
    found: dict[str, Any] = wait_for(
        "the result", lambda: node.get(f"/v1/tasks/{task_id}")["result"], 30
    )
    return found


def test_results_come_by_reply_and_by_link(new_lab: Callable[..., Lab]) -> None:
    with ReceiverServer(is_down) as provider:
        lab = new_lab(
            more=CONFIG.format(url=provider.url, secret=SECRET),
            api='public_url = "https://gw.example"',
        )
        lab.carrier(manager_does("answers"), customer_does("answers"), calls=4)
        node = lab.node
        first = talk_for_a_task(lab, "c1")
        provider.wait_for("an attempt in vain", len, 30)
        os.kill(wait_for("the sender", lambda: sender_pid(node)), signal.SIGKILL)
        node.kill()
        provider.behaviour = takes
        node.start()
        before = len(provider.posted)
        provider.wait_for("the question", lambda posted: len(posted) > before, 60)
        assert len(texts(provider.posted)) == 1, "the same id at each attempt"
        assert {one.headers["idempotency-key"] for one in provider.posted} == set(
            texts(provider.posted)
        )
        assert post_reply(node, "1", "1 客户满意") == 204
        assert post_reply(node, "1", "1 客户满意") == 204
        told = result_of(node, first)
        assert (told["code"], told["note"]) == ("revisit_done", "客户满意")

        second = talk_for_a_task(lab, "c2")
        provider.wait_for("another question", lambda posted: len(texts(posted)) == 2, 60)
        newest = provider.posted[-1].event["text"]
        path = TOKEN.search(newest)
        assert path is not None
        form = urllib.parse.urlencode({"code": "problem_found", "note": "宽带故障"}).encode()
        with urllib.request.urlopen(f"{node.api}{path[0]}", form, timeout=10) as page:
            assert "已记录" in page.read().decode()
        assert result_of(node, second)["code"] == "problem_found"
        messages = node.get("/v1/sms/messages")["items"]
        assert {one["state"] for one in messages} == {"sent"}
        assert len(messages) == 2
        assert not any(TOKEN.search(one["text"]) for one in messages)
        log = node.log.read_text()
        assert manager_number(1)[3:] not in log
        assert path[0] not in log
