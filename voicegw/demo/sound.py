"""What the lab's telephones say, and how to tell who was heard.

Each voice is a marker (a plain tone of its own frequency) and a few spoken digits, over and over:
the tone can be measured in any recording, the digits can be understood by a person.
"""

from __future__ import annotations

import wave
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

Samples = npt.NDArray[np.int16]

RATE_HZ = 8000
#: Neither DTMF (ITU-T Q.23) nor the 450 Hz of Chinese ring-back.
CUSTOMER_HZ = 580
MANAGER_HZ = 1060
_MARKER_S = 0.6
_PAUSE_S = 0.1
_MARKER_PEAK = 8000
_FRAME = 400
_AUDIBLE_RMS = 200
_PURITY = 0.5


@dataclass(frozen=True, slots=True)
class Voice:
    """A marker in Hz, and the WAV files spoken after it."""

    marker_hz: int
    words: tuple[Path, ...]

    def samples(self) -> Samples:
        """Return one round of it at 8 kHz, a whole number of 20 ms packets."""
        ticks = np.arange(int(_MARKER_S * RATE_HZ))
        tone = _MARKER_PEAK * np.sin(2 * np.pi * self.marker_hz * ticks / RATE_HZ)
        pause = np.zeros(int(_PAUSE_S * RATE_HZ), np.int16)
        parts = [tone.astype(np.int16), pause]
        for path in self.words:
            parts += [read_wav(path)[:, 0], pause]
        joined = np.concatenate(parts)
        return np.pad(joined, (0, -len(joined) % 160))


def read_wav(path: Path) -> Samples:
    """Return a 16-bit WAV file as (samples, channels)."""
    with wave.open(str(path), "rb") as stream:
        raw = stream.readframes(stream.getnframes())
        return np.frombuffer(raw, "<i2").astype(np.int16).reshape(-1, stream.getnchannels())


def write_wav(path: Path, samples: Samples) -> None:
    """Write one channel at 8 kHz."""
    with wave.open(str(path), "wb") as stream:
        stream.setnchannels(1)
        stream.setsampwidth(2)
        stream.setframerate(RATE_HZ)
        stream.writeframes(samples.astype("<i2").tobytes())


def tone_seconds(samples: Samples, frequency_hz: int) -> float:
    """Return for how many seconds `frequency_hz` makes up at least half of the sound's power."""
    usable = len(samples) // _FRAME * _FRAME
    frames = samples[:usable].astype(np.float64).reshape(-1, _FRAME)
    power = (frames**2).mean(axis=1)
    ticks = np.arange(_FRAME) * (2 * np.pi * frequency_hz / RATE_HZ)
    amplitude = np.abs(frames @ np.exp(-1j * ticks)) * 2 / _FRAME
    is_tone = (amplitude**2 / 2 >= _PURITY * power) & (power >= _AUDIBLE_RMS**2)
    return float(is_tone.sum()) * _FRAME / RATE_HZ


def heard(samples: Samples, voices: Sequence[Voice]) -> dict[int, float]:
    """Return the seconds for which each voice's marker is heard in one channel."""
    return {voice.marker_hz: round(tone_seconds(samples, voice.marker_hz), 2) for voice in voices}
