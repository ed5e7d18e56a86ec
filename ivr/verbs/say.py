"""say: have the caller hear sentences, in the caller's language."""

from __future__ import annotations

from typing import Annotated

import msgspec

from ivr.verbs.verb import Edge, Go, PromptName, StepName, Verb, Visit
from voicegw.calls.flow_terms import Command, Event, Say

Sentences = Annotated[
    tuple[PromptName, ...],
    msgspec.Meta(min_length=1, max_length=20, description="Prompts, heard one after the other."),
]


class SayVerb(Verb, tag="say", frozen=True, kw_only=True):
    """Say prompts one after the other, then go on."""

    prompts_: Sentences = msgspec.field(name="prompts")
    next: StepName
    skip: Annotated[
        bool,
        msgspec.Meta(description="Whether a key ends it; the key counts for the step that follows"),
    ] = False

    def edges(self) -> tuple[Edge, ...]:
        """On to `next`."""
        return (Edge("", self.next),)

    def prompts(self) -> tuple[str, ...]:
        """Return what is said."""
        return self.prompts_

    def enter(self, visit: Visit) -> Command | Go:
        """Say it."""
        return Say(self.prompts_, visit.language, self.skip)

    def heed(self, visit: Visit, event: Event) -> Command | Go:
        """Go on."""
        del visit, event
        return Go(self.next)
