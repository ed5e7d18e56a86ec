"""Finds phrases in what was said, however badly it was recognised. Pure.

A phrase is first looked for by its sound (pinyin with what accents confuse folded), with cheap
filters over the whole text and a close comparison where they let something through. What sounds
like the phrase is then read: numbers and negations must be the phrase's own, and a recogniser's
slip is told from another word. See decision record 28.
"""

from __future__ import annotations

import itertools
import math
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from operator import itemgetter
from typing import Final

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import fuzz
from rapidfuzz.distance import LCSseq

from recordings.quality.alignment import Alignment, align
from recordings.quality.alike import Way
from recordings.quality.another_sentence import tells
from recordings.quality.asides import LIGHT
from recordings.quality.lexicon import lexicon
from recordings.quality.match import FOUND, UNSURE, Match
from recordings.quality.misheard_numbers import (
    OF_NUMBERS,
    among_numbers,
    by_sound,
    has_more_numbers,
    lost_number,
    may_hide,
    number_behind,
)
from recordings.quality.negation import Doubt, doubt, sounds_asked
from recordings.quality.pinyin import readings, sounds
from recordings.quality.scattered import scattered
from recordings.quality.spoken import SpokenText
from recordings.quality.wanted import Phrase, phrase
from recordings.quality.wording import conflicts, is_likely_slip, is_whole, why_not

__all__ = ["FOUND", "UNSURE", "Match", "Phrase", "PhraseSet", "phrase"]

_TURNED: Final = 85.0
"""What a statement whose halves changed places must score."""
_SHARE: Final = 0.6
"""How many of a phrase's syllables must be near each other before anything is compared."""
_SHARE_VARIED: Final = 0.8
"""From how many on, other words of the same meaning counted as well, it is tried in those, too."""
_CUT_SHORT: Final = 50.0
"""From this score on, a phrase whose first or last character is not there is looked for around."""
_MISSED: Final = 0.5
"""From this cost on, the first or last character may stand somewhere else."""
_AROUND: Final = 0.4
"""How badly, on average, the words around a number may have been heard."""
_SPREAD: Final = 0.75
"""How many of its codes must stand there in order where it was said in pieces."""
_PIECE: Final = 8
"""How long a piece is."""
_FEWEST_SPREAD: Final = 5
"""A phrase of fewer syllables is hardly told by them once others stand between."""
_NEAR: Final = 60.0
"""What the codes of a phrase must score by themselves before they are laid beside a text."""


@dataclass(slots=True)
class PhraseSet:
    """Phrases that are looked for together: the filters run over a text once for all of them."""

    phrases: Sequence[Phrase]
    _members: NDArray[np.bool_] = field(init=False)
    _needed: NDArray[np.int16] = field(init=False)
    _needed_varied: list[int] = field(init=False)
    _spans: list[int] = field(init=False)
    _alike: list[tuple[int, list[int]]] = field(init=False)
    """The phrases of each span, so that these are looked at together."""

    def __post_init__(self) -> None:
        """Note which sounds occur in which phrase, or in other words for it."""
        self._members = np.zeros((len(self.phrases), _CODES), dtype=np.bool_)
        self._needed = np.zeros(len(self.phrases), dtype=np.int16)
        self._needed_varied, self._spans = [], []
        for row, one in enumerate(self.phrases):
            spoken = one.spoken
            for char, code in zip(spoken.chars, spoken.codes, strict=True):
                self._members[row, ord(code) % _CODES] = True
                for reading in readings(char):
                    self._members[row, ord(sounds().code_of(reading)) % _CODES] = True
            for char in {char for way in spoken.ways for char in _told_by(way)}:
                self._members[row, ord(char.translate(sounds().folding)) % _CODES] = True
            self._needed[row] = max(1, math.ceil(one.length * _SHARE))
            self._needed_varied.append(max(1, math.ceil(one.length * _SHARE_VARIED)))
            self._spans.append(one.length + (_LONGER if one.variants else 0))
        self._alike = [
            (span, [row for row, own in enumerate(self._spans) if own == span])
            for span in sorted(set(self._spans))
        ]

    def matches(self, text: SpokenText) -> Iterator[tuple[int, Match]]:
        """Yield the number of a phrase and a place that sounds like it, phrase by phrase."""
        if not text.chars or not self.phrases:
            return
        codes = np.frombuffer(text.codes.encode("utf-32-le"), dtype=np.uint32) % _CODES
        pieces = _short_pieces(text)
        for row, hits in sorted(self._hits(codes), key=itemgetter(0)):
            one = self.phrases[row]
            span = min(self._spans[row], len(codes))
            dense = (hits >= self._needed[row]).nonzero()[0].tolist()
            denser = (hits >= self._needed_varied[row]).nonzero()[0].tolist()
            margin = _margin(one)
            for first, last in _regions(dense, span + 2 * margin):
                varied = bisect_left(denser, first) < bisect_right(denser, last)
                start, end = max(0, first - margin), min(len(codes), last + span + margin)
                if not varied and not _may_be_near(one, text, start, end, pieces):
                    continue
                for match in _search(one, text, start, end, varied=varied):
                    yield row, match

    def _hits(self, codes: NDArray[np.uint32]) -> Iterator[tuple[int, NDArray[np.int16]]]:
        """Yield a phrase that may be there, and how many of its sounds are near each place."""
        # A count may overflow in a long text; the differences of two never do.
        counts = np.cumsum(self._members[:, codes], axis=1, dtype=np.int16)
        for span, rows in self._alike:
            width = min(span, len(codes))
            hits = counts[rows, width - 1 :]
            hits[:, 1:] -= counts[rows, : len(codes) - width]
            enough = hits.max(axis=1) >= self._needed[rows]
            for at in np.flatnonzero(enough).tolist():
                yield rows[at], hits[at]


def _short_pieces(text: SpokenText) -> list[int]:
    """Return where segments end that are short, and may be pieces of a sentence."""
    return [behind for first, behind in itertools.pairwise(text.starts) if behind - first <= _PIECE]


def _may_be_near(
    one: Phrase, text: SpokenText, start: int, end: int, pieces: Sequence[int]
) -> bool:
    """Whether `_near` may find the phrase's own codes there: most places end here."""
    if one.length >= _FEWEST_SPREAD and bisect_right(pieces, start) < bisect_left(pieces, end):
        return True
    return fuzz.partial_ratio(one.spoken.codes, text.codes[start:end], score_cutoff=_NEAR) > 0


def _margin(one: Phrase) -> int:
    """Return how far around its densest part a phrase, said with other words between, may reach."""
    return one.length + 5


_LONGER: Final = 3
"""How much longer than the phrase its other words may be."""
_CODES: Final = 0x2000
_FEW_CHARS: Final = 3


def _told_by(way: Way) -> Iterator[str]:
    """Yield the characters that tell of other words: no lone ones, no light ones of long words.

    Those are everywhere and tell nothing.
    """
    for word in way.words:
        if len(word) > 1:
            yield from (word if len(word) <= _FEW_CHARS else set(word) - LIGHT)


def _regions(dense: Sequence[int], apart: int) -> Iterator[tuple[int, int]]:
    """Yield the first and the last of `dense` places that are no more than `apart` from another."""
    start = previous = dense[0]
    for place in dense:
        if place > previous + apart:
            yield start, previous
            start = place
        previous = place
    yield start, previous


def _search(
    one: Phrase, text: SpokenText, start: int, end: int, *, varied: bool
) -> Iterator[Match]:
    """Yield the places from `start` to `end` where the phrase was said, or nearly."""
    waiting = [(start, end)]
    while waiting:
        first, last = waiting.pop()
        if last - first < max(2, one.length // 2):
            continue
        found = _best(one, text, first, last, varied=varied)
        # What lies outside belongs to another piece, and would be found here without end.
        if found is None or found.end <= first or found.start >= last:
            continue
        yield found
        waiting += [(first, found.start), (found.end, last)]


def _best(one: Phrase, text: SpokenText, start: int, end: int, *, varied: bool) -> Match | None:
    near = _near(one, text, start, end, varied=varied)
    if near is None:
        return _in_any_order(one, text, start, end) if varied and one.may_scatter else None
    # Only what lies around the likeliest place is laid beside the phrase.
    margin = one.length // 2 + 3
    margin += sum(
        aside.end - aside.start
        for aside in text.asides
        if near[0] - margin < aside.end and aside.start < near[1] + margin
    )
    first, last = max(start, near[0] - margin), min(end, near[1] + margin)
    # Less than this says nothing of a phrase but where its numbers may stand.
    least = 0.0 if one.spoken.quantities else _CUT_SHORT
    laid = align(one.spoken, text, first, last, least)
    if laid is not None and laid.score >= _CUT_SHORT and _is_cut_short(laid):
        first, last = max(start, first - margin), min(end, last + margin)
        laid = align(one.spoken, text, first, last, least)
    straight = _judged(one, text, laid, UNSURE)
    if straight is not None and straight.is_found:
        return straight
    other = _turned(one, text, first, last) if _may_stand_otherwise(one, straight) else None
    other = other or among_numbers(one, text, first, last) or number_behind(one, text, laid)
    if other is not None:
        return other
    hides = straight is None and may_hide(one, text, first, last)
    if hides or (straight is not None and straight.doubt in OF_NUMBERS):
        may_be = _is_all_but_number(one, laid) or has_more_numbers(one, text, first, last)
        heard = by_sound(one, text, first, last) if may_be else None
        return heard or lost_number(one, text, straight, laid)
    return straight


def _may_stand_otherwise(one: Phrase, straight: Match | None) -> bool:
    """Whether a phrase may be there in another order, though it is not in its own.

    Where its own words in their order were denied or asked, that is how they were meant.
    """
    if straight is None or straight.doubt is Doubt.OTHER_WORD:
        return True
    if straight.score >= FOUND:
        return one.may_turn and straight.doubt not in _MEANT
    return one.may_turn or straight.doubt is not None


_MEANT: Final = frozenset({Doubt.DENIED, Doubt.ASKED, Doubt.TAKEN_BACK, Doubt.PERSON})


def _is_all_but_number(one: Phrase, laid: Alignment | None) -> bool:
    """Whether the words around the phrase's number were said, more or less."""
    if laid is None:
        return False
    costs = [cost for row, cost in enumerate(laid.costs) if row not in one.spoken.quantities]
    return sum(costs) <= _AROUND * len(costs)


def _near(
    one: Phrase, text: SpokenText, start: int, end: int, *, varied: bool
) -> tuple[int, int] | None:
    """Return where the codes of the phrase, or of its other words, are nearest to the text's."""
    heard = text.codes[start:end]
    near = fuzz.partial_ratio_alignment(one.spoken.codes, heard, score_cutoff=_NEAR)
    for codes in one.variants if varied else ():
        least = _NEAR if near is None else near.score
        near = fuzz.partial_ratio_alignment(codes, heard, score_cutoff=least) or near
    if near is not None:
        return start + near.dest_start, start + near.dest_end
    return _spread(one.spoken.codes, text, start, end) if one.length >= _FEWEST_SPREAD else None


def _spread(codes: str, text: SpokenText, start: int, end: int) -> tuple[int, int] | None:
    """Return where nearly all codes stand in their order, with other short segments between."""
    starts = text.starts
    first, last = bisect_right(starts, start), bisect_left(starts, end)
    if not any(starts[at] - starts[at - 1] <= _PIECE for at in range(max(first, 1), last)):
        return None
    heard = text.codes[start:end]
    least = math.ceil(_SPREAD * len(codes))
    if LCSseq.similarity(codes, heard, score_cutoff=least) < least:
        return None
    blocks = [one for one in LCSseq.editops(codes, heard).as_matching_blocks() if one.size]
    return start + blocks[0].b, start + blocks[-1].b + blocks[-1].size


def _is_cut_short(laid: Alignment) -> bool:
    """Whether the first or the last character of the phrase may stand further out."""
    return max(laid.costs[0], laid.costs[-1]) >= _MISSED


def _turned(one: Phrase, text: SpokenText, start: int, end: int) -> Match | None:
    """Return where a statement was said in another order."""
    for turned in one.turned:
        if fuzz.partial_ratio(turned.codes, text.codes[start:end]) < _TURNED - 10:
            continue
        half = Phrase(turned, words=lexicon().words(turned.chars))
        match = _judged(half, text, align(turned, text, start, end, _TURNED), _TURNED)
        if match is not None and match.is_found:
            return match
    margin = 4
    start, end = max(0, start - margin), min(len(text.chars), end + margin)
    return _in_any_order(one, text, start, end) if one.may_scatter else None


def _in_any_order(one: Phrase, text: SpokenText, start: int, end: int) -> Match | None:
    """Return where all words of a phrase were said, in whatever order."""
    found = scattered(one, text, start, end)
    if found is None or doubt(one.spoken, text, found) is not None or tells(one, text, found):
        return None
    return Match(found.start, found.end, found.score, None)


def _judged(one: Phrase, text: SpokenText, found: Alignment | None, least: float) -> Match | None:
    if found is None or found.score < least:
        return None
    doubted = why_not(one, text, found)
    score = found.score
    if doubted is Doubt.OTHER_WORD and score >= FOUND and is_likely_slip(one, text, found):
        return Match(found.start, found.end, FOUND - 1, None)
    if doubted is Doubt.ASKED and score >= FOUND and sounds_asked(text, found):
        doubted, score = None, FOUND - 1
    if doubted is None and (not is_whole(one, found) or conflicts(one, text, found)):
        score = min(score, FOUND - 1)
    return Match(found.start, found.end, score, doubted)
