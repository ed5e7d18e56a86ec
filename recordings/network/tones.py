"""Which signal tone a telephone network plays: busy, congestion, ring-back … Pure.

Each 10 ms a window of 50 ms is asked, by Goertzel's measure (one term of a discrete Fourier
transform), how much of its power lies at the frequencies of a tone. The lengths of what is on and
off are then compared with the cadences of ITU-T E.180 and its Supplement 2 (the tones in use, by
country), and the special information tone is looked for (E.180 §6: 950, 1400, 1800 Hz, a third of a
second each).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

RATE_HZ: Final = 8000
_WINDOW: Final = 400
_HOP: Final = 80
_HOP_MS: Final = 10
_LEAST_RMS: Final = 100.0
"""About -50 dBm0: quieter is silence."""
_SHARE: Final = 0.65
"""How much of a window's power must be the tone's, which may be 10 Hz off: that costs 1.4 dB."""
_EACH: Final = 0.2
"""How much each of two frequencies must have."""
_EDGE: Final = 0.25
"""A window with less of a tone's usual power is half silent already."""
_EDGE_S: Final = 0.015
_BESIDE: Final = 0.01
"""Between two signals: what is 20 dB below them is the line's own noise."""
_CLOSE: Final = 0.2
"""How far a cadence may be off, of its length."""
_GLITCH: Final = 3
"""Windows: a shorter run is noise, or an edge."""


class Tone(StrEnum):
    """What a network tells by a tone."""

    INFORMATION = "special-information"
    """Three rising tones before an announcement: the call can't be completed as dialled."""
    UNOBTAINABLE = "number-unobtainable"
    BUSY = "busy"
    CONGESTION = "congestion"
    RINGBACK = "ringback"


@dataclass(frozen=True, slots=True)
class Cadence:
    """A tone of one or two frequencies that is on and off for so long, over and over."""

    tone: Tone
    hz: tuple[int, ...]
    on_s: float
    off_s: float
    cycles: int = 3
    """How often it must be heard."""


_CHINA: Final = (
    Cadence(Tone.BUSY, (450,), 0.35, 0.35),
    Cadence(Tone.CONGESTION, (450,), 0.7, 0.7),
    Cadence(Tone.UNOBTAINABLE, (450,), 0.1, 0.1),
    Cadence(Tone.RINGBACK, (450,), 1.0, 4.0, 1),
)
_NORTH_AMERICA: Final = (
    Cadence(Tone.BUSY, (480, 620), 0.5, 0.5),
    Cadence(Tone.CONGESTION, (480, 620), 0.25, 0.25),
    Cadence(Tone.RINGBACK, (440, 480), 2.0, 4.0, 1),
)
_RECOMMENDED: Final = (
    Cadence(Tone.BUSY, (425,), 0.5, 0.5),
    Cadence(Tone.CONGESTION, (425,), 0.25, 0.25),
    Cadence(Tone.RINGBACK, (425,), 1.0, 4.0, 1),
)
CADENCES: Final[Mapping[str, Sequence[Cadence]]] = {
    "CN": _CHINA,
    "US": _NORTH_AMERICA,
    "CA": _NORTH_AMERICA,
}
"""By region (ISO 3166); all others: what E.180 recommends."""

_INFORMATION_HZ: Final = ((914, 950, 985), (1371, 1400, 1429), (1777, 1800))
"""The three parts of the special information tone, with the variants of North America."""
_INFORMATION_S: Final = (0.2, 0.5)
_INFORMATION_GAP_S: Final = 0.1


@dataclass(frozen=True, slots=True)
class Signals:
    """What was heard: tones in the order of :class:`Tone`, each once, and how much else."""

    tones: tuple[Tone, ...]
    other_s: float
    """Seconds of sound that is no tone of a network: speech, music, noise."""


def signals(samples: NDArray[np.int16], region: str = "CN") -> Signals:
    """Return what there is in `samples` (8 kHz); `region` says whose cadences to look for."""
    if len(samples) < _WINDOW:
        return Signals((), 0.0)
    windows = np.lib.stride_tricks.sliding_window_view(samples, _WINDOW)[::_HOP]
    power = _Power(windows.astype(np.float64) * np.hanning(_WINDOW))
    found = {Tone.INFORMATION} if _has_information(power) else set()
    cadences = CADENCES.get(region, _RECOMMENDED)
    of_tones = np.zeros(len(windows), dtype=np.bool_)
    for variants in _INFORMATION_HZ:
        of_tones |= power.is_one_of(variants)
    for hz in dict.fromkeys(one.hz for one in cadences):
        found |= _in_cadence(power, hz, [one for one in cadences if one.hz == hz])
        of_tones |= power.at(hz).sum(axis=1) >= _SHARE
    # Where a tone begins or ends, its windows hold other frequencies too.
    near_tones = np.convolve(of_tones, np.ones(2 * _WINDOW // _HOP + 1), "same") > 0
    other_s = float(np.count_nonzero(power.loud & ~near_tones)) * _HOP_MS / 1000
    return Signals(tuple(tone for tone in Tone if tone in found), other_s)


class _Power:
    """How much of each window's power lies where."""

    def __init__(self, windows: NDArray[np.float64]) -> None:
        self._windows = windows
        self._energy = np.einsum("ij,ij->i", windows, windows)
        self.loud = self._energy > 3 * _WINDOW / 8 * _LEAST_RMS**2

    def at(self, hz: Sequence[int]) -> NDArray[np.float64]:
        """Return the share of each window's power at each of `hz`, shape (windows, frequencies)."""
        turns = np.stack([_turns(one) for one in hz], axis=1)
        # A Hann window gives a tone 3/N of what all its power would be.
        shares = 3 * np.abs(self._windows @ turns) ** 2 / _WINDOW
        return np.asarray(shares / np.maximum(self._energy, 1.0)[:, None])

    def is_tone(self, hz: tuple[int, ...]) -> NDArray[np.bool_]:
        """Return which windows hold a tone of these frequencies together, at its usual power."""
        shares = self.at(hz)
        on: NDArray[np.bool_] = (
            self.loud & (shares.sum(axis=1) >= _SHARE) & (shares >= _EACH).all(axis=1)
        )
        if not on.any():
            return on
        usual = float(np.percentile(self._energy[on], 90))
        on &= self._energy >= _EDGE * usual
        return on

    def beside(self, on: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Return which windows are as loud as sound beside a tone that is `on`, not noise."""
        if not on.any():
            return np.asarray(self.loud)
        usual = float(np.percentile(self._energy[on], 90))
        return np.asarray(self.loud & (self._energy >= _BESIDE * usual))

    def is_one_of(self, hz: tuple[int, ...]) -> NDArray[np.bool_]:
        """Return which windows hold a tone of one of these frequencies."""
        loudest: NDArray[np.float64] = self.at(hz).max(axis=1)
        return np.asarray(self.loud & (loudest >= _SHARE))


@cache
def _turns(hz: int) -> NDArray[np.complex128]:
    return np.asarray(np.exp(-2j * np.pi * hz * np.arange(_WINDOW) / RATE_HZ))


@dataclass(frozen=True, slots=True)
class _Run:
    """Windows in a row that are alike."""

    on: bool
    start: int
    length: int

    @property
    def seconds(self) -> float:
        return self.length * _HOP_MS / 1000


def _runs(on: NDArray[np.bool_]) -> Iterator[_Run]:
    """Yield what is on and off in turn; what is too short belongs to what was before."""
    edges = np.flatnonzero(np.diff(on.astype(np.int8))) + 1
    starts = [0, *edges.tolist()]
    kept: list[_Run] = []
    for start, end in zip(starts, [*edges.tolist(), len(on)], strict=True):
        is_on = bool(on[start])
        if kept and (end - start < _GLITCH or kept[-1].on == is_on):
            last = kept[-1]
            kept[-1] = _Run(last.on, last.start, end - last.start)
        else:
            kept.append(_Run(is_on, start, end - start))
    yield from kept


def _in_cadence(power: _Power, hz: tuple[int, ...], cadences: Sequence[Cadence]) -> set[Tone]:
    """Return which cadences of a tone of `hz` are heard often enough."""
    on_tone = power.is_tone(hz)
    runs = list(_runs(on_tone))
    between = power.beside(on_tone)
    heard = dict.fromkeys(cadences, 0)
    for on, off in pairwise(runs):
        # Between two signals there is silence, or the noise of the line far below them: a melody
        # or a voice is no cadence.
        third = off.length // 3
        gap = between[off.start + third : off.start + off.length - third]
        if not on.on or gap.mean() > _EACH:
            continue
        near = min(cadences, key=lambda one: _distance(one, on.seconds, off.seconds))
        if _distance(near, on.seconds, off.seconds) <= _CLOSE:
            heard[near] += 1
    return {one.tone for one, times in heard.items() if times >= one.cycles}


def _distance(cadence: Cadence, on_s: float, off_s: float) -> float:
    """Return how far off a signal is, of the cadence's length; its edges are not known exactly."""
    pairs = ((on_s, cadence.on_s), (off_s, cadence.off_s))
    return max(max(0.0, abs(is_s - meant_s) - _EDGE_S) / meant_s for is_s, meant_s in pairs)


def _has_information(power: _Power) -> bool:
    """Whether the three tones follow each other."""
    shortest_s, longest_s = _INFORMATION_S
    parts = [
        [
            run
            for run in _runs(power.is_one_of(hz))
            if run.on and shortest_s <= run.seconds <= longest_s
        ]
        for hz in _INFORMATION_HZ
    ]
    gap = round(_INFORMATION_GAP_S * 1000 / _HOP_MS)

    def follows(one: _Run, other: _Run) -> bool:
        return abs(other.start - (one.start + one.length)) <= gap

    return any(
        follows(first, second) and follows(second, third)
        for first in parts[0]
        for second in parts[1]
        for third in parts[2]
    )
