"""Opaque, time-ordered identifiers.

An id is a short kind prefix and a UUIDv7 (RFC 9562 §5.7) in lower-case base32hex (RFC 4648 §7),
26 characters: ids sort by creation, which keeps index writes local.
"""

from __future__ import annotations

import os
import time
from base64 import b32hexencode
from enum import StrEnum


class IdKind(StrEnum):
    """The prefix of an id, telling a reader what it names."""

    CALL = "call"
    LEG = "leg"
    EVENT = "evt"
    RECORDING = "rec"
    GROUP = "grp"
    HOTLINE = "hot"
    MANAGER = "mgr"
    CUSTOMER = "cus"
    KEY = "key"
    JOB = "job"


def new_id(kind: IdKind) -> str:
    """Return a new id of `kind`, unique across nodes, ordered by millisecond."""
    unix_ms = time.time_ns() // 1_000_000
    raw = bytearray(unix_ms.to_bytes(6, "big") + os.urandom(10))
    raw[6] = 0x70 | (raw[6] & 0x0F)
    raw[8] = 0x80 | (raw[8] & 0x3F)
    return f"{kind}_{b32hexencode(bytes(raw)).decode().rstrip('=').lower()}"
