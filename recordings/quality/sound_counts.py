"""Counts how many sounds of which phrase stand near each other, for many phrases at once. Pure.

A place is a number: row · 2^bits + where in the text, a row a phrase. Sorted, the places of a row
lie together and far from those of other rows, so that one pass over them does for all phrases.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

CODES: Final = 0x2000
"""Codes are told apart by their remainder: the syllables and the sign of a number are fewer."""
NEAR: Final = 60.0
"""What the codes of a phrase must score by themselves before they are laid beside a text."""
_AT_EDGE: Final = NEAR / (200.0 - NEAR)
"""How many of its codes score `NEAR` where a region holds only the phrase's end or beginning.

Of a phrase of n codes, k must be the same as k of a piece of k: 2k / (n + k) is `NEAR` at least.
"""
_INT32_MAX: Final = 2**31 - 1

Numbers = NDArray[np.signedinteger[Any]]
Codes = NDArray[np.uint32]


class Stretches(NamedTuple):
    """Stretches of a text, each to be looked at for the pattern of a row."""

    rows: Numbers
    starts: Numbers
    ends: Numbers


class Patterns:
    """What phrases may sound like, each phrase a row, and which of it are its very own codes."""

    def __init__(self, heard: Sequence[Iterable[str]], own: Sequence[str]) -> None:
        """Take for each row what is counted; `own` are those of the phrase's own words."""
        codes_of = [{ord(one) % CODES for one in codes} for codes in own]
        pairs = sorted(
            {(ord(one) % CODES, row) for row, codes in enumerate(heard) for one in codes}
        )
        self._many_rows = len(own)
        self._rows = np.array([row for _, row in pairs], dtype=np.int64)
        self._is_own = np.array([code in codes_of[row] for code, row in pairs], dtype=np.int64)
        self._many = np.bincount(
            np.array([code for code, _ in pairs], dtype=np.int64), minlength=CODES
        )
        self._first = np.cumsum(self._many) - self._many

    def places(self, codes: Codes, bits: int) -> tuple[Numbers, Numbers]:
        """Return the places of all that is counted, sorted, and of the phrases' own codes alone."""
        many = self._many[codes]
        of = np.repeat(np.arange(len(codes)), many)
        at = (self._first[codes] - (np.cumsum(many) - many)).take(of)
        at += np.arange(len(at))
        # Half as wide they are sorted twice as fast.
        fits = self._many_rows << bits + 1 <= _INT32_MAX
        kind: type[np.signedinteger[Any]] = np.int32 if fits else np.int64
        # The last bit tells which are a phrase's own, so that these need not be sorted again.
        keys: Numbers = ((self._rows << bits + 1) + self._is_own).astype(kind).take(at)
        keys += np.arange(0, 2 * len(codes), 2, dtype=kind).take(of)
        keys.sort()
        own = np.flatnonzero(keys & 1)
        keys >>= 1
        return keys, keys.take(own)


class Windows(NamedTuple):
    """Runs of beginnings of windows that hold enough, sorted: the first and the last of each."""

    at: Numbers
    """The number, among the places, of the first place that such windows hold."""
    first: Numbers
    last: Numbers

    def touch(self, first: Numbers, last: Numbers) -> NDArray[np.bool_]:
        """Return for each stretch whether any beginning lies in it, its ends included."""
        if not len(self.first):
            return np.zeros(len(first), dtype=np.bool_)
        at = np.searchsorted(self.last, first)
        found = at < len(self.last)
        at[~found] = 0
        touched: NDArray[np.bool_] = found & (self.first[at] <= last) & (first <= last)
        return touched


class Places:
    """Sorted places, in whose rows windows of each row's own width are looked at."""

    def __init__(self, keys: Numbers, bits: int, widths: Numbers, length: int) -> None:
        """Take places in a text of `length`, no shorter than any of the `widths`."""
        self.keys, self.bits = keys, bits
        self._widths, self._length = widths, length

    def windows(self, needed: Numbers, among: Windows | None = None) -> Windows:
        """Return where windows begin in which `needed` of a row's codes stand.

        `among` are windows that hold fewer: no others are looked at then.
        """
        keys = self.keys
        first = np.arange(len(keys)) if among is None else among.at
        start = keys if among is None else keys.take(first)
        rows = (start >> self.bits).astype(np.intp)
        last = (needed - 1).take(rows)
        last += first
        # Behind the last one lies a key that is far from all.
        far = (int(keys[-1]) if len(keys) else 0) + self._length + 1
        behind = np.full(int(needed.max(initial=1)), far, dtype=keys.dtype)
        reach = np.concatenate((keys, behind)).take(last)
        reach -= start
        held = np.flatnonzero(reach < self._widths.astype(keys.dtype).take(rows))
        rows, start = rows[held], start[held].astype(np.int64)
        base, width = rows << self.bits, self._widths[rows]
        return Windows(
            first[held],
            np.maximum(start + reach[held] - width + 1, base),
            np.minimum(start, base + self._length - width),
        )

    def count(self, where: Stretches) -> Numbers:
        """Return for each stretch how many of its row's codes stand there."""
        base = where.rows << self.bits
        borders = np.concatenate((base + where.starts, base + where.ends))
        # Of another kind, all places would be copied first.
        before = np.searchsorted(self.keys, borders.astype(self.keys.dtype))
        many: Numbers = before[len(base) :] - before[: len(base)]
        return many


def may_score(
    own: Places, lengths: Numbers, needed: Numbers, where: Stretches
) -> NDArray[np.bool_]:
    """Return for each stretch whether its row's pattern may score `NEAR` somewhere in it.

    It can't where neither a piece as long as itself holds `needed` of its codes, nor the first or
    the last characters of the stretch, which are compared with a part of it. `own` are the places
    of the patterns' codes, `lengths` how many each has.
    """
    rows, starts, ends = where
    full = own.windows(needed)
    lengths = lengths[rows]
    base = rows << own.bits
    may: NDArray[np.bool_] = ends - starts <= lengths
    may |= full.touch(base + starts, base + ends - lengths)
    least = np.ceil(lengths * _AT_EDGE)
    head = Stretches(rows, starts, np.minimum(starts + lengths - 1, ends))
    tail = Stretches(rows, np.maximum(ends - lengths + 1, starts), ends)
    may |= own.count(head) >= least
    may |= own.count(tail) >= least
    return may


class Variants:
    """The codes of phrases in other words: many, and each looked for in few stretches only."""

    def __init__(self, variants: Sequence[Sequence[str]]) -> None:
        """Take the variants of each row."""
        self._codes = [codes for each in variants for codes in each]
        self._many = np.array([len(each) for each in variants], dtype=np.int64)
        self._first = np.cumsum(self._many) - self._many
        self._lengths = np.array([len(codes) for codes in self._codes], dtype=np.int64)
        self._needed = shares(self._lengths, NEAR / 100.0)
        self._least = np.ceil(self._lengths * _AT_EDGE)
        # Column 0 is for all codes that no variant has: so the table stays small enough to be near.
        columns = {one: at for at, one in enumerate(sorted(set("".join(self._codes))), 1)}
        self._columns = np.zeros(CODES, dtype=np.intp)
        for one, column in columns.items():
            self._columns[ord(one) % CODES] = column
        self._holds = np.zeros((len(self._codes), len(columns) + 1), dtype=np.int64)
        for number, codes in enumerate(self._codes):
            self._holds[number, self._columns[[ord(one) % CODES for one in codes]]] = 1

    def near(self, codes: Codes, where: Stretches) -> list[list[str]]:
        """Return for each stretch which variants of its row may score `NEAR` there."""
        many = self._many[where.rows]
        region = np.repeat(np.arange(len(many)), many)
        variant = np.arange(len(region)) + np.repeat(
            self._first[where.rows] - (np.cumsum(many) - many), many
        )
        found: list[list[str]] = [[] for _ in many]
        if not len(region):
            return found
        may = self._may_score(codes, variant, where.starts[region], where.ends[region])
        for at, number in zip(region[may].tolist(), variant[may].tolist(), strict=True):
            found[at].append(self._codes[number])
        return found

    def _may_score(
        self, codes: Codes, variant: Numbers, starts: Numbers, ends: Numbers
    ) -> NDArray[np.bool_]:
        """Return whether each `variant` may score `NEAR` in its stretch; see `may_score`.

        The stretches are laid end to end, and what stands in them is summed up in one go.
        """
        sizes, lengths = ends - starts, self._lengths[variant]
        last = np.cumsum(sizes)
        first = last - sizes
        of = np.repeat(np.arange(len(sizes)), sizes)
        here = np.arange(len(of))
        cells = self._columns[codes].take(here + (starts - first).take(of))
        cells += (variant * self._holds.shape[1]).take(of)
        sums = np.zeros(len(of) + 1, dtype=np.int64)
        np.cumsum(self._holds.take(cells), out=sums[1:])
        # At the end of a stretch a piece is shorter; a whole one that ends there holds no less.
        until = np.minimum(here + lengths.take(of), last.take(of))
        full = sums.take(until) - sums[:-1] >= self._needed[variant].take(of)
        may: NDArray[np.bool_] = sizes <= lengths
        may[of[full]] = True
        least = self._least[variant]
        may |= sums[np.minimum(first + lengths - 1, last)] - sums[first] >= least
        may |= sums[last] - sums[np.maximum(last - lengths + 1, first)] >= least
        return may


def shares(lengths: Numbers, share: float) -> Numbers:
    """Return `share` of each of `lengths`, rounded up, 1 at least."""
    return np.array([max(1, math.ceil(one * share)) for one in lengths.tolist()], dtype=np.int64)
