"""What was heard of a network is written once, with its events, or not at all."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import msgspec

from tests.contract.conftest import NOW
from tests.contract.records import a_call, an_event
from voicegw.journal.entries import CallChanged, Entry, WorkWanted
from voicegw.model.call import Call, Leg, LegReason, LegRole
from voicegw.model.event import Event
from voicegw.model.event_filter import EventFilter
from voicegw.model.work import WorkItem, WorkKind
from voicegw.store.batch import BatchWriter
from voicegw.store.calls import CallRepository
from voicegw.store.database import Database
from voicegw.store.events import EventRepository
from voicegw.store.network import NetworkRepository
from voicegw.store.work import WorkQueue

KINDS = [WorkKind.NETWORK]


async def write_call(database: Database) -> str:
    """Write a call that is over and whose network is to be heard, twice: a journal is replayed."""
    call = a_call("1", ended=True, legs=[Leg("leg_1", LegRole.CUSTOMER)], sequence=7)
    entries: list[Entry] = [CallChanged(call), WorkWanted(WorkKind.NETWORK, call.id, NOW)]
    writer = BatchWriter(database, "node-1")
    await writer.apply_entries(entries, 2)
    await writer.apply_entries(entries, 2)
    return call.id


async def leased(database: Database, now: datetime = NOW, node: str = "node-1") -> WorkItem | None:
    return await WorkQueue(database, node).lease(KINDS, now, 60)


def classify(call: Call) -> Sequence[Event]:
    call.legs[0].reason = LegReason.POWERED_OFF
    return [an_event(key, call.id, 0, data=msgspec.to_builtins(call)) for key in ("a", "b")]


async def test_the_work_is_for_the_node_that_has_the_sound(database: Database) -> None:
    call_id = await write_call(database)
    assert await leased(database, node="node-2") is None
    item = await leased(database)
    assert item is not None
    assert (item.subject, await leased(database)) == (call_id, None)


async def test_the_reason_and_its_events_are_written_together(database: Database) -> None:
    call_id = await write_call(database)
    results = NetworkRepository(database)
    item = await leased(database)
    assert item is not None
    assert not await results.is_concluded(call_id)
    assert await results.conclude(item, call_id, classify, NOW)
    assert await results.is_concluded(call_id)
    call = await CallRepository(database).get(call_id)
    assert call is not None
    assert (call.legs[0].reason, call.sequence) == (LegReason.POWERED_OFF, 9)
    events = [
        one.event
        for one in await EventRepository(database).after(wanted=EventFilter(subject=call_id))
    ]
    assert [(one.sequence, one.data["sequence"]) for one in events] == [(8, 8), (9, 9)]
    await WorkQueue(database, "node-1").put(WorkKind.NETWORK, call_id, NOW, node="node-1")
    assert await leased(database) is None


async def test_who_has_lost_the_lease_writes_nothing(database: Database) -> None:
    call_id = await write_call(database)
    late = await leased(database)
    assert late is not None
    assert await leased(database, NOW + timedelta(seconds=61)) is not None
    assert not await NetworkRepository(database).conclude(late, call_id, classify, NOW)
    call = await CallRepository(database).get(call_id)
    assert call is not None
    assert (call.legs[0].reason, call.sequence) == (None, 7)
    assert await EventRepository(database).after(wanted=EventFilter(subject=call_id)) == []


async def test_work_about_an_unknown_call_ends(database: Database) -> None:
    await WorkQueue(database, "node-1").put(WorkKind.NETWORK, "call_gone", NOW)
    item = await leased(database)
    assert item is not None
    results = NetworkRepository(database)
    assert not await results.conclude(item, "call_gone", classify, NOW)
    assert await results.is_concluded("call_gone")


async def test_what_was_heard_long_ago_is_forgotten(database: Database) -> None:
    call_id = await write_call(database)
    results = NetworkRepository(database)
    assert await results.forget_before(NOW + timedelta(days=1)) == 0
    item = await leased(database)
    assert item is not None
    await results.conclude(item, call_id, classify, NOW)
    assert await results.forget_before(NOW) == 0
    assert await results.forget_before(NOW + timedelta(seconds=1)) == 1
    assert not await results.is_concluded(call_id)
