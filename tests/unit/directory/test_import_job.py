"""An import as a process: the order comes in, the job's record tells the rest."""

from __future__ import annotations

import asyncio
import io
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path
from types import SimpleNamespace

import msgspec
import pytest

from tests.parts.empty_store import empty_store
from tests.unit.directory.conftest import NOW
from voicegw.directory import import_job
from voicegw.directory.import_columns import ImportKind
from voicegw.directory.import_job import ImportOrder, carry_out
from voicegw.errors import InvalidError, StoreVersionError
from voicegw.store.database import Database
from voicegw.store.jobs import Job, JobRepository, JobState

BAD_ROWS = 1200


@pytest.fixture(autouse=True)
def gave_way(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """Keep what the process does to itself from the process of the tests; count it."""
    found: Counter[str] = Counter()
    monkeypatch.setattr(os, "nice", lambda _more: found.update(["nice"]))
    monkeypatch.setattr(import_job, "limit_memory", lambda: found.update(["memory"]))
    return found


@pytest.fixture
def order(tmp_path: Path) -> ImportOrder:
    file = tmp_path / "groups.csv"
    rows = [f"{number},,\n" for number in range(BAD_ROWS)]
    file.write_text("external_id,name,area_code\nG1,City,571\n" + "".join(rows))
    url = f"sqlite:///{tmp_path}/voicegw.db"
    return ImportOrder(url, "job_1", ImportKind.GROUPS, str(file), dry_run=False, region="CN")


async def prepare(order: ImportOrder) -> None:
    empty_store(order.store_url)
    database = await Database.open(order.store_url)
    await JobRepository(database).create(Job("job_1", "groups", "key_1", NOW))
    await database.close()


async def job_of(order: ImportOrder) -> tuple[Job, int]:
    database = await Database.open(order.store_url)
    jobs = JobRepository(database)
    job = await jobs.get("job_1")
    assert job is not None
    problems = 0
    cursor = None
    while True:
        page = await jobs.problems("job_1", limit=200, cursor=cursor)
        problems += len(page.items)
        cursor = page.next_cursor
        if cursor is None:
            break
    await database.close()
    return job, problems


async def test_every_bad_row_is_kept(order: ImportOrder) -> None:
    await prepare(order)
    await carry_out(order)
    job, problems = await job_of(order)
    assert job.state is JobState.COMPLETED
    assert (job.rows_read, job.rows_written, job.rows_bad) == (BAD_ROWS + 1, 1, BAD_ROWS)
    assert problems == BAD_ROWS


async def test_a_file_of_no_use_fails_the_job(order: ImportOrder) -> None:
    await prepare(order)
    await carry_out(msgspec.structs.replace(order, file="/nowhere.csv"))
    job, _ = await job_of(order)
    assert (job.state, job.rows_read) == (JobState.FAILED, 0)
    assert job.failure is not None
    assert job.finished_at is not None


async def test_orders_that_cannot_be_carried_out(order: ImportOrder) -> None:
    with pytest.raises(StoreVersionError):
        await carry_out(order)
    await prepare(order)
    with pytest.raises(InvalidError):
        await carry_out(msgspec.structs.replace(order, job_id="job_9"))


def test_the_process(
    order: ImportOrder,
    gave_way: Counter[str],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    asyncio.run(prepare(order))

    def run(wanted: ImportOrder) -> int:
        stdin = SimpleNamespace(buffer=io.BytesIO(msgspec.json.encode(wanted)))
        monkeypatch.setattr(sys, "stdin", stdin)
        return import_job.main()

    assert run(order) == 0
    assert run(msgspec.structs.replace(order, job_id="job_9")) == 1
    assert "no such job" in capsys.readouterr().err
    assert gave_way == {"nice": 2, "memory": 2}


def test_a_process_that_takes_too_much_memory_fails_alone() -> None:
    """A workbook of some KiB may unpack to gigabytes: the machine carries calls, too."""
    script = (
        "from voicegw.directory.import_job import limit_memory\n"
        "limit_memory()\n"
        "try:\n    bytearray(3 << 30)\nexcept MemoryError:\n    print('refused')\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout == "refused\n"
