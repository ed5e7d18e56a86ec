"""voicemail: have the caller leave a message."""

from __future__ import annotations

from typing import Annotated

import msgspec

from ivr.verbs.verb import Edge, Go, PromptName, StepName, Verb, Visit
from voicegw.calls.flow_terms import Command, Event, Take, Taken
from voicegw.routing.plan import StepKind


class VoicemailVerb(Verb, tag="voicemail", frozen=True, kw_only=True):
    """Record a message, which ends the call; `otherwise` when nothing was said."""

    otherwise: StepName
    greeting: Annotated[PromptName, msgspec.Meta(description="Said before the beep.")] | None = None
    max_s: (
        Annotated[int, msgspec.Meta(ge=5, le=600, description="The longest message, in seconds.")]
        | None
    ) = None

    def edges(self) -> tuple[Edge, ...]:
        """On to `otherwise` when no message was left."""
        return (Edge("otherwise", self.otherwise),)

    def prompts(self) -> tuple[str, ...]:
        """Return the greeting."""
        return () if self.greeting is None else (self.greeting,)

    def enter(self, visit: Visit) -> Command | Go:
        """Record, as the hotline has it where the step says nothing."""
        del visit
        given = {
            name: value
            for name in ("greeting", "max_s")
            if (value := getattr(self, name)) is not None
        }
        return Take(StepKind.VOICEMAIL, settings=given)

    def heed(self, visit: Visit, event: Event) -> Command | Go:
        """Nothing was left: go on."""
        del visit
        return Go(self.otherwise, str(event.result) if isinstance(event, Taken) else "done")
