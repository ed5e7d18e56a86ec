"""When customers are not called: quiet hours, and what holds besides on public holidays. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from voicegw.model import hours
from voicegw.model.hours import HOLIDAY, Calendar, OpeningHours

_MAX_SPANS = 100
"""Spans that may follow each other without a pause before they count as never ending."""


@dataclass(frozen=True, slots=True)
class QuietHours:
    """Quiet hours of any day, and more of them on holidays; None: there are none.

    Both hold, so a holiday is never less quiet than another day. Text of both is that of
    :mod:`voicegw.model.hours`, "open" meaning quiet.
    """

    usual: OpeningHours | None = None
    on_holidays: OpeningHours | None = None

    def of_group(self, text: str | None) -> QuietHours:
        """Return what holds in a group whose own quiet hours are `text`; None: it has none."""
        own = hours.read(text)
        return self if own is None else replace(self, usual=own)

    def is_quiet(self, local: datetime, calendar: Calendar) -> bool:
        """Whether customers are left in peace at `local`, the time where they are."""
        return any(one.is_open(local, calendar) for one in self._parts)

    def end(self, local: datetime, calendar: Calendar) -> datetime | None:
        """Return when it is no longer quiet, `local` itself when it isn't; None: not in a year."""
        moment = local
        for _ in range(_MAX_SPANS):
            holding = [one for one in self._parts if one.is_open(moment, calendar)]
            if not holding:
                return moment
            ends = [one.next_change(moment, calendar) for one in holding]
            known = [end for end in ends if end is not None]
            if len(known) < len(ends):
                return None
            moment = max(known)
        return None

    def begin(self, local: datetime, calendar: Calendar) -> datetime | None:
        """Return when it is quiet next, `local` itself when it is; None: not in a year."""
        if self.is_quiet(local, calendar):
            return local
        begins = [one.next_change(local, calendar) for one in self._parts]
        return min((one for one in begins if one is not None), default=None)

    @property
    def _parts(self) -> list[OpeningHours]:
        return [one for one in (self.usual, self.on_holidays) if one is not None]


def parse_quiet_hours(text: str) -> OpeningHours | None:
    """Return configured quiet hours; None when empty. Raises ValueError."""
    return hours.parse(text) if text else None


def parse_quiet_holidays(text: str) -> OpeningHours | None:
    """Return quiet hours of public holidays, such as `00:00-10:00,20:00-24:00`; None when empty.

    Raises ValueError, for days, too: those are the holidays.
    """
    if not text:
        return None
    parsed = hours.parse(f"PH {text}")
    if any(rule.days != {HOLIDAY} for rule in parsed.rules):
        raise ValueError("expected times only, such as 00:00-10:00,20:00-24:00")
    return parsed
