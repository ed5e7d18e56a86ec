from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

from ivr.g711 import encode_alaw, encode_ulaw
from recordings.finishing.g711 import ALAW_LEVELS, ULAW_LEVELS, decode

Encoder = Callable[[NDArray[np.int16]], bytes]
LAWS = [
    pytest.param(encode_alaw, ALAW_LEVELS, id="A-law"),
    pytest.param(encode_ulaw, ULAW_LEVELS, id="µ-law"),
]
EVERY_SAMPLE = np.arange(-32768, 32768).astype(np.int16)


@pytest.mark.parametrize(("encode", "levels"), LAWS)
def test_every_level_comes_back_from_its_own_code(
    encode: Encoder, levels: NDArray[np.int16]
) -> None:
    assert np.array_equal(decode(encode(levels), levels), levels)


@pytest.mark.parametrize(("encode", "levels"), LAWS)
def test_codes_rise_with_the_samples(encode: Encoder, levels: NDArray[np.int16]) -> None:
    decoded = decode(encode(EVERY_SAMPLE), levels).astype(np.int32)
    assert (np.diff(decoded) >= 0).all()


@pytest.mark.parametrize(("encode", "levels"), LAWS)
def test_a_sample_goes_to_a_level_next_to_it(encode: Encoder, levels: NDArray[np.int16]) -> None:
    ladder = np.unique(levels.astype(np.int32))
    linear = EVERY_SAMPLE.astype(np.int32)
    decoded = decode(encode(EVERY_SAMPLE), levels).astype(np.int32)
    above = ladder[np.minimum(np.searchsorted(ladder, linear), len(ladder) - 1)]
    below = ladder[np.maximum(np.searchsorted(ladder, linear, side="right") - 1, 0)]
    assert ((decoded == above) | (decoded == below)).all()


@pytest.mark.parametrize(
    ("encode", "sample", "code"),
    [
        (encode_alaw, 0, 0xD5),
        (encode_alaw, -1, 0x55),
        (encode_alaw, 32767, 0xAA),
        (encode_alaw, -32768, 0x2A),
        (encode_alaw, 1000, 0xFA),
        (encode_ulaw, 0, 0xFF),
        (encode_ulaw, -1, 0x7F),
        (encode_ulaw, 32767, 0x80),
        (encode_ulaw, -32768, 0x00),
        (encode_ulaw, 1000, 0xCE),
    ],
)
def test_reference_codes(encode: Encoder, sample: int, code: int) -> None:
    assert encode(np.array([sample], dtype=np.int16)) == bytes([code])
