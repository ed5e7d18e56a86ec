"""What a sender makes of answers: retries, pauses, giving up, and a bounded number at once."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from voicegw.errors import KeyMissingError
from voicegw.events.webhooks.client import Answer
from voicegw.events.webhooks.results import Result
from voicegw.events.webhooks.sender import HookSender, SenderParts
from voicegw.events.webhooks.terms import WebhookTerms
from voicegw.model.event import Event, EventType
from voicegw.model.webhook import DeliveryError, DeliveryState, Webhook, WebhookSecret
from voicegw.store.webhook_deliveries import Attempt, DueDelivery, WebhookNews

NOW = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
OK = Answer(None, 200)
REFUSED = Answer(DeliveryError.REFUSED, 500)


class StandingClock:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.at = NOW
        self.at_s = 0.0

    def now(self) -> datetime:
        return self.at

    def monotonic(self) -> float:
        return self.at_s


class FakeDeliveries:
    """Deliveries of one webhook in memory."""

    def __init__(self) -> None:
        self.waiting: dict[int, tuple[DueDelivery, datetime]] = {}

    def add(self, number: int, kind: EventType = EventType.CALL_ENDED, **more: Any) -> None:
        event = Event(f"evt_{number}", kind, "call_1", NOW, number, {})
        fields: dict[str, Any] = {"attempts": 0, "begun_at": NOW, "event": event} | more
        self.waiting[number] = (DueDelivery(number, event.id, **fields), NOW)

    async def due(
        self, _webhook_id: str, now: datetime, limit: int
    ) -> tuple[Sequence[DueDelivery], datetime | None]:
        await asyncio.sleep(0)
        ordered = sorted(self.waiting.values(), key=lambda one: (one[1], one[0].number))[:limit]
        due = [one for one, at in ordered if at <= now]
        return due, ordered[len(due)][1] if len(due) < len(ordered) else None

    def take(self, attempt: Attempt) -> None:
        due, _ = self.waiting.pop(attempt.number)
        if attempt.next_attempt_at is not None:
            fields = (due.number, due.event_id, attempt.attempts, due.begun_at, due.event)
            self.waiting[attempt.number] = (DueDelivery(*fields), attempt.next_attempt_at)


class FakeReceiver:
    """Answers as it is told, at once or when it is let."""

    def __init__(self) -> None:
        self.answer: Callable[[str], Answer] = lambda _event_id: OK
        self.posted: list[str] = []
        self.headers: list[dict[str, str]] = []
        self.now = 0
        self.most = 0
        self.gate: asyncio.Event | None = None

    async def post(self, headers: list[tuple[str, str]], _body: bytes) -> Answer:
        self.headers.append(dict(headers))
        event_id = dict(headers)["webhook-id"]
        self.posted.append(event_id)
        self.now += 1
        self.most = max(self.most, self.now)
        try:
            await (asyncio.sleep(0) if self.gate is None else self.gate.wait())
            return self.answer(event_id)
        finally:
            self.now -= 1


class Sending:
    """A sender at work over the fakes."""

    def __init__(self, **terms: Any) -> None:
        self.clock = StandingClock()
        self.deliveries = FakeDeliveries()
        self.receiver = FakeReceiver()
        self.results: list[Result] = []
        self.written = True
        self.secrets = {"sealed": SECRET}
        self.counts: Counter[str] = Counter()
        parts = SenderParts(
            deliveries=self.deliveries,  # type: ignore[arg-type]
            clock=self.clock,
            terms=WebhookTerms(**terms),
            node="n",
            user_agent="voicegw/x",
            put=self.put,
            open_secret=self.open_secret,
            counts=self.counts,
        )
        secret = WebhookSecret("sealed", NOW)
        self.webhook = Webhook("whk_1", "https://x", ["*"], [secret], NOW, "key_1")
        self.sender = HookSender(self.webhook, self.receiver, parts)
        self.task = asyncio.create_task(self.sender.run())

    def put(self, result: Result) -> None:
        self.results.append(result)
        if self.written:
            self.deliveries.take(result.attempt)
            result.written()

    def open_secret(self, sealed: str, _owner: str) -> str:
        if sealed not in self.secrets:
            raise KeyMissingError("2026")
        return self.secrets[sealed]

    async def look(self) -> None:
        """Have it look, and go on until nothing happens any more."""
        self.sender.look()
        await self.settle()

    async def settle(self) -> None:
        before = -1
        while before != (before := len(self.results) + len(self.receiver.posted)):
            for _ in range(50):
                await asyncio.sleep(0)

    @property
    def attempts(self) -> list[Attempt]:
        return [one.attempt for one in self.results]


@pytest.fixture
async def sending() -> AsyncIterator[Callable[..., Sending]]:
    made: list[Sending] = []

    def make(**terms: Any) -> Sending:
        made.append(Sending(**terms))
        return made[-1]

    yield make
    for one in made:
        one.task.cancel()
        await asyncio.gather(one.task, return_exceptions=True)


Make = Callable[..., Sending]


async def test_what_is_due_is_sent_once(sending: Make) -> None:
    world = sending()
    for number in range(1, 251):
        world.deliveries.add(number)
    await world.look()
    assert Counter(world.receiver.posted) == Counter(f"evt_{n}" for n in range(1, 251))
    assert world.receiver.most == 10
    assert {one.state for one in world.attempts} == {DeliveryState.DELIVERED}
    assert world.results[0].news == WebhookNews("whk_1", 1, delivered_at=NOW)
    assert world.counts == {"delivered": 250}
    headers = world.receiver.headers[0]
    assert headers["content-type"] == "application/cloudevents+json"
    assert headers["webhook-timestamp"] == str(int(NOW.timestamp()))
    assert headers["webhook-signature"].startswith("v1,")


async def test_what_fails_is_tried_again_at_its_time_and_given_up_at_last(sending: Make) -> None:
    world = sending(retries_s=(5.0, 300.0))
    world.deliveries.add(1)
    world.receiver.answer = lambda _event_id: REFUSED
    for delay_s in (5, 300):
        await world.look()
        attempt = world.attempts[-1]
        assert attempt.state is DeliveryState.PENDING
        assert attempt.next_attempt_at is not None
        wait_s = (attempt.next_attempt_at - world.clock.at).total_seconds()
        assert delay_s <= wait_s <= delay_s * 1.1
        assert attempt.next_attempt_at == world.sender.due_at
        await world.look()
        assert world.attempts[-1] is attempt, "not before its time"
        world.clock.at = attempt.next_attempt_at
    await world.look()
    given_up = world.results[-1]
    assert (given_up.attempt.state, given_up.attempt.attempts) == (DeliveryState.FAILED, 3)
    assert given_up.attempt.error is DeliveryError.REFUSED
    assert given_up.news == WebhookNews("whk_1", 1, gave_up_at=world.clock.at)
    assert world.counts == {"refused": 3}


async def test_a_wish_to_be_left_alone_holds_for_all(sending: Make) -> None:
    world = sending(at_once=1)
    world.deliveries.add(1)
    world.deliveries.add(2)
    world.receiver.answer = lambda _event_id: Answer(DeliveryError.REFUSED, 429, "60")
    await world.look()
    assert world.receiver.posted == ["evt_1"]
    assert world.attempts[0].next_attempt_at == NOW + timedelta(seconds=60)
    world.clock.at_s = 61
    world.clock.at += timedelta(seconds=61)
    world.receiver.answer = lambda _event_id: OK
    await world.look()
    assert world.receiver.posted[1:] == ["evt_2", "evt_1"]


async def test_a_wish_that_is_no_time_loses_no_delivery(sending: Make) -> None:
    one = sending(retries_s=(5,))
    one.deliveries.add(1)
    wish = "Mon, 01 Jan 99999999999999999999 00:00:00 GMT"
    one.receiver.answer = lambda _event_id: Answer(DeliveryError.REFUSED, 503, wish)
    await one.look()
    assert [result.attempt.state for result in one.results] == [DeliveryState.PENDING]


async def test_a_dead_receiver_is_asked_by_single_requests(sending: Make) -> None:
    world = sending(retries_s=(5.0,) * 9)
    for number in range(1, 101):
        world.deliveries.add(number)
    world.receiver.answer = lambda _event_id: REFUSED
    await world.look()
    asked = len(world.receiver.posted)
    assert 20 <= asked < 30, "what was under way came to its end"
    await world.look()
    assert len(world.receiver.posted) == asked
    world.clock.at_s += 31
    await world.look()
    assert len(world.receiver.posted) == asked + 1
    world.clock.at_s += 31
    world.receiver.answer = lambda _event_id: OK
    await world.look()
    assert len(set(world.receiver.posted)) == 100, "all goes out at once when it is back"


async def test_gone_ends_it_until_the_webhook_is_changed(sending: Make) -> None:
    world = sending(at_once=1)
    world.deliveries.add(1)
    world.deliveries.add(2)
    world.receiver.answer = lambda _event_id: Answer(DeliveryError.GONE, 410)
    await world.look()
    assert world.receiver.posted == ["evt_1"]
    assert world.attempts[0].state is DeliveryState.FAILED
    assert world.results[0].news == WebhookNews("whk_1", 1, gone_at=NOW)
    world.receiver.answer = lambda _event_id: OK
    await world.look()
    assert world.receiver.posted == ["evt_1"]
    secrets, version = world.webhook.secrets, 2
    world.sender.changed(
        Webhook("whk_1", "https://x", ["*"], secrets, NOW, "key_1", version=version)
    )
    await world.settle()
    assert world.receiver.posted == ["evt_1", "evt_2"]


async def test_what_is_not_written_yet_is_not_sent_again(sending: Make) -> None:
    world = sending()
    world.deliveries.add(1)
    world.written = False
    await world.look()
    await world.look()
    assert world.receiver.posted == ["evt_1"]
    world.deliveries.take(world.results[0].attempt)
    world.results[0].written()
    world.deliveries.add(2)
    await world.look()
    assert world.receiver.posted == ["evt_1", "evt_2"]


async def test_while_the_store_is_away_no_more_than_so_many_are_sent(sending: Make) -> None:
    world = sending()
    world.written = False
    for number in range(1, 801):
        world.deliveries.add(number)
    await world.look()
    sent = len(world.receiver.posted)
    assert 500 <= sent < 620
    for result in world.results:
        world.deliveries.take(result.attempt)
        result.written()
    world.results.clear()
    world.written = True
    await world.settle()
    assert Counter(world.receiver.posted) == Counter(f"evt_{n}" for n in range(1, 801))


async def test_what_is_wrong_here_is_not_held_against_the_receiver(sending: Make) -> None:
    world = sending()
    world.deliveries.add(1, event=None)
    world.deliveries.add(2)
    world.secrets.clear()
    await world.look()
    assert world.receiver.posted == []
    errors = {one.number: (one.error, one.state) for one in world.attempts}
    assert errors == {
        1: (DeliveryError.EVENT_GONE, DeliveryState.FAILED),
        2: (DeliveryError.SECRET_UNREADABLE, DeliveryState.PENDING),
    }


async def test_a_fault_of_one_event_holds_up_no_other(
    sending: Make, caplog: pytest.LogCaptureFixture
) -> None:
    world = sending()
    world.deliveries.add(1)
    world.deliveries.add(2)

    def answer(event_id: str) -> Answer:
        if event_id == "evt_1":
            raise RuntimeError("fault")
        return OK

    world.receiver.answer = answer
    await world.look()
    errors = {one.number: one.error for one in world.attempts}
    assert errors == {1: DeliveryError.INTERNAL_ERROR, 2: None}
    assert "webhook's delivery failed" in caplog.text


async def test_a_ping_is_sent_once(sending: Make) -> None:
    world = sending()
    world.deliveries.add(1, EventType.WEBHOOK_PING)
    world.receiver.answer = lambda _event_id: REFUSED
    await world.look()
    assert world.attempts[0].state is DeliveryState.FAILED


async def test_postings_under_way_are_broken_off_at_the_end(sending: Make) -> None:
    world = sending()
    world.receiver.gate = asyncio.Event()
    world.deliveries.add(1)
    await world.look()
    assert world.receiver.now == 1
    world.task.cancel()
    await asyncio.gather(world.task, return_exceptions=True)
    assert world.receiver.now == 0
    assert world.results == []
