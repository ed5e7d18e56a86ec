"""Events: what happened, in the order in which it happened to its subject."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any, Final

import msgspec


class EventType(StrEnum):
    """The stable names of events that outsiders may subscribe to."""

    CALL_INITIATED = "call.initiated"
    CALL_RINGING = "call.ringing"
    CALL_ANSWERED = "call.answered"
    CALL_BRIDGED = "call.bridged"
    CALL_HELD = "call.held"
    CALL_UNHELD = "call.unheld"
    CALL_STEP = "call.step"
    CALL_TRANSFERRED = "call.transferred"
    CALL_RECORDING_PAUSED = "call.recording_paused"
    CALL_RECORDING_RESUMED = "call.recording_resumed"
    CALL_ENDED = "call.ended"
    LEG_RINGING = "leg.ringing"
    LEG_ANSWERED = "leg.answered"
    LEG_ENDED = "leg.ended"
    LEG_CLASSIFIED = "leg.classified"
    """What was heard after the call says more of why a leg was not answered, or by whom."""
    RECORDING_COMPLETED = "recording.completed"
    RECORDING_ABSENT = "recording.absent"
    RECORDING_FAILED = "recording.failed"
    RECORDING_DELETED = "recording.deleted"
    RECORDINGS_SEALED = "recordings.sealed"
    """The signed head of a node's chain of recordings."""
    TRANSCRIPT_COMPLETED = "transcript.completed"
    TRANSCRIPT_FAILED = "transcript.failed"
    QUALITY_COMPLETED = "quality.completed"
    CALL_SETTLED = "call.settled"
    """Recording, transcript and quality of a call are final or given up."""
    ASSIGNMENT_CHANGED = "assignment.changed"
    """A handover is done: customers have other owners."""
    SURVEY_ANSWERED = "survey.answered"
    """A customer has answered a question, or let it be; the call has it."""
    DISPOSITION_RECEIVED = "disposition.received"
    """What came of a talk was told; the call has it."""
    DISPOSITION_OVERDUE = "disposition.overdue"
    """The hotline asks its manager what came of the talk, and nobody has told."""
    TASK_CREATED = "task.created"
    TASK_ASSIGNED = "task.assigned"
    TASK_COMPLETED = "task.completed"
    TASK_CANCELLED = "task.cancelled"
    TASK_OVERDUE = "task.overdue"
    TASK_CONTACTED = "task.contacted"
    """Somebody has talked with the task's customer for the first time since it is there."""
    TASK_ESCALATED = "task.escalated"
    """It was not contacted, or not closed, in time: for the group's superiors."""
    TASK_REMINDED = "task.reminded"
    """The time of an appointment is near."""
    DIALLING_STARTED = "dialling.started"
    DIALLING_SHOWN = "dialling.shown"
    """A manager is shown who comes next."""
    DIALLING_CHANGED = "dialling.changed"
    """It calls, waits, or pauses."""
    DIALLING_STOPPED = "dialling.stopped"
    PLAN_COMPLETED = "plan.completed"
    """A month was planned, or could not be; or a preview of it is there."""
    REPORT_COMPLETED = "report.completed"
    """A scheduled report was brought to its places, or could not be made."""
    ALERT_RAISED = "alert.raised"
    ALERT_CLEARED = "alert.cleared"
    WEBHOOK_PING = "webhook.ping"
    """Sent to one webhook only, to try it out; it is in no outbox."""


FROM_THE_CALL: Final = ("client_state", "task_id")
"""What `data` has of the call that it follows from.

Who makes an event without the call at hand leaves it None: the store fills it in with the number.
"""


class Event(msgspec.Struct):
    """One event. `sequence` rises by one per `subject`; `data` is the resource at that moment.

    `group_id` and `manager_id` say whose it is. `node` is the one that wrote it to the store, which
    fills it in; None for what no store has yet, and for what is older than the column.
    `traceparent` is the span that it happened in (W3C Trace Context §3.2), where that is traced.
    """

    id: str
    type: EventType
    subject: str
    time: datetime
    sequence: int
    data: dict[str, Any]
    group_id: str | None = None
    manager_id: str | None = None
    node: str | None = None
    traceparent: str | None = None


class UnreadEvent(msgspec.Struct):
    """An :class:`Event` as it was read from JSON, its data left as it is: to be passed on."""

    id: str
    type: EventType
    subject: str
    time: datetime
    sequence: int
    data: msgspec.Raw
    group_id: str | None = None
    manager_id: str | None = None
    node: str | None = None
    traceparent: str | None = None


class RaisedAlert(msgspec.Struct, frozen=True):
    """An alert that is raised: `slug` of `node`. `subject` is that of the events that tell of it.

    `detail` is for people, and holds no telephone number.
    """

    subject: str
    node: str
    slug: str
    detail: str
    raised_at: datetime


class AlertChange(msgspec.Struct, frozen=True):
    """An alert that was raised, or cleared: `slug` of `node`, `detail` for people."""

    node: str
    slug: str
    raised: bool
    detail: str
    at: datetime
