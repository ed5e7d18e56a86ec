"""Sounds of telephone networks, made for tests. Samples of 8 kHz."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

RATE_HZ = 8000
Samples = NDArray[np.int16]


def tone(seconds: float, *hz: float, peak: float = 5000) -> Samples:
    """Return a tone of one or more frequencies, each at `peak`."""
    ticks = np.arange(round(seconds * RATE_HZ)) / RATE_HZ
    return sum((peak * np.sin(2 * np.pi * one * ticks) for one in hz), np.zeros(len(ticks))).astype(
        np.int16
    )


def silence(seconds: float) -> Samples:
    return np.zeros(round(seconds * RATE_HZ), dtype=np.int16)


def cadence(times: int, on_s: float, off_s: float, *hz: float, peak: float = 5000) -> Samples:
    """Return a tone that is on and off `times` times."""
    return np.tile(np.concatenate([tone(on_s, *hz, peak=peak), silence(off_s)]), times)


def information(*hz: float) -> Samples:
    """Return a special information tone."""
    return np.concatenate([tone(0.33, one) for one in (hz or (950, 1400, 1800))])


def noisy(samples: Samples, rms: float, seed: int = 1) -> Samples:
    """Return `samples` with noise."""
    noise = np.random.default_rng(seed).normal(0, rms, len(samples))
    return np.clip(samples + noise, -32768, 32767).astype(np.int16)


def speech(seconds: float, seed: int = 2) -> Samples:
    """Return what has the rhythm and the harmonics of a voice, and says nothing."""
    rng = np.random.default_rng(seed)
    ticks = np.arange(round(seconds * RATE_HZ))
    pitch = 120 + 30 * np.sin(2 * np.pi * 0.7 * ticks / RATE_HZ)
    phase = 2 * np.pi * np.cumsum(pitch) / RATE_HZ
    voice = sum(np.sin(order * phase) / order for order in range(1, 25))
    syllables = np.interp(ticks, np.arange(0, len(ticks), 800), rng.random(-(-len(ticks) // 800)))
    return np.asarray(2500 * voice * syllables, dtype=np.int16)
