"""What a task may come to, for whoever knows only its id."""

from __future__ import annotations

from dataclasses import dataclass

from voicegw.errors import StoreError
from voicegw.model.task_type import TaskTypeRule
from voicegw.store.tasks import TaskRepository
from voicegw.tasks.types import TaskTypes


@dataclass(frozen=True, slots=True)
class RuleLookup:
    """Looks a task up in the store, its type in memory."""

    tasks: TaskRepository
    types: TaskTypes

    async def rule_of(self, task_id: str) -> TaskTypeRule | None:
        """Return the rule of a task's type; None where the task, or the store, is away."""
        try:
            task = await self.tasks.get(task_id)
        except StoreError:
            return None
        return None if task is None else self.types.of(task)
