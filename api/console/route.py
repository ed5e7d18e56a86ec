"""`/` and below: the console's files, and its first page for every address that the page knows.

The console shows what its address says (`/tasks`, `/customers/cus_…`), and a browser that is sent
there asks the node for it. So a browser's GET of whatever belongs to nobody else is answered with
the first page; programs, which don't ask for HTML, learn as before that there is no such resource.
"""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Final

from starlette.datastructures import URLPath
from starlette.routing import BaseRoute, Match, NoMatchFound
from starlette.types import Receive, Scope, Send

from api.console import absent
from api.console.bundle import ENCODINGS, INDEX, Asset, Bundle, is_file, read_bundle
from api.console.headers import HEADERS
from api.negotiation import preferred
from api.problems import ApiProblem

_ROOT: Final = "/"
_HTML: Final = "text/html"
_OTHERS: Final = (
    "/v1",
    "/r",
    "/docs",
    "/openapi.json",
    "/metrics",
    "/healthz",
    "/readyz",
)
"""What is no page, together with all below it."""


def is_page(scope: Scope) -> bool:
    """Whether a request asks for a page of the console, or a file of one, and for nothing else."""
    if scope["type"] != "http" or scope["method"] not in {"GET", "HEAD"}:
        return False
    path: str = scope["path"]
    if any(path == other or path.startswith(other + "/") for other in _OTHERS):
        return False
    return path == _ROOT or is_file(path) or _wants_html(scope)


class ConsoleRoute(BaseRoute):
    """Answers what :func:`is_page` tells; `folder` has the built console.

    Raises ApiProblem `not-found` for a file that there is none of: an old page that asks for a
    script of its own learns so that it is old.
    """

    path: Final = "/{console}"
    """How measures name it."""

    def __init__(self, folder: Path) -> None:
        """Read nothing yet."""
        self._folder = folder
        self._bundle: Bundle | None = None
        self._reading = asyncio.Lock()

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Tell whether the request is for the console."""
        if is_page(scope):
            return Match.FULL, {"route": self}
        return Match.NONE, {}

    def url_path_for(self, name: str, /, **path_params: str) -> URLPath:
        """Raise NoMatchFound: pages are named by their paths alone."""
        raise NoMatchFound(name, path_params)

    async def handle(self, scope: Scope, _receive: Receive, send: Send) -> None:
        """Send the file, the first page, or how to build the console."""
        bundle = await self._read()
        asset = None if bundle is None else _found(bundle, scope["path"])
        if asset is not None:
            await _send_asset(asset, scope, send)
        elif is_file(scope["path"]):
            raise ApiProblem("not-found", "No such resource.")
        else:
            language = _header(scope, b"accept-language")
            headers = {"Content-Type": f"{_HTML}; charset=utf-8", "Cache-Control": "no-store"}
            await _send(scope, send, absent.STATUS, headers, absent.page(language))

    async def _read(self) -> Bundle | None:
        """Return the bundle, read at the first request; one that is missing is looked for again."""
        if self._bundle is None:
            async with self._reading:
                if self._bundle is None:
                    self._bundle = await asyncio.to_thread(read_bundle, self._folder)
        return self._bundle


def _found(bundle: Bundle, path: str) -> Asset | None:
    return bundle.get(path) or (None if is_file(path) else bundle[INDEX])


def _wants_html(scope: Scope) -> bool:
    """Whether HTML is asked for by name: programs that take anything mean the API."""
    accept = _header(scope, b"accept")
    return _HTML in accept.lower() and preferred(accept, [_HTML]) is not None


def _encoding(asset: Asset, scope: Scope) -> str | None:
    """Return which of the packed forms of a file is sent; None: the file as it is."""
    accepted = _header(scope, b"accept-encoding")
    offered = [one for one in ENCODINGS if one in asset.packed]
    return preferred(accepted, offered) if accepted and offered else None


async def _send_asset(asset: Asset, scope: Scope, send: Send) -> None:
    encoding = _encoding(asset, scope)
    # One tag for all forms would have a cache take one for the other (RFC 9110 §8.8.3).
    etag = f'"{asset.etag}"' if encoding is None else f'"{asset.etag}-{encoding}"'
    caching = f"public, max-age={asset.max_age_s}, immutable" if asset.max_age_s else "no-cache"
    headers = {"Content-Type": asset.media_type, "Cache-Control": caching, "ETag": etag}
    if asset.packed:
        headers["Vary"] = "Accept-Encoding"
    if asset.etag in _header(scope, b"if-none-match"):
        await _send(scope, send, 304, headers, None)
        return
    if encoding is not None:
        headers["Content-Encoding"] = encoding
    body = asset.content if encoding is None else asset.packed[encoding]
    await _send(scope, send, 200, headers, body)


async def _send(
    scope: Scope, send: Send, status: int, headers: dict[str, str], body: bytes | None
) -> None:
    """Send an answer; `body` None: one that has none."""
    fields = {**HEADERS, **headers}
    if body is not None:
        fields["Content-Length"] = str(len(body))
    await send(
        {
            "type": "http.response.start",
            "status": status,
            "headers": [(name.lower().encode(), value.encode()) for name, value in fields.items()],
        }
    )
    sent = body if body is not None and scope["method"] != "HEAD" else b""
    await send({"type": "http.response.body", "body": sent})


def _header(scope: Scope, name: bytes) -> str:
    """Return all values of a header, joined (RFC 9110 §5.3)."""
    values = [value.decode("latin-1") for key, value in scope["headers"] if key == name]
    return ", ".join(values)
