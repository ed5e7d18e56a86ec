"""Words that say the same, so that a phrase is found in the words people say it in. Pure.

The groups are data (`alike_zh.txt`): general words of Chinese and of telephony, one group a line.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Final, NamedTuple


class Way(NamedTuple):
    """Other words for what a phrase says from `start` to `end`."""

    start: int
    end: int
    words: Sequence[str]


@lru_cache(maxsize=1)
def _groups() -> dict[str, list[str]]:
    """Return for each word what may stand for it."""
    others: dict[str, list[str]] = {}
    for line in Path(__file__).with_name("alike_zh.txt").read_text("utf-8").splitlines():
        group = [] if line.startswith("#") else line.split()
        for word in group:
            known = others.setdefault(word, [])
            known += [one for one in group if one != word and one not in known]
    return others


def ways_to_say(text: str, borders: Collection[int]) -> list[Way]:
    """Return what of `text` may be said in other words; it is cut into words at `borders`.

    A lone character must be a word of its own; 付款 is one wherever it stands.
    """
    known = _groups()
    cuts = {0, len(text), *borders}
    return [
        Way(start, end, tuple(known[text[start:end]]))
        for start in range(len(text))
        for end in range(start + 1, min(len(text), start + _LONGEST) + 1)
        if text[start:end] in known and (end - start > 1 or {start, end} <= cuts)
    ]


_LONGEST: Final = 6
