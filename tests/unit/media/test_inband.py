from __future__ import annotations

import math
import random

import pytest

from voicegw.media import dtmf, g711
from voicegw.media.g711 import Law
from voicegw.media.inband import BLOCK_SAMPLES, InbandDetector, classify


def two_tones(low_hz: float, high_hz: float, low: float, high: float, samples: int) -> list[int]:
    return [
        int(
            low * math.sin(2 * math.pi * low_hz * n / 8000)
            + high * math.sin(2 * math.pi * high_hz * n / 8000 + 1)
        )
        for n in range(samples)
    ]


def hear(samples: list[int], law: Law = Law.PCMA, frame: int = 160) -> str:
    detector = InbandDetector()
    data = g711.encode(samples, law)
    found = []
    for start in range(0, len(data), frame):
        found += detector.feed(data[start : start + frame], law)
    return "".join(found)


SILENCE_50_MS = [0] * 400


@pytest.mark.parametrize("law", list(Law))
@pytest.mark.parametrize("frame", [80, 160, 240])
def test_each_digit_once(law: Law, frame: int) -> None:
    samples: list[int] = []
    for digit in dtmf.DIGITS:
        samples += g711.decode(dtmf.tone(digit, law), law) + SILENCE_50_MS
    assert hear(samples, law, frame) == dtmf.DIGITS


def test_a_repeated_digit_counts_twice_and_a_held_one_once() -> None:
    tone = two_tones(770, 1336, 6000, 6000, 480)
    assert hear(tone + SILENCE_50_MS + tone) == "55"
    assert hear(two_tones(770, 1336, 6000, 6000, 8000)) == "5"


@pytest.mark.parametrize("offset", range(0, 102, 17))
def test_forty_milliseconds_are_enough(offset: int) -> None:
    assert hear([0] * offset + two_tones(941, 1477, 5000, 5000, 320) + SILENCE_50_MS) == "#"


@pytest.mark.parametrize("shift", [0.985, 1.015])
def test_tones_within_one_and_a_half_per_cent_count(shift: float) -> None:
    for digit, (low, high) in dtmf.FREQUENCIES_HZ.items():
        assert hear(two_tones(low * shift, high * shift, 6000, 6000, 640)) == digit


def test_twist_is_taken_within_bounds() -> None:
    assert hear(two_tones(697, 1209, 3000, 6000, 640)) == "1"
    assert hear(two_tones(697, 1209, 6000, 3600, 640)) == "1"
    assert hear(two_tones(697, 1209, 1500, 9000, 640)) == ""
    assert hear(two_tones(697, 1209, 9000, 1500, 640)) == ""


def test_quiet_single_and_foreign_tones_are_no_digits() -> None:
    assert hear(two_tones(697, 1209, 100, 100, 1600)) == ""
    assert hear(two_tones(697, 1209, 9000, 0, 1600)) == ""
    assert hear(two_tones(697, 1209, 0, 9000, 1600)) == ""
    assert hear(two_tones(440, 480, 6000, 6000, 1600)) == ""
    assert hear(two_tones(697, 770, 6000, 6000, 1600)) == ""


def test_noise_and_speech_like_sound_are_no_digits() -> None:
    noise = random.Random(1)
    assert hear([noise.randint(-8000, 8000) for _ in range(16_000)]) == ""
    voice = [
        int(sum(3000 / k * math.sin(2 * math.pi * 140 * k * n / 8000) for k in range(1, 20)))
        for n in range(16_000)
    ]
    assert hear(voice) == ""


def test_a_digit_in_noise_counts() -> None:
    noise = random.Random(2)
    samples = [s + noise.randint(-900, 900) for s in two_tones(852, 1209, 5000, 5000, 640)]
    assert hear(samples) == "7"


def test_one_block_alone_is_not_certain() -> None:
    block = two_tones(852, 1209, 5000, 5000, BLOCK_SAMPLES)
    assert classify(block) == "7"
    assert hear(block + SILENCE_50_MS) == ""
