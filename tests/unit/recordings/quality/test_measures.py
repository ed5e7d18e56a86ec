"""Who spoke how much, who waited, who broke in."""

from __future__ import annotations

import io

import numpy as np
import soundfile as sf

from recordings.quality.activity import activity, speech_spans
from recordings.quality.measures import (
    both,
    interruptions,
    longest_monologue_s,
    marked_spans,
    measures,
    merged,
    without,
)
from voicegw.model.recording import Channel, MarkKind, RecordingMark
from voicegw.model.transcript import Segment


def test_spans() -> None:
    """Spans are merged, cut and compared."""
    assert merged([(3.0, 4.0), (1.0, 2.0), (1.5, 2.5), (5.0, 5.0)]) == [(1.0, 2.5), (3.0, 4.0)]
    assert merged([(1.0, 2.0), (2.5, 3.0)], 0.5) == [(1.0, 3.0)]
    assert without([(0.0, 10.0)], [(2.0, 3.0), (9.0, 12.0)]) == [(0.0, 2.0), (3.0, 9.0)]
    assert without([(4.0, 5.0)], [(0.0, 9.0)]) == []
    assert both([(0.0, 5.0), (6.0, 8.0)], [(4.0, 7.0)]) == [(4.0, 5.0), (6.0, 7.0)]


def test_marked_spans() -> None:
    """Two holds at once are one; one that never ends lasts to the end."""
    marks = [
        RecordingMark(MarkKind.HOLD, 2.0),
        RecordingMark(MarkKind.HOLD, 3.0),
        RecordingMark(MarkKind.UNHOLD, 4.0),
        RecordingMark(MarkKind.UNHOLD, 6.0),
        RecordingMark(MarkKind.HOLD, 9.0),
    ]
    spans = marked_spans(marks, MarkKind.HOLD, MarkKind.UNHOLD, 10.0)
    assert spans == [(2.0, 6.0), (9.0, 10.0)]


def test_measures_of_a_talk() -> None:
    """Shares, silences, holds and rates of a talk that is known to the second."""
    segments = [
        Segment(Channel.MANAGER, 0.0, 10.0, "一二三四五六七八九十" * 4),
        Segment(Channel.CUSTOMER, 12.0, 22.0, "yes I want it"),
        Segment(Channel.MANAGER, 30.0, 40.0, "好" * 20),
    ]
    spoken = {
        side: [(one.start_s, one.end_s) for one in segments if one.channel is side]
        for side in Channel
    }
    marks = [RecordingMark(MarkKind.HOLD, 24.0), RecordingMark(MarkKind.UNHOLD, 28.0)]
    found = measures(duration_s=45.0, spoken=spoken, marks=marks, segments=segments)
    assert found.silence_s == 2.0 + 2.0 + 2.0 + 5.0
    assert found.longest_silence_s == 5.0
    assert (found.hold_s, found.pause_s, found.overlap_s) == (4.0, 0.0, 0.0)
    assert found.manager.talk_s == 20.0
    assert found.manager.talk_share == round(2 / 3, 3)
    assert found.manager.rate_per_min == 180.0
    assert found.customer.rate_per_min == 24.0
    assert found.manager.longest_monologue_s == 10.0


def test_a_talk_of_nothing() -> None:
    """No sound, no division by it."""
    found = measures(duration_s=0.0, spoken={})
    assert (found.silence_s, found.manager.talk_share) == (0.0, 0.0)


def test_interruptions() -> None:
    """Breaking in counts, assenting doesn't, nor does being interrupted."""
    manager = [(0.0, 10.0), (20.0, 30.0)]
    assert interruptions([(5.0, 8.0)], manager) == 1
    assert interruptions([(5.0, 5.5)], manager) == 0
    assert interruptions([(9.9, 15.0)], manager) == 0
    assert interruptions(manager, [(5.0, 8.0)]) == 0


def test_a_monologue_goes_on_through_assent() -> None:
    """嗯 in between ends no monologue; an answer does."""
    turns = [(0.0, 10.0), (11.0, 20.0)]
    assert longest_monologue_s(turns, [(10.2, 10.6)]) == 20.0
    assert longest_monologue_s([(0.0, 10.0), (13.0, 20.0)], [(10.5, 12.5)]) == 10.0


def test_activity_by_the_sound() -> None:
    """Each side's speech is found where its sound is loud, not where the line hums."""
    rate = 8000
    draw = np.random.default_rng(7)
    sound = draw.normal(0.0, 0.001, (20 * rate, 2))
    time = np.arange(4 * rate) / rate
    burst = 0.2 * np.sin(2 * np.pi * 300 * time) * (1 + np.sin(2 * np.pi * 4 * time)) / 2
    sound[2 * rate : 6 * rate, 0] += burst
    sound[10 * rate : 14 * rate, 1] += burst
    file = io.BytesIO()
    sf.write(file, sound, rate, format="FLAC")
    file.seek(0)
    found = activity(file)
    ((start, end),) = found[Channel.CUSTOMER]
    assert abs(start - 2.0) < 0.2
    assert abs(end - 6.0) < 0.2
    ((start, end),) = found[Channel.MANAGER]
    assert abs(start - 10.0) < 0.2
    assert abs(end - 14.0) < 0.2


def test_activity_of_silence_and_of_nothing() -> None:
    """Digital silence is no speech; a file without samples is none either."""
    assert speech_spans(np.full(100, -120.0, dtype=np.float32)) == []
    assert speech_spans(np.zeros(0, dtype=np.float32)) == []
    file = io.BytesIO()
    sf.write(file, np.zeros((0, 2)), 8000, format="WAV")
    file.seek(0)
    assert activity(file) == {Channel.CUSTOMER: [], Channel.MANAGER: []}
