"""How long it takes to know who calls and how the call shall go: prints milliseconds.

    python bench/owner_lookup.py [--customers 1000000] [--lookups 10000] [--only sqlite|postgresql]

In a store of a million customers, numbers and calls, callers are looked up: number, customers,
owner, last contact, open matters, the facts and the plan. Every number is asked for once, so what a
node remembers never helps. Meanwhile calls are written, 100 a second. Ends with exit code 1 when
the 99th percentile of a look-up is 2 ms or more.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from random import Random

import uvloop
from call_writes import call_writes
from full_directory import HOTLINE, fill, number_of, stores

from voicegw import collector
from voicegw.clock import SystemClock
from voicegw.directory.calendar import Calendars
from voicegw.directory.facts import FactFinder
from voicegw.directory.lookup import CachedDirectory
from voicegw.directory.matters import RecentMatters
from voicegw.routing.plan import inbound_plan
from voicegw.store.database import Database, migrate
from voicegw.store.directory import DirectoryRepository
from voicegw.store.tasks import TaskRepository

MOST_P99_MS = 2.0
_LOOKUPS_PER_S = 200


class Callers:
    """Looks callers up as a call from outside does."""

    def __init__(self, database: Database) -> None:
        """Ask `database`; nothing is remembered yet."""
        self._clock = SystemClock()
        matters = RecentMatters(TaskRepository(database), self._clock)
        directory = DirectoryRepository(database)
        self._directory = CachedDirectory(directory, self._clock, on_matter=matters.know)
        self._facts = FactFinder(self._directory, Calendars(), matters)

    async def plan(self, number: str) -> None:
        """Plan a call of `number` to the hotline."""
        hotline = await self._directory.hotline_by_number(HOTLINE)
        if hotline is None:
            raise SystemExit("the store has no hotline")
        match = await self._directory.caller(number, hotline.group_id)
        facts = await self._facts.find(
            hotline, match, match.customer, at=self._clock.now(), is_busy=lambda _: False
        )
        plan = inbound_plan(facts)
        if match.manager is None or not plan:
            raise SystemExit("a caller was not found")


async def lookups_ms(callers: Callers, numbers: Sequence[str]) -> list[float]:
    """Look each number up, so many a second; return how long each took, sorted."""
    taken = []
    began = time.monotonic()
    for place, number in enumerate(numbers):
        await asyncio.sleep(max(0.0, began + place / _LOOKUPS_PER_S - time.monotonic()))
        asked = time.perf_counter()
        await callers.plan(number)
        taken.append((time.perf_counter() - asked) * 1000)
    return sorted(taken)


async def measure(url: str, customers: int, lookups: int) -> float:
    """Fill the store and look callers up; return the 99th percentile in milliseconds."""
    await migrate(url)
    database = await Database.open(url)
    name = database.dialect
    try:
        print(f"{name}:", flush=True)
        await fill(database, customers)
    finally:
        await database.close()
    if name == "sqlite":
        _forget_pages(Path(url.removeprefix("sqlite:///")))
    database = await Database.open(url)
    try:
        callers = Callers(database)
        collector.settle()
        numbers = [number_of(one) for one in Random(1).sample(range(customers), 2 * lookups)]
        idle = await lookups_ms(callers, numbers[:lookups])
        _print(f"{name}, no writes", idle)
        async with call_writes(database, 100, customers) as writes:
            busy = await lookups_ms(callers, numbers[lookups:])
        _print(f"{name}, {writes.calls:,} calls written meanwhile", busy)
        print(f"  longest write: {writes.longest_s * 1000:.0f} ms")
    finally:
        await database.close()
    return _share(busy, 0.99)


def _forget_pages(path: Path) -> None:
    """Have the system forget what it has of the file, so that the first look-ups read the disk."""
    os.sync()
    with path.open("rb") as file:
        os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def _share(taken: Sequence[float], share: float) -> float:
    return taken[min(int(len(taken) * share), len(taken) - 1)]


def _print(what: str, taken: Sequence[float]) -> None:
    shares = ", ".join(f"p{100 * one:g} {_share(taken, one):.2f}" for one in (0.5, 0.95, 0.99))
    print(f"  {what}: {len(taken):,} look-ups: {shares}, longest {taken[-1]:.1f} ms", flush=True)


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, allow_abbrev=False)
    parser.add_argument("--customers", type=int, default=1_000_000)
    parser.add_argument("--lookups", type=int, default=10_000, help="in each of the two runs")
    parser.add_argument("--only", choices=["sqlite", "postgresql"])
    options = parser.parse_args(arguments)
    with stores(options.only) as urls:
        found = [uvloop.run(measure(url, options.customers, options.lookups)) for url in urls]
    return 0 if max(found) < MOST_P99_MS else 1


if __name__ == "__main__":
    sys.exit(main())
