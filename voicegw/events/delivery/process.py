"""A process that runs outlets, started by the supervisor.

It reads an order, such as :class:`~voicegw.events.delivery.protocol.DeliveryOrder`, and then lines
`wake` from standard input, opens the store by itself, runs the outlets, and tells what the node has
to know on standard output. It ends when its input does: a node that was killed leaves none behind.
`python -m voicegw.events.delivery` is the one for webhooks and the broker.
"""

from __future__ import annotations

import asyncio
import logging
import os
import resource
import secrets
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from typing import Final, Protocol, TypeVar

import msgspec
import uvloop

from voicegw.clock import SystemClock
from voicegw.errors import StoreUnavailableError, VoicegwError
from voicegw.events.delivery.outlet import Outlet, OutletContext, Wake
from voicegw.events.delivery.outlets import outlets_of
from voicegw.events.delivery.protocol import (
    Line,
    LogLine,
    Report,
    encode_line,
    order_decoder,
)
from voicegw.events.delivery.runner import OutletRunner
from voicegw.identity import mask_within
from voicegw.store.database import Database
from voicegw.trace_terms import TraceTerms, tracing_by

_log = logging.getLogger(__name__)

NICENESS: Final = 5
_MAX_MEMORY_BYTES: Final = 2 << 30
"""Of addresses: whatever goes wrong here costs this process, not the machine that calls run on."""
_MAX_ORDER_BYTES: Final = 1 << 20
_MAX_UNREAD_BYTES: Final = 1 << 20
"""What may wait for a node that does not read; beyond it lines are dropped."""
#: Libraries that tell of every step, some with the address of a receiver: only what is wrong.
_CHATTY: Final = ("alembic", "httpcore", "httpx")
_SWITCH_S: Final = 0.0005
"""How long this thread may keep the interpreter from the one that writes to SQLite, which asks for
it again after each row, with the store's one write lock in its hand."""
_STORE_RETRY_S: Final = 2.0
_STANDARD_FACTS: Final = frozenset(vars(logging.makeLogRecord({}))) | {"message", "taskName"}


class Order(Protocol):
    """What every process of outlets has to know."""

    @property
    def store_url(self) -> str:
        """The store, which it opens by itself."""
        ...

    @property
    def node(self) -> str:
        """In whose name it works."""
        ...

    @property
    def tracing(self) -> TraceTerms | None:
        """Where spans go, if anywhere."""
        ...


AnOrder = TypeVar("AnOrder", bound=Order)
OutletsOf = Callable[[AnOrder, Callable[[], OutletContext]], Sequence[Outlet]]


class LineWriter:
    """Writes lines to the node without ever waiting for it."""

    def __init__(self, transport: asyncio.WriteTransport) -> None:
        """Write to `transport`."""
        self._transport = transport

    def write(self, line: Line) -> None:
        """Send `line`, or drop it while the node doesn't read; a later report makes up for it."""
        if self._transport.get_write_buffer_size() < _MAX_UNREAD_BYTES:
            self._transport.write(encode_line(line))


class LineHandler(logging.Handler):
    """Hands log records to the node, which writes them among its own."""

    def __init__(self, writer: LineWriter) -> None:
        """Write to `writer`."""
        super().__init__()
        self._writer = writer
        self._loop = asyncio.get_running_loop()

    def emit(self, record: logging.LogRecord) -> None:
        """Send one record; from whichever thread."""
        facts = {
            key: str(value) for key, value in vars(record).items() if key not in _STANDARD_FACTS
        }
        if record.exc_info:
            # An exception's text may repeat what somebody sent.
            formatter = self.formatter or logging.Formatter()
            facts["traceback"] = mask_within(formatter.formatException(record.exc_info))
        line = LogLine(record.levelno, record.name, record.getMessage(), facts)
        self._loop.call_soon_threadsafe(self._writer.write, line)


async def serve(decoder: msgspec.json.Decoder[AnOrder], outlets: OutletsOf[AnOrder]) -> None:
    """Run until standard input ends. Raises VoicegwError when nothing can be delivered at all."""
    reader, transport = await _pipes()
    with closing(transport):
        order = decoder.decode(await reader.readline())
        writer = LineWriter(transport)
        with _logging_to(writer):
            work = asyncio.create_task(_work(order, outlets, writer, wakes := _Wakes()))
            listening = asyncio.create_task(_listen(reader, wakes))
            await asyncio.wait([work, listening], return_when=asyncio.FIRST_COMPLETED)
            for task in (work, listening):
                task.cancel()
            ends = await asyncio.gather(work, listening, return_exceptions=True)
            # What is written last is on its way to the node before the transport closes.
            await asyncio.sleep(0)
    for end in ends:
        if isinstance(end, Exception):
            raise end


class _Wakes:
    """The wakes of all outlets."""

    def __init__(self) -> None:
        self._all: list[Wake] = []

    def new(self) -> Wake:
        wake = Wake()
        self._all.append(wake)
        return wake

    def wake(self) -> None:
        for wake in self._all:
            wake.wake()


async def _pipes() -> tuple[asyncio.StreamReader, asyncio.WriteTransport]:
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader(limit=_MAX_ORDER_BYTES)
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin.buffer)
    transport, _ = await loop.connect_write_pipe(asyncio.BaseProtocol, sys.stdout.buffer)
    return reader, transport


@contextmanager
def _logging_to(writer: LineWriter) -> Iterator[None]:
    handler = LineHandler(writer)
    root = logging.getLogger()
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    for name in _CHATTY:
        logging.getLogger(name).setLevel(logging.WARNING)
    try:
        yield
    finally:
        root.removeHandler(handler)


async def _listen(reader: asyncio.StreamReader, wakes: _Wakes) -> None:
    while await reader.readline():
        wakes.wake()


async def _work(
    order: AnOrder, outlets_of: OutletsOf[AnOrder], writer: LineWriter, wakes: _Wakes
) -> None:
    async with tracing_by(order.tracing):
        database = await _open_store(order.store_url, writer)
        holder = f"{order.node}/{secrets.token_hex(4)}"
        try:
            await _give_way(database)
            clock = SystemClock()
            outlets = outlets_of(
                order, lambda: OutletContext(order.node, holder, database, clock, wakes.new())
            )
            await OutletRunner(outlets, writer.write).run()
        finally:
            await database.close()


async def _open_store(url: str, writer: LineWriter) -> Database:
    """Return the open store, however long it is away; the node tells of that by itself."""
    while True:
        try:
            return await Database.open(url, gives_way=True)
        except StoreUnavailableError:
            writer.write(Report([], []))
            await asyncio.sleep(_STORE_RETRY_S)


async def _give_way(database: Database) -> None:
    """Leave the processor to calls, but for the thread that writes to SQLite.

    Whoever waits for a processor while holding the store's one write lock has calls wait, too. On
    Linux niceness is a thread's own, and inherited: so the writing one is begun before.
    """
    try:
        await database.do_write(lambda _connection: None)
    except StoreUnavailableError as error:
        _log.info("store not ready", extra={"why": error.slug})
    os.nice(NICENESS)


def _limit_memory() -> None:
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    most = _MAX_MEMORY_BYTES if hard == resource.RLIM_INFINITY else min(hard, _MAX_MEMORY_BYTES)
    resource.setrlimit(resource.RLIMIT_AS, (most, hard))


def main() -> int:
    """Run the process that delivers events; return the exit code."""
    return run_outlets(order_decoder, outlets_of)


def run_outlets(decoder: msgspec.json.Decoder[AnOrder], outlets: OutletsOf[AnOrder]) -> int:
    """Run a process of outlets that `outlets` makes of an order; return the exit code."""
    # An interrupt from the terminal goes to the whole group; the node decides when this one ends.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _limit_memory()
    sys.setswitchinterval(_SWITCH_S)
    try:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(serve(decoder, outlets))
    except VoicegwError as error:
        print(f"delivery failed: {error}", file=sys.stderr)
        return 1
    return 0
