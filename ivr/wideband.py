"""Encoding of linear samples to the wideband codecs of telephones: G.722 and Opus."""

from __future__ import annotations

import io
from typing import Final

import numpy as np
import soundfile
from G722 import G722
from numpy.typing import NDArray

from voicegw.media import ogg, opus

RATE_HZ: Final = 16_000
"""The rate of what both take here: G.722's own, and all that a voice fills of Opus's."""

_G722_BIT_RATE: Final = 64_000
_OPUS_PACKET: Final = 320
_OPUS_PACKET_TICKS: Final = 960


def encode_g722(samples: NDArray[np.int16]) -> bytes:
    """Return 16 kHz `samples` as G.722 (64 kbit/s): 8 bytes each millisecond."""
    even = samples[: len(samples) // 2 * 2]
    return bytes(G722(RATE_HZ, _G722_BIT_RATE).encode(even))


def encode_opus(samples: NDArray[np.int16]) -> list[bytes]:
    """Return 16 kHz `samples` as Opus packets of 20 ms each (libsndfile's default length).

    The encoder's look-ahead of 6.5 ms stays in the sound: it begins that much later.
    """
    file = io.BytesIO()
    padded = np.pad(samples, (0, -len(samples) % _OPUS_PACKET + _OPUS_PACKET))
    with soundfile.SoundFile(file, "w", RATE_HZ, 1, subtype="OPUS", format="OGG") as sound:
        sound.write(padded)
    packets = ogg.unwrap(file.getvalue())
    # The library may end with a shorter packet: the silence appended above, no more.
    return [packet for packet in packets if opus.duration_ticks(packet) == _OPUS_PACKET_TICKS]
