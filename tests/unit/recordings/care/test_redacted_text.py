"""Transcripts without what a redaction covers."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recordings.care.redacted_text import COVERED, without_spans
from tests.unit.api.fakes import START
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
