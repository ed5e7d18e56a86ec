"""A worker process: transcribes one file after the other until it is told no more, or is used up.

It is forked from the loader with the model in its memory. It may die at any time (native code does)
without harm to anybody else: the node notices the end of its socket, and the file costs an attempt.
"""

from __future__ import annotations

import io
import os
import socket
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Final

from recordings.storage.seekable import SeekableReader
from recordings.transcription.engine import Engine, EngineUnusableError, SoundUnusableError
from recordings.transcription.protocol import (
    BLOCK_BYTES,
    LENGTH,
    Block,
    Done,
    Faulty,
    FromWorker,
    Heard,
    Job,
    Opened,
    Progress,
    Recycle,
    Refused,
    ToWorker,
    Unusable,
    Wanted,
    framed,
    to_worker,
)
from recordings.transcription.transcribe import transcribe

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

_PROGRESS_S: Final = 0.5
_STATM: Final = Path("/proc/self/statm")


class NodeGoneError(Exception):
    """The other end of the socket is closed: nobody waits for what this worker does."""


class Link:
    """The worker's end of its socket; blocking."""

    def __init__(self, channel: socket.socket) -> None:
        """Talk over `channel`."""
        self._channel = channel
        self._reader = channel.makefile("rb", buffering=BLOCK_BYTES)

    def send(self, message: FromWorker) -> None:
        """Send a message. Raises NodeGoneError."""
        try:
            self._channel.sendall(framed(message))
        except OSError as error:
            raise NodeGoneError from error

    def receive(self) -> ToWorker:
        """Return the next message. Raises NodeGoneError."""
        try:
            (length,) = LENGTH.unpack(self._exactly(LENGTH.size))
            message: ToWorker = to_worker.decode(self._exactly(length))
        except OSError as error:
            raise NodeGoneError from error
        return message

    def _exactly(self, count: int) -> bytes:
        data: bytes = self._reader.read(count)
        if len(data) < count:
            raise NodeGoneError
        return data


class NodeFile(SeekableReader):
    """The file that the node reads for us; it can seek."""

    def __init__(self, link: Link, size_bytes: int) -> None:
        """Ask over `link` for a file of `size_bytes`."""
        super().__init__(size_bytes)
        self._link = link

    def readinto(self, buffer: WriteableBuffer) -> int:
        """Fill `buffer` from here; return how much there was, 0 at the end."""
        view = memoryview(buffer).cast("B")
        wanted = min(len(view), BLOCK_BYTES, self.size_bytes - self._place)
        if wanted <= 0:
            return 0
        self._link.send(Wanted(self._place, wanted))
        answer = self._link.receive()
        if not isinstance(answer, Block):
            raise NodeGoneError
        view[: len(answer.data)] = answer.data
        self._place += len(answer.data)
        return len(answer.data)


def work(channel: socket.socket, load: Callable[[], Engine], recycle: Recycle) -> None:
    """Do the jobs that come over `channel` until it is closed or the worker is used up.

    `load` returns the engine; it is called for each job and keeps what it has loaded.
    """
    link = Link(channel)
    at_first_bytes = resident_bytes()
    files = 0
    try:
        while True:
            job = link.receive()
            if not isinstance(job, Job):
                return
            cpu_before_s = time.process_time()
            if not _do(link, job, load):
                return
            files += 1
            now_bytes = resident_bytes()
            leaves = files >= recycle.files or now_bytes - at_first_bytes > recycle.growth_bytes
            link.send(Done(time.process_time() - cpu_before_s, now_bytes, leaves))
            if leaves:
                return
    except NodeGoneError:
        return


def _do(link: Link, job: Job, load: Callable[[], Engine]) -> bool:
    """Transcribe one file; return whether it ended well. A worker that met a fault leaves."""
    told_s = time.monotonic()

    def progress(position_s: float) -> None:
        nonlocal told_s
        if time.monotonic() - told_s >= _PROGRESS_S:
            told_s = time.monotonic()
            link.send(Progress(position_s))

    stream = io.BufferedReader(NodeFile(link, job.size_bytes), BLOCK_BYTES)
    try:
        for segment in transcribe(
            stream,
            load(),
            left_out=job.left_out,
            on_open=lambda length: link.send(Opened(length.duration_s, length.channels)),
            on_progress=progress,
        ):
            link.send(Heard(segment))
    except SoundUnusableError as error:
        link.send(Refused(error.slug))
    except EngineUnusableError as error:
        link.send(Unusable(error.why))
    except NodeGoneError:
        raise
    except Exception as error:  # noqa: BLE001 - told to the node, which counts the attempt
        link.send(Faulty(type(error).__name__))
    else:
        return True
    return False


def resident_bytes() -> int:
    """Return how much memory this process has in use, shared pages included; 0 where unknown."""
    try:
        pages = int(_STATM.read_text(encoding="ascii").split()[1])
    except (OSError, ValueError, IndexError):
        return 0
    return pages * os.sysconf("SC_PAGE_SIZE")
