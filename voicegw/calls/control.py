"""The door to live calls for everything outside a call: the API reaches them only through this.

It is small on purpose, so that the API can become a process of its own and a request about a call
on another node can be passed on.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from voicegw.calls.explain import Explanation
from voicegw.calls.waiting_room import QueueState
from voicegw.model.call import Call
from voicegw.model.survey import Disposition


@dataclass(frozen=True, slots=True)
class DialRequest:
    """A click-to-dial. `customer_id`, `customer_number` or both are set.

    With both, that customer is meant, at that number. `customer_number` is normalised already;
    `ring_s` and `max_talk_s` are seconds, None for the hotline's and the policy's own.
    """

    manager_id: str
    customer_id: str | None = None
    customer_number: str | None = None
    hotline_id: str | None = None
    task_id: str | None = None
    client_state: str | None = None
    ring_s: int | None = None
    max_talk_s: int | None = None
    call_id: str | None = None
    """The id that the call is to have: written down before, by who must find it after a crash."""
    still_wanted: Callable[[], Awaitable[None]] | None = field(default=None, compare=False)
    """Asked when the call is in the store and nobody is rung yet; what it raises ends the call."""


@dataclass(frozen=True, slots=True)
class ExplainRequest:
    """What a call would do: `dial`, or one from `caller` (normalised; None: withheld).

    The latter calls the hotline `hotline_id`. At `at` (aware), or now.
    """

    dial: DialRequest | None = None
    hotline_id: str | None = None
    caller: str | None = None
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class StatementRequest:
    """A statement to be played: its id of whoever asks, and the name of its prompt."""

    id: str
    prompt: str


@dataclass(frozen=True, slots=True)
class DisclosureRequest:
    """Statements to be played to the customer in mid-call, each answered with a key.

    A statement is repeated up to `repeats` times when neither `yes_key` nor `no_key` comes within
    `timeout_s` of its end. After a refusal, or no answer, the rest is played only with `go_on`.
    """

    statements: tuple[StatementRequest, ...]
    yes_key: str = "1"
    no_key: str = "2"
    timeout_s: float = 10.0
    repeats: int = 1
    go_on: bool = False
    script_id: str | None = None
    script_version: int | None = None


class HandOnMode(StrEnum):
    """How somebody comes into a talk."""

    BLIND = "blind"
    """The manager leaves as soon as there is somebody."""
    CONSULT = "consult"
    """The manager talks with that one first, while the customer hears music."""
    ADD = "add"
    """Three talk."""


@dataclass(frozen=True, slots=True)
class HandOnRequest:
    """Who is to take over a customer, or to join: exactly one of the first three is set."""

    manager_id: str | None = None
    group_id: str | None = None
    short_code: str | None = None
    mode: HandOnMode = HandOnMode.BLIND


class CallControl(Protocol):
    """Starts and ends calls on this node."""

    async def dial(self, request: DialRequest) -> Call:
        """Start a click-to-dial and return it once it is in the store.

        Raises PolicyError (slug names the rule), NotFoundError (manager, customer, hotline),
        StoreUnavailableError. After any error nothing was or will be dialled.
        """
        ...

    async def explain(self, request: ExplainRequest) -> Explanation:
        """Tell what a call would do; nothing is dialled, taken or written.

        Raises NotFoundError (manager, customer, hotline), PolicyError for a customer without a
        number, StoreUnavailableError where nothing was ever read.
        """
        ...

    async def hangup(self, call_id: str) -> Call:
        """End a live call; one that has just ended is returned as it is.

        Raises NotFoundError when this node knows no such live call.
        """
        ...

    async def pause_recording(self, call_id: str) -> Call:
        """Record nothing of a live call until it is resumed; repeating it changes nothing.

        Raises NotFoundError when this node knows no such live call, ConflictError `not-recording`.
        """
        ...

    async def resume_recording(self, call_id: str) -> Call:
        """Record a live call again; repeating it changes nothing. Raises the same."""
        ...

    async def disclose(self, call_id: str, request: DisclosureRequest) -> Call:
        """Begin to play statements to the customer of a live call.

        Raises NotFoundError when this node knows no such live call, InvalidError for a prompt that
        there is not, ConflictError `disclosure-running`, `not-bridged`, `call-held` or
        `not-recording`.
        """
        ...

    async def abort_disclosure(self, call_id: str) -> Call:
        """Stop playing statements; what was answered stays. Raises NotFoundError."""
        ...

    async def hold(self, call_id: str, *, on: bool) -> Call:
        """Hold the customer of a live call, or connect the two again; repeating changes nothing.

        Raises NotFoundError when this node knows no such live call, ConflictError `not-bridged`,
        `transfer-running` or `disclosure-running`.
        """
        ...

    async def hand_on(self, call_id: str, request: HandOnRequest) -> Call:
        """Begin to hand the customer of a live call on, or to have somebody join.

        Raises the same, NotFoundError for a manager who is not there, PolicyError for a number that
        may not be dialled, and ConflictError `same-manager`, `manager-busy`, `manager-away`,
        `nobody-there`, `too-many-transfers` or `not-supported`.
        """
        ...

    async def complete_transfer(self, call_id: str) -> Call:
        """Hand the customer on to the colleague who is asked. ConflictError `not-consulting`."""
        ...

    async def cancel_transfer(self, call_id: str) -> Call:
        """Go back to customer and manager alone. ConflictError `not-consulting`."""
        ...

    async def dispose(self, call_id: str, disposition: Disposition) -> Call:
        """Note what came of a live call's talk; the last one told is the one that holds.

        Raises NotFoundError when this node knows no such live call.
        """
        ...

    def live(self, call_id: str) -> Call | None:
        """Return a copy of a call of this node that is fresher than the store's, else None."""
        ...

    def live_count(self) -> int:
        """Return how many calls run on this node."""
        ...

    def queues(self) -> Sequence[QueueState]:
        """Return the queues of this node that somebody has come to."""
        ...
