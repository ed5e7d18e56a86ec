"""Quantities, however they are written."""

from __future__ import annotations

from fractions import Fraction

import pytest

from recordings.quality.numerals import Quantity, cardinal, find_quantities
from recordings.quality.spoken import phrase_text


def only(text: str) -> Quantity:
    """Return the one quantity of `text`."""
    quantities = list(phrase_text(text).quantities.values())
    assert len(quantities) == 1, (text, quantities)
    return quantities[0]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("五十九元", "59块"),
        ("五十九元", "５９元"),
        ("两年", "24个月"),
        ("半年", "6个月"),
        ("一年半", "十八个月"),
        ("两个半月", "2.5个月"),
        ("二百元", "两百块钱"),
        ("一百五", "150"),
        ("一万二", "12000"),
        ("三千零五十元", "3050元"),
        ("九十九块九", "99.9元"),
        ("一毛五", "0.15元"),
        ("百分之三点五", "3.5%"),
        ("百分百", "百分之百"),
        ("六月十八号", "6月18日"),
        ("二零二七年十二月三十一号", "2027年12月31日"),
        ("幺零零八六", "10086"),
        ("三十个G", "30GB"),
        ("三三十天", "30天"),
        ("1.2万元", "12000元"),
        ("fifty nine yuan", "59元"),
        ("twelve months", "12个月"),
        ("one thousand two hundred", "1200"),
        ("three point five percent", "3.5%"),
        ("千分之五", "0.5%"),
        ("万分之五", "0.05%"),
        ("三成", "30%"),
        ("三个百分点", "3%"),
        ("九五折", "9.5折"),
        ("九五折", "95折"),
        ("两个季度", "半年"),
        ("仨月", "3个月"),
        ("四十八小时", "两天"),
        ("一刻钟", "15分钟"),
        ("两个半小时", "150分钟"),
        ("五分钱", "0.05元"),
        ("尾号双八双六", "尾号8866"),
        ("幺二三洞洞", "12300"),
        ("拐洞八幺五", "70815"),
        ("二六年三月底三十一号", "2026-03-31"),
        ("三月三十一号", "2026年3月31日"),
        ("晚上八点半", "20:30"),
        ("八点一刻", "8:15"),
        ("下午三点之前", "15点前"),
        ("中午十二点半", "12:30"),
        ("九点整", "21点"),
    ],
)
def test_the_same_in_other_words(one: str, other: str) -> None:
    """Two spellings of one quantity are equal."""
    assert only(one).equals(only(other))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("十五天", "五十天"),
        ("十五天", "五天"),
        ("一百零五元", "一百五十元"),
        ("一千零二十元", "一千二百元"),
        ("六月份", "六个月"),
        ("零七三幺", "零七幺三"),
        ("两年", "两个月"),
        ("百分之三十五", "百分之三点五"),
        ("百分之一点几", "百分之一"),
        ("十几天", "十天"),
        ("6月18日", "6月28日"),
        ("2026年3月31日", "2025年3月31日"),
        ("九五折", "五折"),
        ("千分之五", "5%"),
        ("早上八点半", "20:30"),
        ("三点五", "三点零五分"),
        ("两小时", "两天"),
    ],
)
def test_what_only_sounds_alike(one: str, other: str) -> None:
    """Different quantities differ, however near their sound."""
    ours = phrase_text(one).quantities.values()
    theirs = phrase_text(other).quantities.values()
    assert not any(a.equals(b) for a in ours for b in theirs)


@pytest.mark.parametrize(
    "text", ["一下", "一样", "十分满意", "万一", "第三方", "千万不要", "周三", "三成功", "有一点"]
)
def test_words_that_only_look_like_numbers(text: str) -> None:
    """A numeral inside a word is no quantity."""
    assert find_quantities(text) == []


@pytest.mark.parametrize("text", ["五六", "百十", "点五", "十亿亿"])
def test_what_is_no_number(text: str) -> None:
    """Runs of numerals that say no number have no worth."""
    assert cardinal(text) is None


def test_places_of_a_number() -> None:
    """Ten thousands and hundred millions are read at their place."""
    assert cardinal("三亿零五万零八") == Fraction(300_050_008)
