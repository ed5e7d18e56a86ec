"""menu: ask for one key and go where it leads."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

import msgspec

from ivr.verbs.sentences import Sentences, names_in, told, variables_in
from ivr.verbs.verb import Edge, Fault, Go, PromptName, StepName, Verb, Visit
from voicegw.calls.flow_terms import Collect, Collected, Command, Event

Key = Annotated[str, msgspec.Meta(pattern=r"^[0-9*#]$", description="A key: 0 to 9, `*` or `#`.")]
Tries = Annotated[
    int, msgspec.Meta(ge=1, le=3, description="How often is asked before `otherwise`.")
]
Wait = Annotated[
    float, msgspec.Meta(ge=1, le=30, description="How long to wait for the first key, in seconds.")
]


class MenuVerb(Verb, tag="menu", frozen=True, kw_only=True):
    """Say the choices; whoever presses none of them is asked again, and at last led `otherwise`."""

    prompts_: Sentences = msgspec.field(name="prompts")
    keys: Annotated[
        dict[Key, StepName], msgspec.Meta(min_length=1, description="Where each key leads.")
    ]
    otherwise: StepName
    tries: Tries = 3
    wait_s: Wait = 5.0
    invalid: Annotated[PromptName, msgspec.Meta(description="Said after a wrong key.")] = (
        "invalid_choice"
    )
    silent: Annotated[PromptName, msgspec.Meta(description="Said when no key came.")] = "no_input"

    def edges(self) -> tuple[Edge, ...]:
        """Where each key leads, and where none does."""
        keys = (Edge(key, target, is_input=True) for key, target in self.keys.items())
        return (*keys, Edge("otherwise", self.otherwise))

    def prompts(self) -> tuple[str, ...]:
        """Return the choices, and what is said when none was made."""
        again = (self.invalid, self.silent) if self.tries > 1 else ()
        return (*names_in(self.prompts_), *again)

    def reads(self) -> tuple[str, ...]:
        """Return the variables that are spoken."""
        return variables_in(self.prompts_)

    def faults(self) -> Iterator[Fault]:
        """A menu whose keys all lead to one place is none."""
        if len(self.keys) > 1 and len({*self.keys.values(), self.otherwise}) == 1:
            what = "every key leads to the same step"
            yield Fault("keys", what, "say it, or give other steps", "repeated")

    def enter(self, visit: Visit) -> Command | Go:
        """Ask."""
        return self._asked(visit, ())

    def heed(self, visit: Visit, event: Event) -> Command | Go:
        """Go where the key leads, or ask again."""
        digits = event.digits if isinstance(event, Collected) else ""
        if digits in self.keys:
            return Go(self.keys[digits], digits)
        visit.tries += 1
        if visit.tries >= self.tries:
            return Go(self.otherwise, "otherwise", "invalid" if digits else "no-input")
        return self._asked(visit, (self.invalid if digits else self.silent,))

    def _asked(self, visit: Visit, before: tuple[str, ...]) -> Collect:
        return Collect((*before, *told(self.prompts_, visit)), visit.language, wait_s=self.wait_s)
