"""Types of tasks in the store: own ones, and edited copies of those that are shipped."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec
import sqlalchemy as sa

from voicegw.errors import ConflictError, NotFoundError
from voicegw.model.task_type import TaskTypeRule
from voicegw.store import schema
from voicegw.store.database import Database

_COLUMNS = schema.task_types.c


class TaskTypeRepository:
    """Reads and writes types of tasks. Every method is one short transaction.

    What is shipped is no concern of it (:mod:`voicegw.tasks.types`). All methods raise
    StoreUnavailableError when the store can't be used.
    """

    def __init__(self, database: Database) -> None:
        """Work on `database`, which the caller opens and closes."""
        self._database = database

    async def all(self) -> Mapping[str, TaskTypeRule]:
        """Return every type that somebody has put, by name; they are few."""
        query = sa.select(_COLUMNS.document).order_by(_COLUMNS.name)
        found = await self._database.do_read(
            lambda connection: connection.execute(query).scalars().all()
        )
        rules = [msgspec.convert(document, TaskTypeRule) for document in found]
        return {rule.name: rule for rule in rules}

    async def put(
        self, rule: TaskTypeRule, *, expected: TaskTypeRule | None = None, is_checked: bool = False
    ) -> bool:
        """Put `rule` in place of what has its name; return whether there was none.

        With `is_checked` what is replaced is what the caller has read: `expected`, None: nothing.
        Raises ConflictError `revision-changed`.
        """

        def write(connection: sa.Connection) -> bool:
            before = _locked(connection, rule.name)
            if is_checked and before != expected:
                raise ConflictError("revision-changed", "Somebody else has changed it meanwhile.")
            insert = self._database.insert(schema.task_types).values(name=rule.name, document=rule)
            connection.execute(
                insert.on_conflict_do_update(
                    index_elements=["name"], set_={"document": insert.excluded.document}
                )
            )
            return before is None

        return await self._database.do_write(write)

    async def delete(self, name: str, *, expected: TaskTypeRule | None = None) -> None:
        """Remove what somebody has put by this name.

        Raises NotFoundError, and ConflictError `revision-changed` when `expected` is given and it
        is another one by now.
        """

        def write(connection: sa.Connection) -> None:
            before = _locked(connection, name)
            if before is None:
                raise NotFoundError("task-type", name)
            if expected is not None and before != expected:
                raise ConflictError("revision-changed", "Somebody else has changed it meanwhile.")
            connection.execute(schema.task_types.delete().where(_COLUMNS.name == name))

        await self._database.do_write(write)


def _locked(connection: sa.Connection, name: str) -> TaskTypeRule | None:
    query = sa.select(_COLUMNS.document).where(_COLUMNS.name == name).with_for_update()
    document = connection.execute(query).scalar_one_or_none()
    return None if document is None else msgspec.convert(document, TaskTypeRule)
