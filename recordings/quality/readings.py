"""How quantities are read out in Chinese, to find those that were recognised as other words. Pure.

月租九十九块九 comes back as 月租九十九块酒: no number can be parsed, but its sound is the number's.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from fractions import Fraction
from functools import lru_cache
from typing import Final

from recordings.quality.numerals import TIMES, Quantity

_CHINESE: Final = "零一二三四五六七八九"
NUMERALS: Final = frozenset("零〇一二三四五六七八九十百千万亿两点幺")
_ARABIC: Final = re.compile(r"\d[\d,]*(?:\.\d+)?")
_UNITS: Final = {
    "day": ("天", "号"),
    "age": ("岁", "周岁"),
    "rate": ("兆",),
    "workday": ("个工作日",),
    # G is said as 机, as recognisers write it.
    "data": ("机", "个机", "g", "个g"),
}


_CLOCKED: Final = ("小时", "钟头", "分钟")
_YEAR: Final = 10_000


def whole(number: int) -> str:
    """Return how a whole number below 100 million is read: 105 is 一百零五."""
    if number >= 10_000:
        high, low = divmod(number, 10_000)
        rest = ("零" if low < 1000 else "") + whole(low) if low else ""
        return f"{whole(high)}万{rest}"
    text, gap = "", False
    for place, name in ((1000, "千"), (100, "百"), (10, "十"), (1, "")):
        digit, number = divmod(number, place)
        if digit:
            text += ("零" if gap else "") + _CHINESE[digit] + name
            gap = False
        elif text:
            gap = True
    if text.startswith("一十"):
        text = text[1:]
    return text or "零"


def digit_by_digit(digits: str) -> str:
    """Return how digits are read one by one, as those of a telephone number are."""
    return "".join(_CHINESE[int(digit)] for digit in digits)


@lru_cache(maxsize=1_024)
def readings_of(quantity: Quantity) -> Sequence[str]:
    """Return the ways in which a quantity is read; none for what is vague or a time of day."""
    value = quantity.value
    if value is not None and quantity.dimension in _OWN_WAYS:
        return _OWN_WAYS[quantity.dimension](int(value))
    if quantity.digits is not None:
        return [digit_by_digit(quantity.digits)]
    if value is None or not 0 <= value < 10**8 or quantity.dimension in TIMES:
        return []
    if quantity.dimension == "day" and (value.denominator != 1 or quantity.text.endswith(_CLOCKED)):
        return _part_of_day(value, quantity.text)
    plain = _decimal(value)
    if plain is not None and quantity.dimension == "count":
        unit = quantity.text.lstrip("0123456789,.零〇一二三四五六七八九十百千万亿两")
        counted = _measured(value) if value.denominator == 1 else plain
        return [counted + unit, plain]
    return [] if plain is None else _with_unit(quantity.dimension, value, plain)


def _with_unit(dimension: str, value: Fraction, plain: str) -> list[str]:
    if dimension == "money":
        return _money(value, plain)
    if dimension == "percent":
        tenths = [f"{_measured(value / 10)}成"] if value % 10 == 0 and 0 < value < 100 else []
        whole_of_it = ["百分之百", "百分百"] if value == 100 else []
        parts = [
            f"{name}分之{whole(int(value * times))}"
            for name, times in (("千", 10), ("万", 100))
            if value < 1 and (value * times).denominator == 1
        ]
        return [*whole_of_it, f"百分之{plain}", *tenths, *parts]
    if dimension == "month":
        years = [f"{_measured(value / 12)}年"] if value % 12 == 0 else []
        return [f"{_measured(value)}个月", *years] if value.denominator == 1 else years
    if dimension in _UNITS:
        counted = _measured(value) if value.denominator == 1 else plain
        return [counted + unit for unit in _UNITS[dimension]]
    spelled = [digit_by_digit(str(value))] if value.denominator == 1 and value >= 100 else []
    return [plain, *spelled]


def _date(value: int) -> list[str]:
    """Return how a date is read: year·10,000 + month·100 + day, the year 0 where none is said."""
    year, rest = divmod(value, _YEAR)
    month, day = divmod(rest, 100)
    days = [f"{whole(month)}月{whole(day)}{unit}" for unit in "号日"]
    if not year:
        return days
    digits = str(year)
    return [f"{digit_by_digit(one)}年{text}" for text in days for one in (digits, digits[2:])]


def _on_the_clock(minutes: int) -> list[str]:
    """Return how full and half hours are read, whichever half of the day."""
    hour, past = divmod(minutes, 60)
    if past not in _PAST_HOUR or not 0 < hour <= 24:
        return []
    hours = [hour, hour - 12] if hour > 12 else [hour]
    return [f"{'两' if one == 2 else whole(one)}点{_PAST_HOUR[past]}" for one in hours]


def _discount(value: int) -> list[str]:
    return [digit_by_digit(str(value)).rstrip("零") + "折"]


_PAST_HOUR: Final = {0: "", 30: "半"}
#: How dates, discounts and times of day are read.
_OWN_WAYS: Final[dict[str, Callable[[int], list[str]]]] = {
    "date": _date,
    "discount": _discount,
    **dict.fromkeys(TIMES, _on_the_clock),
}


def _part_of_day(value: Fraction, said: str) -> list[str]:
    hours, minutes = value * 24, value * 24 * 60
    if said.endswith("分钟") and minutes.denominator == 1:
        return [f"{_measured(minutes)}分钟"]
    if hours.denominator == 1:
        return [f"{_measured(hours)}小时", f"{_measured(hours)}个小时"]
    return [f"{_measured(minutes)}分钟"] if minutes.denominator == 1 else []


def _measured(value: Fraction) -> str:
    return "两" if value == 2 else whole(int(value))


def _decimal(value: Fraction) -> str | None:
    integer = int(value)
    rest = value - integer
    if not rest:
        return whole(integer)
    hundredths = rest * 100
    if hundredths.denominator != 1:
        return None
    return f"{whole(integer)}点{digit_by_digit(f'{int(hundredths):02d}'.rstrip('0'))}"


def _money(value: Fraction, plain: str) -> list[str]:
    read = [f"{plain}元", f"{plain}块", plain]
    if value.denominator == 1 and value >= 100:
        read.append(digit_by_digit(str(value)))
    cents = value * 100
    if value.denominator != 1 and cents.denominator == 1:
        yuan, small = divmod(int(cents), 100)
        tens, ones = divmod(small, 10)
        tail = (_CHINESE[tens] + ("毛" if ones else "")) + (_CHINESE[ones] if ones else "")
        read.append(f"{whole(yuan)}块{tail}" if yuan else f"{_CHINESE[tens]}毛{_CHINESE[ones]}")
    return read


@lru_cache(maxsize=1_024)
def spelled_out(text: str) -> str:
    """Return `text` with Arabic numbers as they are read: 30天 is 三十天."""

    def read(found: re.Match[str]) -> str:
        digits = found[0].replace(",", "")
        if digits.isdigit() and (len(digits) >= 5 or digits.startswith("0")):
            return digit_by_digit(digits)
        spoken = _decimal(Fraction(digits)) if len(digits) < 9 else None
        return spoken if spoken is not None else found[0]

    return _ARABIC.sub(read, text)
