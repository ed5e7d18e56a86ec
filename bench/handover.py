"""How long a handover of 20,000 customers takes while calls are written, and who waits for it.

    python bench/handover.py [--customers 1000000] [--only sqlite|postgresql]

In a store of a million customers the manager whose customers lie all over the table hands 20,000 of
them over, evenly to ten, while calls are written, 100 a second, and callers are looked up. Prints
the seconds from the request to the moment the new owners answer and until all records have
followed, the longest wait of a call's write, and what the look-ups saw. Ends with exit code 1 when
the switch comes later than after 5 s, when a write waits 200 ms or more, or when a look-up after
the first new owner saw an old one.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

import sqlalchemy as sa
from call_writes import call_writes
from full_directory import customer_id, fill, stores

from voicegw.clock import SystemClock
from voicegw.directory.handover import HandoverRequest, HandoverService
from voicegw.directory.handover_runner import HandoverRunner
from voicegw.events.factory import EventFactory
from voicegw.model.audit import AuditAction, AuditEntry, SubjectKind
from voicegw.model.handover import Choice, Handover, HandoverState, RecipientKind, Recipients
from voicegw.model.work import WorkKind
from voicegw.store import schema
from voicegw.store.database import Database, migrate
from voicegw.store.directory import DirectoryRepository
from voicegw.store.handovers import HandoverRepository
from voicegw.store.work import WorkQueue

MOST_SWITCH_S, MOST_WAIT_S = 5.0, 0.2
OLD = "mgr_0000"
_CUSTOMERS_EACH = 50
"""One customer in so many is the old manager's (bench/full_directory.py)."""


@dataclass(slots=True)
class Seen:
    """What look-ups saw: old owners, new ones, and old ones after a new one had been seen."""

    old: int = 0
    new: int = 0
    old_after_new: int = 0
    stop: asyncio.Event = field(default_factory=asyncio.Event)


@dataclass(frozen=True, slots=True)
class Took:
    """Seconds from the request, and the longest wait of a call's write while it lasted."""

    switched_s: float
    done_s: float
    wait_s: float
    seen: Seen

    @property
    def is_good(self) -> bool:
        """Whether all that is asked for was reached."""
        quick = self.switched_s <= MOST_SWITCH_S and self.wait_s < MOST_WAIT_S
        return quick and self.seen.old_after_new == 0 and self.seen.new > 0


async def hand_over(database: Database) -> tuple[float, float, Handover]:
    """Hand over and return after how many seconds it had switched and was done."""
    clock, directory = SystemClock(), DirectoryRepository(database)
    repository = HandoverRepository(database)
    service = HandoverService(repository, directory, clock)
    switches: list[float] = []
    runner = HandoverRunner(
        repository,
        clock,
        EventFactory(clock).assignment,
        on_switch=lambda: switches.append(time.monotonic()),
    )
    to = Recipients(RecipientKind.EVENLY, [f"mgr_{place:04}" for place in range(1, 11)])
    began = time.monotonic()
    handover = await service.prepare(HandoverRequest(OLD, to, by="bench", choice=Choice()))
    entry = AuditEntry(
        clock.now(), "bench", "admin", AuditAction.HANDOVER_REQUESTED, SubjectKind.HANDOVER,
        handover.id,
    )  # fmt: skip
    await service.start(handover, entry)
    item = await WorkQueue(database, "bench").lease([WorkKind.HANDOVER], clock.now(), 60)
    if item is None or await runner.advance(item) is not None:
        raise SystemExit("the handover was not carried out")
    done = await repository.get(handover.id)
    if done is None or done.state is not HandoverState.DONE:
        raise SystemExit("the handover did not come to its end")
    return switches[0] - began, time.monotonic() - began, done


async def watch(database: Database, customers: int, seen: Seen) -> None:
    """Look owners up, some at each time, until it is over."""
    directory = DirectoryRepository(database)
    place = 0
    while not seen.stop.is_set():
        place = (place + 7 * _CUSTOMERS_EACH) % (customers // _CUSTOMERS_EACH * _CUSTOMERS_EACH)
        found = await directory.customers.get(customer_id(place + 7))
        if found is None:
            raise SystemExit("a customer was not found")
        if found.owner_id != OLD:
            seen.new += 1
        elif seen.new:
            seen.old_after_new += 1
        else:
            seen.old += 1
        await asyncio.sleep(0.005)


async def histories(database: Database) -> int:
    """Return how many customers have other than one entry of the old and one of the new owner."""
    owned = schema.ownerships.c
    rows = (
        sa.select(owned.customer_id)
        .where(
            owned.customer_id.in_(
                sa.select(owned.customer_id).where(owned.manager_id == OLD).scalar_subquery()
            )
        )
        .group_by(owned.customer_id)
        .having(sa.or_(sa.func.count() != 2, sa.func.count(owned.until_at) != 1))
    )
    async with database.read() as connection:
        return len((await connection.execute(rows)).all())


async def measure(url: str, customers: int) -> bool:
    """Fill the store, hand over, print; return whether it was good enough."""
    await migrate(url)
    database = await Database.open(url)
    try:
        print(f"{database.dialect}:", flush=True)
        await fill(database, customers)
        seen = Seen()
        async with call_writes(database, 100, customers) as writes:
            await asyncio.sleep(2)
            before_s, count, asked = writes.longest_s, len(writes.waits_s), len(writes.answers_s)
            watching = asyncio.create_task(watch(database, customers, seen))
            switched_s, done_s, done = await hand_over(database)
            await asyncio.sleep(1)
            seen.stop.set()
            await watching
        during = writes.waits_s[count:]
        answer_s = max(writes.answers_s[asked:])
        took = Took(switched_s, done_s, max(*during, answer_s), seen)
        wrong = await histories(database)
        print(f"  {done.moved:,} customers: new owners answer after {switched_s:.2f} s")
        print(f"  all records have followed after {done_s:.2f} s, {wrong} histories are wrong")
        print(
            f"  {len(during):,} writes of calls meanwhile, the longest {max(during) * 1000:.0f} ms"
            f" ({before_s * 1000:.0f} ms before); a 202 waited {answer_s * 1000:.0f} ms at most"
        )
        print(
            f"  look-ups: {seen.old:,} old owners, then {seen.new:,} new,"
            f" {seen.old_after_new} old after new"
        )
        expected = customers // _CUSTOMERS_EACH
        return took.is_good and wrong == 0 and done.moved == expected
    finally:
        await database.close()


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, allow_abbrev=False)
    parser.add_argument("--customers", type=int, default=1_000_000)
    parser.add_argument("--only", choices=["sqlite", "postgresql"])
    options = parser.parse_args(arguments)
    with stores(options.only) as urls:
        good = [asyncio.run(measure(url, options.customers)) for url in urls]
    return 0 if all(good) else 1


if __name__ == "__main__":
    sys.exit(main())
