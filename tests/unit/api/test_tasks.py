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
