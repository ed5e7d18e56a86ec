"""A port that a server of the tests keeps while it is away."""

from __future__ import annotations

import random
import socket


def lasting_port() -> int:
    """Return a free port below those that connections get for themselves.

    A test takes the server away and back. Whoever tries meanwhile to connect to a port that
    connections get, too, sooner or later gets that very port, connects with itself, and the server
    can't have it back.
    """
    for port in random.sample(range(30_000, 32_700), 200):
        with socket.socket() as listener:
            try:
                listener.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise RuntimeError("no free port")
