"""Starts imports from a node: each in a process of its own, one after the other."""

from __future__ import annotations

import asyncio
import logging
import sys
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from pathlib import Path
from typing import Final

import msgspec

from voicegw.clock import Clock
from voicegw.directory.import_columns import ImportKind
from voicegw.directory.import_hold import SUFFIX, left_in
from voicegw.directory.import_job import ImportOrder, interrupted
from voicegw.directory.import_reach import EVERYTHING, ImportReach
from voicegw.errors import InvalidError, Problem, StartError, VoicegwError
from voicegw.field_faults import FieldFault
from voicegw.model.introduction import Introduction
from voicegw.store.jobs import OF_FILE, JobRepository, JobState

_logger = logging.getLogger(__name__)

MAX_WAITING = 20
#: What takes in files that are not of the directory itself: programs of upper layers.
_PROGRAMS: Final[Mapping[ImportKind, str]] = {ImportKind.TASKS: "voicegw.tasks.import_job"}


class ImportProcesses:
    """Runs the imports that the API takes in. The files are removed when their import is over."""

    def __init__(
        self,
        jobs: JobRepository,
        clock: Clock,
        *,
        store_url: str,
        region: str = "CN",
        holidays: Iterable[date] = (),
        worked: Iterable[date] = (),
        on_change: Callable[[], None] = lambda: None,
    ) -> None:
        """Import into the store at `store_url`; `on_change` is called after each import.

        `holidays` and `worked` are the operator's own days of the calendar.
        """
        self._jobs = jobs
        self._clock = clock
        self._store_url = store_url
        self._region = region
        self._days = tuple(holidays), tuple(worked)
        self._on_change = on_change
        self._turn = asyncio.Lock()
        self._tasks: dict[asyncio.Task[None], ImportOrder] = {}

    async def start(
        self,
        job_id: str,
        kind: str,
        file: Path,
        *,
        dry_run: bool,
        role: str = "",
        mapping: Mapping[str, str] | None = None,
        introduction: Introduction | None = None,
        reach: ImportReach = EVERYTHING,
    ) -> None:
        """Have `file` imported for the job `job_id`, after those that wait already.

        `role` is that of the job's principal, `mapping` says what titles of columns mean,
        `introduction` how new owners get known to their customers, `reach` what rows may name.
        Returns at once; the job's record tells how it goes. Raises InvalidError for an unknown
        `kind`, StartError when too many imports wait.
        """
        if kind not in list(ImportKind):
            raise InvalidError(
                "kind",
                f"must be one of {', '.join(ImportKind)}",
                kind="not-one-of",
                allowed=", ".join(ImportKind),
            )
        if len(self._tasks) >= MAX_WAITING:
            mend = "try again when some of them are done"
            raise StartError(Problem("imports", f"{MAX_WAITING} imports wait already", mend))
        order = ImportOrder(
            store_url=self._store_url,
            job_id=job_id,
            kind=ImportKind(kind),
            file=str(file),
            dry_run=dry_run,
            region=self._region,
            role=role,
            mapping=dict(mapping or {}),
            introduction=introduction,
            reach=reach,
            holidays=self._days[0],
            worked=self._days[1],
        )
        task = asyncio.create_task(self._run(order), name=f"import-{job_id}")
        self._tasks[task] = order
        task.add_done_callback(self._tasks.pop)

    async def clear_up(self, folder: Path) -> None:
        """End what a killed node has left in `folder`: its jobs have failed, its files go.

        A process that has outlived its node goes on. What can't be recorded now, because the store
        is away, is left for the next start.
        """
        for file in await asyncio.to_thread(left_in, folder):
            job_id = file.name.removesuffix(SUFFIX)
            fault = interrupted("the node was killed; repeat the import")
            if not await self._fail(job_id, fault):
                return
            _remove(file)

    @property
    def waiting(self) -> int:
        """How many imports run or wait."""
        return len(self._tasks)

    async def join(self) -> None:
        """Wait until no import runs or waits."""
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def stop(self) -> None:
        """End what runs and drop what waits; their jobs are marked as failed."""
        orders = dict(self._tasks)
        for task in orders:
            task.cancel()
        await asyncio.gather(*orders, return_exceptions=True)
        # Here and not in the tasks: one that is cancelled before its first step never runs.
        for task, order in orders.items():
            if task.cancelled():
                _remove(Path(order.file))
                fault = interrupted("the node was stopped; repeat the import")
                await self._fail(order.job_id, fault)

    async def _run(self, order: ImportOrder) -> None:
        async with self._turn:
            fault = await self._process(order)
        if fault is not None:
            await self._fail(order.job_id, fault)
        _remove(Path(order.file))
        self._on_change()

    async def _process(self, order: ImportOrder) -> FieldFault | None:
        """Run the process; return why it failed to bring its job to an end, or None."""
        program = _PROGRAMS.get(order.kind, "voicegw.directory.import_job")
        try:
            process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                program,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.DEVNULL,
                stderr=asyncio.subprocess.PIPE,
            )
        except OSError as error:
            why = f"no process could be started ({error.strerror})"
            return FieldFault(OF_FILE, why, "program-failed", {"program": program})
        _logger.info("import started", extra={"job_id": order.job_id, "pid": process.pid})
        try:
            _, said = await process.communicate(msgspec.json.encode(order))
        except asyncio.CancelledError:
            if process.returncode is None:
                process.terminate()
                await process.wait()
            raise
        _logger.info(
            "import ended", extra={"job_id": order.job_id, "exit_code": process.returncode}
        )
        if process.returncode == 0:
            return None
        last_line = said.decode(errors="replace").strip().rpartition("\n")[2]
        code = process.returncode or 0
        why = last_line or f"the import's process ended with code {code}"
        return FieldFault(OF_FILE, why, "program-failed", {"code": code, "program": program})

    async def _fail(self, job_id: str, fault: FieldFault) -> bool:
        """Record why a job failed; False when the store can't be used."""
        try:
            job = await self._jobs.get(job_id)
            if job is None or job.state in (JobState.COMPLETED, JobState.FAILED):
                return True
            job.give_up(fault, self._clock.now())
            await self._jobs.update(job)
        except VoicegwError as error:
            _logger.warning(
                "failed import not recorded", extra={"job_id": job_id, "slug": error.slug}
            )
            return False
        return True


def _remove(file: Path) -> None:
    try:
        file.unlink(missing_ok=True)
    except OSError as error:
        _logger.warning("imported file stays", extra={"reason": error.strerror})
