"""What a client may send before the application sees it, over real sockets."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest

from api.app import create_app
from api.connection import BoundedConnection
from api.problems import MEDIA_TYPE
from api.schemas.base import ProblemView
from api.server import ApiServer
from config.values import parse_host_port
from tests.unit.api.conftest import World

GET = b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"
BEGUN = b"POST /v1/calls HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"


class Client:
    """A connection on which bytes are sent as they are."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    async def send(self, data: bytes) -> None:
        self.writer.write(data)
        await self.writer.drain()

    async def answer(self) -> tuple[int, dict[str, str], Any]:
        """Return status, header fields and JSON of the next answer."""
        async with asyncio.timeout(5):
            head = (await self.reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
            fields = dict(line.lower().split(": ", 1) for line in head[1:] if line)
            body = await self.reader.readexactly(int(fields["content-length"]))
        return int(head[0].split(" ")[1]), fields, json.loads(body)

    async def closed(self) -> bytes:
        """Return what comes until the server closes; TimeoutError when it does not."""
        async with asyncio.timeout(5):
            try:
                return await self.reader.read()
            except ConnectionResetError:  # it closed before it had read all that was sent
                return b""


@pytest.fixture
async def client(world: World) -> AsyncIterator[Client]:
    server = ApiServer(create_app(world.services), "127.0.0.1:0")
    url = await server.start()
    connected = Client(*await asyncio.open_connection(*parse_host_port(url.partition("//")[2])))
    yield connected
    connected.writer.close()
    await server.stop()


def check(answer: tuple[int, dict[str, str], Any], status: int, code: str) -> None:
    found, fields, problem = answer
    assert (found, fields["content-type"], fields["connection"]) == (status, MEDIA_TYPE, "close")
    ProblemView.model_validate(problem)
    assert (problem["status"], problem["code"]) == (status, code)
    assert problem["request_id"] == fields["x-request-id"]


@pytest.mark.parametrize(
    "data", [b"\x16\x03\x01\x02\x00", b"BREW / HTTP/1.1\r\n\r\n", b"hello\r\n"]
)
async def test_what_is_no_http_is_answered_with_a_problem(client: Client, data: bytes) -> None:
    await client.send(data)
    check(await client.answer(), 400, "bad-request")
    assert await client.closed() == b""


@pytest.mark.parametrize("head", [b"GET /", b"GET / HTTP/1.1\r\nX-Long: "])
async def test_a_head_is_bounded(
    client: Client, head: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(BoundedConnection, "max_head_bytes", 1000)
    await client.send(head + b"a" * 1001)
    check(await client.answer(), 431, "head-too-large")
    assert await client.closed() == b""


async def test_many_small_fields_are_bounded_as_one(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(BoundedConnection, "max_head_bytes", 1000)
    await client.send(b"GET / HTTP/1.1\r\n")
    for _ in range(100):
        await client.send(b"X-A: abcdefghij\r\n")
    check(await client.answer(), 431, "head-too-large")


async def test_each_head_is_counted_anew(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(BoundedConnection, "max_head_bytes", 60)
    for _ in range(5):
        await client.send(GET)
        assert (await client.answer())[0] == 200
    await client.send(GET + GET)
    assert [(await client.answer())[0] for _ in range(2)] == [200, 200]


async def test_a_head_that_drips_is_given_up(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(BoundedConnection, "head_s", 0.1)
    await client.send(GET)
    assert (await client.answer())[0] == 200
    await client.send(b"GET / HTTP/1.1\r\nX-A: ")
    check(await client.answer(), 408, "too-slow")
    assert await client.closed() == b""


async def test_who_says_nothing_is_hung_up(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(BoundedConnection, "head_s", 0.05)
    server = ApiServer(create_app(world.services), "127.0.0.1:0")
    url = await server.start()
    silent = Client(*await asyncio.open_connection(*parse_host_port(url.partition("//")[2])))
    assert await silent.closed() == b""
    silent.writer.close()
    await server.stop()


async def test_a_body_that_stalls_is_given_up(
    client: Client,
    admin: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(BoundedConnection, "stall_s", 0.1)
    key = b"Authorization: %b\r\n" % admin["Authorization"].encode()
    await client.send(BEGUN + key + b"Content-Length: 100\r\n\r\n{")
    assert await client.closed() == b""
    await asyncio.sleep(0)
    assert not [record for record in caplog.records if record.exc_info]


async def test_an_upload_that_breaks_off_is_no_fault(
    client: Client, world: World, admin: dict[str, str], caplog: pytest.LogCaptureFixture
) -> None:
    form = b"POST /v1/imports HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n"
    key = b"Authorization: %b\r\n" % admin["Authorization"].encode()
    kind = b"Content-Type: multipart/form-data; boundary=b\r\n\r\n"
    await client.send(form + key + kind + b'--b\r\nContent-Disposition: form-data; name="k')
    client.writer.close()
    for _ in range(500):
        if b"/v1/imports" in world.services.metrics.render():
            break
        await asyncio.sleep(0.01)
    assert b'status="499"' in world.services.metrics.render()
    assert not [record for record in caplog.records if record.exc_info]


async def test_a_slow_body_is_taken_as_long_as_it_goes_on(
    client: Client, admin: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(BoundedConnection, "stall_s", 0.3)
    key = b"Authorization: %b\r\n" % admin["Authorization"].encode()
    await client.send(BEGUN + key + b"Content-Length: 10\r\n\r\n")
    for _ in range(10):
        await client.send(b"[")
        await asyncio.sleep(0.05)
    status, fields, _ = await client.answer()
    assert (status, "connection" in fields) == (400, False)
