"""Decoding of G.711 to linear samples, by table (ITU-T G.711 tables 1a to 2b)."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray


def _alaw_levels() -> NDArray[np.int16]:
    code = np.arange(256, dtype=np.int32) ^ 0x55
    segment = (code >> 4) & 0x07
    step = (code & 0x0F) << 4
    magnitude = np.where(segment == 0, step + 8, (step + 0x108) << np.maximum(segment - 1, 0))
    return np.where(code & 0x80, magnitude, -magnitude).astype(np.int16)


def _ulaw_levels() -> NDArray[np.int16]:
    code = ~np.arange(256, dtype=np.int32) & 0xFF
    magnitude = ((((code & 0x0F) << 3) + 0x84) << ((code >> 4) & 0x07)) - 0x84
    return np.where(code & 0x80, -magnitude, magnitude).astype(np.int16)


ALAW_LEVELS: Final = _alaw_levels()
"""The 16-bit sample of each A-law byte."""
ULAW_LEVELS: Final = _ulaw_levels()
"""The 16-bit sample of each µ-law byte."""


def decode(payload: bytes, levels: NDArray[np.int16]) -> NDArray[np.int16]:
    """Return the samples of `payload` by one of the tables above, one sample a byte."""
    return levels[np.frombuffer(payload, dtype=np.uint8)]
