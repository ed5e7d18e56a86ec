"""What comes next, and lists that are worked through, on the wire."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import ConfigDict, Field

from api.schemas.base import ExternalId, Id, OptionalTime, RequestModel, ViewModel, time_field
from api.schemas.tasks import NamedTaskView, Slug
from voicegw.dialer.choice import Favour, Obstacle
from voicegw.model.dialling import DiallingMode, DiallingState


class HindranceView(ViewModel):
    """What stands against calling for a task now."""

    code: Obstacle = Field(description="Stable", examples=["quiet-hours"])
    until: OptionalTime = time_field("When it ends; null: when somebody changes something")


class NextTaskView(ViewModel):
    """A task with what speaks for calling now, and what stands against it."""

    task: NamedTaskView = Field(description="The task itself")
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


class DiallingBody(RequestModel):
    """How a manager's list is to be worked through."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"manager_id": "mgr_06f1q2r3", "mode": "progressive", "pause_s": 30}]
        }
    )

    manager_id: Id | None = Field(
        None, description="Whose list, or `manager_external_id`; default: the key's own manager"
    )
    manager_external_id: ExternalId | None = None
    mode: Annotated[DiallingMode, Field(strict=False)] = Field(
        description="`preview`: the next customer is shown, and called when the manager says so;"
        " `progressive`: called as soon as the manager is ready"
    )
    types: list[Slug] = Field(
        default_factory=list,
        max_length=50,
        description="Tasks of these types only, own ones by their names; empty: all",
        examples=[["revisit", "renewal"]],
    )
    pause_s: int = Field(
        30,
        ge=0,
        le=3600,
        description="Seconds that the manager has after a talk; telling its result ends them",
    )


class SkipBody(RequestModel):
    """For how long the customer who is shown is left alone."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"for_s": 3600}]})

    for_s: int = Field(3600, ge=60, le=86400, description="Seconds until the task may come again")


class DiallingView(ViewModel):
    """A manager's list that is worked through."""

    id: str = Field(examples=["dlg_06f1q2r3"])
    manager_id: str = Field(examples=["mgr_06f1q2r3"])
    group_id: str = Field(description="The manager's, when it began")
    mode: DiallingMode = Field(description="Who says when the next customer is called")
    state: DiallingState = Field(
        description="`waiting`: for what `why` says; `shown`: `task_id` waits for the manager's"
        " word; `calling`; `wrap_up`: the call is over, until `wrap_up_until` or the result is"
        " told; `paused`; at the end `stopped`"
    )
    why: str | None = Field(
        description="Why nobody is called: `nothing-to-call`, `manager-busy`, `manager-away`,"
        " `manager-gone`, `outside-hours`, `manager-not-reached`, `call-failed`, `asked`, or the"
        " code of a rule that refused a call; null: nothing stands against it",
        examples=["nothing-to-call"],
    )
    task_id: str | None = Field(description="The task that is shown or called for, or was last")
    favours: list[Favour] = Field(description="Why that task")
    call_id: str | None = Field(description="The call that runs, or was last")
    wrap_up_until: OptionalTime = time_field("When the next follows by itself; null: in no wrap-up")
    types: list[str] = Field(description="Of these types of tasks only; empty: all")
    pause_s: int = Field(description="Seconds that the manager has after a talk", examples=[30])
    calls: int = Field(description="How many customers were rung, or may have been", examples=[12])
    talks: int = Field(description="With how many of them the manager has talked", examples=[7])
    is_pausing: bool = Field(description="Whether it pauses when the call is over")
    created_at: datetime = Field(description="RFC 3339, UTC")
    created_by: str = Field(description="The key or the user who began it")
    stopped_at: OptionalTime = time_field("When it was stopped")
