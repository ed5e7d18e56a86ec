"""Encoding of linear samples to G.711, vectorised (ITU-T G.711 tables 1a to 2b).

Both laws are table look-ups: 65,536 codes, one for each 16-bit sample, are computed once from the
segment arithmetic of the recommendation.
"""

from __future__ import annotations

from functools import cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

_ALAW_TOGGLE: Final = 0x55
"""A-law inverts every even bit on the wire (G.711 §3.2)."""
_ULAW_BIAS: Final = 33
_ULAW_CLIP: Final = 0x1FFF


def encode_alaw(samples: NDArray[np.int16]) -> bytes:
    """Return one A-law byte for each 16-bit sample."""
    return _alaw_table()[samples.view(np.uint16)].tobytes()


def encode_ulaw(samples: NDArray[np.int16]) -> bytes:
    """Return one µ-law byte for each 16-bit sample."""
    return _ulaw_table()[samples.view(np.uint16)].tobytes()


def _all_samples() -> NDArray[np.int32]:
    """Every 16-bit sample, ordered by its unsigned bit pattern."""
    return np.arange(65536, dtype=np.uint16).view(np.int16).astype(np.int32)


@cache
def _alaw_table() -> NDArray[np.uint8]:
    linear = _all_samples()
    magnitude = np.where(linear < 0, ~linear, linear) >> 4
    segment = np.zeros_like(magnitude)
    for bit in range(5, 12):
        segment += magnitude >= 1 << (bit - 1)
    shift = np.maximum(segment - 1, 0)
    code = (segment << 4) | ((magnitude >> shift) & 0x0F)
    sign = np.where(linear < 0, 0x00, 0x80)
    codes: NDArray[np.uint8] = ((code | sign) ^ _ALAW_TOGGLE).astype(np.uint8)
    return codes


@cache
def _ulaw_table() -> NDArray[np.uint8]:
    linear = _all_samples()
    magnitude = (np.where(linear < 0, ~linear, linear) >> 2) + _ULAW_BIAS
    magnitude = np.minimum(magnitude, _ULAW_CLIP)
    segment = np.zeros_like(magnitude)
    for bit in range(6, 13):
        segment += magnitude >= 1 << bit
    code = (segment << 4) | ((magnitude >> (segment + 1)) & 0x0F)
    sign = np.where(linear < 0, 0x00, 0x80)
    codes: NDArray[np.uint8] = ((~code & 0x7F) | sign).astype(np.uint8)
    return codes
