"""The worker's side of the spool: buffers filled by the loop, written by a thread.

A disk never blocks the loop. The loop hands whole buffers to one writer thread through a bounded
queue; what does not fit is dropped and counted, for the sound itself comes first. What a full or
broken disk refuses is counted the same way, and the file is cut back to its last whole record.
With a key, each write is one sealed block of whole records.
Marks are never dropped, only late: without its bridge, its codecs or the end of a hold, the sound
that was captured could not be read.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import threading
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue
from typing import Final

from voicegw.encryption import BlockSealer, FileKey
from voicegw.media import spool

#: How much may wait for the disk in one worker: some ten seconds of 300 calls.
MAX_PENDING_BYTES: Final = 64 * 1024 * 1024
SPOOL_MODE: Final = 0o600


class Capture:
    """One session's capture: the loop appends to `buffer`, the writer thread owns the file."""

    __slots__ = (
        "buffer",
        "descriptor",
        "lost_packets",
        "offset_bytes",
        "path",
        "sealer",
        "unwritten",
    )

    def __init__(self, path: Path, key: FileKey | None = None) -> None:
        """Describe the spool at `path`; :meth:`CaptureWriter.open` creates it.

        With `key`, the file's own, each write is a sealed block.
        """
        self.path = path
        self.sealer = None if key is None else BlockSealer(key)
        self.buffer = bytearray()
        self.descriptor = -1
        self.offset_bytes = 0
        self.lost_packets = 0
        # Marks that the disk has refused so far; the writer thread's.
        self.unwritten = bytearray()


@dataclass(frozen=True, slots=True)
class _Open:
    capture: Capture
    header: bytes
    done: Callable[[OSError | None], None]


@dataclass(frozen=True, slots=True)
class _Write:
    capture: Capture
    data: bytearray
    packets: int


@dataclass(frozen=True, slots=True)
class _Close:
    capture: Capture
    done: Callable[[OSError | None], None]


class CaptureWriter:
    """A thread that writes spools; completions come back through `fileno` and `complete`."""

    def __init__(self, *, max_pending_bytes: int = MAX_PENDING_BYTES) -> None:
        """Start the thread."""
        self._queue: SimpleQueue[_Open | _Write | _Close | None] = SimpleQueue()
        self._completed: deque[tuple[Callable[[OSError | None], None], OSError | None]] = deque()
        self._max_pending_bytes = max_pending_bytes
        # One side each writes one of the two counters, so that neither needs a lock.
        self._queued_bytes = 0
        self._written_bytes = 0
        self.dropped_packets = 0
        self._wakeup = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)
        self._thread = threading.Thread(target=self._run, name="capture", daemon=True)
        self._thread.start()

    def fileno(self) -> int:
        """Return the descriptor that becomes readable when completions wait."""
        return self._wakeup

    def open(
        self,
        capture: Capture,
        header: Mapping[str, str | int | float | None],
        done: Callable[[OSError | None], None],
    ) -> None:
        """Create the spool with its header; `done` is called by `complete`, with what failed."""
        self._queue.put(_Open(capture, spool.encode_header(header), done))

    def write(self, capture: Capture, packets: int) -> None:
        """Queue the capture's buffer, which holds `packets`, and begin a new one."""
        data = capture.buffer
        if not data:
            return
        capture.buffer = bytearray()
        if self._queued_bytes - self._written_bytes + len(data) > self._max_pending_bytes:
            capture.lost_packets += packets
            self.dropped_packets += packets
            data, packets = spool.without_packets(data), 0
            if not data:
                return
        self._queued_bytes += len(data)
        self._queue.put(_Write(capture, data, packets))

    def close(self, capture: Capture, done: Callable[[OSError | None], None]) -> None:
        """Close the spool after all that was queued; `done` is called by `complete`."""
        self._queue.put(_Close(capture, done))

    def complete(self) -> None:
        """Call what waits for finished work. Called by the loop when `fileno` is readable."""
        with contextlib.suppress(BlockingIOError):  # an earlier call took this wake-up's work too
            os.eventfd_read(self._wakeup)
        while self._completed:
            done, error = self._completed.popleft()
            done(error)

    def stop(self, timeout_s: float) -> None:
        """Write what is queued, at most for `timeout_s`, and end the thread."""
        self._queue.put(None)
        self._thread.join(timeout_s)
        if not self._thread.is_alive():
            os.close(self._wakeup)

    def _run(self) -> None:
        while (job := self._queue.get()) is not None:
            if isinstance(job, _Write):
                self._append(job)
                continue
            error: OSError | None = None
            try:
                if isinstance(job, _Open):
                    self._create(job)
                else:
                    self._finish(job.capture)
            except OSError as caught:
                error = caught
            self._completed.append((job.done, error))
            os.eventfd_write(self._wakeup, 1)

    def _create(self, job: _Open) -> None:
        capture = job.capture
        capture.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
        capture.descriptor = os.open(capture.path, flags, SPOOL_MODE)
        with contextlib.suppress(OSError):
            # Tells a finisher that more may come; ends with the file, or with this process.
            fcntl.flock(capture.descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        try:
            if capture.sealer is not None:
                _write_all(capture.descriptor, capture.sealer.header)
                capture.offset_bytes = len(capture.sealer.header)
            _append_records(capture, job.header)
        except OSError:
            # The call goes on without a capture, or not at all: nothing may be left of this one.
            _give_up(capture)
            with contextlib.suppress(OSError):
                capture.path.unlink()
            raise

    def _finish(self, capture: Capture) -> None:
        if capture.unwritten:
            self._append(_Write(capture, bytearray(), 0))
        if capture.descriptor >= 0:
            descriptor, capture.descriptor = capture.descriptor, -1
            os.close(descriptor)

    def _append(self, job: _Write) -> None:
        capture = job.capture
        data = capture.unwritten + job.data
        try:
            if capture.descriptor < 0:
                raise OSError("the spool could not be created")
            _append_records(capture, data)
            capture.unwritten = bytearray()
        except OSError:
            # Counted, reported at the end of the session, and shown by the engine's load.
            capture.lost_packets += job.packets
            self.dropped_packets += job.packets
            capture.unwritten = spool.without_packets(data)
            self._cut_back(capture)
        finally:
            self._written_bytes += len(job.data)

    @staticmethod
    def _cut_back(capture: Capture) -> None:
        """Leave no half record: the reader would take what follows for its rest."""
        if capture.descriptor < 0:
            return
        try:
            os.ftruncate(capture.descriptor, capture.offset_bytes)
            os.lseek(capture.descriptor, capture.offset_bytes, os.SEEK_SET)
        except OSError:
            # Nothing more can be written in order: give the file up with what it holds.
            _give_up(capture)


def _give_up(capture: Capture) -> None:
    """Close a file that is of no more use; what the disk says of it no longer matters."""
    descriptor, capture.descriptor = capture.descriptor, -1
    with contextlib.suppress(OSError):
        os.close(descriptor)


def _append_records(capture: Capture, records: bytes | bytearray) -> None:
    """Write whole records at the end of the file, sealed where there is a key."""
    sealer = capture.sealer
    data = records if sealer is None else sealer.seal(records)
    _write_all(capture.descriptor, data)
    capture.offset_bytes += len(data)
    if sealer is not None:
        sealer.written()


def _write_all(descriptor: int, data: bytes | bytearray) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]
