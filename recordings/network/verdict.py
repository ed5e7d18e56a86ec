"""Why nobody answered, from what was heard of the network. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Final

from recordings.network.tones import Tone
from voicegw.model.call import LegReason, ReasonSource

#: Codes that networks give for nearly everything: a tone says more.
_VAGUE: Final = frozenset(
    {None, LegReason.NO_ANSWER, LegReason.NOT_REACHABLE, LegReason.CONGESTION}
)
#: What a tone says; of several the first one that was heard.
_BY_TONE: Final[Mapping[Tone, LegReason]] = {
    Tone.UNOBTAINABLE: LegReason.VACANT_NUMBER,
    Tone.BUSY: LegReason.BUSY,
    Tone.CONGESTION: LegReason.CONGESTION,
}


def verdict(
    by_code: LegReason | None, tones: Collection[Tone], announced: LegReason | None
) -> tuple[LegReason, ReasonSource] | None:
    """Return the reason that what was heard gives, and from what; None: the code's stands.

    Words outweigh everything: networks say 480 or 486 and mean what they announce. Tones outweigh
    codes that are used for nearly everything, and no others: a busy tone follows many failures.
    Ring-back alone says that it rang; the special information tone that the call can't be completed
    for a reason that its announcement would tell.
    """
    if announced is not None:
        return announced, ReasonSource.ANNOUNCEMENT
    if by_code not in _VAGUE:
        return None
    for tone, reason in _BY_TONE.items():
        if tone in tones:
            return reason, ReasonSource.TONE
    if by_code in (None, LegReason.NOT_REACHABLE) and Tone.RINGBACK in tones:
        return LegReason.NO_ANSWER, ReasonSource.TONE
    if by_code is None and Tone.INFORMATION in tones:
        return LegReason.NOT_REACHABLE, ReasonSource.TONE
    return None
