"""Triggers and their kinds on the wire."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import ConfigDict, Field

from api.schemas.base import (
    TIME_DESCRIPTION,
    ExternalId,
    Id,
    OptionalTime,
    RequestModel,
    Text,
    Time,
    ViewModel,
    time_field,
)
from api.schemas.tasks import Slug, TaskCustomerView
from voicegw.errors import InvalidError
from voicegw.model.task import Priority, TaskState, TaskType
from voicegw.model.trigger import Measure, TriggerOutcome

_Number = Annotated[float, Field(ge=-1e15, le=1e15)]
_Words = Annotated[Text, Field(max_length=200)]
_Facts = Annotated[dict[Slug, bool | _Number | _Words], Field(max_length=20)]

_FACTS = "What is known of it, by name: numbers, words, true or false; at most 20"
_DAYS = "Within how many working days of the group's calendar it is to be closed"


class TriggerBody(RequestModel):
    """Something that another system has noticed of a customer."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "kind": "spend_fell",
                    "customer_external_id": "C-17",
                    "external_id": "crm-4711",
                    "facts": {"spend_before": 129, "spend": 59.5},
                },
                {"kind": "wants_to_leave", "customer_id": "cus_06f1q2r3"},
            ]
        }
    )

    kind: Slug = Field(description="See `/v1/trigger-kinds`", examples=["wants_to_leave"])
    customer_id: Id | None = Field(None, description="This or `customer_external_id`")
    customer_external_id: ExternalId | None = Field(None, description="What you call the customer")
    external_id: ExternalId | None = Field(
        None, description="What your system calls it; the same again leads to nothing new"
    )
    requested_at: Time | None = Field(
        None,
        description="When the customer asked, or it was noticed: the times of the task count from"
        " then on; default: now; RFC 3339",
    )
    facts: _Facts = Field(default_factory=dict, description=_FACTS)

    def check_customer(self) -> None:
        """Raise InvalidError unless one customer is named."""
        if (self.customer_id is None) is (self.customer_external_id is None):
            raise InvalidError(
                "customer_id",
                "give one of customer_id and customer_external_id",
                kind="choose-one",
                fields="customer_id, customer_external_id",
            )


class TriggerView(ViewModel):
    """A trigger, and what it led to."""

    id: str = Field(description="Opaque", examples=["trg_06f1q2r3"])
    kind: str = Field(examples=["spend_fell"])
    external_id: str | None = Field(description="What another system calls it")
    customer_id: str = Field(description="Of whom it tells")
    group_id: str | None = Field(description="The customer's, when it was told")
    manager_id: str | None = Field(
        description="Who has the task; without one, who owned the customer"
    )
    requested_at: datetime = Field(description=f"From when on times count; {TIME_DESCRIPTION}")
    created_at: datetime = Field(description=f"When it was told; {TIME_DESCRIPTION}")
    created_by: str = Field(description="The key or the user who told it")
    facts: dict[str, bool | float | str] = Field(description=_FACTS)
    outcome: TriggerOutcome = Field(
        description="`created`: a task; `joined`: the customer's open task has this, too;"
        " `below_threshold`: nothing, for `measured` does not reach `limit`"
    )
    measured: float | None = Field(
        description="What was held against the threshold; null: the kind has none", examples=[53.9]
    )
    limit: float | None = Field(description="The threshold", examples=[30])
    task_id: str | None = Field(description="The task; null: nothing followed")
    contact_by: OptionalTime = time_field("By when somebody is to have talked with the customer")
    close_by: OptionalTime = time_field("By when the task is to be closed")
    callable_from: OptionalTime = time_field(
        "When the quiet hours end that it came in: `contact_by` may be sooner"
    )


class TriggerTaskView(ViewModel):
    """How far the task is that a trigger led to."""

    type: TaskType = Field(description="Why there is something to do")
    own_type: str | None = Field(description="The name of the type `own`")
    state: TaskState = Field(description="How far it is")
    manager_id: str | None = Field(description="Who has it")
    attempts: int = Field(description="Calls that were made for it", examples=[2])
    contact_by: OptionalTime = time_field("By when somebody is to have talked with the customer")
    contacted_at: OptionalTime = time_field("When somebody first talked with the customer")
    close_by: OptionalTime = time_field("By when it is to be closed")
    promised_at: OptionalTime = time_field("By when the customer was promised an answer")
    due_at: OptionalTime = time_field("By when it is due; another time may be agreed upon")
    closed_at: OptionalTime = time_field("When it was closed")
    escalated_at: OptionalTime = time_field("When superiors were told that a time has passed")
    result_code: str | None = Field(description="What came of it", examples=["retained"])


class NamedTriggerView(TriggerView):
    """A trigger, with whom it is about and how far what it led to is."""

    customer: TaskCustomerView | None = Field(
        description="As the directory has the customer now; null: was deleted"
    )
    task: TriggerTaskView | None = Field(
        description="As the task is now; null: nothing followed, or it was deleted for its age"
    )


class ThresholdBody(RequestModel):
    """From when on something follows from a trigger."""

    fact: Slug = Field(description="The name of a number among the facts", examples=["spend"])
    measure: Annotated[Measure, Field(strict=False)] = Field(
        Measure.VALUE,
        description="`value`: the fact itself; `fall_percent`: by how many percent it is less than"
        " the fact `before`",
    )
    before: Slug | None = Field(
        None, description="With `fall_percent` only", examples=["spend_before"]
    )
    above: _Number | None = Field(None, description="More than this", examples=[30])
    at_most: _Number | None = Field(None, description="No more than this")


class TimesBody(RequestModel):
    """By when what follows from a trigger is to be done; null: no time by itself."""

    contact_s: int | None = Field(
        None,
        ge=60,
        le=366 * 86_400,
        description="Seconds by the clock, day and night, within which somebody talks with the"
        " customer",
        examples=[14_400],
    )
    close_working_days: int | None = Field(None, ge=0, le=60, description=_DAYS, examples=[2])
    due_s: int | None = Field(
        None, ge=60, le=366 * 86_400, description="Seconds after which it is overdue"
    )


class TriggerKindBody(RequestModel):
    """A kind of triggers: which task follows, from which threshold on, and by when."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "type": "retention",
                    "names": {"zh": "消费下降", "en": "spending fell"},
                    "threshold": {
                        "fact": "spend",
                        "measure": "fall_percent",
                        "before": "spend_before",
                        "above": 30,
                    },
                    "times": {"contact_s": 14_400, "close_working_days": 2},
                }
            ]
        }
    )

    type: Annotated[TaskType, Field(strict=False)] = Field(description="Of the task that follows")
    own_type: Slug | None = Field(None, description="The name of your own type; with `own` only")
    names: Annotated[dict[Slug, _Words], Field(max_length=10)] = Field(
        default_factory=dict, description="What it is called, by language"
    )
    threshold: ThresholdBody | None = Field(None, description="null: something follows always")
    times: TimesBody | None = Field(None, description="null: those of the task's type")
    priority: Annotated[Priority, Field(strict=False)] | None = Field(
        None, description="null: that of the task's type"
    )
    escalates: bool = Field(
        True, description="Whether superiors are told when `contact_by` or `close_by` passes"
    )


class ThresholdView(ViewModel):
    """From when on something follows from a trigger."""

    fact: str = Field(description="The name of a number among the facts")
    measure: Measure = Field(description="`value` or `fall_percent`")
    before: str | None = Field(description="The fact that it is compared with")
    above: float | None = Field(description="More than this")
    at_most: float | None = Field(description="No more than this")


class TimesView(ViewModel):
    """By when what follows from a trigger is to be done."""

    contact_s: int | None = Field(description="Seconds by the clock until the talk")
    close_working_days: int | None = Field(description=_DAYS)
    due_s: int | None = Field(description="Seconds after which it is overdue")


class TriggerKindView(ViewModel):
    """A kind of triggers."""

    name: str = Field(examples=["spend_fell"])
    type: TaskType = Field(description="Of the task that follows")
    own_type: str | None = Field(description="The name of the type `own`")
    names: dict[str, str] = Field(description="What it is called, by language")
    threshold: ThresholdView | None = Field(description="null: something follows always")
    times: TimesView | None = Field(description="null: those of the task's type")
    priority: Priority | None = Field(description="null: that of the task's type")
    escalates: bool = Field(description="Whether superiors are told when a time passes")
    is_built_in: bool = Field(description="Whether it is shipped, edited or not")
    is_edited: bool = Field(description="Whether somebody has put it")
