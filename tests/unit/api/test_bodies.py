"""Bodies before a route sees them."""

from __future__ import annotations

import gzip
import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from api.bodies import MOST_OF_ANYBODY_BYTES
from tests.unit.api.conftest import World

JSON = {"Content-Type": "application/json"}


def problem(answer: httpx.Response, status: int, code: str) -> dict[str, Any]:
    found: dict[str, Any] = answer.json()
    assert (answer.status_code, found["code"]) == (status, code), found
    return found


async def in_parts(body: bytes) -> AsyncIterator[bytes]:
    for start in range(0, len(body), 10_000):
        yield body[start : start + 10_000]


async def test_where_json_breaks_is_told(world: World, admin: dict[str, str]) -> None:
    answer = await world.client.post("/v1/groups", content=b'{"name":', headers=admin | JSON)
    assert "line 1, column 9" in problem(answer, 400, "bad-request")["detail"]


async def test_a_field_given_twice_is_named(world: World, admin: dict[str, str]) -> None:
    body = b'{"name": "a", "name": "b"}'
    answer = await world.client.post("/v1/groups", content=body, headers=admin | JSON)
    assert problem(answer, 422, "invalid")["errors"] == [
        {
            "field": "name",
            "message": "is given more than once",
            "kind": "given-twice",
            "params": {},
        }
    ]


async def test_nobody_unpacks_anything(world: World, admin: dict[str, str]) -> None:
    """A kilobyte that becomes a gigabyte stays a kilobyte."""
    headers = admin | JSON | {"Content-Encoding": "gzip"}
    body = gzip.compress(b'{"name": "a"}')
    answer = await world.client.post("/v1/groups", content=body, headers=headers)
    problem(answer, 415, "unsupported-media-type")
    plain = admin | JSON | {"Content-Encoding": "identity"}
    answer = await world.client.post("/v1/groups", content=b'{"name": "a"}', headers=plain)
    assert answer.status_code == 201


async def test_large_bodies_are_read_of_those_who_have_a_key(
    world: World, admin: dict[str, str]
) -> None:
    body = json.dumps({"name": "x" * MOST_OF_ANYBODY_BYTES}).encode()
    for content in (body, in_parts(body)):
        answer = await world.client.post("/v1/groups", content=content, headers=JSON)
        problem(answer, 401, "unauthenticated")
    answer = await world.client.post("/v1/groups", content=body, headers=admin | JSON)
    assert problem(answer, 422, "invalid")["errors"][0]["field"] == "name"


async def test_a_body_is_read_up_to_its_bound_however_it_comes(
    world: World, admin: dict[str, str]
) -> None:
    body = b" " * (world.services.options.max_body_bytes + 1)
    for content in (body, in_parts(body)):
        answer = await world.client.post("/v1/groups", content=content, headers=admin | JSON)
        problem(answer, 413, "too-large")


@pytest.mark.parametrize("body", [b"\xff", b'{"name": NaN}', b"[" * 60_000, b"1" * 5000])
async def test_what_is_no_json_is_told_so(world: World, admin: dict[str, str], body: bytes) -> None:
    answer = await world.client.post("/v1/groups", content=body, headers=admin | JSON)
    problem(answer, 400, "bad-request")
