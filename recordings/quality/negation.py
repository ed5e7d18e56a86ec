"""Whether something was said, or denied, asked, or taken back. Pure.

By its sound 不保证收益 is nearly 保证收益, so negations are read, not measured: those among the
words that fit a phrase, and those before and after that reach it. 不好意思, 不但, 非常 and their
like negate nothing; two negations affirm; 保不保证 asks.
"""

from __future__ import annotations

import re
from enum import StrEnum
from functools import lru_cache
from typing import Final

from recordings.quality.alignment import Alignment
from recordings.quality.asides import LIGHT, NEGATIONS, PARTICLES
from recordings.quality.context import as_said, blotted, left_out_of, said_once, within_pause
from recordings.quality.denials import (
    A_NOT_A,
    ASKED_AFTER,
    ASKED_BEFORE,
    DENIED_AFTER,
    DENIED_BEFORE,
    DENIED_INSIDE,
    EITHER,
    NEGATED_BEFORE,
    OR,
    OR_ELSE,
    QUESTION,
    QUOTED_BEFORE,
    TAKEN_BACK,
)
from recordings.quality.negation_count import (
    PLAIN_NOT,
    WEAK,
    negated_differently,
    negations_in,
    negations_of_phrase,
)
from recordings.quality.pinyin import NUMBER, same_sound, sounds
from recordings.quality.spoken import SpokenText


class Doubt(StrEnum):
    """Why words that sound like a phrase are not the phrase."""

    NEGATION = "negation"
    """The one is negated and the other is not."""
    DENIED = "denied"
    ASKED = "asked"
    TAKEN_BACK = "taken-back"
    NUMBER = "number"
    """The numbers differ."""
    OTHER_WORD = "other-word"
    """A word of the phrase is another word here."""
    PERSON = "person"
    """You instead of I, or the other way round."""
    SLOT = "slot"
    """Another name, product or price than the task's."""


_PERSONS: Final = {"我": 1, "咱": 1, "俺": 1, "您": 2, "你": 2, "他": 3, "她": 3}
_CONTEXT: Final = 16
_NOT_SO: Final = re.compile("不[事市式试室适视释示](?=$)")
"""How recognisers write the 不是 of 不是不用还."""


def doubt(phrase: SpokenText, text: SpokenText, found: Alignment) -> Doubt | None:
    """Return why the words that `found` names don't say `phrase`, as far as meaning goes."""
    start, end = _heard_from(phrase, found), found.end
    left_out = left_out_of(text, found, max(0, start - _CONTEXT))
    before = text.chars[max(0, start - _CONTEXT) : start]
    if left_out:
        before = "".join(
            "\ue003" if index in left_out else char
            for index, char in enumerate(before, start - len(before))
        )
    before = as_said(within_pause(_NOT_SO.sub("不是", before), last=True))
    before = blotted(before)
    if text.chars[start] in "得要":
        before = before.removesuffix("非")  # 非得 says no more than 得
    if text.chars[start] in _SUBJECTS:
        before = _NO_WAY.sub("\ue003", before)
    if found.pairs[0] is not None and same_sound(phrase.chars[0], text.chars[start]):
        before = _without_false_start(before, phrase.codes)
    after = as_said(within_pause(text.chars[end : end + _CONTEXT], last=False))
    if TAKEN_BACK.search(after) is not None:
        return Doubt.TAKEN_BACK
    if not _asks(phrase.chars) and (
        _is_asked(text, found, before, after) or _is_choice(phrase, after)
    ):
        return Doubt.ASKED
    if not _is_forbidden_behind(phrase, found, after):
        is_owed = _is_obligation(phrase, text, found, before, after)
        if _is_denied(phrase, text, found, before, "" if is_owed else after):
            return Doubt.DENIED
        if not is_owed and negated_differently(phrase, text, found, before):
            return Doubt.NEGATION
    if _other_person(phrase, text, found):
        return Doubt.PERSON
    return None


@lru_cache(maxsize=2_048)
def _asks(phrase: str) -> bool:
    return QUESTION.search(phrase) is not None or A_NOT_A.search(phrase) is not None


def _is_choice(phrase: SpokenText, after: str) -> bool:
    """Whether the phrase is one of two that are asked about: 归公司所有 还是归个人所有."""
    other = OR_ELSE.match(after)
    if other is None:
        return False
    end, rest = phrase.chars[-2:], other["else"]
    at = rest.find(end)
    if at >= 0:
        again = rest[: at + len(end)]
        if not phrase.chars.endswith(again):
            return True
        # 免费 还是免费的: it still is; but 不收费 还是收费 asks.
        return phrase.chars[: -len(again)][-1:] in NEGATIONS
    last = end[-1]
    if last in LIGHT | PARTICLES or last == NUMBER:
        return False
    return rest[1:2] == last or (rest[2:3] == last and rest.startswith(_TO_BE))


_TO_BE: Final = ("要", "会", "得")
_NO_WAY: Final = re.compile("没有?(?:办法|法子?|辙)$")
"""A clause of its own before who does something: 没办法 你爱买不买."""
_SUBJECTS: Final = frozenset("您你我他她它咱这那该本")


def _is_forbidden_behind(phrase: SpokenText, found: Alignment, after: str) -> bool:
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


def _is_obligation(
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


def _is_denied(
    phrase: SpokenText, text: SpokenText, found: Alignment, before: str, after: str
) -> bool:
    """Whether the words are denied, forbidden, or only quoted."""
    if DENIED_BEFORE.search(before) is not None:
        return True
    quoted = QUOTED_BEFORE.search(before)
    if quoted is not None and not _is_spoken_of(phrase, quoted[0]):
        return True
    first = text.chars[_heard_from(phrase, found)]
    if first in PLAIN_NOT and _WHY_NOT.search(before) is not None:
        return True  # 这事怎么不归我管
    twice = text.chars[max(0, found.start - 2) : found.end]
    if "没有没有" in twice and _OF_WHAT.match(after) is not None:
        return True  # 没有没有风险的理财
    inside = DENIED_INSIDE.search(text.chars, found.start, found.end)
    if inside is not None and inside[0] not in phrase.chars:
        return True
    return _is_denied_behind(phrase, after)


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
_OF_WHAT: Final = re.compile("的(?![您你我啊呀哦嘛呢吧])[一-龥]{2}")


def _heard_from(phrase: SpokenText, found: Alignment) -> int:
    """Return where the phrase's first word that was surely heard stands.

    我怎么会不知道: 会 is not the 我 of 我不知道, and what denies stands before 不知道.
    """
    for index, cost, char in zip(found.pairs, found.costs, phrase.chars, strict=True):
        if index is not None and (cost < WEAK or char not in LIGHT):
            return index
    return found.start


def _without_false_start(before: str, phrase: str) -> str:
    """Return what was said before, without the phrase's own beginning said twice: 我不 我不知道.

    `phrase` is given by its codes.
    """
    codes = before.translate(sounds().folding)
    for length in range(min(len(before), len(phrase) - 1), 1, -1):
        if codes.endswith(phrase[:length]):
            return before[:-length]
    return before


def _is_asked(text: SpokenText, found: Alignment, before: str, after: str) -> bool:
    if ASKED_AFTER.search(after) is not None:
        return True
    first = text.starts[text.segment_at(found.start)]
    own = before[-(found.start - first) :] if first < found.start else ""
    if EITHER.search(own) is not None and OR.match(after) is not None:
        return True
    asked = ASKED_BEFORE.search(before)
    if asked is not None and (asked["one"] is None or _half_question(text, found, asked)):
        return True
    since = max(0, found.start - 2)
    left_out = left_out_of(text, found, since)
    said = "".join(
        ("\ue003" if at in text.clauses else "") + text.chars[at]  # 签，不签 asks nothing
        for at in range(since, found.end)
        if at not in left_out
    )
    inside = said_once(blotted(said))
    return A_NOT_A.search(inside) is not None


def sounds_asked(text: SpokenText, found: Alignment) -> bool:
    """Whether all that asks is a 吗 behind, which recognisers write for 嘛 as well."""
    before = blotted(
        within_pause(text.chars[max(0, found.start - _CONTEXT) : found.start], last=True)
    )
    after = text.chars[found.end : found.end + 1]
    return after in {"吗", "么"} and not _is_asked(text, found, before, "")


def _half_question(text: SpokenText, found: Alignment, asked: re.Match[str]) -> bool:
    """Whether 保不 before 保证 makes it a question: the same character on both sides."""
    return asked.end("one") + 1 == asked.end() and asked["one"] == text.chars[found.start]


def _other_person(phrase: SpokenText, text: SpokenText, found: Alignment) -> bool:
    for row, index in enumerate(found.pairs):
        if index is None:
            continue
        said = text.chars[index - 1 if text.chars[index] == "们" and index else index]
        if _differ_in_person(phrase.chars[row], said):
            return True
    # A pronoun of the phrase that is missing, with the other one in its place before the match.
    before = text.chars[max(0, found.start - 2) : found.start].removesuffix("们")
    return found.pairs[0] is None and _differ_in_person(phrase.chars[0], before[-1:])


def _differ_in_person(one: str, other: str) -> bool:
    return one in _PERSONS and other in _PERSONS and _PERSONS[one] != _PERSONS[other]
