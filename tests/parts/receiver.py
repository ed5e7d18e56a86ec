"""A receiver of webhooks: an HTTP server in a thread that notes what is posted to it."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self

from standardwebhooks import Webhook

#: What a receiver does: gives a status and headers, or None to close the connection unanswered.
Behaviour = Callable[["Posted"], tuple[int, dict[str, str]] | None]


@dataclass(frozen=True)
class Posted:
    """One request, as it came."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def id(self) -> str:
        """The header `webhook-id`."""
        return self.headers["webhook-id"]

    @property
    def event(self) -> dict[str, Any]:
        """The CloudEvent."""
        event: dict[str, Any] = json.loads(self.body)
        return event

    def verify(self, secret: str) -> None:
        """Raise WebhookVerificationError unless it was signed with `secret`."""
        Webhook(secret).verify(self.body, self.headers)


def takes(_posted: Posted) -> tuple[int, dict[str, str]]:
    """Take everything."""
    return 204, {}


def is_down(_posted: Posted) -> None:
    """Close the connection without an answer."""
    return


def answers(status: int, **headers: str) -> Behaviour:
    """Return the behaviour of always giving this answer."""
    sent = {name.replace("_", "-"): text for name, text in headers.items()}
    return lambda _posted: (status, sent)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128
    posted: list[Posted]
    behaviour: Behaviour

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing: who posts may go away at any time."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def do_POST(self) -> None:
        """Note the request and do as the receiver does."""
        length = int(self.headers["content-length"])
        body = self.rfile.read(length)
        headers = {name.lower(): value for name, value in self.headers.items()}
        posted = Posted(self.path, headers, body)
        answer = self.server.behaviour(posted)
        self.server.posted.append(posted)
        if answer is None:
            self.close_connection = True
            return
        status, more = answer
        self.send_response(status)
        for name, value in more.items():
            self.send_header(name, value)
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, *_args: Any) -> None:
        """Say nothing on standard error."""


class ReceiverServer:
    """The server. `behaviour` may be changed while it runs; `posted` holds all requests."""

    def __init__(self, behaviour: Behaviour = takes) -> None:
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.posted = []
        self._server.behaviour = behaviour
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self._server.server_address[1]}/hook"

    @property
    def posted(self) -> list[Posted]:
        """All requests so far, in the order of their answers."""
        return self._server.posted

    @property
    def behaviour(self) -> Behaviour:
        """What it does with a request."""
        return self._server.behaviour

    @behaviour.setter
    def behaviour(self, behaviour: Behaviour) -> None:
        self._server.behaviour = behaviour

    def wait_for(
        self, what: str, condition: Callable[[list[Posted]], Any], timeout_s: float
    ) -> Any:
        """Return the first true value of `condition` of the requests; AssertionError if none."""
        deadline = time.monotonic() + timeout_s
        while not (value := condition(list(self.posted))):
            if time.monotonic() > deadline:
                raise AssertionError(f"not in {timeout_s:.0f} s: {what}; {len(self.posted)} posted")
            time.sleep(0.02)
        return value
