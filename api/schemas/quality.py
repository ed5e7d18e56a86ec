"""Scripts, findings and results of checks on the wire."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import ConfigDict, Field

from api.schemas.base import ExternalId, Id, Name, RequestModel, Text, ViewModel
from voicegw.model.finding import FindingKind, FindingReason, Severity
from voicegw.model.recording import Channel
from voicegw.model.script import MeasureName

Phrasing = Annotated[Text, Field(min_length=1, max_length=500)]
ItemId = Annotated[Text, Field(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9_.-]+$")]
Weight = Annotated[float, Field(ge=0, le=100)]
Seconds = Annotated[float, Field(gt=0, le=86_400)]
LooseChannel = Annotated[Channel, Field(strict=False)]
LooseSeverity = Annotated[Severity, Field(strict=False)]


class StatementBody(RequestModel):
    """Something that has to be said."""

    id: ItemId = Field(description="Unique in the script; findings name it")
    text: Phrasing = Field(
        description="What is to be said; {name}, {price} … are slots that the customer's and the"
        " manager's data fill",
        examples=["本产品每月{price}，合约期{term}"],
    )
    alternatives: Annotated[list[Phrasing], Field(max_length=20)] = Field(
        default_factory=list, description="Other wordings that do as well"
    )
    by: LooseChannel = Field(Channel.MANAGER, description="Who has to say it")
    products: Annotated[list[Name], Field(max_length=100)] = Field(
        default_factory=list, description="Only in talks about these; empty: in all"
    )
    within_s: Seconds | None = Field(
        None, description="Seconds from the beginning of the talk; null: any time"
    )
    assent: bool = Field(False, description="The customer has to agree before the next statement")
    severity: LooseSeverity = Severity.MAJOR
    weight: Weight = Field(10.0, description="What its absence costs of 100 points")
    prompt: ItemId | None = Field(
        None, description="The prompt that a disclosure plays for it; it should name the keys"
    )


class ForbiddenPhraseBody(RequestModel):
    """Something that must not be said."""

    id: ItemId
    text: Phrasing = Field(examples=["保证收益"])
    alternatives: Annotated[list[Phrasing], Field(max_length=20)] = Field(default_factory=list)
    by: LooseChannel = Channel.MANAGER
    severity: LooseSeverity = Severity.MAJOR
    weight: Weight = Field(10.0, description="What each time it is said costs of 100 points")


class MeasureLimitBody(RequestModel):
    """Between what a measure should lie."""

    measure: Annotated[MeasureName, Field(strict=False)]
    at_least: float | None = None
    at_most: float | None = None
    severity: LooseSeverity = Severity.MINOR
    weight: Weight = 0.0


class AppliesToBody(RequestModel):
    """Which talks the script is for; an empty list is no condition."""

    group_ids: Annotated[list[Id], Field(max_length=200)] = Field(default_factory=list)
    hotline_ids: Annotated[list[Id], Field(max_length=200)] = Field(default_factory=list)
    task_types: Annotated[list[Name], Field(max_length=100)] = Field(default_factory=list)
    products: Annotated[list[Name], Field(max_length=100)] = Field(default_factory=list)


class ScriptBody(RequestModel):
    """What has to be said in a talk, and what must not be."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "name": "Revisit",
                    "active": True,
                    "statements": [{"id": "notice", "text": "本次通话会被录音", "within_s": 30}],
                    "phrases": [{"id": "promise", "text": "保证收益", "severity": "critical"}],
                }
            ]
        }
    )

    name: Name
    external_id: ExternalId | None = None
    group_id: Id | None = Field(None, description="Whose it is, with all groups below; null: all")
    active: bool = Field(False, description="Drafts are kept and can be tried, not checked")
    language: Text = Field("zh", description="zh or en", max_length=8)
    ordered: bool = Field(True, description="Statements are to be made in the order given")
    applies_to: AppliesToBody = Field(default_factory=AppliesToBody)
    statements: Annotated[list[StatementBody], Field(max_length=200)] = Field(default_factory=list)
    phrases: Annotated[list[ForbiddenPhraseBody], Field(max_length=500)] = Field(
        default_factory=list
    )
    limits: Annotated[list[MeasureLimitBody], Field(max_length=50)] = Field(default_factory=list)


class StatementView(ViewModel):
    """Something that has to be said."""

    id: str
    text: str
    alternatives: list[str]
    by: Channel
    products: list[str]
    within_s: float | None
    assent: bool
    severity: Severity
    weight: float
    prompt: str | None


class ForbiddenPhraseView(ViewModel):
    """Something that must not be said."""

    id: str
    text: str
    alternatives: list[str]
    by: Channel
    severity: Severity
    weight: float


class MeasureLimitView(ViewModel):
    """Between what a measure should lie."""

    measure: MeasureName
    at_least: float | None
    at_most: float | None
    severity: Severity
    weight: float


class AppliesToView(ViewModel):
    """Which talks the script is for."""

    group_ids: list[str]
    hotline_ids: list[str]
    task_types: list[str]
    products: list[str]


class ScriptView(ViewModel):
    """What has to be said in a talk, and what must not be."""

    id: str
    external_id: str | None
    group_id: str | None
    name: str
    version: int = Field(description="Raised by each change; findings name it")
    active: bool
    language: str
    ordered: bool
    created_at: datetime
    updated_at: datetime
    applies_to: AppliesToView
    statements: list[StatementView]
    phrases: list[ForbiddenPhraseView]
    limits: list[MeasureLimitView]


class TrySegment(RequestModel):
    """Words of one side."""

    channel: LooseChannel
    start_s: float = Field(ge=0, le=86_400)
    end_s: float = Field(ge=0, le=86_400)
    text: Annotated[Text, Field(max_length=4000)]


class TryBody(RequestModel):
    """What to try a script on: words, or a recording that has a transcript."""

    segments: Annotated[list[TrySegment], Field(max_length=2000)] | None = None
    recording_id: Id | None = None
    values: dict[Annotated[Text, Field(max_length=32)], Annotated[Text, Field(max_length=200)]] = (
        Field(default_factory=dict, description="Slots and their values, with `segments`")
    )


class FindingView(ViewModel):
    """One thing that is right or wrong about a talk."""

    id: str
    recording_id: str
    call_id: str
    kind: FindingKind
    severity: Severity
    created_at: datetime
    group_id: str | None
    manager_id: str | None
    script_id: str | None
    script_version: int | None
    statement_id: str | None = Field(description="The script's statement or phrase")
    channel: Channel | None
    start_s: float | None = Field(description="Seconds into the recording")
    end_s: float | None
    evidence: str = Field(description="What was recognised there; empty: missing, or no transcript")
    score: float | None = Field(description="How surely it was found, 0 to 100")
    detail: str = Field(description="Why it was found, or how, in English")
    reason: FindingReason | None = Field(
        description="What `detail` says, for programs; of `measure`, `late` with their `params`"
    )
    params: dict[str, str | float] = Field(
        description="The reason's values: `measure`, `value`, `limit`; `after_s`, `within_s`",
        examples=[{"measure": "manager.talk_share", "value": 0.9, "limit": 0.8}],
    )


class FindingsView(ViewModel):
    """All findings of one recording."""

    items: list[FindingView]


class SideMeasuresView(ViewModel):
    """What one side did."""

    talk_s: float
    talk_share: float = Field(description="Of the time in which anybody spoke, 0 to 1")
    interruptions: int
    longest_monologue_s: float
    rate_per_min: float | None = Field(
        description="Characters or words a minute of speech; null without a transcript"
    )


class MeasuresView(ViewModel):
    """What was measured of a talk; seconds."""

    duration_s: float
    silence_s: float = Field(description="Nobody spoke; holds and pauses left out")
    longest_silence_s: float
    hold_s: float
    pause_s: float
    overlap_s: float
    customer: SideMeasuresView
    manager: SideMeasuresView


class QualityView(ViewModel):
    """What the check of a recording came to."""

    recording_id: str
    call_id: str
    created_at: datetime
    group_id: str | None
    manager_id: str | None
    script_ids: list[str]
    measures: MeasuresView
    score: float | None = Field(
        description="0 to 100; null where no script applies, or nobody could know what was said"
    )
    findings: int = Field(description="How many findings are more than information")


class TryView(ViewModel):
    """What a script finds, nothing written."""

    result: QualityView
    findings: list[FindingView]
