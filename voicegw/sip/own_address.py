"""Our own address as a peer reaches it: what Via, Contact and session descriptions show."""

from __future__ import annotations

import logging
import socket
import time

from voicegw.sip.resolver import is_literal

_log = logging.getLogger(__name__)

WILDCARDS = frozenset({"0.0.0.0", "::", ""})  # noqa: S104 - compared with, never bound
_ANYWHERE = "192.0.2.1"
_KEPT_S = 60.0
_MAX_KEPT = 1024


class RouteTable:
    """Asks the kernel by which local address it reaches a host; answers are kept for a minute."""

    def __init__(self, *, resolves: bool = True) -> None:
        """Begin without answers.

        Looking up a name blocks. With `resolves` unset, as within an event loop, hosts given by
        name are taken to lie on the way to the world.
        """
        self._resolves = resolves
        self._kept: dict[str, tuple[float, str]] = {}

    def address_towards(self, host: str) -> str:
        """Return the local address of the route to `host`; 127.0.0.1 where there is none."""
        if not self._resolves and not is_literal(host):
            host = _ANYWHERE
        now = time.monotonic()
        kept = self._kept.get(host)
        if kept is not None and now - kept[0] < _KEPT_S:
            return kept[1]
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        address = "127.0.0.1"
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
