from __future__ import annotations

import numpy as np
import pytest

from ivr.g711 import encode_alaw
from recordings.finishing.g711 import ALAW_LEVELS, decode
from recordings.network.tones import Tone, signals
from tests.unit.recordings.network.sounds import (
    Samples,
    cadence,
    information,
    noisy,
    silence,
    speech,
    tone,
)


def tones(samples: Samples, region: str = "CN") -> list[Tone]:
    return list(signals(samples, region).tones)


CASES: dict[str, tuple[str, Samples, list[Tone]]] = {
    "busy in China": ("CN", cadence(6, 0.35, 0.35, 450), [Tone.BUSY]),
    "congestion in China": ("CN", cadence(4, 0.7, 0.7, 450), [Tone.CONGESTION]),
    "ring-back in China": ("CN", cadence(3, 1.0, 4.0, 450), [Tone.RINGBACK]),
    "no such number in China": ("CN", cadence(12, 0.1, 0.1, 450), [Tone.UNOBTAINABLE]),
    "busy in America": ("US", cadence(5, 0.5, 0.5, 480, 620), [Tone.BUSY]),
    "reorder in America": ("US", cadence(8, 0.25, 0.25, 480, 620), [Tone.CONGESTION]),
    "ring-back in America": ("US", cadence(2, 2.0, 4.0, 440, 480), [Tone.RINGBACK]),
    "busy as recommended": ("DE", cadence(5, 0.5, 0.5, 425), [Tone.BUSY]),
    "congestion as recommended": ("DE", cadence(8, 0.25, 0.25, 425), [Tone.CONGESTION]),
    "information": ("CN", information(), [Tone.INFORMATION]),
    "information in America": ("US", information(985.2, 1428.5, 1776.7), [Tone.INFORMATION]),
    "ring-back, then busy": (
        "CN",
        np.concatenate([cadence(2, 1.0, 4.0, 450), cadence(5, 0.35, 0.35, 450)]),
        [Tone.BUSY, Tone.RINGBACK],
    ),
}


@pytest.mark.parametrize("what", CASES)
def test_tones_are_told_by_frequency_and_cadence(what: str) -> None:
    region, samples, expected = CASES[what]
    assert tones(samples, region) == expected
    padded = np.concatenate([silence(0.73), samples, silence(0.4)])
    assert tones(padded, region) == expected
    assert tones(decode(encode_alaw(noisy(padded, 60)), ALAW_LEVELS), region) == expected


@pytest.mark.parametrize("peak", [300, 900, 10_000])
def test_level_does_not_matter(peak: float) -> None:
    assert tones(cadence(5, 0.35, 0.35, 450, peak=peak)) == [Tone.BUSY]


def test_the_noise_of_a_line_is_no_voice() -> None:
    """25 dB below the tone: what is between two signals is louder than what counts as silence."""
    assert tones(noisy(cadence(6, 0.35, 0.35, 450), 200)) == [Tone.BUSY]


@pytest.mark.parametrize("hz", [440, 445, 455, 460])
@pytest.mark.parametrize("stretch", [0.92, 1.08])
def test_networks_are_not_exact(hz: float, stretch: float) -> None:
    assert tones(cadence(6, 0.35 * stretch, 0.35 * stretch, hz)) == [Tone.BUSY]


@pytest.mark.parametrize(
    "samples",
    [
        silence(5),
        noisy(silence(5), 400),
        speech(8),
        tone(5, 450),
        cadence(2, 0.35, 0.35, 450),
        cadence(6, 0.35, 0.35, 700),
        cadence(6, 0.2, 1.3, 450),
        np.concatenate([np.concatenate([tone(0.35, 450), tone(0.35, 700)])] * 6),
        np.concatenate([tone(0.33, 950), tone(0.33, 1800), tone(0.33, 1400)]),
        np.concatenate([tone(0.33, 950), tone(0.33, 1400)]),
        silence(0.01),
    ],
    ids=str.split("silence noise speech dial two pitch rhythm melody order part nothing"),
)
def test_nothing_else_is_a_tone(samples: Samples) -> None:
    assert tones(samples) == []


def test_how_much_is_no_tone() -> None:
    busy, voice = cadence(6, 0.35, 0.35, 450), speech(3)
    assert signals(busy).other_s < 0.3
    assert 1.5 < signals(np.concatenate([busy, voice])).other_s <= 3.1
    assert signals(information()).other_s < 0.2
