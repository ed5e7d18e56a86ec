"""What the API is: `/openapi.json` for programs, `/docs` for people, rendered from the former."""

from __future__ import annotations

import asyncio
from functools import cache
from pathlib import Path
from typing import Final

import msgspec
from fastapi import APIRouter
from starlette.responses import HTMLResponse, Response

from api import reference

router = APIRouter(include_in_schema=False)

_POLICY: Final = "default-src 'none'; style-src 'unsafe-inline'"
#: The one that is checked in. Working it out takes seconds, in which calls would have to share the
#: interpreter with whoever asks, and anybody may ask.
_DOCUMENT: Final = Path(reference.__file__).with_name("openapi.json")


@router.get("/openapi.json")
async def get_openapi() -> Response:
    """The OpenAPI document of this version."""
    return Response(await asyncio.to_thread(_document), media_type="application/json")


@router.get("/docs")
async def get_reference() -> Response:
    """One page without scripts and without anything from elsewhere."""
    page = await asyncio.to_thread(_page)
    return HTMLResponse(page, headers={"Content-Security-Policy": _POLICY})


@cache
def _document() -> bytes:
    return msgspec.json.format(_DOCUMENT.read_bytes(), indent=-1)


@cache
def _page() -> bytes:
    return reference.render(msgspec.json.decode(_document())).encode()
