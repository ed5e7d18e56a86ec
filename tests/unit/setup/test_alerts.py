"""What an earlier run has left raised is cleared when it is true no more."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from pathlib import Path

from tests.parts.empty_store import empty_store
from voicegw.clock import SystemClock
from voicegw.events.alerts import Alerts
from voicegw.events.factory import EventFactory
from voicegw.model.event import Event
from voicegw.setup.alerts import inherit_alerts
from voicegw.store.alerts import AlertRepository
from voicegw.store.database import Database
from voicegw.store.events import EventRepository


async def test_an_alert_of_before_a_crash_is_cleared_by_an_event(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/voicegw.db"
    empty_store(url)
    database = await Database.open(url, node="node-1")
    factory, events = EventFactory(SystemClock()), EventRepository(database)
    await events.add(
        [
            factory.alert("node-1/overloaded", "", raised=True),
            factory.alert("node-2/overloaded", "", raised=True),
        ]
    )
    written: list[Event] = []
    cleared = asyncio.Event()

    def write(event: Event) -> None:
        written.append(event)
        cleared.set()

    alerts = Alerts(factory, "node-1", write)
    async with AsyncExitStack() as stack:
        await inherit_alerts(alerts, AlertRepository(database), "node-1", stack, settle_s=0.01)
        assert set(alerts.raised) == {"overloaded"}
        async with asyncio.timeout(10):
            await cleared.wait()
    await events.add(written)
    assert [one.subject for one in await AlertRepository(database).raised()] == [
        "node-2/overloaded"
    ]
    await database.close()


async def test_without_a_store_nothing_is_inherited(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/voicegw.db"
    empty_store(url)
    database = await Database.open(url)
    alerts = Alerts(EventFactory(SystemClock()), "node-1", lambda _event: None)
    async with database.write() as connection:
        await connection.exec_driver_sql("DROP TABLE alerts")
    async with AsyncExitStack() as stack:
        await inherit_alerts(alerts, AlertRepository(database), "node-1", stack)
    assert alerts.raised == {}
    await database.close()
