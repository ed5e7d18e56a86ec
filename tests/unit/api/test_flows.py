"""`/v1/flows`: checked, versioned, drawn."""

from __future__ import annotations

from typing import Any
from xml.etree import ElementTree as ET

import jsonschema
import pytest
import yaml

from api.schemas.base import ListView
from api.schemas.flows import FlowCheckView, FlowVersionView, FlowView
from tests.unit.api.conftest import Directory, World
from voicegw.model.audit import AuditAction
from voicegw.model.directory import Role

FLOW = """
flow: menu
description: "为客户"
languages: [zh, en]
start: main
steps:
  main: {do: menu, prompts: [main_menu], keys: {1: bye}, otherwise: bye}
  bye: {do: hang_up, prompts: [goodbye]}
"""
WRONG = FLOW.replace("otherwise: bye", "otherwise: by").replace("[goodbye]", "[nothing]")
YAML = {"Content-Type": "application/yaml"}


async def ask(
    world: World, method: str, path: str, who: dict[str, str], expect: int, **more: Any
) -> Any:
    headers = {**who, **YAML, **more.pop("headers", {})}
    answer = await world.client.request(method, f"/v1{path}", headers=headers, **more)
    assert answer.status_code == expect, answer.text
    return answer


async def test_the_life_of_a_flow(world: World, admin: dict[str, str]) -> None:
    made = await ask(world, "PUT", "/flows/menu", admin, 201, content=FLOW)
    assert (made.headers["ETag"], made.headers["Location"]) == ('"1"', "/v1/flows/menu")
    view = made.json()
    FlowView.model_validate(view)
    assert (view["version"], view["source"], view["problems"]) == (1, FLOW, [])
    assert (view["steps"], view["languages"]) == (["main", "bye"], ["zh", "en"])
    again = await ask(world, "PUT", "/flows/menu", admin, 200, content=FLOW)
    assert again.json()["version"] == 1
    changed = FLOW.replace("1: bye", "2: bye")
    stale = {"If-Match": '"7"'}
    await ask(world, "PUT", "/flows/menu", admin, 412, content=changed, headers=stale)
    raised = await ask(
        world, "PUT", "/flows/menu", admin, 200, content=changed, headers={"If-Match": '"1"'}
    )
    assert raised.json()["version"] == 2
    assert (await ask(world, "GET", "/flows/menu", admin, 200)).json() == raised.json()
    old = await ask(world, "GET", "/flows/menu?version=1", admin, 200)
    assert old.json()["source"] == FLOW
    listed = (await ask(world, "GET", "/flows", admin, 200)).json()
    ListView[FlowVersionView].model_validate(listed)
    assert [(one["name"], one["version"]) for one in listed["items"]] == [("menu", 2)]
    versions = (await ask(world, "GET", "/flows/menu/versions?limit=1", admin, 200)).json()
    ListView[FlowVersionView].model_validate(versions)
    assert [one["version"] for one in versions["items"]] == [2]
    more = await ask(
        world, "GET", f"/flows/menu/versions?cursor={versions['next_cursor']}", admin, 200
    )
    assert [one["version"] for one in more.json()["items"]] == [1]
    entries = await world.services.repositories.audit.list()
    assert {one.action for one in entries.items} == {AuditAction.FLOW_PUT}


@pytest.mark.parametrize("place", ["", "/drawing.svg", "/drawing.mmd"])
async def test_a_version_beyond_all_numbers_is_refused(
    world: World, admin: dict[str, str], place: str
) -> None:
    await ask(world, "PUT", "/flows/menu", admin, 201, content=FLOW)
    answer = await ask(world, "GET", f"/flows/menu{place}?version={10**20}", admin, 422)
    assert answer.json()["errors"][0]["field"] == "version"
    await ask(world, "GET", f"/flows/menu{place}?version={2**31 - 1}", admin, 404)


async def test_every_problem_comes_back_with_its_line(world: World, admin: dict[str, str]) -> None:
    problem = (await ask(world, "PUT", "/flows/menu", admin, 422, content=WRONG)).json()
    assert problem["code"] == "invalid"
    assert [(one["field"], one["message"]) for one in problem["errors"]] == [
        ("line 7", "main: there is no step by; did you mean bye?"),
        ("line 8", "bye: there is no prompt nothing in zh, en; record it, or name another"),
    ]
    assert [one["kind"] for one in problem["errors"]] == ["no-such-step", "no-such-prompt"]
    await ask(world, "GET", "/flows/menu", admin, 404)


async def test_a_text_is_checked_without_being_kept(world: World, admin: dict[str, str]) -> None:
    found = (await ask(world, "POST", "/flows/check", admin, 200, content=WRONG)).json()
    FlowCheckView.model_validate(found)
    assert [one["line"] for one in found["problems"]] == [7, 8]
    assert [(one["step"], one["kind"], one["params"]) for one in found["problems"]] == [
        ("main", "no-such-step", {"near": "bye", "name": "by"}),
        ("bye", "no-such-prompt", {"name": "nothing", "languages": "zh, en"}),
    ]
    assert "class s_main,s_bye,s_by wrong" in found["mermaid"]
    boxes = {one["step"]: one for one in found["drawing"]["boxes"]}
    assert {name: (one["line"], one["is_wrong"]) for name, one in boxes.items()} == {
        "main": (7, True),
        "bye": (8, True),
        "by": (None, True),
    }
    assert boxes["main"]["is_start"]
    assert boxes["main"]["y"] < boxes["bye"]["y"]
    ways = [(one["source"], one["target"], one["label"]) for one in found["drawing"]["arrows"]]
    assert ways == [("main", "bye", "1"), ("main", "by", "otherwise")]
    await ask(world, "GET", "/flows/menu", admin, 404)


async def test_it_is_drawn(world: World, admin: dict[str, str]) -> None:
    await ask(world, "PUT", "/flows/menu", admin, 201, content=FLOW)
    picture = await ask(world, "GET", "/flows/menu/drawing.svg", admin, 200)
    assert picture.headers["Content-Type"] == "image/svg+xml"
    assert ET.fromstring(picture.text).tag.endswith("svg")
    text = await ask(world, "GET", "/flows/menu/drawing.mmd?version=1", admin, 200)
    assert text.text.startswith("flowchart TD\n")
    await ask(world, "GET", "/flows/menu/drawing.svg?version=9", admin, 404)


async def test_the_schema_fits_a_right_flow_and_no_other(
    world: World, admin: dict[str, str]
) -> None:
    schema = (await ask(world, "GET", "/flows/schema", admin, 200)).json()
    validator = jsonschema.Draft202012Validator(schema)
    right = FLOW.replace("{1: bye}", '{"1": bye}')
    validator.validate(yaml.safe_load(right))
    with pytest.raises(jsonschema.ValidationError):
        validator.validate(yaml.safe_load(right.replace("do: menu", "do: mneu")))


@pytest.mark.parametrize("name", ["schema", "check", "other"])
async def test_a_flow_is_put_under_its_own_name(
    world: World, admin: dict[str, str], name: str
) -> None:
    text = FLOW if name == "other" else FLOW.replace("flow: menu", f"flow: {name}")
    problem = (await ask(world, "PUT", f"/flows/{name}", admin, 422, content=text)).json()
    assert [one["field"] for one in problem["errors"]] == ["flow"]


@pytest.mark.parametrize(
    ("content", "headers", "status"),
    [
        (b"\xff", {}, 422),
        (b"a\0b", {}, 422),
        (b'flow: "\\ud800"', {}, 422),
        (b"", {}, 422),
        (b"{}", {"Content-Type": "application/json"}, 415),
        (FLOW.encode(), {"Content-Type": "application/json"}, 400),
    ],
)
async def test_what_is_no_text_is_refused(
    world: World, admin: dict[str, str], content: bytes, headers: dict[str, str], status: int
) -> None:
    await ask(world, "PUT", "/flows/menu", admin, status, content=content, headers=headers)


async def test_only_administrators_of_everything_change_flows(
    world: World, directory: Directory, admin: dict[str, str]
) -> None:
    integrator = await world.key(Role.INTEGRATOR)
    await ask(world, "PUT", "/flows/menu", integrator, 403, content=FLOW)
    county = await world.key(Role.ADMIN, group_id=directory.chongming)
    await ask(world, "PUT", "/flows/menu", county, 403, content=FLOW)
    await ask(world, "PUT", "/flows/menu", admin, 201, content=FLOW)
    await ask(world, "GET", "/flows/menu", integrator, 200)


async def test_a_hotline_names_a_flow_that_is_there(
    world: World, directory: Directory, admin: dict[str, str]
) -> None:
    body = {"number": "021-55550000", "group_id": directory.chongming, "flow": "menu"}
    json = {"Content-Type": "application/json"}
    refused = await ask(world, "POST", "/hotlines", admin, 422, json=body, headers=json)
    assert [one["field"] for one in refused.json()["errors"]] == ["flow"]
    await ask(world, "PUT", "/flows/menu", admin, 201, content=FLOW)
    made = (await ask(world, "POST", "/hotlines", admin, 201, json=body, headers=json)).json()
    body["flow"] = "gone"
    await ask(world, "PUT", f"/hotlines/{made['id']}", admin, 422, json=body, headers=json)


async def test_a_flow_is_deleted_unless_a_hotline_has_it(
    world: World, admin: dict[str, str], directory: Directory
) -> None:
    await ask(world, "PUT", "/flows/menu", admin, 201, content=FLOW)
    path = f"/hotlines/{directory.hotline}"
    json = {"Content-Type": "application/json"}
    hotline = (await ask(world, "GET", path, admin, 200)).json()
    body = {"number": hotline["number"], "group_id": hotline["group_id"]}
    named = {**body, "name": "服务热线", "flow": "menu"}
    await ask(world, "PUT", path, admin, 200, json=named, headers=json)
    refused = (await ask(world, "DELETE", "/flows/menu", admin, 409)).json()
    assert refused["code"] == "reference"
    assert "服务热线" in refused["detail"]
    await ask(world, "PUT", path, admin, 200, json=body, headers=json)
    await ask(world, "DELETE", "/flows/menu", admin, 412, headers={"If-Match": '"2"'})
    answer = await ask(world, "DELETE", "/flows/menu", admin, 204, headers={"If-Match": '"1"'})
    assert answer.content == b""
    entries = (await world.services.repositories.audit.list()).items
    assert [one.action for one in entries].count(AuditAction.FLOW_DELETED) == 1
    for below in ("", "/drawing.svg", "/drawing.mmd"):
        await ask(world, "GET", f"/flows/menu{below}", admin, 404)
    await ask(world, "DELETE", "/flows/menu", admin, 404)
    assert (await ask(world, "GET", "/flows", admin, 200)).json()["items"] == []
    # What callers once heard can be read, and put again under the next number.
    old = (await ask(world, "GET", "/flows/menu?version=1", admin, 200)).json()
    assert old["source"] == FLOW
    versions = (await ask(world, "GET", "/flows/menu/versions", admin, 200)).json()
    assert [one["version"] for one in versions["items"]] == [1]
    again = await ask(world, "PUT", "/flows/menu", admin, 201, content=FLOW)
    assert again.json()["version"] == 3


async def test_only_who_sees_all_groups_deletes_flows(
    world: World, admin: dict[str, str], directory: Directory
) -> None:
    await ask(world, "PUT", "/flows/menu", admin, 201, content=FLOW)
    bound = await world.key(Role.ADMIN, directory.chongming)
    await ask(world, "DELETE", "/flows/menu", bound, 403)
    await ask(world, "GET", "/flows/menu", bound, 200)
