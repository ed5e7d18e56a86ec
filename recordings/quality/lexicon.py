"""Which words there are in Chinese, to tell a slip of the recogniser from another word.

The words and how often they occur come from the dictionary of jieba, of which nothing else is used,
and from `words_zh.txt` beside this file, which adds words of telephony.
"""

from __future__ import annotations

import math
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Final

_MIN_FREQUENCY: Final = 5
_MAX_LENGTH: Final = 4
_OWN_FREQUENCY: Final = 200
_TOTAL: Final = 60_000_000


class Lexicon:
    """Words of two characters and more with their frequencies."""

    def __init__(self, frequencies: dict[str, int], names: frozenset[str] = frozenset()) -> None:
        """Know these words, of which `names` are nouns and pronouns."""
        self.frequencies = frequencies
        self._names = names
        self._costs = {
            word: math.log(_TOTAL / frequency) for word, frequency in frequencies.items()
        }

    def __contains__(self, word: str) -> bool:
        return word in self._costs

    def is_name(self, word: str) -> bool:
        """Whether a word, of one character or more, is a noun or a pronoun."""
        return word in self._names

    def covering(self, text: str, place: int) -> list[tuple[int, int]]:
        """Return where any word of `text` begins and ends that holds the character at `place`."""
        return [
            (start, end)
            for start in range(max(0, place - _MAX_LENGTH + 1), place + 1)
            for end in range(max(start + 2, place + 1), min(len(text), start + _MAX_LENGTH) + 1)
            if text[start:end] in self._costs
        ]

    def words(self, text: str) -> list[tuple[int, int]]:
        """Return where the words of `text` begin and end, the likeliest way to cut it.

        What is in no word stands alone, one character each.
        """
        return self.cut(text)[1]

    def cut(self, text: str) -> tuple[float, list[tuple[int, int]]]:
        """Return how unlikely `text` is as words, as −ln p, and where they begin and end."""
        length = len(text)
        best = [0.0] + [math.inf] * length
        since = [0] * (length + 1)
        for end in range(1, length + 1):
            best[end] = best[end - 1] + _SINGLE_COST
            since[end] = end - 1
            for start in range(max(0, end - _MAX_LENGTH), end - 1):
                cost = self._costs.get(text[start:end])
                if cost is not None and best[start] + cost < best[end]:
                    best[end], since[end] = best[start] + cost, start
        spans = []
        end = length
        while end > 0:
            spans.append((since[end], end))
            end = since[end]
        return best[length], spans[::-1]


#: A lone character costs as much as a rather rare word, so that words win over their parts.
_SINGLE_COST: Final = 9.0


@lru_cache(maxsize=1)
def lexicon() -> Lexicon:
    """Return the words of this process, read on first use."""
    frequencies: dict[str, int] = {}
    names: set[str] = set()
    for line in _jieba_dictionary().read_text("utf-8").splitlines():
        word, frequency, kind = line.split(" ")
        if (kind[0] == "n" and kind != "nr" and len(word) > 1) or kind[0] == "r":
            names.add(word)
        if 2 <= len(word) <= _MAX_LENGTH and int(frequency) >= _MIN_FREQUENCY:
            frequencies[word] = int(frequency)
    own = Path(__file__).with_name("words_zh.txt").read_text("utf-8")
    for word in own.split():
        frequencies.setdefault(word, _OWN_FREQUENCY)
    return Lexicon(frequencies, frozenset(names))


def _jieba_dictionary() -> Path:
    """Return the dictionary's file, without running jieba's own code."""
    spec = find_spec("jieba")
    if spec is None or not spec.submodule_search_locations:
        raise ModuleNotFoundError("jieba")
    return Path(spec.submodule_search_locations[0]) / "dict.txt"
