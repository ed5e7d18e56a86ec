"""Serves a stored recording in another form: as WAV, whole or one channel of it.

A WAV's size is known before anything is decoded, so that it can be served with a length and by
ranges of bytes like the file it is made from. FLAC itself is served as the bytes it is
(`LocalStorage.read`).
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from typing import Final

import numpy as np
import soundfile

from voicegw.errors import NotFoundError, RecordingError

_HEADER: Final = struct.Struct("<4sI4s4sIHHIIHH4sI")
_SAMPLE_BYTES: Final = 2
_PCM: Final = 1
_BLOCK_FRAMES: Final = 16_000


class Channel(StrEnum):
    """Whose voice to serve."""

    BOTH = "both"
    CUSTOMER = "customer"
    MANAGER = "manager"


_COLUMN: Final = {Channel.CUSTOMER: 0, Channel.MANAGER: 1}


class WavView:
    """A recording seen as a WAV file of 16-bit samples; decodes only what is read."""

    def __init__(self, path: Path, channel: Channel = Channel.BOTH) -> None:
        """Look at the recording at `path`.

        Raises NotFoundError when there is none, RecordingError when it can't be decoded or has no
        such channel.
        """
        if not path.is_file():
            raise NotFoundError("recording file", path.name)
        try:
            facts = soundfile.info(path)
        except soundfile.LibsndfileError as error:
            raise RecordingError("the recording can't be decoded") from error
        if channel is not Channel.BOTH and facts.channels != len(_COLUMN):
            raise RecordingError("the recording has no separate channels")
        self._path = path
        self._channel = channel
        self.channels = facts.channels if channel is Channel.BOTH else 1
        self.sample_rate_hz = int(facts.samplerate)
        self._frame_bytes = _SAMPLE_BYTES * self.channels
        self._data_bytes = int(facts.frames) * self._frame_bytes
        self.size_bytes = _HEADER.size + self._data_bytes

    def read(self, start: int = 0, length: int | None = None) -> Iterator[bytes]:
        """Yield the bytes from `start` on, `length` of them or to the end, in blocks.

        Blocking: run it in a thread. Raises RecordingError when decoding fails on the way.
        """
        end = self.size_bytes if length is None else min(start + length, self.size_bytes)
        if start < _HEADER.size:
            yield self._header()[start : min(end, _HEADER.size)]
        first = max(start - _HEADER.size, 0)
        last = end - _HEADER.size
        if last > first:
            yield from self._samples(first, last)

    def _samples(self, first: int, last: int) -> Iterator[bytes]:
        """Yield the bytes `first` to `last` (exclusive) of the sample data."""
        frame, skip = divmod(first, self._frame_bytes)
        left = last - first
        try:
            with soundfile.SoundFile(self._path) as sound:
                sound.seek(frame)
                while left > 0:
                    block = sound.read(_BLOCK_FRAMES, dtype="int16", always_2d=True)
                    if not len(block):
                        raise RecordingError("the recording is shorter than its header says")
                    if self._channel is not Channel.BOTH:
                        block = block[:, _COLUMN[self._channel]]
                    data = np.ascontiguousarray(block, dtype="<i2").tobytes()[skip : skip + left]
                    skip = 0
                    left -= len(data)
                    yield data
        except soundfile.LibsndfileError as error:
            raise RecordingError("the recording can't be decoded") from error

    def _header(self) -> bytes:
        return _HEADER.pack(
            b"RIFF",
            _HEADER.size - 8 + self._data_bytes,
            b"WAVE",
            b"fmt ",
            16,
            _PCM,
            self.channels,
            self.sample_rate_hz,
            self.sample_rate_hz * self._frame_bytes,
            self._frame_bytes,
            8 * _SAMPLE_BYTES,
            b"data",
            self._data_bytes,
        )
