"""Archives written member by member, each hashed on its way: memory stays constant.

Sound does not shrink, so members are stored as they are; archives and members may be larger than
4 GiB (zip64). Everything here blocks on the disk: call it from a thread.
"""

from __future__ import annotations

import hashlib
import io
import os
import re
import zipfile
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import BinaryIO, Final

from voicegw.errors import InvalidError

CHUNK_BYTES: Final = 1 << 20
_NAME: Final = re.compile(r"(?!\.{1,2}$)[A-Za-z0-9._-]+")
_EARLIEST: Final = (1980, 1, 1, 0, 0, 0)
#: Readable by the user that extracts it, and by nobody else.
_MODE: Final = 0o600 << 16


@dataclass(frozen=True, slots=True)
class Member:
    """A file of an archive: its name, size and SHA-256."""

    name: str
    size_bytes: int
    sha256: str


class ArchiveWriter:
    """Writes a zip file. `members` is what it holds so far, in order."""

    def __init__(self, path: Path, now: datetime) -> None:
        """Begin the archive at `path`, which must not be there yet; `now` dates its members."""
        self._path = path
        self._stamp = max(now.timetuple()[:6], _EARLIEST)
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
        self._file = os.fdopen(handle, "w+b")
        self._zip = zipfile.ZipFile(self._file, "w", zipfile.ZIP_STORED, allowZip64=True)
        self.members: list[Member] = []

    def add(self, name: str, stream: BinaryIO, size_bytes: int) -> Member:
        """Add what is left in `stream`, about `size_bytes`, as `name`.

        What reading raises leaves a member cut off there; `members` has it as it is. Raises
        InvalidError for a name that leads elsewhere where the archive is unpacked: ids come from
        the store, and whoever writes there may not write on the disks of those who read archives.
        """
        if not all(_NAME.fullmatch(part) for part in name.split("/")):
            raise InvalidError("name", "not the name of a file in an archive", kind="pattern")
        info = zipfile.ZipInfo(name, self._stamp)
        info.external_attr = _MODE
        info.file_size = size_bytes
        sha256, written = hashlib.sha256(), 0
        try:
            with self._zip.open(info, "w") as member:
                while chunk := stream.read(CHUNK_BYTES):
                    member.write(chunk)
                    sha256.update(chunk)
                    written += len(chunk)
        finally:
            self.members.append(Member(name, written, sha256.hexdigest()))
        return self.members[-1]

    def take_back(self, name: str) -> None:
        """Leave `name` out again if it was added last; without it nothing is done."""
        if not self.members or self.members[-1].name != name:
            return
        self.members.pop()
        info = self._zip.filelist.pop()
        del self._zip.NameToInfo[name]
        # The next member, or the list of all, is written where this one began.
        self._zip.start_dir = info.header_offset
        self._file.truncate(info.header_offset)

    def add_bytes(self, name: str, content: bytes) -> Member:
        """Add `content` as `name`."""
        return self.add(name, io.BytesIO(content), len(content))

    def add_file(self, name: str, path: Path) -> Member:
        """Add the file at `path` as `name`."""
        with path.open("rb") as stream:
            return self.add(name, stream, path.stat().st_size)

    def close(self) -> Member:
        """Finish the archive, have the disk take it, and return its name, size and hash."""
        self._zip.close()
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.seek(0)
        sha256, size_bytes = hashlib.sha256(), 0
        for chunk in _chunks(self._file):
            sha256.update(chunk)
            size_bytes += len(chunk)
        self._file.close()
        return Member(self._path.name, size_bytes, sha256.hexdigest())

    def abandon(self) -> None:
        """Close and remove what was written."""
        # A full disk takes no list of members either; nobody will read this one.
        with suppress(OSError, ValueError):
            self._zip.close()
        self._file.close()
        self._path.unlink(missing_ok=True)


class GrowingText:
    """A text that grows on the disk beside an archive, until it goes into it."""

    def __init__(self, target: Path, suffix: str) -> None:
        """Begin it beside the archive at `target`; `suffix` ends with `.part`."""
        self._path = target.with_name(target.name + suffix)
        self._text = self._path.open("w", encoding="utf-8", newline="")

    def write(self, text: str) -> int:
        """Append `text`."""
        return self._text.write(text)

    def close(self) -> Path:
        """Complete the text and return where it is."""
        self._text.close()
        return self._path

    def remove(self) -> None:
        """Remove it; safe to repeat."""
        self._text.close()
        self._path.unlink(missing_ok=True)


def _chunks(stream: BinaryIO) -> Iterator[bytes]:
    while chunk := stream.read(CHUNK_BYTES):
        yield chunk
