"""`/v1/managers/{id}/handover` and `/v1/handovers`: who may move whose customers, and sees what."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from api.schemas.base import ListView
from api.schemas.directory import ManagerView
from api.schemas.handovers import HandoverItemView, HandoverPreviewView, HandoverView
from tests.unit.api.conftest import Directory, World
from voicegw.directory.handover_runner import HandoverRunner, Waiting
from voicegw.events.factory import EventFactory
from voicegw.model.directory import Role
from voicegw.model.handover import HandoverState
from voicegw.model.work import WorkKind

Create = Callable[..., Awaitable[Any]]
GRANTED = ["handover"]


async def carry_out(world: World) -> Waiting | None:
    """Do what the node's loop does with the next handover."""
    queue, clock = world.services.repositories.work, world.services.clock
    item = await queue.lease([WorkKind.HANDOVER], clock.now(), 60)
    assert item is not None
    runner = HandoverRunner(
        world.services.repositories.handovers, clock, EventFactory(clock).assignment
    )
    return await runner.advance(item)


async def county_key(world: World, admin: dict[str, str], group: str, grants: list[str]) -> Any:
    """Make a county manager's key through the API and return its header."""
    body = {"role": "county_manager", "group_id": group, "grants": grants}
    answer = await world.client.post("/v1/keys", json=body, headers=admin)
    assert answer.status_code == 201, answer.text
    assert answer.json()["grants"] == grants
    return {"Authorization": f"Bearer {answer.json()['key']}"}


async def test_from_the_request_to_the_new_owner(
    world: World, admin: dict[str, str], directory: Directory
) -> None:
    path = f"/v1/managers/{directory.manager}/handover"
    body = {"to": {"kind": "one", "manager_id": directory.other_manager}, "why": "leaves"}
    preview = await world.client.post(path, json={**body, "dry_run": True}, headers=admin)
    assert preview.status_code == 200, preview.text
    told = HandoverPreviewView.model_validate(preview.json())
    assert (told.customers, told.shares[0].manager_id) == (1, directory.other_manager)
    listed = await world.client.get("/v1/handovers", headers=admin)
    assert listed.json() == {"items": [], "next_cursor": None}

    asked = await world.client.post(path, json=body, headers=admin)
    assert asked.status_code == 202, asked.text
    assert HandoverView.model_validate(asked.json()).state is HandoverState.STAGING
    where = asked.headers["location"]
    assert await carry_out(world) is None
    done = (await world.client.get(where, headers=admin)).json()
    assert (done["state"], done["moved"], done["kind"]) == ("done", 1, "one")
    customer = (await world.client.get(f"/v1/customers/{directory.customer}", headers=admin)).json()
    assert customer["owner_id"] == directory.other_manager
    history = f"/v1/customers/{directory.customer}/ownership"
    owners = (await world.client.get(history, headers=admin)).json()["items"]
    assert [one["manager_id"] for one in owners] == [directory.manager, directory.other_manager]
    assert owners[1]["why"] == "leaves"

    items = (await world.client.get(f"{where}/customers", headers=admin)).json()
    assert ListView[HandoverItemView].model_validate(items).items[0].result == "moved"
    none = await world.client.get(f"{where}/customers?result=customer-gone", headers=admin)
    assert none.json()["items"] == []
    events = (await world.client.get("/v1/events", headers=admin)).json()["items"]
    assert events[-1]["type"] == "assignment.changed"
    assert events[-1]["data"]["moved"] == 1
    audit = (await world.client.get("/v1/audit", headers=admin)).json()["items"]
    assert [one["action"] for one in audit] == ["handover.requested"]
    ListView[HandoverView].model_validate(
        (await world.client.get("/v1/handovers", headers=admin)).json()
    )


async def test_a_later_time_and_calling_it_off(
    world: World, admin: dict[str, str], directory: Directory
) -> None:
    path = f"/v1/managers/{directory.manager}/handover"
    body = {
        "to": {"kind": "one", "manager_id": directory.other_manager},
        "at": "2099-01-01T00:00:00+08:00",
    }
    asked = await world.client.post(path, json=body, headers=admin)
    where = asked.headers["location"]
    assert asked.json()["at"] == "2098-12-31T16:00:00Z"
    waiting = await carry_out(world)
    assert waiting is not None
    assert waiting.why == "scheduled"
    scheduled = (await world.client.get(where, headers=admin)).json()
    assert scheduled["state"] == "scheduled"
    assert scheduled["shares"] == [{"manager_id": directory.other_manager, "customers": 1}]
    canceled = await world.client.post(f"{where}/cancel", headers=admin)
    assert (canceled.status_code, canceled.json()["state"]) == (200, "canceled")
    again = await world.client.post(f"{where}/cancel", headers=admin)
    assert (again.status_code, again.json()["code"]) == (409, "handover-state")
    for query, count in (("state=canceled", 1), ("state=done", 0), ("manager_id=mgr_none", 0)):
        found = await world.client.get(f"/v1/handovers?{query}", headers=admin)
        assert len(found.json()["items"]) == count


async def test_a_county_manager_needs_the_grant_and_stays_in_the_county(
    world: World, admin: dict[str, str], directory: Directory, create: Create
) -> None:
    second = await create("managers", name="O", group_id=directory.chongming, external_id="4713")
    foreign = await create(
        "customers", name="E", group_id=directory.fengxian, owner_id=directory.manager
    )
    path = f"/v1/managers/{directory.manager}/handover"
    body = {"to": {"kind": "one", "manager_id": second["id"]}, "dry_run": True}
    reads = await county_key(world, admin, directory.chongming, [])
    moves = await county_key(world, admin, directory.chongming, GRANTED)
    elsewhere = await county_key(world, admin, directory.fengxian, GRANTED)
    assert (await world.client.post(path, json=body, headers=reads)).status_code == 403
    assert (await world.client.post(path, json=body, headers=elsewhere)).status_code == 404
    answer = await world.client.post(path, json=body, headers=moves)
    assert answer.status_code == 200, answer.text
    assert answer.json()["customers"] == 1
    left_out = [{"reason": "other-group", "customers": 1, "customer_ids": [foreign["id"]]}]
    assert answer.json()["left_out"] == left_out
    out = {"to": {"kind": "one", "manager_id": directory.other_manager}}
    refused = await world.client.post(path, json=out, headers=moves)
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "to")

    asked = await world.client.post(path, json={**body, "dry_run": False}, headers=moves)
    where = asked.headers["location"]
    for headers, seen in ((reads, 200), (elsewhere, 404)):
        assert (await world.client.get(where, headers=headers)).status_code == seen
        listed = await world.client.get("/v1/handovers", headers=headers)
        assert len(listed.json()["items"]) == (seen == 200)
    assert (await world.client.post(f"{where}/cancel", headers=elsewhere)).status_code == 404
    assert (await world.client.post(f"{where}/cancel", headers=reads)).status_code == 403
    own = await world.key(Role.MANAGER, manager_id=directory.manager)
    other = await world.key(Role.MANAGER, manager_id=second["id"])
    assert (await world.client.get(where, headers=own)).status_code == 200
    assert (await world.client.get(where, headers=other)).status_code == 404


async def test_other_roles_take_no_grants(
    world: World, admin: dict[str, str], directory: Directory
) -> None:
    body = {"role": "qa_reviewer", "grants": GRANTED}
    answer = await world.client.post("/v1/keys", json=body, headers=admin)
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "grants")


@pytest.mark.parametrize(
    ("to", "field"),
    [
        ({"kind": "one"}, "to.one.manager_id"),
        ({"kind": "one", "manager_id": "mgr_none"}, "to"),
        ({"kind": "evenly"}, "to"),
        ({"kind": "evenly", "manager_ids": ["mgr_a"], "group_id": "grp_a"}, "to"),
        ({"kind": "evenly", "manager_ids": ["mgr_a"], "skills": ["fibre"]}, "to.skills"),
        ({"kind": "by_class", "managers": {}}, "to.by_class.managers"),
        ({"kind": "deputy"}, "to.kind"),
        ({"kind": "back", "handover_id": "hov_none"}, "to.handover_id"),
        ({"kind": "anybody"}, "to"),
    ],
)
async def test_what_is_refused(
    world: World, admin: dict[str, str], directory: Directory, to: Any, field: str
) -> None:
    path = f"/v1/managers/{directory.manager}/handover"
    answer = await world.client.post(path, json={"to": to}, headers=admin)
    assert answer.status_code == 422, answer.text
    assert answer.json()["errors"][0]["field"] == field


async def test_every_way_to_share_out(
    world: World, admin: dict[str, str], directory: Directory, create: Create
) -> None:
    skilled = await create(
        "managers", name="O", group_id=directory.chongming, external_id="5", skills=["fibre"]
    )
    for number in range(4):
        await create(
            "customers",
            name="E",
            group_id=directory.chongming,
            owner_id=directory.manager,
            **{"class": "gold", "tier": f"{number % 2}"},
        )
    path = f"/v1/managers/{directory.manager}/handover"
    both = [skilled["id"], directory.other_manager]

    async def shares(**body: Any) -> list[int]:
        answer = await world.client.post(path, json={**body, "dry_run": True}, headers=admin)
        assert answer.status_code == 200, answer.text
        return sorted(one["customers"] for one in answer.json()["shares"])

    assert await shares(to={"kind": "evenly", "manager_ids": both}) == [2, 3]
    group = {"kind": "evenly", "group_id": directory.chongming, "skills": ["fibre"]}
    assert await shares(to=group) == [5]
    by_class = {"kind": "by_class", "managers": {"gold": both[0]}}
    assert await shares(to=by_class) == [4]
    assert await shares(to={**by_class, "other_manager_id": both[1]}) == [1, 4]
    assert await shares(to=group, tiers=["0"]) == [2]
    assert await shares(to=group, classes=["gold"]) == [4]
    assert await shares(to=group, customer_ids=[directory.customer]) == [1]
    assert await shares(to={"kind": "back"}) == []


async def test_a_manager_who_has_left_tells_how_many_customers_wait(
    world: World, admin: dict[str, str], directory: Directory
) -> None:
    path = f"/v1/managers/{directory.manager}"
    assert (await world.client.get(path, headers=admin)).json()["customers_left"] is None
    body = {"name": "M", "group_id": directory.chongming, "status": "departed"}
    answer = await world.client.put(path, json=body, headers=admin)
    assert answer.status_code == 200, answer.text
    assert ManagerView.model_validate(answer.json()).customers_left == 1
    handover = {"to": {"kind": "one", "manager_id": directory.other_manager}}
    await world.client.post(f"{path}/handover", json=handover, headers=admin)
    gone = await world.client.delete(path, headers=admin)
    assert (gone.status_code, gone.json()["code"]) == (409, "reference")
    assert await carry_out(world) is None
    assert (await world.client.get(path, headers=admin)).json()["customers_left"] == 0
    assert (await world.client.delete(path, headers=admin)).status_code == 204


async def test_new_owners_are_to_be_introduced_unless_they_need_not(
    world: World, admin: dict[str, str], directory: Directory
) -> None:
    async def introductions() -> list[Any]:
        found = await world.client.get("/v1/tasks?type=introduction", headers=admin)
        return list(found.json()["items"])

    path = f"/v1/managers/{directory.manager}/handover"
    body: dict[str, Any] = {"to": {"kind": "one", "manager_id": directory.other_manager}}
    asked = await world.client.post(path, json=body | {"introduce": False}, headers=admin)
    assert (asked.json()["introduces"], asked.json()["moves_matters"]) == (False, True)
    await carry_out(world)
    assert await introductions() == []
    back = {"to": {"kind": "back"}, "move_matters": False}
    asked = await world.client.post(path, json=back, headers=admin)
    assert (asked.json()["introduces"], asked.json()["moves_matters"]) == (True, False)
    await carry_out(world)
    (made,) = await introductions()
    assert (made["customer_id"], made["manager_id"]) == (directory.customer, directory.manager)
    assert (made["source"], made["state"]) == ("assignment", "assigned")
