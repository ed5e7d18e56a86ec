"""`/docs`: the reference for people, rendered here from the OpenAPI document."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse, Response

from api.reference import render

router = APIRouter(include_in_schema=False)

_POLICY = "default-src 'none'; style-src 'unsafe-inline'"


@router.get("/docs")
async def get_reference(request: Request) -> Response:
    """One page without scripts and without anything from elsewhere."""
    page = render(request.app.openapi())
    return HTMLResponse(page, headers={"Content-Security-Policy": _POLICY})
