"""Files of tasks into both stores."""

from __future__ import annotations

import io
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest
from openpyxl import Workbook

from tests.contract.conftest import CHANGE, NOW
from tests.contract.test_importer import FixedClock
from voicegw.clock import SystemClock
from voicegw.directory.import_columns import ImportKind
from voicegw.directory.import_reach import ImportReach
from voicegw.directory.import_runner import ImportProcesses
from voicegw.errors import InvalidError
from voicegw.model.directory import Customer
from voicegw.model.task import (
    Priority,
    Task,
    TaskResult,
    TaskSource,
    TaskState,
    TaskType,
    called_again,
    changed,
)
from voicegw.model.task_type import FieldKind, FieldRule, TaskTypeRule
from voicegw.store.database import Database
from voicegw.store.directory import DirectoryRepository
from voicegw.store.jobs import Job, JobRepository, JobState, RowProblem
from voicegw.store.task_changes import TaskChanges
from voicegw.store.task_history import TaskHistoryRepository
from voicegw.store.task_types import TaskTypeRepository
from voicegw.store.tasks import TaskRepository
from voicegw.tasks.importer import TaskImporter

MOBILE, LANDLINE = "+8613900139000", "+8657187654321"
HEADER = "任务编号,类型,客户编号,客户号码,客户经理,到期时间,优先级,备注,套餐,到期日期\n"


class Import:
    """Writes a file, imports it, and keeps what was said."""

    def __init__(self, database: Database, folder: Path) -> None:
        self.importer = TaskImporter(database, FixedClock(), by="key_1", chunk_rows=2)
        self.tasks = TaskRepository(database)
        self.path = folder / "rows.csv"
        self.problems: list[RowProblem] = []

    async def __call__(self, text: str, *, dry_run: bool = False) -> tuple[int, int, int, int, int]:
        self.path.write_text(text)
        self.problems = []
        counts = await self.importer.run(
            ImportKind.TASKS, self.path, dry_run=dry_run, on_problem=self.problems.append
        )
        return (
            counts.rows_read,
            counts.rows_written,
            counts.rows_new,
            counts.rows_unchanged,
            counts.rows_bad,
        )

    async def task(self, external_id: str) -> Task:
        found = await self.tasks.get_by_external_id(external_id)
        assert found is not None
        return found


@pytest.fixture
async def taken(database: Database, directory: DirectoryRepository, tmp_path: Path) -> Import:
    """An import into a store with three customers; two have a number in common."""
    for key, numbers in (("1", [MOBILE]), ("2", [LANDLINE]), ("3", [LANDLINE])):
        customer = Customer(
            f"cus_{key}", key, "grp_2", external_id=f"C{key}", numbers=numbers, owner_id="mgr_1"
        )
        await directory.customers.create(customer, CHANGE)
    return Import(database, tmp_path)


async def test_good_rows_are_in_and_every_bad_one_is_named(taken: Import) -> None:
    text = HEADER + (
        "T1,续约,C1,,M1,2026-11-30,高,老客户,5G 129,2026/12/31\n"
        "T2,renewal,,139 0013 9000,,2026-11-30 08:30,,,,\n"
        "T3,回访,,0571-87654321,M1,,,,,\n"
        "T4,无此类型,C1,,M1,,,,,\n"
        "T5,续约,C9,,M1,,,,,\n"
        "T6,续约,,,M1,,,,,\n"
        "T7,续约,C1,,M9,,,,,\n"
        "T8,续约,C1,,M1,昨天,,,,\n"
        "T9,续约,C1,,M1,,很高,,,\n"
        "T10,续约,C1,,M1,,,,,下月\n"
        "T11,回访,C1,,M1,,,,5G 129,\n"
        "T12,续约,,13900139001,,,,,,\n"
        ",续约,C1,,M1,,,,,\n"
    )
    text = text.replace("到期日期", "expires_on")
    assert await taken(text, dry_run=True) == (13, 3, 3, 0, 10)
    assert (await taken.tasks.list()).items == []
    assert await taken(text) == (13, 3, 3, 0, 10)
    assert [(one.line, one.field) for one in sorted(taken.problems, key=lambda one: one.line)] == [
        (5, "type"),
        (6, "customer"),
        (7, "customer"),
        (8, "manager"),
        (9, "due_at"),
        (10, "priority"),
        (11, "expires_on"),
        (12, "套餐"),
        (13, "group"),
        (14, "external_id"),
    ]
    first = await taken.task("T1")
    assert first == Task(
        id=first.id,
        type=TaskType.RENEWAL,
        created_at=NOW,
        state=TaskState.ASSIGNED,
        assigned_at=NOW,
        group_id=first.group_id,
        manager_id="mgr_1",
        customer_id="cus_1",
        due_at=datetime(2026, 11, 30, 16, tzinfo=UTC),  # the end of that day in Shanghai
        external_id="T1",
        note="老客户",
        priority=Priority.HIGH,
        source=TaskSource.IMPORT,
        fields={"package": "5G 129", "expires_on": "2026-12-31"},
        said={
            "group_id": first.group_id,
            "manager_id": "mgr_1",
            "due_at": "2026-11-30T16:00:00Z",
            "priority": "high",
        },
    )
    second = await taken.task("T2")
    assert (second.customer_id, second.manager_id, second.group_id) == ("cus_1", None, "grp_2")
    assert second.due_at == datetime(2026, 11, 30, 0, 30, tzinfo=UTC)
    shared = await taken.task("T3")
    assert (shared.customer_id, shared.customer_number) == (None, LANDLINE)


async def test_a_file_can_come_again(taken: Import, database: Database) -> None:
    text = "编号,类型,客户,经理,备注\nT1,续约,C1,M1,n\nT2,回访,C1,M1,n\n"
    assert await taken(text) == (2, 2, 2, 0, 0)
    assert await taken(text) == (2, 0, 0, 2, 0)
    await TaskChanges(database).close(
        (await taken.task("T2")).id, TaskResult("revisit_done", "key_2", NOW)
    )
    assert await taken(text.replace(",n", ",other")) == (2, 1, 0, 0, 1)
    assert [(one.line, one.field) for one in taken.problems] == [(3, "external_id")]
    changed = await taken.task("T1")
    assert (changed.note, changed.manager_id) == ("other", "mgr_1")
    # What the file does not say stays.
    assert await taken("编号,类型,客户,优先级\nT1,续约,C1,紧急\n") == (1, 1, 0, 0, 0)
    urgent = await taken.task("T1")
    assert (urgent.note, urgent.manager_id, urgent.priority) == ("other", "mgr_1", Priority.URGENT)
    history = (await TaskHistoryRepository(database).list(urgent.id)).items
    assert [(one.what, one.by) for one in history] == [
        ("created", "key_1"),
        ("changed", "key_1"),
        ("changed", "key_1"),
    ]


async def test_own_types_and_times_of_types(taken: Import, database: Database) -> None:
    fields = (
        FieldRule("speed", FieldKind.NUMBER, {"zh": "速率"}, is_required=True),
        FieldRule("is_new", FieldKind.BOOLEAN, {"zh": "新装"}),
    )
    await TaskTypeRepository(database).put(TaskTypeRule("fibre", {"zh": "光纤"}, fields=fields))
    text = '编号,类型,客户,速率,新装\nT1,光纤,C1,"1,000",是\nT2,光纤,C1,,否\nT3,光纤,C1,快,\n'
    assert await taken(text) == (3, 1, 1, 0, 2)
    task = await taken.task("T1")
    assert (task.type, task.own_type) == (TaskType.OWN, "fibre")
    assert task.fields == {"speed": 1000, "is_new": True}
    assert {one.field for one in taken.problems} == {"speed"}
    assert await taken("编号,类型,客户,到期时间\nT4,挽留,C1,\n") == (1, 1, 1, 0, 0)
    leaving = await taken.task("T4")
    assert leaving.due_at == leaving.close_by
    assert leaving.contact_by is not None
    with pytest.raises(InvalidError, match="type"):
        await taken("编号,客户\nT5,C1\n")


async def test_a_workbook_in_a_process_of_its_own(
    taken: Import, store_url: str, database: Database, tmp_path: Path
) -> None:
    jobs = JobRepository(database)
    processes = ImportProcesses(jobs, SystemClock(), store_url=store_url)
    book, file = Workbook(), tmp_path / "tasks.xlsx"
    sheet = book.active
    assert sheet is not None
    for row in (["编号", "类型", "客户编号"], ["T1", "告知", "C1"], ["T2", "告知", "C9"]):
        sheet.append(row)
    stream = io.BytesIO()
    book.save(stream)
    file.write_bytes(stream.getvalue())
    await jobs.create(Job("job_1", "tasks", "key_7", NOW))
    await processes.start("job_1", "tasks", file, dry_run=False)
    await processes.join()
    done = await jobs.get("job_1")
    assert done is not None
    assert (done.state, done.failure) == (JobState.COMPLETED, None)
    assert (done.rows_read, done.rows_written, done.rows_bad) == (2, 1, 1)
    assert (await taken.task("T1")).type is TaskType.INTRODUCTION


async def test_the_same_file_again_takes_no_task_from_whom_it_was_given_to(
    taken: Import, database: Database
) -> None:
    changes = TaskChanges(database)
    text = HEADER + "T1,续约,C1,,M1,2026-12-01,,,,\nT2,回访,C2,,,2026-12-01,,,,\n"
    assert await taken(text) == (2, 2, 2, 0, 0)
    for name in ("T1", "T2"):
        task = await taken.task(name)
        at = NOW + timedelta(days=30)
        result = TaskResult("call_again", "key_1", NOW)
        await changes.change(task.id, lambda one: changed(one, manager_id="mgr_2"), NOW)
        await changes.change(task.id, partial(called_again, result=result, at=at), NOW)
    given = [await taken.task(name) for name in ("T1", "T2")]
    assert await taken(text) == (2, 0, 0, 2, 0)
    assert [await taken.task(name) for name in ("T1", "T2")] == given
    await changes.close(given[0].id, TaskResult("renewed", "key_1", NOW))
    assert await taken(text) == (2, 0, 0, 2, 0), "a task that is done is no bad row"
    moved = text.replace("M1,2026-12-01", "M1,2026-12-05").replace("C2,,,", "C2,,M1,")
    assert await taken(moved) == (2, 1, 0, 0, 1)
    task = await taken.task("T2")
    assert (task.manager_id, task.due_at) == ("mgr_1", given[1].due_at)


async def test_within_some_groups_a_file_names_and_changes_nothing_of_others(
    taken: Import, database: Database, directory: DirectoryRepository, tmp_path: Path
) -> None:
    city = Customer("cus_8", "8", "grp_1", external_id="C8", numbers=["+8613900139008"])
    await directory.customers.create(city, CHANGE)
    assert await taken("任务编号,类型,客户编号\nT-city,回访,C8\n") == (1, 1, 1, 0, 0)
    limited = Import(database, tmp_path)
    limited.importer = TaskImporter(
        database,
        FixedClock(),
        by="usr_1",
        reach=ImportReach(frozenset({"grp_2"}), any_number=False),
    )
    text = (
        "任务编号,类型,客户编号,客户号码,客户经理,分组编号\n"
        "T1,回访,C1,,M2,\n"
        "T2,回访,,13900139000,,\n"
        "T3,回访,C8,,,\n"
        "T4,回访,,13900139008,,G2\n"
        "T5,回访,C1,,M1,\n"
        "T6,回访,C1,,,G1\n"
        "T7,回访,,13900139777,,G2\n"
        "T-city,回访,C1,,,\n"
    )
    assert (await limited(text))[1:] == (2, 2, 0, 6)
    assert {(one.line, one.field) for one in limited.problems} == {
        (4, "customer"),
        (5, "customer_number"),
        (6, "manager"),
        (7, "group"),
        (8, "customer_number"),
        (9, "external_id"),
    }
    assert (await taken.task("T2")).customer_id == "cus_1"
    assert (await taken.task("T-city")).customer_id == "cus_8"
