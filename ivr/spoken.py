"""Numbers, times and amounts as the prompts they are spoken from. Pure.

Each function returns names of prompts in their order; `language` is `zh` or `en`. What has no words
(a number too large, a language that isn't known) raises ValueError, so that nobody hears half of
it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, time
from decimal import Decimal
from typing import Final

LANGUAGES: Final = ("zh", "en")
MAX_ZH: Final = 99_999_999
MAX_EN: Final = 999_999

_TEENS: Final = (
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
)
_TENS: Final = (
    "twenty",
    "thirty",
    "forty",
    "fifty",
    "sixty",
    "seventy",
    "eighty",
    "ninety",
)
_MONTHS: Final = (
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
)
_WEEKDAYS: Final = (
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
    "sunday",
)
_PLACES_ZH: Final = ((1000, "thousand"), (100, "hundred"), (10, "ten"))

_SINGULAR: Final = {"minutes": "minute", "hours": "hour", "people": "person"}

#: What a customer's class is called before the call, by what files and systems call the class.
_CALLERS: Final = {
    "core": "caller_core",
    "核心": "caller_core",
    "potential": "caller_potential",
    "潜力": "caller_potential",
    "regular": "caller_regular",
    "常规": "caller_regular",
    "assisted": "caller_assisted",
    "帮扶": "caller_assisted",
}


def digits(text: str, language: str) -> tuple[str, ...]:
    """Return a telephone number or a code, digit by digit; anything else in `text` is left out.

    In Chinese a 1 among digits is read `yao`, so that nobody takes it for a 7.
    """
    _checked(language)
    one = "yao" if language == "zh" else "d1"
    return tuple(one if digit == "1" else f"d{digit}" for digit in text if digit in "0123456789")


def cardinal(number: int, language: str) -> tuple[str, ...]:
    """Return a whole number in words, such as 12 or 10,305."""
    speak, largest = _cardinal_of(language)
    if abs(number) > largest:
        raise ValueError(f"no words for numbers beyond {largest}")
    if number < 0:
        return ("minus", *speak(-number))
    return speak(number)


def count(number: int, unit: str, language: str) -> tuple[str, ...]:
    """Return how many of `unit` (a prompt's name): two of something is 两 in Chinese."""
    if language == "zh" and number == 2:
        return "liang", unit
    if language == "en" and number == 1:
        unit = _SINGULAR.get(unit, unit)
    return *cardinal(number, language), unit


def decimal(amount: Decimal, language: str) -> tuple[str, ...]:
    """Return a number with its places after the point, each read by itself: 12.50 is 12.5."""
    whole, _, places = f"{abs(amount).normalize():f}".partition(".")
    words = cardinal(int(whole), language)
    if places:
        words = (*words, "point", *(f"d{place}" for place in places))
    return ("minus", *words) if amount < 0 else words


def money(amount: Decimal, language: str) -> tuple[str, ...]:
    """Return an amount in yuan."""
    return *decimal(amount, language), "yuan"


def duration(seconds: float, language: str) -> tuple[str, ...]:
    """Return a length of time, in minutes rounded up, or in hours and minutes from two hours on."""
    minutes = max(1, -int(-seconds // 60))
    if minutes < 120:
        return count(minutes, "minutes", language)
    hours, rest = divmod(minutes, 60)
    words = count(hours, "hours", language)
    return (*words, *count(rest, "minutes", language)) if rest else words


def queue_position(ahead: int, language: str) -> tuple[str, ...]:
    """Return how many wait before the caller."""
    if ahead <= 0:
        _checked(language)
        return ("queue_next",)
    return "queue_position", *count(ahead, "people", language)


def estimated_wait(seconds: float, language: str) -> tuple[str, ...]:
    """Return how long the wait will be, as far as one can know."""
    if seconds < 60:
        _checked(language)
        return "estimated_wait", "less_than_a_minute"
    return "estimated_wait", *duration(seconds, language)


def who_calls(
    class_: str | None, last_digits: str, language: str, *, known: bool = True
) -> tuple[str, ...]:
    """Return what a manager hears of a caller: the class, and the last digits of the number."""
    name = "caller_unknown"
    if known:
        name = _CALLERS.get((class_ or "").strip().lower(), "caller_customer")
    spoken = digits(last_digits, language)
    return (name, "ends_in", *spoken) if spoken else (name,)


def time_of_day(moment: time, language: str) -> tuple[str, ...]:
    """Return a time of day: 14:30 is 下午两点半, or 2 30 in the afternoon."""
    part = "morning" if moment.hour < 12 else "afternoon" if moment.hour < 18 else "evening"
    hour = moment.hour % 12 or 12
    if language == "zh":
        words = count(hour, "hour_point", language)
        if moment.minute == 0:
            return part, *count(hour, "oclock", language)
        if moment.minute == 30:
            return part, *words, "half_past"
        minute = cardinal(moment.minute, language)
        lead = ("d0",) if moment.minute < 10 else ()
        return part, *words, *lead, *minute, "minute_past"
    spoken = cardinal(hour, language)
    if moment.minute == 0:
        return *spoken, "oclock", part
    lead = ("d0",) if moment.minute < 10 else ()
    return *spoken, *lead, *cardinal(moment.minute, language), part


def day(moment: date, language: str) -> tuple[str, ...]:
    """Return a date without its year."""
    if language == "zh":
        month = cardinal(moment.month, language)
        return *month, "month", *cardinal(moment.day, language), "day"
    return _MONTHS[moment.month - 1], *cardinal(moment.day, language)


def weekday(moment: date, language: str) -> tuple[str, ...]:
    """Return the day of the week."""
    _checked(language)
    return (_WEEKDAYS[moment.weekday()],)


def _checked(language: str) -> None:
    _cardinal_of(language)


def _cardinal_of(language: str) -> tuple[Callable[[int], tuple[str, ...]], int]:
    if language == "zh":
        return _cardinal_zh, MAX_ZH
    if language == "en":
        return _cardinal_en, MAX_EN
    raise ValueError(f"no words for numbers in {language!r}")


def _cardinal_zh(number: int) -> tuple[str, ...]:
    """Read as 一万零三百零五: a zero stands for every gap, and 十 alone begins ten to nineteen."""
    if number == 0:
        return ("d0",)
    above, below = divmod(number, 10_000)
    words: list[str] = []
    if above:
        # 两万, but 十二万.
        words += ["liang"] if above == 2 else _below_ten_thousand_zh(above)
        words.append("ten_thousand")
        if 0 < below < 1000:
            words.append("d0")
    if below:
        words += _below_ten_thousand_zh(below, after_more=bool(above))
    return tuple(words)


def _below_ten_thousand_zh(number: int, *, after_more: bool = False) -> list[str]:
    words: list[str] = []
    gap = False
    for place, name in _PLACES_ZH:
        digit, number = divmod(number, place)
        if digit == 0:
            gap = bool(words)
            continue
        if gap:
            words.append("d0")
            gap = False
        if not (place == 10 and digit == 1 and not words and not after_more):
            words.append("liang" if digit == 2 and place >= 100 else f"d{digit}")
        words.append(name)
    if number:
        if gap:
            words.append("d0")
        words.append(f"d{number}")
    return words


def _cardinal_en(number: int) -> tuple[str, ...]:
    words: list[str] = []
    for place, name in ((1000, "thousand"), (100, "hundred")):
        above, number = divmod(number, place)
        if above:
            words += [*_cardinal_en(above), name]
    if number >= 20:
        words.append(_TENS[number // 10 - 2])
        number %= 10
    elif number >= 10:
        words.append(_TEENS[number - 10])
        number = 0
    if number or not words:
        words.append(f"d{number}")
    return tuple(words)


@dataclass(frozen=True, slots=True)
class Speaker:
    """What calls have said in words of their own making (voicegw.calls.ports.Speaker)."""

    language: str

    def speaking(self, language: str) -> Speaker:
        """Return one that speaks `language`; itself where nobody knows its numbers."""
        return Speaker(language) if language in LANGUAGES else self

    def digits(self, text: str) -> tuple[str, ...]:
        """Return the digits of a number or a code, one by one."""
        return digits(text, self.language)

    def queue_position(self, ahead: int) -> tuple[str, ...]:
        """Return how many wait before a caller."""
        return queue_position(ahead, self.language)

    def estimated_wait(self, seconds: float) -> tuple[str, ...]:
        """Return how long a caller will wait."""
        return estimated_wait(seconds, self.language)

    def who_calls(
        self, class_: str | None, last_digits: str, *, known: bool = True
    ) -> tuple[str, ...]:
        """Return what a manager hears of a caller before the two are connected."""
        return who_calls(class_, last_digits, self.language, known=known)
