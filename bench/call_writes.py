"""Writes of running calls, as a node's journal makes them: load for other benchmarks.

Each call is five changes with an event each; a group is written as soon as the one before is done,
so the time of a write is what a call waits for the store.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime

from full_directory import HOTLINE, customer_id, number_of

from voicegw.clock import SystemClock
from voicegw.events.factory import EventFactory
from voicegw.journal.entries import CallChanged, Entry
from voicegw.model.call import Call, CallStatus, Direction, Leg, LegRole
from voicegw.model.event import EventType
from voicegw.model.ids import IdKind, new_id
from voicegw.store.batch import BatchWriter
from voicegw.store.database import Database

_CHANGES = 5
_PERIOD_S = 0.01


@dataclass(slots=True)
class Writes:
    """What was written, and how long each group took."""

    calls: int = 0
    waits_s: list[float] = field(default_factory=list)

    @property
    def longest_s(self) -> float:
        """The longest that any write took, its turn included."""
        return max(self.waits_s, default=0.0)


@asynccontextmanager
async def call_writes(database: Database, per_s: int, customers: int) -> AsyncIterator[Writes]:
    """Write `per_s` calls a second until the block is left."""
    writes = Writes()
    task = asyncio.create_task(_write(database, per_s, customers, writes))
    try:
        yield writes
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def _write(database: Database, per_s: int, customers: int, writes: Writes) -> None:
    batch = BatchWriter(database, "bench-writes")
    position = await batch.position()
    began = time.monotonic()
    while True:
        due = int((time.monotonic() - began) * per_s) + 1
        entries = [
            entry for place in range(writes.calls, due) for entry in _changes(place % customers)
        ]
        writes.calls = max(writes.calls, due)
        if entries:
            position += 1
            asked = time.perf_counter()
            await batch.apply_entries(entries, position)
            writes.waits_s.append(time.perf_counter() - asked)
        await asyncio.sleep(_PERIOD_S)


def _changes(place: int) -> list[Entry]:
    factory, now = EventFactory(SystemClock()), datetime.now(UTC)
    legs = [Leg(new_id(IdKind.LEG), role, number=number_of(place)) for role in LegRole]
    call = Call(
        new_id(IdKind.CALL), Direction.INBOUND, CallStatus.IN_PROGRESS, "bench", now, legs=legs,
        hotline_id="hot_1", display_number=HOTLINE, group_id="grp_00", manager_id="mgr_0001",
        customer_id=customer_id(place), customer_number=number_of(place),
    )  # fmt: skip
    entries: list[Entry] = []
    for sequence in range(1, _CHANGES + 1):
        call.sequence = sequence
        entries.append(CallChanged(call, [factory.call(EventType.CALL_STEP, call)]))
    return entries
