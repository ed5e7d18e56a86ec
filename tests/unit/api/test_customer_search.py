"""`GET /v1/customers?q=`: who is found by what, and what a search gives away."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from api.customer_query import HIDDEN_NUMBERS
from tests.unit.api.conftest import Directory, World
from tests.unit.api.fakes import CUSTOMER_MOBILE
from voicegw.model.directory import Role

NAME = "王丽华"
MASKED = (Role.COUNTY_MANAGER, Role.QA_REVIEWER)


@pytest.fixture
async def named(directory: Directory, create: Callable[..., Awaitable[Any]]) -> str:
    """A customer with a name and two numbers, of the group and manager of the directory's first."""
    made = await create(
        "customers",
        name=NAME,
        external_id="crm-77",
        group_id=directory.chongming,
        numbers=["13912345678", "021-61230987"],
        owner_id=directory.manager,
    )
    return str(made["id"])


async def ids(world: World, headers: dict[str, str], q: str, **query: str) -> list[str]:
    """Who is found, in order."""
    params = {"q": q, **query}
    answer = await world.client.get("/v1/customers", params=params, headers=headers)
    assert answer.status_code == 200, answer.text
    return [one["id"] for one in answer.json()["items"]]


@pytest.mark.parametrize(
    "said",
    [
        "王丽", "丽华", " 王 丽 ", "wlh", "WL", "crm-77", "5678", "345678", "13912345678",
        "139 1234-5678", "+8613912345678", "0987", "02161230987",
    ],
)  # fmt: skip
@pytest.mark.parametrize("role", [Role.ADMIN, Role.INTEGRATOR, Role.MANAGER])
async def test_who_sees_numbers_finds_a_customer_by_any_of_it(
    world: World, directory: Directory, named: str, role: Role, said: str
) -> None:
    headers = await world.key(role, None, directory.manager if role is Role.MANAGER else None)
    assert await ids(world, headers, said) == [named]


@pytest.mark.parametrize("role", MASKED)
async def test_who_sees_no_numbers_finds_what_is_shown_and_what_is_known_whole(
    world: World, directory: Directory, named: str, role: Role
) -> None:
    headers = await world.key(role, directory.chongming)
    for said in ("王丽", "crm-77", "5678", "13912345678"):
        assert await ids(world, headers, said) == [named], said
    for said in ("45678", "345678", "2345678", "39123", "1391234", "139", "678"):
        assert await ids(world, headers, said) == [], said
    answer = await world.client.get("/v1/customers", params={"q": "5678"}, headers=headers)
    assert CUSTOMER_MOBILE not in answer.text
    assert "13912345678" not in answer.text
    assert answer.json()["items"][0]["numbers"][0] == {"number": None, "masked": "139****5678"}


@pytest.mark.parametrize("role", MASKED)
async def test_few_whole_numbers_may_be_tried_by_who_sees_none(
    world: World, directory: Directory, named: str, role: Role
) -> None:
    headers = await world.key(role, directory.chongming)
    for tried in range(HIDDEN_NUMBERS.burst):
        assert await ids(world, headers, f"1391{tried:03}5678") == []
    params = {"q": "13912345678"}
    refused = await world.client.get("/v1/customers", params=params, headers=headers)
    assert (refused.status_code, refused.json()["code"]) == (429, "rate-limited")
    assert int(refused.headers["Retry-After"]) > 60
    assert "13912345678" not in refused.text
    # What tells nothing that is hidden may be asked for still; and others may ask for numbers.
    assert await ids(world, headers, "5678") == [named]
    other = await world.key(role, directory.chongming)
    assert await ids(world, other, "13912345678") == [named]
    world.clock.pass_s(1 / HIDDEN_NUMBERS.per_s)
    assert await ids(world, headers, "13912345678") == [named]


async def test_others_customers_are_not_found(
    world: World, directory: Directory, named: str
) -> None:
    for headers in (
        await world.key(Role.COUNTY_MANAGER, directory.fengxian),
        await world.key(Role.MANAGER, None, directory.other_manager),
        await world.key(Role.INTEGRATOR, directory.fengxian),
    ):
        for said in ("王丽", "wl", "crm-77", "5678", "13912345678"):
            assert named not in await ids(world, headers, said), said


async def test_with_other_filters_and_page_by_page(
    world: World, admin: dict[str, str], directory: Directory, named: str
) -> None:
    assert await ids(world, admin, "王", owner_id=directory.manager) == [named]
    assert await ids(world, admin, "王", owner_id=directory.other_manager) == []
    assert await ids(world, admin, "王", group_id=directory.chongming) == [named]
    assert await ids(world, admin, "王", group_id=directory.fengxian) == []
    assert await ids(world, admin, "王", **{"class": "gold"}) == []
    assert await ids(world, admin, "王", number="13912345678") == [named]
    assert await ids(world, admin, "王", number=CUSTOMER_MOBILE) == []
    for blank in ("", "  ", "　"):
        assert await ids(world, admin, blank) == []
    bad = await world.client.get("/v1/customers", params={"q": "x" * 101}, headers=admin)
    assert bad.status_code == 422
