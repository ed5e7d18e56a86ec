"""Sockets and the one timer of the signalling core: the only part of SIP that touches the loop.

The core (see :class:`SipCore`) is pure. This adapter hands it what arrives and the time, sends what
it wants sent and wakes it when its next timer is due. It never raises into the event loop: an
unexpected error of the core is logged and counted, and the sockets go on.

Flows (:attr:`voicegw.sip.wire.Peer.flow`): for UDP the index of the listening socket; for TCP the
id of a connection, odd for those that peers opened, even for those opened here. A connection that
was opened here and has closed is opened again when something is to be sent on it; one that a peer
opened can't be, so that sending fails, unless the peer is known to listen at a `fallback_port`.
"""

from __future__ import annotations

import asyncio
import errno
import logging
import socket
import traceback
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Final, Protocol
from urllib.parse import urlsplit

from voicegw.errors import NotFoundError, Problem, StartError
from voicegw.sip.connection import Connection
from voicegw.sip.framing import PING, PONG
from voicegw.sip.overload import SPAN_S
from voicegw.sip.receipt_time import ANCILLARY_BYTES, ask_for_receipt_times, waited_s
from voicegw.sip.resolver import Resolver, is_literal
from voicegw.sip.wire import Peer, TransportName

logger = logging.getLogger(__name__)

DEFAULT_PORT: Final = 5060
CONNECT_TIMEOUT_S: Final = 5.0
MAX_WAITING: Final = 512
"""Messages kept for a host that is being looked up or connected to; more are failures."""

_RECEIVE_BUFFER_BYTES: Final = 4 * 1024 * 1024
_SO_RCVBUFFORCE: Final = 33
_DATAGRAM_BYTES: Final = 65536
_DATAGRAMS_PER_WAKE: Final = 32
_TIMER_RESOLUTION_S: Final = 0.001
_KEEP_ALIVE: Final = b"\r\n\0 "


class SipCore(Protocol):
    """What the transport needs of the core. `now` is the loop's time, monotonic seconds."""

    def receive(self, data: bytes, peer: Peer, now: float) -> None:
        """Take a datagram or one message of a stream."""
        ...

    def handle_timer(self, now: float) -> None:
        """Do what is due."""
        ...

    def next_timer(self) -> float | None:
        """Return when :meth:`handle_timer` is to be called."""
        ...

    def take_transmissions(self) -> list[tuple[Peer, bytes]]:
        """Return what is to be sent, in order, and forget it."""
        ...

    def transport_failed(self, peer: Peer, now: float) -> None:
        """Something for `peer` could not be sent, or its connection is lost."""
        ...

    def knows(self, peer: Peer) -> bool:
        """Whether `peer` is somebody: strangers get the smaller part of what is scarce."""
        ...

    def refuses(self, peer: Peer, now: float) -> bool:
        """Whether nothing from `peer` shall be handed over: it is banned."""
        ...

    def observe_delay(self, delay_s: float, now: float) -> None:
        """Something has waited so long to be handled; told several times a second."""
        ...


class SipTransport:
    """UDP and TCP for one core.

    `counters` holds running totals: `udp_received`, `udp_sent`, `tcp_received`, `tcp_sent`,
    `keep_alives`, `send_blocked` (datagrams that the kernel would not take at once), `send_failed`,
    `framing_errors`, `connections_accepted`, `connections_opened`, `connections_refused`,
    `banned_dropped`, `core_errors`.
    """

    def __init__(
        self, core: SipCore, *, idle_close_s: float = 900.0, max_connections: int = 4096
    ) -> None:
        """Open nothing yet.

        TCP connections without any traffic for `idle_close_s` are closed. A quarter of
        `max_connections` is kept free of strangers.
        """
        self.counters: Counter[str] = Counter()
        self._core = core
        self._idle_close_s = idle_close_s
        self._max_connections = max_connections
        self._resolver = Resolver()
        self._udp: list[socket.socket] = []
        self._servers: list[asyncio.Server] = []
        self._connections: dict[int, Connection] = {}
        self._by_address: dict[tuple[str, int], Connection] = {}
        self._last_accepted = -1
        self._last_opened = 0
        self._waiting: dict[tuple[TransportName, str, int], list[tuple[Peer, bytes]]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._timer: asyncio.TimerHandle | None = None
        self._timer_due = 0.0
        self._lag_timer: asyncio.TimerHandle | None = None
        self._flushing = False
        self._loop: asyncio.AbstractEventLoop | None = None

    # Beginning and end ---------------------------------------------------------------------

    async def start(self, listen: Sequence[str]) -> None:
        """Listen on each URL (`udp://127.0.0.1:5060`, `tcp://[::]:5060`; port 0: any free one).

        Raises StartError, with nothing left open, when one can't be had.
        """
        self._loop = asyncio.get_running_loop()
        try:
            for url in listen:
                await self._listen(url, self._loop)
        except StartError:
            await self.stop()
            raise
        self._watch_loop()
        self.flush()

    async def stop(self) -> None:
        """Send what is pending, then close everything. A second time is harmless."""
        if self._loop is None:
            return
        self.flush()
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._lag_timer is not None:
            self._lag_timer.cancel()
            self._lag_timer = None
        loop, self._loop = self._loop, None
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._waiting.clear()
        for server in self._servers:
            server.close()
        closing = [connection.close() for connection in list(self._connections.values())]
        await asyncio.gather(*closing)
        for server in self._servers:
            await server.wait_closed()
        for sock in self._udp:
            loop.remove_reader(sock.fileno())
            sock.close()
        self._servers.clear()
        self._udp.clear()

    def local_address(self, transport: TransportName) -> tuple[str, int]:
        """Return host and port of the first listener. Raises NotFoundError when there is none."""
        if transport == "udp" and self._udp:
            name = self._udp[0].getsockname()
        elif transport == "tcp" and self._servers:
            name = self._servers[0].sockets[0].getsockname()
        else:
            raise NotFoundError("listener", transport)
        return str(name[0]), int(name[1])

    @property
    def connection_count(self) -> int:
        """How many TCP connections are open."""
        return len(self._connections)

    # The core's side -----------------------------------------------------------------------

    def flush(self) -> None:
        """Send what the core has to send and set the timer.

        To be called after the core was used other than by what arrived here.
        """
        if self._loop is None or self._flushing:
            return
        self._flushing = True
        try:
            while transmissions := self._core.take_transmissions():
                for peer, data in transmissions:
                    self._send(peer, data, self._loop.time())
            self._arm_timer(self._loop)
        except Exception as error:  # noqa: BLE001 - counted; sockets must outlive a faulty core
            self._core_failed(error)
        finally:
            self._flushing = False

    def received(self, data: bytes, peer: Peer) -> None:
        """Hand one message to the core; :meth:`flush` must follow."""
        self._ask_core(self._core.receive, data, peer)

    def _ask_core(self, ask: Callable[..., None], *arguments: object) -> None:
        if self._loop is None:
            return
        try:
            ask(*arguments, self._loop.time())
        except Exception as error:  # noqa: BLE001 - counted; sockets must outlive a faulty core
            self._core_failed(error)

    def _refuses(self, peer: Peer) -> bool:
        return self._loop is not None and self._core.refuses(peer, self._loop.time())

    def _observe_delay(self, delay_s: float | None) -> None:
        if delay_s is not None:
            self._ask_core(self._core.observe_delay, delay_s)

    def _watch_loop(self, due: float | None = None) -> None:
        """Tell how late the loop calls back, again and again."""
        if self._loop is None:
            return
        now = self._loop.time()
        if due is not None:
            self._observe_delay(max(0.0, now - due))
        self._lag_timer = self._loop.call_later(SPAN_S, self._watch_loop, now + SPAN_S)

    def _core_failed(self, error: Exception) -> None:
        """Count and log. Only places are logged: what an error says may hold telephone numbers."""
        self.counters["core_errors"] += 1
        frames = traceback.extract_tb(error.__traceback__)
        logger.error(
            "the signalling core failed",
            extra={
                "error": type(error).__name__,
                "places": [f"{frame.filename}:{frame.lineno}" for frame in frames],
            },
        )

    def _arm_timer(self, loop: asyncio.AbstractEventLoop) -> None:
        due = self._core.next_timer()
        if due is None:
            return
        if self._timer is not None:
            # One that fires too early only sets the next, which is cheaper than to replace it.
            if self._timer_due <= due:
                return
            self._timer.cancel()
        # Kept here, because uvloop's handles don't tell it when the time is very near.
        self._timer_due = max(due, loop.time() + _TIMER_RESOLUTION_S)
        self._timer = loop.call_at(self._timer_due, self._on_timer)

    def _on_timer(self) -> None:
        self._timer = None
        self._ask_core(self._core.handle_timer)
        self.flush()

    def _report_failures(self, peers: Sequence[Peer]) -> None:
        """Tell the core later, from the loop: it may be at work now, and may try again at once."""
        self.counters["send_failed"] += len(peers)
        if self._loop is not None:
            self._loop.call_soon(self._tell_failures, tuple(dict.fromkeys(peers)))

    def _tell_failures(self, peers: Sequence[Peer]) -> None:
        for peer in peers:
            self._ask_core(self._core.transport_failed, peer)
        self.flush()

    # Listening -----------------------------------------------------------------------------

    async def _listen(self, url: str, loop: asyncio.AbstractEventLoop) -> None:
        scheme, host, port = _parse_listen(url)
        kind = socket.SOCK_DGRAM if scheme == "udp" else socket.SOCK_STREAM
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        sock = socket.socket(family, kind)
        try:
            sock.setblocking(False)
            if kind == socket.SOCK_STREAM:
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            else:
                _enlarge_receive_buffer(sock)
                ask_for_receipt_times(sock)
            sock.bind((host, port))
            if kind == socket.SOCK_STREAM:
                self._servers.append(await loop.create_server(self._accepted, sock=sock))
        except (OSError, OverflowError) as error:
            sock.close()
            raise StartError(_listen_problem(url, error)) from error
        if kind == socket.SOCK_DGRAM:
            flow = len(self._udp)
            self._udp.append(sock)
            loop.add_reader(sock.fileno(), self._read_datagrams, sock, flow)
        logger.info("listening", extra={"transport": scheme, "address": sock.getsockname()[:2]})

    def _accepted(self) -> Connection:
        self._last_accepted += 2
        return Connection(self, self._last_accepted, self._idle_close_s)

    # Datagrams -----------------------------------------------------------------------------

    def _read_datagrams(self, sock: socket.socket, flow: int) -> None:
        """Read a bounded number of datagrams, so that a flood leaves room for the rest."""
        for count in range(_DATAGRAMS_PER_WAKE):
            try:
                if count:
                    data, address = sock.recvfrom(_DATAGRAM_BYTES)
                else:
                    # Those behind the first have waited less.
                    data, told, _, address = sock.recvmsg(_DATAGRAM_BYTES, ANCILLARY_BYTES)
                    self._observe_delay(waited_s(told))
            except (BlockingIOError, InterruptedError):
                break
            except OSError as error:
                # An ICMP error on an earlier datagram; the peer's transaction times out.
                logger.debug("receiving failed", extra={"errno": error.errno})
                break
            peer = Peer("udp", address[0], address[1], flow)
            if self._refuses(peer):
                self.counters["banned_dropped"] += 1
            elif data.strip(_KEEP_ALIVE):
                self.counters["udp_received"] += 1
                self.received(data, peer)
            else:
                self._keep_alive(data, peer)
        self.flush()

    def _keep_alive(self, data: bytes, peer: Peer) -> None:
        """Count what keeps a NAT's binding open, and answer the ping of whom we know.

        A ping belongs on streams (RFC 5626 §3.5.1); telephones send it by datagrams all the same,
        and some register anew when nothing comes back.
        """
        self.counters["keep_alives"] += 1
        if data == PING and self._core.knows(peer):
            self._send_datagram(peer, peer.host, PONG)

    def _send_datagram(self, peer: Peer, address: str, data: bytes) -> None:
        sock = self._udp_socket(peer, address)
        if sock is None:
            self._report_failures([peer])
            return
        try:
            sock.sendto(data, (address, peer.port))
        except (BlockingIOError, InterruptedError):
            # Lost like any other datagram: the transaction sends it again.
            self.counters["send_blocked"] += 1
        except (OSError, OverflowError) as error:
            logger.warning(
                "sending failed", extra={"transport": "udp", "error": type(error).__name__}
            )
            self._report_failures([peer])
        else:
            self.counters["udp_sent"] += 1

    def _udp_socket(self, peer: Peer, address: str) -> socket.socket | None:
        """Return the socket of the peer's flow, or else any that speaks the address's family."""
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        candidates = self._udp[peer.flow : peer.flow + 1] + self._udp
        return next((sock for sock in candidates if sock.family == family), None)

    # Sending -------------------------------------------------------------------------------

    def _send(self, peer: Peer, data: bytes, now: float) -> None:
        if peer.transport == "udp":
            address = self._resolver.known(peer.host, now)
            if address is None:
                self._wait_for(peer, data)
            else:
                self._send_datagram(peer, address, data)
            return
        connection = self._connections.get(peer.flow)
        if connection is None and peer.flow % 2 == 1 and peer.fallback_port is None:
            self._report_failures([peer])
            return
        connection = connection or self._by_address.get((peer.host, _port_to_open(peer)))
        if connection is None:
            self._wait_for(peer, data)
        else:
            self._write(connection, peer, data)

    def _write(self, connection: Connection, peer: Peer, data: bytes) -> None:
        if connection.send(peer, data):
            self.counters["tcp_sent"] += 1
        else:
            self._report_failures([peer])

    def _wait_for(self, peer: Peer, data: bytes) -> None:
        """Keep a message until its host is looked up or its connection is open."""
        target = (peer.transport, peer.host, _port_to_open(peer))
        waiting = self._waiting.get(target)
        if waiting is None:
            waiting = self._waiting[target] = []
            task = asyncio.ensure_future(self._prepare(*target))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        if len(waiting) < MAX_WAITING:
            waiting.append((peer, data))
        else:
            self._report_failures([peer])

    async def _prepare(self, transport: TransportName, host: str, port: int) -> None:
        """Look up a host, for TCP also connect to it, and send what waits for that."""
        connection: Connection | None = None
        address = host
        try:
            async with asyncio.timeout(CONNECT_TIMEOUT_S):
                if not is_literal(host):
                    address = await self._resolver.resolve(host)
                if transport == "tcp":
                    connection = await self._open(host, address, port)
        except (OSError, OverflowError) as error:
            logger.warning(
                "no way to a peer",
                extra={"transport": transport, "error": type(error).__name__},
            )
            waiting = self._waiting.pop((transport, host, port), [])
            self._report_failures([peer for peer, _ in waiting])
            return
        for peer, data in self._waiting.pop((transport, host, port), []):
            if connection is None:
                self._send_datagram(peer, address, data)
            else:
                self._write(connection, peer, data)

    async def _open(self, host: str, address: str, port: int) -> Connection:
        self._last_opened += 2
        flow = self._last_opened
        _, connection = await asyncio.get_running_loop().create_connection(
            lambda: Connection(self, flow, self._idle_close_s), address, port
        )
        self.counters["connections_opened"] += 1
        if connection.peer is not None:
            self._by_address[host, port] = connection
        return connection

    # For the connections -------------------------------------------------------------------

    def connected(self, connection: Connection) -> bool:
        """Register a connection; False when there are too many."""
        peer = connection.peer
        room = self._max_connections - len(self._connections)
        if peer is not None and peer.flow % 2 == 1 and not self._core.knows(peer):
            connection.is_strangers = True
            room -= self._max_connections // 4
        if peer is None or self._loop is None or room <= 0 or self._refuses(peer):
            self.counters["connections_refused"] += 1
            return False
        if connection.flow % 2 == 1:
            self.counters["connections_accepted"] += 1
        self._connections[connection.flow] = connection
        self._by_address[peer.host, peer.port] = connection
        return True

    def disconnected(self, connection: Connection) -> None:
        """Forget a connection; what was under way over it has failed."""
        self._connections.pop(connection.flow, None)
        for address in [key for key, known in self._by_address.items() if known is connection]:
            del self._by_address[address]
        if connection.addressees:
            self._report_failures(connection.addressees)


def _port_to_open(peer: Peer) -> int:
    """Return where a new connection to `peer` would go."""
    return peer.port if peer.fallback_port is None else peer.fallback_port


def _enlarge_receive_buffer(sock: socket.socket) -> None:
    """Ask for room for a burst; what the kernel grants is enough to go on."""
    for option in (_SO_RCVBUFFORCE, socket.SO_RCVBUF):
        try:
            sock.setsockopt(socket.SOL_SOCKET, option, _RECEIVE_BUFFER_BYTES)
        except OSError:
            continue
        return


def _parse_listen(url: str) -> tuple[TransportName, str, int]:
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        host, port = None, None
    else:
        if parts.scheme == "udp" and host and not parts.path:
            return "udp", host, DEFAULT_PORT if port is None else port
        if parts.scheme == "tcp" and host and not parts.path:
            return "tcp", host, DEFAULT_PORT if port is None else port
    raise StartError(
        Problem(
            "sip.listen", f"{url} is no address to listen on", "write udp://host:port or tcp://"
        )
    )


def _listen_problem(url: str, error: Exception) -> Problem:
    code = error.errno if isinstance(error, OSError) else None
    if code == errno.EADDRINUSE:
        return Problem(
            "sip.listen", f"{url} is in use", "stop the other program or take a free port"
        )
    if code == errno.EACCES:
        return Problem("sip.listen", f"{url} needs privileges", "take a port above 1023")
    if code == errno.EADDRNOTAVAIL:
        return Problem("sip.listen", f"{url} is no address of this machine", "correct the host")
    return Problem("sip.listen", f"{url} can't be listened on: {error}", "correct host and port")
