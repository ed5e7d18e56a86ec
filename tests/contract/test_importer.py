"""Files into the directory of both stores."""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest

from tests.contract.conftest import CHANGE, NOW
from voicegw.clock import SystemClock
from voicegw.directory.import_columns import ImportKind
from voicegw.directory.import_hold import SUFFIX, holding, left_in
from voicegw.directory.import_job import NICENESS, give_way
from voicegw.directory.import_runner import ImportProcesses
from voicegw.directory.importer import DirectoryImporter
from voicegw.errors import InvalidError, StartError
from voicegw.field_faults import FieldFault
from voicegw.model.directory import Announce, Customer, DoNotCall, ManagerStatus
from voicegw.model.routing import (
    GroupRouting,
    GroupStrategy,
    QueueRouting,
    RingOrder,
    Routing,
    VoicemailRouting,
)
from voicegw.store.database import Database
from voicegw.store.directory import DirectoryRepository
from voicegw.store.import_mappings import ImportMapping, ImportMappingRepository
from voicegw.store.jobs import OF_FILE, Job, JobRepository, JobState, RowProblem


class FixedClock(SystemClock):
    def now(self) -> datetime:
        return NOW


class Import:
    """Writes a file, imports it, and keeps what was said."""

    def __init__(self, repository: DirectoryRepository, folder: Path) -> None:
        self.importer = DirectoryImporter(repository, FixedClock(), by="key_1", chunk_rows=3)
        self.path = folder / "rows.csv"
        self.problems: list[RowProblem] = []

    async def __call__(
        self, kind: ImportKind, text: str, *, encoding: str = "utf-8", dry_run: bool = False
    ) -> tuple[int, int, int, int]:
        self.path.write_bytes(text.encode(encoding))
        self.problems = []
        counts = await self.importer.run(
            kind, self.path, dry_run=dry_run, on_problem=self.problems.append
        )
        return counts.rows_read, counts.rows_written, counts.rows_unchanged, counts.rows_bad

    @property
    def bad(self) -> list[tuple[int, str]]:
        return [(problem.line, problem.field) for problem in self.problems]


@pytest.fixture
def imported(directory: DirectoryRepository, tmp_path: Path) -> Import:
    return Import(directory, tmp_path)


async def test_groups_in_any_order(directory: DirectoryRepository, imported: Import) -> None:
    text = "编号,名称,上级,区号\nB,乙,A,0571\nA,甲,,\nC,丙,X,\nD,丁,,x\nG1,City,,571\n,无,,\n"
    assert await imported(ImportKind.GROUPS, text, encoding="gbk", dry_run=True) == (6, 2, 1, 3)
    assert await directory.groups.get_by_external_id("A") is None
    assert await imported(ImportKind.GROUPS, text, encoding="gbk") == (6, 2, 1, 3)
    assert sorted(imported.bad) == [(4, "parent"), (5, "area_code"), (7, "external_id")]
    parent = await directory.groups.get_by_external_id("A")
    child = await directory.groups.get_by_external_id("B")
    assert parent is not None
    assert child is not None
    assert (child.name, child.parent_id, child.area_code) == ("乙", parent.id, "571")
    assert await imported(ImportKind.GROUPS, text, encoding="gbk") == (6, 0, 3, 3)
    assert await imported(ImportKind.GROUPS, "编号,名称\nB,新\n") == (1, 1, 0, 0)
    renamed = await directory.groups.get_by_external_id("B")
    assert renamed is not None
    assert (renamed.name, renamed.parent_id) == ("新", parent.id)


async def test_how_long_recordings_are_kept(
    directory: DirectoryRepository, imported: Import
) -> None:
    text = "编号,名称,录音保存天数\nA,甲,90\nB,乙,\nC,丙,0\nD,丁,long\n"
    assert await imported(ImportKind.GROUPS, text) == (4, 2, 0, 2)
    assert sorted(imported.bad) == [(4, "retention_days"), (5, "retention_days")]
    group = await directory.groups.get_by_external_id("A")
    assert group is not None
    assert group.retention_days == 90
    for days in ("30", ""):
        text = f"号码,组,保存天数\n0571-87650001,A,{days}\n"
        await imported(ImportKind.HOTLINES, text)
        hotline = await directory.hotlines.get_by_number("+8657187650001")
        assert hotline is not None
        assert hotline.retention_days == (30 if days else None)
    await imported(ImportKind.GROUPS, "编号,名称\nA,甲\n")  # what isn't said stays
    group = await directory.groups.get_by_external_id("A")
    assert group is not None
    assert group.retention_days == 90


async def test_managers_and_their_deputies(
    directory: DirectoryRepository, imported: Import
) -> None:
    text = (
        "编号,姓名,组,手机,代理,工号,状态\n"
        "A,张,G1,13800138000;8765 4321,B,7,在岗\n"
        "B,李,City,,,8,休假\n"
        "C,王,G1,nonsense,,,\n"
        "D,赵,nowhere,,,,\n"
        "E,钱,G1,,nobody,,\n"
        "F,孙,G1,,,,asleep\n"
    )
    assert await imported(ImportKind.MANAGERS, text, encoding="utf-8-sig") == (6, 3, 0, 4)
    assert sorted(imported.bad) == [
        (4, "phones.0.number"),
        (5, "group"),
        (6, "deputy"),
        (7, "status"),
    ]
    first = await directory.managers.get_by_external_id("A")
    second = await directory.managers.get_by_external_id("B")
    assert first is not None
    assert second is not None
    assert [phone.number for phone in first.phones] == ["+8613800138000", "+8657187654321"]
    assert (first.deputy_id, first.staff_no) == (second.id, "7")
    assert second.status is ManagerStatus.AWAY
    assert await imported(ImportKind.MANAGERS, text) == (6, 0, 3, 4)
    dry = await imported(ImportKind.MANAGERS, "编号,姓名,组\nX,新,G1\nA,张,G2\n", dry_run=True)
    assert dry == (2, 2, 0, 0)
    assert await directory.managers.get_by_external_id("X") is None


async def test_hotlines_by_number(directory: DirectoryRepository, imported: Import) -> None:
    text = (
        "号码;组;录音提示;max_ring_s;confirm_manager;流程\n"
        "0571-87650000;G1;经理告知;45;是;\n"
        "10086;G1;loud;;;\n"
        "x;G1;;;;\n"
        "10010;G1;;1000;;\n"
        "10000;G1;;;;not_there\n"
    )
    for is_dry in (True, False):
        assert await imported(ImportKind.HOTLINES, text, dry_run=is_dry) == (5, 1, 0, 4)
        assert imported.bad == [
            (3, "announce"),
            (4, "number"),
            (5, "max_ring_s"),
            (6, "flow"),
        ]
    (hotline,) = await directory.hotlines.all()
    assert (hotline.number, hotline.announce) == ("+8657187650000", Announce.MANAGER)
    assert (hotline.max_ring_s, hotline.confirm_manager) == (45, True)
    again = "number,group\n+8657187650000,G2\n"
    assert await imported(ImportKind.HOTLINES, again) == (1, 1, 0, 0)
    assert await imported(ImportKind.HOTLINES, again) == (1, 0, 1, 0)
    (moved,) = await directory.hotlines.all()
    assert (moved.id, moved.group_id, moved.max_ring_s) == (hotline.id, "grp_2", 45)


async def test_customers(directory: DirectoryRepository, imported: Import) -> None:
    text = (
        "客户编号,客户名称,电话,经理编号,分组,勿扰,生日\n"
        "1,王一,013900139001,M1,,,1990\n"
        "2,王二,13900139002、8765 4321,,G1,asked,\n"
        ",无,13900139003,M1,,,\n"
        "4,王四,hello,M1,,,\n"
        "5,王五,13900139005,M9,,,\n"
        "6,王六,13900139006,,,,\n"
        "7,王七,,M2,G1,否,\n"
        '8,"broken ""quote",13900139008,M1,,,,,surplus\n'
        "1,王一一,013900139001,M2,,,1990\n"
    )
    assert await imported(ImportKind.CUSTOMERS, text, dry_run=True) == (9, 4, 0, 5)
    assert (await directory.customers.list()).items == []
    assert await imported(ImportKind.CUSTOMERS, text) == (9, 4, 0, 5)
    assert sorted(imported.bad) == [
        (4, "external_id"),
        (5, "numbers.0"),
        (6, "owner"),
        (7, "group"),
        (9, ""),
    ]
    first = await directory.customers.get_by_external_id("1")
    second = await directory.customers.get_by_external_id("2")
    assert first is not None
    assert second is not None
    # The last row of a customer counts, and the owner's group where the file names none at first.
    assert (first.name, first.group_id, first.owner_id) == ("王一一", "grp_1", "mgr_2")
    assert first.attributes == {"生日": "1990"}
    assert second.numbers == ["+8613900139002", "+8657187654321"]
    assert second.do_not_call is not None
    assert (second.do_not_call.reason, second.do_not_call.since) == ("asked", NOW)
    history = await directory.customers.ownerships(first.id)
    assert [(o.manager_id, o.by, o.why) for o in history] == [
        ("mgr_1", "key_1", "import"),
        ("mgr_2", "key_1", "import"),
    ]
    partial = "external_id,name,tier\n1,王一一,gold\n2,王二,\n"
    assert await imported(ImportKind.CUSTOMERS, partial) == (2, 1, 1, 0)
    again = await directory.customers.get_by_external_id("1")
    assert again is not None
    assert (again.tier, again.numbers, again.owner_id) == ("gold", first.numbers, "mgr_2")


async def test_a_row_that_conflicts_costs_only_itself(
    directory: DirectoryRepository, imported: Import, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A manager who is deleted while the file is read is gone for the rows, not for the file."""
    listed = directory.customers.list_by_external_ids

    async def delete_then_list(external_ids: list[str]) -> object:
        if await directory.managers.get("mgr_2") is not None:
            await directory.managers.delete("mgr_2")
        return await listed(external_ids)

    monkeypatch.setattr(directory.customers, "list_by_external_ids", delete_then_list)
    text = "external_id,name,owner\n1,a,M1\n2,b,M2\n3,c,M1\n"
    assert await imported(ImportKind.CUSTOMERS, text) == (3, 2, 0, 1)
    assert imported.bad == [(3, "external_id")]


@pytest.mark.parametrize("times", [1, 5])
async def test_what_others_change_meanwhile_is_kept(
    directory: DirectoryRepository,
    imported: Import,
    monkeypatch: pytest.MonkeyPatch,
    times: int,
) -> None:
    text = "编号,姓名,电话,客户经理,机构\nC1,甲,13900139000,M1,G1\nC2,乙,,M1,G1\n"
    assert await imported(ImportKind.CUSTOMERS, text) == (2, 2, 0, 0)
    list_customers = directory.customers.list_by_external_ids
    owners = ["mgr_2", "mgr_1", "mgr_2", "mgr_1", "mgr_2"]
    left = times

    async def then_somebody_else(external_ids: Sequence[str]) -> Sequence[Customer]:
        nonlocal left
        found = await list_customers(external_ids)
        if left:
            left -= 1
            (first,) = [one for one in found if one.external_id == "C1"]
            wish = DoNotCall("asked", NOW)
            changed = msgspec.structs.replace(first, owner_id=owners[left], do_not_call=wish)
            await directory.customers.update(changed, CHANGE)
        return found

    monkeypatch.setattr(directory.customers, "list_by_external_ids", then_somebody_else)
    counts = await imported(ImportKind.CUSTOMERS, "编号,姓名\nC1,丙\nC2,乙\n")
    customer = await directory.customers.get_by_external_id("C1")
    assert customer is not None
    assert (customer.owner_id, customer.do_not_call) == ("mgr_2", DoNotCall("asked", NOW))
    if times == 1:
        assert (counts, customer.name) == ((2, 1, 1, 0), "丙")
    else:  # who is changed all the time is named as a bad row
        assert (counts, imported.bad, customer.name) == ((2, 0, 1, 1), [(2, "external_id")], "甲")


async def test_an_import_in_a_process_of_its_own(
    store_url: str, database: Database, directory: DirectoryRepository, tmp_path: Path
) -> None:
    jobs = JobRepository(database)
    changes: list[str] = []
    processes = ImportProcesses(
        jobs, SystemClock(), store_url=store_url, on_change=lambda: changes.append("x")
    )
    good, bad = tmp_path / "good.csv", tmp_path / "bad.csv"
    good.write_text("external_id,name,owner\n1,a,M1\n2,b,M9\n")
    bad.write_text("what,is,this\n")
    for job_id, file in (("job_good", good), ("job_bad", bad)):
        await jobs.create(Job(job_id, "customers", "key_1", NOW))
        await processes.start(job_id, "customers", file, dry_run=False)
    await processes.start("job_none", "customers", bad, dry_run=False)
    with pytest.raises(InvalidError):
        await processes.start("job_bad", "wishes", bad, dry_run=False)
    assert processes.waiting == 3
    await processes.join()
    done, failed = await jobs.get("job_good"), await jobs.get("job_bad")
    assert done is not None
    assert failed is not None
    assert (done.state, done.rows_read, done.rows_written, done.rows_bad) == (
        JobState.COMPLETED,
        2,
        1,
        1,
    )
    assert done.finished_at is not None
    problems = (await jobs.problems("job_good")).items
    assert problems == [RowProblem(3, "owner", "no such manager", "not-found")]
    assert failed.state is JobState.FAILED
    assert "required" in (failed.failure or "")
    assert failed.fault is not None
    assert (failed.fault.field, failed.fault.kind) == ("external_id", "missing")
    assert changes == ["x", "x", "x"]
    assert not good.exists()


async def test_what_a_killed_node_left_is_cleared_up(
    store_url: str, database: Database, tmp_path: Path
) -> None:
    jobs = JobRepository(database)
    states = {
        "queued": JobState.QUEUED,
        "running": JobState.RUNNING,
        "goes-on": JobState.RUNNING,
        "completed": JobState.COMPLETED,
    }
    for name, state in states.items():
        await jobs.create(Job(name, "customers", "key_1", NOW, state))
    for name in (*states, "uploading"):
        (tmp_path / f"{name}{SUFFIX}").touch()
    processes = ImportProcesses(jobs, SystemClock(), store_url=store_url)
    with holding(tmp_path / f"goes-on{SUFFIX}"):
        await processes.clear_up(tmp_path)
    found = {name: job.state for name in states if (job := await jobs.get(name)) is not None}
    killed = await jobs.get("queued")
    assert killed is not None
    assert killed.fault == FieldFault(OF_FILE, str(killed.failure), "interrupted")
    failed = {"queued": JobState.FAILED, "running": JobState.FAILED}
    assert found == states | failed
    left = await asyncio.to_thread(left_in, tmp_path)
    assert left == [tmp_path / f"goes-on{SUFFIX}"], "and it is held no more"
    await processes.clear_up(tmp_path / "none")


@pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)
def test_who_writes_is_as_nice_as_a_node(store_url: str) -> None:
    def niceness(_connection: object = None) -> int:
        return os.getpriority(os.PRIO_PROCESS, threading.get_native_id())

    async def give_way_and_look() -> tuple[int, int]:
        database = await Database.open(store_url)
        try:
            await give_way(database)
            return niceness(), await database.do_write(niceness)
        finally:
            await database.close()

    # In a thread of its own: niceness is never given back.
    with ThreadPoolExecutor(1) as threads:
        reading, writing = threads.submit(lambda: asyncio.run(give_way_and_look())).result()
    assert (reading, writing) == (niceness() + NICENESS, niceness())


async def test_a_stopped_node_fails_its_imports(
    store_url: str, database: Database, tmp_path: Path
) -> None:
    jobs = JobRepository(database)
    processes = ImportProcesses(jobs, SystemClock(), store_url=store_url)
    file = tmp_path / "rows.csv"
    file.write_text("external_id,name\n")
    for number in range(20):
        await jobs.create(Job(f"job_{number}", "groups", "key_1", NOW))
        await processes.start(f"job_{number}", "groups", file, dry_run=False)
    with pytest.raises(StartError):
        await processes.start("job_20", "groups", file, dry_run=False)
    await processes.stop()
    last = await jobs.get("job_19")
    assert last is not None
    assert last.state is JobState.FAILED
    assert processes.waiting == 0


async def test_a_dry_run_counts_what_would_be_new_changed_unchanged_and_bad(
    imported: Import, directory: DirectoryRepository
) -> None:
    first = "id,name,group\n1,a,G1\n2,b,G1\n"
    await imported(ImportKind.CUSTOMERS, first)
    # The fifth row names the fourth's customer again, in another chunk or not.
    text = "id,name,group\n1,a,G1\n2,B,G1\n3,c,nowhere\n4,d,G1\n4,e,G1\n5,f,G1\n"
    imported.path.write_text(text)
    for dry_run in (True, False):
        counts = await imported.importer.run(ImportKind.CUSTOMERS, imported.path, dry_run=dry_run)
        assert (counts.rows_read, counts.rows_bad, counts.rows_unchanged) == (6, 1, 1)
        assert (counts.rows_written, counts.rows_new) == (4, 2)
        changed = await directory.customers.get_by_external_id("2")
        assert changed is not None
        assert changed.name == ("b" if dry_run else "B")
    again = await imported.importer.run(ImportKind.CUSTOMERS, imported.path)
    # Named twice, the fourth becomes what it was and what it is: both rows change it.
    assert (again.rows_new, again.rows_unchanged, again.rows_bad) == (0, 3, 1)


async def test_all_that_is_new_has_a_column(
    directory: DirectoryRepository, imported: Import
) -> None:
    groups = "编号,名称,营业时间,免打扰时段\nA,甲,周一至周五 9-18,21:00-08:00\nB,乙,often,\n"
    assert await imported(ImportKind.GROUPS, groups) == (2, 1, 0, 1)
    assert imported.bad == [(3, "hours")]
    group = await directory.groups.get_by_external_id("A")
    assert group is not None
    assert (group.hours, group.quiet_hours) == ("周一至周五 9-18", "21:00-08:00")
    managers = "编号,姓名,组,状态,休假至,技能\nM9,钱,A,休假,2026-11-22,宽带;英语\nM8,孙,A,,soon,\n"
    assert await imported(ImportKind.MANAGERS, managers) == (2, 1, 0, 1)
    assert imported.bad == [(3, "away_until")]
    manager = await directory.managers.get_by_external_id("M9")
    assert manager is not None
    assert manager.skills == ["宽带", "英语"]
    assert manager.away_until == datetime(2026, 11, 21, 16, tzinfo=UTC)
    customers = (
        "编号,名称,组,拨号代码,勿扰,勿扰日期\nC1,周,A,0417,来函要求,2026/1/5\nC2,吴,A,0417,,\n"
    )
    assert await imported(ImportKind.CUSTOMERS, customers) == (2, 1, 0, 1)
    assert imported.bad == [(3, "code")]
    customer = await directory.customers.get_by_external_id("C1")
    assert customer is not None
    assert customer.code == "0417"
    assert customer.do_not_call == DoNotCall("来函要求", datetime(2026, 1, 4, 16, tzinfo=UTC))
    assert await imported(ImportKind.CUSTOMERS, customers) == (2, 0, 1, 1)


async def test_what_a_hotline_does_with_callers_has_columns(
    directory: DirectoryRepository, imported: Import
) -> None:
    head = "号码,组,外显号码,振铃方式,最近联系天数,组内分配,排队,最长等待秒数,留言,来电播报\n"
    text = head + "10086,G1,4008123456,同时,7,轮流,是,120,是,是\n"
    assert await imported(ImportKind.HOTLINES, text) == (1, 1, 0, 0)
    hotline = await directory.hotlines.get_by_number("10086")
    assert hotline is not None
    assert hotline.shown == "+864008123456"
    assert hotline.routing == Routing(
        ring=RingOrder.AT_ONCE,
        recent_days=7,
        group=GroupRouting(GroupStrategy.ROUND_ROBIN),
        queue=QueueRouting(max_wait_s=120),
        voicemail=VoicemailRouting(),
        tell_manager=True,
    )
    assert await imported(ImportKind.HOTLINES, text) == (1, 0, 1, 0)
    assert await imported(ImportKind.HOTLINES, "号码,组,名称\n10086,G1,主\n") == (1, 1, 0, 0)
    renamed = await directory.hotlines.get_by_number("10086")
    assert renamed is not None
    assert renamed.routing == hotline.routing
    assert await imported(ImportKind.HOTLINES, head + "10086,G1,,,,,,,,\n") == (1, 1, 0, 0)
    cleared = await directory.hotlines.get_by_number("10086")
    assert cleared is not None
    assert cleared.display_number is None
    # What has no empty form stays: how telephones ring, and whether managers are told.
    assert cleared.routing == Routing(ring=RingOrder.AT_ONCE, tell_manager=True)
    bad = head + "10086,G1,,,long,,,,,\n10086,G1,,,,每人,,,,\n10086,G1,,,,,也许,,,\n"
    await imported(ImportKind.HOTLINES, bad)
    assert imported.bad == [(2, "recent_days"), (3, "group_strategy"), (4, "queue")]


async def test_mappings_are_kept_by_kind(database: Database) -> None:
    mappings = ImportMappingRepository(database)
    assert await mappings.get("customers") == ImportMapping("customers")
    for mapping in ({"联系方式": "numbers"}, {"备注": ""}):
        kept = await mappings.put("customers", mapping, by="key_1", at=NOW)
        assert kept == ImportMapping("customers", mapping, NOW, "key_1")
        assert await mappings.get("customers") == kept
    assert (await mappings.get("managers")).mapping == {}
