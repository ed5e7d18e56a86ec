"""What is said besides a phrase and means nothing, and what of a phrase may be left out. Pure.

Costs are in syllables: 1 is a syllable that carries meaning. Particles, pronouns, hesitations and
what is said again cost little; a pause costs more than any phrase can spare.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from functools import lru_cache
from operator import eq
from typing import Final

from recordings.quality.pinyin import NUMBER, sounds
from recordings.quality.spoken import PAUSE, SpokenText

PARTICLES: Final = frozenset("啊呀呢嘛吧哈啦哦哟呗咯么的了地得着哒咧噻撒唦啵喏嘞哩呐咩哇嘎嗷")
LIGHT: Final = frozenset(
    "是为就也都才会将要能可以您你我他她它们咱给在把被让那这个有到去来还再又很并而按于从至及和与跟内里中之"
    "所啥话说讲先请一些每该应必须需得则即均由向对且呗喽嘞哩吗"
)
NEGATIONS: Final = frozenset("不没未无非别勿莫")
_FILLERS: Final = re.compile(
    "那个|这个|就是说|就是|然后|的话|怎么说呢?|相当于|也就是|等于说"
    "|[那纳拿哪][的格各歌割个]|直接|里[面头]|这[次回](?!性)|确实|其实|真的|当然|本来|一律|统统|绝对|肯定|一定|暂时|首先"
    "|具体|咱们?这边|您这边|我们这边"
    "|我?跟您(?:说|讲)(?:一下)?|您(?:记一下|记住|放心|听好|听着|注意)|我告诉您|说白了|简单说"
    "|按照?规定|根据规定|[是对好行]吧|(?:知道|明白|懂|清楚)(?:吧|了吧)"
    "|不是[^不]{1,4}?是|从来"
    "|(?<=不)(?:太|大|怎么)(?=知道|清楚|了解|懂|明白|会)"
    f"|(?:超过|达到?|每月)(?={NUMBER})|千万(?=[不别])"
    "|有没(?=有)|任何|一下|之后|以后|过后|的时候|到时候|永远|一直|什么|半点|一点点?"
)
_TITLE: Final = re.compile("先生|女士|小姐|老师|阿姨|叔叔|大哥|大姐|经理|总|收取")
#: 张先生, said in between; 收取 is 收.
_ADDRESSED: Final = re.compile(
    "[一-龥]{1,2}(?:先生|女士|小姐|老师|阿姨|叔叔|大哥|大姐|经理|总)|(?<=收)取"
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


PARTICLE_COST: Final = 0.05
LIGHT_COST: Final = 0.25
LIGHT_MISSING_COST: Final = 0.5
FULL_COST: Final = 1.0
PAUSE_COST: Final = 6.0


def insertion_costs(text: SpokenText, start: int, end: int) -> list[float]:
    """Return what each character from `start` to `end` costs where the phrase doesn't have it."""
    costs = list(map(_EXTRA_COSTS.__getitem__, text.chars[start:end]))
    for index in text.numbers(start, end):
        if text.quantities[index].is_article:
            costs[index - start] = LIGHT_COST
    for index in range(start, end) if text.words else ():
        if text.words.get(index) in _LIGHT_WORDS:
            costs[index - start] = LIGHT_COST
    if not _NOT.isdisjoint(text.chars[start:end]):
        for index in range(start + 1, end):
            # 不冷 is 不能, 不废 不会: heard with an accent they mean no more than these.
            if text.chars[index - 1] in _NOT and text.codes[index] in _auxiliaries():
                costs[index - start] = min(costs[index - start], LIGHT_COST)
    for first, last, cost in _asides(text, start, end):
        for index in range(first - start, last - start):
            costs[index] = min(costs[index], cost)
    return costs


@lru_cache(maxsize=1)
def _auxiliaries() -> frozenset[str]:
    return frozenset("会能是".translate(sounds().folding))


_NOT: Final = frozenset("不没")


def _asides(text: SpokenText, start: int, end: int) -> Iterator[tuple[int, int, float]]:
    """Yield from where to where something is said that means nothing, and what it costs."""
    chars, codes = text.chars, text.codes[start:end]
    for found in _FILLERS.finditer(chars, start, end):
        yield found.start(), found.end(), 2 * PARTICLE_COST
    if _TITLE.search(chars, start, end) is not None:
        for found in _ADDRESSED.finditer(chars, start, end):
            yield found.start(), found.end(), 2 * PARTICLE_COST
    if NUMBER in codes:
        for found in _STUMBLES.finditer(chars, start, end):
            yield found.start(), found.end(), PARTICLE_COST
    for border in text.starts[bisect_right(text.starts, start) : bisect_left(text.starts, end)]:
        yield from _restart(text, start, border, end)
    for aside in text.asides:
        if start <= aside.start and aside.end <= end:
            yield aside.start, aside.end, aside.cost
    # Who stumbles says a word, or its beginning, again: 绝对 绝对没问题, 三 三十天.
    if _AGAIN.search(codes) is None:
        return
    for length in range(1, _MOST_SAID_AGAIN + 1):
        for at in range(len(codes) - 2 * length + 1):
            if codes[at : at + length] == codes[at + length : at + 2 * length]:
                yield start + at, start + at + length, PARTICLE_COST


_MOST_SAID_AGAIN: Final = 4
_AGAIN: Final = re.compile(rf"(.{{1,{_MOST_SAID_AGAIN}}})\1", re.DOTALL)


def _restart(
    text: SpokenText, start: int, border: int, end: int
) -> Iterator[tuple[int, int, float]]:
    """Yield what was said before a `border` of segments and again behind it, badly heard or not."""
    if text.chars[border : border + 1] in _STALLS:
        yield border, border + 1, LIGHT_COST
    around = text.codes[max(start, border - _MOST_AGAIN) : border]
    if set(around).isdisjoint(text.codes[border : min(border + _MOST_AGAIN, end)]):
        return  # as nearly everywhere
    for length in range(min(_MOST_AGAIN, border - start, end - border), 0, -1):
        before = text.codes[border - length : border]
        same = sum(map(eq, before, text.codes[border : border + length]))
        if same * 3 >= length * 2 and PAUSE not in before:
            yield border - length, border, PARTICLE_COST
            return


_MOST_AGAIN: Final = 6
_STALLS: Final = frozenset("各和额而恩嗯呃啊哎唉")
"""How recognisers write the sound of hesitating before the next words."""


class _ExtraCosts(dict[str, float]):
    """What characters cost that a phrase doesn't have."""

    def __missing__(self, char: str) -> float:
        """Return the cost of what carries meaning."""
        return FULL_COST


_EXTRA_COSTS: Final = _ExtraCosts(
    {
        PAUSE: PAUSE_COST,
        **dict.fromkeys(LIGHT | NEGATIONS, LIGHT_COST),
        **dict.fromkeys(PARTICLES, PARTICLE_COST),
    }
)


@lru_cache(maxsize=2_048)
def missing_costs(chars: str) -> tuple[float, ...]:
    """Return what each character of a phrase costs where it was not said: its weight."""
    costs = [_missing_cost(char) for char in chars]
    for polite in _POLITE.finditer(chars):
        costs[polite.start() : polite.end()] = [2 * PARTICLE_COST] * len(polite[0])
    return tuple(costs)


def _missing_cost(char: str) -> float:
    if char in PARTICLES:
        return 2 * PARTICLE_COST
    if char in LIGHT or char in NEGATIONS:
        return LIGHT_MISSING_COST
    return FULL_COST
