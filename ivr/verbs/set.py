"""set: give variables values, or choose the language."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

import msgspec

from ivr.verbs.verb import Edge, Fault, Go, StepName, Text, VariableName, Verb, Visit
from voicegw.calls.flow_terms import Command

Language = Annotated[str, msgspec.Meta(pattern=r"^[a-z]{2,3}$", description="Such as `zh`.")]


class SetVerb(Verb, tag="set", frozen=True, kw_only=True):
    """Set variables, the language, or both."""

    next: StepName
    language: (
        Annotated[Language, msgspec.Meta(description="One of the flow's languages, from here on.")]
        | None
    ) = None
    variables: Annotated[
        dict[VariableName, Text], msgspec.Meta(description="Values, by the variables' names.")
    ] = msgspec.field(default_factory=dict)

    def edges(self) -> tuple[Edge, ...]:
        """On to `next`."""
        return (Edge("", self.next),)

    def writes(self) -> tuple[str, ...]:
        """Return the variables that get values."""
        return tuple(self.variables)

    def faults(self) -> Iterator[Fault]:
        """Something has to be set."""
        if self.language is None and not self.variables:
            fields = {"fields": "language, variables"}
            yield Fault("do", "nothing is set", "give language or variables", "missing", fields)

    def enter(self, visit: Visit) -> Command | Go:
        """Set them."""
        visit.variables.update(self.variables)
        visit.language = self.language or visit.language
        return Go(self.next)
