"""The loop that does the store's work: it goes on whatever befalls a piece of work."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from typing import cast

import msgspec

from recordings.work_loop import WorkLoop, WorkRules
from voicegw.clock import SystemClock
from voicegw.errors import StoreUnavailableError
from voicegw.model.work import WorkItem, WorkKind
from voicegw.store.work import WorkQueue

RULES = WorkRules(attempts=2, lease_s=30.0, retry_s=0.0, retry_max_s=0.0, idle_s=0.01)
NOW = SystemClock().now()


class Queue:
    """Gives out what it was given; remembers what came back."""

    def __init__(self, *items: WorkItem) -> None:
        self.items = list(items)
        self.given_back: list[tuple[str, str, bool]] = []
        self.concluded: list[tuple[str, str | None]] = []
        self.faults: list[Exception] = []

    async def lease(
        self, kinds: Sequence[WorkKind], now: datetime, lease_s: float
    ) -> WorkItem | None:
        if self.faults:
            raise self.faults.pop()
        return self.items.pop(0) if self.items else None

    async def extend(self, item: WorkItem, now: datetime, lease_s: float) -> bool:
        return True

    async def put_back(
        self, item: WorkItem, not_before: datetime, failure: str, *, attempt_counts: bool = True
    ) -> bool:
        self.given_back.append((item.subject, failure, attempt_counts))
        return True

    async def conclude(self, item: WorkItem, now: datetime, *, failure: str | None = None) -> bool:
        self.concluded.append((item.subject, failure))
        return True


def work(subject: str, attempts: int = 1) -> WorkItem:
    """Return a piece of work as it is leased."""
    kind = WorkKind.CHECK
    until = NOW + timedelta(seconds=30)
    return WorkItem(f"{kind}:{subject}", kind, subject, attempts, NOW, until, "node-1")


def loop_of(
    queue: Queue,
    handler: Callable[[WorkItem], Awaitable[None]],
    *,
    concurrency: int = 1,
    give_up: Callable[[WorkItem, str], Awaitable[None]] | None = None,
) -> WorkLoop:
    """Return a loop over a queue that is played."""
    return WorkLoop(
        cast(WorkQueue, queue),
        [WorkKind.CHECK],
        handler,
        SystemClock(),
        rules=RULES,
        concurrency=concurrency,
        give_up=give_up,
    )


async def until(holds: Callable[[], object]) -> None:
    """Wait until something holds."""
    async with asyncio.timeout(5):
        while not holds():  # noqa: ASYNC110 - what is awaited tells nobody
            await asyncio.sleep(0.001)


async def test_work_that_is_leased_again_while_in_hand_ends_no_task() -> None:
    """The store was away for longer than the lease: two tasks have the same work."""
    both = asyncio.Event()
    done: list[str] = []

    async def handle(item: WorkItem) -> None:
        if item.subject == "same":
            await both.wait()
        done.append(item.subject)

    queue = Queue(work("same"), msgspec.structs.replace(work("same"), attempts=2))
    loop = loop_of(queue, handle, concurrency=2)
    loop.start()
    await until(lambda: not queue.items)
    both.set()
    await until(lambda: len(done) == 2)
    together = asyncio.Barrier(2)

    async def meet(item: WorkItem) -> None:
        await together.wait()
        done.append(item.subject)

    loop._handler = meet
    queue.items = [work("one"), work("two")]
    await until(lambda: len(done) == 4)  # both tasks are there
    assert loop.in_hand == {}
    await loop.stop()


async def test_a_fault_in_giving_up_costs_nothing_else() -> None:
    done: list[str] = []

    async def handle(item: WorkItem) -> None:
        if item.subject == "bad":
            raise ValueError
        done.append(item.subject)

    async def give_up(item: WorkItem, why: str) -> None:
        raise TypeError

    queue = Queue(work("bad", attempts=2), work("good"))
    loop = loop_of(queue, handle, give_up=give_up)
    loop.start()
    await until(lambda: done == ["good"])
    await loop.stop()


async def test_a_fault_of_the_queue_is_rested_upon() -> None:
    done: list[str] = []

    async def handle(item: WorkItem) -> None:
        done.append(item.subject)

    queue = Queue(work("good"))
    queue.faults = [ValueError("document"), StoreUnavailableError()]
    loop = loop_of(queue, handle)
    loop.start()
    await until(lambda: done == ["good"])
    await loop.stop()


async def test_a_stop_gives_back_what_is_in_hand_and_costs_no_attempt() -> None:
    begun = asyncio.Event()

    async def handle(_item: WorkItem) -> None:
        begun.set()
        await asyncio.Event().wait()

    queue = Queue(work("long", attempts=2))
    loop = loop_of(queue, handle)
    loop.start()
    await begun.wait()
    await loop.stop()
    assert queue.given_back == [("long", "node-stopped", False)]
    assert queue.concluded == []


async def test_what_fails_is_tried_again_and_then_given_up() -> None:
    async def handle(item: WorkItem) -> None:
        raise ValueError(item.subject)

    queue = Queue(work("bad"), work("worse", attempts=2))
    loop = loop_of(queue, handle)
    loop.start()
    await until(lambda: queue.concluded and not loop.in_hand)
    await loop.stop()
    assert queue.given_back == [("bad", "ValueError", True)]
    assert queue.concluded == [("worse", "ValueError")]
