"""What a group of lines comes to: the same as reading each whole, and no damage passed on."""

from __future__ import annotations

from datetime import timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.journal.records import NOW, changed, legs_changed, opened
from voicegw.errors import DamagedLineError
from voicegw.journal.entries import (
    CallChanged,
    CallTraced,
    Entry,
    EventsNoted,
    LegClosed,
    LegsChanged,
    RecordingChanged,
    TaskWanted,
    WorkWanted,
)
from voicegw.journal.group import Group, read_group
from voicegw.journal.segment import encode_line
from voicegw.model.call import Call, Leg
from voicegw.model.event import Event, EventType, UnreadEvent
from voicegw.model.recording import Recording, RecordingKind, RecordingStatus
from voicegw.model.task import Reached, Task, TaskType, talked
from voicegw.model.work import WorkKind


def _talk(call_id: str, sequence: int) -> CallChanged:
    entry = changed(call_id, sequence, ended=True)
    entry.call.bridged_at = NOW + timedelta(seconds=sequence)
    entry.call.customer_number = "+8613900139000"
    return entry


def _recording(key: str, sequence: int) -> RecordingChanged:
    recording = Recording(
        f"rec_{key}", f"call_{key}", RecordingKind.TALK, RecordingStatus.ABSENT, "node-1", NOW
    )
    told = Event(f"evt_r{sequence}", EventType.RECORDING_ABSENT, f"call_{key}", NOW, sequence, {})
    return RecordingChanged(recording, [told])


def _alert(key: str) -> EventsNoted:
    data = {"detail": "full"}
    return EventsNoted([Event(key, EventType.ALERT_RAISED, "node-1/disk-full", NOW, 1, data)])


_KEYS = st.sampled_from(["1", "2", "3"])
_SEQUENCES = st.integers(0, 5)
_ENTRIES: st.SearchStrategy[Entry] = st.one_of(
    st.builds(lambda key, n: changed(f"call_{key}", n), _KEYS, _SEQUENCES),
    st.builds(lambda key, n: _talk(f"call_{key}", n), _KEYS, _SEQUENCES),
    st.builds(lambda key, n: legs_changed(f"call_{key}", n), _KEYS, _SEQUENCES),
    st.builds(_recording, _KEYS, _SEQUENCES),
    st.builds(_alert, _KEYS),
    st.builds(opened, _KEYS),
    st.builds(LegClosed, _KEYS),
    st.builds(CallTraced, _KEYS, st.binary(max_size=4)),
    st.builds(lambda key: WorkWanted(WorkKind.NETWORK, key, NOW), _KEYS),
    st.builds(lambda key: TaskWanted(_task(key)), _KEYS),
)


def _task(key: str) -> Task:
    return Task(f"tsk_{key}", TaskType.CALLBACK, NOW, calls=["call_1"])


def _whole(entries: list[Entry]) -> dict[str, object]:
    """Return what a group comes to whose every entry is at hand."""
    calls: dict[str, Call] = {}
    legs: dict[str, list[tuple[int, list[Leg]]]] = {}
    recordings: dict[str, Recording] = {}
    events: list[Event] = []
    unnumbered: list[Event] = []
    matters: list[Task | Reached] = []
    for entry in entries:
        if isinstance(entry, CallChanged):
            calls[entry.call.id] = msgspec.convert(msgspec.to_builtins(entry.call), Call)
            legs.pop(entry.call.id, None)
            events += entry.events
            talk = talked(entry.call)
            matters += [] if talk is None else [talk]
        elif isinstance(entry, LegsChanged):
            events += entry.events
            if entry.call_id in calls:
                calls[entry.call_id].take_legs(entry.legs, entry.sequence)
            else:
                legs.setdefault(entry.call_id, []).append((entry.sequence, entry.legs))
        elif isinstance(entry, RecordingChanged):
            recordings[entry.recording.id] = entry.recording
            for event in entry.events:
                (events if event.sequence else unnumbered).append(event)
        elif isinstance(entry, EventsNoted):
            events += entry.events
        elif isinstance(entry, TaskWanted):
            matters.append(entry.task)
    return {
        "calls": list(calls.values()),
        "legs": legs,
        "recordings": list(recordings.values()),
        "events": events,
        "unnumbered": unnumbered,
        "traces": {one.call_id: one.data for one in entries if isinstance(one, CallTraced)},
        "work": [one for one in entries if isinstance(one, WorkWanted)],
        "matters": matters,
    }


def _read(event: Event | UnreadEvent) -> Event:
    if isinstance(event, Event):
        return event
    fields = msgspec.structs.asdict(event)
    return Event(**fields | {"data": msgspec.json.decode(event.data)})


def _fields(group: Group) -> dict[str, object]:
    names = Group.__dataclass_fields__
    return {name: getattr(group, name) for name in names} | {
        "events": [_read(event) for event in group.events],
        "legs": {
            name: [(line.sequence, line.legs) for line in lines]
            for name, lines in group.legs.items()
        },
    }


@given(st.lists(_ENTRIES, max_size=12))
def test_a_group_comes_to_what_its_whole_entries_do(entries: list[Entry]) -> None:
    assert _fields(read_group([encode_line(entry) for entry in entries])) == _whole(entries)


def test_an_unread_event_has_the_fields_of_an_event() -> None:
    def shape(struct: type[msgspec.Struct]) -> list[tuple[str, object]]:
        return [(one.name, one.default) for one in msgspec.structs.fields(struct)]

    assert shape(UnreadEvent) == shape(Event)


def test_damage_is_seen_before_it_is_passed_on() -> None:
    """Whatever byte changes: what is left unread can be read, or the line is refused."""
    entry = changed("call_1")
    entry.events[0].data = {"state": '客"\\', "talk_s": 1.5, "is_final": False, "plan": [None]}
    line = encode_line(entry)
    refused = 0
    for place in range(line.index(b'"events"'), len(line) - 1):
        for damage in b'"\\{}[],:0x\x00\x80\xff ':
            damaged = line[:place] + bytes([damage]) + line[place + 1 :]
            try:
                group = read_group([damaged])
            except DamagedLineError:
                refused += 1
                continue
            for event in group.events:
                _read(event)
    assert refused > 1000


@pytest.mark.parametrize("line", [b"", b"{}", b"[]", b"null", b'{"kind":"none"}', b"\xff"])
def test_what_is_no_entry_is_refused(line: bytes) -> None:
    with pytest.raises(DamagedLineError):
        read_group([encode_line(changed("call_1")), line])
