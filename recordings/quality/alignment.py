"""Lays a phrase beside what was said, syllable by syllable, and says how well they fit. Pure.

The cost of a difference depends on what it is: a particle more or less is nearly free, a syllable
that sounds alike costs little, a word more or another word costs a whole syllable.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from rapidfuzz import fuzz

from recordings.quality.pinyin import NUMBER, distance
from recordings.quality.spoken import PAUSE, SpokenText

PARTICLES: Final = frozenset("啊呀呢嘛吧哈啦哦哟呗咯么的了地得着")
LIGHT: Final = frozenset(
    "是为就也都会将要能可以您你我他她它们咱给在把被让那这个有到去来还再又很并而及和与跟内里中之"
    "所话说讲先请一些每该应须需得则即均由向对且呗喽嘞哩吗"
)
NEGATIONS: Final = frozenset("不没未无非别勿莫")
_FILLERS: Final = re.compile(
    "那个|这个|就是说|就是|然后|的话|怎么说|相当于"
    "|[一-龥]{1,2}(?:先生|女士|小姐|老师|阿姨|叔叔|大哥|大姐|经理|总)"
)
#: 四是 四天, 哦 不对 是 十四天: the number said last counts.
_STUMBLES: Final = re.compile(
    f"[一二三四五六七八九十]是(?={NUMBER})|{NUMBER}(?:哦|啊|不对|不是|应该|说错了|是)+(?={NUMBER})"
)
_LIGHT_WORDS: Final = frozenset(
    "the a an is are was be of to for and that this it will you your we our so well uh um please".split()
)

_PARTICLE_COST: Final = 0.05
_LIGHT_COST: Final = 0.25
_LIGHT_MISSING_COST: Final = 0.5
_FULL_COST: Final = 1.0
_PAUSE_COST: Final = 6.0


@dataclass(frozen=True, slots=True)
class Alignment:
    """How a phrase lies in a text.

    `score` is 0 to 100. `start` and `end` bound what was said. `pairs` gives for each character of
    the phrase where it was said, None for what is missing. `costs` is what each of them costs.
    `heavy` lists what was said in between and is no mere filler.
    """

    score: float
    start: int
    end: int
    pairs: Sequence[int | None]
    costs: Sequence[float]
    heavy: Sequence[int]


def align(phrase: SpokenText, text: SpokenText, start: int, end: int) -> Alignment | None:
    """Return the best place for `phrase` in `text` from `start` to `end`; None if it has none."""
    rows, columns = len(phrase.chars), end - start
    if rows == 0 or columns <= 0:
        return None
    more = insertion_costs(text, start, end)
    less = [_missing_cost(char) for char in phrase.chars]
    above = [0.0] * (columns + 1)
    moves: list[bytearray] = []
    for row in range(rows):
        current = [above[0] + less[row]]
        move = bytearray(columns + 1)
        move[0] = _UP
        missing = less[row]
        one = phrase.chars[row]
        for column in range(columns):
            other = text.chars[start + column]
            best = above[column] + (
                0.0
                if one == other and one != NUMBER
                else substitution_cost(phrase, row, text, start + column)
            )
            kind = _DIAGONAL
            if above[column + 1] + missing < best:
                best, kind = above[column + 1] + missing, _UP
            if current[column] + more[column] < best:
                best, kind = current[column] + more[column], _LEFT
            current.append(best)
            move[column + 1] = kind
        moves.append(move)
        above = current
    return _traced(phrase, text, start, above, moves, more)


_DIAGONAL, _UP, _LEFT = 0, 1, 2


def _traced(
    phrase: SpokenText,
    text: SpokenText,
    start: int,
    last: Sequence[float],
    moves: Sequence[bytearray],
    more: Sequence[float],
) -> Alignment | None:
    rows = len(phrase.chars)
    column = min(range(len(last)), key=lambda one: (last[one], -one))
    weight = sum(_missing_cost(char) for char in phrase.chars)
    score = 100.0 * max(0.0, 1.0 - last[column] / weight)
    pairs: list[int | None] = [None] * rows
    costs = [_missing_cost(char) for char in phrase.chars]
    heavy: list[int] = []
    row = rows
    while row > 0:
        kind = moves[row - 1][column]
        if kind == _DIAGONAL:
            row, column = row - 1, column - 1
            pairs[row] = start + column
            costs[row] = substitution_cost(phrase, row, text, start + column)
        elif kind == _UP:
            row -= 1
        else:
            column -= 1
            if more[column] >= _FULL_COST:
                heavy.append(start + column)
    said = [one for one in pairs if one is not None]
    if not said:
        return None
    inside = [one for one in heavy if said[0] < one < said[-1]]
    return Alignment(score, said[0], said[-1] + 1, pairs, costs, inside[::-1])


def substitution_cost(phrase: SpokenText, row: int, text: SpokenText, column: int) -> float:
    """Return what it costs that the one was said for the other."""
    one, other = phrase.chars[row], text.chars[column]
    if one == NUMBER and other == NUMBER:
        return 0.0 if phrase.quantities[row].equals(text.quantities[column]) else _FULL_COST
    if one == other:
        return 0.0
    if other == PAUSE:
        return _PAUSE_COST
    if NUMBER in (one, other):
        return 1.5
    if row in phrase.words or column in text.words:
        ours, theirs = phrase.words.get(row), text.words.get(column)
        if ours is None or theirs is None:
            return _FULL_COST
        return 0.3 if fuzz.ratio(ours, theirs) >= 80 else _FULL_COST
    apart = distance(one, other)
    if apart > _LIGHT_MISSING_COST and one in LIGHT and other in LIGHT:
        return _LIGHT_MISSING_COST
    return apart


def insertion_costs(text: SpokenText, start: int, end: int) -> list[float]:
    """Return what each character from `start` to `end` costs where the phrase doesn't have it."""
    chars, codes = text.chars, text.codes
    costs = []
    for index in range(start, end):
        char = chars[index]
        if char in PARTICLES:
            cost = _PARTICLE_COST
        elif char in LIGHT or char in NEGATIONS:
            cost = _LIGHT_COST
        elif index in text.words:
            cost = _LIGHT_COST if text.words[index] in _LIGHT_WORDS else _FULL_COST
        else:
            cost = _PAUSE_COST if char == PAUSE else _FULL_COST
        costs.append(cost)
    for found in _FILLERS.finditer(chars, start, end):
        for index in range(found.start(), found.end()):
            costs[index - start] = min(costs[index - start], _PARTICLE_COST * 2)
    for found in _STUMBLES.finditer(chars, start, end):
        for index in range(found.start(), found.end()):
            costs[index - start] = _PARTICLE_COST
    # Who stumbles says a word, or its beginning, again: 绝对 绝对没问题, 三 三十天.
    for length in (1, 2, 3, 4):
        for index in range(start, end - 2 * length + 1):
            if codes[index : index + length] == codes[index + length : index + 2 * length]:
                for again in range(index, index + length):
                    costs[again - start] = min(costs[again - start], _PARTICLE_COST)
    return costs


def _missing_cost(char: str) -> float:
    if char in PARTICLES:
        return 2 * _PARTICLE_COST
    if char in LIGHT or char in NEGATIONS:
        return _LIGHT_MISSING_COST
    return _FULL_COST
