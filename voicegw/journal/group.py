"""A group of the journal's lines as the store takes it: read no further than it needs. Pure.

A call changes a dozen times in its life and only its last snapshot in a group is written; the data
of its events goes into the store as the JSON that it is in the line.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import msgspec

from voicegw.errors import DamagedLineError
from voicegw.journal.entries import (
    CallTraced,
    EventsNoted,
    RecordingChanged,
    TaskWanted,
    WorkWanted,
)
from voicegw.model.call import FINAL_STATUSES, Call, CallStatus, Leg
from voicegw.model.event import Event, UnreadEvent
from voicegw.model.recording import Recording
from voicegw.model.task import Reached, Task, talked


class _CallHead(msgspec.Struct):
    """As much of a snapshot as tells whether the rest is wanted."""

    id: str
    status: CallStatus


class _CallLine(msgspec.Struct, tag="call", tag_field="kind"):
    """A line of `CallChanged`, its snapshot passed over."""

    call: _CallHead
    events: list[UnreadEvent] = msgspec.field(default_factory=list)


class _Snapshot(msgspec.Struct, tag="call", tag_field="kind"):
    """The same line, its events passed over."""

    call: Call


class LegsLine(msgspec.Struct, tag="legs", tag_field="kind"):
    """A line of `LegsChanged`."""

    call_id: str
    sequence: int
    legs: list[Leg]
    events: list[UnreadEvent] = msgspec.field(default_factory=list)


class _LegOpenedLine(msgspec.Struct, tag="leg_opened", tag_field="kind"):
    """A line for whoever comes after a crash; the store does not want it."""


class _LegClosedLine(msgspec.Struct, tag="leg_closed", tag_field="kind"):
    """Likewise."""


_line_decoder = msgspec.json.Decoder(
    _CallLine
    | LegsLine
    | RecordingChanged
    | _LegOpenedLine
    | _LegClosedLine
    | EventsNoted
    | CallTraced
    | WorkWanted
    | TaskWanted
)
_snapshot_decoder = msgspec.json.Decoder(_Snapshot)


@dataclass(frozen=True, slots=True)
class Group:
    """What a group of lines changes, each list in the order of the journal."""

    calls: Sequence[Call]
    """The last snapshot of each call, with what its legs have become since."""
    legs: Mapping[str, Sequence[LegsLine]]
    """What has become of legs of calls of which the group has no snapshot before, by call."""
    recordings: Sequence[Recording]
    """The last snapshot of each recording."""
    events: Sequence[Event | UnreadEvent]
    """Those that have their number."""
    unnumbered: Sequence[Event]
    """Those of recordings that are to be numbered after the last one of their call."""
    traces: Mapping[str, bytes]
    """Messages of calls, packed, by the id of the call."""
    work: Sequence[WorkWanted]
    matters: Sequence[Task | Reached]
    """What is to be done for customers, and whom of them somebody has talked with."""


def read_group(lines: Sequence[bytes]) -> Group:
    """Return what `lines`, the oldest first, come to.

    Raises DamagedLineError when one of them is damaged in what is wanted of it.
    """
    reading = _Reading()
    try:
        for line in lines:
            reading.take(line)
        calls = [reading.call(call_id) for call_id in reading.calls]
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise DamagedLineError from error
    return Group(
        calls=calls,
        legs={name: lines for name, lines in reading.legs.items() if name not in reading.calls},
        recordings=list(reading.recordings.values()),
        events=reading.events,
        unnumbered=reading.unnumbered,
        traces=reading.traces,
        work=reading.work,
        matters=reading.matters,
    )


@dataclass(slots=True)
class _Reading:
    """A group that is being read."""

    calls: dict[str, bytes] = field(default_factory=dict)
    legs: dict[str, list[LegsLine]] = field(default_factory=dict)
    """What is newer than the call's snapshot."""
    recordings: dict[str, Recording] = field(default_factory=dict)
    events: list[Event | UnreadEvent] = field(default_factory=list)
    unnumbered: list[Event] = field(default_factory=list)
    traces: dict[str, bytes] = field(default_factory=dict)
    work: list[WorkWanted] = field(default_factory=list)
    matters: list[Task | Reached] = field(default_factory=list)

    def take(self, line: bytes) -> None:
        """Add the next line."""
        # The decoder does not look whether strings that it passes over are UTF-8.
        entry = _line_decoder.decode(line.decode())
        if isinstance(entry, _CallLine):
            self._take_call(entry, line)
        elif isinstance(entry, LegsLine):
            self.legs.setdefault(entry.call_id, []).append(entry)
            self.events += entry.events
        elif isinstance(entry, RecordingChanged):
            self.recordings[entry.recording.id] = entry.recording
            self.events += [event for event in entry.events if event.sequence > 0]
            self.unnumbered += [event for event in entry.events if event.sequence == 0]
        elif isinstance(entry, EventsNoted):
            self.events += entry.events
        elif isinstance(entry, CallTraced):
            self.traces[entry.call_id] = entry.data
        elif isinstance(entry, WorkWanted):
            self.work.append(entry)
        elif isinstance(entry, TaskWanted):
            self.matters.append(entry.task)

    def call(self, call_id: str) -> Call:
        """Return a call of which there is a snapshot, as it is by now."""
        call = _snapshot_decoder.decode(self.calls[call_id]).call
        for change in self.legs.get(call_id, ()):
            call.take_legs(change.legs, change.sequence)
        return call

    def _take_call(self, entry: _CallLine, line: bytes) -> None:
        self.calls[entry.call.id] = line
        self.legs.pop(entry.call.id, None)
        self.events += entry.events
        if entry.call.status in FINAL_STATUSES:
            talk = talked(_snapshot_decoder.decode(line).call)
            if talk is not None:
                self.matters.append(talk)
