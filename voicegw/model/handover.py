"""Handovers: customers that change from one manager to others, all of them at one moment."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Final

import msgspec

from voicegw.model.introduction import Introduction


class HandoverState(StrEnum):
    """How far a handover is; the last three are final."""

    STAGING = "staging"
    """It is being written down who shall get whom."""
    STAGED = "staged"
    """Ready, and waiting for its turn."""
    SCHEDULED = "scheduled"
    """Ready, and waiting for its time."""
    SWITCHING = "switching"
    """The new owners answer already; customers' records and histories follow in chunks."""
    DONE = "done"
    CANCELED = "canceled"
    FAILED = "failed"


#: A handover can be called off as long as no call was led to a new owner.
CANCELABLE: Final = frozenset(
    {HandoverState.STAGING, HandoverState.STAGED, HandoverState.SCHEDULED}
)
OPEN_STATES: Final = CANCELABLE | {HandoverState.SWITCHING}


class RecipientKind(StrEnum):
    """How it is decided who gets a customer."""

    ONE = "one"
    EVENLY = "evenly"
    BY_CLASS = "by_class"
    DEPUTY = "deputy"
    BACK = "back"
    """What earlier handovers took from the manager returns."""


class LeftOutReason(StrEnum):
    """Why a customer stays where it is."""

    UNKNOWN = "unknown"
    """There is no such customer, or none that the one who asked may see."""
    OTHER_OWNER = "other-owner"
    """A customer was named who is somebody else's."""
    OTHER_GROUP = "other-group"
    """The customer is of a group that the one who asked may not see."""
    NO_RECIPIENT = "no-recipient"
    """Nobody is named for customers of this class."""
    OWNER_CHANGED = "owner-changed"
    """Somebody gave the customer to another manager before the switch."""
    CUSTOMER_GONE = "customer-gone"
    """The customer was deleted before the switch."""


class ItemResult(StrEnum):
    """What became of one customer at the switch."""

    MOVED = "moved"
    OWNER_CHANGED = "owner-changed"
    CUSTOMER_GONE = "customer-gone"


class Choice(msgspec.Struct, frozen=True):
    """Which of the manager's customers: all that fulfil every condition given.

    Empty lists and None are no condition.
    """

    customer_ids: list[str] | None = None
    classes: list[str] = msgspec.field(default_factory=list)
    tiers: list[str] = msgspec.field(default_factory=list)


class Recipients(msgspec.Struct, frozen=True):
    """Who gets the customers.

    `manager_ids` are one manager (`one`, `deputy`, `back`: the one who returns) or several
    (`evenly`); with `by_class`, `by_class` names one for each class and `other_id` the one for all
    other classes. `back_of` narrows `back` to what one earlier handover moved.
    """

    kind: RecipientKind
    manager_ids: list[str] = msgspec.field(default_factory=list)
    by_class: dict[str, str] = msgspec.field(default_factory=dict)
    other_id: str | None = None
    back_of: str | None = None

    def all_ids(self) -> list[str]:
        """Return everybody who may get a customer, each once."""
        other = [] if self.other_id is None else [self.other_id]
        return list(dict.fromkeys([*self.manager_ids, *self.by_class.values(), *other]))


class Share(msgspec.Struct, frozen=True):
    """How many customers one manager gets."""

    manager_id: str
    customers: int


class LeftOut(msgspec.Struct, frozen=True):
    """How many customers stay where they are for one reason, and the first of them."""

    reason: LeftOutReason
    customers: int
    customer_ids: list[str] = msgspec.field(default_factory=list)


class Handover(msgspec.Struct, frozen=True):
    """Customers of `from_manager_id` that go to others; of `back`, that return to that manager.

    `switch_at` is when: None is as soon as everything is staged. `scope_ids` are the groups whose
    customers the one who asked may see; None: all. `moved` counts customers, and `left_out` what
    was known when it was staged and, in the end, what the switch found changed.
    """

    id: str
    from_manager_id: str
    state: HandoverState
    to: Recipients
    created_by: str
    created_at: datetime
    group_id: str | None = None
    choice: Choice = msgspec.field(default_factory=Choice)
    why: str = ""
    scope_ids: list[str] | None = None
    switch_at: datetime | None = None
    staged_at: datetime | None = None
    switched_at: datetime | None = None
    finished_at: datetime | None = None
    shares: list[Share] = msgspec.field(default_factory=list)
    left_out: list[LeftOut] = msgspec.field(default_factory=list)
    moved: int = 0
    introduction: Introduction | None = None
    """How each customer's new owner gets known; None: no tasks are made for that."""
    moves_matters: bool = True
    """Whether matters that customers have raised go along, which their manager answers for."""
    failure: str | None = None

    def is_due(self, now: datetime) -> bool:
        """Whether its time has come."""
        return self.switch_at is None or self.switch_at <= now


class HandoverItem(msgspec.Struct, frozen=True):
    """One customer of a handover; `result` is None until the customer's record was changed."""

    customer_id: str
    from_manager_id: str
    to_manager_id: str
    result: ItemResult | None = None


class Candidate(msgspec.Struct, frozen=True):
    """A customer that may be handed over, and the present owner."""

    customer_id: str
    owner_id: str | None
    group_id: str
    class_: str | None = None
    tier: str | None = None
