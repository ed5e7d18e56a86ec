"""`/v1/report-schedules` and `/v1/report-files`: who may have what made, and fetch it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import msgspec
import pytest

from api.report_owner import ReportOwners
from api.schemas.report_files import ReportFileView, ReportScheduleView
from api.services import ReportOptions
from tests.unit.api.conftest import Directory, World
from voicegw.model.directory import Role
from voicegw.model.report import ReportKind
from voicegw.model.report_file import FileState
from voicegw.reports.schedule import due_file

PATH = "/v1/report-schedules"
BODY = {"name": "Daily", "report": "activity", "period": "day", "at": "07:30"}


def allow(world: World, **options: Any) -> None:
    """Let schedules ask for mail and folders."""
    services = world.services
    reports = ReportOptions(mails=True, has_folders=True, **options)
    services.options = replace(services.options, reports=reports)


async def make(world: World, who: dict[str, str], expect: int = 201, **more: Any) -> dict[str, Any]:
    """Return what was answered to a schedule that was asked for."""
    answer = await world.client.post(PATH, headers=who, json={**BODY, **more})
    assert answer.status_code == expect, answer.text
    found: dict[str, Any] = answer.json()
    return found


@pytest.fixture
async def county(world: World, directory: Directory) -> dict[str, str]:
    """The key of a county manager."""
    return await world.key(Role.COUNTY_MANAGER, directory.chongming)


async def test_a_schedule_is_made_changed_and_deleted(
    world: World, admin: dict[str, str], county: dict[str, str]
) -> None:
    allow(world)
    made = await make(world, county, mail_to=["a@example.com", "a@example.com"], folder="x/y")
    ReportScheduleView.model_validate(made)
    assert made["mail_to"] == ["a@example.com"]
    assert made["timezone"] == "Asia/Shanghai"
    assert made["next_at"] > world.clock.now().isoformat()
    path = f"{PATH}/{made['id']}"
    off = {**BODY, "enabled": False, "name": "Never"}
    stale = await world.client.put(path, headers={**county, "If-Match": '"7"'}, json=off)
    assert (stale.status_code, stale.json()["code"]) == (412, "revision-changed")
    answer = await world.client.put(path, headers={**county, "If-Match": '"1"'}, json=off)
    assert (answer.status_code, answer.headers["ETag"]) == (200, '"2"')
    assert answer.json()["next_at"] is None
    assert answer.json()["owner"] == made["owner"]
    listed = await world.client.get(PATH, headers=admin)
    assert [one["id"] for one in listed.json()["items"]] == [made["id"]]
    assert (await world.client.delete(path, headers=county)).status_code == 204
    assert (await world.client.get(path, headers=county)).status_code == 404


async def test_another_s_schedule_does_not_exist(
    world: World, directory: Directory, county: dict[str, str]
) -> None:
    other = await world.key(Role.COUNTY_MANAGER, directory.chongming)
    path = f"{PATH}/{(await make(world, county))['id']}"
    for method in ("GET", "DELETE"):
        assert (await world.client.request(method, path, headers=other)).status_code == 404
    assert (await world.client.put(path, headers=other, json=BODY)).status_code == 404
    assert (await world.client.get(PATH, headers=other)).json()["items"] == []


@pytest.mark.parametrize(
    ("field", "more"),
    [
        ("at", {"at": "25:00"}),
        ("timezone", {"timezone": "Mars/Phobos"}),
        ("on", {"period": "week", "on": 9}),
        ("by", {"filters": {"by": ["day", "month"]}}),
        ("filters.group_id", {"filters": {"group_id": "grp_of_others"}}),
        ("folder", {"folder": "../etc"}),
        ("mail_to.0", {"mail_to": ["a@elsewhere.org"]}),
        ("mail_to.0", {"mail_to": ["a@example.com, b@example.com"]}),
    ],
)
async def test_what_can_not_be_kept_is_refused(
    world: World, county: dict[str, str], field: str, more: dict[str, Any]
) -> None:
    allow(world, mail_domains=frozenset({"example.com"}))
    refused = await make(world, county, expect=422, **more)
    assert refused["errors"][0]["field"] == field


@pytest.mark.parametrize("more", [{"mail_to": ["a@example.com"]}, {"folder": "county"}])
async def test_what_is_not_configured_is_refused(
    world: World, county: dict[str, str], more: dict[str, Any]
) -> None:
    refused = await make(world, county, expect=422, **more)
    assert refused["errors"][0]["field"] == next(iter(more))


async def test_there_are_only_so_many_of_one_owner(world: World, county: dict[str, str]) -> None:
    allow(world, schedules_per_owner=1)
    await make(world, county)
    assert (await make(world, county, expect=409))["code"] == "too-many-schedules"


async def test_a_file_is_fetched_by_its_owner(
    world: World, directory: Directory, county: dict[str, str]
) -> None:
    made = await make(world, county)
    later = world.clock.now() + timedelta(days=1)
    repositories = world.services.repositories
    assert await repositories.report_schedules.begin_due(later, lambda one: due_file(one, later))
    listed = await world.client.get(f"/v1/report-files?schedule_id={made['id']}", headers=county)
    (file,) = listed.json()["items"]
    ReportFileView.model_validate(file)
    path = f"/v1/report-files/{file['id']}"
    early = await world.client.get(f"{path}/content", headers=county)
    assert (early.status_code, early.json()["code"]) == (409, "report-not-made")
    known = await repositories.report_files.get(file["id"])
    assert known is not None
    assert known.state is FileState.WAITING
    await repositories.report_files.keep(known, b"PK")
    answer = await world.client.get(f"{path}/content", headers=county)
    assert answer.content == b"PK"
    assert known.file_name in answer.headers["Content-Disposition"]
    other = await world.key(Role.COUNTY_MANAGER, directory.chongming)
    for one in (path, f"{path}/content"):
        assert (await world.client.get(one, headers=other)).status_code == 404
    # Of one who works elsewhere by now, or saw all, the figures are not shown any more.
    for group_id, status in ((directory.chongming, 200), (directory.fengxian, 404), (None, 404)):
        made_for = msgspec.structs.replace(known, made_at=later, group_id=group_id)
        await repositories.report_files.keep(made_for, b"PK")
        answer = await world.client.get(f"{path}/content", headers=county)
        assert answer.status_code == status


async def test_what_an_owner_may_see_is_asked_at_the_time(
    world: World, directory: Directory, admin: dict[str, str], county: dict[str, str]
) -> None:
    owner = (await make(world, county))["owner"]
    services = world.services
    repositories = services.repositories
    owners = ReportOwners(repositories.keys, repositories.users, services.scopes, world.clock)
    sees = await owners.sees(owner, ReportKind.TASKS, None, None)
    assert sees is not None
    assert sees.listing.group_ids == [directory.chongming]
    assert sees.group_id == directory.chongming
    assert await owners.sees(owner, ReportKind.TASKS, directory.fengxian, None) is None
    assert await owners.sees("key_gone", ReportKind.TASKS, None, None) is None
    assert (await world.client.delete(f"/v1/keys/{owner}", headers=admin)).status_code == 204
    assert await owners.sees(owner, ReportKind.TASKS, None, None) is None
