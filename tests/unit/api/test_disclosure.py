"""`/v1/calls/{id}/disclosure`."""

from __future__ import annotations

from typing import Any

import pytest

from api.schemas.calls import CallView
from tests.unit.api.conftest import Directory, World
from tests.unit.api.fakes import START, make_call
from voicegw.calls.control import DisclosureRequest, StatementRequest
from voicegw.errors import ConflictError, InvalidError
from voicegw.journal.entries import CallChanged
from voicegw.model.call import Call, CallOutcome
from voicegw.model.directory import Role
from voicegw.model.disclosure import DisclosedStatement, Disclosure, DisclosureStatus

STATEMENTS = [{"id": "a", "prompt": "statement_a"}, {"id": "b", "prompt": "statement_b"}]


def live(world: World) -> Call:
    call = make_call()
    world.control.calls[call.id] = call
    return call


async def post(world: World, call: Call, key: dict[str, str], **body: Any) -> Any:
    body = {"statements": STATEMENTS, **body}
    return await world.client.post(f"/v1/calls/{call.id}/disclosure", json=body, headers=key)


async def test_it_is_begun_as_asked(world: World, admin: dict[str, str]) -> None:
    call = live(world)
    answer = await post(world, call, admin, yes_key="*", timeout_s=7.5, repeats=0, go_on=True)
    assert (answer.status_code, answer.json()["id"]) == (202, call.id)
    statements = (StatementRequest("a", "statement_a"), StatementRequest("b", "statement_b"))
    assert world.control.disclosures == [
        DisclosureRequest(statements, yes_key="*", timeout_s=7.5, repeats=0, go_on=True)
    ]


async def test_it_is_shown_with_its_call(world: World, admin: dict[str, str]) -> None:
    call = live(world)
    statement = DisclosedStatement("a", "statement_a", "ab" * 32)
    call.disclosures.append(
        Disclosure("dsc_1", DisclosureStatus.RUNNING, START, "1", "2", [statement])
    )
    answer = await world.client.get(f"/v1/calls/{call.id}", headers=admin)
    (shown,) = CallView.model_validate_json(answer.content).disclosures
    assert (shown.status, shown.statements[0].state) == ("running", "pending")


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"statements": []}, "statements"),
        ({"script_id": "scr_1"}, "statements"),
        ({"script_id": "scr_1", "statements": []}, "script_id"),
        ({"statements": [STATEMENTS[0], STATEMENTS[0]]}, "statements"),
        ({"statements": [{"id": "a", "prompt": "../a"}]}, "statements.0.prompt"),
        ({"yes_key": "2"}, "no_key"),
        ({"no_key": "12"}, "no_key"),
        ({"timeout_s": 0}, "timeout_s"),
        ({"repeats": 6}, "repeats"),
    ],
)
async def test_what_makes_no_sense_is_refused(
    world: World, admin: dict[str, str], body: dict[str, Any], field: str
) -> None:
    answer = await post(world, live(world), admin, **body)
    assert answer.status_code == 422
    assert [error["field"] for error in answer.json()["errors"]] == [field]
    assert not world.control.disclosures


@pytest.mark.parametrize(
    "slug", ["not-bridged", "call-held", "disclosure-running", "not-recording"]
)
async def test_a_call_that_is_not_fit_for_it_is_told(
    world: World, admin: dict[str, str], slug: str
) -> None:
    world.control.refusals.append(ConflictError(slug, "why"))
    answer = await post(world, live(world), admin)
    assert (answer.status_code, answer.json()["code"]) == (409, slug)


async def test_a_prompt_that_nobody_has_is_named(world: World, admin: dict[str, str]) -> None:
    world.control.refusals.append(InvalidError("statements.1.prompt", "no such prompt"))
    answer = await post(world, live(world), admin)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == "statements.1.prompt"


async def test_a_script_gives_the_statements(
    world: World, admin: dict[str, str], directory: Directory
) -> None:
    call = live(world)
    body = {
        "name": "S",
        "group_id": directory.chongming,
        "statements": [
            {"id": "a", "text": "本产品不保证收益", "prompt": "statement_a", "assent": True},
            {"id": "b", "text": "犹豫期为十五天"},
        ],
    }
    script = (await world.client.post("/v1/scripts", json=body, headers=admin)).json()
    asked = {"script_id": script["id"], "statements": []}
    assert (await post(world, call, admin, **asked)).status_code == 202
    (request,) = world.control.disclosures
    assert request.statements == (StatementRequest("a", "statement_a"),)
    assert (request.script_id, request.script_version) == (script["id"], 1)
    call.group_id = directory.fengxian
    stranger = await world.key(Role.INTEGRATOR, group_id=directory.fengxian)
    refused = await post(world, call, stranger, **asked)
    assert refused.json()["errors"][0]["field"] == "script_id"
    body["statements"] = [{"id": "b", "text": "犹豫期为十五天"}]
    silent = (await world.client.post("/v1/scripts", json=body, headers=admin)).json()
    refused = await post(world, call, admin, script_id=silent["id"], statements=[])
    assert refused.json()["errors"][0]["message"] == "none of its statements has a prompt"


async def test_it_can_be_stopped(world: World, admin: dict[str, str]) -> None:
    call = live(world)
    answer = await world.client.delete(f"/v1/calls/{call.id}/disclosure", headers=admin)
    assert (answer.status_code, world.control.aborted) == (200, [call.id])


async def test_who_may(world: World, admin: dict[str, str], directory: Directory) -> None:
    own, over = live(world), make_call(outcome=CallOutcome.CONNECTED)
    own.manager_id = directory.manager
    await world.write(CallChanged(over))
    assert (await post(world, over, admin)).json()["code"] == "not-bridged"
    reviewer = await world.key(Role.QA_REVIEWER)
    assert (await post(world, own, reviewer)).status_code == 403
    stranger = await world.key(Role.MANAGER, manager_id=directory.other_manager)
    assert (await post(world, own, stranger)).status_code == 404
    manager = await world.key(Role.MANAGER, manager_id=directory.manager)
    assert (await post(world, own, manager)).status_code == 202
