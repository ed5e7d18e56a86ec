"""Times of tasks that have passed, told of once whichever node looks."""

from __future__ import annotations

import asyncio
from collections import Counter
from datetime import timedelta

import pytest

from tests.contract.records import a_call
from tests.contract.test_task_changes import LATER, NOW, a_task
from voicegw.journal.entries import CallChanged
from voicegw.model.call import CallOutcome, CallStatus
from voicegw.model.deadline import Deadline
from voicegw.model.directory import Role
from voicegw.model.escalation import promised
from voicegw.model.event import EventType
from voicegw.model.sms import SmsMessage, SmsPurpose
from voicegw.model.task import TaskResult
from voicegw.model.user import User, UserStatus
from voicegw.store.batch import BatchWriter
from voicegw.store.database import Database
from voicegw.store.directory import DirectoryRepository
from voicegw.store.escalations import Escalations
from voicegw.store.events import EventRepository
from voicegw.store.sms import SmsRepository
from voicegw.store.task_changes import TaskChanges
from voicegw.store.tasks import TaskRepository
from voicegw.store.users import UserRepository
from voicegw.tasks.escalation_messages import EscalationMessages
from voicegw.tasks.shipped_types import SHIPPED_TYPES

CLOSE = LATER + timedelta(days=2)
AT_ONCE = TaskResult("reached", "key_1", NOW)


async def told(database: Database) -> list[tuple[str, str]]:
    """Return the task and what was owed, of each event of an escalation."""
    events = [one.event for one in await EventRepository(database).after(None, limit=1000)]
    return [
        (one.data["id"], one.data["escalations"][-1]["of"])
        for one in events
        if one.type is EventType.TASK_ESCALATED
    ]


async def test_each_time_is_told_of_once_across_nodes(database: Database) -> None:
    changes = TaskChanges(database)
    for number in range(60):
        await changes.create(a_task(str(number), contact_by=LATER, close_by=CLOSE, escalates=True))
    await changes.create(a_task("quiet", contact_by=LATER, close_by=CLOSE))
    nodes = [Escalations(database) for _ in range(3)]
    assert not any(await asyncio.gather(*(node.tell(NOW) for node in nodes)))
    for now, of in ((LATER, Deadline.CONTACT), (CLOSE, Deadline.CLOSE)):
        while any(found := await asyncio.gather(*(node.tell(now) for node in nodes))):
            assert {one for counts in found for one in counts} <= {of}
    assert Counter(of for _, of in await told(database)) == {"contact": 60, "close": 60}
    assert len(set(await told(database))) == 120
    assert await nodes[0].late_count() == 60
    task = await TaskRepository(database).get("tsk_7")
    assert task is not None
    assert (task.escalated_at, len(task.escalations)) == (CLOSE, 2)


async def test_who_closes_in_time_is_not_told_of(database: Database) -> None:
    changes = TaskChanges(database)
    await changes.create(a_task(contact_by=LATER, escalates=True))
    await changes.change("tsk_1", lambda one: promised(one, CLOSE, NOW), NOW)
    await changes.close("tsk_1", AT_ONCE)
    assert await Escalations(database).tell(CLOSE) == {}


@pytest.fixture
async def heads(database: Database, directory: DirectoryRepository) -> None:
    """A county below a city (of the fixture `directory`), and who answers for which."""
    del directory
    users = UserRepository(database)
    for key, group_id, more in (
        ("city", "grp_1", {"phone": "+8613900139001"}),
        ("other", "grp_1", {"phone": "+8613900139002"}),
        ("mute", "grp_2", {}),
        ("gone", "grp_2", {"phone": "+8613900139003", "status": UserStatus.DISABLED}),
        ("clerk", "grp_2", {"phone": "+8613900139004", "role": Role.QA_REVIEWER}),
    ):
        fields = {"role": Role.COUNTY_MANAGER, "group_id": group_id} | more
        await users.create(User(f"usr_{key}", key, created_at=NOW, **fields))  # type: ignore[arg-type]


MESSAGES = EscalationMessages("zh", lambda task: SHIPPED_TYPES[task.type].names)


async def test_superiors_get_a_message_each_and_only_once(database: Database, heads: None) -> None:
    task = a_task(group_id="grp_2", contact_by=LATER, close_by=CLOSE, escalates=True)
    await TaskChanges(database).create(task)
    nodes = [Escalations(database, MESSAGES.of) for _ in range(3)]
    await asyncio.gather(*(node.tell(LATER) for node in nodes))
    sent = (await SmsRepository(database).list()).items
    # Who answers for the county has no telephone: those of the city above are told.
    assert sorted(one.to for one in sent) == ["+8613900139001", "+8613900139002"]
    for one in sent:
        assert (one.purpose, one.task_id, one.group_id) == (
            SmsPurpose.ESCALATION,
            "tsk_1",
            "grp_2",
        )
        assert one.text == (
            "【超时提醒】续约任务(…tsk_1)应于03月04日14:06前联系客户，"
            "负责人：Zhang，原因：尚未拨打。"
        )
        assert (one.not_before, one.expires_at) == (None, LATER + timedelta(hours=24))
    await UserRepository(database).replace(
        User(
            "usr_mute",
            "mute",
            Role.COUNTY_MANAGER,
            NOW,
            group_id="grp_2",
            phone="+8613900139009",
        )
    )
    await nodes[0].tell(CLOSE)
    newest = (await SmsRepository(database).list()).items[0]
    assert newest.to == "+8613900139009"
    assert "办结" in newest.text


async def test_nobody_is_woken_for_what_was_not_allowed(database: Database, heads: None) -> None:
    morning = LATER + timedelta(hours=5)
    task = a_task(group_id="grp_1", contact_by=LATER, not_before=morning, escalates=True)
    await TaskChanges(database).create(task)
    await Escalations(database, MESSAGES.of).tell(LATER)
    sent = (await SmsRepository(database).list()).items
    assert {(one.not_before, one.expires_at) for one in sent} == {
        (morning, morning + timedelta(hours=24))
    }


async def test_tasks_and_messages_are_written_together(database: Database, heads: None) -> None:
    for key, group_id in (("1", "grp_1"), ("2", "grp_none"), ("3", None)):
        task = a_task(key, group_id=group_id, contact_by=LATER, escalates=True)
        await TaskChanges(database).create(task)

    def fail(*_: object) -> list[SmsMessage]:
        raise RuntimeError

    with pytest.raises(RuntimeError):
        await Escalations(database, fail).tell(LATER)
    assert await told(database) == []
    await Escalations(database, MESSAGES.of).tell(LATER)
    assert len(await told(database)) == 3
    assert len((await SmsRepository(database).list()).items) == 2


async def test_who_is_being_talked_with_is_not_told_of_before_the_end(database: Database) -> None:
    changes, writer = TaskChanges(database), BatchWriter(database, "node-1")
    await changes.create(a_task(contact_by=LATER, escalates=True))
    talk = a_call("1", task_id="tsk_1", created_at=LATER, status=CallStatus.IN_PROGRESS)
    await writer.apply_entries([CallChanged(talk)], 1)
    escalations = Escalations(database)
    assert await escalations.tell(LATER + timedelta(hours=3)) == {}
    # A call that never ended, for its node never came back, holds nothing up for ever.
    assert await escalations.tell(LATER + timedelta(hours=5)) == {Deadline.CONTACT: 1}
    await changes.create(a_task("2", contact_by=LATER, escalates=True))
    ended = a_call("2", task_id="tsk_2", created_at=LATER, ended=True, outcome=CallOutcome.CANCELED)
    await writer.apply_entries([CallChanged(ended)], 2)
    assert await escalations.tell(LATER) == {Deadline.CONTACT: 1}
