"""How fast events reach a broker, and whether any is lost when it is killed again and again.

    python bench/mqtt.py [--events 10000] [--kills 20]

Starts Mosquitto and the delivery process as a node does. First `--events` events of calls lie in
the outbox, and the seconds are counted from the start of the delivery process until a subscriber
has heard each at its type. Then the broker is killed and started again `--kills` times, at moments
of chance, while events are written, 200 a second. A broker that is killed loses what it keeps in
memory for subscribers who are away, so the delivery process is let in when the subscriber is there;
that one must hear every event in order, some of them twice with the same id. Ends
with exit code 1 when the drain takes 20 s or more, or when an event is missing or out of order.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from lab import machine

from tests.parts.gate import Gate
from tests.parts.mosquitto import Mosquitto
from tests.parts.mqtt_peer import MqttPeer
from tests.parts.node import wait_for
from voicegw.clock import SystemClock
from voicegw.events.alerts import Alerts
from voicegw.events.delivery.protocol import DeliveryOrder
from voicegw.events.delivery.supervisor import DeliverySupervisor
from voicegw.events.factory import EventFactory
from voicegw.events.mqtt.publisher import OUTLET
from voicegw.events.mqtt.terms import MqttTerms
from voicegw.model.call import Call, CallStatus, Direction
from voicegw.model.event import Event, EventType
from voicegw.model.ids import IdKind, new_id
from voicegw.store.database import Database, migrate
from voicegw.store.events import EventRepository
from voicegw.store.outlets import OutletRepository

MOST_DRAIN_S = 20.0
_TOPIC = "voicegw/v1/events/#"
_PER_S = 200
_UP_S, _DOWN_S = (0.2, 2.5), (0.0, 1.0)
_PATIENCE_S = 120.0


@dataclass
class Heard:
    """What a subscriber has heard: each event once, in the order of its first coming."""

    peer: MqttPeer
    seen: int = 0

    def ids(self) -> list[str]:
        """Return the ids as they came, repetitions included."""
        return [one.json["id"] for one in list(self.peer.heard)]

    async def reach(self, count: int, patience_s: float) -> bool:
        """Wait until `count` different events have come; False when they do not."""
        deadline = time.monotonic() + patience_s
        unique: set[str] = set()
        while len(unique) < count and time.monotonic() < deadline:
            heard = self.peer.heard
            unique.update(one.json["id"] for one in heard[self.seen :])
            self.seen = len(heard)
            await asyncio.sleep(0.02)
        return len(unique) >= count


def call_event(factory: EventFactory, sequence: int) -> Event:
    """Return an event of a call, as large as a usual one."""
    call = Call(
        id=new_id(IdKind.CALL),
        direction=Direction.CLICK_TO_DIAL,
        status=CallStatus.RINGING,
        node="bench",
        created_at=SystemClock().now(),
        customer_number="+8613800138000",
        client_state="order 17",
        sequence=sequence,
    )
    return factory.call(EventType.CALL_RINGING, call)


@asynccontextmanager
async def delivering(url: str, port: int) -> AsyncIterator[Callable[[], None]]:
    """Run the delivery process; yields what wakes it."""
    terms = MqttTerms("127.0.0.1", port, "voicegw")
    alerts = Alerts(EventFactory(SystemClock()), "bench", lambda _event: None)

    async def needed() -> bool:
        return True

    supervisor = DeliverySupervisor(DeliveryOrder(url, "bench", mqtt=terms), alerts, needed)
    supervisor.start()
    try:
        yield supervisor.wake
    finally:
        await supervisor.stop()


async def drain(url: str, broker: Mosquitto, count: int) -> float:
    """Return the seconds in which `count` events that wait have come, or infinity."""
    database = await Database.open(url)
    repository, factory = EventRepository(database), EventFactory(SystemClock())
    await OutletRepository(database).begin(OUTLET, await repository.last_position())
    for first in range(0, count, 500):
        batch = range(first, min(first + 500, count))
        await repository.add([call_event(factory, one) for one in batch])
    peer = MqttPeer(broker.port, _TOPIC)
    heard = Heard(peer)
    began_s = time.monotonic()
    async with delivering(url, broker.port):
        all_came = await heard.reach(count, _PATIENCE_S)
        took_s = time.monotonic() - began_s
    peer.close()
    await database.close()
    return took_s if all_came else float("inf")


async def survive(url: str, broker: Mosquitto, kills: int) -> tuple[int, int, int, bool]:
    """Kill the broker while events are written.

    Return how many were written, how many came, how often in all, and whether in order.
    """
    database = await Database.open(url)
    repository, factory = EventRepository(database), EventFactory(SystemClock())
    peer = MqttPeer(broker.port, _TOPIC, qos=0)
    gate = Gate(broker.port, lambda: peer.is_subscribed)
    heard, written = Heard(peer), [""] * 0
    stop = asyncio.Event()

    async def write(wake: Callable[[], None]) -> None:
        while not stop.is_set():
            events = [call_event(factory, len(written) + one) for one in range(_PER_S // 20)]
            await repository.add(events)
            written.extend(one.id for one in events)
            wake()
            await asyncio.sleep(0.05)

    async with delivering(url, gate.port) as wake:
        writing = asyncio.create_task(write(wake))
        for number in range(kills):
            await asyncio.sleep(random.uniform(*_UP_S))
            await asyncio.to_thread(broker.kill)
            await asyncio.sleep(random.uniform(*_DOWN_S))
            await asyncio.to_thread(broker.start)
            await asyncio.to_thread(wait_for, "subscriber", lambda: peer.is_subscribed, 30)
            print(f"  kill {number + 1}: {len(written)} written, {len(peer.heard)} heard")
        stop.set()
        await writing
        await heard.reach(len(written), _PATIENCE_S)
    ids = heard.ids()
    gate.close()
    peer.close()
    await database.close()
    first_seen = list(dict.fromkeys(ids))
    return len(written), len(set(ids) & set(written)), len(ids), first_seen == written


async def measure(events: int, kills: int, folder: Path) -> bool:
    """Print the figures; return whether every target is met."""
    print(machine())
    url = f"sqlite:///{folder}/bench.db"
    await migrate(url)
    broker = Mosquitto(folder / "broker")
    broker.start()
    try:
        took_s = await drain(url, broker, events)
        print(f"{events} events that waited: {took_s:.1f} s ({events / took_s:.0f} a second)")
        written, came, times, in_order = await survive(url, broker, kills)
    finally:
        broker.stop()
    print(
        f"{kills} kills of the broker: {written} events written, {came} came, "
        f"{times - came} of them again, {'in order' if in_order else 'NOT IN ORDER'}"
    )
    return took_s < MOST_DRAIN_S and came == written and in_order


def main() -> int:
    """Measure; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--events", type=int, default=10_000)
    parser.add_argument("--kills", type=int, default=20)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        return 0 if asyncio.run(measure(options.events, options.kills, Path(folder))) else 1


if __name__ == "__main__":
    sys.exit(main())
