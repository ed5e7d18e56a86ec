"""Serves the application inside the node's loop. Signals are the node's affair."""

from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import cast

import uvicorn
from fastapi import FastAPI

from api.client import Networks
from api.connection import BoundedConnection
from api.connection_book import ConnectionBook, ConnectionLimits
from api.metrics import Figure
from config.values import parse_host_port
from voicegw.errors import Problem, StartError

_STOP_S = 5.0
_SWEEP_S = 2.0
"""How often readers are looked for who take nothing."""


class _Server(uvicorn.Server):
    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Capture none: the node decides when to end."""
        yield


class ApiServer:
    """An HTTP server for one application."""

    def __init__(
        self,
        app: FastAPI,
        listen: str,
        *,
        limits: ConnectionLimits | None = None,
        trusted: Networks = (),
    ) -> None:
        """`listen` is host:port; port 0 takes any free one.

        `limits` bound the connections; those of `trusted` proxies only all together.
        """
        self._listen = listen
        self._book: ConnectionBook[BoundedConnection] = ConnectionBook(limits or ConnectionLimits())
        self._sweep: asyncio.TimerHandle | None = None
        self._task: asyncio.Task[None] | None = None
        self.ended = asyncio.Event()
        self._server = _Server(
            uvicorn.Config(
                app,
                log_config=None,
                access_log=False,
                lifespan="off",
                http=cast(
                    type[asyncio.Protocol],
                    partial(BoundedConnection, book=self._book, trusted=trusted),
                ),
                log_level=logging.ERROR,  # anybody can send what is no HTTP: it is counted
                ws="none",
                # uvicorn would believe any program of this machine; api.client knows whom to.
                proxy_headers=False,
                timeout_graceful_shutdown=3,
            )
        )

    async def start(self) -> str:
        """Listen, begin to serve, and return the server's URL. Raises StartError."""
        host, port = parse_host_port(self._listen)
        listener = socket.socket(
            socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM
        )
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((host, port))
            listener.listen(1024)
        except OSError as error:
            listener.close()
            raise StartError(
                Problem(
                    f"api.listen = {self._listen}",
                    f"can't listen there: {error.strerror}",
                    "end the program that uses the port, or set another address",
                )
            ) from error
        bound = listener.getsockname()[1]
        self._task = asyncio.create_task(self._serve(listener), name="api")
        self._hang_up_stuck()
        shown = f"[{host}]" if ":" in host else host
        return f"http://{shown}:{bound}"

    async def _serve(self, listener: socket.socket) -> None:
        try:
            await self._server.serve(sockets=[listener])
        finally:
            self.ended.set()

    @property
    def waiting(self) -> int:
        """How many connections wait for a request."""
        return self._book.waiting

    def figures(self) -> Iterator[Figure]:
        """Yield what `/metrics` shows of connections."""
        yield Figure("http_connections", len(self._book))
        yield Figure("http_connections_waiting", self.waiting)
        for reason in ("idle", "refused", "unread"):
            yield Figure("http_connections_ended", self._book.closed[reason], {"reason": reason})

    def _hang_up_stuck(self) -> None:
        loop = asyncio.get_running_loop()
        for connection in self._book.stuck(loop.time(), BoundedConnection.stall_s):
            connection.hang_up()
        self._sweep = loop.call_later(_SWEEP_S, self._hang_up_stuck)

    async def stop(self) -> None:
        """Finish requests under way, for a bounded time, and close."""
        if self._sweep is not None:
            self._sweep.cancel()
        self._server.should_exit = True
        if self._task is None:
            return
        _, slow = await asyncio.wait([self._task], timeout=_STOP_S)
        for task in slow:
            task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)
