"""At which hours a customer answers: from past calls, with a prior for who was called little.

Pure. What is counted is whether a person took the call, by the hour of the customer's day, working
days apart from days off. A neighbouring hour, and the same hour of the other kind of day, say a
part of it; so a few calls are enough to lean somewhere, and never enough to be sure.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from voicegw.model.hours import Calendar, DayKind

PRIOR_SHARE: Final = 0.5
"""How many calls are answered by somebody of whom nothing is known."""
_PRIOR_CALLS: Final = 2.0
"""So many calls the prior counts for, for the customer; and the customer's share for each hour."""
_HOUR_CALLS: Final = 3.0
_BESIDE: Final = 0.5
"""What a call an hour earlier or later counts for this hour."""
_OTHER_KIND: Final = 0.25
"""What a call at this hour counts for, on the other kind of day."""
_SATURDAY: Final = 5


@dataclass(frozen=True, slots=True)
class PastAnswer:
    """A call to a customer, at an aware time, and whether a person took it."""

    at: datetime
    answered: bool


def answer_share(
    past: Iterable[PastAnswer], at: datetime, zone: ZoneInfo, calendar: Calendar
) -> float:
    """Return the share of calls at the hour of `at` that the customer is expected to answer.

    Between 0 and 1; `PRIOR_SHARE` for who was never called. `zone` and `calendar` are the
    customer's.
    """
    now = at.astimezone(zone)
    is_off = _is_day_off(now, calendar)
    all_calls, all_answered = _PRIOR_CALLS, _PRIOR_CALLS * PRIOR_SHARE
    calls = answered = 0.0
    for one in past:
        then = one.at.astimezone(zone)
        weight = _weight(now, then, is_same_kind=_is_day_off(then, calendar) is is_off)
        calls += weight
        all_calls += 1
        if one.answered:
            answered += weight
            all_answered += 1
    return (answered + _HOUR_CALLS * all_answered / all_calls) / (calls + _HOUR_CALLS)


def _weight(now: datetime, then: datetime, *, is_same_kind: bool) -> float:
    apart = abs(now.hour - then.hour)
    if apart == 0:
        return 1.0 if is_same_kind else _OTHER_KIND
    return _BESIDE if min(apart, 24 - apart) == 1 and is_same_kind else 0.0


def _is_day_off(local: datetime, calendar: Calendar) -> bool:
    kind = calendar.kind(local.date())
    if kind is DayKind.ORDINARY:
        return local.weekday() >= _SATURDAY
    return kind is DayKind.HOLIDAY
