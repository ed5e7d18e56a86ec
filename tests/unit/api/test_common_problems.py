"""What the document says of refusals that no route makes itself."""

from __future__ import annotations

from typing import Any

from api.app import create_app
from api.common_problems import add_common_problems
from tests.unit.api.conftest import World

PROBLEM = {"description": "Problem"}


def document(**operation: Any) -> dict[str, Any]:
    return {"paths": {"/x": {"post": {"responses": {"200": {}}, **operation}, "parameters": []}}}


def statuses(found: dict[str, Any]) -> list[str]:
    return list(found["paths"]["/x"]["post"]["responses"])


def test_a_body_may_be_refused_before_a_route_is_asked() -> None:
    found = document(requestBody={})
    add_common_problems(found, PROBLEM)
    assert statuses(found) == ["200", "400", "413", "415"]


def test_a_key_may_be_refused_before_a_route_is_asked() -> None:
    found = document(security=[{"key": []}], responses={"403": {"description": "own"}, "201": {}})
    add_common_problems(found, PROBLEM)
    assert statuses(found) == ["201", "401", "403", "429"]
    assert found["paths"]["/x"]["post"]["responses"]["403"] == {"description": "own"}


def test_a_repetition_may_be_refused_before_a_route_is_asked() -> None:
    found = document(parameters=[{"name": "idempotency-key", "in": "header"}])
    add_common_problems(found, PROBLEM)
    assert statuses(found) == ["200", "409", "422"]


async def test_the_node_s_document_has_them(world: World) -> None:
    described = create_app(world.services).openapi()["paths"]
    assert {"400", "413", "415", "429"} <= set(described["/v1/explain"]["post"]["responses"])
    assert set(described["/healthz"]["get"]["responses"]) == {"200"}


async def test_allow_names_the_methods_of_this_resource_alone(
    world: World, admin: dict[str, str]
) -> None:
    """`export` is no recording: neither GET nor DELETE is among what it can be asked for."""
    for path, methods in (("/v1/recordings/export", "POST"), ("/v1/flows/check", "POST")):
        answer = await world.client.request("PATCH", path, headers=admin)
        assert (answer.status_code, answer.headers["allow"]) == (405, methods)
