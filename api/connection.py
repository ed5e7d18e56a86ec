"""A client's connection, within bounds.

uvicorn reads a head of any size and waits for the rest of a request for ever, so that anybody who
reaches the port could take its memory or its sockets. Here a head is bounded in size and in time,
a body that stalls is given up, a reader who takes nothing loses the connection, and what can't be
read is answered with a problem document, too. What two servers in a row could read in two ways
(RFC 9112 §11.2) is refused. How large a body may be is the affair of :mod:`api.middleware`, how
many connections there may be that of :mod:`api.connection_book`.
"""

from __future__ import annotations

import asyncio
import re
import secrets
from enum import Enum, auto
from typing import Any, ClassVar, Final, NoReturn

from uvicorn._types import ASGI3Application
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from api.client import Client, Networks, is_trusted
from api.connection_book import ConnectionBook
from api.problems import CODES, problem_response

_HOST: Final = re.compile(rb"[A-Za-z0-9._~%!$&'()*+,;=:\[\]-]*")
"""RFC 3986 §3.2.2: neither a path nor a query hides in it."""


class _Phase(Enum):
    HEAD = auto()
    BODY = auto()
    RECEIVED = auto()


class _RefusedError(Exception):
    """Raised into the parser, so that it reads no further."""


class BoundedConnection(HttpToolsProtocol):
    """Bounds what a client may send before anything of ours looks at it."""

    max_head_bytes: ClassVar[int] = 1 << 16
    """Request line and header fields; what one read brings may exceed it by that read's size."""
    max_target_bytes: ClassVar[int] = 1 << 14
    """The path and query of a request line."""
    max_fields: ClassVar[int] = 100
    """Header fields of one request; those after a chunked body count, and are not looked at."""
    max_pipelined: ClassVar[int] = 16
    """Requests that may wait on one connection for the answer to the one before."""
    max_discarded_bytes: ClassVar[int] = 1 << 22
    """What is read of a body that was answered already: ended at once, the answer would be lost."""
    head_s: ClassVar[float] = 15.0
    """Seconds for a whole head, and for the first one to begin."""
    stall_s: ClassVar[float] = 30.0
    """Seconds without a byte of an unfinished body, or of an answer that is not taken."""

    def __init__(
        self,
        *args: Any,
        book: ConnectionBook[BoundedConnection] | None = None,
        trusted: Networks = (),
        **options: Any,
    ) -> None:
        """Take what uvicorn gives; connections from `trusted` proxies are nobody's in the book."""
        super().__init__(*args, **options)
        self._book = book if book is not None else ConnectionBook()
        self._trusted = trusted
        self._phase = _Phase.RECEIVED
        self._head_bytes = 0
        self._fields = 0
        self._discarded_bytes = 0
        self._verdict: tuple[str, str] | None = None
        self._deadline: asyncio.TimerHandle | None = None
        self._running: RequestResponseCycle | None = None

    @property
    def unsent_bytes(self) -> int:
        """What was answered but not taken."""
        return self.transport.get_write_buffer_size()

    def hang_up(self) -> None:
        """End the connection at once, whatever is still to be sent."""
        self._give_up()
        self.transport.abort()

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to wait for the first head, if there is room for one more."""
        super().connection_made(transport)
        peer = self.client[0] if self.client else ""
        known = None if is_trusted(peer, self._trusted) else Client(peer, is_https=False).source
        room, evicted = self._book.arrive(self, known)
        if evicted is not None:
            evicted.hang_up()
        if room:
            self._begin_head()
        else:
            self._refuse("too-many-connections", "There are as many connections as may be.")

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait for nothing any more."""
        self._wait(None)
        self._book.leave(self)
        self._give_up()
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
            self._discard(len(data))
        elif self._phase is _Phase.HEAD and self._head_bytes > self.max_head_bytes:
            self._refuse("head-too-large", f"The head exceeds {self.max_head_bytes} bytes.")

    def _discard(self, size_bytes: int) -> None:
        if self.cycle.response_complete:
            self._discarded_bytes += size_bytes
            if self._discarded_bytes > self.max_discarded_bytes:
                self.hang_up()

    def on_message_begin(self) -> None:
        """Begin a head, the one after a request in the same packet as well."""
        super().on_message_begin()
        if self._phase is _Phase.RECEIVED:
            self._begin_head()

    def on_url(self, url: bytes) -> None:
        """Take a part of the target."""
        super().on_url(url)
        if len(self.url) > self.max_target_bytes:
            self._fail("target-too-long", f"The target exceeds {self.max_target_bytes} bytes.")

    def on_header(self, name: bytes, value: bytes) -> None:
        """Count a field, and keep it unless the head is already being worked on."""
        self._fields += 1
        if self._fields > self.max_fields:
            self._fail("head-too-large", f"There are more than {self.max_fields} header fields.")
        if self._phase is _Phase.HEAD:
            super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """Go on to the body."""
        self._check_head()
        self._phase = _Phase.BODY
        self._book.works(self)
        super().on_headers_complete()

    def _check_head(self) -> None:
        """Refuse what RFC 9112 §3.2 has refused, and too many requests at once."""
        version = self.parser.get_http_version()
        if version not in {"1.0", "1.1"}:
            self._fail("bad-request", "Send HTTP/1.1.")
        hosts = [value for name, value in self.headers if name == b"host"]
        if len(hosts) > 1 or (version == "1.1" and not hosts):
            self._fail("bad-request", "Send one field Host.")
        if hosts and _HOST.fullmatch(hosts[0]) is None:
            self._fail("bad-request", "The field Host is no host.")
        if len(self.pipeline) >= self.max_pipelined:
            self._fail("bad-request", "Too many requests wait on this connection.")

    def _fail(self, code: str, detail: str) -> NoReturn:
        """Have the parser stop; :meth:`send_400_response` tells why."""
        self._verdict = (code, detail)
        raise _RefusedError

    def on_message_complete(self) -> None:
        """Leave the rest to the application."""
        super().on_message_complete()
        self._phase = _Phase.RECEIVED
        self._wait(None)

    def send_400_response(self, msg: str) -> None:
        """Answer what is no HTTP, or was refused while it was read."""
        del msg
        self._refuse(*(self._verdict or ("bad-request", "The request can't be read.")))

    def on_response_complete(self) -> None:
        """Wait for the next request, unless it is here already."""
        super().on_response_complete()
        if self.cycle.response_complete:
            self._book.waits(self)

    def resume_writing(self) -> None:
        """Note that the reader has taken much of its answer."""
        super().resume_writing()
        self._book.reads(self)

    def _unsupported_upgrade_warning(self) -> None:
        # Whoever wants another protocol gets an answer in this one (RFC 9110 §7.8), and no other:
        # what else it has sent is not HTTP.
        self.cycle.keep_alive = False

    def _begin_head(self) -> None:
        self._phase = _Phase.HEAD
        self._head_bytes = 0
        self._fields = 0
        self._discarded_bytes = 0
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
        if self._may_answer():
            request_id = secrets.token_hex(12)
            retry = {"Retry-After": "1"} if CODES[code].status == 503 else {}
            response = problem_response(
                status=CODES[code].status,
                code=code,
                detail=detail,
                instance="/",
                request_id=request_id,
                headers={"Connection": "close", "X-Request-Id": request_id, **retry},
            )
            head = b"".join(name + b": " + value + b"\r\n" for name, value in response.raw_headers)
            self.transport.write(b"HTTP/1.1 %d \r\n" % response.status_code)
            self.transport.write(head + b"\r\n" + bytes(response.body))
        self.transport.close()

    def _may_answer(self) -> bool:
        """Whether the next answer may be a refusal; the request under way, if any, is given up."""
        if self.cycle is None or self.cycle.response_complete:
            return True
        answers = not self.pipeline and not self.cycle.response_started
        self._give_up()
        return answers

    def _give_up(self) -> None:
        """Let no request answer any more: a transport that is closed takes nothing."""
        waiting = [cycle for cycle, _ in self.pipeline]
        self.pipeline.clear()
        for cycle in (self._running, self.cycle, *waiting):
            if cycle is not None:
                cycle.disconnected = True
                cycle.message_event.set()

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: ASGI3Application) -> None:
        self._running = cycle
        super()._start_asgi_task(cycle, app)
