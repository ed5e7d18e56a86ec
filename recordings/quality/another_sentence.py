"""Whether the words that fit a phrase are part of another sentence. Pure.

我们保证 | 收益要看市场 promises nothing, 您听不懂很正常 asks nothing, 哪个管您这片 is about a
district: each holds a phrase, and each is for a person to hear.
"""

from __future__ import annotations

import re
from typing import Final

from recordings.quality.alignment import Alignment
from recordings.quality.asides import LIGHT, PARTICLES
from recordings.quality.lexicon import lexicon
from recordings.quality.pinyin import NUMBER, distance, same_sound
from recordings.quality.spoken import PAUSE, SpokenText
from recordings.quality.wanted import Phrase

_SHORT: Final = 5
_SHORT_ENOUGH: Final = 8
"""Up to this length a phrase is easily put together of pieces."""
_HALF_LOST: Final = 0.5
_OTHER: Final = 0.8
"""From this cost on a syllable is another, not a slip."""


def is_another(one: Phrase, text: SpokenText, found: Alignment) -> bool:
    """Whether what fits the phrase belongs to a sentence that says something else."""
    return (
        _begins_another(one, text, found)
        or _is_patched(one, text, found)
        or tells(one, text, found)
        or _is_replaced(one, text, found)
        or _is_compound(one, text, found)
        or _goes_on(one, text, found)
        or _is_forecast(one, text, found)
        or _is_bare(one, found)
        or _is_owned(one, text, found)
        # 内部价的话 may be a condition of something.
        or (not one.may_turn and text.chars.startswith("的话", found.end))
    )


def _is_replaced(one: Phrase, text: SpokenText, found: Alignment) -> bool:
    """Whether a small word of a short phrase is a word of meaning here: 肯定难赚 for 肯定能赚."""
    small = LIGHT | PARTICLES
    return one.length <= _SHORT and any(
        index is not None and cost >= _OTHER and char in small and text.chars[index] not in small
        for char, index, cost in zip(one.spoken.chars, found.pairs, found.costs, strict=True)
    )


def _is_compound(one: Phrase, text: SpokenText, found: Alignment) -> bool:
    """Whether a syllable was written as another that goes on as a word: 开福袋 for 开户."""
    heavy = set(found.heavy)
    return any(
        index is not None
        and index + 1 in heavy
        and char not in LIGHT | PARTICLES
        and NUMBER not in (char, text.chars[index])
        and not same_sound(char, text.chars[index])
        for char, index in zip(one.spoken.chars, found.pairs, strict=True)
    )


def _goes_on(one: Phrase, text: SpokenText, found: Alignment) -> bool:
    """Whether a word of the phrase is only the beginning of another here.

    随便你告 | 诉我; 接 | 待 for 接听, of which 接 is a short form; 就没聊 | 成 for 就没了.
    """
    behind = found.end
    goes_on = behind < len(text.chars) and behind not in text.clauses and behind not in text.starts
    if goes_on and text.chars[behind : behind + 2] not in lexicon():
        if text.chars[behind - 1 : behind + 1] in _LONGER_WORDS:
            return True
        last = found.pairs[-1]
        if last is not None and one.spoken.chars[-1] == "了" and text.chars[last] in _LIAO:
            return True
    said = {index for index in found.pairs if index is not None}
    return any(
        len(place) == 1 < len(rows)
        and place.stop < len(text.chars)
        and place.stop not in said
        and text.chars[place.start] not in LIGHT
        and text.chars[place.start : place.start + 2] in lexicon()
        and distance(one.spoken.chars[rows[-1]], text.chars[place.stop]) > _SLIP
        for rows, place in found.alike
    )


def _is_forecast(one: Phrase, text: SpokenText, found: Alignment) -> bool:
    """Whether 不要 of the phrase is 不会 here, or the other way round: one asks, one tells."""
    return any(
        index is not None
        and one.spoken.chars[max(0, row - 1) : row] == "不" == text.chars[max(0, index - 1) : index]
        and {char, text.chars[index]} == {"要", "会"}
        for row, (char, index) in enumerate(zip(one.spoken.chars, found.pairs, strict=True))
    )


_SLIP: Final = 0.55
"""Up to this distance it is the word itself, misheard: 收起 for 收取."""
_LIAO: Final = frozenset("聊辽疗料廖")
_LONGER_WORDS: Final = frozenset(
    {
        *("告诉", "告知", "告别", "打算", "打扰", "打听", "打印", "打开", "要求", "管理", "管家"),
        *("保险", "行业", "行程", "行情", "退休", "用户", "用途", "改天", "改日", "交通", "交代"),
        *("交流", "开始", "开心", "加班", "办法", "办公", "查收", "付出", "好像", "会员", "会议"),
    }
)
"""Words that begin like a shorter one, which a phrase may end with, and mean something else."""


def _is_bare(one: Phrase, found: Alignment) -> bool:
    """Whether so many of its small words are gone that the rest may say something else."""
    lost = sum(
        index is None and char in LIGHT and cost >= _HALF_LOST
        for char, index, cost in zip(one.spoken.chars, found.pairs, found.costs, strict=True)
    )
    return lost >= _MOST_LOST


_MOST_LOST: Final = 3
_OWNED: Final = re.compile("们|家(?!里)|[这那](?![边儿里么就])")


def _is_owned(one: Phrase, text: SpokenText, found: Alignment) -> bool:
    """Whether the person at a phrase's end is only whose something is: 哪个管您这片."""
    chars = one.spoken.chars
    if chars[-1] not in _PERSONS or chars[-3:-1] in _TO_WHOM:
        return False  # 没义务告诉你 这些
    return _OWNED.match(text.chars, found.end) is not None


_PERSONS: Final = frozenset("您你我他她")
_TO_WHOM: Final = frozenset(
    {"告诉", "通知", "提醒", "回答", "答应", "送给", "还给", "退给", "赔给", "发给", "寄给", "转给"}
)
"""Verbs behind which a person is told or given what comes next."""


def _is_patched(one: Phrase, text: SpokenText, found: Alignment) -> bool:
    """Whether a short phrase is pieces of two segments with other words of meaning between them."""
    if one.length > _SHORT_ENOUGH or not found.heavy:
        return False
    return text.segment_at(found.start) != text.segment_at(found.end - 1)


def tells(one: Phrase, text: SpokenText, found: Alignment) -> bool:
    """Whether a question's words go on as no question: 您听不懂很正常 for 你听不懂吗."""
    if one.spoken.chars[-1] not in _ASKING:
        return False
    index = found.pairs[-1]
    if index is not None and text.chars[index] in _MAY_ASK:
        return False
    past = found.end if index is None else index
    number = text.segment_at(past - 1)
    end = text.starts[number + 1] if number + 1 < len(text.starts) else len(text.chars)
    if any(past <= clause <= past + 1 for clause in text.clauses):
        return False
    rest = text.chars[past:end].split(PAUSE)[0]
    return len(rest) > 1 and rest[0] not in _MAY_ASK | _CLOSING


_ASKING: Final = frozenset("吗么")
_MAY_ASK: Final = frozenset("吗么嘛吧呢啊呀哈不没马骂")
"""What is written for what makes a question."""


def _begins_another(one: Phrase, text: SpokenText, found: Alignment) -> bool:
    """Whether the lesser part of a phrase begins a segment that goes on behind it."""
    number = text.segment_at(found.end - 1)
    cut = text.starts[number]
    rows = [row for row, index in enumerate(found.pairs) if index is not None and index >= cut]
    behind = len(rows)
    if not rows or not found.start < cut < found.end:
        return False
    past = text.starts[number + 1] if number + 1 < len(text.starts) else len(text.chars)
    rest = text.chars[found.end : past].split(PAUSE)[0]
    # 需要支付违约金 | 的账单, 您可以选择 | 不同意就办不了
    if (
        rest.startswith("的话")
        or (rest[:1] == "的" and any(lexicon().is_name(rest[1:end]) for end in (3, 4)))
        or (behind <= one.length * _HALF_AND_MORE and _CONDITION.match(rest) is not None)
    ):
        return True
    if not one.may_turn and one.length <= _SHORT and _says_more(rest):
        return True
    return behind <= one.length * _LESSER and _is_about(one, rows[0], rest)


def _says_more(rest: str) -> bool:
    """Whether a segment goes on with the clause: 免费 | 换手机要加钱 is no 免费换手机."""
    return len(rest) > 1 and rest[0] not in _CLOSING | _SPEAKERS | PARTICLES


def _is_about(one: Phrase, row: int, rest: str) -> bool:
    """Whether the names from `row` on begin a sentence about them, which `rest` goes on with."""
    spans = [(start, end) for start, end in one.words if end > row]
    if not all(lexicon().is_name(one.spoken.chars[start:end]) for start, end in spans):
        return False
    if rest[:1] in _TOPIC:
        rest = rest[1:]  # 收益嘛要看行情
    if rest[:1] in PARTICLES or rest[:1] in _CLOSING or rest.startswith("一下"):
        return False
    return len(rest) >= 2


_CONDITION: Final = re.compile("(?:那?就|也)[一-龥]{2}")
"""What makes of the words before it a condition."""
_HALF_AND_MORE: Final = 0.65
_TOPIC: Final = frozenset("嘛呢啊呀哪吧")
"""Behind what a sentence is about."""
_LESSER: Final = 0.5
"""How much of the phrase that part may be."""
_SPEAKERS: Final = frozenset("我咱")
_CLOSING: Final = frozenset("您你好行对是这请吗没")
"""With these a clause of its own begins, or the talk goes on to the listener."""
