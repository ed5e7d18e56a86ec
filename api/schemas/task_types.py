"""Types of tasks on the wire."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, ConfigDict, Field
from pydantic_core import PydanticCustomError

from api.schemas.base import Id, Label, RequestModel, ViewModel
from api.schemas.tasks import Slug
from voicegw.model.task import Priority, ResultKind
from voicegw.model.task_type import FieldKind

_DAY_S = 86_400
_MAX_NAMES = 10
_Days = Annotated[int, Field(ge=1, le=730)]


def _few_names(names: dict[str, str]) -> dict[str, str]:
    if len(names) > _MAX_NAMES or not all(2 <= len(language) <= 8 for language in names):
        raise PydanticCustomError("pattern", "must be names by language, such as zh and en")
    return names


Names = Annotated[dict[str, Label], AfterValidator(_few_names)]
Key = Annotated[str, Field(pattern=r"^[0-9]$")]
_NAMES = "By language: `zh`, `en`"


class FieldRuleBody(RequestModel):
    """A field of the type's tasks."""

    name: Slug = Field(description="As tasks have it in `fields`", examples=["expires_on"])
    kind: Annotated[FieldKind, Field(strict=False)] = Field(
        FieldKind.TEXT, description="What it may hold; a `date` is written 2026-12-31"
    )
    names: Names = Field(default_factory=dict, description=_NAMES)
    is_required: bool = Field(False, description="Whether a task needs it")
    choices: Annotated[list[Label], Field(max_length=100)] = Field(
        default_factory=list, description="With `choice`: what it may be"
    )


class ResultRuleBody(RequestModel):
    """A result that a task of the type may come to."""

    code: Slug = Field(description="A short stable name", examples=["renewed"])
    kind: Annotated[ResultKind, Field(strict=False)] = Field(
        description="What it means, whatever its code: what reports count"
    )
    key: Key = Field(
        description="The digit that stands for it on a keypad and in a short message",
        examples=["1"],
    )
    names: Names = Field(default_factory=dict, description=_NAMES)
    needs_reason: bool = Field(False, description="Whether `reason` must be told with it")
    proposes_do_not_call: bool = Field(
        False, description="Whether whoever tells it is asked to note a wish not to be called"
    )


class AttemptRuleBody(RequestModel):
    """How often, and how far apart, the customer of one task is called in vain."""

    most: int = Field(5, ge=1, le=100, description="Calls in all")
    per_day: int = Field(2, ge=1, le=100, description="Calls on one day")
    spacing_s: int = Field(7200, ge=0, le=7 * _DAY_S, description="Seconds between two calls")


class TimeRuleBody(RequestModel):
    """By when a task of the type is to be done; null: no time by itself."""

    due_s: int | None = Field(
        None, ge=60, le=366 * _DAY_S, description="Seconds from its beginning until it is due"
    )
    contact_s: int | None = Field(
        None,
        ge=60,
        le=366 * _DAY_S,
        description="Seconds, by the clock, from `requested_at` until somebody is to have talked"
        " with the customer",
    )
    close_working_days: int | None = Field(
        None,
        ge=0,
        le=100,
        description="Working days of the group's calendar after the day of `requested_at`; it is"
        " to be closed by the end of the last",
    )


class TaskTypeBody(RequestModel):
    """A type of tasks, as it is to be."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "names": {"zh": "光纤升级", "en": "fibre upgrade"},
                    "fields": [{"name": "speed", "kind": "choice", "choices": ["300", "1000"]}],
                    "results": [
                        {
                            "code": "upgraded",
                            "kind": "success",
                            "key": "1",
                            "names": {"zh": "升级成功", "en": "upgraded"},
                        }
                    ],
                }
            ]
        }
    )

    names: Names = Field(default_factory=dict, description=_NAMES)
    fields: Annotated[list[FieldRuleBody], Field(max_length=50)] = Field(
        default_factory=list, description="What its tasks hold besides; of an own type empty: any"
    )
    results: Annotated[list[ResultRuleBody], Field(max_length=10)] = Field(
        default_factory=list, description="What its tasks may come to; empty: any code"
    )
    priority: Annotated[Priority, Field(strict=False)] = Field(
        Priority.NORMAL, description="Of a task of which nobody says another"
    )
    times: TimeRuleBody = Field(
        default_factory=lambda: TimeRuleBody.model_validate({}),
        description="By when a task is to be done",
    )
    attempts: AttemptRuleBody = Field(
        default_factory=lambda: AttemptRuleBody.model_validate({}),
        description="How often a customer is called in vain",
    )
    script_id: Id | None = Field(None, description="What is to be said; null: the product's script")
    needs_contact: bool = Field(
        False, description="Whether it is closed only after somebody has talked with the customer"
    )
    escalates: bool = Field(
        False, description="Whether superiors are told when a time of a task passes"
    )
    follow_up_days: Annotated[list[_Days], Field(max_length=10)] = Field(
        default_factory=lambda: [30, 90],
        description="So many days after the refusal: a task of `follow_up_type` for each",
    )
    follow_up_type: Slug | None = Field(
        None, description="The type of the task that follows a refusal; null: none"
    )
    asks_result: bool = Field(
        True, description="Whether the manager is asked for the result after each talk"
    )


class FieldRuleView(ViewModel):
    """A field of the type's tasks."""

    name: str = Field(description="As tasks have it in `fields`")
    kind: FieldKind = Field(description="What it may hold")
    names: dict[str, str] = Field(description=_NAMES)
    is_required: bool = Field(description="Whether a task needs it")
    choices: list[str] = Field(description="With `choice`: what it may be")


class ResultRuleView(ViewModel):
    """A result that a task of the type may come to."""

    code: str = Field(description="A short stable name")
    kind: ResultKind = Field(description="What it means, whatever its code")
    key: str = Field(description="The digit that stands for it")
    names: dict[str, str] = Field(description=_NAMES)
    needs_reason: bool = Field(description="Whether `reason` must be told with it")
    proposes_do_not_call: bool = Field(
        description="Whether whoever tells it is asked to note a wish not to be called"
    )


class AttemptRuleView(ViewModel):
    """How often, and how far apart, the customer of one task is called in vain."""

    most: int = Field(description="Calls in all")
    per_day: int = Field(description="Calls on one day")
    spacing_s: int = Field(description="Seconds between two calls")


class TimeRuleView(ViewModel):
    """By when a task of the type is to be done; null: no time by itself."""

    due_s: int | None = Field(description="Seconds from its beginning until it is due")
    contact_s: int | None = Field(
        description="Seconds from `requested_at` until somebody is to have talked with the customer"
    )
    close_working_days: int | None = Field(
        description="Working days after the day of `requested_at`, at the end of which it is to be"
        " closed"
    )


class TaskTypeView(ViewModel):
    """A type of tasks."""

    name: str = Field(
        description="A task's `type`; of an own one its `own_type`", examples=["renewal"]
    )
    names: dict[str, str] = Field(description=_NAMES)
    is_built_in: bool = Field(description="Whether it is shipped, edited or not")
    is_edited: bool = Field(description="Whether somebody has put it")
    fields: list[FieldRuleView] = Field(description="What its tasks hold besides")
    results: list[ResultRuleView] = Field(description="What its tasks may come to; empty: any code")
    priority: Priority = Field(description="Of a task of which nobody says another")
    times: TimeRuleView = Field(description="By when a task is to be done")
    attempts: AttemptRuleView = Field(description="How often a customer is called in vain")
    script_id: str | None = Field(description="What is to be said; null: the product's script")
    needs_contact: bool = Field(
        description="Whether it is closed only after somebody has talked with the customer"
    )
    escalates: bool = Field(description="Whether superiors are told when a time of a task passes")
    follow_up_type: str | None = Field(description="The type of the task that follows a refusal")
    follow_up_days: list[int] = Field(
        description="So many days after the refusal: a task of `follow_up_type` for each"
    )
    asks_result: bool = Field(
        description="Whether the manager is asked for the result after each talk"
    )
