"""What comes next, and lists that are worked through, on the wire."""

from __future__ import annotations

from datetime import datetime

from pydantic import Field

from api.schemas.base import OptionalTime, ViewModel, time_field
from api.schemas.tasks import TaskView
from voicegw.dialer.choice import Favour, Obstacle


class HindranceView(ViewModel):
    """What stands against calling for a task now."""

    code: Obstacle = Field(description="Stable", examples=["quiet-hours"])
    until: OptionalTime = time_field("When it ends; null: when somebody changes something")


class NextTaskView(ViewModel):
    """A task with what speaks for calling now, and what stands against it."""

    task: TaskView = Field(description="The task itself")
    why: list[Favour] = Field(
        description="Why it comes where it comes", examples=[["overdue", "good-hour"]]
    )
    against: list[HindranceView] = Field(description="Empty: it may be called for now")
    not_before: OptionalTime = time_field(
        "When nothing known stands against it any more; null: now, or nobody knows"
    )
    answer_share: float = Field(
        description="The share of calls at this hour that the customer is expected to answer, 0"
        " to 1, by past calls; 0.5 of whom nothing is known",
        examples=[0.62],
    )


class NextTasksView(ViewModel):
    """What a manager is to call for, best first."""

    at: datetime = Field(description="For this moment; RFC 3339, UTC")
    manager_id: str = Field(examples=["mgr_06f1q2r3"])
    best: NextTaskView | None = Field(
        description="The one to call for now (`POST /v1/tasks/{id}/call`); null: none"
    )
    following: list[NextTaskView] = Field(description="What comes after it, one of each customer")
    held: list[NextTaskView] = Field(
        description="Open tasks that are not called for now, the soonest free first"
    )
    look_at: OptionalTime = time_field("When the first of those held is free, as far as is known")
