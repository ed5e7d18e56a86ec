"""Digits heard in the sound itself: two Goertzel filters' worth of ITU-T Q.23 and Q.24. Pure.

It costs some 5 ms of CPU a second, so it runs only while a flow waits for digits of a leg whose far
end takes no telephone events.
"""

from __future__ import annotations

import math
from typing import Final

from voicegw.media import g711
from voicegw.media.dtmf import FREQUENCIES_HZ

#: 12.75 ms: two whole blocks fit into the shortest tone that must be taken (40 ms, Q.24).
BLOCK_SAMPLES: Final = 102
_HITS_NEEDED: Final = 2
_MISSES_NEEDED: Final = 2
#: -34 dBm0 or so: what is quieter is no digit.
_MIN_ENERGY: Final = BLOCK_SAMPLES * 400**2
#: The two tones must hold this part of the block's energy; speech spreads it.
_MIN_TONE_SHARE: Final = 0.70
_MAX_NORMAL_TWIST: Final = 6.3
_MAX_REVERSE_TWIST: Final = 4.0
#: The strongest of a group must exceed each other one by 8 dB.
_MIN_PEAK: Final = 6.3

_ROWS_HZ: Final = (697, 770, 852, 941)
_COLUMNS_HZ: Final = (1209, 1336, 1477, 1633)
_DIGIT_OF: Final = {pair: digit for digit, pair in FREQUENCIES_HZ.items()}


def _coefficient(frequency_hz: int) -> float:
    return 2 * math.cos(2 * math.pi * frequency_hz / 8000)


_ROW_COEFFICIENTS: Final = tuple(_coefficient(f) for f in _ROWS_HZ)
_COLUMN_COEFFICIENTS: Final = tuple(_coefficient(f) for f in _COLUMNS_HZ)


class InbandDetector:
    """Finds digits in one leg's sound; each press is reported once, when it is certain."""

    __slots__ = ("_candidate", "_hits", "_misses", "_pending", "_pressed")

    def __init__(self) -> None:
        """Begin in silence."""
        self._pending: list[int] = []
        self._candidate: str | None = None
        self._hits = 0
        self._misses = 0
        self._pressed: str | None = None

    @property
    def is_sounding(self) -> bool:
        """Whether the sound taken last is that of a digit, or may become one."""
        return self._pressed is not None or self._candidate is not None

    def feed(self, payload: bytes, law: g711.Law) -> list[str]:
        """Take the next sound in order; return the digits whose press it made certain."""
        self._pending.extend(g711.decode(payload, law))
        found = []
        start = 0
        while start + BLOCK_SAMPLES <= len(self._pending):
            digit = self._step(classify(self._pending[start : start + BLOCK_SAMPLES]))
            if digit is not None:
                found.append(digit)
            start += BLOCK_SAMPLES
        del self._pending[:start]
        return found

    def _step(self, heard: str | None) -> str | None:
        """Take one block's digit; a press begins after two equal ones, ends after two others."""
        if heard is not None and heard == self._candidate:
            self._hits += 1
        else:
            self._candidate = heard
            self._hits = 1
        if heard == self._pressed:
            self._misses = 0
            return None
        self._misses += 1
        if heard is not None and self._hits >= _HITS_NEEDED:
            self._pressed = heard
            self._misses = 0
            return heard
        if self._misses >= _MISSES_NEEDED:
            self._pressed = None
        return None


def classify(samples: list[int]) -> str | None:
    """Return the digit that one block of linear samples sounds like, or None."""
    energy = sum(sample * sample for sample in samples)
    if energy < _MIN_ENERGY:
        return None
    rows = [_power(samples, coefficient) for coefficient in _ROW_COEFFICIENTS]
    row = rows.index(max(rows))
    if not _stands_out(rows, row):
        return None
    columns = [_power(samples, coefficient) for coefficient in _COLUMN_COEFFICIENTS]
    column = columns.index(max(columns))
    if not _stands_out(columns, column):
        return None
    low, high = rows[row], columns[column]
    if high > low * _MAX_NORMAL_TWIST or low > high * _MAX_REVERSE_TWIST:
        return None
    if low + high < _MIN_TONE_SHARE * energy * len(samples) / 2:
        return None
    return _DIGIT_OF[_ROWS_HZ[row], _COLUMNS_HZ[column]]


def _power(samples: list[int], coefficient: float) -> float:
    """Return the squared magnitude of one frequency (Goertzel)."""
    before = 0.0
    last = 0.0
    for sample in samples:
        before, last = last, sample + coefficient * last - before
    return before * before + last * last - coefficient * before * last


def _stands_out(powers: list[float], index: int) -> bool:
    return all(powers[index] >= _MIN_PEAK * power for i, power in enumerate(powers) if i != index)
