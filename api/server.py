"""Serves the application inside the node's loop. Signals are the node's affair."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn
from fastapi import FastAPI

from api.connection import BoundedConnection
from config.values import parse_host_port
from voicegw.errors import Problem, StartError

_STOP_S = 5.0


class _Server(uvicorn.Server):
    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Capture none: the node decides when to end."""
        yield


class ApiServer:
    """An HTTP server for one application."""

    def __init__(self, app: FastAPI, listen: str) -> None:
        """`listen` is host:port; port 0 takes any free one."""
        self._listen = listen
        self._task: asyncio.Task[None] | None = None
        self.ended = asyncio.Event()
        self._server = _Server(
            uvicorn.Config(
                app,
                log_config=None,
                access_log=False,
                lifespan="off",
                http=BoundedConnection,
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
        shown = f"[{host}]" if ":" in host else host
        return f"http://{shown}:{bound}"

    async def _serve(self, listener: socket.socket) -> None:
        try:
            await self._server.serve(sockets=[listener])
        finally:
            self.ended.set()

    async def stop(self) -> None:
        """Finish requests under way, for a bounded time, and close."""
        self._server.should_exit = True
        if self._task is None:
            return
        _, slow = await asyncio.wait([self._task], timeout=_STOP_S)
        for task in slow:
            task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)
