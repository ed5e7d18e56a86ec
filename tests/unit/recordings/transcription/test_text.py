"""Words to texts."""

from __future__ import annotations

import pytest

from recordings.transcription.text import in_order, join_words, segment_of, to_webvtt
from tests.unit.api.fakes import START
from voicegw.model.recording import Channel
from voicegw.model.transcript import Segment, Transcript, TranscriptStatus, Word


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
