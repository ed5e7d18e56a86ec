"""The wave form of a recording, to be drawn: the least and the greatest sample of each 50 ms.

The file is the binary form of audiowaveform (BBC; doc/DataFormat.md there), version 2, eight bits,
which peaks.js reads as it is; all little-endian::

    version u32 = 2, flags u32 = 1 (eight bits), sample rate u32, samples a point u32,
    number of points u32, channels u32 = 2, then for each point and channel: min i8, max i8

Values are samples divided by 256. Pure.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from voicegw.errors import RecordingError

POINTS_PER_S: Final = 20
MEDIA_TYPE: Final = "application/vnd.audiowaveform"
_CHANNELS: Final = 2
_VERSION: Final = 2
_EIGHT_BITS: Final = 1
_SCALE_BITS: Final = 8
_HEAD: Final = struct.Struct("<6I")


@dataclass(frozen=True, slots=True)
class Peaks:
    """A wave form. `points` has the shape (points, channels, 2): least and greatest, int8."""

    sample_rate_hz: int
    samples_per_point: int
    points: NDArray[np.int8]

    def reduced(self, most: int) -> Peaks:
        """Return it in at most `most` points (1 or more), each spanning a whole number of ours."""
        count = len(self.points)
        step = -(-count // most)
        if step <= 1:
            return self
        begins = np.arange(0, count, step)
        least = np.minimum.reduceat(self.points[:, :, 0], begins, axis=0)
        greatest = np.maximum.reduceat(self.points[:, :, 1], begins, axis=0)
        return Peaks(
            self.sample_rate_hz,
            self.samples_per_point * step,
            np.stack([least, greatest], axis=2),
        )

    def encode(self) -> bytes:
        """Return the file."""
        return head(self.sample_rate_hz, self.samples_per_point, len(self.points)) + (
            self.points.tobytes()
        )


def decode(data: bytes) -> Peaks:
    """Return the wave form of a file. Raises RecordingError when it is none of ours."""
    if len(data) < _HEAD.size:
        raise RecordingError("the wave form is cut")
    version, flags, rate_hz, samples, count, channels = _HEAD.unpack_from(data)
    if (version, flags, channels) != (_VERSION, _EIGHT_BITS, _CHANNELS):
        raise RecordingError("the wave form has another layout")
    if len(data) != _HEAD.size + count * _CHANNELS * 2:
        raise RecordingError("the wave form is cut")
    points = np.frombuffer(data, dtype=np.int8, offset=_HEAD.size)
    return Peaks(rate_hz, samples, points.reshape(count, _CHANNELS, 2))


def head(rate_hz: int, samples_per_point: int, count: int) -> bytes:
    """Return the first bytes of a file of `count` points."""
    return _HEAD.pack(_VERSION, _EIGHT_BITS, rate_hz, samples_per_point, count, _CHANNELS)


class PeakMeter:
    """Makes points of the sound as it comes; holds at most one point's samples back."""

    def __init__(self, rate_hz: int) -> None:
        """Begin; `rate_hz` must be a multiple of the points a second."""
        self.samples_per_point = rate_hz // POINTS_PER_S
        self._rest: NDArray[np.int16] = np.zeros((0, _CHANNELS), dtype=np.int16)

    def feed(self, block: NDArray[np.int16]) -> NDArray[np.int8]:
        """Take a block of shape (samples, 2), return the points that are complete."""
        samples = np.concatenate([self._rest, block]) if len(self._rest) else block
        count = len(samples) // self.samples_per_point
        whole = count * self.samples_per_point
        self._rest = samples[whole:].copy()
        return _points(samples[:whole], count)

    def finish(self) -> NDArray[np.int8]:
        """Return the point of what is left, if anything."""
        rest, self._rest = self._rest, self._rest[:0]
        return _points(rest, 1 if len(rest) else 0)


def _points(samples: NDArray[np.int16], count: int) -> NDArray[np.int8]:
    """Return `count` points of samples shaped (samples, channels), each of as many samples."""
    if not count:
        return np.zeros((0, _CHANNELS, 2), dtype=np.int8)
    # Twenty times faster than along the strides of interleaved samples.
    lanes = np.ascontiguousarray(samples.T).reshape(_CHANNELS, count, len(samples) // count)
    ends = np.stack([lanes.min(axis=2), lanes.max(axis=2)], axis=2)
    return (ends >> _SCALE_BITS).astype(np.int8).transpose(1, 0, 2)
