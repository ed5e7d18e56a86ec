"""Types of tasks in the store: own ones, and edited copies of those that are shipped."""

from __future__ import annotations

from voicegw.model.task_type import TaskTypeRule
from voicegw.store import schema
from voicegw.store.database import Database
from voicegw.store.named_documents import NamedDocumentRepository


class TaskTypeRepository(NamedDocumentRepository[TaskTypeRule]):
    """Types of tasks; what is in force is told by :mod:`voicegw.tasks.types`."""

    def __init__(self, database: Database) -> None:
        """Work on `database`, which the caller opens and closes."""
        super().__init__(database, schema.task_types, TaskTypeRule, "task-type")
