"""hang_up: say the last there is to say and end the call."""

from __future__ import annotations

from typing import Annotated, ClassVar

import msgspec

from ivr.verbs.sentences import Sentence, names_in, told, variables_in
from ivr.verbs.verb import Go, Verb, Visit
from voicegw.calls.flow_terms import Command, HangUp


class HangUpVerb(Verb, tag="hang_up", frozen=True, kw_only=True):
    """End the call: `self_service`, unless somebody was rung in vain, or `missed` says so."""

    is_end: ClassVar[bool] = True

    prompts_: Annotated[
        tuple[Sentence, ...],
        msgspec.Meta(max_length=20, description="Heard before the end, as in `say`."),
    ] = msgspec.field(name="prompts", default=())
    missed: Annotated[
        bool, msgspec.Meta(description="Whether the caller wanted a person: a missed call.")
    ] = False

    def prompts(self) -> tuple[str, ...]:
        """Return what is said."""
        return names_in(self.prompts_)

    def reads(self) -> tuple[str, ...]:
        """Return the variables that are spoken."""
        return variables_in(self.prompts_)

    def enter(self, visit: Visit) -> Command | Go:
        """Say it and hang up."""
        return HangUp(told(self.prompts_, visit), visit.language, self.missed)
