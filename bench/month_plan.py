"""How long a month's plan takes for 200,000 customers and 500 managers, while calls are written.

    python bench/month_plan.py [--customers 200000] [--only sqlite|postgresql] [--writes 100]

Customers are of all classes, with talks of the last two months; every tenth manager is on leave for
a week. The plan is carried out as a node does it, in a process of its own, and then once more.
Prints the seconds of both, reading and writing included, what was planned, how even the days are,
the most memory, and the longest wait of a call's write. Ends with exit code 1 when the first takes
more than 60 s, the second changes anything, a manager's days differ by more than one task, or a
write waits 200 ms or more.
"""

from __future__ import annotations

import argparse
import asyncio
import resource
import sys
import time
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from call_writes import call_writes
from full_directory import MANAGERS, fill, stores

from voicegw.clock import SystemClock
from voicegw.directory.calendar import Calendars
from voicegw.model.directory import Leave
from voicegw.model.ids import IdKind, new_id
from voicegw.model.plan import SHIPPED_RULES, Plan, PlanRun, PlanRunState
from voicegw.store import schema
from voicegw.store.database import Database, migrate
from voicegw.store.directory import DirectoryRepository
from voicegw.store.plans import PlanRepository, PlanRunRepository
from voicegw.tasks.plan_runner import PlanProcesses
from voicegw.tasks.visiting import month_days, own_days, visiting_days

MOST_S, MOST_WAIT_S = 60.0, 0.2
_PLAN = Plan("pln_bench", "Visits", rules=tuple(SHIPPED_RULES))
_AT_ONCE = 10_000
#: Of a hundred customers: 5 core, 15 potential, 75 regular, 5 assisted.
_CLASSES = """UPDATE customers SET
 class = CASE WHEN {n} % 100 < 5 THEN 'core' WHEN {n} % 100 < 20 THEN 'potential'
 WHEN {n} % 100 < 95 THEN 'regular' ELSE 'assisted' END,
 owner_id = 'mgr_' || {pad}"""
_TALKS = {
    "sqlite": "UPDATE calls SET created_at = created_at"
    " - (CAST(substr(id, 6) AS INTEGER) * 7919 % 2592000) * 1000000",
    "postgresql": "UPDATE calls SET created_at = created_at"
    " - (CAST(substr(id, 6) AS BIGINT) * 7919 % 2592000) * INTERVAL '1 second'",
}


@dataclass(frozen=True, slots=True)
class Planned:
    """A run and the seconds that it took."""

    run: PlanRun
    seconds: float


async def prepare(database: Database, customers: int) -> str:
    """Fill the store; return the month that is to be planned."""
    await fill(database, customers)
    number = "CAST(substr(id, 5) AS BIGINT)"
    pads = {
        "sqlite": f"printf('%04d', {number} / 100 % {MANAGERS})",
        "postgresql": f"lpad(CAST({number} / 100 % {MANAGERS} AS TEXT), 4, '0')",
    }
    today = SystemClock().now().date()
    first = (today.replace(day=1) + timedelta(days=32)).replace(day=1)
    classes = _CLASSES.format(n=number, pad=pads[database.dialect])
    for start in range(0, customers, _AT_ONCE):
        for statement, kind in ((classes, "cus"), (_TALKS[database.dialect], "call")):
            ids = {
                "first": f"{kind}_{start:026}",
                "after": f"{kind}_{start + _AT_ONCE:026}",
            }
            where = " WHERE id >= :first AND id < :after"
            async with database.write() as connection:
                await connection.execute(sa.text(statement + where), ids)
    async with database.write() as connection:
        await connection.execute(sa.text("ANALYZE"))
    directory = DirectoryRepository(database)
    for place in range(0, MANAGERS, 10):
        manager = await directory.managers.get(f"mgr_{place:04}")
        if manager is not None:
            manager.leave = [Leave(first + timedelta(days=7), first + timedelta(days=13))]
            await directory.managers.update(manager)
    await PlanRepository(database).create(_PLAN)
    return first.isoformat()[:7]


async def plan(database: Database, url: str, month: str) -> Planned:
    """Plan the month in a process of its own."""
    runs = PlanRunRepository(database)
    now = SystemClock().now()
    run = await runs.begin(PlanRun(new_id(IdKind.PLAN_RUN), _PLAN.id, month, now, "bench"))
    began = time.monotonic()
    await PlanProcesses(url, "Asia/Shanghai", (), ()).carry_out(run.id)
    seconds = time.monotonic() - began
    done = await runs.get(run.id)
    if done is None or done.state is not PlanRunState.COMPLETED:
        raise SystemExit("the month was not planned")
    return Planned(done, seconds)


async def widest(database: Database, month: str) -> int:
    """Return by how many tasks two days of one manager differ at most, as the tasks themselves say.

    Counted are days on which the manager is there.
    """
    tasks = schema.tasks.c
    day = tasks.document[("fields", "planned_day")].as_string()
    query = (
        sa.select(tasks.manager_id, day, sa.func.count())
        .where(tasks.plan_id == _PLAN.id, tasks.period == month)
        .group_by(tasks.manager_id, day)
    )
    async with database.read() as connection:
        rows = (await connection.execute(query)).all()
    found: dict[str, dict[str, int]] = defaultdict(dict)
    for manager_id, on, count in rows:
        found[manager_id][on] = count
    public = Calendars().of("Asia/Shanghai")
    days = visiting_days(_PLAN, month_days(month), public)
    most = 0
    for manager in await DirectoryRepository(database).managers.all():
        there = own_days(manager, days, public, ZoneInfo("Asia/Shanghai"))
        loads = [found[manager.id].get(one.isoformat(), 0) for one in there]
        most = max(most, max(loads, default=0) - min(loads, default=0))
    return most


async def measure(url: str, customers: int, per_s: int) -> bool:
    """Fill the store, plan twice, print; return whether it was good enough."""
    await migrate(url)
    database = await Database.open(url)
    try:
        print(f"{database.dialect}:", flush=True)
        month = await prepare(database, customers)
        async with call_writes(database, per_s, customers) as writes:
            await asyncio.sleep(2)
            before_s, count = writes.longest_s, len(writes.waits_s)
            first = await plan(database, url, month)
            during_s = max(writes.waits_s[count:])
            again = await plan(database, url, month)
            longest_s = max(writes.waits_s[count:])
        difference = await widest(database, month)
        run, second = first.run, again.run
        print(
            f"  {run.customers:,} customers, {run.planned:,} tasks of {month} planned and written"
            f" in {first.seconds:.1f} s"
        )
        print(
            f"  left to the next month {run.deferred:,}; infeasible {dict(run.infeasible)};"
            f" off cadence {run.off_cadence:,}"
        )
        print(f"  days of a manager differ by {difference} at most; uneven: {run.uneven} managers")
        print(
            f"  once more in {again.seconds:.1f} s: {second.added} added, {second.moved} moved,"
            f" {second.withdrawn} taken back"
        )
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
        print(
            f"  the process had {used.ru_maxrss / 1024:.0f} MB at most;"
            f" both runs took {used.ru_utime + used.ru_stime:.1f} s of a processor"
        )
        print(
            f"  the longest write of a call: {during_s * 1000:.0f} ms,"
            f" the second run included {longest_s * 1000:.0f} ms ({before_s * 1000:.0f} ms before)"
        )
        unchanged = second.added + second.moved + second.withdrawn == 0
        quick = first.seconds <= MOST_S and longest_s < MOST_WAIT_S
        return quick and unchanged and difference <= 1 and run.uneven == 0
    finally:
        await database.close()


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, allow_abbrev=False)
    parser.add_argument("--customers", type=int, default=200_000)
    parser.add_argument("--only", choices=["sqlite", "postgresql"])
    parser.add_argument("--writes", type=int, default=100, help="calls written a second")
    options = parser.parse_args(arguments)
    with stores(options.only) as urls:
        good = [asyncio.run(measure(url, options.customers, options.writes)) for url in urls]
    return 0 if all(good) else 1


if __name__ == "__main__":
    sys.exit(main())
