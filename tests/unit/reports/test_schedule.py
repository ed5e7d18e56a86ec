"""When scheduled reports are made, and of which days."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voicegw.errors import InvalidError
from voicegw.model.report import ReportKind
from voicegw.model.report_file import DeliveryKind, Period, ReportSchedule
from voicegw.reports.schedule import (
    check_times,
    due_file,
    last_until,
    next_after,
    period_before,
)

SHANGHAI = ZoneInfo("Asia/Shanghai")


def a_schedule(**more: Any) -> ReportSchedule:
    """Return a schedule: the day before, at 07:30 in Shanghai."""
    fields: dict[str, Any] = {
        "id": "sch_1",
        "owner": "key_1",
        "created_at": datetime(2026, 1, 1, tzinfo=UTC),
        "name": "Daily",
        "report": ReportKind.ACTIVITY,
        "period": Period.DAY,
        "at": "07:30",
        "timezone": "Asia/Shanghai",
    }
    return ReportSchedule(**(fields | more))


@pytest.mark.parametrize(
    ("period", "on", "now", "next_"),
    [
        (Period.DAY, 1, (2026, 11, 22, 7, 29), (2026, 11, 22, 7, 30)),
        (Period.DAY, 1, (2026, 11, 22, 7, 30), (2026, 11, 23, 7, 30)),
        (Period.WEEK, 1, (2026, 11, 22, 12, 0), (2026, 11, 23, 7, 30)),
        (Period.WEEK, 5, (2026, 11, 27, 7, 30), (2026, 12, 4, 7, 30)),
        (Period.MONTH, 1, (2026, 12, 31, 12, 0), (2027, 1, 1, 7, 30)),
        (Period.MONTH, 28, (2026, 2, 28, 7, 30), (2026, 3, 28, 7, 30)),
    ],
)
def test_it_is_made_at_its_local_time(
    period: Period, on: int, now: tuple[int, ...], next_: tuple[int, ...]
) -> None:
    moment = datetime(*now, tzinfo=SHANGHAI).astimezone(UTC)  # type: ignore[misc, arg-type]
    found = next_after(a_schedule(period=period, on=on), moment)
    assert found == datetime(*next_, tzinfo=SHANGHAI)  # type: ignore[misc, arg-type]
    assert found.tzinfo is UTC


@pytest.mark.parametrize(
    ("period", "day", "span"),
    [
        (Period.DAY, date(2026, 3, 1), (date(2026, 2, 28), date(2026, 3, 1))),
        (Period.WEEK, date(2026, 11, 23), (date(2026, 11, 16), date(2026, 11, 23))),
        (Period.WEEK, date(2026, 11, 22), (date(2026, 11, 9), date(2026, 11, 16))),
        (Period.MONTH, date(2027, 1, 1), (date(2026, 12, 1), date(2027, 1, 1))),
        (Period.MONTH, date(2026, 3, 28), (date(2026, 2, 1), date(2026, 3, 1))),
    ],
)
def test_it_tells_of_the_whole_period_before(
    period: Period, day: date, span: tuple[date, date]
) -> None:
    assert period_before(period, day) == span


def test_what_was_missed_is_made_once() -> None:
    schedule = a_schedule(
        next_at=datetime(2026, 11, 1, tzinfo=UTC), mail_to=("a@example.com",), folder="county"
    )
    now = datetime(2026, 11, 22, 1, tzinfo=UTC)  # 09:00 in Shanghai
    file, after = due_file(schedule, now)
    assert (file.from_, file.until) == (date(2026, 11, 21), date(2026, 11, 22))
    assert after.next_at == datetime(2026, 11, 22, 23, 30, tzinfo=UTC)
    assert [(one.kind, one.to) for one in file.deliveries] == [
        (DeliveryKind.MAIL, "a@example.com"),
        (DeliveryKind.FOLDER, "county"),
    ]
    assert file.file_name == "activity_2026-11-21_2026-11-22.xlsx"


@pytest.mark.parametrize(
    ("field", "more"),
    [
        ("at", {"at": "24:00"}),
        ("at", {"at": "7:30"}),
        ("timezone", {"timezone": "Mars/Phobos"}),
        ("timezone", {"timezone": "../etc/passwd"}),
        ("on", {"on": 2}),
        ("on", {"period": Period.WEEK, "on": 8}),
        ("on", {"period": Period.MONTH, "on": 29}),
        ("on", {"period": Period.MONTH, "on": 0}),
    ],
)
def test_times_that_can_not_be_kept_are_refused(field: str, more: dict[str, Any]) -> None:
    with pytest.raises(InvalidError) as raised:
        check_times(a_schedule(**more))
    assert raised.value.field == field


@given(
    st.sampled_from(Period),
    st.integers(1, 28),
    st.datetimes(datetime(2025, 1, 1), datetime(2028, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
    st.sampled_from(["Asia/Shanghai", "Europe/Berlin", "America/New_York", "Asia/Urumqi"]),
)
def test_every_moment_lies_between_two_times_of_making(
    period: Period, on: int, now: datetime, zone: str
) -> None:
    day = min(on, {Period.DAY: 1, Period.WEEK: 7, Period.MONTH: 28}[period])
    schedule = a_schedule(period=period, on=day, timezone=zone, at="02:30")
    check_times(schedule)
    last, following = last_until(schedule, now), next_after(schedule, now)
    assert last <= now < following
    assert following - last <= timedelta(days=31, hours=1)
    assert next_after(schedule, last) == following
