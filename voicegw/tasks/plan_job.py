"""A plan's run as a process of its own: `python -m voicegw.tasks.plan_job`.

The order comes as one JSON object on standard input, because a store's URL may hold a password and
command lines can be read by everyone. What happens goes to the run's record in the store. The exit
code is 0 when the run is over, well or not, and 1 when somebody should try again.
"""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Sequence
from datetime import date

import msgspec

from voicegw.clock import SystemClock
from voicegw.directory.calendar import Calendars
from voicegw.directory.import_job import give_way, limit_memory
from voicegw.errors import InvalidError, VoicegwError
from voicegw.model.plan import PlanRun, PlanRunState
from voicegw.store.database import Database
from voicegw.store.plans import PlanRunRepository
from voicegw.tasks.month_run import MonthRun


class PlanOrder(msgspec.Struct, frozen=True):
    """Which run to carry out. `holidays` and `worked` are the operator's own days."""

    store_url: str
    run_id: str
    timezone: str
    holidays: Sequence[date] = ()
    worked: Sequence[date] = ()


async def carry_out(order: PlanOrder) -> PlanRun:
    """Carry the run out and bring its record to its end.

    Raises StoreUnavailableError, StoreVersionError, and InvalidError when there is no such run.
    """
    database = await Database.open(order.store_url, gives_way=True)
    try:
        await give_way(database)
        runs = PlanRunRepository(database)
        run = await runs.get(order.run_id)
        if run is None:
            raise InvalidError("run_id", "no such run", kind="not-found")
        clock = SystemClock()
        calendars = Calendars(order.holidays, order.worked)
        try:
            return await MonthRun(database, run, clock, calendars, order.timezone).carry_out()
        except InvalidError as error:
            why = str(error)
            return await runs.finish(run.id, lambda one: failed(one, why, clock), ())
    finally:
        await database.close()


def failed(run: PlanRun, why: str, clock: SystemClock) -> PlanRun:
    """Return a run that is given up."""
    return msgspec.structs.replace(
        run, state=PlanRunState.FAILED, failure=why, finished_at=clock.now()
    )


def main() -> int:
    """Read the order from standard input and carry it out; return the exit code."""
    limit_memory()
    order = msgspec.json.decode(sys.stdin.buffer.read(), type=PlanOrder)
    began = time.monotonic()
    try:
        asyncio.run(carry_out(order))
    except VoicegwError as error:
        print(f"plan failed: {error}", file=sys.stderr)
        return 1
    print(f"plan done in {time.monotonic() - began:.1f} s", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
