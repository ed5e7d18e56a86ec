"""Asking outside: real requests to a server of the test's own, which may do anything."""

from __future__ import annotations

import asyncio
import json
import socket
import threading
from collections.abc import AsyncIterator
from ipaddress import ip_address, ip_network

import pytest

from ivr.outside import MAX_ANSWER_BYTES, OutsideHttp, may_ask
from voicegw.calls.flow_terms import Answered, Ask, Unanswered


class Server:
    """An HTTP server that answers what it is told to."""

    def __init__(self) -> None:
        self.asked: list[bytes] = []
        self.answer = b""
        self.after_s = 0.0
        self.port = 0
        self.tasks: set[asyncio.Task[None]] = set()

    def says(self, body: bytes, *, status: str = "200 OK", headers: str = "") -> None:
        """Answer with a status, headers and a body."""
        head = f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\n{headers}\r\n"
        self.answer = head.encode() + body

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self.tasks.add(task)
        try:
            await self._answer(reader, writer)
        finally:
            writer.close()

    async def end(self) -> None:
        """Leave every answer that was not given."""
        for task in self.tasks:
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0] or b"0")
        self.asked.append(head + await reader.readexactly(length))
        await asyncio.sleep(self.after_s)
        writer.write(self.answer)


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    found = Server()
    listening = await asyncio.start_server(found.serve, "127.0.0.1", 0)
    found.port = listening.sockets[0].getsockname()[1]
    yield found
    listening.close()
    await found.end()
    await listening.wait_closed()


@pytest.fixture
async def outside() -> AsyncIterator[OutsideHttp]:
    found = OutsideHttp(["127.0.0.0/8"], max_asking=2)
    yield found
    await found.close()


def question(server: Server, timeout_s: float = 5.0, host: str = "localhost") -> Ask:
    return Ask(f"http://{host}:{server.port}/where?x=1", {"class": "金卡"}, timeout_s)


async def test_an_answer_is_read(server: Server, outside: OutsideHttp) -> None:
    server.says(b'{"next": "tell", "set": {"a": "b", "n": 7, "ok": true}, "more": []}')
    answer = await outside.ask(question(server))
    assert answer == Answered("tell", {"a": "b", "n": "7", "ok": "true"})
    head, _, body = server.asked[0].partition(b"\r\n\r\n")
    assert head.startswith(b"POST /where?x=1 HTTP/1.1\r\n")
    assert f"host: localhost:{server.port}".encode() in head.lower()
    assert json.loads(body) == {"class": "金卡"}


@pytest.mark.parametrize(
    ("body", "status", "headers", "reason"),
    [
        (b"{}", "500 Oops", "", "status-500"),
        (b"{}", "302 Found", "Location: http://127.0.0.1:1/\r\n", "status-302"),
        (b"{}", "204 No Content", "", "status-204"),
        (b"{}", "200 OK", "Content-Encoding: gzip\r\n", "encoded"),
        (b"nonsense", "200 OK", "", "unreadable"),
        (b'{"next": 1}', "200 OK", "", "unreadable"),
        (b'{"set": {"a": []}}', "200 OK", "", "unreadable"),
        (b"\xff", "200 OK", "", "unreadable"),
        (b" " * (MAX_ANSWER_BYTES + 1), "200 OK", "", "too-long"),
    ],
)
async def test_what_can_not_be_taken_has_its_reason(
    server: Server, outside: OutsideHttp, body: bytes, status: str, headers: str, reason: str
) -> None:
    server.says(body, status=status, headers=headers)
    assert await outside.ask(question(server)) == Unanswered(reason)
    assert len(server.asked) == 1


async def test_who_is_too_slow_is_left(server: Server, outside: OutsideHttp) -> None:
    server.after_s = 5.0
    began = asyncio.get_running_loop().time()
    assert await outside.ask(question(server, 0.2)) == Unanswered("timeout")
    assert asyncio.get_running_loop().time() - began < 2


async def test_who_is_not_there_is_told(server: Server, outside: OutsideHttp) -> None:
    gone = Ask("http://127.0.0.1:1/", {}, 2.0)
    assert await outside.ask(gone) == Unanswered("unreachable")
    server.answer = b"SSH-2.0-nonsense\r\n"
    assert await outside.ask(question(server)) == Unanswered("unreachable")
    nowhere = Ask("http://nowhere.invalid/", {}, 5.0)
    assert await outside.ask(nowhere) == Unanswered("unreachable")


async def test_private_addresses_are_refused_unless_allowed(server: Server) -> None:
    server.says(b"{}")
    strict = OutsideHttp()
    try:
        for host in ("localhost", "127.0.0.1", "[::ffff:127.0.0.1]"):
            assert await strict.ask(question(server, host=host)) == Unanswered("private-address")
    finally:
        await strict.close()
    assert server.asked == []


async def test_only_so_many_are_asked_at_once(server: Server, outside: OutsideHttp) -> None:
    server.says(b"{}")
    server.after_s = 0.3
    found = await asyncio.gather(*(outside.ask(question(server)) for _ in range(4)))
    assert found.count(Answered()) == 2
    assert found.count(Unanswered("too-many")) == 2


@pytest.mark.parametrize(
    ("address", "is_public"),
    [
        ("1.1.1.1", True),
        ("2400:3200::1", True),
        ("10.1.2.3", False),
        ("172.16.0.1", False),
        ("192.168.1.1", False),
        ("127.0.0.1", False),
        ("169.254.169.254", False),
        ("100.64.0.1", False),
        ("0.0.0.0", False),
        ("224.0.0.1", False),
        ("255.255.255.255", False),
        ("::1", False),
        ("::", False),
        ("fe80::1", False),
        ("fd00::1", False),
        ("::ffff:10.0.0.1", False),
        ("64:ff9b::a00:1", False),
        ("2002:a00:1::", False),
        ("::10.0.0.1", False),
        ("::ffff:0:10.0.0.1", False),
        ("192.88.99.1", False),
        ("fec0::1", False),
        ("5f00::1", False),
        ("3fff::1", False),
        ("ff0e::1", False),
    ],
)
def test_which_addresses_are_public(address: str, is_public: bool) -> None:
    assert may_ask(ip_address(address), ()) is is_public
    wide = (ip_network("0.0.0.0/0"), ip_network("::/0"))
    assert may_ask(ip_address(address), wide)


async def test_names_that_nobody_answers_for_hold_up_nobody_elses(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The loop's own threads look up the names of trunks, and hash PINs."""
    asked: list[str] = []
    may_end = threading.Event()

    def dead(host: str, *_: object, **__: object) -> list[object]:
        asked.append(threading.current_thread().name)
        may_end.wait(10)
        raise socket.gaierror

    monkeypatch.setattr("ivr.outside.socket.getaddrinfo", dead)
    outside = OutsideHttp(max_asking=50)
    try:
        found = await asyncio.gather(*(outside.ask(question(server, 0.2)) for _ in range(50)))
        assert set(found) == {Unanswered("timeout")}
        assert 0 < len(asked) < 10
        assert all(name.startswith("outside-names") for name in asked)
    finally:
        may_end.set()
        await outside.close()
