"""How long samples and lists of reviews take in a full store: prints seconds and milliseconds.

    python bench/reviews.py [--talks 100000] [--reviews 100000] [--store postgresql://…]

A store (a temporary SQLite file, or the empty database given) is filled with talks and reviews.
Then a sample of 1,000 is drawn and kept, shared out among ten reviewers, and lists of reviews are
read at the first and the 500th page, as each role asks for them. Ends with exit code 1 when a
sample takes longer than 10 s or the 95th percentile of a page exceeds 100 ms.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from recordings.quality.assignment import Reviewer
from recordings.quality.review import Person
from recordings.quality.review_service import ReviewService, new_review
from recordings.quality.sample_service import SampleService
from recordings.quality.scorecard import total
from voicegw.clock import SystemClock
from voicegw.model.audit import AuditAction, AuditEntry, SubjectKind
from voicegw.model.call import Call, CallStatus, Direction
from voicegw.model.recording import Recording, RecordingKind, RecordingStatus
from voicegw.model.report import ReportBy, ReportScope
from voicegw.model.review import (
    ItemKind,
    ReviewState,
    SampleRule,
    Scorecard,
    ScorecardItem,
    Talk,
)
from voicegw.store import schema
from voicegw.store.checks import CheckRepository
from voicegw.store.database import Database, migrate
from voicegw.store.quality_report import QualityReports
from voicegw.store.reviews import ReviewFilter, ReviewRepository, insert_reviews
from voicegw.store.samples import SampleRepository

START = datetime(2026, 1, 1, tzinfo=UTC)
MANAGERS, GROUPS = 500, 18
PAGE = 50
MOST_SAMPLE_S, MOST_PAGE_MS = 10.0, 100.0
_AT_ONCE = 2000

CARD = Scorecard(
    "crd_bench",
    "Revisit",
    [
        ScorecardItem(f"item{one}", "Was the customer told of the term?", ItemKind.HUMAN, 10)
        for one in range(12)
    ],
)


def talk(number: int) -> Talk:
    """Return a talk of one of the managers."""
    return Talk(
        f"rec_{number:07}",
        f"call_{number:07}",
        f"grp_{number % GROUPS}",
        f"mgr_{number % MANAGERS}",
    )


def recorded(one: Talk, at: datetime) -> tuple[dict[str, object], dict[str, object]]:
    """Return the rows of a talk's call and recording."""
    call = Call(
        one.call_id, Direction.INBOUND, CallStatus.COMPLETED, "node", at, group_id=one.group_id
    )
    recording = Recording(
        one.recording_id, one.call_id, RecordingKind.TALK, RecordingStatus.COMPLETED, "node", at,
        group_id=one.group_id, manager_id=one.manager_id, duration_s=60.0,
    )  # fmt: skip
    shared = {
        "created_at": at, "node": "node", "group_id": one.group_id, "manager_id": one.manager_id,
    }  # fmt: skip
    call_row = {
        **shared, "id": one.call_id, "direction": call.direction, "status": call.status,
        "is_final": True, "sequence": 1, "document": call,
    }  # fmt: skip
    recording_row = {
        **shared, "id": one.recording_id, "call_id": one.call_id, "kind": recording.kind,
        "status": recording.status, "duration_s": recording.duration_s, "document": recording,
    }  # fmt: skip
    return call_row, recording_row


async def fill(database: Database, talks: int, reviews: int) -> None:
    """Write talks, the first of them reviewed."""
    states = [ReviewState.FINAL, ReviewState.SCORED, ReviewState.ASSIGNED, ReviewState.OPEN]
    for start in range(0, talks + reviews, _AT_ONCE):
        numbers = range(start, min(start + _AT_ONCE, talks + reviews))
        rows = [recorded(talk(one), START + timedelta(seconds=one)) for one in numbers]
        judged = []
        for number in numbers:
            if number >= reviews:
                break
            at = START + timedelta(seconds=number)
            review = new_review(talk(number), CARD, "key_lead", at)
            review.state = states[min(number % 20, 3)]
            if review.state is not ReviewState.OPEN:
                review.reviewer = f"key_{number % 10}"
            if review.state in {ReviewState.FINAL, ReviewState.SCORED}:
                for score in review.scores:
                    score.points = float(number % 11)
                review.total, review.scored_at = total(CARD, review.scores), at
            judged.append(review)
        async with database.write() as connection:
            await connection.execute(schema.calls.insert(), [row[0] for row in rows])
            await connection.execute(schema.recordings.insert(), [row[1] for row in rows])
            await connection.run_sync(lambda sync, some=judged: insert_reviews(sync, some))
        if start % 20_000 == 0:
            print(f"  {start:,} talks written", flush=True)


async def timed_ms(times: int, work: Callable[[], Awaitable[object]]) -> tuple[float, float]:
    """Return the median and the 95th percentile of what `work` takes, in milliseconds."""
    taken = []
    for _ in range(times):
        began = time.perf_counter()
        await work()
        taken.append((time.perf_counter() - began) * 1000)
    taken.sort()
    return taken[len(taken) // 2], taken[int(len(taken) * 0.95)]


async def sample(database: Database) -> float:
    """Draw, keep and share out a sample; return the seconds of the slowest step."""
    reviews, checks = ReviewRepository(database), CheckRepository(database)
    service = SampleService(SampleRepository(database), reviews, checks, SystemClock())
    rule = SampleRule(
        START, START + timedelta(days=365), count=1000, blind_share=0.1, seed="bench",
        min_duration_s=10.0,
    )  # fmt: skip

    async def draw() -> None:
        drawn, made = await service.draw(rule, CARD, None, "key_lead")
        print(f"population: {drawn.population:,}, drawn: {len(drawn.recording_ids):,}")
        entry = AuditEntry(
            START, "key_lead", "admin", AuditAction.SAMPLE_DRAWN, SubjectKind.SAMPLE, drawn.id
        )
        await service.keep(drawn, made, entry)
        kept.append(drawn.id)

    async def share() -> None:
        await service.assign_evenly(
            kept[0], [Reviewer(Person(f"key_{one}")) for one in range(10)], "key_lead"
        )

    kept: list[str] = []
    slowest = 0.0
    for name, step in (("drawn and kept", draw), ("shared out", share)):
        took_s = (await timed_ms(1, step))[1] / 1000
        print(f"sample {name}: {took_s:.2f} s")
        slowest = max(slowest, took_s)
    return slowest


async def lists(database: Database) -> float:
    """Read lists; return the slowest 95th percentile in milliseconds."""
    reviews = ReviewRepository(database)
    service = ReviewService(
        reviews, CheckRepository(database), SystemClock(), appeal_within=timedelta(days=14)
    )
    groups = [f"grp_{one}" for one in range(3)]
    filters = {
        "all": ReviewFilter(),
        "of three groups": ReviewFilter(group_ids=groups),
        "of a manager, scored": ReviewFilter(
            manager_id="mgr_7", states=[ReviewState.SCORED, ReviewState.FINAL]
        ),
        "of a reviewer": ReviewFilter(reviewer="key_1"),
        "open": ReviewFilter(state=ReviewState.OPEN),
        "in a time span": ReviewFilter(from_=START, until=START + timedelta(hours=20)),
    }
    slowest = 0.0
    for name, wanted in filters.items():
        cursors: list[str | None] = [None]
        if name in {"all", "in a time span"}:
            cursors.append(await cursor_of(reviews, wanted, 500))
        for cursor in cursors:

            async def page(wanted: ReviewFilter = wanted, cursor: str | None = cursor) -> None:
                found = await reviews.list(wanted, limit=PAGE, cursor=cursor)
                await service.seen(found.items, Person("key_1"), may_score=True)

            median, took_ms = await timed_ms(40, page)
            number = 1 if cursor is None else 500
            print(f"reviews {name}, page {number}: median {median:.1f}, p95 {took_ms:.1f} ms")
            slowest = max(slowest, took_ms)
    median, waiting = await timed_ms(40, lambda: reviews.waiting_for("key_1", None))
    print(f"waiting for a reviewer: median {median:.1f}, p95 {waiting:.1f} ms")
    scope = ReportScope(START, START + timedelta(days=365))
    _, took_ms = await timed_ms(3, lambda: QualityReports(database).rows(scope, ReportBy.MANAGER))
    print(f"report of all talks by manager: {took_ms / 1000:.2f} s")
    return max(slowest, waiting)


async def cursor_of(reviews: ReviewRepository, wanted: ReviewFilter, page: int) -> str | None:
    """Return the cursor that leads to this page."""
    cursor = None
    for _ in range((page - 1) * PAGE // 200):
        cursor = (await reviews.list(wanted, limit=200, cursor=cursor)).next_cursor
    return cursor


async def measure(url: str, talks: int, reviews: int) -> bool:
    """Fill the store and measure; return whether all was quick enough."""
    await migrate(url)
    database = await Database.open(url)
    try:
        await fill(database, talks, reviews)
        sample_s = await sample(database)
        page_ms = await lists(database)
    finally:
        await database.close()
    return sample_s <= MOST_SAMPLE_S and page_ms <= MOST_PAGE_MS


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, allow_abbrev=False)
    parser.add_argument("--talks", type=int, default=100_000, help="that nobody reviews")
    parser.add_argument("--reviews", type=int, default=100_000)
    parser.add_argument("--store", default="", help="the URL of an empty database")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        url = options.store or f"sqlite:///{Path(folder, 'bench.db')}"
        return 0 if asyncio.run(measure(url, options.talks, options.reviews)) else 1


if __name__ == "__main__":
    sys.exit(main())
