"""Which types of tasks there are for the node: the shipped ones, and what operators have put.

Kept in memory, read anew each few seconds and after each change by this node: every task that is
made, and every result, asks for its type.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from voicegw.errors import StoreUnavailableError
from voicegw.model.task import Task, TaskType
from voicegw.model.task_type import ResultRule, TaskTypeRule
from voicegw.store.paging import DEFAULT_LIMIT, Page, check_limit, decode_cursor, encode_cursor
from voicegw.store.task_types import TaskTypeRepository
from voicegw.tasks.shipped_types import SHIPPED_TYPES

log = logging.getLogger(__name__)

RELOAD_S: Final = 5.0
"""How often a node looks for what others have put."""


class TaskTypes:
    """The types in force. Reading needs no store: what was read last is known."""

    def __init__(self, repository: TaskTypeRepository) -> None:
        """Begin with the shipped types; `reload` reads the rest from `repository`."""
        self._repository = repository
        self._all: Mapping[str, TaskTypeRule] = SHIPPED_TYPES

    async def reload(self) -> None:
        """Read what is in the store; keep what is known while that is away."""
        try:
            put = await self._repository.all()
        except StoreUnavailableError as error:
            log.info("types of tasks could not be read: %s", error)
            return
        self._all = MappingProxyType({**SHIPPED_TYPES, **put})

    def all(self) -> Mapping[str, TaskTypeRule]:
        """Return the types in force by name, the shipped ones first. It never changes."""
        return self._all

    def results(self) -> dict[str, tuple[ResultRule, ...]]:
        """Return the results of each type in force, by its name."""
        return {name: rule.results for name, rule in self._all.items()}

    def page(self, limit: int = DEFAULT_LIMIT, cursor: str | None = None) -> Page[TaskTypeRule]:
        """Return a page of the types in force, by name. Raises InvalidError."""
        names = sorted(self._all)
        if cursor is not None:
            (after,) = decode_cursor(cursor, tuple[str])
            names = [name for name in names if name > after]
        shown = names[: check_limit(limit)]
        following = encode_cursor(shown[-1]) if len(names) > limit else None
        return Page([self._all[name] for name in shown], following)

    def named(self, name: str) -> TaskTypeRule | None:
        """Return the type of this name: a TaskType's value, or that of an own type."""
        return self._all.get(name)

    def of(self, task: Task) -> TaskTypeRule:
        """Return the rule of a task's type."""
        return self.rule(task.type, task.own_type)

    def rule(self, type_: TaskType, own_type: str | None = None) -> TaskTypeRule:
        """Return the rule of a type; of an own one that nobody has put, that of `own`."""
        name = own_type if type_ is TaskType.OWN and own_type is not None else type_.value
        return self._all.get(name) or self._all[type_.value]
