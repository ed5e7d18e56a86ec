"""Takes the journal to the store: one task, in groups, for as long as it takes."""

from __future__ import annotations

import asyncio
import heapq
import logging
import os
import time
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from itertools import count

from voicegw import tracing
from voicegw.errors import StoreUnavailableError, VoicegwError
from voicegw.journal.entries import Entry
from voicegw.journal.journal import Journal
from voicegw.journal.segment import Line, decode_or_report
from voicegw.tracing import Span

_logger = logging.getLogger(__name__)

#: Writes the entries of lines, which end at the given position, in one transaction.
Apply = Callable[[Sequence[bytes], int], Awaitable[None]]

_FIRST_RETRY_S = 0.1
_LAST_RETRY_S = 5.0


class JournalWriter:
    """Appends to the journal and takes what was appended to the store.

    This is what running calls use as their journal: `append` never waits, `committed` does.
    """

    def __init__(
        self,
        journal: Journal,
        apply: Apply,
        *,
        on_availability: Callable[[bool], None] = lambda _available: None,
        group_interval_s: float = 0.01,
        gather_s: float = 0.05,
        group_entries: int = 500,
        max_pending: int = 10_000,
        commit_timeout_s: float = 2.0,
    ) -> None:
        """Write by `apply`, which raises StoreUnavailableError while the store is away.

        It reads the lines, off the event loop where it can; for a damaged one, and for what it
        will never take, it raises another VoicegwError and has written nothing of the group.
        A group costs much the same whatever its size, so one of up to `group_entries` is written
        every `gather_s` at most, or every `group_interval_s` while somebody urgently waits for it.
        The first entry after a pause does not wait. Beyond `max_pending` entries nothing more is
        kept in memory: the rest is read from the journal's files when its time has come.
        `on_availability` is told each time the store goes away or comes back.
        """
        self._journal = journal
        self._apply = apply
        self._on_availability = on_availability
        self._group_interval_s = group_interval_s
        self._gather_s = gather_s
        self._group_entries = group_entries
        self._max_pending = max_pending
        self._commit_timeout_s = commit_timeout_s
        self._pending: deque[Line] = deque()
        self._behind = False
        self._applied = journal.begin
        self._waiting: list[tuple[int, int, asyncio.Future[None], Span | None]] = []
        self._tickets = count()
        self._wake = asyncio.Event()
        self._hurry = asyncio.Event()
        self._stopping = False
        self._task: asyncio.Task[None] | None = None
        self._is_available = True
        self.rejected_entries = 0
        """How many entries the store would not take for what they are."""
        self.groups_written = 0
        """How many groups the store has taken."""
        self._on_commit: list[Callable[[], None]] = []
        self._mark: tuple[int, float] | None = None
        """A position that the store does not have yet, and since when it has waited."""

    def start(self, store_position: int | None = None) -> None:
        """Begin to write what the store does not have yet.

        `store_position` is up to where the store has this journal; None while it can't be asked,
        which replays all that is here. Replaying changes nothing that is in the store already.
        """
        if store_position is not None and self._journal.begin < store_position <= self._journal.end:
            self._applied = store_position
        # What was appended before is read from the files too: older entries come before it.
        self._pending.clear()
        self._behind = self._applied < self._journal.end
        self._note_progress()
        self._wake.set()
        self._task = asyncio.create_task(self._run(), name="journal-writer")

    async def stop(self, drain_s: float = 5.0) -> None:
        """Write what is left, for at most `drain_s`, and end. The files keep what remains."""
        self._stopping = True
        self._wake.set()
        self._hurry.set()
        if self._task is None:
            return
        _, unfinished = await asyncio.wait([self._task], timeout=drain_s)
        for task in unfinished:
            task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)
        self._task = None
        self._refuse_waiting()

    @property
    def available(self) -> bool:
        """Whether the store took the last group it was given."""
        return self._is_available

    @property
    def applied_position(self) -> int:
        """Up to where the journal is in the store."""
        return self._applied

    @property
    def backlog_bytes(self) -> int:
        """How much of the journal the store does not have yet."""
        return max(self._journal.end - self._applied, 0)

    def behind_s(self) -> float:
        """Return for how long the oldest entry has waited for the store, at least; 0: none has."""
        return 0.0 if self._mark is None else time.monotonic() - self._mark[1]

    def _note_progress(self) -> None:
        """Have what waits now marked, unless what is marked still waits."""
        if self.backlog_bytes == 0:
            self._mark = None
        elif self._mark is None or self._mark[0] <= self._applied:
            self._mark = (self._journal.end, time.monotonic())

    def on_commit(self, tell: Callable[[], None]) -> None:
        """Have `tell`, which must be quick, called after each group that the store has taken."""
        self._on_commit.append(tell)

    def append(self, entry: Entry) -> int:
        """Write one entry to the journal and return its position. Never waits for the store.

        Raises OSError when the disk refuses; then nothing was written.
        """
        line = self._journal.append_line(entry)
        if not self._behind:
            if len(self._pending) < self._max_pending:
                self._pending.append(line)
            else:
                self._behind = True
        self._note_progress()
        self._wake.set()
        return line.position

    async def committed(self, position: int, *, urgent: bool = True) -> None:
        """Wait until everything up to `position` is in the store.

        Who is not `urgent` waits for the next group without hastening it.

        Raises StoreUnavailableError when the store is away or does not take it in time; the entry
        stays in the journal and reaches the store later.
        """
        if position <= self._applied:
            return
        if not self._is_available:
            raise StoreUnavailableError("the store is away")
        future = asyncio.get_running_loop().create_future()
        with tracing.child("commit"):
            ticket = (position, next(self._tickets), future, tracing.current())
            heapq.heappush(self._waiting, ticket)
            if urgent:
                self._hurry.set()
            try:
                async with asyncio.timeout(self._commit_timeout_s):
                    await future
            except TimeoutError as error:
                raise StoreUnavailableError("the store did not take the call in time") from error

    async def _run(self) -> None:
        try:
            await self._write_all()
        except Exception:
            # A defect. The files keep everything; calls must not wait for a store nobody feeds.
            _logger.critical("journal writer failed", exc_info=True)
            self._set_available(False)
            raise

    async def _write_all(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            try:
                lines = self._next_group()
            except OSError as error:
                # No descriptor is left, or the disk is in trouble: the files will be there later.
                _logger.error("journal can't be read", extra={"reason": error.strerror})
                self._set_available(False)
                await asyncio.sleep(_LAST_RETRY_S)
                continue
            if lines:
                began = loop.time()
                await self._write_group(lines)
                await self._gather(began)
                continue
            if self._stopping:
                return
            self._wake.clear()
            await self._wake.wait()

    async def _gather(self, began: float) -> None:
        """Let entries gather after the group begun at `began`, unless one is waited for."""
        pause_s = began + self._group_interval_s - asyncio.get_running_loop().time()
        if pause_s > 0 and not self._stopping:
            await asyncio.sleep(pause_s)
        if not (self._behind or len(self._pending) >= self._group_entries):
            with suppress(TimeoutError):
                async with asyncio.timeout_at(began + self._gather_s):
                    await self._hurry.wait()
        if not self._stopping:
            self._hurry.clear()

    def _next_group(self) -> list[Line]:
        """Return the lines to write next; none when the store has everything. Raises OSError."""
        if self._pending:
            size = min(len(self._pending), self._group_entries)
            return [self._pending.popleft() for _ in range(size)]
        if not self._behind:
            return []
        lines = self._journal.read(self._applied, self._group_entries)
        if not lines:
            self._behind = False
        return lines

    async def _write_group(self, lines: Sequence[Line]) -> None:
        end = lines[-1].position
        waits = [one[3] for one in self._waiting if one[0] <= end and one[3] is not None]
        attributes: tracing.Attributes = {"voicegw.store.entries": len(lines)}
        with tracing.for_all(waits, "store transaction", attributes=attributes) as span:
            try:
                await self._apply_with_retries(lines, end)
            except VoicegwError as error:
                span.failed(error.slug)
                await self._write_singly(lines, end)
        self._applied = end
        self.groups_written += 1
        self._note_progress()
        self._journal.release(end)
        while self._waiting and self._waiting[0][0] <= end:
            future = heapq.heappop(self._waiting)[2]
            if not future.done():
                future.set_result(None)
        for tell in self._on_commit:
            tell()

    async def _write_singly(self, lines: Sequence[Line], end: int) -> None:
        """Write a group that the store refused entry by entry, setting aside what it won't take.

        One entry that no store can hold must not keep all later ones from it, nor a damaged line.
        """
        for line in lines:
            if decode_or_report(line) is None:
                continue
            try:
                await self._apply_with_retries([line], line.position)
            except VoicegwError as error:
                self.rejected_entries += 1
                self._set_aside(line)
                _logger.error(
                    "entry rejected by the store",
                    extra={"position": line.position, "slug": error.slug},
                )
        await self._apply_with_retries([], end)

    async def _apply_with_retries(self, lines: Sequence[Line], position: int) -> None:
        data = [line.data for line in lines]
        retry_s = _FIRST_RETRY_S
        while True:
            try:
                await self._apply(data, position)
            except StoreUnavailableError:
                self._set_available(False)
                await asyncio.sleep(retry_s)
                retry_s = min(retry_s * 2, _LAST_RETRY_S)
            else:
                self._set_available(True)
                return

    def store_answers(self, answers: bool) -> None:
        """Take the word of somebody who has just asked the store, when nothing is to be written."""
        if not answers:
            self._set_available(False)
        elif self.backlog_bytes == 0:
            self._set_available(True)

    def _set_available(self, available: bool) -> None:
        if available == self._is_available:
            return
        self._is_available = available
        if available:
            _logger.info("store is back", extra={"backlog_bytes": self.backlog_bytes})
        else:
            _logger.warning("store is away", extra={"backlog_bytes": self.backlog_bytes})
            self._refuse_waiting()
        self._on_availability(available)

    def _refuse_waiting(self) -> None:
        for _, _, future, _ in self._waiting:
            if not future.done():
                future.set_exception(StoreUnavailableError("the store is away"))
        self._waiting.clear()

    def _set_aside(self, line: Line) -> None:
        path = self._journal.directory / "rejected.jsonl"
        try:
            fd = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
            try:
                os.write(fd, line.data)
            finally:
                os.close(fd)
        except OSError as error:
            _logger.error("rejected entry not kept", extra={"reason": error.strerror})
