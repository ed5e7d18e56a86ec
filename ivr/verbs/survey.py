"""survey: have the customer asked by keys how it was, once the talk is over."""

from __future__ import annotations

from typing import Annotated

import msgspec

from ivr.verbs.verb import Edge, Go, StepName, Verb, Visit
from voicegw.calls.flow_terms import AskAfterwards, Command, Event


class SurveyVerb(Verb, tag="survey", frozen=True, kw_only=True):
    """Choose the survey for the talk that this call comes to; then go on."""

    survey: Annotated[
        str,
        msgspec.Meta(
            pattern=r"^[a-z][a-z0-9_]{0,39}$",
            description="Name of the survey, as in the hotline's `after_call.survey`.",
        ),
    ]
    next: StepName

    def edges(self) -> tuple[Edge, ...]:
        """On to `next`."""
        return (Edge("", self.next),)

    def enter(self, visit: Visit) -> Command | Go:
        """Choose it."""
        del visit
        return AskAfterwards(self.survey)

    def heed(self, visit: Visit, event: Event) -> Command | Go:
        """Go on."""
        del visit, event
        return Go(self.next)
