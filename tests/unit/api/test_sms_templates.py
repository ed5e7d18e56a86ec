"""`/v1/sms/templates`: what messages say."""

from __future__ import annotations

import pytest

from tests.unit.api.conftest import Directory, World
from voicegw.model.directory import Group, Role
from voicegw.model.sms_template import SmsKind

PATH = "/v1/sms/templates"
OWN = "您好，客户经理{manager}来电未接通，请回拨{hotline}。"


@pytest.fixture
async def admin(world: World) -> dict[str, str]:
    return await world.key(Role.ADMIN)


async def test_all_kinds_are_listed_with_their_slots(world: World, admin: dict[str, str]) -> None:
    items = (await world.client.get(PATH, headers=admin)).json()["items"]
    assert [one["kind"] for one in items] == list(SmsKind)
    missed = next(one for one in items if one["kind"] == "missed")
    assert missed["texts"] == missed["shipped"]
    assert missed["own"] == {"zh": None, "en": None}
    assert missed["reader"] == "customer"
    assert [(one["name"], one["is_needed"]) for one in missed["slots"]] == [
        ("manager", False),
        ("reason", False),
        ("hotline", True),
    ]
    assert missed["parts"] == {"zh": 1, "en": 1}


async def test_a_text_is_put_and_taken_back(world: World, admin: dict[str, str]) -> None:
    path = f"{PATH}/missed"
    before = await world.client.get(path, headers=admin)
    tag = {"If-Match": before.headers["etag"]}
    put = await world.client.put(path, json={"texts": {"zh": OWN}}, headers=admin | tag)
    assert (put.status_code, put.headers["voicegw-result"]) == (200, "replaced")
    assert put.json()["texts"] == {"zh": OWN, "en": before.json()["shipped"]["en"]}
    assert put.json()["own"] == {"zh": OWN, "en": None}
    late = await world.client.put(path, json={"texts": {"zh": "{hotline}"}}, headers=admin | tag)
    assert (late.status_code, late.json()["code"]) == (412, "revision-changed")
    same = await world.client.put(path, json={"texts": {"zh": OWN}}, headers=admin)
    assert same.headers["voicegw-result"] == "unchanged"
    assert (await world.client.delete(path, headers=admin)).status_code == 204
    assert (await world.client.get(path, headers=admin)).json() == before.json()
    assert (await world.client.delete(path, headers=admin)).status_code == 404
    audit = (await world.client.get("/v1/audit?subject=missed", headers=admin)).json()
    assert [one["detail"]["how"] for one in audit["items"]] == ["deleted", "put"]
    assert OWN not in str(audit)


async def test_a_group_has_its_own_words(
    world: World, directory: Directory, admin: dict[str, str]
) -> None:
    groups = world.services.repositories.directory.groups
    town = Group("grp_town", "Town", parent_id=directory.chongming)
    await groups.create(town)
    of_group = f"{PATH}/missed?group_id={directory.chongming}"
    put = await world.client.put(of_group, json={"texts": {"zh": OWN}}, headers=admin)
    assert put.headers["location"] == of_group
    below = await world.client.get(f"{PATH}/missed?group_id=grp_town", headers=admin)
    assert (below.json()["texts"]["zh"], below.json()["own"]["zh"]) == (OWN, None)
    everybody = await world.client.get(f"{PATH}/missed", headers=admin)
    assert everybody.json()["texts"]["zh"] == everybody.json()["shipped"]["zh"]
    nobody = await world.client.get(f"{PATH}?group_id=grp_none", headers=admin)
    assert nobody.status_code == 404


async def test_who_is_bound_to_a_group_writes_its_texts_and_no_others(
    world: World, directory: Directory
) -> None:
    await world.services.repositories.directory.groups.create(Group("grp_else", "Elsewhere"))
    bound = await world.key(Role.ADMIN, directory.chongming)
    body = {"texts": {"zh": OWN}}
    own = f"{PATH}/missed?group_id={directory.chongming}"
    assert (await world.client.put(own, json=body, headers=bound)).status_code == 200
    assert (await world.client.put(f"{PATH}/missed", json=body, headers=bound)).status_code == 403
    assert (await world.client.delete(f"{PATH}/missed", headers=bound)).status_code == 403
    other = f"{PATH}/missed?group_id=grp_else"
    assert (await world.client.get(other, headers=bound)).status_code == 404
    assert (await world.client.put(other, json=body, headers=bound)).status_code == 404
    manager = await world.key(Role.MANAGER, None, directory.manager)
    assert (await world.client.get(own, headers=manager)).status_code == 200
    assert (await world.client.put(own, json=body, headers=manager)).status_code == 403


async def test_what_is_wrong_is_said_at_its_language(world: World, admin: dict[str, str]) -> None:
    path = f"{PATH}/missed"
    body = {"texts": {"zh": "{customer}请回拨{hotline}", "en": "Call 13800138000 or {hotline}"}}
    wrong = await world.client.put(path, json=body, headers=admin)
    assert (wrong.status_code, wrong.json()["code"]) == (422, "invalid")
    assert [one["field"] for one in wrong.json()["errors"]] == ["texts.zh", "texts.en"]
    empty = await world.client.put(path, json={"texts": {}}, headers=admin)
    assert [one["field"] for one in empty.json()["errors"]] == ["texts"]
    unknown = await world.client.put(f"{PATH}/greeting", json=body, headers=admin)
    assert unknown.status_code == 404
