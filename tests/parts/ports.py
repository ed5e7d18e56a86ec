"""Ports for what the tests start."""

from __future__ import annotations

import os
import random
import socket
from collections import deque
from contextlib import suppress
from typing import Final

_FIRST: Final = 11_000
_EACH: Final = 1_000
_SHARES: Final = 9
#: What is given away is bound seconds later, where a machine is busy.
_lately: deque[int] = deque(maxlen=_EACH // 4)


def free_port(host: str = "127.0.0.1") -> int:
    """Return a port that is free now, for TCP and UDP, below those that connections get.

    Tests take servers away and back. Whoever tries meanwhile to connect to a port that connections
    get, too, sooner or later gets that very port, connects with itself, and the server can't have
    it back. Processes that share the tests have ports of their own.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    first = _FIRST + _EACH * _share()
    for port in random.sample(range(first, first + _EACH), _EACH):
        if port in _lately:
            continue
        with (
            socket.socket(family, socket.SOCK_STREAM) as stream,
            socket.socket(family, socket.SOCK_DGRAM) as datagram,
            suppress(OSError),
        ):
            stream.bind((host, port))
            datagram.bind((host, port))
            _lately.append(port)
            return port
    raise RuntimeError("no free port")


def _share() -> int:
    """Return which share of the ports is this process's; the first is that of one by itself."""
    worker = os.environ.get("PYTEST_XDIST_WORKER", "")
    return (int(worker.removeprefix("gw")) + 1) % _SHARES if worker else 0
