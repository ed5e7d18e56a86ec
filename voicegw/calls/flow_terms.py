"""What a flow and the call that follows it say to each other. Pure data.

A flow never touches sound, store or network: it gives one command at a time and is told what came
of it (`ivr.flow.stepper`); :mod:`voicegw.calls.flow_run` does what the commands say. Both sides are
replaced easily: a test answers commands by hand.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from voicegw.routing.plan import StepKind, StepResult


@dataclass(frozen=True, slots=True)
class FlowContext:
    """What a flow may know of a call. There is no number and no name in it."""

    hotline_id: str = ""
    language: str = "zh"
    """What the node speaks by default, for flows that name no languages."""
    is_open: bool = True
    """Whether the hotline is within its hours just now."""
    is_holiday: bool = False
    is_known: bool = False
    """Whether the number belongs to a customer."""
    has_owner: bool = False
    customer_class: str | None = None
    tier: str | None = None
    is_withheld: bool = False
    """Whether the caller shows no number."""
    masked_number: str | None = None
    """The caller's number as others may see it, such as `138****8000`."""


# -- commands ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Say:
    """Have the caller hear prompts to their end; a key ends them early where `can_skip`."""

    prompts: tuple[str, ...]
    language: str
    can_skip: bool = False


@dataclass(frozen=True, slots=True)
class Play:
    """Play one sound over and over for `for_s` seconds, or until a key where `until_key`."""

    sound: str
    language: str
    for_s: float
    until_key: bool = False


@dataclass(frozen=True, slots=True)
class Collect:
    """Ask for keys; the first one ends the prompts.

    It is over after `max_digits`, with `end_key`, when nothing is pressed for `wait_s` after the
    prompts, or nothing more for `between_s`. With `is_secret` what is pressed is neither captured
    nor told to anybody but the flow.
    """

    prompts: tuple[str, ...]
    language: str
    max_digits: int = 1
    wait_s: float = 4.0
    between_s: float = 3.0
    end_key: str | None = None
    is_secret: bool = False


@dataclass(frozen=True, slots=True)
class Take:
    """Take a step of a plan: the same that a plan without a flow would take.

    What is None is as the hotline has it. `manager` is an id or what a telephone calls a manager: a
    number, a user, a staff number; `short_code` a number that `policy.allowed_short_codes` has.
    `settings` are fields of QueueRouting or VoicemailRouting that differ from the hotline's.
    """

    kind: StepKind
    group_id: str | None = None
    manager: str | None = field(default=None, repr=False)
    short_code: str | None = None
    settings: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Ask:
    """Ask an outside system by HTTP; the caller hears music when it takes long."""

    url: str
    body: Mapping[str, object]
    timeout_s: float


@dataclass(frozen=True, slots=True)
class AskAfterwards:
    """Have the customer asked this survey when the talk is over."""

    survey: str


@dataclass(frozen=True, slots=True)
class WalkPlan:
    """Leave the flow for the plan of the hotline, whole. The last command."""

    reason: str | None = None
    """Why the flow was given up, where it was not meant to end so."""


@dataclass(frozen=True, slots=True)
class HangUp:
    """Say the last there is to say and end the call. The last command.

    `is_missed`: whoever called wanted a person and has reached none.
    """

    prompts: tuple[str, ...]
    language: str
    is_missed: bool = False


Command = Say | Play | Collect | Take | Ask | AskAfterwards | WalkPlan | HangUp


# -- events --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Done:
    """What was to be said, played or set has been."""


@dataclass(frozen=True, slots=True)
class Collected:
    """The keys that were pressed, without the one that ended them; none: nothing in time."""

    digits: str = field(repr=False)
    is_ended: bool = False
    """Whether the key that ends them was pressed."""


@dataclass(frozen=True, slots=True)
class Taken:
    """A step of a plan was taken in vain; one that won a person or ended the call is not told."""

    result: StepResult


@dataclass(frozen=True, slots=True)
class Answered:
    """What the outside system says: where to go, and values for variables; None: nowhere."""

    go_to: str | None = None
    values: Mapping[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class Unanswered:
    """The outside system could not be asked, was too slow, or said what can't be read."""

    reason: str


Event = Done | Collected | Taken | Answered | Unanswered


# -- a run ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Passed:
    """A step that was left: what came of it, in words that hold nothing a caller has entered."""

    step: str
    verb: str
    result: str
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Move:
    """The next command, whose step it is, and what has been left since the command before."""

    step: str
    verb: str
    command: Command
    passed: tuple[Passed, ...] = ()


class FlowRun(Protocol):
    """One call's way through a flow. Pure: no clock, no sound, no network."""

    def begin(self, context: FlowContext) -> Move:
        """Return the first command."""
        ...

    def next(self, event: Event) -> Move:
        """Return the command that follows from what came of the one before."""
        ...


class Flow(Protocol):
    """One version of a flow; a call that has begun with it keeps it."""

    @property
    def name(self) -> str:
        """What hotlines call it."""
        ...

    @property
    def version(self) -> int:
        """Rises by one with each change."""
        ...

    def run(self) -> FlowRun:
        """Return a new way through it."""
        ...


class FlowLibrary(Protocol):
    """The newest version of every flow, from memory."""

    def flow(self, name: str) -> Flow | None:
        """Return the flow that hotlines call `name`; None when there is none that can be used."""
        ...


class NoFlows:
    """A library without flows (FlowLibrary)."""

    def flow(self, name: str) -> Flow | None:
        """Return none."""
        del name
        return None


class OutsideSystems(Protocol):
    """Asks systems outside by HTTP."""

    async def ask(self, request: Ask) -> Answered | Unanswered:
        """Return the answer, at the latest after `request.timeout_s`. Never raises."""
        ...


class NobodyOutside:
    """Stands in where nothing outside may be asked (OutsideSystems)."""

    async def ask(self, request: Ask) -> Answered | Unanswered:
        """Return that there is nobody to ask."""
        del request
        return Unanswered("not-allowed")
