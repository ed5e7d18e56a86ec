"""Whether what sounds like a phrase is the phrase, or other words that sound alike. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from recordings.quality.alignment import Alignment
from recordings.quality.another_sentence import is_another
from recordings.quality.asides import LIGHT, NEGATIONS, PARTICLES
from recordings.quality.lexicon import lexicon
from recordings.quality.negation import Doubt, doubt
from recordings.quality.numbers_said import NUMERALS, cost_of, is_another_value, numbers_agree
from recordings.quality.pinyin import ACCENT, NUMBER, distance, same_sound
from recordings.quality.spoken import SpokenText
from recordings.quality.wanted import Phrase

SHORT: Final = 5
"""Up to so many syllables any other word makes another phrase."""
_SLIP: Final = 0.55
"""Up to this distance a recogniser's slip is likelier than another word, in a longer phrase."""

_TINY: Final = 3
"""A phrase of so few syllables is nothing but its sound: each must be there, by any accent."""
_WHOLE: Final = 5
"""A phrase of so many syllables must be there whole to be surely found."""
_BRIEF: Final = 4
"""A phrase of fewer syllables can't be told from another that is as garbled."""
_FEW: Final = 2
"""A phrase of so few syllables that carry its meaning needs the small words, too."""
_HALF_LOST: Final = 0.5
_SPARE: Final = 8
"""Up to this length a phrase has no syllable to spare that carries meaning."""
_LOST: Final = 0.8
"""From this cost on a syllable is another, not a slip."""
_PERSONS: Final = frozenset("您你我他她")


def is_whole(one: Phrase, text: SpokenText, found: Alignment) -> bool:
    """Whether no syllable of a phrase is lost that is too short to spare any."""
    heavy = [
        char not in LIGHT | PARTICLES and row not in one.spoken.words
        for row, char in enumerate(one.spoken.chars)
    ]
    if (
        not one.spoken.words
        and sum(heavy) <= _FEW
        and any(
            (cost >= _HALF_LOST and char in LIGHT) or (cost > _HALF_LOST and char not in PARTICLES)
            for cost, char in zip(found.costs, one.spoken.chars, strict=True)
        )
    ):
        return False
    if one.length <= _SPARE and any(
        is_heavy and row not in alike_rows(found) and _is_lost(one, text, found, row)
        for row, is_heavy in enumerate(heavy)
    ):
        return False
    return one.length > _WHOLE or not any(
        cost >= _LOST and is_heavy for cost, is_heavy in zip(found.costs, heavy, strict=True)
    )


def _is_lost(one: Phrase, text: SpokenText, found: Alignment, row: int) -> bool:
    """Whether nothing of a syllable is there but, at most, a small word in its place.

    Of a person's nobody hears a word of meaning: 送货到站 | 您 for 送货上门. Others may be how the
    recogniser has it, if it slipped elsewhere, too.
    """
    index = found.pairs[row]
    if index is None:
        return True
    if found.costs[row] < _LOST or text.chars[index] not in LIGHT:
        return False
    slipped = any(
        other is not None
        and at != row
        and char not in LIGHT | PARTICLES
        and char != text.chars[other]
        for at, (char, other) in enumerate(zip(one.spoken.chars, found.pairs, strict=True))
    )
    return text.chars[index] in _PERSONS or not slipped


def conflicts(one: Phrase, text: SpokenText, found: Alignment) -> bool:
    """Whether what was written makes better Chinese than the phrase's words would in its place.

    心慌 for 姓黄, 安家赔偿 for 按价赔偿: the sounds are the phrase's, and yet the recogniser may
    have heard well. So it is where the words are part of another sentence.
    """
    if _is_by_accent_alone(one, text, found):
        return True
    # So many syllables are hardly alike by chance.
    alike = one.length >= _LONG and found.score >= _NEARLY_ALL
    better = _BETTER if max(found.costs) <= ACCENT else _BETTER_UNLIKE
    return (not alike and _sense(one, text, found) > better) or is_another(one, text, found)


def _is_by_accent_alone(one: Phrase, text: SpokenText, found: Alignment) -> bool:
    """Whether each of the few syllables that carry its meaning is another by an accent.

    别还我 and 换不换 are what they say, and how some say 别烦我 and 烦不烦.
    """
    if one.length > _BRIEF:
        return False  # 南得跟你说 is 懒得跟你说: the other syllables tell.
    rows = [
        row
        for row, char in enumerate(one.spoken.chars)
        if char not in LIGHT | PARTICLES | NEGATIONS and row not in one.spoken.words
    ]
    return 0 < len(rows) <= _FEW and not any(
        index is None or same_sound(one.spoken.chars[row], text.chars[index])
        for row in rows
        for index in (found.pairs[row],)
    )


_LONG: Final = 9
_NEARLY_ALL: Final = 88.0


def is_likely_slip(one: Phrase, text: SpokenText, found: Alignment) -> bool:
    """Whether other words than the phrase's may still be it, badly heard: 休会时间, 优惠时间.

    As written they make far worse Chinese than the phrase would.
    """
    if max(found.costs) <= ACCENT or _is_garbled(one, text, found):
        return True  # 放机不放号 may be 换机不换号
    sense = _sense(one, text, found)
    one_slip = max(found.costs, default=0.0) <= _LOST or sum(found.costs) <= _ONE_SYLLABLE
    close = one_slip and not found.heavy
    return sense <= _NO_SENSE or (close and sense <= _LITTLE_SENSE)


def _is_garbled(one: Phrase, text: SpokenText, found: Alignment) -> bool:
    """Whether one syllable is another word's, half alike, and others are plainly misheard.

    前往独一份来 for 全网独一份: who wrote 往 for 网 may have written 前 for 全.
    """
    if found.heavy or one.length < _BRIEF:
        return False
    wrong = [cost for cost in found.costs if cost >= _LOST]
    misheard = sum(
        cost <= ACCENT and index is not None and one.spoken.chars[row] != text.chars[index]
        for row, (cost, index) in enumerate(zip(found.costs, found.pairs, strict=True))
        if one.spoken.chars[row] not in LIGHT | PARTICLES
    )
    return len(wrong) == 1 and wrong[0] < 1.0 and misheard > 0


def _sense(one: Phrase, text: SpokenText, found: Alignment) -> float:
    """Return how much likelier the text is as written than with the phrase's own words, as ln p."""
    first = max(0, found.start - _BEFORE)
    heard = text.chars[first : found.end + _BEHIND]
    meant = list(heard)
    alike = alike_rows(found)
    for row, (char, index) in enumerate(zip(one.spoken.chars, found.pairs, strict=True)):
        if index is None or NUMBER in (char, text.chars[index]) or char in NEGATIONS:
            continue
        if row not in alike and not (char in LIGHT and text.chars[index] in LIGHT):
            meant[index - first] = char
    return lexicon().cut("".join(meant))[0] - lexicon().cut(heard)[0]


_BEFORE: Final = 3
_BEHIND: Final = 4
_BETTER: Final = 1.5
"""From this on the words as written are likelier than the phrase's own."""
_BETTER_UNLIKE: Final = 0.5
"""The same, where a syllable differs by more than an accent."""
_LITTLE_SENSE: Final = -2.5
_NO_SENSE: Final = -12.0
_ONE_SYLLABLE: Final = 1.2


def why_not(one: Phrase, text: SpokenText, found: Alignment) -> Doubt | None:
    """Return why what sounds like a phrase is something else; None where nothing says so."""
    if any(is_another_value(one, found, *span) for span in one.slots.values()):
        return Doubt.SLOT
    if not numbers_agree(one.spoken, text, found):
        return Doubt.NUMBER
    meant = doubt(one.spoken, text, found)
    if meant is not None:
        return meant
    return Doubt.OTHER_WORD if is_other(one, text, found) else None


def is_other(one: Phrase, text: SpokenText, found: Alignment) -> bool:
    """Whether a word of the phrase is another word here; the shorter it is, the less may differ."""
    if len(_other_words(one, text, found)) > one.length // 14 or _is_torn(one, text, found):
        return True
    if one.length <= _TINY and any(
        cost > ACCENT and char not in LIGHT | PARTICLES
        for cost, char in zip(found.costs, one.spoken.chars, strict=True)
    ):
        return True
    # In a short phrase each word must be heard by its half; in any, by more than nothing.
    most = _HALF_WORD if one.length <= SHORT + 1 else _WHOLE_WORD
    return any(
        end - start >= 2
        and cost_of(found, start, end) > (most if end - start == 2 else min(most, _LONG_WORD))
        for start, end in one.words
    )


_HALF_WORD: Final = 0.5
_WHOLE_WORD: Final = 0.85
_LONG_WORD: Final = 0.6


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


def _other_words(one: Phrase, text: SpokenText, found: Alignment) -> list[str]:
    """Return the words of the text that are other words than the phrase's, not slips of sound."""
    margin = 3
    first = max(0, found.start - margin)
    window = text.chars[first : found.end + margin]
    alike = alike_rows(found)
    row_at = {
        index: row
        for row, index in enumerate(found.pairs)
        if index is not None and row not in alike
    }
    word_of = {row: span for span in one.words for row in range(*span)}
    others = []
    words = lexicon().words(window)
    for index, row in row_at.items():
        if found.costs[row] >= _LOST and text.chars[index] not in LIGHT:
            words += lexicon().covering(window, index - first)
    for start, end in words:
        places = range(first + start, first + end)
        if end - start < 2 or set(window[start:end]) <= NUMERALS:
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


def alike_rows(found: Alignment) -> set[int]:
    """Return which characters of the phrase were said in other words."""
    return {row for rows, _ in found.alike for row in rows}


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
            if crosses and one.length <= SHORT + 2:
                differing.append(row)
        elif (
            one.length <= SHORT
            or distance(char, other) > _SLIP
            or (one.length <= SHORT + 2 and distance(char, other) <= ACCENT)
        ):
            differing.append(row)
    return differing


def _is_slip(
    row: int, places: range, found: Alignment, word_of: Mapping[int, tuple[int, int]]
) -> bool:
    """Whether the word is only part of a word of the phrase: it can't be meant by itself."""
    start, end = word_of.get(row, (row, row + 1))
    if end - start < 2 or places.stop > found.end:
        return False
    return any(
        found.pairs[other] is not None and found.pairs[other] not in places
        for other in range(start, end)
    )
