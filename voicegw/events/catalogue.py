"""Every event that there is: when it happens, what it is about, what its data is. Pure.

`data` is a resource as it was at that moment. Which one, and in which version, an event says itself
(`dataschema`): the same name stands as `$id` in the JSON Schema that the API gives for it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from voicegw.model.event import EventType

SCHEMA_VERSION: Final = "v1"


class DataSchema(StrEnum):
    """What the data of events may be."""

    CALL = "call"
    LEG = "leg"
    RECORDING = "recording"
    SEALS = "seals"
    """The signed head of a node's chain of recordings."""
    TRANSCRIPT = "transcript"
    QUALITY = "quality"
    ASSIGNMENT = "assignment"
    TASK = "task"
    DIALLING = "dialling"
    """A manager's list that is worked through."""
    PLAN_RUN = "plan"
    REPORT = "report"
    ALERT = "alert"
    WEBHOOK = "webhook"

    @property
    def urn(self) -> str:
        """The name that stands in `dataschema`."""
        return f"urn:voicegw:schema:{self.value}:{SCHEMA_VERSION}"


@dataclass(frozen=True, slots=True)
class EventKind:
    """One type of events. `when` completes the sentence "It happens when …"."""

    data: DataSchema
    when: str


_CALL: Final = DataSchema.CALL
_LEG: Final = DataSchema.LEG
_RECORDING: Final = DataSchema.RECORDING
_TASK: Final = DataSchema.TASK

CATALOGUE: Final[Mapping[EventType, EventKind]] = {
    EventType.CALL_INITIATED: EventKind(_CALL, "a call was accepted, or has come in"),
    EventType.CALL_RINGING: EventKind(_CALL, "the first telephone rings"),
    EventType.CALL_ANSWERED: EventKind(_CALL, "the customer's leg is answered"),
    EventType.CALL_BRIDGED: EventKind(_CALL, "the two can talk with each other"),
    EventType.CALL_HELD: EventKind(_CALL, "one of the two is put on hold; `held_by` says by whom"),
    EventType.CALL_UNHELD: EventKind(_CALL, "both can talk again"),
    EventType.CALL_STEP: EventKind(_CALL, "the last step of `plan` was taken or has changed"),
    EventType.CALL_TRANSFERRED: EventKind(
        _CALL, "the customer talks with somebody else: `manager_id`"
    ),
    EventType.CALL_RECORDING_PAUSED: EventKind(_CALL, "nothing of the talk is recorded any more"),
    EventType.CALL_RECORDING_RESUMED: EventKind(_CALL, "the talk is recorded again"),
    EventType.CALL_ENDED: EventKind(_CALL, "the call is over; `status` and `outcome` are final"),
    EventType.CALL_SETTLED: EventKind(
        _CALL,
        "recording, transcript and quality of the call are final or given up; `quality` has what "
        "its check came to",
    ),
    EventType.LEG_RINGING: EventKind(_LEG, "a telephone rings"),
    EventType.LEG_ANSWERED: EventKind(_LEG, "a telephone is answered, or somebody has called in"),
    EventType.LEG_ENDED: EventKind(_LEG, "a telephone's part is over; `result` says how"),
    EventType.LEG_CLASSIFIED: EventKind(
        _LEG, "what was heard tells more of why a leg was not answered, or by whom"
    ),
    EventType.RECORDING_COMPLETED: EventKind(_RECORDING, "a recording is finished"),
    EventType.RECORDING_ABSENT: EventKind(
        _RECORDING, "there is no recording of a talk; `reason` says why"
    ),
    EventType.RECORDING_FAILED: EventKind(
        _RECORDING, "a recording could not be finished; what was captured is kept"
    ),
    EventType.RECORDING_DELETED: EventKind(_RECORDING, "the sound of a recording was deleted"),
    EventType.RECORDINGS_SEALED: EventKind(
        DataSchema.SEALS, "the head of a node's chain of recordings was signed"
    ),
    EventType.TRANSCRIPT_COMPLETED: EventKind(
        DataSchema.TRANSCRIPT, "a transcript is there; what was said is not in the event"
    ),
    EventType.TRANSCRIPT_FAILED: EventKind(
        DataSchema.TRANSCRIPT, "there will be no transcript; `failure` says why"
    ),
    EventType.QUALITY_COMPLETED: EventKind(
        DataSchema.QUALITY, "a recording was checked against scripts"
    ),
    EventType.SURVEY_ANSWERED: EventKind(
        _CALL, "the customer has answered a question, or let it be: `survey`"
    ),
    EventType.DISPOSITION_RECEIVED: EventKind(_CALL, "what came of a talk was told: `disposition`"),
    EventType.DISPOSITION_OVERDUE: EventKind(
        _CALL,
        "nobody has told what came of a talk within `events.disposition_hours`, though the hotline "
        "asks its manager",
    ),
    EventType.ASSIGNMENT_CHANGED: EventKind(
        DataSchema.ASSIGNMENT, "a handover is done: customers have other owners"
    ),
    EventType.TASK_CREATED: EventKind(_TASK, "there is something to do for a customer"),
    EventType.TASK_ASSIGNED: EventKind(_TASK, "a task has another manager: `manager_id`"),
    EventType.TASK_COMPLETED: EventKind(_TASK, "a task is done; `result` says what came of it"),
    EventType.TASK_CANCELLED: EventKind(_TASK, "nothing is to be done of a task any more"),
    EventType.TASK_OVERDUE: EventKind(_TASK, "a task was not done by `due_at`"),
    EventType.TASK_CONTACTED: EventKind(_TASK, "somebody has first talked with a task's customer"),
    EventType.TASK_ESCALATED: EventKind(_TASK, "a task was not contacted, or closed, in time"),
    EventType.TASK_REMINDED: EventKind(_TASK, "the time of an appointment is near"),
    EventType.DIALLING_STARTED: EventKind(
        DataSchema.DIALLING, "a manager begins to work on a list"
    ),
    EventType.DIALLING_SHOWN: EventKind(
        DataSchema.DIALLING, "a manager is shown who comes next: `task_id`"
    ),
    EventType.DIALLING_CHANGED: EventKind(
        DataSchema.DIALLING, "a list's customer is called, or it waits or pauses: `state`, `why`"
    ),
    EventType.DIALLING_STOPPED: EventKind(DataSchema.DIALLING, "a list is not worked on any more"),
    EventType.PLAN_COMPLETED: EventKind(
        DataSchema.PLAN_RUN,
        "a run of a cadence plan is over; its new tasks have no events of their own",
    ),
    EventType.REPORT_COMPLETED: EventKind(
        DataSchema.REPORT,
        "a scheduled report was brought to its places, or can't be; `state` says which",
    ),
    EventType.ALERT_RAISED: EventKind(DataSchema.ALERT, "something needs an operator's care"),
    EventType.ALERT_CLEARED: EventKind(DataSchema.ALERT, "it needs none any more"),
    EventType.WEBHOOK_PING: EventKind(
        DataSchema.WEBHOOK, "somebody tries a webhook; posted to it, and told nowhere else"
    ),
}
"""Every type of events."""

FOR_ONE: Final = frozenset({EventType.WEBHOOK_PING})
"""What is in no outbox: it goes to one webhook."""


def schema_name(kind: EventType) -> str:
    """Return the `dataschema` of events of this type."""
    return CATALOGUE[kind].data.urn
