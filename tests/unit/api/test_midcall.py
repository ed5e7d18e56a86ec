"""`/v1/calls/{id}/hold`, `…/transfer` and `…/add`."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.api.conftest import Directory, World
from tests.unit.api.fakes import make_call
from voicegw.calls.control import HandOnMode, HandOnRequest
from voicegw.errors import ConflictError, NotFoundError, PolicyError
from voicegw.model.call import Call
from voicegw.model.directory import Role


def live(world: World, directory: Directory) -> Call:
    call = make_call(group_id=directory.chongming, manager_id=directory.manager)
    world.control.calls[call.id] = call
    return call


async def post(world: World, call: Call, path: str, key: dict[str, str], **body: Any) -> Any:
    return await world.client.post(f"/v1/calls/{call.id}/{path}", json=body or None, headers=key)


async def test_a_customer_is_held_and_fetched_back(
    world: World, admin: dict[str, str], directory: Directory
) -> None:
    call = live(world, directory)
    held = await post(world, call, "hold", admin)
    assert (held.status_code, held.json()["held_by"]) == (200, "api")
    back = await post(world, call, "hold", admin, on=False)
    assert (back.status_code, back.json()["held_by"]) == (200, None)


@pytest.mark.parametrize("path", ["transfer", "add"])
async def test_colleagues_groups_and_short_codes_are_named(
    world: World, admin: dict[str, str], directory: Directory, path: str
) -> None:
    call = live(world, directory)
    named = [
        {"manager_id": directory.other_manager},
        {"group_id": directory.fengxian},
        {"short_code": "10010"},
    ]
    for one in named:
        answer = await post(world, call, path, admin, **one)
        assert (answer.status_code, answer.json()["id"]) == (202, call.id)
    mode = HandOnMode.ADD if path == "add" else HandOnMode.BLIND
    assert world.control.handed_on == [HandOnRequest(**one, mode=mode) for one in named]


async def test_a_colleague_is_asked_first_where_wanted(
    world: World, admin: dict[str, str], directory: Directory
) -> None:
    call = live(world, directory)
    named = {"manager_id": directory.other_manager}
    assert (await post(world, call, "transfer", admin, **named, mode="consult")).is_success
    assert world.control.handed_on == [HandOnRequest(**named, mode=HandOnMode.CONSULT)]
    for path in ("transfer/complete", "transfer/cancel"):
        assert (await post(world, call, path, admin)).status_code == 202


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"manager_id": "mgr_1", "short_code": "10010"},
        {"short_code": "+862162340000"},
        {"short_code": "13800138000"},
        {"short_code": "10010", "mode": "loud"},
        {"number": "10010"},
    ],
)
async def test_nobody_else_can_be_named(
    world: World, admin: dict[str, str], directory: Directory, body: dict[str, Any]
) -> None:
    call = live(world, directory)
    url = f"/v1/calls/{call.id}/transfer"
    answer = await world.client.post(url, json=body, headers=admin)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid")
    assert world.control.handed_on == []


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (PolicyError("prefix-not-allowed", "no"), 403),
        (PolicyError("emergency-number", "no"), 403),
        (NotFoundError("manager", "mgr_1"), 404),
        *[
            (ConflictError(slug, "no"), 409)
            for slug in (
                "not-bridged",
                "transfer-running",
                "disclosure-running",
                "same-manager",
                "manager-busy",
                "manager-away",
                "nobody-there",
                "too-many-transfers",
                "not-supported",
            )
        ],
    ],
)
async def test_the_rule_that_refuses_is_told(
    world: World,
    admin: dict[str, str],
    directory: Directory,
    error: PolicyError | NotFoundError | ConflictError,
    status: int,
) -> None:
    call = live(world, directory)
    world.control.refusals.append(error)
    answer = await post(world, call, "add", admin, short_code="10010")
    assert (answer.status_code, answer.json()["code"]) == (status, error.slug)


async def test_a_manager_names_only_whom_the_own_groups_have(
    world: World, directory: Directory
) -> None:
    call = live(world, directory)
    key = await world.key(Role.MANAGER, directory.chongming, directory.manager)
    for foreign in ({"manager_id": directory.other_manager}, {"group_id": directory.fengxian}):
        answer = await post(world, call, "transfer", key, **foreign)
        assert answer.status_code == 404
    assert (await post(world, call, "transfer", key, group_id=directory.chongming)).is_success
    assert len(world.control.handed_on) == 1
