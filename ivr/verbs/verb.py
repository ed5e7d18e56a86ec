"""What every verb is: its fields are what a file may say, its methods what the stepper asks."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Annotated, ClassVar, Final

import msgspec

from voicegw.calls.flow_terms import Command, Event, FlowContext
from voicegw.field_faults import FaultKind, FaultParam

NAME: Final = r"^[a-z][a-z0-9_]{0,39}$"
PROMPT: Final = r"^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$"

StepName = Annotated[
    str, msgspec.Meta(pattern=NAME, description="Name of a step: letters, digits, underscores.")
]
VariableName = Annotated[str, msgspec.Meta(pattern=NAME, description="Name of a variable.")]
PromptName = Annotated[
    str, msgspec.Meta(pattern=PROMPT, description="Name of a prompt: its file without `.wav`.")
]
Text = Annotated[str, msgspec.Meta(max_length=200)]


@dataclass(frozen=True, slots=True)
class Edge:
    """A way out of a step. `is_input`: only a key of the caller leads this way."""

    label: str
    target: str
    is_input: bool = False


@dataclass(frozen=True, slots=True)
class Fault:
    """Something wrong in one field of a step."""

    field: str
    what: str
    mend: str
    kind: FaultKind = "other"
    params: Mapping[str, FaultParam] = dataclasses.field(default_factory=dict)
    """Values of the kind: see :data:`~voicegw.field_faults.FAULT_KINDS`."""


@dataclass(frozen=True, slots=True)
class Go:
    """The step is over: on to `step`. `result` and `reason` are written into the call's record."""

    step: str
    result: str = "done"
    reason: str | None = None


@dataclass(slots=True)
class Visit:
    """What a verb sees of the run: the call, the variables, and how often it has asked already."""

    context: FlowContext
    languages: tuple[str, ...]
    language: str
    variables: dict[str, str] = field(repr=False)
    tries: int = 0


class Verb(msgspec.Struct, frozen=True, kw_only=True, tag_field="do", forbid_unknown_fields=True):
    """Base of all verbs. A step of a flow is one verb with its fields."""

    is_end: ClassVar[bool] = False
    """Whether the flow is over with it, whatever happens."""

    @classmethod
    def word(cls) -> str:
        """The word after `do:`."""
        return str(cls.__struct_config__.tag)

    def edges(self) -> tuple[Edge, ...]:
        """Return every way out."""
        return ()

    def prompts(self) -> tuple[str, ...]:
        """Return the names of all prompts it may play."""
        return ()

    def reads(self) -> tuple[str, ...]:
        """Return the variables it reads."""
        return ()

    def writes(self) -> tuple[str, ...]:
        """Return the variables it writes."""
        return ()

    def faults(self) -> Iterator[Fault]:
        """Yield what is wrong with fields that are right each by itself."""
        yield from ()

    def enter(self, visit: Visit) -> Command | Go:
        """Return what to do, or where to go, when the step is reached. Every verb has its own."""
        raise NotImplementedError

    def heed(self, visit: Visit, event: Event) -> Command | Go:
        """Return what follows from what came of the command.

        Verbs whose `enter` gives no command, or ends the flow, have none of their own.
        """
        raise NotImplementedError
