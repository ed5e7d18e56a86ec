"""Calls and legs as everyone outside a running call sees them.

These are records, not machines: the owner task of a call (`voicegw.calls`) is the only writer;
the journal, the store, the API and the events carry copies. They are msgspec structs because one
is encoded at every change of state of every call.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum
from typing import Final

import msgspec

from voicegw.model.directory import Announce
from voicegw.model.disclosure import Disclosure
from voicegw.model.recording import RecordingRef
from voicegw.model.survey import Disposition, SurveyAnswer

PHONE: Final = "phone"
"""What stands for a trunk's name where a telephone registered here is meant."""


class Direction(StrEnum):
    """Who asked for the call."""

    CLICK_TO_DIAL = "click_to_dial"
    INBOUND = "inbound"
    DIAL_THROUGH = "dial_through"


class CallStatus(StrEnum):
    """The coarse state of a call; the last five are final."""

    QUEUED = "queued"
    INITIATED = "initiated"
    RINGING = "ringing"
    IN_PROGRESS = "in-progress"
    COMPLETED = "completed"
    BUSY = "busy"
    NO_ANSWER = "no-answer"
    CANCELED = "canceled"
    FAILED = "failed"


class CallOutcome(StrEnum):
    """What became of a call: exactly one, set at its end."""

    CONNECTED = "connected"
    VOICEMAIL = "voicemail"
    CALLBACK_REQUESTED = "callback_requested"
    SELF_SERVICE = "self_service"
    CUSTOMER_BUSY = "customer_busy"
    MANAGER_BUSY = "manager_busy"
    CUSTOMER_NO_ANSWER = "customer_no_answer"
    MANAGER_NO_ANSWER = "manager_no_answer"
    MANAGER_NOT_CONFIRMED = "manager_not_confirmed"
    MISSED = "missed"
    CANCELED = "canceled"
    ABANDONED = "abandoned"
    MANAGER_DECLINED = "manager_declined"
    MANAGER_UNREACHABLE = "manager_unreachable"
    CUSTOMER_DECLINED = "customer_declined"
    CUSTOMER_UNREACHABLE = "customer_unreachable"
    CUSTOMER_INVALID = "customer_invalid"
    REFUSED = "refused"
    FAILED = "failed"
    INTERRUPTED = "interrupted"


_COMPLETED = {
    CallOutcome.CONNECTED,
    CallOutcome.VOICEMAIL,
    CallOutcome.CALLBACK_REQUESTED,
    CallOutcome.SELF_SERVICE,
}
_BUSY = {CallOutcome.CUSTOMER_BUSY, CallOutcome.MANAGER_BUSY}
_NO_ANSWER = {
    CallOutcome.CUSTOMER_NO_ANSWER,
    CallOutcome.MANAGER_NO_ANSWER,
    CallOutcome.MANAGER_NOT_CONFIRMED,
    CallOutcome.MISSED,
}
_CANCELED = {CallOutcome.CANCELED, CallOutcome.ABANDONED}

FINAL_STATUSES = frozenset(
    {
        CallStatus.COMPLETED,
        CallStatus.BUSY,
        CallStatus.NO_ANSWER,
        CallStatus.CANCELED,
        CallStatus.FAILED,
    }
)


def final_status(outcome: CallOutcome) -> CallStatus:
    """Return the final status that `outcome` implies; every outcome has exactly one."""
    if outcome in _COMPLETED:
        return CallStatus.COMPLETED
    if outcome in _BUSY:
        return CallStatus.BUSY
    if outcome in _NO_ANSWER:
        return CallStatus.NO_ANSWER
    if outcome in _CANCELED:
        return CallStatus.CANCELED
    return CallStatus.FAILED


class HangupSource(StrEnum):
    """Who ended a call or a leg."""

    CUSTOMER = "customer"
    MANAGER = "manager"
    GATEWAY = "gateway"
    API = "api"
    NETWORK = "network"


class HeldBy(StrEnum):
    """Who has one of the two on hold."""

    CUSTOMER = "customer"
    """The customer's telephone."""
    MANAGER = "manager"
    """The manager's telephone."""
    KEYPAD = "keypad"
    """The gateway, at the wish of the manager's keys."""
    API = "api"
    """The gateway, at the wish of somebody over the API."""


class LegRole(StrEnum):
    """Whose telephone a leg leads to."""

    MANAGER = "manager"
    CUSTOMER = "customer"


class LegResult(StrEnum):
    """What became of a leg."""

    ANSWERED = "answered"
    BUSY = "busy"
    NO_ANSWER = "no_answer"
    DECLINED = "declined"
    UNREACHABLE = "unreachable"
    INVALID = "invalid"
    NOT_CONFIRMED = "not_confirmed"
    CANCELED = "canceled"
    FAILED = "failed"


class LegReason(StrEnum):
    """Why a telephone was not answered by a person, as far as the network has said."""

    VACANT_NUMBER = "vacant-number"
    """There is no such number (空号)."""
    POWERED_OFF = "powered-off"
    """关机."""
    SUSPENDED = "suspended"
    """The line is out of service for want of payment, or by its owner's wish (停机)."""
    BUSY = "busy"
    NO_ANSWER = "no-answer"
    NOT_REACHABLE = "not-reachable"
    """Out of coverage, or the network says no more than that (无法接通)."""
    CALL_REMINDER = "call-reminder"
    """The network will tell the customer of the call (来电提醒)."""
    BARRED = "barred"
    """Calls to it, or from the hotline, are not allowed (呼入限制)."""
    CONGESTION = "congestion"
    """The network has no room for the call."""
    DECLINED = "declined"
    VOICEMAIL = "voicemail"
    """An answering machine, or a mailbox of the network, has answered."""


class ReasonSource(StrEnum):
    """What a leg's reason is known from, the surest last."""

    CODE = "code"
    """The SIP status or the Q.850 cause."""
    TONE = "tone"
    ANNOUNCEMENT = "announcement"


class AnsweredBy(StrEnum):
    """Who took a call."""

    PERSON = "person"
    MACHINE = "machine"


class LegQuality(msgspec.Struct, omit_defaults=False):
    """What the gateway measured of the sound received on a leg.

    `mos` is the estimate of ITU-T G.107 (E-model) on a scale of 1 to 4.5.
    """

    mos: float | None = None
    loss_pct: float | None = None
    jitter_ms: float | None = None


class Leg(msgspec.Struct):
    """One telephone's part in a call."""

    id: str
    role: LegRole
    manager_id: str | None = None
    number: str | None = None
    trunk: str | None = None
    """The name of the trunk it went over, PHONE for a telephone registered here."""
    started_at: datetime | None = None
    ringing_at: datetime | None = None
    answered_at: datetime | None = None
    accepted_at: datetime | None = None
    ended_at: datetime | None = None
    result: LegResult | None = None
    hangup_source: HangupSource | None = None
    sip_code: int | None = None
    q850: int | None = None
    reason: LegReason | None = None
    """Why nobody answered, refined after the call by what the network said; `result` stays."""
    reason_source: ReasonSource | None = None
    answered_by: AnsweredBy | None = None
    """Who answered, as far as the sound tells; None: not looked into, or not answered."""
    codec: str | None = None
    quality: LegQuality = msgspec.field(default_factory=LegQuality)


EMERGENCY_STEP: Final = "emergency"
"""The one step of a call for help, whose `display_number` is a telephone's own and no hotline."""


class PlanStepRecord(msgspec.Struct):
    """One step of a routing plan as it was taken or left, and why."""

    step: str
    target: str | None = None
    result: str | None = None
    reason: str | None = None
    position: int | None = None
    """The place in a queue that was told last; 1 is the next to be served."""


class Call(msgspec.Struct):
    """A call, from the request to its outcome. Times are aware and in UTC; numbers are E.164."""

    id: str
    direction: Direction
    status: CallStatus
    node: str
    created_at: datetime
    outcome: CallOutcome | None = None
    hotline_id: str | None = None
    display_number: str | None = None
    group_id: str | None = None
    manager_id: str | None = None
    customer_id: str | None = None
    customer_number: str | None = None
    task_id: str | None = None
    client_state: str | None = None
    ringing_at: datetime | None = None
    answered_at: datetime | None = None
    bridged_at: datetime | None = None
    ended_at: datetime | None = None
    talk_s: float | None = None
    hangup_source: HangupSource | None = None
    sip_code: int | None = None
    q850: int | None = None
    failure: str | None = None
    plan: list[PlanStepRecord] = msgspec.field(default_factory=list)
    legs: list[Leg] = msgspec.field(default_factory=list)
    recordings: list[RecordingRef] = msgspec.field(default_factory=list)
    recording_id: str | None = None
    announced: Announce | None = None
    """How the two were told of the recording; None where nobody was to be."""
    disclosures: list[Disclosure] = msgspec.field(default_factory=list)
    """Statements that the gateway played to the customer."""
    recording_paused_at: datetime | None = None
    """Since when nothing is recorded, at the wish of somebody; None while it is."""
    held_by: HeldBy | None = None
    """Who has one of the two on hold just now; None while they talk."""
    disposition: Disposition | None = None
    """What came of the talk, as its manager says."""
    survey: list[SurveyAnswer] = msgspec.field(default_factory=list)
    """What the customer has answered when the talk was over."""
    sequence: int = 0

    @property
    def is_final(self) -> bool:
        """Whether the call has ended."""
        return self.status in FINAL_STATUSES

    def take_legs(self, legs: Iterable[Leg], sequence: int) -> None:
        """Put legs in place of those of their ids, new ones at the end; nothing older than itself.

        `sequence` is the call's as it had these legs.
        """
        if sequence <= self.sequence:
            return
        places = {leg.id: place for place, leg in enumerate(self.legs)}
        for leg in legs:
            if leg.id in places:
                self.legs[places[leg.id]] = leg
            else:
                places[leg.id] = len(self.legs)
                self.legs.append(leg)
        self.sequence = sequence
