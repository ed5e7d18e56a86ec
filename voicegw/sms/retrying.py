"""When a message is tried again, and when it is not worth it any more. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from voicegw.model.sms import SmsMessage

RETRIES_S: Final = (5.0, 15.0, 60.0, 300.0, 900.0)
"""Seconds after each attempt that failed; the last stands for all that follow."""
JITTER: Final = 0.1
_LONGEST_WISH_S: Final = 3600.0


def next_attempt(
    message: SmsMessage,
    now: datetime,
    chance: float,
    wish_s: float | None = None,
    retries_s: Sequence[float] = RETRIES_S,
) -> datetime | None:
    """Return when to try a message again that has just failed; None: it would be too late.

    `chance` is random, 0 to 1: what failed together is not tried again together. `wish_s` is the
    provider's: never before that.
    """
    delay_s = retries_s[min(message.attempts, len(retries_s)) - 1] * (1 + JITTER * chance)
    if wish_s is not None:
        delay_s = max(delay_s, min(wish_s, _LONGEST_WISH_S))
    at = now + timedelta(seconds=delay_s)
    return at if at < message.expires_at else None
