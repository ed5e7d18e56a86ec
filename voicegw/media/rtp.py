"""RTP packets and their arithmetic (RFC 3550 §5.1). Pure."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Final

HEADER: Final = struct.Struct("!BBHII")
HEADER_BYTES: Final = HEADER.size
#: First byte of a packet without padding, extension or contributing sources.
PLAIN: Final = 0x80
MARKER: Final = 0x80
SEQUENCE_MASK: Final = 0xFFFF
TIMESTAMP_MASK: Final = 0xFFFF_FFFF


@dataclass(frozen=True, slots=True)
class RtpPacket:
    """One packet; contributing sources and header extension are dropped when parsed."""

    payload_type: int
    sequence: int
    timestamp: int
    ssrc: int
    payload: bytes
    marker: bool = False


def parse(data: bytes) -> RtpPacket | None:
    """Return the packet in `data`, or None when it is none (wrong version, cut, bad padding)."""
    if len(data) < HEADER_BYTES:
        return None
    first, second, sequence, timestamp, ssrc = HEADER.unpack_from(data)
    if first >> 6 != 2:
        return None
    start = HEADER_BYTES + 4 * (first & 0x0F)
    if first & 0x10:
        if len(data) < start + 4:
            return None
        start += 4 + 4 * int.from_bytes(data[start + 2 : start + 4], "big")
    end = len(data)
    if first & 0x20:
        padding = data[-1]
        if padding == 0:
            return None
        end -= padding
    if start > end:
        return None
    return RtpPacket(
        payload_type=second & 0x7F,
        sequence=sequence,
        timestamp=timestamp,
        ssrc=ssrc,
        payload=data[start:end],
        marker=bool(second & MARKER),
    )


def build(packet: RtpPacket) -> bytes:
    """Return the bytes of `packet`."""
    second = packet.payload_type | (MARKER if packet.marker else 0)
    header = HEADER.pack(PLAIN, second, packet.sequence, packet.timestamp, packet.ssrc)
    return header + packet.payload


def sequence_delta(newer: int, older: int) -> int:
    """Return the shortest way from `older` to `newer`, -32768 to 32767."""
    return ((newer - older + 0x8000) & SEQUENCE_MASK) - 0x8000


def timestamp_delta(newer: int, older: int) -> int:
    """Return the shortest way from `older` to `newer` in clock ticks, signed."""
    return ((newer - older + 0x8000_0000) & TIMESTAMP_MASK) - 0x8000_0000
