"""Cutting at pauses, by a detector that the test plays."""

from __future__ import annotations

import random
from collections.abc import Sequence

import numpy as np
import pytest

from recordings.transcription.cutting import (
    FRAME_SAMPLES,
    Cut,
    CuttingRules,
    SpeechCutter,
)

RULES = CuttingRules()


def sound(speech: Sequence[bool]) -> np.ndarray[tuple[int], np.dtype[np.int16]]:
    """Return frames whose samples say their number (speech) or are 0."""
    frames = [
        np.full(FRAME_SAMPLES, number + 1 if is_speech else 0, np.int16)
        for number, is_speech in enumerate(speech)
    ]
    return np.concatenate(frames)


def cuts_of(speech: Sequence[bool], rules: CuttingRules = RULES, piece: int = 777) -> list[Cut]:
    """Cut what comes in pieces of `piece` samples."""
    samples = sound(speech)
    cutter = SpeechCutter(any, rules)
    cuts = []
    for start in range(0, len(samples), piece):
        cuts += cutter.push(samples[start : start + piece])
    return cuts + cutter.flush()


def frames(cut: Cut) -> tuple[int, int]:
    """Return the first frame of a cut and the one after its last."""
    assert cut.start % FRAME_SAMPLES == 0
    return cut.start // FRAME_SAMPLES, (cut.start + len(cut.samples)) // FRAME_SAMPLES


def talk(*spans: tuple[int, int], length: int = 200) -> list[bool]:
    """Return speech in spans of frames."""
    return [any(start <= number < stop for start, stop in spans) for number in range(length)]


def test_silence_gives_nothing() -> None:
    assert cuts_of([False] * 300) == []
    assert SpeechCutter(any).flush() == []


def test_a_segment_has_padding_at_both_ends() -> None:
    (cut,) = cuts_of(talk((50, 60)))
    assert frames(cut) == (43, 67)


def test_a_short_pause_does_not_cut_and_a_long_one_does() -> None:
    assert len(cuts_of(talk((50, 60), (60 + RULES.hangover - 1, 80)))) == 1
    assert [frames(cut) for cut in cuts_of(talk((50, 60), (60 + RULES.hangover, 90)))] == [
        (43, 67),
        (68, 97),
    ]


def test_neither_beginning_nor_end_has_more_than_there_is() -> None:
    assert [frames(cut) for cut in cuts_of(talk((0, 5), (195, 200)))] == [(0, 12), (188, 200)]
    assert [frames(cut) for cut in cuts_of(talk((190, 196)))] == [(183, 200)]


def test_a_click_is_no_speech() -> None:
    assert cuts_of(talk((50, 50 + RULES.least_speech - 1))) == []
    assert len(cuts_of(talk((50, 50 + RULES.least_speech)))) == 1


def test_who_never_pauses_is_cut_where_it_is_quietest() -> None:
    rules = CuttingRules(longest=50, search=20)
    loud = np.full((120, FRAME_SAMPLES), 1000, np.int16)
    loud[40] = 10
    cutter = SpeechCutter(lambda _frame: True, rules)
    found = cutter.push(loud.reshape(-1)) + cutter.flush()
    assert frames(found[0]) == (0, 40)
    joined = np.concatenate([cut.samples for cut in found])
    assert np.array_equal(joined, loud.reshape(-1))  # nothing lost, nothing twice
    assert all(len(cut.samples) <= 50 * FRAME_SAMPLES for cut in found)


@pytest.mark.parametrize("seed", range(20))
def test_whatever_is_said_is_in_exactly_one_segment(seed: int) -> None:
    rng = random.Random(seed)
    speech: list[bool] = []
    while len(speech) < 600:
        speech += [rng.random() < 0.5] * rng.randint(1, 40)
    rules = CuttingRules(least_speech=1, longest=100, search=20)
    found = cuts_of(speech, rules, piece=rng.randint(100, 5000))
    covered: list[int] = []
    for cut in found:
        start, stop = frames(cut)
        covered += range(start, stop)
        expected = sound(speech)[start * FRAME_SAMPLES : stop * FRAME_SAMPLES]
        assert np.array_equal(cut.samples, expected)
    assert len(covered) == len(set(covered))
    assert {number for number, is_speech in enumerate(speech) if is_speech} <= set(covered)


@pytest.mark.parametrize("quietest", range(1, 15))
def test_a_pause_at_the_longest_length_neither_faults_nor_moves_what_follows(quietest: int) -> None:
    """Cut in the pause, a segment leaves silence behind that is no segment of its own."""
    last = RULES.longest - 15
    cutter = SpeechCutter(lambda frame: max(np.frombuffer(frame, np.int16)) > 100)
    loudness = [1000] * (last + 1) + [50] * 60 + [1000] * 40 + [50] * 60
    loudness[last + quietest] = 1
    cuts = []
    for value in loudness:
        cuts += cutter.push(np.full(FRAME_SAMPLES, value, np.int16))
    first, second = (frames(cut) for cut in [*cuts, *cutter.flush()])
    assert first == (0, last + quietest)
    assert second == (last + 1 + 60 - RULES.padding, last + 1 + 60 + 40 + RULES.padding)
