"""Lays a phrase beside what was said, syllable by syllable, and says how well they fit. Pure.

The cost of a difference depends on what it is: a particle more or less is nearly free, a syllable
that sounds alike costs little, a word more or another word costs a whole syllable.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from typing import Final, NamedTuple

from rapidfuzz import fuzz

from recordings.quality.asides import FULL_COST, insertion_costs, missing_costs
from recordings.quality.sound_costs import NO_NUMBER_COST, costs_of, kinds_of
from recordings.quality.spoken import SpokenText

_SLIP_COST: Final = 0.3
_SAME_WORD: Final = 80.0
"""From this likeness of their letters on, two English words are one and a slip."""


@dataclass(frozen=True, slots=True)
class Alignment:
    """How a phrase lies in a text.

    `score` is 0 to 100. `start` and `end` bound what was said. `pairs` gives for each character of
    the phrase where it was said, None for what is missing. `costs` is what each of them costs.
    `heavy` lists what was said in between and is no mere filler. `alike` says which characters of
    the phrase were said in other words, and where those stand.
    """

    score: float
    start: int
    end: int
    pairs: Sequence[int | None]
    costs: Sequence[float]
    heavy: Sequence[int]
    alike: Sequence[tuple[range, range]] = ()


def align(
    phrase: SpokenText,
    text: SpokenText,
    start: int,
    end: int,
    least: float = 0.0,
    *,
    spare: float | None = None,
) -> Alignment | None:
    """Return the best place for `phrase` in `text` from `start` to `end`; None if it has none.

    What can't score `least` is given up early, and may be None, unless all but the numbers of the
    phrase may cost no more than `spare` a syllable.
    """
    columns = end - start
    if not phrase.chars or columns <= 0:
        return None
    jumps = _jumps(phrase, text, start, end)
    weights = missing_costs(phrase.chars)
    weight = sum(weights)
    most = weight * (1.0 - least / 100.0) + _ROUNDING
    instead = _substitution_costs(phrase, text, start, end)
    # Before anything is laid in order: what each syllable costs at least, wherever it was said.
    lowest = list(map(min, weights, map(min, instead)))
    for jump in chain.from_iterable(jumps.values()):
        for row in range(jump.row, jump.last):
            lowest[row] = min(lowest[row], _ALIKE_COST * weights[row])
    if spare is not None:
        plain = [cost for row, cost in enumerate(lowest) if row not in phrase.quantities]
        if sum(plain) <= spare * len(plain) + _ROUNDING:
            most = weight + _ROUNDING
    if sum(lowest) > most:
        return None
    more = insertion_costs(text, start, end)
    last_jump = max(jumps, default=0)
    table = [[0.0] * (columns + 1)]
    leaps: list[Mapping[int, _Leap]] = []
    for row, missing in enumerate(weights):
        leaps.append(_cheapest(jumps[row + 1], table) if row + 1 in jumps else _NO_LEAPS)
        current = _next_row(table[-1], missing, instead[row], more, leaps[-1])
        if row >= last_jump and min(current) > most:
            return None
        table.append(current)
    least_cost = min(table[-1])
    column = columns - table[-1][::-1].index(least_cost)
    score = 100.0 * max(0.0, 1.0 - least_cost / weight)
    return _traced(_Trace(table, weights, instead, more, leaps, column), start, score)


def _next_row(
    above: Sequence[float],
    missing: float,
    instead: Sequence[float],
    more: Sequence[float],
    leaps: Mapping[int, _Leap],
) -> list[float]:
    """Return the row of the table of costs that is below `above`."""
    left = above[0] + missing
    current = [left]
    cells = zip(above, islice(above, 1, None), instead, more, strict=False)
    if leaps:
        for column, (diagonal, up, cost, extra) in enumerate(cells, 1):
            left = min(diagonal + cost, up + missing, left + extra)
            if column in leaps and leaps[column].cost < left:
                left = leaps[column].cost
            current.append(left)
        return current
    add = current.append
    for diagonal, up, cost, extra in cells:
        # Nearly all the time of a search goes by here; min() would take twice as long.
        best, other = diagonal + cost, up + missing
        best = best if best <= other else other
        left += extra
        left = left if left < best else best
        add(left)
    return current


_ROUNDING: Final = 1e-6


class _Jump(NamedTuple):
    """Other words for a phrase from `row` to `last`, from `column` to `end` of the text's."""

    row: int
    last: int
    column: int
    end: int
    cost: float


def _jumps(phrase: SpokenText, text: SpokenText, start: int, end: int) -> dict[int, list[_Jump]]:
    """Return where other words stand for pieces of the phrase, by the row at which they end."""
    jumps: dict[int, list[_Jump]] = {}
    weights = missing_costs(phrase.chars)
    window = text.chars[start:end]
    for first, last, words in phrase.ways:
        cost = _ALIKE_COST * sum(weights[first:last])
        for word in words:
            place = window.find(word)
            while place >= 0:
                jump = _Jump(first, last, place, place + len(word), cost)
                jumps.setdefault(last, []).append(jump)
                place = window.find(word, place + 1)
    return jumps


class _Leap(NamedTuple):
    """The cheapest jump to a cell of the table of costs, and the cell that it is from."""

    cost: float
    row: int
    column: int


_NO_LEAPS: Final[Mapping[int, _Leap]] = {}


def _cheapest(jumps: Sequence[_Jump], table: Sequence[Sequence[float]]) -> dict[int, _Leap]:
    """Return the cheapest of the jumps to each column."""
    best: dict[int, _Leap] = {}
    for jump in jumps:
        cost = table[jump.row][jump.column] + jump.cost
        if jump.end not in best or cost < best[jump.end].cost:
            best[jump.end] = _Leap(cost, jump.row, jump.column)
    return best


_ALIKE_COST: Final = 0.1
"""What other words of the same meaning cost, of what would be lost without them."""


@dataclass(frozen=True, slots=True)
class _Trace:
    """A table of costs and what it was made of, to be followed back from the column `last`."""

    table: Sequence[Sequence[float]]
    missing: Sequence[float]
    instead: Sequence[Sequence[float]]
    more: Sequence[float]
    leaps: Sequence[Mapping[int, _Leap]]
    last: int

    def before(self, row: int, column: int) -> tuple[int, int, _Leap | None]:
        """Return the cell that one was reached from, and by which leap if it was by one."""
        above, missing = self.table[row - 1], self.missing[row - 1]
        if not column:
            return row - 1, column, None
        best, cell = above[column - 1] + self.instead[row - 1][column - 1], (row - 1, column - 1)
        if above[column] + missing < best:
            best, cell = above[column] + missing, (row - 1, column)
        if self.table[row][column - 1] + self.more[column - 1] < best:
            best, cell = self.table[row][column - 1] + self.more[column - 1], (row, column - 1)
        leap = self.leaps[row - 1].get(column)
        if leap is not None and leap.cost < best:
            return leap.row, leap.column, leap
        return *cell, None


def _traced(trace: _Trace, start: int, score: float) -> Alignment | None:
    row, column = len(trace.missing), trace.last
    pairs: list[int | None] = [None] * row
    costs = list(trace.missing)
    heavy: list[int] = []
    alike: list[tuple[range, range]] = []
    while row > 0:
        first, place, leap = trace.before(row, column)
        if leap is not None:
            alike.append((range(first, row), range(start + place, start + column)))
            for index in range(first, row):
                pairs[index] = start + min(place + index - first, column - 1)
                costs[index] *= _ALIKE_COST
        elif first < row and place < column:
            pairs[first] = start + place
            costs[first] = trace.instead[first][place]
        elif place < column and trace.more[place] >= FULL_COST:
            heavy.append(start + place)
        row, column = first, place
    said = [one for one in pairs if one is not None]
    if not said:
        return None
    last = max(said[-1] + 1, alike[0][1].stop if alike and alike[0][0].stop == len(pairs) else 0)
    inside = [one for one in heavy if said[0] < one < said[-1]]
    return Alignment(score, said[0], last, pairs, costs, inside[::-1], alike[::-1])


def _substitution_costs(
    phrase: SpokenText, text: SpokenText, start: int, end: int
) -> list[list[float]]:
    """Return for each character of the phrase what it costs that each from `start` was said."""
    window = text.chars[start:end]
    kinds = kinds_of(window)
    rows = [list(map(cost_of, kinds)) for cost_of in costs_of(phrase.chars)]
    if phrase.quantities:
        numbers = list(text.numbers(start, end))
        for row, quantity in phrase.quantities.items():
            rows[row] = [NO_NUMBER_COST] * len(window)
            for place in numbers:
                is_same = quantity.equals(text.quantities[place])
                rows[row][place - start] = 0.0 if is_same else FULL_COST
    for row, word in phrase.words.items():
        rows[row] = [_word_cost(word, text.words.get(place)) for place in range(start, end)]
    return rows


def _word_cost(word: str, other: str | None) -> float:
    if other is None:
        return FULL_COST
    if word == other:
        return 0.0
    return _SLIP_COST if fuzz.ratio(word, other) >= _SAME_WORD else FULL_COST
