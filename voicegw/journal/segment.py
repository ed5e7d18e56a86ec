"""One file of the journal: lines of JSON, named by the position at which it begins.

A position is a place in the journal as a whole, in bytes: an entry's position is where its line
ends. A segment that was being written when its node was killed may end in a torn line, which was
never acknowledged to anyone and is left out by every reader.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import msgspec

from voicegw.errors import DamagedLineError
from voicegw.journal.entries import Entry

_SUFFIX = ".journal"
_NAME_DIGITS = 20

_logger = logging.getLogger(__name__)
_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(Entry)


def encode_line(entry: Entry) -> bytes:
    """Return `entry` as a line of the journal, its newline included."""
    return _encoder.encode(entry) + b"\n"


def decode_line(line: bytes) -> Entry:
    """Return the entry of a line. Raises DamagedLineError when it is none."""
    try:
        entry: Entry = _decoder.decode(line)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise DamagedLineError from error
    return entry


@dataclass(frozen=True, slots=True)
class Line:
    """A whole line as it was read, and the position at which it ends."""

    position: int
    data: bytes


@dataclass(frozen=True, slots=True)
class Segment:
    """A segment file that begins at position `base`."""

    path: Path
    base: int

    @classmethod
    def at(cls, directory: Path, base: int) -> Segment:
        """Return the segment of `directory` that begins at `base`; nothing is created."""
        return cls(directory / f"{base:0{_NAME_DIGITS}d}{_SUFFIX}", base)

    @classmethod
    def all_of(cls, directory: Path) -> list[Segment]:
        """Return the segments in `directory`, the oldest first."""
        found = []
        for path in directory.glob(f"*{_SUFFIX}"):
            if path.stem.isdecimal():
                found.append(cls(path, int(path.stem)))
        return sorted(found, key=lambda segment: segment.base)

    def size_bytes(self) -> int:
        """Return the size of the file, torn line included."""
        return self.path.stat().st_size

    def lines(self, after: int, until: int) -> Iterator[Line]:
        """Yield the whole lines that end after position `after` and not after `until`.

        `after` is the beginning of the segment, the end of one of its lines, or outside.
        """
        position = max(after, self.base)
        with self.path.open("rb") as stream:
            stream.seek(position - self.base)
            for data in stream:
                position += len(data)
                if position > until or not data.endswith(b"\n"):
                    return
                yield Line(position, data)


def decode_or_report(line: Line) -> Entry | None:
    """Return the entry of `line`; a damaged one is logged and None.

    Damage inside a segment means that the disk or a person changed the file. The entries around it
    are still good, and dropping them too would make it worse.
    """
    try:
        return decode_line(line.data)
    except DamagedLineError:
        _logger.error("journal line damaged", extra={"position": line.position})
        return None


class SegmentWriter:
    """Appends lines to a new segment: one write each, no fsync."""

    def __init__(self, segment: Segment) -> None:
        """Create the file. Raises OSError."""
        self.segment = segment
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
        self._fd = os.open(segment.path, flags, 0o600)
        self.size_bytes = 0

    @property
    def end(self) -> int:
        """The position at which the next line will begin."""
        return self.segment.base + self.size_bytes

    def write(self, line: bytes) -> int:
        """Append `line` and return its position. Raises OSError; then nothing was appended."""
        written = 0
        try:
            written = os.write(self._fd, line)
            while written < len(line):
                written += os.write(self._fd, line[written:])
        except OSError:
            if written:
                os.ftruncate(self._fd, self.size_bytes)
            raise
        self.size_bytes += written
        return self.end

    def close(self) -> None:
        """Close the file. Safe to repeat."""
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1
