"""`/v1/explain`."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from api.schemas.explain import ExplanationView
from tests.unit.api.conftest import Directory, World
from tests.unit.api.fakes import CUSTOMER_MOBILE
from voicegw.calls.explain import Explanation, ForeseenStep, Refusal, ShownNumber
from voicegw.model.call import Direction, LegRole
from voicegw.model.directory import Customer, Hotline, Role

CALLER = {"caller": "138 0013 8000"}


async def explain(world: World, headers: dict[str, str], **body: Any) -> Any:
    return await world.client.post("/v1/explain", json=body, headers=headers)


def foresee(world: World, directory: Directory, **changes: Any) -> None:
    """Have the calls of this node explain whatever they are asked in this way."""
    facts: dict[str, Any] = {
        "direction": Direction.INBOUND,
        "at": world.clock.now(),
        "hotline": Hotline(directory.hotline, "+862162340000", directory.chongming, flow="day"),
        "customer": Customer(
            directory.customer, "C", directory.chongming, owner_id=directory.manager
        ),
        "customer_number": CUSTOMER_MOBILE,
        "is_open": True,
        "steps": (
            ForeseenStep("owner", taken=False, target=directory.manager, reason="away"),
            ForeseenStep("queue", taken=True, manager_ids=(directory.other_manager,)),
        ),
        "asked_for": (directory.manager,),
        "shown": (ShownNumber(LegRole.MANAGER, CUSTOMER_MOBILE, is_customers=True),),
        "refusal": Refusal("draining", "this node takes no new calls", 30),
        **changes,
    }
    world.control.explanation = Explanation(**facts)


async def test_a_caller_is_explained(
    world: World, admin: dict[str, str], directory: Directory
) -> None:
    foresee(world, directory)
    answer = await explain(
        world, admin, **CALLER, hotline_id=directory.hotline, at="2026-10-01T10:00:00+08:00"
    )
    assert answer.status_code == 200, answer.text
    view = answer.json()
    ExplanationView.model_validate(view)
    [request] = world.control.explained
    assert (request.hotline_id, request.caller) == (directory.hotline, CUSTOMER_MOBILE)
    assert request.at is not None
    assert request.at.isoformat() == "2026-10-01T02:00:00+00:00"
    assert (view["customer_number"], view["customer_masked"]) == (CUSTOMER_MOBILE, "138****8000")
    assert view["plan"] == [
        {
            "step": "owner",
            "taken": False,
            "target": directory.manager,
            "manager_ids": [],
            "reason": "away",
        },
        {
            "step": "queue",
            "taken": True,
            "target": None,
            "manager_ids": [directory.other_manager],
            "reason": None,
        },
    ]
    assert view["refusal"] == {
        "code": "draining",
        "detail": "this node takes no new calls",
        "retry_after_s": 30,
    }
    assert view["shown"] == [
        {"side": "manager", "number": CUSTOMER_MOBILE, "masked": "138****8000"}
    ]
    assert (view["flow"], view["is_open"], view["asked_for"]) == ("day", True, [directory.manager])


async def test_an_anonymous_caller(
    world: World, admin: dict[str, str], directory: Directory
) -> None:
    foresee(world, directory, customer=None, customer_number=None)
    answer = await explain(world, admin, caller="anonymous", hotline_id=directory.hotline)
    assert answer.status_code == 200
    assert world.control.explained[0].caller is None
    assert answer.json()["customer_masked"] is None


async def test_a_call_outward_is_explained_as_it_would_be_started(
    world: World, admin: dict[str, str], directory: Directory
) -> None:
    foresee(world, directory, direction=Direction.CLICK_TO_DIAL, is_open=None)
    body = {"manager_external_id": "4711", "customer_number": "138 0013 8000"}
    answer = await explain(world, admin, dial=body)
    assert answer.status_code == 200, answer.text
    [request] = world.control.explained
    assert request.dial is not None
    assert request.dial.manager_id == directory.manager
    assert request.dial.customer_number == CUSTOMER_MOBILE
    assert answer.json()["flow"] is None, "a flow is for callers"


@pytest.mark.parametrize(
    "body",
    [
        {},
        CALLER,
        {**CALLER, "hotline_id": "hot_1", "dial": {"manager_id": "m", "customer_id": "c"}},
        {"hotline_id": "hot_1", "dial": {"manager_id": "m", "customer_id": "c"}},
        {"dial": {"manager_id": "m"}},
        {**CALLER, "hotline_id": "hot_1", "at": "2026-10-01T10:00:00"},
    ],
)
async def test_what_can_not_be_asked(
    world: World, admin: dict[str, str], body: dict[str, Any]
) -> None:
    answer = await explain(world, admin, **body)
    assert answer.status_code == 422
    assert not world.control.explained


async def test_a_caller_who_is_no_number(
    world: World, admin: dict[str, str], directory: Directory
) -> None:
    answer = await explain(world, admin, caller="nobody", hotline_id=directory.hotline)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == "caller"


@pytest.mark.parametrize(
    ("role", "status"),
    [
        (Role.INTEGRATOR, 200),
        (Role.MANAGER, 200),
        (Role.COUNTY_MANAGER, 403),
        (Role.QA_REVIEWER, 403),
    ],
)
async def test_who_may_start_calls_may_have_them_explained(
    world: World, directory: Directory, role: Role, status: int
) -> None:
    foresee(world, directory)
    manager_id = directory.manager if role is Role.MANAGER else None
    key = await world.key(role, directory.chongming, manager_id)
    answer = await explain(world, key, **CALLER, hotline_id=directory.hotline)
    assert answer.status_code == status


async def test_customers_of_others_are_not_told_of(world: World, directory: Directory) -> None:
    foresee(
        world,
        directory,
        customer=Customer("cus_9", "C", directory.chongming, owner_id=directory.other_manager),
    )
    key = await world.key(Role.MANAGER, directory.chongming, directory.manager)
    answer = await explain(world, key, **CALLER, hotline_id=directory.hotline)
    assert answer.status_code == 404


async def test_hotlines_of_others_are_not_there(
    world: World,
    directory: Directory,
    create: Callable[..., Awaitable[Any]],
) -> None:
    foresee(world, directory)
    other = await create("hotlines", number="021 6123 4568", group_id=directory.chongming)
    key = await world.key(Role.INTEGRATOR, directory.fengxian)
    answer = await explain(world, key, **CALLER, hotline_id=other["id"])
    assert answer.status_code == 404
    assert not world.control.explained
