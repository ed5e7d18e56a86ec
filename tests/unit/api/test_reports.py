"""`/v1/reports/quality`: who sees which rows, in which form."""

from __future__ import annotations

import csv
import io
from datetime import timedelta
from typing import Any

import pytest

from api.schemas.reports import QualityReportView
from tests.unit.api.conftest import Directory, World
from tests.unit.api.fakes import make_call, make_recording
from voicegw.journal.entries import CallChanged, RecordingChanged
from voicegw.model.directory import Role

PATH = "/v1/reports/quality"


@pytest.fixture
async def talks(world: World, directory: Directory) -> Directory:
    """A talk of the manager and one of a group elsewhere."""
    for owner in (
        {"group_id": directory.chongming, "manager_id": directory.manager},
        {"group_id": directory.fengxian, "manager_id": None},
    ):
        call = make_call(**owner, created_at=world.clock.now() - timedelta(hours=1))
        await world.write(CallChanged(call), RecordingChanged(make_recording(call)))
    return directory


async def rows(world: World, who: dict[str, str], query: str = "") -> list[dict[str, Any]]:
    """The rows that somebody sees."""
    answer = await world.client.get(PATH + query, headers=who)
    assert answer.status_code == 200, answer.text
    QualityReportView.model_validate(answer.json())
    found: list[dict[str, Any]] = answer.json()["rows"]
    return found


async def test_each_role_sees_the_rows_of_its_scope(
    world: World, talks: Directory, admin: dict[str, str]
) -> None:
    county = await world.key(Role.COUNTY_MANAGER, talks.chongming)
    manager = await world.key(Role.MANAGER, talks.chongming, talks.manager)
    assert [one["id"] for one in await rows(world, admin)] == [talks.manager, None]
    assert [one["id"] for one in await rows(world, county)] == [talks.manager]
    (own,) = await rows(world, manager)
    assert (own["id"], own["talks"], own["reviews"], own["agreement"]) == (
        talks.manager,
        1,
        0,
        None,
    )
    assert own["name"]
    query = f"?by=group&group_id={talks.fengxian}"
    assert [one["id"] for one in await rows(world, admin, query)] == [talks.fengxian]
    assert await rows(world, county, query) == []
    integrator = await world.key(Role.INTEGRATOR)
    assert (await world.client.get(PATH, headers=integrator)).status_code == 404


async def test_the_report_comes_as_csv_where_that_is_asked_for(
    world: World, talks: Directory, admin: dict[str, str]
) -> None:
    answer = await world.client.get(PATH, headers={**admin, "Accept": "text/csv"})
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    lines = list(csv.DictReader(io.StringIO(answer.text)))
    assert [(one["id"], one["talks"]) for one in lines] == [(talks.manager, "1"), ("", "1")]
    assert {one["findings.phrase-forbidden"] for one in lines} == {"0"}
    refused = await world.client.get(PATH, headers={**admin, "Accept": "image/png"})
    assert (refused.status_code, refused.json()["code"]) == (406, "not-acceptable")


async def test_a_time_span_is_bounded(world: World, admin: dict[str, str]) -> None:
    for query, field in (
        ("?from=2026-02-01T00:00:00Z&until=2026-01-01T00:00:00Z", "until"),
        ("?from=2020-01-01T00:00:00Z&until=2026-01-01T00:00:00Z", "from"),
        ("?until=0001-01-01T01:00:16Z", "until"),
        ("?from=9999-12-31T23:59:59Z", "from"),
    ):
        refused = await world.client.get(PATH + query, headers=admin)
        assert refused.status_code == 422
        assert refused.json()["errors"][0]["field"] == field, refused.text
    assert await rows(world, admin, "?until=2020-01-01T00:00:00Z") == []
