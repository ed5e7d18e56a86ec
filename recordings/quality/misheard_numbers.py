"""Phrases whose numbers were recognised as other words, or whose words as numbers. Pure.

合约期十二个月 comes back as 合约72个月, 月租九十九块九 as 九十九块酒, 实名 as 十名: numbers
are laid beside the phrase as they are read out.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Final

from recordings.quality.alignment import Alignment, align
from recordings.quality.asides import LIGHT
from recordings.quality.match import FOUND, Match
from recordings.quality.negation import Doubt, doubt
from recordings.quality.numbers_said import number_is_lost
from recordings.quality.numerals import Quantity
from recordings.quality.pinyin import ACCENT, distance
from recordings.quality.readings import NUMERALS, readings_of, spelled_out
from recordings.quality.spoken import PAUSE, SpokenText, as_characters
from recordings.quality.wanted import Phrase
from recordings.quality.wording import is_other, why_not

OF_NUMBERS: Final = frozenset({Doubt.NUMBER, Doubt.SLOT})
"""Doubts that a number misheard may explain."""


def lost_number(
    one: Phrase, text: SpokenText, match: Match | None, found: Alignment | None
) -> Match | None:
    """Return `match`, for a person to hear where nothing of the phrase's number was recognised."""
    if match is None or found is None or match.doubt not in OF_NUMBERS:
        return match
    if not number_is_lost(one, text, found):
        return match
    return Match(match.start, match.end, min(match.score, FOUND - 1), None)


def may_hide(one: Phrase, text: SpokenText, start: int, end: int) -> bool:
    """Whether a number of the phrase's kind is there, which may hold some of its words: 72个月."""
    kinds = {quantity.dimension for quantity in one.spoken.quantities.values()}
    return any(text.quantities[index].dimension in kinds for index in text.numbers(start, end))


def number_behind(one: Phrase, text: SpokenText, found: Alignment | None) -> Match | None:
    """Return where a phrase was said whose number came after other words: 速率这次给您提到五百兆.

    The next number must be the phrase's own, and the only one there.
    """
    row = one.length - 1
    wanted = one.spoken.quantities.get(row)
    if found is None or wanted is None or len(one.spoken.quantities) > 1 or row < _HEAD:
        return None
    head = found.pairs[row - 1]
    if head is None or sum(found.costs[:row]) > _WELL_HEARD * row:
        return None
    past = min(len(text.chars), head + 1 + _FURTHER)
    behind = text.chars[head + 1 : past].split(PAUSE)[0]
    said = [
        index
        for index in range(head + 1, head + 1 + len(behind))
        if index in text.quantities and text.quantities[index].dimension == wanted.dimension
    ]
    if len(said) != 1 or "还是" in behind or text.segment_at(said[0]) != text.segment_at(head):
        return None
    index = said[0]
    if not wanted.equals(text.quantities[index]):
        return None
    pairs = [*found.pairs[:row], index]
    whole = Alignment(FOUND, found.start, index + 1, pairs, [*found.costs[:row], 0.0], ())
    if doubt(one.spoken, text, whole) is not None:
        return None
    return Match(whole.start, whole.end, _BEHIND_SCORE, None)


_HEAD: Final = 3
"""How many syllables before its number tell a phrase."""
_WELL_HEARD: Final = 0.15
"""What these may cost on average."""
_FURTHER: Final = 10
_BEHIND_SCORE: Final = 75.0


def has_more_numbers(one: Phrase, text: SpokenText, start: int, end: int) -> bool:
    """Whether more numbers are there than the phrase has: 预期年化 was heard as 一七年化."""
    said = sum(1 for _ in text.numbers(start, end))
    return said > len(one.spoken.quantities)


def by_sound(one: Phrase, text: SpokenText, start: int, end: int) -> Match | None:
    """Return where a phrase was said whose numbers the recogniser wrote as other words.

    Every numeral that is there must be the phrase's own, and every other character must sound like
    its numeral. Where nothing but numerals is there, the text says another number.
    """
    if len(one.spoken.quantities) != 1:
        return None
    ((row, quantity),) = one.spoken.quantities.items()
    heard, places = _read_out(text, start, end)
    head, tail = one.spoken.chars[:row], one.spoken.chars[row + 1 :]
    others = set(heard.chars) - NUMERALS - LIGHT

    @cache
    def is_there(char: str) -> bool:
        return char in heard.chars or any(distance(char, other) <= ACCENT for other in others)

    for reading in readings_of(quantity):
        # Each of its characters must be there, or what sounds like it; see _is_misheard.
        if not all(map(is_there, reading)):
            continue
        wanted = as_characters(head + reading + tail)
        found = align(wanted, heard, 0, len(heard.chars), FOUND)
        if found is None or found.score < FOUND:
            continue
        last = row + len(reading)
        if not _is_misheard(wanted, heard, found, row, last):
            continue
        # 合约72个月 is 合约期十二个月 or another number: a person should listen.
        swallowed = _swallowed(wanted, heard, found, row)
        if not swallowed and _is_another(quantity, text, places, found.pairs[row:last]):
            continue
        score = (
            FOUND - 1 if swallowed or _is_unheard(wanted, heard, found, row, last) else found.score
        )
        first, past = places[found.start], places[found.end - 1] + 1
        pairs = [None if index is None else places[index] for index in found.pairs]
        kept = [*pairs[:row], pairs[row], *pairs[last:]]
        costs = [*found.costs[:row], 0.0, *found.costs[last:]]
        whole = Alignment(score, first, past, kept, costs, ())
        if is_other(one, text, whole):
            score = min(score, FOUND - 1)  # 每月反馈十 for 每月返还十元
        meant = doubt(one.spoken, text, whole)
        return Match(first, past, score, meant)
    return None


def _is_unheard(
    wanted: SpokenText, heard: SpokenText, found: Alignment, row: int, last: int
) -> bool:
    """Whether nothing of a number was written as a number: 理事长 for 四张."""
    return max(found.costs[row:last]) > 0 and all(
        index is None or numeral != heard.chars[index]
        for numeral, index in zip(wanted.chars[row:last], found.pairs[row:last], strict=True)
    )


def _is_another(
    quantity: Quantity, text: SpokenText, places: Sequence[int], said: Sequence[int | None]
) -> bool:
    """Whether the numerals that were `said` are all of one number of the text, and it differs.

    三 of 三毛钱 is not 三元.
    """
    numbers = {text.quantities.get(places[index]) for index in said if index is not None}
    other = numbers.pop() if len(numbers) == 1 else None
    if other is None or quantity.equals(other):
        return False
    # 十条 is not 十元, whatever 条 sounds like.
    return other.dimension == quantity.dimension or other.text.endswith(_COUNTED)


_COUNTED: Final = (*"条张台次名位部", "个月", "分钟", "小时")
"""How things, people and long times are counted: no recogniser writes these for another unit."""


def _read_out(text: SpokenText, start: int, end: int) -> tuple[SpokenText, list[int]]:
    """Return what lies from `start` to `end`, numbers as characters, and where each of them is."""
    characters: list[str] = []
    places: list[int] = []
    for index in range(start, end):
        known = text.quantities.get(index)
        for char in text.chars[index] if known is None else spelled_out(known.text):
            characters.append(char)
            places.append(index)
    return as_characters("".join(characters)), places


def among_numbers(one: Phrase, text: SpokenText, start: int, end: int) -> Match | None:
    """Return where a phrase without numbers was said that was recognised as one: 十名认证, 实名."""
    if one.spoken.quantities or one.spoken.words or text.words:
        return None
    if not any(True for _ in text.numbers(start, end)):
        return None
    heard, places = _read_out(text, start, end)
    found = align(one.spoken, heard, 0, len(heard.chars), FOUND)
    if found is None or found.score < FOUND or why_not(one, heard, found) is not None:
        return None
    if all(index is None or places[index] not in text.quantities for index in found.pairs):
        return None
    pairs = [None if index is None else places[index] for index in found.pairs]
    first, past = places[found.start], places[found.end - 1] + 1
    whole = Alignment(found.score, first, past, pairs, found.costs, ())
    return Match(first, past, found.score, doubt(one.spoken, text, whole))


def _is_misheard(
    wanted: SpokenText, heard: SpokenText, found: Alignment, row: int, last: int
) -> bool:
    """Whether a number was said as `wanted` has it there, written so or as what sounds like it."""
    said = found.pairs[row:last]
    for numeral, index in zip(wanted.chars[row:last], said, strict=True):
        if index is None:
            return False
        other = heard.chars[index]
        if numeral == other:
            continue
        # 是 sounds like 十 and is its own word nearly always.
        if other in NUMERALS or other in LIGHT or distance(numeral, other) > ACCENT:
            return False
    if said[0] is None or said[-1] is None:
        return False
    between = [heard.chars[index] for index in range(said[0], said[-1]) if index not in said]
    around = heard.chars[said[-1] + 1 : said[-1] + 2]
    if not _swallowed(wanted, heard, found, row):
        around += heard.chars[max(0, said[0] - 1) : said[0]]
    return len(between) <= 1 and NUMERALS.isdisjoint([*between, *around])


def _swallowed(one: SpokenText, heard: SpokenText, found: Alignment, row: int) -> bool:
    """Whether the numerals before a number are the phrase's own words, misheard: 七 for 期.

    是 becomes 十 or 四 in the same way.
    """
    first = found.pairs[row]
    place = first - 1 if first is not None else -1
    while place >= 0 and heard.chars[place] in "十四":
        place -= 1
    before = [index for index in found.pairs[:row] if index is not None]
    if not before or before[-1] != place or heard.chars[place] not in NUMERALS:
        return False
    own = found.pairs.index(place)
    # 合约期七十二个月 has its 期 already.
    is_own = place > 0 and distance(one.chars[own], heard.chars[place - 1]) <= ACCENT
    return found.costs[own] <= ACCENT and not is_own
