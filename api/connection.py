"""A client's connection, within bounds.

uvicorn reads a head of any size and waits for the rest of a request for ever, so that anybody who
reaches the port could take its memory or its sockets. Here a head is bounded in size and in time,
a body that stalls is given up, and what can't be read is answered with a problem document, too.
How large a body may be is the affair of :mod:`api.middleware`.
"""

from __future__ import annotations

import asyncio
import secrets
from enum import Enum, auto
from typing import Any, ClassVar

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from api.problems import CODES, problem_response


class _Phase(Enum):
    HEAD = auto()
    BODY = auto()
    RECEIVED = auto()


class BoundedConnection(HttpToolsProtocol):
    """Bounds what a client may send before anything of ours looks at it."""

    max_head_bytes: ClassVar[int] = 1 << 16
    """Request line and header fields; what one read brings may exceed it by that read's size."""
    head_s: ClassVar[float] = 15.0
    """Seconds for a whole head, and for the first one to begin."""
    stall_s: ClassVar[float] = 30.0
    """Seconds without a byte of an unfinished body."""

    def __init__(self, *args: Any, **options: Any) -> None:
        """Take what uvicorn gives."""
        super().__init__(*args, **options)
        self._phase = _Phase.RECEIVED
        self._head_bytes = 0
        self._deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to wait for the first head."""
        super().connection_made(transport)
        self._begin_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait for nothing any more."""
        self._wait(None)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Count a head's bytes, and note that a body goes on."""
        if self._phase is _Phase.RECEIVED:
            self._begin_head()
        if self._phase is _Phase.HEAD:
            self._head_bytes += len(data)
        super().data_received(data)
        if self._phase is _Phase.BODY:
            self._wait(self.stall_s)
        elif self._phase is _Phase.HEAD and self._head_bytes > self.max_head_bytes:
            self._refuse("head-too-large", f"The head exceeds {self.max_head_bytes} bytes.")

    def on_message_begin(self) -> None:
        """Begin a head, the one after a request in the same packet as well."""
        super().on_message_begin()
        if self._phase is _Phase.RECEIVED:
            self._begin_head()

    def on_headers_complete(self) -> None:
        """Go on to the body."""
        self._phase = _Phase.BODY
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """Leave the rest to the application."""
        super().on_message_complete()
        self._phase = _Phase.RECEIVED
        self._wait(None)

    def send_400_response(self, msg: str) -> None:
        """Answer what is no HTTP."""
        del msg
        self._refuse("bad-request", "The request can't be read.")

    def _begin_head(self) -> None:
        self._phase = _Phase.HEAD
        self._head_bytes = 0
        self._wait(self.head_s)

    def _wait(self, seconds: float | None) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
        self._deadline = None if seconds is None else self.loop.call_later(seconds, self._too_late)

    def _too_late(self) -> None:
        if self._phase is _Phase.BODY and self.flow.read_paused:
            self._wait(self.stall_s)  # it is the application that has not taken what came
        elif self._phase is _Phase.HEAD and self._head_bytes:
            self._refuse("too-slow", "The request took too long to come.")
        else:
            self.transport.close()

    def _refuse(self, code: str, detail: str) -> None:
        """Answer with a problem, unless another answer is under way, and close."""
        self._wait(None)
        if self.transport.is_closing():
            return
        if self.cycle is None or self.cycle.response_complete:
            request_id = secrets.token_hex(12)
            response = problem_response(
                status=CODES[code].status,
                code=code,
                detail=detail,
                instance="/",
                request_id=request_id,
                headers={"Connection": "close", "X-Request-Id": request_id},
            )
            head = b"".join(name + b": " + value + b"\r\n" for name, value in response.raw_headers)
            self.transport.write(b"HTTP/1.1 %d \r\n" % response.status_code)
            self.transport.write(head + b"\r\n" + bytes(response.body))
        self.transport.close()
