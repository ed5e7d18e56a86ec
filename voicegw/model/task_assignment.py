"""Orders that give many tasks to managers: by which rule, who gets how many, what stays and why."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Final

import msgspec


class RuleKind(StrEnum):
    """How it is decided who gets a task."""

    OWNER = "owner"
    """Whoever owns the customer."""
    EVENLY = "evenly"
    CLASS = "class"
    """By the customer's class."""
    SKILL = "skill"
    """By what the tasks' type calls for."""
    HAND = "hand"
    """Each as it is named."""


class Balance(StrEnum):
    """What is made even where several managers share."""

    NEW = "new"
    """How many tasks of the order each one gets."""
    TOTAL = "total"
    """How many open tasks each one has afterwards."""


class Rule(msgspec.Struct, frozen=True):
    """Who gets which task.

    `manager_ids` share evenly: all tasks (`evenly`), those for which the type asks no skill
    (`skill`), those of classes that are not named (`class`), those whose owner can't take them
    (`owner`); none: these stay. `classes` names the managers for each class of customers, `skills`
    the skill for each type of tasks (the name of one's own types), `pairs` the manager for each
    task. With `use_deputies` the deputy of a manager who is away or has departed stands in.
    """

    kind: RuleKind
    manager_ids: list[str] = []
    classes: dict[str, list[str]] = {}
    skills: dict[str, str] = {}
    pairs: dict[str, str] = {}
    balance: Balance = Balance.NEW
    use_deputies: bool = False

    def named_ids(self) -> list[str]:
        """Return everybody whom the rule names, each once."""
        of_classes = [one for ids in self.classes.values() for one in ids]
        return list(dict.fromkeys([*self.manager_ids, *of_classes, *self.pairs.values()]))


class StayReason(StrEnum):
    """Why a task stays where it is."""

    UNKNOWN = "unknown"
    """It was named, but there is none, or none that the one who asked may see."""
    CLOSED = "closed"
    TAKEN = "taken"
    """Its manager has talked with the customer, and so owns the matter (首问负责)."""
    NO_OWNER = "no-owner"
    """The customer belongs to nobody, or is nobody in the directory."""
    NO_RECIPIENT = "no-recipient"
    """Nobody is named for it, or nobody of those named has the skill."""
    OTHER_GROUP = "other-group"
    """The owner is nobody whom the one who asked may give to."""
    AWAY = "away"
    DEPARTED = "departed"
    CHANGED = "changed"
    """Somebody has given it to another manager since it was planned."""
    RECIPIENT_GONE = "recipient-gone"
    """Who was to get it has departed, or was deleted, since it was planned."""


class Assignable(msgspec.Struct, frozen=True):
    """A task that may be given to somebody. `type_name` is its type's, or its own type's, name.

    One that `is_taken` has a manager who has talked with the customer, and is still there.
    """

    task_id: str
    type_name: str
    manager_id: str | None = None
    owner_id: str | None = None
    customer_class: str | None = None
    is_open: bool = True
    is_taken: bool = False


class Presence(StrEnum):
    """Whether a manager takes tasks."""

    THERE = "there"
    AWAY = "away"
    DEPARTED = "departed"


class Recipient(msgspec.Struct, frozen=True):
    """A manager who may get tasks; `load` counts the open ones that are not in the order."""

    manager_id: str
    presence: Presence = Presence.THERE
    deputy_id: str | None = None
    skills: frozenset[str] = frozenset()
    load: int = 0


class Move(msgspec.Struct, frozen=True, array_like=True):
    """One task that goes from one manager, or nobody, to another."""

    task_id: str
    from_manager_id: str | None
    to_manager_id: str


class TaskShare(msgspec.Struct, frozen=True):
    """How many tasks of an order one manager gets, and how many more that manager has already."""

    manager_id: str
    tasks: int
    kept: int = 0


class TasksLeft(msgspec.Struct, frozen=True):
    """How many tasks stay where they are for one reason, and the first of them."""

    reason: StayReason
    tasks: int
    task_ids: list[str] = []


MAX_NAMED: Final = 100
"""How many tasks are named for each reason to stay; the others are counted."""


class AssignmentState(StrEnum):
    """How far an order is; the last two are final."""

    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


class Assignment(msgspec.Struct, frozen=True):
    """An order: `tasks` are to move, of which the first `position` have been looked at.

    `moved` of these went to whom `shares` says; the others are in `left_out`, with those that were
    known to stay from the beginning.
    """

    id: str
    state: AssignmentState
    rule: Rule
    created_by: str
    created_at: datetime
    tasks: int
    role: str = ""
    group_id: str | None = None
    why: str = ""
    position: int = 0
    moved: int = 0
    kept: int = 0
    shares: list[TaskShare] = []
    left_out: list[TasksLeft] = []
    finished_at: datetime | None = None
    failure: str | None = None


def merged(*lists: list[TasksLeft]) -> list[TasksLeft]:
    """Return what stays for each reason, of several lists together, by reason."""
    found: dict[StayReason, TasksLeft] = {}
    for one in (one for each in lists for one in each):
        before = found.get(one.reason, TasksLeft(one.reason, 0))
        ids = [*before.task_ids, *one.task_ids][:MAX_NAMED]
        found[one.reason] = TasksLeft(one.reason, before.tasks + one.tasks, ids)
    return [found[reason] for reason in sorted(found)]
