"""`/v1/tasks`: seen by whose they are, closed once, without numbers for those who may not."""

from __future__ import annotations

from datetime import UTC, datetime

from tests.unit.api.conftest import Directory, World
from voicegw.identity import visible_number
from voicegw.journal.entries import TaskWanted
from voicegw.model.call import LegRole
from voicegw.model.directory import Role
from voicegw.model.task import Task, TaskType, task_id

NUMBER = "+8613900139000"


def a_task(directory: Directory, key: str = "1") -> Task:
    return Task(
        id=task_id(f"call_{key}"),
        type=TaskType.VOICEMAIL,
        created_at=datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC),
        group_id=directory.chongming,
        manager_id=directory.manager,
        customer_number=NUMBER,
        calls=[f"call_{key}"],
        recording_id="rec_1",
    )


async def test_a_manager_sees_and_closes_the_own_tasks(world: World, directory: Directory) -> None:
    task = a_task(directory)
    await world.write(TaskWanted(task))
    mine = await world.key(Role.MANAGER, None, directory.manager)
    listed = (await world.client.get("/v1/tasks", headers=mine)).json()["items"]
    assert [one["id"] for one in listed] == [task.id]
    assert (listed[0]["type"], listed[0]["state"]) == ("voicemail", "new")
    body = {"code": "reached", "note": "will come by"}
    path = f"/v1/tasks/{task.id}/result"
    for _ in range(2):
        answer = await world.client.put(path, json=body, headers=mine)
        assert answer.status_code == 200
        assert answer.json()["state"] == "done"
        assert answer.json()["result"]["code"] == "reached"
    other = await world.client.put(path, json={"code": "refused"}, headers=mine)
    assert (other.status_code, other.json()["code"]) == (409, "task-closed")
    entries = (
        await world.client.get("/v1/audit", headers=await world.key(Role.ADMIN, None, None))
    ).json()["items"]
    assert {(one["action"], one["subject"]) for one in entries} == {("task.closed", task.id)}


async def test_a_list_names_customers_and_tells_open_from_closed(
    world: World, directory: Directory
) -> None:
    admin = await world.key(Role.ADMIN, None, None)
    mine = await world.key(Role.MANAGER, None, directory.manager)
    body = {
        "name": "东平客栈",
        "group_id": directory.chongming,
        "owner_id": directory.other_manager,
        "numbers": [NUMBER],
        "class": "core",
        "do_not_call": {"reason": "asked"},
    }
    made = (await world.client.post("/v1/customers", json=body, headers=admin)).json()
    for key in ("1", "2"):
        task = a_task(directory, key)
        task.manager_id, task.type = directory.manager, TaskType.VOICEMAIL
        task.customer_id, task.customer_number = (
            (made["id"], None) if key == "1" else (None, NUMBER)
        )
        await world.write(TaskWanted(task))
    open_ones = (await world.client.get("/v1/tasks?open=true", headers=mine)).json()["items"]
    assert {one["id"]: one["customer"] for one in open_ones} == {
        task_id("call_1"): {
            "id": made["id"],
            "name": "东平客栈",
            "class": "core",
            "tier": None,
            "masked": "139****9000",
            "wishes_no_calls": True,
        },
        task_id("call_2"): None,
    }
    best = (await world.client.get("/v1/tasks/next", headers=mine)).json()
    named = [one["task"]["customer"] for one in [best["best"], *best["held"]] if one is not None]
    assert {None if one is None else one["name"] for one in named} == {"东平客栈", None}
    path = f"/v1/tasks/{task_id('call_2')}/result"
    assert (await world.client.put(path, json={"code": "reached"}, headers=mine)).is_success
    for is_open, key in (("true", "1"), ("false", "2")):
        listed = (await world.client.get(f"/v1/tasks?open={is_open}", headers=mine)).json()
        assert [one["id"] for one in listed["items"]] == [task_id(f"call_{key}")]


async def test_nobody_else_s_task_exists(world: World, directory: Directory) -> None:
    task = a_task(directory)
    await world.write(TaskWanted(task))
    for role, group, manager in (
        (Role.MANAGER, None, directory.other_manager),
        (Role.COUNTY_MANAGER, directory.fengxian, None),
    ):
        headers = await world.key(role, group, manager)
        assert (await world.client.get("/v1/tasks", headers=headers)).json()["items"] == []
        answer = await world.client.get(f"/v1/tasks/{task.id}", headers=headers)
        assert answer.status_code == 404
        closing = await world.client.put(
            f"/v1/tasks/{task.id}/result", json={"code": "x"}, headers=headers
        )
        assert closing.status_code in {403, 404}


async def test_numbers_are_masked_by_role(world: World, directory: Directory) -> None:
    task = a_task(directory)
    await world.write(TaskWanted(task))
    for role in Role:
        group = directory.chongming if role is Role.COUNTY_MANAGER else None
        manager = directory.manager if role is Role.MANAGER else None
        headers = await world.key(role, group, manager)
        answer = await world.client.get(f"/v1/tasks/{task.id}", headers=headers)
        assert answer.json()["customer_masked"] == "139****9000"
        seen = visible_number(role, LegRole.CUSTOMER, NUMBER)
        assert answer.json()["customer_number"] == seen
        assert (NUMBER in answer.text) == (seen is not None)
