"""The small copy of a recording for listening: Opus in Ogg, or MP3, both channels.

It is made of the same samples as the master, in the same pass.
"""

from __future__ import annotations

import ctypes
from dataclasses import dataclass
from enum import StrEnum
from typing import BinaryIO, Final, Protocol

import numpy as np
from numpy.typing import NDArray

from recordings.finishing import libopus
from recordings.finishing.libopus import OpusEncoder
from recordings.finishing.sound_file import CHANNELS, SoundFileWriter, write_all
from voicegw.media import ogg, opus


class ListenFormat(StrEnum):
    """What is made for listening beside the master."""

    OPUS = "opus"
    MP3 = "mp3"
    FLAC = "flac"
    """Nothing: the master is listened to."""


@dataclass(frozen=True, slots=True)
class _Form:
    media_type: str
    container: str
    coding: str


_FORMS: Final = {
    ListenFormat.OPUS: _Form("audio/ogg", "OGG", "OPUS"),
    ListenFormat.MP3: _Form("audio/mpeg", "MP3", "MPEG_LAYER_III"),
}


_PACKET_MS: Final = 60
"""Three frames a packet: fewer packets cost less, and any player takes them."""
_BITS_PER_SAMPLE: Final = 5
"""40 kbit/s at 8 kHz. With less, libopus lets each channel be heard in the other, 16 dB down."""
_COMPLEXITY: Final = 0
"""Ten times cheaper than the greatest, and not told from it where sound came by telephone."""


class SoundWriter(Protocol):
    """Takes the sound of a recording into one file. Every method raises OSError."""

    def write(self, block: NDArray[np.int16]) -> None:
        """Append a block of shape (samples, 2)."""
        ...

    def close(self) -> None:
        """Complete the file."""
        ...

    def abandon(self) -> None:
        """Let go of it: the file is thrown away."""
        ...


class OpusWriter:
    """Writes Opus in Ogg to `stream`, by the system's own library."""

    def __init__(self, stream: BinaryIO, rate_hz: int, library: ctypes.CDLL) -> None:
        """Begin the file. Raises OSError."""
        self._stream = stream
        self._packet_samples = rate_hz * _PACKET_MS // 1000
        self._ticks_per_sample = opus.CLOCK_HZ // rate_hz
        self._encoder = OpusEncoder(
            library, rate_hz, CHANNELS, bit_rate=_BITS_PER_SAMPLE * rate_hz, complexity=_COMPLEXITY
        )
        self._skip_ticks = self._encoder.lookahead * self._ticks_per_sample
        self._pages = ogg.OggPages(rate_hz=rate_hz, channels=CHANNELS, skip_ticks=self._skip_ticks)
        self._rest: NDArray[np.int16] = np.zeros((0, CHANNELS), dtype=np.int16)
        try:
            write_all(stream, self._pages.begin())
        except OSError:
            self._encoder.close()
            raise

    def write(self, block: NDArray[np.int16]) -> None:
        """Append a block of shape (samples, 2)."""
        samples = np.ascontiguousarray(np.concatenate([self._rest, block]))
        size = self._packet_samples
        whole = len(samples) // size * size
        for place in range(0, whole, size):
            self._add(samples[place : place + size])
        self._rest = samples[whole:]

    def close(self) -> None:
        """Complete the file: what the encoder holds back is pushed out by silence."""
        left = len(self._rest) + self._encoder.lookahead
        packets = -(-left // self._packet_samples)
        surplus = packets * self._packet_samples - left
        silence = np.zeros((packets * self._packet_samples - len(self._rest), CHANNELS), np.int16)
        self.write(silence)
        self._encoder.close()
        write_all(self._stream, self._pages.end(surplus * self._ticks_per_sample))

    def abandon(self) -> None:
        """Let go of the encoder."""
        self._encoder.close()

    def _add(self, samples: NDArray[np.int16]) -> None:
        packet = self._encoder.encode(samples)
        page = self._pages.add(packet, len(samples) * self._ticks_per_sample)
        write_all(self._stream, page)


def media_type(wanted: ListenFormat) -> str:
    """Return the media type of a listening copy. Raises KeyError for flac, which has none."""
    return _FORMS[wanted].media_type


def listening_writer(stream: BinaryIO, rate_hz: int, wanted: ListenFormat) -> SoundWriter:
    """Return what writes a listening copy to `stream`. Raises OSError when the disk refuses."""
    form = _FORMS[wanted]
    library = libopus.load() if wanted is ListenFormat.OPUS else None
    if library is not None:
        return OpusWriter(stream, rate_hz, library)
    return SoundFileWriter(stream, rate_hz, container=form.container, coding=form.coding)
