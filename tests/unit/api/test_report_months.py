"""`/v1/reports/months`: which months are closed, and whose corrections somebody sees."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest

from api.schemas.report_months import CorrectionView, FrozenMonthsView
from tests.unit.api.conftest import Directory, World
from voicegw.model.directory import Role
from voicegw.store import schema

PATH = "/v1/reports/months"
OCTOBER = date(2026, 10, 1)
AT = datetime(2026, 11, 10, tzinfo=UTC)


@pytest.fixture
async def closed(world: World, directory: Directory) -> Directory:
    """October is closed; since then calls of a manager, of a colleague and of elsewhere came."""
    month = {"month": OCTOBER, "frozen_at": AT, "rows": 3, "sha256": "aa", "previous_sha256": ""}
    common = {
        "month": OCTOBER, "kind": "calls", "day": date(2026, 10, 20), "hotline_id": "",
        "type": "inbound", "name": "calls", "before": 1, "after": 2, "at": AT,
        "caused_by": ["call_own", "call_of_a_colleague"],
    }  # fmt: skip
    whose = [
        (directory.chongming, directory.manager),
        (directory.chongming, "mgr_colleague"),
        (directory.fengxian, ""),
    ]
    corrections = [
        {**common, "group_id": group_id, "manager_id": manager_id} for group_id, manager_id in whose
    ]

    def fill(connection: Any) -> None:
        connection.execute(schema.report_months.insert(), month)
        connection.execute(schema.report_corrections.insert(), corrections)

    await world.database.do_write(fill)
    return directory


async def test_each_role_sees_the_corrections_of_its_scope(
    world: World, closed: Directory, admin: dict[str, str]
) -> None:
    county = await world.key(Role.COUNTY_MANAGER, closed.chongming)
    manager = await world.key(Role.MANAGER, closed.chongming, closed.manager)
    for who, number, causes in ((admin, 3, 2), (county, 2, 2), (manager, 1, 0)):
        answer = await world.client.get(f"{PATH}/2026-10/corrections", headers=who)
        items = answer.json()["items"]
        assert len(items) == number
        for one in items:
            CorrectionView.model_validate(one)
            # A manager learns nothing of what colleagues did that day.
            assert len(one["caused_by"]) == causes
    other = f"{PATH}/2026-10/corrections?group_id={closed.fengxian}"
    assert (await world.client.get(other, headers=county)).json()["items"] == []


async def test_closed_months_are_listed_and_others_do_not_exist(
    world: World, closed: Directory, admin: dict[str, str]
) -> None:
    listed = (await world.client.get(PATH, headers=admin)).json()
    FrozenMonthsView.model_validate(listed)
    assert [one["month"] for one in listed["items"]] == ["2026-10"]
    for month in ("2026-11", "2026-13", "october", "0000-01"):
        answer = await world.client.get(f"{PATH}/{month}/corrections", headers=admin)
        assert answer.status_code == 404, month
    reviewer = await world.key(Role.QA_REVIEWER)
    assert (await world.client.get(PATH, headers=reviewer)).status_code == 404
