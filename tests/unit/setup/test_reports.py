"""The process that sums: begun when something waits, gone when nothing does."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from config.settings import Settings
from tests.parts.empty_store import empty_store
from tests.unit.api.conftest import make_world
from tests.unit.api.fakes import make_call
from voicegw.clock import SystemClock
from voicegw.events.alerts import Alerts
from voicegw.events.factory import EventFactory
from voicegw.journal.entries import CallChanged
from voicegw.model.call import CallOutcome
from voicegw.model.event import Event
from voicegw.model.report import ReportKind
from voicegw.reports.service import ReportRequest
from voicegw.setup.reports import ALERT_FAILED, RollupPart
from voicegw.store.report_rollups import RollupRepository


async def test_what_was_written_is_summed_beside_the_node(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'voicegw.db'}"
    empty_store(url)
    async with make_world(tmp_path, url) as world:
        raised: list[Event] = []
        alerts = Alerts(EventFactory(world.clock), "node-1", raised.append)
        settings = Settings.model_validate({"store": {"url": url}})
        part = RollupPart(settings, world.database, world.clock, alerts, wait_s=0, idle_s=0.1)
        call = make_call(outcome=CallOutcome.CONNECTED)
        await world.write(CallChanged(call))
        day = call.created_at.date()
        request = ReportRequest(ReportKind.ACTIVITY, day, day + timedelta(days=2))
        assert (await world.services.reports.table(request)).as_of is None
        await part.look()
        table = await world.services.reports.table(request)
        assert table.totals["calls"] == 1
        assert table.as_of is not None
        assert raised == []
        await part.look()  # nothing waits: no process


async def test_what_a_killed_process_has_left_is_summed_at_once(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'voicegw.db'}"
    empty_store(url)
    async with make_world(tmp_path, url) as world:
        alerts = Alerts(EventFactory(world.clock), "node-1", lambda _event: None)
        settings = Settings.model_validate({"store": {"url": url}, "node": {"name": "node-1"}})
        part = RollupPart(settings, world.database, world.clock, alerts, wait_s=0, idle_s=0.1)
        await world.write(CallChanged(make_call(outcome=CallOutcome.CONNECTED)))
        rollups = RollupRepository(world.database)
        killed, now = "node-1/evt_killed", SystemClock().now()
        assert await rollups.lease(killed, now, 3600)
        await part.look()
        assert not await rollups.has_marks()


async def test_somebody_is_told_when_it_fails(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'voicegw.db'}"
    empty_store(url)
    async with make_world(tmp_path, url) as world:
        alerts = Alerts(EventFactory(world.clock), "node-1", lambda _event: None)
        elsewhere = Settings.model_validate({"store": {"url": f"sqlite:///{tmp_path / 'no.db'}"}})
        part = RollupPart(elsewhere, world.database, world.clock, alerts, wait_s=0)
        await world.write(CallChanged(make_call(outcome=CallOutcome.MISSED)))
        await part.look()
        assert list(alerts.raised) == [ALERT_FAILED]
