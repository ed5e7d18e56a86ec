"""A TCP proxy that can stop moving bytes, as a hung server or a cut cable does, and shows them."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable
from contextlib import suppress


class StallingProxy:
    """Forwards connections to `target`, except while it is stalled: then nobody hears anything."""

    def __init__(
        self, target: tuple[str, int], *, on_sent: Callable[[bytes], None] = lambda _data: None
    ) -> None:
        """Listen on a free port of 127.0.0.1; `on_sent` is told, in a thread, what clients send."""
        self._target = target
        self._on_sent = on_sent
        self._flows = threading.Event()
        self._flows.set()
        self._sockets: list[socket.socket] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        threading.Thread(target=self._accept, daemon=True).start()

    def stall(self) -> None:
        """Move nothing any more; connections stay open."""
        self._flows.clear()

    def resume(self) -> None:
        """Move what has gathered, and all that comes."""
        self._flows.set()

    def close(self) -> None:
        """End every connection."""
        self._flows.set()
        for one in (self._listener, *self._sockets):
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()

    def _accept(self) -> None:
        while True:
            try:
                near, _ = self._listener.accept()
            except OSError:
                return
            far = socket.create_connection(self._target)
            self._sockets += [near, far]
            for way in ((near, far, self._on_sent), (far, near, lambda _data: None)):
                threading.Thread(target=self._move, args=way, daemon=True).start()

    def _move(
        self, source: socket.socket, sink: socket.socket, told: Callable[[bytes], None]
    ) -> None:
        with suppress(OSError):
            while data := source.recv(65536):
                self._flows.wait()
                told(data)
                sink.sendall(data)
            sink.shutdown(socket.SHUT_WR)
