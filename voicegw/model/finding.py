"""What the automatic check of a recording found, and what it measured."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

import msgspec

from voicegw.model.recording import Channel


class FindingKind(StrEnum):
    """What is right or wrong about a talk."""

    STATEMENT_SAID = "statement-said"
    STATEMENT_MISSING = "statement-missing"
    STATEMENT_UNSURE = "statement-unsure"
    """Found by its sound, but not surely enough: a person should listen."""
    STATEMENT_LATE = "statement-late"
    STATEMENT_OUT_OF_ORDER = "statement-out-of-order"
    SLOT_WRONG = "slot-wrong"
    """A statement was made with another name, product, price or term than the task's."""
    ASSENT_MISSING = "assent-missing"
    ASSENT_OVERRUN = "assent-overrun"
    """The next statement began before the customer had assented to the one before."""
    PHRASE_FORBIDDEN = "phrase-forbidden"
    PHRASE_UNSURE = "phrase-unsure"
    NOTICE_MISSING = "notice-missing"
    MEASURE = "measure"
    """A measure lies outside of what the script allows."""


class FindingReason(StrEnum):
    """Why something was found, or how: what `detail` says in English."""

    PLAYED = "played"
    """The gateway has played the statement."""
    PLAYED_ASSENTED = "played-assented"
    """The same, and the customer has assented by a key."""
    REFUSED_BY_KEY = "refused-by-key"
    """The customer has refused it by a key, or pressed none."""
    REFUSED = "refused"
    NOT_UNDERSTOOD = "not-understood"
    """The customer has answered something that was not understood."""
    LATE = "late"
    """It came `after_s`, not `within_s` of the beginning."""
    BELOW = "below"
    """`measure` is `value`, and should be at least `limit`."""
    ABOVE = "above"
    """`measure` is `value`, and should be at most `limit`."""
    NEGATION = "negation"
    """What was said is negated and the statement is not, or the other way round."""
    DENIED = "denied"
    ASKED = "asked"
    TAKEN_BACK = "taken-back"
    NUMBER = "number"
    OTHER_WORD = "other-word"
    PERSON = "person"
    """You instead of I, or the other way round."""
    SLOT = "slot"
    """Another name, product or price than the task's."""
    ALTERNATIVE = "alternative"
    """It does not stand in the transcript, but in what else the recogniser may have heard; in
    `likelihood` of it, 0 to 1."""


class Severity(StrEnum):
    """How much a finding matters."""

    INFO = "info"
    MINOR = "minor"
    MAJOR = "major"
    CRITICAL = "critical"


class Finding(msgspec.Struct):
    """One finding. Times are seconds of the recording's clock; None where something is missing.

    `score` is how surely it was found, 0 to 100. `evidence` is the text it rests on. `statement_id`
    names the statement or the phrase of the script.
    """

    id: str
    recording_id: str
    call_id: str
    kind: FindingKind
    severity: Severity
    created_at: datetime
    group_id: str | None = None
    manager_id: str | None = None
    script_id: str | None = None
    script_version: int | None = None
    statement_id: str | None = None
    channel: Channel | None = None
    start_s: float | None = None
    end_s: float | None = None
    evidence: str = ""
    score: float | None = None
    detail: str = ""
    reason: FindingReason | None = None
    """What `detail` says, for programs; None where it says nothing."""
    params: dict[str, str | float] = {}
    """The reason's values."""


class SideMeasures(msgspec.Struct):
    """What one side did in a talk."""

    talk_s: float = 0.0
    talk_share: float = 0.0
    """Of the time in which anybody spoke, 0 to 1."""
    interruptions: int = 0
    """How often this side began to speak, and not just to assent, while the other spoke."""
    longest_monologue_s: float = 0.0
    rate_per_min: float | None = None
    """Characters (Chinese) or words a minute of this side's speech; None without a transcript."""


class Measures(msgspec.Struct):
    """What was measured of a talk. Times in seconds; all 0 where nothing could be measured."""

    duration_s: float = 0.0
    silence_s: float = 0.0
    """When nobody spoke, holds and pauses left out."""
    longest_silence_s: float = 0.0
    hold_s: float = 0.0
    pause_s: float = 0.0
    overlap_s: float = 0.0
    customer: SideMeasures = msgspec.field(default_factory=SideMeasures)
    manager: SideMeasures = msgspec.field(default_factory=SideMeasures)


class QualityResult(msgspec.Struct):
    """What the automatic check of one recording came to.

    `score` is 0 to 100: what is left after each finding has taken its weight; None when there was
    no script to check against.
    """

    recording_id: str
    call_id: str
    created_at: datetime
    group_id: str | None = None
    manager_id: str | None = None
    script_ids: list[str] = msgspec.field(default_factory=list)
    measures: Measures = msgspec.field(default_factory=Measures)
    score: float | None = None
    findings: int = 0
