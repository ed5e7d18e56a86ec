"""Orders to give tasks in both stores: carried out as planned, once, whatever happens meanwhile."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import pytest

from tests.contract.conftest import CHANGE, NOW
from tests.contract.test_handovers import MovedClock
from voicegw.errors import ConflictError, InvalidError
from voicegw.model.audit import AuditAction, AuditEntry, SubjectKind
from voicegw.model.directory import Customer, Leave, Manager, ManagerStatus
from voicegw.model.event import EventType
from voicegw.model.task import Task, TaskResult, TaskState, TaskType, changed, new_task
from voicegw.model.task_assignment import (
    Assignment,
    AssignmentState,
    Balance,
    Rule,
    RuleKind,
    StayReason,
)
from voicegw.model.task_history import TaskWord
from voicegw.model.work import WorkItem, WorkKind
from voicegw.store.assignments import AssignmentRepository
from voicegw.store.audit import AuditLog
from voicegw.store.database import Database
from voicegw.store.directory import DirectoryRepository
from voicegw.store.events import EventRepository
from voicegw.store.task_changes import TaskChanges
from voicegw.store.task_history import TaskHistoryRepository
from voicegw.store.tasks import TaskFilter, TaskRepository
from voicegw.store.work import WorkQueue
from voicegw.tasks.assignment_runner import AssignmentRunner
from voicegw.tasks.assignment_service import (
    MAX_TASKS,
    AssignmentRequest,
    AssignmentService,
    Prepared,
    Reach,
)

BOTH = ["mgr_1", "mgr_2"]
EVENLY = Rule(RuleKind.EVENLY, BOTH)


@dataclass
class Desk:
    """Two managers and the tasks that a test adds."""

    database: Database
    directory: DirectoryRepository

    def __post_init__(self) -> None:
        self.clock = MovedClock()
        self.repository = AssignmentRepository(self.database)
        self.service = AssignmentService(
            self.repository, self.directory.managers, self.directory.groups, self.clock
        )
        self.runner = AssignmentRunner(self.repository, self.clock, chunk=4)
        self.queue = WorkQueue(self.database, "node-1")
        self.tasks = TaskRepository(self.database)
        self.changes = TaskChanges(self.database)

    async def add(self, number: int, **more: object) -> Sequence[str]:
        """Add tasks and return their ids."""
        fields: dict[str, object] = {
            "type": TaskType.RENEWAL,
            "created_at": NOW,
            "group_id": "grp_1",
        } | more
        ids = [f"tsk_{more.get('customer_id') or ''}{place:03}" for place in range(number)]
        for task_id in ids:
            await self.changes.create(new_task(Task(id=task_id, **fields)))  # type: ignore[arg-type]
        return ids

    async def prepare(self, rule: Rule = EVENLY, **more: object) -> Prepared:
        request = AssignmentRequest(rule, by="key_1", role="admin", **more)  # type: ignore[arg-type]
        return await self.service.prepare(request)

    async def start(self, rule: Rule = EVENLY, **more: object) -> Assignment:
        prepared = await self.prepare(rule, **more)
        order = prepared.order
        entry = AuditEntry(
            NOW, "key_1", "admin", AuditAction.TASKS_ASSIGNED, SubjectKind.ASSIGNMENT, order.id
        )
        await self.service.start(prepared, entry)
        return order

    async def lease(self, after: datetime | None = None) -> WorkItem:
        item = await self.queue.lease([WorkKind.ASSIGN], after or self.clock.now(), 60)
        assert item is not None
        return item

    async def carry_out(self, order: Assignment) -> Assignment:
        await self.runner.advance(await self.lease())
        return await self.now(order)

    async def now(self, order: Assignment) -> Assignment:
        found = await self.repository.get(order.id)
        assert found is not None
        return found

    async def task(self, task_id: str) -> Task:
        found = await self.tasks.get(task_id)
        assert found is not None
        return found

    async def managers(self, ids: Sequence[str]) -> Counter[str | None]:
        return Counter([(await self.task(task_id)).manager_id for task_id in ids])


@pytest.fixture
async def desk(database: Database, directory: DirectoryRepository) -> Desk:
    return Desk(database, directory)


async def test_what_was_shown_is_what_is_done(desk: Desk) -> None:
    ids = await desk.add(11)
    shown = await desk.prepare()
    assert await desk.managers(ids) == {None: 11}, "a preview writes nothing"
    done = await desk.carry_out(await desk.start(plan_tag=shown.tag))
    assert (done.state, done.moved, done.position) == (AssignmentState.DONE, 11, 11)
    assert done.shares == shown.shares
    assert done.left_out == []
    for move in shown.moves:
        task = await desk.task(move.task_id)
        assert (task.manager_id, task.state) == (move.to_manager_id, TaskState.ASSIGNED)
        assert task.assigned_at == NOW
    assert await desk.repository.moves(done.id) == []
    assert await desk.repository.loads() == {"mgr_1": 6, "mgr_2": 5}


async def test_each_task_says_so_and_the_order_is_in_the_audit_log(desk: Desk) -> None:
    (task_id,) = await desk.add(1)
    order = await desk.carry_out(await desk.start(Rule(RuleKind.HAND, pairs={task_id: "mgr_2"})))
    history = (await TaskHistoryRepository(desk.database).list(task_id)).items
    assert [(one.what, one.by) for one in history][1:] == [(TaskWord.ASSIGNED, "key_1")]
    assert history[1].changes["manager_id"].after == "mgr_2"
    events = [one.event for one in await EventRepository(desk.database).after()]
    assert [one.type for one in events] == [EventType.TASK_CREATED, EventType.TASK_ASSIGNED]
    assert events[1].manager_id == "mgr_2"
    (entry,) = (await AuditLog(desk.database).list()).items
    assert (entry.action, entry.subject) == (AuditAction.TASKS_ASSIGNED, order.id)


async def test_what_has_changed_since_the_preview_is_refused(desk: Desk) -> None:
    ids = await desk.add(3)
    shown = await desk.prepare()
    await desk.changes.change(ids[0], lambda one: changed(one, manager_id="mgr_2"), NOW)
    with pytest.raises(ConflictError) as refused:
        await desk.prepare(plan_tag=shown.tag)
    assert refused.value.slug == "assignment-changed"


async def test_what_changes_after_the_order_is_left_and_counted(desk: Desk) -> None:
    ids = await desk.add(6)
    taken = await desk.add(1, customer_id="cus_9")
    order = await desk.start()
    result = TaskResult("done", "key_2", NOW)
    await desk.changes.close(ids[0], result)
    await desk.changes.change(ids[1], lambda one: changed(one, manager_id="mgr_2"), NOW)
    await desk.changes.change(
        taken[0], lambda one: msgspec.structs.replace(one, contacted_at=NOW), NOW
    )
    done = await desk.carry_out(order)
    assert {one.reason: one.task_ids for one in done.left_out} == {
        StayReason.CHANGED: [ids[1]],
        StayReason.CLOSED: [ids[0]],
        StayReason.TAKEN: taken,
    }
    assert (done.tasks, done.moved) == (7, 4)
    assert (await desk.task(ids[0])).state is TaskState.DONE


async def test_who_departs_after_the_order_gets_no_more(desk: Desk) -> None:
    ids = await desk.add(8)
    order = await desk.start()
    gone = await desk.directory.managers.get("mgr_2")
    assert gone is not None
    await desk.directory.managers.update(
        msgspec.structs.replace(gone, status=ManagerStatus.DEPARTED)
    )
    done = await desk.carry_out(order)
    assert [(one.reason, one.tasks) for one in done.left_out] == [(StayReason.RECIPIENT_GONE, 4)]
    assert await desk.managers(ids) == {"mgr_1": 4, None: 4}


async def test_a_kill_between_two_chunks_gives_no_task_twice(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = await desk.add(10)
    order = await desk.start()
    give_some = desk.repository.give_some
    chunks: list[tuple[object, ...]] = []

    async def killed(*arguments: object) -> Assignment:
        if len(chunks) == 1:
            raise ZeroDivisionError
        chunks.append(arguments)
        return await give_some(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(desk.repository, "give_some", killed)
    with pytest.raises(ZeroDivisionError):
        await desk.runner.advance(await desk.lease())
    monkeypatch.undo()
    assert (await desk.now(order)).position == 4
    desk.clock.at = NOW.replace(hour=NOW.hour + 1)
    done = await desk.carry_out(order)
    assert (done.moved, done.left_out) == (10, [])
    assert await desk.managers(ids) == {"mgr_1": 5, "mgr_2": 5}
    events = await EventRepository(desk.database).after()
    assert sum(one.event.type == EventType.TASK_ASSIGNED for one in events) == 10


async def test_of_two_who_have_an_order_in_hand_one_goes_on(desk: Desk) -> None:
    await desk.add(3)
    order = await desk.start()
    first = await desk.lease()
    desk.clock.at = NOW.replace(hour=NOW.hour + 1)
    second = await desk.lease()
    await desk.runner.advance(second)
    with pytest.raises(ConflictError) as refused:
        await desk.runner.advance(first)
    assert refused.value.slug == "assignment-state"
    assert (await desk.now(order)).state is AssignmentState.DONE


async def test_giving_up_says_why_and_keeps_what_was_given(desk: Desk) -> None:
    await desk.add(3)
    order = await desk.start()
    await desk.runner.give_up(await desk.lease(), "invalid")
    failed = await desk.now(order)
    assert (failed.state, failed.failure) == (AssignmentState.FAILED, "invalid")


async def test_the_owner_of_a_customer_on_the_way_is_the_new_one(desk: Desk) -> None:
    await desk.directory.customers.create(
        Customer("cus_1", "C", "grp_1", owner_id="mgr_2", class_="gold"), CHANGE
    )
    ids = await desk.add(2, customer_id="cus_1")
    done = await desk.carry_out(await desk.start(Rule(RuleKind.OWNER), task_ids=[*ids, "tsk_no"]))
    assert [(one.manager_id, one.tasks) for one in done.shares] == [("mgr_2", 2)]
    assert [(one.reason, one.task_ids) for one in done.left_out] == [
        (StayReason.UNKNOWN, ["tsk_no"])
    ]
    again = await desk.prepare(Rule(RuleKind.OWNER), task_ids=ids)
    assert (again.moves, again.order.kept) == ([], 2)
    by_class = Rule(RuleKind.CLASS, classes={"gold": ["mgr_1"]})
    assert (await desk.prepare(by_class, task_ids=ids)).shares[0].manager_id == "mgr_1"


async def test_which_tasks_and_managers_are_meant(desk: Desk) -> None:
    await desk.directory.managers.create(Manager("mgr_3", "Wu", "grp_1"))
    own = await desk.add(2, customer_id="cus_a", manager_id="mgr_1")
    free = await desk.add(2, customer_id="cus_b")
    far = await desk.add(1, customer_id="cus_c", group_id="grp_2")
    everyone = await desk.prepare(Rule(RuleKind.EVENLY), group_id="grp_1")
    assert {one.manager_id for one in everyone.shares} == {"mgr_1", "mgr_3"}
    nobodys = await desk.prepare(nobodys=True)
    assert {one.task_id for one in nobodys.moves} == {*free, *far}
    near = Reach(["grp_1"])
    named = await desk.prepare(Rule(RuleKind.EVENLY, ["mgr_3"]), task_ids=[*own, *far], reach=near)
    assert [(one.reason, one.task_ids) for one in named.order.left_out] == [
        (StayReason.UNKNOWN, list(far))
    ]
    mine = await desk.prepare(
        Rule(RuleKind.EVENLY, ["mgr_1"]), task_ids=[*own, *free], reach=Reach(manager_id="mgr_1")
    )
    assert (mine.order.kept, mine.moves) == (2, [])
    bad_ones: list[dict[str, Any]] = [
        {"reach": near, "rule": EVENLY},
        {"rule": Rule(RuleKind.EVENLY, ["mgr_none"])},
    ]
    for bad in bad_ones:
        with pytest.raises(InvalidError):
            await desk.prepare(**bad)
    with pytest.raises(InvalidError):
        await desk.prepare(Rule(RuleKind.EVENLY), group_id="grp_none")
    total = Rule(RuleKind.EVENLY, ["mgr_1", "mgr_3"], balance=Balance.TOTAL)
    evened = await desk.prepare(total, wanted=TaskFilter(group_ids=["grp_1"]), nobodys=True)
    assert [(one.manager_id, one.tasks) for one in evened.shares] == [("mgr_3", 2)]


async def test_who_has_planned_leave_gets_nothing_on_its_days(desk: Desk) -> None:
    ids = await desk.add(4)
    today = NOW.astimezone(ZoneInfo("Asia/Shanghai")).date()
    leave = Leave(today - timedelta(days=3), today)
    await desk.directory.managers.update(Manager("mgr_2", "Li", "grp_2", leave=[leave]))
    shown = await desk.prepare(task_ids=ids)
    assert [one.manager_id for one in shown.shares] == ["mgr_1"]
    alone = await desk.prepare(Rule(RuleKind.EVENLY, ["mgr_2"]), task_ids=ids)
    assert [one.reason for one in alone.order.left_out] == [StayReason.AWAY]
    desk.clock.at += timedelta(days=1)
    assert len((await desk.prepare(task_ids=ids)).shares) == 2


async def test_a_task_goes_to_the_group_of_who_gets_it(desk: Desk) -> None:
    ids = await desk.add(2, manager_id="mgr_1")
    await desk.carry_out(await desk.start(Rule(RuleKind.EVENLY, ["mgr_2"]), task_ids=ids))
    assert {(await desk.task(one)).group_id for one in ids} == {"grp_2"}


async def test_tasks_of_one_own_type(desk: Desk) -> None:
    fibre = await desk.add(1, type=TaskType.OWN, own_type="fibre", customer_id="cus_a")
    await desk.add(1, type=TaskType.OWN, own_type="tv", customer_id="cus_b")
    shown = await desk.prepare(wanted=TaskFilter(type=TaskType.OWN, own_type="fibre"))
    assert [one.task_id for one in shown.moves] == list(fibre)


async def test_too_many_are_refused_and_orders_are_listed(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    await desk.add(3)
    first = await desk.start()
    assert [one.id for one in (await desk.repository.list()).items] == [first.id]
    assert (await desk.repository.list(created_by="key_2")).items == []
    assert (await desk.repository.list(group_ids=["grp_1"])).items == []
    assert await desk.repository.get("asg_none") is None
    assert MAX_TASKS == 100_000
    monkeypatch.setattr("voicegw.tasks.assignment_service.MAX_TASKS", 2)
    with pytest.raises(InvalidError):
        await desk.prepare()
