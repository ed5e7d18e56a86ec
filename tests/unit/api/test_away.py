"""`/v1/managers/{manager_id}/away`: who may say it, of whom, and what is shown then."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import httpx
import pytest

from api.schemas.directory import ManagerView
from tests.unit.api.conftest import Directory, World
from voicegw.model.directory import Grant, Role


def away(manager_id: str) -> str:
    return f"/v1/managers/{manager_id}/away"


async def say(
    world: World, headers: dict[str, str], manager_id: str, **more: Any
) -> httpx.Response:
    body = {"until": None, "deputy_id": None, **more}
    return await world.client.put(away(manager_id), json=body, headers=headers)


async def a_colleague(world: World, admin: dict[str, str], group_id: str, **more: Any) -> str:
    body = {"name": "C", "group_id": group_id, "phones": ["13900139009"], **more}
    made = await world.client.post("/v1/managers", json=body, headers=admin)
    assert made.status_code == 201, made.text
    return str(made.json()["id"])


async def test_a_manager_goes_away_and_is_back(
    world: World, admin: dict[str, str], directory: Directory
) -> None:
    me = await world.key(Role.MANAGER, None, directory.manager)
    deputy = await a_colleague(world, admin, directory.chongming)
    before = (await world.client.get(f"/v1/managers/{directory.manager}", headers=me)).json()
    until = (world.clock.now() + timedelta(hours=2)).isoformat()
    answer = await say(world, me, directory.manager, until=until, deputy_id=deputy)
    assert answer.status_code == 200, answer.text
    view = answer.json()
    ManagerView.model_validate(view)
    gone = {"status": "away", "away_until": until.replace("+00:00", "Z"), "deputy_id": deputy}
    assert view == {**before, **gone}
    presence = await world.client.get("/v1/managers/presence?state=away", headers=me)
    [shown] = presence.json()["items"]
    assert (shown["manager_id"], shown["until"]) == (directory.manager, view["away_until"])
    read = await world.client.get(f"/v1/managers/{directory.manager}", headers=me)
    assert (read.json(), read.headers["ETag"]) == (view, answer.headers["ETag"])
    for _ in range(2):  # being back twice is as being back
        back = await world.client.delete(away(directory.manager), headers=me)
        assert back.status_code == 200, back.text
        assert back.json() == {**before, "deputy_id": deputy}
    log = (await world.client.get("/v1/audit?action=directory.changed", headers=admin)).json()
    mine = [one["detail"] for one in log["items"] if one["subject"] == directory.manager]
    assert mine[:3] == [
        {"how": "back", "fields": []},
        {"how": "back", "fields": ["away_until", "status"]},
        {"how": "away", "fields": ["away_until", "deputy_id", "status"]},
    ]


async def test_caches_are_told(
    world: World, directory: Directory, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[None] = []
    monkeypatch.setattr(world.services.directory, "_on_change", lambda: told.append(None))
    me = await world.key(Role.MANAGER, None, directory.manager)
    assert (await say(world, me, directory.manager)).status_code == 200
    assert (await say(world, me, directory.manager)).status_code == 200
    assert len(told) == 1
    assert (await world.client.delete(away(directory.manager), headers=me)).status_code == 200
    assert len(told) == 2


async def test_of_whom_one_may_say_it(
    world: World, admin: dict[str, str], directory: Directory
) -> None:
    colleague = await a_colleague(world, admin, directory.chongming)
    me = await world.key(Role.MANAGER, None, directory.manager)
    county = await world.key(Role.COUNTY_MANAGER, directory.chongming)
    granted = await world.key(Role.COUNTY_MANAGER, directory.chongming, grants=[Grant.HANDOVER])
    assigns = await world.key(Role.COUNTY_MANAGER, directory.chongming, grants=[Grant.ASSIGN])
    reviewer = await world.key(Role.QA_REVIEWER)
    for headers, manager_id, status in (
        (me, colleague, 403),
        (me, directory.other_manager, 404),
        (county, colleague, 403),
        (assigns, colleague, 403),
        (reviewer, colleague, 403),
        (granted, colleague, 200),
        (granted, directory.other_manager, 404),
        (admin, directory.other_manager, 200),
    ):
        assert (await say(world, headers, manager_id)).status_code == status
        back = await world.client.delete(away(manager_id), headers=headers)
        assert back.status_code == status


async def test_what_is_wrong_is_named_and_nothing_is_written(
    world: World, admin: dict[str, str], directory: Directory
) -> None:
    me = await world.key(Role.MANAGER, None, directory.manager)
    gone = await a_colleague(world, admin, directory.chongming, status="away")
    now = world.clock.now()
    for field, value in (
        ("until", now.isoformat()),
        ("until", (now + timedelta(days=367)).isoformat()),
        ("until", "2026-02-01"),
        ("deputy_id", directory.manager),
        ("deputy_id", gone),
        ("deputy_id", directory.other_manager),
        ("deputy_id", "mgr_nobody"),
    ):
        answer = await say(world, me, directory.manager, **{field: value})
        assert answer.status_code == 422, (field, value, answer.text)
        assert [one["field"] for one in answer.json()["errors"]] == [field]
    read = await world.client.get(f"/v1/managers/{directory.manager}", headers=me)
    assert read.json()["status"] == "active"
    left = await a_colleague(world, admin, directory.chongming, status="departed")
    assert (await say(world, admin, left)).status_code == 409
    assert (await world.client.delete(away(left), headers=admin)).status_code == 409


async def test_a_deputy_of_elsewhere_stays_where_somebody_else_has_named_them(
    world: World, admin: dict[str, str], directory: Directory
) -> None:
    me = await world.key(Role.MANAGER, None, directory.manager)
    named = await say(world, admin, directory.manager, deputy_id=directory.other_manager)
    assert named.status_code == 200, named.text
    await world.client.delete(away(directory.manager), headers=me)
    again = await say(world, me, directory.manager, deputy_id=directory.other_manager)
    assert (again.status_code, again.json()["deputy_id"]) == (200, directory.other_manager)


async def test_what_somebody_else_has_changed_is_not_overwritten(
    world: World, directory: Directory
) -> None:
    me = await world.key(Role.MANAGER, None, directory.manager)
    read = await world.client.get(f"/v1/managers/{directory.manager}", headers=me)
    old = {**me, "If-Match": read.headers["ETag"]}
    first = await say(world, old, directory.manager)
    assert first.status_code == 200
    late = await world.client.delete(away(directory.manager), headers=old)
    assert (late.status_code, late.json()["code"]) == (412, "revision-changed")
    new = {**me, "If-Match": first.headers["ETag"]}
    assert (await world.client.delete(away(directory.manager), headers=new)).status_code == 200
