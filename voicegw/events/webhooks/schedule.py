"""When a delivery is tried again, and when it is given up. Pure.

The times are those of the Standard Webhooks specification ("Retry schedule"). Each is lengthened
by up to a tenth, so that what failed together is not tried again together.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Final

_MIN_S: Final = 60
_H_S: Final = 3600

RETRIES_S: Final = (
    5,
    5 * _MIN_S,
    30 * _MIN_S,
    2 * _H_S,
    5 * _H_S,
    10 * _H_S,
    14 * _H_S,
    20 * _H_S,
    24 * _H_S,
)
"""Seconds from each attempt that failed to the next."""

JITTER: Final = 0.1
_LONGEST_WISH_S: Final = 24 * _H_S
_MARGIN_S: Final = 2 * _H_S
_SECONDS: Final = re.compile(r"\d{1,9}")


def next_attempt(
    attempts: int,
    now: datetime,
    chance: float,
    retries_s: Sequence[float] = RETRIES_S,
    wish_s: float | None = None,
) -> datetime | None:
    """Return when to try again after the failure of attempt number `attempts`, None for never.

    `chance` is random, 0 to 1. `wish_s` is the receiver's Retry-After: never before that.
    """
    if attempts > len(retries_s):
        return None
    delay_s = retries_s[attempts - 1] * (1 + JITTER * chance)
    if wish_s is not None:
        delay_s = max(delay_s, min(wish_s, _LONGEST_WISH_S))
    return now + timedelta(seconds=delay_s)


def longest(retries_s: Sequence[float] = RETRIES_S) -> timedelta:
    """Return for how long a delivery is tried at most; what is not done by then is given up."""
    return timedelta(seconds=sum(retries_s) * (1 + JITTER) + _MARGIN_S)


def retry_after_s(value: str | None, now: datetime) -> float | None:
    """Return the seconds that a Retry-After header asks for (RFC 9110 §10.2.3); None: nothing."""
    if value is None:
        return None
    text = value.strip()
    if _SECONDS.fullmatch(text):
        return float(text)
    try:
        at = parsedate_to_datetime(text)
    except (ValueError, OverflowError):  # the latter for a year, or a zone, that is no number's
        return None
    if at.tzinfo is None:  # "-0000": the time is UTC, the place unknown
        at = at.replace(tzinfo=UTC)
    return max((at - now).total_seconds(), 0.0)
