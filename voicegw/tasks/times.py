"""By when a task is to be contacted and closed: hours by the clock, working days by a calendar.

Pure. Hours run day and night: a customer who asks at eleven at night waits from then on. Working
days are whole ones: whatever the hour of the request, the day after it that is worked is the first,
and the time is the end of the last.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import islice
from typing import Final
from zoneinfo import ZoneInfo

from voicegw.model.hours import Calendar, DayKind
from voicegw.model.task_type import TimeRule

_WEEKEND: Final = 5


@dataclass(frozen=True, slots=True)
class TaskTimes:
    """The times of one task, in UTC; None: there is none."""

    contact_by: datetime | None = None
    close_by: datetime | None = None
    due_at: datetime | None = None


def times_of(
    rule: TimeRule, *, requested_at: datetime, zone: ZoneInfo, calendar: Calendar
) -> TaskTimes:
    """Return the times that `rule` gives to what was asked for at `requested_at` (aware).

    `due_at` is the sooner of `due_s` and the time for closing: what a list is worked through by.
    """
    contact_by = close_by = due_at = None
    if rule.contact_s is not None:
        contact_by = requested_at + timedelta(seconds=rule.contact_s)
    if rule.close_working_days is not None:
        close_by = end_of_working_day(requested_at, rule.close_working_days, zone, calendar)
    if rule.due_s is not None:
        due_at = requested_at + timedelta(seconds=rule.due_s)
    known = [one for one in (close_by, due_at) if one is not None]
    return TaskTimes(contact_by, close_by, min(known, default=None))


def end_of_working_day(since: datetime, days: int, zone: ZoneInfo, calendar: Calendar) -> datetime:
    """Return the end, in UTC, of the `days`-th working day after the day of `since` in `zone`.

    With 0 it is the end of the day of `since` itself, worked or not.
    """
    day = since.astimezone(zone).date()
    if days:
        day = next(islice(working_days_after(day, calendar), days - 1, None))
    midnight = datetime.combine(day + timedelta(days=1), time(), zone)
    return midnight.astimezone(UTC)


def working_days_after(day: date, calendar: Calendar) -> Iterator[date]:
    """Return the working days after `day`, without an end."""
    while True:
        day += timedelta(days=1)
        if is_working_day(day, calendar):
            yield day


def is_working_day(day: date, calendar: Calendar) -> bool:
    """Whether `day` is worked: Monday to Friday but for holidays, and weekends worked for them."""
    kind = calendar.kind(day)
    if kind is DayKind.ORDINARY:
        return day.weekday() < _WEEKEND
    return kind is DayKind.WORKED
