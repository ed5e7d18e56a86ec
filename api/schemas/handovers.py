"""Handovers on the wire."""

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
from voicegw.model.handover import HandoverState, ItemResult, LeftOutReason, RecipientKind


class ToOne(RequestModel):
    """All to one manager."""

    kind: Literal["one"]
    manager_id: Id


class ToSeveral(RequestModel):
    """Evenly to several, who get the same number of customers or one more; in each class, too.

    Either `manager_ids`, or `group_id`: the active managers of that group who have all `skills`.
    """

    kind: Literal["evenly"]
    manager_ids: list[Id] = Field(default_factory=list, max_length=500)
    group_id: Id | None = None
    skills: list[Label] = Field(
        default_factory=list, max_length=50, description="With `group_id`", examples=[["fibre"]]
    )


class ToByClass(RequestModel):
    """By the customer's class."""

    kind: Literal["by_class"]
    managers: dict[Label, Id] = Field(
        min_length=1,
        max_length=200,
        description="Class to manager",
        examples=[{"gold": "mgr_06f1q2r3"}],
    )
    other_manager_id: Id | None = Field(
        None, description="Who gets customers of other classes; null: they stay"
    )


class ToDeputy(RequestModel):
    """To the manager's deputy."""

    kind: Literal["deputy"]


class ToFormerOwner(RequestModel):
    """Back to the manager of the path, after leave: what handovers moved from there.

    Customers whom somebody else has got since then stay there.
    """

    kind: Literal["back"]
    handover_id: Id | None = Field(
        None, description="Only what this handover moved; null: what any moved"
    )


Recipient = Annotated[
    ToOne | ToSeveral | ToByClass | ToDeputy | ToFormerOwner, Field(discriminator="kind")
]

NamedCustomers = Annotated[list[Id], Field(min_length=1, max_length=5000)]


class HandoverBody(RequestModel):
    """Which customers go to whom, and when. Every condition given must hold."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "to": {"kind": "evenly", "manager_ids": ["mgr_06f1q2r3", "mgr_06f1q2r3"]},
                    "classes": ["gold"],
                    "at": "2026-02-01T00:00:00+08:00",
                    "why": "has left",
                }
            ]
        }
    )

    to: Recipient
    customer_ids: NamedCustomers | None = Field(None, description="Only these; null: all")
    classes: list[Label] = Field(
        default_factory=list, max_length=100, description="Only customers of these classes"
    )
    tiers: list[Label] = Field(
        default_factory=list, max_length=100, description="Only customers of these tiers"
    )
    at: Time | None = Field(
        None, description="When new owners answer; null or past: as soon as it is ready"
    )
    why: Annotated[Text, Field(max_length=500)] = Field(
        "", description="Stands in the history of each customer"
    )
    introduce: bool = Field(
        True,
        description="Whether each new owner gets a task `introduction`, to tell the customer; one"
        " that is open goes along in any case",
    )
    move_matters: bool = Field(
        True,
        description="Whether open matters that customers have raised (`voicemail`, `callback`,"
        " `missed_call`, `complaint`) go along; else they stay with whoever answers for them",
    )
    dry_run: bool = Field(False, description="Tell what would be moved, write nothing")


class ShareView(ViewModel):
    """How many customers a manager gets."""

    manager_id: str
    customers: int


class LeftOutView(ViewModel):
    """How many customers stay where they are, and why."""

    reason: LeftOutReason
    customers: int
    customer_ids: list[str] = Field(description="The first hundred of them")


class HandoverPreviewView(ViewModel):
    """What a handover would do if it were asked for now."""

    from_manager_id: str
    kind: RecipientKind
    customers: int = Field(description="How many would be moved")
    shares: list[ShareView]
    left_out: list[LeftOutView]


class HandoverView(ViewModel):
    """Customers that change hands.

    `shares` and `left_out` are what is planned once it is staged, and what was done in the end.
    """

    id: str
    from_manager_id: str = Field(description="Of kind `back`, the one to whom they return")
    group_id: str | None
    state: HandoverState
    kind: RecipientKind
    why: str
    at: OptionalTime = time_field("When it is to switch; null: as soon as it is ready")
    created_at: datetime
    created_by: str = Field(description="The key that asked for it")
    staged_at: OptionalTime = time_field("When it was written down who gets whom")
    switched_at: OptionalTime = time_field("From when on the new owners answer")
    finished_at: OptionalTime = time_field("When all records and histories had followed")
    shares: list[ShareView]
    left_out: list[LeftOutView]
    introduces: bool = Field(description="Whether new owners get tasks `introduction`")
    moves_matters: bool = Field(description="Whether matters that customers have raised go along")
    moved: int = Field(description="Customers whose records have followed")
    failure: str | None = Field(
        description="Why it failed, such as `recipient-gone`: a recipient departed before"
    )


class HandoverItemView(ViewModel):
    """One customer of a handover."""

    customer_id: str
    from_manager_id: str
    to_manager_id: str
    result: ItemResult | None = Field(description="Null until its record has followed")
