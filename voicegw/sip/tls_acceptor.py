"""Accepts connections that begin with TLS, before the handshake costs anything.

The loop's own server would shake hands with everybody at once. Here each connection is first
admitted or closed, and its handshake uses the certificates that are in force at that moment.
"""

from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import Collection
from typing import Final, Protocol

logger = logging.getLogger(__name__)

BACKLOG: Final = 128
_ACCEPTS_PER_WAKE: Final = 32
_PAUSE_S: Final = 1.0


class HandshakeOwner(Protocol):
    """What an acceptor needs of the transport."""

    def admits_handshake(self, host: str, port: int) -> bool:
        """Whether a handshake with this address may begin."""
        ...

    async def shake_hands(self, sock: socket.socket, host: str, port: int) -> None:
        """Take over `sock`, opened from that address, bounded in time.

        Raises nothing that a peer can cause.
        """
        ...


class TlsAcceptor:
    """One listening socket."""

    def __init__(self, sock: socket.socket, owner: HandshakeOwner) -> None:
        """Take a bound socket, which stays its owner's to close."""
        self._sock = sock
        self._owner = owner
        self._loop = asyncio.get_running_loop()
        self._tasks: dict[asyncio.Task[None], str] = {}
        self._pause: asyncio.TimerHandle | None = None

    @property
    def handshakes(self) -> Collection[str]:
        """The hosts whose handshakes are under way, each as often as it has some."""
        return self._tasks.values()

    def start(self) -> None:
        """Listen. Raises OSError."""
        self._sock.listen(BACKLOG)
        self._loop.add_reader(self._sock.fileno(), self._accept)

    async def stop(self) -> None:
        """Accept no more and give up the handshakes under way."""
        self._loop.remove_reader(self._sock.fileno())
        if self._pause is not None:
            self._pause.cancel()
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _accept(self) -> None:
        """Accept a bounded number, so that a flood leaves room for the rest."""
        for _ in range(_ACCEPTS_PER_WAKE):
            try:
                sock, address = self._sock.accept()
            except (BlockingIOError, InterruptedError, ConnectionAbortedError):
                return
            except OSError as error:
                # Out of descriptors, most likely: asked again at once, it would only fail again.
                logger.warning("accepting failed", extra={"why": error.strerror})
                self._loop.remove_reader(self._sock.fileno())
                self._pause = self._loop.call_later(_PAUSE_S, self._go_on)
                return
            sock.setblocking(False)
            host, port = str(address[0]), int(address[1])
            if self._owner.admits_handshake(host, port):
                task = self._loop.create_task(self._owner.shake_hands(sock, host, port))
                self._tasks[task] = host
                task.add_done_callback(self._tasks.pop)
            else:
                sock.close()

    def _go_on(self) -> None:
        self._loop.add_reader(self._sock.fileno(), self._accept)
