"""An import as a process of its own: `python -m voicegw.directory.import_job`.

The order comes as one JSON object on standard input, because a store's URL may hold a password and
command lines can be read by everyone. What happens goes to the job's record in the store. The exit
code is 0 when the job's record tells how it ended, well or not.
"""

from __future__ import annotations

import asyncio
import os
import resource
import sys
import time
from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path
from typing import Final, Protocol

import msgspec

from voicegw.clock import SystemClock
from voicegw.directory.import_columns import ImportKind
from voicegw.directory.import_hold import holding
from voicegw.directory.import_reach import EVERYTHING, ImportReach
from voicegw.directory.importer import DirectoryImporter, ImportCounts, OnProblem, OnProgress
from voicegw.errors import InvalidError, VoicegwError
from voicegw.field_faults import FieldFault
from voicegw.model.introduction import Introduction
from voicegw.store.database import Database
from voicegw.store.directory import DirectoryRepository
from voicegw.store.jobs import OF_FILE, Job, JobRepository, JobState, RowProblem

NICENESS: Final = 5
_MAX_MEMORY_BYTES: Final = 2 << 30
"""Of addresses. A file may unpack to far more than it holds; that must cost the import, and not
the machine that calls run on."""
_REPORT_EVERY_S = 1.0
_REPORT_PROBLEMS = 500


class ImportOrder(msgspec.Struct, frozen=True):
    """What to import: the file for the job that is in the store already."""

    store_url: str
    job_id: str
    kind: ImportKind
    file: str
    dry_run: bool
    region: str
    role: str = ""
    """What the job's principal was when it asked."""
    mapping: dict[str, str] = {}
    """What titles of columns mean, besides the known ones."""
    introduction: Introduction | None = None
    """How new owners get known to their customers; None: no tasks are made for that."""
    reach: ImportReach = EVERYTHING
    """What rows may name: tasks only are imported within some groups."""
    holidays: tuple[date, ...] = ()
    worked: tuple[date, ...] = ()
    """The operator's own days of the calendar."""


def interrupted(why: str) -> FieldFault:
    """Return that an import was ended for no fault of its file."""
    return FieldFault(OF_FILE, why, "interrupted")


class Importer(Protocol):
    """Imports a file: :class:`DirectoryImporter`, or that of tasks."""

    async def run(
        self,
        kind: ImportKind,
        path: Path,
        *,
        dry_run: bool = ...,
        mapping: Mapping[str, str] | None = ...,
        on_problem: OnProblem = ...,
        on_progress: OnProgress = ...,
    ) -> ImportCounts:
        """Import the file; see :meth:`DirectoryImporter.run`."""
        ...


MakeImporter = Callable[[Database, ImportOrder, str], Importer]
"""Makes an importer that writes in the name of a principal, its last argument."""


def directory_importer(database: Database, order: ImportOrder, by: str) -> Importer:
    """Return the importer of groups, hotlines, managers and customers."""
    return DirectoryImporter(
        DirectoryRepository(database),
        SystemClock(),
        by=by,
        role=order.role,
        region=order.region,
        introduction=order.introduction,
    )


async def carry_out(order: ImportOrder, make: MakeImporter = directory_importer) -> None:
    """Do the import and bring the job's record to its end.

    Raises StoreUnavailableError, StoreVersionError, and NotFoundError when there is no such job.
    """
    database = await Database.open(order.store_url)
    try:
        await give_way(database)
        jobs = JobRepository(database)
        job = await jobs.get(order.job_id)
        if job is None:
            raise InvalidError("job_id", "no such job", kind="not-found")
        with holding(Path(order.file)):
            await _Progress(jobs, job, make(database, order, job.created_by)).run(order)
    finally:
        await database.close()


async def give_way(database: Database) -> None:
    """Have this thread leave the processor to calls, and not the one that writes to SQLite.

    Whoever waits for a processor while holding the store's one write lock has calls wait, too. On
    Linux niceness is a thread's own, and inherited: so the writing one is begun before. Raises
    StoreUnavailableError.
    """
    await database.do_write(lambda _connection: None)
    os.nice(NICENESS)


class _Progress:
    """Runs an import and keeps the job's record up to date."""

    def __init__(self, jobs: JobRepository, job: Job, importer: Importer) -> None:
        self._jobs = jobs
        self._job = job
        self._importer = importer
        self._problems: list[RowProblem] = []
        self._counts = ImportCounts()

    async def run(self, order: ImportOrder) -> None:
        self._job.state = JobState.RUNNING
        await self._report()
        work = asyncio.create_task(
            self._importer.run(
                order.kind,
                Path(order.file),
                dry_run=order.dry_run,
                mapping=order.mapping,
                on_problem=self._problems.append,
                on_progress=self._note,
            )
        )
        while not (await asyncio.wait([work], timeout=_REPORT_EVERY_S))[0]:
            await self._report()
        try:
            self._counts = work.result()
            self._job.state = JobState.COMPLETED
            self._job.finished_at = SystemClock().now()
        except InvalidError as error:
            self._job.give_up(error.fault, SystemClock().now())
        except VoicegwError as error:
            self._job.give_up(interrupted(str(error)), SystemClock().now())
        await self._report()

    def _note(self, counts: ImportCounts) -> None:
        self._counts = counts

    async def _report(self) -> None:
        """Write counts and new bad rows, a bounded number of them in one transaction."""
        self._job.rows_read = self._counts.rows_read
        self._job.rows_written = self._counts.rows_written
        self._job.rows_new = self._counts.rows_new
        self._job.rows_unchanged = self._counts.rows_unchanged
        self._job.rows_bad = self._counts.rows_bad
        while True:
            problems, self._problems[:] = (
                self._problems[:_REPORT_PROBLEMS],
                self._problems[_REPORT_PROBLEMS:],
            )
            await self._jobs.update(self._job, problems)
            if not self._problems:
                return


def limit_memory() -> None:
    """Have this process fail with MemoryError before it takes what others need."""
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    most = _MAX_MEMORY_BYTES if hard == resource.RLIM_INFINITY else min(hard, _MAX_MEMORY_BYTES)
    resource.setrlimit(resource.RLIMIT_AS, (most, hard))


def main(make: MakeImporter = directory_importer) -> int:
    """Read the order from standard input and carry it out; return the exit code."""
    limit_memory()
    order = msgspec.json.decode(sys.stdin.buffer.read(), type=ImportOrder)
    began = time.monotonic()
    try:
        asyncio.run(carry_out(order, make))
    except VoicegwError as error:
        print(f"import failed: {error}", file=sys.stderr)
        return 1
    print(f"import done in {time.monotonic() - began:.1f} s", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
