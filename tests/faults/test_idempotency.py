"""One call for one key: of fifty requests at two nodes, and over the death of a node."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from tests.parts.lab import Lab, customer_does, customer_of, manager_does
from tests.parts.needs import missing
from tests.parts.node import wait_for
from tests.parts.postgres import PostgresMissingError, PostgresServer
from voicegw.store.database import Database
from voicegw.store.idempotency import IdempotencyRepository

pytestmark = [pytest.mark.peer, pytest.mark.timeout(300)]

AT_ONCE = 50


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


def post(lab: Lab, key: str, idempotency_key: str, manager: int = 1) -> httpx.Response:
    """Ask a node for a call from a manager to the first of the own customers."""
    body = {
        "manager_external_id": f"m{manager}",
        "customer_external_id": f"c{customer_of(manager)}",
    }
    headers = {"Authorization": f"Bearer {key}", "Idempotency-Key": idempotency_key}
    return httpx.post(f"{lab.node.api}/v1/calls", json=body, headers=headers, timeout=60)


def test_fifty_requests_at_two_nodes_ring_one_telephone(
    new_lab: Callable[..., Lab], postgres: PostgresServer
) -> None:
    url = postgres.create_database("voicegw")
    first = new_lab(store=url)
    second = new_lab(store=url, start=False)
    text = second.node.config.read_text()
    second.node.config.write_text(text.replace('name = "test"', 'name = "second"'))
    second.node.start()
    labs = (first, second)
    carriers = [
        lab.carrier(manager_does("answers"), customer_does("answers"), calls=2) for lab in labs
    ]

    def ask(index: int) -> httpx.Response:
        return post(labs[index % 2], first.node.key, "order-1")

    with ThreadPoolExecutor(AT_ONCE) as pool:
        answers = list(pool.map(ask, range(AT_ONCE)))
    codes = {answer.json().get("code", "taken") for answer in answers}
    assert codes <= {"taken", "idempotency-in-flight"}
    (call_id,) = {answer.json()["id"] for answer in answers if answer.status_code == 202}
    replayed = ask(1)
    assert (replayed.status_code, replayed.json()["id"]) == (202, call_id)
    assert replayed.headers["idempotent-replayed"] == "true"
    mismatch = post(second, first.node.key, "order-1", manager=2)
    assert (mismatch.status_code, mismatch.json()["code"]) == (422, "idempotency-mismatch")
    wait_for("the talk", lambda: first.node.get(f"/v1/calls/{call_id}")["bridged_at"], 30)
    (owner,) = [lab for lab in labs if lab.node.metrics()["voicegw_calls_live"] == 1]
    owner.node.hangup(call_id)
    owner.node.ended(call_id)
    invites = sum(carrier.seen().count("\nINVITE sip:") for carrier in carriers)
    assert invites == 2, "one manager, one customer"
    assert len(first.node.call_ids()) == 1


def test_a_task_is_called_once(lab: Lab) -> None:
    carrier = lab.carrier(manager_does("answers"), customer_does("answers"), calls=2)
    ids: dict[str, Any] = {
        "manager_external_id": "m1",
        "customer_external_id": f"c{customer_of(1)}",
    }
    status, task = lab.node.request("POST", "/v1/tasks", ids | {"type": "callback"})
    assert status == 201, task
    headers = {"Authorization": f"Bearer {lab.node.key}", "Idempotency-Key": "task-1"}
    path = f"{lab.node.api}/v1/tasks/{task['id']}/call"

    def ask(_: int) -> httpx.Response:
        return httpx.post(path, json={}, headers=headers, timeout=60)

    with ThreadPoolExecutor(AT_ONCE) as pool:
        answers = list(pool.map(ask, range(AT_ONCE)))
    (call_id,) = {answer.json()["id"] for answer in answers if answer.status_code == 202}
    others = {answer.json()["code"] for answer in answers if answer.status_code != 202}
    assert others <= {"idempotency-in-flight"}
    lab.node.bridged(call_id)
    lab.node.hangup(call_id)
    carrier.finished()
    assert sum(call["task_id"] == task["id"] for call in lab.node.get("/v1/calls")["items"]) == 1


def test_a_node_killed_before_it_dialled_frees_the_key(lab: Lab) -> None:
    """What the death left claimed is free after the start, and nothing was dialled."""
    carrier = lab.carrier(manager_does("answers"), customer_does("answers"), calls=2)
    known = lab.node.call_ids()
    key_id = str(lab.node.get("/v1/keys")["items"][0]["id"])
    lab.node.kill()
    asyncio.run(_claim(lab, key_id, "order-1", node="test"))
    asyncio.run(_claim(lab, key_id, "order-2", node="another"))
    lab.node.start()
    assert lab.node.call_ids() == known
    assert "INVITE" not in carrier.seen()
    busy = post(lab, lab.node.key, "order-2")
    assert (busy.status_code, busy.json()["code"]) == (422, "idempotency-mismatch")
    taken = post(lab, lab.node.key, "order-1")
    assert taken.status_code == 202, taken.text
    lab.node.bridged(taken.json()["id"])
    lab.node.hangup(taken.json()["id"])
    carrier.finished()


async def _claim(lab: Lab, principal: str, key: str, *, node: str) -> None:
    """Leave in the store what a node leaves that dies between claiming a key and dialling."""
    database = await Database.open(f"sqlite:///{lab.folder}/data/voicegw.db")
    try:
        store = IdempotencyRepository(database, node)
        await store.begin(principal, key, "of another request", datetime.now(UTC))
    finally:
        await database.close()
