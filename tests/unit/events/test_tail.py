"""The end of the outbox, followed by several readers."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime

import pytest

from voicegw.errors import StoreUnavailableError
from voicegw.events import tail as module
from voicegw.events.tail import EndReason, EventTail, Subscription, SubscriptionEndedError
from voicegw.model.directory import Role
from voicegw.model.event import Event, EventType
from voicegw.model.event_filter import EventFilter
from voicegw.store.events import EVERYTHING, StoredEvent

NOW = datetime(2026, 3, 4, tzinfo=UTC)
EVER_S = 3600.0


class Outbox:
    """Events in memory; `away` while nothing can be read; `before_answer` runs in mid-reading."""

    def __init__(self) -> None:
        self.events: list[StoredEvent] = []
        self.away = False
        self.reads = 0
        self.before_answer: list[asyncio.Event] = []

    def add(self, kind: EventType = EventType.CALL_STEP, subject: str = "call_1") -> str:
        number = len(self.events) + 1
        event = Event(f"evt_{number}", kind, subject, NOW, number, {"customer_number": "+8613800"})
        self.events.append(StoredEvent(number * 10, event))
        return event.id

    async def after(
        self,
        position: int,
        limit: int,
        wanted: EventFilter = EVERYTHING,
        *,
        until: int | None = None,
    ) -> Sequence[StoredEvent]:
        self.reads += 1
        found = [
            one
            for one in self.events
            if one.position > position
            and (until is None or one.position <= until)
            and wanted.matches(one.event)
        ][:limit]
        if self.before_answer:
            await self.before_answer.pop(0).wait()
        await asyncio.sleep(0)
        if self.away:
            raise StoreUnavailableError("away")
        return found

    async def newest(self) -> tuple[int, str | None]:
        if self.away:
            raise StoreUnavailableError("away")
        last = self.events[-1] if self.events else None
        return (0, None) if last is None else (last.position, last.event.id)


@pytest.fixture
def outbox() -> Outbox:
    return Outbox()


@pytest.fixture
async def tail(outbox: Outbox) -> AsyncIterator[EventTail]:
    made = EventTail(outbox, "node-1", look_s=EVER_S)
    yield made
    await made.stop()


async def took(subscription: Subscription, count: int) -> list[str]:
    """Return the ids of the next `count` events."""
    found: list[str] = []
    async with asyncio.timeout(10):
        while len(found) < count:
            found += [one.event.id for one in await subscription.take()]
    return found


async def nothing_comes(subscription: Subscription) -> bool:
    """Return whether nothing comes, however often everybody has had a turn."""
    task = asyncio.create_task(_take(subscription))
    for _ in range(50):
        await asyncio.sleep(0)
    done = task.done()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    return not done


async def _take(subscription: Subscription) -> None:
    await subscription.take()


async def test_who_asks_for_no_beginning_gets_what_happens_from_now_on(
    outbox: Outbox, tail: EventTail
) -> None:
    outbox.add()
    subscription = await tail.subscribe(EVERYTHING)
    assert await nothing_comes(subscription)
    later = outbox.add()
    tail.wake()
    assert await took(subscription, 1) == [later]


async def test_where_a_reader_is_can_be_told_though_nothing_was_wanted(
    outbox: Outbox, tail: EventTail
) -> None:
    empty = await tail.subscribe(EVERYTHING)
    assert (empty.began_after, empty.place) == (None, None)
    empty.close()
    before = outbox.add()
    rare = await tail.subscribe(EventFilter(types=frozenset({EventType.CALL_ENDED})))
    assert rare.began_after == before
    assert await nothing_comes(rare)
    passed_over = outbox.add()
    tail.wake()
    assert await nothing_comes(rare)
    assert (rare.began_after, rare.place) == (before, passed_over)
    outbox.add(EventType.CALL_ENDED)
    tail.wake()
    for _ in range(50):
        await asyncio.sleep(0)
    # It waits to be taken: whoever went on after it would miss it.
    assert rare.place is None
    assert (await tail.subscribe(EVERYTHING, after=10)).began_after is None


async def test_who_was_away_catches_up_and_goes_on_without_a_gap(
    outbox: Outbox, tail: EventTail
) -> None:
    ids = [outbox.add() for _ in range(170)]
    subscription = await tail.subscribe(EVERYTHING, after=30)
    seen = await took(subscription, 60)
    ids += [outbox.add() for _ in range(3)]
    tail.wake()
    seen += await took(subscription, 170 - len(seen))
    assert seen == ids[3:]
    ids.append(outbox.add())
    tail.wake()
    assert await took(subscription, 1) == ids[-1:]


async def test_what_is_committed_while_catching_up_comes_once(
    outbox: Outbox, tail: EventTail
) -> None:
    ids = [outbox.add() for _ in range(5)]
    other = await tail.subscribe(EVERYTHING)  # reads the end meanwhile
    gate = asyncio.Event()
    subscription = await tail.subscribe(EVERYTHING, after=0)
    await asyncio.sleep(0)
    outbox.before_answer.append(gate)
    taking = asyncio.create_task(took(subscription, 7))
    await asyncio.sleep(0)
    ids += [outbox.add() for _ in range(2)]
    tail.wake()
    assert await took(other, 2) == ids[5:]
    gate.set()
    assert await taking == ids
    assert await nothing_comes(subscription)


async def test_only_what_is_wanted_comes_live_and_from_the_store(
    outbox: Outbox, tail: EventTail
) -> None:
    for number in range(120):
        outbox.add(subject=f"call_{number % 3}")
    subscription = await tail.subscribe(EventFilter(subject="call_2"), after=0)
    assert await took(subscription, 40) == [f"evt_{3 * number}" for number in range(1, 41)]
    for number in range(3):
        outbox.add(subject=f"call_{number}")
    tail.wake()
    assert await took(subscription, 1) == ["evt_123"]


async def test_what_is_wanted_may_change(outbox: Outbox, tail: EventTail) -> None:
    subscription = await tail.subscribe(EVERYTHING)
    assert await nothing_comes(subscription)
    subscription.wanted = EventFilter(subject="call_9")
    outbox.add()
    wanted = outbox.add(subject="call_9")
    tail.wake()
    assert await took(subscription, 1) == [wanted]


async def test_a_slow_reader_is_let_go_and_can_come_back(outbox: Outbox, tail: EventTail) -> None:
    slow = await tail.subscribe(EVERYTHING, buffer=10)
    quick = await tail.subscribe(EVERYTHING, buffer=10)
    assert await nothing_comes(slow)
    ids: list[str] = []
    for _ in range(11):
        ids.append(outbox.add())
        tail.wake()
        assert await took(quick, 1) == ids[-1:]
    with pytest.raises(SubscriptionEndedError) as caught:
        await slow.take()
    assert caught.value.reason is EndReason.SLOW_READER
    assert len(tail) == 1
    again = await tail.subscribe(EVERYTHING, after=0)
    assert await took(again, 11) == ids


async def test_an_event_is_rendered_once_for_each_role(outbox: Outbox, tail: EventTail) -> None:
    first, second = await tail.subscribe(EVERYTHING), await tail.subscribe(EVERYTHING)
    assert await nothing_comes(first)
    assert await nothing_comes(second)
    outbox.add()
    tail.wake()
    (one,), (other,) = await first.take(), await second.take()
    assert one.document(Role.ADMIN) is other.document(Role.ADMIN)
    masked = json.loads(one.document(Role.COUNTY_MANAGER))
    assert masked["data"]["customer_number"] is None
    assert json.loads(one.document(Role.ADMIN))["data"]["customer_number"] == "+8613800"


async def test_without_readers_nothing_is_read(outbox: Outbox, tail: EventTail) -> None:
    subscription = await tail.subscribe(EVERYTHING)
    assert await nothing_comes(subscription)
    subscription.close()
    subscription.close()
    await asyncio.sleep(0)
    before = outbox.reads
    tail.wake()
    for _ in range(20):
        await asyncio.sleep(0)
    assert outbox.reads == before
    missed, later = outbox.add(), await tail.subscribe(EVERYTHING)
    assert await nothing_comes(later), missed


async def test_events_of_other_nodes_come_without_being_told(outbox: Outbox) -> None:
    tail = EventTail(outbox, "node-1", look_s=0.01)
    subscription = await tail.subscribe(EVERYTHING)
    event_id = outbox.add()
    assert await took(subscription, 1) == [event_id]
    await tail.stop()


async def test_while_the_store_is_away_readers_wait_for_it(outbox: Outbox) -> None:
    tail = EventTail(outbox, "node-1", look_s=0.01)
    outbox.add()
    following, behind = await tail.subscribe(EVERYTHING), await tail.subscribe(EVERYTHING, after=0)
    assert await nothing_comes(following)
    outbox.away = True
    outbox.add()
    assert await nothing_comes(following)
    assert await nothing_comes(behind)
    outbox.away = False
    assert await took(following, 1) == ["evt_2"]
    assert await took(behind, 2) == ["evt_1", "evt_2"]
    await tail.stop()


async def test_nobody_begins_while_the_store_is_away(outbox: Outbox, tail: EventTail) -> None:
    outbox.away = True
    with pytest.raises(StoreUnavailableError):
        await tail.subscribe(EVERYTHING)
    assert len(tail) == 0


async def test_the_end_of_the_node_is_told(outbox: Outbox, tail: EventTail) -> None:
    subscription = await tail.subscribe(EVERYTHING)
    taking = asyncio.create_task(_take(subscription))
    await asyncio.sleep(0)
    await tail.stop()
    with pytest.raises(SubscriptionEndedError) as caught:
        await taking
    assert caught.value.reason is EndReason.STOPPING
    with pytest.raises(SubscriptionEndedError):
        await tail.subscribe(EVERYTHING)


async def test_a_fault_is_told_to_those_who_wait(
    outbox: Outbox, tail: EventTail, monkeypatch: pytest.MonkeyPatch
) -> None:
    subscription = await tail.subscribe(EVERYTHING)
    assert await nothing_comes(subscription)
    outbox.add()
    with monkeypatch.context() as patched:
        patched.setattr(module, "TailedEvent", None)
        tail.wake()
        with pytest.raises(SubscriptionEndedError) as caught:
            await subscription.take()
    assert caught.value.reason is EndReason.FAULT
    again = await tail.subscribe(EVERYTHING, after=0)
    assert await took(again, 1) == ["evt_1"]
