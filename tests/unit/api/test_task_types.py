"""`/v1/task-types`, and tasks that are held to their types."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.api.conftest import Directory, World
from tests.unit.api.test_task_changes import make
from voicegw.model.directory import Role
from voicegw.model.task import TaskType

PATH = "/v1/task-types"
FIBRE: dict[str, Any] = {
    "names": {"zh": "光纤升级", "en": "fibre upgrade"},
    "fields": [
        {"name": "speed", "kind": "choice", "choices": ["300", "1000"], "is_required": True},
        {"name": "fee", "kind": "number"},
    ],
    "results": [{"code": "upgraded", "kind": "success", "key": "1"}],
    "priority": "high",
    "times": {"due_s": 86400},
}


@pytest.fixture
async def admin(world: World) -> dict[str, str]:
    return await world.key(Role.ADMIN)


@pytest.fixture
async def integrator(world: World) -> dict[str, str]:
    return await world.key(Role.INTEGRATOR)


async def test_the_shipped_types_are_listed_for_everybody_who_sees_tasks(
    world: World, directory: Directory
) -> None:
    mine = await world.key(Role.MANAGER, None, directory.manager)
    first = (await world.client.get(f"{PATH}?limit=8", headers=mine)).json()
    rest = await world.client.get(f"{PATH}?limit=8&cursor={first['next_cursor']}", headers=mine)
    found = [*first["items"], *rest.json()["items"]]
    assert [one["name"] for one in found] == sorted(TaskType)
    retention = await world.client.get(f"{PATH}/retention", headers=mine)
    assert retention.json()["names"]["zh"] == "挽留"
    assert retention.json()["times"] == {
        "due_s": None,
        "contact_s": 14400,
        "close_working_days": 2,
    }
    tag = {"If-None-Match": retention.headers["etag"]}
    assert (await world.client.get(f"{PATH}/retention", headers=mine | tag)).status_code == 304
    assert (await world.client.get(f"{PATH}/none", headers=mine)).status_code == 404


async def test_an_administrator_edits_a_type_and_takes_it_back(
    world: World, admin: dict[str, str]
) -> None:
    path = f"{PATH}/renewal"
    shipped = await world.client.get(path, headers=admin)
    keys = ("is_built_in", "is_edited", "name")
    body = {name: one for name, one in shipped.json().items() if name not in keys}
    same = await world.client.put(path, json=body, headers=admin)
    assert (same.status_code, same.headers["voicegw-result"]) == (200, "unchanged")
    edit = body | {"priority": "urgent"}
    tag = {"If-Match": shipped.headers["etag"]}
    edited = await world.client.put(path, json=edit, headers=admin | tag)
    assert (edited.status_code, edited.headers["voicegw-result"]) == (200, "replaced")
    assert (edited.json()["is_built_in"], edited.json()["is_edited"]) == (True, True)
    late = await world.client.put(path, json=body, headers=admin | tag)
    assert (late.status_code, late.json()["code"]) == (412, "revision-changed")
    assert (await world.client.delete(path, headers=admin | tag)).status_code == 412
    assert (await world.client.delete(path, headers=admin)).status_code == 204
    assert (await world.client.get(path, headers=admin)).json() == shipped.json()
    assert (await world.client.delete(path, headers=admin)).status_code == 404
    audit = await world.client.get("/v1/audit?subject=renewal", headers=admin)
    assert [one["detail"]["how"] for one in audit.json()["items"]] == ["deleted", "put"]


async def test_only_administrators_of_all_groups_write_types(
    world: World, directory: Directory
) -> None:
    for role, group, manager in (
        (Role.ADMIN, directory.chongming, None),
        (Role.INTEGRATOR, None, None),
        (Role.COUNTY_MANAGER, directory.chongming, None),
        (Role.MANAGER, None, directory.manager),
    ):
        headers = await world.key(role, group, manager)
        for answer in (
            await world.client.put(f"{PATH}/fibre", json=FIBRE, headers=headers),
            await world.client.delete(f"{PATH}/renewal", headers=headers),
        ):
            assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")


@pytest.mark.parametrize(
    ("part", "field"),
    [
        ({"fields": [{"name": "a", "kind": "choice"}]}, "fields.0.choices"),
        ({"results": [{"code": "a", "kind": "success", "key": "x"}]}, "results.0.key"),
        ({"results": [{"code": "a", "kind": "won", "key": "1"}]}, "results.0.kind"),
        ({"times": {"due_s": 1}}, "times.due_s"),
        ({"follow_up_type": "none"}, "follow_up_type"),
        ({"names": {"x": "y"}}, "names"),
    ],
)
async def test_every_wrong_part_of_a_type_is_named(
    world: World, admin: dict[str, str], part: dict[str, Any], field: str
) -> None:
    answer = await world.client.put(f"{PATH}/fibre", json=FIBRE | part, headers=admin)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid")
    assert [one["field"] for one in answer.json()["errors"]] == [field]


async def test_tasks_of_an_own_type_are_held_to_it(
    world: World, directory: Directory, admin: dict[str, str], integrator: dict[str, str]
) -> None:
    created = await world.client.put(f"{PATH}/fibre", json=FIBRE, headers=admin)
    assert (created.status_code, created.json()["is_built_in"]) == (201, False)
    body = {"type": "own", "own_type": "fibre", "customer_id": directory.customer}
    wrong = await world.client.post(
        "/v1/tasks", json=body | {"fields": {"fee": "x", "colour": "red"}}, headers=integrator
    )
    assert {one["field"]: one["message"] for one in wrong.json()["errors"]} == {
        "fields.colour": "expected one of speed, fee",
        "fields.speed": "must be given: one of 300, 1000",
        "fields.fee": "expected a number",
    }
    task = await make(world, integrator, **body, fields={"speed": "300"})
    assert (task["priority"], task["due_at"]) == ("high", "2026-01-06T02:03:04Z")
    path = f"/v1/tasks/{task['id']}"
    bad = await world.client.patch(path, json={"fields": {"speed": "1"}}, headers=integrator)
    assert [one["field"] for one in bad.json()["errors"]] == ["fields.speed"]
    change = {"fields": {"fee": 9.5}, "priority": "low", "not_before": "2026-02-01T00:00:00Z"}
    changed = (await world.client.patch(path, json=change, headers=integrator)).json()
    assert changed["fields"] == {"speed": "300", "fee": 9.5}
    assert (changed["priority"], changed["not_before"]) == ("low", "2026-02-01T00:00:00Z")
    result = f"{path}/result"
    unknown = await world.client.put(result, json={"code": "sold"}, headers=integrator)
    assert [one["field"] for one in unknown.json()["errors"]] == ["code"]
    assert "upgraded" in unknown.json()["errors"][0]["message"]
    told = await world.client.put(result, json={"code": "upgraded"}, headers=integrator)
    assert (told.json()["result"]["kind"], told.json()["proposes"]) == ("success", [])
    # The type gone, its tasks take any code.
    assert (await world.client.delete(f"{PATH}/fibre", headers=admin)).status_code == 204
    other = await make(world, integrator, **body, fields={"anything": 1})
    path = f"/v1/tasks/{other['id']}/result"
    free = await world.client.put(path, json={"code": "sold"}, headers=integrator)
    assert (free.status_code, free.json()["result"]["kind"]) == (200, None)


async def test_a_put_task_is_the_same_though_its_times_come_from_its_type(
    world: World, directory: Directory, admin: dict[str, str], integrator: dict[str, str]
) -> None:
    await world.client.put(f"{PATH}/fibre", json=FIBRE, headers=admin)
    body = {
        "type": "own",
        "own_type": "fibre",
        "customer_id": directory.customer,
        "fields": {"speed": "300"},
    }
    path = "/v1/tasks/by-external-id/f-1"
    first = await world.client.put(path, json=body, headers=integrator)
    world.clock.pass_s(3600)
    same = await world.client.put(path, json=body, headers=integrator)
    assert (first.status_code, same.headers["voicegw-result"]) == (201, "unchanged")
    assert same.json() == first.json()


async def test_a_wish_to_leave_is_closed_after_a_talk_and_the_wish_not_to_be_called_noted(
    world: World, directory: Directory, admin: dict[str, str], integrator: dict[str, str]
) -> None:
    task = await make(
        world,
        integrator,
        type="retention",
        customer_id=directory.customer,
        manager_id=directory.manager,
        requested_at="2026-01-05T01:00:00Z",
    )
    assert (task["priority"], task["contact_by"]) == ("urgent", "2026-01-05T05:00:00Z")
    assert task["close_by"] == task["due_at"]
    mine = await world.key(Role.MANAGER, None, directory.manager)
    path = f"/v1/tasks/{task['id']}"
    told = {"code": "refused_all", "reason": "price"}
    early = await world.client.put(f"{path}/result", json=told, headers=mine)
    assert (early.status_code, early.json()["code"]) == (409, "contact-missing")
    gone = {"code": "wrong_number"}
    answer = await world.client.put(f"{path}/result", json=gone, headers=mine)
    assert (answer.status_code, answer.json()["proposes"]) == (200, [])
    other = await make(world, integrator, customer_id=directory.customer)
    path = f"/v1/tasks/{other['id']}"
    refused = await world.client.put(f"{path}/result", json={"code": "refused_all"}, headers=admin)
    assert refused.json()["proposes"] == ["do_not_call"]
    wish = {"reason": "refuses all contact"}
    for _ in range(2):
        noted = await world.client.post(f"{path}/do-not-call", json=wish, headers=integrator)
        assert noted.status_code == 204
    customer = await world.client.get(f"/v1/customers/{directory.customer}", headers=admin)
    assert customer.json()["do_not_call"]["reason"] == "refuses all contact"
    numbered = await make(
        world, integrator, customer_number="13800138000", group_id=directory.chongming
    )
    unknown = await world.client.post(
        f"/v1/tasks/{numbered['id']}/do-not-call", json=wish, headers=integrator
    )
    assert (unknown.status_code, unknown.json()["code"]) == (409, "customer-unknown")


async def test_history_says_who_has_done_what(
    world: World, directory: Directory, integrator: dict[str, str], admin: dict[str, str]
) -> None:
    task = await make(world, integrator, customer_id=directory.customer)
    path = f"/v1/tasks/{task['id']}"
    await world.client.patch(path, json={"manager_id": directory.manager}, headers=integrator)
    mine = await world.key(Role.MANAGER, None, directory.manager)
    await world.client.put(f"{path}/result", json={"code": "renewed"}, headers=mine)
    first = (await world.client.get(f"{path}/history?limit=2", headers=mine)).json()
    rest = await world.client.get(
        f"{path}/history?limit=2&cursor={first['next_cursor']}", headers=mine
    )
    found = [*first["items"], *rest.json()["items"]]
    assert [one["what"] for one in found] == ["created", "assigned", "closed"]
    assert len({one["by"] for one in found}) == 2
    assert found[1]["changes"]["manager_id"] == {"before": None, "after": directory.manager}
    theirs = await world.key(Role.MANAGER, None, directory.other_manager)
    assert (await world.client.get(f"{path}/history", headers=theirs)).status_code == 404


async def test_a_manager_of_another_group_takes_a_task_there(
    world: World, directory: Directory, integrator: dict[str, str]
) -> None:
    task = await make(world, integrator, customer_id=directory.customer)
    path, change = f"/v1/tasks/{task['id']}", {"manager_id": directory.other_manager}
    moved = await world.client.patch(path, json=change, headers=integrator)
    assert moved.json()["group_id"] == directory.fengxian
    assert moved.json()["assigned_at"] == "2026-01-05T02:03:04Z"
