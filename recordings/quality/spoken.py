"""What one side said, as one text that phrases are looked for in. Pure.

Recognisers write the same thing in many ways; here traditional characters become simplified ones,
quantities become one sign each, whatever their spelling, and hesitations go. A sentence that the
recogniser cut in two is one again; where the speaker was silent for long, a sign parts what is not
one sentence.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from importlib.util import find_spec
from itertools import accumulate
from pathlib import Path
from typing import Final

from recordings.quality.alike import Way, ways_to_say
from recordings.quality.english import written_out
from recordings.quality.interruptions import Aside, asides
from recordings.quality.lexicon import lexicon
from recordings.quality.numerals import Quantity, find_quantities
from recordings.quality.pinyin import NUMBER, sounds, word_code
from recordings.quality.rates import in_order
from recordings.quality.regional import BORDER, all_as_standard, as_standard
from recordings.quality.shorthand import SHORT_FORMS, as_read_out
from voicegw.model.transcript import Segment

PAUSE: Final = "\ue002"
"""Stands where the speaker was silent for so long that a new matter may begin."""
JOINED_S: Final = 8.0
"""Two segments of one side belong together when no more than this lies between them, seconds."""

_HESITATIONS: Final = "嗯呃哎诶噢喔欸"
_LATIN: Final = re.compile(r"[a-z][a-z']*")
_LOOSE_SPACE: Final = re.compile(r"(?<![a-z]) +| +(?![a-z])")
_CLAUSE: Final = re.compile(r"[，。！？；,!?;]|(?<![A-Za-z\d]) +(?![A-Za-z\d])")
#: Ways of forbidding and of being unable that say the same.
_NOT_ABLE: Final = re.compile(
    "无法(?![律定规无])|没法儿?(?![子律定规院])|没办法(?=[一-龥])(?![的了啊呀嘛哈呢噻嘞撒咯哟哦吧您你我他她它咱这那该本])"
    "|不允许(?!可)|不许(?!可)|(?<![说拿算摸吃看测])不准(?![确时备])"
)
#: Where none of these is, none of the patterns of what can't be, or is not, fits in _in_one_form.
_MAY_BE_UNABLE: Final = re.compile("不[属算允许准会了成得]|[无没]法|没办法")
_NOT_BEING: Final = re.compile("不属于|不算是?")
#: 一点风险都没有 says 没有任何风险.
_NONE_AT_ALL: Final = re.compile(
    "(?:一?丁点儿?|一点儿?|半点儿?|一星半点儿?|一丝|半分|任何|什么|丝毫)([一-龥]{1,4}?)[都也]没有?(?![一-龥]{0,2}[吗么])"
)
_WILL_NOT_HAVE: Final = re.compile("不会再?有(?![没效关不])")
_NOTHING_TAKEN: Final = re.compile("一[分毛]钱?[都也]不(?:会|用)?扣(?:[您你]的?)?")
_NOTHING_PAID: Final = re.compile("一[分毛]钱?[都也]不(?:会|用)?[收要花出交掏](?:[您你]的?)?")
_CAN_NOT: Final = re.compile(
    "([一-龥]{1,2})不(?:了(?![解起得])|成(?![功立本年熟问为交])|得(?=[啊的了哦嘞哟咯，。,.]|$))"
)
_NO_VERBS: Final = frozenset("受免少大忍错省离短好的也都就可是我您你他她们么非由怪怨恨巴舍")
_DO_NOT: Final = re.compile(
    "(?<![特个分差级区类性识鉴告判派离辨各国错当甄送道])别(?![人的家处看墅名致国扭样称具论]|提(?![供交前取现问出醒]))"
)
_NUMERALS: Final = frozenset("零〇一二三四五六七八九十百千万两幺0123456789")
_NUMERAL_AT_END: Final = re.compile(f"[{''.join(sorted(_NUMERALS))}]+$")
_ISO_DATE: Final = re.compile(r"(?<!\d)(\d{4})-(\d\d?)-(\d\d?)(?!\d)")
#: What is neither a Chinese character nor a Latin letter nor a digit nor within a number.
_PUNCTUATION: Final = re.compile(r"(?<!\d)[.,:/]|[.,:/](?!\d)|[^\w\s.,:/%'-]|[_-]")


@lru_cache(maxsize=1)
def simplified() -> dict[int, str | None]:
    """Return what makes characters simplified and drops hesitations, for `str.translate`."""
    spec = find_spec("opencc")
    if spec is None or not spec.submodule_search_locations:
        raise ModuleNotFoundError("opencc")
    table: dict[int, str | None] = {}
    file = Path(spec.submodule_search_locations[0]) / "dictionary" / "TSCharacters.txt"
    for line in file.read_text("utf-8").splitlines():
        traditional, _, choices = line.partition("\t")
        if len(traditional) == 1 and choices:
            table[ord(traditional)] = choices.split(" ")[0]
    table |= dict.fromkeys(map(ord, _HESITATIONS))
    return table


@lru_cache(maxsize=1)
def _simplified_from() -> frozenset[str]:
    return frozenset(map(chr, simplified()))


def normalised(text: str) -> str:
    """Return `text` simplified, in lower case, without punctuation, hesitations and spaces."""
    return _in_one_form(as_standard(_simplified(text)))


def _all_normalised(texts: Sequence[str]) -> list[str]:
    """Return what `normalised` makes of each of `texts`, found out for all of them at once."""
    joined = _simplified(BORDER.join(texts))
    if joined.count(BORDER) != len(texts) - 1:
        return [normalised(text) for text in texts]
    return [_in_one_form(text) for text in all_as_standard(joined.split(BORDER))]


def _simplified(text: str) -> str:
    text = unicodedata.normalize("NFKC", text).lower()
    if not _simplified_from().isdisjoint(text):
        text = text.translate(simplified())
    return _ISO_DATE.sub(r"\1年\2月\3日", text) if "-" in text else text


def _in_one_form(text: str) -> str:
    """Return `text`, simplified and in words of the standard language, as all that say it do."""
    if _MANY_FORMS.isdisjoint(text) and text.isalnum() and not text.isascii():
        return text
    text = in_order(as_read_out(text))
    if ("不" in text or "法" in text) and _MAY_BE_UNABLE.search(text) is not None:
        text = _NOT_BEING.sub("不是", _NOT_ABLE.sub("不能", text))
        text = _WILL_NOT_HAVE.sub("没有", _CAN_NOT.sub(_as_negated, text))
    if "没" in text:
        text = _NONE_AT_ALL.sub(r"没有任何\1", text)
    if "一分" in text or "一毛" in text:
        text = _NOTHING_PAID.sub("不收费", _NOTHING_TAKEN.sub("不扣费", text))
    if "别" in text:
        text = _DO_NOT.sub("不要", text)
    if not text.isascii() and _LATIN.search(text) is None:
        # Nearly all segments have neither punctuation nor spaces; this is told faster.
        return text if text.isalnum() else "".join(_PUNCTUATION.sub("", text).split())
    return _LOOSE_SPACE.sub("", _PUNCTUATION.sub("", written_out(text))).strip()


#: Where none of these is, nothing can be said in several forms.
_MANY_FORMS: Final = SHORT_FORMS | frozenset("一不法没别abcdefghijklmnopqrstuvwxyz")


def _as_negated(found: re.Match[str]) -> str:
    """Return 不能办 for 办不了; 少不了 and its like negate nothing and stay."""
    verb = found[1]
    if verb[-1] in _NO_VERBS:
        return found[0]
    whole = verb if len(verb) == 1 or verb in lexicon() else verb[-1]
    return f"{verb.removesuffix(whole)}不能{whole}"


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
    normal = _all_normalised([one.text for one in segments])
    for segment, piece in zip(segments, normal, strict=True):
        goes_on = before is not None and _silence_s(before, segment, heard_between) <= JOINED_S
        if before is not None and not goes_on:
            pieces.append(PAUSE)
            length += 1
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


def _silence_s(before: Segment, behind: Segment, others: _Heard) -> float:
    """Return for how many seconds nobody spoke between two segments of one side."""
    heard_s = others.for_s(before.end_s, behind.start_s)
    return behind.start_s - before.end_s - min(heard_s, _MOST_HEARD_S)


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
    if _LATIN.search(text) is not None:
        taken = [(start, end) for start, end, _ in found]
        for match in _LATIN.finditer(text):
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
        [moved.place(start, len(chars)) for start in starts],
        segments,
        frozenset(moved.place(clause, len(chars)) for clause in clauses),
        asides=[
            Aside(moved.place(one.start, len(chars)), moved.place(one.end, len(chars)), one.cost)
            for one in left_out
        ],
    )


class _Moved:
    """Where what stood in a text stands once quantities are single characters."""

    def __init__(self) -> None:
        self.ends: list[int] = []
        """Where quantities ended."""
        self.now: list[int] = []
        """Where they end now."""

    def place(self, position: int, length: int) -> int:
        """Return where what stood at `position` stands in the new text of `length`."""
        index = bisect_right(self.ends, position)
        if index:
            position += self.now[index - 1] - self.ends[index - 1]
        return min(position, length)
