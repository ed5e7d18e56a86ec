"""Transcripts and findings without what a redaction covers. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import msgspec

from recordings.transcription.text import join_words
from voicegw.model.finding import Finding
from voicegw.model.recording import Channel, RedactedSpan
from voicegw.model.transcript import Segment, Transcript, Word

COVERED: Final = "■"
"""Stands for each covered word; in a text, for a run of them."""


def without_spans(transcript: Transcript, spans: Sequence[RedactedSpan]) -> Transcript:
    """Return `transcript` with every word masked that lies, if only in part, in one of `spans`.

    A segment without words is masked whole when a span touches it.
    """
    segments = [_masked(segment, spans) for segment in transcript.segments]
    return msgspec.structs.replace(transcript, segments=segments)


def without_evidence(
    findings: Sequence[Finding], transcript: Transcript | None, spans: Sequence[RedactedSpan]
) -> list[Finding]:
    """Return `findings`, the words taken from those that stand where one of `spans` may be.

    Evidence is whole segments: it tells what is covered beside the words that were found, too. The
    side of a finding is not always that of its evidence (the customer's assent is missing behind
    the manager's statement), so segments of both sides count. Without a transcript nobody can
    tell, and none that has a place keeps its words.
    """
    segments = [] if transcript is None else transcript.segments
    covered = [one for one in segments if is_covered(spans, one.channel, one.start_s, one.end_s)]

    def tells(finding: Finding) -> bool:
        start_s = finding.start_s
        if start_s is None:
            return False
        if transcript is None:
            return bool(spans)
        end_s = finding.end_s if finding.end_s is not None else start_s
        return is_covered(spans, None, start_s, end_s) or any(
            one.start_s - _ROUNDED_S <= end_s and start_s <= one.end_s + _ROUNDED_S
            for one in covered
        )

    return [
        msgspec.structs.replace(one, evidence="", detail="") if tells(one) else one
        for one in findings
    ]


_ROUNDED_S: Final = 0.01
"""Findings' times have two decimals."""


def is_covered(
    spans: Sequence[RedactedSpan], channel: Channel | None, start_s: float, end_s: float
) -> bool:
    """Whether something of one side (None: of both) lies in one of `spans`, if only in part."""
    return any(
        (span.channel is None or channel is None or span.channel is channel)
        and start_s < span.end_s
        and span.start_s < max(end_s, start_s + 0.001)
        for span in spans
    )


def _masked(segment: Segment, spans: Sequence[RedactedSpan]) -> Segment:
    if not is_covered(spans, segment.channel, segment.start_s, segment.end_s):
        return segment
    if not segment.words:
        return msgspec.structs.replace(segment, text=COVERED, confidence=None, alternatives=[])
    words = [
        Word(COVERED, word.start_s, word.end_s)
        if is_covered(spans, segment.channel, word.start_s, word.end_s)
        else word
        for word in segment.words
    ]
    # What is covered may have been heard in an alternative only: none stays in such a segment.
    if all(word.text != COVERED for word in words):
        return msgspec.structs.replace(segment, alternatives=[])
    # Written anew from the words: the text as it was would tell what is covered.
    return msgspec.structs.replace(segment, text=_joined(words), words=words, alternatives=[])


def _joined(words: Sequence[Word]) -> str:
    texts: list[str] = []
    for word in words:
        if word.text != COVERED or not texts or texts[-1] != COVERED:
            texts.append(word.text)
    return join_words(texts)
