"""RTCP: reports about streams (RFC 3550 §6). Pure.

What leaves the gateway is an SR or RR, an SDES with a CNAME that means nothing to anybody, and a
BYE at the end. What arrives is read for what the far end says of our stream.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

SR: Final = 200
RR: Final = 201
SDES: Final = 202
BYE: Final = 203

_HEAD: Final = struct.Struct("!BBHI")
_SENDER: Final = struct.Struct("!IIIII")
_BLOCK: Final = struct.Struct("!IIIIII")
_NTP_EPOCH_OFFSET_S: Final = 2_208_988_800
_CNAME_ITEM: Final = 1


@dataclass(frozen=True, slots=True)
class ReportBlock:
    """What a receiver says of one stream.

    `fraction_lost` is of 256, `jitter_ticks` in the stream's clock, `last_sr` and
    `delay_since_last_sr` in 1/65536 s as RFC 3550 §6.4.1 has them.
    """

    ssrc: int
    fraction_lost: int
    cumulative_lost: int
    highest_sequence: int
    jitter_ticks: int
    last_sr: int = 0
    delay_since_last_sr: int = 0


@dataclass(frozen=True, slots=True)
class SenderInfo:
    """What a sender says of its own stream; `ntp` is 64-bit NTP time (32.32 seconds)."""

    ntp: int
    rtp_timestamp: int
    packets: int
    octets: int


@dataclass(frozen=True, slots=True)
class Report:
    """An SR (with `sender`) or RR as received."""

    ssrc: int
    sender: SenderInfo | None
    blocks: tuple[ReportBlock, ...]


def ntp_time(unix_us: int) -> int:
    """Return 64-bit NTP time of microseconds since the epoch."""
    seconds, rest_us = divmod(unix_us, 1_000_000)
    return ((seconds + _NTP_EPOCH_OFFSET_S) & 0xFFFF_FFFF) << 32 | (rest_us << 32) // 1_000_000


def middle(ntp: int) -> int:
    """Return the middle 32 bits of NTP time, as LSR uses them."""
    return (ntp >> 16) & 0xFFFF_FFFF


def round_trip_ms(block: ReportBlock, now_ntp: int) -> float | None:
    """Return the round trip that a report block implies (RFC 3550 §6.4.1), None without one."""
    if block.last_sr == 0:
        return None
    elapsed = (middle(now_ntp) - block.last_sr - block.delay_since_last_sr) & 0xFFFF_FFFF
    if elapsed >= 0x8000_0000:
        return None
    return elapsed * 1000 / 65_536


def build(
    ssrc: int,
    cname: str,
    *,
    sender: SenderInfo | None,
    blocks: Sequence[ReportBlock] = (),
    bye: bool = False,
) -> bytes:
    """Return a compound packet: SR (or RR without `sender`), SDES, and BYE where asked for."""
    body = b"".join(_pack_block(block) for block in blocks)
    kind = RR
    if sender is not None:
        kind = SR
        body = (
            _SENDER.pack(
                sender.ntp >> 32,
                sender.ntp & 0xFFFF_FFFF,
                sender.rtp_timestamp,
                sender.packets & 0xFFFF_FFFF,
                sender.octets & 0xFFFF_FFFF,
            )
            + body
        )
    packet = _pack(kind, len(blocks), ssrc, body)
    name = cname.encode()[:255]
    item = bytes((_CNAME_ITEM, len(name))) + name
    packet += _pack(SDES, 1, ssrc, item + bytes(4 - len(item) % 4))
    if bye:
        packet += _pack(BYE, 1, ssrc, b"")
    return packet


def parse(data: bytes) -> list[Report]:
    """Return the reports of a compound packet; whatever can't be read is left out."""
    reports = []
    offset = 0
    while offset + _HEAD.size <= len(data):
        first, kind, words, ssrc = _HEAD.unpack_from(data, offset)
        end = offset + 4 * (words + 1)
        if first >> 6 != 2 or end > len(data) or words == 0:
            break
        if kind in {SR, RR}:
            report = _parse_report(data[offset + _HEAD.size : end], kind, ssrc, first & 0x1F)
            if report is not None:
                reports.append(report)
        offset = end
    return reports


def is_rtcp(data: bytes) -> bool:
    """Whether `data` begins like an RTCP packet."""
    return len(data) >= _HEAD.size and data[0] >> 6 == 2 and 192 <= data[1] <= 223


def _pack(kind: int, count: int, ssrc: int, body: bytes) -> bytes:
    return _HEAD.pack(0x80 | count, kind, (4 + len(body)) // 4, ssrc) + body


def _pack_block(block: ReportBlock) -> bytes:
    lost = max(-0x80_0000, min(block.cumulative_lost, 0x7F_FFFF)) & 0xFF_FFFF
    return _BLOCK.pack(
        block.ssrc,
        block.fraction_lost << 24 | lost,
        block.highest_sequence & 0xFFFF_FFFF,
        block.jitter_ticks & 0xFFFF_FFFF,
        block.last_sr,
        block.delay_since_last_sr,
    )


def _parse_report(body: bytes, kind: int, ssrc: int, count: int) -> Report | None:
    sender = None
    offset = 0
    if kind == SR:
        if len(body) < _SENDER.size:
            return None
        seconds, fraction, rtp_timestamp, packets, octets = _SENDER.unpack_from(body)
        sender = SenderInfo(seconds << 32 | fraction, rtp_timestamp, packets, octets)
        offset = _SENDER.size
    blocks = []
    for _ in range(count):
        if offset + _BLOCK.size > len(body):
            break
        about, lost, highest, jitter, last_sr, delay = _BLOCK.unpack_from(body, offset)
        cumulative = lost & 0xFF_FFFF
        blocks.append(
            ReportBlock(
                about,
                lost >> 24,
                cumulative - 0x100_0000 if cumulative & 0x80_0000 else cumulative,
                highest,
                jitter,
                last_sr,
                delay,
            )
        )
        offset += _BLOCK.size
    return Report(ssrc, sender, tuple(blocks))
