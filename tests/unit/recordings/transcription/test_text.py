"""Words to texts."""

from __future__ import annotations

import msgspec
import pytest

from recordings.transcription.text import in_order, join_words, segment_of, to_webvtt
from tests.unit.api.fakes import START
from voicegw.model.recording import Channel
from voicegw.model.transcript import Alternative, Segment, Transcript, TranscriptStatus, Word


@pytest.mark.parametrize(
    ("words", "text"),
    [
        ([], ""),
        (["您好", "请问", "是", "张先生", "吗"], "您好请问是张先生吗"),
        (["good", "morning"], "good morning"),
        (["办理", "5G", "套餐"], "办理5G套餐"),
        (["계약", "보험"], "계약 보험"),
        (["VIP", "card", "号码"], "VIP card号码"),
    ],
)
def test_spaces_stand_only_where_the_language_has_them(words: list[str], text: str) -> None:
    assert join_words(words) == text


def test_times_are_the_recordings_and_stay_within_the_segment() -> None:
    words = [Word("一", 0.1, 0.5, 0.8), Word("二", 0.6, 9.0, None), Word("三", -1.0, -0.5, 0.4)]
    segment = segment_of(Channel.CUSTOMER, 10.0, 2.0, words)
    assert segment is not None
    assert [(one.start_s, one.end_s) for one in segment.words] == [
        (10.1, 10.5),
        (10.6, 12.0),
        (10.0, 10.0),
    ]
    assert segment.confidence == pytest.approx(0.6)
    assert segment.text == "一二三"
    assert segment_of(Channel.CUSTOMER, 0.0, 1.0, []) is None


def test_what_an_engine_tells_that_is_no_figure_is_left_out() -> None:
    nan, inf = float("nan"), float("inf")
    words = [
        Word("一", nan, 0.5, nan),
        Word("", 0.1, 0.2, 0.9),
        Word("二", 1.5, 1.8, inf),
        Word("三", 0.6, nan, 7.0),
        Word("四", -inf, inf, -0.5),
    ]
    others = [Alternative("甲", nan), Alternative("乙", 0.3), Alternative("丙", 1.5)]
    segment = segment_of(Channel.CUSTOMER, 10.0, 2.0, words, others)
    assert segment is not None
    assert [(one.text, one.start_s, one.end_s, one.confidence) for one in segment.words] == [
        ("一", 10.0, 10.5, None),
        ("二", 11.5, 11.8, None),
        ("三", 10.6, 12.0, 1.0),
        ("四", 10.0, 12.0, 0.0),
    ]
    assert (segment.start_s, segment.end_s, segment.text) == (10.0, 12.0, "一二三四")
    assert segment.confidence == 0.5
    assert segment.alternatives == [Alternative("乙", 0.3), Alternative("丙", 1.0)]
    assert msgspec.json.decode(msgspec.json.encode(segment), type=Segment) == segment
    assert segment_of(Channel.CUSTOMER, 0.0, 1.0, [Word(" ", 0.1, 0.2)]) is None


def test_words_that_overlap_or_go_back_end_no_segment_before_it_begins() -> None:
    words = [Word("一", 1.0, 1.5), Word("二", 0.2, 0.4), Word("三", 0.3, 0.9)]
    segment = segment_of(Channel.CUSTOMER, 0.0, 2.0, words)
    assert segment is not None
    assert (segment.start_s, segment.end_s) == (0.2, 1.5)


def test_segments_of_both_sides_are_mixed_by_beginning() -> None:
    late = Segment(Channel.CUSTOMER, 2.0, 3.0, "b")
    early = Segment(Channel.MANAGER, 1.0, 5.0, "a")
    assert in_order([late, early]) == [early, late]


def test_a_cue_is_never_empty_and_never_holds_markup() -> None:
    segment = Segment(Channel.CUSTOMER, 1.0, 1.0, "</v> --> & <b>")
    transcript = Transcript("r", "c", TranscriptStatus.COMPLETED, START, segments=[segment])
    assert to_webvtt(transcript) == (
        "WEBVTT\n\n1\n00:00:01.000 --> 00:00:01.001\n"
        "<v customer>&lt;/v&gt; --&gt; &amp; &lt;b&gt;\n"
    )
