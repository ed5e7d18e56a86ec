"""Opening hours as text, such as `Mo-Fr 08:30-12:00,14:00-18:00; Sa 09:00-12:00; PH off`. Pure.

A subset of the form opening_hours of OpenStreetMap (its specification: wiki.openstreetmap.org,
Key:opening_hours), in English and Chinese:

* Rules stand between semicolons; a rule is days and times, or days and `off`. Without days it is
  for every day; a day that no rule names is closed all day.
* Days: `Mo` to `Su`, `Mon`, 周一, 星期一 …; ranges (`Fr-Mo`, 周一至周五, 周一至五) and lists by
  comma; 工作日 is `Mo-Fr`, 周末 is `Sa,Su`. `PH` (节假日) is a public holiday, `WW` (调休) a day of
  a weekend that is worked for one.
* Times: `08:30-12:00` or `8-12`, several by comma; the start counts, the end doesn't. `22:00-06:00`
  and `22:00-30:00` go on into the next day and belong to the day they began on. `00:00-24:00`,
  `24/7` and 全天 are the whole day; `off`, `closed`, 休息 and 关闭 are none of it.

Of several rules for a day the last holds, but a rule for `PH` or `WW` before any for weekdays. A
weekend's day that is worked and that no `WW` rule names has the hours of the working day beside
it: Saturday those of Friday, Sunday those of Monday. A holiday that no `PH` rule names has the
hours of its weekday.
"""

from __future__ import annotations

import functools
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Final, Protocol


class DayKind(StrEnum):
    """What a calendar says of a day."""

    ORDINARY = "ordinary"
    """Nothing: work as its weekday is."""
    HOLIDAY = "holiday"
    """A public holiday, the weekends within one included."""
    WORKED = "worked"
    """A day of a weekend that is worked for a holiday (调休)."""


class Calendar(Protocol):
    """Knows the public holidays of a region."""

    def kind(self, day: date) -> DayKind:
        """Return what kind of day `day` is there."""


class PlainCalendar:
    """A calendar without holidays."""

    def kind(self, day: date) -> DayKind:
        """Return that the day is an ordinary one."""
        del day
        return DayKind.ORDINARY


MAX_LENGTH: Final = 500
"""Characters that a text of opening hours may have."""

_DAY_MIN: Final = 24 * 60
HOLIDAY: Final = 7
"""A public holiday among the days of a rule."""
_WORKED: Final = 8
_SATURDAY: Final = 5
_SEARCH_DAYS: Final = 400
"""How far :meth:`OpeningHours.next_change` looks: past a year and its longest holidays."""

_CHINESE: Final = "一二三四五六日天"
_ENGLISH: Final = ("mo", "tu", "we", "th", "fr", "sa", "su")
_WORDS: Final[dict[str, tuple[int, ...]]] = {
    "ph": (HOLIDAY,),
    "法定节假日": (HOLIDAY,),
    "节假日": (HOLIDAY,),
    "ww": (_WORKED,),
    "调休": (_WORKED,),
    "工作日": tuple(range(5)),
    "周末": (5, 6),
    "每天": tuple(range(7)),
    "每日": tuple(range(7)),
}
_DAY: Final = re.compile(
    "(?P<word>" + "|".join(_WORDS) + ")"
    "|(?:周|星期|礼拜)(?P<chinese>[一二三四五六日天])"
    "|(?P<english>mo|tu|we|th|fr|sa|su)[neditu]?(?![a-z])"
)
_BARE_CHINESE: Final = re.compile("[一二三四五六日天]")
_SPAN: Final = re.compile(r"(\d{1,2})(?::(\d{2}))?-(\d{1,2})(?::(\d{2}))?")
_ALL_DAY: Final = frozenset({"24/7", "24h", "24小时", "全天"})
_OFF: Final = frozenset({"off", "closed", "休息", "关闭", "不营业"})

Span = tuple[int, int]
"""Minutes after midnight: from, until; the end may lie in the next day."""


@dataclass(frozen=True, slots=True)
class Rule:
    """Hours of some days: weekdays as 0 (Monday) to 6, and `HOLIDAY`, `_WORKED`."""

    days: frozenset[int]
    spans: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class OpeningHours:
    """Parsed opening hours; see :func:`parse`.

    Times are those of the wall clock: give a datetime in the zone that the hours are meant for.
    """

    rules: tuple[Rule, ...]

    def spans(self, day: date, calendar: Calendar) -> tuple[Span, ...]:
        """Return what begins on `day`, in order and apart from each other."""
        kind = calendar.kind(day)
        weekday = day.weekday()
        wanted = [weekday]
        if kind is DayKind.HOLIDAY:
            wanted = [HOLIDAY, weekday]
        elif kind is DayKind.WORKED:
            beside = (weekday - 1 if weekday == _SATURDAY else weekday + 1) % 7
            wanted = [_WORKED, beside]
        for selector in wanted:
            for rule in reversed(self.rules):
                if selector in rule.days:
                    return rule.spans
        return ()

    def is_open(self, local: datetime, calendar: Calendar) -> bool:
        """Whether `local` is within the hours."""
        minute = local.hour * 60 + local.minute
        today = local.date()
        return any(start <= minute < until for start, until in self.spans(today, calendar)) or any(
            minute < until - _DAY_MIN
            for _, until in self.spans(today - timedelta(days=1), calendar)
        )

    def next_change(self, local: datetime, calendar: Calendar) -> datetime | None:
        """Return when it next opens or closes after `local`, in its zone; None: not in a year."""
        before = self.is_open(local, calendar)
        for ahead in range(_SEARCH_DAYS):
            day = local.date() + timedelta(days=ahead)
            for minute in self._edges(day, calendar):
                at = time(minute // 60, minute % 60)
                # Of an hour that comes twice, the time is in the one that `local` is in.
                moment = datetime.combine(day, at, local.tzinfo).replace(fold=local.fold)
                if moment > local and self.is_open(moment, calendar) != before:
                    return moment
        return None

    def _edges(self, day: date, calendar: Calendar) -> list[int]:
        """Return the minutes of a day at which something begins or ends, in order."""
        edges = {edge for span in self.spans(day, calendar) for edge in span}
        before = self.spans(day - timedelta(days=1), calendar)
        edges |= {until - _DAY_MIN for _, until in before}
        return sorted(edge for edge in edges if 0 <= edge < _DAY_MIN)


@functools.lru_cache(maxsize=4096)
def parse(text: str) -> OpeningHours:
    """Return the opening hours that `text` says. Raises ValueError, saying what can't be read."""
    if len(text) > MAX_LENGTH:
        raise ValueError(f"must have at most {MAX_LENGTH} characters")
    rules = tuple(_rule(part) for part in _plain(text).split(";") if part)
    if not rules:
        raise ValueError("expected opening hours such as Mo-Fr 08:30-18:00; PH off")
    return OpeningHours(rules)


def read(text: str | None) -> OpeningHours | None:
    """Return the hours that a stored `text` says, or None: always.

    None, too, for what can't be read: earlier versions stored any text, and nobody is to be shut
    out by it.
    """
    if not text:
        return None
    try:
        return parse(text)
    except ValueError:
        return None


def _plain(text: str) -> str:
    """Return `text` in one spelling: narrow characters, `-`, `,` and `;`, no space beside them."""
    narrow = unicodedata.normalize("NFKC", text).casefold()
    joined = re.sub(r"至|到|~|–|—|−", "-", narrow)
    listed = re.sub(r"[、和及]", ",", joined)
    ruled = re.sub(r"[;。\n]", ";", listed)
    return re.sub(r"\s*([-,;:])\s*", r"\1", re.sub(r"\s+", " ", ruled)).strip()


def _rule(text: str) -> Rule:
    days, rest = _days(text)
    if rest in _OFF:
        return Rule(days, ())
    if rest in _ALL_DAY:
        return Rule(days, ((0, _DAY_MIN),))
    return Rule(days, _merged(sorted(_spans(rest))))


def _days(text: str) -> tuple[frozenset[int], str]:
    """Return the days that a rule begins with, every one where it names none, and what is left."""
    found: set[int] = set()
    place = 0
    is_range = is_chinese = False
    last: tuple[int, ...] = ()
    while (read := _day(text, place, allow_bare=is_chinese)) is not None:
        days, place, is_chinese = read
        if is_range:
            if len(last) != 1 or len(days) != 1 or max(last[0], days[0]) >= HOLIDAY:
                raise ValueError("a range of days is from one weekday to another")
            days = tuple((last[0] + step) % 7 for step in range((days[0] - last[0]) % 7 + 1))
        found.update(days)
        last = days[-1:]
        is_range = text[place : place + 1] == "-"
        if is_range or text[place : place + 1] == ",":
            place += 1
    if is_range:
        raise ValueError("a range of days has no end")
    every = frozenset({*range(7)})
    return frozenset(found) or every, text[place:].removeprefix(":").strip()


def _day(text: str, place: int, *, allow_bare: bool) -> tuple[tuple[int, ...], int, bool] | None:
    """Return the day or days named at `place`, the place behind, and whether in Chinese."""
    match = _DAY.match(text, place)
    if match is None:
        bare = _BARE_CHINESE.match(text, place) if allow_bare else None
        return None if bare is None else ((_chinese_day(bare[0]),), bare.end(), True)
    if word := match["word"]:
        return _WORDS[word], match.end(), False
    if chinese := match["chinese"]:
        return (_chinese_day(chinese),), match.end(), True
    return (_ENGLISH.index(match["english"]),), match.end(), False


def _chinese_day(character: str) -> int:
    return min(_CHINESE.index(character), 6)


def _spans(text: str) -> Iterator[Span]:
    for part in text.split(","):
        match = _SPAN.fullmatch(part)
        if match is None:
            # Not repeated: in a file whose columns are mixed up it may be anything.
            raise ValueError("expected hours such as Mo-Fr 08:30-12:00,14:00-18:00; PH off")
        start = int(match[1]) * 60 + int(match[2] or 0)
        until = int(match[3]) * 60 + int(match[4] or 0)
        if int(match[2] or 0) > 59 or int(match[4] or 0) > 59 or start >= _DAY_MIN:
            raise ValueError(f"{part} is no span of a day")
        if until < start:
            until += _DAY_MIN
        if start == until or until > start + _DAY_MIN:
            raise ValueError(f"{part} is no span of up to 24 hours")
        yield start, until


def _merged(spans: list[Span]) -> tuple[Span, ...]:
    merged: list[Span] = []
    for start, until in spans:
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(until, merged[-1][1]))
        else:
            merged.append((start, until))
    return tuple(merged)
