"""gather: ask for digits and keep them in a variable."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Literal

import msgspec

from ivr.verbs.menu import Tries, Wait
from ivr.verbs.sentences import Sentences, names_in, told, variables_in
from ivr.verbs.verb import Edge, Fault, Go, PromptName, StepName, VariableName, Verb, Visit
from voicegw.calls.flow_terms import Collect, Collected, Command, Event

Digits = Annotated[int, msgspec.Meta(ge=1, le=40)]


class GatherVerb(Verb, tag="gather", frozen=True, kw_only=True):
    """Ask for a number of digits; the call's record tells only whether some were entered."""

    prompts_: Sentences = msgspec.field(name="prompts")
    into: Annotated[VariableName, msgspec.Meta(description="The variable that keeps the digits.")]
    next: StepName
    otherwise: StepName
    min_digits: Annotated[Digits, msgspec.Meta(description="Fewer are asked for again.")] = 1
    max_digits: Annotated[Digits, msgspec.Meta(description="With so many it is over.")] = 20
    end: Annotated[
        Literal["#", "*"], msgspec.Meta(description="The key that says that it is all.")
    ] = "#"
    tries: Tries = 3
    wait_s: Wait = 5.0
    between_s: Annotated[
        float, msgspec.Meta(ge=1, le=10, description="Longest wait between two keys, in seconds.")
    ] = 3.0
    secret: Annotated[
        bool, msgspec.Meta(description="Whether what is entered must not be recorded anywhere.")
    ] = False
    invalid: Annotated[PromptName, msgspec.Meta(description="Said after too few digits.")] = (
        "invalid_choice"
    )
    silent: Annotated[PromptName, msgspec.Meta(description="Said when no key came.")] = "no_input"

    def edges(self) -> tuple[Edge, ...]:
        """On to `next` with digits, `otherwise` without."""
        return (
            Edge("entered", self.next, is_input=True),
            Edge("otherwise", self.otherwise),
        )

    def prompts(self) -> tuple[str, ...]:
        """Return the question, and what is said when it was not answered."""
        again = (self.invalid, self.silent) if self.tries > 1 else ()
        return (*names_in(self.prompts_), *again)

    def reads(self) -> tuple[str, ...]:
        """Return the variables that are spoken."""
        return variables_in(self.prompts_)

    def writes(self) -> tuple[str, ...]:
        """Return the variable that keeps the digits."""
        return (self.into,)

    def faults(self) -> Iterator[Fault]:
        """More can't be wanted than may be entered."""
        if self.min_digits > self.max_digits:
            what = f"more than max_digits ({self.max_digits})"
            other = {"other": "max_digits"}
            yield Fault("min_digits", what, "lower it, or raise that", "too-great", other)

    def enter(self, visit: Visit) -> Command | Go:
        """Ask."""
        return self._asked(visit, ())

    def heed(self, visit: Visit, event: Event) -> Command | Go:
        """Keep what was entered, or ask again."""
        digits = event.digits if isinstance(event, Collected) else ""
        if digits.isdigit() and self.min_digits <= len(digits) <= self.max_digits:
            visit.variables[self.into] = digits
            return Go(self.next, "entered")
        visit.tries += 1
        if visit.tries >= self.tries:
            return Go(self.otherwise, "otherwise", "invalid" if digits else "no-input")
        return self._asked(visit, (self.invalid if digits else self.silent,))

    def _asked(self, visit: Visit, before: tuple[str, ...]) -> Collect:
        return Collect(
            (*before, *told(self.prompts_, visit)),
            visit.language,
            max_digits=self.max_digits,
            wait_s=self.wait_s,
            between_s=self.between_s,
            end_key=self.end,
            is_secret=self.secret,
        )
