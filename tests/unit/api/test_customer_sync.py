"""`POST /v1/customers/sync`: a thousand records at a time, each with its result."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from api.schemas.customer_sync import SyncView
from tests.unit.api.conftest import Directory, World
from voicegw.model.directory import Role


async def send(world: World, headers: dict[str, str], *items: Any) -> Any:
    answer = await world.client.post("/v1/customers/sync", json={"items": items}, headers=headers)
    assert answer.status_code == 200, answer.text
    SyncView.model_validate(answer.json())
    return answer.json()


async def test_records_are_created_replaced_and_left(world: World, directory: Directory) -> None:
    headers = await world.key(Role.INTEGRATOR)
    new = {
        "external_id": "C-1",
        "name": "A",
        "group_external_id": "g-0",
        "owner_external_id": "4711",
        "numbers": ["138 0013 8001"],
    }
    known = {"external_id": "c/1", "name": "C2", "group_id": directory.chongming}
    told = await send(world, headers, new, known)
    assert [one["result"] for one in told["items"]] == ["created", "replaced"]
    assert [one["external_id"] for one in told["items"]] == ["C-1", "c/1"]
    assert told["items"][1]["id"] == directory.customer
    again = await send(world, headers, new, known)
    assert {name: again[name] for name in ("created", "replaced", "unchanged", "refused")} == {
        "created": 0,
        "replaced": 0,
        "unchanged": 2,
        "refused": 0,
    }
    path = "/v1/customers/by-external-id/C-1"
    read = (await world.client.get(path, headers=headers)).json()
    assert (read["owner_id"], read["group_id"]) == (directory.manager, directory.city)
    assert read["numbers"][0]["number"] == "+8613800138001"
    entries = (await world.client.get("/v1/audit", headers=await world.key())).json()["items"]
    counts = [one["detail"] for one in entries if one["action"] == "customers.synced"]
    assert counts[-1] == {"created": 1, "replaced": 1, "unchanged": 0, "refused": 0}


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"name": None}, "name"),
        ({"external_id": None}, "external_id"),
        ({"external_id": 17}, "external_id"),
        ({"surprise": 1}, "surprise"),
        ({"numbers": ["x"]}, "numbers.0"),
        ({"numbers": "13800138000"}, "numbers"),
        ({"group_id": "grp_none"}, "group_id"),
        ({"group_id": None, "group_external_id": "none"}, "group_external_id"),
        ({"group_external_id": "g-0"}, "group_id"),
        ({"owner_id": "mgr_none"}, "owner_id"),
        ({"owner_external_id": "none"}, "owner_external_id"),
        ({"owner_id": "mgr_1", "owner_external_id": "4711"}, "owner_id"),
        ({"code": "letters"}, "code"),
    ],
)
async def test_a_bad_record_says_why_and_costs_the_others_nothing(
    world: World, directory: Directory, admin: dict[str, str], change: dict[str, Any], field: str
) -> None:
    good = {"external_id": "C-2", "name": "B", "group_id": directory.city}
    bad = {"external_id": "C-1", "name": "A", "group_id": directory.city} | change
    told = await send(world, admin, bad, good)
    assert [one["result"] for one in told["items"]] == ["refused", "created"]
    assert [one["field"] for one in told["items"][0]["errors"]] == [field]
    assert told["items"][0]["id"] is None


async def test_what_conflicts_is_refused_alone(
    world: World, directory: Directory, admin: dict[str, str]
) -> None:
    base = {"name": "A", "group_id": directory.city}
    told = await send(
        world,
        admin,
        base | {"external_id": "C-1", "code": "7"},
        base | {"external_id": "C-2", "code": "7"},
        base | {"external_id": "C-1"},
        "nonsense",
    )
    assert [one["result"] for one in told["items"]] == ["created", "refused", "refused", "refused"]
    assert [one["errors"][0]["field"] for one in told["items"][1:3]] == ["code", "external_id"]


async def test_nobody_writes_beyond_the_own_groups(world: World, directory: Directory) -> None:
    headers = await world.key(Role.INTEGRATOR, directory.chongming)
    own = {"name": "A", "group_id": directory.chongming}
    told = await send(
        world,
        headers,
        own | {"external_id": "C-1"},
        own | {"external_id": "c/2"},
        own | {"external_id": "C-3", "group_id": directory.fengxian},
        own | {"external_id": "C-4", "owner_id": directory.other_manager},
    )
    assert [one["result"] for one in told["items"]] == ["created", *["refused"] * 3]
    fields = [one["errors"][0]["field"] for one in told["items"][1:]]
    assert fields == ["external_id", "group_id", "owner_id"]


async def test_a_thousand_records_are_taken_and_no_more(
    world: World, directory: Directory, admin: dict[str, str]
) -> None:
    def record(number: int) -> dict[str, str]:
        return {"external_id": f"C-{number}", "name": "A", "group_id": directory.city}

    told = await send(world, admin, *map(record, range(1000)))
    assert told["created"] == 1000
    assert [one["external_id"] for one in told["items"]] == [f"C-{one}" for one in range(1000)]
    for items in ([], [record(number) for number in range(1001)]):
        answer: httpx.Response = await world.client.post(
            "/v1/customers/sync", json={"items": items}, headers=admin
        )
        assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "items")
