"""A broker that knows MQTT 3.1.1 only: one of today behind a door that refuses MQTT 5."""

from __future__ import annotations

import socket
import threading
from contextlib import suppress

#: CONNACK of MQTT 3.1.1: unacceptable protocol version (§3.2.2.3).
_REFUSED = b"\x20\x02\x00\x01"
_V5 = 5


class OldBroker:
    """Passes connections on to a broker, but those of MQTT 5, which it refuses, or just closes."""

    def __init__(self, port: int, *, silent: bool = False) -> None:
        """Listen on a free port for the broker at `port`; `silent`: hang up without a word."""
        self._target = port
        self._silent = silent
        self._sockets: list[socket.socket] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        self.refused = 0
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        """End every connection."""
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
            self._sockets.append(near)
            threading.Thread(target=self._serve, args=(near,), daemon=True).start()

    def _serve(self, near: socket.socket) -> None:
        with suppress(OSError):
            connect = near.recv(65536)
            # Fixed header, length, "MQTT" with its own length, then the level.
            if connect[connect.index(b"MQTT") + 4] == _V5:
                self.refused += 1
                if not self._silent:
                    near.sendall(_REFUSED)
                near.close()
                return
            far = socket.create_connection(("127.0.0.1", self._target))
            self._sockets.append(far)
            far.sendall(connect)
            threading.Thread(target=self._move, args=(far, near), daemon=True).start()
            self._move(near, far)

    def _move(self, source: socket.socket, sink: socket.socket) -> None:
        with suppress(OSError):
            while data := source.recv(65536):
                sink.sendall(data)
            sink.shutdown(socket.SHUT_WR)
