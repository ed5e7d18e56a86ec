"""Old events leave the store by a process of their own, and somebody is told when they can't."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from config.settings import Settings
from tests.parts.empty_store import empty_store
from voicegw.clock import SystemClock
from voicegw.events.alerts import Alerts
from voicegw.events.factory import EventFactory
from voicegw.model.event import Event, EventType
from voicegw.setup.events import ALERT_FAILED, ALERT_HELD, ArchivePart
from voicegw.store.database import Database
from voicegw.store.events import EventRepository
from voicegw.store.outlets import OutletRepository

CLOCK = SystemClock()


class Office:
    """A node's archive over a store of its own."""

    def __init__(self, database: Database, settings: Settings) -> None:
        self.database = database
        self.alerts = Alerts(EventFactory(CLOCK), "node-1", lambda _event: None)
        self.part = ArchivePart(settings, database, CLOCK, self.alerts)
        self.folder = settings.node.data_dir / "events-archive"

    async def fill(self, *ages_days: float) -> None:
        """Add an event of each age."""
        now = CLOCK.now()
        await EventRepository(self.database).add(
            [
                Event(
                    f"evt_{number}",
                    EventType.CALL_ENDED,
                    "call_1",
                    now - timedelta(days=age),
                    number,
                    {},
                )
                for number, age in enumerate(ages_days)
            ]
        )

    async def left(self) -> int:
        return len(await EventRepository(self.database).after())


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    settings = Settings.model_validate(
        {
            "node": {"name": "node-1", "data_dir": str(tmp_path / "data")},
            "store": {"url": f"sqlite:///{tmp_path}/voicegw.db"},
        }
    )
    empty_store(settings.store.url)
    database = await Database.open(settings.store.url, node="node-1")
    yield Office(database, settings)
    await database.close()


async def test_what_is_old_leaves_the_store_for_a_file(office: Office) -> None:
    await office.fill(40, 40, 1)
    await office.part.look()
    assert await office.left() == 1
    assert len(list(office.folder.iterdir())) == 1
    assert office.alerts.raised == {}
    (figure,) = office.part.figures()
    assert figure.name == "events_oldest_seconds"
    assert figure.value == pytest.approx(86400, abs=60)


async def test_what_is_young_starts_no_process(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.executable", "/nowhere/python")
    await office.part.look()
    assert list(office.part.figures()) == []
    await office.fill(29, 1)
    await office.part.look()
    assert office.alerts.raised == {}


async def test_an_outlet_that_holds_the_archive_back_is_named(office: Office) -> None:
    outlets = OutletRepository(office.database)
    await office.fill(40, 1)
    await outlets.lease("mqtt", "node-1/a", CLOCK.now(), 60)
    await outlets.move("mqtt", "node-1/a", 0)
    await office.part.look()
    assert "mqtt" in office.alerts.raised[ALERT_HELD]
    assert await office.left() == 2
    await outlets.move("mqtt", "node-1/a", 1)
    await office.part.look()
    assert office.alerts.raised == {}
    assert await office.left() == 1


async def test_a_folder_that_refuses_is_told(office: Office) -> None:
    await office.fill(40, 1)
    shutil.rmtree(office.folder)
    await office.part.look()
    assert "No such file" in office.alerts.raised[ALERT_FAILED]
    assert await office.left() == 2
    office.folder.mkdir()
    await office.part.look()
    assert office.alerts.raised == {}


async def test_a_process_that_cannot_be_started_is_told(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    await office.fill(40, 1)
    monkeypatch.setattr("sys.executable", "/nowhere/python")
    await office.part.look()
    assert "could be started" in office.alerts.raised[ALERT_FAILED]
