"""Models of calls, as docs/openapi.json has them. Written by `make client`."""

from __future__ import annotations

from datetime import datetime

import msgspec
from msgspec import UNSET, UnsetType

from voicegw.client.models.enums import (
    Announce,
    AnsweredBy,
    CallOutcome,
    CallStatus,
    Direction,
    DisclosureStatus,
    DispositionSource,
    HangupSource,
    HeldBy,
    LegReason,
    LegResult,
    LegRole,
    ReasonSource,
    RecordingKind,
    RecordingStatus,
    StatementState,
)


class Call(msgspec.Struct, kw_only=True, frozen=True):
    """A call, from the request to its outcome."""

    #: How both are told of the recording: a prompt, or the manager's own sentence; null: not at all
    announced: Announce | None = None
    #: The customer's 200; RFC 3339, UTC
    answered_at: datetime | None = None
    #: When both could talk; RFC 3339, UTC
    bridged_at: datetime | None = None
    #: What came with the request to call; in every event too
    client_state: str | None = None
    #: When it was made; RFC 3339, UTC
    created_at: datetime
    #: The customer; null: nobody known here
    customer_id: str | None = None
    #: The customer's number in its masked form
    customer_masked: str | None = None
    #: E.164 or a short code; null for an anonymous caller, or where the role may not see it
    customer_number: str | None = None
    #: Who asked for the call: a program, the customer, or a manager by telephone
    direction: Direction
    #: Statements that the gateway played to the customer
    disclosures: list[Disclosure] = msgspec.field(default_factory=list)
    #: The hotline both telephones show
    display_number: str | None = None
    #: What came of the talk, as its manager says
    disposition: Disposition | None = None
    #: When it ended; RFC 3339, UTC
    ended_at: datetime | None = None
    #: Why it failed, where an outcome alone doesn't tell
    failure: str | None = None
    #: The group
    group_id: str | None = None
    #: Who ended it
    hangup_source: HangupSource | None = None
    #: Who has one of the two on hold: a telephone's owner, or the gateway by the manager's keys or
    #: over the API; null while they talk
    held_by: HeldBy | None = None
    #: The hotline that was called, or that both telephones show
    hotline_id: str | None = None
    #: Opaque; unique
    id: str
    #: The telephones of the call, in the order in which they came in
    legs: list[Leg] = msgspec.field(default_factory=list)
    #: The manager; null: nobody
    manager_id: str | None = None
    #: The node that carries it
    node: str
    #: What became of it: exactly one, at the end
    outcome: CallOutcome | None = None
    #: Each step of the routing, taken or left
    plan: list[PlanStep] = msgspec.field(default_factory=list)
    #: Cause of ITU-T Q.850
    q850: int | None = None
    #: The talk's recording
    recording_id: str | None = None
    #: Since when nothing is recorded; RFC 3339, UTC
    recording_paused_at: datetime | None = None
    #: Its recordings, as they are by now
    recordings: list[RecordingRef] = msgspec.field(default_factory=list)
    #: When the first telephone rang; RFC 3339, UTC
    ringing_at: datetime | None = None
    #: Rises with each change
    sequence: int
    #: The final SIP status
    sip_code: int | None = None
    #: `queued`, `initiated`, `ringing`, `in-progress`, then one that is final
    status: CallStatus
    #: What the customer has answered by keys when the talk was over
    survey: list[SurveyAnswer] = msgspec.field(default_factory=list)
    #: Seconds from `bridged_at` to the end
    talk_s: float | None = None
    #: The task it was started for; null: for none
    task_id: str | None = None


class DisclosedStatement(msgspec.Struct, kw_only=True, frozen=True):
    """A statement and what the customer answered."""

    #: When the key was pressed; RFC 3339, UTC
    answered_at: datetime | None = None
    #: How often it was begun
    attempts: int
    #: SHA-256 of the samples that were played, hexadecimal
    digest: str
    #: When it was first heard whole; RFC 3339, UTC
    heard_at: datetime | None = None
    #: Opaque; unique
    id: str
    #: The key that was pressed; null: none that counts
    key: str | None = None
    #: The name of its prompt
    prompt: str
    #: When it was first begun; RFC 3339, UTC
    started_at: datetime | None = None
    #: How far it is
    state: StatementState


class Disclosure(msgspec.Struct, kw_only=True, frozen=True):
    """Statements that were played to the customer."""

    #: When the two were connected again, or the call ended; RFC 3339, UTC
    ended_at: datetime | None = None
    #: Opaque; unique
    id: str
    #: The key that refuses
    no_key: str
    #: The script
    script_id: str | None = None
    #: Which version of the script
    script_version: int | None = None
    #: When it began; RFC 3339, UTC
    started_at: datetime
    #: Statements
    statements: list[DisclosedStatement] = msgspec.field(default_factory=list)
    #: How far it is
    status: DisclosureStatus
    #: The key that agrees
    yes_key: str


class DispositionBody(msgspec.Struct, kw_only=True, omit_defaults=True):
    """What came of a talk."""

    #: A short stable name of the result; by keys: success, refused, call_again, wrong_number
    code: str
    #: In one's own words
    note: str | UnsetType = UNSET


class Disposition(msgspec.Struct, kw_only=True, frozen=True):
    """What came of a talk, and who told it."""

    #: When it happened; RFC 3339, UTC
    at: datetime
    #: The manager, or the key that told it
    by: str
    #: A short stable name
    code: str
    #: In somebody's own words
    note: str
    #: By the telephone's keys, over the API, by SMS or on the page of a link
    source: DispositionSource


class LegQuality(msgspec.Struct, kw_only=True, frozen=True):
    """What the gateway measured of the sound that it received on a leg."""

    #: RFC 3550 §6.4.1, milliseconds
    jitter_ms: float | None = None
    #: Packets lost, in per cent
    loss_pct: float | None = None
    #: Estimate of ITU-T G.107, 1 to 4.5; null for G.722 and Opus
    mos: float | None = None


class Leg(msgspec.Struct, kw_only=True, frozen=True):
    """One telephone's part in a call."""

    #: When a person pressed the key, where one is asked to; RFC 3339, UTC
    accepted_at: datetime | None = None
    #: When it was answered; RFC 3339, UTC
    answered_at: datetime | None = None
    #: null: not looked into, or not answered
    answered_by: AnsweredBy | None = None
    #: The codec of its sound
    codec: str | None = None
    #: When it ended; RFC 3339, UTC
    ended_at: datetime | None = None
    #: Who ended it
    hangup_source: HangupSource | None = None
    #: Opaque; unique
    id: str
    #: The manager; null: nobody
    manager_id: str | None = None
    #: The number's masked form, as in 138****8000
    masked: str | None = None
    #: E.164; null where the role may not see it
    number: str | None = None
    #: Cause of ITU-T Q.850
    q850: int | None = None
    #: What was measured of the sound received
    quality: LegQuality
    #: Why no person answered; refined after the call by what the network said
    reason: LegReason | None = None
    #: What the reason is known from
    reason_source: ReasonSource | None = None
    #: What became of it; null while it lasts
    result: LegResult | None = None
    #: When it rang; RFC 3339, UTC
    ringing_at: datetime | None = None
    #: Whose telephone it is
    role: LegRole
    #: The final SIP status
    sip_code: int | None = None
    #: When its INVITE left or came; RFC 3339, UTC
    started_at: datetime | None = None
    #: The trunk's name, or `phone`: one registered here
    trunk: str | None = None


class PlanStep(msgspec.Struct, kw_only=True, frozen=True):
    """One step of the routing plan as it was taken or left."""

    #: The place in a queue that was told last; 1 is the next to be served
    position: int | None = None
    #: Why it is in the plan, was left, or ended so
    reason: str | None = None
    #: What became of it; null while it is taken. A flow's menu tells the keys
    result: str | None = None
    #: What the step does: of the routing, of a talk (`transfer`, `add`), of a manager who dials
    #: (`pin`, `dial`), or a flow's, as `flow:NAME@VERSION/STEP`
    step: str
    #: The manager's, group's or customer's id, a number as the role may see it, or the verb of a
    #: flow's step
    target: str | None = None


class RecordingRef(msgspec.Struct, kw_only=True, frozen=True):
    """A recording, as a call names it."""

    #: Opaque; unique
    id: str
    #: Which kind it is
    kind: RecordingKind
    #: How far it is
    status: RecordingStatus


class SurveyAnswer(msgspec.Struct, kw_only=True, frozen=True):
    """A customer's answer to one question."""

    #: When it happened; RFC 3339, UTC
    at: datetime
    #: The key that was pressed; null: none that counts
    key: str | None = None
    #: Which question of the survey
    question: str
    #: Which survey
    survey: str
