"""What the journal holds: one entry a line, each a tagged JSON object.

A call's entries carry whole snapshots, so that replaying any suffix leads to the same store. A call
of very many legs would write its hundreds of legs anew for each of them: its legs are written
alone, each numbered, and change what is older than they are.
"""

from __future__ import annotations

from datetime import datetime

import msgspec

from voicegw.model.call import Call, Leg
from voicegw.model.event import Event
from voicegw.model.recording import Recording
from voicegw.model.task import Task
from voicegw.model.work import WorkKind
from voicegw.sip.snapshot import SessionSnapshot


class CallChanged(msgspec.Struct, tag="call", tag_field="kind"):
    """A call's new state and the events that tell of it."""

    call: Call
    events: list[Event] = msgspec.field(default_factory=list)


class LegsChanged(msgspec.Struct, tag="legs", tag_field="kind"):
    """Some legs' new state and the events that tell of it; all else of their call is as it was.

    `sequence` is the call's after these events.
    """

    call_id: str
    sequence: int
    legs: list[Leg]
    events: list[Event] = msgspec.field(default_factory=list)


class RecordingChanged(msgspec.Struct, tag="recording", tag_field="kind"):
    """A recording's new state and the events that tell of it."""

    recording: Recording
    events: list[Event] = msgspec.field(default_factory=list)


class LegOpened(msgspec.Struct, tag="leg_opened", tag_field="kind"):
    """What is needed to end a leg after a crash; written before its INVITE leaves.

    Written again whenever the dialog learns more (tags, route set, target, CSeq).
    """

    call_id: str
    leg_id: str
    session: SessionSnapshot
    branch: str = ""
    """Which of the leg's INVITEs, where several leave at once; else empty."""


class LegClosed(msgspec.Struct, tag="leg_closed", tag_field="kind"):
    """The leg's dialog, or one of its INVITEs, is over; nothing is left to end of it."""

    leg_id: str
    branch: str = ""


class EventsNoted(msgspec.Struct, tag="events", tag_field="kind"):
    """Events that belong to no call and no recording: alerts of the node."""

    events: list[Event]


class CallTraced(msgspec.Struct, tag="trace", tag_field="kind"):
    """The messages of a call that has ended, as :func:`voicegw.model.trace.pack` gives them."""

    call_id: str
    data: bytes


class WorkWanted(msgspec.Struct, tag="work", tag_field="kind"):
    """Something is to be done about `subject` by this node once this entry is in the store."""

    work: WorkKind
    subject: str
    at: datetime


class TaskWanted(msgspec.Struct, tag="task", tag_field="kind"):
    """A call has led to something that somebody has to do."""

    task: Task


Entry = (
    CallChanged
    | LegsChanged
    | RecordingChanged
    | LegOpened
    | LegClosed
    | EventsNoted
    | CallTraced
    | WorkWanted
    | TaskWanted
)
