"""How loud a prompt is: own recordings are brought to the level of those that are shipped. Pure.

The level is that of active speech: pauses don't count, as in ITU-T P.56, of which this is a plain
form with frames of 20 ms and a threshold below the loudest ones.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

LEVEL_DBFS: Final = -20.0
"""RMS of the active parts, 0 dBFS being the RMS of a full square wave."""
PEAK_DBFS: Final = -1.5
MAX_GAIN_DB: Final = 30.0
"""A recording that needs more is noise rather than quiet."""
FLOOR_DBFS: Final = -70.0
"""Below it nothing can be heard over a telephone."""

_ACTIVE_WITHIN_DB: Final = 25.0
_CLICK_DB: Final = 6.0
"""So far above the loudest speech a frame counts: a click is not to make all the rest quiet."""
_FRAMES_PER_S: Final = 50
_STEPS_PER_S: Final = 200
_FULL: Final = 32768.0


def active_level_dbfs(samples: NDArray[np.float32], rate_hz: int) -> float | None:
    """Return the level of the parts that are not pauses; None when nothing can be heard.

    `samples` are mono, one full scale being 1.0.
    """
    power = _frame_powers(samples, rate_hz // _FRAMES_PER_S)
    if not len(power):
        return None
    loud = float(np.percentile(power, 95))
    if loud < _power(FLOOR_DBFS):
        return None
    active = power[power >= loud * _power(-_ACTIVE_WITHIN_DB)].clip(max=loud * _power(_CLICK_DB))
    return 10.0 * float(np.log10(active.mean()))


def levelled(samples: NDArray[np.float32], rate_hz: int) -> NDArray[np.int16] | None:
    """Return the sound at LEVEL_DBFS, its peaks below PEAK_DBFS; None when nothing can be heard."""
    level = active_level_dbfs(samples, rate_hz)
    if level is None:
        return None
    gain = 10.0 ** (min(LEVEL_DBFS - level, MAX_GAIN_DB) / 20.0)
    limited = _limited(samples * np.float32(gain), rate_hz // _STEPS_PER_S)
    return np.asarray(np.rint(limited * (_FULL - 1)), dtype=np.int16)


def _limited(samples: NDArray[np.float32], step: int) -> NDArray[np.float32]:
    """Turn the sound down around its peaks, gradually within `step` samples on either side.

    Each step needs a gain; at the border of two steps the smaller one holds, and between borders
    it changes evenly, so it is nowhere above what its step needs.
    """
    ceiling = 10.0 ** (PEAK_DBFS / 20.0)
    padded = np.pad(np.abs(samples), (0, -len(samples) % step)).reshape(-1, step)
    needed = np.minimum(1.0, ceiling / np.maximum(padded.max(axis=1), 1e-9))
    if needed.min() >= 1.0:
        return samples
    ends = np.concatenate((needed[:1], np.minimum(needed[1:], needed[:-1]), needed[-1:]))
    at = np.arange(len(samples), dtype=np.float32) / np.float32(step)
    gains = np.interp(at, np.arange(len(ends)), ends).astype(np.float32)
    return np.asarray(samples * gains, dtype=np.float32)


def _frame_powers(samples: NDArray[np.float32], length: int) -> NDArray[np.float64]:
    """Return the mean square of each frame; a short sound is one frame."""
    if len(samples) < length:
        samples = np.pad(samples, (0, length - len(samples))) if len(samples) else samples
    whole = samples[: len(samples) // length * length].reshape(-1, length)
    return np.asarray(np.square(whole).mean(axis=1, dtype=np.float64))


def _power(level_db: float) -> float:
    return float(10.0 ** (level_db / 10.0))
