"""What follows from the result of a task: a lost customer is asked again. Pure.

A refusal of a type with a `follow_up_type` (retention: win-back) leads to a task for each of its
`follow_up_days`. They are made at once, so that everybody sees the plan; each waits for its day.
Once one of them succeeds there is nothing left to do for the others.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Final

from voicegw.model.ids import IdKind, new_id
from voicegw.model.task import Task, TaskSource, TaskType, new_task
from voicegw.model.task_type import ResultKind, TaskTypeRule
from voicegw.store.task_changes import Following

_TIME_FOR_IT: Final = timedelta(days=7)
"""From its day on, where the type itself gives no time."""


class FollowUps:
    """What follows, by the types in force."""

    def __init__(
        self,
        rule_of: Callable[[Task], TaskTypeRule],
        rule_named: Callable[[str], TaskTypeRule | None],
        make_id: Callable[[], str] = lambda: new_id(IdKind.TASK),
    ) -> None:
        """`rule_of` gives the rule of a task's type, `rule_named` that of a type's name."""
        self._rule_of = rule_of
        self._rule_named = rule_named
        self._make_id = make_id

    def of(self, task: Task) -> Following:
        """Return what follows from `task`, which was just closed."""
        result = task.result
        kind = None if result is None else result.kind
        ends = kind is ResultKind.SUCCESS and task.source is TaskSource.FOLLOW_UP
        if kind is not ResultKind.REFUSED:
            return Following(ends_siblings=ends)
        rule = self._rule_of(task)
        name = rule.follow_up_type
        follows = None if name is None else self._rule_named(name)
        if follows is None:
            return Following()
        return Following([self._one(task, follows, days) for days in rule.follow_up_days])

    def _one(self, task: Task, rule: TaskTypeRule, days: int) -> Task:
        closed_at = task.closed_at or task.created_at
        begins_at = closed_at + timedelta(days=days)
        due_s = rule.times.due_s
        time_for_it = _TIME_FOR_IT if due_s is None else timedelta(seconds=due_s)
        type_, own_type = _type_of(rule)
        return new_task(
            Task(
                id=self._make_id(),
                type=type_,
                own_type=own_type,
                created_at=closed_at,
                group_id=task.group_id,
                manager_id=task.manager_id,
                customer_id=task.customer_id,
                customer_number=task.customer_number,
                hotline_id=task.hotline_id,
                priority=rule.priority,
                script_id=rule.script_id,
                source=TaskSource.FOLLOW_UP,
                parent_id=task.id,
                not_before=begins_at,
                due_at=begins_at + time_for_it,
                escalates=rule.escalates,
            )
        )


def _type_of(rule: TaskTypeRule) -> tuple[TaskType, str | None]:
    known = {one.value for one in TaskType}
    return (TaskType(rule.name), None) if rule.name in known else (TaskType.OWN, rule.name)
