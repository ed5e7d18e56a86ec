"""survey: have the customer asked by keys how it was, once the talk is over."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

import msgspec

from ivr.verbs.verb import Edge, Fault, Go, StepName, Verb, Visit
from voicegw.calls.flow_terms import AskAfterwards, Command, Event
from voicegw.model.survey import SURVEYS


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

    def prompts(self) -> tuple[str, ...]:
        """What the survey says and asks."""
        survey = SURVEYS.get(self.survey)
        return () if survey is None else survey.prompts()

    def faults(self) -> Iterator[Fault]:
        """A survey that nobody knows would be asked of nobody."""
        if self.survey not in SURVEYS:
            what, allowed = f"there is no survey {self.survey}", ", ".join(sorted(SURVEYS))
            yield Fault("survey", what, f"one of {allowed}", "not-one-of", {"allowed": allowed})

    def enter(self, visit: Visit) -> Command | Go:
        """Choose it."""
        del visit
        return AskAfterwards(self.survey)

    def heed(self, visit: Visit, event: Event) -> Command | Go:
        """Go on."""
        del visit, event
        return Go(self.next)
