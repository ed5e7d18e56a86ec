"""What is to be done when a customer gets another owner: every one is told of it (告知). Pure."""

from __future__ import annotations

from datetime import datetime, timedelta

import msgspec

from voicegw.model.ids import IdKind, new_id
from voicegw.model.task import Priority, Task, TaskSource, TaskState, TaskType
from voicegw.model.task_type import TaskTypeRule


class Introduction(msgspec.Struct, frozen=True):
    """How a task begins by which an owner gets known; of the type's rule as it was asked for.

    `due_s` counts from the moment of the new owner; None: no time by itself.
    """

    due_s: int | None = None
    priority: Priority = Priority.NORMAL
    script_id: str | None = None

    @classmethod
    def by(cls, rule: TaskTypeRule) -> Introduction:
        """Return what the rule of the type `introduction` says."""
        return cls(rule.times.due_s, rule.priority, rule.script_id)

    def task(self, customer_id: str, manager_id: str, group_id: str | None, at: datetime) -> Task:
        """Return the task of the owner `manager_id`, who has the customer since `at`."""
        return Task(
            new_id(IdKind.TASK),
            TaskType.INTRODUCTION,
            at,
            TaskState.ASSIGNED,
            group_id=group_id,
            manager_id=manager_id,
            customer_id=customer_id,
            due_at=None if self.due_s is None else at + timedelta(seconds=self.due_s),
            source=TaskSource.ASSIGNMENT,
            priority=self.priority,
            script_id=self.script_id,
        )
