"""Whether words that fit a phrase negate what the phrase does, and as often. Pure.

The negations of both are counted: those in words that only hold the character are none, those of a
misheard syllable are. An odd difference means the opposite.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from recordings.quality.alignment import Alignment
from recordings.quality.asides import LIGHT, NEGATIONS
from recordings.quality.context import blotted, left_out_of, own_clause, said_once
from recordings.quality.denials import A_NOT_A, NEGATED_BEFORE, NOT, QUESTION
from recordings.quality.lexicon import lexicon
from recordings.quality.pinyin import NUMBER, distance, same_sound
from recordings.quality.spoken import SpokenText

PLAIN_NOT: Final = frozenset("不没未")
"""Negations that are words by themselves, at whatever they negate."""
WEAK: Final = 0.5
"""Below this cost a syllable was surely heard as the phrase's own."""
_ENGLISH_NOT: Final = frozenset(
    {"not", "no", "never", "without", "nobody", "nothing", "neither", "nor", "hardly"}
)
_SAME: Final = 0.2
"""Up to this distance two characters sound the same to people of some region."""


def negated_differently(
    phrase: SpokenText, text: SpokenText, found: Alignment, before: str
) -> bool:
    """Whether the words that `found` names, and what reaches them from `before`, mean the opposite.

    `before` is what was said before them in one breath, without what only looks negative.
    """
    inside = _as_meant(phrase, text, found)
    if A_NOT_A.search(phrase.chars) is None:
        inside = A_NOT_A.sub("", inside)
    if not _ONLY.isdisjoint(phrase.chars) and _NOT_ONLY.search(phrase.chars) is None:
        inside = _NOT_ONLY.sub("不\ue003", inside)  # 不仅用于质检 for 仅用于质检
    said = negations_in(inside) + _misheard(phrase, text, found) - _mistaken(phrase, text, found)
    said += sum(
        text.words[index] in _ENGLISH_NOT
        for index in range(found.start, found.end)
        if index in text.words
    )
    wanted = negations_of_phrase(phrase.chars)
    wanted += sum(word in _ENGLISH_NOT for word in phrase.words.values())
    reaching = NEGATED_BEFORE.search(said_once(own_clause(before, text, found.start)))
    negated = reaching is not None and not _is_said_again(reaching["whole"], phrase, text, found)
    if negated and before[-2:-1] == text.chars[found.start] and QUESTION.search(phrase.chars):
        negated = False  # 方不 方便接听 for 您方便接听吗
    if not negated and found.start - 1 in text.words:
        negated = any(
            text.words.get(index) in _ENGLISH_NOT
            for index in range(found.start - 1, max(-1, found.start - 4), -1)
        )
    if _lacks_part(phrase, found) or negated or (said - wanted) % 2 == 1:
        return True
    return _torn(phrase, text, found) or _elsewhere(phrase, text, found)


def _lacks_part(phrase: SpokenText, found: Alignment) -> bool:
    """Whether what only looks negative is missing: 成年人 for 未成年人, 常住 for 非常住.

    非常 and 特别 may be left out, or said in other words: 信号很好 for 信号特别好.
    """
    spared = {row for rows, _ in found.alike for row in rows}
    for word in _DEGREE.finditer(phrase.chars):
        rows = range(*word.span())
        if all(found.pairs[row] is None for row in rows):
            spared.update(rows)
    masked = _blotted_phrase(phrase.chars)
    return any(
        index is None and row not in spared and char in NEGATIONS and masked[row] not in NEGATIONS
        for row, (index, char) in enumerate(zip(found.pairs, phrase.chars, strict=True))
    )


_DEGREE: Final = re.compile("非常(?![住规见])|特别")


def _is_said_again(negation: str, phrase: SpokenText, text: SpokenText, found: Alignment) -> bool:
    """Whether a negation before a phrase is the phrase's own, begun twice."""
    if len(negation) > 1:
        return False
    # 不 不保证, 没 没有风险; 这个不 | 这不关我的事.
    again = found.start in text.starts and negation in phrase.chars[1:_HEAD]
    return again or negation == text.chars[found.start]


_HEAD: Final = 3
"""Within so many syllables who begins again comes to the negation again."""
_ONLY: Final = frozenset("仅只")
_NOT_ONLY: Final = re.compile("不(?=[仅只])")


def _as_meant(phrase: SpokenText, text: SpokenText, found: Alignment) -> str:
    """Return what was said with slips of sound put right: 未层年人 is 未成年人, which negates not.

    Negations are left as they were written.
    """
    said = list(text.chars[found.start : found.end])
    for char, index, cost in zip(phrase.chars, found.pairs, found.costs, strict=True):
        if index is not None and cost <= WEAK:
            written = text.chars[index]
            kept = NEGATIONS | {NUMBER}
            if kept.isdisjoint((char, written)) and not LIGHT.issuperset((char, written)):
                said[index - found.start] = char
    for index in left_out_of(text, found, found.start):
        if index < found.end:
            said[index - found.start] = ""
    for rows, places in found.alike:
        first = places.start - found.start
        said[first : first + len(places)] = [phrase.chars[rows.start : rows.stop]]
        said[first + 1 : first + 1] = [""] * (len(places) - 1)
    return "".join(said)


def negations_in(text: str) -> int:
    """Return how many negations stand in `text`; what was said twice counts once."""
    return len(re.findall(NOT, blotted(said_once(text))))


#: Phrases are the same ones all the time, what was said is not.
_blotted_phrase: Final = lru_cache(maxsize=2_048)(blotted)
negations_of_phrase: Final = lru_cache(maxsize=2_048)(negations_in)


def _misheard(phrase: SpokenText, text: SpokenText, found: Alignment) -> int:
    """Return how many negations of the phrase were heard as another, single character."""
    count = 0
    wanted = _blotted_phrase(phrase.chars)
    row_at = {index: row for row, index in enumerate(found.pairs) if index is not None}
    for index, row in row_at.items():
        if wanted[row] not in NEGATIONS:
            continue
        other = text.chars[index]
        if re.match(NOT, other) is None and _sounds_like(wanted[row], other):
            first = max(0, index - 3)
            for start, end in lexicon().words(text.chars[first : index + 4]):
                word = range(first + start, first + end)
                # 服务部中断 for 服务不中断 is the phrase's own; 部分可 for 不可 is another word.
                count += index in word and all(
                    place in row_at
                    and distance(phrase.chars[row_at[place]], text.chars[place]) <= _SAME
                    for place in word
                )
    return count


def _mistaken(phrase: SpokenText, text: SpokenText, found: Alignment) -> int:
    """Return how many negations of the text are only how another character was heard: 未约金."""
    return sum(
        1
        for row, index in enumerate(found.pairs)
        if index is not None
        and text.chars[index] in NEGATIONS
        and phrase.chars[row] != text.chars[index]
        and phrase.chars[row] not in NEGATIONS
        and _sounds_like(phrase.chars[row], text.chars[index])
    )


def _sounds_like(wanted: str, written: str) -> bool:
    """Whether `wanted` was said for what was `written`, one of them a negation.

    Nobody says 非 by itself: where 会 is wanted, 非 is how an accent has it.
    """
    if not _BOOKISH.isdisjoint((wanted, written)) and distance(wanted, written) <= _SAME:
        return True
    return same_sound(wanted, written)


_BOOKISH: Final = frozenset("非勿")


def _elsewhere(phrase: SpokenText, text: SpokenText, found: Alignment) -> bool:
    """Whether a negation of the phrase stands at another word here: 未缴费停机, 缴费就不会停机."""
    for row, char in enumerate(phrase.chars):
        if char not in PLAIN_NOT or found.pairs[row] is not None:
            continue
        before = [index for index in found.pairs[:row] if index is not None]
        behind = [index for index in found.pairs[row + 1 :] if index is not None]
        if before and behind and negations_in(text.chars[before[-1] : behind[0] + 1]) == 0:
            return True
        if (
            not before
            and behind
            and negations_in(text.chars[max(0, behind[0] - 3) : behind[0]]) == 0
        ):
            return True
    return False


def _torn(phrase: SpokenText, text: SpokenText, found: Alignment) -> bool:
    """Whether a negation of the phrase negates something else here, said in between."""
    asides = {index for one in text.asides for index in range(one.start, one.end)}
    for row, index in enumerate(found.pairs):
        if index is None or phrase.chars[row] not in NEGATIONS:
            continue
        if index == found.end - 1 and row < len(found.pairs) - 1:
            return True  # 提供身份证不 | 可 for 不需要提供身份证
        following = [one for one in found.pairs[row + 1 : row + 3] if one is not None]
        if following and any(index < one < following[-1] for one in found.heavy):
            return True
        # 用不完 is said again and left out; its 不 can't be taken from it.
        if following and any(
            one in asides and text.chars[one] not in LIGHT
            for one in range(index + 1, following[0])
            if index in asides
        ):
            return True
    return False
