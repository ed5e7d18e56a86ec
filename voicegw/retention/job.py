"""Retention as a process of its own: `python -m voicegw.retention.job`.

The order comes as one JSON object on standard input, because a store's URL may hold a password and
command lines can be read by everyone. The exit code is 0 when all that was due is done.
"""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Mapping
from typing import Final

import msgspec

from voicegw.clock import SystemClock
from voicegw.errors import VoicegwError
from voicegw.model.report_month import frozen_until
from voicegw.retention.run import Retention, RetentionRules
from voicegw.store.database import Database
from voicegw.store.purge import Purged, PurgeRepository
from voicegw.store.report_months import MonthRepository

NICENESS: Final = 10


class RetentionOrder(msgspec.Struct, frozen=True):
    """What is kept for how long, in which store."""

    store_url: str
    node: str
    rules: RetentionRules


async def carry_out(order: RetentionOrder) -> Mapping[Purged, int]:
    """Do what is due; return to how many records. Raises VoicegwError."""
    database = await Database.open(order.store_url, node=order.node, gives_way=True)
    try:
        # The thread that writes is begun before this process gives way: whoever holds the store's
        # one write lock while waiting for a processor has calls wait, too.
        await database.do_write(lambda _connection: None)
        os.nice(NICENESS)
        months = await MonthRepository(database).months()
        retention = Retention(
            PurgeRepository(database),
            SystemClock(),
            order.rules,
            frozen_until=frozen_until([one.month for one in months]),
        )
        return await retention.run()
    finally:
        await database.close()


def main() -> int:
    """Read the order from standard input and carry it out; return the exit code."""
    order = msgspec.json.decode(sys.stdin.buffer.read(), type=RetentionOrder)
    try:
        done = asyncio.run(carry_out(order))
    except VoicegwError as error:
        print(f"retention not done: {error}", file=sys.stderr)
        return 1
    print(", ".join(f"{what} {count}" for what, count in done.items()), file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
