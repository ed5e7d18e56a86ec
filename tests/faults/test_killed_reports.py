"""A node dies while it sums for reports, the next while it plans a month: both are done once."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest
import sqlalchemy as sa

from tests.contract.records import a_call
from tests.parts.lab import Lab
from tests.parts.node import wait_for
from voicegw.journal.entries import CallChanged
from voicegw.store import schema
from voicegw.store.batch import BatchWriter
from voicegw.store.database import Database
from voicegw.store.directory import DirectoryRepository

# Three starts, each with jobs of its own, and patience with a busy machine.
pytestmark = [pytest.mark.peer, pytest.mark.timeout(300)]

DAYS, EACH = 120, 2
"""For so many days each manager has so many calls a day."""
CUSTOMERS = 3000
"""Each is to be called once in the month."""
NOON = datetime.now(UTC).replace(hour=4, minute=0, second=0, microsecond=0)
OFTEN_S = 0.005


async def fill(url: str) -> int:
    """Write calls that nobody has summed, and customers; return how many managers there are."""
    database = await Database.open(url)
    try:
        managers = await DirectoryRepository(database).managers.all()
        writer = BatchWriter(database, "earlier")
        for day in range(DAYS):
            at = NOON - timedelta(days=day + 1)
            calls = [
                CallChanged(
                    a_call(
                        f"{day}_{manager.id}_{which}",
                        ended=True,
                        created_at=at,
                        ended_at=at,
                        group_id=manager.group_id,
                        manager_id=manager.id,
                        customer_id=None,
                        customer_number=None,
                        legs=[],
                    )
                )
                for manager in managers
                for which in range(EACH)
            ]
            await writer.apply_entries(calls, day + 1)
        rows: list[dict[str, object]] = [
            {
                "id": f"cus_{place:05}",
                "name": "王女士",
                "group_id": managers[0].group_id,
                "owner_id": managers[place % len(managers)].id,
                "class_": "potential",
                "attributes": {},
            }
            for place in range(CUSTOMERS)
        ]
        await database.do_write(partial(_insert, rows=rows))
        return len(managers)
    finally:
        await database.close()


def _insert(connection: sa.Connection, *, rows: list[dict[str, object]]) -> None:
    connection.execute(schema.customers.insert(), rows)


class Store:
    """Looks into a node's SQLite file, whether the node lives or not."""

    def __init__(self, lab: Lab) -> None:
        self.path = lab.folder / "data" / "voicegw.db"

    def ask(self, query: str) -> list[tuple[Any, ...]]:
        with closing(sqlite3.connect(f"file:{self.path}?mode=ro", uri=True)) as connection:
            return connection.execute(query).fetchall()

    def count(self, what: str) -> int:
        return int(self.ask(f"SELECT count(*) FROM {what}")[0][0])

    def summed(self) -> int:
        return self.count("report_calls WHERE grain = 'day'")

    def planned(self) -> int:
        return self.count("tasks WHERE plan_id IS NOT NULL")


def test_sums_and_a_plan_are_each_finished_once(new_lab: Callable[..., Lab]) -> None:
    lab = new_lab(start=False, more="[tasks]\nplan_day = 0\n")
    node, store = lab.node, Store(lab)
    managers = asyncio.run(fill(f"sqlite:///{store.path}"))
    days = DAYS * managers

    node.start()
    wait_for("the first days summed", store.summed, 60, OFTEN_S)
    node.kill()
    assert store.summed() < days, "killed in the middle of it"
    assert store.count("report_marks") >= DAYS, "what was begun is to be done again"

    node.start()
    run = begin_plan(lab)
    wait_for("the first tasks", store.planned, 60, OFTEN_S)
    node.kill()
    begun = store.planned()
    assert begun < CUSTOMERS, "killed in the middle of it"

    node.start()
    planned = wait_for("the month planned", partial(finished, lab, run), 60)
    figures = [planned[name] for name in ("state", "customers", "planned", "added", "moved")]
    assert figures == ["completed", CUSTOMERS, CUSTOMERS, CUSTOMERS, 0]
    assert store.ask("SELECT count(*), count(DISTINCT customer_id) FROM tasks") == [
        (CUSTOMERS, CUSTOMERS)
    ]
    assert store.count("events WHERE type = 'plan.completed'") == 1
    wait_for("all summed", lambda: not store.count("report_marks"), 60)
    by_day = store.ask("SELECT day, manager_id, calls FROM report_calls WHERE grain = 'day'")
    assert (len(by_day), {calls for _, _, calls in by_day}) == (days, {EACH})
    for grain in ("day_all", "month", "month_all"):
        found = store.ask(f"SELECT sum(calls) FROM report_calls WHERE grain = '{grain}'")
        assert (grain, found) == (grain, [(days * EACH,)])
    given = "SELECT grain, sum(given) FROM report_tasks GROUP BY grain ORDER BY grain"
    assert store.ask(given) == [
        (grain, CUSTOMERS) for grain in ("day", "day_all", "month", "month_all")
    ]


def begin_plan(lab: Lab) -> str:
    """Have the next month planned for everybody; return where the run is read."""
    body = {"name": "Visits", "capacity_per_day": 500}
    status, plan = lab.node.request("POST", "/v1/plans", body)
    assert status == 201, plan
    month = (datetime.now(UTC).replace(day=1) + timedelta(days=40)).strftime("%Y-%m")
    path = f"/v1/plans/{plan['id']}/runs"
    status, run = lab.node.request("POST", path, {"month": month})
    assert status == 202, run
    return f"{path}/{run['id']}"


def finished(lab: Lab, path: str) -> dict[str, Any] | None:
    """Return a run that is over."""
    run: dict[str, Any] = lab.node.get(path)
    return run if run["finished_at"] is not None else None
