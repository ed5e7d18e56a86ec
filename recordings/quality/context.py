"""What stands around a phrase: how far it reaches, and as it was said, not written. Pure.

谁也不能保阵 denies what follows, 赠么可能 as well: words that deny, quote or ask are known by their
sound, where what was written is no word.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from recordings.quality.alignment import Alignment
from recordings.quality.denials import NO_NEGATIONS, TWICE
from recordings.quality.lexicon import lexicon
from recordings.quality.pinyin import sounds
from recordings.quality.spoken import PAUSE, SpokenText

#: Words of two characters and more that say how a sentence is meant.
_WORDS: Final = """
怎么 哪里 哪有 哪敢 谁敢 保证 承诺 担保 答应 不能 不会 不是 不敢 不可能
不见得 不一定 不允许 不承诺 不保证 不用 不要 不得 没有 没说 没说过 不存在
谈不上 说不上 很难说 禁止 严禁 杜绝 谨防 避免 听说 以为 误以为 所谓 要是
如果 假如 人家 别人 有人 客户 骗人 骗子 违规 违法 取消 作废 下架 下线 说错
口误 记错 搞错 误会 谣言 难道 什么时候 怎么可能 绝对 完全 肯定 已经 去年
以前 是不是 有没有 能不能 会不会 可不可以 宣传 小心 当心 我们 你们 他们 咱们
什么 没办法 没法 哪能 哪能说 怎么能 怎么能说 谁说 不说 不会说 不能说 不敢说
能说 不让
"""


@lru_cache(maxsize=1)
def _by_sound() -> tuple[re.Pattern[str], dict[str, str]]:
    """Return a pattern of the words' codes, longest first, and the word of each."""
    folding = sounds().folding
    words = {word.translate(folding): word for word in reversed(_WORDS.split())}
    longest_first = sorted(words, key=lambda codes: (-len(codes), codes))
    return re.compile("|".join(map(re.escape, longest_first))), words


def _is_meant(text: str, start: int, word: str) -> bool:
    """Whether what was written at `start` makes words that are said nearly as often as `word`."""
    known = lexicon().frequencies
    often = max(known.get(word[at : at + 2], 0) for at in range(len(word) - 1))
    return any(
        known[text[first:last]] * _RARE >= often
        for place, char in enumerate(word, start)
        if text[place] != char
        for first, last in lexicon().covering(text, place)
    )


_RARE: Final = 20
"""So many times rarer a word is not meant: 不菲 for 不会."""


def as_said(text: str) -> str:
    """Return `text`, as long as it was, with such words put where they were misheard.

    What is part of a word, or is written as such a word already, stays.
    """
    pattern, words = _by_sound()
    said = text
    for found in pattern.finditer(text.translate(sounds().folding)):
        start, end = found.span()
        word = words[found[0]]
        written = text[start:end]
        if written == word or _is_meant(text, start, word):
            continue
        said = said[:start] + word + said[end:]
    return said


def within_pause(text: str, *, last: bool) -> str:
    """Return what of `text` no pause parts from a phrase before it, or behind it: the `last`."""
    parts = text.split(PAUSE)
    return parts[-1] if last else parts[0]


def left_out_of(text: SpokenText, found: Alignment, since: int) -> set[int]:
    """Return the characters from `since` on that answer somebody and are none of the phrase's."""
    said = {index for index in found.pairs if index is not None}
    return {
        index
        for aside in text.asides
        if since <= aside.start < found.end and said.isdisjoint(range(aside.start, aside.end))
        for index in range(aside.start, aside.end)
    }


def own_clause(before: str, text: SpokenText, start: int) -> str:
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


def blotted(text: str) -> str:
    """Return `text` with what only looks like a negation blotted out."""
    return NO_NEGATIONS.sub(lambda found: "\ue003" * len(found[0]), text)


def said_once(text: str) -> str:
    """Return `text` with what was said twice said once."""
    # Where no character is there twice, there is nothing to look for.
    return text if len(set(text)) == len(text) else TWICE.sub(r"\1", text)
