"""`/v1/tasks/next`: what comes next, for whom one may see, with reasons."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from tests.unit.api.conftest import Directory, World
from voicegw.journal.entries import TaskWanted
from voicegw.model.call import CallOutcome
from voicegw.model.directory import Role
from voicegw.model.task import Attempt, Priority, Task, TaskState, TaskType

HOUR = timedelta(hours=1)


def a_task(world: World, directory: Directory, key: str, **more: Any) -> Task:
    fields: dict[str, Any] = {
        "id": f"tsk_{key}",
        "type": TaskType.REVISIT,
        "created_at": world.clock.now(),
        "state": TaskState.ASSIGNED,
        "group_id": directory.chongming,
        "manager_id": directory.manager,
        "customer_number": f"+861390013900{key}",
    }
    return Task(**(fields | more))


async def put(world: World, *tasks: Task) -> None:
    for task in tasks:
        await world.services.repositories.task_changes.create(task)


async def test_the_best_comes_with_its_reasons_and_what_is_held_with_its_own(
    world: World, directory: Directory
) -> None:
    now = world.clock.now()
    vain = [
        Attempt(f"call_{n}", now - n * 24 * HOUR, CallOutcome.CUSTOMER_BUSY)
        for n in range(9, 4, -1)
    ]
    await put(
        world,
        a_task(world, directory, "1", due_at=now + 99 * HOUR),
        a_task(world, directory, "2", priority=Priority.URGENT),
        a_task(world, directory, "3", not_before=now + HOUR),
        a_task(world, directory, "4", attempts=vain),
        a_task(world, directory, "5", type=TaskType.SURVEY),
        a_task(world, directory, "6", manager_id=directory.other_manager),
    )
    mine = await world.key(Role.MANAGER, None, directory.manager)
    answer = (await world.client.get("/v1/tasks/next", headers=mine)).json()
    assert answer["manager_id"] == directory.manager
    assert (answer["best"]["task"]["id"], answer["best"]["why"]) == (
        "tsk_2",
        ["urgent", "not-called-yet"],
    )
    assert [one["task"]["id"] for one in answer["following"]] == ["tsk_1", "tsk_5"]
    held = {one["task"]["id"]: [hold["code"] for hold in one["against"]] for one in answer["held"]}
    assert held == {"tsk_3": ["not-before"], "tsk_4": ["attempts-used-up"]}
    assert answer["look_at"] == answer["held"][0]["not_before"] == "2026-01-05T03:03:04Z"
    asked = {"type": "survey", "limit": "1"}
    answer = (await world.client.get("/v1/tasks/next", headers=mine, params=asked)).json()
    assert (answer["best"]["task"]["id"], answer["following"]) == ("tsk_5", [])


async def test_whom_a_role_may_not_see_does_not_exist(world: World, directory: Directory) -> None:
    await put(world, a_task(world, directory, "1"))
    path = "/v1/tasks/next"
    asked = {"manager_id": directory.manager}
    for role, group, manager, status in (
        (Role.COUNTY_MANAGER, directory.chongming, None, 200),
        (Role.COUNTY_MANAGER, directory.fengxian, None, 404),
        (Role.MANAGER, None, directory.other_manager, 404),
    ):
        headers = await world.key(role, group, manager)
        answer = await world.client.get(path, headers=headers, params=asked)
        assert answer.status_code == status
    admin = await world.key()
    nobody = await world.client.get(path, headers=admin)
    assert (nobody.status_code, nobody.json()["errors"][0]["field"]) == (422, "manager_id")


async def test_who_has_no_number_is_held_back(world: World, directory: Directory) -> None:
    admin = await world.key()
    await put(world, a_task(world, directory, "1", customer_id=directory.customer))
    await world.write(
        TaskWanted(a_task(world, directory, "2", customer_id=directory.other_customer))
    )
    asked = {"manager_id": directory.manager}
    answer = (await world.client.get("/v1/tasks/next", headers=admin, params=asked)).json()
    assert answer["best"]["task"]["id"] == "tsk_1"
    # The other customer has no number at all.
    assert [one["code"] for one in answer["held"][0]["against"]] == ["no-number"]
