"""What one side said, as one text that phrases are looked for in. Pure.

Recognisers write the same thing in many ways; here traditional characters become simplified ones,
quantities become one sign each, whatever their spelling, and hesitations go. A sentence that the
recogniser cut in two is one again; where the speaker was silent for long, a sign parts what is not
one sentence.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate
from operator import sub
from typing import Final

from recordings.quality.alike import Way, ways_to_say
from recordings.quality.interruptions import Aside, asides
from recordings.quality.lexicon import lexicon
from recordings.quality.numerals import Quantity, find_quantities
from recordings.quality.one_form import LATIN, all_normalised, normalised
from recordings.quality.pinyin import NUMBER, sounds, word_code
from voicegw.model.transcript import Segment

PAUSE: Final = "\ue002"
"""Stands where the speaker was silent for so long that a new matter may begin."""
JOINED_S: Final = 8.0
"""Two segments of one side belong together when no more than this lies between them, seconds."""

_CLAUSE: Final = re.compile(r"[，。！？；,!?;]|(?<![A-Za-z\d]) +(?![A-Za-z\d])")
_NUMERALS: Final = frozenset("零〇一二三四五六七八九十百千万两幺0123456789")
_DIGITS: Final = "一二三四五六七八九"
_TENS: Final = re.compile(r"(?<![\d.])[1-9]0$")
_UNIT: Final = re.compile(f"[1-9{_DIGITS[1:]}](?![\\d.十百千万Gg年月点])")
"""Not 每月20 | 5点前, 充50 | 5年合约; nor 一, which begins words or means each: 30 | 一个月."""
_NUMERAL_AT_END: Final = re.compile(f"[{''.join(sorted(_NUMERALS))}]+$")


@dataclass(frozen=True, slots=True)
class SpokenText:
    """One side's words. All three texts are parallel: a character a syllable, quantity or word.

    `chars` holds Chinese characters, NUMBER, PAUSE and codes of Latin words; `codes` the same by
    its sound. `quantities` and `words` say by index what a NUMBER or a word's code stands for.
    """

    chars: str
    codes: str
    quantities: dict[int, Quantity]
    words: dict[int, str]
    starts: list[int]
    """Where each segment begins."""
    segments: Sequence[Segment]
    clauses: frozenset[int] = frozenset()
    """Where the recogniser began a new clause: behind punctuation or a space."""
    ways: Sequence[Way] = ()
    """What of a phrase may be said in other words."""
    asides: Sequence[Aside] = ()
    """What may be left out: answers to whoever broke in."""

    def numbers(self, start: int, end: int) -> Iterator[int]:
        """Yield where from `start` to `end` quantities stand."""
        index = self.chars.find(NUMBER, start, end)
        while index >= 0:
            if index in self.quantities:
                yield index
            index = self.chars.find(NUMBER, index + 1, end)

    def segment_at(self, index: int) -> int:
        """Return the number of the segment that the character `index` is in."""
        return max(0, bisect_right(self.starts, index) - 1)

    def time_at(self, index: int, *, end: bool = False) -> float:
        """Return when the character `index` begins (or ends) to be heard, in seconds."""
        number = self.segment_at(index)
        segment = self.segments[number]
        first = self.starts[number]
        past = self.starts[number + 1] if number + 1 < len(self.starts) else len(self.chars)
        share = (index - first + end) / max(1, past - first)
        if segment.words:
            total = sum(len(word.text) for word in segment.words) or 1
            heard = 0
            for word in segment.words:
                heard += len(word.text)
                if heard / total > share or (end and heard / total >= share):
                    return word.end_s if end else word.start_s
        return segment.start_s + share * (segment.end_s - segment.start_s)

    def evidence(self, start: int, end: int) -> str:
        """Return the segments, as they were recognised, that hold the characters from `start`."""
        first, last = self.segment_at(start), self.segment_at(max(start, end - 1))
        return " ".join(one.text for one in self.segments[first : last + 1])


def spoken_text(segments: Sequence[Segment], others: Sequence[Segment] = ()) -> SpokenText:
    """Return what the `segments` of one side, in order of time, say together.

    `others` are the other side's: who was broken in upon answers before the sentence goes on.
    """
    pieces: list[str] = []
    starts: list[int] = []
    clauses: list[int] = []
    left_out: list[Aside] = []
    length = 0
    before: Segment | None = None
    heard_between = _Heard(others)
    normal = all_normalised([one.text for one in segments])
    for segment, alone in zip(segments, normal, strict=True):
        piece = alone
        goes_on = before is not None and _goes_on(before, segment, heard_between)
        if before is not None and not goes_on:
            pieces.append(PAUSE)
            length += 1
        elif pieces and (unit := _unit_of_tens(pieces[-1], piece)):
            pieces[-1] = pieces[-1][:-1]
            length -= 1
            piece = unit + piece[1:]
        elif pieces and piece[:1].isascii() and pieces[-1][-1:].isascii():
            pieces.append(" ")
            length += 1
        elif pieces and (again := _begun_again(pieces[-1], piece)):
            pieces[-1] = pieces[-1][:-again]
            length -= again
        starts.append(length)
        pieces.append(piece)
        borders = _clauses(segment.text, piece)
        clauses += [length + at for at in borders]
        heard = ""
        if before is not None and goes_on and others:
            heard = heard_between.text(before.start_s, segment.start_s)
        if before is not None and goes_on and (heard or borders or "没有" in piece):
            told = normalised(heard) if heard else ""
            # Of hesitation alone nothing is left.
            said = next((one for one in reversed(pieces[:-1]) if one.strip()), "")
            answers = asides(piece, told, borders, broken=bool(heard), before=said)
            left_out += [Aside(length + one.start, length + one.end, one.cost) for one in answers]
        length += len(piece)
        before = segment
    return _flattened("".join(pieces), starts, segments, clauses, left_out)


class _Heard:
    """What the other side said, found by its time."""

    def __init__(self, segments: Sequence[Segment]) -> None:
        self._segments = sorted(segments, key=lambda one: one.start_s)
        self._starts_s = [one.start_s for one in self._segments]
        # An earlier segment may end last.
        self._ended_s = list(accumulate((one.end_s for one in self._segments), max))

    def for_s(self, start_s: float, end_s: float) -> float:
        """Return for how many seconds it spoke from `start_s` to `end_s`."""
        if not self._segments:
            return 0.0
        first = bisect_right(self._ended_s, start_s)
        last = bisect_left(self._starts_s, end_s)
        return sum(
            max(0.0, min(one.end_s, end_s) - max(one.start_s, start_s))
            for one in self._segments[first:last]
        )

    def text(self, start_s: float, end_s: float) -> str:
        """Return what it began to say from `start_s` to `end_s`, both included."""
        first, last = bisect_left(self._starts_s, start_s), bisect_right(self._starts_s, end_s)
        return "".join(one.text for one in self._segments[first:last])


def _goes_on(before: Segment, behind: Segment, others: _Heard) -> bool:
    """Whether two segments of one side belong together: nobody was silent for long between."""
    apart_s = behind.start_s - before.end_s
    if apart_s <= JOINED_S:
        return True
    heard_s = others.for_s(before.end_s, behind.start_s)
    return apart_s - min(heard_s, _MOST_HEARD_S) <= JOINED_S


_MOST_HEARD_S: Final = 8.0
"""Who listens for longer than this begins something new."""


def _begun_again(before: str, piece: str) -> int:
    """Return how many characters of a number were said before it was said whole.

    二十 | 二十四个月 is 24: who begins a number again means what is said last.
    """
    if piece[:1] not in _NUMERALS:
        return 0
    begun = _NUMERAL_AT_END.search(before)
    return len(begun[0]) if begun is not None and piece.startswith(begun[0]) else 0


def _unit_of_tens(before: str, piece: str) -> str:
    """Return the digit that goes on with the tens before it, empty where none does.

    二十 | 四个月 is 24 however each half was written: 20 | 四个月, 20 | 4个月.
    """
    # Most segments end in no number: the first look costs next to nothing.
    if not before.endswith("0") or _TENS.search(before) is None:
        return ""
    if (unit := _UNIT.match(piece)) is None:
        return ""
    first = next(iter(find_quantities(piece)), None)
    # Not 三方, 二维码; and 每月30 | 2个副卡 are two numbers rather than 32 cards.
    if first is None or first[0] != 0 or first[2].dimension == "count":
        return ""
    return str(_DIGITS.find(unit[0]) + 1) if unit[0] in _DIGITS else unit[0]


def _clauses(written: str, normal: str) -> list[int]:
    """Return where clauses after the first begin in the `normal` form of what was `written`."""
    if written.isalnum() or _CLAUSE.search(written.strip()) is None:
        return []
    places, length = [], 0
    for part in _CLAUSE.split(written.strip())[:-1]:
        length += len(normalised(part))
        places.append(length)
    # Where the parts are not those of the whole (English, a number with a comma), nobody knows.
    return places if places[-1] < len(normal) and not normal.isascii() else []


def phrase_text(text: str) -> SpokenText:
    """Return a phrase in the same form."""
    plain = _flattened(normalised(text), [0], ())
    words = lexicon().words(plain.chars)
    return replace(plain, ways=ways_to_say(plain.chars, {end for _, end in words}))


def as_characters(text: str) -> SpokenText:
    """Return Chinese characters as they are, numerals not read as quantities."""
    return SpokenText(text, text.translate(sounds().folding), {}, {}, [0], ())


def _flattened(
    text: str,
    starts: Sequence[int],
    segments: Sequence[Segment],
    clauses: Sequence[int] = (),
    left_out: Sequence[Aside] = (),
) -> SpokenText:
    """Put one character for each quantity and each Latin word of `text`."""
    found: list[tuple[int, int, Quantity | str]] = [*find_quantities(text)]
    if LATIN.search(text) is not None:
        taken = [(start, end) for start, end, _ in found]
        for match in LATIN.finditer(text):
            if not any(start < match.end() and match.start() < end for start, end in taken):
                found.append((match.start(), match.end(), match[0]))
        found.sort(key=lambda one: one[0])
    pieces: list[str] = []
    quantities: dict[int, Quantity] = {}
    words: dict[int, str] = {}
    moved = _Moved()
    at = length = 0
    for start, end, what in found:
        plain = text[at:start].replace(" ", "")
        pieces.append(plain)
        length += len(plain)
        if isinstance(what, Quantity):
            quantities[length] = what
            pieces.append(NUMBER)
        else:
            words[length] = what
            pieces.append(word_code(what))
        length += 1
        at = end
        moved.ends.append(end)
        moved.now.append(length)
    pieces.append(text[at:].replace(" ", ""))
    chars = "".join(pieces)
    return SpokenText(
        chars,
        sounds().fold(chars),
        quantities,
        words,
        moved.places(starts, len(chars)),
        segments,
        frozenset(moved.places(clauses, len(chars))),
        asides=[
            one._replace(start=start, end=end)
            for one in left_out
            for start, end in [moved.places((one.start, one.end), len(chars))]
        ],
    )


class _Moved:
    """Where what stood in a text stands once quantities are single characters."""

    def __init__(self) -> None:
        self.ends: list[int] = []
        """Where quantities ended."""
        self.now: list[int] = []
        """Where they end now."""

    def places(self, positions: Iterable[int], length: int) -> list[int]:
        """Return where what stood at each position stands in the new text of `length`."""
        ends = self.ends
        shifts = [0, *map(sub, self.now, ends)]
        return [min(one + shifts[bisect_right(ends, one)], length) for one in positions]
