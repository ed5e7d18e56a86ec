"""What a step says: prompts by name, and values spoken from parts."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal, InvalidOperation
from typing import Annotated, Final

import msgspec

from ivr import spoken
from ivr.verbs.verb import PromptName, VariableName, Visit

ONE_OF: Final = "give one of "
"""How it is told that of some fields exactly one is to be given."""


class Spoken(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The value of a variable, spoken: one of the three. What can't be spoken is left out."""

    digits: Annotated[VariableName, msgspec.Meta(description="Digit by digit.")] | None = None
    number: Annotated[VariableName, msgspec.Meta(description="As a number.")] | None = None
    money: Annotated[VariableName, msgspec.Meta(description="As an amount in yuan.")] | None = None

    def __post_init__(self) -> None:
        """Raise ValueError unless it names one variable."""
        if len(self.variables) != 1:
            raise ValueError(f"{ONE_OF}digits, number, money")

    @property
    def variables(self) -> tuple[str, ...]:
        """The variables it names; one, where it is right."""
        return tuple(one for one in (self.digits, self.number, self.money) if one is not None)

    def told(self, visit: Visit) -> tuple[str, ...]:
        """Return the prompts that say it; none where the value can't be spoken."""
        value = visit.variables.get(next(iter(self.variables), ""), "")
        try:
            if self.digits is not None:
                return spoken.digits(value, visit.language)
            if self.number is not None:
                return spoken.cardinal(int(value), visit.language)
            return spoken.money(Decimal(value), visit.language)
        except (ValueError, InvalidOperation):
            return ()


Sentence = PromptName | Spoken
Sentences = Annotated[
    tuple[Sentence, ...],
    msgspec.Meta(
        min_length=1,
        max_length=20,
        description="Prompts by name, and values as `{digits: VARIABLE}`, one after the other.",
    ),
]


def names_in(sentences: Iterable[Sentence]) -> tuple[str, ...]:
    """Return the prompts that are named."""
    return tuple(one for one in sentences if isinstance(one, str))


def variables_in(sentences: Iterable[Sentence]) -> tuple[str, ...]:
    """Return the variables that are spoken."""
    return tuple(
        variable for one in sentences if isinstance(one, Spoken) for variable in one.variables
    )


def told(sentences: Iterable[Sentence], visit: Visit) -> tuple[str, ...]:
    """Return the prompts that say all of it in the caller's language."""
    names: list[str] = []
    for one in sentences:
        names += [one] if isinstance(one, str) else one.told(visit)
    return tuple(names)
