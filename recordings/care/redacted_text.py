"""Transcripts without what a redaction covers. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import msgspec

from recordings.transcription.text import join_words
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
    if all(word.text != COVERED for word in words):
        return segment
    # Written anew from the words: the text as it was, or nearly was, would tell what is covered.
    return msgspec.structs.replace(segment, text=_joined(words), words=words, alternatives=[])


def _joined(words: Sequence[Word]) -> str:
    texts: list[str] = []
    for word in words:
        if word.text != COVERED or not texts or texts[-1] != COVERED:
            texts.append(word.text)
    return join_words(texts)
