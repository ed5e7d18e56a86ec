"""The journal: what a node's calls have done, in files beside it, whatever becomes of the store.

Appending is one write to a file without fsync: it survives a killed process, not a power cut of
the machine. Files are rotated; a new one begins with what is still open, so that old ones can go
as soon as the store has them.
"""

from __future__ import annotations

import fcntl
import logging
import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from voicegw.errors import Problem, StartError
from voicegw.journal.entries import CallChanged, Entry, LegClosed, LegOpened, LegsChanged
from voicegw.journal.segment import (
    Line,
    Segment,
    SegmentWriter,
    decode_line,
    decode_or_report,
    encode_line,
)
from voicegw.model.call import Call

SEGMENT_BYTES = 16 * 1024 * 1024

_logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Recovery:
    """What a node's earlier life has left behind: sessions to end, calls to close."""

    open_legs: list[LegOpened]
    open_calls: list[Call]


class Journal:
    """A node's journal in `directory`. Used from one thread, by one process at a time."""

    def __init__(self, directory: Path, node: str, *, segment_bytes: int = SEGMENT_BYTES) -> None:
        """Open the journal, read what was left in it, and begin a new segment.

        Raises StartError when another process uses it or the folder can't be written.
        """
        self.directory = directory
        self.node = node
        self._segment_bytes = segment_bytes
        self._open_legs: dict[tuple[str, str], bytes] = {}
        self._open_calls: dict[str, bytes] = {}
        self._changed_legs: dict[str, list[bytes]] = {}
        """Of open calls the lines of legs that are newer than the call's own."""
        try:
            directory.mkdir(parents=True, exist_ok=True)
            self._lock = _lock(directory)
            self._older = Segment.all_of(directory)
            for segment in self._older:
                for line in segment.lines(segment.base, _end_of(segment)):
                    entry = decode_or_report(line)
                    if entry is not None:
                        self._note(entry, line.data)
            self._recovery = self._open_things()
            self._writer = self._begin_segment(self._first_position())
        except OSError as error:
            mend = "make the folder writable for the node, with space left on its disk"
            raise StartError(
                Problem(str(directory), f"no journal here ({error.strerror})", mend)
            ) from error
        self._rotate_at_bytes = self._writer.size_bytes + segment_bytes

    def recover(self) -> Recovery:
        """Return what was open when the journal was opened: end the legs, close the calls.

        What ends them is appended as usual (LegClosed, CallChanged); until then another crash
        finds them again.
        """
        return self._recovery

    @property
    def begin(self) -> int:
        """The position before the oldest entry that is still here."""
        return self._older[0].base if self._older else self._writer.segment.base

    @property
    def end(self) -> int:
        """The position of the newest entry."""
        return self._writer.end

    def append(self, entry: Entry) -> int:
        """Write `entry` and return its position; it is encoded now and may change afterwards.

        Raises OSError when the disk refuses; then nothing was written.
        """
        return self.append_line(entry).position

    def append_line(self, entry: Entry) -> Line:
        """Do as :meth:`append`, and return the line that was written."""
        data = encode_line(entry)
        if self._writer.size_bytes >= self._rotate_at_bytes:
            self._rotate()
        position = self._writer.write(data)
        self._note(entry, data)
        return Line(position, data)

    def read(self, after: int, limit: int | None = None) -> list[Line]:
        """Return up to `limit` lines that follow position `after`, oldest first."""
        return list(islice(self._lines(after), limit))

    def release(self, position: int) -> None:
        """Delete the segments whose every entry is at or before `position`, but never the last.

        What is still open has been carried into later segments. A file that can't be deleted now
        is tried again the next time.
        """
        if not self._older:
            return
        followers = [*(segment.base for segment in self._older[1:]), self._writer.segment.base]
        kept = []
        for segment, end in zip(self._older, followers, strict=True):
            if end > position:
                kept.append(segment)
                continue
            try:
                segment.path.unlink(missing_ok=True)
            except OSError as error:
                _logger.warning("journal segment stays", extra={"reason": error.strerror})
                kept.append(segment)
        self._older = kept

    def close(self) -> None:
        """Close the files and let others use the folder. Safe to repeat."""
        self._writer.close()
        if self._lock >= 0:
            os.close(self._lock)
            self._lock = -1

    def _lines(self, after: int) -> Iterator[Line]:
        for segment in [*self._older, self._writer.segment]:
            current = segment is self._writer.segment
            end = self._writer.end if current else _end_of(segment)
            if end > after:
                yield from segment.lines(after, end)

    def _note(self, entry: Entry, data: bytes) -> None:
        if isinstance(entry, LegOpened):
            self._open_legs[entry.leg_id, entry.branch] = data
        elif isinstance(entry, LegClosed):
            self._open_legs.pop((entry.leg_id, entry.branch), None)
        elif isinstance(entry, LegsChanged):
            if entry.call_id in self._open_calls:
                self._changed_legs.setdefault(entry.call_id, []).append(data)
        elif isinstance(entry, CallChanged):
            self._changed_legs.pop(entry.call.id, None)
            if entry.call.is_final:
                self._open_calls.pop(entry.call.id, None)
            else:
                self._open_calls[entry.call.id] = data

    def _open_things(self) -> Recovery:
        legs = [decode_line(data) for data in self._open_legs.values()]
        return Recovery([entry for entry in legs if isinstance(entry, LegOpened)], self._calls())

    def _calls(self) -> list[Call]:
        """Return the open calls as they are by now."""
        calls = []
        for call_id, data in self._open_calls.items():
            entry = decode_line(data)
            if isinstance(entry, CallChanged):
                for change in map(decode_line, self._changed_legs.get(call_id, ())):
                    if isinstance(change, LegsChanged):
                        entry.call.take_legs(change.legs, change.sequence)
                calls.append(entry.call)
        return calls

    def _first_position(self) -> int:
        if self._older:
            return _end_of(self._older[-1])
        # A lost journal's successor must not use positions again that the store has seen. Bytes
        # are written more slowly than nanoseconds pass.
        return time.time_ns()

    def _begin_segment(self, base: int) -> SegmentWriter:
        """Create the segment at `base` with all that is open. Raises OSError, leaving nothing."""
        segment = Segment.at(self.directory, base)
        self._older = [older for older in self._older if older.base != base]
        segment.path.unlink(missing_ok=True)
        writer = SegmentWriter(segment)
        try:
            for call in self._calls():
                writer.write(encode_line(CallChanged(call)))
            for data in self._open_legs.values():
                writer.write(data)
        except OSError:
            writer.close()
            segment.path.unlink(missing_ok=True)
            raise
        return writer

    def _rotate(self) -> None:
        """Go on in a new segment; when the disk refuses, go on in the old one."""
        old = self._writer
        try:
            self._writer = self._begin_segment(old.end)
        except OSError as error:
            _logger.warning("journal not rotated", extra={"reason": error.strerror})
            self._rotate_at_bytes = old.size_bytes + self._segment_bytes
            return
        old.close()
        self._older.append(old.segment)
        self._rotate_at_bytes = self._writer.size_bytes + self._segment_bytes


def _end_of(segment: Segment) -> int:
    return segment.base + segment.size_bytes()


def _lock(directory: Path) -> int:
    """Take the folder for this process. Raises StartError when another one has it.

    A POSIX record lock, because it does not pass to forked workers, which may outlive the node.
    """
    fd = os.open(directory / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.lockf(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        os.close(fd)
        mend = "stop the other node, or give each node a data_dir of its own"
        raise StartError(
            Problem(str(directory), "the journal is in use by another process", mend)
        ) from error
    return fd
