"""`PUT /v1/calls/{id}/disposition`: while the call runs and afterwards."""

from __future__ import annotations

from typing import Any

import msgspec

from tests.unit.api.conftest import Directory, World
from tests.unit.api.fakes import make_call
from voicegw.journal.entries import CallChanged
from voicegw.model.call import Call, CallOutcome, final_status
from voicegw.model.directory import Role


def a_call(directory: Directory, *, over: bool) -> Call:
    more: dict[str, Any] = {}
    if over:
        more = {
            "outcome": CallOutcome.CONNECTED,
            "status": final_status(CallOutcome.CONNECTED),
        }
    call = make_call(group_id=directory.chongming, manager_id=directory.manager)
    return msgspec.structs.replace(call, **more)


async def test_a_result_is_told_when_the_call_is_over(world: World, directory: Directory) -> None:
    call = a_call(directory, over=True)
    await world.write(CallChanged(call))
    headers = await world.key(Role.MANAGER, None, directory.manager)
    path = f"/v1/calls/{call.id}/disposition"
    for _ in range(2):
        answer = await world.client.put(
            path, json={"code": "success", "note": "good"}, headers=headers
        )
        assert answer.status_code == 200, answer.text
        assert answer.json()["disposition"]["code"] == "success"
        assert answer.json()["disposition"]["source"] == "api"
    another = await world.client.put(path, json={"code": "call_again"}, headers=headers)
    assert another.json()["disposition"]["code"] == "call_again"
    shown = (await world.client.get(f"/v1/calls/{call.id}", headers=headers)).json()
    assert shown["disposition"]["code"] == "call_again"
    admin = await world.key(Role.ADMIN, None, None)
    events = (await world.client.get(f"/v1/calls/{call.id}/events", headers=admin)).json()["items"]
    assert [one["type"] for one in events] == ["disposition.received"] * 2
    assert [one["data"]["disposition"]["code"] for one in events] == ["success", "call_again"]
    noted = (await world.client.get("/v1/audit", headers=admin)).json()["items"]
    assert [one["action"] for one in noted] == ["call.disposed"] * 3


async def test_a_running_call_s_owner_notes_it(world: World, directory: Directory) -> None:
    call = a_call(directory, over=False)
    await world.write(CallChanged(call))
    headers = await world.key(Role.MANAGER, None, directory.manager)
    path = f"/v1/calls/{call.id}/disposition"
    elsewhere = await world.client.put(path, json={"code": "success"}, headers=headers)
    assert (elsewhere.status_code, elsewhere.json()["code"]) == (409, "call-elsewhere")
    world.control.calls[call.id] = call
    answer = await world.client.put(path, json={"code": "success"}, headers=headers)
    assert answer.json()["disposition"]["code"] == "success"


async def test_a_code_is_a_word(world: World, directory: Directory) -> None:
    call = a_call(directory, over=True)
    await world.write(CallChanged(call))
    headers = await world.key(Role.MANAGER, None, directory.manager)
    path = f"/v1/calls/{call.id}/disposition"
    for code in ("", "a b", "x" * 65):
        answer = await world.client.put(path, json={"code": code}, headers=headers)
        assert answer.status_code == 422
