"""Our own address as a peer reaches it: what Via, Contact and session descriptions show."""

from __future__ import annotations

import ipaddress
import logging
import socket
import time
from collections.abc import Sequence

from voicegw.sip.wire import is_literal, plain_address

IpNetwork = ipaddress.IPv4Network | ipaddress.IPv6Network

_log = logging.getLogger(__name__)

WILDCARDS = frozenset({"0.0.0.0", "::", ""})  # noqa: S104 - compared with, never bound
_ANYWHERE = "192.0.2.1"
_KEPT_S = 60.0
_MAX_KEPT = 1024


class RouteTable:
    """Asks the kernel by which local address it reaches a host; answers are kept for a minute."""

    def __init__(self) -> None:
        """Begin without answers."""
        self._kept: dict[str, tuple[float, str]] = {}

    def address_towards(self, host: str) -> str:
        """Return the local address of the route to `host`; the loop-back's where there is none.

        A host given by name is taken to lie on the way to the world: looking it up would block.
        """
        if not is_literal(host):
            host = _ANYWHERE
        now = time.monotonic()
        kept = self._kept.get(host)
        if kept is not None and now - kept[0] < _KEPT_S:
            return kept[1]
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        address = "::1" if family == socket.AF_INET6 else "127.0.0.1"
        try:
            with socket.socket(family, socket.SOCK_DGRAM) as probe:
                # Connecting a datagram socket sends nothing; it only looks up the route.
                probe.connect((host, 9))
                address = str(probe.getsockname()[0])
        except OSError as error:
            _log.warning("no route to a peer", extra={"why": error.strerror})
        if len(self._kept) >= _MAX_KEPT:
            self._kept.clear()
        self._kept[host] = (now, address)
        return address


class OwnAddress:
    """Chooses between the address listened on and the one advertised beyond a NAT.

    Peers in `local_networks` are on this side of it and are shown the former. An advertised address
    of IPv4 means nothing to a peer of IPv6, nor the other way round; a name is for both.
    """

    def __init__(self, *, advertise: str = "", local_networks: Sequence[IpNetwork] = ()) -> None:
        """`advertise` is an address or a name; empty: there is no NAT."""
        self._advertise = advertise
        self._local_networks = tuple(local_networks)
        self._routes = RouteTable()

    def towards(self, host: str, bound: str) -> str:
        """Return what a peer at `host` is shown when the socket is bound to `bound`.

        A wildcard is never shown, but the address of the route instead.
        """
        host = plain_address(host)
        if self._advertise and self._is_beyond(host):
            return self._advertise
        return self._routes.address_towards(host) if bound in WILDCARDS else bound

    def inner(self, host: str, bound: str) -> str | None:
        """Return what a peer at `host` is shown on this side of the NAT; None beyond it.

        None also where there is no NAT: then everybody is shown the same.
        """
        host = plain_address(host)
        if not self._advertise or ":" in host or self._is_beyond(host):
            return None
        return self.towards(host, bound)

    def _is_beyond(self, host: str) -> bool:
        if not is_literal(host):
            return True
        address = ipaddress.ip_address(host)
        if is_literal(self._advertise):
            advertised = ipaddress.ip_address(self._advertise)
            if advertised.version != address.version:
                return False
        return not any(
            address.version == network.version and address in network
            for network in self._local_networks
        )
