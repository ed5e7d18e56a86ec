"""What nobody honest sends, byte by byte, over real sockets: refused and bounded.

Where two servers in a row could read a message in two ways (RFC 9112 §11.2), it is refused.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from socket import SO_RCVBUF, SOL_SOCKET

import pytest

from api import server as server_module
from api.app import create_app
from api.connection import BoundedConnection
from api.connection_book import ConnectionLimits
from api.server import ApiServer
from config.values import parse_host_port
from tests.unit.api.conftest import World
from tests.unit.api.test_connection import GET, Client, check

MOST, OF_ONE = 8, 4
CHUNKED = b"Transfer-Encoding: chunked\r\n"


@dataclass
class Door:
    """A server, and everybody who has connected to it."""

    server: ApiServer
    port: int = 0
    clients: list[Client] = field(default_factory=list)

    async def connect(self, host: str | None = None) -> Client:
        """Connect, from an address of one's own where one is given."""
        own = (host, 0) if host else None
        streams = await asyncio.open_connection("127.0.0.1", self.port, local_addr=own)
        self.clients.append(Client(*streams))
        return self.clients[-1]

    def figure(self, name: str, reason: str = "") -> float:
        """Return a figure of the server."""
        value = next(
            one.value
            for one in self.server.figures()
            if one.name == name and one.labels.get("reason", "") == reason
        )
        assert isinstance(value, int | float)
        return value


@pytest.fixture
async def door(world: World) -> AsyncIterator[Door]:
    limits = ConnectionLimits(MOST, OF_ONE)
    made = Door(ApiServer(create_app(world.services), "127.0.0.1:0", limits=limits))
    _, made.port = parse_host_port((await made.server.start()).partition("//")[2])
    yield made
    for client in made.clients:
        client.writer.transport.abort()
    await made.server.stop()


async def until(condition: Callable[[], bool]) -> None:
    """Wait for a condition."""
    async with asyncio.timeout(20):
        while not condition():  # noqa: ASYNC110 - nobody tells of it
            await asyncio.sleep(0.02)


def post(fields: bytes, body: bytes) -> bytes:
    return b"POST /v1/groups HTTP/1.1\r\nHost: x\r\n" + fields + b"\r\n" + body


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(post(CHUNKED + b"Content-Length: 4\r\n", b"0\r\n\r\n"), id="both lengths"),
        pytest.param(post(b"Content-Length: 4\r\n" + CHUNKED, b"0\r\n\r\n"), id="both, other way"),
        pytest.param(post(b"Content-Length: 4\r\nContent-Length: 5\r\n", b"abcd"), id="two"),
        pytest.param(post(b"Content-Length: 4, 4\r\n", b"abcd"), id="a list of lengths"),
        pytest.param(post(b"Content-Length: +4\r\n", b"abcd"), id="a signed length"),
        pytest.param(post(b"Content-Length: 0x4\r\n", b"abcd"), id="a length in hex"),
        pytest.param(post(b"Content-Length: -1\r\n", b""), id="less than nothing"),
        pytest.param(post(b"Content-Length: " + b"9" * 30 + b"\r\n", b""), id="beyond 64 bits"),
        pytest.param(post(b"Content-Length : 4\r\n", b"abcd"), id="a space before the colon"),
        pytest.param(post(b"Transfer-Encoding : chunked\r\n", b"0\r\n\r\n"), id="and here"),
        pytest.param(post(b"Transfer-Encoding: xchunked\r\n", b"0\r\n\r\n"), id="no coding"),
        pytest.param(post(b"Transfer-Encoding: chunked, gzip\r\n", b"0\r\n\r\n"), id="not last"),
        pytest.param(post(CHUNKED, b"zz\r\nabc\r\n"), id="a chunk of zz bytes"),
        pytest.param(post(CHUNKED, b"-1\r\nabc\r\n"), id="a chunk of -1 bytes"),
        pytest.param(post(CHUNKED, b"3\r\nabcdef\r\n"), id="a chunk longer than told"),
        pytest.param(post(CHUNKED, b"f" * 17 + b"\r\n"), id="a chunk beyond 64 bits"),
        pytest.param(post(b"X: a\r\n\tb\r\n", b""), id="a folded field"),
        pytest.param(post(b"X: a\x00b\r\n", b""), id="a NUL in a field"),
        pytest.param(post(b"X: a\rb\r\n", b""), id="half a line's end"),
        pytest.param(post(b": a\r\n", b""), id="a field without a name"),
        pytest.param(post(b"X\r\n", b""), id="a name without a field"),
        pytest.param(b"GET /healthz HTTP/1.1\r\n\r\n", id="no host"),
        pytest.param(b"GET /healthz HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", id="two hosts"),
        pytest.param(b"GET /healthz HTTP/1.1\r\nHost: a/b?c\r\n\r\n", id="a host with a path"),
        pytest.param(b"GET /healthz HTTP/1.1\r\nHost: a b\r\n\r\n", id="a host with a space"),
        pytest.param(b"GET /healthz HTTP/3.0\r\nHost: a\r\n\r\n", id="another version"),
        pytest.param(b"GET /healthz\r\n\r\n", id="no version"),
        pytest.param(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", id="HTTP/2"),
        pytest.param(b"CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\n", id="a tunnel"),
        pytest.param(b"GET \xff\xfe HTTP/1.1\r\nHost: a\r\n\r\n", id="no ASCII in the target"),
        pytest.param(b"GET healthz HTTP/1.1\r\nHost: a\r\n\r\n", id="no slash"),
        pytest.param(b"GET /a b HTTP/1.1\r\nHost: a\r\n\r\n", id="a space in the target"),
    ],
)
async def test_what_could_be_read_in_two_ways_is_refused(door: Door, data: bytes) -> None:
    client = await door.connect()
    await client.send(data)
    check(await client.answer(), 400, "bad-request")
    await client.send(GET)
    assert await client.closed() == b""


@pytest.mark.parametrize(
    ("data", "status"),
    [
        (b"GET /healthz HTTP/1.0\r\n\r\n", 200),
        (b"GET http://elsewhere:1/healthz HTTP/1.1\r\nHost: x\r\n\r\n", 200),
        (b"OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n", 404),
        (b"GET //healthz HTTP/1.1\r\nHost: x\r\n\r\n", 404),
        (b"GET /v1/../healthz HTTP/1.1\r\nHost: x\r\n\r\n", 404),
        (b"GET /v1/%2e%2e/healthz HTTP/1.1\r\nHost: x\r\n\r\n", 404),
        (b"GET /healthz%00 HTTP/1.1\r\nHost: x\r\n\r\n", 404),
        (b"GET /healthz%c0%af HTTP/1.1\r\nHost: x\r\n\r\n", 404),
        (b"GET /healthz%zz HTTP/1.1\r\nHost: x\r\n\r\n", 404),
        (b"GET /%68ealthz HTTP/1.1\r\nHost: x\r\n\r\n", 200),
        (b"GET /v1/calls/%2fetc%2fpasswd HTTP/1.1\r\nHost: x\r\n\r\n", 404),
        (b"GET /v1/keys%3f HTTP/1.1\r\nHost: x\r\n\r\n", 404),
        (b"GET /healthz HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: upgrade\r\n\r\n",
         200),
        (b"GET /healthz HTTP/1.1\r\nHost: x\r\nUpgrade: h2c\r\nConnection: upgrade\r\n\r\n", 200),
    ],
)  # fmt: skip
async def test_odd_targets_mean_what_they_say(door: Door, data: bytes, status: int) -> None:
    client = await door.connect()
    await client.send(data)
    assert (await client.answer())[0] == status


async def test_keys_in_encoded_paths_are_needed_all_the_same(door: Door) -> None:
    for target in (b"/v1/%6beys", b"/%76%31/keys", b"/v1/keys"):
        client = await door.connect()
        await client.send(b"GET " + target + b" HTTP/1.1\r\nHost: x\r\n\r\n")
        assert (await client.answer())[0] == 401


async def test_who_wants_another_protocol_gets_one_answer(door: Door) -> None:
    client = await door.connect()
    await client.send(GET[:-2] + b"Upgrade: h2c\r\nConnection: Upgrade\r\n\r\n" + GET)
    assert (await client.answer())[0] == 200
    assert await client.closed() == b""


async def test_targets_and_fields_are_bounded(door: Door) -> None:
    client = await door.connect()
    await client.send(b"GET /" + b"a" * BoundedConnection.max_target_bytes + b" HTTP/1.1\r\n")
    check(await client.answer(), 414, "target-too-long")
    client = await door.connect()
    fields = b"a:\r\n" * BoundedConnection.max_fields
    await client.send(b"GET /healthz HTTP/1.1\r\nHost: x\r\n" + fields + b"\r\n")
    check(await client.answer(), 431, "head-too-large")


async def test_fields_after_a_body_change_nothing_and_are_bounded(
    door: Door, admin: dict[str, str]
) -> None:
    """A key in a trailer is no key."""
    for trailers, found in (
        (b"Authorization: %b\r\n" % admin["Authorization"].encode(), 401),
        (b"a:\r\n" * BoundedConnection.max_fields, 431),
    ):
        client = await door.connect()
        body = b"2\r\n{}\r\n0\r\n"
        await client.send(post(CHUNKED + b"Content-Type: application/json\r\n", body))
        await client.send(trailers + b"\r\n")
        assert (await client.answer())[0] == found


async def test_requests_in_line_are_answered_in_order_and_bounded(door: Door) -> None:
    client = await door.connect()
    await client.send(GET * BoundedConnection.max_pipelined)
    for _ in range(BoundedConnection.max_pipelined):
        assert (await client.answer())[0] == 200
    await client.send(GET * 1000)
    answers = await client.closed()
    assert answers.count(b" 200 ") < BoundedConnection.max_pipelined


async def test_idle_connections_make_room_and_no_client_takes_all(door: Door) -> None:
    idle = [await door.connect("127.0.0.40") for _ in range(OF_ONE)]
    newest = await door.connect("127.0.0.40")
    assert await idle[0].closed() == b""
    await newest.send(GET)
    assert (await newest.answer())[0] == 200
    assert door.figure("http_connections") == OF_ONE
    for _ in range(OF_ONE):
        await door.connect("127.0.0.41")
    one_more = await door.connect("127.0.0.42")
    await one_more.send(GET)
    assert (await one_more.answer())[0] == 200
    assert door.figure("http_connections") == MOST
    assert door.figure("http_connections_ended", "idle") == 2


async def test_where_all_are_at_work_a_new_one_is_told_to_come_again(
    door: Door, admin: dict[str, str]
) -> None:
    key = b"Authorization: %b\r\n" % admin["Authorization"].encode()
    begun = post(key + b"Content-Length: 100\r\n", b"{")
    busy = [await door.connect() for _ in range(OF_ONE)]
    for one in busy:
        await one.send(begun)
        await one.writer.drain()
    await until(lambda: not door.server.waiting)
    refused = await door.connect()
    answer = await refused.answer()
    check(answer, 503, "too-many-connections")
    assert answer[1]["retry-after"] == "1"
    assert door.figure("http_connections_ended", "refused") == 1
    other = await door.connect("127.0.0.43")
    await other.send(GET)
    assert (await other.answer())[0] == 200


@pytest.mark.parametrize("close", [b"", b"Connection: close\r\n"])
async def test_who_does_not_read_loses_the_connection(
    door: Door, monkeypatch: pytest.MonkeyPatch, close: bytes
) -> None:
    """Whether the connection would be kept or is closing already."""
    monkeypatch.setattr(BoundedConnection, "stall_s", 0.2)
    monkeypatch.setattr(server_module, "_SWEEP_S", 0.05)
    door.server._hang_up_stuck()
    client = await door.connect()
    client.writer.get_extra_info("socket").setsockopt(SOL_SOCKET, SO_RCVBUF, 4096)
    request = b"GET /openapi.json HTTP/1.1\r\nHost: x\r\n"
    await client.send((request + b"\r\n") * 15 + request + close + b"\r\n")
    await until(lambda: door.figure("http_connections_ended", "unread") == 1)
    await until(lambda: not door.figure("http_connections"))
