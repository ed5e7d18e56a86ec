"""Models of tasks, as docs/openapi.json has them. Written by `make client`."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec
from msgspec import UNSET, UnsetType

from voicegw.client.models.enums import (
    AssignmentState,
    Balance,
    CallOutcome,
    Deadline,
    EscalationWhy,
    Favour,
    FieldKind,
    Obstacle,
    Priority,
    Proposal,
    ResultKind,
    ResultSource,
    RuleKind,
    StayReason,
    TaskSource,
    TaskState,
    TaskType,
    TaskWord,
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


class AttemptRule(msgspec.Struct, kw_only=True, frozen=True):
    """How often, and how far apart, the customer of one task is called in vain."""

    #: Calls in all
    most: int
    #: Calls on one day
    per_day: int
    #: Seconds between two calls
    spacing_s: int


class Attempt(msgspec.Struct, kw_only=True, frozen=True):
    """A call that was started for a task."""

    #: When it was started; RFC 3339, UTC
    at: datetime
    #: The call
    call_id: str
    #: What became of it; null while it runs
    outcome: CallOutcome | None = None


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


class Evenly(msgspec.Struct, kw_only=True, omit_defaults=True):
    """Evenly to the managers of the order."""

    #: What differs by one at most among those who share: `new`, how many tasks of this order they
    #: get; `total`, how many open tasks they have afterwards
    balance: Balance | UnsetType = UNSET
    #: Which kind it is
    kind: str
    #: Whether the deputy of a manager who is away or has departed stands in
    use_deputies: bool | UnsetType = UNSET


class FieldChange(msgspec.Struct, kw_only=True, frozen=True):
    """A field before and after."""

    #: Likewise; of numbers the masked form
    after: Any
    #: null also for what is in somebody's own words
    before: Any


class FieldRule(msgspec.Struct, kw_only=True, frozen=True):
    """A field of the type's tasks."""

    #: With `choice`: what it may be
    choices: list[str] = msgspec.field(default_factory=list)
    #: Whether a task needs it
    is_required: bool
    #: What it may hold
    kind: FieldKind
    #: As tasks have it in `fields`
    name: str
    #: By language: `zh`, `en`
    names: dict[str, Any] = msgspec.field(default_factory=dict)


class Hindrance(msgspec.Struct, kw_only=True, frozen=True):
    """What stands against calling for a task now."""

    #: Stable
    code: Obstacle
    #: When it ends; null: when somebody changes something; RFC 3339, UTC
    until: datetime | None = None


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
    task: Task
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


class ResultRule(msgspec.Struct, kw_only=True, frozen=True):
    """A result that a task of the type may come to."""

    #: A short stable name
    code: str
    #: The digit that stands for it
    key: str
    #: What it means, whatever its code
    kind: ResultKind
    #: By language: `zh`, `en`
    names: dict[str, Any] = msgspec.field(default_factory=dict)
    #: Whether `reason` must be told with it
    needs_reason: bool
    #: Whether whoever tells it is asked to note a wish not to be called
    proposes_do_not_call: bool


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


class TaskShare(msgspec.Struct, kw_only=True, frozen=True):
    """How many tasks one manager gets."""

    #: That stay with this manager
    kept: int
    #: The manager
    manager_id: str
    #: That another manager, or nobody, had before
    tasks: int


class TaskTypeRules(msgspec.Struct, kw_only=True, frozen=True):
    """A type of tasks."""

    #: Whether the manager is asked for the result after each talk
    asks_result: bool
    #: How often a customer is called in vain
    attempts: AttemptRule
    #: Whether superiors are told when a time of a task passes
    escalates: bool
    #: What its tasks hold besides
    fields: list[FieldRule] = msgspec.field(default_factory=list)
    #: So many days after the refusal: a task of `follow_up_type` for each
    follow_up_days: list[int] = msgspec.field(default_factory=list)
    #: The type of the task that follows a refusal
    follow_up_type: str | None = None
    #: Whether it is shipped, edited or not
    is_built_in: bool
    #: Whether somebody has put it
    is_edited: bool
    #: A task's `type`; of an own one its `own_type`
    name: str
    #: By language: `zh`, `en`
    names: dict[str, Any] = msgspec.field(default_factory=dict)
    #: Whether it is closed only after somebody has talked with the customer
    needs_contact: bool
    #: Of a task of which nobody says another
    priority: Priority
    #: What its tasks may come to; empty: any code
    results: list[ResultRule] = msgspec.field(default_factory=list)
    #: What is to be said; null: the product's script
    script_id: str | None = None
    #: By when a task is to be done
    times: TimeRule


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


class TasksLeft(msgspec.Struct, kw_only=True, frozen=True):
    """How many tasks stay where they are, and why."""

    #: Why, in a short stable name or in plain words
    reason: StayReason
    #: The first hundred of them
    task_ids: list[str] = msgspec.field(default_factory=list)
    #: How many of them
    tasks: int


class TimeRule(msgspec.Struct, kw_only=True, frozen=True):
    """By when a task of the type is to be done; null: no time by itself."""

    #: Working days after the day of `requested_at`, at the end of which it is to be closed
    close_working_days: int | None = None
    #: Seconds from `requested_at` until somebody is to have talked with the customer
    contact_s: int | None = None
    #: Seconds from its beginning until it is due
    due_s: int | None = None


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
