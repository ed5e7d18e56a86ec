"""What a customer's reply to a notice says: yes, no, or another time. Pure.

The customer has first say on the time. A time of day alone means the day that was announced; what
follows a refusal (`周四不行，周五上午10点`) is the time that is wanted instead.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from enum import StrEnum
from typing import Final

from voicegw.sms.said_times import said_time


class NoticeAnswer(StrEnum):
    """What a reply comes to."""

    AGREED = "agreed"
    MOVED = "moved"
    DECLINED = "declined"


@dataclass(frozen=True, slots=True)
class NoticeReply:
    """A reply that was understood. `at` is the time that is wanted instead, with MOVED."""

    answer: NoticeAnswer
    at: datetime | None = None


_YES: Final = frozenset(
    {
        "1", "好", "好的", "好吧", "可以", "可以的", "行", "行的", "同意", "没问题", "收到", "嗯",
        "确认", "方便", "ok", "okay", "yes", "y", "fine", "sure", "good", "1好", "1好的",
    }
)  # fmt: skip
_NO: Final = re.compile(
    r"不行|不要|不用了?|不需要|不方便|不在|不可以|不同意|不来|没空|没时间|没有时间|取消|别来|拒绝"
    r"|\b(?:no|not|can'?t|cannot|cancel|busy|don'?t)\b"
)
_BARE_NO: Final = frozenset({"2", "不", "n", "否", "no"})
_FILLING: Final = re.compile(r"[\s,.;:!?、。，；：！？~～“”\"'()（）]+")
_NAMES_A_DAY: Final = re.compile(
    r"[今明后周月日号天]|星期|礼拜|小时|分钟|\d\s*[-/]\s*\d|today|tomorrow|hour|minute|day"
)
_WEEKDAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_ENGLISH_DAY: Final = re.compile(
    r"(?P<next>next\s+)?\b(?P<day>mon|tue|wed|thu|fri|sat|sun)(?:s|nes|rs|ur)?(?:day)?\b"
)


def read_notice_reply(text: str, planned: datetime, now: datetime) -> NoticeReply | None:
    """Return what `text` says; None where it says nothing that is understood.

    `planned` is the time that was announced, `now` when the reply came: aware, in the customer's
    zone.
    """
    words = unicodedata.normalize("NFKC", text).strip().lower()
    bare = _FILLING.sub("", words)
    if bare in _YES:
        return NoticeReply(NoticeAnswer.AGREED)
    if bare in _BARE_NO:
        return NoticeReply(NoticeAnswer.DECLINED)
    refusals = [*_NO.finditer(words)]
    rest = words[refusals[-1].end() :] if refusals else words
    at = _time(_with_chinese_days(rest), planned, now)
    if at is not None:
        return NoticeReply(NoticeAnswer.MOVED, at)
    return NoticeReply(NoticeAnswer.DECLINED) if refusals else None


def _time(words: str, planned: datetime, now: datetime) -> datetime | None:
    at = said_time(words, now)
    if at is None or _NAMES_A_DAY.search(words) is not None:
        return at
    # As if it were said on the evening before: then an hour alone is the announced day's.
    evening = datetime.combine(planned.date() - timedelta(days=1), time(23, 59), planned.tzinfo)
    on_the_day = said_time(words, evening)
    return on_the_day if on_the_day is not None and on_the_day > now else at


def _with_chinese_days(words: str) -> str:
    def chinese(found: re.Match[str]) -> str:
        day = "一二三四五六日"[_WEEKDAYS.index(found["day"])]
        return f"{'下' if found['next'] else ''}周{day} "

    return _ENGLISH_DAY.sub(chinese, words)
