"""Lists of tasks, customers and recordings are answered by an index, whatever is filtered by."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from tests.contract.conftest import NOW
from voicegw.model.ids import IdKind
from voicegw.model.recording import RecordingKind, RecordingStatus
from voicegw.model.task import TaskSource, TaskState, TaskType
from voicegw.store import schema
from voicegw.store.database import Database
from voicegw.store.escalations import IS_ANY_LATE, times
from voicegw.store.paging import newest_first
from voicegw.store.recordings import RecordingFilter
from voicegw.store.tasks import TaskFilter

_ROWS = 4000
_RARE = 10
"""So many of all rows have what is searched for."""


async def fill(database: Database, table: sa.Table, row: dict[str, Any]) -> None:
    """Add rows that differ in nothing that is searched for, and some rare ones."""
    names = [name for name in row if name.endswith(("_id", "_number"))]
    rows = []
    for number in range(_ROWS):
        is_rare = number % (_ROWS // _RARE) == 0
        changes = {} if is_rare else {name: f"other-{number % 40}" for name in names if name in row}
        at = NOW - timedelta(seconds=number)
        rows.append(row | changes | {"id": f"{table.name}_{number:06d}", "created_at": at})
    if "external_id" in row:
        for number, one in enumerate(rows):
            one["external_id"] = f"x-{number}"
    if "duration_s" in row:
        for number, one in enumerate(rows):
            one["duration_s"] = float(number * 7 % 1000)
    async with database.write() as connection:
        await connection.execute(table.insert(), rows)
        await connection.execute(sa.text("ANALYZE"))


async def plan_of(database: Database, query: sa.Select[Any]) -> str:
    """Return how the database would answer a query, in its own words."""
    dialect = sa.create_mock_engine(f"{database.dialect}://", lambda *_: None).dialect
    explain = "EXPLAIN QUERY PLAN" if database.dialect == "sqlite" else "EXPLAIN"
    text = query.compile(dialect=dialect, compile_kwargs={"literal_binds": True})
    async with database.read() as connection:
        rows = (await connection.exec_driver_sql(f"{explain} {text}")).all()
    return "\n".join(str(row[-1]) for row in rows)


TASK = {
    "type": TaskType.RENEWAL,
    "state": TaskState.NEW,
    "group_id": "grp_1",
    "manager_id": "mgr_1",
    "customer_id": "cus_1",
    "customer_number": "+8613800138000",
    "external_id": "x",
    "source": TaskSource.API,
    "rank": 1,
    "document": {},
}
TASK_FILTERS = [
    (TaskFilter(), "ix_tasks_created_at_id"),
    (TaskFilter(group_ids=["grp_1"]), "ix_tasks_group_id_created_at"),
    (TaskFilter(manager_id="mgr_1"), "ix_tasks_manager_id_created_at"),
    (TaskFilter(customer_id="cus_1"), "ix_tasks_customer_id_state"),
    (TaskFilter(customer_number="+8613800138000"), "ix_tasks_customer_number_state"),
    (TaskFilter(external_id="x-7"), "ix_tasks_external_id"),
    (TaskFilter(closed_from=datetime(2026, 3, 4, tzinfo=UTC)), "ix_tasks_closed_at_id"),
]


async def test_tasks_are_found_by_an_index(database: Database) -> None:
    await fill(database, schema.tasks, TASK)
    columns = schema.tasks.c
    for wanted, index in TASK_FILTERS:
        query = newest_first(
            sa.select(columns.id).where(*wanted.conditions()),
            columns.created_at if wanted.closed_from is None else columns.closed_at,
            columns.id,
            limit=50,
            cursor=None,
        )
        plan = await plan_of(database, query)
        assert index in plan, (wanted, plan)
        assert "Seq Scan" not in plan


RECORDING = {
    "call_id": "call_1",
    "kind": RecordingKind.TALK,
    "status": RecordingStatus.COMPLETED,
    "node": "node-1",
    "group_id": "grp_1",
    "manager_id": "mgr_1",
    "customer_id": "cus_1",
    "hotline_id": "hot_1",
    "duration_s": 0.0,
    "document": {},
}
BY_LENGTH = "ix_recordings_created_at_id_duration_s"
RECORDING_FILTERS = [
    (RecordingFilter(), BY_LENGTH),
    (RecordingFilter(call_id="call_1"), "ix_recordings_call_id"),
    (RecordingFilter(group_ids=["grp_1"]), "ix_recordings_group_id_created_at"),
    (RecordingFilter(hotline_id="hot_1"), "ix_recordings_hotline_id_created_at"),
    (RecordingFilter(min_duration_s=600), BY_LENGTH),
    (RecordingFilter(max_duration_s=60), BY_LENGTH),
    (RecordingFilter(min_duration_s=60, max_duration_s=600, from_=datetime(2026, 3, 3, tzinfo=UTC)),
     BY_LENGTH),
    (RecordingFilter(hotline_id="hot_1", min_duration_s=600),
     "ix_recordings_hotline_id_created_at"),
]  # fmt: skip


async def test_recordings_are_found_by_an_index_without_reading_their_documents(
    database: Database,
) -> None:
    await fill(database, schema.recordings, RECORDING)
    columns = schema.recordings.c
    for wanted, index in RECORDING_FILTERS:
        conditions = wanted.conditions()
        query = newest_first(
            sa.select(columns.document).where(*conditions),
            columns.created_at,
            columns.id,
            limit=50,
            cursor=None,
        )
        plan = await plan_of(database, query)
        assert index in plan, (wanted, plan)
        assert "Seq Scan" not in plan
        # A call has a few recordings; of all others nothing is sorted.
        assert wanted.call_id is not None or "B-TREE FOR ORDER BY" not in plan, (wanted, plan)
        assert not any("document" in str(one) for one in conditions)


@pytest.mark.parametrize(
    ("column", "index"),
    [
        ("external_id", "external_id"),
        ("code", "ix_customers_code"),
        ("class_", "ix_customers_class_id"),
        ("tier", "ix_customers_tier_id"),
        ("owner_id", "ix_customers_owner_id_id"),
        ("group_id", "ix_customers_group_id_id"),
    ],
)
async def test_customers_are_found_by_an_index(
    database: Database, directory: object, column: str, index: str
) -> None:
    del directory
    rows: list[dict[str, Any]] = [
        {
            "id": f"{IdKind.CUSTOMER}_{number:06d}",
            "name": "C",
            "external_id": f"x{number}",
            "code": f"{number}",
            "class_": "gold" if number % 400 == 0 else f"c{number % 40}",
            "tier": "gold" if number % 400 == 0 else f"t{number % 40}",
            "group_id": "grp_1" if number % 400 == 0 else "grp_2",
            "owner_id": "mgr_1" if number % 400 == 0 else "mgr_2",
            "attributes": {},
        }
        for number in range(_ROWS)
    ]
    async with database.write() as connection:
        await connection.execute(schema.customers.insert(), rows)
        await connection.execute(sa.text("ANALYZE"))
    columns = schema.customers.c
    rare = {"external_id": "x7", "code": "7", "group_id": "grp_1", "owner_id": "mgr_1"}
    query = sa.select(columns.id).where(columns[column] == rare.get(column, "gold"))
    plan = await plan_of(database, query.order_by(columns.id).limit(51))
    assert index in plan, plan


async def test_matters_are_read_in_the_order_in_which_they_press(database: Database) -> None:
    await fill(database, schema.tasks, TASK)
    columns = schema.tasks.c
    some = columns.id.in_([f"tasks_{number:06d}" for number in range(0, 4000, 400)])
    async with database.write() as connection:
        await connection.execute(schema.tasks.update().where(some).values(pressing_at=NOW))
        await connection.execute(sa.text("ANALYZE"))
    query = sa.select(columns.id).where(columns.pressing_at.is_not(None))
    plan = await plan_of(database, query.order_by(columns.pressing_at).limit(51))
    assert "ix_tasks_pressing_at" in plan, plan


async def test_times_that_have_passed_are_found_by_an_index(database: Database) -> None:
    await fill(database, schema.tasks, TASK)
    late = sa.select(schema.tasks.c.id).where(schema.tasks.c.id == "tasks_000007")
    async with database.write() as connection:
        task_id = (await connection.execute(late)).scalar_one()
        change = schema.tasks.update().where(schema.tasks.c.id == task_id)
        await connection.execute(change.values(escalate_at=NOW))
        await connection.execute(sa.text("ANALYZE"))
    plan = await plan_of(database, IS_ANY_LATE.params(**times(NOW)))
    assert "ix_tasks_escalate_at" in plan, plan
    assert "ix_calls_task_id_created_at" in plan or "Seq Scan on calls" in plan, plan
