"""A recording's audio in the form asked for, with every byte addressable.

The FLAC master is served as it lies. WAV is never written anywhere: its length follows from the
number of frames, and any part of it is decoded from the master when it is read. Everything here
blocks on the disk and is called from threads.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

import soundfile

from api.schemas.recordings import AudioFormat, Channel
from voicegw.errors import RecordingError

CHUNK_BYTES: Final = 1 << 16
_SAMPLE_BYTES: Final = 2
_CHANNEL_INDEX: Final = {Channel.CUSTOMER: 0, Channel.MANAGER: 1}
_MASTER_CHANNELS: Final = 2
_WAV_HEADER: Final = struct.Struct("<4sI4s4sIHHIIHH4sI")


class Audio(Protocol):
    """Audio of known size."""

    @property
    def size_bytes(self) -> int:
        """The size of the whole."""
        ...

    @property
    def media_type(self) -> str:
        """Its media type."""
        ...

    def read(self, start: int, stop: int) -> Iterator[bytes]:
        """Yield the bytes from `start` up to and without `stop`, in chunks."""
        ...


@dataclass(frozen=True, slots=True)
class FlacAudio:
    """The master as it lies on the disk."""

    path: Path
    size_bytes: int
    media_type: str = "audio/flac"

    def read(self, start: int, stop: int) -> Iterator[bytes]:
        """Yield the bytes from `start` up to and without `stop`."""
        with self.path.open("rb") as stream:
            stream.seek(start)
            left = stop - start
            while left > 0:
                chunk = stream.read(min(left, CHUNK_BYTES))
                if not chunk:
                    raise RecordingError("the recording's file became shorter while it was read")
                left -= len(chunk)
                yield chunk


@dataclass(frozen=True, slots=True)
class WavAudio:
    """16-bit WAV decoded from the master, of both channels or of one."""

    path: Path
    channel: Channel
    frames: int
    sample_rate_hz: int
    media_type: str = "audio/wav"

    @property
    def size_bytes(self) -> int:
        """The size of header and samples."""
        return _WAV_HEADER.size + self.frames * self._frame_bytes

    @property
    def _frame_bytes(self) -> int:
        return _SAMPLE_BYTES * (_MASTER_CHANNELS if self.channel is Channel.BOTH else 1)

    def read(self, start: int, stop: int) -> Iterator[bytes]:
        """Yield the bytes from `start` up to and without `stop`."""
        header = self._header()
        if start < len(header):
            yield header[start:stop]
        first_byte = max(start - len(header), 0)
        last_byte = stop - len(header)
        if last_byte > first_byte:
            yield from self._samples(first_byte, last_byte)

    def _header(self) -> bytes:
        """Return the canonical 44 bytes of a PCM WAV."""
        frame_bytes = self._frame_bytes
        data_bytes = self.frames * frame_bytes
        return _WAV_HEADER.pack(
            b"RIFF",
            _WAV_HEADER.size - 8 + data_bytes,
            b"WAVE",
            b"fmt ",
            16,
            1,
            frame_bytes // _SAMPLE_BYTES,
            self.sample_rate_hz,
            self.sample_rate_hz * frame_bytes,
            frame_bytes,
            8 * _SAMPLE_BYTES,
            b"data",
            data_bytes,
        )

    def _samples(self, start: int, stop: int) -> Iterator[bytes]:
        frame_bytes = self._frame_bytes
        skip = start % frame_bytes
        left = stop - start
        with soundfile.SoundFile(self.path) as sound:
            sound.seek(start // frame_bytes)
            while left > 0:
                frames = sound.read(CHUNK_BYTES // frame_bytes, dtype="int16", always_2d=True)
                if not len(frames):
                    raise RecordingError("the recording ended before its stated length")
                if self.channel is not Channel.BOTH:
                    frames = frames[:, _CHANNEL_INDEX[self.channel]]
                chunk = frames.astype("<i2").tobytes()[skip : skip + left]
                skip = 0
                left -= len(chunk)
                yield chunk


def open_audio(path: Path, audio_format: AudioFormat, channel: Channel) -> Audio | None:
    """Return the audio of the master at `path`; None when it is not available in this form.

    Raises FileNotFoundError, and RecordingError when the file is no stereo FLAC.
    """
    if audio_format is AudioFormat.FLAC and channel is Channel.BOTH:
        return FlacAudio(path, path.stat().st_size)
    if audio_format is not AudioFormat.WAV:
        return None
    if not path.is_file():
        raise FileNotFoundError(path.name)
    try:
        info = soundfile.info(path)
    except soundfile.LibsndfileError as error:
        raise RecordingError("the recording's file is damaged") from error
    if info.channels != _MASTER_CHANNELS:
        raise RecordingError("the recording's file has no two channels")
    return WavAudio(path, channel, info.frames, info.samplerate)
