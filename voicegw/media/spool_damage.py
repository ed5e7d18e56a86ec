"""Finds the next record of a spool behind a damage. Pure.

Records have no mark of their beginning: one wrong length, and all behind it is misread. A place is
believed to begin a record when three in a row make sense from there on, or all that there are, and
came within a day.
"""

from __future__ import annotations

import re
import struct
from typing import Final

_HEAD: Final = struct.Struct("<BH")
_PACKET, _MARK, _END = 1, 2, 3
_KIND: Final = re.compile(b"[\x01-\x03]")
_SMALLEST: Final = {_PACKET: 16, _MARK: 8, _END: 8}
MAX_PACKET_BYTES: Final = 16 + 2048
"""The most that follows the head of a packet's record: a worker takes no larger one."""
_LARGEST: Final = {_PACKET: MAX_PACKET_BYTES, _MARK: 8 + 8192, _END: 8}
_IN_A_ROW: Final = 3
_ARRIVAL: Final = struct.Struct("<Q")
_ARRIVAL_AT: Final = {_PACKET: 8, _MARK: 0, _END: 0}
"""Where in a record its time of arrival stands."""
_DAY_US: Final = 24 * 3600 * 1_000_000
_PAYLOAD_TYPES: Final = 128


def is_possible(kind: int, length: int) -> bool:
    """Whether there are records of this type and length."""
    smallest = _SMALLEST.get(kind)
    if smallest is None or length < smallest:
        return False
    return kind == _MARK or length <= _LARGEST[kind]


def find_record(data: bytes, start: int) -> int:
    """Return where the next record begins in `data` from `start` on; its length where none does."""
    for found in _KIND.finditer(data, start):
        if _makes_sense(data, found.start()):
            return found.start()
    return len(data)


def _makes_sense(data: bytes, place: int) -> bool:
    before_us: int | None = None
    for whole in range(_IN_A_ROW):
        if len(data) - place < _HEAD.size:
            return whole > 0
        kind, length = _HEAD.unpack_from(data, place)
        if not is_possible(kind, length) or length > _LARGEST[kind]:
            return False
        place += _HEAD.size
        if place + length > len(data):
            return whole > 0
        (arrival_us,) = _ARRIVAL.unpack_from(data, place + _ARRIVAL_AT[kind])
        is_strange = kind == _PACKET and data[place + 1] >= _PAYLOAD_TYPES
        if is_strange or (before_us is not None and abs(arrival_us - before_us) > _DAY_US):
            return False
        before_us = arrival_us
        place += length
    return True
