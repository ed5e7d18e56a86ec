"""What many readers of the stream of events cost a node: prints the share of one processor.

    python bench/event_streams.py [--readers 200] [--calls-per-s 5] [--seconds 10]

Readers follow every event, as administrators, county managers and managers do, while calls of ten
events each are committed. The streams are the API's own; only sockets are left out. Ends with exit
code 1 when they take half a processor or more, a reader misses an event, or one is let go.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import msgspec

from api.streaming import EventStream
from voicegw.events.tail import EventTail
from voicegw.model.call import Call, CallStatus, Direction, Leg, LegRole
from voicegw.model.directory import Role
from voicegw.model.event import Event, EventType
from voicegw.model.event_filter import EventFilter
from voicegw.store.database import Database, migrate
from voicegw.store.events import EVERYTHING, EventRepository

MOST_SHARE: Final = 0.5
_EVENTS_A_CALL: Final = 10
_ROLES: Final = (Role.ADMIN, Role.COUNTY_MANAGER, Role.MANAGER)
_NOW: Final = datetime(2026, 1, 5, tzinfo=UTC)


class Reader:
    """The far end of a stream: counts what comes."""

    def __init__(self) -> None:
        """Nothing has come yet."""
        self.events = 0
        self.bytes = 0

    async def receive(self) -> dict[str, Any]:
        """Never go."""
        await asyncio.Event().wait()
        return {"type": "http.disconnect"}

    async def send(self, message: Any) -> None:
        """Take what is sent."""
        body = message.get("body", b"")
        self.events += body.count(b"\nevent: call.")
        self.bytes += len(body)


def events_of_call(number: int) -> list[Event]:
    """Return what a call tells."""
    call = Call(
        f"call_{number}",
        Direction.CLICK_TO_DIAL,
        CallStatus.IN_PROGRESS,
        "node-1",
        _NOW,
        customer_number="+8613800138000",
        legs=[Leg(f"leg_{number}_{role}", role, started_at=_NOW) for role in LegRole],
    )
    data = msgspec.to_builtins(call)
    return [
        Event(f"evt_{number}_{place}", EventType.CALL_STEP, call.id, _NOW, place + 1, data)
        for place in range(_EVENTS_A_CALL)
    ]


async def _allowed() -> EventFilter:
    return EVERYTHING


async def commit(events: EventRepository, tail: EventTail, calls_per_s: float, calls: int) -> None:
    """Commit the events of `calls`, one at a time."""
    began = time.monotonic()
    for number in range(calls):
        for place, event in enumerate(events_of_call(number)):
            due = began + (number + place / _EVENTS_A_CALL) / calls_per_s
            await asyncio.sleep(max(0.0, due - time.monotonic()))
            await events.add([event])
            tail.wake()


async def measure(readers: int, calls_per_s: float, seconds: float) -> bool:
    """Have readers follow; return whether all was well."""
    calls = max(1, round(calls_per_s * seconds))
    with tempfile.TemporaryDirectory(prefix="voicegw-bench-") as folder:
        url = f"sqlite:///{Path(folder, 'bench.db')}"
        await migrate(url)
        database = await Database.open(url, node="node-1")
        events = EventRepository(database)
        tail = EventTail(events, "node-1")
        ends = [Reader() for _ in range(readers)]
        works = []
        for number, end in enumerate(ends):
            subscription = await tail.subscribe(EVERYTHING)
            stream = EventStream(subscription, _ROLES[number % len(_ROLES)], _allowed)
            works.append(asyncio.create_task(stream({}, end.receive, end.send)))
        await asyncio.sleep(0.5)
        before_s, began = time.process_time(), time.monotonic()
        await commit(events, tail, calls_per_s, calls)
        await asyncio.sleep(1)
        share = (time.process_time() - before_s) / (time.monotonic() - began - 1)
        followed = len(tail)
        await tail.stop()
        await asyncio.gather(*works)
        await database.close()
    wanted = calls * _EVENTS_A_CALL
    whole = sum(end.events == wanted for end in ends)
    print(
        f"{readers} readers of {calls_per_s * _EVENTS_A_CALL:.0f} events/s: "
        f"{share:.0%} of a processor, writing included; {whole} got all {wanted:,} events, "
        f"{sum(end.bytes for end in ends) / 1e6:.0f} MB",
        flush=True,
    )
    return share < MOST_SHARE and whole == readers == followed


def main() -> int:
    """Run; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--readers", type=int, default=200)
    parser.add_argument("--calls-per-s", type=float, default=5)
    parser.add_argument("--seconds", type=float, default=10)
    options = parser.parse_args()
    good = asyncio.run(measure(options.readers, options.calls_per_s, options.seconds))
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
