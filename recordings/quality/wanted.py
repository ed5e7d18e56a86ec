"""A phrase as it is looked for: its sound, its words, its slots, and how it may be turned. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from recordings.quality.alike import Way
from recordings.quality.lexicon import lexicon
from recordings.quality.pinyin import NUMBER, sounds
from recordings.quality.slots import filled, spans
from recordings.quality.spoken import SpokenText, phrase_text
from recordings.quality.units import Unit, units


@dataclass(frozen=True, slots=True)
class Phrase:
    """A phrase as it is looked for. `may_turn` lets its halves change places."""

    spoken: SpokenText
    may_turn: bool = False
    may_scatter: bool = False
    """Whether its words may stand in another order, each written as the phrase has it."""
    units: Sequence[Unit] = ()
    """The words that carry its meaning, where these may."""
    turned: Sequence[Phrase] = ()
    """The phrase with its halves in each other's place."""
    words: Sequence[tuple[int, int]] = ()
    slots: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    """Where in the phrase each slot's value stands."""
    variants: Sequence[str] = ()
    """Codes of the phrase in other words, for the first look."""

    @property
    def length(self) -> int:
        """Syllables, quantities and words."""
        return len(self.spoken.chars)


def phrase(text: str, values: Mapping[str, str] | None = None, *, may_turn: bool = False) -> Phrase:
    """Return the phrase that `text` says, its slots filled with `values`.

    Required statements `may_turn` (15天的犹豫期 for 犹豫期15天); a forbidden phrase may only have
    its words, exactly as they are, in another order.
    """
    values = values or {}
    spoken = phrase_text(filled(text, values))
    words = lexicon().words(spoken.chars)
    turned: list[Phrase] = []
    order_free = _is_order_free(spoken.chars) and len(spoken.chars) in range(2, 19)
    if may_turn and order_free:
        for _, cut in words[:-1]:
            if cut >= 2 and (len(spoken.chars) - cut >= 2 or spoken.chars[cut:] == NUMBER):
                turned.append(_as_half(_swapped(spoken, cut)))
        if len(words) > 2 and spoken.chars[-1] == NUMBER and words[-2][1] - words[-2][0] > 1:
            # 套餐含三百分钟通话 for 套餐含通话三百分钟
            turned.append(_as_half(_swapped(spoken, words[-2][1], words[-2][0])))
    slots = {
        name: (len(phrase_text(before).chars), len(phrase_text(upto).chars))
        for name, before, upto in spans(text, values)
    }
    # 押金您不用交 for 不用交押金: what is spoken of comes first.
    scatters = bool(turned) or (order_free and len(spoken.chars) >= _FRONTED)
    return Phrase(
        spoken,
        may_turn,
        scatters,
        tuple(units(spoken, words)) if scatters else (),
        turned,
        words,
        slots,
        _variants(spoken),
    )


_FRONTED: Final = 5
"""From how many syllables on a forbidden phrase may have its words in another order."""


def _variants(spoken: SpokenText) -> list[str]:
    """Return the codes of the phrase with all that may be in other words, a few choices each."""
    variants = []
    for choice in range(_MOST_VARIANTS):
        pieces, at = [], 0
        for way in spoken.ways:
            if way.start >= at and choice < len(way.words):
                pieces += [spoken.chars[at : way.start], way.words[choice]]
                at = way.end
        if at:
            text = "".join([*pieces, spoken.chars[at:]])
            variants.append(text.translate(sounds().folding))
    return variants


_MOST_VARIANTS: Final = 4


#: In a phrase with these the order of its parts is its meaning; not so within these words.
_ORDER: Final = re.compile(
    "(?:提前|目前|当前|前往|优先|先生|自动|自己|自愿|亲自|转接|转让|转账|转告|再次|再见|不再|至少|至多"
    "|由于|理由|后果|售后|退换|更换|换货|调换|兑换|换新)|(?P<order>[先后再至转换前]|由(?=.*[转到变改换])|从(?=.*[到至转往]))"
)


def _is_order_free(text: str) -> bool:
    return all(found["order"] is None for found in _ORDER.finditer(text))


def _as_half(spoken: SpokenText) -> Phrase:
    return Phrase(spoken, words=lexicon().words(spoken.chars))


def _swapped(spoken: SpokenText, cut: int, first: int = 0) -> SpokenText:
    """Return the phrase with what stands before and behind `cut` swapped, from `first` on."""
    length = len(spoken.chars)

    def place(index: int) -> int:
        if index < first:
            return index
        return index - cut + first if index >= cut else index + length - cut

    return SpokenText(
        spoken.chars[:first] + spoken.chars[cut:] + spoken.chars[first:cut],
        spoken.codes[:first] + spoken.codes[cut:] + spoken.codes[first:cut],
        {place(index): one for index, one in spoken.quantities.items()},
        {place(index): one for index, one in spoken.words.items()},
        [0],
        (),
        ways=[
            Way(place(way.start), place(way.end - 1) + 1, way.words)
            for way in spoken.ways
            if not (way.start < cut < way.end or way.start < first < way.end)
        ],
    )
