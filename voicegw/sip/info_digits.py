"""Digits in INFO requests: application/dtmf-relay and application/dtmf. Pure.

Neither has an RFC; the forms are those of Cisco IOS and of the phones that followed.
"""

from __future__ import annotations

import re
from typing import Final

from voicegw.errors import InvalidError

DTMF_RELAY: Final = "application/dtmf-relay"
DTMF: Final = "application/dtmf"
ACCEPTED_INFO: Final = frozenset({DTMF_RELAY, DTMF})

_SIGNAL = re.compile(rb"^\s*signal\s*=\s*(\S{1,4})\s*$", re.IGNORECASE | re.MULTILINE)
_DIGITS: Final = frozenset("0123456789*#ABCD")
_BY_EVENT: Final = {"10": "*", "11": "#", "12": "A", "13": "B", "14": "C", "15": "D"}
_MAX_BODY_BYTES: Final = 256


def info_digit(mime_type: str, body: bytes) -> str | None:
    """Return the digit of an INFO body; None when it names none (a flash, nonsense).

    Digits may be written as events of RFC 4733 (`10` is `*`).
    """
    body = body[:_MAX_BODY_BYTES]
    if mime_type == DTMF_RELAY:
        match = _SIGNAL.search(body)
        if match is None:
            return None
        body = match[1]
    text = body.decode("ascii", "replace").strip().upper()
    text = _BY_EVENT.get(text, text)
    return text if text in _DIGITS else None


def relay_body(digit: str, duration_ms: int) -> bytes:
    """Return the application/dtmf-relay body of a digit. Raises InvalidError for anything else."""
    digit = digit.upper()
    if digit not in _DIGITS:
        raise InvalidError("digit", "expected one of 0-9, *, #, A-D")
    return f"Signal={digit}\r\nDuration={duration_ms}\r\n".encode()
