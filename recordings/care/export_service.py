"""Makes the exports that the API takes in: one after the other, on the node that was asked.

The store is asked page by page in the node's loop; files are read, hashed and written in a thread.
An archive lies in the export folder under its id until its time is over. What a stopped node had
not finished is failed at its next start: whoever asked asks again.
"""

from __future__ import annotations

import asyncio
import errno
import logging
from collections import Counter
from collections.abc import AsyncIterator, Callable, Sequence
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any, Final, Protocol, TypeVar

from recordings.care.archive import Member
from recordings.care.evidence_files import OpensFiles
from recordings.storage.local import free_bytes
from voicegw.clock import Clock
from voicegw.errors import (
    NotFoundError,
    Problem,
    StartError,
    StoreUnavailableError,
    VoicegwError,
)
from voicegw.model.export import Export, ExportState
from voicegw.store.database import Database
from voicegw.store.exports import ExportRepository

logger = logging.getLogger(__name__)

MAX_WAITING: Final = 20

T = TypeVar("T")


class Writer(Protocol):
    """Writes one archive; `recordings.care.export.ExportWriter` is one. Its methods block."""

    def add(self, item: Any) -> object:
        """Add what the request's pages hold."""
        ...

    def finish(self) -> Member:
        """Close the archive and return its size and hash."""
        ...

    def abandon(self) -> None:
        """Remove everything that was written."""
        ...


class ArchiveRequest(Protocol):
    """An archive to be made: what is read for it, and what writes it."""

    @property
    def export(self) -> Export:
        """Its record."""
        ...

    def pages(self, database: Database, clock: Clock) -> AsyncIterator[Sequence[Any]]:
        """Yield what goes into it, page by page; what is given out is in the audit log by then.

        Raises StoreUnavailableError.
        """
        ...

    def writer(self, target: Path, files: OpensFiles) -> Writer:
        """Begin the archive at `target`, which must not be there yet. Blocks on the disk."""
        ...


async def write_archive(
    request: ArchiveRequest,
    target: Path,
    database: Database,
    files: OpensFiles,
    clock: Clock,
    *,
    on_page: Callable[[], object] = lambda: None,
    min_free_bytes: int = 0,
) -> Member:
    """Write the archive to `target`, which must not be there yet; return its size and hash.

    `on_page` is called after each page. Nothing is left when this raises: StoreUnavailableError,
    OSError when the disk takes no more, or less than `min_free_bytes` would be left for calls.
    """
    writer = await _in_thread(lambda: request.writer(target, files))
    try:
        async for page in request.pages(database, clock):
            for item in page:
                await _in_thread(partial(_add, writer, item, target.parent, min_free_bytes))
            on_page()
        return await _in_thread(writer.finish)
    except BaseException:
        await _in_thread(writer.abandon)
        raise


def _add(writer: Writer, item: object, folder: Path, min_free_bytes: int) -> None:
    # An archive can be asked for again; a call that is refused for want of room can't.
    if free_bytes(folder) < min_free_bytes:
        raise OSError(errno.ENOSPC, "the room that is left belongs to recordings")
    writer.add(item)


async def _in_thread(work: Callable[[], T]) -> T:
    """Do blocking `work` in a thread; when cancelled, only go on once it has ended."""
    doing = asyncio.ensure_future(asyncio.to_thread(work))
    try:
        return await asyncio.shield(doing)
    except asyncio.CancelledError:
        await asyncio.wait([doing])
        raise


class ExportService:
    """Runs the exports of one node."""

    def __init__(
        self,
        database: Database,
        files: OpensFiles,
        clock: Clock,
        *,
        node: str,
        folder: Path,
        keep_hours: int,
        min_free_bytes: int = 0,
    ) -> None:
        """Write archives into `folder`, where each is kept `keep_hours` hours.

        None is written where less than `min_free_bytes` are free.
        """
        self._exports = ExportRepository(database)
        self._database = database
        self._files = files
        self._clock = clock
        self._node = node
        self._folder = folder
        self._keep = timedelta(hours=keep_hours)
        self._min_free_bytes = min_free_bytes
        self._turn = asyncio.Lock()
        self._tasks: dict[asyncio.Task[None], Export] = {}
        self._unrecorded: list[Export] = []
        """Exports whose end the store has not taken yet."""
        self.ended: Counter[ExportState] = Counter()
        """How archives have ended since the start: completed or failed."""

    async def recover(self) -> None:
        """Fail what an earlier run left unfinished and remove its files."""
        for export in await self._exports.unfinished(self._node):
            await self._fail(export, "interrupted")
        await asyncio.to_thread(self._remove_parts)

    async def start(self, request: ArchiveRequest) -> None:
        """Write the export down and begin it, after those that wait already; return at once.

        Raises StartError when too many wait, StoreUnavailableError.
        """
        if len(self._tasks) >= MAX_WAITING:
            mend = "try again when some of them are done"
            raise StartError(Problem("exports", f"{MAX_WAITING} exports wait already", mend))
        await self._exports.create(request.export)
        task = asyncio.create_task(self._run(request), name=f"export-{request.export.id}")
        self._tasks[task] = request.export
        task.add_done_callback(self._tasks.pop)

    def path(self, export: Export) -> Path:
        """Return where the archive of `export` lies, there or not."""
        return self._folder / f"{export.id}.zip"

    @property
    def waiting(self) -> int:
        """How many archives are being made here, or wait for their turn."""
        return len(self._tasks)

    async def join(self) -> None:
        """Wait until none runs or waits."""
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def stop(self) -> None:
        """End what runs and drop what waits; both are failed."""
        left = dict(self._tasks)
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)
        for task, export in left.items():
            if task.cancelled():
                await self._fail(export, "interrupted")

    async def tidy(self) -> None:
        """Remove the archives whose time is over, and write down what the store did not take.

        Raises StoreUnavailableError: then call it again later.
        """
        while self._unrecorded:
            await self._record_end(self._unrecorded[0])
            del self._unrecorded[0]
        for export in await self._exports.expired(self._node, self._clock.now()):
            await asyncio.to_thread(self.path(export).unlink, missing_ok=True)
            export.state = ExportState.EXPIRED
            await self._record_end(export)

    async def _run(self, request: ArchiveRequest) -> None:
        async with self._turn:
            export = request.export
            try:
                await self._make(request)
            except (VoicegwError, OSError) as error:
                why = error.slug if isinstance(error, VoicegwError) else _disk(error)
                logger.warning("export failed", extra={"export": export.id, "why": why})
                await self._fail(export, why)
            except Exception:
                logger.exception("export failed", extra={"export": export.id})
                await self._fail(export, "internal-error")

    async def _make(self, request: ArchiveRequest) -> None:
        export = request.export
        export.state = ExportState.RUNNING
        await self._exports.update(export)
        progress = _Progress(self._exports, export)
        await asyncio.to_thread(self._folder.mkdir, mode=0o700, parents=True, exist_ok=True)
        try:
            made = await write_archive(
                request,
                self.path(export),
                self._database,
                self._files,
                self._clock,
                on_page=progress.tell,
                min_free_bytes=self._min_free_bytes,
            )
        finally:
            await progress.settle()
        export.state = ExportState.COMPLETED
        export.size_bytes, export.sha256 = made.size_bytes, made.sha256
        export.finished_at = self._clock.now()
        export.expires_at = export.finished_at + self._keep
        await self._exports.update(export)
        self.ended[export.state] += 1
        logger.info("export made", extra={"export": export.id, "recordings": export.recordings})

    async def _fail(self, export: Export, why: str) -> None:
        await asyncio.to_thread(self.path(export).unlink, missing_ok=True)
        export.state, export.failure = ExportState.FAILED, why
        self.ended[export.state] += 1
        export.finished_at = self._clock.now()
        try:
            await self._record_end(export)
        except StoreUnavailableError:
            # Written by `tidy`, or failed as unfinished at the next start.
            self._unrecorded.append(export)
            logger.info("failed export not recorded", extra={"export": export.id})

    async def _record_end(self, export: Export) -> None:
        """Write down that there is no archive (any more), if the export is still in the store.

        The program deletes no export; where somebody has, as by bringing back an older store,
        nobody asks for it, and its archive is removed by then: nothing is left to be done.
        Raises StoreUnavailableError.
        """
        try:
            await self._exports.update(export)
        except NotFoundError:
            logger.warning("export is not in the store any more", extra={"export": export.id})

    def _remove_parts(self) -> None:
        if self._folder.is_dir():
            for part in self._folder.glob("*.part"):
                part.unlink(missing_ok=True)


def _disk(error: OSError) -> str:
    return "disk-full" if error.errno in {errno.ENOSPC, errno.EDQUOT} else "disk-refused"


class _Progress:
    """Writes down how far an export is, one write at a time, and never waits for it."""

    def __init__(self, exports: ExportRepository, export: Export) -> None:
        self._exports = exports
        self._export = export
        self._task: asyncio.Task[None] | None = None

    def tell(self) -> None:
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._write())

    async def settle(self) -> None:
        if self._task is not None:
            await self._task

    async def _write(self) -> None:
        try:
            await self._exports.update(self._export)
        except (StoreUnavailableError, NotFoundError):
            # Whoever writes its end meets the same, and sees to it.
            logger.info("progress not recorded", extra={"export": self._export.id})
