"""Whether words that sound like a phrase are denied, forbidden, quoted, or what must be. Pure.

What stands before and behind is matched with the patterns of `denials`.
"""

from __future__ import annotations

import re
from typing import Final

from recordings.quality.alignment import Alignment
from recordings.quality.asides import LIGHT, NEGATIONS
from recordings.quality.denials import (
    DENIED_AFTER,
    DENIED_BEFORE,
    DENIED_INSIDE,
    NEGATED_BEFORE,
    QUOTED_BEFORE,
)
from recordings.quality.negation_count import (
    PLAIN_NOT,
    WEAK,
    negations_in,
    negations_of_phrase,
)
from recordings.quality.spoken import SpokenText


def is_forbidden_behind(phrase: SpokenText, found: Alignment, after: str) -> bool:
    """Whether the negation that a phrase lacks stands behind: 提前解约是不行的 for 不得提前解约."""
    lost = [
        char
        for char, index in zip(phrase.chars, found.pairs, strict=True)
        if index is None and char in NEGATIONS
    ]
    if _NEED_NOT.search(phrase.chars) is not None:
        return False
    return len(lost) == 1 and _FORBIDDEN.match(after) is not None


_NEED_NOT: Final = re.compile("[不无](?:用|必|须|需)")
"""What needn't be done may be: 不行 behind does not say so."""
_FORBIDDEN: Final = re.compile(
    "(?:的话|的|呢|肯定|绝对|当然|那|可)*(?:这?是|都|也)*"
    "(?:不行|没有的(?![^您你我咱他这那啊呀哦嘛呢吧放])|不可以|不允许|不被允许|不能|不可(?!能)|不准|不成(?!问题))(?![不一-龥]{0,6}[吗么])"
)


def is_obligation(
    phrase: SpokenText, text: SpokenText, found: Alignment, before: str, after: str
) -> bool:
    """Whether two negations say what must be: 不付违约金是不行的 for 要付违约金, 没有您签字不行."""
    if _FORBIDDEN.match(after) is None or _BY_NO_MEANS.search(before) is not None:
        return False
    inside = negations_in(text.chars[found.start : found.end])
    wanted = negations_of_phrase(phrase.chars)
    if _INSISTS.search(text.chars, max(0, found.start - 2), found.start + 1) is not None:
        return inside == wanted  # 非得您签字不行
    said = inside + (NEGATED_BEFORE.search(before) is not None)
    return said == wanted + 1 and any(
        char in _MUST and (index is None or cost >= WEAK or text.chars[index] in "不没未有")
        for char, index, cost in zip(phrase.chars, found.pairs, found.costs, strict=True)
    )


_MUST: Final = frozenset("要需须得应")
_BY_NO_MEANS: Final = re.compile("[并绝决](?:非|不是)")
_INSISTS: Final = re.compile("(?<![并绝决是除莫无若既])非(?!常|法|凡|但|官方|正规)")


def is_denied(
    phrase: SpokenText, text: SpokenText, found: Alignment, before: str, after: str
) -> bool:
    """Whether the words are denied, forbidden, or only quoted."""
    if DENIED_BEFORE.search(before) is not None:
        return True
    quoted = QUOTED_BEFORE.search(before)
    if quoted is not None and not _is_spoken_of(phrase, quoted[0]):
        return True
    if _is_not_so(phrase, text, found, before, after):
        return True
    inside = DENIED_INSIDE.search(text.chars, found.start, found.end)
    if inside is not None and inside[0] not in phrase.chars:
        is_own = any(inside.start() in place for _, place in found.alike)
        if not (is_own and _denies(text.chars[inside.start() - 1 : inside.start()], after)):
            return True
    return _is_denied_behind(phrase, after)


def _denies(before: str, after: str) -> bool:
    """Whether 哪能 denies, and asks for no place: 哪能提现啊, but not 在哪能提现."""
    return before not in _WHERE and after[:1] in _EXCLAIMS


_WHERE: Final = frozenset("在从到看问教")
_EXCLAIMS: Final = frozenset("啊呀呢")


def _is_not_so(
    phrase: SpokenText, text: SpokenText, found: Alignment, before: str, after: str
) -> bool:
    """Whether words before and behind deny the phrase together."""
    first = text.chars[heard_from(phrase, found)]
    twice = text.chars[max(0, found.start - 2) : found.end]
    return (
        # 这事怎么不归我管
        (first in PLAIN_NOT and _WHY_NOT.search(before) is not None)
        # 没有没有风险的理财
        or ("没有没有" in twice and _OF_WHAT.match(after) is not None)
        or (text.chars.endswith(_NONE, 0, found.start) and _is_told(text, found, after))
        # 最低消费原先三百元 | 现在调成二百元
        or (
            bool(phrase.quantities)
            and _CHANGED.match(after) is not None
            and _is_former(text, found)
        )
        # 不会断网 | 我可不敢保证
        or (_NOT_PROMISED.match(after) is not None and _DISCLAIMS.search(phrase.chars) is None)
        or (_ONCE.match(after) is not None and _is_once(phrase, text, found))
    )


def _is_told(text: SpokenText, found: Alignment, after: str) -> bool:
    """Whether the phrase is spoken of as told: 没有 | 不得过户 | 这一说."""
    inside = _SAYING.search(text.chars, found.start, found.end)
    return inside is not None or _SUCH.match(after) is not None


def _is_former(text: SpokenText, found: Alignment) -> bool:
    """Whether the phrase is what once was, as words tell that are none of its own."""
    own = {index for index in found.pairs if index is not None}
    own |= {index for _, place in found.alike for index in place}
    around = range(max(0, found.start - _SHORTLY), found.end)
    said = "".join("\ue003" if index in own else text.chars[index] for index in around)
    return _FORMERLY.search(said) is not None


def _is_once(phrase: SpokenText, text: SpokenText, found: Alignment) -> bool:
    """Whether 一 was said where the phrase has 已, which sounds the same: 一开通 | 就."""
    return any(
        index is not None and char == "已" and text.chars[index] == "一"
        for char, index in zip(phrase.chars, found.pairs, strict=True)
    )


def _is_denied_behind(phrase: SpokenText, after: str) -> bool:
    """Whether what is said behind denies the phrase."""
    if _FORBIDS.search(phrase.chars) is not None and _BREACH.match(after) is not None:
        return False  # 不能销户 违反要赔: who does it breaks a rule
    if _PROHIBITS.search(phrase.chars) is not None and _IS_AGAINST.match(after) is not None:
        return False  # 不得转借他人 这是违法的: what is prohibited is, not the phrase
    is_needed = _CAN_NOT_BE.match(after) is not None and _NEEDLESS.search(phrase.chars) is not None
    return is_needed or DENIED_AFTER.search(after) is not None


def _is_spoken_of(phrase: SpokenText, quoted: str) -> bool:
    """Whether words that seem to quote name a matter: 您说的这个事, 您说的这个 我管不了."""
    if phrase.chars[0] in _SPEAKERS:
        return _MATTER.search(quoted) is not None
    return phrase.chars[0] in "这那此该" and "的" in quoted


_SPEAKERS: Final = frozenset("我咱您你")
_MATTER: Final = re.compile("的[这那]个$")
_NEEDLESS: Final = re.compile("[不没](?![能可会得准允许行])")
_CAN_NOT_BE: Final = re.compile("(?:的话)?是(?:不能(?!再)|不可以|没法|没办法)")
"""不用身份证 是办不了的: what a phrase says needn't be has to be."""
_FORBIDS: Final = re.compile("不得(?!不)|严禁|禁止|[请切]勿|不能|不可|不要")
_BREACH: Final = re.compile("的?(?:话|如果|要是)?违反(?:的|了|要|就|会|者)")
_PROHIBITS: Final = re.compile("不得(?!不)|严禁|禁止|[请切]勿")
_IS_AGAINST: Final = re.compile(
    "的?(?:话|[这那](?:样|种行为)?|都|可|就|是|属于|要|会|得|被)*(?:违规|违法|违反|罚|处罚|追责)"
    "|的?[这那](?:都|可|就|是)*(?:不行|不可以|不允许|不被允许)"
)
_WHY_NOT: Final = re.compile("(?:哪里|哪儿|怎么|咋)(?:就|是|会)?$")
_SUCH: Final = re.compile(
    "的?[这那]?(?:么)?(?:一|个|种|样|条|项)?(?:说法?|回事|规定|规矩|道理|政策|限制|事|条款)(?![您你我请明])"
)
"""What is spoken of as told: 这一说, 这种规定."""
_SAYING: Final = re.compile("[这那](?:一|种|个)(?:说法?(?![的过明])|回事|规定)")
_NONE: Final = ("没有", "没", "不存在", "不是有")
_SHORTLY: Final = 4
_FORMERLY: Final = re.compile("原先|原来(?!的)|本来|以前|从前|过去|早先|去年|前年")
_CHANGED: Final = re.compile(
    "(?:的|了|呢|啊|呀)?(?:现在|如今|眼下|从?今年起?|这个月起?|目前)(?:已经|都|就|给您|又|全)*"
    "(?:改|调|降|涨|变|换|升|减|加)(?:整|价)?(?:成|到|为|至)"
)
_NOT_PROMISED: Final = re.compile(
    "的?(?:(?:这|那)个?(?:话|事)?(?:我们?|咱们?|谁)也?|(?:我们?|咱们?|谁)可)(?:是|真)*(?:不敢|不能)"
    "(?:跟|给|对|和|向)?(?:[您你])?(?:打)?(?:保证|承诺|担保|包票)[的啊呀哦呢]?$"
)
_DISCLAIMS: Final = re.compile("不保|不承诺|不担保|风险|影响|波动|为准|预计|可能|大概|审核")
"""Who says that can't promise, and says so once more."""
_ONCE: Final = re.compile("(?:了|之后|以后|的话)?(?:就|便|立刻|马上|即)")
_OF_WHAT: Final = re.compile("的(?![您你我啊呀哦嘛呢吧])[一-龥]{2}")


def heard_from(phrase: SpokenText, found: Alignment) -> int:
    """Return where the phrase's first word that was surely heard stands.

    我怎么会不知道: 会 is not the 我 of 我不知道, and what denies stands before 不知道.
    """
    for index, cost, char in zip(found.pairs, found.costs, phrase.chars, strict=True):
        if index is not None and (cost < WEAK or char not in LIGHT):
            return index
    return found.start
