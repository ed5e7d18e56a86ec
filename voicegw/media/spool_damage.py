"""Finds the next record of a spool behind a damage. Pure.

Records have no mark of their beginning: one wrong length, and all behind it is misread. A place is
believed to begin a record when three in a row make sense from there on, or all that there are.
"""

from __future__ import annotations

import re
import struct
from typing import Final

_HEAD: Final = struct.Struct("<BH")
_PACKET, _MARK, _END = 1, 2, 3
_KIND: Final = re.compile(b"[\x01-\x03]")
_SMALLEST: Final = {_PACKET: 16, _MARK: 8, _END: 8}
_LARGEST: Final = {_PACKET: 16 + 2048, _MARK: 8 + 8192, _END: 8}
_IN_A_ROW: Final = 3


def is_possible(kind: int, length: int) -> bool:
    """Whether there are records of this type and length."""
    smallest = _SMALLEST.get(kind)
    return smallest is not None and length >= smallest and (kind != _END or length == smallest)


def find_record(data: bytes, start: int) -> int:
    """Return where the next record begins in `data` from `start` on; its length where none does."""
    for found in _KIND.finditer(data, start):
        if _makes_sense(data, found.start()):
            return found.start()
    return len(data)


def _makes_sense(data: bytes, place: int) -> bool:
    for whole in range(_IN_A_ROW):
        if len(data) - place < _HEAD.size + _SMALLEST[_END]:
            return whole > 0
        kind, length = _HEAD.unpack_from(data, place)
        if not is_possible(kind, length) or length > _LARGEST[kind]:
            return False
        if kind == _PACKET and data[place + _HEAD.size] > 1:
            return False
        place += _HEAD.size + length
        if place > len(data):
            return whole > 0
    return True
