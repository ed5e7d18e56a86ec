"""Writes of running calls, as a node makes them: load for other benchmarks.

Each call is five changes with an event each. They go to a journal and from there to the store, by
the node's own writer and at its pace: a group every 50 ms, or every 10 ms while somebody waits for
one. The 202 of `POST /v1/calls` waits for its call, so four calls of ten do here. A group waits for
its turn to write; a 202 for that, for its group to begin, and for the group before.
"""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from full_directory import HOTLINE, customer_id, number_of

from voicegw.clock import SystemClock
from voicegw.events.factory import EventFactory
from voicegw.journal.entries import CallChanged, Entry
from voicegw.journal.journal import Journal
from voicegw.journal.writer import JournalWriter
from voicegw.model.call import Call, CallStatus, Direction, Leg, LegRole
from voicegw.model.event import EventType
from voicegw.model.ids import IdKind, new_id
from voicegw.store.batch import BatchWriter
from voicegw.store.database import Database

_CHANGES = 5
_PERIOD_S = 0.01
_DIALLED_OF_TEN = 4


@dataclass(slots=True)
class Writes:
    """What was written, and how long that took."""

    calls: int = 0
    waits_s: list[float] = field(default_factory=list)
    """Of each group, its turn included."""
    answers_s: list[float] = field(default_factory=list)
    """Of each call that somebody waited for, from its first change until the store had it."""

    @property
    def longest_s(self) -> float:
        """The longest that any write took, its turn included."""
        return max(self.waits_s, default=0.0)


@asynccontextmanager
async def call_writes(database: Database, per_s: int, customers: int) -> AsyncIterator[Writes]:
    """Write `per_s` calls a second until the block is left."""
    writes = Writes()
    batch = BatchWriter(database, "bench-writes")

    async def apply(lines: Sequence[bytes], position: int) -> None:
        asked = time.perf_counter()
        await batch.apply_lines(lines, position)
        writes.waits_s.append(time.perf_counter() - asked)

    with tempfile.TemporaryDirectory(prefix="voicegw-bench-") as folder:
        journal = Journal(Path(folder), "bench")
        journal.recover()
        writer = JournalWriter(journal, apply)
        writer.start()
        task = asyncio.create_task(_make_calls(writer, per_s, customers, writes))
        try:
            yield writes
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
            await writer.stop()
            journal.close()


async def _make_calls(writer: JournalWriter, per_s: int, customers: int, writes: Writes) -> None:
    began = time.monotonic()
    async with asyncio.TaskGroup() as waiting:
        while True:
            due = int((time.monotonic() - began) * per_s) + 1
            for place in range(writes.calls, due):
                positions = [writer.append(entry) for entry in _changes(place % customers)]
                if place % 10 < _DIALLED_OF_TEN:
                    waiting.create_task(_wait(writer, positions[0], writes))
            writes.calls = max(writes.calls, due)
            await asyncio.sleep(_PERIOD_S)


async def _wait(writer: JournalWriter, position: int, writes: Writes) -> None:
    asked = time.perf_counter()
    await writer.committed(position)
    writes.answers_s.append(time.perf_counter() - asked)


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
