"""Opus in Ogg (RFC 3533, RFC 7845): the envelope in which libsndfile takes and gives Opus. Pure.

RTP carries bare Opus packets, the sound library only whole files; so packets that were received are
wrapped to be decoded, and what was encoded is unwrapped to be sent.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator, Sequence
from typing import Final

_CAPTURE: Final = b"OggS"
#: Capture pattern, version, flags, granule, serial, page number, checksum, number of segments.
_PAGE_HEAD: Final = struct.Struct("<4sBBqIIIB")
_CHECKSUM: Final = struct.Struct("<I")
_CHECKSUM_OFFSET: Final = 22
_BEGINS: Final = 0x02
_ENDS: Final = 0x04
_SEGMENT_BYTES: Final = 255
_MAX_SEGMENTS: Final = 255
_SERIAL: Final = 1
_OPUS_HEAD: Final = struct.Struct("<8sBBHIhB")
#: No vendor, no comments.
_OPUS_TAGS: Final = b"OpusTags" + bytes(8)
_HEADER_PACKETS: Final = 2
_MIRRORED: Final = bytes(int(f"{value:08b}"[::-1], 2) for value in range(256))


class OggFormatError(ValueError):
    """The bytes are no Ogg stream."""


def unwrap(data: bytes) -> list[bytes]:
    """Return the Opus packets of an Ogg file with one stream. Raises OggFormatError."""
    packets = []
    begun = b""
    for piece, is_whole in _segments(data):
        begun += piece
        if is_whole:
            packets.append(begun)
            begun = b""
    return packets[_HEADER_PACKETS:]


def wrap(packets: Sequence[bytes], ticks: Sequence[int], *, rate_hz: int) -> bytes:
    """Return an Ogg file of mono sound made of `packets`, which last `ticks` (1/48000 s) each.

    `rate_hz` is the rate at which it should be decoded. Nothing is skipped at the beginning.
    """
    pages = OggPages(rate_hz=rate_hz, channels=1, skip_ticks=0)
    data = [pages.begin()]
    for packet, length_ticks in zip(packets, ticks, strict=True):
        data.append(pages.add(packet, length_ticks))
    data.append(pages.end())
    return b"".join(data)


class OggPages:
    """Makes the pages of an Opus stream as its packets come: `begin`, `add` each, `end`.

    `skip_ticks` (1/48000 s) are left out at the beginning by whoever plays it (RFC 7845 §4.2).
    """

    def __init__(self, *, rate_hz: int, channels: int, skip_ticks: int) -> None:
        """Take what the head tells: the rate of the sound before it was encoded, its channels."""
        self._head = _OPUS_HEAD.pack(b"OpusHead", 1, channels, skip_ticks, rate_hz, 0, 0)
        self._number = 0
        self._granule = 0
        self._segments = 0
        self._waiting: list[bytes] = []

    def begin(self) -> bytes:
        """Return the pages before the sound."""
        return self._page(_BEGINS, [self._head]) + self._page(0, [_OPUS_TAGS])

    def add(self, packet: bytes, length_ticks: int) -> bytes:
        """Take a packet, return the page that is full without it, else nothing."""
        needed = len(packet) // _SEGMENT_BYTES + 1
        page = b""
        if self._segments + needed > _MAX_SEGMENTS:
            page = self._page(0, self._waiting)
            self._waiting, self._segments = [], 0
        self._waiting.append(packet)
        self._segments += needed
        self._granule += length_ticks
        return page

    def end(self, surplus_ticks: int = 0) -> bytes:
        """Return the last page; `surplus_ticks` at its end are not to be played (§4.4)."""
        self._granule -= surplus_ticks
        return self._page(_ENDS, self._waiting)

    def _page(self, flags: int, packets: Sequence[bytes]) -> bytes:
        page = _page(self._number, flags, self._granule, packets)
        self._number += 1
        return page


def _segments(data: bytes) -> Iterator[tuple[bytes, bool]]:
    """Yield the segments of all pages, and whether a packet ends with each."""
    place = 0
    while place < len(data):
        try:
            capture, *_, count = _PAGE_HEAD.unpack_from(data, place)
        except struct.error as error:
            raise OggFormatError("a page is cut") from error
        if capture != _CAPTURE:
            raise OggFormatError("no page where one should begin")
        place += _PAGE_HEAD.size
        sizes = data[place : place + count]
        place += count
        if len(sizes) < count or place + sum(sizes) > len(data):
            raise OggFormatError("a page is cut")
        for size in sizes:
            yield data[place : place + size], size < _SEGMENT_BYTES
            place += size


def _page(number: int, flags: int, granule: int, packets: Sequence[bytes]) -> bytes:
    lacing = bytearray()
    for packet in packets:
        whole, rest = divmod(len(packet), _SEGMENT_BYTES)
        lacing += bytes([_SEGMENT_BYTES]) * whole + bytes([rest])
    head = _PAGE_HEAD.pack(_CAPTURE, 0, flags, granule, _SERIAL, number, 0, len(lacing))
    page = bytearray(head + lacing + b"".join(packets))
    _CHECKSUM.pack_into(page, _CHECKSUM_OFFSET, _checksum(page))
    return bytes(page)


def _checksum(page: bytes | bytearray) -> int:
    """Return Ogg's CRC-32: zlib's polynomial, with the bits the other way round and no inversions.

    Mirrored bytes make zlib's fast one do the work; its inversions are undone before and after.
    """
    mirrored = zlib.crc32(page.translate(_MIRRORED), 0xFFFF_FFFF) ^ 0xFFFF_FFFF
    return int(f"{mirrored:032b}"[::-1], 2)
