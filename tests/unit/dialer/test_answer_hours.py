"""When a customer is likely to answer."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voicegw.dialer.answer_hours import PRIOR_SHARE, PastAnswer, answer_share
from voicegw.model.hours import DayKind, PlainCalendar

ZONE = ZoneInfo("Asia/Shanghai")
WEDNESDAY_10 = datetime(2026, 3, 4, 2, 0, tzinfo=UTC)  # 10:00 there
WEEK = timedelta(days=7)


class OneHoliday:
    def kind(self, day: date) -> DayKind:
        return DayKind.HOLIDAY if day == date(2026, 3, 4) else DayKind.ORDINARY


def share(past: list[PastAnswer], at: datetime = WEDNESDAY_10) -> float:
    return answer_share(past, at, ZONE, PlainCalendar())


def test_of_whom_nothing_is_known_half_is_expected() -> None:
    assert share([]) == pytest.approx(PRIOR_SHARE)


def test_who_answers_in_the_morning_is_called_in_the_morning() -> None:
    past = [PastAnswer(WEDNESDAY_10 - n * WEEK, answered=True) for n in range(1, 5)]
    past += [
        PastAnswer(WEDNESDAY_10 - n * WEEK + timedelta(hours=6), answered=False)
        for n in range(1, 5)
    ]
    morning, evening = share(past), share(past, WEDNESDAY_10 + timedelta(hours=6))
    assert morning > PRIOR_SHARE > evening
    # An hour beside says less than the hour itself, and more than one far away.
    beside = share(past, WEDNESDAY_10 + timedelta(hours=1))
    assert morning > beside > share(past, WEDNESDAY_10 + timedelta(hours=3))


def test_days_off_are_apart_from_working_days() -> None:
    past = [PastAnswer(WEDNESDAY_10 - n * WEEK, answered=True) for n in range(1, 5)]
    saturday = WEDNESDAY_10 + timedelta(days=3)
    assert share(past) > share(past, saturday)
    assert answer_share(past, WEDNESDAY_10, ZONE, OneHoliday()) == pytest.approx(
        share(past, saturday)
    )


def test_hours_on_both_sides_of_midnight_are_beside_each_other() -> None:
    late = datetime(2026, 3, 4, 15, 30, tzinfo=UTC)  # 23:30
    past = [PastAnswer(late - n * WEEK, answered=False) for n in range(1, 9)]
    after = share(past, late + timedelta(hours=1))
    assert after < share(past, late + timedelta(hours=4))


@given(
    st.lists(st.tuples(st.integers(0, 2000), st.booleans()), max_size=30),
    st.integers(0, 400),
)
def test_a_share_is_a_share_and_an_answer_never_lowers_it(
    calls: list[tuple[int, bool]], later_h: int
) -> None:
    at = WEDNESDAY_10 + timedelta(hours=later_h)
    past = [PastAnswer(at - timedelta(hours=hours), answered) for hours, answered in calls]
    before = share(past, at)
    assert 0 < before < 1
    assert share([*past, PastAnswer(at - WEEK, answered=True)], at) >= before
    assert share([*past, PastAnswer(at - WEEK, answered=False)], at) <= before
