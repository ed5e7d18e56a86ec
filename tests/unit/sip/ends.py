"""Ends of the wire for tests of the transport: a core that keeps what it gets, real sockets."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from voicegw.sip.tls import TlsContexts
from voicegw.sip.transport import SipTransport
from voicegw.sip.wire import Peer, TransportName

LOCAL = "127.0.0.1"


def options(branch: str = "z9hG4bKa", *, transport: str = "UDP", body: bytes = b"") -> bytes:
    """An OPTIONS as it is on the wire."""
    return (
        "OPTIONS sip:a@127.0.0.1 SIP/2.0\r\n"
        f"Via: SIP/2.0/{transport} 127.0.0.1;branch={branch};rport\r\n"
        "From: <sip:b@127.0.0.1>;tag=1\r\n"
        "To: <sip:a@127.0.0.1>\r\n"
        "Call-ID: c1\r\n"
        "CSeq: 1 OPTIONS\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    ).encode() + body


class RecordingCore:
    """A core that keeps what it is given and sends what the test wants sent."""

    def __init__(self) -> None:
        self.received: list[tuple[bytes, Peer]] = []
        self.failed: list[Peer] = []
        self.lost: list[Peer] = []
        self.fired: list[float] = []
        self.known_hosts = {LOCAL}
        self.phones: set[Peer] = set()
        self.known_flows: set[int] = set()
        self.banned_hosts: set[str] = set()
        self.delays: list[float] = []
        self.senseless: list[Peer] = []
        self.idle: list[Peer] = []
        self.due: float | None = None
        self.outgoing: list[tuple[Peer, bytes]] = []
        self.on_receive: Callable[[bytes, Peer], None] | None = None
        self.changed = asyncio.Event()

    def receive(self, data: bytes, peer: Peer, now: float) -> None:
        self.received.append((data, peer))
        self.changed.set()
        if self.on_receive is not None:
            self.on_receive(data, peer)

    def handle_timer(self, now: float) -> None:
        if self.due is not None and now >= self.due:
            self.due = None
            self.fired.append(now)
            self.changed.set()

    def next_timer(self) -> float | None:
        return self.due

    def take_transmissions(self) -> list[tuple[Peer, bytes]]:
        taken, self.outgoing = self.outgoing, []
        return taken

    def transport_failed(self, peer: Peer, now: float) -> None:
        self.failed.append(peer)
        self.changed.set()

    def connection_lost(self, peer: Peer, now: float) -> None:
        self.lost.append(peer)
        self.changed.set()

    def refuses(self, peer: Peer, now: float) -> bool:
        return peer.host in self.banned_hosts

    def nonsense_received(self, peer: Peer, now: float) -> None:
        self.senseless.append(peer)

    def came_for_nothing(self, peer: Peer, now: float) -> None:
        self.idle.append(peer)
        self.changed.set()

    def observe_delay(self, delay_s: float, now: float) -> None:
        self.delays.append(delay_s)

    def knows(self, peer: Peer) -> bool:
        return peer.host in self.known_hosts or peer.flow in self.known_flows

    def is_registered_at(self, peer: Peer) -> bool:
        return peer in self.phones

    async def until(self, condition: Callable[[], bool]) -> None:
        async with asyncio.timeout(5):
            while not condition():
                self.changed.clear()
                await self.changed.wait()


class Ends:
    """Starts transports and closes them with the test."""

    def __init__(self) -> None:
        self._started: list[SipTransport] = []

    async def start(
        self,
        *listen: str,
        tls: TlsContexts | None = None,
        idle_close_s: float = 900.0,
        max_connections: int = 100,
    ) -> tuple[RecordingCore, SipTransport]:
        core = RecordingCore()
        transport = SipTransport(
            core, tls=tls, idle_close_s=idle_close_s, max_connections=max_connections
        )
        await transport.start(listen)
        self._started.append(transport)
        return core, transport

    async def stop(self) -> None:
        for transport in self._started:
            await transport.stop()


def peer_of(transport: SipTransport, name: TransportName) -> Peer:
    host, port = transport.local_address(name)
    return Peer(name, host, port)


async def until(condition: Callable[[], bool]) -> None:
    """Wait for what only the kernel can bring about."""
    async with asyncio.timeout(5):
        while not condition():  # noqa: ASYNC110 - the transport has no event for this
            await asyncio.sleep(0.005)
