"""`/v1/tasks/assign` and `/v1/tasks/assignments`: who may give whose tasks, and sees what."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from api.schemas.assignments import AssignmentView, AssignPreviewView
from api.schemas.base import ListView
from tests.unit.api.conftest import Directory, World
from voicegw.model.directory import Grant, Role
from voicegw.model.task_assignment import AssignmentState
from voicegw.model.work import WorkKind
from voicegw.tasks.assignment_runner import AssignmentRunner

Create = Callable[..., Awaitable[Any]]
ASSIGN, ORDERS = "/v1/tasks/assign", "/v1/tasks/assignments"


async def carry_out(world: World) -> None:
    """Do what the node's loop does with the next order."""
    queue, clock = world.services.repositories.work, world.services.clock
    item = await queue.lease([WorkKind.ASSIGN], clock.now(), 60)
    assert item is not None
    await AssignmentRunner(world.services.repositories.assignments, clock).advance(item)


async def test_from_the_preview_to_the_new_manager(
    world: World, admin: dict[str, str], directory: Directory, create: Create
) -> None:
    woken: list[None] = []
    world.services.assigning._on_request = lambda: woken.append(None)
    task = await create("tasks", type="renewal", customer_id=directory.customer)
    order = {"task_ids": [task["id"]], "rule": {"kind": "owner"}, "why": "new quarter"}
    shown = await world.client.post(ASSIGN, json=order | {"preview": True}, headers=admin)
    assert shown.status_code == 200, shown.text
    told = AssignPreviewView.model_validate(shown.json())
    assert [(one.manager_id, one.tasks) for one in told.shares] == [(directory.manager, 1)]
    assert (await world.client.get(ORDERS, headers=admin)).json()["items"] == []

    tagged = order | {"plan_tag": told.plan_tag}
    asked = await world.client.post(ASSIGN, json=tagged, headers=admin)
    assert asked.status_code == 202, asked.text
    assert AssignmentView.model_validate(asked.json()).state is AssignmentState.RUNNING
    assert woken == [None]
    await carry_out(world)
    done = (await world.client.get(asked.headers["location"], headers=admin)).json()
    assert (done["state"], done["moved"], done["why"]) == ("done", 1, "new quarter")
    given = (await world.client.get(f"/v1/tasks/{task['id']}", headers=admin)).json()
    assert (given["manager_id"], given["state"]) == (directory.manager, "assigned")
    ListView[AssignmentView].model_validate((await world.client.get(ORDERS, headers=admin)).json())
    audit = (await world.client.get("/v1/audit", headers=admin)).json()["items"]
    assert (audit[0]["action"], audit[0]["subject"]) == ("tasks.assigned", done["id"])

    again = await world.client.post(ASSIGN, json=tagged, headers=admin)
    assert (again.status_code, again.json()["code"]) == (409, "assignment-changed")


async def test_a_filter_within_a_county(
    world: World, admin: dict[str, str], directory: Directory, create: Create
) -> None:
    for _ in range(3):
        await create("tasks", type="renewal", customer_id=directory.customer)
    await create("tasks", type="survey", customer_id=directory.other_customer)
    order = {
        "filter": {"nobodys": True, "until": "2099-01-01T00:00:00Z"},
        "rule": {"kind": "evenly", "balance": "total"},
        "group_id": directory.chongming,
    }
    reads = await world.key(Role.COUNTY_MANAGER, directory.chongming)
    refused = await world.client.post(ASSIGN, json=order, headers=reads)
    assert (refused.status_code, refused.json()["code"]) == (403, "forbidden")
    gives = await world.key(Role.COUNTY_MANAGER, directory.chongming, grants=[Grant.ASSIGN])
    asked = await world.client.post(ASSIGN, json=order, headers=gives)
    assert asked.status_code == 202, asked.text
    assert (asked.json()["tasks"], asked.json()["group_id"]) == (3, directory.chongming)
    whole = order | {"filter": {}, "group_id": directory.fengxian, "preview": True}
    outside = await world.client.post(ASSIGN, json=whole, headers=gives)
    assert (outside.status_code, outside.json()["errors"][0]["field"]) == (422, "group_id")
    both = await world.client.post(ASSIGN, json=whole, headers=admin)
    assert both.json()["tasks"] == 4

    where = f"{ORDERS}/{asked.json()['id']}"
    far = await world.key(Role.COUNTY_MANAGER, directory.fengxian)
    own = await world.key(Role.MANAGER, manager_id=directory.manager)
    for key, status, count in ((reads, 200, 1), (far, 404, 0), (own, 404, 0)):
        assert (await world.client.get(where, headers=key)).status_code == status
        listed = (await world.client.get(ORDERS, headers=key)).json()["items"]
        assert len(listed) == count
    missing = await world.client.get(f"{ORDERS}/asg_none", headers=admin)
    assert missing.status_code == 404


async def test_a_manager_gives_the_own_tasks_to_nobody_else(
    world: World, admin: dict[str, str], directory: Directory, create: Create
) -> None:
    second = await create("managers", name="O", group_id=directory.chongming)
    task = await create(
        "tasks", type="renewal", customer_id=directory.customer, manager_id=directory.manager
    )
    own = await world.key(Role.MANAGER, manager_id=directory.manager)
    rule = {"kind": "hand", "managers": {task["id"]: second["id"]}}
    refused = await world.client.post(ASSIGN, json={"rule": rule}, headers=own)
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "rule")
    everything = {"filter": {}, "rule": {"kind": "owner"}, "preview": True}
    seen = (await world.client.post(ASSIGN, json=everything, headers=own)).json()
    assert (seen["tasks"], seen["kept"]) == (0, 1)
    theirs = everything | {"filter": {"manager_id": second["id"]}}
    none = (await world.client.post(ASSIGN, json=theirs, headers=own)).json()
    assert (none["tasks"], none["kept"]) == (0, 0)


@pytest.mark.parametrize(("body", "field"), [
    ({"rule": {"kind": "owner"}}, "task_ids"),
    ({"rule": {"kind": "owner"}, "task_ids": ["tsk_1"], "filter": {}}, "task_ids"),
    ({"rule": {"kind": "hand", "managers": {"tsk_1": "m"}}, "filter": {}}, "task_ids"),
    ({"rule": {"kind": "hand", "managers": {"tsk_1": "m"}}, "manager_ids": ["m"]}, "manager_ids"),
    ({"rule": {"kind": "evenly"}, "filter": {}}, "manager_ids"),
    ({"rule": {"kind": "skill", "skills": {"survey": "s"}}, "filter": {}}, "manager_ids"),
    ({"rule": {"kind": "evenly"}, "filter": {}, "manager_ids": ["m"], "group_id": "g"}, "group_id"),
    ({"rule": {"kind": "evenly"}, "filter": {}, "group_id": "grp_none"}, "group_id"),
    ({"rule": {"kind": "class", "classes": {"gold": ["mgr_no"]}}, "filter": {}}, "rule"),
    (
        {"rule": {"kind": "owner"}, "filter": {"nobodys": True, "manager_id": "m"}},
        "filter.nobodys",
    ),
])  # fmt: skip
async def test_what_cannot_be_asked(
    world: World, admin: dict[str, str], body: dict[str, Any], field: str
) -> None:
    refused = await world.client.post(ASSIGN, json=body, headers=admin)
    assert refused.status_code == 422, refused.text
    assert refused.json()["errors"][0]["field"] == field
