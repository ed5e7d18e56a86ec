"""Words of the regions, as the standard language says them. Pure.

Which words is data (`regional_zh.txt`): a pair a line, common words of the dialects of the north,
of Sichuan, Wu and Cantonese as transcripts have them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path
from typing import Final

import numpy as np

from recordings.quality.code_points import CharSet, Points, code_points

#: What ends a question in the south-west: 方便不嘛. A bare 不 may be a sentence cut in two.
_IS_IT_SO: Final = re.compile(
    "[不没](?=[嘛咯哦哈噻撒唦](?:[，。？！,.?! ]|$)|[?？])[嘛咯哦哈噻撒唦]?"
)
#: 系 is 是 in Cantonese, and part of 联系 and 系统 elsewhere.
_TO_BE: Final = re.compile("(?<=[我你您他她就都也不])系(?![统列数里])")
#: What ends a question in Wu: 侬需要伐, 会保证伐 这个我不好讲; 步伐 and 采伐 are words.
_WU_QUESTION: Final = re.compile("(?<![步采砍讨征杀攻挞口北])伐(?=$|[，。？！,.?! 我您他她这那])")
#: 勿 is 不 in Wu; elsewhere it forbids: 请勿, 切勿.
_WU: Final = re.compile(
    "阿拉(?![善伯斯])|[侬搿覅]|伊拉(?!克)|(?<![价规资风性])格个|迭个|伐(?=$|[，。？！,.?! ])"
)
_WU_NOT: Final = re.compile("(?<![请切万])勿")
#: What 边有 asks in Cantonese; in 旁边有, 这边有 and 电话边有 it does not.
_WHERE: Final = re.compile("(?:^|(?<=[我你您他，。？！,.?! ])|(?<=[^电]话))边(?=有|会|敢)")
#: 点会唔收 asks as well; 九点会打, 晚一点会到 and 网点会联系您 don't.
_HOW: Final = re.compile(
    r"(?<![\d一二两三四五六七八九十半几晚早慢快多少好差有网地站景热重要难优缺特观终起据])点(?=会|可能|敢)"
)
#: 唔 is 不 in Cantonese, and elsewhere the sound of hesitating.
_HESITATION: Final = re.compile("^唔+|唔+(?=[我您你他她这那就，。！？,.?! ]|$)")
_CANTONESE: Final = re.compile(
    "[哋嘅冇咗喺嘢畀俾佢啲嚟嗰㗎喎]|^唔(?!(.{1,2})不\\1)(?:使|系|该|收|会|识|准|能|肯|敢|可以|需要)"
)


@lru_cache(maxsize=1)
def _table() -> tuple[dict[str, str], re.Pattern[str], frozenset[str]]:
    """Return the pairs, a pattern of the words, longest first, and what they begin with."""
    pairs: dict[str, str] = {}
    for line in Path(__file__).with_name("regional_zh.txt").read_text("utf-8").splitlines():
        if line and not line.startswith("#"):
            word, standard = line.split()
            pairs[word] = standard
    # By first character: the search skips to where one of them stands and tries no other words.
    behind: dict[str, list[str]] = {}
    for word in sorted(pairs, key=lambda word: (-len(word), word)):
        behind.setdefault(word[0], []).append(f"{word[1:]}{_NOT_BEFORE.get(word[-1], '')}")
    words = re.compile(
        "|".join(
            f"{first}{_NOT_BEHIND.get(first, '')}(?:{'|'.join(rests)})"
            for first, rests in behind.items()
        )
    )
    return pairs, words, frozenset(behind)


#: Where the end of a word and the beginning of the next one only look like a word of a region:
#: 马上|回复, 以后|儿童, 啥|物业, 无法|度过, 不|消费; 什么|事, 第二|回, 调整|完, 时代|志, 防贼|好,
#: 步伐|会, 约莫|用, 合同|你讲; 冇|话费, 啥|人工.
_NOT_BEFORE: Final = {
    "回": "(?![复答电访拨来收家到应款馈落事头])",
    "儿": "(?![子童女])",
    "物": "(?![业品流料资件])",
    "度": "(?![过假量])",
    "消": "(?![费耗失化除防灭毒停退息])",
    "话": "(?![费务题])",
    "人": "(?![工家员])",
}
_NOT_BEHIND: Final = {
    "么": "(?<![什怎那这多]么)",
    "二": "(?<![第十]二)",
    "整": "(?<![调完]整)",
    "代": "(?<!时代)",
    "格": "(?<![价规资风性]格)",
    "贼": "(?<![防抓捉盗家]贼)",
    "伐": "(?<![步采砍讨征杀攻挞口北同]伐)",
    "莫": "(?<![约切广]莫)",
    "同": "(?<![合共赞陪随如连伙]同)",
}


def as_standard(text: str) -> str:
    """Return `text`, simplified, with words of the regions as the standard language has them."""
    if "唔" in text and _CANTONESE.search(text) is None:
        text = _HESITATION.sub("", text)
    if "勿" in text and _WU.search(text) is not None:
        text = _WU_NOT.sub("不", text)
    if "㗎" in text or "唔" in text:
        text = _HOW.sub("怎么", _WHERE.sub("哪", text))
    pairs, words, first = _table()
    if not first.isdisjoint(text):
        text = words.sub(lambda found: pairs[found[0]], text)
    return with_standard_endings(text)


def with_standard_words(joined: str) -> str | None:
    """Return texts, simplified and joined by BORDER, with standard words; None where that can't be.

    It can't where texts must be looked at one by one. Their endings are left as they are.
    """
    if any(char in joined for char in _OF_WHOLE_TEXT):
        return None
    # No word holds a border, and what stands around a word ends there as at the end of a text.
    pairs, words, _ = _table()
    pieces, end = [], 0
    for place in _beginnings().places(joined):
        found = words.match(joined, place) if place >= end else None
        if found is not None:
            pieces += [joined[end:place], pairs[found[0]]]
            end = found.end()
    return "".join([*pieces, joined[end:]])


class _Beginnings:
    """How words begin, by two characters, so that few places of a text need a closer look."""

    def __init__(self, words: Iterable[str]) -> None:
        self._alone = CharSet(word for word in words if len(word) == 1)
        self._two = np.zeros(_HASHES, dtype=np.bool_)
        for word in words:
            if len(word) > 1:
                self._two[_hashed(code_points(word[:2]))] = True

    def places(self, text: str) -> list[int]:
        """Return, in order, where in `text` words may begin."""
        points = code_points(text)
        two = np.flatnonzero(self._two.take(_hashed(points)))
        return sorted({*two.tolist(), *self._alone.places(points).tolist()})


_HASHES: Final = 0x10000


def _hashed(points: Points) -> Points:
    """Return a small number for each two neighbours; other pairs rarely have the same."""
    hashed: Points = (points[:-1] * np.uint32(31) + points[1:]) % np.uint32(_HASHES)
    return hashed


@lru_cache(maxsize=1)
def _beginnings() -> _Beginnings:
    return _Beginnings(_table()[0])


_OF_WHOLE_TEXT: Final = "唔勿㗎"
"""What these mean depends on the words around them, of the same text only."""
BORDER: Final = "\ue004"
"""Stands between texts that are looked at together, and in no text."""


def with_standard_endings(text: str) -> str:
    """Return `text`, simplified, with what ends a clause as the standard language has it."""
    if _HAS_ENDING.search(text) is None:
        return text
    if "系" in text:
        text = _TO_BE.sub("是", text)
    if "伐" in text:
        text = _WU_QUESTION.sub("吗", text)
    return _IS_IT_SO.sub("吗", text)


ENDINGS: Final = "系伐嘛咯哦哈噻撒唦?？"
"""Where none of these is, `with_standard_endings` changes nothing."""
_HAS_ENDING: Final = re.compile(f"[{ENDINGS}]")
