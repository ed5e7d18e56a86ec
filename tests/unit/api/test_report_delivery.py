"""Scheduled reports of a node: made by a process, sent by a real mail server, once."""

from __future__ import annotations

import asyncio
import io
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import openpyxl
import pytest

from config.settings import Settings
from recordings.work_loop import WorkRules
from tests.parts.mail_server import MailServer, mail_server
from tests.unit.api.conftest import Directory, World
from voicegw.events.alerts import Alerts
from voicegw.events.factory import EventFactory
from voicegw.job_process import JobEnd
from voicegw.model.directory import Role
from voicegw.model.event import EventType
from voicegw.model.report import ReportKind
from voicegw.model.report_file import (
    FileState,
    Period,
    ReportFile,
    ReportSchedule,
)
from voicegw.reports.file_job import FileOrder, carry_out
from voicegw.setup.report_files import ALERT_MAIL, ALERT_REPORT, ReportFilePart

_AT_ONCE = WorkRules(attempts=2, idle_s=0.05, retry_s=0.0, retry_max_s=0.0)


@dataclass
class Office:
    """A node's schedules over a store of its own; `part` runs."""

    world: World
    alerts: Alerts
    part: ReportFilePart
    server: MailServer
    folder: Path
    raised: list[str] = field(default_factory=list)

    async def schedule(self, owner: str, **more: Any) -> ReportSchedule:
        """Have a report of yesterday made now."""
        now = self.world.clock.now()
        schedule = ReportSchedule(
            id="sch_1",
            owner=owner,
            created_at=now - timedelta(days=3),
            name="Daily",
            report=ReportKind.ACTIVITY,
            period=Period.DAY,
            at="00:00",
            timezone="UTC",
            mail_to=("a@example.com",),
            next_at=now - timedelta(days=2),
        )
        made = msgspec.structs.replace(schedule, **more)
        repositories = self.world.services.repositories
        assert await repositories.report_schedules.create(made, most=1)
        await self.part.look()
        return made

    async def ended(self) -> ReportFile:
        """Return the one file, once it is completed or failed."""
        files = self.world.services.repositories.report_files
        async with asyncio.timeout(60):
            while True:
                (file,) = (await files.list()).items
                if file.state in {FileState.COMPLETED, FileState.FAILED}:
                    return file
                await asyncio.sleep(0.02)

    async def told(self) -> list[str]:
        """Return how the files have ended, as events tell."""
        found = await self.world.services.repositories.events.after(None, 100)
        events = [one.event for one in found]
        return [one.data["state"] for one in events if one.type is EventType.REPORT_COMPLETED]


@pytest.fixture
async def office(world: World, tmp_path: Path) -> AsyncIterator[Office]:
    """A node that mails to a real server and writes to a folder."""
    async with mail_server() as server, _office(world, tmp_path, server) as made:
        yield made


@asynccontextmanager
async def _office(
    world: World, tmp_path: Path, server: MailServer, **mail: Any
) -> AsyncIterator[Office]:
    folder = tmp_path / "reports"
    settings = Settings.model_validate(
        {
            "node": {"name": "node-1", "data_dir": str(tmp_path / "data")},
            "store": {"url": f"sqlite:///{tmp_path}/voicegw.db"},
            "mail": {
                "server": "127.0.0.1", "port": server.port, "tls": "none",
                "sender": "voicegw@example.com", **mail,
            },
            "reports": {"storage": f"file://{folder}"},
        }
    )  # fmt: skip
    events = EventFactory(world.clock)
    alerts = Alerts(events, "node-1", lambda _event: None)
    part = ReportFilePart(
        settings, world.services, clock=world.clock, events=events, alerts=alerts, rules=_AT_ONCE
    )
    part.begin()
    try:
        yield Office(world, alerts, part, server, folder)
    finally:
        await part.stop()


async def in_this_process(_module: str, order: FileOrder) -> JobEnd:
    """Do the job without a process of its own, whose start is most of its time."""
    await carry_out(order)
    return JobEnd(0, b"", "")


@pytest.fixture
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make files in this process; it stays as important as it is."""
    monkeypatch.setattr("voicegw.setup.report_files.run_job", in_this_process)
    monkeypatch.setattr("voicegw.reports.file_job.os.nice", lambda _by: 0)


async def owner_of(world: World, directory: Directory) -> str:
    """Return the id of a county manager's key."""
    await world.key(Role.COUNTY_MANAGER, directory.chongming)
    page = await world.services.repositories.keys.list()
    return next(one.id for one in page.items if one.role is Role.COUNTY_MANAGER)


async def test_a_report_is_made_and_brought_to_its_places_once(
    office: Office, directory: Directory
) -> None:
    owner = await owner_of(office.world, directory)
    await office.schedule(owner, folder="county/daily")
    await office.part.look()
    file = await office.ended()
    assert (file.state, file.failure, file.group_id) == (
        FileState.COMPLETED,
        None,
        directory.chongming,
    )
    (mail,) = office.server.mails
    (attached,) = mail.iter_attachments()
    content = attached.get_content()
    (put,) = (office.folder / "county/daily").iterdir()
    assert put.read_bytes() == content
    assert put.name == f"activity_{file.from_}_{file.until}_sch_1.xlsx"
    assert "报表" in openpyxl.load_workbook(io.BytesIO(content)).sheetnames
    files = office.world.services.repositories.report_files
    assert await files.content(file.id) == content
    assert await office.told() == ["completed"]
    assert office.alerts.raised == {}


@pytest.mark.usefixtures("short")
async def test_a_greylisted_mail_is_sent_at_the_second_attempt(
    office: Office, directory: Directory
) -> None:
    office.server.to_rcpt = ["450 4.2.0 greylisted"]
    await office.schedule(await owner_of(office.world, directory))
    assert (await office.ended()).state is FileState.COMPLETED
    assert len(office.server.mails) == 1
    assert ALERT_MAIL not in office.alerts.raised


@pytest.mark.usefixtures("short")
async def test_an_address_that_is_refused_fails_the_file_and_not_the_others(
    office: Office, directory: Directory
) -> None:
    office.server.to_rcpt = ["550 5.1.1 no such user"]
    owner = await owner_of(office.world, directory)
    await office.schedule(owner, mail_to=("gone@example.com", "b@example.com"))
    file = await office.ended()
    assert (file.state, file.failure) == (FileState.FAILED, "recipient-refused")
    assert [mail["To"] for mail in office.server.mails] == ["b@example.com"]
    assert {ALERT_MAIL, ALERT_REPORT} <= set(office.alerts.raised)
    assert "gone@example.com" not in str(office.alerts.raised)


@pytest.mark.usefixtures("short")
async def test_a_server_that_is_gone_for_good_ends_in_failure(
    office: Office, directory: Directory
) -> None:
    office.server.to_data = ["451 4.3.0 try later"] * 2
    await office.schedule(await owner_of(office.world, directory))
    file = await office.ended()
    assert (file.state, file.failure) == (FileState.FAILED, "put-off")
    assert office.server.mails == []
    assert await office.told() == ["failed"]


@pytest.mark.usefixtures("short")
async def test_an_address_whose_domain_is_not_allowed_any_more_gets_nothing(
    world: World, tmp_path: Path, directory: Directory
) -> None:
    async with (
        mail_server() as server,
        _office(world, tmp_path, server, recipient_domains=["Example.com"]) as office,
    ):
        owner = await owner_of(world, directory)
        await office.schedule(owner, mail_to=("a@elsewhere.net", "b@EXAMPLE.com"))
        file = await office.ended()
    assert (file.state, file.failure) == (FileState.FAILED, "domain-not-allowed")
    assert [mail["To"] for mail in server.mails] == ["b@EXAMPLE.com"]


@pytest.mark.usefixtures("short")
async def test_who_lost_the_right_gets_nothing(
    office: Office, directory: Directory, admin: dict[str, str]
) -> None:
    owner = await owner_of(office.world, directory)
    assert (await office.world.client.delete(f"/v1/keys/{owner}", headers=admin)).status_code == 204
    await office.schedule(owner)
    file = await office.ended()
    assert (file.state, file.failure) == (FileState.FAILED, "owner-may-not")
    assert office.server.mails == []
    assert ALERT_REPORT in office.alerts.raised


@pytest.mark.usefixtures("short")
async def test_a_report_that_can_not_be_made_any_more_is_not_tried_again(
    office: Office, directory: Directory
) -> None:
    owner = await owner_of(office.world, directory)
    schedule = await office.schedule(owner, enabled=False)
    filters = msgspec.convert({"by": ["hotline"]}, type(schedule.filters))
    bad = msgspec.structs.replace(
        schedule, enabled=True, report=ReportKind.MANAGERS, filters=filters
    )
    await office.world.services.repositories.report_schedules.replace(bad, 1)
    await office.part.look()
    assert (await office.ended()).failure == "invalid-by"
