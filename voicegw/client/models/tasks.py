"""Models of tasks, as docs/openapi.json has them. Written by `make client`."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec
from msgspec import UNSET, UnsetType

from voicegw.client.models.enums import (
    CallOutcome,
    Deadline,
    EscalationWhy,
    Favour,
    Obstacle,
    Priority,
    Proposal,
    ResultKind,
    ResultSource,
    TaskSource,
    TaskState,
    TaskType,
    TaskWord,
)
from voicegw.client.models.shared import TaskCustomer


class Attempt(msgspec.Struct, kw_only=True, frozen=True):
    """A call that was started for a task."""

    #: When it was started; RFC 3339, UTC
    at: datetime
    #: The call
    call_id: str
    #: What became of it; null while it runs
    outcome: CallOutcome | None = None


class Escalation(msgspec.Struct, kw_only=True, frozen=True):
    """A time of a task that has passed, and that its group's superiors were told of."""

    #: When they were told; RFC 3339, UTC
    at: datetime
    #: The time that has passed; RFC 3339, UTC
    by: datetime
    #: What was owed by then: `contact`, `close`, or the promised `answer`
    of: Deadline
    #: `no_manager` has it; `quiet_hours`: no call was allowed before; `not_called`; `not_reached`:
    #: there were calls, but no talk; `not_closed`: no result after the talk; `not_answered`
    why: EscalationWhy


class FieldChange(msgspec.Struct, kw_only=True, frozen=True):
    """A field before and after."""

    #: Likewise; of numbers the masked form
    after: Any
    #: null also for what is in somebody's own words
    before: Any


class Hindrance(msgspec.Struct, kw_only=True, frozen=True):
    """What stands against calling for a task now."""

    #: Stable
    code: Obstacle
    #: When it ends; null: when somebody changes something; RFC 3339, UTC
    until: datetime | None = None


class NamedTask(msgspec.Struct, kw_only=True, frozen=True):
    """A task, with whom it is for."""

    #: When its present manager got it; RFC 3339, UTC
    assigned_at: datetime | None = None
    #: The calls that were started for it, the newest last, at most 100
    attempts: list[Attempt] = msgspec.field(default_factory=list)
    #: The calls it comes from, the newest last
    calls: list[str] = msgspec.field(default_factory=list)
    #: By when it is to be closed, whatever `due_at` is; RFC 3339, UTC
    close_by: datetime | None = None
    #: When it was done or cancelled; RFC 3339, UTC
    closed_at: datetime | None = None
    #: By when somebody is to have talked with the customer; RFC 3339, UTC
    contact_by: datetime | None = None
    #: When somebody first talked with the customer; RFC 3339, UTC
    contacted_at: datetime | None = None
    #: RFC 3339, UTC
    created_at: datetime
    #: As the directory has the customer now; null: a number that is nobody's, or a customer who was
    #: deleted
    customer: TaskCustomer | None = None
    #: null: the number is nobody's
    customer_id: str | None = None
    #: The number's masked form
    customer_masked: str | None = None
    #: E.164 or a short code; null where the role may not see it, and where the customer's record
    #: has it
    customer_number: str | None = None
    #: When it is overdue; RFC 3339, UTC
    due_at: datetime | None = None
    #: When its group's superiors were told that a time has passed; RFC 3339, UTC
    escalated_at: datetime | None = None
    #: Whether superiors are told when `contact_by` or `close_by` passes
    escalates: bool
    #: What they were told, the newest last
    escalations: list[Escalation] = msgspec.field(default_factory=list)
    #: What another system calls it
    external_id: str | None = None
    #: What its type asks for besides
    fields: dict[str, Any] = msgspec.field(default_factory=dict)
    #: Whose it is; null: of a call to no hotline
    group_id: str | None = None
    #: The hotline to show, or that was called
    hotline_id: str | None = None
    #: Opaque
    id: str
    #: Who has to do it; null: anybody of the group
    manager_id: str | None = None
    #: Nobody is called for it sooner; RFC 3339, UTC
    not_before: datetime | None = None
    #: In somebody's own words
    note: str
    #: When it was found overdue; RFC 3339, UTC
    overdue_at: datetime | None = None
    #: The name of the type `own`
    own_type: str | None = None
    #: The task that it follows from
    parent_id: str | None = None
    #: The month that it was planned for
    period: str | None = None
    #: The plan that has generated it
    plan_id: str | None = None
    #: What comes first, of what is due
    priority: Priority
    #: When the customer was promised an answer; RFC 3339, UTC
    promised_at: datetime | None = None
    #: The message that was left
    recording_id: str | None = None
    #: Of which appointments its manager was reminded, the newest last; RFC 3339, UTC
    reminders: list[datetime] = msgspec.field(default_factory=list)
    #: From when on the times of its type count; RFC 3339, UTC
    requested_at: datetime | None = None
    #: What was told last. While it is open: of a call after which there is to be another one, else
    #: null
    result: TaskResult | None = None
    #: What is to be said; null: the product's script
    script_id: str | None = None
    #: Where it comes from
    source: TaskSource
    #: `new`; `assigned` to a manager; `dialled`: what came of the call is not told yet;
    #: `call_again`: not reached, or asked for another call; `overdue`; at the end `done` or
    #: `cancelled`
    state: TaskState
    #: What it is about
    subject: str
    #: Why there is something to do; `own`: a type of yours, named by `own_type`
    type: TaskType


class NextTask(msgspec.Struct, kw_only=True, frozen=True):
    """A task with what speaks for calling now, and what stands against it."""

    #: Empty: it may be called for now
    against: list[Hindrance] = msgspec.field(default_factory=list)
    #: The share of calls at this hour that the customer is expected to answer, 0 to 1, by past
    #: calls; 0.5 of whom nothing is known
    answer_share: float
    #: When nothing known stands against it any more; null: now, or nobody knows; RFC 3339, UTC
    not_before: datetime | None = None
    #: The task itself
    task: NamedTask
    #: Why it comes where it comes
    why: list[Favour] = msgspec.field(default_factory=list)


class NextTasks(msgspec.Struct, kw_only=True, frozen=True):
    """What a manager is to call for, best first."""

    #: For this moment; RFC 3339, UTC
    at: datetime
    #: The one to call for now (`POST /v1/tasks/{id}/call`); null: none
    best: NextTask | None = None
    #: What comes after it, one of each customer
    following: list[NextTask] = msgspec.field(default_factory=list)
    #: Open tasks that are not called for now, the soonest free first
    held: list[NextTask] = msgspec.field(default_factory=list)
    #: When the first of those held is free, as far as is known; RFC 3339, UTC
    look_at: datetime | None = None
    #: Whose tasks they are
    manager_id: str


class TaskBody(msgspec.Struct, kw_only=True, omit_defaults=True):
    """Something that has to be done for a customer."""

    #: What you call the customer
    customer_external_id: str | UnsetType | None = UNSET
    #: This, `customer_external_id` or `customer_number`.
    customer_id: str | UnsetType | None = UNSET
    #: Any usual spelling; who has it
    customer_number: str | UnsetType | None = UNSET
    #: When it is overdue; null: by the times of its type; RFC 3339
    due_at: datetime | UnsetType | None = UNSET
    #: What your system calls it; unique
    external_id: str | UnsetType | None = UNSET
    #: What the type asks for besides, by the names of its fields
    fields: dict[str, Any] | UnsetType = UNSET
    #: Default: the manager's, else the customer's; a bare number needs one
    group_id: str | UnsetType | None = UNSET
    #: The hotline to show; default: the group's
    hotline_id: str | UnsetType | None = UNSET
    #: In place of `manager_id`
    manager_external_id: str | UnsetType | None = UNSET
    #: Who has to do it; null: anybody of the group
    manager_id: str | UnsetType | None = UNSET
    #: Nobody is called for it sooner; RFC 3339
    not_before: datetime | UnsetType | None = UNSET
    #: In one's own words, at most 2,000 characters
    note: str | UnsetType = UNSET
    #: The name of your own type; with `own` only
    own_type: str | UnsetType | None = UNSET
    #: What comes first, of what is due; null: as the type has it
    priority: Priority | UnsetType | None = UNSET
    #: When the customer was promised an answer; needs a manager; RFC 3339
    promised_at: datetime | UnsetType | None = UNSET
    #: When the customer has asked, or it was noticed: from then on the times of the type count;
    #: default: now; RFC 3339
    requested_at: datetime | UnsetType | None = UNSET
    #: What is to be said; null: the type's script, else the product's
    script_id: str | UnsetType | None = UNSET
    #: What it is about, at most 200 characters
    subject: str | UnsetType = UNSET
    #: Why there is something to do; `own`: a type of yours, named by `own_type`
    type: TaskType


class TaskChangeBody(msgspec.Struct, kw_only=True, omit_defaults=True):
    """What is to be different; what is left out stays as it is."""

    #: When it is overdue; null: never; RFC 3339
    due_at: datetime | UnsetType | None = UNSET
    #: Those that are to be different; null takes one away
    fields: dict[str, Any] | UnsetType = UNSET
    #: The hotline to show; null: the group's
    hotline_id: str | UnsetType | None = UNSET
    #: Who has to do it; null: anybody of the group
    manager_id: str | UnsetType | None = UNSET
    #: Nobody is called for it sooner; RFC 3339
    not_before: datetime | UnsetType | None = UNSET
    #: In one's own words, at most 2,000 characters
    note: str | UnsetType = UNSET
    #: What comes first, of what is due
    priority: Priority | UnsetType = UNSET
    #: By when the customer was promised an answer; null: no more; RFC 3339
    promised_at: datetime | UnsetType | None = UNSET
    #: What is to be said; null: the product's script
    script_id: str | UnsetType | None = UNSET
    #: What it is about, at most 200 characters
    subject: str | UnsetType = UNSET


class TaskHistory(msgspec.Struct, kw_only=True, frozen=True):
    """What was done with a task."""

    #: RFC 3339, UTC
    at: datetime
    #: The key or the user; `gateway`: it follows from a call or a time
    by: str
    #: The call that it comes from
    call_id: str | None = None
    #: What is different, by field
    changes: dict[str, Any] = msgspec.field(default_factory=dict)
    #: Rises with each entry
    number: int
    #: The task
    task_id: str
    #: What was done, in one word
    what: TaskWord


class TaskResultBody(msgspec.Struct, kw_only=True, omit_defaults=True):
    """What came of a task."""

    #: The customer is to be called again at this time: the task stays open, due then; RFC 3339
    call_again_at: datetime | UnsetType | None = UNSET
    #: One of the codes of the task's type, or `success`, `reached`, `refused`, `call_again` or
    #: `wrong_number`; any for a type of yours without results
    code: str
    #: Why it is closed after the time for that (`close_by`)
    exception: str | UnsetType = UNSET
    #: In one's own words, at most 2,000 characters
    note: str | UnsetType = UNSET
    #: By when the customer was promised an answer; with `call_again_at` only, for a closed task
    #: owes none; RFC 3339
    promised_at: datetime | UnsetType | None = UNSET
    #: The customer's true reason, where the type asks for it
    reason: str | UnsetType = UNSET


class TaskResult(msgspec.Struct, kw_only=True, frozen=True):
    """What came of a task, who told it and when."""

    #: RFC 3339, UTC
    at: datetime
    #: The key or the user who told it; `gateway`: known from a talk (`reached`)
    by: str
    #: As it was told; `reached`: known from a talk; `cancelled`: nothing is to be done any more
    code: str
    #: Why it was closed after its time
    exception: str
    #: What the code meant when it was told; null: a code of one's own, or cancelled
    kind: ResultKind | None = None
    #: In that person's own words
    note: str
    #: The customer's true reason, where the type asks for one
    reason: str
    #: How it was told
    source: ResultSource


class Task(msgspec.Struct, kw_only=True, frozen=True):
    """Something that has to be done for a customer."""

    #: When its present manager got it; RFC 3339, UTC
    assigned_at: datetime | None = None
    #: The calls that were started for it, the newest last, at most 100
    attempts: list[Attempt] = msgspec.field(default_factory=list)
    #: The calls it comes from, the newest last
    calls: list[str] = msgspec.field(default_factory=list)
    #: By when it is to be closed, whatever `due_at` is; RFC 3339, UTC
    close_by: datetime | None = None
    #: When it was done or cancelled; RFC 3339, UTC
    closed_at: datetime | None = None
    #: By when somebody is to have talked with the customer; RFC 3339, UTC
    contact_by: datetime | None = None
    #: When somebody first talked with the customer; RFC 3339, UTC
    contacted_at: datetime | None = None
    #: RFC 3339, UTC
    created_at: datetime
    #: null: the number is nobody's
    customer_id: str | None = None
    #: The number's masked form
    customer_masked: str | None = None
    #: E.164 or a short code; null where the role may not see it, and where the customer's record
    #: has it
    customer_number: str | None = None
    #: When it is overdue; RFC 3339, UTC
    due_at: datetime | None = None
    #: When its group's superiors were told that a time has passed; RFC 3339, UTC
    escalated_at: datetime | None = None
    #: Whether superiors are told when `contact_by` or `close_by` passes
    escalates: bool
    #: What they were told, the newest last
    escalations: list[Escalation] = msgspec.field(default_factory=list)
    #: What another system calls it
    external_id: str | None = None
    #: What its type asks for besides
    fields: dict[str, Any] = msgspec.field(default_factory=dict)
    #: Whose it is; null: of a call to no hotline
    group_id: str | None = None
    #: The hotline to show, or that was called
    hotline_id: str | None = None
    #: Opaque
    id: str
    #: Who has to do it; null: anybody of the group
    manager_id: str | None = None
    #: Nobody is called for it sooner; RFC 3339, UTC
    not_before: datetime | None = None
    #: In somebody's own words
    note: str
    #: When it was found overdue; RFC 3339, UTC
    overdue_at: datetime | None = None
    #: The name of the type `own`
    own_type: str | None = None
    #: The task that it follows from
    parent_id: str | None = None
    #: The month that it was planned for
    period: str | None = None
    #: The plan that has generated it
    plan_id: str | None = None
    #: What comes first, of what is due
    priority: Priority
    #: When the customer was promised an answer; RFC 3339, UTC
    promised_at: datetime | None = None
    #: The message that was left
    recording_id: str | None = None
    #: Of which appointments its manager was reminded, the newest last; RFC 3339, UTC
    reminders: list[datetime] = msgspec.field(default_factory=list)
    #: From when on the times of its type count; RFC 3339, UTC
    requested_at: datetime | None = None
    #: What was told last. While it is open: of a call after which there is to be another one, else
    #: null
    result: TaskResult | None = None
    #: What is to be said; null: the product's script
    script_id: str | None = None
    #: Where it comes from
    source: TaskSource
    #: `new`; `assigned` to a manager; `dialled`: what came of the call is not told yet;
    #: `call_again`: not reached, or asked for another call; `overdue`; at the end `done` or
    #: `cancelled`
    state: TaskState
    #: What it is about
    subject: str
    #: Why there is something to do; `own`: a type of yours, named by `own_type`
    type: TaskType


class ToldTask(msgspec.Struct, kw_only=True, frozen=True):
    """A task whose result was told."""

    #: When its present manager got it; RFC 3339, UTC
    assigned_at: datetime | None = None
    #: The calls that were started for it, the newest last, at most 100
    attempts: list[Attempt] = msgspec.field(default_factory=list)
    #: The calls it comes from, the newest last
    calls: list[str] = msgspec.field(default_factory=list)
    #: By when it is to be closed, whatever `due_at` is; RFC 3339, UTC
    close_by: datetime | None = None
    #: When it was done or cancelled; RFC 3339, UTC
    closed_at: datetime | None = None
    #: By when somebody is to have talked with the customer; RFC 3339, UTC
    contact_by: datetime | None = None
    #: When somebody first talked with the customer; RFC 3339, UTC
    contacted_at: datetime | None = None
    #: RFC 3339, UTC
    created_at: datetime
    #: null: the number is nobody's
    customer_id: str | None = None
    #: The number's masked form
    customer_masked: str | None = None
    #: E.164 or a short code; null where the role may not see it, and where the customer's record
    #: has it
    customer_number: str | None = None
    #: When it is overdue; RFC 3339, UTC
    due_at: datetime | None = None
    #: When its group's superiors were told that a time has passed; RFC 3339, UTC
    escalated_at: datetime | None = None
    #: Whether superiors are told when `contact_by` or `close_by` passes
    escalates: bool
    #: What they were told, the newest last
    escalations: list[Escalation] = msgspec.field(default_factory=list)
    #: What another system calls it
    external_id: str | None = None
    #: What its type asks for besides
    fields: dict[str, Any] = msgspec.field(default_factory=dict)
    #: Whose it is; null: of a call to no hotline
    group_id: str | None = None
    #: The hotline to show, or that was called
    hotline_id: str | None = None
    #: Opaque
    id: str
    #: Who has to do it; null: anybody of the group
    manager_id: str | None = None
    #: Nobody is called for it sooner; RFC 3339, UTC
    not_before: datetime | None = None
    #: In somebody's own words
    note: str
    #: When it was found overdue; RFC 3339, UTC
    overdue_at: datetime | None = None
    #: The name of the type `own`
    own_type: str | None = None
    #: The task that it follows from
    parent_id: str | None = None
    #: The month that it was planned for
    period: str | None = None
    #: The plan that has generated it
    plan_id: str | None = None
    #: What comes first, of what is due
    priority: Priority
    #: When the customer was promised an answer; RFC 3339, UTC
    promised_at: datetime | None = None
    #: What to ask whoever tells it. `do_not_call`: whether the customer wishes not to be called any
    #: more (`POST /v1/tasks/{task_id}/do-not-call`)
    proposes: list[Proposal] = msgspec.field(default_factory=list)
    #: The message that was left
    recording_id: str | None = None
    #: Of which appointments its manager was reminded, the newest last; RFC 3339, UTC
    reminders: list[datetime] = msgspec.field(default_factory=list)
    #: From when on the times of its type count; RFC 3339, UTC
    requested_at: datetime | None = None
    #: What was told last. While it is open: of a call after which there is to be another one, else
    #: null
    result: TaskResult | None = None
    #: What is to be said; null: the product's script
    script_id: str | None = None
    #: Where it comes from
    source: TaskSource
    #: `new`; `assigned` to a manager; `dialled`: what came of the call is not told yet;
    #: `call_again`: not reached, or asked for another call; `overdue`; at the end `done` or
    #: `cancelled`
    state: TaskState
    #: What it is about
    subject: str
    #: Why there is something to do; `own`: a type of yours, named by `own_type`
    type: TaskType
