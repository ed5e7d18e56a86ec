"""How many requests one asker may send: token buckets, bounded in number. Pure.

A bucket is one number, the moment at which it is full again (the generic cell rate algorithm of
ITU-T I.371): each request moves it by the time that one token takes to come back, and a request
that would move it further ahead than the whole bucket takes is refused. A bucket that is full needs
no place, so an asker who is forgotten loses nothing.
"""

from __future__ import annotations

import math
from collections import OrderedDict
from dataclasses import dataclass
from typing import Final

BUCKETS: Final = 10_000
#: Sums of many fractions of a second are not exact: what is this close is equal.
_CLOSE_S: Final = 1e-9


@dataclass(frozen=True, slots=True)
class Rate:
    """`per_s` requests a second in the long run, `burst` of them at once."""

    per_s: float
    burst: int

    @property
    def window_s(self) -> int:
        """Seconds in which an empty bucket is full again, rounded up."""
        return max(1, math.ceil(self.burst / self.per_s))


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a request may go on.

    `remaining`: how many more may follow at once. `full_in_s`: when the bucket will be full.
    `retry_after_s`: when a refused request would be taken; 0 for one that is.
    """

    allowed: bool
    remaining: int
    full_in_s: float
    retry_after_s: float = 0.0


class RateBook:
    """The buckets of all askers; at most `size` of them, those asked for last."""

    def __init__(self, size: int = BUCKETS) -> None:
        """All buckets are full."""
        self._size = size
        self._full_at_s: OrderedDict[str, float] = OrderedDict()

    def __len__(self) -> int:
        """Return how many buckets are kept."""
        return len(self._full_at_s)

    def take(self, asker: str, rate: Rate, now_s: float) -> Verdict:
        """Take a token of `asker` at `now_s`, and tell whether there was one."""
        token_s = 1 / rate.per_s
        deepest_s = rate.burst * token_s
        full_in_s = max(self._full_at_s.get(asker, now_s) - now_s, 0.0)
        lacking_s = full_in_s + token_s - deepest_s
        if lacking_s > _CLOSE_S:
            return Verdict(False, 0, full_in_s, lacking_s)
        full_in_s += token_s
        self._full_at_s[asker] = now_s + full_in_s
        self._full_at_s.move_to_end(asker)
        if len(self._full_at_s) > self._size:
            self._full_at_s.popitem(last=False)
        return Verdict(True, int((deepest_s - full_in_s + _CLOSE_S) / token_s), full_in_s)


def header_fields(policy: str, rate: Rate, verdict: Verdict) -> dict[str, str]:
    """Return what an answer tells of the rate (draft-ietf-httpapi-ratelimit-headers-10).

    `policy` names the rate: a token of letters. A refusal says besides when to ask again.
    """
    fields = {
        "RateLimit-Policy": f'"{policy}";q={rate.burst};w={rate.window_s}',
        "RateLimit": f'"{policy}";r={verdict.remaining};t={math.ceil(verdict.full_in_s)}',
    }
    if not verdict.allowed:
        fields["Retry-After"] = str(max(1, math.ceil(verdict.retry_after_s)))
    return fields
