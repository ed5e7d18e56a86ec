"""One attempt: what it sends, to whom, and what is made of each way in which it can end."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from tests.parts.certificates import Authority
from voicegw.events.webhooks import client as client_module
from voicegw.events.webhooks.addresses import parse_address, parse_networks
from voicegw.events.webhooks.client import Answer, Poster
from voicegw.model.webhook import DeliveryError

LOCAL = parse_networks(["127.0.0.0/8"])
OK = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"


class RawServer:
    """Answers each request with given bytes; None: with nothing, for ever."""

    def __init__(self) -> None:
        self.answer: bytes | None = OK
        self.requests: list[bytes] = []
        self.connections = 0
        self.port = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                length = int(head.lower().partition(b"content-length:")[2].split(b"\r\n")[0])
                self.requests.append(head + await reader.readexactly(length))
                if self.answer is None:
                    await asyncio.sleep(3600)
                    return
                writer.write(self.answer)
                await writer.drain()
                if not self.answer.startswith(b"HTTP/1.1 2"):
                    return
        except (asyncio.IncompleteReadError, ConnectionError):
            return
        finally:
            writer.close()


@pytest.fixture
async def server() -> AsyncIterator[RawServer]:
    raw = RawServer()
    listening = await asyncio.start_server(raw.serve, "127.0.0.1", 0)
    raw.port = listening.sockets[0].getsockname()[1]
    yield raw
    listening.close()


@pytest.fixture
def resolvers() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(2) as threads:
        yield threads


MakePoster = Callable[..., Poster]


@pytest.fixture
async def poster(resolvers: ThreadPoolExecutor) -> AsyncIterator[MakePoster]:
    made: list[Poster] = []

    def make(url: str, **more: Any) -> Poster:
        options: dict[str, Any] = {"timeout_s": 5.0, "allowed": LOCAL, "at_once": 4}
        options |= {"tls": ssl.create_default_context()} | more
        made.append(Poster(url, resolvers=resolvers, **options))
        return made[-1]

    yield make
    for one in made:
        await one.close()


async def post(poster: Poster) -> Answer:
    return await poster.post([("webhook-id", "evt_1"), ("content-type", "x/y")], b'{"a": 1}')


async def test_it_posts_over_a_connection_that_is_kept(
    server: RawServer, poster: MakePoster
) -> None:
    one = poster(f"http://127.0.0.1:{server.port}/hook?x=1")
    for _ in range(3):
        assert await post(one) == Answer(None, 200)
    assert server.connections == 1
    head, _, body = server.requests[0].partition(b"\r\n\r\n")
    assert head.startswith(b"POST /hook?x=1 HTTP/1.1\r\n")
    assert b"webhook-id: evt_1" in head
    assert b"Host: 127.0.0.1:%d" % server.port in head
    assert body == b'{"a": 1}'


async def test_connections_are_closed_when_nothing_is_posted(
    server: RawServer, poster: MakePoster, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = poster(f"http://127.0.0.1:{server.port}/")
    await one.rest()
    await post(one)
    await one.rest()
    await post(one)
    assert server.connections == 1
    monkeypatch.setattr(client_module, "_IDLE_S", -1.0)
    await one.rest()
    assert await post(one) == Answer(None, 200)
    assert server.connections == 2


async def test_as_many_at_once_as_there_may_be(server: RawServer, poster: MakePoster) -> None:
    one = poster(f"http://127.0.0.1:{server.port}/")
    answers = await asyncio.gather(*[post(one) for _ in range(4)])
    assert answers == [Answer(None, 200)] * 4
    assert 1 <= server.connections <= 4


@pytest.mark.parametrize(
    ("head", "answer"),
    [
        ("204 No Content", Answer(None, 204)),
        ("301 Moved\r\nlocation: http://127.0.0.1:1/", Answer(DeliveryError.REDIRECT, 301)),
        ("410 Gone", Answer(DeliveryError.GONE, 410)),
        ("400 Bad", Answer(DeliveryError.REFUSED, 400)),
        ("500 Oh\r\nretry-after: 7", Answer(DeliveryError.REFUSED, 500)),
        ("503 Busy\r\nRetry-After: 7", Answer(DeliveryError.REFUSED, 503, "7")),
        ("429 Slow\r\nretry-after: 8", Answer(DeliveryError.REFUSED, 429, "8")),
    ],
)
async def test_answers(server: RawServer, poster: MakePoster, head: str, answer: Answer) -> None:
    server.answer = f"HTTP/1.1 {head}\r\ncontent-length: 0\r\n\r\n".encode()
    assert await post(poster(f"http://127.0.0.1:{server.port}/")) == answer
    assert len(server.requests) == 1, "no redirect is followed"


@pytest.mark.parametrize("answer", [b"", b"nonsense\r\n\r\n", b"HTTP/1.1 2"])
async def test_what_is_no_answer(server: RawServer, poster: MakePoster, answer: bytes) -> None:
    server.answer = answer
    one = poster(f"http://127.0.0.1:{server.port}/", timeout_s=1.0)
    assert (await post(one)).error in {DeliveryError.CONNECTION_LOST, DeliveryError.TIMEOUT}


async def test_silence_ends_in_time(server: RawServer, poster: MakePoster) -> None:
    server.answer = None
    one = poster(f"http://127.0.0.1:{server.port}/", timeout_s=0.1)
    assert await post(one) == Answer(DeliveryError.TIMEOUT)


async def test_of_an_endless_answer_little_is_read(server: RawServer, poster: MakePoster) -> None:
    server.answer = b"HTTP/1.1 200 OK\r\ncontent-length: 9999999999\r\n\r\n" + b"x" * 100_000
    one = poster(f"http://127.0.0.1:{server.port}/")
    assert await post(one) == Answer(None, 200)
    assert await post(one) == Answer(None, 200)
    assert server.connections == 2


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nx",
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n",
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nnonsense\r\n",
    ],
)
async def test_what_was_taken_is_not_sent_again_because_an_answer_does_not_end(
    server: RawServer, poster: MakePoster, monkeypatch: pytest.MonkeyPatch, answer: bytes
) -> None:
    monkeypatch.setattr(client_module, "_ANSWER_S", 0.05)
    server.answer = answer
    one = poster(f"http://127.0.0.1:{server.port}/", timeout_s=2.0)
    assert await post(one) == Answer(None, 200)
    server.answer = OK
    assert await post(one) == Answer(None, 200)
    assert server.connections == 2, "nobody reads on in the middle of an answer"


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 100 Continue\r\n\r\n" * 20,
        b"HTTP/1.1 500 Oh\r\nx: " + b"y" * 1_000_000,
        b"HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n",
    ],
    ids=["continues", "huge-header", "switches"],
)
async def test_a_strange_answer_costs_one_attempt_and_the_next_goes_well(
    server: RawServer, poster: MakePoster, answer: bytes
) -> None:
    server.answer = answer
    one = poster(f"http://127.0.0.1:{server.port}/", timeout_s=0.5, at_once=1)
    assert (await post(one)).error is not None
    server.answer = OK
    assert await post(one) == Answer(None, 200)


async def test_nobody_there(poster: MakePoster) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
    assert await post(poster(f"http://127.0.0.1:{port}/")) == Answer(DeliveryError.CONNECT_FAILED)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "2130706433", "0x7f.1", "[::1]"])
async def test_a_private_address_is_not_reached_however_it_is_written(
    server: RawServer, poster: MakePoster, host: str
) -> None:
    one = poster(f"https://{host}:{server.port}/", allowed=())
    assert await post(one) == Answer(DeliveryError.ADDRESS_REFUSED)
    assert server.connections == 0


async def test_a_name_is_asked_for_once_and_what_it_led_to_is_connected_to(
    server: RawServer, poster: MakePoster, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A name that leads to a private address the second time (rebinding) gains nothing."""
    answers = [[parse_address("127.0.0.1")], [parse_address("169.254.169.254")], []]

    async def resolved(_host: str, _threads: object) -> list[Any]:
        return list(answers.pop(0))

    monkeypatch.setattr(client_module, "resolved", resolved)
    assert (await post(poster(f"http://rebind.test:{server.port}/"))).error is None
    assert len(answers) == 2
    refused = await post(poster(f"http://rebind.test:{server.port}/"))
    assert refused.error is DeliveryError.ADDRESS_REFUSED
    unknown = await post(poster(f"http://rebind.test:{server.port}/"))
    assert unknown.error is DeliveryError.DNS_FAILED
    assert server.connections == 1


async def test_the_next_address_of_a_name_is_tried(
    server: RawServer, poster: MakePoster, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def resolved(_host: str, _threads: object) -> list[Any]:
        return [parse_address("127.0.0.9"), parse_address("127.0.0.1")]

    monkeypatch.setattr(client_module, "resolved", resolved)
    assert (await post(poster(f"http://two.test:{server.port}/"))).error is None


async def test_certificates_are_verified(poster: MakePoster, tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    pair = authority.certificate("receiver", "DNS:localhost")
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(pair.cert, pair.key)
    raw = RawServer()
    listening = await asyncio.start_server(raw.serve, "127.0.0.1", 0, ssl=context)
    port = listening.sockets[0].getsockname()[1]
    trusting = ssl.create_default_context(cafile=str(authority.ca))
    assert await post(poster(f"https://localhost:{port}/", tls=trusting)) == Answer(None, 200)
    for url, tls in (
        (f"https://localhost:{port}/", ssl.create_default_context()),
        (f"https://127.0.0.1:{port}/", trusting),
    ):
        answer = await post(poster(url, tls=tls))
        assert answer == Answer(DeliveryError.TLS_FAILED), url
    assert len(raw.requests) == 1
    listening.close()
