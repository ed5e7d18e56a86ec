"""Reading the outbox: what is wanted, in commit order, whoever wrote it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from tests.contract.conftest import NOW
from voicegw.errors import InvalidError, NotFoundError
from voicegw.model.event import Event, EventType
from voicegw.model.event_filter import EventFilter
from voicegw.store.database import Database
from voicegw.store.events import EventRepository

GROUPS = [f"grp_{number:02}" for number in range(40)]


@pytest.fixture
async def named(store_url: str) -> AsyncIterator[Database]:
    """A store in which node-7 writes."""
    opened = await Database.open(store_url, node="node-7")
    yield opened
    await opened.close()


def an_event(number: int) -> Event:
    """Return events of four types, forty groups and three managers, ten a call."""
    return Event(
        id=f"evt_{number:04}",
        type=list(EventType)[number % 4],
        subject=f"call_{number // 10}",
        time=NOW + timedelta(seconds=number),
        sequence=number % 10 + 1,
        data={"number": number},
        group_id=GROUPS[number % 40],
        manager_id=f"mgr_{number % 3}" if number % 2 else None,
    )


FILTERS = [
    EventFilter(),
    EventFilter(subject="call_7"),
    EventFilter(types=frozenset(list(EventType)[1:3])),
    EventFilter(types=frozenset(list(EventType)[5:9])),
    EventFilter(types=frozenset()),
    EventFilter(group_ids=frozenset(GROUPS[3:5])),
    EventFilter(group_ids=frozenset(GROUPS[1:])),
    EventFilter(group_ids=frozenset()),
    EventFilter(manager_id="mgr_2"),
    EventFilter(manager_id="mgr_none"),
    EventFilter(types=frozenset([list(EventType)[1]]), manager_id="mgr_1"),
    EventFilter(types=frozenset(list(EventType)[0:2]), group_ids=frozenset(GROUPS[:7])),
    EventFilter(subject="call_3", types=frozenset(list(EventType)[0:2])),
]


async def test_whatever_is_wanted_comes_in_commit_order_and_nothing_else(
    database: Database,
) -> None:
    events = [an_event(number) for number in range(200)]
    repository = EventRepository(database)
    await repository.add(events)
    for wanted in FILTERS:
        expected = [event.id for event in events if wanted.matches(event)]
        found, position = list[str](), 0
        while page := await repository.after(position, 7, wanted):
            found += [stored.event.id for stored in page]
            assert all(stored.position > position for stored in page)
            position = page[-1].position
        assert found == expected, wanted


async def test_reading_ends_where_it_is_told_to(database: Database) -> None:
    repository = EventRepository(database)
    await repository.add([an_event(number) for number in range(10)])
    positions = [stored.position for stored in await repository.after()]
    assert await repository.last_position() == positions[-1]
    assert (await repository.newest())[0] == positions[-1]
    assert await repository.position_of("evt_0004") == positions[4]
    found = await repository.after("evt_0002", until=positions[5])
    assert [stored.event.id for stored in found] == ["evt_0003", "evt_0004", "evt_0005"]


async def test_an_empty_outbox_ends_at_its_beginning(database: Database) -> None:
    assert await EventRepository(database).last_position() == 0
    assert await EventRepository(database).newest() == (0, None)


async def test_an_event_says_which_node_wrote_it(named: Database) -> None:
    await EventRepository(named).add([an_event(1)])
    (stored,) = await EventRepository(named).after()
    assert (stored.event.node, stored.event.manager_id) == ("node-7", "mgr_1")


async def test_who_has_no_name_writes_none(database: Database) -> None:
    await EventRepository(database).add([an_event(1)])
    assert [stored.event.node for stored in await EventRepository(database).after()] == [None]


@pytest.mark.parametrize("limit", [0, 1001])
async def test_a_reading_is_bounded(database: Database, limit: int) -> None:
    with pytest.raises(InvalidError):
        await EventRepository(database).after(limit=limit)


async def test_an_unknown_event_has_no_place(database: Database) -> None:
    with pytest.raises(NotFoundError):
        await EventRepository(database).position_of("evt_none")
