"""condition: go one way or the other by what is known of the call."""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from typing import Annotated

import msgspec

from ivr.verbs.verb import Edge, Fault, Go, StepName, Text, VariableName, Verb, Visit
from voicegw.calls.flow_terms import Command, FlowContext


class Test(StrEnum):
    """What is looked at."""

    HOURS = "hours"
    """Whether the hotline is open just now."""
    HOLIDAY = "holiday"
    KNOWN = "known"
    """Whether the caller is a customer."""
    OWNER = "owner"
    """Whether the customer has a manager."""
    WITHHELD = "withheld"
    """Whether the caller shows no number."""
    CLASS = "class"
    TIER = "tier"
    LANGUAGE = "language"
    VARIABLE = "variable"


#: What is compared with `is`; the others are true or false by themselves.
_COMPARED = frozenset({Test.CLASS, Test.TIER, Test.LANGUAGE, Test.VARIABLE})


class ConditionVerb(Verb, tag="condition", frozen=True, kw_only=True):
    """Go to `then` where the test holds, else to `else`."""

    test: Annotated[Test, msgspec.Meta(description="What is looked at.")]
    then: StepName
    else_: StepName = msgspec.field(name="else")
    is_: Annotated[
        tuple[Text, ...],
        msgspec.Meta(description="The values for which it holds: class, tier, language, variable."),
    ] = msgspec.field(name="is", default=())
    variable: (
        Annotated[VariableName, msgspec.Meta(description="Which one, where `test` is `variable`.")]
        | None
    ) = None

    def edges(self) -> tuple[Edge, ...]:
        """The two ways."""
        return Edge("then", self.then), Edge("else", self.else_)

    def reads(self) -> tuple[str, ...]:
        """Return the variable that is looked at."""
        return () if self.variable is None else (self.variable,)

    def faults(self) -> Iterator[Fault]:
        """Values and a variable belong to some tests, and to no others."""
        if self.test in _COMPARED and not self.is_:
            what = f"missing: {self.test} is compared with it"
            yield Fault("is", what, "list the values", "missing")
        if self.test not in _COMPARED and self.is_:
            what = f"{self.test} is compared with nothing"
            yield Fault("is", what, "remove it", "not-with", {"other": "test"})
        if self.test is Test.VARIABLE and self.variable is None:
            yield Fault("variable", "missing", "name the variable to look at", "missing")
        if self.test is not Test.VARIABLE and self.variable is not None:
            what, mend = f"{self.test} looks at none", "remove it, or test: variable"
            yield Fault("variable", what, mend, "not-with", {"other": "test"})

    def enter(self, visit: Visit) -> Command | Go:
        """Decide."""
        if self._holds(visit):
            return Go(self.then, "then")
        return Go(self.else_, "else")

    def _holds(self, visit: Visit) -> bool:
        match self.test:
            case Test.CLASS:
                return visit.context.customer_class in self.is_
            case Test.TIER:
                return visit.context.tier in self.is_
            case Test.LANGUAGE:
                return visit.language in self.is_
            case Test.VARIABLE:
                return visit.variables.get(self.variable or "") in self.is_
            case _:
                return _plain(self.test, visit.context)


def _plain(test: Test, context: FlowContext) -> bool:
    return {
        Test.HOURS: context.is_open,
        Test.HOLIDAY: context.is_holiday,
        Test.KNOWN: context.is_known,
        Test.OWNER: context.has_owner,
        Test.WITHHELD: context.is_withheld,
    }[test]
