"""A choice among many tasks leaves the loop to live calls in between."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import cast

from voicegw.dialer.chooser import ChooserTerms, TaskChooser
from voicegw.directory.calendar import Calendars
from voicegw.directory.quiet import QuietTime
from voicegw.model.call import CallOutcome
from voicegw.model.task import Task, TaskState, TaskType
from voicegw.model.task_type import TaskTypeRule
from voicegw.store.next_tasks import KnownCall, KnownCustomer, NextTasks, OpenWork
from voicegw.tasks.shipped_types import SHIPPED_TYPES

NOW = datetime(2026, 3, 4, 2, 0, tzinfo=UTC)
TASKS = 200


class FullStore:
    """Has many tasks, of customers with a long past."""

    async def open_work(
        self,
        manager_id: str,
        at: datetime,
        is_worth: Callable[[Task], bool],
        *,
        types: Sequence[str] = (),
        begins: Mapping[str, int],
    ) -> OpenWork:
        """Return all there is."""
        del is_worth, types, begins
        tasks = [
            Task(
                id=f"tsk_{number}",
                type=TaskType.REVISIT,
                created_at=at,
                state=TaskState.ASSIGNED,
                manager_id=manager_id,
                customer_id=f"cus_{number}",
            )
            for number in range(TASKS)
        ]
        past = [KnownCall(at - timedelta(days=day), CallOutcome.CONNECTED) for day in (9, 5, 3)]
        return OpenWork(
            tasks,
            customers={
                f"cus_{one}": KnownCustomer("grp_1", numbers=("1",)) for one in range(TASKS)
            },
            calls={f"cus_{number}": past for number in range(TASKS)},
        )


class NeverQuiet:
    async def now(self, group_id: str | None, at: datetime) -> QuietTime | None:
        del group_id, at
        return None


class Types:
    def of(self, task: Task) -> TaskTypeRule:
        return SHIPPED_TYPES[task.type]


async def test_a_long_choice_lets_others_go_on_in_between() -> None:
    chooser = TaskChooser(
        cast("NextTasks", FullStore()), Types(), NeverQuiet(), Calendars(), ChooserTerms()
    )
    choosing = asyncio.create_task(chooser.choose("mgr_1", NOW))
    turns = 0
    while not choosing.done():
        await asyncio.sleep(0)
        turns += 1
    assert len(choosing.result().next) == TASKS
    assert turns >= TASKS // 20
