"""Reports over a store that has seen a year: how long they take, and how long summing takes.

    python bench/reports.py [--calls 1000000] [--tasks 2000000] [--store sqlite|postgresql]
                            [--keep FOLDER]

Fills a store, has everything summed by the process that does it beside a node, while calls go on to
be written, and asks every report by everything it can be split by. Prints what it measures; ends
with exit code 1 when a report's 95th percentile is over a second. Filling takes long: with --keep
a SQLite store stays in FOLDER, and is asked at once the next time.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import random
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import sqlalchemy as sa

from tests.parts.postgres import PostgresServer
from voicegw import collector
from voicegw.clock import SystemClock
from voicegw.journal.entries import CallChanged
from voicegw.model.call import Call, CallOutcome, Direction, Leg, LegRole, final_status
from voicegw.model.directory import Group, Hotline, Manager
from voicegw.model.ids import IdKind, new_id
from voicegw.model.report import ReportKind
from voicegw.model.survey import Disposition, DispositionSource
from voicegw.model.task import Attempt, Task, TaskResult, TaskState, TaskType
from voicegw.reports.catalogue import SHAPES, SPANS
from voicegw.reports.rollup_job import RollupOrder
from voicegw.reports.service import ReportRequest, ReportService
from voicegw.store import schema
from voicegw.store.batch import BatchWriter, _call_row
from voicegw.store.database import Database, migrate
from voicegw.store.directory import DirectoryRepository
from voicegw.store.report_names import ReportNames
from voicegw.store.report_rollups import RollupRepository
from voicegw.store.task_rows import task_row

GROUPS, MANAGERS, HOTLINES, DAYS = 18, 500, 18, 365
BEGIN = datetime(2025, 1, 1, tzinfo=UTC)
YEAR = ((date(2025, 1, 1), date(2026, 1, 1)), (date(2025, 3, 5), date(2025, 11, 20)))
FORTNIGHT = ((date(2025, 3, 1), date(2025, 3, 15)),)
AT_ONCE = 2000
TARGET_S = 1.0
RANDOM = random.Random(7)
OUTCOMES = [CallOutcome.CONNECTED] * 6 + [
    CallOutcome.CUSTOMER_NO_ANSWER,
    CallOutcome.CUSTOMER_BUSY,
    CallOutcome.MISSED,
    CallOutcome.ABANDONED,
]


def of_manager(number: int) -> tuple[str, str, str]:
    """Return manager, group and hotline number `number`."""
    return f"mgr_{number:04}", f"grp_{number % GROUPS:02}", f"hot_{number % HOTLINES:02}"


def moment() -> datetime:
    """Return a moment of the year's working hours."""
    day = RANDOM.randrange(DAYS)
    return BEGIN + timedelta(days=day, hours=1 + 9 * RANDOM.random())


def a_call() -> Call:
    manager_id, group_id, hotline_id = of_manager(RANDOM.randrange(MANAGERS))
    at = moment()
    outcome = RANDOM.choice(OUTCOMES)
    inbound = outcome in {CallOutcome.MISSED, CallOutcome.ABANDONED} or RANDOM.random() < 0.2
    talked = outcome is CallOutcome.CONNECTED
    talk_s = RANDOM.expovariate(1 / 120)
    answered = at + timedelta(seconds=RANDOM.expovariate(1 / 8))
    number = RANDOM.randrange(200_000)
    return Call(
        id=new_id(IdKind.CALL),
        direction=Direction.INBOUND if inbound else Direction.CLICK_TO_DIAL,
        status=final_status(outcome),
        outcome=outcome,
        node="bench",
        created_at=at,
        group_id=group_id,
        manager_id=manager_id,
        hotline_id=hotline_id,
        customer_id=f"cus_{number}",
        customer_number=f"+86138{number:08}",
        ringing_at=at,
        answered_at=answered if talked else None,
        bridged_at=answered if talked else None,
        ended_at=answered + timedelta(seconds=talk_s),
        talk_s=talk_s if talked else None,
        legs=[
            Leg(new_id(IdKind.LEG), role, started_at=at, answered_at=answered if talked else None)
            for role in LegRole
        ],
        disposition=Disposition("success", DispositionSource.API, "key_1", answered)
        if talked and RANDOM.random() < 0.8
        else None,
        sequence=12,
    )


def a_task() -> Task:
    manager_id, group_id, hotline_id = of_manager(RANDOM.randrange(MANAGERS))
    at = moment()
    is_done = RANDOM.random() < 0.8
    closed_at = at + timedelta(hours=RANDOM.expovariate(1 / 48))
    return Task(
        id=new_id(IdKind.TASK),
        type=RANDOM.choice([TaskType.REVISIT, TaskType.MARKETING, TaskType.SURVEY]),
        created_at=at,
        state=TaskState.DONE if is_done else TaskState.ASSIGNED,
        group_id=group_id,
        manager_id=manager_id,
        hotline_id=hotline_id,
        customer_id=f"cus_{RANDOM.randrange(200_000)}",
        due_at=at + timedelta(days=3),
        closed_at=closed_at if is_done else None,
        contacted_at=closed_at if is_done else None,
        result=TaskResult("revisit_done", "key_1", closed_at) if is_done else None,
        attempts=[Attempt(new_id(IdKind.CALL), at, CallOutcome.CONNECTED)],
    )


async def fill(database: Database, calls: int, tasks: int) -> None:
    """Write a year; marks as the migration leaves them for what is there already."""
    directory = DirectoryRepository(database)
    for number in range(GROUPS):
        await directory.groups.create(Group(f"grp_{number:02}", f"group {number}"))
        hotline = Hotline(f"hot_{number:02}", f"+8621{number:08}", f"grp_{number:02}", "hotline")
        await directory.hotlines.create(hotline)
    for number in range(MANAGERS):
        manager_id, group_id, _ = of_manager(number)
        await directory.managers.create(Manager(manager_id, f"manager {number}", group_id))
    made: list[tuple[sa.Table, int, Callable[[], dict[str, Any]]]] = [
        (schema.calls, calls, lambda: _call_row(a_call())),
        (schema.tasks, tasks, lambda: task_row(a_task())),
    ]
    for table, count, make in made:
        began = time.perf_counter()
        for start in range(0, count, AT_ONCE):
            rows = [make() for _ in range(min(AT_ONCE, count - start))]
            async with database.write() as connection:
                await connection.execute(table.insert(), rows)
            if start % 200_000 == 0:
                print(
                    f"  {table.name}: {start} after {time.perf_counter() - began:.0f} s", flush=True
                )
    marks = [
        {"kind": kind, "group_id": f"grp_{number:02}", "hour": None}
        for kind in ("calls", "tasks")
        for number in range(GROUPS)
    ]
    async with database.write() as connection:
        await connection.execute(schema.report_marks.insert(), marks)
    if database.dialect == "postgresql":
        async with database.write() as connection:
            await connection.execute(sa.text("ANALYZE"))


async def catch_up(url: str) -> None:
    """Have all summed in a process of its own, calls being written meanwhile; print both."""
    program = (
        "import asyncio, sys, msgspec;"
        "from voicegw.reports.rollup_job import RollupOrder, carry_out;"
        "order = msgspec.json.decode(sys.stdin.buffer.read(), type=RollupOrder);"
        "asyncio.run(carry_out(order, asyncio.Event()))"
    )
    order = RollupOrder(url, "bench", "Asia/Shanghai", idle_s=3.0)
    began = time.perf_counter()
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", program, stdin=asyncio.subprocess.PIPE
    )
    assert process.stdin is not None
    process.stdin.write(msgspec.json.encode(order))
    process.stdin.close()
    database = await Database.open(url, node="bench")
    batch = BatchWriter(database, "bench")
    writes: list[float] = []
    position = 0
    while process.returncode is None:
        position += 1
        started = time.perf_counter()
        await batch.apply_entries([CallChanged(a_call())], position)
        writes.append(time.perf_counter() - started)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(process.wait(), 0.1)
    await database.close()
    took = time.perf_counter() - began - order.idle_s
    print(f"all summed in {took:.0f} s (exit code {process.returncode})")
    writes.sort()
    print(
        f"calls written meanwhile: {len(writes)}, median {writes[len(writes) // 2] * 1000:.1f} ms,"
        f" p99 {writes[int(len(writes) * 0.99)] * 1000:.0f} ms, longest {writes[-1] * 1000:.0f} ms"
    )


def requests() -> Iterator[ReportRequest]:
    """Yield every report by everything it can be split by: a year, a month, a group, a manager."""
    some = tuple(f"grp_{number:02}" for number in range(GROUPS))
    scopes: list[dict[str, Any]] = [{}, {"group_ids": some[:1]}, {"manager_id": "mgr_0001"}]
    for kind in ReportKind:
        shape = SHAPES[kind]
        splits: list[tuple[Any, ...]] = [(), *[(one,) for one in shape.splits]]
        for by in splits:
            for scope in scopes:
                days = any(one in SPANS[:2] for one in by)
                # A row for each manager and day of a year is too many to be told, of a group too.
                many = days and kind is ReportKind.MANAGERS and "manager_id" not in scope
                for span in FORTNIGHT if many else YEAR:
                    yield ReportRequest(kind, *span, by, compare=True, **scope)


async def ask(database: Database) -> bool:
    """Ask every report; print the slowest, and return whether all are quick enough."""
    collector.settle()
    service = ReportService(
        RollupRepository(database), ReportNames(database), SystemClock(), "Asia/Shanghai"
    )
    took: dict[str, list[float]] = {}
    slowest = (0.0, "")
    stalled = asyncio.create_task(_watch_loop())
    for request in requests():
        for _ in range(3):
            began = time.perf_counter()
            table = await service.table(request)
            passed = time.perf_counter() - began
            took.setdefault(request.kind, []).append(passed)
            what = f"{request.kind} by {[*table.by]} {request.from_} {len(table.rows)} rows"
            slowest = max(slowest, (passed, what))
    stalled.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await stalled
    good = True
    for kind, times in took.items():
        times.sort()
        p95 = times[int(len(times) * 0.95)]
        good &= p95 < TARGET_S
        print(
            f"{kind}: {len(times)} asked, median {times[len(times) // 2] * 1000:.0f} ms,"
            f" p95 {p95 * 1000:.0f} ms, longest {times[-1] * 1000:.0f} ms"
        )
    print(f"slowest: {slowest[0] * 1000:.0f} ms, {slowest[1]}")
    return good


async def _watch_loop() -> None:
    longest = 0.0
    try:
        while True:
            began = time.perf_counter()
            await asyncio.sleep(0.002)
            longest = max(longest, time.perf_counter() - began - 0.002)
    except asyncio.CancelledError:
        print(f"the loop was held for at most {longest * 1000:.0f} ms")
        raise


async def run(url: str, calls: int, tasks: int, *, is_filled: bool) -> bool:
    await migrate(url)
    database = await Database.open(url)
    print(f"{database.dialect}: {calls} calls, {tasks} tasks of a year, {MANAGERS} managers")
    if not is_filled:
        await fill(database, calls, tasks)
        await catch_up(url)
    good = await ask(database)
    await database.close()
    return good


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--calls", type=int, default=1_000_000)
    parser.add_argument("--tasks", type=int, default=2_000_000)
    parser.add_argument("--store", choices=["sqlite", "postgresql"], action="append")
    parser.add_argument("--keep", type=Path, help="folder of a SQLite store to fill once")
    arguments = parser.parse_args()
    good = True
    for store in arguments.store or ["sqlite", "postgresql"]:
        with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as stack:
            kept = Path(arguments.keep or folder)
            filled = kept / f"{store}.filled"
            url = f"sqlite:///{kept / 'reports.db'}"
            if store == "postgresql":
                server = PostgresServer()
                server.start()
                stack.callback(server.remove)
                stack.callback(server.stop)
                url = server.create_database("bench")
            good &= asyncio.run(
                run(url, arguments.calls, arguments.tasks, is_filled=filled.exists())
            )
            filled.touch()
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
