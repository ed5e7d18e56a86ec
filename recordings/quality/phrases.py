"""Finds phrases in what was said, however badly it was recognised. Pure.

A phrase is first looked for by its sound (pinyin with what accents confuse folded), with cheap
filters over the whole text and a close comparison where they let something through. What sounds
like the phrase is then read: numbers and negations must be the phrase's own, and a recogniser's
slip is told from another word. See decision record 28.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import fuzz

from recordings.quality.alignment import LIGHT, PARTICLES, Alignment, align
from recordings.quality.lexicon import lexicon
from recordings.quality.negation import Doubt, doubt, sounds_asked
from recordings.quality.numerals import Quantity
from recordings.quality.pinyin import ACCENT, distance, readings, sounds
from recordings.quality.readings import NUMERALS, readings_of, spelled_out
from recordings.quality.spoken import SpokenText, as_characters
from recordings.quality.wanted import Phrase, phrase
from recordings.quality.wording import conflicts, is_likely_slip, is_whole, number_is_lost, why_not

__all__ = ["FOUND", "UNSURE", "Match", "Phrase", "PhraseSet", "phrase"]

FOUND: Final = 70.0
"""From this score on a phrase was said."""
UNSURE: Final = 60.0
"""From this score on a person should listen."""
_TURNED: Final = 85.0
"""What a statement whose halves changed places must score."""
_SHARE: Final = 0.5
"""How many of a phrase's syllables must be near each other before anything is compared."""
_CUT_SHORT: Final = 50.0
"""From this score on, a phrase whose first or last character is not there is looked for around."""
_NEAR: Final = 58.0
"""What the codes of a phrase must score by themselves before they are laid beside a text."""


@dataclass(frozen=True, slots=True)
class Match:
    """A place that sounds like a phrase. `doubt` says why it is not the phrase, None that it is."""

    start: int
    end: int
    score: float
    doubt: Doubt | None

    @property
    def is_found(self) -> bool:
        """Whether the phrase was said here."""
        return self.doubt is None and self.score >= FOUND

    @property
    def is_unsure(self) -> bool:
        """Whether a person should listen."""
        return self.doubt is None and UNSURE <= self.score < FOUND


@dataclass(slots=True)
class PhraseSet:
    """Phrases that are looked for together: the filters run over a text once for all of them."""

    phrases: Sequence[Phrase]
    _members: NDArray[np.bool_] = field(init=False)
    _needed: list[int] = field(init=False)
    _spans: list[int] = field(init=False)

    def __post_init__(self) -> None:
        """Note which sounds occur in which phrase."""
        self._members = np.zeros((len(self.phrases), _CODES), dtype=np.bool_)
        self._needed = []
        self._spans = []
        for row, one in enumerate(self.phrases):
            spoken = one.spoken
            for char, code in zip(spoken.chars, spoken.codes, strict=True):
                self._members[row, ord(code) % _CODES] = True
                for reading in readings(char):
                    self._members[row, ord(sounds().code_of(reading)) % _CODES] = True
            for char in {char for way in spoken.ways for word in way.words for char in word}:
                self._members[row, ord(char.translate(sounds().folding)) % _CODES] = True
            weight = sum(char not in PARTICLES for char in spoken.chars)
            self._needed.append(max(1, math.ceil(weight * _SHARE)))
            self._spans.append(int(one.length * 1.6) + 5)

    def matches(self, text: SpokenText) -> Iterator[tuple[int, Match]]:
        """Yield the number of a phrase and a place that sounds like it, phrase by phrase."""
        if not text.chars or not self.phrases:
            return
        codes = np.frombuffer(text.codes.encode("utf-32-le"), dtype=np.uint32) % _CODES
        length = len(codes)
        for row, one in enumerate(self.phrases):
            counts = np.cumsum(self._members[row, codes], dtype=np.int32)
            if counts[-1] < self._needed[row]:
                continue
            span = min(self._spans[row], length)
            in_window = counts[span - 1 :].copy()
            in_window[1:] -= counts[: length - span]
            dense = np.flatnonzero(in_window >= self._needed[row])
            if dense.size == 0:
                continue
            for start, end in _regions(dense, span):
                for match in _search(one, text, start, end):
                    yield row, match


_CODES: Final = 0x2000


def _regions(dense: NDArray[np.intp], span: int) -> Iterator[tuple[int, int]]:
    """Yield where windows of `span` characters with enough hits lie, neighbours as one."""
    start = previous = int(dense[0])
    for place in dense[1:].tolist():
        if place > previous + span:
            yield start, previous + span
            start = place
        previous = place
    yield start, previous + span


def _search(one: Phrase, text: SpokenText, start: int, end: int) -> Iterator[Match]:
    """Yield the places from `start` to `end` where the phrase was said, or nearly."""
    waiting = [(start, end)]
    while waiting:
        first, last = waiting.pop()
        if last - first < max(2, one.length // 2):
            continue
        found = _best(one, text, first, last)
        if found is None:
            continue
        yield found
        waiting += [(first, found.start), (found.end, last)]


def _best(one: Phrase, text: SpokenText, start: int, end: int) -> Match | None:
    heard = text.codes[start:end]
    near = max(
        (
            near
            for codes in (one.spoken.codes, *one.variants)
            if (near := fuzz.partial_ratio_alignment(codes, heard, score_cutoff=_NEAR)) is not None
        ),
        key=lambda near: near.score,
        default=None,
    )
    if near is None:
        return None
    # Only what lies around the likeliest place is laid beside the phrase.
    margin = one.length // 2 + 5
    region = start, end
    start, end = (
        max(start, start + near.dest_start - margin), min(end, start + near.dest_end + margin),
    )  # fmt: skip
    laid = align(one.spoken, text, start, end)
    if laid is not None and max(laid.costs[0], laid.costs[-1]) >= 0.5 and laid.score >= _CUT_SHORT:
        start, end = max(region[0], start - margin), min(region[1], end + margin)
        laid = align(one.spoken, text, start, end)
    straight = _judged(one, text, laid, UNSURE)
    if straight is not None and straight.is_found:
        return straight
    for turned in one.turned:
        if fuzz.partial_ratio(turned.codes, text.codes[start:end]) < _TURNED - 10:
            continue
        half = Phrase(turned, words=lexicon().words(turned.chars))
        match = _judged(half, text, align(turned, text, start, end), _TURNED)
        if match is not None and match.is_found:
            return match
    among = _among_numbers(one, text, start, end)
    if among is not None:
        return among
    hides = straight is None and _may_hide(one, text, start, end)
    if hides or (straight is not None and straight.doubt in _OF_NUMBERS):
        return _by_sound(one, text, start, end) or _lost_number(one, text, straight, laid)
    return straight


_OF_NUMBERS: Final = frozenset({Doubt.NUMBER, Doubt.SLOT})


def _lost_number(
    one: Phrase, text: SpokenText, match: Match | None, found: Alignment | None
) -> Match | None:
    """Return `match`, for a person to hear where nothing of the phrase's number was recognised."""
    if match is None or found is None or match.doubt not in _OF_NUMBERS:
        return match
    if not number_is_lost(one, text, found):
        return match
    return Match(match.start, match.end, min(match.score, FOUND - 1), None)


def _may_hide(one: Phrase, text: SpokenText, start: int, end: int) -> bool:
    """Whether a number of the phrase's kind is there, which may hold some of its words: 72个月."""
    kinds = {quantity.dimension for quantity in one.spoken.quantities.values()}
    return any(
        (said := text.quantities.get(index)) is not None and said.dimension in kinds
        for index in range(start, end)
    )


def _by_sound(one: Phrase, text: SpokenText, start: int, end: int) -> Match | None:
    """Return where a phrase was said whose numbers the recogniser wrote as other words.

    Every numeral that is there must be the phrase's own, and every other character must sound like
    its numeral. Where nothing but numerals is there, the text says another number.
    """
    if len(one.spoken.quantities) != 1:
        return None
    ((row, quantity),) = one.spoken.quantities.items()
    heard, places = _read_out(text, start, end)
    head, tail = one.spoken.chars[:row], one.spoken.chars[row + 1 :]
    for reading in readings_of(quantity):
        wanted = as_characters(head + reading + tail)
        found = align(wanted, heard, 0, len(heard.chars))
        if found is None or found.score < FOUND:
            continue
        last = row + len(reading)
        if not _is_misheard(wanted, heard, found, row, last):
            continue
        # 合约72个月 is 合约期十二个月 or another number: a person should listen.
        swallowed = _swallowed(wanted, heard, found, row)
        if not swallowed and _is_another(quantity, text, places, found.pairs[row:last]):
            continue
        # 理事长 for 四张: nothing that is there says a number.
        unheard = all(
            index is None or (numeral != heard.chars[index] and distance(numeral, heard.chars[index]))
            for numeral, index in zip(reading, found.pairs[row:last], strict=True)
        )
        score = FOUND - 1 if swallowed or unheard else found.score
        first, past = places[found.start], places[found.end - 1] + 1
        pairs = [None if index is None else places[index] for index in found.pairs]
        kept = [*pairs[:row], pairs[row], *pairs[last:]]
        costs = [*found.costs[:row], 0.0, *found.costs[last:]]
        whole = Alignment(score, first, past, kept, costs, ())
        meant = doubt(one.spoken, text, whole)
        return Match(first, past, score, meant)
    return None


def _is_another(
    quantity: Quantity, text: SpokenText, places: Sequence[int], said: Sequence[int | None]
) -> bool:
    """Whether the numerals that were `said` are all of one number of the text, and it differs.

    三 of 三毛钱 is not 三元.
    """
    numbers = {text.quantities.get(places[index]) for index in said if index is not None}
    other = numbers.pop() if len(numbers) == 1 else None
    return (
        other is not None and other.dimension == quantity.dimension and not quantity.equals(other)
    )


def _read_out(text: SpokenText, start: int, end: int) -> tuple[SpokenText, list[int]]:
    """Return what lies from `start` to `end`, numbers as characters, and where each of them is."""
    characters: list[str] = []
    places: list[int] = []
    for index in range(start, end):
        known = text.quantities.get(index)
        for char in text.chars[index] if known is None else spelled_out(known.text):
            characters.append(char)
            places.append(index)
    return as_characters("".join(characters)), places


def _among_numbers(one: Phrase, text: SpokenText, start: int, end: int) -> Match | None:
    """Return where a phrase without numbers was said that was recognised as one: 十名认证, 实名."""
    if one.spoken.quantities or one.spoken.words or text.words:
        return None
    if all(index not in text.quantities for index in range(start, end)):
        return None
    heard, places = _read_out(text, start, end)
    found = align(one.spoken, heard, 0, len(heard.chars))
    if found is None or found.score < FOUND or why_not(one, heard, found) is not None:
        return None
    if all(index is None or places[index] not in text.quantities for index in found.pairs):
        return None
    pairs = [None if index is None else places[index] for index in found.pairs]
    first, past = places[found.start], places[found.end - 1] + 1
    whole = Alignment(found.score, first, past, pairs, found.costs, ())
    return Match(first, past, found.score, doubt(one.spoken, text, whole))


def _is_misheard(
    wanted: SpokenText, heard: SpokenText, found: Alignment, row: int, last: int
) -> bool:
    """Whether a number was said as `wanted` has it there, written so or as what sounds like it."""
    said = found.pairs[row:last]
    for numeral, index in zip(wanted.chars[row:last], said, strict=True):
        if index is None:
            return False
        other = heard.chars[index]
        if numeral == other:
            continue
        # 是 sounds like 十 and is its own word nearly always.
        if other in NUMERALS or other in LIGHT or distance(numeral, other) > ACCENT:
            return False
    if said[0] is None or said[-1] is None:
        return False
    between = [heard.chars[index] for index in range(said[0], said[-1]) if index not in said]
    around = heard.chars[said[-1] + 1 : said[-1] + 2]
    if not _swallowed(wanted, heard, found, row):
        around += heard.chars[max(0, said[0] - 1) : said[0]]
    return len(between) <= 1 and NUMERALS.isdisjoint([*between, *around])


def _swallowed(one: SpokenText, heard: SpokenText, found: Alignment, row: int) -> bool:
    """Whether the numerals before a number are the phrase's own words, misheard: 七 for 期.

    是 becomes 十 or 四 in the same way.
    """
    first = found.pairs[row]
    place = first - 1 if first is not None else -1
    while place >= 0 and heard.chars[place] in "十四":
        place -= 1
    before = [index for index in found.pairs[:row] if index is not None]
    if not before or before[-1] != place or heard.chars[place] not in NUMERALS:
        return False
    own = found.pairs.index(place)
    # 合约期七十二个月 has its 期 already.
    is_own = place > 0 and distance(one.chars[own], heard.chars[place - 1]) <= ACCENT
    return found.costs[own] <= ACCENT and not is_own


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
