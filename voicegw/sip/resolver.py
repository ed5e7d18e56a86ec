"""Addresses of host names, asked for without blocking and remembered for a minute."""

from __future__ import annotations

import asyncio
import socket
from typing import Final

from voicegw.sip.wire import is_literal, plain_address

REMEMBERED_S: Final = 60.0
_MAX_REMEMBERED: Final = 1024


class Resolver:
    """Asks the system's resolver, once per host name and minute."""

    def __init__(self) -> None:
        """Nothing remembered."""
        self._known: dict[str, tuple[float, str]] = {}

    def known(self, host: str, now: float) -> str | None:
        """Return the address of `host` if it needs no asking: a literal, or asked lately."""
        if is_literal(host):
            return plain_address(host)
        expiry, address = self._known.get(host, (now, ""))
        return address if now < expiry else None

    async def resolve(self, host: str) -> str:
        """Return an address of `host`, IPv4 first. Raises OSError when it has none."""
        loop = asyncio.get_running_loop()
        try:
            found = await loop.getaddrinfo(host, None, type=socket.SOCK_DGRAM)
        except ValueError as error:
            raise OSError("not a host name") from error
        addresses = sorted(
            (family != socket.AF_INET, str(address[0])) for family, _, _, _, address in found
        )
        if not addresses:
            raise OSError("host name without an address")
        if len(self._known) >= _MAX_REMEMBERED:
            self._known.clear()
        self._known[host] = (loop.time() + REMEMBERED_S, addresses[0][1])
        return addresses[0][1]
