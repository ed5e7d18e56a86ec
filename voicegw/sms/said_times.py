"""Which time a few words mean: `明天10点`, `下周一下午3点半`, `2小时后`, `12月3日9:30`. Pure.

Only what names one time counts: a day without an hour means the hour at which a day's calls begin.
A time of day that is past means tomorrow's, a weekday the next one.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import date, datetime, timedelta
from typing import Final

_DIGITS: Final = {one: value for value, one in enumerate("零一二三四五六七八九")} | {"两": 2}
#: One to ninety-nine, or figure by figure. `十二三号` names no day, and `十十点` no hour.
_NUMERAL: Final = re.compile(
    r"(?<![零一二两三四五六七八九十])"
    r"(?:[一二两三四五六七八九]?十[一二三四五六七八九]?|[零一二两三四五六七八九]{1,3})"
    r"(?=[点时号日月分小个天])"
)
_AFTER: Final = re.compile(
    r"(?:过|in\s+)?(?:(?P<half>半)个?小时|(?<!\d)(?P<count>\d{1,3})\s*个?"
    r"(?P<unit>半?小时|分钟|天|hours?|h|minutes?|min|days?))(?:以?后|之后|later|$|\s)",
    re.IGNORECASE,
)
_DAYS: Final = (("大后天", 3), ("后天", 2), ("明", 1), ("tomorrow", 1), ("今", 0), ("today", 0))
_WEEKDAYS: Final = "一二三四五六日"
_WEEKDAY: Final = re.compile(r"(?P<next>下)?(?:个)?(?:周|星期|礼拜)(?P<day>[一二三四五六日天])")
_MONTH_DAY: Final = re.compile(r"(?P<month>\d{1,2})(?:月|[-/])(?P<day>\d{1,2})(?:日|号)?")
_DAY: Final = re.compile(r"(?P<day>\d{1,2})(?:日|号)")
_CLOCK: Final = re.compile(
    r"(?P<hour>\d{1,2})(?:[:：](?P<minute>\d{2})|[点时](?:(?P<half>半)|(?P<quarter>[一三])刻"
    r"|(?P<spoken>\d{1,2})分?)?|(?=\s*[ap]m))\s*(?P<pm>pm|am)?",
    re.IGNORECASE,
)
_EVENING: Final = re.compile(r"下午|晚上|傍晚|晚|pm", re.IGNORECASE)
_NOON: Final = re.compile(r"中午")
_MORNING: Final = re.compile(r"上午|早上|早晨|早|am", re.IGNORECASE)
BEGIN_HOUR: Final = 9
_AFTERNOON_HOUR: Final = 15
_FARTHEST: Final = timedelta(days=100)


def said_time(text: str, now: datetime) -> datetime | None:
    """Return the time that `text` names, in the zone of `now`; None where it names none.

    `now` is aware, in the zone of whoever wrote. The time is later than `now`.
    """
    words = _in_figures(unicodedata.normalize("NFKC", text))
    at = _after(words, now) or _on_a_day(words, now)
    return at if at is not None and now < at <= now + _FARTHEST else None


def _on_a_day(words: str, now: datetime) -> datetime | None:
    day, rest = _day(words, now)
    minutes = _hour(rest)
    if minutes is None:
        minutes = None if day is None else _usual_hour(rest)
    if minutes is None:
        return None
    at = _at(day or now.date(), minutes, now)
    if at <= now and day is None:
        return _at(now.date() + timedelta(days=1), minutes, now)
    return at


def _in_figures(text: str) -> str:
    return _NUMERAL.sub(lambda found: str(_number(found[0])), text)


def _number(numeral: str) -> int:
    tens, ten, ones = numeral.partition("十")
    if not ten:
        return int("".join(str(_DIGITS[one]) for one in numeral))
    return (_DIGITS[tens] if tens else 1) * 10 + (_DIGITS[ones] if ones else 0)


def _after(words: str, now: datetime) -> datetime | None:
    found = _AFTER.search(words)
    if found is None:
        return None
    if found["half"]:
        return now + timedelta(minutes=30)
    count, unit = int(found["count"]), found["unit"].lower()
    if unit == "半小时":  # "1个半小时" is not 30 minutes
        return now + timedelta(hours=count, minutes=30)
    if unit.startswith(("小时", "h")):
        return now + timedelta(hours=count)
    if unit.startswith(("分", "m")):
        return now + timedelta(minutes=count)
    return now + timedelta(days=count)


def _day(words: str, now: datetime) -> tuple[date | None, str]:
    """Return the day that is named, and the words without it."""
    today = now.date()
    weekday = _WEEKDAY.search(words)
    if weekday is not None:
        wanted = _WEEKDAYS.index("日" if weekday["day"] == "天" else weekday["day"])
        ahead = (wanted - today.weekday()) % 7
        if weekday["next"]:
            ahead = wanted - today.weekday() + 7
        elif ahead == 0:
            ahead = 7
        return today + timedelta(days=ahead), words.replace(weekday[0], " ", 1)
    lowered = words.lower()
    for word, ahead in _DAYS:
        if word in lowered:
            return today + timedelta(days=ahead), lowered.replace(word, " ", 1)
    for pattern in (_MONTH_DAY, _DAY):
        found = pattern.search(words)
        if found is not None:
            month = int(found["month"]) if "month" in found.groupdict() else None
            day = _next_date(int(found["day"]), month, today)
            # With a day that no month has, its hour alone names no time.
            return day, "" if day is None else words.replace(found[0], " ", 1)
    return None, words


def _next_date(day: int, month: int | None, today: date) -> date | None:
    """Return the next day of this number, in this month of a year if one is given."""
    year, this = today.year, month or today.month
    for _ in range(13):
        try:
            found = date(year, this, day)
        except ValueError:
            found = None
        if found is not None and found >= today:
            return found
        if month is not None:
            year += 1
        else:
            year, this = (year + 1, 1) if this == 12 else (year, this + 1)
    return None


def _hour(words: str) -> int | None:
    """Return the time of day that is named, in minutes; None: none, or one that no clock shows."""
    found = _CLOCK.search(words)
    if found is None:
        return None
    hour = int(found["hour"])
    minute = int(found["minute"] or found["spoken"] or 0)
    if found["half"]:
        minute = 30
    elif found["quarter"]:
        minute = 15 if found["quarter"] == "一" else 45
    is_pm = bool(_EVENING.search(words)) or (found["pm"] or "").lower() == "pm"
    if hour < 12 and (is_pm or (_NOON.search(words) and hour < 3)):
        hour += 12
    elif 1 <= hour <= 6 and not _MORNING.search(words):
        # Nobody means four in the night.
        hour += 12
    return hour * 60 + minute if hour < 24 and minute < 60 else None


def _usual_hour(words: str) -> int | None:
    if _CLOCK.search(words):
        return None
    return (_AFTERNOON_HOUR if _EVENING.search(words) else BEGIN_HOUR) * 60


def _at(day: date, minutes: int, now: datetime) -> datetime:
    hour, minute = divmod(minutes, 60)
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=now.tzinfo)
