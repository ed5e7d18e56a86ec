"""HEAD and OPTIONS, for every resource alike (RFC 9110 §9.3.2, §9.3.7).

HEAD is answered as GET is, without the body; OPTIONS tells which methods there are. Routes name
neither, but for those that answer HEAD themselves because their GET would open a file.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send


class CommonMethods:
    """Wraps the routes; what it does not answer itself is theirs."""

    def __init__(self, app: ASGIApp, *, methods_of: Callable[[str], Sequence[str]]) -> None:
        """`methods_of` tells which methods a path has; none: there is no such resource."""
        self._app = app
        self._methods_of = methods_of

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one connection."""
        method = scope["method"] if scope["type"] == "http" else ""
        methods = self._methods_of(scope["path"]) if method in {"HEAD", "OPTIONS"} else ()
        if method == "OPTIONS" and methods:
            allowed = sorted({*methods, "OPTIONS", *(("HEAD",) if "GET" in methods else ())})
            answer = Response(status_code=204, headers={"Allow": ", ".join(allowed)})
            await answer(scope, receive, send)
        elif method == "HEAD" and "GET" in methods and "HEAD" not in methods:
            as_get = dict(scope, method="GET")
            await self._app(as_get, receive, _without_body(send))
            if "route" in as_get:
                scope["route"] = as_get["route"]
        else:
            await self._app(scope, receive, send)


def _without_body(send: Send) -> Send:
    """Return a `send` that passes on how an answer begins, and ends it there.

    A stream learns from the server that its reader is gone: the answer is complete.
    """

    async def head_only(message: Message) -> None:
        if message["type"] == "http.response.start":
            await send(message)
            await send({"type": "http.response.body", "body": b"", "more_body": False})

    return head_only
