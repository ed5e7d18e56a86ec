"""Finds phrases in what was said, however badly it was recognised. Pure.

A phrase is first looked for by its sound (pinyin with what accents confuse folded), with cheap
filters over the whole text and a close comparison where they let something through. What sounds
like the phrase is then read: numbers and negations must be the phrase's own, and a recogniser's
slip is told from another word. See decision record 28.
"""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from typing import Final

from rapidfuzz import fuzz
from rapidfuzz.distance import LCSseq

from recordings.quality.alignment import Alignment, align
from recordings.quality.another_sentence import tells
from recordings.quality.first_look import FEWEST_SPREAD, PIECE, SPREAD, FirstLook, Region
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
from recordings.quality.scattered import scattered
from recordings.quality.sound_counts import NEAR
from recordings.quality.spoken import SpokenText
from recordings.quality.wanted import Phrase, phrase
from recordings.quality.wording import conflicts, is_likely_slip, is_whole, why_not

__all__ = ["FOUND", "MEANT", "UNSURE", "Match", "Phrase", "PhraseSet", "phrase"]

_TURNED: Final = 85.0
"""What a statement whose halves changed places must score."""
_CUT_SHORT: Final = 50.0
"""From this score on, a phrase whose first or last character is not there is looked for around."""
_MISSED: Final = 0.5
"""From this cost on, the first or last character may stand somewhere else."""
_AROUND: Final = 0.4
"""How badly, on average, the words around a number may have been heard."""


class PhraseSet:
    """Phrases that are looked for together: the first look at a text is one for all of them."""

    def __init__(self, phrases: Sequence[Phrase]) -> None:
        """Look for these."""
        self.phrases = phrases
        self._first_look = FirstLook(phrases)

    def matches(self, text: SpokenText) -> Iterator[tuple[int, Match]]:
        """Yield the number of a phrase and a place that sounds like it, phrase by phrase."""
        if not text.chars or not self.phrases:
            return
        for region in self._first_look.regions(text):
            for match in _search(self.phrases[region.row], text, region):
                yield region.row, match


def _search(one: Phrase, text: SpokenText, region: Region) -> Iterator[Match]:
    """Yield the places of `region` where the phrase was said, or nearly."""
    waiting = [region]
    while waiting:
        part = waiting.pop()
        if part.end - part.start < max(2, one.length // 2):
            continue
        found = _best(one, text, part)
        # What lies outside belongs to another piece, and would be found here without end.
        if found is None or found.end <= part.start or found.start >= part.end:
            continue
        yield found
        # What is left begins or ends elsewhere: any of the codes may be near there.
        codes = [one.spoken.codes, *(one.variants if part.varied else ())]
        rest = part._replace(near=codes, spread=True)
        waiting += [rest._replace(end=found.start), rest._replace(start=found.end)]


def _best(one: Phrase, text: SpokenText, region: Region) -> Match | None:
    start, end = region.start, region.end
    near = _near(one, text, region)
    if near is None:
        return _in_any_order(one, text, start, end) if region.scattered else None
    # Only what lies around the likeliest place is laid beside the phrase.
    margin = one.length // 2 + 3
    margin += sum(
        aside.end - aside.start
        for aside in text.asides
        if near[0] - margin < aside.end and aside.start < near[1] + margin
    )
    first, last = max(start, near[0] - margin), min(end, near[1] + margin)
    # Less than _CUT_SHORT says nothing of a phrase but where its numbers may stand.
    spare = _AROUND if one.spoken.quantities else None
    laid = align(one.spoken, text, first, last, _CUT_SHORT, spare=spare)
    if laid is not None and laid.score >= _CUT_SHORT and _is_cut_short(laid):
        first, last = max(start, first - margin), min(end, last + margin)
        laid = align(one.spoken, text, first, last, _CUT_SHORT, spare=spare)
    straight = _judged(one, text, laid, UNSURE)
    if straight is not None and straight.is_found:
        return straight
    other = _turned(one, text, first, last) if _may_stand_otherwise(one, straight) else None
    other = other or among_numbers(one, text, first, last) or number_behind(one, text, laid)
    if other is not None:
        return other
    may_be = bool(one.spoken.quantities) and _is_all_but_number(one, laid)
    # 五脏 for 五张 is no number at all.
    hides = straight is None and (may_be or may_hide(one, text, first, last))
    if hides or (straight is not None and straight.doubt in OF_NUMBERS):
        may_be = may_be or has_more_numbers(one, text, first, last)
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
        return one.may_turn and straight.doubt not in MEANT
    return one.may_turn or straight.doubt is not None


MEANT: Final = frozenset({Doubt.DENIED, Doubt.ASKED, Doubt.TAKEN_BACK, Doubt.PERSON})
"""What the words were understood to mean: no slip of the sound makes a denial of a statement."""


def _is_all_but_number(one: Phrase, laid: Alignment | None) -> bool:
    """Whether the words around the phrase's number were said, more or less."""
    if laid is None:
        return False
    costs = [cost for row, cost in enumerate(laid.costs) if row not in one.spoken.quantities]
    return sum(costs) <= _AROUND * len(costs)


def _near(one: Phrase, text: SpokenText, region: Region) -> tuple[int, int] | None:
    """Return where the codes of the phrase, or of its other words, are nearest to the text's."""
    start, end = region.start, region.end
    heard = text.codes[start:end] if region.near else ""
    near = None
    for codes in region.near:
        least = NEAR if near is None else near.score
        near = fuzz.partial_ratio_alignment(codes, heard, score_cutoff=least) or near
    if near is not None:
        return start + near.dest_start, start + near.dest_end
    if not region.spread or one.length < FEWEST_SPREAD:
        return None
    return _spread(one.spoken.codes, text, start, end)


def _spread(codes: str, text: SpokenText, start: int, end: int) -> tuple[int, int] | None:
    """Return where nearly all codes stand in their order, with other short segments between."""
    heard = text.codes[start:end]
    least = math.ceil(SPREAD * len(codes))
    if LCSseq.similarity(codes, heard, score_cutoff=least) < least:
        return None
    starts = text.starts
    first, last = bisect_right(starts, start), bisect_left(starts, end)
    if not any(starts[at] - starts[at - 1] <= PIECE for at in range(max(first, 1), last)):
        return None
    blocks = [one for one in LCSseq.editops(codes, heard).as_matching_blocks() if one.size]
    return start + blocks[0].b, start + blocks[-1].b + blocks[-1].size


def _is_cut_short(laid: Alignment) -> bool:
    """Whether the first or the last character of the phrase may stand further out."""
    return max(laid.costs[0], laid.costs[-1]) >= _MISSED


def _turned(one: Phrase, text: SpokenText, start: int, end: int) -> Match | None:
    """Return where a statement was said in another order."""
    heard = text.codes[start:end]
    for turned in one.turned:
        if not fuzz.partial_ratio(turned.spoken.codes, heard, score_cutoff=_TURNED - 10):
            continue
        laid = align(turned.spoken, text, start, end, _TURNED)
        match = _judged(turned, text, laid, _TURNED)
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
    if doubted is None and (not is_whole(one, text, found) or conflicts(one, text, found)):
        score = min(score, FOUND - 1)
    return Match(found.start, found.end, score, doubted)
