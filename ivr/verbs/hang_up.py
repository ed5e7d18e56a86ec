"""hang_up: say the last there is to say and end the call."""

from __future__ import annotations

from typing import Annotated, ClassVar

import msgspec

from ivr.verbs.verb import Go, PromptName, Verb, Visit
from voicegw.calls.flow_terms import Command, HangUp


class HangUpVerb(Verb, tag="hang_up", frozen=True, kw_only=True):
    """End the call: `self_service`, unless somebody was rung in vain, or `missed` says so."""

    is_end: ClassVar[bool] = True

    prompts_: Annotated[
        tuple[PromptName, ...],
        msgspec.Meta(max_length=20, description="Prompts, heard before the end."),
    ] = msgspec.field(name="prompts", default=())
    missed: Annotated[
        bool, msgspec.Meta(description="Whether the caller wanted a person: a missed call.")
    ] = False

    def prompts(self) -> tuple[str, ...]:
        """Return what is said."""
        return self.prompts_

    def enter(self, visit: Visit) -> Command | Go:
        """Say it and hang up."""
        return HangUp(self.prompts_, visit.language, self.missed)
