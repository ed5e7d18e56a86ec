"""Calls on the wire."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Final, Literal

from pydantic import AfterValidator, ConfigDict, Field
from pydantic_core import PydanticCustomError

from api.schemas.base import (
    ExternalId,
    Id,
    NumberText,
    OptionalTime,
    RequestModel,
    Text,
    ViewModel,
    time_field,
)
from api.schemas.disclosure import DisclosureView
from voicegw.calls.party import HandOnStep
from voicegw.errors import InvalidError
from voicegw.model.call import (
    AnsweredBy,
    CallOutcome,
    CallStatus,
    Direction,
    HangupSource,
    HeldBy,
    LegReason,
    LegResult,
    LegRole,
    ReasonSource,
)
from voicegw.model.directory import Announce
from voicegw.model.recording import RecordingKind, RecordingStatus
from voicegw.model.survey import DispositionSource
from voicegw.model.trace import TraceDirection
from voicegw.routing.plan import StepKind, StepResult

MAX_CLIENT_STATE_BYTES: Final = 1024


def _client_state(text: str) -> str:
    if len(text.encode()) > MAX_CLIENT_STATE_BYTES:
        raise PydanticCustomError(
            "too-many-bytes", "is larger than 1 KiB", {"max": MAX_CLIENT_STATE_BYTES}
        )
    return text


class DialOptions(RequestModel):
    """How a call is made, whoever talks."""

    hotline_id: Id | None = Field(None, description="The hotline to show; default: the group's.")
    client_state: Annotated[Text, AfterValidator(_client_state)] | None = Field(
        None, description="At most 1 KiB of UTF-8; given back with the call and in every event."
    )
    ring_s: int | None = Field(None, ge=1, le=120, description="Seconds to ring each telephone.")
    max_talk_s: int | None = Field(None, ge=1, le=86_400, description="Longest talk in seconds.")


class StartCall(DialOptions):
    """A click-to-dial: the manager is rung first, then the customer."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"manager_external_id": "4711", "customer_number": "13800138000"},
                {
                    "manager_id": "mgr_06f1q2r3",
                    "customer_id": "cus_06f1q2r3",
                    "client_state": "order 17",
                },
            ]
        }
    )

    manager_id: Id | None = Field(None, description="This, or `manager_external_id`.")
    manager_external_id: ExternalId | None = None
    customer_id: Id | None = Field(
        None, description="This, `customer_external_id` or `customer_number`."
    )
    customer_external_id: ExternalId | None = None
    customer_number: NumberText | None = Field(
        None,
        description="Any usual spelling; a local number is completed by the group's area code.",
        examples=["13800138000"],
    )
    task_id: Id | None = Field(
        None, description="The open task that it is for; the task notes it as an attempt."
    )

    def check_parties(self) -> None:
        """Raise InvalidError unless exactly one manager and exactly one customer are named."""
        managers = (self.manager_id, self.manager_external_id)
        customers = (self.customer_id, self.customer_external_id, self.customer_number)
        if sum(value is not None for value in managers) != 1:
            raise InvalidError(
                "manager_id",
                "give one of manager_id and manager_external_id",
                kind="choose-one",
                fields="manager_id, manager_external_id",
            )
        if sum(value is not None for value in customers) != 1:
            raise InvalidError(
                "customer_id",
                "give one of customer_id, customer_external_id and customer_number",
                kind="choose-one",
                fields="customer_id, customer_external_id, customer_number",
            )


class LegQualityView(ViewModel):
    """What the gateway measured of the sound that it received on a leg."""

    mos: float | None = Field(
        description="Estimate of ITU-T G.107, 1 to 4.5; null for G.722 and Opus", examples=[4.3]
    )
    loss_pct: float | None = Field(description="Packets lost, in per cent", examples=[0.1])
    jitter_ms: float | None = Field(description="RFC 3550 §6.4.1, milliseconds", examples=[2.5])


class LegView(ViewModel):
    """One telephone's part in a call."""

    id: str
    role: LegRole
    manager_id: str | None
    number: str | None = Field(description="E.164; null where the role may not see it")
    masked: str | None = Field(examples=["138****8000"])
    trunk: str | None = Field(description="The trunk's name, or `phone`: one registered here")
    started_at: OptionalTime = time_field("When its INVITE left or came")
    ringing_at: OptionalTime = time_field("When it rang")
    answered_at: OptionalTime = time_field("When it was answered")
    accepted_at: OptionalTime = time_field("When a person pressed the key, where one is asked to")
    ended_at: OptionalTime = time_field("When it ended")
    result: LegResult | None
    hangup_source: HangupSource | None
    sip_code: int | None = Field(examples=[486])
    q850: int | None = Field(description="Cause of ITU-T Q.850", examples=[17])
    reason: LegReason | None = Field(
        description="Why no person answered; refined after the call by what the network said",
        examples=["powered-off"],
    )
    reason_source: ReasonSource | None = Field(description="What the reason is known from")
    answered_by: AnsweredBy | None = Field(description="null: not looked into, or not answered")
    codec: str | None = Field(examples=["PCMA"])
    quality: LegQualityView


PlanStep = (
    StepKind
    | HandOnStep
    | Literal["shared_number", "pin", "dial", "emergency", "glare"]
    | Annotated[str, Field(pattern=r"^flow:")]
)
PlanResult = (
    StepResult
    | Literal["consulting", "accepted", "allowed", "refused"]
    | Literal["answered", "entered", "otherwise", "then", "else"]
    | Annotated[str, Field(pattern=r"^[0-9*#]+$")]
)


class PlanStepView(ViewModel):
    """One step of the routing plan as it was taken or left."""

    step: PlanStep = Field(
        description="What the step does: of the routing, of a talk (`transfer`, `add`), of a"
        " manager who dials (`pin`, `dial`), or a flow's, as `flow:NAME@VERSION/STEP`",
        examples=["owner"],
    )
    target: str | None = Field(
        description="The manager's, group's or customer's id, a number as the role may see it, or"
        " the verb of a flow's step",
        examples=["mgr_06f1q2r3"],
    )
    result: PlanResult | None = Field(
        description="What became of it; null while it is taken. A flow's menu tells the keys"
    )
    reason: str | None = Field(
        description="Why it is in the plan, was left, or ended so", examples=["away"]
    )
    position: int | None = Field(
        description="The place in a queue that was told last; 1 is the next to be served",
        examples=[3],
    )


class RecordingRefView(ViewModel):
    """A recording, as a call names it."""

    id: str
    kind: RecordingKind
    status: RecordingStatus


class DispositionBody(RequestModel):
    """What came of a talk."""

    code: Annotated[Text, Field(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9_.-]+$")] = Field(
        description="A short stable name of the result; by keys: success, refused, call_again,"
        " wrong_number",
        examples=["success"],
    )
    note: Annotated[Text, Field(max_length=2000)] = Field("", description="In one's own words")


class DispositionView(ViewModel):
    """What came of a talk, and who told it."""

    code: str
    source: DispositionSource = Field(
        description="By the telephone's keys, over the API, by SMS or on the page of a link"
    )
    by: str = Field(description="The manager, or the key that told it")
    at: datetime
    note: str


class SurveyAnswerView(ViewModel):
    """A customer's answer to one question."""

    survey: str = Field(examples=["satisfaction"])
    question: str = Field(examples=["satisfaction"])
    key: str | None = Field(description="The key that was pressed; null: none that counts")
    at: datetime


class CallView(ViewModel):
    """A call, from the request to its outcome."""

    id: str = Field(examples=["call_06f3q5s8t3v7p2k9d4m1n6c0ag"])
    direction: Direction
    status: CallStatus
    outcome: CallOutcome | None = Field(description="What became of it: exactly one, at the end")
    node: str = Field(description="The node that carries it")
    group_id: str | None
    hotline_id: str | None
    display_number: str | None = Field(description="The hotline both telephones show")
    manager_id: str | None
    customer_id: str | None
    customer_number: str | None = Field(
        description="E.164 or a short code; null for an anonymous caller, or where the role may"
        " not see it",
        examples=["+8613800138000"],
    )
    customer_masked: str | None = Field(examples=["138****8000"])
    task_id: str | None
    client_state: str | None
    created_at: datetime
    ringing_at: OptionalTime = time_field("When the first telephone rang")
    answered_at: OptionalTime = time_field("The customer's 200")
    bridged_at: OptionalTime = time_field("When both could talk")
    ended_at: OptionalTime = time_field("When it ended")
    talk_s: float | None = Field(description="Seconds from `bridged_at` to the end")
    hangup_source: HangupSource | None
    sip_code: int | None
    q850: int | None = Field(description="Cause of ITU-T Q.850")
    failure: str | None = Field(description="Why it failed, where an outcome alone doesn't tell")
    plan: list[PlanStepView]
    legs: list[LegView]
    recordings: list[RecordingRefView]
    recording_id: str | None = Field(description="The talk's recording")
    announced: Announce | None = Field(
        description="How both are told of the recording: a prompt, or the manager's own sentence;"
        " null: not at all"
    )
    disclosures: list[DisclosureView] = Field(
        description="Statements that the gateway played to the customer"
    )
    recording_paused_at: OptionalTime = time_field("Since when nothing is recorded")
    held_by: HeldBy | None = Field(
        description="Who has one of the two on hold: a telephone's owner, or the gateway by the"
        " manager's keys or over the API; null while they talk"
    )
    disposition: DispositionView | None = Field(
        description="What came of the talk, as its manager says"
    )
    survey: list[SurveyAnswerView] = Field(
        description="What the customer has answered by keys when the talk was over"
    )
    sequence: int = Field(description="Rises with each change")


class EventView(ViewModel):
    """A CloudEvents 1.0 event in structured JSON."""

    specversion: str = Field(examples=["1.0"])
    id: str
    source: str = Field(examples=["voicegw/node-1"])
    type: str = Field(examples=["call.ended"])
    subject: str = Field(description="The call's id")
    time: datetime
    datacontenttype: str = Field(examples=["application/json"])
    dataschema: str
    data: dict[str, Any] = Field(
        description="The resource as it was; `sequence` rises by one per subject"
    )


class TracedMessageView(ViewModel):
    """One SIP message of a call."""

    at: datetime
    leg: str = Field(description="The leg's id")
    role: LegRole
    direction: TraceDirection = Field(description="As the gateway sees it")
    peer: str = Field(description="The trunk's name, or `phone`")
    transport: str = Field(examples=["udp"])
    summary: str = Field(examples=["INVITE", "200 OK (INVITE)"])
    text: str = Field(description="The message, without what may not be shown")


class TraceView(ViewModel):
    """The SIP messages of a call."""

    call_id: str
    messages: list[TracedMessageView]
    dropped: int = Field(description="Messages that are missing from the middle")
