"""How fast events leave by webhooks, and what that costs those who write to the store meanwhile.

A store with events in the outbox and two webhooks: one receiver takes everything, the other one
takes connections and never answers. The delivery process runs as beside a node, while this program
writes calls to the store and measures each write.

    python bench/webhooks.py [--events 10000] [--store URL]

Exit code 1 when the events take longer than 20 s, one is missing, or a write waits over 200 ms.
"""

from __future__ import annotations

import argparse
import asyncio
import multiprocessing
import socket
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from multiprocessing.connection import Connection
from pathlib import Path

import msgspec
import sqlalchemy as sa
from standardwebhooks import Webhook as Verifier

from voicegw.clock import SystemClock
from voicegw.events.delivery.protocol import DeliveryOrder, Report, encode_line, line_decoder
from voicegw.events.factory import EventFactory
from voicegw.events.webhooks.signing import new_secret
from voicegw.events.webhooks.terms import WebhookTerms
from voicegw.model.call import Call, CallStatus, Direction
from voicegw.model.event import Event, EventType
from voicegw.model.ids import IdKind, new_id
from voicegw.model.webhook import Webhook, WebhookSecret
from voicegw.store import schema
from voicegw.store.database import Database, migrate
from voicegw.store.events import EventRepository
from voicegw.store.webhooks import WebhookRepository

LIMIT_S = 20.0
WRITE_LIMIT_MS = 200.0
WRITES_PER_S = 50
ALONE_S = 5.0
VERIFY_EACH = 20


class Receiver(asyncio.Protocol):
    """Takes what is posted; knows just enough of HTTP for the delivery process."""

    def __init__(self, ids: set[str], verifier: Verifier) -> None:
        self._ids = ids
        self._verifier = verifier
        self._buffer = bytearray()
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the connection."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Answer each whole request."""
        self._buffer += data
        while (end := self._buffer.find(b"\r\n\r\n")) >= 0:
            lines = self._buffer[:end].decode().split("\r\n")[1:]
            headers = {
                name.lower(): value.strip() for name, _, value in (x.partition(":") for x in lines)
            }
            whole = end + 4 + int(headers["content-length"])
            if len(self._buffer) < whole:
                return
            body = bytes(self._buffer[end + 4 : whole])
            del self._buffer[:whole]
            if len(self._ids) % VERIFY_EACH == 0:
                self._verifier.verify(body, headers)
            self._ids.add(headers["webhook-id"])
            assert self._transport is not None
            self._transport.write(b"HTTP/1.1 204 No Content\r\n\r\n")


async def receive(secret: str, pipe: Connection) -> None:
    """Serve until asked to end; tell how many events there are when asked."""
    ids: set[str] = set()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Receiver(ids, Verifier(secret)), "127.0.0.1", 0)
    pipe.send(server.sockets[0].getsockname()[1])
    while (await asyncio.to_thread(pipe.recv)) != "end":
        pipe.send(len(ids))
    server.close()


def receiver(secret: str, pipe: Connection) -> None:
    """Run the receiver: a process of its own."""
    asyncio.run(receive(secret, pipe))


def a_call(number: int) -> Call:
    """Return a call as events show it."""
    return Call(
        id=new_id(IdKind.CALL),
        direction=Direction.CLICK_TO_DIAL,
        status=CallStatus.RINGING,
        node="bench",
        created_at=SystemClock().now(),
        customer_number=f"+86138{number:08d}",
        sequence=1,
    )


def some_events(count: int) -> list[Event]:
    """Return events of calls."""
    factory = EventFactory(SystemClock())
    return [factory.call(EventType.CALL_ENDED, a_call(number)) for number in range(count)]


async def fill(database: Database, count: int, urls: Sequence[str], secret: str) -> None:
    """Create the webhooks, then have the events happen."""
    now = SystemClock().now()
    for url in urls:
        sealed = WebhookSecret(f"plain.{secret}", now)
        webhook = Webhook(new_id(IdKind.WEBHOOK), url, ["*"], [sealed], now, "bench")
        await WebhookRepository(database).create(webhook)
    events = some_events(count)
    for begin in range(0, count, 500):
        await EventRepository(database).add(events[begin : begin + 500])


async def write_calls(database: Database, waits_ms: list[float]) -> None:
    """Write a call now and then, as a node does, and note how long each write took."""
    while True:
        call = a_call(0)
        row = {
            "id": call.id,
            "node": "bench",
            "direction": call.direction,
            "status": call.status,
            "is_final": False,
            "created_at": call.created_at,
            "sequence": call.sequence,
            "document": msgspec.to_builtins(call),
        }

        def write(connection: sa.Connection, row: dict[str, object] = row) -> None:
            connection.execute(schema.calls.insert(), row)

        began = time.perf_counter()
        await database.do_write(write)
        waits_ms.append((time.perf_counter() - began) * 1000)
        await asyncio.sleep(1 / WRITES_PER_S)


async def written_alone(database: Database) -> None:
    """Print what writes wait on this machine while nothing is delivered."""
    waits_ms: list[float] = []
    with suppress(TimeoutError):
        async with asyncio.timeout(ALONE_S):
            await write_calls(database, waits_ms)
    print(f"writes alone  {told(waits_ms)}")


def told(waits_ms: list[float]) -> str:
    """Return what is to be said of waits."""
    ordered = sorted(waits_ms)
    p99_ms = ordered[int(len(ordered) * 0.99)]
    return f"{len(ordered)}: p99 {p99_ms:.0f} ms, longest {ordered[-1]:.0f} ms"


async def drained(pipe: Connection, count: int) -> float:
    """Wait until the receiver has all events; return when that was, or after three times as long
    as it may take.
    """
    deadline = time.perf_counter() + 3 * LIMIT_S
    while True:
        pipe.send("count")
        found = await asyncio.to_thread(pipe.recv)
        now = time.perf_counter()
        if found >= count or now > deadline:
            print(f"received      {found} of {count}")
            return now if found >= count else float("inf")
        await asyncio.sleep(0.05)


async def measure(url: str, count: int, pipe: Connection, port: int, secret: str) -> bool:
    """Run the measurement and print it; return whether all is within its limits."""
    with socket.create_server(("127.0.0.1", 0), backlog=64) as silent:
        urls = [
            f"http://127.0.0.1:{port}/hook",
            f"http://127.0.0.1:{silent.getsockname()[1]}/hook",
        ]
        database = await Database.open(url)
        await fill(database, count, urls, secret)
        await written_alone(database)
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "voicegw.events.delivery",
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
        )
        assert process.stdin is not None
        assert process.stdout is not None
        terms = WebhookTerms(allow_private=["127.0.0.0/8"])
        process.stdin.write(encode_line(DeliveryOrder(url, "bench", webhooks=terms)))
        while not isinstance(line_decoder.decode(await process.stdout.readline()), Report):
            pass
        began = time.perf_counter()
        reading = asyncio.create_task(process.stdout.read())
        waits_ms: list[float] = []
        writing = asyncio.create_task(write_calls(database, waits_ms))
        took_s = await drained(pipe, count) - began
        writing.cancel()
        await asyncio.gather(writing, return_exceptions=True)
        process.stdin.close()
        await process.wait()
        await reading
        await database.close()
    print(f"drained       {took_s:.1f} s ({count / took_s:.0f}/s), limit {LIMIT_S:.0f} s")
    print(f"writes beside {told(waits_ms)}, limit {WRITE_LIMIT_MS:.0f} ms")
    return took_s <= LIMIT_S and max(waits_ms) <= WRITE_LIMIT_MS


def main() -> int:
    """Run it; return the exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--events", type=int, default=10_000)
    parser.add_argument("--store", default="", help="postgresql://…, empty; default: SQLite")
    options = parser.parse_args()
    secret = new_secret()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        url = options.store or f"sqlite:///{folder / 'voicegw.db'}"
        asyncio.run(migrate(url))
        ours, theirs = multiprocessing.Pipe()
        other = multiprocessing.Process(target=receiver, args=(secret, theirs), daemon=True)
        other.start()
        good = asyncio.run(measure(url, options.events, ours, ours.recv(), secret))
        ours.send("end")
        other.join()
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
