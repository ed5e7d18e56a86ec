from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable

import pytest
import pytest_asyncio

from voicegw.errors import MediaError
from voicegw.media import bencode
from voicegw.media.rtpengine_client import (
    RtpengineAwayError,
    RtpengineClient,
    RtpengineRefusedError,
    text,
)

Answer = Callable[[bytes, bytes], list[bytes]]


class Server(asyncio.DatagramProtocol):
    """Stands for rtpengine: `answer` makes the replies to each (cookie, body)."""

    def __init__(self) -> None:
        self.received: list[tuple[bytes, bytes]] = []
        self.answer: Answer = lambda cookie, _body: [cookie + b" d6:result4:ponge"]
        self.transport: asyncio.DatagramTransport

    def connection_made(self, transport: asyncio.DatagramTransport) -> None:  # type: ignore[override]
        self.transport = transport

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        cookie, _, body = data.partition(b" ")
        self.received.append((cookie, body))
        for reply in self.answer(cookie, body):
            self.transport.sendto(reply, addr)


@pytest_asyncio.fixture
async def server() -> AsyncIterator[Server]:
    made = Server()
    await asyncio.get_running_loop().create_datagram_endpoint(
        lambda: made, local_addr=("127.0.0.1", 0)
    )
    yield made
    made.transport.close()


@pytest_asyncio.fixture
async def client(server: Server) -> AsyncIterator[RtpengineClient]:
    port = server.transport.get_extra_info("sockname")[1]
    made = await RtpengineClient.connect("127.0.0.1", port, timeout_s=0.4)
    yield made
    made.close()


async def test_a_request_is_answered(server: Server, client: RtpengineClient) -> None:
    reply = await client.request("ping", {"call-id": "c-1"})
    assert text(reply["result"]) == "pong"
    assert bencode.decode(server.received[0][1]) == {"call-id": b"c-1", "command": b"ping"}


async def test_each_request_has_a_cookie_of_its_own_and_its_own_reply(
    server: Server, client: RtpengineClient
) -> None:
    server.answer = lambda cookie, body: [cookie + b" " + body]
    replies = await asyncio.gather(*(client.request(f"command-{n}") for n in range(20)))
    assert [text(reply["command"]) for reply in replies] == [f"command-{n}" for n in range(20)]
    assert len({cookie for cookie, _ in server.received}) == 20


async def test_a_lost_request_is_sent_again_under_its_cookie(
    server: Server, client: RtpengineClient
) -> None:
    def on_second(cookie: bytes, _body: bytes) -> list[bytes]:
        return [cookie + b" d6:result2:oke"] if len(server.received) == 2 else []

    server.answer = on_second
    assert text((await client.request("offer"))["result"]) == "ok"
    assert server.received[0] == server.received[1]


async def test_a_refusal_is_an_error_with_its_reason(
    server: Server, client: RtpengineClient
) -> None:
    server.answer = lambda cookie, _body: [
        cookie + b" " + bencode.encode({"result": "error", "error-reason": "Unknown call-id"})
    ]
    with pytest.raises(RtpengineRefusedError, match="Unknown call-id") as caught:
        await client.request("query")
    assert caught.value.is_unknown_call
    server.answer = lambda cookie, _body: [cookie + b" d6:result5:errore"]
    with pytest.raises(RtpengineRefusedError, match="no reason") as caught:
        await client.request("query")
    assert not caught.value.is_unknown_call


@pytest.mark.parametrize(
    "replies", [lambda _cookie: [], lambda cookie: [b"", b"x d", b"other d6:result2:oke", cookie]]
)
async def test_silence_and_nonsense_end_as_away(
    server: Server, client: RtpengineClient, replies: Callable[[bytes], list[bytes]]
) -> None:
    server.answer = lambda cookie, _body: [*replies(cookie), cookie + b" l", cookie + b" i1e"][:4]
    if not replies(b""):
        server.answer = lambda _cookie, _body: []
    with pytest.raises(RtpengineAwayError):
        await client.request("ping")
    assert len(server.received) >= 2


async def test_nobody_there_is_away_too(server: Server, client: RtpengineClient) -> None:
    server.transport.close()
    await asyncio.sleep(0)
    with pytest.raises(RtpengineAwayError):
        await client.request("ping")


async def test_a_closed_client_takes_no_request(client: RtpengineClient) -> None:
    client.close()
    with pytest.raises(MediaError):
        await client.request("ping")


async def test_a_second_reply_is_dropped(server: Server, client: RtpengineClient) -> None:
    server.answer = lambda cookie, _body: [cookie + b" d6:result2:oke"] * 3
    await client.request("offer")
    await asyncio.sleep(0.02)
    assert text((await client.request("offer"))["result"]) == "ok"


def test_only_strings_are_text() -> None:
    assert (text(b"a"), text(7), text(None)) == ("a", "", "")
