"""play: have the caller hear a sound for a while, such as music."""

from __future__ import annotations

from typing import Annotated

import msgspec

from ivr.verbs.verb import Edge, Go, PromptName, StepName, Verb, Visit
from voicegw.calls.flow_terms import Command, Event, Play


class PlayVerb(Verb, tag="play", frozen=True, kw_only=True):
    """Play one sound over and over for a time, then go on."""

    sound: PromptName
    next: StepName
    for_s: Annotated[float, msgspec.Meta(gt=0, le=600, description="For how long, in seconds.")] = (
        10.0
    )
    skip: Annotated[
        bool,
        msgspec.Meta(description="Whether a key ends it; the key counts for the step that follows"),
    ] = False

    def edges(self) -> tuple[Edge, ...]:
        """On to `next`."""
        return (Edge("", self.next),)

    def prompts(self) -> tuple[str, ...]:
        """Return the sound."""
        return (self.sound,)

    def enter(self, visit: Visit) -> Command | Go:
        """Play it."""
        return Play(self.sound, visit.language, self.for_s, self.skip)

    def heed(self, visit: Visit, event: Event) -> Command | Go:
        """Go on."""
        del visit, event
        return Go(self.next)
