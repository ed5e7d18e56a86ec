"""WAV files of G.711, in memory: the form in which a foreign engine takes prompts. Pure."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Final

_FORMAT_ALAW: Final = 6
_HZ: Final = 8000
_HEAD: Final = struct.Struct("<4sI4s4sIHHIIHH4sI")


def alaw_file(samples: bytes) -> bytes:
    """Return a WAV file of A-law at 8 kHz, one byte a sample, one channel."""
    head = _HEAD.pack(
        b"RIFF",
        _HEAD.size - 8 + len(samples),
        *(b"WAVE", b"fmt ", 16),
        *(_FORMAT_ALAW, 1, _HZ, _HZ, 1, 8),
        *(b"data", len(samples)),
    )
    return head + samples


def alaw_files(samples: bytes, *, max_samples: int) -> Iterator[tuple[bytes, float]]:
    """Return WAV files with `samples` cut into pieces, each with its length in seconds."""
    for at in range(0, len(samples), max_samples):
        piece = samples[at : at + max_samples]
        yield alaw_file(piece), len(piece) / _HZ
