"""Whether something follows from a trigger, and which task. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Final

import msgspec

from voicegw.errors import InvalidError
from voicegw.model.task import RANKS, Task, TaskSource, TaskType, new_task
from voicegw.model.task_type import TaskTypeRule
from voicegw.model.trigger import Fact, Measure, Threshold, Trigger, TriggerKind
from voicegw.tasks.times import TaskTimes

_HUNDRED: Final = Decimal(100)


def measured(threshold: Threshold, facts: Mapping[str, Fact]) -> float:
    """Return the number that `facts` give to be held against `threshold`.

    Raises InvalidError, naming the fact, for one that is missing or no number, and for a fall from
    less than nothing.
    """
    value = _number(threshold.fact, facts)
    if threshold.measure is Measure.VALUE or threshold.before is None:
        return float(value)
    before = _number(threshold.before, facts)
    if before < 0:
        raise InvalidError(
            f"facts.{threshold.before}", "must not be less than 0", kind="too-small", min=0
        )
    if before == 0:
        return 0.0
    # In decimals: from 10 to 7 is a fall by 30 %, and not by a little more.
    return float((before - value) / before * _HUNDRED)


def limit_of(threshold: Threshold) -> float | None:
    """Return the number that `threshold` has."""
    return threshold.above if threshold.above is not None else threshold.at_most


def is_enough(threshold: Threshold, number: float) -> bool:
    """Whether something follows from `number`."""
    if threshold.above is not None and number <= threshold.above:
        return False
    return threshold.at_most is None or number <= threshold.at_most


def check_kind(kind: TriggerKind) -> None:
    """Raise InvalidError, naming the field, for a kind that can't be meant."""
    if (kind.type is TaskType.OWN) is (kind.own_type is None):
        raise InvalidError(
            "own_type", "goes with the type own, and with no other", kind="goes-with", other="type"
        )
    threshold = kind.threshold
    if threshold is None:
        return
    if limit_of(threshold) is None:
        raise InvalidError(
            "threshold", "needs above or at_most", kind="choose-one", fields="above, at_most"
        )
    if (threshold.measure is Measure.FALL_PERCENT) is (threshold.before is None):
        raise InvalidError(
            "threshold.before",
            "goes with fall_percent, and with no other measure",
            kind="goes-with",
            other="fall_percent",
        )


def task_of(
    trigger: Trigger, kind: TriggerKind, rule: TaskTypeRule, times: TaskTimes, task_id: str
) -> Task:
    """Return the task that follows from `trigger`, for the owner of its customer."""
    return new_task(
        Task(
            id=task_id,
            type=kind.type,
            own_type=kind.own_type,
            created_at=trigger.created_at,
            group_id=trigger.group_id,
            manager_id=trigger.manager_id,
            customer_id=trigger.customer_id,
            source=TaskSource.TRIGGER,
            priority=kind.priority or rule.priority,
            script_id=rule.script_id,
            requested_at=trigger.requested_at,
            contact_by=times.contact_by,
            close_by=times.close_by,
            due_at=times.due_at,
            not_before=trigger.callable_from,
            escalates=kind.escalates or rule.escalates,
        )
    )


def following(
    trigger: Trigger, wanted: Task, tasks: Sequence[tuple[Task, bool]]
) -> tuple[Task | None, Task | None]:
    """Return `wanted` as a new task, or the one of `tasks` that it adds to, as that is then.

    `tasks` are those of the customer that are open or were closed lately, the oldest first, each
    with whether the same kind of trigger has led to it. A new task follows the last of its type.
    """
    like = [
        (task, is_same)
        for task, is_same in tasks
        if (task.type, task.own_type) == (wanted.type, wanted.own_type)
    ]
    for task, is_same in like:
        if task.is_open and _may_join(task, trigger, is_same_kind=is_same):
            return None, joined(task, wanted)
    parent_id = like[-1][0].id if like else None
    return msgspec.structs.replace(wanted, parent_id=parent_id), None


def _may_join(task: Task, trigger: Trigger, *, is_same_kind: bool) -> bool:
    """Whether `trigger` adds to the open `task`; else another one follows it.

    Something else that comes up after the talk wants a talk of its own; the same told again, or
    told of a time before the talk, does not.
    """
    return is_same_kind or task.contacted_at is None or task.contacted_at >= trigger.requested_at


def joined(task: Task, wanted: Task) -> Task:
    """Return the open `task` with what `wanted`, which follows from a trigger, adds to it.

    Of two times the sooner holds, of two priorities the higher; nobody need wait any more but for
    the end of quiet hours.
    """
    after = msgspec.structs.replace(
        task,
        priority=max(task.priority, wanted.priority, key=RANKS.__getitem__),
        close_by=_sooner(task.close_by, wanted.close_by),
        due_at=_sooner(task.due_at, wanted.due_at),
        not_before=_sooner(task.not_before, wanted.not_before or wanted.created_at),
        escalates=task.escalates or wanted.escalates,
        requested_at=_sooner(task.requested_at, wanted.requested_at),
    )
    if task.contacted_at is None:
        after.contact_by = _sooner(task.contact_by, wanted.contact_by)
    if task.not_before is None:
        after.not_before = None
    return after


def _sooner(one: datetime | None, other: datetime | None) -> datetime | None:
    known = [at for at in (one, other) if at is not None]
    return min(known, default=None)


def _number(name: str, facts: Mapping[str, Fact]) -> Decimal:
    value = facts.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise InvalidError(
            f"facts.{name}", "this kind of trigger needs it, as a number", kind="not-a-number"
        )
    return Decimal(str(value))
