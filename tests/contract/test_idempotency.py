"""A request with an Idempotency-Key does its work once, on however many nodes it arrives."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from datetime import datetime, timedelta

import pytest

from api.idempotency import Idempotency, fingerprint
from api.problems import ApiProblem
from tests.contract.conftest import NOW
from voicegw.store.database import Database
from voicegw.store.idempotency import KEPT_FOR, IdempotencyRepository, StoredResponse

AT_ONCE = 50
HASH = fingerprint("POST /v1/calls", b'{"manager_id": "m"}')


class Dialler:
    """Counts what it is asked to do; waits for `gate` before it answers."""

    def __init__(self) -> None:
        self.dialled = 0
        self.gate = asyncio.Event()

    async def dial(self) -> StoredResponse:
        self.dialled += 1
        await self.gate.wait()
        return StoredResponse(202, b'{"id": "call_1"}', {"Location": "/v1/calls/call_1"})


class Nodes:
    """Two nodes on one store, each with connections of its own; `now` is their time."""

    def __init__(self, databases: list[Database]) -> None:
        self.now: datetime = NOW
        self.stores = [
            IdempotencyRepository(database, f"node-{index}")
            for index, database in enumerate(databases)
        ]
        self.nodes = [Idempotency(store, lambda: self.now) for store in self.stores]

    async def ask(self, node: int, dialler: Dialler, request: str = HASH) -> str:
        """Return the status of the answer and whether it is a repetition, or the code."""
        try:
            answer = await self.nodes[node].run("key_1", "order-1", request, dialler.dial)
        except ApiProblem as problem:
            return problem.code
        assert answer.headers["location"] == "/v1/calls/call_1"
        again = " again" if "idempotent-replayed" in answer.headers else ""
        return f"{answer.status_code}{again}"


@pytest.fixture
async def nodes(store_url: str) -> AsyncIterator[Nodes]:
    databases = [await Database.open(store_url), await Database.open(store_url)]
    yield Nodes(databases)
    for database in databases:
        await database.close()


async def test_fifty_at_once_on_two_nodes_dial_once(nodes: Nodes) -> None:
    """While the first is worked on the others are told so, afterwards they get its answer."""
    dialler = Dialler()
    asked = [asyncio.create_task(nodes.ask(index % 2, dialler)) for index in range(AT_ONCE)]
    done: set[asyncio.Task[str]] = set()
    async with asyncio.timeout(30):
        while len(done) < AT_ONCE - 1:
            done, _ = await asyncio.wait(asked, return_when=asyncio.FIRST_COMPLETED)
            await asyncio.sleep(0.01)
    assert dialler.dialled == 1
    dialler.gate.set()
    codes = Counter(await asyncio.gather(*asked))
    assert codes == {"202": 1, "idempotency-in-flight": AT_ONCE - 1}
    later = await asyncio.gather(*[nodes.ask(index % 2, dialler) for index in range(AT_ONCE)])
    assert set(later) == {"202 again"}
    assert dialler.dialled == 1


async def test_another_request_is_told_so_on_both_nodes(nodes: Nodes) -> None:
    dialler = Dialler()
    first = asyncio.create_task(nodes.ask(0, dialler))
    while not dialler.dialled:  # noqa: ASYNC110 - it tells nobody
        await asyncio.sleep(0.01)
    other = fingerprint("POST /v1/calls", b"{}")
    assert [await nodes.ask(node, dialler, other) for node in (0, 1)] == [
        "idempotency-mismatch"
    ] * 2
    dialler.gate.set()
    assert await first == "202"
    assert await nodes.ask(1, dialler, other) == "idempotency-mismatch"
    assert dialler.dialled == 1


async def test_a_refusal_frees_the_key_for_every_node(nodes: Nodes) -> None:
    async def refuse() -> StoredResponse:
        raise ApiProblem("trunk-full", "full")

    with pytest.raises(ApiProblem, match="full"):
        await nodes.nodes[0].run("key_1", "order-1", HASH, refuse)
    dialler = Dialler()
    dialler.gate.set()
    assert await nodes.ask(1, dialler, fingerprint("POST /v1/calls", b"other")) == "202"


async def test_an_answer_is_kept_for_a_day(nodes: Nodes) -> None:
    dialler = Dialler()
    dialler.gate.set()
    assert await nodes.ask(0, dialler) == "202"
    nodes.now = NOW + KEPT_FOR
    assert await nodes.ask(1, dialler) == "202 again"
    nodes.now += timedelta(seconds=1)
    assert await nodes.ask(1, dialler) == "202"
    assert dialler.dialled == 2


async def test_what_a_dead_node_had_in_flight_is_freed_by_its_start_alone(nodes: Nodes) -> None:
    await nodes.stores[0].begin("key_1", "order-1", HASH, NOW)
    dialler = Dialler()
    dialler.gate.set()
    assert await nodes.stores[1].release_abandoned() == 0
    assert await nodes.ask(1, dialler) == "idempotency-in-flight"
    assert await nodes.stores[0].release_abandoned() == 1
    assert await nodes.ask(1, dialler) == "202"
    assert dialler.dialled == 1


async def test_keys_are_each_principal_s_own(nodes: Nodes) -> None:
    dialler = Dialler()
    dialler.gate.set()
    for principal in ("key_1", "key_2"):
        await nodes.nodes[0].run(principal, "order-1", HASH, dialler.dial)
    assert dialler.dialled == 2
