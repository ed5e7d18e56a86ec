"""Requests of the demo to its own node, which must succeed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import httpx

from voicegw.errors import Problem, StartError


async def ask(
    client: httpx.AsyncClient, method: str, path: str, body: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """Return the JSON of the answer. Raises StartError when it is no success."""
    response = await client.request(method, path, json=body)
    if not response.is_success:
        what = f"{path} refused with {response.status_code}: {response.text[:200]}"
        raise StartError(Problem("sample records", what))
    found: dict[str, Any] = response.json()
    return found
