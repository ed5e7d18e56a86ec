"""Webhooks and their deliveries in both stores."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec
import pytest

from tests.contract.conftest import NOW
from voicegw.clock import SystemClock
from voicegw.errors import ConflictError, InvalidError, NotFoundError
from voicegw.events.delivery.lease import OutletLease
from voicegw.events.webhooks.fan_out import FanOut
from voicegw.events.webhooks.matching import Matcher
from voicegw.model.audit import AuditAction, AuditEntry, SubjectKind
from voicegw.model.event import Event, EventType
from voicegw.model.webhook import (
    DeliveryError,
    DeliveryState,
    NewDelivery,
    Replay,
    Webhook,
    WebhookSecret,
)
from voicegw.store import schema
from voicegw.store import webhooks as webhooks_module
from voicegw.store.audit import AuditFilter, AuditLog
from voicegw.store.database import Database
from voicegw.store.events import EventRepository
from voicegw.store.outlets import Claim, OutletRepository
from voicegw.store.webhook_deliveries import (
    Attempt,
    DeliveryFilter,
    WebhookDeliveryRepository,
    WebhookNews,
)
from voicegw.store.webhook_upkeep import WebhookUpkeep, held_back_at
from voicegw.store.webhooks import WebhookRepository

CLAIM = Claim("webhooks", "node-1/a")
LATER = NOW + timedelta(minutes=5)


def a_webhook(number: int = 1, **more: Any) -> Webhook:
    fields: dict[str, Any] = {
        "id": f"whk_{number}",
        "url": "https://example.com/hook",
        "types": ["call.*"],
        "secrets": [WebhookSecret("plain.whsec_1", NOW)],
        "created_at": NOW,
        "created_by": "key_1",
    }
    return Webhook(**(fields | more))


def an_event(number: int, **more: Any) -> Event:
    fields: dict[str, Any] = {
        "id": f"evt_{number}",
        "type": EventType.CALL_ENDED,
        "subject": "call_1",
        "time": NOW + timedelta(seconds=number),
        "sequence": number,
        "data": {"sequence": number},
    }
    return Event(**(fields | more))


def an_entry() -> AuditEntry:
    return AuditEntry(NOW, "key_1", "admin", AuditAction.WEBHOOK, SubjectKind.WEBHOOK, "whk_1")


class Stored:
    """Everything about webhooks in one store, and what tests do with it."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.webhooks = WebhookRepository(database)
        self.deliveries = WebhookDeliveryRepository(database)
        self.upkeep = WebhookUpkeep(database)
        self.events = EventRepository(database)
        self.outlets = OutletRepository(database)

    async def note(self, webhook_id: str, numbers: Sequence[int], now: datetime = NOW) -> bool:
        """Note events that are in the outbox for a webhook."""
        heads = {one.id: one for one in await self.deliveries.heads(0, 1000)}
        new = [NewDelivery(webhook_id, heads[f"evt_{number}"]) for number in numbers]
        place = max(one.event.position for one in new)
        return await self.deliveries.note(CLAIM, new, {webhook_id: place}, now)

    async def of(self, webhook_id: str, **filters: Any) -> list[tuple[str, str]]:
        page = await self.deliveries.list(DeliveryFilter(webhook_id, **filters))
        return [(one.event_id, one.state.value) for one in page.items]


@pytest.fixture
async def stored(database: Database) -> Stored:
    found = Stored(database)
    await found.outlets.lease(CLAIM.outlet, CLAIM.holder, NOW, 15)
    return found


async def test_a_webhook_is_for_the_events_from_its_creation_on(stored: Stored) -> None:
    await stored.events.add([an_event(1)])
    await stored.webhooks.create(a_webhook(), an_entry())
    found = await stored.webhooks.get("whk_1")
    assert found == a_webhook(position=1)
    assert await stored.webhooks.get("whk_9") is None
    entries = await AuditLog(stored.database).list(AuditFilter())
    assert [entry.subject for entry in entries.items] == ["whk_1"]


async def test_there_are_only_so_many(stored: Stored, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(webhooks_module, "MAX_WEBHOOKS", 1)
    await stored.webhooks.create(a_webhook())
    with pytest.raises(ConflictError) as raised:
        await stored.webhooks.create(a_webhook(2))
    assert raised.value.slug == "too-many-webhooks"
    await stored.webhooks.delete(a_webhook(), NOW)
    await stored.webhooks.create(a_webhook(2))


async def test_lists_are_paged_and_filtered(stored: Stored) -> None:
    for number in (1, 2, 3):
        group = f"grp_{number}" if number > 1 else None
        await stored.webhooks.create(a_webhook(number, group_id=group, enabled=number != 3))
    page = await stored.webhooks.list(limit=2)
    assert [one.id for one in page.items] == ["whk_1", "whk_2"]
    rest = await stored.webhooks.list(limit=2, cursor=page.next_cursor)
    assert ([one.id for one in rest.items], rest.next_cursor) == (["whk_3"], None)
    scoped = await stored.webhooks.list(group_ids=["grp_2", "grp_9"])
    assert [one.id for one in scoped.items] == ["whk_2"]
    assert [one.id for one in (await stored.webhooks.list(enabled=False)).items] == ["whk_3"]
    with pytest.raises(InvalidError):
        await stored.webhooks.list(cursor="x")


async def test_a_change_needs_the_version_it_was_made_from(stored: Stored) -> None:
    await stored.webhooks.create(a_webhook())
    known = await stored.webhooks.get("whk_1")
    assert known is not None
    wanted = msgspec.structs.replace(known, description="new", position=99)
    changed = await stored.webhooks.change(wanted)
    assert changed.version == 2
    found = await stored.webhooks.get("whk_1")
    assert found is not None
    assert (found.description, found.position, found.version) == ("new", 0, 2)
    for write in (stored.webhooks.change(wanted), stored.webhooks.delete(wanted, NOW)):
        with pytest.raises(ConflictError):
            await write
    with pytest.raises(NotFoundError):
        await stored.webhooks.change(a_webhook(9))


async def test_one_that_is_switched_on_gets_what_happens_from_then_on(stored: Stored) -> None:
    await stored.webhooks.create(a_webhook(enabled=False))
    await stored.events.add([an_event(1)])
    await stored.webhooks.change(a_webhook(enabled=True))
    found = await stored.webhooks.get("whk_1")
    assert found is not None
    assert found.position == 1


async def test_deliveries_and_places_move_together_and_only_while_leased(stored: Stored) -> None:
    await stored.webhooks.create(a_webhook())
    await stored.events.add([an_event(1), an_event(2, group_id="grp_1")])
    heads = await stored.deliveries.heads(0, 10)
    assert [(one.id, one.type, one.group_id) for one in heads] == [
        ("evt_1", "call.ended", None),
        ("evt_2", "call.ended", "grp_1"),
    ]
    assert await stored.deliveries.heads(heads[0].position, 10) == heads[1:]
    assert await stored.note("whk_1", [1, 2])
    assert await stored.note("whk_1", [1, 2]), "what is there is left"
    assert await stored.of("whk_1") == [("evt_2", "pending"), ("evt_1", "pending")]
    found = await stored.webhooks.get("whk_1")
    assert found is not None
    assert found.position == heads[1].position
    await stored.events.add([an_event(3)])
    await stored.outlets.lease("webhooks", "node-2/b", NOW + timedelta(seconds=16), 15)
    assert not await stored.note("whk_1", [3])
    assert len(await stored.of("whk_1")) == 2


async def test_what_is_due_comes_with_its_event(stored: Stored) -> None:
    await stored.webhooks.create(a_webhook())
    await stored.events.add([an_event(1), an_event(2)])
    await stored.note("whk_1", [1])
    await stored.note("whk_1", [2], LATER)
    assert await stored.deliveries.due("whk_9", LATER, 10) == ([], None)
    due, later = await stored.deliveries.due("whk_1", NOW, 10)
    assert [one.event_id for one in due] == ["evt_1"]
    assert later == LATER
    event = due[0].event
    assert event is not None
    assert (event.id, event.data) == ("evt_1", {"sequence": 1})
    due, later = await stored.deliveries.due("whk_1", LATER, 10)
    assert ([one.event_id for one in due], later) == (["evt_1", "evt_2"], None)
    served = await stored.webhooks.served()
    assert [(one.webhook.id, one.due_at) for one in served] == [("whk_1", NOW)]


async def test_an_event_that_is_gone_is_said_to_be(stored: Stored) -> None:
    await stored.webhooks.create(a_webhook())
    await stored.events.add([an_event(1)])
    await stored.note("whk_1", [1])
    async with stored.database.write() as connection:
        await connection.execute(schema.events.delete())
    (due,), _ = await stored.deliveries.due("whk_1", NOW, 10)
    assert (due.event_id, due.event) == ("evt_1", None)


def attempt_of(number: int, begun_at: datetime = NOW, **more: Any) -> Attempt:
    fields: dict[str, Any] = {
        "number": number,
        "begun_at": begun_at,
        "state": DeliveryState.DELIVERED,
        "attempts": 1,
        "attempted_at": NOW,
        "finished_at": NOW,
        "status_code": 204,
        "duration_ms": 12,
    }
    return Attempt(**(fields | more))


async def test_results_are_recorded_and_tell_of_the_webhook(stored: Stored) -> None:
    await stored.webhooks.create(a_webhook())
    await stored.events.add([an_event(1), an_event(2)])
    await stored.note("whk_1", [1, 2])
    first, second = (await stored.deliveries.due("whk_1", NOW, 10))[0]
    again = attempt_of(
        second.number,
        state=DeliveryState.PENDING,
        next_attempt_at=LATER,
        finished_at=None,
        status_code=503,
        error=DeliveryError.REFUSED,
    )
    news = WebhookNews("whk_1", 1, gave_up_at=NOW)
    await stored.deliveries.record([attempt_of(first.number), again], [news])
    assert await stored.of("whk_1", state=DeliveryState.DELIVERED) == [("evt_1", "delivered")]
    waiting = await stored.deliveries.get("whk_1", second.number)
    assert waiting is not None
    assert (waiting.next_attempt_at, waiting.error) == (LATER, DeliveryError.REFUSED)
    assert (waiting.status_code, waiting.attempts) == (503, 1)
    assert await stored.deliveries.pending() == 1
    assert await stored.deliveries.get("whk_2", second.number) is None
    found = await stored.webhooks.get("whk_1")
    assert found is not None
    assert (found.failing_since, found.delivered_at) == (NOW, None)
    await stored.deliveries.record([], [WebhookNews("whk_1", 1, gave_up_at=LATER)])
    await stored.deliveries.record([], [WebhookNews("whk_1", 1, delivered_at=LATER)])
    found = await stored.webhooks.get("whk_1")
    assert found is not None
    assert (found.failing_since, found.delivered_at) == (None, LATER)


async def test_gone_switches_off_what_has_not_been_changed_since(stored: Stored) -> None:
    await stored.webhooks.create(a_webhook())
    await stored.deliveries.record([], [WebhookNews("whk_1", 9, gone_at=NOW)])
    found = await stored.webhooks.get("whk_1")
    assert found is not None
    assert found.enabled
    await stored.deliveries.record([], [WebhookNews("whk_1", 1, gone_at=NOW)])
    found = await stored.webhooks.get("whk_1")
    assert found is not None
    assert (found.enabled, found.off_reason, found.off_at, found.version) == (
        False,
        "gone",
        NOW,
        2,
    )


async def test_a_replayed_delivery_begins_anew_whatever_was_under_way(stored: Stored) -> None:
    await stored.webhooks.create(a_webhook())
    await stored.events.add([an_event(1)])
    await stored.note("whk_1", [1])
    (due,), _ = await stored.deliveries.due("whk_1", NOW, 10)
    await stored.deliveries.replay("whk_1", due.number, LATER, an_entry())
    failed = attempt_of(due.number, state=DeliveryState.FAILED, error=DeliveryError.EXPIRED)
    await stored.deliveries.record([failed], [])
    found = await stored.deliveries.get("whk_1", due.number)
    assert found is not None
    assert (found.state, found.attempts, found.replays) == (DeliveryState.PENDING, 0, 1)
    assert (found.begun_at, found.next_attempt_at, found.error) == (LATER, LATER, None)
    for webhook_id, number in (("whk_2", due.number), ("whk_1", 99)):
        with pytest.raises(NotFoundError):
            await stored.deliveries.replay(webhook_id, number, LATER)


async def test_a_ping_needs_no_outbox(stored: Stored) -> None:
    event = an_event(7, type=EventType.WEBHOOK_PING, subject="whk_1")
    await stored.webhooks.create(a_webhook())
    delivery = await stored.deliveries.ping("whk_1", event, NOW, an_entry())
    assert (delivery.event_id, delivery.event_type) == ("evt_7", "webhook.ping")
    (due,), _ = await stored.deliveries.due("whk_1", NOW, 10)
    assert due.event == event
    assert (due.number, due.event_id) == (delivery.number, "evt_7")


async def test_a_replay_of_a_range_goes_in_steps(
    stored: Stored, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("voicegw.store.webhook_deliveries._REPLAY_STRETCH", 3)
    await stored.webhooks.create(a_webhook())
    await stored.events.add([an_event(number) for number in range(1, 9)])
    await stored.note("whk_1", [4])
    assert await stored.deliveries.bounds() == (0, 8)
    times = (NOW + timedelta(seconds=2), NOW + timedelta(seconds=8))
    replay: Replay | None = Replay(0, 8, *times)
    await stored.webhooks.begin_replay("whk_1", Replay(0, 8, *times), an_entry())
    with pytest.raises(ConflictError) as raised:
        await stored.webhooks.begin_replay("whk_1", Replay(0, 1))
    assert raised.value.slug == "replay-running"
    steps = []
    while replay is not None:
        found, left = await stored.deliveries.heads_to_replay(replay, 2)
        assert await stored.deliveries.note_replayed(CLAIM, "whk_1", found, left, LATER)
        webhook = await stored.webhooks.get("whk_1")
        assert webhook is not None
        assert webhook.replay == left
        steps.append([one.id for one in found])
        replay = left
    assert [event_id for step in steps for event_id in step] == [f"evt_{n}" for n in range(2, 8)]
    assert max(len(step) for step in steps) == 2
    page = await stored.deliveries.list(DeliveryFilter("whk_1"))
    assert {one.event_id: one.begun_at for one in page.items} == {
        f"evt_{n}": LATER for n in range(2, 8)
    }
    with pytest.raises(NotFoundError):
        await stored.webhooks.begin_replay("whk_9", Replay(0, 1))


async def test_a_replay_without_the_lease_notes_nothing(stored: Stored) -> None:
    await stored.webhooks.create(a_webhook())
    await stored.events.add([an_event(1)])
    heads = await stored.deliveries.heads(0, 10)
    other = Claim("webhooks", "node-2/b")
    assert not await stored.deliveries.note_replayed(other, "whk_1", heads, None, NOW)
    assert await stored.of("whk_1") == []


async def test_lists_of_deliveries_are_paged_and_filtered(stored: Stored) -> None:
    await stored.webhooks.create(a_webhook())
    kinds = {2: EventType.CALL_RINGING}
    events = [an_event(n, type=kinds.get(n, EventType.CALL_ENDED)) for n in (1, 2, 3)]
    await stored.events.add(events)
    await stored.note("whk_1", [1, 2])
    await stored.note("whk_1", [3], LATER)
    first = await stored.deliveries.list(DeliveryFilter("whk_1"), limit=2)
    rest = await stored.deliveries.list(DeliveryFilter("whk_1"), limit=2, cursor=first.next_cursor)
    assert [one.event_id for one in (*first.items, *rest.items)] == ["evt_3", "evt_2", "evt_1"]
    for filters, expected in (
        ({"event_type": "call.ringing"}, ["evt_2"]),
        ({"event_id": "evt_1"}, ["evt_1"]),
        ({"from_": LATER}, ["evt_3"]),
        ({"until": LATER}, ["evt_2", "evt_1"]),
        ({"state": DeliveryState.PENDING}, ["evt_3", "evt_2", "evt_1"]),
        ({"state": DeliveryState.FAILED}, []),
        ({"state": DeliveryState.DELIVERED}, []),
    ):
        assert [event_id for event_id, _ in await stored.of("whk_1", **filters)] == expected


async def test_old_deliveries_go_and_late_ones_are_given_up(stored: Stored) -> None:
    await stored.webhooks.create(a_webhook())
    await stored.events.add([an_event(1), an_event(2), an_event(3)])
    await stored.note("whk_1", [1, 2])
    await stored.note("whk_1", [3], LATER)
    (due, *_), _ = await stored.deliveries.due("whk_1", NOW, 10)
    await stored.deliveries.record([attempt_of(due.number)], [])
    assert await stored.upkeep.prune(NOW) == 0
    assert await stored.upkeep.prune(LATER) == 1
    assert await stored.upkeep.give_up(NOW, LATER) == 0
    assert await stored.upkeep.give_up(LATER, LATER) == 1
    assert await stored.of("whk_1") == [("evt_3", "pending"), ("evt_2", "failed")]
    page = await stored.deliveries.list(DeliveryFilter("whk_1", state=DeliveryState.FAILED))
    assert page.items[0].error is DeliveryError.EXPIRED
    assert page.items[0].finished_at == LATER


async def test_a_deleted_webhook_goes_after_its_deliveries(stored: Stored) -> None:
    assert not await stored.webhooks.any()
    await stored.webhooks.create(a_webhook())
    await stored.events.add([an_event(1)])
    await stored.note("whk_1", [1])
    known = await stored.webhooks.get("whk_1")
    assert known is not None
    await stored.webhooks.delete(known, NOW, an_entry())
    assert await stored.webhooks.get("whk_1") is None
    assert (await stored.webhooks.list()).items == []
    assert await stored.webhooks.served() == []
    assert await stored.webhooks.any()
    while await stored.upkeep.clear_deleted():
        pass
    assert not await stored.webhooks.any()
    assert await stored.of("whk_1") == []


async def test_what_is_still_needed_of_the_outbox_is_known(stored: Stored) -> None:
    assert await stored.deliveries.bounds() == (0, 0)
    assert await held_back_at(stored.database) is None
    await stored.webhooks.create(a_webhook())
    await stored.events.add([an_event(n) for n in range(1, 5)])
    assert await held_back_at(stored.database) == 0
    await stored.note("whk_1", [2, 4])
    assert await held_back_at(stored.database) == 1, "evt_2 waits"
    (due, *_), _ = await stored.deliveries.due("whk_1", NOW, 10)
    await stored.deliveries.record([attempt_of(due.number)], [])
    assert await held_back_at(stored.database) == 3, "evt_4 waits"
    known = await stored.webhooks.get("whk_1")
    assert known is not None
    await stored.webhooks.change(msgspec.structs.replace(known, enabled=False))
    (rest,), _ = await stored.deliveries.due("whk_1", NOW, 10)
    await stored.deliveries.record([attempt_of(rest.number)], [])
    assert await held_back_at(stored.database) is None


class StandingClock(SystemClock):
    """A clock that a test moves."""

    at_s = 1000.0

    def monotonic(self) -> float:
        return self.at_s


async def test_a_webhook_that_wants_nothing_of_what_happens_holds_nothing_back(
    stored: Stored,
) -> None:
    """Its place is written though nothing is noted for it, but not for every event."""
    await stored.webhooks.create(a_webhook(types=["task.*"]))
    clock = StandingClock()
    lease = OutletLease(stored.outlets, CLAIM.outlet, CLAIM.holder, clock)
    fan_out = FanOut(stored.deliveries, lease, clock)

    async def place_after(number: int) -> int | None:
        await stored.events.add([an_event(number)])
        for _ in range(2):
            webhook = (await stored.webhooks.served())[0].webhook
            assert await fan_out.step([webhook], {"whk_1": Matcher(webhook, {})}) == (set(), False)
        return await held_back_at(stored.database)

    assert await place_after(1) == 1
    assert await place_after(2) == 1
    clock.at_s += 30
    assert await place_after(3) == 3
    assert await stored.of("whk_1") == []
