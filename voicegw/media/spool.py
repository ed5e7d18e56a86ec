"""The spool: the append-only file into which a worker captures a call while it runs.

Layout, all integers little-endian::

    magic      8 bytes  b"VGWSPL1\\n"
    record*    each: type u8, length u16 (bytes that follow), then

    HEADER 0   JSON object (CaptureSpec.header), always the first record
    PACKET 1   leg u8, payload type u8, rtp sequence u16, rtp timestamp u32,
               arrival u64 (microseconds since the epoch, from the worker's clock), payload
    MARK   2   arrival u64, JSON object {"kind": …, …}
    END    3   arrival u64; written when the session closed in order

Legs are numbered by side: the customer is 0, the manager 1; who joins or follows on the manager's
side has a number of its own, from 2 on. Beyond 255 a leg has the number of one that rang and ended
without being heard by anybody, and tells its own codec as every leg does. `codec` marks map payload
types:
`{"kind": "codec", "leg": 0, "payload_type": 8, "encoding": "PCMA", "clock_hz": 8000}`.
With a key the file is encrypted (:mod:`voicegw.media.spool_file`), and this is what is within.
A reader stops quietly at a torn last record: that is what a killed worker leaves.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Generator, Iterator, Mapping
from pathlib import Path
from typing import Any, BinaryIO, Final

import msgspec

from voicegw.keyring import KeyRing
from voicegw.media.spool_damage import MAX_PACKET_BYTES, find_record, is_possible
from voicegw.media.spool_file import damaged_blocks, open_spool, tail

MAGIC: Final = b"VGWSPL1\n"
LEG_CUSTOMER: Final = 0
LEG_MANAGER: Final = 1

TYPE_HEADER: Final = 0
TYPE_PACKET: Final = 1
TYPE_MARK: Final = 2
TYPE_END: Final = 3

_READ_BYTES: Final = 1 << 18

RECORD_HEAD: Final = struct.Struct("<BH")
PACKET_HEAD: Final = struct.Struct("<BBHIQ")
#: Record head and packet head in one, for the worker's hot path.
PACKET_RECORD: Final = struct.Struct("<BHBBHIQ")
ARRIVAL: Final = struct.Struct("<Q")
_END_BYTES: Final = RECORD_HEAD.size + ARRIVAL.size


class CapturedPacket(msgspec.Struct, frozen=True, gc=False):
    """One RTP packet as it arrived. `arrival_us` is microseconds since the epoch."""

    leg: int
    payload_type: int
    sequence: int
    timestamp: int
    arrival_us: int
    payload: bytes


class CaptureMark(msgspec.Struct, frozen=True):
    """Something that happened at `arrival_us`; `detail["kind"]` says what."""

    arrival_us: int
    detail: Mapping[str, Any]


class CaptureEnd(msgspec.Struct, frozen=True):
    """The session closed in order at `arrival_us`."""

    arrival_us: int


CaptureRecord = CapturedPacket | CaptureMark | CaptureEnd


class SpoolFormatError(ValueError):
    """The file is no spool, or its header is damaged."""


def encode_header(header: Mapping[str, Any]) -> bytes:
    """Return magic and header record: the first bytes of a spool."""
    body = json.dumps(dict(header), ensure_ascii=False).encode()
    return MAGIC + RECORD_HEAD.pack(TYPE_HEADER, len(body)) + body


def encode_packet(packet: CapturedPacket) -> bytes:
    """Return the record of one packet."""
    length = PACKET_HEAD.size + len(packet.payload)
    return (
        PACKET_RECORD.pack(
            TYPE_PACKET,
            length,
            packet.leg,
            packet.payload_type,
            packet.sequence,
            packet.timestamp,
            packet.arrival_us,
        )
        + packet.payload
    )


def encode_mark(arrival_us: int, detail: Mapping[str, Any]) -> bytes:
    """Return the record of a mark."""
    body = ARRIVAL.pack(arrival_us) + json.dumps(dict(detail), ensure_ascii=False).encode()
    return RECORD_HEAD.pack(TYPE_MARK, len(body)) + body


def encode_end(arrival_us: int) -> bytes:
    """Return the record that tells of an orderly end."""
    return RECORD_HEAD.pack(TYPE_END, ARRIVAL.size) + ARRIVAL.pack(arrival_us)


def without_packets(records: bytes | bytearray) -> bytearray:
    """Return the marks and the end among whole `records`: what the sound around them is read by."""
    kept = bytearray()
    start = 0
    while start + RECORD_HEAD.size <= len(records):
        kind, length = RECORD_HEAD.unpack_from(records, start)
        end = start + RECORD_HEAD.size + length
        if kind in (TYPE_MARK, TYPE_END) and end <= len(records):
            kept += records[start:end]
        start = end
    return kept


class SpoolReader:
    """Reads a spool record by record, in constant memory."""

    def __init__(self, path: Path, keys: KeyRing | None = None) -> None:
        """Open nothing yet; the methods open the file, with one of `keys` if it is encrypted.

        They raise OSError, KeyMissingError, and DamagedFileError when its begin was changed.
        """
        self.path = path
        self.damaged = 0
        """How many damages the last iteration has found; what it could not read is left out."""
        self._keys = keys

    def header(self) -> dict[str, Any]:
        """Return the header. Raises SpoolFormatError when the file is no spool."""
        with open_spool(self.path, self._keys) as stream:
            return _read_header(stream)

    def has_end(self) -> bool:
        """Whether the capture has been closed in order; quick, and good while it is written."""
        found = tail(self.path, self._keys, _END_BYTES)
        return found[: RECORD_HEAD.size] == RECORD_HEAD.pack(TYPE_END, ARRIVAL.size)

    def __iter__(self) -> Iterator[CaptureRecord]:
        """Yield every whole record after the header, in the order written."""
        with open_spool(self.path, self._keys) as stream:
            _read_header(stream)
            self.damaged = 0
            rest = b""
            while chunk := stream.read(_READ_BYTES):
                rest = yield from self._whole_records(rest + chunk)
            self.damaged += damaged_blocks(stream)
            # A torn tail is no damage; a length that swallows whole records is one.
            while (place := find_record(rest, 1)) < len(rest):
                self.damaged += 1
                rest = yield from self._whole_records(rest[place:])

    def _whole_records(self, data: bytes) -> Generator[CaptureRecord, None, bytes]:
        """Yield the records that are whole in `data`; return what is left of it."""
        # An hour of talk is 360,000 packets, read twice: this loop is most of what reading costs.
        head_bytes, packet_bytes = RECORD_HEAD.size, PACKET_RECORD.size
        unpack_head, unpack_packet = RECORD_HEAD.unpack_from, PACKET_RECORD.unpack_from
        least_bytes, most_bytes = PACKET_HEAD.size, MAX_PACKET_BYTES
        place, size = 0, len(data)
        while size - place >= head_bytes:
            kind, length = unpack_head(data, place)
            end = place + head_bytes + length
            if kind == TYPE_PACKET and least_bytes <= length <= most_bytes:
                if end > size:
                    break
                _, _, leg, payload_type, sequence, timestamp, arrival_us = unpack_packet(
                    data, place
                )
                payload = data[place + packet_bytes : end]
                yield CapturedPacket(leg, payload_type, sequence, timestamp, arrival_us, payload)
            elif not is_possible(kind, length):
                self.damaged += 1
                end = find_record(data, place + 1)
            else:
                if end > size:
                    break
                record = _decode(kind, data[place + head_bytes : end])
                if record is not None:
                    yield record
                else:
                    self.damaged += 1
            place = end
        return data[place:]


def _read_header(stream: BinaryIO) -> dict[str, Any]:
    if stream.read(len(MAGIC)) != MAGIC:
        raise SpoolFormatError("not a spool file")
    head = stream.read(RECORD_HEAD.size)
    if len(head) < RECORD_HEAD.size:
        raise SpoolFormatError("header missing")
    kind, length = RECORD_HEAD.unpack(head)
    body = stream.read(length)
    if kind != TYPE_HEADER or len(body) < length:
        raise SpoolFormatError("header damaged")
    try:
        header = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise SpoolFormatError("header damaged") from error
    if not isinstance(header, dict):
        raise SpoolFormatError("header damaged")
    return header


def _decode(kind: int, body: bytes) -> CaptureMark | CaptureEnd | None:
    """Return a record that is no packet; None for one that is damaged or unknown."""
    if kind == TYPE_MARK and len(body) >= ARRIVAL.size:
        (arrival_us,) = ARRIVAL.unpack_from(body)
        try:
            detail = json.loads(body[ARRIVAL.size :])
        except (ValueError, RecursionError):
            return None
        return CaptureMark(arrival_us, detail)
    if kind == TYPE_END and len(body) >= ARRIVAL.size:
        return CaptureEnd(ARRIVAL.unpack_from(body)[0])
    return None
