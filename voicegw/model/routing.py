"""What a hotline does with its callers: the settings a plan is computed from."""

from __future__ import annotations

from enum import StrEnum

import msgspec


class RingOrder(StrEnum):
    """How the telephones of one manager are rung."""

    IN_ORDER = "in_order"
    AT_ONCE = "at_once"


class GroupStrategy(StrEnum):
    """Which managers of a group are rung for a caller, and in which order."""

    RING_ALL = "ring_all"
    """All at once, up to the limit of the node; the first who takes the call has it."""
    ROUND_ROBIN = "round_robin"
    """One after the other, beginning behind whoever was rung last."""
    LONGEST_IDLE = "longest_idle"
    """Whose last call ended first is rung first."""
    FEWEST_CALLS = "fewest_calls"
    """Who has talked with the fewest customers today is rung first."""


class SharedNumber(StrEnum):
    """Whom a number leads to that several customers have."""

    LAST_DIALLED = "last_dialled"
    """The customer last dialled or spoken to at this number, else asked by a short menu."""
    MENU = "menu"
    """Always asked by a short menu."""


class GroupRouting(msgspec.Struct, frozen=True):
    """Ringing managers of the hotline's group. `ring_s` is for each round."""

    strategy: GroupStrategy = GroupStrategy.LONGEST_IDLE
    ring_s: int = 20
    skills: tuple[str, ...] = ()
    """Who lacks one of them is not rung."""


class QueueRouting(msgspec.Struct, frozen=True):
    """Waiting for a manager of the group. Times in seconds."""

    size: int = 50
    """Who comes when so many wait is not let in: the plan goes on."""
    max_wait_s: int = 300
    announce_every_s: int = 30
    """How often position and estimated wait are said; 0 for never."""
    music: str = "moh"
    """Name of the prompt that is played meanwhile."""
    callback: bool = True
    """Whether pressing 1 leaves the number and ends the call as `callback_requested`."""
    strategy: GroupStrategy = GroupStrategy.LONGEST_IDLE
    """Whom of those who are free a caller is offered first; `ring_all` offers all of them."""
    ring_s: int = 20
    """How long a manager is rung for one caller."""
    rest_s: int = 30
    """For how long a manager who has not taken a call is offered nobody."""
    wrap_up_s: int = 5
    """For how long after a caller from the queue a manager is offered nobody."""


class VoicemailRouting(msgspec.Struct, frozen=True):
    """Leaving a message."""

    greeting: str = "voicemail_greeting"
    """Name of the prompt before the beep."""
    max_s: int = 120
    min_s: float = 1.0
    """A shorter message is none."""


class Routing(msgspec.Struct, frozen=True):
    """Who answers for a hotline. What is None is left out of the plan."""

    ring: RingOrder = RingOrder.IN_ORDER
    responsible: bool = True
    """Whether the manager of the customer's open matter comes before the owner."""
    recent_days: int = 14
    """For how many days a manager who dialled or spoke to the number is tried; 0: not at all."""
    deputy: bool = True
    group: GroupRouting | None = None
    queue: QueueRouting | None = None
    voicemail: VoicemailRouting | None = None
    shared_number: SharedNumber = SharedNumber.LAST_DIALLED
    tell_manager: bool = False
    """Whether a manager hears who calls (class, last four digits) before the two are connected."""


class AfterCall(msgspec.Struct, frozen=True):
    """What is asked when the talk is over. Each is None or false where it isn't asked."""

    survey: str | None = None
    """Name of the survey that the customer answers by keys, once the manager has hung up."""
    result: bool = False
    """Whether the manager enters the result by keys, once the customer has hung up."""
    missed_sms: bool | None = None
    """Whether a customer whom a call did not reach is told by SMS; None: as is configured."""
