"""`/v1/groups`, `/v1/hotlines`, `/v1/managers`, `/v1/customers`."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import BaseModel

from api.schemas.base import ListView
from api.schemas.directory import CustomerView, GroupView, HotlineView, ManagerView, OwnershipView
from tests.unit.api.conftest import Directory, World
from tests.unit.api.fakes import CUSTOMER_MOBILE, MANAGER_MOBILE
from voicegw.model.directory import Role

VIEWS: dict[str, type[BaseModel]] = {
    "groups": GroupView,
    "hotlines": HotlineView,
    "managers": ManagerView,
    "customers": CustomerView,
}


@pytest.mark.parametrize("kind", list(VIEWS))
async def test_create_read_replace_list_delete(
    world: World, admin: dict[str, str], directory: Directory, kind: str
) -> None:
    bodies: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
        "groups": (
            {"name": "A"},
            {
                "name": "B",
                "area_code": "0571",
                "timezone": "UTC",
                "hours": "周一至周五 9-18",
                "quiet_hours": "21:00-08:00",
            },
        ),
        "hotlines": (
            {"number": "4008123456", "group_id": directory.city},
            {
                "number": "4008123456",
                "group_id": directory.chongming,
                "name": "B",
                "answer": "at_once",
                "announce": "none",
                "confirm_manager": True,
                "max_ring_s": 45,
                "hours": "Mo-Fr 9-18; PH off",
                "display_number": "95533",
                "routing": {
                    "ring": "at_once",
                    "recent_days": 0,
                    "group": {"strategy": "ring_all", "ring_s": 15, "skills": ["broadband"]},
                    "queue": {"size": 5, "music": "waltz"},
                    "voicemail": {"min_s": 2.5},
                    "shared_number": "menu",
                },
                "after_call": {"survey": "satisfaction", "result": True},
            },
        ),
        "managers": (
            {"name": "A", "group_id": directory.city},
            {
                "name": "B",
                "group_id": directory.city,
                "status": "away",
                "away_until": "2026-02-01T08:00:00+08:00",
                "deputy_id": directory.manager,
                "staff_no": "17",
                "hours": "9-17",
                "skills": ["broadband", "english"],
            },
        ),
        "customers": (
            {"name": "A", "group_id": directory.city},
            {
                "name": "B",
                "group_id": directory.city,
                "class": "gold",
                "tier": "1",
                "code": "0417",
                "attributes": {"contract": {"until": 2027}},
                "do_not_call": {"reason": "asked"},
            },
        ),
    }
    first, second = bodies[kind]
    path = f"/v1/{kind}"
    made = await world.client.post(path, json=first, headers=admin)
    assert made.status_code == 201, made.text
    VIEWS[kind].model_validate(made.json())
    one = f"{path}/{made.json()['id']}"
    assert made.headers["Location"] == one
    assert (await world.client.get(one, headers=admin)).json() == made.json()
    replaced = await world.client.put(one, json=second, headers=admin)
    assert replaced.status_code == 200, replaced.text
    assert replaced.json()["id"] == made.json()["id"]
    assert replaced.json()["name"] == "B"
    assert (await world.client.get(one, headers=admin)).json() == replaced.json()
    listed = (await world.client.get(path, headers=admin)).json()
    assert listed["next_cursor"] is None
    for item in listed["items"]:
        VIEWS[kind].model_validate(item)
    assert replaced.json() in listed["items"]
    gone = await world.client.delete(one, headers=admin)
    assert (gone.status_code, gone.content) == (204, b"")
    for method in ("GET", "PUT", "DELETE"):
        body = second if method == "PUT" else None
        answer = await world.client.request(method, one, json=body, headers=admin)
        assert answer.status_code == 404, method


@pytest.mark.parametrize("kind", ["groups", "managers", "customers"])
async def test_synchronises_by_external_id(
    world: World, admin: dict[str, str], directory: Directory, kind: str
) -> None:
    path = f"/v1/{kind}/by-external-id/a/b 1"
    body = {"name": "A"} | ({} if kind == "groups" else {"group_id": directory.city})
    made = await world.client.put(path, json=body, headers=admin)
    assert made.status_code == 201, made.text
    assert made.json()["external_id"] == "a/b 1"
    again = await world.client.put(
        path, json={**body, "name": "B", "external_id": "a/b 1"}, headers=admin
    )
    assert again.status_code == 200
    assert again.json() == {**made.json(), "name": "B"}
    assert (await world.client.get(path, headers=admin)).json() == again.json()
    other = await world.client.put(path, json={**body, "external_id": "x"}, headers=admin)
    assert other.status_code == 422
    assert other.json()["errors"][0]["field"] == "external_id"
    for none in ("none", "x" * 200, "%00"):
        missing = await world.client.get(f"/v1/{kind}/by-external-id/{none}", headers=admin)
        assert missing.status_code == 404


async def test_external_ids_are_taken_once(
    world: World, admin: dict[str, str], directory: Directory
) -> None:
    body = {"name": "A", "group_id": directory.city, "external_id": "4711"}
    answer = await world.client.post("/v1/managers", json=body, headers=admin)
    assert answer.status_code == 409
    assert answer.json()["code"] == "already-exists"


async def test_what_is_referred_to_can_not_be_deleted(
    world: World, admin: dict[str, str], directory: Directory
) -> None:
    for path in (f"groups/{directory.chongming}", f"managers/{directory.manager}"):
        answer = await world.client.delete(f"/v1/{path}", headers=admin)
        assert answer.status_code == 409
        assert answer.json()["code"] == "reference"


@pytest.mark.parametrize(
    ("kind", "body", "field"),
    [
        ("groups", {}, "name"),
        ("groups", {"name": ""}, "name"),
        ("groups", {"name": "x" * 201}, "name"),
        ("groups", {"name": 1}, "name"),
        ("groups", {"name": "a", "id": "mine"}, "id"),
        ("groups", {"name": "a", "timezone": "Mars/Olympus"}, "timezone"),
        ("groups", {"name": "a", "area_code": "x"}, "area_code"),
        ("groups", {"name": "a", "parent_id": "grp_none"}, "parent_id"),
        ("groups", {"name": "a", "hours": "often"}, "hours"),
        ("groups", {"name": "a", "quiet_hours": "9-9"}, "quiet_hours"),
        ("hotlines", {"number": "10086", "group_id": "$city", "hours": "Mo"}, "hours"),
        (
            "hotlines",
            {"number": "10086", "group_id": "$city", "display_number": "x"},
            "display_number",
        ),
        (
            "hotlines",
            {"number": "10086", "group_id": "$city", "routing": {"queue": {"music": ""}}},
            "routing.queue.music",
        ),
        (
            "hotlines",
            {"number": "10086", "group_id": "$city", "routing": {"queue": {"announce_every_s": 3}}},
            "routing.queue.announce_every_s",
        ),
        (
            "hotlines",
            {"number": "10086", "group_id": "$city", "routing": {"sing": True}},
            "routing.sing",
        ),
        (
            "hotlines",
            {"number": "10086", "group_id": "$city", "after_call": {"survey": "a b"}},
            "after_call.survey",
        ),
        ("managers", {"name": "a", "group_id": "$city", "hours": "25-26"}, "hours"),
        ("managers", {"name": "a", "group_id": "$city", "skills": ["x" * 51]}, "skills.0"),
        ("customers", {"name": "a", "group_id": "$city", "code": "1a"}, "code"),
        ("hotlines", {"number": "4008123456"}, "group_id"),
        ("hotlines", {"number": "nonsense", "group_id": "$city"}, "number"),
        ("hotlines", {"number": "10086", "group_id": "$city", "max_ring_s": 1}, "max_ring_s"),
        ("hotlines", {"number": "10086", "group_id": "$city", "answer": "never"}, "answer"),
        (
            "hotlines",
            {"number": "10086", "group_id": "$city", "confirm_manager": "yes"},
            "confirm_manager",
        ),
        ("managers", {"name": "a", "group_id": "grp_none"}, "group_id"),
        ("managers", {"name": "a", "group_id": "$city", "deputy_id": "x"}, "deputy_id"),
        (
            "managers",
            {"name": "a", "group_id": "$city", "phones": [{"order": -1}]},
            "phones.0.order",
        ),
        ("managers", {"name": "a", "group_id": "$city", "phones": [1]}, "phones.0"),
        ("managers", {"name": "a", "group_id": "$city", "phones": ["1"] * 11}, "phones"),
        ("managers", {"name": "a", "group_id": "$city", "away_until": "soon"}, "away_until"),
        ("customers", {"name": "a", "group_id": "$city", "owner_id": "x"}, "owner_id"),
        ("customers", {"name": "a\x00", "group_id": "$city"}, "name"),
        ("customers", {"name": "a", "group_id": "$city", "class_": "gold"}, "class_"),
        ("customers", {"name": "a", "group_id": "$city", "do_not_call": {}}, "do_not_call.reason"),
        (
            "customers",
            {"name": "a", "group_id": "$city", "attributes": {"a": "x" * 17_000}},
            "attributes",
        ),
        (
            "customers",
            {"name": "a", "group_id": "$city", "attributes": {"a": [[[[[[[[1]]]]]]]]}},
            "attributes",
        ),
        ("customers", {"name": "a", "group_id": "$city", "attributes": {"a": 2**64}}, "attributes"),
        (
            "customers",
            {"name": "a", "group_id": "$city", "attributes": {"a": ["\x00"]}},
            "attributes",
        ),
    ],
)
async def test_refuses_a_bad_body_and_names_the_field(
    world: World,
    admin: dict[str, str],
    directory: Directory,
    kind: str,
    body: dict[str, Any],
    field: str,
) -> None:
    body = {key: directory.city if value == "$city" else value for key, value in body.items()}
    answer = await world.client.post(f"/v1/{kind}", json=body, headers=admin)
    assert answer.status_code == 422, answer.text
    assert answer.json()["errors"][0]["field"] == field


@pytest.mark.parametrize(
    ("attributes", "status"),
    [
        ('{"a": NaN}', 400),
        ('{"a": Infinity}', 400),
        ('{"a": "\\ud800"}', 422),
        ('{"\\ud800": 1}', 422),
    ],
)
async def test_refuses_what_json_or_the_store_can_not_hold(
    world: World, admin: dict[str, str], directory: Directory, attributes: str, status: int
) -> None:
    body = f'{{"name": "a", "group_id": "{directory.city}", "attributes": {attributes}}}'
    headers = {**admin, "Content-Type": "application/json"}
    answer = await world.client.post("/v1/customers", content=body, headers=headers)
    assert answer.status_code == status, answer.text


async def test_a_group_can_not_be_below_itself(
    world: World, admin: dict[str, str], directory: Directory
) -> None:
    body = {"name": "Shanghai", "parent_id": directory.chongming}
    answer = await world.client.put(f"/v1/groups/{directory.city}", json=body, headers=admin)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == "parent_id"


async def test_numbers_are_kept_in_one_form_and_found_in_any(
    world: World, admin: dict[str, str], directory: Directory
) -> None:
    body = {
        "name": "E",
        "group_id": directory.chongming,
        "numbers": ["139 1111 2222", "5961 2345", "10086"],
    }
    made = (await world.client.post("/v1/customers", json=body, headers=admin)).json()
    assert [number["number"] for number in made["numbers"]] == [
        "+8613911112222",
        "+862159612345",
        "10086",
    ]
    assert made["numbers"][0]["masked"] == "139****2222"
    for number, expected in (
        ("013911112222", [made["id"]]),
        ("138-0013-8000", [directory.customer]),
        ("13811112222", []),
        ("nonsense", []),
    ):
        query = {"number": number}
        found = await world.client.get("/v1/customers", params=query, headers=admin)
        assert [item["id"] for item in found.json()["items"]] == expected


async def test_hotlines_are_found_by_number_and_group(
    world: World, admin: dict[str, str], directory: Directory
) -> None:
    for query, expected in (
        ({"number": "021-61234567"}, [directory.hotline]),
        ({"number": "nonsense"}, []),
        ({"group_id": directory.city}, [directory.hotline]),
        ({"group_id": directory.chongming}, []),
    ):
        found = await world.client.get("/v1/hotlines", params=query, headers=admin)
        assert [item["id"] for item in found.json()["items"]] == expected


async def test_phones_are_given_as_numbers_or_objects(
    world: World, admin: dict[str, str], directory: Directory
) -> None:
    body = {
        "name": "P",
        "group_id": directory.chongming,
        "phones": ["139 0013 9000", {"aor": "p1", "label": "desk", "order": 7}],
    }
    answer = await world.client.post("/v1/managers", json=body, headers=admin)
    assert answer.status_code == 201, answer.text
    mobile, desk = answer.json()["phones"]
    assert (mobile["number"], mobile["masked"], mobile["order"]) == (
        MANAGER_MOBILE,
        "139****9000",
        0,
    )
    assert (desk["number"], desk["masked"], desk["label"], desk["order"]) == (None, None, "desk", 7)
    assert "p1" in desk["aor"]


@pytest.mark.parametrize(
    ("role", "customer", "manager"),
    [
        (Role.ADMIN, CUSTOMER_MOBILE, MANAGER_MOBILE),
        (Role.INTEGRATOR, CUSTOMER_MOBILE, None),
        (Role.QA_REVIEWER, None, None),
    ],
)
async def test_numbers_are_shown_as_the_role_may_see_them(
    world: World,
    directory: Directory,
    role: Role,
    customer: str | None,
    manager: str | None,
) -> None:
    headers = await world.key(role)
    path = f"/v1/customers/{directory.customer}"
    numbers = (await world.client.get(path, headers=headers)).json()["numbers"]
    assert numbers == [{"number": customer, "masked": "138****8000"}]
    path = f"/v1/managers/{directory.manager}"
    (phone,) = (await world.client.get(path, headers=headers)).json()["phones"]
    assert (phone["number"], phone["masked"]) == (manager, "139****9000")


async def test_an_address_of_record_is_guarded_like_a_number(
    world: World, admin: dict[str, str], directory: Directory
) -> None:
    body = {"name": "P", "group_id": directory.city, "phones": [{"aor": "13900139000"}]}
    made = (await world.client.post("/v1/managers", json=body, headers=admin)).json()
    headers = await world.key(Role.INTEGRATOR)
    seen = await world.client.get(f"/v1/managers/{made['id']}", headers=headers)
    assert "13900139000" not in seen.text


async def test_owners_are_remembered(
    world: World, admin: dict[str, str], directory: Directory
) -> None:
    path = f"/v1/customers/{directory.customer}"
    world.clock.pass_s(60)
    body = {"name": "C", "group_id": directory.chongming, "owner_id": directory.other_manager}
    await world.client.put(path, json=body, headers=admin)
    history = (await world.client.get(f"{path}/ownership", headers=admin)).json()
    ListView[OwnershipView].model_validate(history)
    assert [entry["manager_id"] for entry in history["items"]] == [
        directory.manager,
        directory.other_manager,
    ]
    assert history["items"][0]["until"] == history["items"][1]["from"]
    assert history["items"][1]["until"] is None
    assert history["items"][1]["by"].startswith("key_")


async def test_owners_are_remembered_when_the_customer_is_gone(
    world: World, admin: dict[str, str], directory: Directory
) -> None:
    path = f"/v1/customers/{directory.customer}"
    assert (await world.client.delete(path, headers=admin)).status_code == 204
    assert (await world.client.get(path, headers=admin)).status_code == 404
    (only,) = (await world.client.get(f"{path}/ownership", headers=admin)).json()["items"]
    assert only["manager_id"] == directory.manager
    assert only["until"] is not None
    narrow = await world.key(Role.COUNTY_MANAGER, group_id=directory.chongming)
    assert (await world.client.get(f"{path}/ownership", headers=narrow)).status_code == 404


async def test_a_wish_not_to_be_called_is_dated(
    world: World, admin: dict[str, str], directory: Directory
) -> None:
    path = f"/v1/customers/{directory.customer}"
    body = {"name": "C", "group_id": directory.chongming}
    for wish, since in (
        ({"reason": "asked"}, "2026-01-05T02:03:04Z"),
        ({"reason": "asked", "since": "2026-01-01T08:00:00+08:00"}, "2026-01-01T00:00:00Z"),
    ):
        answer = await world.client.put(path, json={**body, "do_not_call": wish}, headers=admin)
        assert answer.json()["do_not_call"] == {"reason": "asked", "since": since}
    for query, found in (
        ("is_do_not_call=true", {directory.customer}),
        ("is_do_not_call=true&q=C", {directory.customer}),
        ("is_do_not_call=false&q=C", set()),
    ):
        listed = (await world.client.get(f"/v1/customers?{query}", headers=admin)).json()
        assert {one["id"] for one in listed["items"]} == found, query
    others = (await world.client.get("/v1/customers?is_do_not_call=false", headers=admin)).json()
    assert directory.customer not in {one["id"] for one in others["items"]}


async def test_pages(world: World, admin: dict[str, str], directory: Directory) -> None:
    for kind in VIEWS:
        seen: list[str] = []
        cursor = None
        while True:
            query = {"limit": 1} | ({"cursor": cursor} if cursor else {})
            answer = await world.client.get(f"/v1/{kind}", params=query, headers=admin)
            page = answer.json()
            seen += [item["id"] for item in page["items"]]
            cursor = page["next_cursor"]
            if cursor is None:
                break
        assert len(seen) == len(set(seen)) == {"groups": 3, "hotlines": 1}.get(kind, 2)


async def test_managers_are_filtered_by_status_and_group(
    world: World, admin: dict[str, str], directory: Directory
) -> None:
    for query, expected in (
        ({"status": "active"}, 2),
        ({"status": "departed"}, 0),
        ({"group_id": directory.fengxian}, 1),
        ({"group_id": "grp_none"}, 0),
    ):
        found = await world.client.get("/v1/managers", params=query, headers=admin)
        assert len(found.json()["items"]) == expected, query


async def test_a_group_that_was_moved_is_seen_at_once(
    world: World, admin: dict[str, str], directory: Directory
) -> None:
    headers = await world.key(Role.COUNTY_MANAGER, directory.chongming)
    path = f"/v1/groups/{directory.fengxian}"
    assert (await world.client.get(path, headers=headers)).status_code == 404
    body = {"name": "Fengxian", "parent_id": directory.chongming}
    await world.client.put(path, json=body, headers=admin)
    assert (await world.client.get(path, headers=headers)).status_code == 200


@pytest.mark.parametrize("number", ["59612345", "5961-2345", "021-59612345", "+862159612345"])
async def test_a_local_number_is_found_by_the_area_code_of_the_group(
    world: World, admin: dict[str, str], directory: Directory, number: str
) -> None:
    body = {"name": "L", "group_id": directory.chongming, "numbers": ["59612345"]}
    made = (await world.client.post("/v1/customers", json=body, headers=admin)).json()
    county = await world.key(Role.ADMIN, directory.chongming)
    for headers, group in ((admin, {"group_id": directory.chongming}), (county, {})):
        answer = await world.client.get(
            "/v1/customers", params={"number": number, **group}, headers=headers
        )
        assert [item["id"] for item in answer.json()["items"]] == [made["id"]]


async def test_a_number_that_is_wrong_is_named_by_its_place(
    world: World, admin: dict[str, str], directory: Directory
) -> None:
    bodies = {
        "customers": ({"numbers": ["13800138000", "abc"]}, "numbers.1"),
        "managers": ({"phones": ["13800138000", "abc"]}, "phones.1.number"),
    }
    for kind, (numbers, field) in bodies.items():
        body = {"name": "W", "group_id": directory.chongming, **numbers}
        answer = await world.client.post(f"/v1/{kind}", json=body, headers=admin)
        assert answer.status_code == 422
        assert [error["field"] for error in answer.json()["errors"]] == [field]


@pytest.mark.parametrize("time", [1_800_000_000, "1800000000", "2026-02-01", "2026-02-01T08:00:00"])
async def test_a_time_is_written_out_with_its_offset(
    world: World, admin: dict[str, str], directory: Directory, time: Any
) -> None:
    body = {"name": "A", "group_id": directory.city, "away_until": time}
    answer = await world.client.post("/v1/managers", json=body, headers=admin)
    assert answer.status_code == 422, answer.text
    assert answer.json()["errors"][0]["field"] == "away_until"


async def test_a_pin_is_kept_as_a_hash_and_never_shown(
    world: World, admin: dict[str, str], directory: Directory
) -> None:
    one = f"/v1/managers/{directory.manager}"
    before = (await world.client.get(one, headers=admin)).json()
    assert before["has_pin"] is False
    for pin in ("123", "12345678901234", "12ab", 1234, ""):
        answer = await world.client.put(f"{one}/pin", json={"pin": pin}, headers=admin)
        assert answer.status_code == 422
        assert not pin or str(pin) not in answer.text
    assert (await world.client.put(f"{one}/pin", json={}, headers=admin)).status_code == 422
    answer = await world.client.put(f"{one}/pin", json={"pin": "408291"}, headers=admin)
    assert (answer.status_code, answer.content) == (204, b"")
    shown = await world.client.get(one, headers=admin)
    assert shown.json() == {**before, "has_pin": True}
    kept = await world.services.repositories.directory.managers.get(directory.manager)
    assert kept is not None
    assert kept.pin_hash is not None
    assert kept.pin_hash.startswith("$argon2id$")
    assert "408291" not in kept.pin_hash
    assert kept.pin_hash not in shown.text


async def test_replacing_a_manager_leaves_the_pin(
    world: World, admin: dict[str, str], directory: Directory
) -> None:
    body = {"name": "A", "group_id": directory.city}
    by_id = f"/v1/managers/{directory.manager}"
    by_external_id = "/v1/managers/by-external-id/4711"
    await world.client.put(f"{by_id}/pin", json={"pin": "4082"}, headers=admin)
    for path in (by_id, by_external_id):
        answer = await world.client.put(path, json={**body, "external_id": "4711"}, headers=admin)
        assert answer.status_code == 200, answer.text
        assert answer.json()["has_pin"] is True
        assert (await world.client.get(by_id, headers=admin)).json()["has_pin"] is True
    await world.client.put(f"{by_id}/pin", json={"pin": None}, headers=admin)
    assert (await world.client.get(by_id, headers=admin)).json()["has_pin"] is False
    log = (await world.client.get("/v1/audit?action=manager.pin", headers=admin)).json()["items"]
    assert [entry["detail"] for entry in log] == [{"has_pin": False}, {"has_pin": True}]
    assert {entry["subject"] for entry in log} == {directory.manager}


async def test_changes_of_a_wish_not_to_be_called_are_audited(
    world: World, admin: dict[str, str], directory: Directory
) -> None:
    body: dict[str, Any] = {"name": "A", "group_id": directory.city}
    path = "/v1/customers/by-external-id/C1"

    async def put(**more: Any) -> Any:
        return (await world.client.put(path, json=body | more, headers=admin)).json()

    made = await put()
    first = await put(do_not_call={"reason": "asked"})
    again = await put(do_not_call={"reason": "asked"})
    assert again == first
    dated = {"reason": "asked", "since": "2025-12-24T02:03:04Z"}
    assert (await put(do_not_call=dated))["do_not_call"] == dated
    await put(do_not_call=None)
    await put(name="B")
    query = {"subject": made["id"], "action": "customer.do-not-call"}
    answer = await world.client.get("/v1/audit", params=query, headers=admin)
    entries = answer.json()["items"]
    assert [entry["detail"]["do_not_call"] for entry in reversed(entries)] == [True, True, False]
    assert {entry["role"] for entry in entries} == {"admin"}
    query["action"] = "directory.changed"
    answer = await world.client.get("/v1/audit", params=query, headers=admin)
    assert [entry["detail"] for entry in reversed(answer.json()["items"])] == [
        {"how": "created"},
        *[
            {"how": "replaced", "fields": fields}
            for fields in (["do_not_call"], ["do_not_call"], ["do_not_call"], ["name"])
        ],
    ]


async def test_a_code_leads_to_one_customer(
    world: World, admin: dict[str, str], directory: Directory
) -> None:
    body = {"name": "A", "group_id": directory.city, "code": "0417"}
    made = await world.client.post("/v1/customers", json=body, headers=admin)
    assert made.json()["code"] == "0417"
    taken = await world.client.post("/v1/customers", json=body, headers=admin)
    assert (taken.status_code, taken.json()["code"]) == (409, "already-exists")


async def test_every_owner_is_in_the_history_with_who_and_why(
    world: World, admin: dict[str, str], directory: Directory
) -> None:
    body = {"name": "A", "group_id": directory.city}
    made = (await world.client.post("/v1/customers", json=body, headers=admin)).json()
    one = f"/v1/customers/{made['id']}"
    changes: list[dict[str, Any]] = [
        {"owner_id": directory.manager, "owner_why": "signed"},
        {"owner_id": directory.manager, "name": "B", "owner_why": "no change of owner"},
        {"owner_id": None, "owner_why": "left"},
        {"owner_id": directory.manager},
    ]
    for change in changes:
        answer = await world.client.put(one, json=body | change, headers=admin)
        assert answer.status_code == 200
        assert "owner_why" not in answer.json()
    history = (await world.client.get(f"{one}/ownership", headers=admin)).json()["items"]
    assert [(entry["manager_id"], entry["why"]) for entry in history] == [
        (directory.manager, "signed"),
        (None, "left"),
        (directory.manager, ""),
    ]
    assert [entry["until"] for entry in history[:-1]] == [entry["from"] for entry in history[1:]]
    assert history[-1]["until"] is None
    assert len({entry["by"] for entry in history}) == 1


async def test_every_write_that_calls_depend_on_is_audited(
    world: World, admin: dict[str, str], directory: Directory
) -> None:
    """Whoever changes a telephone or a hotline decides who gets the customers' calls."""
    client = world.client
    bodies: dict[str, dict[str, Any]] = {
        "groups": {"name": "A"},
        "hotlines": {"number": "4008123456", "group_id": directory.city},
        "managers": {"name": "M", "group_id": directory.city, "phones": []},
    }
    wanted = []
    for kind, body in bodies.items():
        made = (await client.post(f"/v1/{kind}", json=body, headers=admin)).json()
        path = f"/v1/{kind}/{made['id']}"
        assert (await client.put(path, json=body, headers=admin)).status_code == 200
        assert (await client.delete(path, headers=admin)).status_code == 204
        one = kind.removesuffix("s")
        wanted += [(one, made["id"], how) for how in ("created", "replaced", "deleted")]
    path = "/v1/managers/by-external-id/new"
    made = (await client.put(path, json=bodies["managers"], headers=admin)).json()
    wanted.append(("manager", made["id"], "created"))
    answer = await client.get("/v1/audit?action=directory.changed", headers=admin)
    found = answer.json()["items"][::-1]
    assert [(one["subject_kind"], one["subject"], one["detail"]["how"]) for one in found] == wanted
    assert "4008123456" not in answer.text


async def test_keys_are_audited_without_their_secret(world: World, admin: dict[str, str]) -> None:
    made = await world.client.post("/v1/keys", json={"role": "integrator"}, headers=admin)
    key = made.json()
    revoked = await world.client.delete(f"/v1/keys/{key['id']}", headers=admin)
    assert revoked.status_code == 204
    answer = await world.client.get("/v1/audit?action=key.changed", headers=admin)
    assert [(one["subject"], one["detail"]) for one in answer.json()["items"]] == [
        (key["id"], {"how": "revoked"}),
        (key["id"], {"how": "created", "for_role": "integrator"}),
    ]
    assert key["key"] not in answer.text


async def test_a_group_is_not_shown_by_the_number_of_another(
    world: World, admin: dict[str, str], directory: Directory
) -> None:
    other = (await world.client.post("/v1/groups", json={"name": "B"}, headers=admin)).json()["id"]
    theirs = {"number": "4008123456", "group_id": other}
    assert (await world.client.post("/v1/hotlines", json=theirs, headers=admin)).status_code == 201
    bound = await world.key(Role.INTEGRATOR, directory.city)
    own = {"number": "4008123457", "group_id": directory.city}
    answer = await world.client.post("/v1/hotlines", json=own, headers=bound)
    assert answer.status_code == 201, answer.text
    path = f"/v1/hotlines/{answer.json()['id']}"
    for number, status in (("400-812-3456", 422), ("4008123457", 200), ("4008123458", 200)):
        body = {**own, "display_number": number}
        assert (await world.client.put(path, json=body, headers=bound)).status_code == status
        assert (await world.client.put(path, json=body, headers=admin)).status_code == 200
