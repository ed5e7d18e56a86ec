"""Compares a talk with scripts: what was said, what is missing, what must not have been said. Pure.

Nothing is called missing where nobody could know: without a transcript only what the customer's
keys have proven counts, and what was said while the recording was paused is not judged.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import Final

import msgspec

from recordings.quality.keypad import Proof, proofs
from recordings.quality.measures import Span, marked_spans, measures, merged
from recordings.quality.occurrences import Occurrence, Sides, notice_heard, occurrences
from recordings.quality.statements import Judged, judge_statements
from voicegw.model.finding import (
    Finding,
    FindingKind,
    FindingReason,
    Measures,
    QualityResult,
    Severity,
)
from voicegw.model.recording import Channel, MarkKind, Recording
from voicegw.model.script import ForbiddenPhrase, MeasureLimit, MeasureName, Script
from voicegw.model.transcript import Segment, Transcript, TranscriptStatus

_NOTICE_S: Final = 60.0
"""How soon after the beginning the manager has to say that the talk is recorded, seconds."""
_MOST_FINDINGS: Final = 500


class CheckRequest(msgspec.Struct):
    """A talk and what it is compared with.

    `scripts` are those that apply to it. `values` fill their slots. `activity` says where each side
    was heard, in seconds: all there is to measure where there is no transcript, and with one, where
    somebody spoke whom the recogniser did not understand. `notice_by_manager` says that the
    manager had to tell the customer of the recording.
    """

    recording: Recording
    now: datetime
    scripts: list[Script] = msgspec.field(default_factory=list)
    values: dict[str, str] = msgspec.field(default_factory=dict)
    transcript: Transcript | None = None
    activity: dict[Channel, list[Span]] = msgspec.field(default_factory=dict)
    notice_by_manager: bool = False


class CheckOutcome(msgspec.Struct):
    """What the comparison came to. The findings have no ids yet."""

    result: QualityResult
    findings: list[Finding]


def check(request: CheckRequest) -> CheckOutcome:
    """Return what was found and measured in a talk."""
    recording = request.recording
    segments = judged_segments(request)
    measured = _measured(request, segments)
    found = _Findings(request)
    lost = 0.0
    has_text = segments is not None
    sides = Sides(segments or [], request.activity.get(Channel.CUSTOMER, ()))
    complete = has_text
    for script in request.scripts:
        found.script = script
        proven = proofs(recording.marks, script)
        said = occurrences(script, sides, request.values) if has_text else {}
        complete = complete or all(one.id in proven for one in script.statements)
        for judged in judge_statements(
            script, said, proven, sides, product=request.values.get("product"), has_text=has_text,
            start_s=_start_s(recording),
        ):  # fmt: skip
            lost += judged.cost
            found.add_statement(judged)
        for phrase in script.phrases:
            lost += found.add_phrase(phrase, said.get(phrase.id, ()))
        for limit in script.limits:
            lost += found.add_limit(limit, measured)
    found.script = None
    if request.notice_by_manager and segments is not None:
        found.add_notice(notice_heard(sides, _start_s(recording) + _NOTICE_S))
    score = max(0.0, 100.0 - lost) if request.scripts and complete else None
    return CheckOutcome(
        QualityResult(
            recording_id=recording.id,
            call_id=recording.call_id,
            created_at=request.now,
            group_id=recording.group_id,
            manager_id=recording.manager_id,
            script_ids=[script.id for script in request.scripts],
            measures=measured,
            score=None if score is None else round(score, 1),
            findings=sum(one.severity is not Severity.INFO for one in found.found),
        ),
        _gravest(found.found),
    )


def _gravest(found: list[Finding]) -> list[Finding]:
    """Return the findings in their order; of more than there may be, those that matter most."""
    if len(found) <= _MOST_FINDINGS:
        return found
    severities = list(Severity)
    kept = sorted(range(len(found)), key=lambda one: -severities.index(found[one].severity))
    return [found[one] for one in sorted(kept[:_MOST_FINDINGS])]


def judged_segments(request: CheckRequest) -> list[Segment] | None:
    """Return what was said outside of pauses, in order; None where there is no transcript.

    What a manager says whom the customer does not hear is said to nobody, and left out.
    """
    transcript = request.transcript
    if transcript is None or transcript.status is not TranscriptStatus.COMPLETED:
        return None
    pauses = marked_spans(
        request.recording.marks, MarkKind.PAUSE, MarkKind.RESUME,
        request.recording.duration_s or 0.0,
    )  # fmt: skip

    unheard = {Channel.CUSTOMER: pauses}
    unheard[Channel.MANAGER] = merged([*pauses, *_apart(request.recording)])

    def is_heard(segment: Segment) -> bool:
        middle_s = (segment.start_s + segment.end_s) / 2
        return not any(start <= middle_s < end for start, end in unheard[segment.channel])

    return sorted(filter(is_heard, transcript.segments), key=lambda one: one.start_s)


def _apart(recording: Recording) -> list[Span]:
    """Return when the customer hears the gateway alone: its statements, the ringing of a transfer.

    That is until the two are connected again.
    """
    spans: list[Span] = []
    since_s: float | None = None
    for mark in sorted(recording.marks, key=lambda one: one.at_s):
        if mark.kind in {MarkKind.STATEMENT, MarkKind.TRANSFER}:
            since_s = mark.at_s if since_s is None else since_s
        elif mark.kind is MarkKind.BRIDGE and since_s is not None:
            spans.append((since_s, mark.at_s))
            since_s = None
    if since_s is not None:
        spans.append((since_s, recording.duration_s or since_s))
    return spans


def _measured(request: CheckRequest, segments: Sequence[Segment] | None) -> Measures:
    if segments is None and not request.activity:
        return Measures()
    spoken: dict[Channel, Sequence[Span]] = dict(request.activity)
    if segments is not None:
        spoken = {
            side: [(one.start_s, one.end_s) for one in segments if one.channel is side]
            for side in Channel
        }
    return measures(
        duration_s=request.recording.duration_s or 0.0,
        spoken=spoken,
        marks=request.recording.marks,
        segments=segments or (),
    )


def _start_s(recording: Recording) -> float:
    """Return when the talk began."""
    for mark in recording.marks:
        if mark.kind is MarkKind.BRIDGE:
            return max(0.0, mark.at_s)
    return 0.0


def measure_value(measured: Measures, name: MeasureName) -> float | None:
    """Return one measure; None where it could not be taken."""
    found: object = measured
    for part in name.split("."):
        found = getattr(found, part)
    return float(found) if isinstance(found, int | float) else None


class _Findings:
    """Collects findings of one talk."""

    def __init__(self, request: CheckRequest) -> None:
        self._request = request
        self.script: Script | None = None
        self.found: list[Finding] = []

    def add_statement(self, judged: Judged) -> None:
        """Add what was judged of a statement."""
        at = judged.at
        self._add(
            judged.kind, judged.severity, statement_id=judged.statement_id, at=at,
            channel=judged.channel, detail=judged.detail, reason=judged.reason,
            params=judged.params,
            span=None if judged.proof is None else judged.proof,
        )  # fmt: skip

    def add_phrase(self, phrase: ForbiddenPhrase, said: Sequence[Occurrence]) -> float:
        """Add where a forbidden phrase was said; return what that costs."""
        lost = 0.0
        for at in said:
            if at.is_found:
                self._add(
                    FindingKind.PHRASE_FORBIDDEN, phrase.severity, statement_id=phrase.id, at=at,
                    channel=phrase.by,
                )  # fmt: skip
                lost += phrase.weight
            elif at.is_unsure:
                self._add(
                    FindingKind.PHRASE_UNSURE, Severity.INFO, statement_id=phrase.id, at=at,
                    channel=phrase.by,
                )  # fmt: skip
        return lost

    def add_limit(self, limit: MeasureLimit, measured: Measures) -> float:
        """Add that a measure lies outside of what the script allows; return what that costs."""
        value = measure_value(measured, limit.measure)
        if value is None or not measured.duration_s:
            return 0.0
        low, high = limit.at_least, limit.at_most
        if (low is None or value >= low) and (high is None or value <= high):
            return 0.0
        is_below = low is not None and value < low
        bound = f"at least {low:g}" if is_below else f"at most {high:g}"
        least_or_most = low if is_below else high
        self._add(
            FindingKind.MEASURE, limit.severity, statement_id=None, at=None, channel=None,
            detail=f"{limit.measure} is {value:g}, should be {bound}",
            reason=FindingReason.BELOW if is_below else FindingReason.ABOVE,
            params={
                "measure": str(limit.measure),
                "value": round(value, 2),
                "limit": least_or_most or 0.0,
            },
        )  # fmt: skip
        return limit.weight

    def add_notice(self, heard: bool) -> None:
        """Add that the manager did not tell the customer of the recording."""
        if not heard:
            self._add(
                FindingKind.NOTICE_MISSING, Severity.CRITICAL, statement_id=None, at=None,
                channel=Channel.MANAGER,
            )  # fmt: skip

    def _add(
        self,
        kind: FindingKind,
        severity: Severity,
        *,
        statement_id: str | None,
        at: Occurrence | None,
        channel: Channel | None,
        detail: str = "",
        reason: FindingReason | None = None,
        params: Mapping[str, str | float] = MappingProxyType({}),
        span: Proof | None = None,
    ) -> None:
        recording, script = self._request.recording, self.script
        finding = Finding(
            id="",
            recording_id=recording.id,
            call_id=recording.call_id,
            kind=kind,
            severity=severity,
            created_at=self._request.now,
            group_id=recording.group_id,
            manager_id=recording.manager_id,
            script_id=script.id if script is not None else None,
            script_version=script.version if script is not None else None,
            statement_id=statement_id,
            channel=channel,
            detail=detail,
            reason=reason,
            params=dict(params),
        )
        if at is not None:
            finding.start_s, finding.end_s = round(at.start_s, 2), round(at.end_s, 2)
            finding.evidence, finding.score = at.evidence, round(at.score, 1)
            if at.likelihood is not None and reason is None:
                finding.reason = FindingReason.ALTERNATIVE
                finding.detail = "not in the transcript, in what else may have been heard"
                finding.params = {"likelihood": round(at.likelihood, 2)}
        elif span is not None:
            finding.start_s = round(span.start_s, 2)
            finding.end_s = None if span.end_s is None else round(span.end_s, 2)
            finding.score = 100.0
        self.found.append(finding)


def applies(
    script: Script,
    *,
    group_ids: Sequence[str],
    hotline_id: str | None,
    task_type: str | None,
    product: str | None,
) -> bool:
    """Whether a script is for a talk. `group_ids` are the talk's group and those above it."""
    if script.group_id is not None and script.group_id not in group_ids:
        return False
    wanted: Mapping[str, tuple[Sequence[str], Sequence[str | None]]] = {
        "group": (script.applies_to.group_ids, group_ids),
        "hotline": (script.applies_to.hotline_ids, [hotline_id]),
        "task type": (script.applies_to.task_types, [task_type]),
        "product": (script.applies_to.products, [product]),
    }
    return all(not one or any(given in one for given in has) for one, has in wanted.values())
