"""When somebody who fails to log in has to wait, and how long. Pure.

An attempt is counted as a failure before anything is compared, and taken back by who was right: so
attempts made at the same moment count all. Once there were `free` failures each further one locks,
for twice as long as the one before. A day without a failure forgets them.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class LockRules:
    """How many failures are free, and what the next ones cost."""

    free: int
    first: timedelta
    most: timedelta
    forget: timedelta = timedelta(days=1)

    def delay(self, failures: int) -> timedelta | None:
        """Return for how long the failure that makes them `failures` locks; None: not at all."""
        beyond = failures - self.free
        if beyond < 0:
            return None
        # Doubling more often than the longest delay needs would only make huge numbers.
        return min(self.first * (1 << min(beyond, 32)), self.most)


@dataclass(frozen=True, slots=True)
class Failures:
    """What is known of one key that attempts are counted by."""

    count: int
    last_at: datetime
    locked_until: datetime | None = None

    def is_locked(self, at: datetime) -> bool:
        """Whether no attempt is let through at that moment."""
        return self.locked_until is not None and self.locked_until > at

    def attempted(self, at: datetime, rules: LockRules) -> Failures:
        """Return what is known after one more failure, when it was not locked."""
        count = 1 if self.last_at + rules.forget <= at else self.count + 1
        delay = rules.delay(count)
        return Failures(count, at, None if delay is None else at + delay)

    def taken_back(self, rules: LockRules) -> Failures:
        """Return what is known when the last attempt was none; a lock that others made stays."""
        count = max(self.count - 1, 0)
        stays = self.locked_until is not None and rules.delay(count) is not None
        return replace(self, count=count, locked_until=self.locked_until if stays else None)
