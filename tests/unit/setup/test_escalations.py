"""What a node does of times that pass: it looks, counts, and wakes who sends."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

from config.settings import Settings
from tests.contract.test_task_changes import LATER, NOW, a_task
from tests.parts.empty_store import empty_store
from voicegw.model.directory import Group, Role
from voicegw.model.user import User
from voicegw.setup.escalations import escalation_watch
from voicegw.sms.templates import ShippedWording
from voicegw.store.database import Database
from voicegw.store.groups import GroupRepository
from voicegw.store.sms import SmsRepository
from voicegw.store.task_changes import TaskChanges
from voicegw.store.task_types import TaskTypeRepository
from voicegw.store.users import UserRepository
from voicegw.tasks.types import TaskTypes

HEAD = "+8613900130099"


class LateClock:
    """An hour after LATER."""

    def now(self) -> datetime:
        return LATER + timedelta(hours=1)

    def monotonic(self) -> float:
        return 0.0


async def test_superiors_are_told_where_messages_are_sent(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/voicegw.db"
    empty_store(url)
    database = await Database.open(url)
    woken: list[None] = []
    try:
        await GroupRepository(database).create(Group("grp_1", "County"))
        head = User("usr_1", "head", Role.COUNTY_MANAGER, NOW, group_id="grp_1", phone=HEAD)
        await UserRepository(database).create(head)
        types = TaskTypes(TaskTypeRepository(database))
        for place, provider in enumerate(("none", "file")):
            task = a_task(str(place), contact_by=LATER, escalates=True)
            await TaskChanges(database).create(task)
            settings = Settings.model_validate({"sms": {"provider": provider, "language": "en"}})
            watch = escalation_watch(
                settings,
                database,
                LateClock(),
                types,
                lambda: woken.append(None),
                wording=ShippedWording(),
            )
            for _ in range(2):
                await watch.look()
            await watch.count()
            figures = {(one.name, *one.labels.values()): one.value for one in watch.figures()}
            assert figures == {
                ("tasks_escalated", "contact"): 1,
                ("tasks_escalated", "close"): 0,
                ("tasks_escalated", "answer"): 0,
                ("tasks_late",): place + 1,
            }
        (sent,) = (await SmsRepository(database).list()).items
    finally:
        await database.close()
    assert (sent.to, sent.task_id) == (HEAD, "tsk_1")
    assert sent.text.startswith("Late: the task renewal")
    assert len(woken) == 2
