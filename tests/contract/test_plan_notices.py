"""Customers are told of planned contacts once, and their word moves them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from tests.contract.test_plan_runs import CHANGE, ZONE, Office, StoppedClock
from voicegw.directory.quiet import QuietTime
from voicegw.model.directory import Customer, DoNotCall
from voicegw.model.sms import SmsMessage, SmsPurpose, SmsReply
from voicegw.model.task import Task
from voicegw.store.database import Database
from voicegw.store.plan_notices import PlanNotices
from voicegw.store.plans import PlanRepository
from voicegw.store.sms import SmsRepository
from voicegw.store.task_changes import TaskChanges
from voicegw.store.task_history import TaskHistoryRepository
from voicegw.tasks.notices import NoticeDesk, NoticeSender

HERE = ZoneInfo(ZONE)


@dataclass
class Peace:
    """Quiet hours that a test sets."""

    ends_in_s: int | None = 0
    is_quiet: bool = False
    begins_in_s: int | None = None

    async def now(self, _group_id: str | None, _at: datetime) -> QuietTime | None:
        return QuietTime(self.ends_in_s) if self.is_quiet else None

    async def begins(self, _group_id: str | None, at: datetime) -> datetime | None:
        return None if self.begins_in_s is None else at + timedelta(seconds=self.begins_in_s)


async def told(office: Office, at: datetime, quiet: Peace | None = None) -> Sequence[SmsMessage]:
    """Have what is due at a time written; return all messages."""
    sender = NoticeSender(
        PlanRepository(office.database),
        PlanNotices(office.database),
        office.directory.groups,
        quiet or Peace(),
        StoppedClock(at),
    )
    await sender.look()
    await sender.look()
    return (await SmsRepository(office.database).list(limit=200)).items


@pytest.fixture
async def office(database: Database) -> Office:
    made = Office(database)
    await made.open()
    return made


async def core_customer(office: Office, key: str = "1", **fields: object) -> Task:
    """Add a core customer with a number, plan December; return the first task."""
    one = Customer(
        f"cus_{key}", "王女士", "grp_1", numbers=[f"+861380013800{key}"], owner_id="mgr_1",
        class_="core", **fields,  # type: ignore[arg-type]
    )  # fmt: skip
    await office.directory.customers.create(one, CHANGE)
    await office.run()
    tasks = [task for task in await office.all_tasks() if task.customer_id == one.id]
    return min(tasks, key=lambda task: task.not_before or CHANGE.at)


def evening_before(task: Task, hour: int = 17, minute: int = 5) -> datetime:
    assert task.not_before is not None
    day = task.not_before.astimezone(HERE).replace(hour=hour, minute=minute)
    return day - timedelta(days=1)


async def test_a_customer_is_told_once_the_evening_before(office: Office) -> None:
    task = await core_customer(office)
    assert task.not_before is not None
    assert await told(office, evening_before(task, 16)) == []
    (message,) = await told(office, evening_before(task))
    assert (message.purpose, message.to, message.task_id) == (
        SmsPurpose.NOTICE,
        "+8613800138001",
        task.id,
    )
    day = task.not_before.astimezone(HERE)
    assert (
        f"王女士您好，客户经理mgr_1计划于{day.month}月{day.day}日09:00-18:00拜访您" in message.text
    )
    assert (message.expires_at, message.asked_until) == (task.not_before, task.due_at)
    assert await told(office, evening_before(task, 20)) == [message]


async def test_who_does_not_want_it_or_can_t_be_told_gets_none(office: Office) -> None:
    task = await core_customer(office)
    customer = await office.directory.customers.get("cus_1")
    assert customer is not None
    customer.do_not_call = DoNotCall("asked", CHANGE.at)
    await office.directory.customers.update(customer, CHANGE)
    assert await told(office, evening_before(task)) == []


async def test_quiet_hours_put_it_off_or_keep_it_back(office: Office) -> None:
    task = await core_customer(office)
    other = await core_customer(office, "2")
    at = evening_before(task)
    (message,) = [
        one for one in await told(office, at, Peace(3600, is_quiet=True)) if one.task_id == task.id
    ]
    assert message.not_before == at + timedelta(hours=1)
    late = await told(office, evening_before(other), Peace(None, is_quiet=True))
    same_day = evening_before(other) == at
    assert [one.task_id for one in late if one.task_id == other.id] == [other.id] * same_day


async def test_nobody_is_told_in_the_night_what_could_not_be_sent_before(office: Office) -> None:
    task = await core_customer(office)
    at = evening_before(task)
    (message,) = await told(office, at, Peace(begins_in_s=7200))
    assert message.expires_at == at + timedelta(hours=2)


async def answer(office: Office, task: Task, text: str, at: datetime) -> tuple[str | None, Task]:
    """Have a customer answer; return what was made of it, and the task afterwards."""
    desk = NoticeDesk(
        office.tasks, TaskChanges(office.database), office.directory.groups, "Asia/Shanghai"
    )
    message = SmsMessage("sms_1", "+8613800138001", "", SmsPurpose.NOTICE, at, at, task_id=task.id)
    meaning = await desk.read(message, SmsReply("rpl_1", message.to, text, at))
    after = await office.tasks.get(task.id)
    assert after is not None
    return meaning, after


async def test_the_customer_s_time_is_taken_and_no_run_moves_it(office: Office) -> None:
    task = await core_customer(office)
    at = evening_before(task)
    meaning, after = await answer(office, task, "不方便，改后天下午三点", at)
    assert meaning == "moved"
    wanted = (at + timedelta(days=2)).replace(hour=15, minute=0)
    assert after.not_before == wanted
    assert after.due_at == wanted + timedelta(hours=1)
    history = await TaskHistoryRepository(office.database).list(task.id)
    assert history.items[-1].by == "customer"
    assert {"not_before", "due_at"} <= set(history.items[-1].changes)
    run = await office.run(now=at)
    assert run.moved == 0
    assert await office.tasks.get(task.id) == after


async def test_yes_keeps_the_day_and_no_is_noted(office: Office) -> None:
    task = await core_customer(office)
    at = evening_before(task)
    assert (await answer(office, task, "？？", at))[0] is None
    meaning, after = await answer(office, task, "没空", at)
    assert (meaning, after.fields["declined"]) == ("declined", True)
    meaning, after = await answer(office, task, "1", at)
    assert (meaning, after.not_before, after.due_at) == ("agreed", task.not_before, task.due_at)
    assert (after.fields["agreed"], "declined" in after.fields) == (True, False)
