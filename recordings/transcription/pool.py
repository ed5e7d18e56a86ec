"""Transcribes files in worker processes: the node's door to speech recognition.

The model is loaded when the first file comes, by a loader process that forks the workers
(:mod:`recordings.transcription.loader_process`), and given up after a while without work. A worker
that dies or hangs costs the file in hand one failure and nobody else anything.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import BinaryIO, Final

from recordings.transcription.engine import EngineSpec, EngineUnusableError, SoundUnusableError
from recordings.transcription.loader_client import Loader, WorkerLink, WorkerLostError
from recordings.transcription.protocol import (
    Block,
    Done,
    Faulty,
    Heard,
    Job,
    Opened,
    Progress,
    Recycle,
    Refused,
    Unusable,
    Wanted,
)
from recordings.transcription.spans import Span
from recordings.transcription.text import in_order
from voicegw.errors import VoicegwError
from voicegw.model.transcript import Segment

logger = logging.getLogger(__name__)

_IDLE_LOOK_S: Final = 30.0


class TranscriberFaultError(VoicegwError):
    """A worker met an error of the program or of the engine; costs an attempt."""

    slug = "transcriber-fault"


@dataclass(frozen=True, slots=True)
class PoolRules:
    """How long things may take, in seconds of the wall clock, and when workers are replaced.

    A file may take `base_s` and `per_second` for each second of sound (a machine full of calls
    leaves workers little); one that shows no progress for `stall_s` is given up earlier. The model
    is given up after `idle_s` without work. A loader that has not forked after `fork_s` is
    replaced. `recycle_*`: see `protocol.Recycle`.
    """

    load_s: float = 300.0
    fork_s: float = 30.0
    base_s: float = 120.0
    per_second: float = 20.0
    stall_s: float = 300.0
    idle_s: float = 600.0
    recycle_files: int = 50
    recycle_growth_bytes: int = 400_000_000


@dataclass(frozen=True, slots=True)
class Recognition:
    """What was said in a file, by beginning, and what it took."""

    segments: list[Segment]
    duration_s: float
    channels: int
    cpu_s: float
    resident_bytes: int


@dataclass(slots=True)
class PoolFigures:
    """What the pool has done since it was made."""

    files: int = 0
    workers_lost: int = 0
    sound_s: float = 0.0
    cpu_s: float = 0.0
    wall_s: float = 0.0


@dataclass(slots=True)
class _File:
    """The file in hand."""

    stream: BinaryIO
    on_progress: Callable[[float], None]
    segments: list[Segment] = field(default_factory=list)
    opened: Opened | None = None


class TranscriptionPool:
    """Up to `workers` files at a time. Nothing runs before the first `recognise`."""

    def __init__(
        self, spec: EngineSpec, *, workers: int = 1, rules: PoolRules = PoolRules()
    ) -> None:
        """Take the engine and how much of it there may be."""
        self.spec = spec
        self.figures = PoolFigures()
        self._rules = rules
        self._recycle = Recycle(rules.recycle_files, rules.recycle_growth_bytes)
        self._places = asyncio.Semaphore(workers)
        self._loading = asyncio.Lock()
        self._loader: Loader | None = None
        self._idle: list[WorkerLink] = []
        self._busy: set[WorkerLink] = set()
        self._forking = 0
        self._used_s = time.monotonic()
        self._watch: asyncio.Task[None] | None = None

    async def recognise(
        self,
        open_file: Callable[[], BinaryIO],
        *,
        left_out: Sequence[Span] = (),
        on_progress: Callable[[float], None] = lambda _share: None,
    ) -> Recognition:
        """Return what was said in the sound file that `open_file` opens (called in a thread).

        Waits for a place. `on_progress` gets the share worked through, 0 to 1. Spans of `left_out`
        are not listened to. Cancelling ends the worker. Raises EngineUnusableError while library or
        model can't be used, SoundUnusableError when the file can't be transcribed ever,
        WorkerLostError and TranscriberFaultError when trying again may help, and what `open_file`
        and reading raise.
        """
        async with self._places:
            stream = await asyncio.to_thread(open_file)
            try:
                return await self._recognise(_File(stream, on_progress), list(left_out))
            finally:
                await asyncio.to_thread(stream.close)

    def pids(self) -> list[int]:
        """Return the workers' process ids."""
        return [worker.pid for worker in (*self._idle, *self._busy)]

    @property
    def loader_pid(self) -> int | None:
        """The loader's process id while one runs."""
        return self._loader.pid if self._loader is not None and self._loader.is_alive else None

    async def stop(self) -> None:
        """End loader and workers; files in hand are lost. Safe to repeat.

        Waits for a model that is being loaded, unless whoever has it loaded was cancelled.
        """
        async with self._loading:  # so that the watch is not in the middle of ending a loader
            if self._watch is not None:
                self._watch.cancel()
                await asyncio.gather(self._watch, return_exceptions=True)
                self._watch = None
            await self._unload()

    async def _recognise(self, file: _File, left_out: list[Span]) -> Recognition:
        self._used_s = time.monotonic()
        size_bytes = await asyncio.to_thread(_size_bytes, file.stream)
        worker = await self._worker()
        self._busy.add(worker)
        started_s = time.monotonic()
        done: Done | None = None
        try:
            await worker.send(Job(size_bytes, left_out))
            done = await self._follow(worker, file, started_s)
        except WorkerLostError:
            self.figures.workers_lost += 1
            raise
        finally:
            self._busy.discard(worker)
            self._used_s = time.monotonic()
            if done is not None and not done.leaves:
                self._idle.append(worker)
            else:
                worker.kill()
        opened = file.opened or Opened(0.0, 0)
        self.figures.files += 1
        self.figures.sound_s += opened.duration_s
        self.figures.cpu_s += done.cpu_s
        self.figures.wall_s += time.monotonic() - started_s
        return Recognition(
            in_order(file.segments),
            opened.duration_s,
            opened.channels,
            done.cpu_s,
            done.resident_bytes,
        )

    async def _follow(self, worker: WorkerLink, file: _File, started_s: float) -> Done:
        """Serve the worker until its file is done, or the watch over it runs out."""
        watch = asyncio.timeout(self._rules.stall_s)
        try:
            async with watch:
                return await self._serve(worker, file, started_s, watch)
        except TimeoutError as error:
            if watch.expired():
                raise WorkerLostError(f"worker {worker.pid} came no further") from error
            raise

    async def _serve(
        self, worker: WorkerLink, file: _File, started_s: float, watch: asyncio.Timeout
    ) -> Done:
        rules = self._rules
        until_s = started_s + rules.base_s
        position_s = -1.0
        loop = asyncio.get_running_loop()
        while True:
            message = await worker.receive()
            match message:
                case Wanted(offset=offset, length=length):
                    data = await asyncio.to_thread(_read, file.stream, offset, length)
                    await worker.send(Block(data))
                case Opened():
                    file.opened = message
                    until_s += rules.per_second * message.duration_s
                case Progress(position_s=reached_s):
                    if file.opened is not None and file.opened.duration_s > 0:
                        file.on_progress(min(reached_s / file.opened.duration_s, 1.0))
                case Heard(segment=segment):
                    file.segments.append(segment)
                    reached_s = segment.end_s
                case _:
                    return _concluded(message)
            if isinstance(message, Progress | Heard) and reached_s > position_s:
                position_s = reached_s
                left_s = min(rules.stall_s, until_s - time.monotonic())
                watch.reschedule(loop.time() + left_s)

    async def _worker(self) -> WorkerLink:
        while self._idle:
            worker = self._idle.pop()
            if not worker.is_closed:
                return worker
            worker.close()
        self._forking += 1
        try:
            loader = await self._ready_loader()
            return await loader.fork()
        finally:
            self._forking -= 1

    async def _ready_loader(self) -> Loader:
        async with self._loading:
            if self._loader is not None and not self._loader.is_alive:
                await self._unload()
            if self._loader is None:
                self._used_s = time.monotonic()
                self._loader = await Loader.start(
                    self.spec, self._recycle, self._rules.load_s, fork_s=self._rules.fork_s
                )
                if self._watch is None:
                    self._watch = asyncio.create_task(self._forget(), name="transcription-idle")
            return self._loader

    async def _forget(self) -> None:
        """Give the model up when it has not been needed for a while."""
        while True:
            await asyncio.sleep(min(_IDLE_LOOK_S, self._rules.idle_s))
            unused_s = time.monotonic() - self._used_s
            if self._loader is None or self._is_needed or unused_s < self._rules.idle_s:
                continue
            async with self._loading:
                if not self._is_needed:
                    await self._unload()
                    logger.info("model given up", extra={"engine": self.spec.name})

    @property
    def _is_needed(self) -> bool:
        """Whether a file is worked on, or a worker is being made for one."""
        return bool(self._busy or self._forking)

    async def _unload(self) -> None:
        for worker in self._idle:
            worker.close()
        self._idle.clear()
        loader, self._loader = self._loader, None
        if loader is not None:
            await loader.stop()


def _concluded(message: object) -> Done:
    """Return how a file ended well; raise how it did not."""
    match message:
        case Done():
            return message
        case Refused(why=why):
            raise SoundUnusableError(why)
        case Unusable(why=why):
            raise EngineUnusableError(why)
        case Faulty(fault=fault):
            raise TranscriberFaultError(fault)
        case _:
            raise WorkerLostError("a worker talks nonsense")


def _size_bytes(stream: BinaryIO) -> int:
    return stream.seek(0, 2)


def _read(stream: BinaryIO, offset: int, length: int) -> bytes:
    """Return `length` bytes from `offset` on; fewer only at the end."""
    stream.seek(offset)
    data = stream.read(length)
    while len(data) < length:
        more = stream.read(length - len(data))
        if not more:
            break
        data += more
    return data
