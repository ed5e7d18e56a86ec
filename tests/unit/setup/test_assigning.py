"""What a node does about orders to give tasks: carries them out, and tells of failures."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from recordings.work_loop import WorkRules
from tests.parts.empty_store import empty_store
from voicegw.clock import SystemClock
from voicegw.errors import ConflictError
from voicegw.events.alerts import Alerts
from voicegw.events.factory import EventFactory
from voicegw.model.audit import AuditAction, AuditEntry, SubjectKind
from voicegw.model.directory import Group, Manager
from voicegw.model.event import Event, EventType
from voicegw.model.task import Task, TaskType
from voicegw.model.task_assignment import Assignment, AssignmentState, Rule, RuleKind
from voicegw.setup.assigning import ALERT_FAILED, AssignmentPart
from voicegw.store.assignments import AssignmentRepository
from voicegw.store.database import Database
from voicegw.store.directory import DirectoryRepository
from voicegw.store.task_changes import TaskChanges
from voicegw.store.work import WorkQueue
from voicegw.tasks.assignment_service import AssignmentRequest, AssignmentService


async def test_orders_are_carried_out_and_a_failure_is_told_until_one_succeeds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = f"sqlite:///{tmp_path}/voicegw.db"
    empty_store(url)
    database, clock = await Database.open(url), SystemClock()
    directory, repository = DirectoryRepository(database), AssignmentRepository(database)
    await directory.groups.create(Group("grp_1", "City"))
    await directory.managers.create(Manager("mgr_1", "M", "grp_1"))
    await TaskChanges(database).create(Task("tsk_1", TaskType.SURVEY, clock.now()))
    told: list[Event] = []
    done, both = [0], asyncio.Event()

    def on_done() -> None:
        done[0] += 1
        if done[0] == 2:
            both.set()

    part = AssignmentPart(
        repository,
        WorkQueue(database, "node-1"),
        clock,
        alerts=Alerts(EventFactory(clock), "node-1", told.append),
        on_done=on_done,
        rules=WorkRules(attempts=1, idle_s=1.0),
    )
    service = AssignmentService(
        repository, directory.managers, directory.groups, clock, on_request=part.wake
    )

    async def ask() -> Assignment:
        rule = Rule(RuleKind.HAND, pairs={"tsk_1": "mgr_1"})
        prepared = await service.prepare(AssignmentRequest(rule, by="key_1", role="admin"))
        order = prepared.order
        entry = AuditEntry(
            clock.now(), "key_1", "admin", AuditAction.TASKS_ASSIGNED, SubjectKind.ASSIGNMENT, "a"
        )
        await service.start(prepared, entry)
        async with asyncio.timeout(30):
            while order.finished_at is None:
                await asyncio.sleep(0.01)
                order = await repository.get(order.id) or order
        return order

    async def broken(*_: object) -> Assignment:
        raise ConflictError("reference", "gone")

    part.start()
    try:
        with monkeypatch.context() as patch:
            patch.setattr(repository, "give_some", broken)
            failed = await ask()
        assert (failed.state, failed.failure) == (AssignmentState.FAILED, "reference")
        assert (await ask()).moved == 1
        await asyncio.wait_for(both.wait(), 30)
    finally:
        await part.stop()
        await database.close()
    assert [(one.type, one.subject) for one in told] == [
        (EventType.ALERT_RAISED, f"node-1/{ALERT_FAILED}"),
        (EventType.ALERT_CLEARED, f"node-1/{ALERT_FAILED}"),
    ]
    assert failed.id in told[0].data["detail"]
