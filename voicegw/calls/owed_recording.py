"""From when on the capture of a call is owed to somebody, and to whom: its recording."""

from __future__ import annotations

import contextlib

from voicegw.calls.live_call import LiveCall
from voicegw.errors import MediaError
from voicegw.journal.entries import RecordingChanged
from voicegw.model.event import Event
from voicegw.model.recording import (
    OWED_MARK,
    Recording,
    RecordingKind,
    RecordingRef,
    RecordingStatus,
)


def open_recording(call: LiveCall, kind: RecordingKind = RecordingKind.TALK) -> None:
    """Make the capture a recording of `call`: from here on it is owed.

    A message is the owner's, whoever was rung before it was left. The capture is told before the
    journal, whose disk may refuse: a start after a crash believes either.
    """
    recording = call.sound.recording
    if recording is None:
        return
    recording.kind = kind
    recording.manager_id = call.record.manager_id
    recording.customer_id = call.record.customer_id
    call.record.recordings.append(RecordingRef(recording.id, recording.kind, recording.status))
    if kind is RecordingKind.TALK:
        call.record.recording_id = recording.id
    told = {
        "recording": str(kind),
        "manager": recording.manager_id,
        "customer": recording.customer_id,
    }
    with contextlib.suppress(MediaError):
        # A worker that has just died has ended its capture; the journal is told all the same.
        call.sound.mark(OWED_MARK, told)
    call.write(RecordingChanged(recording, _recording_events(call, recording)))


def hand_on_to(call: LiveCall, manager_id: str) -> None:
    """Have call and recording be another manager's, who talks with the customer from now on.

    Who may see the one may hear the other.
    """
    call.record.manager_id = manager_id
    recording = call.sound.recording
    if recording is None or call.record.recording_id is None:
        return
    recording.manager_id = manager_id
    call.write(RecordingChanged(recording))


def _recording_events(call: LiveCall, recording: Recording) -> list[Event]:
    """Return the event that a recording is absent from the beginning; none while it is owed."""
    if recording.status is RecordingStatus.PENDING:
        return []
    call.record.sequence += 1
    event = call.parts.events.recording(recording, call.record)
    return [] if event is None else [event]
