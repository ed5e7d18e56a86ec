"""`/v1/tasks` as integrators and managers change and dial them."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.unit.api.conftest import Directory, World
from tests.unit.api.fakes import CUSTOMER_MOBILE
from voicegw.errors import ConflictError, PolicyError
from voicegw.model.directory import Grant, Role


@pytest.fixture
async def integrator(world: World) -> dict[str, str]:
    return await world.key(Role.INTEGRATOR)


async def make(world: World, headers: dict[str, str], **body: Any) -> Any:
    answer = await world.client.post("/v1/tasks", json={"type": "renewal"} | body, headers=headers)
    assert answer.status_code == 201, answer.text
    assert answer.headers["location"] == f"/v1/tasks/{answer.json()['id']}"
    return answer.json()


async def test_a_task_is_made_read_and_changed(
    world: World, directory: Directory, integrator: dict[str, str]
) -> None:
    task = await make(world, integrator, customer_external_id="c/1", subject="renew")
    assert (task["state"], task["group_id"], task["manager_id"]) == (
        "new",
        directory.chongming,
        None,
    )
    path = f"/v1/tasks/{task['id']}"
    read = await world.client.get(path, headers=integrator)
    tag = read.headers["etag"]
    copy = await world.client.get(path, headers=integrator | {"If-None-Match": tag})
    assert (copy.status_code, copy.content, copy.headers["etag"]) == (304, b"", tag)
    change = {"manager_id": directory.manager, "due_at": "2026-02-01T00:00:00Z"}
    changed = await world.client.patch(path, json=change, headers=integrator | {"If-Match": tag})
    assert changed.status_code == 200, changed.text
    assert (changed.json()["state"], changed.json()["subject"]) == ("assigned", "renew")
    late = await world.client.patch(
        path, json={"note": "x"}, headers=integrator | {"If-Match": tag}
    )
    assert (late.status_code, late.json()["code"]) == (412, "revision-changed")
    done = await world.client.post(f"{path}/cancel", json={"why": "moved"}, headers=integrator)
    assert (done.json()["state"], done.json()["result"]["note"]) == ("cancelled", "moved")
    again = await world.client.post(f"{path}/cancel", headers=integrator)
    assert again.json() == done.json()
    closed = await world.client.patch(path, json={"note": "x"}, headers=integrator)
    assert (closed.status_code, closed.json()["code"]) == (409, "task-closed")


async def test_a_task_is_put_by_another_systems_id(
    world: World, directory: Directory, integrator: dict[str, str]
) -> None:
    body = {"type": "own", "own_type": "fibre", "customer_id": directory.customer}
    path = "/v1/tasks/by-external-id/crm/1"
    assert (await world.client.get(path, headers=integrator)).status_code == 404
    early = await world.client.put(path, json=body, headers=integrator | {"If-Match": "*"})
    assert (early.status_code, early.json()["code"]) == (412, "revision-changed")
    first = await world.client.put(path, json=body, headers=integrator)
    assert (first.status_code, first.json()["external_id"]) == (201, "crm/1")
    same = await world.client.put(path, json=body, headers=integrator)
    assert (same.status_code, same.json()) == (200, first.json())
    other = await world.client.put(path, json=body | {"subject": "s"}, headers=integrator)
    assert (other.json()["id"], other.json()["subject"]) == (first.json()["id"], "s")
    assert [one.headers["voicegw-result"] for one in (first, same, other)] == [
        "created",
        "unchanged",
        "replaced",
    ]
    audit = await world.client.get(
        f"/v1/audit?subject={first.json()['id']}", headers=await world.key(Role.ADMIN)
    )
    assert [one["detail"]["how"] for one in audit.json()["items"]] == ["replaced", "created"]
    given = await world.client.patch(
        f"/v1/tasks/{first.json()['id']}",
        json={"manager_id": directory.other_manager},
        headers=integrator,
    )
    assert "said" not in given.json()
    nightly = await world.client.put(path, json=body | {"subject": "s"}, headers=integrator)
    assert nightly.headers["voicegw-result"] == "unchanged"
    assert nightly.json() == given.json(), "a list that is repeated takes no task away"
    again = await world.client.put(
        path, json=body | {"subject": "s", "manager_id": directory.manager}, headers=integrator
    )
    assert again.json()["manager_id"] == directory.manager
    other = again
    tag = {"If-None-Match": other.headers["etag"]}
    assert (await world.client.get(path, headers=integrator | tag)).status_code == 304
    found = await world.client.get(path, headers=integrator)
    assert found.headers["etag"] == other.headers["etag"] != same.headers["etag"]
    listed = await world.client.get("/v1/tasks?external_id=crm/1&type=own", headers=integrator)
    assert len(listed.json()["items"]) == 1


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "customer_id"),
        ({"customer_number": "13800138000"}, "group_id"),
        ({"customer_number": "x", "group_id": "CHONGMING"}, "customer_number"),
        ({"customer_id": "cus_none"}, "customer_id"),
        ({"customer_external_id": "none"}, "customer_external_id"),
        ({"customer_external_id": "c/1", "manager_id": "mgr_none"}, "manager_id"),
        ({"customer_external_id": "c/1", "manager_external_id": "-"}, "manager_external_id"),
        ({"customer_external_id": "c/1", "hotline_id": "hot_none"}, "hotline_id"),
        ({"customer_external_id": "c/1", "group_id": "grp_none"}, "group_id"),
        ({"customer_external_id": "c/1", "type": "own"}, "own_type"),
        ({"customer_external_id": "c/1", "own_type": "x"}, "own_type"),
        ({"customer_external_id": "c/1", "type": "none"}, "type"),
        ({"customer_external_id": "c/1", "surprise": 1}, "surprise"),
    ],
)
async def test_every_wrong_field_is_named(
    world: World,
    directory: Directory,
    integrator: dict[str, str],
    body: dict[str, Any],
    field: str,
) -> None:
    sent = {"type": "renewal"} | body
    if sent.get("group_id") == "CHONGMING":
        sent["group_id"] = directory.chongming
    answer = await world.client.post("/v1/tasks", json=sent, headers=integrator)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid")
    assert [one["field"] for one in answer.json()["errors"]] == [field]


async def test_managers_make_tasks_for_themselves_and_their_customers_only(
    world: World, directory: Directory
) -> None:
    mine = await world.key(Role.MANAGER, None, directory.manager)
    task = await make(world, mine, customer_id=directory.customer)
    assert (task["manager_id"], task["state"]) == (directory.manager, "assigned")
    for body in (
        {"customer_id": directory.other_customer},
        {"customer_id": directory.customer, "manager_id": directory.other_manager},
    ):
        answer = await world.client.post("/v1/tasks", json={"type": "own"} | body, headers=mine)
        assert answer.status_code == 422
    numbered = {"type": "own", "own_type": "x", "customer_number": "13800138000"}
    answer = await world.client.post("/v1/tasks", json=numbered, headers=mine)
    assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")
    for change in ({"manager_id": None}, {"manager_id": directory.other_manager}):
        answer = await world.client.patch(f"/v1/tasks/{task['id']}", json=change, headers=mine)
        assert answer.status_code == 422
    theirs = await world.key(Role.MANAGER, None, directory.other_manager)
    for method, path in (("PATCH", ""), ("POST", "/cancel"), ("POST", "/call")):
        url = f"/v1/tasks/{task['id']}{path}"
        answer = await world.client.request(method, url, json={}, headers=theirs)
        assert answer.status_code == 404
    county = await world.key(Role.COUNTY_MANAGER, directory.chongming)
    refused = await world.client.post("/v1/tasks", json={"type": "own"}, headers=county)
    assert refused.status_code == 403


async def test_a_tasks_customer_is_called_with_the_rules_of_calls(
    world: World, directory: Directory, integrator: dict[str, str]
) -> None:
    task = await make(world, integrator, customer_external_id="c/1", manager_id=directory.manager)
    path = f"/v1/tasks/{task['id']}/call"
    keyed = integrator | {"Idempotency-Key": "k"}
    world.control.refusals.append(PolicyError("quiet-hours", "later", retry_after_s=60))
    refused = await world.client.post(path, json={"client_state": "s"}, headers=keyed)
    assert (refused.status_code, refused.headers["retry-after"]) == (429, "60")
    first = await world.client.post(path, json={"client_state": "s"}, headers=keyed)
    assert (first.status_code, first.headers["location"]) == (
        202,
        f"/v1/calls/{first.json()['id']}",
    )
    again = await world.client.post(path, json={"client_state": "s"}, headers=keyed)
    assert again.json() == first.json()
    other = await world.client.post(path, json={"client_state": "t"}, headers=keyed)
    assert (other.status_code, other.json()["code"]) == (422, "idempotency-mismatch")
    (dialled,) = world.control.dialled
    assert (dialled.task_id, dialled.manager_id, dialled.customer_id, dialled.client_state) == (
        task["id"],
        directory.manager,
        directory.customer,
        "s",
    )


async def test_a_task_of_nobody_needs_a_manager_and_a_closed_one_is_not_called(
    world: World, directory: Directory, integrator: dict[str, str]
) -> None:
    task = await make(
        world, integrator, customer_number="138 0013 8000", group_id=directory.chongming
    )
    assert task["customer_number"] == CUSTOMER_MOBILE
    path = f"/v1/tasks/{task['id']}"

    async def call(**body: str) -> httpx.Response:
        return await world.client.post(f"{path}/call", json=body, headers=integrator)

    assert [one["field"] for one in (await call()).json()["errors"]] == ["manager_id"]
    assert (await call(manager_id=directory.manager)).status_code == 202
    result = {"code": "call_again", "note": "n", "call_again_at": "2026-02-01T00:00:00Z"}
    again = await world.client.put(f"{path}/result", json=result, headers=integrator)
    told = again.json()["result"]
    assert (again.json()["state"], told["code"], told["note"]) == ("call_again", "call_again", "n")
    await world.client.put(f"{path}/result", json={"code": "reached"}, headers=integrator)
    closed = await call(manager_id=directory.manager)
    assert (closed.status_code, closed.json()["code"]) == (409, "task-closed")
    numbered = await world.client.get("/v1/tasks?customer_number=13800138000", headers=integrator)
    assert [one["id"] for one in numbered.json()["items"]] == [task["id"]]
    blind = await world.key(Role.QA_REVIEWER)
    searched = await world.client.get("/v1/tasks?customer_number=13800138000", headers=blind)
    assert searched.status_code == 403


async def test_a_call_for_a_task_names_one_that_is_seen_and_open(
    world: World, directory: Directory, integrator: dict[str, str]
) -> None:
    body = {"manager_id": directory.manager, "customer_id": directory.customer}
    for task_id, status in (("tsk_none", 404),):
        answer = await world.client.post(
            "/v1/calls", json=body | {"task_id": task_id}, headers=integrator
        )
        assert answer.status_code == status
    task = await make(world, integrator, customer_id=directory.customer)
    started = await world.client.post(
        "/v1/calls", json=body | {"task_id": task["id"]}, headers=integrator
    )
    assert started.status_code == 202
    await world.client.post(f"/v1/tasks/{task['id']}/cancel", headers=integrator)
    closed = await world.client.post(
        "/v1/calls", json=body | {"task_id": task["id"]}, headers=integrator
    )
    assert (closed.status_code, closed.json()["code"]) == (409, "task-closed")


async def test_a_county_manager_gives_tasks_only_when_granted(
    world: World, directory: Directory, integrator: dict[str, str]
) -> None:
    task = await make(world, integrator, customer_external_id="c/1")
    path, change = f"/v1/tasks/{task['id']}", {"manager_id": directory.manager}
    reads = await world.key(Role.COUNTY_MANAGER, directory.chongming)
    assert (await world.client.patch(path, json=change, headers=reads)).status_code == 403
    gives = await world.key(Role.COUNTY_MANAGER, directory.chongming, grants=[Grant.ASSIGN])
    assert (await world.client.patch(path, json=change, headers=gives)).status_code == 200
    elsewhere = await world.key(Role.COUNTY_MANAGER, directory.fengxian, grants=[Grant.ASSIGN])
    assert (await world.client.patch(path, json=change, headers=elsewhere)).status_code == 404


async def test_a_call_for_a_task_is_to_the_tasks_customer(
    world: World, directory: Directory, integrator: dict[str, str]
) -> None:
    named = await make(world, integrator, customer_id=directory.customer)
    numbered = await make(
        world, integrator, customer_number="13800138000", group_id=directory.chongming
    )
    stranger = {"customer_number": "13900139001"}
    for task, whom, status in (
        (named, {"customer_id": directory.customer}, 202),
        (named, {"customer_number": CUSTOMER_MOBILE}, 202),
        (named, {"customer_id": directory.other_customer}, 422),
        (named, stranger, 422),
        (numbered, {"customer_number": CUSTOMER_MOBILE}, 202),
        (numbered, {"customer_id": directory.customer}, 202),
        (numbered, {"customer_id": directory.other_customer}, 422),
        (numbered, stranger, 422),
    ):
        body = {"manager_id": directory.manager, "task_id": task["id"]} | whom
        answer = await world.client.post("/v1/calls", json=body, headers=integrator)
        assert answer.status_code == status, (whom, answer.text)
        if status == 422:
            assert [one["field"] for one in answer.json()["errors"]] == ["task_id"]


async def test_a_task_that_is_cancelled_before_anybody_is_rung_is_not_called(
    world: World, directory: Directory, integrator: dict[str, str]
) -> None:
    task = await make(world, integrator, customer_id=directory.customer)
    body = {"manager_id": directory.manager, "customer_id": directory.customer}
    path = f"/v1/tasks/{task['id']}"
    for url, sent in (
        (f"{path}/call", {"manager_id": directory.manager}),
        ("/v1/calls", body | {"task_id": task["id"]}),
    ):
        assert (await world.client.post(url, json=sent, headers=integrator)).status_code == 202
    await world.client.post(f"{path}/cancel", headers=integrator)
    assert len(world.control.dialled) == 2
    for request in world.control.dialled:
        assert request.still_wanted is not None
        with pytest.raises(ConflictError, match="closed"):
            await request.still_wanted()
