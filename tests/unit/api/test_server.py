"""The application on a real socket."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest

from api.app import create_app
from api.server import ApiServer
from tests.unit.api.conftest import World
from voicegw.errors import StartError


@pytest.fixture
async def url(world: World) -> AsyncIterator[str]:
    """The address of a running server."""
    server = ApiServer(create_app(world.services), "127.0.0.1:0")
    address = await server.start()
    yield address
    await server.stop()
    assert server.ended.is_set()


async def test_answers_and_keeps_the_connection(url: str, admin: dict[str, str]) -> None:
    async with httpx.AsyncClient(base_url=url) as client:
        assert (await client.get("/healthz")).status_code == 200
        listed = await client.get("/v1/calls", headers=admin)
        assert listed.json() == {"items": [], "next_cursor": None}
        assert (await client.get("/nope")).json()["code"] == "not-found"


async def test_an_endless_body_is_cut_off(url: str, admin: dict[str, str]) -> None:
    host, port = url.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    head = (
        "POST /v1/calls HTTP/1.1\r\nHost: api\r\nContent-Type: application/json\r\n"
        f"Authorization: {admin['Authorization']}\r\nTransfer-Encoding: chunked\r\n\r\n"
    )
    writer.write(head.encode())
    for _ in range(20):
        writer.write(b"10000\r\n" + b"a" * 0x10000 + b"\r\n")
    assert b" 413 " in await asyncio.wait_for(reader.readline(), 5)
    writer.close()
    await writer.wait_closed()


async def test_a_port_in_use_is_told_with_the_mend(world: World, url: str) -> None:
    with pytest.raises(StartError) as caught:
        await ApiServer(create_app(world.services), url.removeprefix("http://")).start()
    assert caught.value.problem.mend
