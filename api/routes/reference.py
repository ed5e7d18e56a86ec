"""What the API is: `/openapi.json` for programs, `/docs` for people, rendered from the former."""

from __future__ import annotations

import asyncio

from fastapi import APIRouter, FastAPI, Request
from starlette.responses import HTMLResponse, Response

from api.reference import render
from api.views import encode

router = APIRouter(include_in_schema=False)

_POLICY = "default-src 'none'; style-src 'unsafe-inline'"


@router.get("/openapi.json")
async def get_openapi(request: Request) -> Response:
    """The OpenAPI document; `docs/openapi.json` of the same version."""
    # In a thread: describing all routes takes longer than signalling may wait.
    body = await asyncio.to_thread(_document, request.app)
    return Response(body, media_type="application/json")


@router.get("/docs")
async def get_reference(request: Request) -> Response:
    """One page without scripts and without anything from elsewhere."""
    page = await asyncio.to_thread(_page, request.app)
    return HTMLResponse(page, headers={"Content-Security-Policy": _POLICY})


def _document(app: FastAPI) -> bytes:
    return encode(app.openapi())


def _page(app: FastAPI) -> str:
    return render(app.openapi())
