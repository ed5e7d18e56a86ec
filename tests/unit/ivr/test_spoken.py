"""Numbers, times and amounts in words; every word has its prompt."""

from __future__ import annotations

from datetime import date, time
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr import spoken
from ivr.prompts import SHIPPED

_VALUES = {
    "d0": 0,
    **{f"d{digit}": digit for digit in range(1, 10)},
    "liang": 2,
    **{
        name: number
        for number, name in enumerate(
            (
                "ten",
                "eleven",
                "twelve",
                "thirteen",
                "fourteen",
                "fifteen",
                "sixteen",
                "seventeen",
                "eighteen",
                "nineteen",
            ),
            10,
        )
    },
    **{
        name: number * 10
        for number, name in enumerate(
            ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"), 2
        )
    },
}


def value_zh(words: tuple[str, ...]) -> int:
    """Return what a listener understands by Chinese words for a number."""
    total = section = digit = 0
    for word in words:
        if word in ("ten", "hundred", "thousand"):
            place = {"ten": 10, "hundred": 100, "thousand": 1000}[word]
            section += (digit or 1) * place
            digit = 0
        elif word == "ten_thousand":
            total = (section + digit) * 10_000
            section = digit = 0
        else:
            digit = _VALUES[word]
    return total + section + digit


def value_en(words: tuple[str, ...]) -> int:
    """Return what a listener understands by English words for a number."""
    total = part = 0
    for word in words:
        if word == "thousand":
            total, part = part * 1000, 0
        elif word == "hundred":
            part *= 100
        else:
            part += _VALUES[word]
    return total + part


def shipped(language: str) -> set[str]:
    return {path.stem for path in (SHIPPED / language).glob("*.wav")}


@given(st.integers(0, spoken.MAX_ZH))
def test_a_number_is_understood_in_chinese(number: int) -> None:
    assert value_zh(spoken.cardinal(number, "zh")) == number


@given(st.integers(0, spoken.MAX_EN))
def test_a_number_is_understood_in_english(number: int) -> None:
    assert value_en(spoken.cardinal(number, "en")) == number


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (0, "d0"),
        (10, "ten"),
        (12, "ten d2"),
        (22, "d2 ten d2"),
        (102, "d1 hundred d0 d2"),
        (110, "d1 hundred d1 ten"),
        (200, "liang hundred"),
        (1010, "d1 thousand d0 d1 ten"),
        (10_305, "d1 ten_thousand d0 d3 hundred d0 d5"),
        (20_000, "liang ten_thousand"),
        (100_010, "ten ten_thousand d0 d1 ten"),
    ],
)
def test_chinese_says_numbers_as_people_do(number: int, words: str) -> None:
    assert spoken.cardinal(number, "zh") == tuple(words.split())


def test_a_one_among_digits_is_read_yao() -> None:
    assert spoken.digits("138-10", "zh") == ("yao", "d3", "d8", "yao", "d0")
    assert spoken.digits("138-10", "en") == ("d1", "d3", "d8", "d1", "d0")


def test_two_of_something_is_said_otherwise_than_the_number() -> None:
    assert spoken.queue_position(2, "zh") == ("queue_position", "liang", "people")
    assert spoken.queue_position(12, "zh") == ("queue_position", "ten", "d2", "people")
    assert spoken.queue_position(1, "en") == ("queue_position", "d1", "person")
    assert spoken.queue_position(0, "zh") == ("queue_next",)


def test_waits_are_rounded_up_and_short_ones_have_a_word() -> None:
    assert spoken.estimated_wait(59, "zh") == ("estimated_wait", "less_than_a_minute")
    assert spoken.estimated_wait(61, "zh") == ("estimated_wait", "liang", "minutes")
    assert spoken.duration(150 * 60, "zh") == ("liang", "hours", "d3", "ten", "minutes")
    assert spoken.duration(120 * 60, "en") == ("d2", "hours")


def test_a_manager_hears_the_class_and_the_last_digits() -> None:
    assert spoken.who_calls("核心", "8000", "zh") == (
        "caller_core",
        "ends_in",
        "d8",
        "d0",
        "d0",
        "d0",
    )
    assert spoken.who_calls("vip", "", "zh") == ("caller_customer",)
    assert spoken.who_calls(None, "", "zh", known=False) == ("caller_unknown",)


def test_times_days_and_amounts() -> None:
    assert spoken.time_of_day(time(14, 30), "zh") == (
        "afternoon",
        "liang",
        "hour_point",
        "half_past",
    )
    assert spoken.time_of_day(time(9, 0), "zh") == ("morning", "d9", "oclock")
    assert spoken.time_of_day(time(0, 5), "en") == ("twelve", "d0", "d5", "morning")
    assert spoken.day(date(2026, 10, 21), "zh") == (
        "ten",
        "month",
        "d2",
        "ten",
        "d1",
        "day",
    )
    assert spoken.day(date(2026, 10, 21), "en") == ("october", "twenty", "d1")
    assert spoken.weekday(date(2026, 11, 22), "zh") == ("sunday",)
    assert spoken.money(Decimal("12.50"), "zh") == ("ten", "d2", "point", "d5", "yuan")
    assert spoken.decimal(Decimal("-3"), "en") == ("minus", "d3")


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_word_has_its_prompt(language: str) -> None:
    words: set[str] = set()
    for number in (*range(1000), 12_345, 20_000, 305_010):
        words.update(spoken.count(number, "people", language))
    for minute in range(24 * 60):
        words.update(spoken.time_of_day(time(minute // 60, minute % 60), language))
        words.update(spoken.estimated_wait(minute * 30, language))
    for ordinal in range(366):
        moment = date.fromordinal(date(2026, 1, 1).toordinal() + ordinal)
        words.update(spoken.day(moment, language), spoken.weekday(moment, language))
    words.update(spoken.money(Decimal("-12.5"), language), spoken.digits("0123456789", language))
    for class_ in ("核心", "potential", "常规", "assisted", "vip"):
        words.update(spoken.who_calls(class_, "10", language))
    words.update(spoken.who_calls(None, "10", language, known=False))
    assert words - shipped(language) == set()


def test_what_has_no_words_is_refused() -> None:
    with pytest.raises(ValueError, match="beyond"):
        spoken.cardinal(spoken.MAX_EN + 1, "en")
    with pytest.raises(ValueError, match="beyond"):
        spoken.cardinal(-spoken.MAX_ZH - 1, "zh")
    with pytest.raises(ValueError, match="no words"):
        spoken.queue_position(0, "fr")
