"""Scorecards, samples and reviews on the wire."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import ConfigDict, Field

from api.schemas.base import (
    ExternalId,
    Id,
    Name,
    OptionalTime,
    RequestModel,
    Text,
    Time,
    ViewModel,
    time_field,
)
from voicegw.model.call import Direction
from voicegw.model.finding import FindingKind, Severity
from voicegw.model.recording import Channel
from voicegw.model.review import ItemKind, ReviewPart, ReviewState

Points = Annotated[float, Field(ge=0, le=10_000)]
Share = Annotated[float, Field(ge=0, le=1)]
LongText = Annotated[Text, Field(max_length=4000)]
ItemId = Annotated[Text, Field(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9_.-]+$")]


class AutomaticRuleBody(RequestModel):
    """When an automatic item gives no points: a finding, or a measure out of bounds."""

    findings: Annotated[list[Annotated[FindingKind, Field(strict=False)]], Field(max_length=32)] = (
        Field(default_factory=list, description="Any of these takes the points")
    )
    statement_id: ItemId | None = Field(None, description="Only about this statement or phrase")
    measure: Annotated[Text, Field(max_length=64)] | None = Field(
        None, description="A measure of the talk", examples=["manager.talk_share"]
    )
    at_least: Annotated[float, Field(allow_inf_nan=False)] | None = None
    at_most: Annotated[float, Field(allow_inf_nan=False)] | None = None


class ItemOptionBody(RequestModel):
    """An answer to choose."""

    label: Name
    points: Points


class ScorecardItemBody(RequestModel):
    """One question."""

    id: ItemId
    text: Name
    kind: Annotated[ItemKind, Field(strict=False)]
    points: Points = Field(description="The most it gives")
    critical: bool = Field(False, description="No points here fail the whole talk")
    may_not_apply: bool = Field(
        False, description="A reviewer may leave it out of a talk that it does not apply to"
    )
    options: Annotated[list[ItemOptionBody], Field(max_length=20)] = Field(default_factory=list)
    rule: AutomaticRuleBody | None = None


class ScorecardBody(RequestModel):
    """The questions that a talk is judged by."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "name": "回访质检",
                    "items": [
                        {
                            "id": "greeting",
                            "text": "是否使用标准问候语",
                            "kind": "human",
                            "points": 20,
                            "options": [
                                {"label": "是", "points": 20},
                                {"label": "否", "points": 0},
                            ],
                        },
                        {
                            "id": "forbidden",
                            "text": "无服务忌语",
                            "kind": "automatic",
                            "points": 40,
                            "critical": True,
                            "rule": {"findings": ["phrase-forbidden"]},
                        },
                    ],
                }
            ]
        }
    )

    name: Name
    external_id: ExternalId | None = None
    group_id: Id | None = Field(None, description="Whose it is; null: everybody's")
    pass_share: Share = Field(0.8, description="Share of the points that passes")
    active: bool = True
    items: Annotated[list[ScorecardItemBody], Field(min_length=1, max_length=100)]


class AutomaticRuleView(ViewModel):
    """When an automatic item gives no points."""

    findings: list[FindingKind]
    statement_id: str | None
    measure: str | None
    at_least: float | None
    at_most: float | None


class ItemOptionView(ViewModel):
    """An answer to choose."""

    label: str
    points: float


class ScorecardItemView(ViewModel):
    """One question."""

    id: str
    text: str
    kind: ItemKind
    points: float
    critical: bool
    may_not_apply: bool = Field(description="A reviewer may say that it does not apply to a talk")
    options: list[ItemOptionView]
    rule: AutomaticRuleView | None


class ScorecardView(ViewModel):
    """The questions that a talk is judged by."""

    id: str
    name: str
    external_id: str | None
    group_id: str | None
    pass_share: float
    active: bool
    version: int = Field(description="Rises with every change; the ETag")
    items: list[ScorecardItemView]


class SampleBody(RequestModel):
    """Which talks to draw: exactly one of `per_manager`, `share` and `count`."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "scorecard_id": "crd_0",
                    "from": "2026-03-01T00:00:00Z",
                    "until": "2026-04-01T00:00:00Z",
                    "per_manager": 2,
                    "blind_share": 0.1,
                    "seed": "2026-03",
                }
            ]
        }
    )

    scorecard_id: Id
    from_: Time = Field(alias="from", description="Talks begun at or after; RFC 3339")
    until: Time = Field(description="Talks begun before; RFC 3339")
    group_id: Id | None = Field(None, description="This group's and those below")
    hotline_id: Id | None = None
    direction: Annotated[Direction, Field(strict=False)] | None = None
    min_duration_s: Annotated[float, Field(ge=0, le=86_400)] = 0.0
    findings: Annotated[list[Annotated[FindingKind, Field(strict=False)]], Field(max_length=32)] = (
        Field(default_factory=list, description="Only talks with one of these findings")
    )
    severities: Annotated[list[Annotated[Severity, Field(strict=False)]], Field(max_length=8)] = (
        Field(default_factory=list, description="Only talks with a finding this severe")
    )
    per_manager: Annotated[int, Field(ge=1, le=1000)] | None = None
    share: Annotated[float, Field(gt=0, le=1)] | None = None
    count: Annotated[int, Field(ge=1, le=5000)] | None = None
    blind_share: Share = Field(0.0, description="Share of the talks that two people score")
    seed: Annotated[Text, Field(max_length=64)] = Field(
        "", description="Empty: one is made up, and told"
    )


class SampleRuleView(ViewModel):
    """How a sample was drawn."""

    from_: datetime = Field(alias="from")
    until: datetime
    group_id: str | None
    hotline_id: str | None
    direction: str | None
    min_duration_s: float
    findings: list[FindingKind]
    severities: list[Severity]
    per_manager: int | None
    share: float | None
    count: int | None
    blind_share: float
    seed: str


class SampleSummaryView(ViewModel):
    """A sample without the ids of its talks, as lists show it."""

    id: str
    scorecard_id: str
    rule: SampleRuleView
    group_id: str | None
    created_at: datetime
    created_by: str
    population: int = Field(description="How many talks could have been drawn")
    population_sha256: str = Field(description="Hash of their sorted ids, one a line")
    drawn: int = Field(description="How many were")


class SampleView(SampleSummaryView):
    """Talks drawn for review. The same rule and population give the same talks again."""

    recording_ids: list[str]
    blind_ids: list[str] = Field(description="Those that two people score")
    reviewed: dict[str, int] = Field(
        description="With `count`: how many reviews each manager of the population had had"
    )


class AgreementView(ViewModel):
    """How far two scorers agree."""

    pairs: int
    exact: float = Field(description="Share of equal pairs, 0 to 1")
    kappa: float | None = Field(description="Cohen's kappa, squared weights; null: not defined")
    mean_difference: float
    bias: float = Field(description="How much more the first gives on average")


class PairView(ViewModel):
    """Two blind scores of one talk, as shares of the points."""

    recording_id: str
    first: float
    second: float
    arbitration: float | None


class SampleAgreementView(ViewModel):
    """How far the two agree who scored the same talks of a sample."""

    total: AgreementView | None
    items: dict[str, AgreementView] = Field(
        description="By item of the scorecard, of the pairs to which both say that it applies"
    )
    applicability: dict[str, AgreementView] = Field(
        description="By item that anybody said does not apply: how far they agree on that (1: it"
        " applies, 0: it does not)"
    )
    pairs: list[PairView]
    waiting: int = Field(description="Pairs of which one half is not scored yet")


class AssignEvenlyBody(RequestModel):
    """Who shares a sample's open reviews."""

    reviewers: Annotated[list[Id], Field(min_length=1, max_length=100)] = Field(
        description="Ids as `GET /v1/reviewers` lists them"
    )


class AssignedView(ViewModel):
    """How many reviews of the sample each has now."""

    assigned: dict[str, int]


class ArbitrateBody(RequestModel):
    """Which pairs a third person settles."""

    min_difference: Share = Field(0.1, description="In shares of the points")


class ReviewBody(RequestModel):
    """A review of one talk."""

    recording_id: Id
    scorecard_id: Id


class TakeBody(RequestModel):
    """Where the next review is taken from."""

    sample_id: Id | None = None


class AssignBody(RequestModel):
    """Who is to score."""

    reviewer: Id = Field(description="An id as `GET /v1/reviewers` lists it")


class GivenPoints(RequestModel):
    """The answer to one item; `reason` is needed where the check is overruled."""

    points: Points | None
    reason: LongText = ""
    not_applicable: bool = Field(
        False, description="It does not apply to this talk; with `points` null, where the item may"
    )


class ScoreBody(RequestModel):
    """Points by item; items that are not named keep theirs."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"scores": {"greeting": {"points": 20}}, "finish": True}]}
    )

    scores: Annotated[dict[ItemId, GivenPoints], Field(max_length=100)] = Field(
        default_factory=dict
    )
    summary: LongText | None = None
    finish: bool = Field(False, description="Every item has its points: the review is scored")


class CommentBody(RequestModel):
    """A remark about the talk or a moment of it."""

    text: Annotated[LongText, Field(min_length=1)]
    at_s: Annotated[float, Field(ge=0, le=1_000_000)] | None = Field(
        None, description="Seconds from the recording's beginning"
    )
    channel: Annotated[Channel, Field(strict=False)] | None = None
    item_id: ItemId | None = None


class AppealBody(RequestModel):
    """What the manager holds against the score."""

    text: Annotated[LongText, Field(min_length=1)]
    items: Annotated[dict[ItemId, LongText], Field(max_length=100)] = Field(default_factory=dict)


class DecideBody(RequestModel):
    """What becomes of an appeal: the points that change, and why."""

    text: Annotated[LongText, Field(min_length=1)]
    scores: Annotated[dict[ItemId, GivenPoints], Field(max_length=100)] = Field(
        default_factory=dict
    )


class ItemScoreView(ViewModel):
    """The points of one item."""

    item_id: str
    points: float | None
    not_applicable: bool = Field(description="It does not apply to this talk: answered, no points")
    automatic: float | None = Field(description="What the check gave")
    reason: str
    finding_ids: list[str]


class ReviewTotalView(ViewModel):
    """What the points add up to."""

    points: float
    most: float = Field(description="What the items give that apply to the talk")
    share: float
    passed: bool
    failed_by: list[str] = Field(description="Critical items without any points")
    not_applicable: list[str] = Field(description="Items that do not apply, left out of the share")


class ReviewCommentView(ViewModel):
    """A remark."""

    id: str
    by: str
    at: datetime
    text: str
    at_s: float | None
    channel: Channel | None
    item_id: str | None


class AppealView(ViewModel):
    """What the manager holds against the score."""

    by: str
    at: datetime
    text: str
    items: dict[str, str]


class DecisionView(ViewModel):
    """What became of the appeal; `before` are the points that were changed, null: did not apply."""

    by: str
    at: datetime
    upheld: bool
    text: str
    before: dict[str, float | None]
    share_before: float | None = Field(description="Share of the points before, 0 to 1")


class ReviewEntryView(ViewModel):
    """Who did what, when."""

    at: datetime
    by: str
    action: Literal[
        "assigned", "scored-items", "scored", "commented", "appealed", "decided", "final"
    ]
    detail: str


class ReviewView(ViewModel):
    """One person's judgement of one talk."""

    id: str
    recording_id: str
    call_id: str
    scorecard: ScorecardView
    state: ReviewState
    part: ReviewPart
    sample_id: str | None
    group_id: str | None
    manager_id: str | None
    reviewer: str | None
    created_at: datetime
    created_by: str
    scores: list[ItemScoreView]
    total: ReviewTotalView | None
    summary: str
    comments: list[ReviewCommentView]
    appeal: AppealView | None
    decision: DecisionView | None
    scored_at: OptionalTime = time_field("When every item had its points")
    final_at: OptionalTime = time_field("When it was closed")
    revision: int = Field(description="Rises with every change; the ETag")
    history: list[ReviewEntryView]
