"""Where in a text a phrase may stand at all, for many phrases at once. Pure.

A place where fewer of a phrase's sounds are near each other than any comparison would ask for needs
none. The places of all sounds of all phrases are found in one go, as sorted numbers (which phrase,
where), so that the work grows with what the text and the phrases share, not with both.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from recordings.quality.alike import Way
from recordings.quality.asides import LIGHT
from recordings.quality.pinyin import readings, sounds
from recordings.quality.scattered import may_hold
from recordings.quality.sound_counts import (
    CODES,
    NEAR,
    Numbers,
    Patterns,
    Places,
    Stretches,
    Variants,
    Windows,
    may_score,
    shares,
)
from recordings.quality.spoken import SpokenText
from recordings.quality.wanted import Phrase

SPREAD: Final = 0.75
"""How many of its codes must stand there in order where it was said in pieces."""
PIECE: Final = 8
"""How long a piece is."""
FEWEST_SPREAD: Final = 5
"""A phrase of fewer syllables is hardly told by them once others stand between."""
_SHARE: Final = 0.6
"""How many of a phrase's syllables must be near each other before anything is compared."""
_SHARE_VARIED: Final = 0.8
"""From how many on, other words of the same meaning counted as well, it is tried in those, too."""
_LONGER: Final = 3
"""How much longer than the phrase its other words may be."""
_FEW_CHARS: Final = 3


class Region(NamedTuple):
    """Where the phrase of number `row` may stand."""

    row: int
    start: int
    end: int
    varied: bool
    """Whether its other words may be there, too."""
    near: Sequence[str]
    """Its codes, and those of its other words, as far as they may score `NEAR` there."""
    spread: bool
    """Whether it may be there in pieces."""
    scattered: bool
    """Whether its words may be there in another order."""


@dataclass(slots=True)
class FirstLook:
    """Where phrases may stand in texts; what of the phrases is needed for it is found out once."""

    phrases: Sequence[Phrase]
    _sounds: Patterns = field(init=False)
    """All that a phrase may sound like, its other words and other readings as well."""
    _variants: Variants = field(init=False)
    _lengths: Numbers = field(init=False)
    _spans: Numbers = field(init=False)
    """How long each phrase may be in whatever words."""
    _needed: Numbers = field(init=False)
    _needed_varied: Numbers = field(init=False)
    _needed_near: Numbers = field(init=False)
    _margins: Numbers = field(init=False)

    def __post_init__(self) -> None:
        """Note which sounds occur in which phrase, or in other words for it."""
        phrases = self.phrases
        self._sounds = Patterns(
            [set(_heard_in(one)) for one in phrases], [one.spoken.codes for one in phrases]
        )
        self._variants = Variants([one.variants for one in phrases])
        self._lengths = np.array([one.length for one in phrases], dtype=np.int64)
        longer = [_LONGER if one.variants else 0 for one in phrases]
        self._spans = self._lengths + np.array(longer, dtype=np.int64)
        self._needed = shares(self._lengths, _SHARE)
        self._needed_varied = shares(self._lengths, _SHARE_VARIED)
        self._needed_near = shares(self._lengths, NEAR / 100.0)
        self._margins = self._lengths + _AROUND

    def regions(self, text: SpokenText) -> Iterator[Region]:
        """Yield where phrases may stand, phrase by phrase, in order."""
        codes = np.frombuffer(text.codes.encode("utf-32-le"), dtype=np.uint32) % CODES
        length = len(codes)
        # So far from each other the places of two rows never look near.
        bits = _bits(length + 4 * (int(self._spans.max()) + _AROUND))
        heard, own = self._sounds.places(codes, bits)
        widths = np.minimum(self._spans, length)
        places = Places(heard, bits, widths, length)
        dense = places.windows(self._needed)
        if not len(dense.first):
            return
        rows, first, last = _together(dense, bits, widths + 2 * self._margins)
        is_varied = places.windows(self._needed_varied, among=dense).touch(first, last)
        base, margins = rows << bits, self._margins[rows]
        where = Stretches(
            rows,
            np.maximum(first - base - margins, 0),
            np.minimum(last - base + widths[rows] + margins, length),
        )
        owned = Places(own, bits, np.minimum(self._lengths, length), length)
        near = may_score(owned, self._lengths, self._needed_near, where)
        spread = self._may_be_spread(text, owned, where)
        varied = np.flatnonzero(is_varied)
        there = Stretches(*(each[varied] for each in where))
        others = dict(zip(varied.tolist(), self._variants.near(codes, there), strict=True))
        row_at, starts, ends = (each.tolist() for each in where)
        for at in np.flatnonzero(near | spread | is_varied).tolist():
            row, start, end, variants = row_at[at], starts[at], ends[at], others.get(at)
            one, is_spread = self.phrases[row], bool(spread[at])
            likely = [one.spoken.codes] if near[at] else []
            likely += variants or ()
            scattered = variants is not None and may_hold(one, text, start, end)
            if likely or is_spread or scattered:
                yield Region(row, start, end, variants is not None, likely, is_spread, scattered)

    def _may_be_spread(self, text: SpokenText, own: Places, where: Stretches) -> NDArray[np.bool_]:
        """Return for each region whether its phrase may be there in pieces."""
        pieces = np.array(_short_pieces(text), dtype=np.int64)
        broken = np.searchsorted(pieces, where.starts, "right") < np.searchsorted(
            pieces, where.ends
        )
        lengths = self._lengths[where.rows]
        enough = own.count(where) >= np.ceil(SPREAD * lengths)
        spread: NDArray[np.bool_] = broken & enough & (lengths >= FEWEST_SPREAD)
        return spread


def _short_pieces(text: SpokenText) -> list[int]:
    """Return where segments end that are short, and may be pieces of a sentence."""
    return [behind for first, behind in pairwise(text.starts) if behind - first <= PIECE]


_AROUND: Final = 5
"""How much more than its own length a phrase, said with other words between, may reach further."""


def _bits(most: int) -> int:
    """Return how many bits a place takes, so that keys of two rows are `most` apart."""
    return most.bit_length()


def _together(dense: Windows, bits: int, apart: Numbers) -> tuple[Numbers, Numbers, Numbers]:
    """Return row, first and last of dense places with no more than `apart` of the row between."""
    rows = dense.first >> bits
    begins = np.ones(len(rows), dtype=np.bool_)
    begins[1:] = dense.first[1:] > dense.last[:-1] + apart[rows[1:]]
    at = np.flatnonzero(begins)
    until = np.append(at[1:], len(rows)) - 1
    return rows[at], dense.first[at], dense.last[until]


def _heard_in(one: Phrase) -> Iterator[str]:
    """Yield the codes of all readings of a phrase and of its other words."""
    spoken = one.spoken
    for char, code in zip(spoken.chars, spoken.codes, strict=True):
        yield code
        for reading in readings(char):
            yield sounds().code_of(reading)
    for way in spoken.ways:
        for char in _told_by(way):
            yield char.translate(sounds().folding)


def _told_by(way: Way) -> Iterator[str]:
    """Yield the characters that tell of other words: no lone ones, no light ones of long words.

    Those are everywhere and tell nothing.
    """
    for word in way.words:
        if len(word) > 1:
            yield from (word if len(word) <= _FEW_CHARS else set(word) - LIGHT)
