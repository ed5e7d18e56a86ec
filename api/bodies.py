"""Reads bodies of JSON before a route does, and decides whose large ones are read at all.

A framework reads a body first and asks who sent it afterwards. Reading a megabyte takes the event
loop for longer than signalling should wait, so that whoever has no key may not have it read.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final

from starlette.datastructures import Headers
from starlette.requests import ClientDisconnect, Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.auth import Principal
from api.problems import ApiProblem
from api.strict_json import check_json

MOST_OF_ANYBODY_BYTES: Final = 1 << 16
"""How much JSON is read before the sender has shown who it is."""
_METHODS: Final = frozenset({"POST", "PUT", "PATCH", "DELETE"})


class BodyReader:
    """Wraps the application, within the envelope of requests, which answers its refusals."""

    def __init__(
        self, app: ASGIApp, *, authenticate: Callable[[Request], Awaitable[Principal]]
    ) -> None:
        """`authenticate` tells who asks, or raises ApiProblem."""
        self._app = app
        self._authenticate = authenticate

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request.

        Raises ApiProblem `unsupported-media-type` for a compressed body, `bad-request` and
        `invalid` as :func:`~api.strict_json.check_json`, and what `authenticate` raises.
        """
        if scope["type"] != "http" or scope["method"] not in _METHODS:
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        if headers.get("content-encoding", "identity").strip().lower() != "identity":
            raise ApiProblem("unsupported-media-type", "Send the body without Content-Encoding.")
        if not _is_json(headers.get("content-type", "")):
            await self._app(scope, receive, send)
            return
        body = await self._read(Request(scope), receive)
        if body:
            check_json(body)
        await self._app(scope, _again(body, receive), send)

    async def _read(self, request: Request, receive: Receive) -> bytes:
        """Return the whole body; past `MOST_OF_ANYBODY_BYTES` only a principal's."""
        parts: list[bytes] = []
        size_bytes, asked = 0, False
        while True:
            message = await receive()
            if message["type"] == "http.disconnect":
                raise ClientDisconnect
            parts.append(message.get("body", b""))
            size_bytes += len(parts[-1])
            if size_bytes > MOST_OF_ANYBODY_BYTES and not asked:
                await self._authenticate(request)
                asked = True
            if not message.get("more_body", False):
                return b"".join(parts)


def _is_json(content_type: str) -> bool:
    media_type = content_type.partition(";")[0].strip().lower()
    return media_type == "application/json" or media_type.endswith("+json")


def _again(body: bytes, receive: Receive) -> Receive:
    """Return a `receive` that gives `body` once, then what else there is to tell."""
    given = False

    async def replay() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return replay
