"""Numbers as spreadsheets spoil them, and days as people write them."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import pytest

from voicegw.directory.import_cells import digits_of, moment_of, text_of


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("13800000000.0", "13800000000"),
        ("13800000000.000", "13800000000"),
        ("1.38E10", None),
        ("1.38E+10", None),
        ("1.3812345678E+10", "13812345678"),
        ("1.38123456780e+10", "13812345678"),
        ("1,3812345678E+10", "13812345678"),
        ("1.3812345E+10", None),
        ("1.38123456785E+10", None),
        ("5E+0", "5"),
        ("", ""),
        ("+86 138", "+86 138"),
        ("C1.0", "C1.0"),
        ("1.5", "1.5"),
        ("138;139", "138;139"),
    ],
)
def test_a_number_is_read_as_it_was_meant_or_refused(text: str, number: str | None) -> None:
    if number is None:
        with pytest.raises(ValueError, match=r"\w"):
            digits_of(text)
    else:
        assert digits_of(text) == number


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, ""),
        (True, "true"),
        (False, "false"),
        (13800000000, "13800000000"),
        (13800000000.0, "13800000000"),
        (1.5, "1.5"),
        (1e300, "1e+300"),
        (float("nan"), "nan"),
        (datetime.fromisoformat("2026-11-22T08:30"), "2026-11-22 08:30:00"),
        (date(2026, 11, 22), "2026-11-22"),
        (time(8, 30), "08:30"),
        (timedelta(hours=30), "1 day, 6:00:00"),
        (" a\n", "a"),
        ("0571", "0571"),
    ],
)
def test_cells_of_a_sheet_are_read_as_text(value: object, text: str) -> None:
    assert text_of(value) == text


@pytest.mark.parametrize(
    "text",
    ["2026-11-22", "2026/11/22", "2026.11.22", "2026年11月22日", "2026-11-22 00:00:00"],
)
def test_a_day_begins_where_the_group_is(text: str) -> None:
    assert moment_of(text, "Asia/Shanghai") == datetime(2026, 11, 21, 16, tzinfo=UTC)


def test_a_day_may_have_a_time() -> None:
    assert moment_of("2026/1/2 8:30", "UTC") == datetime(2026, 1, 2, 8, 30, tzinfo=UTC)


@pytest.mark.parametrize("text", ["", "22.11.2026", "2026-02-30", "2026-11", "soon", "0001-01-01"])
def test_what_is_no_day_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"day"):
        moment_of(text, "Asia/Shanghai")
