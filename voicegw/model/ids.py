"""Opaque, time-ordered identifiers.

An id is a short kind prefix and a UUIDv7 (RFC 9562 §5.7) in lower-case base32hex (RFC 4648 §7),
26 characters: ids sort by creation, which keeps index writes local.
"""

from __future__ import annotations

import os
import time
from enum import StrEnum
from typing import Final

_DIGITS: Final = "0123456789abcdefghijklmnopqrstuv"
#: Two digits at a time: ten bits.
_PAIRS: Final = [first + second for first in _DIGITS for second in _DIGITS]
_SHIFTS: Final = range(120, -1, -10)
#: Version and variant of a UUID: where they stand, and what they are.
_FIXED_BITS: Final = 0xF << 76 | 0x3 << 62
_VERSION_7: Final = 0x7 << 76 | 0x2 << 62


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
    SCRIPT = "scr"
    FINDING = "fnd"
    SCORECARD = "crd"
    REVIEW = "rev"
    SAMPLE = "smp"
    COMMENT = "cmt"
    EXPORT = "exp"
    DISCLOSURE = "dsc"
    TASK = "tsk"
    HANDOVER = "hov"
    USER = "usr"
    SESSION = "ses"
    WEBHOOK = "whk"
    PLAN = "pln"
    PLAN_RUN = "run"
    TRIGGER = "trg"
    ASSIGNMENT = "asg"
    DIALLING = "dlg"
    SMS = "sms"
    SMS_REPLY = "rpl"
    REPORT_SCHEDULE = "sch"
    REPORT_FILE = "rpt"


def settled_id(call_id: str) -> str:
    """Return the id of the event that a call is settled: the call's own, so that there is one."""
    return f"{IdKind.EVENT}_{call_id.partition('_')[2]}"


def new_id(kind: IdKind) -> str:
    """Return a new id of `kind`, unique across nodes, ordered by millisecond."""
    unix_ms = time.time_ns() // 1_000_000
    value = unix_ms << 80 | int.from_bytes(os.urandom(10), "big")
    value = (value & ~_FIXED_BITS | _VERSION_7) << 2  # so that the last digit is whole
    return f"{kind}_{''.join([_PAIRS[value >> shift & 1023] for shift in _SHIFTS])}"
