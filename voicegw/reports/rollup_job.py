"""Summing for reports as a process of its own: `python -m voicegw.reports.rollup_job`.

The order comes as one JSON object on standard input, because a store's URL may hold a password and
command lines can be read by everyone. The process sums what is marked, waits for more, and ends
when nothing was for a while, and with the node that has begun it.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from contextlib import suppress
from typing import Final

import msgspec

from voicegw.clock import SystemClock
from voicegw.errors import VoicegwError
from voicegw.model.ids import IdKind, new_id
from voicegw.reports.rollup import Rollup
from voicegw.store.database import Database
from voicegw.store.groups import GroupRepository
from voicegw.store.purge import PurgeRepository
from voicegw.store.report_facts import ReportFacts
from voicegw.store.report_months import MonthRepository
from voicegw.store.report_rollups import LostLeaseError, RollupRepository

NICENESS: Final = 10
LOOK_S: Final = 2.0
REST_MOST_S: Final = 30.0


class RollupOrder(msgspec.Struct, frozen=True):
    """What to sum. `idle_s`: how long nothing is to be summed before the process ends."""

    store_url: str
    node: str
    timezone: str
    idle_s: float = 60.0
    freeze_day: int = 10


async def carry_out(order: RollupOrder, ended: asyncio.Event) -> None:
    """Sum what is marked until nothing is for a while, or `ended` is set.

    Raises StoreUnavailableError, and LostLeaseError when another process has begun to.
    """
    database = await Database.open(order.store_url, node=order.node, gives_way=True)
    try:
        # The thread that writes is begun before this process gives way: whoever holds the store's
        # one write lock while waiting for a processor has calls wait, too.
        await database.do_write(lambda _connection: None)
        os.nice(NICENESS)
        rollups = RollupRepository(database)
        owner = f"{order.node}/{new_id(IdKind.EVENT)}"
        await rollups.reclaim(owner)
        rollup = Rollup(
            rollups,
            ReportFacts(database),
            GroupRepository(database),
            SystemClock(),
            owner=owner,
            timezone=order.timezone,
            months=MonthRepository(database),
            purge=PurgeRepository(database),
        )
        try:
            await _sum_until_idle(rollup, order, ended)
        finally:
            await rollup.release()
    finally:
        await database.close()


def rest_s(took_s: float) -> float:
    """Return how long to rest after a round that took so long: three quarters of the time, mostly.

    A result of one task has the whole day summed anew on which its month was planned, with all the
    tasks of that day: results that come all day would keep a processor busy all day.
    """
    return min(max(3 * took_s, LOOK_S), REST_MOST_S)


async def _sum_until_idle(rollup: Rollup, order: RollupOrder, ended: asyncio.Event) -> None:
    loop = asyncio.get_running_loop()
    node_pid = os.getppid()
    last_s = loop.time()
    while os.getppid() == node_pid and not ended.is_set() and loop.time() - last_s < order.idle_s:
        begun_s = loop.time()
        if await rollup.round() or await rollup.freeze(order.freeze_day):
            last_s = loop.time()
        with suppress(TimeoutError):
            await asyncio.wait_for(ended.wait(), rest_s(loop.time() - begun_s))


async def _run(order: RollupOrder) -> None:
    ended = asyncio.Event()
    # What is being written is written, and the lease given back.
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, ended.set)
    await carry_out(order, ended)


def main() -> int:
    """Read the order from standard input and carry it out; return the exit code."""
    order = msgspec.json.decode(sys.stdin.buffer.read(), type=RollupOrder)
    try:
        asyncio.run(_run(order))
    except LostLeaseError:
        return 0
    except VoicegwError as error:
        print(f"reports not summed: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
