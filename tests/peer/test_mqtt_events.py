"""Events at a real broker: each to its call and its type, none lost while the broker is away."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest

from tests.parts.empty_store import empty_store
from tests.parts.gate import Gate
from tests.parts.mosquitto import Mosquitto
from tests.parts.mqtt_peer import MqttPeer
from tests.parts.node import wait_for
from voicegw.clock import SystemClock
from voicegw.events.delivery.outlet import OutletContext
from voicegw.events.mqtt.publisher import MqttOutlet
from voicegw.events.mqtt.terms import MqttTerms
from voicegw.model.directory import Group
from voicegw.model.event import Event, EventType
from voicegw.store.database import Database
from voicegw.store.events import EventRepository
from voicegw.store.groups import GroupRepository
from voicegw.store.outlets import OutletRepository

pytestmark = pytest.mark.peer

ALL = "gw/v1/events/#"
NUMBER = re.compile(r"\d{7}")
TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Mosquitto]:
    one = Mosquitto(tmp_path / "broker")
    one.start()
    yield one
    one.stop()


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    url = f"sqlite:///{tmp_path}/gw.db"
    empty_store(url)
    opened = await Database.open(url)
    yield opened
    await opened.close()


def event(number: int, group_id: str | None = None) -> Event:
    now = datetime(2026, 1, 5, tzinfo=UTC)
    data = {"customer_number": "+8613800138000", "sequence": number}
    subject = f"call_{number % 7}"
    return Event(f"evt_{number}", EventType.CALL_RINGING, subject, now, number, data, group_id)


@asynccontextmanager
async def publishing(
    database: Database, broker: Mosquitto | Gate, *, holder: str = "a", group_id: str | None = None
) -> AsyncIterator[OutletContext]:
    context = OutletContext("n", holder, database, SystemClock())
    outlet = MqttOutlet(context, MqttTerms("127.0.0.1", broker.port, "gw", group_id=group_id))
    task = asyncio.create_task(outlet.run())
    try:
        yield context
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def heard(peer: MqttPeer, count: int, timeout_s: float = 30) -> list[str]:
    """Wait for `count` different events and return their ids as they came."""

    def ids() -> list[str]:
        return [one.json["id"] for one in list(peer.heard)]

    await asyncio.to_thread(
        wait_for, f"{count} events", lambda: len(set(ids())) >= count, timeout_s
    )
    return ids()


async def test_every_event_goes_to_its_call_and_its_type_as_an_integrator_may_read_it(
    database: Database, broker: Mosquitto
) -> None:
    peer = MqttPeer(broker.port, "gw/#")
    await OutletRepository(database).begin("mqtt", 0)
    async with publishing(database, broker) as context:
        events = [event(number) for number in range(300)]
        events[3] = msgspec.structs.replace(events[3], traceparent=TRACE)
        await EventRepository(database).add(events)
        context.wake.wake()
        await heard(peer, 300)
        await asyncio.to_thread(peer.wait, "gw/v1/events/call.ringing", 300)
    peer.close()
    by_type = [one.json["id"] for one in peer.at("gw/v1/events/call.ringing")]
    assert by_type == [f"evt_{number}" for number in range(300)], "in commit order, each once"
    of_one = peer.at("gw/v1/calls/call_3/events")
    assert [one.json["data"]["sequence"] for one in of_one] == list(range(3, 300, 7))
    first = of_one[0]
    assert first.json["data"]["customer_masked"] == "138****8000"
    assert first.json["source"].startswith("voicegw/")
    assert first.properties is not None
    assert vars(first.properties)["ContentType"] == "application/cloudevents+json"
    assert vars(first.properties)["UserProperty"] == [("traceparent", TRACE)]
    assert "UserProperty" not in vars(of_one[1].properties), "of what is not traced"
    assert not any(NUMBER.search(one.topic) for one in peer.heard)


async def test_what_was_there_before_the_broker_was_configured_is_not_published(
    database: Database, broker: Mosquitto
) -> None:
    events = EventRepository(database)
    await events.add([event(1)])
    await OutletRepository(database).begin("mqtt", await events.last_position())
    peer = MqttPeer(broker.port, ALL)
    async with publishing(database, broker):
        await events.add([event(2)])
        assert await heard(peer, 1) == ["evt_2"]
    peer.close()


async def test_a_killed_broker_loses_nothing(database: Database, broker: Mosquitto) -> None:
    """Short; the long run is bench/mqtt.py."""
    events = EventRepository(database)
    await OutletRepository(database).begin("mqtt", 0)
    # A broker that is killed loses what it has acknowledged for those who are away: let nobody be.
    peer = MqttPeer(broker.port, ALL, qos=0)
    gate = Gate(broker.port, lambda: peer.is_subscribed)
    async with publishing(database, gate) as context:
        for round_ in range(3):
            await events.add([event(round_ * 100 + number) for number in range(50)])
            context.wake.wake()
            await heard(peer, round_ * 100 + 10)
            broker.kill()
            await events.add([event(round_ * 100 + number) for number in range(50, 100)])
            await asyncio.to_thread(broker.start)
            ids = await heard(peer, round_ * 100 + 100)
    gate.close()
    peer.close()
    first_seen = list(dict.fromkeys(ids))
    assert first_seen == [f"evt_{number}" for number in range(300)], "all, in order, ids stable"


async def test_a_process_that_was_killed_is_followed_by_another(
    database: Database, broker: Mosquitto
) -> None:
    events, outlets = EventRepository(database), OutletRepository(database)
    await outlets.begin("mqtt", 0)
    peer = MqttPeer(broker.port, ALL)
    await events.add([event(1)])
    async with publishing(database, broker):
        await heard(peer, 1)
        async with publishing(database, broker, holder="b"):
            await events.add([event(2)])
            await heard(peer, 2)
    await events.add([event(3)])
    async with publishing(database, broker, holder="c"):
        ids = await heard(peer, 3)
    peer.close()
    assert ids == ["evt_1", "evt_2", "evt_3"], "one process published at a time"


async def test_a_group_limits_what_is_published(database: Database, broker: Mosquitto) -> None:
    groups = GroupRepository(database)
    for group in (Group("top", "T"), Group("sub", "S", parent_id="top"), Group("other", "O")):
        await groups.create(group)
    await OutletRepository(database).begin("mqtt", 0)
    of_whom = ["top", "other", None, "sub"]
    await EventRepository(database).add([event(at, group) for at, group in enumerate(of_whom)])
    peer = MqttPeer(broker.port, ALL)
    async with publishing(database, broker, group_id="top"):
        assert await heard(peer, 2) == ["evt_0", "evt_3"]
    peer.close()


async def test_a_broker_that_forbids_an_event_holds_it_up_and_raises_an_alert(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("voicegw.events.mqtt.publisher.PATIENCE_S", 0.0)
    acl = "topic read #\ntopic write gw/v1/events/#\n"
    broker = Mosquitto(tmp_path / "strict", acl=acl)
    broker.start()
    outlets = OutletRepository(database)
    await outlets.begin("mqtt", 0)
    await EventRepository(database).add([event(1)])
    context = OutletContext("n", "a", database, SystemClock())
    outlet = MqttOutlet(context, MqttTerms("127.0.0.1", broker.port, "gw"))
    task = asyncio.create_task(outlet.run())
    alerts = await asyncio.to_thread(wait_for, "alert", lambda: list(outlet.alerts()))
    assert "Not authorized" in alerts[0].detail
    assert await outlets.position("mqtt") == 0, "kept until the broker takes it"
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    broker.stop()
