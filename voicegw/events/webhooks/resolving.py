"""Names of hosts to addresses, as this machine resolves them, in threads of their own."""

from __future__ import annotations

import asyncio
import socket
from concurrent.futures import ThreadPoolExecutor

from voicegw.events.webhooks.addresses import Address, parse_address


async def resolved(host: str, threads: ThreadPoolExecutor) -> list[Address]:
    """Return the addresses of `host`, as its name or an address in any spelling; none: unknown.

    `threads` does the waiting: a name server may be silent for half a minute, and whoever chose the
    name must hold up nobody else's work.
    """
    loop = asyncio.get_running_loop()
    return await loop.run_in_executor(threads, _look_up, host)


def _look_up(host: str) -> list[Address]:
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return []
    texts = dict.fromkeys(str(place[0]) for *_, place in found)
    return [parse_address(text) for text in texts]
