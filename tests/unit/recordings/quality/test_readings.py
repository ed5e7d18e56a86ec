"""How quantities are read out, and numbers that were recognised as other words."""

from __future__ import annotations

import pytest

from recordings.quality.readings import readings_of, spelled_out, whole
from recordings.quality.spoken import phrase_text
from tests.unit.recordings.quality.test_phrases import is_said


@pytest.mark.parametrize(
    ("number", "read"),
    [
        (0, "零"), (7, "七"), (10, "十"), (15, "十五"), (50, "五十"), (105, "一百零五"),
        (150, "一百五十"), (1020, "一千零二十"), (12_000, "一万二千"), (10_005, "一万零五"),
        (110, "一百一十"),
    ],
)  # fmt: skip
def test_whole_numbers(number: int, read: str) -> None:
    """As Chinese says them, with its zeros."""
    assert whole(number) == read


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("99.9元", "九十九块九"), ("0.15元", "一毛五"), ("199元", "一九九"), ("24个月", "两年"),
        ("3.5%", "百分之三点五"), ("10086", "一零零八六"), ("15天", "十五天"), ("30g", "三十机"),
        ("2小时", "两小时"), ("90分钟", "九十分钟"), ("2份", "两份"), ("6月18日", "六月十八号"),
        ("2027年6月30日", "二七年六月三十号"),
    ],
)  # fmt: skip
def test_readings(text: str, read: str) -> None:
    """A quantity has the readings that people use."""
    (quantity,) = phrase_text(text).quantities.values()
    assert read in readings_of(quantity)


def test_what_is_not_read() -> None:
    """Odd minutes and vague quantities have no one reading."""
    for text in ("上午8点10分", "十几天"):
        (quantity,) = phrase_text(text).quantities.values()
        assert readings_of(quantity) == []


def test_arabic_digits_spelled_out() -> None:
    """Numbers become what was spoken; those that name something digit by digit."""
    assert spelled_out("30天") == "三十天"
    assert spelled_out("10086和0731") == "一零零八六和零七三一"


def test_a_number_written_as_other_words() -> None:
    """月租九十九块酒 says 99.9; a wrong numeral is never explained away."""
    assert is_said("月租{price}", "月租九十九块酒", values={"price": "99.9元"})
    assert is_said("首月{price}", "首月领元体验", values={"price": "0元"})
    assert not is_said("犹豫期{days}", "犹豫期是五天", values={"days": "15天"})
    assert is_said("每月包含{data}流量", "每月包含30机流量", values={"data": "30G"})
    assert not is_said("年龄满{age}", "年龄满六十五周岁", values={"age": "60周岁"})
    assert not is_said("年龄满{age}", "年龄满一百六十周岁", values={"age": "60周岁"})
    assert not is_said("犹豫期{days}", "犹豫期四十天", values={"days": "14天"})
