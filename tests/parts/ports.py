"""Ports for what the tests start."""

from __future__ import annotations

import random
import socket
from contextlib import suppress


def free_port(host: str = "127.0.0.1") -> int:
    """Return a port that is free now, for TCP and UDP, below those that connections get.

    Tests take servers away and back. Whoever tries meanwhile to connect to a port that connections
    get, too, sooner or later gets that very port, connects with itself, and the server can't have
    it back.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    for port in random.sample(range(11_000, 20_000), 200):
        with (
            socket.socket(family, socket.SOCK_STREAM) as stream,
            socket.socket(family, socket.SOCK_DGRAM) as datagram,
            suppress(OSError),
        ):
            stream.bind((host, port))
            datagram.bind((host, port))
            return port
    raise RuntimeError("no free port")
