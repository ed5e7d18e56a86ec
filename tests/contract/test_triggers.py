"""Triggers in the store: told once, one task a customer, whoever comes at the same time."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec
import pytest

from tests.contract.conftest import CHANGE, NOW
from voicegw.directory.calendar import Calendars
from voicegw.directory.quiet import QuietTime
from voicegw.errors import ConflictError, InvalidError, NotFoundError
from voicegw.model.directory import Customer
from voicegw.model.event import EventType
from voicegw.model.task import TaskResult, TaskSource, TaskState, TaskType, changed
from voicegw.model.task_history import TaskWord
from voicegw.model.trigger import TriggerKind, TriggerOutcome
from voicegw.store.database import Database
from voicegw.store.directory import DirectoryRepository
from voicegw.store.events import EventRepository
from voicegw.store.task_changes import TaskChanges
from voicegw.store.task_history import TaskHistoryRepository
from voicegw.store.task_types import TaskTypeRepository
from voicegw.store.tasks import TaskRepository
from voicegw.store.trigger_kinds import TriggerKindRepository
from voicegw.store.triggers import TriggerFilter, TriggerRepository
from voicegw.tasks.triggering import Notice, Triggering
from voicegw.tasks.types import TaskTypes


class StoppedClock:
    """NOW, until moved."""

    def __init__(self) -> None:
        self.at = NOW

    def now(self) -> datetime:
        return self.at

    def monotonic(self) -> float:
        return 0.0


class QuietNight:
    """Quiet for another nine hours."""

    async def now(self, group_id: str | None, at: datetime) -> QuietTime:
        del group_id, at
        return QuietTime(9 * 3600)


class Desk:
    """A store with one owned customer, and what takes triggers."""

    def __init__(self, database: Database, directory: DirectoryRepository) -> None:
        self.customer = Customer("cus_1", "C", "grp_2", owner_id="mgr_1")
        self.clock = StoppedClock()
        self.triggers = TriggerRepository(database)
        self.kinds = TriggerKindRepository(database)
        self.tasks = TaskRepository(database)
        self.changes = TaskChanges(database)
        self.database = database
        self.directory = directory
        self.triggering = self.made()

    def made(self, **more: Any) -> Triggering:
        return Triggering(
            self.triggers,
            self.kinds,
            TaskTypes(TaskTypeRepository(self.database)),
            self.directory.groups,
            self.clock,
            calendars=Calendars(),
            **more,
        )

    async def tell(self, kind: str = "wants_to_leave", **more: Any) -> Any:
        return await self.triggering.tell(
            Notice(kind, more.pop("facts", {}), "key_1", **more), self.customer
        )

    async def types_told(self) -> Sequence[str]:
        return [one.event.type for one in await EventRepository(self.database).after(None)]


@pytest.fixture
async def desk(database: Database, directory: DirectoryRepository) -> Desk:
    made = Desk(database, directory)
    await directory.customers.create(made.customer, CHANGE)
    return made


async def test_a_wish_to_leave_is_an_urgent_task_with_its_times(desk: Desk) -> None:
    trigger = await desk.tell(requested_at=NOW - timedelta(hours=1), external_id="crm-1")
    assert (trigger.outcome, trigger.group_id, trigger.manager_id) == (
        TriggerOutcome.CREATED,
        "grp_2",
        "mgr_1",
    )
    task = await desk.tasks.get(trigger.task_id)
    assert task is not None
    assert (task.type, task.source, task.state) == (
        TaskType.RETENTION,
        TaskSource.TRIGGER,
        TaskState.ASSIGNED,
    )
    assert task.contact_by == trigger.contact_by == NOW + timedelta(hours=3)
    assert task.close_by == trigger.close_by == task.due_at
    assert task.escalates
    assert await desk.types_told() == [EventType.TASK_CREATED, EventType.TASK_ASSIGNED]
    assert await desk.triggers.get(trigger.id) == trigger
    assert await desk.triggers.get_by_external_id("crm-1") == trigger


async def test_who_comes_at_the_same_time_finds_the_others_task(desk: Desk) -> None:
    told = await asyncio.gather(*(desk.tell("wants_to_leave") for _ in range(6)))
    assert len({one.task_id for one in told}) == 1
    assert sorted(one.outcome for one in told) == ["created", *["joined"] * 5]
    again = await asyncio.gather(*(desk.tell(external_id="crm-1") for _ in range(6)))
    assert len({one.id for one in again}) == 1
    assert len((await desk.triggers.list()).items) == 7
    assert len((await desk.tasks.list()).items) == 1


async def test_an_external_id_is_one_thing_of_one_customer(desk: Desk) -> None:
    await desk.tell(external_id="crm-1")
    with pytest.raises(ConflictError) as taken:
        await desk.tell("complaint", external_id="crm-1")
    assert taken.value.slug == "already-exists"


async def test_below_the_threshold_nothing_is_made_and_it_is_said(desk: Desk) -> None:
    facts = {"spend_before": 100, "spend": 80}
    trigger = await desk.tell("spend_fell", facts=facts)
    assert (trigger.outcome, trigger.measured, trigger.limit, trigger.task_id) == (
        TriggerOutcome.BELOW_THRESHOLD,
        20.0,
        30,
        None,
    )
    assert (await desk.tasks.list()).items == []
    assert await desk.types_told() == []
    assert (await desk.triggers.list(TriggerFilter(manager_id="mgr_1"))).items == [trigger]


async def test_another_threshold_is_data(desk: Desk) -> None:
    kinds = await desk.triggering.kinds()
    assert kinds["spend_fell"].is_built_in
    await desk.kinds.put(TriggerKind("spend_fell", TaskType.REVISIT))
    trigger = await desk.tell("spend_fell")
    task = await desk.tasks.get(trigger.task_id)
    assert task is not None
    assert (task.type, task.contact_by) == (TaskType.REVISIT, None)
    await desk.kinds.delete("spend_fell")
    assert await desk.triggering.kind("spend_fell") == kinds["spend_fell"]
    for name in ("spend_fell", "nothing"):
        with pytest.raises(NotFoundError):
            await desk.kinds.delete(name)
    with pytest.raises(NotFoundError):
        await desk.triggering.kind("nothing")


async def test_what_joins_is_in_the_tasks_history(desk: Desk) -> None:
    first = await desk.tell()
    desk.clock.at += timedelta(hours=1)
    fell = await desk.tell("spend_fell", facts={"spend_before": 100, "spend": 1})
    assert (fell.outcome, fell.task_id) == (TriggerOutcome.JOINED, first.task_id)
    assert fell.contact_by == first.contact_by
    # Nothing of the task has changed by that: the sooner times were the first's.
    history = await TaskHistoryRepository(desk.database).list(first.task_id)
    assert [one.what for one in history.items] == [TaskWord.CREATED]
    found = (await desk.triggers.list(TriggerFilter(task_id=first.task_id))).items
    assert [one.id for one in found] == [fell.id, first.id]


async def test_who_comes_back_within_a_week_gets_a_task_that_follows(desk: Desk) -> None:
    first = await desk.tell()
    await desk.changes.close(first.task_id, TaskResult("retained", "key_1", NOW))
    for days, parent in ((6, first.task_id), (15, None)):
        desk.clock.at = NOW + timedelta(days=days)
        trigger = await desk.tell()
        task = await desk.tasks.get(trigger.task_id)
        assert task is not None
        assert (trigger.outcome, task.parent_id) == (TriggerOutcome.CREATED, parent)
        await desk.changes.close(task.id, TaskResult("retained", "key_1", desk.clock.at))


async def test_at_night_the_task_waits_and_its_time_does_not(desk: Desk) -> None:
    desk.triggering = desk.made(quiet=QuietNight())
    trigger = await desk.tell()
    task = await desk.tasks.get(trigger.task_id)
    assert task is not None
    assert trigger.callable_from == task.not_before == NOW + timedelta(hours=9)
    assert task.contact_by == NOW + timedelta(hours=4)


async def test_whose_it_is_now_says_the_task(desk: Desk) -> None:
    trigger = await desk.tell()

    await desk.changes.change(trigger.task_id, lambda one: changed(one, manager_id="mgr_2"), NOW)
    for manager_id, count in (("mgr_1", 0), ("mgr_2", 1)):
        found = (await desk.triggers.list(TriggerFilter(manager_id=manager_id))).items
        assert len(found) == count


async def test_open_matters_come_in_the_order_in_which_something_is_owed(desk: Desk) -> None:
    told = []
    for number, hours in enumerate((0, 20, 2)):
        desk.customer = Customer(f"cus_{number + 7}", "C", "grp_2", owner_id="mgr_1")
        await desk.directory.customers.create(desk.customer, CHANGE)
        told.append(await desk.tell(requested_at=NOW - timedelta(hours=hours)))
    quiet = await desk.tell("spend_fell", facts={"spend_before": 100, "spend": 90})
    order = [told[1].id, told[2].id, told[0].id]

    async def pressing() -> list[str]:
        found: list[str] = []
        cursor = None
        while True:
            page = await desk.triggers.list(TriggerFilter(is_open=True), limit=2, cursor=cursor)
            found += [one.id for one in page.items]
            cursor = page.next_cursor
            if cursor is None:
                return found

    assert await pressing() == order
    # Who was talked with presses by the time of its closing only.
    await desk.changes.change(
        told[1].task_id,
        lambda task: msgspec.structs.replace(
            task, contacted_at=NOW, close_by=NOW + timedelta(days=9), due_at=None
        ),
        NOW,
    )
    assert await pressing() == [*order[1:], order[0]]
    await desk.changes.close(told[0].task_id, TaskResult("retained", "key_1", NOW))
    assert await pressing() == [order[1], order[0]]
    over = (await desk.triggers.list(TriggerFilter(is_open=False))).items
    assert {one.id for one in over} == {told[0].id, quiet.id}


async def test_what_can_not_be_told_is_refused(desk: Desk) -> None:
    for field, more in (
        ("kind", {"kind": "nothing"}),
        ("facts.spend", {"kind": "spend_fell"}),
        ("requested_at", {"requested_at": NOW + timedelta(hours=1)}),
    ):
        with pytest.raises(InvalidError) as refused:
            await desk.tell(**more)
        assert refused.value.field == field
    desk.customer = Customer("cus_none", "N", "grp_2")
    with pytest.raises(NotFoundError):
        await desk.tell()
