"""What a network's announcement means, from what a recogniser has made of it. Pure.

Text is compared by its sound: Chinese as pinyin without tones, with what accents and recognisers
confuse made one, other languages word by word. A longer phrase may have one syllable wrong for each
four; of several that are found the longest tells, then the one with fewer slips, then the one that
stands first. When two meanings can't be told apart, nothing is said.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from pypinyin import lazy_pinyin

from voicegw.model.call import LegReason

_CHUNK: Final = re.compile(r"[\u3400-\u9fff]+|(?:(?![\u3400-\u9fff])\w)+")
_SYLLABLES_A_SLIP: Final = 4
#: Pinyin that is confused: retroflex and plain initials, n and l, back and front nasals.
_FOLDINGS: Final = (
    (re.compile(r"^([zcs])h"), r"\1"),
    (re.compile(r"^n"), "l"),
    (re.compile(r"(?<=[aeiou])ng$"), "n"),
)


@dataclass(frozen=True, slots=True)
class Announcement:
    """A meaning and one of the phrases that say it, as sounds."""

    reason: LegReason
    sounds: tuple[str, ...]


class AnnouncementBook:
    """All phrases that mean something."""

    def __init__(self, phrases: Sequence[tuple[LegReason, str]]) -> None:
        """Take meanings and phrases in the order of their weight; empty phrases are left out."""
        known = ((reason, tuple(_sounds(phrase))) for reason, phrase in phrases)
        self._announcements = [Announcement(reason, sounds) for reason, sounds in known if sounds]

    def meaning(self, text: str) -> LegReason | None:
        """Return what an announcement means; None when nothing in it is known."""
        said = list(_sounds(text))
        found: list[tuple[int, int, LegReason]] = []
        for announcement in self._announcements:
            slips = _slips(announcement.sounds, said)
            if slips is not None:
                found.append((len(announcement.sounds) - slips, -slips, announcement.reason))
        if not found:
            return None
        best = max(found, key=lambda one: one[:2])
        rivals = {reason for length, slips, reason in found if (length, slips) == best[:2]}
        # Two meanings that both slipped are one sentence, heard badly: 已关机 or 已停机.
        return best[2] if best[1] == 0 or len(rivals) == 1 else None


def _sounds(text: str) -> Iterator[str]:
    for chunk in _CHUNK.findall(text.casefold()):
        if not "\u3400" <= chunk[0] <= "\u9fff":
            yield chunk
            continue
        for syllable in lazy_pinyin(chunk):
            yield _folded(syllable)


def _folded(syllable: str) -> str:
    for pattern, instead in _FOLDINGS:
        syllable = pattern.sub(instead, syllable)
    return syllable


def _slips(phrase: Sequence[str], said: Sequence[str]) -> int | None:
    """Return with how many wrong sounds `phrase` stands in `said`; None when it does not."""
    allowed = len(phrase) // _SYLLABLES_A_SLIP
    windows = range(len(said) - len(phrase) + 1)
    slips = min(
        (
            sum(one != other for one, other in zip(phrase, said[start:], strict=False))
            for start in windows
        ),
        default=allowed + 1,
    )
    return slips if slips <= allowed else None
