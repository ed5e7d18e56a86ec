"""A statement whose words were all said, in another order. Pure.

线上解约暂时还不支持 says 暂不支持线上解约. Words must be written as the phrase has them, or as
others of the same meaning; hardly anything else that carries meaning may stand between them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from recordings.quality.alignment import Alignment
from recordings.quality.asides import LIGHT, NEGATIONS, insertion_costs, missing_costs
from recordings.quality.numerals import Quantity
from recordings.quality.pinyin import NUMBER
from recordings.quality.spoken import PAUSE, SpokenText
from recordings.quality.units import Unit
from recordings.quality.wanted import Phrase

_SCORE: Final = 75.0
_MOST_BETWEEN: Final = 1
"""How many syllables that carry meaning may be said between the words."""
_SHORT: Final = 5
"""Between the words of so short a phrase nothing may stand."""
_MOST_LOST: Final = 3
"""With so many small words gone the rest may say something else."""
_FEWEST: Final = 2
"""Of fewer words no order can change."""


def scattered(one: Phrase, text: SpokenText, start: int, end: int) -> Alignment | None:
    """Return where all words of the phrase stand in `text` from `start` to `end`, in any order."""
    if one.spoken.words or len(one.spoken.quantities) > 1:
        return None
    units, numbers = one.units, one.spoken.quantities
    if len(units) < _FEWEST or (numbers and NUMBER not in text.chars[start:end]):
        return None
    if numbers and any(len(unit.rows) == 1 and unit.rows.start not in numbers for unit in units):
        return None  # 每年电费一百元 is not 年费一百元
    taken: dict[int, int] = {}
    alike: list[tuple[range, range]] = []
    places: list[list[range]] = []
    for unit in units:
        wanted = numbers.get(unit.rows.start)
        found = (
            _places(unit, text.chars, start, end)
            if wanted is None
            else _numbers(wanted, text, start, end)
        )
        if not found:
            return None
        places.append(found)
    # Each word where it is nearest to the rarest one.
    anchor = min(places, key=len)[0].start
    for unit, found in zip(units, places, strict=True):
        free = [place for place in found if taken.keys().isdisjoint(place)]
        if not free:
            return None
        place = min(free, key=lambda place: abs(place.start - anchor))
        taken |= dict.fromkeys(place, unit.rows.start)
        alike.append((unit.rows, place))
    return _laid(one, text, alike)


def may_hold(one: Phrase, text: SpokenText, start: int, end: int) -> bool:
    """Whether the phrase's words all stand there, as they must to be `scattered`; told fast."""
    numbers = one.spoken.quantities
    if not one.may_scatter or one.spoken.words or len(numbers) > 1:
        return False
    window = text.chars[start:end]
    for unit in one.units:
        words = (NUMBER,) if unit.rows.start in numbers else unit.words
        for word in words:
            if word in window:
                break
        else:
            return False
    return True


def _numbers(wanted: Quantity, text: SpokenText, start: int, end: int) -> list[range]:
    """Return where the number is said, as long as no other one is."""
    said = list(text.numbers(start, end))
    if not all(wanted.equals(text.quantities[index]) for index in said):
        return []
    return [range(index, index + 1) for index in said]


def _places(unit: Unit, chars: str, start: int, end: int) -> list[range]:
    places = []
    for word in unit.words:
        place = chars.find(word, start, end)
        while place >= 0:
            places.append(range(place, place + len(word)))
            place = chars.find(word, place + 1, end)
    return places


def _laid(one: Phrase, text: SpokenText, alike: Sequence[tuple[range, range]]) -> Alignment | None:
    """Return the alignment; None where too much else was said between."""
    first = min(place.start for _, place in alike)
    last = max(place.stop for _, place in alike)
    said = {index for _, place in alike for index in place}
    if PAUSE in text.chars[first:last] or text.segment_at(first) != text.segment_at(last - 1):
        return None
    more = insertion_costs(text, first, last)
    between = [index for index in range(first, last) if index not in said]
    if any(text.chars[index] in NEGATIONS | {NUMBER} for index in between):
        return None
    most = _MOST_BETWEEN if one.may_turn and one.length > _SHORT else 0
    if sum(more[index - first] >= 1.0 for index in between) > most:
        return None
    spoken = text.chars[max(0, first - 1) : last + 1]
    if sum(char in LIGHT and char not in spoken for char in one.spoken.chars) >= _MOST_LOST:
        return None
    pairs: list[int | None] = [None] * one.length
    costs = list(missing_costs(one.spoken.chars))
    for rows, place in alike:
        for number, row in enumerate(rows):
            pairs[row] = place[min(number, len(place) - 1)]
            costs[row] = 0.0
    return Alignment(
        _SCORE, first, last, pairs, costs, (), sorted(alike, key=lambda one: one[1].start)
    )
