"""Quantities in Chinese and English text: what they are worth, however they are written. Pure.

`五十九元`, `59块` and `59 yuan` are one quantity; so are `两年` and `24个月`. A phrase is compared
with a transcript exactly where it names one, because by its sound 十五天 is nearly 五十天.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from typing import Final

_DIGITS: Final = {char: number for number, char in enumerate("零一二三四五六七八九")} | {
    "〇": 0, "两": 2, "幺": 1,
}  # fmt: skip
_PLACES: Final = {"十": 10, "百": 100, "千": 1000}
_D: Final = "零〇一二三四五六七八九两幺"
_WORDS_OF_ONE: Final = "一(?:共(?![享同用])|[起定直])"
"""返还二十元一共…: here 一 begins a word, and counts no 毛."""
_NUM: Final = (
    r"(?:\d+(?:,\d{3})*(?:\.\d+)?[十百千万亿]*\d?"
    rf"|(?:(?!(?<=十)一共(?![享同用]))[{_D}十百千万亿])+)(?:点[{_D}\d]+)?"
)
_SECTION: Final = re.compile(
    rf"(?:([{_D}])千)?(零)?(?:([{_D}])百)?(零)?(?:([{_D}])?(十))?([{_D}])?"
)

_HOUR: Final = Fraction(1, 24)
#: Unit → dimension and factor. Longer units first, so that 个月 is not read as 个.
_UNITS: Final[dict[str, tuple[str, Fraction]]] = {
    "个工作日": ("workday", Fraction(1)),
    "个小时": ("day", _HOUR),
    "个钟头": ("day", _HOUR),
    "个季度": ("month", Fraction(3)),
    "个百分点": ("percent", Fraction(1)),
    "个点": ("percent", Fraction(1)),
    "百分点": ("percent", Fraction(1)),
    "个星期": ("day", Fraction(7)),
    "个礼拜": ("day", Fraction(7)),
    "工作日": ("workday", Fraction(1)),
    "周岁": ("age", Fraction(1)),
    "个月": ("month", Fraction(1)),
    "星期": ("day", Fraction(7)),
    "季度": ("month", Fraction(3)),
    "小时": ("day", _HOUR),
    "钟头": ("day", _HOUR),
    "刻钟": ("day", _HOUR / 4),
    "分钟": ("day", _HOUR / 60),
    "分钱": ("money", Fraction(1, 100)),
    "块钱": ("money", Fraction(1)),
    "元钱": ("money", Fraction(1)),
    "个g": ("data", Fraction(1)),
    "个吉": ("data", Fraction(1)),
    "个兆": ("rate", Fraction(1)),
    "gb": ("data", Fraction(1)),
    "mb": ("rate", Fraction(1)),
    "年": ("month", Fraction(12)),
    "周": ("day", Fraction(7)),
    "天": ("day", Fraction(1)),
    "日": ("day", Fraction(1)),
    "号": ("day", Fraction(1)),
    "秒": ("day", _HOUR / 3600),
    "元": ("money", Fraction(1)),
    "块": ("money", Fraction(1)),
    "圆": ("money", Fraction(1)),
    "毛": ("money", Fraction(1, 10)),
    "角": ("money", Fraction(1, 10)),
    "岁": ("age", Fraction(1)),
    "兆": ("rate", Fraction(1)),
    "吉": ("data", Fraction(1)),
    "成": ("percent", Fraction(10)),
    "倍": ("times", Fraction(1)),
    "g": ("data", Fraction(1)),
    "m": ("rate", Fraction(1)),
    "yuan": ("money", Fraction(1)),
    "rmb": ("money", Fraction(1)),
    "dollars": ("money", Fraction(1)),
    "dollar": ("money", Fraction(1)),
    "years": ("month", Fraction(12)),
    "year": ("month", Fraction(12)),
    "months": ("month", Fraction(1)),
    "month": ("month", Fraction(1)),
    "weeks": ("day", Fraction(7)),
    "week": ("day", Fraction(7)),
    "days": ("day", Fraction(1)),
    "day": ("day", Fraction(1)),
    "hours": ("day", _HOUR),
    "hour": ("day", _HOUR),
    "minutes": ("day", _HOUR / 60),
    "minute": ("day", _HOUR / 60),
    "percent": ("percent", Fraction(1)),
}
_MEASURES: Final = "张个份台条期次位名部套项笔件户门人路层楼档"
_COUNTING: Final = frozenset(_MEASURES)
_UNIT: Final = (
    rf"(?:(?<=[a-z\d{_D}十百千万])\s?(?:"
    + "|".join(sorted((one for one in _UNITS if one.isascii()), key=len, reverse=True))
    + r")(?![a-z])|"
    + "|".join(sorted((one for one in _UNITS if not one.isascii()), key=len, reverse=True))
    # 三成 is 30 %; 三成功, 三成本 are not.
    .replace("成", "成(?![为功交立员本长都品果效熟绩就批人分])")
    # 三百六次年 goes on with next year.
    + rf"|(?!次[年月日])[{_MEASURES}])"
)
CLOCK_TIME: Final = "clock"
"""The dimension of a time on the clock, in minutes, of which half of the day is not said."""
TIME_OF_DAY: Final = "time-of-day"
"""The dimension of a time of day in minutes after midnight."""
TIMES: Final = frozenset({CLOCK_TIME, TIME_OF_DAY})
_PAST: Final = rf"钟整?|整|半|[一三]刻|(?:\d\d|[零〇]?[{_D}]?十[{_D}]?|[零〇][{_D}]|五十[{_D}]?)分?"
#: A time of day: its half of the day, or what follows, tells it from a number like 三点五.
CLOCK: Final = (
    r"(?:(?P<day_part>凌晨|清晨|早上|早晨|上午|中午|午后|下午|傍晚|晚上|晚间|夜里|夜间|[早晚夜])"
    r"|(?<![\d一二三四五六七八九十]))"
    rf"(?P<hour>\d{{1,2}}|[{_D}十]{{1,3}})(?:点|:(?=\d\d(?!\d))|时(?![间候段]))"
    rf"(?:(?P<past>{_PAST})|(?(day_part)(?![{_D}\d])|(?:(?=[到至])|(?<!一点)(?=之?[前后]|以[前后])"
    r"|(?<=[到至].点)|(?<=[到至]..点)|(?:(?<=1[3-9]点)|(?<=2[0-4]点))(?!\d))))"
)
_BEHIND: Final = "".join(sorted({unit[0] for unit in _UNITS})) + _MEASURES
"""What a number may go on with, beside numerals and what else is named in _FIRST."""
_DAY_PARTS: Final = "凌清早上中午下傍晚夜"
#: What a quantity begins with: most places are none at the first glance. A lone numeral that does
#: not go on counts nothing, and 上 or 中 may only be the beginning of a time of day. Beginning with
#: a set of characters, the pattern skips to where one of them stands.
_FIRST: Final = re.compile(
    rf"[\d{_D}十百千万亿半{_DAY_PARTS}]"
    rf"(?:(?<=\d)|(?<![{_DAY_PARTS}])(?=[\d\s{_D}十百千万亿点年月折分个几多来半时:{_BEHIND}])"
    rf"|(?<=[{_DAY_PARTS}])(?=[\d{_D}十晨上午后间里]))"
)
#: Fits only where _FIRST does, or counts nothing.
_PATTERN: Final = re.compile(
    rf"(?:"
    rf"(?P<date>(?:(?P<year>\d{{4}}|\d\d|[{_D}]{{4}}|[{_D}]{{2}})年)?"
    rf"(?P<month>\d{{1,2}}|[{_D}十]{{1,3}})月[份底初末]?的?(?P<day>\d{{1,2}}|[{_D}十]{{1,3}})[日号]?(?![\d{_D}十个天]))"
    rf"|(?P<calendar>(?:\d{{4}}|[{_D}]{{4}})年(?!期))"
    rf"|{CLOCK}"
    rf"|(?P<discount>\d+(?:\.\d+)?|[{_D}]点?[{_D}]?)折"
    rf"|(?P<per>[百千万])分之(?P<percent>{_NUM}(?:点几)?)|百分(?P<all>百)"
    rf"|(?P<sign>\d+(?:\.\d+)?)\s?%"
    rf"|(?P<half>半)(?P<half_unit>年|个月|个小时|小时|天)"
    rf"|(?P<and_half>{_NUM})个半(?P<and_half_unit>月|小时)"
    rf"|(?<!第)(?P<number>{_NUM})(?P<vague>几|多|来)?(?P<unit>{_UNIT})?"
    rf"(?P<tail>半(?![{_D}])|(?!{_WORDS_OF_ONE})[{_D}\d]毛?(?!{_WORDS_OF_ONE})[{_D}\d]?分?)?)"
)
_MONTH_OF_YEAR: Final = re.compile(r"月(?:份|初|底|末)?")


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number with what it counts.

    `dimension` is "" for a bare number, else what is measured (`money` in yuan, `month`, `day`,
    `percent` …). `value` is None where the text is vague (几十, 百分之一点几): equal to nothing.
    `digits` is set where the digits themselves count: telephone and staff numbers.
    """

    text: str
    dimension: str
    value: Fraction | None
    digits: str | None = None

    @property
    def is_article(self) -> bool:
        """Whether it counts nothing: 设置一个密码 is 设置密码."""
        return self.text == "一个"

    def equals(self, other: Quantity) -> bool:
        """Whether both say the same; a missing unit fits any."""
        if self.value is None or other.value is None:
            return False
        if self.digits is not None and other.digits is not None:
            return self.digits == other.digits
        ours, theirs = self.dimension, other.dimension
        if ours == theirs == "date":
            return _same_day(self.value, other.value)
        if ours in TIMES and theirs in TIMES:
            # 八点 is eight in the morning or in the evening, as long as nobody says which.
            apart = self.value - other.value
            return apart % (_HALF_DAY if CLOCK_TIME in (ours, theirs) else 2 * _HALF_DAY) == 0
        if ours == theirs:
            return self.value == other.value
        # Where one has lost its unit, 三百 is 300 of whatever the other counts: minutes, say.
        fit = not (ours and theirs) and "date" not in (ours, theirs)
        return fit and (self.value == other.value or _counted(self) == _counted(other))


def _counted(one: Quantity) -> Fraction | None:
    """Return how many of its unit a quantity is; of a bare number its value."""
    number = _COUNTED.match(one.text)
    return one.value if number is None or not one.dimension else cardinal(number[0])


_COUNTED: Final = re.compile(_NUM)
_HALF_DAY: Final = 12 * 60
"""Minutes."""


def _same_day(one: Fraction, other: Fraction) -> bool:
    """Whether two dates are one; a year that is not said fits any."""
    if one < _YEAR or other < _YEAR:
        return one % _YEAR == other % _YEAR
    return one == other


_YEAR: Final = 10_000


@lru_cache(maxsize=1_024)
def cardinal(text: str) -> Fraction | None:
    """Return what a number written in digits or in Chinese is worth; None where it is none.

    Short forms are read as they are meant: 一百五 is 150, 一万二 12,000.
    """
    if "点" in text:
        whole, _, decimals = text.partition("点")
        before = cardinal(whole)
        digits = _digits(decimals)
        if before is None or digits is None:
            return None
        return before + Fraction(int(digits), 10 ** len(digits))
    if text[:1].isdigit():
        return _arabic(text)
    for place, worth in (("亿", 10**8), ("万", 10**4)):
        if place in text:
            return _large(text, place, worth)
    return _section(text)


def _large(text: str, place: str, worth: int) -> Fraction | None:
    """Return the worth of a number with a 万 or 亿 in it."""
    before_text, _, after_text = text.partition(place)
    before = cardinal(before_text) if before_text else None
    if before is None:
        return None
    if len(after_text) == 1 and _DIGITS.get(after_text, 0):
        return before * worth + _DIGITS[after_text] * worth // 10
    rest = after_text.strip("零〇")
    after = cardinal(after_text.lstrip("零〇")) if rest else Fraction(0)
    return None if after is None else before * worth + after


def _arabic(text: str) -> Fraction | None:
    found = re.fullmatch(r"(\d[\d,]*(?:\.\d+)?)([十百千万亿]*)(\d?)", text)
    if found is None:
        return None
    value = Fraction(found[1].replace(",", ""))
    worth = 1
    for place in found[2]:
        worth *= _PLACES.get(place) or (10**4 if place == "万" else 10**8)
    return value * worth + (int(found[3]) * worth // 10 if found[3] else 0)


def _section(text: str) -> Fraction | None:
    """Return the worth of a number below 10,000, its places in falling order."""
    found = _SECTION.fullmatch(text)
    if found is None or not text:
        return None
    thousands, zero_high, hundreds, zero_low, tens, ten, ones = found.groups()
    value = 0
    if thousands is not None:
        value += _DIGITS[thousands] * 1000
    if hundreds is not None:
        value += _DIGITS[hundreds] * 100
    if ten is not None:
        value += (_DIGITS[tens] if tens is not None else 1) * 10
    if ones is not None:
        short = ten is None and zero_low is None and zero_high is None
        worth = 10 if short and hundreds is not None else 1
        worth = 100 if short and hundreds is None and thousands is not None else worth
        value += _DIGITS[ones] * worth
    if value == 0 and text not in {"零", "〇"}:
        return None
    return Fraction(value)


def _digits(text: str) -> str | None:
    found = []
    for char in text:
        if char.isdigit() and char.isascii():
            found.append(char)
        elif char in _DIGITS:
            found.append(str(_DIGITS[char]))
        else:
            return None
    return "".join(found)


def find_quantities(text: str) -> list[tuple[int, int, Quantity]]:
    """Return the quantities of `text` with where each begins and ends, in order.

    `text` is simplified, lower case, without spaces between Chinese characters. What only looks
    like a number (一下, 十分, 第三方) is none.
    """
    quantities = []
    end = 0
    for first in _FIRST.finditer(text):
        at = first.start()
        found = _PATTERN.match(text, at) if at >= end else None
        if found is None:
            continue
        end = found.end()
        read = _read(found)
        if read is not None:
            skipped, quantity, rest = read
            quantities.append((found.start() + len(skipped), found.end() - len(rest), quantity))
    return quantities


def _read(found: re.Match[str]) -> tuple[str, Quantity, str] | None:
    """Return the quantity of a match, with what stands before and after it and is none."""
    if found["date"] is not None:
        return _date(found)
    if found["number"] is not None:
        return None if _counts_nothing(found) else _plain(found)
    return "", _fixed(found), ""


def _counts_nothing(found: re.Match[str]) -> bool:
    """Whether a numeral is part of a word (一下) or an article (一个), as nearly all are."""
    number, unit = found["number"], found["unit"]
    if unit is None:
        return len(number) == 1 and not number.isascii()
    return number == "一" and unit in _COUNTING


def _fixed(found: re.Match[str]) -> Quantity:
    """Return the quantity of a form that says by itself what it counts."""
    text = found[0]
    if found["hour"] is not None:
        return _time_of_day(found)
    if found["half"] is not None:
        dimension, factor = _UNITS[found["half_unit"]]
        return Quantity(text, dimension, factor / 2)
    if found["and_half"] is not None:
        whole = cardinal(found["and_half"])
        dimension = "month" if found["and_half_unit"] == "月" else "day"
        unit = Fraction(1) if dimension == "month" else _HOUR
        return Quantity(text, dimension, None if whole is None else (whole + Fraction(1, 2)) * unit)
    if found["calendar"] is not None:
        digits = _digits(found["calendar"][:-1])
        return Quantity(text, "year", None if digits is None else Fraction(int(digits)))
    if found["discount"] is not None:
        return Quantity(text, "discount", _discount(found["discount"]))
    return Quantity(text, "percent", _percent(found))


def _percent(found: re.Match[str]) -> Fraction | None:
    """Return the percents of 百分之三, 千分之五, 百分百, 0.5%; None where they are vague."""
    if found["sign"] is not None:
        return Fraction(found["sign"])
    spoken = found["percent"]
    if spoken is None or spoken == "百":
        return Fraction(100)
    worth = None if spoken.endswith("几") else cardinal(spoken)
    return None if worth is None else worth / {"百": 1, "千": 10, "万": 100}[found["per"]]


def _discount(spoken: str) -> Fraction | None:
    """Return what a discount leaves, in hundredths: 95 for 九五折 and 9.5折, 50 for 五折."""
    digits = _digits(spoken.replace("点", "").replace(".", ""))
    return None if digits is None else Fraction(int(digits) * (10 if len(digits) == 1 else 1))


def _time_of_day(found: re.Match[str]) -> Quantity:
    hour = cardinal(found["hour"])
    minute = minutes_past(found["past"] or "")
    if hour is None or minute is None or hour > 24 or minute > 59:
        return Quantity(found[0], CLOCK_TIME, None)
    part = found["day_part"]
    if part is not None and hour < 12 and part[0] in "下傍晚夜":
        hour += 12
    if part == "中午" and hour < 3:
        hour += 12
    known = part is not None or hour > 12 or hour == 0
    return Quantity(found[0], TIME_OF_DAY if known else CLOCK_TIME, hour * 60 + minute)


def minutes_past(text: str) -> Fraction | None:
    """Return the minutes of 半, 一刻, 三十分, 05; 0 for 整 and nothing."""
    fixed = {"": 0, "整": 0, "钟": 0, "钟整": 0, "半": 30, "一刻": 15, "三刻": 45}
    if text in fixed:
        return Fraction(fixed[text])
    return cardinal(text.removesuffix("分").lstrip("零〇") or "零")


def _date(found: re.Match[str]) -> tuple[str, Quantity, str] | None:
    month, day = cardinal(found["month"]), cardinal(found["day"])
    if month is None or day is None or not 1 <= month <= 12 or not 1 <= day <= 31:
        return None
    year = _digits(found["year"]) if found["year"] is not None else None
    if year is not None and len(year) == 2:
        year = "20" + year
    value = Fraction(int(year or 0) * _YEAR) + month * 100 + day
    return "", Quantity(found[0], "date", value), ""


def _plain(found: re.Match[str]) -> tuple[str, Quantity, str] | None:
    number, unit, tail = found["number"], found["unit"] or "", found["tail"] or ""
    skipped = ""
    value, digits = _worth(number, has_unit=bool(unit))
    while value is None and digits is None and len(number) > 1:
        # A stutter (三三十天): what is said last counts.
        skipped, number = skipped + number[0], number[1:]
        value, digits = _worth(number, has_unit=bool(unit))
    if value is None or (not unit and not _stands_alone(number, digits)):
        return None
    if not unit and found.string[found.end("number") :].startswith("月"):
        return skipped, Quantity(number, "month-of-year", value, None), tail
    if unit in _COUNTING:
        if value == 1 and digits is None:
            return None  # an article: 一个, 1张 are compared by their sound
        dimension, factor = "count", Fraction(1)
    else:
        dimension, factor = _UNITS.get(unit.strip(), ("", Fraction(1)))
    if number == "十" and found.string[found.end() :].startswith("分"):
        return None
    value *= factor
    rest = ""
    if tail == "半":
        value += factor / 2
    elif tail and dimension == "money" and unit in {"块", "元", "毛", "角"}:
        value += _small_money(tail, factor)
    elif tail:
        rest = tail
    text = number + unit + (tail if not rest else "")
    if found["vague"]:
        return skipped, Quantity(text, dimension, None), rest
    return skipped, Quantity(text, dimension, value, digits if not dimension else None), rest


@lru_cache(maxsize=1_024)
def _worth(number: str, *, has_unit: bool) -> tuple[Fraction | None, str | None]:
    """Return value and digits of a number; digits where it was said digit by digit."""
    digits = _digits(number)
    if digits is not None and len(digits) >= 2 and not number.isascii():
        # 五六天: five or six, not 56. 两 is never one digit of several.
        if len(digits) == 2 or "两" in number:
            return None, None
        return Fraction(int(digits)), digits
    if digits is not None and number.isascii():
        is_name = len(digits) >= 5 or (digits.startswith("0") and len(digits) > 1)
        return Fraction(int(digits)), digits if is_name or not has_unit else None
    if "幺" in number:
        return None, None
    return cardinal(number), None


def _stands_alone(number: str, digits: str | None) -> bool:
    """Whether a number without a unit is one, and not part of a word (万一, 千万, 一定)."""
    if number[0].isascii() or digits is not None:
        return True
    return len(number) > 1 and any(char in _DIGITS for char in number) and number != "万一"


def _small_money(tail: str, factor: Fraction) -> Fraction:
    """Return what follows the 块 or 毛 of a price: the 九毛五 of 九十九块九毛五."""
    digits = _digits(re.sub("[毛角分]", "", tail)) or ""
    return sum(
        (Fraction(int(digit)) * factor / 10 ** (place + 1) for place, digit in enumerate(digits)),
        Fraction(0),
    )
