"""`/v1/diallings`: begun, said go on to, paused and stopped by whom it may be."""

from __future__ import annotations

from typing import Any

from tests.unit.api.conftest import Directory, World
from voicegw.model.dialling import Dialling, shows
from voicegw.model.directory import Role

PATH = "/v1/diallings"


async def begun(world: World, headers: dict[str, str], **body: Any) -> Any:
    answer = await world.client.post(PATH, json={"mode": "preview"} | body, headers=headers)
    assert answer.status_code == 201, answer.text
    assert answer.headers["Location"] == f"{PATH}/{answer.json()['id']}"
    return answer.json()


async def test_a_manager_works_on_the_own_list(world: World, directory: Directory) -> None:
    mine = await world.key(Role.MANAGER, None, directory.manager)
    dialling = await begun(world, mine, types=["revisit"], pause_s=10)
    assert dialling["manager_id"] == directory.manager
    assert (dialling["state"], dialling["types"], dialling["pause_s"]) == (
        "waiting",
        ["revisit"],
        10,
    )
    again = await world.client.post(PATH, json={"mode": "preview"}, headers=mine)
    assert (again.status_code, again.json()["code"]) == (409, "dialling-running")
    path = f"{PATH}/{dialling['id']}"
    assert (await world.client.get(path, headers=mine)).json() == dialling
    listed = (await world.client.get(PATH, headers=mine)).json()["items"]
    assert [one["id"] for one in listed] == [dialling["id"]]
    for word, state in (("pause", "paused"), ("ready", "waiting"), ("stop", "stopped")):
        answer = await world.client.post(f"{path}/{word}", headers=mine)
        assert (answer.status_code, answer.json()["state"]) == (200, state)
    over = await world.client.post(f"{path}/ready", headers=mine)
    assert (over.status_code, over.json()["code"]) == (409, "dialling-stopped")
    assert (await world.client.post(f"{path}/stop", headers=mine)).status_code == 200
    going = await world.client.get(PATH, headers=mine, params={"going": "true"})
    assert going.json()["items"] == []


async def test_who_is_shown_is_called_or_skipped(world: World, directory: Directory) -> None:
    mine = await world.key(Role.MANAGER, None, directory.manager)
    dialling = await begun(world, mine)
    path, book = f"{PATH}/{dialling['id']}", world.services.repositories.diallings
    nobody = await world.client.post(f"{path}/skip", headers=mine)
    assert (nobody.status_code, nobody.json()["code"]) == (409, "nothing-shown")

    def show(one: Dialling) -> Dialling:
        return shows(one, "tsk_1", ["overdue"])

    await book.change(dialling["id"], show, world.clock.now())
    shown = (await world.client.get(path, headers=mine)).json()
    assert (shown["state"], shown["task_id"], shown["favours"]) == ("shown", "tsk_1", ["overdue"])
    skipped = await world.client.post(f"{path}/skip", headers=mine, json={"for_s": 60})
    assert skipped.json()["state"] == "waiting"
    kept = await book.get(dialling["id"])
    assert kept is not None
    assert list(kept.aside) == ["tsk_1"]
    await book.change(dialling["id"], show, world.clock.now())
    await world.client.post(f"{path}/ready", headers=mine)
    kept = await book.get(dialling["id"])
    assert kept is not None
    assert kept.is_told


async def test_a_list_is_begun_by_the_manager_s_external_id(
    world: World, admin: dict[str, str], directory: Directory
) -> None:
    dialling = await begun(world, admin, manager_external_id="4711")
    assert dialling["manager_id"] == directory.manager
    both = {"manager_id": directory.manager, "manager_external_id": "4711"}
    for wrong, status in ((both, 422), ({"manager_external_id": "none"}, 404), ({}, 422)):
        answer = await world.client.post(PATH, json={"mode": "preview"} | wrong, headers=admin)
        assert answer.status_code == status, wrong
    other = await world.key(Role.MANAGER, None, directory.other_manager)
    body = {"mode": "preview", "manager_external_id": "4711"}
    assert (await world.client.post(PATH, json=body, headers=other)).status_code == 404


async def test_another_s_list_does_not_exist(world: World, directory: Directory) -> None:
    dialling = await begun(world, await world.key(), manager_id=directory.manager)
    path = f"{PATH}/{dialling['id']}"
    for role, group, manager, seen, may in (
        (Role.COUNTY_MANAGER, directory.chongming, None, 200, 403),
        (Role.COUNTY_MANAGER, directory.fengxian, None, 404, 403),
        (Role.MANAGER, None, directory.other_manager, 404, 404),
    ):
        headers = await world.key(role, group, manager)
        assert (await world.client.get(path, headers=headers)).status_code == seen
        assert (await world.client.post(f"{path}/pause", headers=headers)).status_code == may
    other = await world.key(Role.MANAGER, None, directory.other_manager)
    body = {"mode": "preview", "manager_id": directory.manager}
    assert (await world.client.post(PATH, json=body, headers=other)).status_code == 404


async def test_what_is_done_with_a_list_is_in_the_log(world: World, directory: Directory) -> None:
    admin = await world.key()
    dialling = await begun(world, admin, manager_id=directory.manager)
    await world.client.post(f"{PATH}/{dialling['id']}/stop", headers=admin)
    entries = (await world.client.get("/v1/audit", headers=admin)).json()["items"]
    ours = [one for one in entries if one["subject"] == dialling["id"]]
    assert [one["detail"]["how"] for one in ours] == ["stopped", "started"]
