"""Finds phrases in what was said, however badly it was recognised. Pure.

A phrase is first looked for by its sound (pinyin with what accents confuse folded), with cheap
filters over the whole text and a close comparison where they let something through. What sounds
like the phrase is then read: numbers and negations must be the phrase's own, and a recogniser's
slip is told from another word. See decision record 28.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import fuzz

from recordings.quality.alignment import LIGHT, NEGATIONS, PARTICLES, Alignment, align
from recordings.quality.lexicon import lexicon
from recordings.quality.negation import Doubt, doubt
from recordings.quality.pinyin import NUMBER, distance, readings, same_sound, sounds
from recordings.quality.readings import NUMERALS, readings_of, spelled_out
from recordings.quality.slots import filled, spans
from recordings.quality.spoken import SpokenText, as_characters, phrase_text

FOUND: Final = 70.0
"""From this score on a phrase was said."""
UNSURE: Final = 60.0
"""From this score on a person should listen."""
_TURNED: Final = 85.0
"""What a statement whose halves changed places must score."""
_SHARE: Final = 0.5
"""How many of a phrase's syllables must be near each other before anything is compared."""
_NEAR: Final = 58.0
"""What the codes of a phrase must score by themselves before they are laid beside a text."""
_SHORT: Final = 5
_ACCENT: Final = 0.2
"""Up to this distance only an accent tells two characters apart; both may be real words."""
_SLIP: Final = 0.55
"""Up to this distance a recogniser's slip is likelier than another word, in a longer phrase."""


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


@dataclass(frozen=True, slots=True)
class Phrase:
    """A phrase as it is looked for. `may_turn` lets its halves change places."""

    spoken: SpokenText
    may_turn: bool = False
    turned: Sequence[SpokenText] = ()
    words: Sequence[tuple[int, int]] = ()
    slots: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    """Where in the phrase each slot's value stands."""

    @property
    def length(self) -> int:
        """Syllables, quantities and words."""
        return len(self.spoken.chars)


def phrase(text: str, values: Mapping[str, str] | None = None, *, may_turn: bool = False) -> Phrase:
    """Return the phrase that `text` says, its slots filled with `values`.

    Required statements `may_turn` (15天的犹豫期 for 犹豫期15天), forbidden phrases don't.
    """
    values = values or {}
    spoken = phrase_text(filled(text, values))
    words = lexicon().words(spoken.chars)
    turned: list[SpokenText] = []
    if may_turn and _ORDER.isdisjoint(spoken.chars) and len(spoken.chars) in range(2, 19):
        for _, cut in words[:-1]:
            if cut >= 2 and (len(spoken.chars) - cut >= 2 or spoken.chars[cut:] == NUMBER):
                turned.append(_swapped(spoken, cut))
    slots = {
        name: (len(phrase_text(before).chars), len(phrase_text(upto).chars))
        for name, before, upto in spans(text, values)
    }
    return Phrase(spoken, may_turn, turned, words, slots)


#: In a phrase with these the order of its parts is its meaning.
_ORDER: Final = frozenset("先后再由从到至转换前")


def _swapped(spoken: SpokenText, cut: int) -> SpokenText:
    length = len(spoken.chars)

    def place(index: int) -> int:
        return index - cut if index >= cut else index + length - cut

    return SpokenText(
        spoken.chars[cut:] + spoken.chars[:cut],
        spoken.codes[cut:] + spoken.codes[:cut],
        {place(index): one for index, one in spoken.quantities.items()},
        {place(index): one for index, one in spoken.words.items()},
        [0],
        (),
    )


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
    near = fuzz.partial_ratio_alignment(one.spoken.codes, text.codes[start:end], score_cutoff=_NEAR)
    if near is None:
        return None
    # Only what lies around the likeliest place is laid beside the phrase.
    margin = one.length // 2 + 5
    start, end = (
        max(start, start + near.dest_start - margin), min(end, start + near.dest_end + margin),
    )  # fmt: skip
    straight = _judged(one, text, align(one.spoken, text, start, end), UNSURE)
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
    if hides or (straight is not None and straight.doubt in {Doubt.NUMBER, Doubt.SLOT}):
        return _by_sound(one, text, start, end) or straight
    return straight


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
        score = FOUND - 1 if _swallowed(wanted, heard, found, row) else found.score
        first, past = places[found.start], places[found.end - 1] + 1
        pairs = [None if index is None else places[index] for index in found.pairs]
        kept = [*pairs[:row], pairs[row], *pairs[last:]]
        costs = [*found.costs[:row], 0.0, *found.costs[last:]]
        whole = Alignment(score, first, past, kept, costs, ())
        meant = doubt(one.spoken, text, whole)
        return Match(first, past, score, meant)
    return None


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
        if other in NUMERALS or other in LIGHT or distance(numeral, other) > _ACCENT:
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
    is_own = place > 0 and distance(one.chars[own], heard.chars[place - 1]) <= _ACCENT
    return found.costs[own] <= _ACCENT and not is_own


def _judged(one: Phrase, text: SpokenText, found: Alignment | None, least: float) -> Match | None:
    if found is None or found.score < least:
        return None
    score = found.score
    if one.length <= _WHOLE and any(
        cost >= _LOST and char not in LIGHT | PARTICLES
        for cost, char in zip(found.costs, one.spoken.chars, strict=True)
    ):
        score = min(score, FOUND - 1)
    return Match(found.start, found.end, score, why_not(one, text, found))


_TINY: Final = 3
"""A phrase of so few syllables is nothing but its sound: each must be there, by any accent."""
_WHOLE: Final = 4
"""A phrase of so many syllables must be there whole to be surely found."""
_LOST: Final = 0.8
"""From this cost on a syllable is another, not a slip."""


def why_not(one: Phrase, text: SpokenText, found: Alignment) -> Doubt | None:
    """Return why what sounds like a phrase is something else; None where nothing says so."""
    if any(_cost(found, *span) > 0.5 for span in one.slots.values()):
        return Doubt.SLOT
    if not _numbers_agree(one.spoken, text, found):
        return Doubt.NUMBER
    meant = doubt(one.spoken, text, found)
    if meant is not None:
        return meant
    return Doubt.OTHER_WORD if _is_other(one, text, found) else None


def _is_other(one: Phrase, text: SpokenText, found: Alignment) -> bool:
    """Whether a word of the phrase is another word here; the shorter it is, the less may differ."""
    if len(_other_words(one, text, found)) > one.length // 14 or _is_torn(one, text, found):
        return True
    if one.length <= _TINY and any(
        cost > _ACCENT and char not in LIGHT | PARTICLES
        for cost, char in zip(found.costs, one.spoken.chars, strict=True)
    ):
        return True
    # In a short phrase each word must be heard by its half; in any, by more than nothing.
    most = _HALF_WORD if one.length <= _SHORT + 1 else _WHOLE_WORD
    return any(end - start >= 2 and _cost(found, start, end) > most for start, end in one.words)


_HALF_WORD: Final = 0.5
_WHOLE_WORD: Final = 0.85


def _is_torn(one: Phrase, text: SpokenText, found: Alignment) -> bool:
    """Whether a word of the phrase has other words within it, or another syllable in it.

    套餐现 is no 套现. One syllable that sounds like nothing of the phrase's between syllables
    written as the phrase's own is another word (续保 for 退保); a recogniser that slips garbles
    more than one.
    """
    heavy = set(found.heavy)
    for start, end in one.words:
        said = [index for index in found.pairs[start:end] if index is not None]
        if len(said) > 1 and not heavy.isdisjoint(range(said[0], said[-1])):
            return True
    wrong = [
        row
        for row, index in enumerate(found.pairs)
        if index is not None
        and found.costs[row] >= 1.0
        and (LIGHT | PARTICLES).isdisjoint((one.spoken.chars[row], text.chars[index]))
        and NUMBER not in (one.spoken.chars[row], text.chars[index])
    ]
    return any(_is_written(one, text, found, (row - 1, row + 1)) for row in wrong)


def _is_written(one: Phrase, text: SpokenText, found: Alignment, rows: Sequence[int]) -> bool:
    """Whether the characters of the phrase at `rows`, where it has such, are written as its own."""
    return all(
        (index := found.pairs[row]) is not None and one.spoken.chars[row] == text.chars[index]
        for row in rows
        if 0 <= row < one.length
    )


def _cost(found: Alignment, start: int, end: int) -> float:
    """Return how badly the characters of the phrase from `start` to `end` were heard, 0 to 1."""
    return sum(found.costs[start:end]) / (end - start) if end > start else 0.0


def _numbers_agree(spoken: SpokenText, text: SpokenText, found: Alignment) -> bool:
    for row, index in enumerate(found.pairs):
        # 三楼 is not 四楼, though neither is a quantity.
        pair = {spoken.chars[row], text.chars[index]} if index is not None else set()
        if len(pair) == 2 and pair <= _NUMERALS and pair != {"二", "两"}:
            return False
    for row, quantity in spoken.quantities.items():
        index = found.pairs[row]
        if index is None or index not in text.quantities:
            return False
        if not quantity.equals(text.quantities[index]):
            return False
    return True


def _other_words(one: Phrase, text: SpokenText, found: Alignment) -> list[str]:
    """Return the words of the text that are other words than the phrase's, not slips of sound."""
    margin = 3
    first = max(0, found.start - margin)
    window = text.chars[first : found.end + margin]
    row_at = {index: row for row, index in enumerate(found.pairs) if index is not None}
    word_of = {row: span for span in one.words for row in range(*span)}
    others = []
    words = lexicon().words(window)
    for index, row in row_at.items():
        if found.costs[row] >= _LOST and text.chars[index] not in LIGHT:
            words += lexicon().covering(window, index - first)
    for start, end in words:
        places = range(first + start, first + end)
        if end - start < 2 or set(window[start:end]) <= _NUMERALS:
            continue
        if places.start < found.end < places.stop and found.pairs[-1] is None:
            # 不得转院 for 不得转让: the last word goes on otherwise.
            others.append(window[start:end])
            continue
        if _holds_negation(one, text, places, row_at):
            continue
        differing = _differing(one, text, found, places, row_at)
        if differing and not all(
            found.costs[row] < _LOST and _is_slip(row, places, found, word_of) for row in differing
        ):
            others.append(window[start:end])
    return others


_NUMERALS: Final = frozenset("零一二三四五六七八九十百千万两")


def _holds_negation(
    one: Phrase, text: SpokenText, places: range, row_at: Mapping[int, int]
) -> bool:
    """Whether the word only came about because a negation was misheard: 帮补 in 爱帮补帮."""
    return all(place in row_at for place in places) and any(
        one.spoken.chars[row_at[place]] in NEGATIONS
        and same_sound(one.spoken.chars[row_at[place]], text.chars[place])
        for place in places
    )


def _differing(
    one: Phrase, text: SpokenText, found: Alignment, places: range, row_at: Mapping[int, int]
) -> list[int]:
    """Return which characters of the phrase are others in the word at `places`, by their sound."""
    rows = [row_at[index] for index in places if index in row_at]
    crosses = places.start < found.start or places.stop > found.end
    differing = []
    for index in places:
        row = row_at.get(index)
        if row is None:
            if rows and index in found.heavy:
                differing.append(rows[0])
            continue
        char, other = one.spoken.chars[row], text.chars[index]
        if char == other or (char in LIGHT and other in LIGHT) or char in NEGATIONS:
            continue
        if same_sound(char, other):
            # 肯定能转|网: the word goes on behind the phrase, so it is that word.
            if crosses and one.length <= _SHORT + 2:
                differing.append(row)
        elif (
            one.length <= _SHORT
            or distance(char, other) > _SLIP
            or (one.length <= _SHORT + 2 and distance(char, other) <= _ACCENT)
        ):
            differing.append(row)
    return differing


def _is_slip(
    row: int, places: range, found: Alignment, word_of: Mapping[int, tuple[int, int]]
) -> bool:
    """Whether the word is only part of a word of the phrase: it can't be meant by itself."""
    start, end = word_of.get(row, (row, row + 1))
    if end - start < 2:
        return False
    return any(
        found.pairs[other] is not None and found.pairs[other] not in places
        for other in range(start, end)
    )
