"""The exact bytes that hashes and signatures cover: JSON in one form only (RFC 8785). Pure.

UTF-8, no white space, members ordered by their names' UTF-16 code units, the fewest escapes, and
numbers as ECMAScript writes them. So the bytes do not depend on the database that kept the
document: whether it gave back `1.0` or `1`, and in which order it kept the members.
"""

from __future__ import annotations

import hashlib
import math
from json.encoder import encode_basestring as _quoted
from typing import Any, Final

_EXACT: Final = 1 << 53
"""Integers beyond are no exact numbers in JSON (RFC 8785 §3.1)."""


def canonical(value: Any) -> bytes:
    """Return the canonical bytes of a JSON value.

    Raises ValueError for what JSON can't say exactly: NaN, infinities, integers past 2^53, lone
    surrogates, and what is no JSON value.
    """
    return _text(value).encode()


def digest(value: Any) -> str:
    """Return the SHA-256 of the canonical bytes, hexadecimal."""
    return hashlib.sha256(canonical(value)).hexdigest()


def _text(value: Any) -> str:
    # Every recording's end goes through here: one string a value costs half of what generators do.
    if isinstance(value, str):
        return _quoted(value)
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return _number(value)
    if isinstance(value, dict):
        members = [f"{_quoted(name)}:{_text(value[name])}" for name in _ordered(value)]
        return "{" + ",".join(members) + "}"
    if isinstance(value, list | tuple):
        return "[" + ",".join([_text(item) for item in value]) + "]"
    raise ValueError(f"{type(value).__name__} is no JSON value")


def _ordered(members: dict[Any, Any]) -> list[str]:
    """Return the names by their UTF-16 code units, which for ASCII is the order Python has."""
    if all(isinstance(name, str) and name.isascii() for name in members):
        return sorted(members)
    return sorted(members, key=_code_units)


def _code_units(name: object) -> bytes:
    if not isinstance(name, str):
        raise ValueError("a member's name must be a string")
    return name.encode("utf-16-be")


def _number(value: float) -> str:
    """Return a number as ECMAScript's Number::toString does (ECMA-262 §6.1.6.1.20)."""
    if isinstance(value, int) or (value.is_integer() and abs(value) <= _EXACT):
        whole = int(value)
        if abs(whole) > _EXACT:
            raise ValueError("an integer past 2^53 is not exact in JSON")
        return str(whole)
    if not math.isfinite(value):
        raise ValueError("no JSON number")
    sign = "-" if value < 0 else ""
    # repr gives the shortest digits that lead back to the same double, as ECMAScript demands.
    mantissa, _, exponent = repr(abs(value)).partition("e")
    before, _, after = mantissa.partition(".")
    point = len(before) + int(exponent or 0)
    digits = (before + after).rstrip("0")
    leading = len(digits) - len(digits.lstrip("0"))
    digits, point = digits[leading:], point - leading
    if 0 < point <= 21:
        digits = digits.ljust(point, "0")
        text = digits[:point] + ("." + digits[point:] if len(digits) > point else "")
    elif -6 < point <= 0:
        text = "0." + "0" * -point + digits
    else:
        fraction = f".{digits[1:]}" if len(digits) > 1 else ""
        text = f"{digits[0]}{fraction}e{point - 1:+d}"
    return sign + text
