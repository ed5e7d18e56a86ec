"""Tasks on the wire."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import Field

from api.schemas.base import RequestModel, Text, ViewModel
from voicegw.model.task import TaskState, TaskType


class TaskResultBody(RequestModel):
    """What came of a task."""

    code: Annotated[Text, Field(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9_.-]+$")] = Field(
        description="A short stable name of the result", examples=["reached"]
    )
    note: Annotated[Text, Field(max_length=2000)] = Field("", description="In one's own words")


class TaskResultView(ViewModel):
    """What came of a task, who told it and when."""

    code: str
    note: str
    by: str = Field(
        description="The key or the user who told it; `gateway`: known from a talk (`reached`)"
    )
    at: datetime


class TaskView(ViewModel):
    """Something that has to be done for a customer."""

    id: str = Field(examples=["tsk_06f1q2r3"])
    type: TaskType
    state: TaskState
    created_at: datetime
    group_id: str | None
    manager_id: str | None = Field(description="Who has to do it; null: anybody of the group")
    customer_id: str | None
    customer_number: str | None = Field(description="null where the role may not see it")
    customer_masked: str | None = Field(examples=["138****8000"])
    hotline_id: str | None
    calls: list[str] = Field(description="The calls it comes from, the newest last")
    recording_id: str | None = Field(description="The message that was left")
    due_at: datetime | None
    closed_at: datetime | None
    result: TaskResultView | None
