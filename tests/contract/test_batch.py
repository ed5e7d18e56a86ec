"""What running calls have done, written in groups and read back."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import msgspec
import pytest
import sqlalchemy as sa

from tests.contract.conftest import NOW
from tests.contract.records import a_call, a_recording, a_reference, an_event
from voicegw.errors import (
    DamagedLineError,
    InvalidError,
    NotFoundError,
    StoreError,
    StoreUnavailableError,
)
from voicegw.journal.entries import CallChanged, Entry, LegClosed, LegsChanged, RecordingChanged
from voicegw.model.call import (
    Call,
    CallOutcome,
    CallStatus,
    Direction,
    Leg,
    LegRole,
)
from voicegw.model.event import EventType
from voicegw.model.event_filter import EventFilter
from voicegw.model.recording import RecordingStatus
from voicegw.store.batch import BatchWriter
from voicegw.store.calls import CallFilter, CallRepository
from voicegw.store.database import Database
from voicegw.store.events import EventRepository, write_events
from voicegw.store.recordings import RecordingFilter, RecordingRepository


@pytest.fixture
def batch(database: Database) -> BatchWriter:
    return BatchWriter(database, "node-1")


@pytest.fixture
def calls(database: Database) -> CallRepository:
    return CallRepository(database)


@pytest.fixture
def events(database: Database) -> EventRepository:
    return EventRepository(database)


async def test_the_last_snapshot_of_a_group_counts(
    batch: BatchWriter, calls: CallRepository, events: EventRepository
) -> None:
    first = a_call("1")
    last = msgspec.structs.replace(first, status=CallStatus.IN_PROGRESS, sequence=2)
    group: list[Entry] = [
        CallChanged(first, [an_event("1", sequence=1)]),
        LegClosed("leg_1"),
        CallChanged(last, [an_event("2", sequence=2)]),
    ]
    assert await batch.position() == 0
    await batch.apply_entries(group, 400)
    assert await batch.position() == 400
    assert await calls.get("call_1") == last
    assert await calls.get("call_2") is None
    assert [stored.event.id for stored in await events.after()] == ["evt_1", "evt_2"]


async def test_replaying_changes_nothing(
    batch: BatchWriter, calls: CallRepository, events: EventRepository
) -> None:
    call = a_call("1")
    entries: list[Entry] = []
    for sequence in range(1, 5):
        call = msgspec.structs.replace(call, sequence=sequence)
        entries.append(CallChanged(call, [an_event(str(sequence), sequence=sequence)]))
    done = a_recording("1", call.id, RecordingStatus.COMPLETED)
    told = an_event("5", sequence=0, type=EventType.RECORDING_COMPLETED)
    entries.append(RecordingChanged(done, [told]))
    await batch.apply_entries(entries, 10)
    before = (await calls.get(call.id), await events.after())
    await batch.apply_entries(entries[2:], 10)
    await batch.apply_entries(entries[4:], 10)
    assert (await calls.get(call.id), await events.after()) == before


async def test_legs_alone_change_the_call_that_the_store_knows(
    batch: BatchWriter, calls: CallRepository, events: EventRepository
) -> None:
    call = a_call("1")
    await batch.apply_entries([CallChanged(call, [an_event("1")])], 10)
    changes: list[Entry] = [
        LegsChanged(
            call.id,
            sequence,
            [Leg(f"leg_{name}", LegRole.MANAGER, sip_code=100 + sequence)],
            [an_event(str(sequence), sequence=sequence)],
        )
        for sequence, name in ((2, "1"), (3, "new"), (4, "1"))
    ]
    changes.append(LegsChanged("call_none", 2, [Leg("leg_2", LegRole.MANAGER)]))
    await batch.apply_entries(changes[:2], 20)
    await batch.apply_entries(changes[1:], 30)
    known = await calls.get(call.id)
    assert known is not None
    assert [(leg.id, leg.sip_code) for leg in known.legs] == [("leg_1", 104), ("leg_new", 103)]
    assert known.sequence == 4
    assert [one.event.sequence for one in await events.after()] == [1, 2, 3, 4]
    # Legs that come with their call are the call's; what is older than it changes nothing.
    last = msgspec.structs.replace(known, status=CallStatus.IN_PROGRESS, sequence=5)
    after = LegsChanged(call.id, 6, [Leg("leg_1", LegRole.MANAGER, sip_code=200)])
    await batch.apply_entries([CallChanged(last), after], 40)
    await batch.apply_entries(changes, 40)
    known = await calls.get(call.id)
    assert known is not None
    assert (known.status, known.legs[0].sip_code) == (CallStatus.IN_PROGRESS, 200)
    ended = msgspec.structs.replace(
        known, status=CallStatus.COMPLETED, outcome=CallOutcome.CONNECTED, sequence=7
    )
    await batch.apply_entries([CallChanged(ended)], 50)
    await batch.apply_entries([LegsChanged(call.id, 8, [Leg("leg_1", LegRole.MANAGER)])], 60)
    assert await calls.get(call.id) == ended


async def test_events_of_a_recording_are_numbered_after_the_call(
    batch: BatchWriter, calls: CallRepository, events: EventRepository
) -> None:
    pending = a_recording("1", "call_1", RecordingStatus.PENDING)
    call = a_call("1", ended=True, sequence=7, recordings=[a_reference(pending)])
    await batch.apply_entries([CallChanged(call), RecordingChanged(pending)], 1)
    done = msgspec.structs.replace(pending, status=RecordingStatus.COMPLETED)
    kinds = (EventType.RECORDING_FAILED, EventType.RECORDING_COMPLETED)
    told = [an_event(f"r{index}", sequence=0, type=kind) for index, kind in enumerate(kinds)]
    await batch.apply_entries([RecordingChanged(done, told)], 2)
    stored = [s.event for s in await events.after(wanted=EventFilter(subject="call_1"))]
    assert [(event.sequence, event.data["sequence"]) for event in stored] == [(8, 8), (9, 9)]
    read = await calls.get("call_1")
    assert read is not None
    assert (read.sequence, read.recording_id) == (9, "rec_1")
    assert read.recordings == [a_reference(done)]
    # The owner's last word, should it come late, takes nothing of this back.
    await batch.apply_entries([CallChanged(call)], 3)
    assert await calls.get("call_1") == read


async def test_a_group_costs_as_many_statements_as_a_single_call(
    batch: BatchWriter, events: EventRepository
) -> None:
    """Or the end of a burst of calls would hold up everybody who waits for the store."""

    def ended(keys: list[str]) -> list[Entry]:
        entries: list[Entry] = []
        for key in keys:
            silent = a_recording(key, f"call_{key}", RecordingStatus.ABSENT)
            call = a_call(key, ended=True, sequence=3, recordings=[a_reference(silent)])
            told = an_event(f"r{key}", call.id, sequence=0, type=EventType.RECORDING_ABSENT)
            entries += [CallChanged(call), RecordingChanged(silent, [told])]
        return entries

    statements: list[str] = []

    def count(_connection: object, _cursor: object, statement: str, *_more: object) -> None:
        statements.append(statement)

    sa.event.listen(sa.Engine, "before_cursor_execute", count)
    try:
        await batch.apply_entries(ended(["one"]), 1)
        alone = len(statements)
        statements.clear()
        await batch.apply_entries(ended([f"m{number}" for number in range(40)]), 2)
    finally:
        sa.event.remove(sa.Engine, "before_cursor_execute", count)
    assert len(statements) == alone
    told = [stored.event for stored in await events.after(limit=200)]
    assert [event.type for event in told].count(EventType.CALL_SETTLED) == 41
    assert {event.sequence for event in told if event.type is EventType.CALL_SETTLED} == {5}


async def test_what_follows_from_a_call_echoes_its_client_state(
    batch: BatchWriter, events: EventRepository
) -> None:
    """Of the call whose event it is, in the group that ends several; nothing that was told."""
    states = {"one": 'order "17" 好', "two": "null", "three": None}
    entries: list[Entry] = []
    for key, state in states.items():
        done = a_recording(key, f"call_{key}", RecordingStatus.ABSENT)
        call = a_call(
            key,
            ended=True,
            client_state=state,
            task_id=f"tsk_{key}",
            recordings=[a_reference(done)],
        )
        data = {"client_state": None, "task_id": None, "reason": None}
        about: dict[str, Any] = {"sequence": 0, "type": EventType.RECORDING_ABSENT}
        unknown = an_event(f"u{key}", call.id, data=data, **about)
        known = an_event(f"k{key}", call.id, data=data | {"task_id": "tsk_own"}, **about)
        bare = an_event(f"b{key}", call.id, data={}, **about)
        entries += [CallChanged(call), RecordingChanged(done, [unknown, known, bare])]
    await batch.apply_entries(entries, 1)
    told = {one.event.id: one.event.data for one in await events.after()}
    for key, state in states.items():
        both = {"client_state": state, "reason": None}
        assert told[f"evt_u{key}"] == both | {"task_id": f"tsk_{key}", "sequence": 2}
        assert told[f"evt_k{key}"] == both | {"task_id": "tsk_own", "sequence": 3}
        assert told[f"evt_b{key}"] == {"sequence": 4}


async def test_a_recording_of_an_unknown_call_is_numbered_from_one(
    batch: BatchWriter, events: EventRepository
) -> None:
    lost = a_recording("1", "call_lost", RecordingStatus.FAILED)
    event = an_event("1", subject="call_lost", sequence=0, type=EventType.RECORDING_FAILED)
    await batch.apply_entries([RecordingChanged(lost, [event])], 1)
    assert [s.event.sequence for s in await events.after()] == [1]


async def test_a_value_no_store_can_hold_is_no_outage(batch: BatchWriter) -> None:
    call = a_call("1", sequence=2**63)
    with pytest.raises(StoreError) as caught:
        await batch.apply_entries([CallChanged(call, [an_event("1")])], 1)
    assert not isinstance(caught.value, StoreUnavailableError)
    assert await batch.position() == 0


@pytest.mark.parametrize(
    "damaged",
    [
        CallChanged(a_call("2", sequence="many")),
        CallChanged(a_call("2"), [an_event("1", time="-")]),
    ],
)
async def test_nothing_of_a_group_with_a_damaged_line_is_written(
    batch: BatchWriter, calls: CallRepository, damaged: CallChanged
) -> None:
    with pytest.raises(DamagedLineError):
        await batch.apply_entries([CallChanged(a_call("1")), damaged], 1)
    assert await calls.get("call_1") is None
    assert await batch.position() == 0


async def test_calls_by_filter(batch: BatchWriter, calls: CallRepository) -> None:
    stored = [
        a_call("1", age_s=30),
        a_call("2", age_s=20, ended=True, group_id="grp_2"),
        a_call("3", age_s=10, direction=Direction.INBOUND, manager_id="mgr_2"),
        a_call("4", customer_id="cus_2", customer_number="10086"),
    ]
    await batch.apply_entries([CallChanged(call) for call in stored], 1)

    async def keys(**wanted: object) -> list[str]:
        page = await calls.list(CallFilter(**wanted))  # type: ignore[arg-type]
        return [call.id.removeprefix("call_") for call in page.items]

    assert await keys() == ["4", "3", "2", "1"]
    assert await keys(group_ids=["grp_2", "grp_3"]) == ["2"]
    assert await keys(group_ids=[]) == []
    assert await keys(manager_id="mgr_2") == ["3"]
    assert await keys(customer_id="cus_2") == ["4"]
    assert await keys(customer_number="10086") == ["4"]
    assert await keys(status=CallStatus.COMPLETED) == ["2"]
    assert await keys(outcome=CallOutcome.CONNECTED) == ["2"]
    assert await keys(direction=Direction.INBOUND) == ["3"]
    # `from` is inclusive, `until` exclusive.
    window = {"from_": NOW - timedelta(seconds=20), "until": NOW - timedelta(seconds=10)}
    assert await keys(**window) == ["2"]
    assert {call.id for call in await calls.open_calls("node-1")} == {"call_1", "call_3", "call_4"}
    assert await calls.open_calls("node-2") == []
    assert {call.id for call in await calls.all_open()} == {"call_1", "call_3", "call_4"}


async def test_pages_of_calls_of_one_moment(batch: BatchWriter, calls: CallRepository) -> None:
    await batch.apply_entries([CallChanged(a_call(str(index))) for index in range(5)], 1)
    seen: list[Call] = []
    cursor = None
    while True:
        page = await calls.list(limit=2, cursor=cursor)
        seen += page.items
        cursor = page.next_cursor
        if cursor is None:
            break
    assert [call.id for call in seen] == [f"call_{index}" for index in (4, 3, 2, 1, 0)]
    with pytest.raises(InvalidError):
        await calls.list(cursor="WyJub29uIiwgMV0")


async def test_who_was_dialled_lately(batch: BatchWriter, calls: CallRepository) -> None:
    stored = [
        a_call("1", age_s=100),
        a_call("2", age_s=50, ended=True),
        a_call("3", age_s=10, status=CallStatus.FAILED, outcome=CallOutcome.REFUSED),
        a_call("4", age_s=5, direction=Direction.INBOUND),
        a_call("5", age_s=5, customer_number="10086"),
        a_call("6", age_s=20, direction=Direction.DIAL_THROUGH, customer_number="10010"),
    ]
    await batch.apply_entries([CallChanged(call) for call in stored], 1)
    since = NOW - timedelta(seconds=50)
    assert await calls.dialled_since(since) == [
        ("+8613900139000", since),
        ("10010", NOW - timedelta(seconds=20)),
        ("10086", NOW - timedelta(seconds=5)),
    ]


async def test_who_has_talked_today(batch: BatchWriter, calls: CallRepository) -> None:
    stored = [
        a_call("1", age_s=100, ended=True),
        a_call("2", age_s=50, ended=True),
        a_call("3", age_s=40, ended=True),
        a_call("4", age_s=30, ended=True, manager_id="mgr_2"),
        a_call("5", age_s=20, status=CallStatus.FAILED, outcome=CallOutcome.REFUSED),
        a_call("6", age_s=10),
    ]
    stored[2].ended_at = NOW - timedelta(seconds=5)
    stored[3].ended_at = None
    await batch.apply_entries([CallChanged(call) for call in stored], 1)
    assert await calls.talks_since(NOW - timedelta(seconds=50)) == [
        ("mgr_1", 2, stored[2].ended_at),
        ("mgr_2", 1, None),
    ]


async def test_recordings(batch: BatchWriter, database: Database) -> None:
    recordings = RecordingRepository(database)
    stored = [
        a_recording("1", "call_1", RecordingStatus.COMPLETED, NOW - timedelta(seconds=2)),
        a_recording("2", "call_1", RecordingStatus.PENDING, NOW - timedelta(seconds=1)),
        a_recording("3", "call_2", RecordingStatus.PENDING, NOW),
    ]
    await batch.apply_entries([RecordingChanged(recording) for recording in stored], 1)
    assert await recordings.get("rec_1") == stored[0]
    assert await recordings.get("rec_9") is None
    page = await recordings.list(limit=2)
    assert page.items == [stored[2], stored[1]]
    rest = await recordings.list(limit=2, cursor=page.next_cursor)
    assert (rest.items, rest.next_cursor) == ([stored[0]], None)
    assert await recordings.unfinished("node-1") == [stored[1], stored[2]]
    assert await recordings.unfinished("node-2") == []

    async def keys(**wanted: object) -> list[str]:
        page = await recordings.list(RecordingFilter(**wanted))  # type: ignore[arg-type]
        return [recording.id.removeprefix("rec_") for recording in page.items]

    assert await keys(call_id="call_1") == ["2", "1"]
    assert await keys(status=RecordingStatus.COMPLETED) == ["1"]
    assert await keys(group_ids=["grp_2"]) == []
    assert await keys(manager_id="mgr_1", customer_id="cus_1", group_ids=["grp_1"]) == [
        "3",
        "2",
        "1",
    ]
    assert await keys(from_=NOW - timedelta(seconds=1), until=NOW) == ["2"]


async def test_events_after_a_place(events: EventRepository) -> None:
    await events.add([an_event(str(index), f"call_{index % 2}", index) for index in range(6)])
    await events.add([an_event("0")])
    everything = await events.after()
    assert [stored.event for stored in everything] == [
        an_event(str(index), f"call_{index % 2}", index) for index in range(6)
    ]
    positions = [stored.position for stored in everything]
    assert positions == sorted(set(positions))
    assert await events.after(positions[3]) == everything[4:]
    assert await events.after("evt_3", limit=1) == everything[4:5]
    assert await events.after("evt_1", wanted=EventFilter(subject="call_1")) == everything[3::2]
    assert await events.after(wanted=EventFilter(group_ids=frozenset({"grp_2"}))) == []
    assert len(await events.after(wanted=EventFilter(group_ids=frozenset({"grp_1"})))) == 6
    with pytest.raises(NotFoundError):
        await events.after("evt_unknown")
    with pytest.raises(InvalidError):
        await events.after(limit=1001)


async def test_an_empty_outbox(events: EventRepository) -> None:
    assert await events.after(0) == []


async def test_a_reader_misses_nothing_while_nodes_write(
    store_url: str, events: EventRepository
) -> None:
    """Positions appear in commit order, however the transactions of two nodes overlap."""
    databases = [await Database.open(store_url) for _ in range(2)]
    writers = [BatchWriter(opened, f"node-{n}") for n, opened in enumerate(databases)]

    async def write(node: int) -> None:
        for index in range(25):
            told = [an_event(f"{node}_{index}_{part}", f"call_{node}") for part in range(3)]
            entry = CallChanged(a_call(f"{node}"), told)
            await writers[node].apply_entries([entry], index + 1)

    writing = asyncio.gather(write(0), write(1))
    seen: list[str] = []
    position = 0
    while len(seen) < 150:
        done = writing.done()
        found = await events.after(position, limit=200)
        seen += [stored.event.id for stored in found]
        position = found[-1].position if found else position
        if done and not found:
            break
        await asyncio.sleep(0)
    await writing
    for opened in databases:
        await opened.close()
    assert len(seen) == len(set(seen)) == 150


async def test_an_event_is_not_seen_before_an_earlier_place_is_filled(
    store_url: str, database: Database, events: EventRepository
) -> None:
    """A transaction that took its places first and commits last must not be overtaken."""
    other = await Database.open(store_url)
    async with database.write() as connection:
        await connection.run_sync(
            lambda plain: write_events(database.dialect, plain, [an_event("first")])
        )
        overtaking = asyncio.create_task(EventRepository(other).add([an_event("second")]))
        done, _ = await asyncio.wait([overtaking], timeout=0.2)
        assert not done
        assert await events.after() == []
    await overtaking
    await other.close()
    assert [stored.event.id for stored in await events.after()] == ["evt_first", "evt_second"]
