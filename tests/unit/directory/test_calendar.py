"""Which days are holidays where a group is."""

from __future__ import annotations

from datetime import date

import pytest

from voicegw.directory.calendar import Calendars
from voicegw.model.hours import DayKind


@pytest.mark.parametrize(
    ("day", "kind"),
    [
        (date(2026, 10, 1), DayKind.HOLIDAY),
        (date(2026, 10, 4), DayKind.HOLIDAY),  # a Sunday within the holidays
        (date(2026, 10, 10), DayKind.WORKED),  # a Saturday worked for them
        (date(2026, 10, 11), DayKind.ORDINARY),
        (date(2026, 10, 12), DayKind.ORDINARY),
    ],
)
def test_mainland_china_has_its_holidays_and_worked_weekends(day: date, kind: DayKind) -> None:
    assert Calendars().of("Asia/Shanghai").kind(day) is kind
    assert Calendars().of("Asia/Urumqi").kind(day) is kind


@pytest.mark.parametrize("timezone", ["UTC", "Asia/Hong_Kong", "Europe/Berlin"])
def test_elsewhere_there_are_only_the_operators_own_days(timezone: str) -> None:
    assert Calendars().of(timezone).kind(date(2026, 10, 1)) is DayKind.ORDINARY
    own = Calendars([date(2026, 12, 25)])
    assert own.of(timezone).kind(date(2026, 12, 25)) is DayKind.HOLIDAY


def test_own_days_win_over_the_calendars() -> None:
    calendar = Calendars([date(2026, 11, 24)], [date(2026, 10, 1), date(2026, 10, 11)]).of("PRC")
    assert calendar.kind(date(2026, 11, 24)) is DayKind.HOLIDAY
    assert calendar.kind(date(2026, 10, 1)) is DayKind.ORDINARY  # a Thursday that is worked
    assert calendar.kind(date(2026, 10, 11)) is DayKind.WORKED
    assert calendar.kind(date(2026, 10, 2)) is DayKind.HOLIDAY


def test_a_year_that_nobody_has_named_the_holidays_of_is_told() -> None:
    far = date(2099, 5, 1)
    assert Calendars().of("Asia/Shanghai").kind(far) is DayKind.ORDINARY
    assert Calendars().unknown_year("Asia/Shanghai", far) == 2099
    assert Calendars().unknown_year("Asia/Shanghai", date(2026, 5, 1)) is None
    assert Calendars().unknown_year("UTC", far) is None
    assert Calendars([far]).unknown_year("Asia/Shanghai", far) is None
