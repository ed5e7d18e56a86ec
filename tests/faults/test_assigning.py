"""Many tasks are given to managers, and the node dies in the middle of it."""

from __future__ import annotations

import asyncio
from collections import Counter
from datetime import UTC, datetime
from functools import partial
from typing import Any

import pytest
import sqlalchemy as sa

from tests.parts.lab import Lab
from tests.parts.node import wait_for
from voicegw.model.event import EventType
from voicegw.model.task import Task, TaskType
from voicegw.store import schema
from voicegw.store.database import Database
from voicegw.store.task_rows import insert_tasks

pytestmark = pytest.mark.peer

TASKS = 600
_TASKS, _EVENTS = schema.tasks.c, schema.events.c


async def add_tasks(url: str, group_id: str) -> None:
    """Write tasks that are nobody's."""
    database = await Database.open(url)
    tasks = [
        Task(f"tsk_{place:06}", TaskType.SURVEY, datetime.now(UTC), group_id=group_id)
        for place in range(TASKS)
    ]
    try:
        for start in range(0, TASKS, 500):
            await database.do_write(partial(insert_tasks, tasks=tasks[start : start + 500]))
    finally:
        await database.close()


async def given(url: str) -> tuple[Counter[str], set[int]]:
    """Return how many tasks each manager has, and how often each task was told to be given."""
    held = sa.select(_TASKS.manager_id, sa.func.count()).where(_TASKS.type == TaskType.SURVEY)
    told = sa.select(sa.func.count()).where(_EVENTS.type == EventType.TASK_ASSIGNED)
    database = await Database.open(url)
    try:
        async with database.read() as connection:
            rows = (await connection.execute(held.group_by(_TASKS.manager_id))).all()
            times = (await connection.execute(told.group_by(_EVENTS.subject))).scalars().all()
        return Counter({row[0]: row[1] for row in rows}), {sum(times), *times}
    finally:
        await database.close()


def test_a_node_that_dies_while_giving_tasks_goes_on_at_its_start(lab: Lab) -> None:
    managers = [lab.node.get(f"/v1/managers/by-external-id/m{number}") for number in (1, 2, 3)]
    ids = sorted(str(one["id"]) for one in managers)
    url = f"sqlite:///{lab.node.folder / 'data' / 'voicegw.db'}"
    asyncio.run(add_tasks(url, managers[0]["group_id"]))
    order = {
        "filter": {"type": "survey", "nobodys": True},
        "rule": {"kind": "evenly"},
        "manager_ids": ids,
    }
    status, shown = lab.node.request("POST", "/v1/tasks/assign", order | {"preview": True})
    assert (status, shown["tasks"]) == (200, TASKS)
    order["plan_tag"] = shown["plan_tag"]
    status, asked = lab.node.request("POST", "/v1/tasks/assign", order)
    assert status == 202, asked
    where = f"/v1/tasks/assignments/{asked['id']}"
    begun = wait_for("the first tasks", lambda: lab.node.get(where)["position"])
    lab.node.kill()
    assert begun < TASKS, "killed in the middle of it"
    lab.node.start()

    def done() -> dict[str, Any] | None:
        found: dict[str, Any] = lab.node.get(where)
        return found if found["state"] == "done" else None

    found = dict(wait_for("the order done", done, 60))
    assert (found["moved"], found["left_out"]) == (TASKS, [])
    assert found["shares"] == shown["shares"]
    held, times = asyncio.run(given(url))
    assert held == dict.fromkeys(ids, TASKS // 3)
    assert times == {1, TASKS}, "each task was told of once"
