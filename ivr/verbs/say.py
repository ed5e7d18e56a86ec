"""say: have the caller hear sentences, in the caller's language."""

from __future__ import annotations

from typing import Annotated

import msgspec

from ivr.verbs.sentences import Sentences, names_in, told, variables_in
from ivr.verbs.verb import Edge, Go, StepName, Verb, Visit
from voicegw.calls.flow_terms import Command, Event, Say


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
        return names_in(self.prompts_)

    def reads(self) -> tuple[str, ...]:
        """Return the variables that are spoken."""
        return variables_in(self.prompts_)

    def enter(self, visit: Visit) -> Command | Go:
        """Say it."""
        return Say(told(self.prompts_, visit), visit.language, self.skip)

    def heed(self, visit: Visit, event: Event) -> Command | Go:
        """Go on."""
        del visit, event
        return Go(self.next)
