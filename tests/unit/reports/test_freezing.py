"""Which months are closed on which day."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from voicegw.model.report_month import frozen_until, next_month
from voicegw.reports.freezing import months_due


@pytest.mark.parametrize(
    ("first", "frozen", "today", "due"),
    [
        (None, [], date(2026, 12, 31), []),
        (date(2026, 10, 1), [], date(2026, 11, 9), []),
        (date(2026, 10, 1), [], date(2026, 11, 10), [date(2026, 10, 1)]),
        (date(2026, 10, 1), [date(2026, 10, 1)], date(2026, 11, 30), []),
        (
            date(2026, 9, 1),
            [date(2026, 9, 1), date(2026, 10, 1)],
            date(2027, 1, 10),
            [date(2026, 11, 1), date(2026, 12, 1)],
        ),
        # A journal that has waited for long brings a call of August.
        (
            date(2026, 8, 1),
            [date(2026, 10, 1)],
            date(2026, 11, 30),
            [date(2026, 8, 1), date(2026, 9, 1)],
        ),
    ],
)
def test_a_month_is_closed_on_a_day_of_the_next(
    first: date | None, frozen: list[date], today: date, due: list[date]
) -> None:
    assert months_due(first, frozen, today, 10) == due


def test_the_year_turns() -> None:
    assert next_month(date(2026, 12, 1)) == date(2027, 1, 1)


def test_records_are_free_where_no_time_zone_counts_them_in_an_open_month() -> None:
    assert frozen_until([date(2026, 9, 1), date(2026, 10, 1)]) == datetime(
        2026, 10, 31, 10, tzinfo=UTC
    )
    assert frozen_until([]) < datetime(2000, 1, 1, tzinfo=UTC)
