"""Transcribes what waits in the store: the node's part of speech recognition.

Completed recordings wait as work of the kind `transcribe`, with a transcript that says so. This
takes the oldest, has it recognised in a worker process, and writes the transcript, its event and
the work that follows (the check) in the transaction that concludes it. So each recording has one
transcript, whoever was killed meanwhile.

Nothing here fails for want of a model: recordings wait, `state` says what is missing and how to get
it, and work begins within seconds of its arrival.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Final, TypeAlias

from recordings.storage.files import RecordingFiles
from recordings.transcription.engine import EngineSpec, EngineUnusableError, SoundUnusableError
from recordings.transcription.models import ModelMissing
from recordings.transcription.pool import PoolRules, Recognition, TranscriptionPool
from recordings.transcription.spans import left_out
from recordings.work_loop import NotNowError, WorkLoop, WorkRules
from voicegw.clock import Clock
from voicegw.errors import (
    DamagedFileError,
    KeyMissingError,
    StorageUnavailableError,
    StoreUnavailableError,
)
from voicegw.events.factory import EventFactory
from voicegw.model.recording import FileKind, Recording, RecordingStatus
from voicegw.model.transcript import Transcript, TranscriptStatus
from voicegw.model.work import WorkItem, WorkKind
from voicegw.store.recordings import RecordingRepository
from voicegw.store.transcripts import TranscriptionBacklog, TranscriptRepository
from voicegw.store.work import WorkQueue

logger = logging.getLogger(__name__)

ALERT_MODEL: Final = "model-missing"
"""Raised while recordings wait because there is no model, or none that can be used."""
FindModel: TypeAlias = Callable[[], EngineSpec | ModelMissing]


@dataclass(frozen=True, slots=True)
class ServiceRules:
    """How often things are looked at, in seconds.

    `look_s`: for the model and the backlog; `progress_s`: how often progress is written. A model
    that could not be loaded is tried again after `unusable_first_s`, then after twice the time each
    time, up to `unusable_s`: loading may have been cut short by something that has passed.
    """

    look_s: float = 2.0
    progress_s: float = 2.0
    unusable_first_s: float = 2.0
    unusable_s: float = 60.0
    work: WorkRules = field(default_factory=lambda: WorkRules(idle_s=2.0))
    pool: PoolRules = field(default_factory=PoolRules)


@dataclass(frozen=True, slots=True)
class TranscriptionStore:
    """What of the store is used here."""

    queue: WorkQueue
    transcripts: TranscriptRepository
    recordings: RecordingRepository


class TranscriptionService:
    """Transcribes the recordings of a node. `start` it; `stop` gives up what is in hand."""

    def __init__(
        self,
        find_model: FindModel | None,
        store: TranscriptionStore,
        files: RecordingFiles,
        events: EventFactory,
        clock: Clock,
        *,
        node: str,
        workers: int = 1,
        on_alert: Callable[[str, bool, str], None] = lambda _slug, _raised, _detail: None,
        is_overloaded: Callable[[], bool] = lambda: False,
        rules: ServiceRules = ServiceRules(),
    ) -> None:
        """`find_model` looks for the model (in a thread, every few seconds until it is there).

        Without it nothing is transcribed: recordings are passed on with no transcript.
        While `is_overloaded`, no further recording is begun.
        """
        self._find_model = find_model
        self._store = store
        self._files = files
        self._events = events
        self._clock = clock
        self._node = node
        self._workers = workers
        self._on_alert = on_alert
        self._is_overloaded = is_overloaded
        self._rules = rules
        self._loop = WorkLoop(
            store.queue,
            [WorkKind.TRANSCRIBE],
            self._transcribe,
            clock,
            rules=rules.work,
            concurrency=workers,
            give_up=self._give_up,
            may_begin=self._may_begin,
        )
        self._pool: TranscriptionPool | None = None
        self._missing: ModelMissing | None = None
        self._unusable: tuple[str, float] | None = None
        """Why the model can't be used, and from when on it is tried again (monotonic)."""
        self._refusals = 0
        """How often in a row it could not be used."""
        self._progress: dict[str, float] = {}
        self._watcher: asyncio.Task[None] | None = None
        self.backlog = TranscriptionBacklog(0, None)
        self.concluded: dict[TranscriptStatus, int] = {}

    async def start(self) -> None:
        """Look for the model and begin."""
        await self._look()
        self._loop.start()
        self._watcher = asyncio.create_task(self._watch(), name="transcription-watch")

    async def stop(self) -> None:
        """End the workers; what is in hand comes back when its lease has run out."""
        if self._watcher is not None:
            self._watcher.cancel()
            await asyncio.gather(self._watcher, return_exceptions=True)
        await self._loop.stop()
        if self._pool is not None:
            await self._pool.stop()

    @property
    def pool(self) -> TranscriptionPool | None:
        """What recognises; None while there is no model, or none that can be used."""
        return self._pool if self._missing is None and self._unusable is None else None

    @property
    def trouble(self) -> str:
        """What keeps recordings waiting, with its mend; empty when nothing does."""
        if self._missing is not None:
            return str(self._missing)
        if self._unusable is not None:
            return f"{self._unusable[0]}: check transcription.model, or pull it again"
        return ""

    @property
    def oldest_s(self) -> float:
        """How long the oldest recording has waited, in seconds; 0 when none waits."""
        oldest_at = self.backlog.oldest_at
        if oldest_at is None:
            return 0.0
        return max((self._clock.now() - oldest_at).total_seconds(), 0.0)

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(self._rules.look_s)
            await self._look()

    async def _look(self) -> None:
        """See whether there is a model, and how much there is to do."""
        was_waiting = not self._may_begin()
        if self._find_model is not None:
            self._use(await asyncio.to_thread(self._find_model))
        with contextlib.suppress(StoreUnavailableError):
            self.backlog = await self._store.transcripts.backlog(self._node)
        trouble = self.trouble
        self._on_alert(ALERT_MODEL, bool(trouble) and self.backlog.count > 0, trouble)
        if was_waiting and self._may_begin():
            self._loop.wake()

    def _use(self, found: EngineSpec | ModelMissing) -> None:
        if isinstance(found, ModelMissing):
            self._missing = found
            return
        self._missing = None
        if self._pool is None:
            self._pool = TranscriptionPool(found, workers=self._workers, rules=self._rules.pool)

    def _may_begin(self) -> bool:
        if self._is_overloaded() or self._missing is not None:
            return False
        if self._find_model is None:
            return True
        tried_again = self._unusable is None or time.monotonic() >= self._unusable[1]
        return self._pool is not None and tried_again

    async def _transcribe(self, item: WorkItem) -> None:
        """Do one piece of work. Raises NotNowError, and what costs an attempt."""
        recording = await self._store.recordings.get(item.subject)
        if recording is None or recording.status is RecordingStatus.DELETED:
            await self._store.queue.conclude(item, self._clock.now(), failure="recording-deleted")
            return
        if self._find_model is None:
            await self._conclude(item, recording, TranscriptStatus.NONE)
            return
        if item.attempts > self._rules.work.attempts:
            # Each lease ran out: this recording takes everything down that works on it.
            await self._give_up(item, "attempts-used-up")
            return
        try:
            found = await self._recognise(item, recording)
        except EngineUnusableError as error:
            raise NotNowError(error.slug, self._refused(error)) from error
        except (StorageUnavailableError, KeyMissingError) as error:
            raise NotNowError(error.slug) from error
        except (SoundUnusableError, DamagedFileError) as error:
            await self._conclude(item, recording, TranscriptStatus.FAILED, failure=error.slug)
            return
        self._unusable, self._refusals = None, 0
        await self._conclude(item, recording, TranscriptStatus.COMPLETED, found=found)

    def _refused(self, error: EngineUnusableError) -> float:
        """Note that the model can't be used; return in how many seconds it is tried again."""
        rules = self._rules
        again_s = min(rules.unusable_first_s * 2.0 ** min(self._refusals, 30), rules.unusable_s)
        self._refusals += 1
        self._unusable = error.why, time.monotonic() + again_s
        return again_s

    async def _recognise(self, item: WorkItem, recording: Recording) -> Recognition:
        pool = self._pool
        if pool is None:
            raise NotNowError(ALERT_MODEL)
        opener = partial(self._files.open_kind, recording, FileKind.MASTER)
        reporter = asyncio.create_task(self._report(item))
        recognition = asyncio.create_task(
            pool.recognise(
                opener,
                left_out=left_out(recording.marks),
                on_progress=partial(self._progress.__setitem__, item.id),
            )
        )
        try:
            await asyncio.wait({reporter, recognition}, return_when=asyncio.FIRST_COMPLETED)
            if not recognition.done():
                # The lease is somebody else's by now: so is the transcript.
                raise NotNowError("lease-lost")
            return recognition.result()
        finally:
            for task in (reporter, recognition):
                task.cancel()
            await asyncio.gather(reporter, recognition, return_exceptions=True)
            self._progress.pop(item.id, None)

    async def _report(self, item: WorkItem) -> None:
        """Write the progress now and then, as long as the work is ours."""
        written = 0.0
        while True:
            await asyncio.sleep(self._rules.progress_s)
            progress = self._progress.get(item.id, 0.0)
            if progress <= written:
                continue
            with contextlib.suppress(StoreUnavailableError):
                now, lease_s = self._clock.now(), self._rules.work.lease_s
                if not await self._store.queue.extend(item, now, lease_s, progress=progress):
                    return
                written = progress

    async def _give_up(self, item: WorkItem, why: str) -> None:
        recording = await self._store.recordings.get(item.subject)
        if recording is None:
            await self._store.queue.conclude(item, self._clock.now(), failure=why)
            return
        await self._conclude(item, recording, TranscriptStatus.FAILED, failure=why)

    async def _conclude(
        self,
        item: WorkItem,
        recording: Recording,
        status: TranscriptStatus,
        *,
        found: Recognition | None = None,
        failure: str | None = None,
    ) -> None:
        now = self._clock.now()
        spec = self._pool.spec if self._pool is not None else None
        is_recognised = found is not None and spec is not None
        transcript = Transcript(
            recording_id=recording.id,
            call_id=recording.call_id,
            status=status,
            created_at=recording.created_at,
            group_id=recording.group_id,
            manager_id=recording.manager_id,
            engine=spec.name if spec is not None and is_recognised else None,
            model=spec.model_name if spec is not None and is_recognised else None,
            language=spec.language if spec is not None and is_recognised else None,
            progress=1.0 if found is not None else 0.0,
            failure=failure,
            duration_s=found.duration_s if found is not None else recording.duration_s,
            completed_at=now,
            segments=found.segments if found is not None else [],
        )
        event = self._events.transcript(transcript)
        if await self._store.transcripts.conclude(item, transcript, event, now):
            self.concluded[status] = self.concluded.get(status, 0) + 1
            logger.info(
                "transcript final",
                extra={
                    "recording_id": recording.id,
                    "call_id": recording.call_id,
                    "status": str(status),
                    "why": failure,
                },
            )
        else:
            logger.info("transcript not ours any more", extra={"recording_id": recording.id})
