"""`/v1/triggers` and their kinds: told once, seen by whose they are, edited by administrators."""

from __future__ import annotations

from datetime import timedelta

from tests.unit.api.conftest import Directory, World
from tests.unit.api.fakes import START
from voicegw.model.directory import Role

LEAVES = {"kind": "wants_to_leave", "customer_external_id": "c/1", "external_id": "crm-1"}


async def test_a_trigger_leads_to_a_task_and_is_told_once(
    world: World, directory: Directory
) -> None:
    crm = await world.key(Role.INTEGRATOR)
    first = await world.client.post("/v1/triggers", json=LEAVES, headers=crm)
    assert first.status_code == 201
    told = first.json()
    assert first.headers["Location"] == f"/v1/triggers/{told['id']}"
    assert (told["outcome"], told["customer_id"], told["manager_id"]) == (
        "created",
        directory.customer,
        directory.manager,
    )
    contact_by = START + timedelta(hours=4)
    assert told["contact_by"] == contact_by.isoformat().replace("+00:00", "Z")
    again = await world.client.post("/v1/triggers", json=LEAVES, headers=crm)
    assert (again.status_code, again.json()) == (200, told)
    other = await world.client.post(
        "/v1/triggers", json=LEAVES | {"kind": "complaint"}, headers=crm
    )
    assert (other.status_code, other.json()["code"]) == (409, "already-exists")
    task = (await world.client.get(f"/v1/tasks/{told['task_id']}", headers=crm)).json()
    assert (task["type"], task["source"], task["escalates"]) == ("retention", "trigger", True)
    path = f"/v1/triggers?task_id={task['id']}&kind=wants_to_leave&outcome=created"
    (listed,) = (await world.client.get(path, headers=crm)).json()["items"]
    assert listed["customer"]["id"] == directory.customer
    assert (listed["task"]["state"], listed["task"]["manager_id"]) == (
        "assigned",
        directory.manager,
    )
    assert {name: listed[name] for name in told} == told
    assert (await world.client.get(f"/v1/triggers/{told['id']}", headers=crm)).json() == told


async def test_below_the_threshold_the_answer_says_so(world: World, directory: Directory) -> None:
    body = {
        "kind": "spend_fell",
        "customer_id": directory.customer,
        "facts": {"spend_before": 100, "spend": 70, "package": "5G", "is_fibre": True},
    }
    answer = await world.client.post("/v1/triggers", json=body, headers=await world.key())
    assert answer.status_code == 201
    told = answer.json()
    assert (told["outcome"], told["measured"], told["limit"], told["task_id"]) == (
        "below_threshold",
        30.0,
        30.0,
        None,
    )
    assert told["facts"] == body["facts"]


async def test_nobody_tells_of_or_sees_others_customers(world: World, directory: Directory) -> None:
    mine = await world.key(Role.MANAGER, None, directory.manager)
    theirs = await world.key(Role.MANAGER, None, directory.other_manager)
    body = {"kind": "complaint", "customer_id": directory.customer}
    refused = await world.client.post("/v1/triggers", json=body, headers=theirs)
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "customer_id")
    told = (await world.client.post("/v1/triggers", json=body, headers=mine)).json()
    for headers, status, count in ((mine, 200, 1), (theirs, 404, 0)):
        answer = await world.client.get(f"/v1/triggers/{told['id']}", headers=headers)
        assert answer.status_code == status
        listed = await world.client.get("/v1/triggers", headers=headers)
        assert len(listed.json()["items"]) == count
    readers = await world.key(Role.COUNTY_MANAGER, directory.chongming)
    refused = await world.client.post("/v1/triggers", json=body, headers=readers)
    assert refused.status_code == 403
    for body in (
        {"kind": "complaint"},
        {"kind": "complaint", "customer_id": "cus_1", "customer_external_id": "c/1"},
    ):
        answer = await world.client.post("/v1/triggers", json=body, headers=mine)
        assert answer.json()["errors"][0]["field"] == "customer_id"


async def test_who_sees_a_trigger_is_told_of_no_task_or_customer_of_others(
    world: World, directory: Directory
) -> None:
    mine = await world.key(Role.MANAGER, None, directory.manager)
    theirs = await world.key(Role.MANAGER, None, directory.other_manager)
    body = {"kind": "complaint", "customer_id": directory.customer}
    told = (await world.client.post("/v1/triggers", json=body, headers=mine)).json()
    moved = await world.client.patch(
        f"/v1/tasks/{told['task_id']}",
        json={"manager_id": directory.other_manager},
        headers=await world.key(),
    )
    assert moved.status_code == 200
    # The task is the colleague's, the customer is not: whoever works on it is told its name.
    (seen,) = (await world.client.get("/v1/triggers?open=true", headers=theirs)).json()["items"]
    assert (seen["customer"]["id"], seen["task"]["manager_id"]) == (
        directory.customer,
        directory.other_manager,
    )
    assert "numbers" not in seen["customer"]
    none = (await world.client.get("/v1/triggers?open=true", headers=mine)).json()["items"]
    assert none == []


async def test_administrators_edit_kinds_and_take_them_back(
    world: World, directory: Directory, admin: dict[str, str]
) -> None:
    path = "/v1/trigger-kinds/arrears"
    shipped = await world.client.get(path, headers=admin)
    assert (shipped.json()["is_built_in"], shipped.json()["threshold"]["above"]) == (True, 0)
    assert not shipped.json()["is_edited"]
    body = {"type": "arrears", "threshold": {"fact": "months", "above": 2}}
    crm = await world.key(Role.INTEGRATOR)
    assert (await world.client.put(path, json=body, headers=crm)).status_code == 403
    stale = {"If-Match": '"x"'} | admin
    assert (await world.client.put(path, json=body, headers=stale)).status_code == 412
    unread = ("is_built_in", "is_edited", "name")
    as_shipped = {name: one for name, one in shipped.json().items() if name not in unread}
    same = await world.client.put(path, json=as_shipped, headers=admin)
    assert (same.headers["Voicegw-Result"], same.json()["is_edited"]) == ("unchanged", False)
    for result in ("replaced", "unchanged"):
        put = await world.client.put(path, json=body, headers=admin)
        assert (put.status_code, put.headers["Voicegw-Result"]) == (200, result)
        assert (put.json()["is_built_in"], put.json()["is_edited"]) == (True, True)
    tag = {"If-Match": shipped.headers["etag"]} | admin
    assert (await world.client.put(path, json=body, headers=tag)).status_code == 412
    assert (await world.client.delete(path, headers=tag)).status_code == 412
    own = await world.client.put("/v1/trigger-kinds/own", json=body, headers=admin)
    assert (own.status_code, own.json()["name"]) == (201, "own")
    assert (own.json()["is_built_in"], own.json()["is_edited"]) == (False, True)
    bad = body | {"threshold": {"fact": "months"}}
    assert (await world.client.put(path, json=bad, headers=admin)).status_code == 422
    names = [
        one["name"]
        for one in (await world.client.get("/v1/trigger-kinds", headers=crm)).json()["items"]
    ]
    assert names[-1] == "own"
    told = {"kind": "arrears", "customer_id": directory.customer, "facts": {"months": 3}}
    assert (await world.client.post("/v1/triggers", json=told, headers=crm)).json()["task_id"]
    for status in (204, 404):
        assert (await world.client.delete(path, headers=admin)).status_code == status
    assert (await world.client.get(path, headers=admin)).json() == shipped.json()


async def test_a_promise_is_told_and_taken_back(world: World, directory: Directory) -> None:
    mine = await world.key(Role.MANAGER, None, directory.manager)
    body = {"kind": "complaint", "customer_id": directory.customer}
    told = (await world.client.post("/v1/triggers", json=body, headers=mine)).json()
    path = f"/v1/tasks/{told['task_id']}/promise"
    for promised_at in ("2099-01-01T00:00:00Z", None):
        answer = await world.client.put(path, json={"promised_at": promised_at}, headers=mine)
        assert (answer.status_code, answer.json()["promised_at"]) == (200, promised_at)
    past = await world.client.put(path, json={"promised_at": "2020-01-01T00:00:00Z"}, headers=mine)
    assert (past.status_code, past.json()["errors"][0]["field"]) == (422, "promised_at")
    again = {"code": "call_again", "call_again_at": "2099-01-01T00:00:00Z"}
    promise = {"promised_at": "2099-01-02T00:00:00Z"}
    path = path.replace("promise", "result")
    for body in (again | promise, again | promise):  # the same again changes nothing
        answer = await world.client.put(path, json=body, headers=mine)
        assert (answer.status_code, answer.json()["promised_at"]) == (200, promise["promised_at"])
    late = await world.client.put(path, json={"code": "solved"} | promise, headers=mine)
    assert late.json()["errors"][0]["field"] == "promised_at"


async def test_who_has_to_do_it_does_not_get_rid_of_it(world: World, directory: Directory) -> None:
    body = {"kind": "wants_to_leave", "customer_id": directory.customer, "facts": {}}
    headers = await world.key()
    told = await world.client.post("/v1/triggers", json=body, headers=headers)
    task = f"/v1/tasks/{told.json()['task_id']}"
    mine = await world.key(Role.MANAGER, None, directory.manager)
    for why in ({}, {"why": "no time"}):
        refused = await world.client.post(f"{task}/cancel", json=why, headers=mine)
        assert (refused.status_code, refused.json()["code"]) == (403, "forbidden")
    without = await world.client.post(f"{task}/cancel", headers=headers)
    assert (without.status_code, without.json()["errors"][0]["field"]) == (422, "why")
    assert (await world.client.get(task, headers=mine)).json()["state"] == "assigned"
    why = {"why": "told by mistake"}
    assert (await world.client.post(f"{task}/cancel", json=why, headers=headers)).is_success


async def test_who_has_to_do_it_makes_nothing_easier_of_it(
    world: World, directory: Directory
) -> None:
    path = "/v1/tasks/by-external-id/crm-9"
    body = {
        "type": "retention",
        "customer_id": directory.customer,
        "manager_id": directory.manager,
    }
    made = await world.client.put(path, json=body, headers=await world.key())
    assert made.status_code == 201, made.text
    mine = await world.key(Role.MANAGER, None, directory.manager)
    for terms in ({"type": "revisit"}, {"requested_at": "2030-01-01T00:00:00Z"}):
        easier = await world.client.put(path, json=body | terms, headers=mine)
        assert (easier.status_code, easier.json()["code"]) == (403, "forbidden")
    about = await world.client.put(path, json=body | {"subject": "calls at noon"}, headers=mine)
    assert (about.status_code, about.json()["type"]) == (200, "retention")
