"""How long an import of customers takes, what memory it needs, and how long others wait meanwhile.

    python bench/imports.py [--customers N] [--only csv|xlsx] [--store URL]

Writes a file of each kind with groups, owners, two numbers each and an own column, imports it into
a fresh SQLite store (or the empty, migrated store at URL) by the process that nodes use, and then
once more, when nothing has changed. Meanwhile calls are written as a node writes them, 50 times a
second. Exit code 1 when the first import takes 60 s or more, its process more than 512 MiB, or a
write of a call waits for over 200 ms.
"""

from __future__ import annotations

import argparse
import asyncio
import csv
import re
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import msgspec
from openpyxl import Workbook

from voicegw.directory.import_columns import ImportKind
from voicegw.directory.import_job import ImportOrder
from voicegw.journal.entries import CallChanged
from voicegw.model.call import Call, CallStatus, Direction
from voicegw.model.directory import Group, Manager
from voicegw.model.ids import IdKind, new_id
from voicegw.store.batch import BatchWriter
from voicegw.store.database import Database, migrate
from voicegw.store.directory import DirectoryRepository
from voicegw.store.jobs import Job, JobRepository, JobState

TARGET_S: Final = 60.0
TARGET_MIB: Final = 512
TARGET_WAIT_MS: Final = 200.0
_MANAGERS: Final = 500
_GROUPS: Final = 20
_WRITES_PER_S: Final = 50
_TITLES: Final = ("客户编号", "客户名称", "电话", "所属组", "客户经理", "客户类别", "地址")


def _rows(count: int) -> Iterator[tuple[str | int, ...]]:
    for number in range(count):
        yield (
            f"C{number:07}",
            f"客户{number}",
            f"1{3_000_000_000 + number};1{5_000_000_000 + number}",
            f"G{number % _GROUPS}",
            f"M{number % _MANAGERS}",
            "金卡" if number % 3 else "",
            f"人民路{number}号",
        )


def _write_csv(path: Path, count: int) -> None:
    with path.open("w", encoding="gb18030", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(_TITLES)
        writer.writerows(_rows(count))


def _write_xlsx(path: Path, count: int) -> None:
    workbook = Workbook(write_only=True)
    sheet = workbook.create_sheet()
    sheet.append(list(_TITLES))
    for row in _rows(count):
        sheet.append(list(row))
    workbook.save(path)


@dataclass(slots=True)
class _Writes:
    """Calls written while an import runs, and the seconds that each took."""

    database: Database
    took_s: list[float] = field(default_factory=list)

    async def go_on(self) -> None:
        """Write until cancelled."""
        batch = BatchWriter(self.database, "bench")
        position = await batch.position()
        while True:
            began = time.perf_counter()
            position += 1
            call = Call(
                id=new_id(IdKind.CALL),
                direction=Direction.INBOUND,
                status=CallStatus.RINGING,
                node="bench",
                created_at=datetime.now(UTC),
                customer_number="+8613800138000",
            )
            await batch.apply_entries([CallChanged(call)], position)
            self.took_s.append(time.perf_counter() - began)
            await asyncio.sleep(max(0.0, began + 1 / _WRITES_PER_S - time.perf_counter()))


@dataclass(frozen=True, slots=True)
class _Result:
    took_s: float
    peak_mib: float
    longest_wait_ms: float
    p99_wait_ms: float
    job: Job


async def _import(database: Database, url: str, path: Path) -> _Result:
    jobs = JobRepository(database)
    job = Job(new_id(IdKind.JOB), "customers", "bench", datetime.now(UTC))
    await jobs.create(job)
    order = ImportOrder(url, job.id, ImportKind.CUSTOMERS, str(path), dry_run=False, region="CN")
    writes = _Writes(database)
    writing = asyncio.create_task(writes.go_on())
    began = time.perf_counter()
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "voicegw.directory.import_job",
        stdin=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    watching = asyncio.create_task(_peak_mib(process.pid))
    _, said = await process.communicate(msgspec.json.encode(order))
    took_s = time.perf_counter() - began
    writing.cancel()
    await asyncio.gather(writing, return_exceptions=True)
    found = await jobs.get(job.id)
    if process.returncode or found is None or found.state is not JobState.COMPLETED:
        raise SystemExit(f"the import failed: {said.decode()} {found and found.failure}")
    waits = sorted(writes.took_s)
    return _Result(
        took_s, await watching, waits[-1] * 1000, waits[len(waits) * 99 // 100] * 1000, found
    )


async def _peak_mib(pid: int) -> float:
    """Return the most memory that the process had, once it is gone."""
    peak_kib = 0
    status = Path(f"/proc/{pid}/status")
    while True:
        try:
            found = re.search(r"VmHWM:\s+(\d+)", await asyncio.to_thread(status.read_text))
        except OSError:
            found = None
        if found is None:
            return peak_kib / 1024
        peak_kib = int(found[1])
        await asyncio.sleep(0.1)


async def _fill(database: Database) -> None:
    """Make the groups and managers that the rows name."""
    directory = DirectoryRepository(database)
    groups = [
        Group(new_id(IdKind.GROUP), f"Group {n}", external_id=f"G{n}") for n in range(_GROUPS)
    ]
    for group in groups:
        await directory.groups.create(group)
    for number in range(_MANAGERS):
        manager = Manager(
            new_id(IdKind.MANAGER), f"Manager {number}", groups[number % _GROUPS].id,
            external_id=f"M{number}",
        )  # fmt: skip
        await directory.managers.create(manager)


async def _measure(kind: str, count: int, folder: Path, store: str | None) -> bool:
    """Print what the imports of one kind of file cost; return whether the targets are reached."""
    path = folder / f"customers.{kind}"
    await asyncio.to_thread(_write_csv if kind == "csv" else _write_xlsx, path, count)
    url = store or f"sqlite:///{folder}/{kind}.db"
    await migrate(url)
    database = await Database.open(url)
    try:
        await _fill(database)
        reached = True
        for what in ("new", "unchanged"):
            result = await _import(database, url, path)
            job = result.job
            print(
                f"{kind:5} {what:10} {count:>8} rows in {result.took_s:6.1f} s "
                f"({count / result.took_s:7.0f}/s), {result.peak_mib:4.0f} MiB; a call's write: "
                f"p99 {result.p99_wait_ms:5.1f} ms, longest {result.longest_wait_ms:5.1f} ms",
                flush=True,
            )
            expected = count if what == "new" else 0
            reached &= (job.rows_new, job.rows_bad) == (expected, 0)
            reached &= result.took_s < TARGET_S * max(1.0, count / 200_000)
            reached &= result.peak_mib <= TARGET_MIB and result.longest_wait_ms <= TARGET_WAIT_MS
    finally:
        await database.close()
    return reached


def main() -> int:
    """Measure and print; return 0 when the targets are reached, else 1."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--customers", type=int, default=200_000)
    parser.add_argument("--only", choices=["csv", "xlsx"])
    parser.add_argument("--store", help="URL of an empty store, for one kind of file")
    chosen = parser.parse_args()
    kinds = [chosen.only] if chosen.only else ["csv", "xlsx"]
    with tempfile.TemporaryDirectory() as folder:
        reached = [
            asyncio.run(_measure(kind, chosen.customers, Path(folder), chosen.store))
            for kind in kinds
        ]
    return 0 if all(reached) else 1


if __name__ == "__main__":
    sys.exit(main())
