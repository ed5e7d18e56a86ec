"""The exact bytes that hashes and signatures cover: JSON in one form only (RFC 8785). Pure.

UTF-8, no white space, members ordered by their names' UTF-16 code units, the fewest escapes, and
numbers as ECMAScript writes them. So the bytes do not depend on the database that kept the
document: whether it gave back `1.0` or `1`, and in which order it kept the members.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterator
from json.encoder import encode_basestring as _quoted
from typing import Any, Final

_EXACT: Final = 1 << 53
"""Integers beyond are no exact numbers in JSON (RFC 8785 §3.1)."""


def canonical(value: Any) -> bytes:
    """Return the canonical bytes of a JSON value.

    Raises ValueError for what JSON can't say exactly: NaN, infinities, integers past 2^53, lone
    surrogates, and what is no JSON value.
    """
    return "".join(_parts(value)).encode()


def digest(value: Any) -> str:
    """Return the SHA-256 of the canonical bytes, hexadecimal."""
    return hashlib.sha256(canonical(value)).hexdigest()


def _parts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield _quoted(value)
    elif value is None:
        yield "null"
    elif isinstance(value, bool):
        yield "true" if value else "false"
    elif isinstance(value, int | float):
        yield _number(value)
    elif isinstance(value, dict):
        separator = "{"
        for name in sorted(value, key=_code_units):
            yield f"{separator}{_quoted(name)}:"
            yield from _parts(value[name])
            separator = ","
        yield "}" if value else "{}"
    elif isinstance(value, list | tuple):
        separator = "["
        for item in value:
            yield separator
            yield from _parts(item)
            separator = ","
        yield "]" if value else "[]"
    else:
        raise ValueError(f"{type(value).__name__} is no JSON value")


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
