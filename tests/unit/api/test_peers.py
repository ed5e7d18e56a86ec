"""Requests about calls of another node are passed to it, and to nobody else."""

from __future__ import annotations

import asyncio
import json
import ssl
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from api.peers import FORWARDED, PeerLimits, PeerNodes
from tests.parts.certificates import Authority
from tests.unit.api.conftest import World
from tests.unit.api.fakes import make_call
from voicegw.journal.entries import CallChanged
from voicegw.model.node import RegisteredNode

ANSWER = b'{"type": "about:blank", "status": 409, "code": "not-bridged"}'


@dataclass
class OtherNode:
    """A server that keeps what it is asked and answers `answer`; None: it never does."""

    answer: bytes | None = ANSWER
    head: str = "409 Conflict"
    heads: list[str] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)
    port: int = 0
    silence: asyncio.Event = field(default_factory=asyncio.Event)

    async def serve(self, tls: ssl.SSLContext | None = None) -> asyncio.Server:
        """Listen at an ephemeral port."""
        server = await asyncio.start_server(self._talk, "127.0.0.1", 0, ssl=tls)
        self.port = server.sockets[0].getsockname()[1]
        return server

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        self.heads.append(head)
        sizes = [line for line in head.split("\r\n") if line.lower().startswith("content-length")]
        size = int(sizes[0].partition(":")[2]) if sizes else 0
        self.bodies.append(await reader.readexactly(size))
        if self.answer is None:
            await self.silence.wait()
        else:
            fields = f"HTTP/1.1 {self.head}\r\ncontent-type: application/problem+json\r\n"
            fields += "retry-after: 7\r\nset-cookie: a=b\r\nconnection: close\r\n"
            fields += f"content-length: {len(self.answer)}\r\n\r\n"
            writer.write(fields.encode() + self.answer)
        writer.close()

    def fields(self) -> dict[str, str]:
        """Return the header fields of the one request that came."""
        (head,) = self.heads
        lines = head.strip().split("\r\n")[1:]
        return {line.partition(":")[0].lower(): line.partition(":")[2].strip() for line in lines}


@pytest.fixture
async def other() -> AsyncIterator[OtherNode]:
    node = OtherNode()
    server = await node.serve()
    yield node
    node.silence.set()
    server.close()


async def registered(world: World, url: str | None, *, lease_s: float = 30) -> str:
    """Have node-2, reached at `url`, run a call; return the path of that."""
    now = world.clock.now()
    node = RegisteredNode("node-2", url, now, now + timedelta(seconds=lease_s))
    await world.services.repositories.nodes.hold(node)
    call = make_call(node="node-2")
    await world.write(CallChanged(call))
    return f"/v1/calls/{call.id}"


def bounded(world: World, **limits: Any) -> None:
    """Have the API wait less long for another node."""
    world.services.peers = PeerNodes(
        world.services.repositories.nodes, world.clock, "node-1", limits=PeerLimits(**limits)
    )


async def test_a_request_goes_as_it_came_and_its_answer_comes_back(
    world: World, admin: dict[str, str], other: OtherNode
) -> None:
    path = await registered(world, f"http://127.0.0.1:{other.port}")
    body = {"manager_id": None, "short_code": "10086", "mode": "consult"}
    headers = admin | {"X-Request-Id": "r-1", "Origin": "http://api.test", "X-Other": "1"}
    answer = await world.client.post(f"{path}/transfer", json=body, headers=headers)
    assert (answer.status_code, answer.content) == (409, ANSWER)
    assert answer.headers["content-type"] == "application/problem+json"
    assert (answer.headers["retry-after"], answer.headers["x-request-id"]) == ("7", "r-1")
    assert "set-cookie" not in answer.headers
    assert other.heads[0].startswith(f"POST {path}/transfer HTTP/1.1")
    assert json.loads(other.bodies[0]) == body
    told = other.fields()
    assert told["authorization"] == admin["Authorization"]
    assert (told["x-request-id"], told[FORWARDED.lower()]) == ("r-1", "node-1")
    assert told["host"] == f"127.0.0.1:{other.port}"
    assert not told.keys() & {"origin", "x-other", "cookie"}
    # The node that did it notes it.
    assert (await world.client.get("/v1/audit", headers=admin)).json()["items"] == []
    shown = (await world.client.get("/metrics")).text
    assert 'voicegw_http_requests_passed_on_total{result="answered"} 1' in shown


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "/hangup", None),
        ("POST", "/hold", {"on": False}),
        ("POST", "/transfer/complete", None),
        ("POST", "/transfer/cancel", None),
        ("POST", "/add", {"short_code": "10086"}),
        ("POST", "/recording/pause", None),
        ("POST", "/recording/resume", None),
        ("POST", "/disclosure", {"statements": [{"id": "a", "prompt": "notice"}]}),
        ("DELETE", "/disclosure", None),
        ("PUT", "/disposition", {"code": "renewed"}),
    ],
)
async def test_whatever_is_done_to_a_live_call_is_passed_on(
    world: World, admin: dict[str, str], other: OtherNode, method: str, path: str, body: Any
) -> None:
    other.answer, other.head = b'{"id": "call_1"}', "200 OK"
    call = await registered(world, f"http://127.0.0.1:{other.port}")
    answer = await world.client.request(method, call + path, json=body, headers=admin)
    assert (answer.status_code, answer.json()) == (200, {"id": "call_1"})
    assert other.heads[0].startswith(f"{method} {call}{path} ")
    assert (json.loads(other.bodies[0]) if body else None) == body


async def test_nothing_is_passed_on_for_who_may_not(
    world: World, admin: dict[str, str], other: OtherNode
) -> None:
    """Nor for a broken body, an unknown call, or a request that was passed on already."""
    path = await registered(world, f"http://127.0.0.1:{other.port}")
    asked = [
        ("/hold", {}, {}, 401),
        ("/hold", {"on": "perhaps"}, admin, 422),
        ("/hold", {}, admin | {FORWARDED: "node-3"}, 409),
    ]
    for action, body, headers, status in asked:
        answer = await world.client.post(path + action, json=body, headers=headers)
        assert answer.status_code == status
    unknown = await world.client.post("/v1/calls/call_none/hangup", headers=admin)
    assert unknown.status_code == 404
    assert other.heads == []


async def test_a_node_without_an_address_is_named(
    world: World, admin: dict[str, str], other: OtherNode
) -> None:
    path = await registered(world, None)
    answer = await world.client.post(f"{path}/hangup", headers=admin)
    assert (answer.status_code, answer.json()["code"]) == (409, "call-elsewhere")
    assert "node-2" in answer.json()["detail"]
    # This node's own address is no way to another.
    now = world.clock.now()
    await world.services.repositories.nodes.hold(
        RegisteredNode("node-1", f"http://127.0.0.1:{other.port}", now, now + timedelta(seconds=9))
    )
    own = make_call(node="node-1")
    await world.write(CallChanged(own))
    answer = await world.client.post(f"/v1/calls/{own.id}/hangup", headers=admin)
    assert (answer.status_code, answer.json()["code"]) == (409, "call-elsewhere")
    assert other.heads == []


async def test_an_address_is_not_used_past_its_lease(
    world: World, admin: dict[str, str], other: OtherNode
) -> None:
    path = await registered(world, f"http://127.0.0.1:{other.port}", lease_s=0)
    answer = await world.client.post(f"{path}/hangup", headers=admin)
    assert (answer.status_code, answer.json()["code"]) == (503, "node-away")
    assert other.heads == []


@pytest.mark.parametrize("fault", ["dead", "silent", "talkative", "garbled"])
async def test_a_node_that_does_not_answer_is_away(
    world: World, admin: dict[str, str], other: OtherNode, fault: str
) -> None:
    url = f"http://127.0.0.1:{other.port}"
    if fault == "dead":
        listener = await asyncio.start_server(lambda *_: None, "127.0.0.1", 0)
        url = f"http://127.0.0.1:{listener.sockets[0].getsockname()[1]}"
        listener.close()
        await listener.wait_closed()
    elif fault == "silent":
        other.answer = None
        bounded(world, total_s=0.3)
    elif fault == "talkative":
        other.answer = b"x" * 2000
        bounded(world, answer_bytes=1000)
    else:
        other.head = "hello"
    path = await registered(world, url)
    answer = await world.client.post(f"{path}/hangup", headers=admin)
    assert (answer.status_code, answer.json()["code"]) == (503, "node-away")
    assert answer.headers["retry-after"] == "5"
    assert ("Nothing was done" in answer.json()["detail"]) == (fault == "dead")
    await world.services.peers.close()


async def test_a_certificate_of_nobody_s_is_not_believed(
    world: World, admin: dict[str, str], tmp_path: Path
) -> None:
    authority = Authority(tmp_path / "ca")
    own = authority.certificate("node", "IP:127.0.0.1")
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(own.cert, own.key)
    node = OtherNode()
    server = await node.serve(tls)
    path = await registered(world, f"https://127.0.0.1:{node.port}")
    refused = await world.client.post(f"{path}/hangup", headers=admin)
    assert (refused.status_code, refused.json()["code"]) == (503, "node-away")
    assert node.heads == []
    world.services.peers = PeerNodes(
        world.services.repositories.nodes,
        world.clock,
        "node-1",
        make_tls=lambda: ssl.create_default_context(cafile=str(authority.ca)),
    )
    answer = await world.client.post(f"{path}/hangup", headers=admin)
    assert (answer.status_code, answer.content) == (409, ANSWER)
    await world.services.peers.close()
    server.close()
