"""When a scheduled report is made, and about which days. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

import msgspec

from voicegw.errors import InvalidError
from voicegw.model.ids import IdKind, new_id
from voicegw.model.report_file import (
    DeliveryKind,
    FileDelivery,
    Period,
    ReportFile,
    ReportSchedule,
)

_AT: Final = re.compile(r"([01]\d|2[0-3]):[0-5]\d")
_DAY: Final = timedelta(days=1)
_LONGEST_DAYS: Final = 32
"""From one day of making a report to the next, and one more for the time of day."""


def check_times(schedule: ReportSchedule) -> None:
    """Return when `at`, `on` and `timezone` can be kept. Raises InvalidError naming the field."""
    if _AT.fullmatch(schedule.at) is None:
        raise InvalidError("at", "expected a time of day such as 07:30", kind="not-a-time-of-day")
    try:
        ZoneInfo(schedule.timezone)
    except (KeyError, ValueError, OSError) as error:
        raise InvalidError(
            "timezone", "expected a zone such as Asia/Shanghai", kind="not-a-time-zone"
        ) from error
    last = {Period.DAY: 1, Period.WEEK: 7, Period.MONTH: 28}[schedule.period]
    if not 1 <= schedule.on <= last:
        raise InvalidError(
            "on", f"of a {schedule.period} it is 1 to {last}", kind="out-of-range", min=1, max=last
        )


def next_after(schedule: ReportSchedule, now: datetime) -> datetime:
    """Return the first time after `now` at which the report is to be made."""
    return _nearest(schedule, now, _DAY, lambda moment: moment > now)


def last_until(schedule: ReportSchedule, now: datetime) -> datetime:
    """Return the last time up to `now` at which the report was to be made."""
    return _nearest(schedule, now, -_DAY, lambda moment: moment <= now)


def period_before(period: Period, day: date) -> tuple[date, date]:
    """Return the last whole period that has passed on `day`: its first day, the day after it."""
    match period:
        case Period.DAY:
            return day - _DAY, day
        case Period.WEEK:
            monday = day - _DAY * day.weekday()
            return monday - _DAY * 7, monday
        case Period.MONTH:
            first = day.replace(day=1)
            return (first - _DAY).replace(day=1), first


def due_file(schedule: ReportSchedule, now: datetime) -> tuple[ReportFile, ReportSchedule]:
    """Return the file that is to be made, and the schedule with its next time.

    However many times have passed since `next_at`, the last one alone is made up for.
    """
    at = last_until(schedule, now)
    from_, until = period_before(schedule.period, at.astimezone(ZoneInfo(schedule.timezone)).date())
    places = [FileDelivery(DeliveryKind.MAIL, address) for address in schedule.mail_to]
    if schedule.folder is not None:
        places.append(FileDelivery(DeliveryKind.FOLDER, schedule.folder))
    file = ReportFile(
        id=new_id(IdKind.REPORT_FILE),
        schedule_id=schedule.id,
        owner=schedule.owner,
        created_at=now,
        name=schedule.name,
        report=schedule.report,
        from_=from_,
        until=until,
        format=schedule.format,
        language=schedule.language,
        filters=schedule.filters,
        deliveries=tuple(places),
    )
    return file, msgspec.structs.replace(schedule, next_at=next_after(schedule, now))


def _nearest(
    schedule: ReportSchedule,
    now: datetime,
    step: timedelta,
    fits: Callable[[datetime], bool],
) -> datetime:
    zone = ZoneInfo(schedule.timezone)
    day = now.astimezone(zone).date()
    at = time.fromisoformat(schedule.at)
    for _ in range(_LONGEST_DAYS):
        moment = datetime.combine(day, at, zone)
        if _is_on(schedule, day) and fits(moment):
            return moment.astimezone(now.tzinfo)
        day += step
    raise InvalidError("on", "is no day of any month", kind="pattern")


def _is_on(schedule: ReportSchedule, day: date) -> bool:
    match schedule.period:
        case Period.DAY:
            return True
        case Period.WEEK:
            return day.isoweekday() == schedule.on
        case Period.MONTH:
            return day.day == schedule.on
