"""aiomqtt's client with its socket watched by the event loop's own thread alone.

The library connects in a thread, and has that thread tell the loop which descriptor to watch. A
connection that a dying broker closes in that moment is then watched after its end, when the number
may already be another socket's: in a node one that carries calls. Here nothing is watched before
the thread is done, and nothing that is closed.
"""

from __future__ import annotations

from typing import Any

import aiomqtt
import paho.mqtt.client as paho
from aiomqtt.types import PahoSocket


class HungUpError(aiomqtt.MqttError):
    """The broker closed the connection instead of answering."""


class LoopClient(aiomqtt.Client):
    """A connection whose socket belongs to the loop once it is connected, and to nobody before."""

    _is_watching = False

    def _client_connect(self) -> None:
        super()._client_connect()
        self._loop.call_soon_threadsafe(self._watch)

    def _watch(self) -> None:
        socket = self._client.socket()
        self._is_watching = True
        if socket is None or socket.fileno() < 0:
            if not self._connected.done():
                self._connected.set_exception(HungUpError("the broker hangs up on us"))
            return
        self._loop.add_reader(socket.fileno(), self._readable)
        if self._client.want_write():
            self._loop.add_writer(socket.fileno(), self._writable)
        self._misc_task = self._loop.create_task(self._misc_loop())

    def _readable(self) -> None:
        try:
            self._client.loop_read()
            # What TLS has decrypted already makes no socket readable.
            while (pending := getattr(self._client.socket(), "pending", None)) and pending():
                self._client.loop_read()
        except Exception as error:  # noqa: BLE001 - whatever it is, the connection is of no more use
            self._lost(error)

    def _writable(self) -> None:
        try:
            self._client.loop_write()
        except Exception as error:  # noqa: BLE001 - as above
            self._lost(error)

    def _lost(self, error: Exception) -> None:
        if not self._disconnected.done():
            self._disconnected.set_exception(error)

    def _on_socket_open(self, client: paho.Client, userdata: Any, sock: PahoSocket) -> None:
        """Wait: the thread that opens it is not done."""

    def _on_socket_close(
        self,
        client: paho.Client,  # noqa: ARG002
        userdata: Any,  # noqa: ARG002
        sock: PahoSocket,
    ) -> None:
        if not self._is_watching:
            return
        if sock.fileno() >= 0:
            self._loop.remove_reader(sock.fileno())
            self._loop.remove_writer(sock.fileno())
        if self._misc_task is not None:
            self._misc_task.cancel()

    def _on_socket_register_write(
        self,
        client: paho.Client,  # noqa: ARG002
        userdata: Any,  # noqa: ARG002
        sock: PahoSocket,
    ) -> None:
        if self._is_watching and sock.fileno() >= 0:
            self._loop.add_writer(sock.fileno(), self._writable)

    def _on_socket_unregister_write(
        self,
        client: paho.Client,  # noqa: ARG002
        userdata: Any,  # noqa: ARG002
        sock: PahoSocket,
    ) -> None:
        if self._is_watching and sock.fileno() >= 0:
            self._loop.remove_writer(sock.fileno())
