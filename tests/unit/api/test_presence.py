"""`GET /v1/managers/presence`: what managers do, for whom to see."""

from __future__ import annotations

from typing import Any

from api.schemas.presence import PresenceView
from tests.unit.api.conftest import Directory, World
from tests.unit.api.fakes import START, make_call
from voicegw.journal.entries import CallChanged
from voicegw.model.call import Call, CallStatus
from voicegw.model.directory import Role


def talking(call: Call) -> Call:
    call.status = CallStatus.IN_PROGRESS
    call.legs[0].ringing_at = call.legs[0].answered_at = START
    return call


async def board(world: World, headers: dict[str, str], **query: str) -> dict[str, Any]:
    """What is shown, by manager."""
    answer = await world.client.get("/v1/managers/presence", params=query, headers=headers)
    assert answer.status_code == 200, answer.text
    for one in answer.json()["items"]:
        PresenceView.model_validate(one)
    return {one["manager_id"]: one for one in answer.json()["items"]}


async def test_a_board_of_the_own_groups(world: World, directory: Directory) -> None:
    call = talking(make_call(group_id=directory.chongming, manager_id=directory.manager))
    await world.write(CallChanged(call))
    headers = await world.key(Role.COUNTY_MANAGER, directory.chongming)
    own = {
        "manager_id": directory.manager,
        "name": "M",
        "group_id": directory.chongming,
        "state": "talking",
        "since": START.isoformat().replace("+00:00", "Z"),
        "until": None,
        "call_id": call.id,
        "direction": call.direction.value,
    }
    assert await board(world, headers) == {directory.manager: own}
    assert await board(world, headers, state="talking") == {directory.manager: own}
    assert await board(world, headers, state="free") == {}
    assert await board(world, headers, group_id=directory.fengxian) == {}
    everybody = await board(world, await world.key())
    assert set(everybody) == {directory.manager, directory.other_manager}
    assert everybody[directory.other_manager]["state"] in {"free", "off"}


async def test_who_may_not_see_the_call_sees_that_there_is_one(
    world: World, admin: dict[str, str], directory: Directory
) -> None:
    body = {"name": "C", "group_id": directory.chongming, "phones": ["13900139009"]}
    colleague = (await world.client.post("/v1/managers", json=body, headers=admin)).json()["id"]
    call = talking(make_call(group_id=directory.chongming, manager_id=colleague))
    await world.write(CallChanged(call))
    shown = await board(world, await world.key(Role.MANAGER, None, directory.manager))
    assert set(shown) == {directory.manager, colleague}
    assert shown[directory.manager]["state"] == "free"
    here = shown[colleague]
    assert (here["state"], here["call_id"], here["direction"]) == ("talking", None, None)


async def test_who_has_left_is_on_no_board(
    world: World, admin: dict[str, str], directory: Directory
) -> None:
    path = f"/v1/managers/{directory.manager}"
    body = {"name": "M", "group_id": directory.chongming, "status": "departed"}
    assert (await world.client.put(path, json=body, headers=admin)).status_code == 200
    assert directory.manager not in await board(world, admin)
    bad = await world.client.get("/v1/managers/presence", params={"state": "asleep"}, headers=admin)
    assert bad.status_code == 422
