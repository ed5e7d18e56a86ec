"""Bencoding, the form of rtpengine's control messages. Pure.

Integers, byte strings, lists and dictionaries: `i7e`, `4:ping`, `l…e`, `d…e`. Dictionaries are
written with their keys in order. What comes in is bounded by the datagram it came in; only its
depth needs a limit of its own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

#: What is written. Text goes out as UTF-8.
Encodable = int | str | bytes | Sequence["Encodable"] | Mapping[str, "Encodable"]
#: What is read: every string as bytes, except the keys of dictionaries.
Value = int | bytes | list["Value"] | dict[str, "Value"]

_MAX_DEPTH: Final = 32
_MAX_DIGITS: Final = 20


def encode(value: Encodable) -> bytes:
    """Return `value` bencoded."""
    if isinstance(value, int):
        return b"i%de" % value
    if isinstance(value, str):
        value = value.encode()
    if isinstance(value, bytes):
        return b"%d:%s" % (len(value), value)
    if isinstance(value, Mapping):
        items = (encode(key) + encode(value[key]) for key in sorted(value))
        return b"d" + b"".join(items) + b"e"
    return b"l" + b"".join(encode(item) for item in value) + b"e"


def decode(data: bytes) -> Value:
    """Return the one value that `data` holds. Raises ValueError when it holds anything else."""
    value, end = _value(data, 0, 0)
    if end != len(data):
        raise ValueError("something follows the value")
    return value


def _value(data: bytes, at: int, depth: int) -> tuple[Value, int]:
    kind = data[at : at + 1]
    if kind == b"i":
        end = data.find(b"e", at)
        return _number(data[at + 1 : max(end, at)]), end + 1
    if kind == b"l":
        return _list(data, at + 1, depth + 1)
    if kind == b"d":
        items, end = _list(data, at + 1, depth + 1)
        return _dictionary(items), end
    return _string(data, at)


def _list(data: bytes, at: int, depth: int) -> tuple[list[Value], int]:
    if depth > _MAX_DEPTH:
        raise ValueError("too deep")
    items = []
    while data[at : at + 1] != b"e":
        item, at = _value(data, at, depth)
        items.append(item)
    return items, at + 1


def _dictionary(items: list[Value]) -> dict[str, Value]:
    if len(items) % 2:
        raise ValueError("a key without a value")
    found: dict[str, Value] = {}
    for key, value in zip(items[::2], items[1::2], strict=True):
        if not isinstance(key, bytes):
            raise ValueError("a key that is no string")
        found[key.decode(errors="replace")] = value
    return found


def _string(data: bytes, at: int) -> tuple[bytes, int]:
    colon = data.find(b":", at, at + _MAX_DIGITS)
    length = _number(data[at : max(colon, at)])
    end = colon + 1 + length
    if length < 0 or end > len(data):
        raise ValueError("a string that is longer than the message")
    return data[colon + 1 : end], end


def _number(digits: bytes) -> int:
    if not digits.lstrip(b"-").isdigit() or len(digits) > _MAX_DIGITS:
        raise ValueError("no number")
    return int(digits)
