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
    EITHER,
    OR,
    OR_ELSE,
    QUESTION,
    TAKEN_BACK,
)
from recordings.quality.denied import (
    heard_from,
    is_denied,
    is_forbidden_behind,
    is_obligation,
)
from recordings.quality.negation_count import negated_differently
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
    start, end = heard_from(phrase, found), found.end
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
    if not is_forbidden_behind(phrase, found, after):
        is_owed = is_obligation(phrase, text, found, before, after)
        if is_denied(phrase, text, found, before, "" if is_owed else after):
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
