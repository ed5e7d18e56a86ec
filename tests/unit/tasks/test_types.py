"""What a node knows of types of tasks while the store is away."""

from __future__ import annotations

from collections.abc import Mapping

from voicegw.errors import StoreUnavailableError
from voicegw.model.task_type import TaskTypeRule
from voicegw.store.task_types import TaskTypeRepository
from voicegw.tasks.types import TaskTypes


class _Repository(TaskTypeRepository):
    """Holds one own type, until it is away."""

    def __init__(self) -> None:
        self.is_away = False

    async def all(self) -> Mapping[str, TaskTypeRule]:
        if self.is_away:
            raise StoreUnavailableError("gone")
        return {"fibre": TaskTypeRule("fibre")}


async def test_while_the_store_is_away_what_was_read_is_known() -> None:
    repository = _Repository()
    types = TaskTypes(repository)
    repository.is_away = True
    await types.reload()
    assert types.named("renewal") is not None
    assert types.named("fibre") is None
    repository.is_away = False
    await types.reload()
    repository.is_away = True
    await types.reload()
    assert types.named("fibre") == TaskTypeRule("fibre")
