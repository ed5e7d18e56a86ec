"""Where the statements and phrases of a script were said in a talk. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from recordings.quality.negation import Doubt
from recordings.quality.phrases import FOUND, UNSURE, phrase
from recordings.quality.places import Side, places
from voicegw.model.recording import Channel
from voicegw.model.script import ForbiddenPhrase, Script, Statement
from voicegw.model.transcript import Segment

#: What managers say to tell that a talk is recorded.
_NOTICES: Final = (
    "本次通话会被录音",
    "本次通话将被录音",
    "通话全程录音",
    "我们的通话有录音",
    "为保证服务质量通话可能会被录音",
    "这个电话是录音的",
    "电话正在录音",
    "this call is being recorded",
    "this call is recorded",
    "this call may be recorded",
)

_SENTENCE_S: Final = 10.0
"""How long a notice goes on, seconds: who begins it in time tells it in time."""


@dataclass(frozen=True, slots=True)
class Occurrence:
    """A place of a talk that sounds like a statement or phrase; times in seconds.

    `likelihood`, 0 to 1, says that it does not stand in the transcript but in what else the
    recogniser may have heard.
    """

    start_s: float
    end_s: float
    score: float
    doubt: Doubt | None
    evidence: str
    likelihood: float | None = None

    @property
    def is_found(self) -> bool:
        """Whether it was said here."""
        return self.doubt is None and self.score >= FOUND

    @property
    def is_unsure(self) -> bool:
        """Whether a person should listen."""
        return self.doubt is None and UNSURE <= self.score < FOUND

    def overlaps(self, other: Occurrence) -> bool:
        """Whether both are about the same words."""
        return self.start_s < other.end_s and other.start_s < self.end_s


class Sides:
    """What each side said, as segments in order and as what phrases are looked for in."""

    def __init__(
        self, segments: Sequence[Segment], customer_heard: Sequence[tuple[float, float]] = ()
    ) -> None:
        """Take the segments of a talk in order of time, and where the customer was heard."""
        self.customer_heard = customer_heard
        self.segments = {side: [one for one in segments if one.channel is side] for side in Channel}
        self.said: dict[Channel, Side] = {
            side: Side(own, [one for one in segments if one.channel is not side])
            for side, own in self.segments.items()
        }


def occurrences(
    script: Script, sides: Sides, values: Mapping[str, str]
) -> dict[str, list[Occurrence]]:
    """Return where each statement and phrase of `script` was said, by id, in order of time.

    Of places that overlap, as those of a statement and of its other wording do, the surest is
    kept: what was found, then what alternatives leave to a person though it was understood
    otherwise, then what sounds most like it.
    """
    found: dict[str, list[Occurrence]] = {}
    for side in Channel:
        wanted = [
            (one.id, phrase(text, values, may_turn=isinstance(one, Statement)))
            for one in _items(script)
            if one.by is side
            for text in one.texts
        ]
        names = [name for name, _ in wanted]
        for row, place in places([one for _, one in wanted], sides.said[side], names):
            found.setdefault(wanted[row][0], []).append(
                Occurrence(
                    place.start_s,
                    place.end_s,
                    place.match.score,
                    place.match.doubt,
                    place.evidence,
                    place.likelihood,
                )
            )
    return {name: _surest(places) for name, places in found.items()}


def _items(script: Script) -> list[Statement | ForbiddenPhrase]:
    return [*script.statements, *script.phrases]


def _surest(places: Sequence[Occurrence]) -> list[Occurrence]:
    kept: list[Occurrence] = []
    for place in sorted(
        places,
        key=lambda one: (
            not one.is_found,
            one.likelihood is None or not one.is_unsure,
            -one.score,
        ),
    ):
        if not any(place.overlaps(other) for other in kept):
            kept.append(place)
    return sorted(kept, key=lambda one: one.start_s)


def notice_heard(sides: Sides, until_s: float) -> bool:
    """Whether the manager told before `until_s` that the talk is recorded."""
    notices = [phrase(one) for one in _NOTICES]
    # Alternatives are looked at for want of a notice: one that comes much too late is left out.
    early = {
        side: [one for one in own if one.start_s <= until_s + _SENTENCE_S]
        for side, own in sides.segments.items()
    }
    manager = Side(early[Channel.MANAGER], early[Channel.CUSTOMER])
    return any(
        place.match.is_found and place.start_s <= until_s
        for _, place in places(notices, manager, ["notice"] * len(notices))
    )
