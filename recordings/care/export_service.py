"""Makes the exports that the API takes in: one after the other, on the node that was asked.

The store is asked page by page in the node's loop; files are read, hashed and written in a thread.
An archive lies in the export folder under its id until its time is over. What a stopped node had
not finished is failed at its next start: whoever asked asks again.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Final, Protocol, TypeVar

from recordings.care.archive import Member
from recordings.care.export import ExportWriter, OpensFiles
from voicegw.clock import Clock
from voicegw.errors import Problem, StartError, StoreUnavailableError, VoicegwError
from voicegw.model.audit import AuditAction, AuditEntry, SubjectKind
from voicegw.model.export import Export, ExportState
from voicegw.model.recording import Recording
from voicegw.store.audit import AuditLog
from voicegw.store.database import Database
from voicegw.store.evidence import Evidence, EvidenceReader
from voicegw.store.exports import ExportRepository
from voicegw.store.recordings import RecordingFilter, RecordingRepository
from voicegw.store.search import RecordingSearch

logger = logging.getLogger(__name__)

MAX_WAITING: Final = 20
PAGE: Final = 50

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class ExportRequest:
    """What is to be exported: what the filter, and the terms where there are any, leave."""

    export: Export
    wanted: RecordingFilter
    terms: Sequence[str] = ()


class Writer(Protocol):
    """Writes one archive; `recordings.care.export.ExportWriter` is one."""

    def add(self, evidence: Evidence) -> bool:
        """Add a recording; return whether nothing of it is missing."""
        ...

    def finish(self) -> Member:
        """Close the archive and return its size and hash."""
        ...

    def abandon(self) -> None:
        """Remove everything that was written."""
        ...


WriterFor = Callable[[Path, Export, OpensFiles], Writer]


class ExportSource:
    """Reads what an export asks for, page by page, and notes each recording in the audit log."""

    def __init__(self, database: Database) -> None:
        """Read from `database`, which the caller opens and closes."""
        self._recordings = RecordingRepository(database)
        self._search = RecordingSearch(database)
        self._evidence = EvidenceReader(database)
        self._audit = AuditLog(database)

    async def pages(
        self, request: ExportRequest, clock: Clock
    ) -> AsyncIterator[Sequence[Evidence]]:
        """Yield what is to be exported, newest first; each is noted before it is given out.

        Raises StoreUnavailableError.
        """
        cursor = None
        while True:
            recordings, cursor = await self._page(request, cursor)
            if recordings:
                export = request.export
                await self._audit.note(*[_entry(export, one, clock) for one in recordings])
                yield await self._evidence.of(recordings)
            if cursor is None:
                return

    async def _page(
        self, request: ExportRequest, cursor: str | None
    ) -> tuple[Sequence[Recording], str | None]:
        if request.terms:
            found = await self._search.find(
                request.terms, request.wanted, limit=PAGE, cursor=cursor
            )
            return [one.recording for one in found.items], found.next_cursor
        page = await self._recordings.list(request.wanted, limit=PAGE, cursor=cursor)
        return page.items, page.next_cursor


async def write_archive(
    request: ExportRequest,
    target: Path,
    source: ExportSource,
    files: OpensFiles,
    clock: Clock,
    *,
    writer_for: WriterFor = ExportWriter,
    on_page: Callable[[], object] = lambda: None,
) -> Member:
    """Write the archive to `target`, which must not be there yet; return its size and hash.

    `on_page` is called after each page. Nothing is left when this raises: StoreUnavailableError,
    OSError when the disk takes no more.
    """
    writer = await _in_thread(lambda: writer_for(target, request.export, files))
    try:
        async for page in source.pages(request, clock):
            for evidence in page:
                await _in_thread(partial(writer.add, evidence))
            on_page()
        return await _in_thread(writer.finish)
    except BaseException:
        await _in_thread(writer.abandon)
        raise


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
    ) -> None:
        """Write archives into `folder`, where each is kept `keep_hours` hours."""
        self._exports = ExportRepository(database)
        self._source = ExportSource(database)
        self._files = files
        self._clock = clock
        self._node = node
        self._folder = folder
        self._keep = timedelta(hours=keep_hours)
        self._turn = asyncio.Lock()
        self._tasks: dict[asyncio.Task[None], Export] = {}

    async def recover(self) -> None:
        """Fail what an earlier run left unfinished and remove its files."""
        for export in await self._exports.unfinished(self._node):
            await self._fail(export, "interrupted")
        await asyncio.to_thread(self._remove_parts)

    async def start(self, request: ExportRequest, writer_for: WriterFor = ExportWriter) -> None:
        """Write the export down and begin it, after those that wait already; return at once.

        Raises StartError when too many wait, StoreUnavailableError.
        """
        if len(self._tasks) >= MAX_WAITING:
            mend = "try again when some of them are done"
            raise StartError(Problem("exports", f"{MAX_WAITING} exports wait already", mend))
        await self._exports.create(request.export)
        task = asyncio.create_task(
            self._run(request, writer_for), name=f"export-{request.export.id}"
        )
        self._tasks[task] = request.export
        task.add_done_callback(self._tasks.pop)

    def path(self, export: Export) -> Path:
        """Return where the archive of `export` lies, there or not."""
        return self._folder / f"{export.id}.zip"

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

    async def remove_expired(self) -> None:
        """Remove the archives whose time is over."""
        for export in await self._exports.expired(self._node, self._clock.now()):
            await asyncio.to_thread(self.path(export).unlink, missing_ok=True)
            export.state = ExportState.EXPIRED
            await self._exports.update(export)

    async def _run(self, request: ExportRequest, writer_for: WriterFor) -> None:
        async with self._turn:
            export = request.export
            try:
                await self._make(request, writer_for)
            except (VoicegwError, OSError) as error:
                why = error.slug if isinstance(error, VoicegwError) else "disk-refused"
                logger.warning("export failed", extra={"export": export.id, "why": why})
                await self._fail(export, why)
            except Exception:
                logger.exception("export failed", extra={"export": export.id})
                await self._fail(export, "internal-error")

    async def _make(self, request: ExportRequest, writer_for: WriterFor) -> None:
        export = request.export
        export.state = ExportState.RUNNING
        await self._exports.update(export)
        progress = _Progress(self._exports, export)
        await asyncio.to_thread(self._folder.mkdir, mode=0o700, parents=True, exist_ok=True)
        try:
            made = await write_archive(
                request,
                self.path(export),
                self._source,
                self._files,
                self._clock,
                writer_for=writer_for,
                on_page=progress.tell,
            )
        finally:
            await progress.settle()
        export.state = ExportState.COMPLETED
        export.size_bytes, export.sha256 = made.size_bytes, made.sha256
        export.finished_at = self._clock.now()
        export.expires_at = export.finished_at + self._keep
        await self._exports.update(export)
        logger.info("export made", extra={"export": export.id, "recordings": export.recordings})

    async def _fail(self, export: Export, why: str) -> None:
        await asyncio.to_thread(self.path(export).unlink, missing_ok=True)
        export.state, export.failure = ExportState.FAILED, why
        export.finished_at = self._clock.now()
        try:
            await self._exports.update(export)
        except StoreUnavailableError:
            # Found unfinished at the next start, and failed then.
            logger.info("failed export not recorded", extra={"export": export.id})

    def _remove_parts(self) -> None:
        if self._folder.is_dir():
            for part in self._folder.glob("*.part"):
                part.unlink(missing_ok=True)


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
        except StoreUnavailableError:
            logger.info("progress not recorded", extra={"export": self._export.id})


def _entry(export: Export, recording: Recording, clock: Clock) -> AuditEntry:
    return AuditEntry(
        at=clock.now(),
        principal=export.created_by,
        role=export.role,
        action=AuditAction.EXPORTED,
        subject_kind=SubjectKind.RECORDING,
        subject=recording.id,
        group_id=recording.group_id,
        detail={"export": export.id, "redacted": export.redacted},
    )
