"""Which days of a month are visiting days, and whose."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from voicegw.directory.calendar import Calendars, MainlandCalendar
from voicegw.errors import InvalidError
from voicegw.model.directory import Leave, Manager, ManagerStatus
from voicegw.model.hours import PlainCalendar
from voicegw.model.plan import Plan
from voicegw.tasks.visiting import month_days, own_days, visiting_days

ZONE = ZoneInfo("Asia/Shanghai")
PLAN = Plan("pln_1", "P")
DECEMBER = month_days("2026-12")


def test_a_month_has_its_days() -> None:
    assert (DECEMBER[0], DECEMBER[-1], len(month_days("2028-02"))) == (
        date(2026, 12, 1),
        date(2026, 12, 31),
        29,
    )


@pytest.mark.parametrize("month", ["2026-13", "2026-1", "", "2026-12-01", "december"])
def test_what_is_no_month(month: str) -> None:
    with pytest.raises(InvalidError) as raised:
        month_days(month)
    assert raised.value.field == "month"


def test_visiting_days_are_mondays_wednesdays_and_thursdays_but_for_holidays() -> None:
    days = visiting_days(PLAN, DECEMBER, PlainCalendar())
    assert {day.weekday() for day in days} == {0, 2, 3}
    assert len(days) == 14
    october = visiting_days(PLAN, month_days("2025-10"), MainlandCalendar())
    assert october[0] == date(2025, 10, 9)  # the first to the eighth are holidays


def test_a_worked_weekend_is_a_visiting_day_only_where_the_plan_says_so() -> None:
    # A Sunday that is worked stands for a Monday, a Saturday for a Friday.
    public = Calendars(worked=[date(2026, 12, 5), date(2026, 12, 6)]).of("Asia/Shanghai")
    week = DECEMBER[2:8]
    usual = [day.day for day in visiting_days(PLAN, week, public)]
    assert usual == [3, 7]
    mondays = Plan("pln_1", "P", worked_weekends=True)
    assert [day.day for day in visiting_days(mondays, week, public)] == [3, 6, 7]
    fridays = Plan("pln_1", "P", worked_weekends=True, visiting_weekdays=("fr",))
    assert [day.day for day in visiting_days(fridays, week, public)] == [4, 5]


def own(manager: Manager) -> list[int]:
    days = visiting_days(PLAN, DECEMBER, PlainCalendar())
    return [day.day for day in own_days(manager, days, PlainCalendar(), ZONE)]


def test_leave_takes_days_away_the_first_and_the_last_too() -> None:
    leave = [Leave(date(2026, 12, 7), date(2026, 12, 28))]
    assert own(Manager("m", "M", "g", leave=leave)) == [2, 3, 30, 31]


def test_own_hours_and_absence_take_days_away() -> None:
    assert own(Manager("m", "M", "g", hours="Mo 09:00-18:00; We off")) == [7, 14, 21, 28]
    back = datetime(2026, 12, 14, 3, tzinfo=UTC)  # eleven in the morning
    away = Manager("m", "M", "g", status=ManagerStatus.AWAY, away_until=back)
    assert own(away)[0] == 14
    assert own(Manager("m", "M", "g", status=ManagerStatus.AWAY)) == []
    assert own(Manager("m", "M", "g", status=ManagerStatus.DEPARTED)) == []
