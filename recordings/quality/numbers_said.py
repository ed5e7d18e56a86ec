"""Whether the numbers and names of a phrase are those that were said. Pure."""

from __future__ import annotations

from typing import Final

from recordings.quality.alignment import Alignment
from recordings.quality.pinyin import NUMBER
from recordings.quality.spoken import PAUSE, SpokenText
from recordings.quality.wanted import Phrase

NUMERALS: Final = frozenset("零一二三四五六七八九十百千万两")
_BEHIND: Final = 4
"""How far around a phrase something may stand in its number's place."""
_TINY: Final = 3
"""Fewer syllables than these beside a number tell nothing."""
_HALF: Final = 0.5
_OTHER: Final = 0.8
"""From this cost on a syllable is another, not a slip."""


def number_is_lost(one: Phrase, text: SpokenText, found: Alignment) -> bool:
    """Whether all but the phrase's numbers was said, with something in their place that is none.

    合约期翻面 may be 合约期三年; 合约期十年 is not.
    """
    rest = 0.0
    for row, index in enumerate(found.pairs):
        quantity = one.spoken.quantities.get(row)
        if quantity is None:
            rest += found.costs[row]
        elif index is not None and index in text.quantities:
            if not quantity.equals(text.quantities[index]):
                return False
        elif not _has_words_only(text, found, row):
            return False
    plain = one.length - len(one.spoken.quantities)
    return plain >= _TINY and rest <= _REST * plain


def _has_words_only(text: SpokenText, found: Alignment, row: int) -> bool:
    """Whether words and no number stand where the phrase has its number `row`."""
    before = [index for index in found.pairs[:row] if index is not None]
    behind = [index for index in found.pairs[row + 1 :] if index is not None]
    first = before[-1] + 1 if before else max(0, found.start - _BEHIND)
    last = behind[0] if behind else min(len(text.chars), found.end + _BEHIND)
    between = text.chars[first:last]
    return between[:1] not in {"", PAUSE} and NUMBER not in between


_REST: Final = 0.15
"""How badly, on average, the other words may have been heard."""


def is_another_value(one: Phrase, found: Alignment, start: int, end: int) -> bool:
    """Whether another value was said for the slot from `start` to `end`.

    Of a name, as short as people's are, no syllable may be another: 李建国 is not 王建国.
    """
    if cost_of(found, start, end) > _HALF:
        return True
    is_name = end - start <= _NAME and NUMBER not in one.spoken.chars[start:end]
    return is_name and max(found.costs[start:end], default=0.0) >= _OTHER


_NAME: Final = 4
"""So many syllables a person's name may have."""


def numbers_agree(spoken: SpokenText, text: SpokenText, found: Alignment) -> bool:
    for row, index in enumerate(found.pairs):
        # 三楼 is not 四楼, though neither is a quantity.
        pair = {spoken.chars[row], text.chars[index]} if index is not None else set()
        if len(pair) == 2 and pair <= NUMERALS and pair != {"二", "两"}:
            return False
    for row, quantity in spoken.quantities.items():
        index = found.pairs[row]
        if index is None or index not in text.quantities:
            return False
        if not quantity.equals(text.quantities[index]):
            return False
    return True


def cost_of(found: Alignment, start: int, end: int) -> float:
    """Return how badly the characters of the phrase from `start` to `end` were heard, 0 to 1."""
    return sum(found.costs[start:end]) / (end - start) if end > start else 0.0
