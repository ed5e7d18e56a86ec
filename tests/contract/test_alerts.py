"""What is raised, in step with the events that tell of it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime, timedelta

import pytest

from tests.contract.conftest import NOW
from voicegw.clock import SystemClock
from voicegw.events.factory import EventFactory
from voicegw.journal.entries import EventsNoted
from voicegw.store.alerts import AlertRepository
from voicegw.store.batch import BatchWriter
from voicegw.store.database import Database
from voicegw.store.events import EventRepository


class Clock(SystemClock):
    moment = NOW

    def now(self) -> datetime:
        return self.moment


@pytest.fixture
async def named(store_url: str) -> AsyncIterator[Database]:
    """A store in which node-7 writes."""
    opened = await Database.open(store_url, node="node-7")
    yield opened
    await opened.close()


async def test_what_was_raised_last_is_raised_and_what_was_cleared_is_not(named: Database) -> None:
    clock = Clock()
    factory, alerts = EventFactory(clock), AlertRepository(named)
    first = factory.alert("node-7/full", "no room", raised=True)
    clock.moment += timedelta(seconds=1)
    entry = EventsNoted(
        [
            first,
            factory.alert("node-7/away", "the trunk", raised=True),
            factory.alert("node-7/away", "", raised=False),
        ]
    )
    await BatchWriter(named, "node-7").apply_entries([entry], 1)
    (raised,) = await alerts.raised()
    assert (raised.node, raised.slug, raised.detail, raised.raised_at) == (
        "node-7",
        "full",
        "no room",
        NOW,
    )
    # The journal is written once more after a crash.
    await BatchWriter(named, "node-7").apply_entries([entry], 1)
    assert await alerts.raised("node-7") == [raised]
    assert await alerts.raised("node-8") == []
    await EventRepository(named).add([factory.alert("node-7/full", "", raised=False)])
    assert await alerts.raised() == []


async def test_raised_again_is_raised_since_then(named: Database) -> None:
    clock = Clock()
    factory, events = EventFactory(clock), EventRepository(named)
    await events.add([factory.alert("node-7/full", "no room", raised=True)])
    clock.moment += timedelta(hours=1)
    await events.add([factory.alert("node-7/full", "less", raised=True)])
    (raised,) = await AlertRepository(named).raised()
    assert (raised.detail, raised.raised_at) == ("less", NOW + timedelta(hours=1))
