"""`introduce`: whether a customer who gets an owner is to be told, by whichever way it comes."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from tests.unit.api.conftest import Directory, World

Create = Callable[..., Awaitable[Any]]


async def introduced(world: World, admin: dict[str, str]) -> list[tuple[str, str, str]]:
    """Return customer, manager and state of each introduction."""
    found = await world.client.get("/v1/tasks?type=introduction", headers=admin)
    assert found.status_code == 200, found.text
    return [(one["customer_id"], one["manager_id"], one["state"]) for one in found.json()["items"]]


async def test_a_customer_that_is_replaced_by_its_id(
    world: World, admin: dict[str, str], directory: Directory
) -> None:
    path = f"/v1/customers/{directory.customer}"
    body = {"name": "C", "group_id": directory.chongming, "owner_id": directory.other_manager}
    quietly = await world.client.put(f"{path}?introduce=false", json=body, headers=admin)
    assert quietly.status_code == 200, quietly.text
    assert await introduced(world, admin) == []
    given = body | {"owner_id": directory.manager}
    assert (await world.client.put(path, json=given, headers=admin)).status_code == 200
    only = (directory.customer, directory.manager, "assigned")
    assert await introduced(world, admin) == [only]
    assert (await world.client.put(path, json=given | {"name": "D"}, headers=admin)).is_success
    assert await introduced(world, admin) == [only], "the owner is the same"
    nobodys = {"name": "C", "group_id": directory.chongming}
    assert (await world.client.put(path, json=nobodys, headers=admin)).is_success
    assert await introduced(world, admin) == [(only[0], only[1], "cancelled")]


@pytest.mark.parametrize(("method", "path"), [
    ("POST", "customers"),
    ("PUT", "customers/by-external-id/C-new"),
    ("POST", "customers/sync"),
])  # fmt: skip
@pytest.mark.parametrize("introduce", [None, "false", "true"])
async def test_new_ones_and_many_only_where_it_is_asked_for(
    world: World,
    admin: dict[str, str],
    directory: Directory,
    method: str,
    path: str,
    introduce: str | None,
) -> None:
    record = {"name": "C", "group_id": directory.chongming, "owner_id": directory.manager}
    body: Any = {"items": [record | {"external_id": "C-new"}]} if "sync" in path else record
    query = {} if introduce is None else {"introduce": introduce}
    done = await world.client.request(method, f"/v1/{path}", params=query, json=body, headers=admin)
    assert done.is_success, done.text
    assert len(await introduced(world, admin)) == (introduce == "true")


@pytest.mark.parametrize(("given", "asked"), [(None, False), ("true", True), ("false", False)])
async def test_of_a_file_it_is_told_to_the_import(
    world: World, admin: dict[str, str], given: str | None, asked: bool
) -> None:
    data = {"kind": "customers"} | ({} if given is None else {"introduce": given})
    file = {"file": ("c.csv", b"external_id,name\n")}
    done = await world.client.post("/v1/imports", data=data, files=file, headers=admin)
    assert done.status_code == 202, done.text
    assert [one is not None for one in world.imports.introductions] == [asked]


async def test_of_a_file_what_is_no_answer_is_refused(world: World, admin: dict[str, str]) -> None:
    data, file = {"kind": "customers", "introduce": "perhaps"}, {"file": ("c.csv", b"name\n")}
    done = await world.client.post("/v1/imports", data=data, files=file, headers=admin)
    assert (done.status_code, done.json()["errors"][0]["field"]) == (422, "introduce")
