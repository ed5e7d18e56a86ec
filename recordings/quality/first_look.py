"""Where in a text a phrase may stand at all, for many phrases at once. Pure.

A place where fewer of a phrase's sounds are near each other than any comparison would ask for needs
none. The places of all sounds of all phrases are found in one go, as sorted numbers (which phrase,
where), so that the work grows with what the text and the phrases share, not with both.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from recordings.quality.alike import Way
from recordings.quality.asides import LIGHT
from recordings.quality.pinyin import readings, sounds
from recordings.quality.spoken import SpokenText
from recordings.quality.wanted import Phrase

NEAR: Final = 60.0
"""What the codes of a phrase must score by themselves before they are laid beside a text."""
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
_AT_EDGE: Final = NEAR / (200.0 - NEAR)
"""How many of its codes score `NEAR` where a region holds only the phrase's end or beginning.

Of a phrase of n codes, k must be the same as k of a piece of k: 2k / (n + k) is `NEAR` at least.
"""
_LONGER: Final = 3
"""How much longer than the phrase its other words may be."""
_CODES: Final = 0x2000
_FEW_CHARS: Final = 3

_Numbers = NDArray[np.signedinteger[Any]]


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


class _Stretches(NamedTuple):
    """Stretches of a text, each to be looked at for the pattern of a row."""

    rows: _Numbers
    starts: _Numbers
    ends: _Numbers


class _Patterns:
    """Sets of codes that are counted together, each set a row, and how many must be how near."""

    def __init__(self, members: Sequence[Iterable[str]], lengths: Sequence[int]) -> None:
        pairs = sorted(
            {(ord(one) % _CODES, row) for row, codes in enumerate(members) for one in codes}
        )
        self.lengths = np.array(lengths, dtype=np.int64)
        self.needed = _shares(self.lengths, NEAR / 100.0)
        """How many codes of each are there where it scores `NEAR`."""
        self._rows = np.array([row for _, row in pairs], dtype=np.int64)
        self._many = np.bincount(
            np.array([code for code, _ in pairs], dtype=np.int64), minlength=_CODES
        )
        self._first = np.cumsum(self._many) - self._many

    def places(self, codes: NDArray[np.uint32], bits: int) -> _Numbers:
        """Return, sorted, row · 2^`bits` + place of each code of `codes` that is in a row's set."""
        many = self._many[codes]
        at = np.repeat(self._first[codes] - (np.cumsum(many) - many), many)
        at += np.arange(len(at))
        # Half as wide they are sorted twice as fast.
        fits = len(self.lengths) << bits <= np.iinfo(np.int32).max
        kind: type[np.signedinteger[Any]] = np.int32 if fits else np.int64
        keys: _Numbers = (self._rows << bits).astype(kind).take(at)
        keys += np.repeat(np.arange(len(codes), dtype=kind), many)
        keys.sort()
        return keys


class _Windows(NamedTuple):
    """Runs of beginnings of windows that hold enough, sorted: the first and the last of each."""

    first: _Numbers
    last: _Numbers

    def touch(self, first: _Numbers, last: _Numbers) -> NDArray[np.bool_]:
        """Return for each stretch whether any beginning lies in it, its ends included."""
        if not len(self.first):
            return np.zeros(len(first), dtype=np.bool_)
        at = np.searchsorted(self.last, first)
        found = at < len(self.last)
        at[~found] = 0
        touched: NDArray[np.bool_] = found & (self.first[at] <= last) & (first <= last)
        return touched


class _Rows:
    """Places of the codes of rows, in each of which windows of its own width are looked at."""

    def __init__(self, keys: _Numbers, bits: int, widths: _Numbers, length: int) -> None:
        self._keys, self._bits, self._widths, self._length = keys, bits, widths, length
        self._rows = (keys >> bits).astype(np.intp)
        self._width = widths.astype(keys.dtype).take(self._rows)

    def windows(self, needed: _Numbers) -> _Windows:
        """Return where windows begin in which `needed` of a row's codes stand."""
        keys = self._keys
        # Behind the last one lies a key that is far from all.
        behind = np.append(keys, np.full(int(needed.max(initial=1)), np.iinfo(keys.dtype).max))
        last = (needed - 1).take(self._rows)
        last += np.arange(len(keys))
        reach = behind.take(last)
        reach -= keys
        at = np.flatnonzero(reach < self._width)
        rows, start = self._rows[at], keys[at].astype(np.int64)
        base, width = rows << self._bits, self._widths[rows]
        return _Windows(
            np.maximum(start + reach[at] - width + 1, base),
            np.minimum(start, base + self._length - width),
        )


@dataclass(slots=True)
class FirstLook:
    """Where phrases may stand in texts; what of the phrases is needed for it is found out once."""

    phrases: Sequence[Phrase]
    _sounds: _Patterns = field(init=False)
    """All that a phrase may sound like, its other words and other readings as well."""
    _own: _Patterns = field(init=False)
    """The codes of each phrase."""
    _other: _Patterns = field(init=False)
    """The codes of each of its variants."""
    _variants: list[str] = field(init=False)
    _owner: _Numbers = field(init=False)
    """Whose variant each is."""
    _needed: _Numbers = field(init=False)
    _needed_varied: _Numbers = field(init=False)
    _margins: _Numbers = field(init=False)
    _scatters: NDArray[np.bool_] = field(init=False)

    def __post_init__(self) -> None:
        """Note which sounds occur in which phrase, or in other words for it."""
        lengths = [one.length for one in self.phrases]
        spans = [one.length + (_LONGER if one.variants else 0) for one in self.phrases]
        self._sounds = _Patterns([set(_heard_in(one)) for one in self.phrases], spans)
        self._own = _Patterns([one.spoken.codes for one in self.phrases], lengths)
        variants = [(row, codes) for row, one in enumerate(self.phrases) for codes in one.variants]
        self._other = _Patterns(
            [codes for _, codes in variants], [len(each) for _, each in variants]
        )
        self._variants = [codes for _, codes in variants]
        self._owner = np.array([row for row, _ in variants], dtype=np.int64)
        self._needed = _shares(self._own.lengths, _SHARE)
        self._needed_varied = _shares(self._own.lengths, _SHARE_VARIED)
        self._margins = self._own.lengths + _AROUND
        self._scatters = np.array([one.may_scatter for one in self.phrases], dtype=np.bool_)

    def regions(self, text: SpokenText) -> Iterator[Region]:
        """Yield where phrases may stand, phrase by phrase, in order."""
        codes = np.frombuffer(text.codes.encode("utf-32-le"), dtype=np.uint32) % _CODES
        length = len(codes)
        # So far from each other the places of two rows never look near.
        bits = _bits(length + 4 * (int(self._sounds.lengths.max()) + _AROUND))
        widths = np.minimum(self._sounds.lengths, length)
        keys = self._sounds.places(codes, bits)
        which = _Rows(keys, bits, widths, length)
        dense = which.windows(self._needed)
        if not len(dense.first):
            return
        rows, first, last = _together(dense, bits, widths + 2 * self._margins)
        varied = which.windows(self._needed_varied).touch(first, last)
        base = rows << bits
        starts = np.maximum(first - base - self._margins[rows], 0)
        ends = np.minimum(last - base + widths[rows] + self._margins[rows], length)
        where = _Stretches(rows, starts, ends)
        own = _Counted(self._own, codes)
        near, spread = own.may_score(where), self._may_be_spread(text, own, where)
        others = self._others(codes, where, np.flatnonzero(varied))
        kept = near | spread | (varied & self._scatters[rows])
        kept[list(others)] = True
        for at in np.flatnonzero(kept).tolist():
            one = self.phrases[row := int(rows[at])]
            likely = [*([one.spoken.codes] if near[at] else ()), *others.get(at, ())]
            start, end = int(starts[at]), int(ends[at])
            yield Region(row, start, end, bool(varied[at]), likely, bool(spread[at]))

    def _may_be_spread(
        self, text: SpokenText, own: _Counted, where: _Stretches
    ) -> NDArray[np.bool_]:
        """Return for each region whether its phrase may be there in pieces."""
        pieces = np.array(_short_pieces(text), dtype=np.int64)
        broken = np.searchsorted(pieces, where.starts, "right") < np.searchsorted(
            pieces, where.ends
        )
        lengths = self._own.lengths[where.rows]
        enough = own.count(where) >= np.ceil(SPREAD * lengths)
        spread: NDArray[np.bool_] = broken & enough & (lengths >= FEWEST_SPREAD)
        return spread

    def _others(
        self, codes: NDArray[np.uint32], where: _Stretches, varied: _Numbers
    ) -> dict[int, list[str]]:
        """Return for each of the regions of numbers `varied` which variants may be near there."""
        found: dict[int, list[str]] = {}
        if not len(varied) or not self._variants:
            return found
        first = np.searchsorted(self._owner, where.rows[varied])
        many = np.searchsorted(self._owner, where.rows[varied], "right") - first
        region = np.repeat(varied, many)
        variant = np.arange(len(region)) + np.repeat(first - (np.cumsum(many) - many), many)
        there = _Stretches(variant, where.starts[region], where.ends[region])
        may = _Counted(self._other, codes).may_score(there)
        for at, number in zip(region[may].tolist(), variant[may].tolist(), strict=True):
            found.setdefault(at, []).append(self._variants[number])
        return found


def _short_pieces(text: SpokenText) -> list[int]:
    """Return where segments end that are short, and may be pieces of a sentence."""
    return [behind for first, behind in pairwise(text.starts) if behind - first <= PIECE]


_AROUND: Final = 5
"""How much more than its own length a phrase, said with other words between, may reach further."""


class _Counted:
    """How many of the codes of patterns stand where in a text."""

    def __init__(self, patterns: _Patterns, codes: NDArray[np.uint32]) -> None:
        self._lengths = patterns.lengths
        self._length = len(codes)
        self._bits = _bits(self._length + int(patterns.lengths.max()))
        self._keys = patterns.places(codes, self._bits)
        widths = np.minimum(self._lengths, self._length)
        which = _Rows(self._keys, self._bits, widths, self._length)
        self._full = which.windows(patterns.needed)

    def count(self, where: _Stretches) -> _Numbers:
        """Return for each stretch how many of its row's codes stand there."""
        base = where.rows << self._bits
        many: _Numbers = np.searchsorted(self._keys, base + where.ends) - np.searchsorted(
            self._keys, base + where.starts
        )
        return many

    def may_score(self, where: _Stretches) -> NDArray[np.bool_]:
        """Return for each stretch whether a pattern may score `NEAR` somewhere in it.

        It can't where neither a piece as long as itself holds enough of its codes, nor the first or
        the last characters of the stretch, which are compared with a part of it.
        """
        rows, starts, ends = where
        lengths = self._lengths[rows]
        base = rows << self._bits
        may: NDArray[np.bool_] = ends - starts <= lengths
        may |= self._full.touch(base + starts, base + ends - lengths)
        least = np.ceil(lengths * _AT_EDGE)
        head = _Stretches(rows, starts, np.minimum(starts + lengths - 1, ends))
        tail = _Stretches(rows, np.maximum(ends - lengths + 1, starts), ends)
        may |= self.count(head) >= least
        may |= self.count(tail) >= least
        return may


def _bits(most: int) -> int:
    """Return how many bits a place takes, so that keys of two rows are `most` apart."""
    return most.bit_length()


def _shares(lengths: _Numbers, share: float) -> _Numbers:
    return np.array([max(1, math.ceil(one * share)) for one in lengths.tolist()], dtype=np.int64)


def _together(dense: _Windows, bits: int, apart: _Numbers) -> tuple[_Numbers, _Numbers, _Numbers]:
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
