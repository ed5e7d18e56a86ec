"""Which days are public holidays where a group is: mainland China, and days of the operator's own.

The State Council names each year's holidays, and the weekends worked for them, some weeks before
the year; the library chinese-calendar (chinesecalendar) carries them. A year that it does not know
has weekends and no holidays, until the library is renewed or the configuration names the days
(section `calendar`): :meth:`Calendars.unknown_year` tells when that is so.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Final

from chinese_calendar import constants

from voicegw.model.hours import Calendar, DayKind, PlainCalendar

#: Time zones of mainland China (IANA's backward names, too). Hong Kong, Macao and Taipei have
#: holidays of their own.
_MAINLAND: Final = frozenset(
    {
        "Asia/Shanghai",
        "Asia/Urumqi",
        "Asia/Chongqing",
        "Asia/Chungking",
        "Asia/Harbin",
        "Asia/Kashgar",
        "PRC",
    }
)
_KNOWN_YEARS: Final = frozenset(day.year for day in constants.holidays)
_WEEKEND: Final = 5


class MainlandCalendar:
    """Public holidays of mainland China, as far as the library knows them."""

    def kind(self, day: date) -> DayKind:
        """Return what kind of day `day` is; ordinary in a year that the library doesn't know."""
        if day in constants.holidays:
            return DayKind.HOLIDAY
        if day in constants.workdays and day.weekday() >= _WEEKEND:
            return DayKind.WORKED
        return DayKind.ORDINARY


class _OwnDays:
    """A calendar in which some days are as the operator says."""

    def __init__(self, beneath: Calendar, holidays: frozenset[date], worked: frozenset[date]):
        self._beneath = beneath
        self._holidays = holidays
        self._worked = worked

    def kind(self, day: date) -> DayKind:
        if day in self._holidays:
            return DayKind.HOLIDAY
        if day in self._worked:
            return DayKind.WORKED if day.weekday() >= _WEEKEND else DayKind.ORDINARY
        return self._beneath.kind(day)


class Calendars:
    """The calendars of all groups. Immutable; one for the node."""

    def __init__(self, holidays: Iterable[date] = (), worked: Iterable[date] = ()) -> None:
        """`holidays` and `worked` are the operator's own days, and win over any calendar's."""
        self._own = frozenset(holidays), frozenset(worked)
        self._mainland = self._with_own(MainlandCalendar())
        self._plain = self._with_own(PlainCalendar())

    def of(self, timezone: str) -> Calendar:
        """Return the calendar of a group whose time zone is `timezone` (an IANA name)."""
        return self._mainland if timezone in _MAINLAND else self._plain

    def unknown_year(self, timezone: str, today: date) -> int | None:
        """Return the year of `today` if no holidays are known of it there; else None."""
        own = {day.year for day in self._own[0]}
        known = _KNOWN_YEARS | own
        return today.year if timezone in _MAINLAND and today.year not in known else None

    def _with_own(self, calendar: Calendar) -> Calendar:
        return _OwnDays(calendar, *self._own) if any(self._own) else calendar
