"""Two nodes on one PostgreSQL: whichever is asked, the node of the call does it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from tests.parts.lab import Lab, customer_does, manager_does
from tests.parts.needs import missing
from tests.parts.node import NodeProcess, wait_for
from tests.parts.postgres import PostgresMissingError, PostgresServer
from tests.peer.test_login import PASSWORD, add_user
from voicegw.model.node import RegisteredNode
from voicegw.store.database import Database
from voicegw.store.nodes import NodeRepository

pytestmark = [pytest.mark.peer, pytest.mark.timeout(300)]


@pytest.fixture
def postgres() -> Iterator[PostgresServer]:
    """Return a running PostgreSQL."""
    try:
        server = PostgresServer()
    except PostgresMissingError as error:
        missing(str(error))
    server.start()
    yield server
    server.stop()
    server.remove()


def configured(node: NodeProcess, name: str) -> None:
    """Give a node its own name and tell the others its address."""
    text = node.config.read_text().replace('name = "test"', f'name = "{name}"')
    node.config.write_text(text.replace("[api]\n", f'[api]\nnode_url = "{node.api}"\n'))


def place_of(url: str, name: str) -> RegisteredNode | None:
    """Return what the store has of a node."""

    async def look() -> RegisteredNode | None:
        database = await Database.open(url)
        try:
            return await NodeRepository(database).get(name)
        finally:
            await database.close()

    return asyncio.run(look())


def test_either_node_is_asked_about_a_call(
    new_lab: Callable[..., Lab], postgres: PostgresServer
) -> None:
    url = postgres.create_database("voicegw")
    owner = new_lab(store=url, start=False)
    asked = new_lab(store=url, start=False)
    asked.node.key = owner.node.key
    for lab, name in ((owner, "owner"), (asked, "asked")):
        configured(lab.node, name)
        lab.node.start()
    owner.carrier(manager_does("answers"), customer_does("answers"), calls=4)
    call_id = owner.talking(1)
    path = f"/v1/calls/{call_id}"
    nodes = {one["name"]: one for one in asked.node.get("/v1/nodes")["items"]}
    assert {name: (one["state"], one["is_own"]) for name, one in nodes.items()} == {
        "asked": ("running", True),
        "owner": ("running", False),
    }
    assert nodes["owner"]["version"] == nodes["asked"]["version"]
    assert nodes["owner"]["media_workers"] >= 1

    def ask(method: str, action: str, body: Any = None) -> tuple[int, Any]:
        return asked.node.request(method, path + action, body)

    status, held = ask("POST", "/hold", {"on": True})
    assert (status, held["held_by"]) == (200, "api"), held
    assert owner.node.get(path)["held_by"] == "api"
    status, talking = ask("POST", "/hold", {"on": False})
    assert (status, talking["held_by"]) == (200, None)
    assert ask("POST", "/recording/pause")[1]["recording_paused_at"] is not None
    assert ask("POST", "/recording/resume")[1]["recording_paused_at"] is None
    # What the owner refuses is what is heard.
    status, refused = ask("POST", "/transfer/complete")
    assert (status, refused["code"], refused["instance"]) == (
        409,
        "not-consulting",
        path + "/transfer/complete",
    )
    status, disposed = ask("PUT", "/disposition", {"code": "renewed"})
    assert (status, disposed["disposition"]["code"]) == (200, "renewed")

    _by_cookie(asked, path)
    assert owner.node.ended(call_id)["hangup_source"] == "api"
    actions = [one["action"] for one in owner.node.get(f"/v1/audit?subject={call_id}")["items"]]
    done = {"call.held", "call.unheld", "recording.paused", "recording.resumed"}
    done |= {"call.disposed", "call.hung-up"}
    assert {name: actions.count(name) for name in done} == dict.fromkeys(done, 1)

    _dead(owner, asked)
    assert asked.node.stop() == 0
    assert place_of(url, "asked") is None
    left = place_of(url, "owner")
    assert left is not None
    assert left.url == owner.node.api


def _by_cookie(asked: Lab, path: str) -> None:
    """Hang up as somebody with a browser, who is let through by the other node as well."""
    add_user(asked.node, "wang", "--role", "admin")
    with httpx.Client(base_url=asked.node.api, timeout=15) as browser:
        who = browser.post("/v1/session", json={"login": "wang", "password": PASSWORD})
        assert who.status_code == 201, who.text
        forged = browser.post(f"{path}/hangup")
        assert (forged.status_code, forged.json()["code"]) == (403, "csrf")
        headers = {
            "X-CSRF-Token": who.json()["csrf_token"],
            "Origin": asked.node.api,
            "X-Request-Id": "order-17",
        }
        ended = browser.post(f"{path}/hangup", headers=headers)
        assert ended.status_code == 200, ended.text
        assert ended.headers["x-request-id"] == "order-17"


def _dead(owner: Lab, asked: Lab) -> None:
    """Kill the node of a call: the other one says so, within a bounded time."""
    call_id = owner.talking(2)
    wait_for("the store has it", lambda: call_id in asked.node.call_ids())
    owner.node.kill()
    answer = httpx.post(
        f"{asked.node.api}/v1/calls/{call_id}/hangup",
        headers={"Authorization": f"Bearer {asked.node.key}"},
        timeout=30,
    )
    assert (answer.status_code, answer.json()["code"]) == (503, "node-away")
    assert answer.headers["retry-after"] == "5"
    away = 'voicegw_http_requests_passed_on_total{result="away"}'
    assert asked.node.metrics()[away] == 1
