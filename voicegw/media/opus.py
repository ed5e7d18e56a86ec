"""Opus packets as RTP carries them (RFC 6716, RFC 7587): how long they last. Pure; no decoding."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from typing import Final

CLOCK_HZ: Final = 48_000
"""The RTP clock of Opus whatever its own rate is (RFC 7587 §4.1)."""

MAX_TICKS: Final = 5760
"""The longest packet: 120 ms (RFC 6716 §3.2.5)."""
MAX_FRAME_BYTES: Final = 1275

SILENCE: Final = b"\xf8\xff\xfe"
"""20 ms of silence: one CELT frame that codes nothing."""

_LENGTH: Final = struct.Struct("<H")
_SILK_TICKS: Final = (480, 960, 1920, 2880)
_HYBRID_TICKS: Final = (480, 960)
_CELT_TICKS: Final = (120, 240, 480, 960)
#: The second byte of a packet with any number of frames: that number, and what else it tells.
_COUNT: Final = 0x3F
_PADDED: Final = 0x40
_OWN_LENGTHS: Final = 0x80
#: A byte of this much padding is followed by another one.
_LONG_PADDING: Final = 255
#: Lengths from here on take a second byte.
_TWO_BYTES: Final = 252


def duration_ticks(packet: bytes) -> int | None:
    """Return how long `packet` lasts in 1/48000 s, None when it is no valid packet.

    Checked is how it is put together (RFC 6716 §3.1, §3.2.5, §3.4 [R1] to [R7]): what passes, a
    decoder can make sound of.
    """
    if not packet:
        return None
    frames = _frames(packet)
    if frames is None:
        return None
    total = frames * _frame_ticks(packet[0] >> 3)
    return total if total <= MAX_TICKS else None


def _frame_ticks(configuration: int) -> int:
    """Return the length of each frame (RFC 6716 table 2)."""
    if configuration < 12:
        return _SILK_TICKS[configuration % 4]
    if configuration < 16:
        return _HYBRID_TICKS[configuration % 2]
    return _CELT_TICKS[configuration % 4]


def _frames(packet: bytes) -> int | None:
    """Return how many frames there are; None when they don't fit into the packet."""
    size = len(packet) - 1
    match packet[0] & 3:
        case 0:
            return 1 if size <= MAX_FRAME_BYTES else None
        case 1:
            return 2 if size % 2 == 0 and size // 2 <= MAX_FRAME_BYTES else None
        case 2:
            return 2 if _last_frame_fits(packet, 1, len(packet), before=1) else None
        case _:
            return _counted_frames(packet)


def _counted_frames(packet: bytes) -> int | None:
    """Return the number in the second byte (§3.2.5); None when so many frames aren't there."""
    count = packet[1] & _COUNT if len(packet) > 1 else 0
    if not count:
        return None
    place, end = 2, len(packet)
    if packet[1] & _PADDED:
        while place < len(packet) and packet[place] == _LONG_PADDING:
            end -= _LONG_PADDING - 1
            place += 1
        if place >= len(packet):
            return None
        end -= packet[place]
        place += 1
    if packet[1] & _OWN_LENGTHS:
        return count if _last_frame_fits(packet, place, end, before=count - 1) else None
    each, rest = divmod(end - place, count)
    return count if 0 <= each <= MAX_FRAME_BYTES and not rest else None


def _last_frame_fits(packet: bytes, place: int, end: int, *, before: int) -> bool:
    """Whether, behind `before` lengths (§3.2.1) and their frames, the last one is left."""
    frames_bytes = 0
    for _ in range(before):
        if place >= end:
            return False
        length = packet[place]
        place += 1
        if length >= _TWO_BYTES:
            if place >= end:
                return False
            length += 4 * packet[place]
            place += 1
        frames_bytes += length
    return 0 <= end - place - frames_bytes <= MAX_FRAME_BYTES


def join(packets: Sequence[bytes]) -> bytes:
    """Return `packets` as one file: each behind its length (16 bits, little-endian)."""
    return b"".join(_LENGTH.pack(len(packet)) + packet for packet in packets)


def split(data: bytes) -> tuple[bytes, ...]:
    """Return the packets of a file made by `join`; a torn last one is left out."""
    packets = []
    place = 0
    while place + _LENGTH.size <= len(data):
        (length,) = _LENGTH.unpack_from(data, place)
        place += _LENGTH.size
        if place + length > len(data):
            break
        packets.append(data[place : place + length])
        place += length
    return tuple(packets)
