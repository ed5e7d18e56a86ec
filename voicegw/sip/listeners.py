"""The sockets a node listens on, and which of them a peer is spoken to from.

Each serves one address family: `udp://0.0.0.0:5060` and `udp://[::]:5060` stand side by side, and
no peer ever appears by an IPv4 address in IPv6 clothes.
"""

from __future__ import annotations

import errno
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, cast
from urllib.parse import urlsplit

from voicegw.errors import NotFoundError, Problem, StartError
from voicegw.sip.own_address import WILDCARDS, RouteTable
from voicegw.sip.receipt_time import ask_for_receipt_times
from voicegw.sip.wire import DEFAULT_PORTS, Peer, TransportName, plain_address

_RECEIVE_BUFFER_BYTES: Final = 4 * 1024 * 1024
_SO_RCVBUFFORCE: Final = 33


@dataclass(frozen=True, slots=True)
class Listener:
    """One bound socket; `flow` is what a UDP peer that is heard by it carries."""

    transport: TransportName
    sock: socket.socket
    host: str
    port: int
    family: socket.AddressFamily
    flow: int = 0


class Listeners:
    """All listening sockets of a node, in the order of the configuration."""

    def __init__(self) -> None:
        """None yet."""
        self._all: list[Listener] = []
        self._by_flow: dict[int, Listener] = {}
        """Those for UDP."""
        self._routes = RouteTable()

    def __iter__(self) -> Iterator[Listener]:
        """Yield each, in order."""
        return iter(self._all)

    def bind(self, url: str) -> Listener:
        """Bind `udp://127.0.0.1:5060`, `tcp://[::]:5060` or `tls://…` (port 0: any free one).

        Raises StartError with the mend.
        """
        transport, host, port = _parse(url)
        family = _family(host)
        kind = socket.SOCK_DGRAM if transport == "udp" else socket.SOCK_STREAM
        sock = socket.socket(family, kind)
        try:
            sock.setblocking(False)
            if family == socket.AF_INET6:
                sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            if kind == socket.SOCK_STREAM:
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            else:
                _enlarge_receive_buffer(sock)
                ask_for_receipt_times(sock)
            sock.bind((host, port))
        except (OSError, OverflowError) as error:
            sock.close()
            raise StartError(listen_problem(url, error)) from error
        name = sock.getsockname()
        flow = 1 + len(self._by_flow) if transport == "udp" else 0
        listener = Listener(transport, sock, str(name[0]), int(name[1]), family, flow)
        self._all.append(listener)
        if flow:
            self._by_flow[flow] = listener
        return listener

    def first(self, transport: TransportName) -> Listener:
        """Return the first of a transport. Raises NotFoundError when there is none."""
        for listener in self._all:
            if listener.transport == transport:
                return listener
        raise NotFoundError("listener", transport)

    def udp_towards(self, flow: int, address: str) -> Listener | None:
        """Return the one that datagrams to `address` leave from: the flow's, where it can.

        Without a flow it is the one bound to the address of the route, else one that is bound to
        all, else the first. None: no socket speaks the address's family.
        """
        family = _family(address)
        heard = self._by_flow.get(flow)
        if heard is not None and heard.family == family:
            return heard
        candidates = [one for one in self._by_flow.values() if one.family == family]
        return self._by_route(candidates, address)

    def shown_to(self, peer: Peer) -> Listener | None:
        """Return the one that `peer` can send to: its Via and Contact show that.

        A transport that nobody listens on has none of its own: another's port is as good as any,
        because answers come back over the connection. None: nobody listens at all.
        """
        host = plain_address(peer.host)
        if peer.transport == "udp":
            found = self.udp_towards(peer.flow, host)
            if found is not None:
                return found
        family = _family(host)
        same = [one for one in self._all if one.transport == peer.transport]
        fitting = [one for one in same if one.family == family]
        return self._by_route(fitting or same or self._all, host)

    def close(self) -> None:
        """Close every socket."""
        for listener in self._all:
            listener.sock.close()
        self._all.clear()
        self._by_flow.clear()

    def _by_route(self, candidates: list[Listener], host: str) -> Listener | None:
        if len(candidates) < 2:
            return candidates[0] if candidates else None
        own = self._routes.address_towards(host)
        exact = (one for one in candidates if one.host == own)
        anywhere = (one for one in candidates if one.host in WILDCARDS)
        return next(exact, None) or next(anywhere, None) or candidates[0]


def _family(host: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in host else socket.AF_INET


def _enlarge_receive_buffer(sock: socket.socket) -> None:
    """Ask for room for a burst; what the kernel grants is enough to go on."""
    for option in (_SO_RCVBUFFORCE, socket.SO_RCVBUF):
        try:
            sock.setsockopt(socket.SOL_SOCKET, option, _RECEIVE_BUFFER_BYTES)
        except OSError:
            continue
        return


def _parse(url: str) -> tuple[TransportName, str, int]:
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        host, port = None, None
    else:
        if parts.scheme in DEFAULT_PORTS and host and not parts.path:
            transport = cast(TransportName, parts.scheme)
            return transport, host, DEFAULT_PORTS[transport] if port is None else port
    what = f"{url} is no address to listen on"
    raise StartError(Problem("sip.listen", what, "write udp://host:port, tcp:// or tls://"))


def listen_problem(url: str, error: Exception) -> Problem:
    """Return why `url` can't be listened on, with the mend."""
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
