"""Which days of a month a manager can visit or call customers on. Pure.

A visiting day is one of the plan's weekdays that is no public holiday. A day of a weekend that is
worked for a holiday is none, unless the plan says that such days count: then Saturday counts as
Friday and Sunday as Monday, as in opening hours (:mod:`voicegw.model.hours`).
"""

from __future__ import annotations

import calendar
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from voicegw.errors import InvalidError
from voicegw.model import hours
from voicegw.model.directory import Manager, ManagerStatus
from voicegw.model.hours import Calendar, DayKind
from voicegw.model.plan import WEEKDAYS, Plan

_FRIDAY, _SATURDAY, _MONDAY = 4, 5, 0


def month_days(month: str) -> Sequence[date]:
    """Return the days of a month such as `2026-12`. Raises InvalidError naming `month`."""
    try:
        first = datetime.strptime(month, "%Y-%m").date()  # noqa: DTZ007 - a day has no zone
    except ValueError as error:
        raise InvalidError(
            "month", "expected a month such as 2026-12", kind="not-a-month"
        ) from error
    if first.isoformat()[:7] != month:
        raise InvalidError("month", "expected a month such as 2026-12", kind="not-a-month")
    length = calendar.monthrange(first.year, first.month)[1]
    return [first + timedelta(days=step) for step in range(length)]


def visiting_days(plan: Plan, days: Sequence[date], public: Calendar) -> Sequence[date]:
    """Return those of `days` on which the plan has customers visited, by the `public` calendar."""
    wanted = {WEEKDAYS.index(name) for name in plan.visiting_weekdays}
    return [day for day in days if _is_visiting(day, wanted, public, plan.worked_weekends)]


def own_days(
    manager: Manager, days: Sequence[date], public: Calendar, zone: ZoneInfo
) -> Sequence[date]:
    """Return those of `days` on which the manager is there: not on leave, and within own hours.

    Who is away counts as there from the day on whose noon the absence is over.
    """
    if manager.status is ManagerStatus.DEPARTED:
        return []
    own_hours = hours.read(manager.hours)
    return [
        day
        for day in days
        if not manager.is_away(datetime(day.year, day.month, day.day, 12, tzinfo=zone))
        and not manager.is_on_leave(day)
        and (own_hours is None or own_hours.spans(day, public))
    ]


def _is_visiting(day: date, wanted: set[int], public: Calendar, worked_weekends: bool) -> bool:
    kind = public.kind(day)
    if kind is DayKind.HOLIDAY:
        return False
    if kind is DayKind.WORKED:
        shape = _FRIDAY if day.weekday() == _SATURDAY else _MONDAY
        return worked_weekends and shape in wanted
    return day.weekday() in wanted
