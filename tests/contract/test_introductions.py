"""Who gets customers is to be introduced to them: one task each, whoever gives them, and how."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest

from tests.contract.conftest import NOW
from tests.contract.test_handovers import TO_2, Office, customer
from voicegw.directory.import_columns import ImportKind
from voicegw.directory.importer import DirectoryImporter
from voicegw.directory.service import DirectoryService
from voicegw.model.directory import Manager
from voicegw.model.event import EventType
from voicegw.model.introduction import Introduction
from voicegw.model.task import (
    Attempt,
    Priority,
    Task,
    TaskResult,
    TaskSource,
    TaskState,
    TaskType,
    called_again,
    closed,
    new_task,
)
from voicegw.model.task_history import TaskWord
from voicegw.model.task_type import TaskTypeRule, TimeRule
from voicegw.store.customers import Change
from voicegw.store.database import Database
from voicegw.store.directory import DirectoryRepository
from voicegw.store.events import EventRepository
from voicegw.store.introductions import NO_OWNER
from voicegw.store.task_changes import TaskChanges
from voicegw.store.task_history import TaskHistoryRepository
from voicegw.store.tasks import TaskFilter, TaskRepository

A_WEEK = Introduction(due_s=7 * 86_400, priority=Priority.HIGH, script_id="scr_1")
PLAIN = Change("key_1", "moved", NOW)
TELLS = Change("key_1", "moved", NOW, introduction=A_WEEK)


@pytest.fixture
async def office(database: Database, directory: DirectoryRepository) -> Office:
    """Four customers of the first manager."""
    await directory.managers.create(Manager("mgr_3", "Wu", "grp_2"))
    for number in range(4):
        await directory.customers.create(customer(number), PLAIN)
    return Office(database, directory)


async def introductions(office: Office) -> Sequence[Task]:
    """Return all introductions by customer."""
    page = await TaskRepository(office.database).list(TaskFilter(type=TaskType.INTRODUCTION))
    return sorted(page.items, key=lambda one: (one.customer_id or "", one.id))


async def give(office: Office, number: int, owner_id: str | None, change: Change) -> None:
    await office.directory.customers.update(customer(number, owner_id), change)


async def test_a_handover_makes_one_for_each_customer(office: Office) -> None:
    handover = await office.ask(introduction=A_WEEK)
    assert await office.run() is None
    done = await office.now(handover)
    assert done.switched_at is not None
    made = await introductions(office)
    assert [one.customer_id for one in made] == [f"cus_{number:02}" for number in range(4)]
    for one in made:
        assert (one.manager_id, one.group_id, one.state) == ("mgr_2", "grp_2", TaskState.ASSIGNED)
        assert (one.source, one.priority) == (TaskSource.ASSIGNMENT, Priority.HIGH)
        assert (one.created_at, one.assigned_at) == (done.switched_at, done.switched_at)
        assert one.due_at == done.switched_at + timedelta(days=7)
        assert one.script_id == "scr_1"
    history = (await TaskHistoryRepository(office.database).list(made[0].id)).items
    assert [(one.what, one.by) for one in history] == [(TaskWord.CREATED, "key_1")]
    told = [one.event.type for one in await EventRepository(office.database).after()]
    assert told.count(EventType.TASK_CREATED) == told.count(EventType.TASK_ASSIGNED) == 4


async def test_one_that_is_open_goes_along_instead_of_a_second(office: Office) -> None:
    await office.ask(introduction=A_WEEK)
    await office.run()
    first = await introductions(office)
    result = TaskResult("introduced", "key_1", NOW)
    await TaskChanges(office.database).change(first[0].id, lambda one: closed(one, result), NOW)
    again = TaskResult("call_again", "key_1", NOW)
    await TaskChanges(office.database).change(
        first[1].id, lambda one: called_again(one, again, NOW), NOW
    )
    await office.ask(type(TO_2)(TO_2.kind, ["mgr_3"]), "mgr_2", introduction=A_WEEK)
    await office.run()
    second = await introductions(office)
    assert len(second) == 5, "who was introduced already is followed by who is to be now"
    open_ones = {one.customer_id: one for one in second if one.is_open}
    assert {one.manager_id for one in open_ones.values()} == {"mgr_3"}
    assert {one.id for one in first[1:]} <= {one.id for one in open_ones.values()}
    assert open_ones["cus_01"].state is TaskState.CALL_AGAIN, "an appointment stays one"


async def test_without_being_asked_for_none_is_made_but_an_open_one_goes_along(
    office: Office,
) -> None:
    await office.ask()
    await office.run()
    assert await introductions(office) == []
    await give(office, 0, "mgr_1", TELLS)
    await give(office, 0, "mgr_3", PLAIN)
    await give(office, 1, "mgr_3", PLAIN)
    (only,) = await introductions(office)
    assert (only.customer_id, only.manager_id) == ("cus_00", "mgr_3")
    await give(office, 0, None, TELLS)
    (only,) = await introductions(office)
    assert (only.state, only.result and only.result.code) == (TaskState.CANCELLED, NO_OWNER)


async def test_a_customer_who_is_written_while_records_follow_gets_one_too(office: Office) -> None:
    handover = await office.ask(introduction=A_WEEK, at=office.clock.now() + timedelta(hours=1))
    item = await office.lease()
    await office.runner.advance(item)
    await office.handovers.switch(handover.id, office.clock.now())
    renamed = msgspec.structs.replace(customer(0, "mgr_2"), name="D")
    await office.directory.customers.update(renamed, PLAIN)
    assert [one.manager_id for one in await introductions(office)] == ["mgr_2"]
    await office.runner.advance(item)
    assert len(await introductions(office)) == 4


async def test_new_customers_of_a_file_only_where_it_is_asked_for(
    office: Office, tmp_path: Path
) -> None:
    file = tmp_path / "c.csv"
    file.write_text("external_id,name,group,owner\nC90,N,G1,M1\nC1,C,G1,M2\nC2,C,G1,M1\n")

    async def taken(introduction: Introduction | None) -> None:
        importer = DirectoryImporter(
            office.directory, office.clock, by="key_1", introduction=introduction
        )
        counts = await importer.run(ImportKind.CUSTOMERS, file)
        assert counts.rows_bad == 0

    await taken(None)
    assert await introductions(office) == []
    file.write_text("external_id,name,group,owner\nC91,N,G1,M1\nC1,C,G1,M1\nC2,C,G1,M1\n")
    await taken(A_WEEK)
    made = await introductions(office)
    assert len(made) == 2, "one is new, one has changed hands, one is the same"
    assert {one.manager_id for one in made} == {"mgr_1"}


async def test_by_the_service(office: Office) -> None:
    service = DirectoryService(office.directory, office.clock)
    new = msgspec.structs.replace(customer(7), id="", numbers=[])
    await service.create_customer(new, by="key_1", introduction=A_WEEK)
    put = msgspec.structs.replace(new, owner_id="mgr_2")
    await service.put_customer(put, by="key_1", introduction=A_WEEK)
    (only,) = await introductions(office)
    assert only.manager_id == "mgr_2"


async def test_what_is_open_goes_along_as_it_is(office: Office) -> None:
    at = NOW + timedelta(days=1)
    promised = new_task(
        Task(
            "tsk_promised",
            TaskType.COMPLAINT,
            NOW,
            manager_id="mgr_1",
            customer_id="cus_00",
            contacted_at=NOW,
            promised_at=at,
            contact_by=at,
        )
    )
    dialled = new_task(
        Task("tsk_dialled", TaskType.REVISIT, NOW, manager_id="mgr_1", customer_id="cus_01")
    )
    dialled.state, dialled.attempts = TaskState.DIALLED, [Attempt("call_1", NOW)]
    changes = TaskChanges(office.database)
    for task in (promised, dialled):
        await changes.create(task)
    handover = await office.ask()
    await office.run()
    done = await office.now(handover)
    tasks = TaskRepository(office.database)
    for before in (promised, dialled):
        after = await tasks.get(before.id)
        expected = msgspec.structs.replace(
            before, manager_id="mgr_2", group_id="grp_2", assigned_at=done.switched_at
        )
        assert after == expected
        history = (await TaskHistoryRepository(office.database).list(before.id)).items
        assert (history[-1].what, history[-1].by) == (TaskWord.HANDED_OVER, "key_1")


async def test_matters_stay_where_the_handover_says_so(office: Office) -> None:
    changes, tasks = TaskChanges(office.database), TaskRepository(office.database)
    for task_id, kind in (("tsk_m", TaskType.COMPLAINT), ("tsk_r", TaskType.REVISIT)):
        made = Task(task_id, kind, NOW, manager_id="mgr_1", customer_id="cus_00")
        await changes.create(new_task(made))
    handover = await office.ask(moves_matters=False, at=office.clock.now() + timedelta(hours=1))
    item = await office.lease()
    await office.runner.advance(item)
    await office.handovers.switch(handover.id, office.clock.now())
    assert await tasks.responsible("cus_00") == "mgr_1", "from the switch on"
    await office.runner.advance(item)
    assert await tasks.responsible("cus_00") == "mgr_1"
    found = {one.id: one.manager_id for one in (await tasks.list()).items}
    assert found == {"tsk_m": "mgr_1", "tsk_r": "mgr_2"}


def test_it_begins_as_its_type_says() -> None:
    rule = TaskTypeRule(
        "introduction", priority=Priority.HIGH, times=TimeRule(due_s=60), script_id="scr_2"
    )
    begun = Introduction.by(rule)
    assert begun == Introduction(60, Priority.HIGH, "scr_2")
    assert Introduction.by(TaskTypeRule("introduction")).task("c", "m", None, NOW).due_at is None
