"""Builds events from what changed: the resource as it is at that moment.

`data` holds the whole resource (a call, a leg with its call's id, a recording), its numbers whole:
the outbox is as private as the tables beside it. Who may see which number is decided where events
leave the gateway, by the role of the reader (voicegw.identity).
"""

from __future__ import annotations

from typing import Any

import msgspec

from voicegw.clock import Clock
from voicegw.model.call import Call, Leg
from voicegw.model.event import FROM_THE_CALL, Event, EventType
from voicegw.model.finding import QualityResult
from voicegw.model.handover import Handover
from voicegw.model.ids import IdKind, new_id, settled_id
from voicegw.model.recording import Recording, RecordingStatus
from voicegw.model.report_file import ReportFile
from voicegw.model.transcript import Transcript, TranscriptStatus
from voicegw.tracing import traceparent

_RECORDING_EVENTS = {
    RecordingStatus.COMPLETED: EventType.RECORDING_COMPLETED,
    RecordingStatus.ABSENT: EventType.RECORDING_ABSENT,
    RecordingStatus.FAILED: EventType.RECORDING_FAILED,
    RecordingStatus.DELETED: EventType.RECORDING_DELETED,
}
_TRANSCRIPT_EVENTS = {
    TranscriptStatus.COMPLETED: EventType.TRANSCRIPT_COMPLETED,
    TranscriptStatus.FAILED: EventType.TRANSCRIPT_FAILED,
}


class EventFactory:
    """Makes events; the caller raises `call.sequence` before each event of a call."""

    def __init__(self, clock: Clock) -> None:
        """Date events by `clock`."""
        self._clock = clock

    def call(self, kind: EventType, call: Call) -> Event:
        """Return the event that `call` is now as it is, numbered by its `sequence`."""
        event = self._event(kind, call, _builtins(call))
        if kind is EventType.CALL_SETTLED:
            return msgspec.structs.replace(event, id=settled_id(call.id))
        return event

    def leg(self, kind: EventType, call: Call, leg: Leg) -> Event:
        """Return an event about a leg of `call`, numbered by the call's `sequence`.

        `data` is the leg with `call_id` and the call's `client_state` and `task_id`.
        """
        data = _builtins(leg)
        data["call_id"] = call.id
        data |= _of_call(call)
        data["sequence"] = call.sequence
        return self._event(kind, call, data)

    def recording(self, recording: Recording, call: Call | None = None) -> Event | None:
        """Return the event that `recording` is final, or None while it is pending.

        With the `call` it has that one's `sequence`. Without, the store numbers the event after the
        call's last: the owner of the call is gone when its recording is done.
        """
        kind = _RECORDING_EVENTS.get(recording.status)
        if kind is None:
            return None
        sequence = 0 if call is None else call.sequence
        data = _builtins(recording) | _of_call(call)
        data["sequence"] = sequence
        return Event(
            id=new_id(IdKind.EVENT),
            type=kind,
            subject=recording.call_id,
            time=self._clock.now(),
            sequence=sequence,
            data=data,
            group_id=recording.group_id,
            manager_id=recording.manager_id,
        )

    def sealed(self, node: str, head: dict[str, Any]) -> Event:
        """Return the event that carries the signed head of a node's chain of seals.

        Its subject is the node; `data` is `head`, and the sequence is 0 like an alert's.
        """
        return Event(
            id=new_id(IdKind.EVENT),
            type=EventType.RECORDINGS_SEALED,
            subject=node,
            time=self._clock.now(),
            sequence=0,
            data=head | {"sequence": 0},
        )

    def transcript(self, transcript: Transcript) -> Event | None:
        """Return the event that `transcript` is completed or failed; None for anything else.

        It does not hold what was said: whoever may know reads that with the right to listen. The
        store numbers it after the call's last event.
        """
        kind = _TRANSCRIPT_EVENTS.get(transcript.status)
        if kind is None:
            return None
        # Without the words before it is taken apart: four hours of them would hold up the node.
        data = _builtins(msgspec.structs.replace(transcript, segments=[]))
        del data["segments"]
        data |= _of_call(None)
        data["sequence"] = 0
        return Event(
            id=new_id(IdKind.EVENT),
            type=kind,
            subject=transcript.call_id,
            time=self._clock.now(),
            sequence=0,
            data=data,
            group_id=transcript.group_id,
            manager_id=transcript.manager_id,
        )

    def quality(self, result: QualityResult) -> Event:
        """Return the event that a recording has been checked; the store numbers it."""
        data = _builtins(result) | _of_call(None)
        data["sequence"] = 0
        return Event(
            id=new_id(IdKind.EVENT),
            type=EventType.QUALITY_COMPLETED,
            subject=result.call_id,
            time=self._clock.now(),
            sequence=0,
            data=data,
            group_id=result.group_id,
            manager_id=result.manager_id,
        )

    def assignment(self, handover: Handover) -> Event:
        """Return the event that customers have other owners; its subject is the handover.

        It tells how many went to whom, and names no customer: each one's history does.
        """
        return Event(
            id=new_id(IdKind.EVENT),
            type=EventType.ASSIGNMENT_CHANGED,
            subject=handover.id,
            time=self._clock.now(),
            sequence=0,
            data={
                "handover_id": handover.id,
                "from_manager_id": handover.from_manager_id,
                "kind": handover.to.kind,
                "switched_at": handover.switched_at,
                "moved": handover.moved,
                "shares": msgspec.to_builtins(handover.shares),
                "left_out": [
                    {"reason": one.reason, "customers": one.customers} for one in handover.left_out
                ],
                "sequence": 0,
            },
            group_id=handover.group_id,
        )

    def report(self, file: ReportFile) -> Event:
        """Return the event that a scheduled report has ended, well or not; there is one of each.

        Its subject is the file. It tells neither what the report holds nor who gets it.
        """
        data: dict[str, Any] = {
            "file_id": file.id,
            "schedule_id": file.schedule_id,
            "report": file.report,
            "from": file.from_.isoformat(),
            "until": file.until.isoformat(),
            "format": file.format,
            "state": file.state,
            "failure": file.failure,
            "rows": file.rows,
            "size_bytes": file.size_bytes,
            "sha256": file.sha256,
            "sequence": 0,
        }
        return Event(
            id=f"{IdKind.EVENT}_{file.id.partition('_')[2]}",
            type=EventType.REPORT_COMPLETED,
            subject=file.id,
            time=self._clock.now(),
            sequence=0,
            data=data,
            group_id=file.group_id,
        )

    def alert(self, subject: str, detail: str, *, raised: bool) -> Event:
        """Return the event that something of the node (`subject`) needs care, or no more does.

        The sequence is 0: alerts about one subject are ordered by their place in the outbox.
        """
        return Event(
            id=new_id(IdKind.EVENT),
            type=EventType.ALERT_RAISED if raised else EventType.ALERT_CLEARED,
            subject=subject,
            time=self._clock.now(),
            sequence=0,
            data={"subject": subject, "detail": detail, "sequence": 0},
        )

    def _event(self, kind: EventType, call: Call, data: dict[str, Any]) -> Event:
        return Event(
            id=new_id(IdKind.EVENT),
            type=kind,
            subject=call.id,
            time=self._clock.now(),
            sequence=call.sequence,
            data=data,
            group_id=call.group_id,
            manager_id=call.manager_id,
            traceparent=traceparent(),
        )


def _of_call(call: Call | None) -> dict[str, str | None]:
    """Return FROM_THE_CALL; None, to be filled in by the store, where the call is not at hand."""
    return {name: None if call is None else getattr(call, name) for name in FROM_THE_CALL}


def _builtins(record: Call | Leg | Recording | QualityResult | Transcript) -> dict[str, Any]:
    data: dict[str, Any] = msgspec.to_builtins(record)
    return data
