"""Lists of the directory and of calls, filtered."""

from __future__ import annotations

from typing import Any

import httpx
import msgspec
import pytest

from tests.unit.api.conftest import Directory, World
from tests.unit.api.fakes import MANAGER_MOBILE, make_call
from voicegw.journal.entries import CallChanged
from voicegw.model.directory import Role


async def ids(world: World, path: str, headers: dict[str, str]) -> list[str]:
    answer = await world.client.get(path, headers=headers)
    assert answer.status_code == 200, answer.text
    return [one["id"] for one in answer.json()["items"]]


async def test_the_directory_is_searched(
    world: World, directory: Directory, admin: dict[str, str]
) -> None:
    body: dict[str, Any] = {
        "name": "G",
        "group_id": directory.fengxian,
        "class": "gold",
        "tier": "one",
        "code": "20417",
        "external_id": "crm/9",
    }
    made = (await world.client.post("/v1/customers", json=body, headers=admin)).json()["id"]
    for query in (
        "class=gold",
        "tier=one",
        "code=20417",
        "external_id=crm/9",
        "class=gold&tier=one",
    ):
        assert await ids(world, f"/v1/customers?{query}", admin) == [made], query
    assert await ids(world, "/v1/customers?class=gold&tier=two", admin) == []
    found = await ids(world, "/v1/managers?number=139 0013 9000", admin)
    assert found == [directory.manager]
    assert await ids(world, "/v1/managers?number=nonsense", admin) == []
    assert await ids(world, "/v1/managers?external_id=4712", admin) == [directory.other_manager]
    assert await ids(world, "/v1/groups?external_id=g-0", admin) == [directory.city]
    assert await ids(world, "/v1/hotlines?external_id=none", admin) == []


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.ADMIN])
async def test_who_sees_no_managers_numbers_does_not_search_by_them(
    world: World, directory: Directory, role: Role
) -> None:
    group = directory.chongming if role is Role.COUNTY_MANAGER else None
    manager = directory.manager if role is Role.MANAGER else None
    headers = await world.key(role, group, manager)
    url = httpx.URL("/v1/managers", params={"number": MANAGER_MOBILE})
    answer = await world.client.get(url, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")


async def test_calls_are_found_by_hotline_and_task(
    world: World, directory: Directory, admin: dict[str, str]
) -> None:
    plain = make_call(group_id=directory.chongming)
    shown = msgspec.structs.replace(
        make_call(group_id=directory.chongming), hotline_id=directory.hotline, task_id="tsk_1"
    )
    await world.write(CallChanged(plain), CallChanged(shown))
    assert len(await ids(world, "/v1/calls", admin)) == 2
    for query in (f"hotline_id={directory.hotline}", "task_id=tsk_1"):
        assert await ids(world, f"/v1/calls?{query}", admin) == [shown.id]
    assert await ids(world, "/v1/calls?task_id=tsk_2", admin) == []
