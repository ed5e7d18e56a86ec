"""What a change of a call costs on its way from the journal to the store.

    python bench/store_batch.py [--url URL] [--calls N]

Prints one line for each size of group: CPU of this process per change (one call's snapshot with
two legs and one event), how much of it in the event loop's thread, and what the journal's append
takes.
"""

from __future__ import annotations

import argparse
import asyncio
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from voicegw.clock import SystemClock
from voicegw.events.factory import EventFactory
from voicegw.journal.entries import CallChanged
from voicegw.journal.journal import Journal
from voicegw.journal.segment import decode_line, encode_line
from voicegw.model.call import (
    Call,
    CallStatus,
    Direction,
    Leg,
    LegRole,
)
from voicegw.model.event import EventType
from voicegw.model.ids import IdKind, new_id
from voicegw.store.batch import BatchWriter
from voicegw.store.database import Database, migrate

_CHANGES_PER_CALL = 5


def _lines(calls: int) -> list[bytes]:
    """Return the lines of the journal that `calls` calls leave."""
    factory = EventFactory(SystemClock())
    made = []
    for _ in range(calls):
        now = datetime.now(UTC)
        call = Call(
            id=new_id(IdKind.CALL),
            direction=Direction.CLICK_TO_DIAL,
            status=CallStatus.INITIATED,
            node="bench",
            created_at=now,
            group_id="grp_1",
            manager_id="mgr_1",
            customer_id="cus_1",
            customer_number="+8613900139000",
            legs=[
                Leg(new_id(IdKind.LEG), role, number="+8613800138000", started_at=now)
                for role in LegRole
            ],
        )
        for sequence in range(1, _CHANGES_PER_CALL + 1):
            call.sequence = sequence
            entry = CallChanged(call, [factory.call(EventType.CALL_STEP, call)])
            made.append(encode_line(entry))
    return made


async def _store(url: str, calls: int) -> None:
    await migrate(url)
    database = await Database.open(url)
    batch = BatchWriter(database, "bench")
    position = 0
    for group in (1, 5, 20, 100):
        lines = _lines(calls)
        wall, cpu, loop = time.perf_counter(), time.process_time(), time.thread_time()
        for start in range(0, len(lines), group):
            position += 1
            await batch.apply_lines(lines[start : start + group], position)
        cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
        loop = time.thread_time() - loop
        each_ms, loop_ms = cpu * 1000 / len(lines), loop * 1000 / len(lines)
        print(
            f"{database.dialect}: groups of {group:3d}: {each_ms:.3f} ms CPU a change, "
            f"{loop_ms:.3f} of it in the loop, {len(lines) / wall:.0f}/s"
        )
    await database.close()


def _journal(folder: Path, calls: int) -> None:
    journal = Journal(folder, "bench")
    changes = [decode_line(line) for line in _lines(calls)]
    cpu = time.process_time()
    for change in changes:
        journal.append(change)
    each_us = (time.process_time() - cpu) * 1e6 / len(changes)
    print(f"journal: {each_us:.1f} us CPU an append, {journal.end - journal.begin} bytes")
    journal.close()


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--url", default="", help="store to write to (default: a new SQLite file)")
    parser.add_argument("--calls", type=int, default=400)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        _journal(Path(folder) / "journal", arguments.calls)
        asyncio.run(_store(arguments.url or f"sqlite:///{folder}/bench.db", arguments.calls))


if __name__ == "__main__":
    main()
