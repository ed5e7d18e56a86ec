"""Transcripts without what a redaction covers."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recordings.care.redacted_text import COVERED, without_evidence, without_spans
from tests.unit.api.fakes import START
from voicegw.model.finding import Finding, FindingKind, Severity
from voicegw.model.recording import Channel, RedactedSpan
from voicegw.model.transcript import Alternative, Segment, Transcript, TranscriptStatus, Word

CUSTOMER, MANAGER = Channel.CUSTOMER, Channel.MANAGER


def transcript(*segments: Segment) -> Transcript:
    """Return a finished transcript."""
    return Transcript("rec_1", "call_1", TranscriptStatus.COMPLETED, START, segments=list(segments))


def spoken(channel: Channel, start_s: float, *words: str) -> Segment:
    """Return a segment of words, each half a second long."""
    timed = [
        Word(text, start_s + place / 2, start_s + place / 2 + 0.5, 0.9)
        for place, text in enumerate(words)
    ]
    text = (" " if words[0].isascii() else "").join(words)
    return Segment(channel, start_s, start_s + len(words) / 2, text, 0.9, timed)


CARD = transcript(
    spoken(CUSTOMER, 0, "卡号", "是", "六", "二", "对"), spoken(MANAGER, 1, "yes", "four", "two")
)


@pytest.mark.parametrize(
    ("span", "texts"),
    [
        (RedactedSpan(1.0, 2.0, CUSTOMER), [f"卡号是{COVERED}对", "yes four two"]),
        (RedactedSpan(1.0, 2.0), [f"卡号是{COVERED}对", f"{COVERED} two"]),
        (RedactedSpan(1.4, 1.6, CUSTOMER), [f"卡号是{COVERED}对", "yes four two"]),
        (RedactedSpan(0, 99, MANAGER), ["卡号是六二对", COVERED]),
        (RedactedSpan(50, 60), ["卡号是六二对", "yes four two"]),
    ],
)
def test_words_in_a_span_are_covered(span: RedactedSpan, texts: list[str]) -> None:
    before = msgspec.json.encode(CARD)
    redacted = without_spans(CARD, [span])
    assert [segment.text for segment in redacted.segments] == texts
    assert msgspec.json.encode(CARD) == before


def test_a_segment_without_words_is_covered_whole() -> None:
    whole = transcript(Segment(CUSTOMER, 0, 5, "六二二五", 0.9))
    assert without_spans(whole, [RedactedSpan(4.9, 6)]).segments[0].text == COVERED


def test_what_else_may_have_been_heard_tells_nothing_of_what_is_covered() -> None:
    other = [Alternative("卡号是六儿对", 0.2)]
    timed = msgspec.structs.replace(CARD.segments[0], alternatives=other)
    bare = msgspec.structs.replace(timed, words=[])
    for segment in (timed, bare):
        [covered] = without_spans(transcript(segment), [RedactedSpan(1.0, 2.0)]).segments
        assert covered.alternatives == []
        [free] = without_spans(transcript(segment), [RedactedSpan(50, 60)]).segments
        assert free.alternatives == other
    # What was said there stands in no word of the text, but may in the alternative.
    gap = msgspec.structs.replace(timed, words=[timed.words[0], timed.words[-1]])
    [covered] = without_spans(transcript(gap), [RedactedSpan(1.0, 1.5)]).segments
    assert (covered.text, covered.alternatives) == (gap.text, [])


def found(start_s: float | None, channel: Channel = CUSTOMER) -> Finding:
    """Return a finding half a second long."""
    return Finding(
        "fnd_1", "rec_1", "call_1", FindingKind.PHRASE_FORBIDDEN, Severity.MINOR, START,
        channel=channel, start_s=start_s, end_s=None if start_s is None else start_s + 0.5,
        evidence="卡号是六二对", detail="x",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("start_s", "span", "stays"),
    [
        # Beside what is covered, in the same segment.
        (0.0, RedactedSpan(1.0, 2.0, CUSTOMER), False),
        (0.0, RedactedSpan(50, 60), True),
        # The other side's segment begins later.
        (0.0, RedactedSpan(1.0, 2.0, MANAGER), True),
        # Evidence of a finding about one side may be the other's words.
        (1.5, RedactedSpan(1.0, 1.4, MANAGER), False),
        (None, RedactedSpan(0, 99), True),
    ],
)
def test_findings_tell_nothing_of_what_is_covered(
    start_s: float | None, span: RedactedSpan, stays: bool
) -> None:
    [left] = without_evidence([found(start_s)], CARD, [span])
    assert (left.evidence != "", left.detail != "") == (stays, stays)
    [unknown] = without_evidence([found(start_s)], None, [span])
    assert (unknown.evidence != "") is (start_s is None)


@given(
    st.floats(0, 4), st.floats(0.01, 4), st.sampled_from([None, CUSTOMER, MANAGER]), st.booleans()
)
def test_no_covered_word_is_left_anywhere(
    start_s: float, length_s: float, channel: Channel | None, zero_length: bool
) -> None:
    span = RedactedSpan(start_s, start_s + length_s, channel)
    said = transcript(*[spoken(one, 0, *"一二三四五六七") for one in (CUSTOMER, MANAGER)])
    if zero_length:
        for segment in said.segments:
            for word in segment.words:
                word.end_s = word.start_s
    for before, after in zip(said.segments, without_spans(said, [span]).segments, strict=True):
        for word in before.words:
            within = word.start_s < span.end_s and span.start_s < max(word.end_s, word.start_s)
            if within and channel in {None, before.channel}:
                assert word.text not in after.text
                assert word.text not in [one.text for one in after.words]
