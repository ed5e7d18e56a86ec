"""The node's side of finishing: takes captures over, hands back recordings.

Order of use: `start`; `owed` and `discard`, then `recover`, once, before the first call; `submit`
for each ended call; `stop`. Everything is called in the node's loop.

`on_finished` is called in the node's loop with the recording in its final status, and must make it
durable (journal it) before it returns: only then is the spool deleted. When it raises OSError it is
called again later.

Finishing is done by processes of low priority. One that dies costs the file in hand one of three
attempts. A storage that is full or away costs none: the recording stays pending, its spool is kept,
and it is tried again until it succeeds.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any, Final

import msgspec

from recordings.finishing.finisher import (
    AbsentRecording,
    FailedRecording,
    FinishedRecording,
    FinishResult,
    PostponeCause,
    PostponedRecording,
    is_locked,
    still_written,
)
from recordings.finishing.finisher_client import FinisherProcess
from recordings.finishing.listening import ListenFormat
from recordings.finishing.owed import Owed, owed
from recordings.finishing.protocol import FinishRequest
from recordings.storage.free_space import ASK_EVERY_S, FreeSpace
from recordings.storage.local import LocalStorage, open_storage, room_of
from voicegw.clock import Clock, SystemClock
from voicegw.errors import (
    DamagedFileError,
    KeyMissingError,
    Problem,
    RecordingError,
    StartError,
)
from voicegw.keyring import open_key_ring
from voicegw.log_context import bind
from voicegw.media.spool import SpoolFormatError, SpoolReader
from voicegw.model.recording import (
    Recording,
    RecordingKind,
    RecordingStatus,
)

logger = logging.getLogger(__name__)

ALERT_DISK_FULL: Final = "recording-disk-full"
"""Raised while recordings can't be stored for want of room."""
ALERT_STORAGE: Final = "recording-storage-unavailable"
"""Raised while the storage refuses recordings for another reason."""
ALERT_HANGS: Final = "recording-folder-hangs"
"""Raised while a folder of spools or recordings does not answer how much room it has."""
ALERT_KEY: Final = "recording-key-missing"
"""Raised while a recording can't be made or read for want of its key."""
_ALERTS: Final = {
    PostponeCause.DISK_FULL: ALERT_DISK_FULL,
    PostponeCause.STORAGE: ALERT_STORAGE,
    PostponeCause.KEY: ALERT_KEY,
}

_DONE_WITH: Final = frozenset(
    {RecordingStatus.COMPLETED, RecordingStatus.ABSENT, RecordingStatus.DELETED}
)
"""Nobody needs the capture of such a recording. That of a deleted one may have come back: a disk
that loses power can forget that a file was removed, though the store knows it."""

_BASE_TIMEOUT_S: Final = 120.0
_FIRST_FIGURE_S: Final = 5.0
"""How long a start waits to hear how much room there is."""
_END_S: Final = 1.0
"""How long a finisher process may take to end once it was told to."""
_SLOWEST_BYTES_PER_S: Final = 100_000
"""Five times the rate at which a talk is captured: slower than this is stuck."""


@dataclass(frozen=True, slots=True)
class RecordingServiceOptions:
    """How recordings are made.

    `retry_s` doubles up to `retry_max_s` while the storage refuses; `stop` waits up to `stop_s` for
    the backlog. With a `key_file`, files are encrypted. `listening` is what is made beside each
    master.
    """

    spool_folder: Path
    storage_url: str
    node: str
    key_file: str = ""
    min_free_bytes: int = 2_000_000_000
    processes: int = 1
    attempts: int = 3
    retry_s: float = 1.0
    retry_max_s: float = 60.0
    stop_s: float = 10.0
    ask_free_every_s: float = ASK_EVERY_S
    listening: ListenFormat = ListenFormat.OPUS


@dataclass(slots=True)
class _Job:
    recording: Recording
    attempts: int = 0
    delay_s: float = 0.0


class RecordingService:
    """Makes recordings from the captures of ended calls."""

    def __init__(
        self,
        options: RecordingServiceOptions,
        on_finished: Callable[[Recording], None],
        *,
        on_alert: Callable[[str, bool], None] = lambda _slug, _raised: None,
        clock: Clock | None = None,
    ) -> None:
        """Take where things lie and whom to tell; `on_alert` gets a slug and whether it is raised.

        Raises ConfigError when the storage's URL or the file of keys can't be used.
        """
        keys = open_key_ring(options.key_file)
        self.storage: LocalStorage = open_storage(options.storage_url, keys)
        self._options = options
        self._on_finished = on_finished
        self._on_alert = on_alert
        self._clock = clock or SystemClock()
        self._queue: asyncio.Queue[_Job] = asyncio.Queue()
        self._pending: set[str] = set()
        self._idle = asyncio.Event()
        self._idle.set()
        self._tasks: list[asyncio.Task[None]] = []
        self._finishers: list[FinisherProcess] = []
        self._retries: set[asyncio.TimerHandle] = set()
        self._alerted: str | None = None
        self._total_bytes = 0
        self._free = FreeSpace(self._ask_free_bytes, every_s=options.ask_free_every_s)

    async def start(self) -> None:
        """Make the folders and begin. Raises StartError when a folder can't be used."""
        for folder in (self._options.spool_folder, self.storage.root):
            try:
                folder.mkdir(parents=True, exist_ok=True)
            except OSError as error:
                raise StartError(
                    Problem(
                        str(folder),
                        f"can't be used for recordings: {error.strerror}",
                        "create it and make it writable, or set another one",
                    )
                ) from error
        self._free.start()
        await asyncio.to_thread(self._free.wait_for_first, _FIRST_FIGURE_S)
        self._tasks = [
            asyncio.create_task(self._work(), name=f"finisher-{number}")
            for number in range(self._options.processes)
        ]
        self._tasks.append(asyncio.create_task(self._watch_folders(), name="recording-folders"))

    async def stop(self) -> None:
        """Finish what can be finished within `stop_s`, and end the processes.

        What is left stays in its spool and is found again by `recover` at the next start.
        """
        if self._tasks and self._alerted is None:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self._options.stop_s):
                    await self._idle.wait()
        self._free.stop()
        for retry in self._retries:
            retry.cancel()
        self._retries.clear()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks = []
        self._finishers = []

    def submit(self, recording: Recording) -> None:
        """Have the recording made; a repeated submission of a pending one changes nothing."""
        if recording.id in self._pending:
            return
        self._pending.add(recording.id)
        self._idle.clear()
        self._queue.put_nowait(_Job(recording))

    def backlog(self) -> int:
        """Return how many recordings are not finished yet."""
        return len(self._pending)

    def ready(self) -> bool:
        """Whether there is room to record: both folders had `min_free_bytes` left when last asked.

        Never waits for a disk; one that does not answer keeps its last figure, and is told of.
        """
        return self.free_bytes() >= self._options.min_free_bytes

    def pids(self) -> list[int]:
        """Return the ids of the running finisher processes; they start with their first job."""
        return [finisher.pid for finisher in self._finishers if finisher.pid is not None]

    def free_bytes(self) -> int:
        """Return how much room was left where it is scarcest; 0 when that could not be told."""
        return self._free.bytes

    def total_bytes(self) -> int:
        """Return how large the file system is on which the least room is left; 0: not told yet."""
        return self._total_bytes

    def _ask_free_bytes(self) -> int:
        free, total = min(room_of(self._options.spool_folder), room_of(self.storage.root))
        # Written by the thread that asks, read by the loop.
        self._total_bytes = total
        return free

    async def _watch_folders(self) -> None:
        """Tell when a folder does not answer, and when it does again."""
        hangs = False
        while True:
            await asyncio.sleep(self._options.ask_free_every_s)
            if self._free.is_stale is not hangs:
                hangs = not hangs
                self._on_alert(ALERT_HANGS, hangs)

    def left_behind(self) -> list[Recording]:
        """Return the recordings of this node that the spools in the folder tell of.

        They come from the headers alone, as pending. Spools of other nodes and files that are no
        spools are passed over. Before the first call begins, these are what an earlier run left.
        """
        found = (self._from_spool(spool) for spool in sorted(self._options.spool_folder.iterdir()))
        return [recording for recording in found if recording is not None]

    def recover(self, known: Mapping[str, Recording]) -> list[Recording]:
        """Submit what an earlier run left unfinished; return the recordings not in `known`.

        Call it before the first call begins. `known` holds, by id, what journal or store say of the
        recordings of `left_behind`, and all that are still pending. The pending ones are submitted,
        with a spool or without: one that was finished just before the crash is recognised. Spools
        of finished and deleted ones are deleted, those of failed ones kept. The unknown ones are
        submitted too; the caller writes them down.
        """
        unknown: list[Recording] = []
        for recording in self.left_behind():
            before = known.get(recording.id)
            if before is None:
                unknown.append(recording)
                self.submit(recording)
            elif before.status in _DONE_WITH:
                self._delete(self._spool(recording), recording.id)
        for recording in known.values():
            if recording.status is RecordingStatus.PENDING:
                self.submit(recording)
        logger.info(
            "recordings recovered",
            extra={"submitted": len(self._pending), "unknown": len(unknown)},
        )
        return unknown

    def owed(self, recording: Recording) -> Owed | None:
        """Return how the capture of a recording of `left_behind` is owed; None: to nobody.

        It is read to its end, and a worker that still writes it is waited for: call it in a thread.
        Raises RecordingError when it can't be told.
        """
        spool = SpoolReader(self._spool(recording), self.storage.keys)
        try:
            if is_locked(spool.path) and still_written(spool):
                raise RecordingError("it is still being written")
        except (OSError, DamagedFileError) as error:
            raise RecordingError(f"it can't be read: {error}") from error
        return owed(spool)

    def discard(self, recording: Recording) -> None:
        """Delete what was captured for a recording of `left_behind` that nobody is owed."""
        self._delete(self._spool(recording), recording.id)
        logger.info(
            "capture owed to nobody deleted",
            extra={"recording_id": recording.id, "call_id": recording.call_id},
        )

    def _from_spool(self, spool: Path) -> Recording | None:
        if not spool.is_file():
            return None
        try:
            recording = recording_from_header(
                SpoolReader(spool, self.storage.keys).header(), spool.name
            )
        except KeyMissingError as error:
            # What the store knows as pending is submitted without this, and put off by its key.
            logger.error("spool without its key", extra={"file": spool.name, "key": error.key_id})
            self._alert(ALERT_KEY)
            return None
        except (
            OSError,
            SpoolFormatError,
            DamagedFileError,
            msgspec.ValidationError,
        ) as error:
            logger.warning("no usable spool", extra={"file": spool.name, "why": str(error)})
            return None
        return recording if recording.node == self._options.node else None

    def _spool(self, recording: Recording) -> Path:
        return self._options.spool_folder / (recording.spool or f"{recording.id}.spool")

    async def _work(self) -> None:
        finisher = FinisherProcess(self._options.storage_url, self._options.key_file)
        self._finishers.append(finisher)
        try:
            while True:
                job = await self._queue.get()
                try:
                    ids = {"recording_id": job.recording.id, "call_id": job.recording.call_id}
                    with bind(**ids):
                        await self._handle(job, finisher)
                except Exception:
                    # One recording that trips over a defect must not keep the others from being
                    # made; it stays in the backlog, and its spool stays.
                    logger.exception("finishing raised", extra={"recording_id": job.recording.id})
                    self._requeue_later(job)
        finally:
            await finisher.end(_END_S)

    async def _handle(self, job: _Job, finisher: FinisherProcess) -> None:
        recording = job.recording
        spool = self._spool(recording)
        request = FinishRequest(str(spool.absolute()), recording, self._options.listening)
        try:
            result = await finisher.finish(request, _timeout_s(spool))
        except OSError as error:
            logger.warning("no finisher process", extra={"why": error.strerror})
            self._requeue_later(job)
            return
        if result is None:
            result = self._count_attempt(job, "finisher-crashed", "the finisher process died")
        elif isinstance(result, PostponedRecording) and result.cause is PostponeCause.FAULT:
            result = self._count_attempt(job, "finisher-error", result.detail)
        if isinstance(result, PostponedRecording):
            alert = _ALERTS.get(result.cause)
            if alert is not None:
                self._alert(alert)
            self._requeue_later(job)
            return
        if isinstance(result, FinishedRecording):
            # A file was written: there is room, and a storage that takes it.
            self._alert(None)
        self._conclude(job, spool, result)

    def _count_attempt(self, job: _Job, reason: str, detail: str) -> FinishResult:
        job.attempts += 1
        logger.warning(
            "finishing failed",
            extra={
                "recording_id": job.recording.id,
                "call_id": job.recording.call_id,
                "attempt": job.attempts,
                "why": detail,
            },
        )
        if job.attempts >= self._options.attempts:
            return FailedRecording(reason, detail)
        return PostponedRecording(detail, PostponeCause.FAULT)

    def _requeue_later(self, job: _Job) -> None:
        self._retry_later(partial(self._queue.put_nowait, job), job)

    def _retry_later(self, again: Callable[[], None], job: _Job) -> None:
        options = self._options
        job.delay_s = min(max(options.retry_s, job.delay_s * 2), options.retry_max_s)

        def run() -> None:
            self._retries.discard(handle)
            again()

        handle = asyncio.get_running_loop().call_later(job.delay_s, run)
        self._retries.add(handle)

    def _conclude(self, job: _Job, spool: Path, result: FinishResult) -> None:
        """Hand the result over; delete the spool once the caller has made it durable."""
        recording = self._concluded(job.recording, result)
        try:
            self._on_finished(recording)
        except OSError as error:
            logger.warning(
                "recording not journalled yet",
                extra={"recording_id": recording.id, "why": error.strerror},
            )
            self._retry_later(partial(self._conclude, job, spool, result), job)
            return
        self._pending.discard(recording.id)
        if not self._pending:
            self._idle.set()
        logger.info(
            "recording finished",
            extra={
                "recording_id": recording.id,
                "call_id": recording.call_id,
                "status": str(recording.status),
                "reason": recording.reason,
            },
        )
        if recording.status is not RecordingStatus.FAILED:
            self._delete(spool, recording.id)

    def _delete(self, spool: Path, recording_id: str) -> None:
        try:
            spool.unlink(missing_ok=True)
        except OSError as error:
            # Harmless: the next start finds it again beside its finished recording.
            logger.warning(
                "spool not deleted", extra={"recording_id": recording_id, "why": error.strerror}
            )

    def _concluded(self, pending: Recording, result: FinishResult) -> Recording:
        recording = msgspec.structs.replace(pending, completed_at=self._clock.now())
        match result:
            case FinishedRecording():
                recording.status = RecordingStatus.COMPLETED
                recording.path = result.master.key
                recording.duration_s = result.duration_s
                recording.channels = result.channels
                recording.sample_rate_hz = result.sample_rate_hz
                recording.size_bytes = result.master.plain_bytes
                recording.sha256 = result.master.sha256
                recording.started_at = result.started_at
                recording.marks = list(result.marks)
                recording.files = list(result.files)
                recording.reason = recording.reason or result.reason
                recording.spool = None
            case AbsentRecording(reason=reason):
                recording.status = RecordingStatus.ABSENT
                recording.reason = reason
                recording.spool = None
            case FailedRecording(reason=reason):
                recording.status = RecordingStatus.FAILED
                recording.reason = reason
        return recording

    def _alert(self, slug: str | None) -> None:
        """Raise the alert `slug` and clear another; None clears."""
        before, self._alerted = self._alerted, slug
        if before == slug:
            return
        if before is not None:
            self._on_alert(before, False)
        if slug is not None:
            self._on_alert(slug, True)


def recording_from_header(header: dict[str, Any], spool: str) -> Recording:
    """Return the pending recording that a spool's header tells of.

    Raises msgspec.ValidationError when the header lacks what is needed.
    """
    created_at = header.get("created_at")
    if isinstance(created_at, int | float):
        created_at = datetime.fromtimestamp(created_at, UTC).isoformat()
    return msgspec.convert(
        {
            "id": header.get("recording_id"),
            "call_id": header.get("call_id"),
            "kind": header.get("kind", RecordingKind.TALK),
            "status": RecordingStatus.PENDING,
            "node": header.get("node"),
            "created_at": created_at,
            "group_id": header.get("group_id"),
            "manager_id": header.get("manager_id"),
            "customer_id": header.get("customer_id"),
            "hotline_id": header.get("hotline_id"),
            "spool": spool,
        },
        Recording,
    )


def _timeout_s(spool: Path) -> float:
    try:
        return _BASE_TIMEOUT_S + spool.stat().st_size / _SLOWEST_BYTES_PER_S
    except OSError:
        return _BASE_TIMEOUT_S
