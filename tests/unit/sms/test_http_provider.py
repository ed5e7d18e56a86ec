"""Providers that answer badly: each message comes to an end in its time."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import pytest

from voicegw.sms.http_provider import HttpProvider
from voicegw.sms.provider import Accepted, Outcome, Outgoing, Refused
from voicegw.sms.terms import HttpTerms

MESSAGE = Outgoing("sms_1", "+8613800138000", "text")
Answer = Callable[[asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def provider(answer: Answer) -> AsyncIterator[str]:
    """Lend the URL of a provider that answers like this."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        try:
            await answer(writer)
        except ConnectionError:
            pass  # whoever asked has gone
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"


async def asked(answer: Answer, timeout_s: float = 5.0) -> Outcome:
    """Ask such a provider once."""
    async with provider(answer) as url:
        terms = HttpTerms(url, timeout_s=timeout_s)
        asking = HttpProvider(terms, lambda: datetime(2026, 3, 4, tzinfo=UTC))
        try:
            return await asking.send(MESSAGE)
        finally:
            await asking.close()


def whole(head: bytes, body: bytes = b"") -> Answer:
    """Answer all at once."""

    async def answer(writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 " + head + b"\r\nconnection: close\r\n\r\n" + body)
        await writer.drain()

    return answer


async def drips(writer: asyncio.StreamWriter) -> None:
    """Answer a byte at a time, each soon enough."""
    writer.write(b"HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n")
    for _ in range(200):
        writer.write(b" ")
        await writer.drain()
        await asyncio.sleep(0.05)


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (whole(b"200 OK", b'{"id": "p-1"}'), Accepted("p-1")),
        (whole(b"302 Found\r\nlocation: http://127.0.0.1:1/"), Refused("http-302")),
        (whole(b"200 OK", b"x" * 100_000), Refused("answer-too-long")),
        (whole(b"nonsense"), Refused("connection-lost")),
    ],
)
async def test_what_answers_mean(answer: Answer, expected: Outcome) -> None:
    assert await asked(answer) == expected


async def test_an_answer_that_drips_holds_no_message_up() -> None:
    began = time.monotonic()
    assert await asked(drips, timeout_s=0.3) == Refused("timeout")
    assert time.monotonic() - began < 5
