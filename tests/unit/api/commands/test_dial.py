"""Commands are carried out by the rules of `POST /v1/calls`, once for each id."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from typing import Any

import pytest

from api.commands.dial import DialCommands
from api.schemas.commands import CommandResultView
from api.services import Repositories
from tests.unit.api.conftest import Directory, World
from tests.unit.api.fakes import CUSTOMER_MOBILE
from voicegw.errors import PolicyError, StoreUnavailableError
from voicegw.events.mqtt.commands import Answer, Command
from voicegw.model.directory import Role


def command(world: World, command_id: str = "order-17", **more: Any) -> Command:
    content = {
        "id": command_id,
        "at": world.clock.now().isoformat(),
        "manager_external_id": "4711",
        "customer_number": "138 0013 8000",
        **more,
    }
    return Command(json.dumps(content).encode())


def told(answer: Answer) -> CommandResultView:
    """Return an answer as it is documented."""
    return CommandResultView.model_validate_json(answer.payload)


def code(answer: Answer) -> str:
    problem = told(answer).problem
    assert problem is not None
    assert problem.code == answer.outcome
    return problem.code


async def entries(world: World) -> list[dict[str, Any]]:
    answer = await world.client.get("/v1/audit", headers=await world.key())
    return [one for one in answer.json()["items"] if one["action"] == "call.commanded"]


async def test_a_command_starts_a_call_as_an_integrators_request_does(
    world: World, directory: Directory
) -> None:
    answer = await DialCommands(world.services, None).act(command(world, client_state="x"))
    assert (answer.command_id, answer.outcome) == ("order-17", "accepted")
    (request,) = world.control.dialled
    assert request.manager_id == directory.manager
    assert request.customer_number == CUSTOMER_MOBILE
    assert request.client_state == "x"
    assert told(answer).call_id in world.control.calls
    (entry,) = await entries(world)
    assert (entry["principal"], entry["role"]) == ("mqtt", Role.INTEGRATOR)
    assert entry["subject"] == told(answer).call_id
    assert entry["detail"] == {"command_id": "order-17"}


async def test_of_many_equal_commands_at_two_nodes_one_dials_and_all_get_its_answer(
    world: World, directory: Directory
) -> None:
    other = replace(world.services, repositories=Repositories.of(world.database, "node-2"))
    handlers = [DialCommands(one, None, retry_s=0.02) for one in (world.services, other)]
    answers = await asyncio.gather(
        *(handlers[number % 2].act(command(world)) for number in range(20))
    )
    assert len(world.control.dialled) == 1
    assert {told(one).call_id for one in answers} == set(world.control.calls)
    assert len(await entries(world)) == 1
    # Sent again: with the moment of now, and answered as then.
    world.clock.pass_s(3600)
    again = await handlers[0].act(command(world))
    assert again.payload == answers[0].payload
    other.passwords.close()
    changed = await handlers[1].act(command(world, customer_number="13900139001"))
    assert code(changed) == "idempotency-mismatch"


async def test_a_command_that_another_one_is_acting_on_for_long_is_told_so(
    world: World, directory: Directory
) -> None:
    world.control.gate = asyncio.Event()
    handler = DialCommands(world.services, None, retry_s=0.001)
    first = asyncio.create_task(handler.act(command(world)))
    second = asyncio.create_task(handler.act(command(world)))
    done, _ = await asyncio.wait([first, second], return_when=asyncio.FIRST_COMPLETED)
    assert [code(one.result()) for one in done] == ["idempotency-in-flight"]
    world.control.gate.set()
    assert {(await first).outcome, (await second).outcome} == {"accepted", "idempotency-in-flight"}


async def test_what_a_rule_refuses_is_the_problem_that_the_api_tells(
    world: World, directory: Directory
) -> None:
    handler = DialCommands(world.services, None)
    refusal = PolicyError("customer-rate", "Called often enough.", retry_after_s=60)
    world.control.refusals.extend([refusal, refusal])
    answer = await handler.act(command(world))
    by_http = await world.client.post(
        "/v1/calls",
        json={"manager_external_id": "4711", "customer_number": "13800138000"},
        headers=await world.key(Role.INTEGRATOR),
    )
    problem = told(answer).problem
    assert problem is not None
    ignored = {"request_id", "instance"}
    assert problem.model_dump(exclude=ignored) == {
        key: value for key, value in by_http.json().items() if key not in ignored
    }
    assert told(answer).retry_after_s == 60
    # Nothing was done, so the id is free.
    assert (await handler.act(command(world))).outcome == "accepted"


async def test_a_group_limits_whom_commands_reach(world: World, directory: Directory) -> None:
    there = DialCommands(world.services, directory.chongming)
    elsewhere = DialCommands(world.services, directory.fengxian)
    assert code(await elsewhere.act(command(world))) == "not-found"
    assert (await there.act(command(world))).outcome == "accepted"


async def test_a_fault_is_answered_and_leaves_the_id_free(
    world: World, directory: Directory
) -> None:
    handler = DialCommands(world.services, None)
    world.control.refusals.extend([RuntimeError("+8613800138000"), StoreUnavailableError()])
    failed = await handler.act(command(world))
    assert code(failed) == "internal-error"
    assert b"138" not in failed.payload
    assert code(await handler.act(command(world))) == "store-unavailable"
    assert (await handler.act(command(world))).outcome == "accepted"


async def test_what_is_refused_at_once_names_the_command(world: World) -> None:
    handler = DialCommands(world.services, None)
    answer = handler.refuse(command(world), "overloaded", "Too many.")
    assert (answer.command_id, code(answer)) == ("order-17", "overloaded")
    assert told(handler.refuse(Command(b"?"), "overloaded", "Too many.")).id is None


@pytest.mark.parametrize("broken", [b"", b"{}", b'{"id": "a"}'])
async def test_what_is_no_command_is_answered(world: World, broken: bytes) -> None:
    answer = await DialCommands(world.services, None).act(Command(broken))
    assert told(answer).problem is not None
    assert not world.control.dialled
