"""What people say of a talk: scorecards, reviews, samples."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

import msgspec

from voicegw.model.finding import FindingKind, Severity
from voicegw.model.recording import Channel


class ItemKind(StrEnum):
    """Who gives an item's points."""

    AUTOMATIC = "automatic"
    """The check, from findings or a measure; a reviewer may overrule it with a reason."""
    HUMAN = "human"


class AutomaticRule(msgspec.Struct):
    """When an automatic item is failed: by a finding, or by a measure outside its bounds.

    `statement_id` narrows the findings to one statement or phrase. `measure` is the name of a
    figure of `voicegw.model.finding.Measures`, such as `silence_s` or `manager.talk_share`.
    """

    findings: list[FindingKind] = msgspec.field(default_factory=list)
    statement_id: str | None = None
    measure: str | None = None
    at_least: float | None = None
    at_most: float | None = None


class ItemOption(msgspec.Struct):
    """An answer that a human item offers, and its points."""

    label: str
    points: float


class ScorecardItem(msgspec.Struct):
    """One question of a scorecard.

    `points` is the most it gives. A human item with options takes one of theirs, without options
    any number from 0 to `points`. A `critical` item without any points fails the whole talk. Of one
    that `may_not_apply` a reviewer may say so: it is left out of what the points are a share of.
    """

    id: str
    text: str
    kind: ItemKind
    points: float
    critical: bool = False
    may_not_apply: bool = False
    options: list[ItemOption] = msgspec.field(default_factory=list)
    rule: AutomaticRule | None = None


class Scorecard(msgspec.Struct):
    """The questions a talk is judged by. `pass_share` is the share of points to pass, 0 to 1.

    `version` rises with every change; a review keeps the version that it was begun with.
    """

    id: str
    name: str
    items: list[ScorecardItem]
    external_id: str | None = None
    group_id: str | None = None
    """Whose it is: this group's and those below; None for everybody's."""
    pass_share: float = 0.8
    active: bool = True
    version: int = 1


class ReviewState(StrEnum):
    """How far a review is; nothing of a final one changes any more."""

    OPEN = "open"
    ASSIGNED = "assigned"
    IN_PROGRESS = "in_progress"
    SCORED = "scored"
    APPEALED = "appealed"
    DECIDED = "decided"
    FINAL = "final"


class ReviewPart(StrEnum):
    """What a review is within its sample."""

    ONLY = "only"
    """The one review of its talk."""
    BLIND_FIRST = "blind_first"
    BLIND_SECOND = "blind_second"
    """Two people score the same talk, and neither sees the other's before both are done."""
    ARBITRATION = "arbitration"
    """A third one settles what the two disagree on."""


class ItemScore(msgspec.Struct):
    """The points of one item, None while nobody has given any.

    `automatic` is what the check gave, kept beside what a reviewer made of it; `reason` is needed
    where the two differ. `finding_ids` are what the automatic points rest on. An item that is
    `not_applicable` to the talk is answered, and has no points.
    """

    item_id: str
    points: float | None = None
    not_applicable: bool = False
    automatic: float | None = None
    reason: str = ""
    finding_ids: list[str] = msgspec.field(default_factory=list)


class ReviewComment(msgspec.Struct):
    """What somebody says about a moment of the talk; `at_s` None is about the whole."""

    id: str
    by: str
    at: datetime
    text: str
    at_s: float | None = None
    channel: Channel | None = None
    item_id: str | None = None


class Appeal(msgspec.Struct):
    """What the manager holds against the score: `items` names them, each with why."""

    by: str
    at: datetime
    text: str
    items: dict[str, str] = msgspec.field(default_factory=dict)


class AppealDecision(msgspec.Struct):
    """What another person than the scorer made of an appeal.

    `before` are the points that it changed (None: the item did not apply), `share_before` is what
    they added up to, 0 to 1.
    """

    by: str
    at: datetime
    upheld: bool
    text: str
    before: dict[str, float | None] = msgspec.field(default_factory=dict)
    share_before: float | None = None


class ReviewEntry(msgspec.Struct):
    """One line of a review's history: who did what, when."""

    at: datetime
    by: str
    action: str
    detail: str = ""


class ReviewTotal(msgspec.Struct):
    """What the points of a review add up to. `share` is points over `most`, 0 to 1.

    `most` is what the items give that apply to the talk.
    """

    points: float
    most: float
    share: float
    passed: bool
    failed_by: list[str] = msgspec.field(default_factory=list)
    """The critical items without any points."""
    not_applicable: list[str] = msgspec.field(default_factory=list)
    """The items that were left out, for they do not apply to the talk."""


class Review(msgspec.Struct):
    """One person's judgement of one talk. `revision` rises with every change."""

    id: str
    recording_id: str
    call_id: str
    scorecard: Scorecard
    """As it was when the review was made."""
    created_at: datetime
    created_by: str
    state: ReviewState = ReviewState.OPEN
    part: ReviewPart = ReviewPart.ONLY
    sample_id: str | None = None
    group_id: str | None = None
    manager_id: str | None = None
    """Whose call it was, and who may appeal."""
    talkers: list[str] = msgspec.field(default_factory=list)
    """All managers who talked in it: it is the own call of those, too, who handed it on."""
    reviewer: str | None = None
    scores: list[ItemScore] = msgspec.field(default_factory=list)
    total: ReviewTotal | None = None
    summary: str = ""
    comments: list[ReviewComment] = msgspec.field(default_factory=list)
    appeal: Appeal | None = None
    decision: AppealDecision | None = None
    scored_at: datetime | None = None
    final_at: datetime | None = None
    revision: int = 1
    history: list[ReviewEntry] = msgspec.field(default_factory=list)


class SampleRule(msgspec.Struct):
    """Which talks are drawn for review, and how many.

    First the population: talks from `from_` (inclusive) to `until` (exclusive) that fit the
    filters. Then the draw: `per_manager` of each manager, or `share` of all, or `count`; exactly
    one of them. `findings` and `severities` narrow the population to talks with such a finding.
    `blind_share` of what is drawn is scored by two people.
    """

    from_: datetime
    until: datetime
    group_id: str | None = None
    hotline_id: str | None = None
    direction: str | None = None
    min_duration_s: float = 0.0
    findings: list[FindingKind] = msgspec.field(default_factory=list)
    severities: list[Severity] = msgspec.field(default_factory=list)
    per_manager: int | None = None
    share: float | None = None
    count: int | None = None
    blind_share: float = 0.0
    seed: str = ""


class Talk(msgspec.Struct, frozen=True):
    """A recorded talk that a sample may draw."""

    recording_id: str
    call_id: str
    group_id: str | None = None
    manager_id: str | None = None


class Sample(msgspec.Struct):
    """Talks drawn by a rule, provably: the same rule, seed and population give the same talks.

    `population_sha256` is the hash of the sorted ids that could have been drawn, one a line.
    `reviewed` tells how many reviews each manager of the population had had, which decides whose
    turn it is where a rule gives a `count`; it is empty for other rules.
    """

    id: str
    scorecard_id: str
    rule: SampleRule
    group_id: str | None
    """Whose talks it is drawn from: this group's and those below; None for all."""
    created_at: datetime
    created_by: str
    population: int
    population_sha256: str
    recording_ids: list[str] = msgspec.field(default_factory=list)
    blind_ids: list[str] = msgspec.field(default_factory=list)
    reviewed: dict[str, int] = msgspec.field(default_factory=dict)
