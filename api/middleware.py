"""What every request passes: an id, a limit on its body, a measure, and a last net for faults.

Pure ASGI, because it costs microseconds where a wrapped request object costs a task.
"""

from __future__ import annotations

import logging
import re
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.client import Networks, note_client
from api.entry import PRINCIPAL_KEY
from api.errors import PROBLEM_KEY, as_problem
from api.metrics import ApiMetrics
from api.problems import ApiProblem, problem_response
from api.sse import MEDIA_TYPE as STREAM
from voicegw.clock import Clock
from voicegw.errors import VoicegwError
from voicegw.log_context import bind
from voicegw.tracing import Side, entry

logger = logging.getLogger(__name__)

_REQUEST_ID: Final = re.compile(r"^[A-Za-z0-9._:+/=-]{1,128}$")
_KNOWN_METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
UNROUTED: Final = "unrouted"
CLIENT_GONE: Final = 499
_TRACED: Final = "/v1/"


class RequestEnvelope:
    """Wraps the whole application.

    * `X-Request-Id` of the request is echoed when it is harmless, else one is made;
    * a body over `max_body_bytes` (or what `upload_limit` says of its path) is answered 413,
      by its declared length at once, or when the bytes received exceed it;
    * a client that went away before its request was whole is no fault: status 499 in the measure;
    * an exception nobody mapped is logged and answered 500, without a traceback;
    * who asks, from behind `trusted_proxies` too, is noted for whoever wants to know
      (:func:`api.client.client_in`);
    * method, route template, status, duration and a problem's code go to `metrics`.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        metrics: ApiMetrics,
        clock: Clock,
        max_body_bytes: int,
        upload_limit: Callable[[str], int | None],
        trusted_proxies: Networks = (),
        log_requests: bool = False,
    ) -> None:
        """Wrap `app`; `log_requests` writes a record of each, who asked being told by id."""
        self._log_requests = log_requests
        self._app = app
        self._metrics = metrics
        self._clock = clock
        self._max_body_bytes = max_body_bytes
        self._upload_limit = upload_limit
        self._trusted_proxies = trusted_proxies

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one connection; anything but HTTP is passed through."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started_s = self._clock.monotonic()
        headers = Headers(scope=scope)
        request_id = _request_id(headers.get("x-request-id"))
        scope["voicegw.request_id"] = request_id
        note_client(scope, self._trusted_proxies)
        answer = _Answer(send, request_id, self._clock)
        with bind(request_id=request_id), _traced(scope, headers, answer):
            await self._answer(scope, receive, answer, started_s)

    async def _answer(
        self, scope: Scope, receive: Receive, answer: _Answer, started_s: float
    ) -> None:
        headers = Headers(scope=scope)
        limit = self._limit(scope["path"])
        try:
            if _declared_length(headers) > limit:
                raise _too_large(limit)
            await self._app(scope, _limited(receive, limit), answer.send)
        except ApiProblem as problem:
            await answer.problem(scope, problem)
        except VoicegwError as error:
            await answer.problem(scope, as_problem(error))
        except HTTPException:
            await answer.problem(scope, _too_large(limit))  # it is raised in `_limited` alone
        except ClientDisconnect:
            # Nobody is left to answer; the measure below says 499.
            logger.info("client went away")
        except Exception:
            logger.exception("request failed unexpectedly")
            if answer.status:
                raise
            fault = ApiProblem("internal-error", "The gateway could not answer this request.")
            await answer.problem(scope, fault)
        finally:
            method, route = _method_and_route(scope)
            # A stream has been answered when it begins; how long it lasts is its reader's affair.
            began_s = answer.stream_began_s
            elapsed_s = (self._clock.monotonic() if began_s is None else began_s) - started_s
            self._metrics.observe(method, route, answer.status or CLIENT_GONE, elapsed_s)
            code = scope.get(PROBLEM_KEY)
            if code is not None:
                self._metrics.problem(code)
            if self._log_requests:
                facts = {
                    "method": method,
                    "route": route,
                    "status": answer.status or CLIENT_GONE,
                    "duration_ms": round(elapsed_s * 1000, 1),
                    "principal_id": scope.get(PRINCIPAL_KEY),
                }
                logger.info("request answered", extra=facts)

    def _limit(self, path: str) -> int:
        return self._upload_limit(path) or self._max_body_bytes


class _Answer:
    """Sends the answer, adds the request's id to it and remembers its status (0: none yet).

    `stream_began_s` is when it began, if it is one that does not end by itself.
    """

    def __init__(self, send: Send, request_id: str, clock: Clock) -> None:
        self._send = send
        self._request_id = request_id
        self._clock = clock
        self.status = 0
        self.stream_began_s: float | None = None

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            headers = MutableHeaders(scope=message)
            headers["X-Request-Id"] = self._request_id
            headers["X-Content-Type-Options"] = "nosniff"
            if headers.get("content-type", "").startswith(STREAM):
                self.stream_began_s = self._clock.monotonic()
        await self._send(message)

    async def problem(self, scope: Scope, problem: ApiProblem) -> None:
        scope[PROBLEM_KEY] = problem.code
        response = problem_response(
            status=problem.status,
            code=problem.code,
            detail=problem.detail,
            instance=scope["path"],
            request_id=self._request_id,
            errors=problem.errors,
            headers=problem.headers,
        )
        await response(scope, _no_more_body, self.send)


@contextmanager
def _traced(scope: Scope, headers: Headers, answer: _Answer) -> Iterator[None]:
    """Be in the span of a request to the API: of the trace that its sender names, if it does.

    What machines ask again and again (`/metrics`, `/readyz`) has none.
    """
    if not scope["path"].startswith(_TRACED):
        yield
        return
    with entry("request", headers.get("traceparent"), side=Side.SERVER) as span:
        try:
            yield
        finally:
            method, route = _method_and_route(scope)
            span.name(f"{method} {route}")
            status = answer.status or CLIENT_GONE
            span.note(
                {
                    "http.request.method": method,
                    "http.route": route,
                    "http.response.status_code": status,
                }
            )
            if status >= 500:
                span.failed(str(scope.get(PROBLEM_KEY) or status))


def _method_and_route(scope: Scope) -> tuple[str, str]:
    method = scope["method"] if scope["method"] in _KNOWN_METHODS else "OTHER"
    return method, getattr(scope.get("route"), "path", None) or UNROUTED


def _request_id(given: str | None) -> str:
    if given is not None and _REQUEST_ID.match(given):
        return given
    return secrets.token_hex(12)


def _declared_length(headers: Headers) -> int:
    text = headers.get("content-length", "0")
    return int(text) if text.isascii() and text.isdigit() else 0


def _too_large(limit_bytes: int) -> ApiProblem:
    return ApiProblem("too-large", f"The body exceeds {limit_bytes} bytes.")


def _limited(receive: Receive, limit_bytes: int) -> Receive:
    """Return a `receive` that raises once more than `limit_bytes` of body have come.

    It raises the framework's own exception: the only one that its body parsers let through.
    """
    received_bytes = 0

    async def limited() -> Message:
        nonlocal received_bytes
        message = await receive()
        if message["type"] == "http.request":
            received_bytes += len(message.get("body", b""))
            if received_bytes > limit_bytes:
                raise HTTPException(413, _too_large(limit_bytes).detail)
        return message

    return limited


async def _no_more_body() -> Message:
    return {"type": "http.disconnect"}
