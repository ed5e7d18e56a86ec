"""Tasks: what somebody has to do for a customer."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final

import msgspec

from voicegw.errors import ConflictError
from voicegw.model.call import Call, CallOutcome, Direction, LegRole
from voicegw.model.deadline import Escalation
from voicegw.model.ids import IdKind


class TaskType(StrEnum):
    """Why there is something to do."""

    VOICEMAIL = "voicemail"
    """A message was left."""
    CALLBACK = "callback"
    """A caller who waited has asked to be called back."""
    MISSED_CALL = "missed_call"
    """A caller has reached nobody."""
    REVISIT = "revisit"
    MARKETING = "marketing"
    SURVEY = "survey"
    COMPLAINT = "complaint"
    RETENTION = "retention"
    WIN_BACK = "win_back"
    ARREARS = "arrears"
    LOW_BALANCE = "low_balance"
    RENEWAL = "renewal"
    INTRODUCTION = "introduction"
    OWN = "own"
    """A kind of the user's own, which `Task.own_type` names."""


class TaskState(StrEnum):
    """How far a task is; the last two are final."""

    NEW = "new"
    ASSIGNED = "assigned"
    """Somebody has given it to a manager."""
    DIALLED = "dialled"
    """A call was started for it; what came of it is not told yet."""
    CALL_AGAIN = "call_again"
    """The customer was not reached, or wants another call."""
    OVERDUE = "overdue"
    """Its time has passed."""
    DONE = "done"
    CANCELLED = "cancelled"


class Priority(StrEnum):
    """What comes first, of what is due."""

    LOW = "low"
    NORMAL = "normal"
    HIGH = "high"
    URGENT = "urgent"


RANKS: Final[Mapping[Priority, int]] = {one: place for place, one in enumerate(Priority)}
"""By which the store sorts: the more urgent, the higher."""


class TaskSource(StrEnum):
    """Where a task comes from."""

    CALL = "call"
    API = "api"
    IMPORT = "import"
    PLAN = "plan"
    """A cadence plan has generated it for a month."""
    TRIGGER = "trigger"
    """Another system has told of something that calls for a contact."""
    ASSIGNMENT = "assignment"
    """A customer has another owner, who is to be introduced."""
    FOLLOW_UP = "follow_up"
    """It follows from what came of the task `parent_id`."""


CLOSED_STATES: Final = frozenset({TaskState.DONE, TaskState.CANCELLED})
OPEN_STATES: Final = tuple(state for state in TaskState if state not in CLOSED_STATES)
"""In which there is something left to do."""

_WAITING: Final = frozenset({TaskState.DIALLED, TaskState.OVERDUE})
"""In which a task may be whose call runs, while nobody has said anything of it."""

SURELY_TALKED_S: Final = 10.0
"""So long a manager talks with a person, and not with a mailbox."""

_GIVEN: Final = (
    "type",
    "own_type",
    "external_id",
    "group_id",
    "manager_id",
    "customer_id",
    "customer_number",
    "hotline_id",
    "due_at",
    "subject",
    "note",
    "priority",
    "fields",
    "script_id",
    "not_before",
    "requested_at",
    "contact_by",
    "close_by",
    "escalates",
)
"""What another system says of a task."""

_MOVES: Final = frozenset(
    {
        "group_id",
        "manager_id",
        "due_at",
        "priority",
        "not_before",
        "contact_by",
        "close_by",
        "escalates",
    }
)
"""What of it moves in a task's life: it is given, handed over, taken, an appointment is made."""

_WHOSE: Final = frozenset({"group_id", "manager_id"})
"""What is said as one: a manager's group goes along."""

BY_GATEWAY: Final = "gateway"
"""In place of a principal: known from a talk."""


class ResultSource(StrEnum):
    """How the result of a task was told."""

    API = "api"
    """By a program, or on a page."""
    KEYPAD = "keypad"
    SMS = "sms"
    LINK = "link"
    """On the page of a one-time link."""
    GATEWAY = "gateway"


class ResultKind(StrEnum):
    """What a result means, whatever its code: this is what reports count."""

    SUCCESS = "success"
    PARTIAL = "partial"
    """The customer was talked with; what was wanted was not reached."""
    REFUSED = "refused"
    CALL_AGAIN = "call_again"
    """The task stays open until the time that is told with it."""
    UNREACHABLE = "unreachable"
    """There was no talk, and there will be none: a wrong number, a line that is dead."""


class TaskResult(msgspec.Struct, frozen=True):
    """What came of a task. `by` is the principal who has told it, or `BY_GATEWAY`.

    `reason` is the customer's true reason, where the type asks for one; `exception` is why it was
    closed after its time.
    """

    code: str
    by: str
    at: datetime
    note: str = ""
    reason: str = ""
    exception: str = ""
    source: ResultSource = ResultSource.API
    kind: ResultKind | None = None
    """What the code meant when it was told; None: a code of the user's own, or it was cancelled."""

    @property
    def told(self) -> tuple[str, str, str, str]:
        """What somebody has said, whoever and when: the same again changes nothing."""
        return self.code, self.note, self.reason, self.exception


class Attempt(msgspec.Struct, frozen=True):
    """A call that was started for a task. `outcome` is None while it runs."""

    call_id: str
    at: datetime
    outcome: CallOutcome | None = None


class Task(msgspec.Struct):
    """One task. `customer_number` is E.164; None where the caller withheld it.

    `calls` are the ids of the calls it comes from, the newest last: whoever misses a customer three
    times has one task. `attempts` are the calls that were started for it, the newest last, at most
    MAX_ATTEMPTS of them.
    """

    id: str
    type: TaskType
    created_at: datetime
    state: TaskState = TaskState.NEW
    group_id: str | None = None
    manager_id: str | None = None
    customer_id: str | None = None
    customer_number: str | None = None
    hotline_id: str | None = None
    calls: list[str] = msgspec.field(default_factory=list)
    recording_id: str | None = None
    due_at: datetime | None = None
    closed_at: datetime | None = None
    result: TaskResult | None = None
    """What was told last: while it is open, of a call after which there is to be another one."""
    external_id: str | None = None
    """What another system calls it; unique."""
    own_type: str | None = None
    """The name of a type of the user's own; set with TaskType.OWN only."""
    subject: str = ""
    """What it is about, in a few words."""
    note: str = ""
    attempts: list[Attempt] = msgspec.field(default_factory=list)
    overdue_at: datetime | None = None
    """When it was told that its time has passed; None: not yet, or the time was changed since."""
    priority: Priority = Priority.NORMAL
    source: TaskSource = TaskSource.CALL
    fields: dict[str, Any] = msgspec.field(default_factory=dict)
    """What its type asks for besides: by the names of :class:`voicegw.model.task_type.FieldRule`.
    """
    script_id: str | None = None
    """What is to be said in its calls; None: what the product's script says."""
    period: str | None = None
    """The month that it was planned for, `2026-12`."""
    plan_id: str | None = None
    parent_id: str | None = None
    """The task that it follows from."""
    not_before: datetime | None = None
    """Nobody is called for it sooner."""
    requested_at: datetime | None = None
    """When the customer has asked, or it was noticed: from then on the times of its type count."""
    contact_by: datetime | None = None
    """By when somebody is to have talked with the customer."""
    contacted_at: datetime | None = None
    """When somebody first talked with the customer since it is there: two people, bridged."""
    promised_at: datetime | None = None
    """When the customer was promised an answer by whoever took the matter."""
    assigned_at: datetime | None = None
    """When its present manager got it."""
    escalated_at: datetime | None = None
    """When its group's superiors were told last that it is not contacted, or closed, in time."""
    close_by: datetime | None = None
    """By when it is to be closed, whatever is agreed upon meanwhile (`due_at`)."""
    escalates: bool = False
    """Whether the group's superiors are told when `contact_by` or `close_by` passes."""
    escalations: list[Escalation] = msgspec.field(default_factory=list)
    """What they were told, the newest last."""

    reminders: list[datetime] = msgspec.field(default_factory=list)
    """Of which appointments with the customer its manager was reminded, the newest last."""

    said: dict[str, Any] = msgspec.field(default_factory=dict)
    """What another system has said last of what moves in a task's life: said again, it is nothing
    new. Shown to nobody."""

    @property
    def is_open(self) -> bool:
        """Whether there is still something to do."""
        return self.state not in CLOSED_STATES

    @property
    def watch_at(self) -> datetime | None:
        """When it will be overdue; None when that is told, never comes or matters no more."""
        return self.due_at if self.is_open and self.overdue_at is None else None


MAX_ATTEMPTS: Final = 100

MATTERS: Final = frozenset(
    {TaskType.VOICEMAIL, TaskType.CALLBACK, TaskType.MISSED_CALL, TaskType.COMPLAINT}
)
"""What a customer has raised: who took it is rung first when the customer calls (首问负责)."""

REOPENED_WITHIN: Final = timedelta(days=7)
"""Who comes with the same so soon after it was closed comes back: the new task follows the old."""

GATHERING: Final = frozenset({TaskType.MISSED_CALL, TaskType.CALLBACK})
"""What a customer who is missed again adds to, and what a talk with the customer answers."""


class Reached(msgspec.Struct, frozen=True):
    """Somebody has talked with a customer, `at`: nobody need call back any more.

    `call_id` is the talk, `task_id` the task that it was for, `manager_id` who talked first.
    """

    customer_id: str | None
    customer_number: str | None
    at: datetime
    call_id: str | None = None
    task_id: str | None = None
    manager_id: str | None = None

    def concerns(self, task: Task) -> bool:
        """Whether the talk was with the customer of `task`, open since before.

        One that was closed during its talk, or before that was written, has had it all the same.
        """
        if task.created_at > self.at:
            return False
        if self.task_id == task.id:
            is_done = task.state is TaskState.DONE
            return task.is_open or (
                is_done and task.closed_at is not None and self.at <= task.closed_at
            )
        if not task.is_open:
            return False
        if task.customer_id is not None:
            # A number may be a whole family's.
            return task.customer_id == self.customer_id
        return self.customer_number is not None and task.customer_number == self.customer_number

    def answers(self, task: Task) -> bool:
        """Whether nothing is left to do of `task`: a call back that was owed by then.

        A message stays: it is to be heard, whoever has talked since.
        """
        return task.is_open and task.type in GATHERING and self.concerns(task)


def talked(call: Call) -> Reached | None:
    """Return that the customer of `call`, which is over, was reached; None when not for certain.

    Whoever calls is a person. Who is called may be a mailbox, which nobody talks to for long.
    """
    if not call.is_final or call.bridged_at is None:
        return None
    if call.direction is not Direction.INBOUND and (call.talk_s or 0.0) < SURELY_TALKED_S:
        return None
    if call.customer_id is None and call.customer_number is None and call.task_id is None:
        return None
    return Reached(
        call.customer_id,
        call.customer_number,
        call.bridged_at,
        call.id,
        call.task_id,
        _first_manager(call),
    )


def _first_manager(call: Call) -> str | None:
    """Return who talked with the customer of `call` first, whoever it was handed on to."""
    took = [
        (leg.accepted_at or leg.answered_at, leg.manager_id)
        for leg in call.legs
        if leg.role is LegRole.MANAGER and leg.manager_id is not None
    ]
    times = [(at, manager_id) for at, manager_id in took if at is not None]
    return min(times)[1] if times else call.manager_id


def contacted(task: Task, talk: Reached) -> Task:
    """Return `task` as `talk` leaves it: contacted, and closed where nothing else was owed.

    Whoever talks first with the customer of a matter, or of what another system has noticed,
    answers for it from then on, deputy or not (首问负责).
    """
    if task.contacted_at is None:
        task = msgspec.structs.replace(task, contacted_at=talk.at)
        is_another = talk.manager_id not in {None, task.manager_id}
        if is_another and task.is_open and _is_taken_by_talking(task):
            state = TaskState.ASSIGNED if task.state is TaskState.NEW else task.state
            task = msgspec.structs.replace(task, manager_id=talk.manager_id, state=state)
    return reached(task, talk.at) if talk.answers(task) else task


def _is_taken_by_talking(task: Task) -> bool:
    return task.type in MATTERS or task.source is TaskSource.TRIGGER


def closed(task: Task, result: TaskResult) -> Task:
    """Return `task` with its result; the same result again changes nothing.

    What the gateway knew from a talk gives way to what somebody tells. Raises ConflictError
    `task-closed` for a task that is cancelled or has another result.
    """
    known = task.result
    if task.state is TaskState.DONE and known is not None and known.told == result.told:
        return task
    if not task.is_open and (known is None or known.by != BY_GATEWAY):
        raise ConflictError("task-closed", "The task is closed already.")
    return msgspec.structs.replace(
        task, state=TaskState.DONE, result=result, closed_at=task.closed_at or result.at
    )


def cancelled(task: Task, result: TaskResult) -> Task:
    """Return `task` cancelled; one that is already stays as it is. Raises ConflictError."""
    if task.state is TaskState.CANCELLED:
        return task
    require_open(task)
    return msgspec.structs.replace(
        task, state=TaskState.CANCELLED, result=result, closed_at=result.at
    )


def require_open(task: Task) -> None:
    """Raise ConflictError `task-closed` when there is nothing left to do."""
    if not task.is_open:
        raise ConflictError("task-closed", "The task is closed already.")


def reached(task: Task, at: datetime) -> Task:
    """Return `task` closed by a talk with its customer."""
    result = TaskResult(
        "reached", BY_GATEWAY, at, source=ResultSource.GATEWAY, kind=ResultKind.SUCCESS
    )
    return msgspec.structs.replace(task, state=TaskState.DONE, result=result, closed_at=at)


def task_id(call_id: str) -> str:
    """Return the id of the task that a call leads to: one, however often it is written."""
    return f"{IdKind.TASK}_{call_id.partition('_')[2]}"


def add_call(task: Task, later: Task) -> Task:
    """Return the open `task` with what `later` adds to it: the same customer in vain once more."""
    calls = [*task.calls, *(call for call in later.calls if call not in task.calls)]
    return msgspec.structs.replace(task, calls=calls)


def new_task(task: Task) -> Task:
    """Return a task that somebody asks for, in the state in which it begins."""
    if task.manager_id is None:
        return msgspec.structs.replace(task, state=TaskState.NEW, assigned_at=None)
    return msgspec.structs.replace(
        task, state=TaskState.ASSIGNED, assigned_at=task.assigned_at or task.created_at
    )


def attempted(task: Task, call: Call) -> Task:
    """Return `task` with what `call`, which was started for it, has come to by now.

    A customer who was not reached is to be called again; after a talk the task waits for its
    result, unless that was told during the talk. A closed task only keeps that the call was made.
    The same again changes nothing.
    """
    attempt = Attempt(call.id, call.created_at, call.outcome)
    known = {one.call_id: one for one in task.attempts}
    if known.get(call.id) == attempt or (call.id in known and call.outcome is None):
        return task
    # What somebody has said of the task since the call began counts more than the call's end.
    is_settled = call.id in known and task.state not in _WAITING
    known[call.id] = attempt
    changed = msgspec.structs.replace(task, attempts=list(known.values())[-MAX_ATTEMPTS:])
    if task.is_open and not is_settled:
        another = any(one.outcome is None and one.at > attempt.at for one in known.values())
        again = call.is_final and call.bridged_at is None and not another
        changed.state = TaskState.CALL_AGAIN if again else TaskState.DIALLED
    return changed


def called_back(task: Task, call: Call) -> Task:
    """Return `task` after its customer, who was dialled for it, has called.

    A talk counts as an attempt, and the task waits for its result. A caller who reached nobody has
    a task of its own. The same again changes nothing.
    """
    if not call.is_final or call.bridged_at is None:
        return task
    if any(one.call_id == call.id for one in task.attempts):
        return task
    attempts = [*task.attempts, Attempt(call.id, call.created_at, call.outcome)]
    after = msgspec.structs.replace(task, attempts=attempts[-MAX_ATTEMPTS:])
    if task.is_open:
        after.state = TaskState.DIALLED
    return after


def changed(task: Task, **fields: object) -> Task:
    """Return an open task with other `fields`, in the state that follows from them.

    Another manager makes it `assigned`, nobody `new`; another time lets it be due anew.
    """
    after = msgspec.structs.replace(task, **fields)
    if after.due_at != task.due_at:
        after.overdue_at = None
        if task.state is TaskState.OVERDUE:
            after.state = _resting(after)
    if after.manager_id != task.manager_id:
        after.state = TaskState.NEW if after.manager_id is None else TaskState.ASSIGNED
    return after


def said_of(task: Task, names: Iterable[str] = _GIVEN) -> dict[str, Any]:
    """Return what is said with `task` by these names of what moves in a task's life."""
    moves = sorted(_MOVES.intersection(names))
    return {name: msgspec.to_builtins(getattr(task, name)) for name in moves}


def replaced(task: Task, wanted: Task, names: Collection[str] = _GIVEN) -> Task:
    """Return `task` as another system wants it, which speaks of `names`; what it has come to stays.

    So does who has it, and when it is due, where that system only says again what it said before:
    whoever repeats a whole list each night takes no task from whom it was given to, and moves no
    appointment. Raises ConflictError `task-closed` where it would change a closed one.
    """
    new = said_of(wanted, names)
    said = {**task.said, **new}
    repeated = {one for one in new if one in task.said and task.said[one] == new[one]}
    if not repeated >= _WHOSE.intersection(new):
        repeated -= _WHOSE
    fields = {name: getattr(wanted, name) for name in names if name not in repeated}
    is_same = all(getattr(task, name) == value for name, value in fields.items())
    if is_same and (said == task.said or not task.is_open):
        return task
    require_open(task)
    return changed(task, **fields, said=said)


def overdue(task: Task, at: datetime) -> Task:
    """Return an open task whose time has passed, as it was told `at`."""
    return msgspec.structs.replace(task, state=TaskState.OVERDUE, overdue_at=at)


def called_again(task: Task, result: TaskResult, at: datetime) -> Task:
    """Return a task whose customer is to be called again at `at`, as `result` tells.

    The same again changes nothing. Raises ConflictError `task-closed`.
    """
    require_open(task)
    known = task.result
    if known is not None and (known.told, task.due_at) == (result.told, at):
        return task
    return msgspec.structs.replace(
        task, state=TaskState.CALL_AGAIN, result=result, due_at=at, overdue_at=None
    )


def _resting(task: Task) -> TaskState:
    """Return in which state an open task is that nobody is dialling and that is not overdue."""
    if task.attempts:
        return TaskState.CALL_AGAIN
    return TaskState.NEW if task.manager_id is None else TaskState.ASSIGNED
