"""By when something is to be done: hours by the clock, days by the calendar."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voicegw.directory.calendar import Calendars
from voicegw.model.task_type import TimeRule
from voicegw.tasks.times import TaskTimes, end_of_working_day, is_working_day, times_of

ZONE = ZoneInfo("Asia/Shanghai")
CALENDAR = Calendars().of("Asia/Shanghai")
RULE = TimeRule(contact_s=4 * 3600, close_working_days=2)


def local(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=ZONE)  # type: ignore[arg-type, misc]


@pytest.mark.parametrize(
    ("asked", "end"),
    [
        # A Monday: Tuesday and Wednesday.
        (local(2026, 3, 2, 9), local(2026, 3, 5)),
        # A Friday at five, before a usual weekend.
        (local(2026, 3, 6, 17), local(2026, 3, 11)),
        # A Sunday, and the last minute of one.
        (local(2026, 3, 8, 12), local(2026, 3, 11)),
        (local(2026, 3, 8, 23, 59), local(2026, 3, 11)),
        # The Friday before the holiday week of October 2025: the Sunday between is worked.
        (local(2025, 9, 26, 17), local(2025, 9, 30)),
        # The last day before it: the holidays end on the 8th.
        (local(2025, 9, 30, 17), local(2025, 10, 11)),
        # In the middle of it; the Saturday after is worked.
        (local(2025, 10, 9, 8), local(2025, 10, 12)),
    ],
)
def test_two_working_days_end_with_the_second_day_after(asked: datetime, end: datetime) -> None:
    found = times_of(RULE, requested_at=asked, zone=ZONE, calendar=CALENDAR)
    assert found.close_by == found.due_at == end
    assert found.contact_by == asked + timedelta(hours=4)


@given(
    st.integers(0, 700 * 24 * 60),
    st.integers(0, 12),
    st.sampled_from(["Asia/Shanghai", "Asia/Urumqi", "UTC", "Europe/Berlin"]),
)
def test_so_many_working_days_lie_between_request_and_end(
    minutes: int, days: int, name: str
) -> None:
    zone = ZoneInfo(name)
    calendar = Calendars().of(name)
    since = datetime(2025, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
    end = end_of_working_day(since, days, zone, calendar).astimezone(zone)
    assert end.time() == time()
    assert end > since.astimezone(zone)
    first: date = since.astimezone(zone).date()
    last = end.date() - timedelta(days=1)
    between = [first + timedelta(days=n) for n in range(1, (last - first).days + 1)]
    assert sum(is_working_day(day, calendar) for day in between) == days
    assert days == 0 or is_working_day(last, calendar)


def test_the_sooner_of_two_times_is_when_it_is_due() -> None:
    asked = local(2026, 3, 2, 9)
    soon = TimeRule(due_s=60, close_working_days=1)
    found = times_of(soon, requested_at=asked, zone=ZONE, calendar=CALENDAR)
    assert found.due_at == asked + timedelta(minutes=1)
    assert found.close_by == local(2026, 3, 4)
    assert times_of(TimeRule(), requested_at=asked, zone=ZONE, calendar=CALENDAR) == TaskTimes()
