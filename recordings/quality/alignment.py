"""Lays a phrase beside what was said, syllable by syllable, and says how well they fit. Pure.

The cost of a difference depends on what it is: a particle more or less is nearly free, a syllable
that sounds alike costs little, a word more or another word costs a whole syllable.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, NamedTuple

from rapidfuzz import fuzz

from recordings.quality.pinyin import NUMBER, distance
from recordings.quality.spoken import PAUSE, SpokenText

PARTICLES: Final = frozenset("啊呀呢嘛吧哈啦哦哟呗咯么的了地得着哒咧噻撒唦啵喏嘞哩呐咩哇嘎嗷")
LIGHT: Final = frozenset(
    "是为就也都才会将要能可以您你我他她它们咱给在把被让那这个有到去来还再又很并而按于从至及和与跟内里中之"
    "所啥话说讲先请一些每该应必须需得则即均由向对且呗喽嘞哩吗"
)
NEGATIONS: Final = frozenset("不没未无非别勿莫")
_NOT_YET: Final = frozenset("没未")
_FILLERS: Final = re.compile(
    "那个|这个|就是说|就是|然后|的话|怎么说呢?|相当于|也就是|等于说"
    "|[那纳拿哪][的格各歌割个]|确实|其实|真的|当然|本来|一律|统统|绝对|肯定|一定|暂时|首先|具体|咱们?这边|您这边|我们这边"
    "|不是[^不]{1,4}?是|从来"
    "|任何|什么|半点|一点点?|(?<=收)取"
    "|[一-龥]{1,2}(?:先生|女士|小姐|老师|阿姨|叔叔|大哥|大姐|经理|总)"
)
#: Who leaves these out says the same.
_POLITE: Final = re.compile("请问|麻烦您?|[您你]好|敬请|感谢您")
#: 四是 四天, 哦 不对 是 十四天: the number said last counts.
_STUMBLES: Final = re.compile(
    f"[一二三四五六七八九十]是(?={NUMBER})|{NUMBER}(?:哦|啊|不对|不是|应该|说错了|是)+(?={NUMBER})"
)
_LIGHT_WORDS: Final = frozenset(
    {
        "the", "a", "an", "is", "are", "was", "be", "of", "to", "for", "and", "that", "this", "it",
        "will", "you", "your", "we", "our", "so", "well", "uh", "um", "please",
    }
)  # fmt: skip

_PARTICLE_COST: Final = 0.05
_LIGHT_COST: Final = 0.25
_LIGHT_MISSING_COST: Final = 0.5
_FULL_COST: Final = 1.0
_PAUSE_COST: Final = 6.0
_NO_NUMBER_COST: Final = 1.5
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


def align(phrase: SpokenText, text: SpokenText, start: int, end: int) -> Alignment | None:
    """Return the best place for `phrase` in `text` from `start` to `end`; None if it has none."""
    columns = end - start
    if not phrase.chars or columns <= 0:
        return None
    more = insertion_costs(text, start, end)
    jumps = _jumps(phrase, text, start, end)
    weights = missing_costs(phrase.chars)
    table = [[0.0] * (columns + 1)]
    moves: list[bytearray] = []
    taken: dict[tuple[int, int], tuple[int, int]] = {}
    for row, missing in enumerate(weights):
        above = table[-1]
        left = above[0] + missing
        current = [left]
        move = bytearray(columns + 1)
        move[0] = _UP
        leaps = _cheapest(jumps.get(row + 1, ()), table)
        for column, instead in enumerate(_substitution_costs(phrase, row, text, start, end)):
            best = above[column] + instead
            kind = _DIAGONAL
            other = above[column + 1] + missing
            if other < best:
                best, kind = other, _UP
            other = left + more[column]
            if other < best:
                best, kind = other, _LEFT
            if column + 1 in leaps and leaps[column + 1][0] < best:
                best, kind = leaps[column + 1][0], _JUMP
                taken[row + 1, column + 1] = leaps[column + 1][1]
            left = best
            current.append(best)
            move[column + 1] = kind
        moves.append(move)
        table.append(current)
    above = table[-1]
    column = min(range(len(above)), key=lambda one: (above[one], -one))
    weight = sum(weights)
    score = 100.0 * max(0.0, 1.0 - above[column] / weight)
    return _traced(_Trace(moves, more, column, taken), phrase, text, start, score)


class _Jump(NamedTuple):
    """Other words for a piece of a phrase, from a row and column of the table of costs on."""

    row: int
    column: int
    end: int
    cost: float


def _jumps(phrase: SpokenText, text: SpokenText, start: int, end: int) -> dict[int, list[_Jump]]:
    """Return where other words stand for pieces of the phrase, by the row at which they end."""
    jumps: dict[int, list[_Jump]] = {}
    weights = missing_costs(phrase.chars)
    for first, last, words in phrase.ways:
        cost = _ALIKE_COST * sum(weights[first:last])
        for word in words:
            place = text.chars.find(word, start, end)
            while place >= 0:
                jump = _Jump(first, place - start, place - start + len(word), cost)
                jumps.setdefault(last, []).append(jump)
                place = text.chars.find(word, place + 1, end)
    return jumps


def _cheapest(
    jumps: Sequence[_Jump], table: Sequence[Sequence[float]]
) -> dict[int, tuple[float, tuple[int, int]]]:
    """Return for each column the least cost of a jump to it, and the row and column it is from."""
    best: dict[int, tuple[float, tuple[int, int]]] = {}
    for jump in jumps:
        cost = table[jump.row][jump.column] + jump.cost
        if jump.end not in best or cost < best[jump.end][0]:
            best[jump.end] = cost, (jump.row, jump.column)
    return best


_DIAGONAL, _UP, _LEFT, _JUMP = 0, 1, 2, 3
_ALIKE_COST: Final = 0.1
"""What other words of the same meaning cost, of what would be lost without them."""


@dataclass(frozen=True, slots=True)
class _Trace:
    """The way through the table of costs, to be followed back from the column `last`."""

    moves: Sequence[bytearray]
    more: Sequence[float]
    last: int
    jumps: Mapping[tuple[int, int], tuple[int, int]]


def _traced(
    trace: _Trace, phrase: SpokenText, text: SpokenText, start: int, score: float
) -> Alignment | None:
    row, column = len(phrase.chars), trace.last
    pairs: list[int | None] = [None] * row
    costs = missing_costs(phrase.chars)
    heavy: list[int] = []
    alike: list[tuple[range, range]] = []
    while row > 0:
        kind = trace.moves[row - 1][column]
        if kind == _JUMP:
            first, place = trace.jumps[row, column]
            alike.append((range(first, row), range(start + place, start + column)))
            for index in range(first, row):
                pairs[index] = start + min(place + index - first, column - 1)
                costs[index] *= _ALIKE_COST
            row, column = first, place
        elif kind == _DIAGONAL:
            row, column = row - 1, column - 1
            place = start + column
            pairs[row] = place
            (costs[row],) = _substitution_costs(phrase, row, text, place, place + 1)
        elif kind == _UP:
            row -= 1
        else:
            column -= 1
            if trace.more[column] >= _FULL_COST:
                heavy.append(start + column)
    said = [one for one in pairs if one is not None]
    if not said:
        return None
    last = max(said[-1] + 1, alike[0][1].stop if alike and alike[0][0].stop == len(pairs) else 0)
    inside = [one for one in heavy if said[0] < one < said[-1]]
    return Alignment(score, said[0], last, pairs, costs, inside[::-1], alike[::-1])


def _substitution_costs(
    phrase: SpokenText, row: int, text: SpokenText, start: int, end: int
) -> list[float]:
    """Return what it costs that each character from `start` to `end` was said for the one."""
    one = phrase.chars[row]
    if one == NUMBER:
        quantity = phrase.quantities[row]
        return [
            (0.0 if quantity.equals(text.quantities[place]) else _FULL_COST)
            if place in text.quantities
            else _NO_NUMBER_COST
            for place in range(start, end)
        ]
    if row in phrase.words:
        word = phrase.words[row]
        return [_word_cost(word, text.words.get(place)) for place in range(start, end)]
    return list(map(_sound_costs(one).__getitem__, text.chars[start:end]))


def _word_cost(word: str, other: str | None) -> float:
    if other is None:
        return _FULL_COST
    if word == other:
        return 0.0
    return _SLIP_COST if fuzz.ratio(word, other) >= _SAME_WORD else _FULL_COST


class _SoundCosts(dict[str, float]):
    """What it costs that another character was said for `one`, each found out when first asked."""

    def __init__(self, one: str) -> None:
        super().__init__()
        self._one = one

    def __missing__(self, other: str) -> float:
        """Return and remember the cost of a character."""
        cost = self[other] = _sound_cost(self._one, other)
        return cost


@lru_cache(maxsize=512)
def _sound_costs(one: str) -> _SoundCosts:
    return _SoundCosts(one)


def _sound_cost(one: str, other: str) -> float:
    if one == other:
        return 0.0
    if other == PAUSE:
        return _PAUSE_COST
    if other == NUMBER:
        return _NO_NUMBER_COST
    if one in _NOT_YET and other in _NOT_YET:
        return 2 * _PARTICLE_COST
    apart = distance(one, other)
    if apart > _LIGHT_MISSING_COST and one in LIGHT and other in LIGHT:
        return _LIGHT_MISSING_COST
    return apart


def insertion_costs(text: SpokenText, start: int, end: int) -> list[float]:
    """Return what each character from `start` to `end` costs where the phrase doesn't have it."""
    chars, codes = text.chars, text.codes
    costs = [_extra_cost(char) for char in chars[start:end]]
    for index in range(start, end) if text.words else ():
        if text.words.get(index) in _LIGHT_WORDS:
            costs[index - start] = _LIGHT_COST
    for pattern, cost in ((_FILLERS, 2 * _PARTICLE_COST), (_STUMBLES, _PARTICLE_COST)):
        for found in pattern.finditer(chars, start, end):
            for index in range(found.start() - start, found.end() - start):
                costs[index] = min(costs[index], cost)
    for border in text.starts:
        if start < border < end:
            _discount_restart(costs, text, start, border)
    # Who stumbles says a word, or its beginning, again: 绝对 绝对没问题, 三 三十天.
    for length in (1, 2, 3, 4):
        for index in range(start, end - 2 * length + 1):
            if codes[index : index + length] == codes[index + length : index + 2 * length]:
                for again in range(index - start, index - start + length):
                    costs[again] = min(costs[again], _PARTICLE_COST)
    return costs


def _discount_restart(costs: list[float], text: SpokenText, start: int, border: int) -> None:
    """Make cheap what is said again at the beginning of a segment, however it was heard."""
    chars = text.chars
    if chars[border : border + 1] in _STALLS:
        costs[border - start] = min(costs[border - start], _LIGHT_COST)
    for length in range(_MOST_AGAIN, 0, -1):
        before, again = chars[max(0, border - length) : border], chars[border : border + length]
        if border - length < start or len(again) < length or border - start + length > len(costs):
            continue
        apart = sum(map(distance, before, again))
        if apart <= _AGAIN * (length - 1) and PAUSE not in before:
            for index in range(border - start - length, border - start):
                costs[index] = min(costs[index], _PARTICLE_COST)
            return


_MOST_AGAIN: Final = 6
_AGAIN: Final = 0.3
"""How unlike, on average, what is said again may have been heard."""
_STALLS: Final = frozenset("各和额而恩嗯呃啊哎唉")
"""How recognisers write the sound of hesitating before the next words."""


def _extra_cost(char: str) -> float:
    if char in PARTICLES:
        return _PARTICLE_COST
    if char in LIGHT or char in NEGATIONS:
        return _LIGHT_COST
    return _PAUSE_COST if char == PAUSE else _FULL_COST


def missing_costs(chars: str) -> list[float]:
    """Return what each character of a phrase costs where it was not said."""
    costs = [missing_cost(char) for char in chars]
    for polite in _POLITE.finditer(chars):
        costs[polite.start() : polite.end()] = [2 * _PARTICLE_COST] * len(polite[0])
    return costs


def missing_cost(char: str) -> float:
    """Return what it costs that a character of the phrase was not said: its weight."""
    if char in PARTICLES:
        return 2 * _PARTICLE_COST
    if char in LIGHT or char in NEGATIONS:
        return _LIGHT_MISSING_COST
    return _FULL_COST
