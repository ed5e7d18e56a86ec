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
from recordings.quality.context import as_said
from recordings.quality.denials import (
    A_NOT_A,
    ASKED_AFTER,
    ASKED_BEFORE,
    DENIED_AFTER,
    DENIED_BEFORE,
    DENIED_INSIDE,
    EITHER,
    NEGATED_BEFORE,
    NO_NEGATIONS,
    NOT,
    OR,
    OR_ELSE,
    QUESTION,
    QUOTED_BEFORE,
    TAKEN_BACK,
    TWICE,
)
from recordings.quality.lexicon import lexicon
from recordings.quality.pinyin import NUMBER, distance, same_sound, sounds
from recordings.quality.spoken import PAUSE, SpokenText


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
_ENGLISH_NOT: Final = frozenset(
    {"not", "no", "never", "without", "nobody", "nothing", "neither", "nor", "hardly"}
)
_CONTEXT: Final = 16
_NOT_SO: Final = re.compile("不[事市式试室适视释示](?=$)")
"""How recognisers write the 不是 of 不是不用还."""
_SAME: Final = 0.2
"""Up to this distance two characters sound the same to people of some region."""


def doubt(phrase: SpokenText, text: SpokenText, found: Alignment) -> Doubt | None:
    """Return why the words that `found` names don't say `phrase`, as far as meaning goes."""
    start, end = _heard_from(phrase, found), found.end
    left_out = _left_out(text, found, max(0, start - _CONTEXT))
    before = text.chars[max(0, start - _CONTEXT) : start]
    if left_out:
        before = "".join(
            "\ue003" if index in left_out else char
            for index, char in enumerate(before, start - len(before))
        )
    before = as_said(_within_pause(_NOT_SO.sub("不是", before), last=True))
    before = _masked(before)
    if text.chars[start] in _SUBJECTS:
        before = _NO_WAY.sub("\ue003", before)
    if found.pairs[0] is not None and same_sound(phrase.chars[0], text.chars[start]):
        before = _without_false_start(before, phrase.codes)
    after = as_said(_within_pause(text.chars[end : end + _CONTEXT], last=False))
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
        if not is_owed and _negated_differently(phrase, text, found, before):
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
    return len(lost) == 1 and _FORBIDDEN.match(after) is not None


_FORBIDDEN: Final = re.compile(
    "(?:的话|的|呢|肯定|绝对|当然|那|可)*(?:这?是|都|也)*"
    "(?:不行|没有的(?![^您你我咱他这那啊呀哦嘛呢吧放])|不可以|不允许|不被允许|不能|不可(?!能)|不准|不成(?!问题))(?![不一-龥]{0,6}[吗么])"
)


def _is_obligation(
    phrase: SpokenText, text: SpokenText, found: Alignment, before: str, after: str
) -> bool:
    """Whether two negations say what must be: 不付违约金是不行的 for 要付违约金, 没有您签字不行."""
    if _FORBIDDEN.match(after) is None:
        return False
    said = _count(text.chars[found.start : found.end]) + (NEGATED_BEFORE.search(before) is not None)
    return said == _count_of_phrase(phrase.chars) + 1 and any(
        char in _MUST and (index is None or text.chars[index] in "不没未有")
        for char, index in zip(phrase.chars, found.pairs, strict=True)
    )


_MUST: Final = frozenset("要需须得应")


def _left_out(text: SpokenText, found: Alignment, since: int) -> set[int]:
    """Return the characters from `since` on that answer somebody and are none of the phrase's."""
    said = {index for index in found.pairs if index is not None}
    return {
        index
        for aside in text.asides
        if since <= aside.start < found.end and said.isdisjoint(range(aside.start, aside.end))
        for index in range(aside.start, aside.end)
    }


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
    if first in _PLAIN_NOT and _WHY_NOT.search(before) is not None:
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
        if index is not None and (cost < _WEAK or char not in LIGHT):
            return index
    return found.start


_WEAK: Final = 0.5


def _within_pause(text: str, *, last: bool) -> str:
    parts = text.split(PAUSE)
    return parts[-1] if last else parts[0]


def _without_false_start(before: str, phrase: str) -> str:
    """Return what was said before, without the phrase's own beginning said twice: 我不 我不知道.

    `phrase` is given by its codes.
    """
    codes = before.translate(sounds().folding)
    for length in range(min(len(before), len(phrase) - 1), 1, -1):
        if codes.endswith(phrase[:length]):
            return before[:-length]
    return before


def _own_clause(before: str, text: SpokenText, start: int) -> str:
    """Return what of `before` belongs to the clause that begins or goes on at `start`.

    没办法, 该产品不支持…: what ends a clause of its own does not reach into the next one. A bare 不
    does.
    """
    if not text.clauses or before.endswith(("不", "未", "别", "不是")):
        return before
    for length in range(min(len(before), start) + 1):
        if start - length in text.clauses:
            return before[len(before) - length :]
    return before


def _masked(text: str) -> str:
    """Return `text` with what only looks like a negation blotted out."""
    return NO_NEGATIONS.sub(lambda found: "\ue003" * len(found[0]), text)


def _said_once(text: str) -> str:
    """Return `text` with what was said twice said once."""
    # Where no character is there twice, there is nothing to look for.
    return text if len(set(text)) == len(text) else TWICE.sub(r"\1", text)


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
    left_out = _left_out(text, found, since)
    said = "".join(
        ("\ue003" if at in text.clauses else "") + text.chars[at]  # 签，不签 asks nothing
        for at in range(since, found.end)
        if at not in left_out
    )
    inside = _said_once(_masked(said))
    return A_NOT_A.search(inside) is not None


def sounds_asked(text: SpokenText, found: Alignment) -> bool:
    """Whether all that asks is a 吗 behind, which recognisers write for 嘛 as well."""
    before = _masked(
        _within_pause(text.chars[max(0, found.start - _CONTEXT) : found.start], last=True)
    )
    after = text.chars[found.end : found.end + 1]
    return after in {"吗", "么"} and not _is_asked(text, found, before, "")


def _half_question(text: SpokenText, found: Alignment, asked: re.Match[str]) -> bool:
    """Whether 保不 before 保证 makes it a question: the same character on both sides."""
    return asked.end("one") + 1 == asked.end() and asked["one"] == text.chars[found.start]


def _negated_differently(
    phrase: SpokenText, text: SpokenText, found: Alignment, before: str
) -> bool:
    inside = _as_meant(phrase, text, found)
    if A_NOT_A.search(phrase.chars) is None:
        inside = A_NOT_A.sub("", inside)
    if not _ONLY.isdisjoint(phrase.chars) and _NOT_ONLY.search(phrase.chars) is None:
        inside = _NOT_ONLY.sub("不\ue003", inside)  # 不仅用于质检 for 仅用于质检
    said = _count(inside) + _misheard(phrase, text, found) - _mistaken(phrase, text, found)
    said += sum(
        text.words[index] in _ENGLISH_NOT
        for index in range(found.start, found.end)
        if index in text.words
    )
    wanted = _count_of_phrase(phrase.chars)
    wanted += sum(word in _ENGLISH_NOT for word in phrase.words.values())
    reaching = NEGATED_BEFORE.search(_said_once(_own_clause(before, text, found.start)))
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
    masked = _masked_phrase(phrase.chars)
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
        if index is not None and cost <= _WEAK:
            written = text.chars[index]
            kept = NEGATIONS | {NUMBER}
            if kept.isdisjoint((char, written)) and not LIGHT.issuperset((char, written)):
                said[index - found.start] = char
    for index in _left_out(text, found, found.start):
        if index < found.end:
            said[index - found.start] = ""
    for rows, places in found.alike:
        first = places.start - found.start
        said[first : first + len(places)] = [phrase.chars[rows.start : rows.stop]]
        said[first + 1 : first + 1] = [""] * (len(places) - 1)
    return "".join(said)


def _count(text: str) -> int:
    return len(re.findall(NOT, _masked(_said_once(text))))


#: Phrases are the same ones all the time, what was said is not.
_masked_phrase: Final = lru_cache(maxsize=2_048)(_masked)
_count_of_phrase: Final = lru_cache(maxsize=2_048)(_count)


def _misheard(phrase: SpokenText, text: SpokenText, found: Alignment) -> int:
    """Return how many negations of the phrase were heard as another, single character."""
    count = 0
    wanted = _masked_phrase(phrase.chars)
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
        if char not in _PLAIN_NOT or found.pairs[row] is not None:
            continue
        before = [index for index in found.pairs[:row] if index is not None]
        behind = [index for index in found.pairs[row + 1 :] if index is not None]
        if before and behind and _count(text.chars[before[-1] : behind[0] + 1]) == 0:
            return True
        if not before and behind and _count(text.chars[max(0, behind[0] - 3) : behind[0]]) == 0:
            return True
    return False


_PLAIN_NOT: Final = frozenset("不没未")


def _torn(phrase: SpokenText, text: SpokenText, found: Alignment) -> bool:
    """Whether a negation of the phrase negates something else here, said in between."""
    asides = {index for one in text.asides for index in range(one.start, one.end)}
    for row, index in enumerate(found.pairs):
        if index is None or phrase.chars[row] not in NEGATIONS:
            continue
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
