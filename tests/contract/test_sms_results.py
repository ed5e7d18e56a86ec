"""From the end of a talk to its result by SMS, over both stores."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest
import sqlalchemy as sa

from tests.contract.records import a_call
from voicegw.directory.quiet import QuietTime
from voicegw.journal.entries import CallChanged
from voicegw.model.call import Call, CallOutcome, CallStatus, Direction
from voicegw.model.directory import Customer, DoNotCall, Group, Hotline, Manager, Phone
from voicegw.model.ids import IdKind, new_id
from voicegw.model.routing import AfterCall
from voicegw.model.sms import SmsMessage, SmsPurpose, SmsReply, SmsState
from voicegw.model.sms_follow_up import SmsFollowUp
from voicegw.model.survey import Disposition, DispositionSource
from voicegw.model.task import ResultSource, Task, TaskState, TaskType, new_task
from voicegw.sms.answers import plain
from voicegw.sms.inbound import reply_id
from voicegw.sms.inbox import StoreInbox
from voicegw.sms.texts import Texts
from voicegw.store import schema
from voicegw.store.audit import AuditLog
from voicegw.store.batch import BatchWriter
from voicegw.store.calls import CallRepository
from voicegw.store.database import Database
from voicegw.store.purge import Purged, PurgeRepository
from voicegw.store.sms import SmsRepository
from voicegw.store.sms_follow_ups import SmsFollowUps
from voicegw.store.sms_replies import SmsReplyRepository
from voicegw.store.task_changes import TaskChanges
from voicegw.store.task_types import TaskTypeRepository
from voicegw.store.tasks import TaskRepository
from voicegw.tasks import reply_reading
from voicegw.tasks.asking import Asker, AskingTerms, link_hash
from voicegw.tasks.reply_reading import ReplyReader
from voicegw.tasks.telling import Telling, Told
from voicegw.tasks.types import TaskTypes

NOW = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)
MANAGER = "+8613800138000"
CUSTOMER = "+8613900139000"


class World:
    """A node's parts that send and read, with a clock of the test's own."""

    def __init__(self, database: Database, **terms: Any) -> None:
        self.database = database
        self.at = NOW
        self.quiet_s: int | None = None
        self.quiet_in_s: int | None = None
        self.people = {"mgr_1": Manager("mgr_1", "李娜", "grp_1", phones=[Phone(MANAGER)])}
        self.customers = {"cus_1": Customer("cus_1", "张三丰", "grp_1")}
        self.hotlines = {"hot_1": Hotline("hot_1", "4008123456", "grp_1")}
        self.messages = SmsRepository(database)
        self.replies = SmsReplyRepository(database)
        self.calls = CallRepository(database)
        self.tasks = TaskRepository(database)
        follow_ups = SmsFollowUps(database)
        self.telling = Telling(
            self.tasks,
            TaskChanges(database),
            self.calls,
            TaskTypes(TaskTypeRepository(database)),
            AuditLog(database),
            self,
        )
        self.asker = Asker(
            follow_ups,
            self.telling,
            directory=self,
            quiet=self,
            texts=Texts("zh"),
            terms=AskingTerms(**({"public_url": "https://gw.example"} | terms)),
            clock=self,
        )
        self.reader = ReplyReader(
            self.replies,
            follow_ups,
            self.telling,
            people=self,
            texts=Texts("zh"),
            clock=self,
            timezone="Asia/Shanghai",
        )

    def now(self, *of: object) -> Any:
        """The time; with arguments: whether it is quiet for a group."""
        return self._quiet() if of else self.at

    def monotonic(self) -> float:
        return self.at.timestamp()

    async def _quiet(self) -> QuietTime | None:
        return None if self.quiet_s is None else QuietTime(self.quiet_s)

    async def begins(self, _group_id: str | None, at: datetime) -> datetime | None:
        """When it is quiet next."""
        return None if self.quiet_in_s is None else at + timedelta(seconds=self.quiet_in_s)

    async def manager(self, manager_id: str) -> Manager | None:
        return self.people.get(manager_id)

    async def manager_by_number(self, number: str) -> Manager | None:
        found = [one for one in self.people.values() if number in {p.number for p in one.phones}]
        return found[0] if found else None

    async def customer(self, customer_id: str) -> Customer | None:
        return self.customers.get(customer_id)

    async def hotline(self, hotline_id: str) -> Hotline | None:
        return self.hotlines.get(hotline_id)

    async def groups_above(self, group_id: str) -> Sequence[Group]:
        return [Group(group_id, "G")]

    async def task(self, key: str = "1", **more: Any) -> Task:
        """Make a task."""
        fields = {"type": TaskType.REVISIT, "group_id": "grp_1", "manager_id": "mgr_1"} | more
        task = new_task(Task(id=f"tsk_{key}", created_at=NOW, **fields))
        await TaskChanges(self.database).create(task)
        return task

    async def ends(self, key: str, **more: Any) -> Call:
        """End a talk, now."""
        fields: dict[str, Any] = {
            "direction": Direction.CLICK_TO_DIAL,
            "hotline_id": "hot_1",
            "bridged_at": self.at - timedelta(seconds=60),
            "ended_at": self.at,
            "created_at": self.at - timedelta(seconds=90),
            "talk_s": 60.0,
        }
        call = a_call(key, ended=True, **(fields | more))
        writer = BatchWriter(self.database, "node-1", messages=SmsFollowUp(20))
        await writer.apply_entries([CallChanged(call)], int(key) if key.isdecimal() else 1)
        return call

    async def later(self, seconds: float) -> list[SmsMessage]:
        """Let time pass, have calls looked at, and return the messages there are."""
        self.at += timedelta(seconds=seconds)
        await self.asker.look()
        return list(reversed((await self.messages.list()).items))

    async def answers(self, text: str, *, of: str = MANAGER, to: str | None = None) -> str | None:
        """Have somebody answer, and return what was made of it."""
        self.at += timedelta(seconds=5)
        name = new_id(IdKind.EVENT)
        reply = SmsReply(reply_id(name), of, text, self.at, provider_id=name, message_id=to)
        assert await self.replies.add([reply]) == 1
        await self.reader.look()
        assert not await self.replies.unread()
        (newest,) = await self.replies.of(of, limit=1)
        return newest.meaning

    async def helped(self) -> str:
        """Return the help that was sent last."""
        helps = [one for one in await self.later(0) if one.purpose is SmsPurpose.HELP]
        return helps[-1].text


async def test_a_manager_is_asked_and_answers(database: Database) -> None:
    world = World(database)
    await world.task()
    await world.ends("1", task_id="tsk_1")
    assert await world.later(19) == []
    (asked,) = await world.later(1)
    assert (asked.to, asked.purpose, asked.task_id) == (MANAGER, SmsPurpose.RESULT, "tsk_1")
    assert asked.text.startswith("与张**(尾号9000)的通话结果？回复 1回访成功，2完全拒绝，")
    assert CUSTOMER[3:] not in asked.text
    assert await world.later(5) == [asked]
    left = await database.do_read(lambda one: one.execute(sa.select(schema.work.c.id)).all())
    assert [row.id for row in left] == ["message:call_1/reminder"], "a call leaves nothing behind"

    assert await world.answers("1 客户很满意") == "revisit_done"
    task = await world.tasks.get("tsk_1")
    assert task is not None
    assert task.result is not None
    assert (task.state, task.result.source, task.result.by) == (
        TaskState.DONE, ResultSource.SMS, "mgr_1",
    )  # fmt: skip
    call = await world.calls.get("call_1")
    assert call is not None
    assert call.disposition is not None
    assert (call.disposition.code, call.disposition.source, call.disposition.note) == (
        "revisit_done", DispositionSource.SMS, "客户很满意",
    )  # fmt: skip
    # A second word: the same changes nothing, another one is refused in words.
    assert await world.answers("1 客户很满意") == "revisit_done"
    assert await world.answers("2") == "task-closed"
    assert await world.helped() == "该通话的结果已记录，未作更改。"
    assert await world.answers("谢谢") == "unclear"
    assert len(await world.later(0)) == 2


async def test_nobody_is_asked_what_was_told(database: Database) -> None:
    world = World(database)
    await world.task()
    told = Disposition("success", DispositionSource.KEYPAD, "mgr_1", NOW)
    await world.ends("1", task_id="tsk_1", disposition=told)
    await world.ends("2", task_id="tsk_1")
    later = msgspec.structs.replace(told, source=DispositionSource.API)
    await world.calls.dispose("call_2", later)
    assert await world.later(60) == []


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("success", "revisit_done"),
        ("refused", "refused_all"),
        ("not_reached", "not_reached"),
        ("problem_found", "problem_found"),
    ],
)
async def test_keys_after_a_call_tell_the_result_of_its_task(
    database: Database, code: str, expected: str
) -> None:
    world = World(database)
    await world.task()
    told = Disposition(code, DispositionSource.KEYPAD, "mgr_1", NOW)
    await world.ends("1", task_id="tsk_1", disposition=told)
    assert await world.later(1) == []
    task = await world.tasks.get("tsk_1")
    assert task is not None
    assert task.result is not None
    assert (task.result.code, task.result.source, task.result.by) == (
        expected, ResultSource.KEYPAD, "mgr_1",
    )  # fmt: skip


async def test_keys_can_not_tell_a_result_that_wants_a_reason(database: Database) -> None:
    world = World(database)
    await world.task(type=TaskType.RETENTION)
    told = Disposition("refused", DispositionSource.KEYPAD, "mgr_1", NOW)
    await world.ends("1", task_id="tsk_1", disposition=told)
    assert await world.later(1) == []
    task = await world.tasks.get("tsk_1")
    assert task is not None
    assert task.is_open
    assert task.result is None


@pytest.mark.parametrize("wanted", [True, False])
async def test_a_hotline_asks_where_it_is_set(database: Database, wanted: bool) -> None:
    world = World(database)
    world.hotlines["hot_1"].after_call = AfterCall(result=wanted)
    await world.ends("1", direction=Direction.INBOUND)
    assert len(await world.later(20)) == wanted
    if wanted:
        # Without a task the last word holds.
        assert await world.answers("成功") == "success"
        assert await world.answers("2") == "refused"
        call = await world.calls.get("call_1")
        assert call is not None
        assert call.disposition is not None
        assert call.disposition.code == "refused"


async def test_call_again_at_a_time_that_is_said_or_after_a_pause(database: Database) -> None:
    world = World(database)
    await world.task("1")
    await world.task("2")
    await world.ends("1", task_id="tsk_1")
    await world.later(20)
    assert await world.answers("3 明天10点") == "call_again"
    task = await world.tasks.get("tsk_1")
    assert task is not None
    assert task.state is TaskState.CALL_AGAIN
    assert task.due_at == datetime(2026, 3, 5, 2, tzinfo=UTC)  # 10:00 in Shanghai
    await world.ends("2", task_id="tsk_2")
    await world.later(20)
    assert await world.answers("３") == "call_again"
    other = await world.tasks.get("tsk_2")
    assert other is not None
    assert other.due_at == world.at + timedelta(seconds=7200)


async def test_of_several_open_talks_each_has_a_code_of_its_own(database: Database) -> None:
    world = World(database)
    for key in ("1", "2", "3"):
        await world.task(key)
        await world.ends(key, task_id=f"tsk_{key}")
        await world.later(20)
    first, second, third = await world.later(0)
    assert [one.reference for one in (first, second, third)] == [None, "A", "B"]
    assert "B1回访成功" in third.text
    assert await world.answers("b1") == "revisit_done"
    assert await world.answers("1") == "revisit_done"
    assert [(await world.messages.get(one.id)).answered_at for one in (first, second)][1] is None  # type: ignore[union-attr]
    # One is left: no reference is needed.
    assert await world.answers("2") == "refused_all"
    states = [(await world.tasks.get(f"tsk_{key}")).result.code for key in ("1", "2", "3")]  # type: ignore[union-attr]
    assert states == ["revisit_done", "refused_all", "revisit_done"]


async def test_a_provider_may_say_what_is_answered(database: Database) -> None:
    world = World(database)
    for key in ("1", "2"):
        await world.task(key)
        await world.ends(key, task_id=f"tsk_{key}")
        await world.later(20)
    _, second = await world.later(0)
    assert await world.answers("1", to=second.id) == "revisit_done"
    assert (await world.tasks.get("tsk_1")).state is not TaskState.DONE  # type: ignore[union-attr]


async def test_what_says_nothing_is_helped_a_few_times(database: Database) -> None:
    world = World(database)
    await world.task()
    await world.ends("1", task_id="tsk_1")
    await world.later(20)
    for _ in range(5):
        assert await world.answers("8") == "unclear"
    helps = [one for one in await world.later(0) if one.purpose is SmsPurpose.HELP]
    assert len(helps) == 3
    assert "1回访成功" in helps[0].text
    assert await world.answers("1") == "revisit_done"


async def test_too_late_and_from_strangers(database: Database) -> None:
    world = World(database)
    await world.task()
    await world.ends("1", task_id="tsk_1")
    await world.later(20)
    assert await world.answers("1", of="+8613700137000") == "not-asked"
    await world.later(25 * 3600)
    assert await world.answers("1") == "not-asked"
    assert await world.helped() == "没有待反馈的通话，或已过反馈时间。"
    assert (await world.tasks.get("tsk_1")).result is None  # type: ignore[union-attr]
    # A stranger is sent nothing.
    assert all(one.to == MANAGER for one in await world.later(0))


async def test_a_reminder_comes_once_and_within_its_bound(database: Database) -> None:
    world = World(database, remind_after=timedelta(hours=2), reminders_per_day=1)
    for key in ("1", "2"):
        await world.task(key)
        await world.ends(key, task_id=f"tsk_{key}")
    await world.later(20)
    await world.later(2 * 3600)
    reminders = [one for one in await world.later(9999) if one.purpose is SmsPurpose.REMINDER]
    assert len(reminders) == 1
    assert reminders[0].text.startswith("提醒：与张**(尾号9000)的通话结果还未反馈。")


async def test_no_reminder_of_what_was_told(database: Database) -> None:
    world = World(database)
    await world.task()
    await world.ends("1", task_id="tsk_1")
    await world.later(20)
    assert await world.answers("1") == "revisit_done"
    await world.later(3 * 3600)
    assert {one.purpose for one in await world.later(0)} == {SmsPurpose.RESULT}


async def test_a_link_is_kept_as_a_hash_and_leaves_the_text_when_it_is_sent(
    database: Database,
) -> None:
    world = World(database)
    await world.task()
    await world.ends("1", task_id="tsk_1")
    (asked,) = await world.later(20)
    token = asked.text.rpartition("/r/")[2]
    assert len(token) == 22
    found = await world.replies.by_link(link_hash(token))
    assert found is not None
    assert found.id == asked.id
    (leased,) = await world.messages.lease("a", world.at, 60, 5)
    await world.messages.mark_sent(leased, "a", world.at, "p-1")
    sent = await world.messages.get(asked.id)
    assert sent is not None
    assert token not in sent.text
    assert sent.text.endswith("/r/…")


async def test_whoever_tells_by_the_link_has_answered(database: Database) -> None:
    world = World(database)
    await world.task()
    await world.ends("1", task_id="tsk_1")
    (asked,) = await world.later(20)
    matter = await world.telling.matter(asked)
    assert matter is not None
    await world.telling.tell(asked, matter, Told("revisit_done"), ResultSource.LINK)
    assert await world.replies.answered(asked, world.at)
    assert not await world.replies.answered(asked, world.at)
    task = await world.tasks.get("tsk_1")
    assert task is not None
    assert task.result is not None
    assert task.result.source is ResultSource.LINK
    assert await world.answers("2") == "task-closed"


MISSED = {"bridged_at": None, "talk_s": None, "outcome": CallOutcome.CUSTOMER_NO_ANSWER}


async def test_a_customer_who_was_missed_is_told_once_a_day(database: Database) -> None:
    world = World(database, tells_missed=True)
    await world.task()
    await world.ends("1", task_id="tsk_1", status=CallStatus.NO_ANSWER, **MISSED)
    (told,) = await world.later(1)
    assert (told.to, told.purpose) == (CUSTOMER, SmsPurpose.MISSED)
    assert told.text == (
        "您好，我是您的客户经理李娜，刚才致电未接通，事由：回访。方便时请回拨4008123456。"
    )
    assert MANAGER[3:] not in told.text
    await world.ends("2", status=CallStatus.NO_ANSWER, **MISSED)
    assert await world.later(1) == [told]
    world.at += timedelta(days=1)
    await world.ends("3", status=CallStatus.NO_ANSWER, **MISSED)
    assert len(await world.later(1)) == 2


async def test_at_night_the_word_waits_until_the_morning(database: Database) -> None:
    world = World(database, tells_missed=True)
    world.quiet_s, world.quiet_in_s = 3600, 7200
    await world.ends("1", status=CallStatus.NO_ANSWER, **MISSED)
    (told,) = await world.later(1)
    assert told.expires_at == world.at + timedelta(hours=3)
    assert told.not_before == world.at + timedelta(hours=1)
    assert await world.messages.lease("a", world.at, 60, 5) == []


@pytest.mark.parametrize("why", ["do-not-call", "landline", "off", "inbound", "not-wanted"])
async def test_who_is_not_told(database: Database, why: str) -> None:
    world = World(database, tells_missed=why != "off")
    more: dict[str, Any] = {}
    if why == "do-not-call":
        world.customers["cus_1"].do_not_call = DoNotCall("asked", NOW)
    elif why == "landline":
        more["customer_number"] = "+862161234567"
    elif why == "inbound":
        more["direction"] = Direction.INBOUND
    elif why == "not-wanted":
        world.hotlines["hot_1"].after_call = AfterCall(missed_sms=False)
    await world.ends("1", status=CallStatus.NO_ANSWER, **(MISSED | more))
    assert await world.later(60) == []


async def test_two_nodes_look_and_one_asks(database: Database) -> None:
    world, other = World(database), World(database)
    await world.task()
    await world.ends("1", task_id="tsk_1")
    due = await SmsFollowUps(database).due(NOW + timedelta(seconds=20))
    assert len(due) == 1
    assert len(await world.later(20)) == 1
    assert not await SmsFollowUps(database).conclude(due[0], [])
    assert len(await other.later(20)) == 1
    assert (await world.messages.list()).items[0].state is SmsState.WAITING


async def test_the_same_code_for_the_next_talk_is_another_reply(database: Database) -> None:
    """Where the provider names no reply: the question in between tells them apart."""
    world = World(database)
    inbox = StoreInbox(database, world)
    for place in ("1", "2"):
        await world.task(place)
        await world.ends(place, task_id=f"tsk_{place}")
        await world.later(20)
        world.at += timedelta(seconds=15)
        for _ in range(2):  # the second is one that the centre sends again
            await inbox.reply(MANAGER, "1")
            await world.reader.look()
            world.at += timedelta(minutes=2)
        task = await world.tasks.get(f"tsk_{place}")
        assert task is not None
        assert task.state is TaskState.DONE
    assert len(await world.replies.of(MANAGER)) == 2


async def test_a_reply_that_can_t_be_read_keeps_no_other_from_being_read(
    database: Database, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def plain_or_not(text: str) -> str:
        if text == "secret":
            raise ValueError(text)
        return plain(text)

    monkeypatch.setattr(reply_reading, "plain", plain_or_not)
    world = World(database)
    await world.task()
    await world.ends("1", task_id="tsk_1")
    await world.later(20)
    assert await world.answers("secret") == "unreadable"
    assert await world.answers("1") == "revisit_done"
    assert "secret" not in caplog.text


async def test_who_unsubscribes_gets_no_more_messages_until_the_next_word(
    database: Database,
) -> None:
    world = World(database, tells_missed=True)
    world.quiet_s = 3600

    async def missed(name: str) -> list[SmsState]:
        world.at += timedelta(days=1)
        await world.ends(name, status=CallStatus.NO_ANSWER, **MISSED)
        return [one.state for one in await world.later(1)]

    assert await missed("1") == [SmsState.WAITING]
    assert await world.answers("退订！", of=CUSTOMER) == "unsubscribed"
    assert await missed("2") == [SmsState.FAILED]
    assert await world.answers("TD") == "not-asked", "a manager does not unsubscribe"
    purge = PurgeRepository(database)
    assert await purge.count(Purged.SMS_REPLIES, world.at + timedelta(days=900)) == 1
    assert await world.answers("订阅", of=CUSTOMER) == "subscribed"
    assert SmsState.WAITING in await missed("3")


async def test_a_call_that_can_t_be_looked_at_keeps_no_other_from_it(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = World(database)
    known = world.manager

    async def manager(manager_id: str) -> Manager | None:
        if manager_id == "mgr_9":
            raise ValueError(manager_id)
        return await known(manager_id)

    monkeypatch.setattr(world, "manager", manager)
    await world.task("1", manager_id="mgr_9")
    await world.ends("1", task_id="tsk_1", manager_id="mgr_9")
    await world.task("2")
    await world.ends("2", task_id="tsk_2")
    assert [one.task_id for one in await world.later(20)] == ["tsk_2"]
