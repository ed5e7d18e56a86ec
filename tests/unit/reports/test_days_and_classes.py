"""Local days where clocks change, classes of lengths, spans before."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from voicegw.model.report import ReportRow, SplitBy
from voicegw.model.rollup import RollupKind
from voicegw.reports.length_classes import class_of, quantile_s, within
from voicegw.reports.local_days import LocalDays
from voicegw.reports.table import Added, previous_span, shifted, span_of
from voicegw.store.report_rollups import RollupQuery, stretches

DAYS = LocalDays({"grp_ny": "America/New_York", "grp_k": "Asia/Kathmandu"}, "Asia/Shanghai")


def test_a_day_is_as_long_as_clocks_say() -> None:
    for day, hours in ((date(2026, 3, 8), 23), (date(2026, 3, 9), 24), (date(2026, 11, 1), 25)):
        begin, end = DAYS.bounds("grp_ny", day)
        assert end - begin == timedelta(hours=hours)
    assert DAYS.bounds("", date(2026, 3, 8))[0] == datetime(2026, 3, 7, 16, tzinfo=UTC)


def test_an_hour_may_be_part_of_two_days() -> None:
    hour = datetime(2026, 3, 4, 18, tzinfo=UTC)
    assert DAYS.of_hour("grp_k", hour) == {date(2026, 3, 4), date(2026, 3, 5)}
    assert DAYS.of_hour("", hour) == {date(2026, 3, 5)}


def test_a_length_on_a_bound_is_in_the_class_that_it_ends() -> None:
    assert class_of("answer", 1000) == class_of("answer", 0) == "answer_class_00"
    assert class_of("answer", 1001) == "answer_class_01"
    assert class_of("answer", 10**9) == "answer_class_15"


def test_medians_rise_evenly_within_a_class() -> None:
    sums = {"answer_class_05": 2, "answer_class_06": 2}  # 7 to 10, 10 to 15
    assert quantile_s(sums, "answer", 0.25) == 8.5
    assert quantile_s(sums, "answer", 0.5) == 10
    assert quantile_s(sums, "answer", 0.75) == 12.5
    assert quantile_s({"answer_class_15": 3}, "answer", 0.5) == 300
    assert quantile_s({}, "answer", 0.5) is None
    assert within(sums, "answer", 10) == 2


@pytest.mark.parametrize(
    ("span", "before"),
    [
        ((date(2026, 3, 1), date(2026, 4, 1)), (date(2026, 2, 1), date(2026, 3, 1))),
        ((date(2026, 1, 1), date(2026, 4, 1)), (date(2025, 10, 1), date(2026, 1, 1))),
        ((date(2026, 3, 2), date(2026, 3, 9)), (date(2026, 2, 23), date(2026, 3, 2))),
    ],
)
def test_the_span_before_is_as_long(span: tuple[date, date], before: tuple[date, date]) -> None:
    assert previous_span(*span) == before


def test_the_first_day_is_compared_with_the_first() -> None:
    before: Added = {("2026-02-01", "mgr_1"): {RollupKind.CALLS: {"calls": 1}}}
    by = (SplitBy.DAY, SplitBy.MANAGER)
    moved = shifted(before, by, date(2026, 2, 1), date(2026, 3, 1))
    assert list(moved) == [("2026-03-01", "mgr_1")]
    assert shifted(before, (SplitBy.WEEK,), date(2026, 2, 1), date(2026, 3, 1)) == {}


def test_a_row_is_about_no_more_days_than_the_report() -> None:
    week = ReportRow({"week": "2026-03-02"}, {})
    assert span_of(week, date(2026, 3, 4), date(2026, 3, 7)) == (date(2026, 3, 4), date(2026, 3, 7))
    month = ReportRow({"month": "2026-02-01"}, {})
    assert span_of(month, date(2026, 1, 1), date(2027, 1, 1)) == (
        date(2026, 2, 1),
        date(2026, 3, 1),
    )


def test_whole_months_are_read_as_such_and_the_rest_by_days() -> None:
    query = RollupQuery(RollupKind.CALLS, date(2026, 1, 15), date(2026, 4, 3))
    assert [(one.is_month, one.from_, one.until) for one in stretches(query)] == [
        (False, date(2026, 1, 15), date(2026, 2, 1)),
        (True, date(2026, 2, 1), date(2026, 4, 1)),
        (False, date(2026, 4, 1), date(2026, 4, 3)),
    ]
    by_day = RollupQuery(RollupKind.CALLS, date(2026, 1, 1), date(2026, 4, 1), (SplitBy.DAY,))
    assert [one.is_month for one in stretches(by_day)] == [False]
