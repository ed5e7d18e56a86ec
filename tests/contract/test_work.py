"""The queue of work: every piece is done once, by whoever holds its lease."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

from voicegw.model.work import WorkItem, WorkKind
from voicegw.store.database import Database
from voicegw.store.work import WorkQueue

NOW = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)
KINDS = [WorkKind.TRANSCRIBE]


def after(seconds: float) -> datetime:
    """A moment `seconds` after NOW."""
    return NOW + timedelta(seconds=seconds)


async def leased(queue: WorkQueue, now: datetime, lease_s: float = 60) -> WorkItem:
    """Lease what there must be."""
    item = await queue.lease(KINDS, now, lease_s)
    assert item is not None
    return item


async def test_the_oldest_comes_first_and_a_repeated_put_changes_nothing(
    database: Database,
) -> None:
    queue = WorkQueue(database, "node-a")
    await queue.put(WorkKind.TRANSCRIBE, "rec_2", after(2))
    await queue.put(WorkKind.TRANSCRIBE, "rec_1", NOW)
    await queue.put(WorkKind.TRANSCRIBE, "rec_1", after(1))
    first = await leased(queue, after(9))
    assert (first.subject, first.attempts, first.created_at) == ("rec_1", 1, NOW)
    assert (await leased(queue, after(9))).subject == "rec_2"
    assert await queue.lease(KINDS, after(9), 60) is None


async def test_work_comes_back_when_its_lease_has_run_out_and_the_late_one_concludes_nothing(
    database: Database,
) -> None:
    queue = WorkQueue(database, "node-a")
    await queue.put(WorkKind.TRANSCRIBE, "rec_1", NOW)
    lost = await leased(queue, NOW, 30)
    assert await queue.lease(KINDS, after(29), 30) is None
    again = await leased(queue, after(30), 30)
    assert again.attempts == 2
    assert not await queue.conclude(lost, after(31))
    assert not await queue.extend(lost, after(31), 30)
    assert await queue.extend(again, after(31), 30, progress=0.5)
    assert await queue.conclude(again, after(32))
    assert await queue.lease(KINDS, after(9999), 30) is None
    assert await queue.counts() == {("transcribe", "done"): 1}


async def test_what_is_put_back_waits_and_may_cost_no_attempt(database: Database) -> None:
    queue = WorkQueue(database, "node-a")
    await queue.put(WorkKind.TRANSCRIBE, "rec_1", NOW)
    item = await leased(queue, NOW)
    assert await queue.put_back(item, after(10), "model-missing", attempt_counts=False)
    assert await queue.lease(KINDS, after(9), 60) is None
    item = await leased(queue, after(10))
    assert item.attempts == 1
    assert await queue.put_back(item, after(20), "crashed")
    assert (await leased(queue, after(20))).attempts == 2


async def test_work_of_another_node_is_left_to_it(database: Database) -> None:
    mine, other = WorkQueue(database, "node-a"), WorkQueue(database, "node-b")
    await mine.put(WorkKind.TRANSCRIBE, "rec_1", NOW, node="node-a")
    assert await other.lease(KINDS, NOW, 60) is None
    assert (await leased(mine, NOW)).leased_by == "node-a"


async def test_what_was_given_up_can_be_done_again(database: Database) -> None:
    queue = WorkQueue(database, "node-a")
    await queue.put(WorkKind.TRANSCRIBE, "rec_1", NOW)
    assert not await queue.again(WorkKind.TRANSCRIBE, "rec_1", NOW)
    assert await queue.conclude(await leased(queue, NOW), NOW, failure="crashed")
    assert await queue.counts() == {("transcribe", "failed"): 1}
    assert await queue.again(WorkKind.TRANSCRIBE, "rec_1", after(1))
    assert (await leased(queue, after(1))).attempts == 1


async def test_many_workers_never_get_the_same_piece(database: Database) -> None:
    queue = WorkQueue(database, "node-a")
    for number in range(20):
        await queue.put(WorkKind.TRANSCRIBE, f"rec_{number}", NOW)
    items = await asyncio.gather(*(queue.lease(KINDS, NOW, 60) for _ in range(25)))
    subjects = [item.subject for item in items if item is not None]
    assert len(subjects) == len(set(subjects))
    rest = []
    while (item := await queue.lease(KINDS, NOW, 60)) is not None:
        rest.append(item.subject)
    assert len(set(subjects + rest)) == 20


async def test_a_node_that_starts_again_takes_back_its_own_work_only(database: Database) -> None:
    queue, other = WorkQueue(database, "node-a"), WorkQueue(database, "node-b")
    for subject in ("rec_1", "rec_2"):
        await queue.put(WorkKind.TRANSCRIBE, subject, NOW)
    lost, others = await leased(queue, NOW), await leased(other, NOW)
    assert await queue.reclaim(after(1)) == 1
    again = await leased(queue, after(1))
    assert (again.subject, again.attempts) == (lost.subject, 2)
    assert not await queue.conclude(lost, after(2))
    assert await other.conclude(others, after(2))
    assert await queue.conclude(again, after(2))
    assert await queue.reclaim(after(3)) == 0
