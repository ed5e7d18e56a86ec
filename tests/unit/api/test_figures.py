"""`/v1/reports/{report}`: who sees which figures, of which days, and where their rows are."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import msgspec
import pytest

from api.schemas.reports import ReportView
from tests.unit.api.conftest import Directory, World
from tests.unit.api.fakes import make_call
from voicegw.journal.entries import CallChanged
from voicegw.model.call import Call, CallOutcome, Direction, Leg, LegRole
from voicegw.model.directory import Role
from voicegw.reports.rollup import Rollup
from voicegw.store.groups import GroupRepository
from voicegw.store.report_facts import ReportFacts
from voicegw.store.report_rollups import RollupRepository

PATH = "/v1/reports/activity"


async def summed(world: World) -> None:
    """Have all that was written summed, as the process beside the node does."""
    rollup = Rollup(
        RollupRepository(world.database),
        ReportFacts(world.database),
        GroupRepository(world.database),
        world.clock,
        owner="test",
        timezone="Asia/Shanghai",
    )
    while await rollup.round():
        pass


def talk(world: World, talk_s: float = 60.0, **about: Any) -> Call:
    """Return a call in which a customer was dialled an hour ago and talked with."""
    at = world.clock.now() - timedelta(hours=1)
    call = make_call(created_at=at, outcome=CallOutcome.CONNECTED, **about)
    call.bridged_at, call.talk_s, call.ended_at = at, talk_s, at + timedelta(seconds=talk_s)
    call.legs = [Leg("leg_1", LegRole.CUSTOMER, started_at=at, answered_at=at)]
    return call


@pytest.fixture
async def talks(world: World, directory: Directory) -> Directory:
    """Two talks of the manager and a call in vain of a group elsewhere, all summed."""
    own = {"group_id": directory.chongming, "manager_id": directory.manager}
    missed = make_call(
        group_id=directory.fengxian,
        created_at=world.clock.now() - timedelta(hours=2),
        outcome=CallOutcome.MISSED,
    )
    missed = msgspec.structs.replace(missed, direction=Direction.INBOUND)
    await world.write(
        CallChanged(talk(world, 60.0, **own)),
        CallChanged(talk(world, 120.0, **own)),
        CallChanged(missed),
    )
    await summed(world)
    return directory


async def report(world: World, who: dict[str, str], query: str = "") -> dict[str, Any]:
    """The report that somebody sees."""
    answer = await world.client.get(PATH + query, headers=who)
    assert answer.status_code == 200, answer.text
    ReportView.model_validate(answer.json())
    found: dict[str, Any] = answer.json()
    return found


async def test_figures_are_split_by_days_and_people(
    world: World, talks: Directory, admin: dict[str, str]
) -> None:
    found = await report(world, admin, "?by=day&by=manager")
    today = (world.clock.now() - timedelta(hours=1) + timedelta(hours=8)).date().isoformat()
    assert found["timezone"] == "Asia/Shanghai"
    assert found["as_of"] is not None
    assert [one["key"] for one in found["keys"]] == ["day", "manager_id"]
    (own, nobody) = found["rows"]
    assert own["keys"] == {"day": today, "manager_id": talks.manager}
    assert own["names"] == {"manager_id": "Li Min"} or own["names"]["manager_id"]
    assert (own["figures"]["talks"], own["figures"]["talk_s"]) == (2, 180.0)
    assert own["figures"]["connect_rate"] == 1.0
    assert nobody["keys"]["manager_id"] is None
    assert nobody["figures"]["lost"] == nobody["figures"]["missed"] == 1
    assert found["totals"]["calls"] == 3


async def test_each_role_sees_the_figures_of_its_scope(
    world: World, talks: Directory, admin: dict[str, str]
) -> None:
    county = await world.key(Role.COUNTY_MANAGER, talks.chongming)
    elsewhere = await world.key(Role.COUNTY_MANAGER, talks.fengxian)
    manager = await world.key(Role.MANAGER, talks.chongming, talks.manager)
    for who, calls in ((admin, 3), (county, 2), (manager, 2), (elsewhere, 1)):
        assert (await report(world, who))["totals"]["calls"] == calls
    assert (await report(world, county, f"?group_id={talks.fengxian}"))["totals"]["calls"] == 0
    for role in (Role.QA_REVIEWER, Role.INTEGRATOR):
        answer = await world.client.get(PATH, headers=await world.key(role))
        assert answer.status_code == 404


async def test_a_row_leads_to_the_calls_that_it_counts(
    world: World, talks: Directory, admin: dict[str, str]
) -> None:
    found = await report(world, admin, "?by=day&by=manager")
    listed = await world.client.get(found["rows"][0]["rows"]["calls"], headers=admin)
    assert len(listed.json()["items"]) == found["rows"][0]["figures"]["calls"] == 2
    # Nothing lists what has no manager.
    assert found["rows"][1]["rows"] == {}


async def test_a_row_of_a_group_leads_to_what_is_its_own(
    world: World, talks: Directory, admin: dict[str, str]
) -> None:
    await world.write(CallChanged(talk(world, 30.0, group_id=talks.city)))
    await summed(world)
    found = await report(world, admin, "?by=group")
    assert {one["keys"]["group_id"]: one["figures"]["calls"] for one in found["rows"]} == {
        talks.city: 1, talks.chongming: 2, talks.fengxian: 1,
    }  # fmt: skip
    for row in found["rows"]:
        listed = await world.client.get(row["rows"]["calls"], headers=admin)
        assert len(listed.json()["items"]) == row["figures"]["calls"]
    county = await world.key(Role.COUNTY_MANAGER, talks.chongming)
    elsewhere = await world.client.get(
        f"/v1/calls?below=false&group_id={talks.city}", headers=county
    )
    assert elsewhere.json()["items"] == []


async def test_a_row_of_an_own_type_leads_to_its_tasks(
    world: World, directory: Directory, admin: dict[str, str]
) -> None:
    for body in ({"type": "own", "own_type": "fibre"}, {"type": "revisit"}):
        about = {"manager_id": directory.manager, "customer_id": directory.customer}
        made = await world.client.post("/v1/tasks", json=body | about, headers=admin)
        assert made.status_code == 201, made.text
    await summed(world)
    answer = await world.client.get("/v1/reports/tasks?by=type&by=group", headers=admin)
    links = {one["keys"]["type"]: one["rows"]["tasks"] for one in answer.json()["rows"]}
    assert set(links) == {"fibre", "revisit"}
    for name, link in links.items():
        listed = (await world.client.get(link, headers=admin)).json()["items"]
        assert [one["own_type"] or one["type"] for one in listed] == [name]


async def test_a_figure_s_query_lists_what_it_counts(
    world: World, talks: Directory, admin: dict[str, str]
) -> None:
    at = world.clock.now() - timedelta(hours=1)
    own = {"group_id": talks.chongming, "manager_id": talks.manager}
    # The customer hangs up while the manager's phone is still rung.
    left = make_call(created_at=at, outcome=CallOutcome.ABANDONED, **own)
    await world.write(CallChanged(left))
    await summed(world)
    found = await report(world, admin, "?by=manager&by=type")
    narrowed = [one for one in found["columns"] if one["query"]]
    assert {one["key"] for one in narrowed} >= {"abandoned", "missed", "callers"}
    (row,) = [one for one in found["rows"] if one["rows"]]
    assert row["figures"]["abandoned"] == 1
    for column in narrowed:
        if "direction" in column["query"]:
            continue  # the row is about another one
        listed = await world.client.get(f"{row['rows']['calls']}&{column['query']}", headers=admin)
        assert len(listed.json()["items"]) == row["figures"][column["key"]], column["key"]


async def test_the_span_before_stands_beside(
    world: World, talks: Directory, admin: dict[str, str]
) -> None:
    tomorrow = (world.clock.now() + timedelta(hours=32)).date()
    after = tomorrow + timedelta(days=10)
    found = await report(
        world, admin, f"?from={tomorrow}&until={after}&by=manager&compare=previous"
    )
    assert found["previous_totals"]["calls"] == 3
    assert found["totals"]["calls"] == 0
    assert found["previous_from"] == (tomorrow - timedelta(days=10)).isoformat()


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("?by=day&by=month", "by"),
        ("?from=2026-02-01&until=2026-01-01", "until"),
        ("?from=2020-01-01&until=2026-01-01", "from"),
        ("?from=2026-01-01T08:00:00Z", "query.from"),
        ("?until=0001-01-03", "query.until"),
        ("?from=9999-12-31", "query.from"),
    ],
)
async def test_what_cannot_be_reported_is_said(
    world: World, admin: dict[str, str], query: str, field: str
) -> None:
    answer = await world.client.get(PATH + query, headers=admin)
    assert answer.status_code == 422
    assert field.rpartition(".")[2] in answer.json()["errors"][0]["field"]
