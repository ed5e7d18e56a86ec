"""How long it takes to give 20,000 tasks to 500 managers, and who waits for it meanwhile.

    python bench/assigning.py [--tasks 20000] [--customers 50000] [--only sqlite|postgresql]

Nobody's tasks are given evenly to all managers while calls are written, 100 a second: a preview
first, then the order with its tag. Prints the seconds of the preview, of the order until it is kept
and until it is carried out, the longest wait of a call's write and the longest pause of the event
loop meanwhile, and how even it is. Ends with exit code 1 when a write waits 200 ms or more, when
the order does other than the preview told, when a task is not given exactly once, or when two
managers differ by more than one.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import sqlalchemy as sa
from call_writes import call_writes
from full_directory import GROUPS, MANAGERS, customer_id, fill, stores

from voicegw.clock import SystemClock
from voicegw.model.audit import AuditAction, AuditEntry, SubjectKind
from voicegw.model.event import EventType
from voicegw.model.task import Task, TaskSource, TaskType
from voicegw.model.task_assignment import Assignment, AssignmentState, Rule, RuleKind
from voicegw.model.work import WorkKind
from voicegw.store import schema
from voicegw.store.assignments import AssignmentRepository
from voicegw.store.database import Database, migrate
from voicegw.store.directory import DirectoryRepository
from voicegw.store.task_rows import insert_tasks
from voicegw.store.work import WorkQueue
from voicegw.tasks.assignment_runner import AssignmentRunner
from voicegw.tasks.assignment_service import AssignmentRequest, AssignmentService, Prepared

MOST_WAIT_S = 0.2
_AT_ONCE = 500
_EVERYBODY = [f"mgr_{place:04}" for place in range(MANAGERS)]


@dataclass(frozen=True, slots=True)
class Took:
    """Seconds of each step."""

    preview_s: float
    kept_s: float
    done_s: float


async def add_tasks(database: Database, number: int) -> None:
    """Write tasks that are nobody's, of one customer each."""
    now = datetime.now(UTC)
    for start in range(0, number, _AT_ONCE):
        tasks = [
            Task(
                f"tsk_{place:026}",
                TaskType.RENEWAL,
                now,
                group_id=f"grp_{place % GROUPS:02}",
                customer_id=customer_id(place),
                source=TaskSource.IMPORT,
            )
            for place in range(start, min(start + _AT_ONCE, number))
        ]

        def write(connection: sa.Connection, tasks: Sequence[Task] = tasks) -> None:
            insert_tasks(connection, tasks, by="bench")

        await database.do_write(write)


async def give(database: Database) -> tuple[Took, Prepared, Assignment]:
    """Preview and carry out; return how long it took, what was told and what was done."""
    clock, repository = SystemClock(), AssignmentRepository(database)
    directory = DirectoryRepository(database)
    service = AssignmentService(repository, directory.managers, directory.groups, clock)
    rule = Rule(RuleKind.EVENLY, _EVERYBODY)
    began = time.monotonic()
    shown = await service.prepare(AssignmentRequest(rule, "bench", "admin", nobodys=True))
    preview_s = time.monotonic() - began
    began = time.monotonic()
    wanted = AssignmentRequest(rule, "bench", "admin", nobodys=True, plan_tag=shown.tag)
    prepared = await service.prepare(wanted)
    order = prepared.order
    entry = AuditEntry(
        clock.now(), "bench", "admin", AuditAction.TASKS_ASSIGNED, SubjectKind.ASSIGNMENT, order.id
    )
    await service.start(prepared, entry)
    kept_s = time.monotonic() - began
    item = await WorkQueue(database, "bench").lease([WorkKind.ASSIGN], clock.now(), 60)
    if item is None:
        raise SystemExit("the order was not kept")
    await AssignmentRunner(repository, clock).advance(item)
    done_s = time.monotonic() - began
    done = await repository.get(order.id)
    if done is None or done.state is not AssignmentState.DONE:
        raise SystemExit("the order did not come to its end")
    return Took(preview_s, kept_s, done_s), shown, done


async def watch_loop(pauses: list[float]) -> None:
    """Note how much later than asked for the event loop comes back."""
    while True:
        asked = time.monotonic()
        await asyncio.sleep(0.005)
        pauses.append(time.monotonic() - asked - 0.005)


def longest_ms(pauses: Sequence[float], one_in: int = 0) -> str:
    """Return the longest of `pauses`, or the one that one in so many exceeds."""
    ordered = sorted(pauses)
    place = len(ordered) - 1 - (len(ordered) // one_in if one_in else 0)
    return f"{ordered[place] * 1000:.1f} ms"


async def given(database: Database) -> tuple[Counter[str], int]:
    """Return how many tasks each manager has, and how many tasks were told of other than once."""
    tasks, events = schema.tasks.c, schema.events.c
    held = sa.select(tasks.manager_id, sa.func.count()).group_by(tasks.manager_id)
    told = (
        sa.select(events.subject)
        .where(events.type == EventType.TASK_ASSIGNED)
        .group_by(events.subject)
        .having(sa.func.count() != 1)
    )
    async with database.read() as connection:
        counts = Counter({row[0]: row[1] for row in (await connection.execute(held)).all()})
        return counts, len((await connection.execute(told)).all())


async def measure(url: str, tasks: int, customers: int) -> bool:
    """Fill the store, give, print; return whether it was good enough."""
    await migrate(url)
    database = await Database.open(url)
    try:
        print(f"{database.dialect}:", flush=True)
        await fill(database, customers)
        await add_tasks(database, tasks)
        async with call_writes(database, 100, customers) as writes:
            pauses: list[float] = []
            watching = asyncio.create_task(watch_loop(pauses))
            await asyncio.sleep(3)
            before_s, count = writes.longest_s, len(writes.waits_s)
            before_pauses = len(pauses)
            took, shown, done = await give(database)
            watching.cancel()
        during = writes.waits_s[count:]
        wait_s = max(during)
        counts, wrong = await given(database)
        spread = max(counts.values()) - min(counts.values())
        print(f"  a preview of {shown.order.tasks:,} tasks: {took.preview_s:.2f} s")
        print(f"  the order is kept after {took.kept_s:.2f} s, done after {took.done_s:.2f} s")
        print(
            f"  {len(during):,} writes of calls meanwhile, the longest {wait_s * 1000:.0f} ms"
            f" ({before_s * 1000:.0f} ms before)"
        )
        print(
            f"  the loop's longest pause {longest_ms(pauses[before_pauses:])}, one in a hundred"
            f" {longest_ms(pauses[before_pauses:], 100)}"
            f" ({longest_ms(pauses[:before_pauses])}, {longest_ms(pauses[:before_pauses], 100)}"
            " before)"
        )
        print(f"  {len(counts)} managers, who differ by {spread}; {wrong} tasks told of not once")
        same = done.shares == shown.shares and done.moved == tasks
        return same and wait_s < MOST_WAIT_S and wrong == 0 and spread <= 1
    finally:
        await database.close()


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, allow_abbrev=False)
    parser.add_argument("--tasks", type=int, default=20_000)
    parser.add_argument("--customers", type=int, default=50_000)
    parser.add_argument("--only", choices=["sqlite", "postgresql"])
    options = parser.parse_args(arguments)
    with stores(options.only) as urls:
        good = [asyncio.run(measure(url, options.tasks, options.customers)) for url in urls]
    return 0 if all(good) else 1


if __name__ == "__main__":
    sys.exit(main())
