"""What the outlet does when a broker takes connections but no events, or is not there at all."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa

from tests.parts.empty_store import empty_store
from tests.parts.scripted_broker import ScriptedBroker
from tests.unit.events.mqtt.fakes import until
from voicegw.clock import SystemClock
from voicegw.events.delivery import lease as lease_module
from voicegw.events.delivery.outlet import OutletContext
from voicegw.events.mqtt import client as client_module
from voicegw.events.mqtt import publisher as module
from voicegw.events.mqtt.publisher import OUTLET, MqttOutlet
from voicegw.events.mqtt.terms import MqttTerms
from voicegw.model.event import Event, EventType
from voicegw.store import schema
from voicegw.store.database import Database
from voicegw.store.events import EventRepository
from voicegw.store.outlets import OutletRepository

NOW = datetime(2026, 1, 5, tzinfo=UTC)


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    url = f"sqlite:///{tmp_path}/gw.db"
    empty_store(url)
    opened = await Database.open(url)
    await OutletRepository(opened).begin(OUTLET, 0)
    event = Event("evt_1", EventType.CALL_RINGING, "call_1", NOW, 1, {"sequence": 1})
    await EventRepository(opened).add([event])
    yield opened
    await opened.close()


@pytest.fixture(autouse=True)
def _in_haste(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client_module, "_ACKNOWLEDGED_S", 0.1)
    monkeypatch.setattr(lease_module, "_RENEWED_WITHIN", 0.02 / lease_module.LEASE_S)
    for name, value in {"PATIENCE_S": 0.0, "LOOK_S": 0.02, "_TURN_S": 0.1, "_ASIDE_S": 0.2}.items():
        monkeypatch.setattr(module, name, value)


@asynccontextmanager
async def outlet(database: Database, port: int, node: str = "a") -> AsyncIterator[MqttOutlet]:
    context = OutletContext(node, f"{node}/1", database, SystemClock())
    one = MqttOutlet(context, MqttTerms("127.0.0.1", port, "gw"))
    task = asyncio.create_task(one.run())
    try:
        yield one
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


@pytest.fixture
def nobodys_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        return int(listening.getsockname()[1])


async def leased(database: Database) -> tuple[str, datetime]:
    columns = schema.outlets.c.leased_by, schema.outlets.c.lease_until
    query = sa.select(*columns).where(schema.outlets.c.name == OUTLET)
    row = await database.do_read(lambda connection: connection.execute(query).one())
    return row[0] or "", row[1]


async def test_a_broker_that_acknowledges_nothing_is_told_of_and_tried_again(
    database: Database,
) -> None:
    async with ScriptedBroker() as broker, outlet(database, broker.port) as one:
        await until(lambda: broker.connections > 1)
        (alert,) = one.alerts()
    assert alert.detail == "the broker acknowledges nothing"
    assert await OutletRepository(database).position(OUTLET) == 0


async def test_while_the_broker_is_away_the_outlet_is_served_still(
    database: Database, nobodys_port: int
) -> None:
    """What nobody serves for a week holds back no old events: they would be archived unsent."""
    async with outlet(database, nobodys_port) as one:
        await until(lambda: list(one.alerts()))
        _, before = await leased(database)
        async with asyncio.timeout(10):
            # What is waited for has no event of its own.
            while (await leased(database))[1] <= before:  # noqa: ASYNC110
                await asyncio.sleep(0.02)


async def test_a_node_that_does_not_reach_the_broker_lets_others_try(
    database: Database, nobodys_port: int
) -> None:
    async with outlet(database, nobodys_port) as one:
        await until(lambda: list(one.alerts()))
        async with ScriptedBroker() as broker, outlet(database, broker.port, "b"):
            # Long before the lease would have run out.
            await until(lambda: broker.connections)
        assert list(one.alerts()), "no event has left since"
        outlets = OutletRepository(database)
        async with asyncio.timeout(10):
            while not await outlets.lease(  # noqa: ASYNC110 - as above
                OUTLET, "b/2", SystemClock().now(), 60
            ):
                await asyncio.sleep(0.01)
        assert await outlets.move(OUTLET, "b/2", 1)
        await until(lambda: not list(one.alerts()))
