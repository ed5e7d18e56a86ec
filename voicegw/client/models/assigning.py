"""Models of assigning, as docs/openapi.json has them. Written by `make client`."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec
from msgspec import UNSET, UnsetType

from voicegw.client.models.enums import (
    AssignmentState,
    Balance,
    RuleKind,
    StayReason,
    TaskState,
    TaskType,
)


class AssignFilter(msgspec.Struct, kw_only=True, omit_defaults=True):
    """Which open tasks: all that fulfil every condition given, as in the list of tasks."""

    #: Of this customer
    customer_id: str | UnsetType | None = UNSET
    #: Due before; RFC 3339
    due_before: datetime | UnsetType | None = UNSET
    #: Created at or after; RFC 3339
    from_: datetime | UnsetType | None = msgspec.field(name="from", default=UNSET)
    #: Of this group and those below it
    group_id: str | UnsetType | None = UNSET
    #: Of this manager
    manager_id: str | UnsetType | None = UNSET
    #: Only those that have no manager
    nobodys: bool | UnsetType = UNSET
    #: Of this type of yours
    own_type: str | UnsetType | None = UNSET
    #: How far they are
    state: TaskState | UnsetType | None = UNSET
    #: Why there is something to do
    type: TaskType | UnsetType | None = UNSET
    #: Created before; RFC 3339
    until: datetime | UnsetType | None = UNSET


class AssignPreview(msgspec.Struct, kw_only=True, frozen=True):
    """What an order would do if it were given now."""

    #: How many are with the right manager already
    kept: int
    #: By which rule: `owner`, `evenly`, `class`, `skill` or `hand`
    kind: RuleKind
    #: Tasks that would stay where they are, and why
    left_out: list[TasksLeft] = msgspec.field(default_factory=list)
    #: Names exactly this plan: an order that carries it is refused once anything of it has changed
    plan_tag: str
    #: How many tasks would go to whom
    shares: list[TaskShare] = msgspec.field(default_factory=list)
    #: How many would get another manager
    tasks: int


class Assignment(msgspec.Struct, kw_only=True, frozen=True):
    """An order to give tasks to managers, and how far it is."""

    #: RFC 3339, UTC
    created_at: datetime
    #: The key or user that asked for it
    created_by: str
    #: Why it failed; a stable short name
    failure: str | None = None
    #: When it was over; RFC 3339, UTC
    finished_at: datetime | None = None
    #: Of its managers, else of its filter, else of the key that asked; who sees the group sees the
    #: order
    group_id: str | None = None
    #: Opaque
    id: str
    #: How many were with the right manager already
    kept: int
    #: By which rule: `owner`, `evenly`, `class`, `skill` or `hand`
    kind: RuleKind
    #: What stayed: from the beginning, and what was found closed, given to somebody else or taken
    #: since
    left_out: list[TasksLeft] = msgspec.field(default_factory=list)
    #: How many of these have got another manager
    moved: int
    #: How many of these have been looked at
    position: int
    #: Who has got how many by now
    shares: list[TaskShare] = msgspec.field(default_factory=list)
    #: `running`; at the end `done`, or `failed`: then `failure` says why, and what was given stays
    #: given
    state: AssignmentState
    #: How many were to get another manager
    tasks: int
    #: Why, in plain words
    why: str


class ByClass(msgspec.Struct, kw_only=True, omit_defaults=True):
    """By the class of each task's customer; several managers of a class share its tasks evenly.
    The managers of the order, if there are any, share the tasks of other classes."""

    #: What differs by one at most among those who share: `new`, how many tasks of this order they
    #: get; `total`, how many open tasks they have afterwards
    balance: Balance | UnsetType = UNSET
    #: Class to managers
    classes: dict[str, Any] = msgspec.field(default_factory=dict)
    #: Which kind it is
    kind: str
    #: Whether the deputy of a manager who is away or has departed stands in
    use_deputies: bool | UnsetType = UNSET


class ByHand(msgspec.Struct, kw_only=True, omit_defaults=True):
    """Each task to the manager that is named for it."""

    #: Which kind it is
    kind: str
    #: Task to manager
    managers: dict[str, Any] = msgspec.field(default_factory=dict)
    #: Whether the deputy of a manager who is away or has departed stands in
    use_deputies: bool | UnsetType = UNSET


class ByOwner(msgspec.Struct, kw_only=True, omit_defaults=True):
    """To the owner of each task's customer.  The managers of the order, if there are any, share
    what owners can't take: customers that are nobody's, owners who are away or have departed."""

    #: What differs by one at most among those who share: `new`, how many tasks of this order they
    #: get; `total`, how many open tasks they have afterwards
    balance: Balance | UnsetType = UNSET
    #: Which kind it is
    kind: str
    #: Whether the deputy of a manager who is away or has departed stands in
    use_deputies: bool | UnsetType = UNSET


class BySkill(msgspec.Struct, kw_only=True, omit_defaults=True):
    """Evenly to those managers of the order who have the skill that the task's type calls for."""

    #: What differs by one at most among those who share: `new`, how many tasks of this order they
    #: get; `total`, how many open tasks they have afterwards
    balance: Balance | UnsetType = UNSET
    #: Which kind it is
    kind: str
    #: Type of task (the name of a type of your own) to skill; tasks of other types go to all
    #: managers of the order
    skills: dict[str, Any] = msgspec.field(default_factory=dict)
    #: Whether the deputy of a manager who is away or has departed stands in
    use_deputies: bool | UnsetType = UNSET


class Evenly(msgspec.Struct, kw_only=True, omit_defaults=True):
    """Evenly to the managers of the order."""

    #: What differs by one at most among those who share: `new`, how many tasks of this order they
    #: get; `total`, how many open tasks they have afterwards
    balance: Balance | UnsetType = UNSET
    #: Which kind it is
    kind: str
    #: Whether the deputy of a manager who is away or has departed stands in
    use_deputies: bool | UnsetType = UNSET


class TaskAssignBody(msgspec.Struct, kw_only=True, omit_defaults=True):
    """Which tasks go to whom. With `hand` the rule names the tasks, else name or filter them."""

    #: These tasks, at most 100,000; else `task_ids`
    filter: AssignFilter | UnsetType | None = UNSET
    #: The managers of the order are the active ones of this group
    group_id: str | UnsetType | None = UNSET
    #: The managers of the order; else `group_id`
    manager_ids: list[str] | UnsetType = UNSET
    #: `plan_tag` of a preview: what it told must still be so, else 409 `assignment-changed`
    plan_tag: str | UnsetType | None = UNSET
    #: Tell what would be done, write nothing
    preview: bool | UnsetType = UNSET
    #: By what tasks go to managers
    rule: ByOwner | Evenly | ByClass | BySkill | ByHand
    #: These tasks; else `filter`
    task_ids: list[str] | UnsetType | None = UNSET
    #: Kept with the order
    why: str | UnsetType = UNSET


class TaskShare(msgspec.Struct, kw_only=True, frozen=True):
    """How many tasks one manager gets."""

    #: That stay with this manager
    kept: int
    #: The manager
    manager_id: str
    #: That another manager, or nobody, had before
    tasks: int


class TasksLeft(msgspec.Struct, kw_only=True, frozen=True):
    """How many tasks stay where they are, and why."""

    #: Why, in a short stable name or in plain words
    reason: StayReason
    #: The first hundred of them
    task_ids: list[str] = msgspec.field(default_factory=list)
    #: How many of them
    tasks: int
