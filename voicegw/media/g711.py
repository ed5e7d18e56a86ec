"""G.711: A-law and µ-law, and the exact way from one to the other (ITU-T G.711 tables 3 and 4).

Translation is by `bytes.translate`: one call a packet, no decoding. The mapping is the
recommendation's own, not "decode and encode again": a byte that crosses and comes back is altered
at most once.
"""

from __future__ import annotations

from enum import StrEnum
from itertools import chain
from typing import Final


class Law(StrEnum):
    """The two companding laws, named as in SDP."""

    PCMA = "PCMA"
    PCMU = "PCMU"


#: One sample of silence in each law.
SILENCE: Final = {Law.PCMA: b"\xd5", Law.PCMU: b"\xff"}

# ITU-T G.711 table 3: the A-law value number (1-128) for each µ-law value number (0-127).
_MU_TO_A: Final = tuple(
    chain(
        (number // 2 + 1 for number in range(16)),
        range(9, 25),
        (25, 27, 29, 31),
        range(33, 45),
        (46,),
        range(48, 63),
        range(64, 80),
        (80,),
        range(82, 129),
    )
)
# ITU-T G.711 table 4: the µ-law value number for each A-law value number (0-127).
_A_TO_MU: Final = tuple(
    chain(
        range(1, 16, 2),
        range(16, 32),
        (32, 32, 33, 33, 34, 34, 35, 35),
        range(36, 48),
        (48, 48, 49, 49),
        range(50, 64),
        (64, 64),
        range(65, 81),
        range(80, 128),
    )
)


def _alaw_to_ulaw(value: int) -> int:
    if value & 0x80:
        return 0xFF ^ _A_TO_MU[value ^ 0xD5]
    return 0x7F ^ _A_TO_MU[value ^ 0x55]


def _ulaw_to_alaw(value: int) -> int:
    if value & 0x80:
        return 0xD5 ^ (_MU_TO_A[0xFF ^ value] - 1)
    return 0x55 ^ (_MU_TO_A[0x7F ^ value] - 1)


def _decode_alaw(value: int) -> int:
    value ^= 0x55
    segment = (value & 0x70) >> 4
    magnitude = ((value & 0x0F) << 4) + 8
    if segment:
        magnitude = (magnitude + 0x100) << (segment - 1)
    return magnitude if value & 0x80 else -magnitude


def _decode_ulaw(value: int) -> int:
    value ^= 0xFF
    magnitude = (((value & 0x0F) << 3) + 0x84) << ((value & 0x70) >> 4)
    return 0x84 - magnitude if value & 0x80 else magnitude - 0x84


ALAW_TO_ULAW: Final = bytes(_alaw_to_ulaw(value) for value in range(256))
ULAW_TO_ALAW: Final = bytes(_ulaw_to_alaw(value) for value in range(256))

#: 16-bit linear samples by companded byte.
DECODE: Final = {
    Law.PCMA: tuple(_decode_alaw(value) for value in range(256)),
    Law.PCMU: tuple(_decode_ulaw(value) for value in range(256)),
}


def translation(source: Law, target: Law) -> bytes | None:
    """Return the table for `bytes.translate` from `source` to `target`; None when they agree."""
    if source is target:
        return None
    return ALAW_TO_ULAW if source is Law.PCMA else ULAW_TO_ALAW


def decode(data: bytes, law: Law) -> list[int]:
    """Return 16-bit linear samples, one a byte."""
    table = DECODE[law]
    return [table[value] for value in data]


def encode(samples: list[int], law: Law) -> bytes:
    """Return `samples` (16-bit linear; louder ones are clipped), one byte each."""
    table = _ENCODE_ALAW if law is Law.PCMA else _ENCODE_ULAW
    return bytes(table[(min(max(sample, -32768), 32767) + 32768) >> 2] for sample in samples)


def _encoder(law: Law) -> bytes:
    """Return the byte nearest to each 14-bit linear value, from -8192 up."""
    by_value = sorted((value, byte) for byte, value in enumerate(DECODE[law]))
    table = bytearray()
    index = 0
    for step in range(-8192, 8192):
        sample = step * 4 + 2
        while index + 1 < len(by_value) and abs(by_value[index + 1][0] - sample) <= abs(
            by_value[index][0] - sample
        ):
            index += 1
        table.append(by_value[index][1])
    return bytes(table)


_ENCODE_ALAW: Final = _encoder(Law.PCMA)
_ENCODE_ULAW: Final = _encoder(Law.PCMU)
