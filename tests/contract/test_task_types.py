"""Types of tasks in the store, and those in force."""

from __future__ import annotations

import asyncio

import msgspec
import pytest

from voicegw.errors import ConflictError, NotFoundError
from voicegw.model.task import Priority, TaskType
from voicegw.model.task_type import FieldKind, FieldRule, ResultKind, ResultRule, TaskTypeRule
from voicegw.store.database import Database
from voicegw.store.task_types import TaskTypeRepository
from voicegw.tasks.shipped_types import SHIPPED_TYPES
from voicegw.tasks.types import TaskTypes

FIBRE = TaskTypeRule(
    "fibre-upgrade",
    {"zh": "光纤升级"},
    fields=(FieldRule("speed", FieldKind.CHOICE, is_required=True, choices=("300", "1000")),),
    results=(ResultRule("upgraded", ResultKind.SUCCESS, "1", {"zh": "升级成功"}),),
)


async def test_an_edited_copy_takes_the_place_of_the_shipped_one(database: Database) -> None:
    repository = TaskTypeRepository(database)
    types = TaskTypes(repository)
    shipped = SHIPPED_TYPES["renewal"]
    edited = msgspec.structs.replace(shipped, priority=Priority.HIGH)
    assert await repository.put(edited)
    assert await repository.put(FIBRE)
    assert types.rule(TaskType.RENEWAL) == shipped  # until it is read
    await types.reload()
    assert types.rule(TaskType.RENEWAL) == edited
    assert types.rule(TaskType.OWN, "fibre-upgrade") == FIBRE
    assert types.rule(TaskType.OWN, "nobody-put-it") == SHIPPED_TYPES["own"]
    assert types.named("fibre-upgrade") == FIBRE
    assert [*types.all()] == [*SHIPPED_TYPES, "fibre-upgrade"]
    await repository.delete("renewal")
    await types.reload()
    assert types.rule(TaskType.RENEWAL) == shipped
    with pytest.raises(NotFoundError):
        await repository.delete("renewal")


async def test_of_two_who_edit_what_is_shipped_one_is_told(database: Database) -> None:
    repository = TaskTypeRepository(database)
    edits = [
        msgspec.structs.replace(FIBRE, priority=priority)
        for priority in (Priority.LOW, Priority.HIGH, Priority.URGENT)
    ]
    done = await asyncio.gather(
        *(repository.put(one, is_checked=True) for one in edits), return_exceptions=True
    )
    assert sorted(map(type, done), key=str) == [bool, ConflictError, ConflictError]
    (kept,) = (edit for edit, how in zip(edits, done, strict=True) if how is True)
    assert await repository.all() == {"fibre-upgrade": kept}


async def test_who_has_read_another_one_changes_nothing(database: Database) -> None:
    repository = TaskTypeRepository(database)
    await repository.put(FIBRE, is_checked=True)
    faster = msgspec.structs.replace(FIBRE, priority=Priority.HIGH)
    with pytest.raises(ConflictError) as changed:
        await repository.put(faster, is_checked=True)
    assert changed.value.slug == "revision-changed"
    assert not await repository.put(faster, expected=FIBRE, is_checked=True)
    with pytest.raises(ConflictError):
        await repository.delete("fibre-upgrade", expected=FIBRE)
    await repository.delete("fibre-upgrade", expected=faster)
    assert await repository.all() == {}
