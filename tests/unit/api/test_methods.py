"""HEAD and OPTIONS of every resource."""

from __future__ import annotations

import asyncio

import pytest

from tests.unit.api.conftest import Directory, World


@pytest.mark.parametrize("path", ["/healthz", "/v1/calls", "/v1/groups?limit=1"])
async def test_head_is_get_without_its_body(
    world: World, directory: Directory, admin: dict[str, str], path: str
) -> None:
    del directory
    got = await world.client.get(path, headers=admin)
    head = await world.client.head(path, headers=admin)
    assert (head.status_code, head.content) == (200, b"")
    for name in ("content-type", "content-length"):
        assert head.headers[name] == got.headers[name]


async def test_head_is_refused_as_get_is(world: World, admin: dict[str, str]) -> None:
    assert (await world.client.head("/v1/calls")).status_code == 401
    assert (await world.client.head("/v1/calls/call_none", headers=admin)).status_code == 404
    refused = await world.client.head("/v1/imports", headers=admin)
    assert (refused.status_code, refused.headers["allow"]) == (405, "POST")
    metrics = (await world.client.get("/metrics")).text
    assert 'method="HEAD",route="/v1/calls/{call_id}",status="404"' in metrics


@pytest.mark.parametrize(
    ("path", "allowed"),
    [
        ("/v1/calls", "GET, HEAD, OPTIONS, POST"),
        ("/v1/customers/cus_1", "DELETE, GET, HEAD, OPTIONS, PUT"),
        ("/v1/tasks/tsk_1/call", "OPTIONS, POST"),
    ],
)
async def test_options_tells_the_methods(world: World, path: str, allowed: str) -> None:
    answer = await world.client.options(path)
    assert (answer.status_code, answer.content) == (204, b"")
    assert answer.headers["allow"] == allowed


async def test_what_is_not_there_has_no_methods(world: World) -> None:
    for method in ("HEAD", "OPTIONS"):
        answer = await world.client.request(method, "/v1/nothing")
        assert answer.status_code == 404


async def test_head_of_a_stream_ends(world: World, admin: dict[str, str]) -> None:
    headers = admin | {"Accept": "text/event-stream"}
    async with asyncio.timeout(20):
        answer = await world.client.head("/v1/events", headers=headers)
    assert (answer.status_code, answer.content) == (200, b"")
    assert answer.headers["content-type"].startswith("text/event-stream")
