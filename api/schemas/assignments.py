"""Orders to give tasks to managers, on the wire."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import ConfigDict, Field

from api.schemas.base import (
    Id,
    Label,
    OptionalTime,
    RequestModel,
    Text,
    Time,
    ViewModel,
    time_field,
)
from api.schemas.tasks import Slug
from voicegw.model.task import TaskState, TaskType
from voicegw.model.task_assignment import AssignmentState, Balance, RuleKind, StayReason

ManagerIds = Annotated[list[Id], Field(max_length=1000)]

_BALANCE = (
    "What differs by one at most among those who share: `new`, how many tasks of this order they"
    " get; `total`, how many open tasks they have afterwards"
)
_DEPUTIES = "Whether the deputy of a manager who is away or has departed stands in"


class _Sharing(RequestModel):
    """What rules have in common by which managers share."""

    balance: Annotated[Balance, Field(strict=False)] = Field(Balance.NEW, description=_BALANCE)
    use_deputies: bool = Field(False, description=_DEPUTIES)


class ByOwner(_Sharing):
    """To the owner of each task's customer.

    The managers of the order, if there are any, share what owners can't take: customers that are
    nobody's, owners who are away or have departed.
    """

    kind: Literal["owner"]


class Evenly(_Sharing):
    """Evenly to the managers of the order."""

    kind: Literal["evenly"]


class ByClass(_Sharing):
    """By the class of each task's customer; several managers of a class share its tasks evenly.

    The managers of the order, if there are any, share the tasks of other classes.
    """

    kind: Literal["class"]
    classes: dict[Label, Annotated[list[Id], Field(min_length=1, max_length=1000)]] = Field(
        min_length=1,
        max_length=200,
        description="Class to managers",
        examples=[{"gold": ["mgr_06f1q2r3"]}],
    )


class BySkill(_Sharing):
    """Evenly to those managers of the order who have the skill that the task's type calls for."""

    kind: Literal["skill"]
    skills: dict[Slug, Label] = Field(
        min_length=1,
        max_length=200,
        description="Type of task (the name of a type of your own) to skill; tasks of other types"
        " go to all managers of the order",
        examples=[{"complaint": "complaints"}],
    )


class ByHand(RequestModel):
    """Each task to the manager that is named for it."""

    kind: Literal["hand"]
    managers: dict[Id, Id] = Field(
        min_length=1,
        max_length=5000,
        description="Task to manager",
        examples=[{"tsk_06f1q2r3": "mgr_06f1q2r3"}],
    )
    use_deputies: bool = Field(False, description=_DEPUTIES)


AssignRule = Annotated[ByOwner | Evenly | ByClass | BySkill | ByHand, Field(discriminator="kind")]


class AssignFilter(RequestModel):
    """Which open tasks: all that fulfil every condition given, as in the list of tasks."""

    type: Annotated[TaskType, Field(strict=False)] | None = Field(
        None, description="Why there is something to do"
    )
    own_type: Slug | None = Field(None, description="Of this type of yours")
    state: Annotated[TaskState, Field(strict=False)] | None = Field(
        None, description="How far they are"
    )
    group_id: Id | None = Field(None, description="Of this group and those below it")
    manager_id: Id | None = Field(None, description="Of this manager")
    nobodys: bool = Field(False, description="Only those that have no manager")
    customer_id: Id | None = Field(None, description="Of this customer")
    due_before: Time | None = Field(None, description="Due before; RFC 3339")
    from_: Time | None = Field(None, alias="from", description="Created at or after; RFC 3339")
    until: Time | None = Field(None, description="Created before; RFC 3339")


class TaskAssignBody(RequestModel):
    """Which tasks go to whom. With `hand` the rule names the tasks, else name or filter them."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "filter": {"type": "renewal", "nobodys": True},
                    "rule": {"kind": "evenly", "balance": "total"},
                    "group_id": "grp_06f1q2r3",
                    "preview": True,
                },
                {
                    "task_ids": ["tsk_06f1q2r3"],
                    "rule": {"kind": "owner", "use_deputies": True},
                },
            ]
        }
    )

    rule: AssignRule
    task_ids: Annotated[list[Id], Field(min_length=1, max_length=5000)] | None = Field(
        None, description="These tasks; else `filter`"
    )
    filter: AssignFilter | None = Field(
        None, description="These tasks, at most 100,000; else `task_ids`"
    )
    manager_ids: ManagerIds = Field(
        default_factory=list, description="The managers of the order; else `group_id`"
    )
    group_id: Id | None = Field(
        None, description="The managers of the order are the active ones of this group"
    )
    why: Annotated[Text, Field(max_length=500)] = Field("", description="Kept with the order")
    plan_tag: Annotated[Text, Field(max_length=64)] | None = Field(
        None,
        description="`plan_tag` of a preview: what it told must still be so, else 409"
        " `assignment-changed`",
    )
    preview: bool = Field(False, description="Tell what would be done, write nothing")


class TaskShareView(ViewModel):
    """How many tasks one manager gets."""

    manager_id: str
    tasks: int = Field(description="That another manager, or nobody, had before")
    kept: int = Field(description="That stay with this manager")


class TasksLeftView(ViewModel):
    """How many tasks stay where they are, and why."""

    reason: StayReason
    tasks: int = Field(description="How many of them")
    task_ids: list[str] = Field(description="The first hundred of them")


class AssignPreviewView(ViewModel):
    """What an order would do if it were given now."""

    kind: RuleKind
    plan_tag: str = Field(
        description="Names exactly this plan: an order that carries it is refused once anything of"
        " it has changed"
    )
    tasks: int = Field(description="How many would get another manager")
    kept: int = Field(description="How many are with the right manager already")
    shares: list[TaskShareView]
    left_out: list[TasksLeftView]


class AssignmentView(ViewModel):
    """An order to give tasks to managers, and how far it is."""

    id: str = Field(description="Opaque", examples=["asg_06f1q2r3"])
    state: AssignmentState = Field(
        description="`running`; at the end `done`, or `failed`: then `failure` says why, and what"
        " was given stays given"
    )
    kind: RuleKind
    why: str
    group_id: str | None = Field(
        description="Of its managers, else of its filter, else of the key that asked; who sees the"
        " group sees the order"
    )
    created_at: datetime = Field(description="RFC 3339, UTC")
    created_by: str = Field(description="The key or user that asked for it")
    tasks: int = Field(description="How many were to get another manager")
    position: int = Field(description="How many of these have been looked at")
    moved: int = Field(description="How many of these have got another manager")
    kept: int = Field(description="How many were with the right manager already")
    shares: list[TaskShareView] = Field(description="Who has got how many by now")
    left_out: list[TasksLeftView] = Field(
        description="What stayed: from the beginning, and what was found closed, given to somebody"
        " else or taken since"
    )
    finished_at: OptionalTime = time_field("When it was over")
    failure: str | None = Field(description="Why it failed; a stable short name")
