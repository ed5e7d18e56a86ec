"""Tasks on the wire."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from pydantic import ConfigDict, Field

from api.schemas.base import (
    Attributes,
    ExternalId,
    Id,
    Label,
    NumberText,
    OptionalTime,
    RequestModel,
    Text,
    Time,
    ViewModel,
    time_field,
)
from api.schemas.calls import DialOptions
from voicegw.errors import InvalidError
from voicegw.model.call import CallOutcome
from voicegw.model.deadline import Deadline, EscalationWhy
from voicegw.model.task import Priority, ResultKind, ResultSource, TaskSource, TaskState, TaskType
from voicegw.model.task_history import TaskWord
from voicegw.tasks.results import Proposal

Slug = Annotated[Text, Field(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9_.-]+$")]
Note = Annotated[Text, Field(max_length=2000)]

_TYPE = "Why there is something to do; `own`: a type of yours, named by `own_type`"


class TaskBody(RequestModel):
    """Something that has to be done for a customer."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "type": "renewal",
                    "customer_external_id": "C-17",
                    "due_at": "2026-10-01T10:00:00Z",
                },
                {"type": "own", "own_type": "fibre-upgrade", "customer_id": "cus_06f1q2r3"},
            ]
        }
    )

    type: Annotated[TaskType, Field(strict=False)] = Field(description=_TYPE)
    own_type: Slug | None = Field(
        None, description="The name of your own type; with `own` only", examples=["fibre-upgrade"]
    )
    external_id: ExternalId | None = Field(None, description="What your system calls it; unique")
    customer_id: Id | None = Field(
        None, description="This, `customer_external_id` or `customer_number`."
    )
    customer_external_id: ExternalId | None = Field(None, description="What you call the customer")
    customer_number: NumberText | None = Field(
        None, description="Any usual spelling; who has it", examples=["13800138000"]
    )
    manager_id: Id | None = Field(
        None, description="Who has to do it; null: anybody of the group", examples=["mgr_06f1q2r3"]
    )
    manager_external_id: ExternalId | None = Field(None, description="In place of `manager_id`")
    group_id: Id | None = Field(
        None, description="Default: the manager's, else the customer's; a bare number needs one"
    )
    hotline_id: Id | None = Field(None, description="The hotline to show; default: the group's")
    due_at: Time | None = Field(
        None, description="When it is overdue; null: by the times of its type; RFC 3339"
    )
    subject: Label = Field("", description="What it is about, at most 200 characters")
    note: Note = Field("", description="In one's own words, at most 2,000 characters")
    priority: Annotated[Priority, Field(strict=False)] | None = Field(
        None, description="What comes first, of what is due; null: as the type has it"
    )
    fields: Attributes = Field(
        default_factory=dict,
        description="What the type asks for besides, by the names of its fields",
        examples=[{"expires_on": "2026-12-31"}],
    )
    script_id: Id | None = Field(
        None, description="What is to be said; null: the type's script, else the product's"
    )
    not_before: Time | None = Field(None, description="Nobody is called for it sooner; RFC 3339")
    requested_at: Time | None = Field(
        None,
        description="When the customer has asked, or it was noticed: from then on the times of the"
        " type count; default: now; RFC 3339",
    )
    promised_at: Time | None = Field(
        None, description="When the customer was promised an answer; needs a manager; RFC 3339"
    )

    def check_parties(self) -> None:
        """Raise InvalidError unless one customer and at most one manager are named."""
        customers = (self.customer_id, self.customer_external_id, self.customer_number)
        if sum(value is not None for value in customers) != 1:
            raise InvalidError(
                "customer_id",
                "give one of customer_id, customer_external_id and customer_number",
                kind="choose-one",
                fields="customer_id, customer_external_id, customer_number",
            )
        if self.manager_id is not None and self.manager_external_id is not None:
            raise InvalidError(
                "manager_id",
                "give one of manager_id and manager_external_id",
                kind="choose-one",
                fields="manager_id, manager_external_id",
            )
        if (self.type is TaskType.OWN) is (self.own_type is None):
            raise InvalidError(
                "own_type",
                "goes with the type own, and with no other",
                kind="goes-with",
                other="type",
            )


class TaskChangeBody(RequestModel):
    """What is to be different; what is left out stays as it is."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"manager_id": "mgr_06f1q2r3"}]})

    manager_id: Id | None = Field(None, description="Who has to do it; null: anybody of the group")
    hotline_id: Id | None = Field(None, description="The hotline to show; null: the group's")
    due_at: Time | None = Field(None, description="When it is overdue; null: never; RFC 3339")
    subject: Label = Field("", description="What it is about, at most 200 characters")
    note: Note = Field("", description="In one's own words, at most 2,000 characters")

    priority: Annotated[Priority, Field(strict=False)] = Field(
        Priority.NORMAL, description="What comes first, of what is due"
    )
    fields: Attributes = Field(
        default_factory=dict, description="Those that are to be different; null takes one away"
    )
    script_id: Id | None = Field(None, description="What is to be said; null: the product's script")
    not_before: Time | None = Field(None, description="Nobody is called for it sooner; RFC 3339")
    promised_at: Time | None = Field(
        None, description="By when the customer was promised an answer; null: no more; RFC 3339"
    )

    def given(self) -> dict[str, Any]:
        """Return what was said, by field."""
        return {name: getattr(self, name) for name in self.model_fields_set}


class TaskCancelBody(RequestModel):
    """Why nothing is to be done any more."""

    why: Annotated[Text, Field(max_length=500)] = Field(
        "", description="At most 500 characters", examples=["the customer came in person"]
    )


class TaskCallBody(DialOptions):
    """How the task's customer is to be called."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"client_state": "order 17"}]})

    manager_id: Id | None = Field(
        None, description="Whose telephone is rung first; default: the task's manager"
    )


class TaskResultBody(RequestModel):
    """What came of a task."""

    code: Slug = Field(
        description="One of the codes of the task's type, or `success`, `reached`, `refused`,"
        " `call_again` or `wrong_number`; any for a type of yours without results",
        examples=["reached"],
    )
    note: Note = Field("", description="In one's own words, at most 2,000 characters")
    reason: Annotated[Text, Field(max_length=500)] = Field(
        "", description="The customer's true reason, where the type asks for it"
    )
    exception: Annotated[Text, Field(max_length=500)] = Field(
        "", description="Why it is closed after the time for that (`close_by`)"
    )
    call_again_at: Time | None = Field(
        None,
        description="The customer is to be called again at this time: the task stays open, due"
        " then; RFC 3339",
    )
    promised_at: Time | None = Field(
        None,
        description="By when the customer was promised an answer; with `call_again_at` only, for a"
        " closed task owes none; RFC 3339",
    )

    def check_promise(self) -> None:
        """Raise InvalidError for a promise with a result that closes the task."""
        if self.promised_at is not None and self.call_again_at is None:
            raise InvalidError(
                "promised_at",
                "goes with call_again_at only",
                kind="goes-with",
                other="call_again_at",
            )


class TaskResultView(ViewModel):
    """What came of a task, who told it and when."""

    code: str = Field(
        description="As it was told; `reached`: known from a talk; `cancelled`: nothing is to be"
        " done any more",
        examples=["reached"],
    )
    note: str = Field(description="In that person's own words")
    by: str = Field(
        description="The key or the user who told it; `gateway`: known from a talk (`reached`)"
    )
    at: datetime = Field(description="RFC 3339, UTC")
    reason: str = Field(description="The customer's true reason, where the type asks for one")
    exception: str = Field(description="Why it was closed after its time")
    source: ResultSource = Field(description="How it was told")
    kind: ResultKind | None = Field(
        description="What the code meant when it was told; null: a code of one's own, or cancelled"
    )


class AttemptView(ViewModel):
    """A call that was started for a task."""

    call_id: str = Field(examples=["call_06f3q5s8t3v7p2k9d4m1n6c0ag"])
    at: datetime = Field(description="When it was started; RFC 3339, UTC")
    outcome: CallOutcome | None = Field(description="What became of it; null while it runs")


class EscalationView(ViewModel):
    """A time of a task that has passed, and that its group's superiors were told of."""

    of: Deadline = Field(
        description="What was owed by then: `contact`, `close`, or the promised `answer`"
    )
    by: datetime = Field(description="The time that has passed; RFC 3339, UTC")
    at: datetime = Field(description="When they were told; RFC 3339, UTC")
    why: EscalationWhy = Field(
        description="`no_manager` has it; `quiet_hours`: no call was allowed before; `not_called`;"
        " `not_reached`: there were calls, but no talk; `not_closed`: no result after the talk;"
        " `not_answered`"
    )


class TaskView(ViewModel):
    """Something that has to be done for a customer."""

    id: str = Field(description="Opaque", examples=["tsk_06f1q2r3"])
    external_id: str | None = Field(description="What another system calls it")
    type: TaskType = Field(description=_TYPE)
    own_type: str | None = Field(description="The name of the type `own`")
    state: TaskState = Field(
        description="`new`; `assigned` to a manager; `dialled`: what came of the call is not told"
        " yet; `call_again`: not reached, or asked for another call; `overdue`; at the end `done`"
        " or `cancelled`"
    )
    created_at: datetime = Field(description="RFC 3339, UTC")
    group_id: str | None = Field(description="Whose it is; null: of a call to no hotline")
    manager_id: str | None = Field(description="Who has to do it; null: anybody of the group")
    customer_id: str | None = Field(description="null: the number is nobody's")
    customer_number: str | None = Field(
        description="E.164 or a short code; null where the role may not see it, and where the"
        " customer's record has it"
    )
    customer_masked: str | None = Field(
        description="The number's masked form", examples=["138****8000"]
    )
    hotline_id: str | None = Field(description="The hotline to show, or that was called")
    calls: list[str] = Field(description="The calls it comes from, the newest last")
    attempts: list[AttemptView] = Field(
        description="The calls that were started for it, the newest last, at most 100"
    )
    recording_id: str | None = Field(description="The message that was left")
    due_at: OptionalTime = time_field("When it is overdue")
    overdue_at: OptionalTime = time_field("When it was found overdue")
    closed_at: OptionalTime = time_field("When it was done or cancelled")
    subject: str = Field(description="What it is about")
    note: str = Field(description="In somebody's own words")
    result: TaskResultView | None = Field(
        description="What was told last. While it is open: of a call after which there is to be"
        " another one, else null"
    )
    priority: Priority = Field(description="What comes first, of what is due")
    source: TaskSource = Field(description="Where it comes from")
    fields: dict[str, Any] = Field(description="What its type asks for besides")
    script_id: str | None = Field(description="What is to be said; null: the product's script")
    period: str | None = Field(
        description="The month that it was planned for", examples=["2026-12"]
    )
    plan_id: str | None = Field(description="The plan that has generated it")
    parent_id: str | None = Field(description="The task that it follows from")
    not_before: OptionalTime = time_field("Nobody is called for it sooner")
    requested_at: OptionalTime = time_field("From when on the times of its type count")
    contact_by: OptionalTime = time_field("By when somebody is to have talked with the customer")
    contacted_at: OptionalTime = time_field("When somebody first talked with the customer")
    promised_at: OptionalTime = time_field("When the customer was promised an answer")
    assigned_at: OptionalTime = time_field("When its present manager got it")
    escalated_at: OptionalTime = time_field(
        "When its group's superiors were told that a time has passed"
    )
    close_by: OptionalTime = time_field("By when it is to be closed, whatever `due_at` is")
    escalates: bool = Field(
        description="Whether superiors are told when `contact_by` or `close_by` passes"
    )
    escalations: list[EscalationView] = Field(description="What they were told, the newest last")
    reminders: list[datetime] = Field(
        description="Of which appointments its manager was reminded, the newest last; RFC 3339, UTC"
    )


class TaskCustomerView(ViewModel):
    """Who a task is for, for those who work on it: whoever sees the task is told."""

    id: str = Field(description="Opaque; unique")
    name: str = Field(description="Its name")
    class_: str | None = Field(
        alias="class", description="The customer's class, in the user's own words"
    )
    tier: str | None = Field(description="The customer's tier, in the user's own words")
    masked: str | None = Field(
        description="The masked form of the number that is dialled first; null: there is none",
        examples=["138****8000"],
    )
    wishes_no_calls: bool = Field(description="Whether the customer asked not to be called")


class NamedTaskView(TaskView):
    """A task, with whom it is for."""

    customer: TaskCustomerView | None = Field(
        description="As the directory has the customer now; null: a number that is nobody's, or"
        " a customer who was deleted"
    )


class ToldTaskView(TaskView):
    """A task whose result was told."""

    proposes: list[Proposal] = Field(
        description="What to ask whoever tells it. `do_not_call`: whether the customer wishes not"
        " to be called any more (`POST /v1/tasks/{task_id}/do-not-call`)"
    )


class WishBody(RequestModel):
    """Why the customer is not to be called any more."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"reason": "refuses all contact"}]})

    reason: Annotated[Text, Field(min_length=1, max_length=200)] = Field(
        description="At most 200 characters", examples=["refuses all contact"]
    )


class FieldChangeView(ViewModel):
    """A field before and after."""

    before: Any = Field(description="null also for what is in somebody's own words")
    after: Any = Field(description="Likewise; of numbers the masked form")


class TaskHistoryView(ViewModel):
    """What was done with a task."""

    number: int = Field(description="Rises with each entry")
    task_id: str = Field(description="The task")
    at: datetime = Field(description="RFC 3339, UTC")
    by: str = Field(description="The key or the user; `gateway`: it follows from a call or a time")
    what: TaskWord = Field(description="What was done, in one word")
    changes: dict[str, FieldChangeView] = Field(description="What is different, by field")
    call_id: str | None = Field(description="The call that it comes from")


class PromiseBody(RequestModel):
    """By when the customer was promised an answer."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"promised_at": "2026-10-01T10:00:00Z"}]}
    )

    promised_at: Time | None = Field(
        description="A time to come, RFC 3339; null: nothing is promised any more"
    )
