"""What a POST makes is made once for each Idempotency-Key, and a secret is never told twice."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa

from api.app import create_app
from tests.unit.api.conftest import Directory, World
from voicegw.store import schema

REPEATED = {"Idempotency-Key": "form-1"}
USER = {"login": "wang.li", "role": "qa_reviewer", "name": "Wang Li"}
HOOK: dict[str, Any] = {"url": "https://8.8.8.8/hook", "types": ["call.*"], "description": "CRM"}
KEY = {"role": "qa_reviewer", "name": "quality"}


async def listed(world: World, admin: dict[str, str], path: str) -> list[dict[str, Any]]:
    """Return all that a list has."""
    answer = await world.client.get(f"{path}?limit=200", headers=admin)
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["items"]
    return found


async def kept(world: World) -> list[tuple[str, bytes | None]]:
    """Return the state and the body of every answer that is kept."""
    columns = schema.idempotency_keys.c
    async with world.database.read() as connection:
        rows = await connection.execute(sa.select(columns.state, columns.body))
        return [(row.state, row.body) for row in rows]


@pytest.mark.parametrize("path", ["/v1/groups", "/v1/customers", "/v1/tasks"])
async def test_a_repetition_gets_the_first_answer_and_makes_nothing(
    world: World, admin: dict[str, str], directory: Directory, path: str
) -> None:
    body: dict[str, Any] = {
        "/v1/groups": {"name": "North"},
        "/v1/customers": {"name": "Li", "group_id": directory.chongming},
        "/v1/tasks": {"type": "renewal", "customer_id": directory.customer},
    }[path]
    before = len(await listed(world, admin, path))
    first = await world.client.post(path, json=body, headers=admin | REPEATED)
    assert first.status_code == 201, first.text
    assert "Idempotent-Replayed" not in first.headers
    again = await world.client.post(path, json=body, headers=admin | REPEATED)
    assert (again.status_code, again.content) == (201, first.content)
    assert again.headers["Idempotent-Replayed"] == "true"
    for name in ("Location", "ETag", "Content-Type"):
        assert again.headers[name] == first.headers[name]
    assert len(await listed(world, admin, path)) == before + 1
    without = await world.client.post(path, json=body, headers=admin)
    assert without.status_code == 201  # who sends no key means each one


async def test_another_body_is_refused_and_a_refusal_frees_the_key(
    world: World, admin: dict[str, str]
) -> None:
    wrong = {"name": "North", "parent_id": "grp_gone"}
    refused = await world.client.post("/v1/groups", json=wrong, headers=admin | REPEATED)
    assert refused.status_code == 422
    right = await world.client.post("/v1/groups", json={"name": "North"}, headers=admin | REPEATED)
    assert right.status_code == 201
    other = await world.client.post("/v1/groups", json={"name": "South"}, headers=admin | REPEATED)
    assert (other.status_code, other.json()["code"]) == (422, "idempotency-mismatch")
    elsewhere = await world.client.post("/v1/keys", json=KEY, headers=admin | REPEATED)
    assert elsewhere.json()["code"] == "idempotency-mismatch"


@pytest.mark.parametrize(
    ("path", "body", "secret"),
    [
        ("/v1/keys", KEY, "key"),
        ("/v1/users", USER, "password"),
        ("/v1/webhooks", HOOK, "secret"),
    ],
)
async def test_a_secret_is_shown_once_and_kept_nowhere(
    world: World, admin: dict[str, str], path: str, body: dict[str, Any], secret: str
) -> None:
    before = len(await listed(world, admin, path))
    first = await world.client.post(path, json=body, headers=admin | REPEATED)
    assert first.status_code == 201, first.text
    made = first.json()
    assert made[secret]
    again = await world.client.post(path, json=body, headers=admin | REPEATED)
    assert (again.status_code, again.json()["code"]) == (409, "secret-shown")
    assert again.headers["Location"] == f"{path}/{made['id']}"
    assert made[secret] not in again.text
    assert len(await listed(world, admin, path)) == before + 1
    assert await kept(world) == [("done", b"")]


async def test_a_user_without_a_password_has_no_secret_to_hide(
    world: World, admin: dict[str, str]
) -> None:
    body = USER | {"with_password": False}
    first = await world.client.post("/v1/users", json=body, headers=admin | REPEATED)
    assert first.json()["password"] is None
    again = await world.client.post("/v1/users", json=body, headers=admin | REPEATED)
    assert (again.status_code, again.content) == (201, first.content)


async def test_a_dry_run_makes_nothing_and_uses_up_no_key(
    world: World, admin: dict[str, str], directory: Directory
) -> None:
    path = f"/v1/managers/{directory.manager}/handover"
    to = {"kind": "one", "manager_id": directory.other_manager}
    body = {"to": to, "dry_run": True}
    preview = await world.client.post(path, json=body, headers=admin | REPEATED)
    assert preview.status_code == 200, preview.text
    assert await kept(world) == []
    asked = await world.client.post(path, json=body | {"dry_run": False}, headers=admin | REPEATED)
    assert asked.status_code == 202, asked.text


def test_whatever_makes_a_record_takes_a_key(world: World) -> None:
    document = create_app(world.services).openapi()
    makes = {
        operation["operationId"]: [one["name"].lower() for one in operation.get("parameters", ())]
        for path in document["paths"].values()
        for method, operation in path.items()
        if method == "post" and "201" in operation["responses"]
    }
    assert len(makes) >= 20
    assert [name for name, given in makes.items() if "idempotency-key" not in given] == ["logIn"]
