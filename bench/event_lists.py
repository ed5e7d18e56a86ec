"""How long pages of events take that a filter makes rare: prints milliseconds.

    python bench/event_lists.py [--events 1000000] [--pages 200] [--only sqlite|postgresql]

In an outbox of a million events of calls, pages of 50 are read from places all over it, with each
filter that readers have. Then old events are removed, as the archive does. Ends with exit code 1
when the 95th percentile of a page is 20 ms or more, or removing some takes 100 ms.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Final

import msgspec
from full_directory import stores

from voicegw.model.call import Call, CallStatus, Direction, Leg, LegRole
from voicegw.model.event import Event, EventType
from voicegw.model.event_filter import EventFilter, matching_types
from voicegw.store.database import Database, migrate
from voicegw.store.event_archives import EventArchiveRepository, Stretch
from voicegw.store.events import EventRepository

MOST_P95_MS: Final = 20.0
MOST_REMOVAL_MS: Final = 100.0
_PAGE: Final = 50
_BEGAN: Final = datetime(2026, 1, 5, tzinfo=UTC)
_GROUPS: Final = [f"grp_{number:03}" for number in range(100)]
_MANAGERS: Final = 2000
_OF_A_CALL: Final = (
    EventType.CALL_INITIATED,
    EventType.LEG_RINGING,
    EventType.LEG_ANSWERED,
    EventType.CALL_ANSWERED,
    EventType.CALL_BRIDGED,
    EventType.LEG_ENDED,
    EventType.CALL_ENDED,
    EventType.RECORDING_COMPLETED,
)
_ALERT_EACH: Final = 20_000


def filters() -> Mapping[str, EventFilter]:
    """Return what readers ask for."""

    def types(*patterns: str) -> frozenset[EventType] | None:
        return matching_types(patterns)

    return {
        "everything": EventFilter(),
        "types=call.*": EventFilter(types("call.*")),
        "types=alert.* (1 of 20,000)": EventFilter(types("alert.*")),
        "types=task.* (none)": EventFilter(types("task.*")),
        "a group": EventFilter(group_ids=frozenset(_GROUPS[:1])),
        "30 groups": EventFilter(group_ids=frozenset(_GROUPS[:30])),
        "60 groups": EventFilter(group_ids=frozenset(_GROUPS[:60])),
        "a group, types=call.ended": EventFilter(
            types("call.ended"), group_ids=frozenset(_GROUPS[:1])
        ),
        "a group, types=task.* (none)": EventFilter(
            types("task.*"), group_ids=frozenset(_GROUPS[:1])
        ),
        "a manager": EventFilter(manager_id="mgr_7"),
        "a manager, types=call.*": EventFilter(types("call.*"), manager_id="mgr_7"),
        "a call": EventFilter(subject="call_100"),
    }


def _events(first: int, count: int) -> Sequence[Event]:
    return [_event(number) for number in range(first, first + count)]


def _event(number: int) -> Event:
    at = _BEGAN + timedelta(milliseconds=100 * number)
    if number % _ALERT_EACH == 0:
        kind = EventType.ALERT_RAISED
        return Event(f"evt_{number}", kind, f"node-1/a{number}", at, 0, {"detail": "x"})
    one = number // len(_OF_A_CALL)
    group, manager = _GROUPS[one % len(_GROUPS)], f"mgr_{one % _MANAGERS}"
    call = Call(
        f"call_{one}",
        Direction.CLICK_TO_DIAL,
        CallStatus.IN_PROGRESS,
        "node-1",
        at,
        group_id=group,
        manager_id=manager,
        customer_number=f"+86138{one % 10**8:08}",
        legs=[Leg(f"leg_{one}_{role}", role, started_at=at) for role in LegRole],
    )
    place = number % len(_OF_A_CALL)
    kind, data = _OF_A_CALL[place], msgspec.to_builtins(call)
    return Event(f"evt_{number}", kind, call.id, at, place + 1, data, group, manager)


async def fill(events: EventRepository, count: int) -> None:
    """Write `count` events."""
    began = time.monotonic()
    for first in range(0, count, 5000):
        await events.add(_events(first, min(5000, count - first)))
    taken_s = time.monotonic() - began
    print(f"  {count:,} events written, {taken_s / count * 1e6:.0f} µs each", flush=True)


async def pages_ms(events: EventRepository, wanted: EventFilter, places: Sequence[int]) -> float:
    """Read a page after each of `places`; print how long, and return the 95th percentile in ms."""
    taken = []
    for place in places:
        asked = time.perf_counter()
        await events.after(place, _PAGE, wanted)
        taken.append((time.perf_counter() - asked) * 1000)
    taken.sort()
    p95 = taken[int(len(taken) * 0.95)]
    print(f"p50 {taken[len(taken) // 2]:6.2f} ms, p95 {p95:6.2f} ms", flush=True)
    return p95


async def removal_ms(database: Database, count: int) -> float:
    """Remove events as the archive does; return how long 200 took at most, in ms."""
    archives = EventArchiveRepository(database)
    longest = 0.0
    for _ in range(count):
        asked = time.perf_counter()
        await archives.remove_some(Stretch(1, 1 << 40), 200, _BEGAN)
        longest = max(longest, (time.perf_counter() - asked) * 1000)
    print(f"  200 events removed in {longest:.0f} ms at most", flush=True)
    return longest


async def measure(url: str, count: int, pages: int) -> bool:
    """Fill the store and read it; return whether all was quick enough."""
    await migrate(url)
    database = await Database.open(url, node="node-1")
    try:
        print(f"{database.dialect}:", flush=True)
        events = EventRepository(database)
        await fill(events, count)
        chance = Random(1)
        last = await events.last_position()
        good = True
        for name, wanted in filters().items():
            print(f"  {name:30}", end="")
            places = [0, *(chance.randrange(last) for _ in range(pages - 1))]
            good &= await pages_ms(events, wanted, places) < MOST_P95_MS
        return good & (await removal_ms(database, 20) < MOST_REMOVAL_MS)
    finally:
        await database.close()


def main() -> int:
    """Run; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=1_000_000)
    parser.add_argument("--pages", type=int, default=200)
    parser.add_argument("--only", choices=["sqlite", "postgresql"])
    options = parser.parse_args()
    good = True
    with stores(options.only) as urls:
        for url in urls:
            good &= asyncio.run(measure(url, options.events, options.pages))
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
