"""`/v1/plans/{id}/runs`: a preview of a plan as it might be."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.api.conftest import Directory, World
from voicegw.model.directory import Grant, Role

MONTH = "2099-12"


async def made(world: World, headers: dict[str, str], group_id: str) -> dict[str, Any]:
    body = {"name": "拜访", "group_id": group_id}
    answer = await world.client.post("/v1/plans", json=body, headers=headers)
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def test_a_preview_may_try_what_is_not_kept(world: World, directory: Directory) -> None:
    county = await world.key(Role.COUNTY_MANAGER, directory.chongming, grants=(Grant.ASSIGN,))
    plan = await made(world, county, directory.chongming)
    wanted = {"name": "拜访", "group_id": directory.chongming, "rules": [], "target_per_day": 3}
    path = f"/v1/plans/{plan['id']}/runs"
    body = {"month": MONTH, "preview": True, "plan": wanted}
    begun = await world.client.post(path, json=body, headers=county)
    assert begun.status_code == 202, begun.text
    assert (begun.json()["preview"], begun.json()["tries"]) == (True, True)
    kept = await world.services.repositories.plan_runs.get(begun.json()["id"])
    assert kept is not None
    assert kept.tried is not None
    assert (kept.tried.id, kept.tried.target_per_day) == (plan["id"], 3)
    same = await world.client.get(f"/v1/plans/{plan['id']}", headers=county)
    assert same.json() == plan
    plain = await world.client.post(path, json={"month": MONTH, "preview": True}, headers=county)
    assert plain.json()["tries"] is False


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"preview": False}, "plan"),
        ({"group_id": None}, "plan.group_id"),
        ({"target_per_day": 40}, "plan.target_per_day"),
    ],
)
async def test_what_can_not_be_tried_is_refused_and_begins_nothing(
    world: World, directory: Directory, changes: dict[str, Any], field: str
) -> None:
    admin = await world.key()
    plan = await made(world, admin, directory.chongming)
    wanted = {"name": "拜访", "group_id": directory.chongming, **changes}
    preview = wanted.pop("preview", True)
    path = f"/v1/plans/{plan['id']}/runs"
    body = {"month": MONTH, "preview": preview, "plan": wanted}
    refused = await world.client.post(path, json=body, headers=admin)
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, field)
    assert (await world.client.get(path, headers=admin)).json()["items"] == []
