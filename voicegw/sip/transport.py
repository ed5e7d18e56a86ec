"""Sockets and the one timer of the signalling core: the only part of SIP that touches the loop.

The core (see :class:`SipCore`) is pure. This adapter hands it what arrives and the time, sends what
it wants sent and wakes it when its next timer is due. It never raises into the event loop: an
unexpected error of the core is logged and counted, and the sockets go on.

Flows (:attr:`voicegw.sip.wire.Peer.flow`): for UDP the number of the listening socket; for TCP and
TLS the id of a connection, odd for those that peers opened, even for those opened here. One that
was opened here and has closed is opened again when something is to be sent on it; one that a peer
opened can't be, so that sending fails, unless the peer is known to listen at a `fallback_port`. A
connection that a peer opened carries only what names its flow: whatever port it came from, nobody
becomes the way to a trunk by connecting to us.
"""

from __future__ import annotations

import asyncio
import logging
import socket
import ssl
import traceback
from collections import Counter
from collections.abc import Callable, Coroutine, Sequence
from typing import Any, Final

from voicegw.errors import Problem, StartError
from voicegw.sip.bans import source_of
from voicegw.sip.connection import Connection
from voicegw.sip.core import SipCore
from voicegw.sip.framing import PING, PONG
from voicegw.sip.listeners import Listener, Listeners, listen_problem
from voicegw.sip.overload import SPAN_S
from voicegw.sip.receipt_time import ANCILLARY_BYTES, waited_s
from voicegw.sip.resolver import Resolver
from voicegw.sip.tls import TlsContexts, can_be_certified
from voicegw.sip.tls_acceptor import TlsAcceptor
from voicegw.sip.wire import Peer, TransportName, is_literal, plain_address

logger = logging.getLogger(__name__)

CONNECT_TIMEOUT_S: Final = 5.0
HANDSHAKE_TIMEOUT_S: Final = 5.0
MAX_WAITING: Final = 512
"""Messages kept for a host that is being looked up or connected to; more are failures."""

_DATAGRAM_BYTES: Final = 65536
_DATAGRAMS_PER_WAKE: Final = 32
_LEAST_PER_SOURCE: Final = 16
_LEAST_HANDSHAKES: Final = 8
_TIMER_RESOLUTION_S: Final = 0.001
_QUIET_LOG_S: Final = 1.0
_KEEP_ALIVE: Final = b"\r\n\0 "

_Target = tuple[TransportName, str, int, str]
"""What a new connection or a look-up is for: transport, host, port, name in the certificate."""


class SipTransport:
    """UDP, TCP and TLS for one core.

    `counters` holds running totals: `udp_received`, `udp_sent`, and so for `tcp` and `tls`;
    `keep_alives`, `send_blocked` (datagrams that the kernel would not take at once), `send_failed`,
    `framing_errors`, `connections_accepted`, `connections_opened`, `connections_refused`,
    `tls_handshakes_failed` (of those who connected), `banned_dropped`, `core_errors`.
    """

    def __init__(
        self,
        core: SipCore,
        *,
        tls: TlsContexts | None = None,
        idle_close_s: float = 900.0,
        max_connections: int = 4096,
    ) -> None:
        """Open nothing yet. Without `tls` there is no TLS, in neither direction.

        Connections without any traffic for `idle_close_s` are closed. A quarter of
        `max_connections` is kept free of strangers, an eighth is what strangers may have in
        handshakes, a sixteenth is what one source may have while it is a stranger.
        """
        self.counters: Counter[str] = Counter()
        self._core = core
        self._tls = tls
        self._idle_close_s = idle_close_s
        self._max_connections = max_connections
        self._resolver = Resolver()
        self._listeners = Listeners()
        self._servers: list[asyncio.Server] = []
        self._acceptors: list[TlsAcceptor] = []
        self._connections: dict[int, Connection] = {}
        self._opened: dict[_Target, Connection] = {}
        self._strangers: Counter[str] = Counter()
        self._last_accepted = -1
        self._last_opened = 0
        self._waiting: dict[_Target, list[tuple[Peer, bytes]]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._timer: asyncio.TimerHandle | None = None
        self._timer_due = 0.0
        self._last_complaint = float("-inf")
        self._lag_timer: asyncio.TimerHandle | None = None
        self._flushing = False
        self._loop: asyncio.AbstractEventLoop | None = None

    # Beginning and end ---------------------------------------------------------------------

    async def start(self, listen: Sequence[str]) -> None:
        """Listen on each URL (`udp://127.0.0.1:5060`, `tcp://[::]:5060`; port 0: any free one).

        Raises StartError, with nothing left open, when one can't be had, or is `tls://` without a
        certificate.
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
        for acceptor in self._acceptors:
            await acceptor.stop()
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
        for listener in self._listeners:
            if listener.transport == "udp":
                loop.remove_reader(listener.sock.fileno())
        self._servers.clear()
        self._acceptors.clear()
        self._listeners.close()

    def reload_tls(self, contexts: TlsContexts) -> None:
        """Use other certificates from now on, for new connections; those that are open go on.

        Files that can't be used raise in :func:`voicegw.sip.tls.load_contexts`, before this. Raises
        StartError when `contexts` has no certificate while tls:// addresses are listened on; the
        old ones stay in use.
        """
        if contexts.server is None and any(one.transport == "tls" for one in self._listeners):
            raise StartError(_no_certificate("sip.tls_cert"))
        self._tls = contexts

    @property
    def certificate_expires_at(self) -> float | None:
        """The end of our own certificate in POSIX seconds, None without one."""
        return None if self._tls is None else self._tls.expires_at

    def local_address(self, transport: TransportName) -> tuple[str, int]:
        """Return host and port of the first listener. Raises NotFoundError when there is none."""
        listener = self._listeners.first(transport)
        return listener.host, listener.port

    def address_towards(self, peer: Peer) -> tuple[str, int]:
        """Return host and port of the listener that `peer` should send to.

        The host may be a wildcard. Port 5060 of any address where nobody listens.
        """
        listener = self._listeners.shown_to(peer)
        return ("", 5060) if listener is None else (listener.host, listener.port)

    @property
    def connection_count(self) -> int:
        """How many connections are open."""
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

    def made_no_sense(self, peer: Peer) -> None:
        """Count a stream that can't be cut into messages, and hold it against its source."""
        self.counters["framing_errors"] += 1
        self._ask_core(self._core.nonsense_received, peer)

    def _ask_core(self, ask: Callable[..., None], *arguments: object) -> None:
        if self._loop is None:
            return
        try:
            ask(*arguments, self._loop.time())
        except Exception as error:  # noqa: BLE001 - counted; sockets must outlive a faulty core
            self._core_failed(error)

    def refuses(self, peer: Peer) -> bool:
        """Whether nothing that `peer` sends is looked at: its source is banned."""
        return self._loop is not None and self._core.refuses(peer, self._loop.time())

    def is_way_to_phone(self, peer: Peer) -> bool:
        """Whether a telephone has registered over this connection: it can be rung by no other."""
        return self._core.is_registered_at(peer)

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
        self._tell_later(self._core.transport_failed, peers)

    def _complain(self, what: str, **extra: str) -> None:
        """Log what failed, once a second: whoever forges sources may bring thousands of them."""
        now = 0.0 if self._loop is None else self._loop.time()
        is_quiet = now - self._last_complaint < _QUIET_LOG_S
        if not is_quiet:
            self._last_complaint = now
        logger.log(logging.DEBUG if is_quiet else logging.WARNING, what, extra=extra)

    def _tell_later(self, tell: Callable[[Peer, float], None], peers: Sequence[Peer]) -> None:
        if self._loop is not None:
            self._loop.call_soon(self._tell, tell, tuple(dict.fromkeys(peers)))

    def _tell(self, tell: Callable[[Peer, float], None], peers: Sequence[Peer]) -> None:
        for peer in peers:
            self._ask_core(tell, peer)
        self.flush()

    # Listening -----------------------------------------------------------------------------

    async def _listen(self, url: str, loop: asyncio.AbstractEventLoop) -> None:
        if url.startswith("tls:") and (self._tls is None or self._tls.server is None):
            raise StartError(_no_certificate("sip.listen"))
        listener = self._listeners.bind(url)
        try:
            await self._serve(listener, loop)
        except OSError as error:
            raise StartError(listen_problem(url, error)) from error
        logger.info(
            "listening",
            extra={"transport": listener.transport, "address": (listener.host, listener.port)},
        )

    async def _serve(self, listener: Listener, loop: asyncio.AbstractEventLoop) -> None:
        if listener.transport == "udp":
            loop.add_reader(listener.sock.fileno(), self._read_datagrams, listener)
        elif listener.transport == "tls":
            acceptor = TlsAcceptor(listener.sock, self)
            acceptor.start()
            self._acceptors.append(acceptor)
        else:
            server = await loop.create_server(lambda: self._accepted("tcp"), sock=listener.sock)
            self._servers.append(server)

    def admits_handshake(self, host: str, port: int) -> bool:
        """Whether TLS may begin with whoever has connected; counted when not.

        Strangers may have an eighth of all places in handshakes, one source of them a sixteenth of
        that: whoever dawdles must not keep telephones out.
        """
        peer = Peer("tls", host, port)
        hosts = [one for acceptor in self._acceptors for one in acceptor.handshakes]
        room = self._max_connections - len(hosts)
        if not self._core.knows(peer):
            places = self._max_connections // 8
            own = sum(source_of(one) == source_of(host) for one in hosts)
            room = min(places - len(hosts), max(places // 16, _LEAST_HANDSHAKES) - own)
        if room > 0 and not self.refuses(peer):
            return True
        self.counters["connections_refused"] += 1
        return False

    async def shake_hands(self, sock: socket.socket, host: str, port: int) -> None:
        """Begin TLS with whoever has connected from there, within a bounded time.

        Who speaks no TLS, is too slow, or shows no certificate where one is wanted, is counted.
        """
        context = None if self._tls is None else self._tls.server
        if context is None:
            sock.close()
            return
        try:
            await asyncio.get_running_loop().connect_accepted_socket(
                lambda: self._accepted("tls"),
                sock,
                ssl=context,
                ssl_handshake_timeout=HANDSHAKE_TIMEOUT_S,
            )
        except OSError as error:
            self.counters["tls_handshakes_failed"] += 1
            self._ask_core(self._core.came_for_nothing, Peer("tls", host, port))
            logger.debug("no TLS with a peer", extra={"why": _why(error)})

    def _accepted(self, transport: TransportName) -> Connection:
        self._last_accepted += 2
        return Connection(self, transport, self._last_accepted, self._idle_close_s)

    # Datagrams -----------------------------------------------------------------------------

    def _read_datagrams(self, listener: Listener) -> None:
        """Read a bounded number of datagrams, so that a flood leaves room for the rest."""
        for count in range(_DATAGRAMS_PER_WAKE):
            try:
                if count:
                    data, address = listener.sock.recvfrom(_DATAGRAM_BYTES)
                else:
                    # Those behind the first have waited less.
                    data, told, _, address = listener.sock.recvmsg(_DATAGRAM_BYTES, ANCILLARY_BYTES)
                    self._observe_delay(waited_s(told))
            except (BlockingIOError, InterruptedError):
                break
            except OSError as error:
                # An ICMP error on an earlier datagram; the peer's transaction times out.
                logger.debug("receiving failed", extra={"errno": error.errno})
                break
            peer = Peer("udp", address[0], address[1], listener.flow)
            if self.refuses(peer):
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
        listener = self._listeners.udp_towards(peer.flow, address)
        if listener is None:
            self._report_failures([peer])
            return
        try:
            listener.sock.sendto(data, (address, peer.port))
        except (BlockingIOError, InterruptedError):
            # Lost like any other datagram: the transaction sends it again.
            self.counters["send_blocked"] += 1
        except (OSError, OverflowError) as error:
            self._complain("sending failed", transport="udp", error=type(error).__name__)
            self._report_failures([peer])
        else:
            self.counters["udp_sent"] += 1

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
        connection = connection or self._opened.get(_target_of(peer))
        if connection is not None and connection.is_closing and peer.can_be_connected_to:
            connection = None
        if connection is None:
            self._wait_for(peer, data)
        else:
            self._write(connection, peer, data)

    def _write(self, connection: Connection, peer: Peer, data: bytes) -> None:
        if connection.send(peer, data):
            self.counters[f"{peer.transport}_sent"] += 1
        else:
            self._report_failures([peer])

    def _wait_for(self, peer: Peer, data: bytes) -> None:
        """Keep a message until its host is looked up or its connection is open."""
        target = _target_of(peer)
        waiting = self._waiting.get(target)
        if waiting is None:
            waiting = self._waiting[target] = []
            self._spawn(self._prepare(target))
        if len(waiting) < MAX_WAITING:
            waiting.append((peer, data))
        else:
            self._report_failures([peer])

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _prepare(self, target: _Target) -> None:
        """Look up a host, unless for UDP also connect to it, and send what waits for that."""
        transport, host, _, _ = target
        connection: Connection | None = None
        address = plain_address(host)
        try:
            async with asyncio.timeout(CONNECT_TIMEOUT_S):
                if not is_literal(host):
                    address = await self._resolver.resolve(host)
                if transport != "udp":
                    connection = await self._open(target, address)
        except (OSError, OverflowError) as error:
            self._complain(
                "no way to a peer",
                transport=transport,
                error=type(error).__name__,
                why=_why(error),
            )
            self._report_failures([peer for peer, _ in self._waiting.pop(target, [])])
            return
        for peer, data in self._waiting.pop(target, []):
            if connection is None:
                self._send_datagram(peer, address, data)
            else:
                self._write(connection, peer, data)

    async def _open(self, target: _Target, address: str) -> Connection:
        """Connect. Raises OSError: among others when the certificate is not for the peer."""
        transport, host, port, tls_name = target
        name = tls_name or host
        context = None
        if transport == "tls":
            if self._tls is None:
                raise OSError("TLS is not configured")
            if not can_be_certified(name):
                raise OSError("no certificate can be for such a name")
            context = self._tls.client
        self._last_opened += 2
        flow = self._last_opened
        _, connection = await asyncio.get_running_loop().create_connection(
            lambda: Connection(
                self,
                transport,
                flow,
                self._idle_close_s,
                expected_name="" if context is None else name,
            ),
            address,
            port,
            ssl=context,
            server_hostname=name if context is not None else None,
        )
        if connection.peer is None:
            raise ConnectionRefusedError(connection.refusal)
        if connection.flow not in self._connections:
            raise ConnectionResetError("closed as soon as it was open")
        self.counters["connections_opened"] += 1
        self._opened[target] = connection
        return connection

    # For the connections -------------------------------------------------------------------

    def connected(self, connection: Connection) -> bool:
        """Register a connection; False when there are too many, or its source is banned."""
        peer = connection.peer
        room = self._max_connections - len(self._connections)
        if peer is not None and peer.flow % 2 == 1 and not self._core.knows(peer):
            connection.is_strangers = True
            own = max(self._max_connections // 16, _LEAST_PER_SOURCE)
            own -= self._strangers[source_of(peer.host)]
            room = min(room - self._max_connections // 4, own)
        if peer is None or self._loop is None or room <= 0 or self.refuses(peer):
            self.counters["connections_refused"] += 1
            return False
        if connection.flow % 2 == 1:
            self.counters["connections_accepted"] += 1
        self._connections[connection.flow] = connection
        if connection.is_strangers:
            self._strangers[source_of(peer.host)] += 1
        return True

    def made_known(self, connection: Connection) -> bool:
        """Whether what came over it has shown who is at its far end, so that it counts no more.

        Otherwise an office whose router restarts would be kept out by its own dead connections.
        """
        if connection.peer is None or not self._core.knows(connection.peer):
            return False
        self._count_out(connection.peer)
        return True

    def disconnected(self, connection: Connection) -> None:
        """Forget a connection; what was under way over it may go on by another."""
        self._connections.pop(connection.flow, None)
        for target in [key for key, known in self._opened.items() if known is connection]:
            del self._opened[target]
        if connection.peer is not None:
            if connection.is_strangers:
                self._count_out(connection.peer)
                if not connection.has_spoken:
                    self._ask_core(self._core.came_for_nothing, connection.peer)
            self._tell_later(self._core.connection_lost, (connection.peer, *connection.addressees))

    def _count_out(self, stranger: Peer) -> None:
        source = source_of(stranger.host)
        self._strangers[source] -= 1
        if not self._strangers[source]:
            del self._strangers[source]


def _target_of(peer: Peer) -> _Target:
    """Return what a new connection to `peer` would be for."""
    port = peer.port if peer.fallback_port is None else peer.fallback_port
    return peer.transport, peer.host, port, peer.tls_name


def _why(error: Exception) -> str:
    """Return what is wrong, in words without a peer's name in them."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return error.verify_message
    if isinstance(error, ssl.SSLError):
        return str(error.reason)
    return (error.strerror or str(error)) if isinstance(error, OSError) else type(error).__name__


def _no_certificate(where: str) -> Problem:
    return Problem(where, "TLS needs a certificate", "set sip.tls_cert and sip.tls_key")
