"""Moves old events from the outbox to files: one a day, sealed, encrypted where a key is set.

A file has one event a line, as a CloudEvent with numbers whole, gzip (RFC 1952) around it and, with
a key, the encryption of :mod:`voicegw.encryption` around that, under the file's own name. It is
complete, synced, and its SHA-256 in the audit log, before the first of its events leaves the store.
"""

from __future__ import annotations

import asyncio
import gzip
import hashlib
import os
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import BinaryIO, Final, Protocol

from voicegw.clock import Clock
from voicegw.encryption import CHUNK_BYTES, ChunkCipher, FileKey, Header, Key, Layout
from voicegw.events.outward import encoded
from voicegw.model.audit import AuditAction, AuditEntry, SubjectKind
from voicegw.model.directory import Role
from voicegw.model.event import Event
from voicegw.store.event_archives import EventArchiveRepository, Stretch
from voicegw.store.events import EventRepository

FOLDER: Final = "events-archive"
SUFFIX: Final = ".jsonl.gz"
ENCRYPTED_SUFFIX: Final = ".jsonl.gz.enc"

_COMPRESSION: Final = 6
_CLAIM: Final = timedelta(hours=1)
_READ_EVENTS: Final = 500
_REMOVE_EVENTS: Final = 200
"""Few, because calls wait while they are removed."""
_PAUSE_S: Final = 0.05
_BY: Final = "gateway"


class Sink(Protocol):
    """What bytes are written to."""

    def write(self, data: bytes, /) -> object:
        """Take all of `data`."""
        ...

    def flush(self) -> object:
        """Pass on what is held back."""
        ...


class HashingWriter:
    """Writes through to a file and knows the SHA-256 of what was written."""

    def __init__(self, stream: BinaryIO) -> None:
        """Write to `stream`, which stays the caller's."""
        self._stream = stream
        self._hash = hashlib.sha256()

    def write(self, data: bytes) -> int:
        """Write all of `data`. Raises OSError."""
        self._stream.write(data)
        self._hash.update(data)
        return len(data)

    def flush(self) -> None:
        """Pass on what is held back. Raises OSError."""
        self._stream.flush()

    def sha256(self) -> str:
        """Return the hash of everything so far, in hexadecimal."""
        return self._hash.hexdigest()


class SealingWriter:
    """Encrypts what is written, chunk by chunk; `complete` writes what is left."""

    def __init__(self, sink: Sink, key: Key, name: str) -> None:
        """Write to `sink`; the file can be read under `name` only."""
        header = Header.new(Layout.CHUNKS, key.id)
        self._sink = sink
        self._cipher = ChunkCipher(FileKey.derive(key, header), name)
        self._pending = bytearray()
        self._number = 0
        sink.write(header.pack())

    def write(self, data: bytes) -> int:
        """Take all of `data`; a chunk is written when more is known to follow it."""
        self._pending += data
        while len(self._pending) > CHUNK_BYTES:
            self._seal(bytes(self._pending[:CHUNK_BYTES]), is_last=False)
            del self._pending[:CHUNK_BYTES]
        return len(data)

    def flush(self) -> None:
        """Pass on what is sealed; what fills no chunk waits."""
        self._sink.flush()

    def complete(self) -> None:
        """Write the last chunk; nothing may be written after it."""
        self._seal(bytes(self._pending), is_last=True)
        self._pending.clear()

    def _seal(self, plain: bytes, *, is_last: bool) -> None:
        self._sink.write(self._cipher.seal(self._number, plain, is_last=is_last))
        self._number += 1


class ArchiveFile:
    """A file of events that is being written; it gets its name when it is complete."""

    def __init__(self, path: Path, key: Key | None, node: str) -> None:
        """Begin `path`, replacing what an earlier attempt left. Raises OSError."""
        self.events = 0
        self.sha256 = ""
        self._path = path
        self._node = node
        self._part = path.with_name(path.name + ".part")
        descriptor = os.open(self._part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        self._file = os.fdopen(descriptor, "wb")
        self._hash = HashingWriter(self._file)
        self._sealed = SealingWriter(self._hash, key, path.name) if key is not None else None
        # Without name and time, so that the same events make the same file.
        self._gzip = gzip.GzipFile("", "wb", _COMPRESSION, self._sealed or self._hash, 0)

    def add(self, events: Sequence[Event]) -> None:
        """Write `events`. Raises OSError."""
        self._gzip.write(
            b"".join(encoded(event, Role.ADMIN, self._node) + b"\n" for event in events)
        )
        self.events += len(events)

    def complete(self) -> None:
        """Write what is left, have the disk keep it, and give the file its name. Raises OSError."""
        self._gzip.close()
        if self._sealed is not None:
            self._sealed.complete()
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()
        self.sha256 = self._hash.sha256()
        self._part.rename(self._path)
        folder = os.open(self._path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    def discard(self) -> None:
        """Leave nothing behind; safe after anything."""
        self._file.close()
        self._part.unlink(missing_ok=True)


class Archiver:
    """Archives one day after the other, as long as there is one whose time has come."""

    def __init__(
        self,
        events: EventRepository,
        archives: EventArchiveRepository,
        clock: Clock,
        *,
        node: str,
        folder: Path,
        retention: timedelta,
        key: Callable[[], Key | None] = lambda: None,
        pause_s: float = _PAUSE_S,
    ) -> None:
        """Write to `folder`, encrypted with `key()` if there is one, what is past `retention`."""
        self._events = events
        self._archives = archives
        self._clock = clock
        self._node = node
        self._folder = folder
        self._retention = retention
        self._key = key
        self._pause_s = pause_s

    async def run(self) -> int:
        """Archive all that is due; return how many files were written.

        What an earlier run, of whichever node, has sealed and not yet removed is removed first.
        Raises OSError when the folder refuses, and StoreUnavailableError; repeating is safe.
        """
        files = 0
        while True:
            for stretch in await self._archives.sealed():
                await self._remove(stretch)
            due = await self._due()
            if due is None or not await self._write(*due):
                return files
            files += 1

    async def _due(self) -> tuple[Stretch, str] | None:
        """Return the next day that is past its time and delivered, and its name."""
        oldest = await self._archives.oldest()
        now = self._clock.now()
        if oldest is None:
            return None
        end = day_end(oldest.time)
        if end > now - self._retention:
            return None
        stretch = await self._archives.stretch(oldest, end)
        floor = await self._archives.floor(now)
        if stretch is None or (floor is not None and floor.position < stretch.last):
            return None
        return stretch, f"{oldest.time:%Y-%m-%d}"

    async def _write(self, stretch: Stretch, day: str) -> bool:
        """Write and seal the file of a stretch; False when it is another node's."""
        key = self._key()
        name = f"{day}_{stretch.first}{SUFFIX if key is None else ENCRYPTED_SUFFIX}"
        now = self._clock.now()
        if not await self._archives.claim(stretch.first, self._node, name, now, _CLAIM):
            return False
        file = ArchiveFile(self._folder / name, key, self._node)
        try:
            await self._fill(file, stretch)
            file.complete()
        finally:
            file.discard()
        entry = AuditEntry(
            self._clock.now(),
            _BY,
            "",
            AuditAction.EVENTS_ARCHIVED,
            SubjectKind.EVENTS,
            name,
            detail={"events": file.events, "sha256": file.sha256, "node": self._node},
        )
        sealed = await self._archives.seal(
            stretch, self._node, events=file.events, sha256=file.sha256, entry=entry
        )
        if not sealed:
            (self._folder / name).unlink(missing_ok=True)
        return sealed

    async def _fill(self, file: ArchiveFile, stretch: Stretch) -> None:
        position = stretch.first - 1
        while position < stretch.last:
            found = await self._events.after(position, _READ_EVENTS, until=stretch.last)
            if not found:
                return
            file.add([stored.event for stored in found])
            position = found[-1].position

    async def _remove(self, stretch: Stretch) -> None:
        while True:
            removed = await self._archives.remove_some(stretch, _REMOVE_EVENTS, self._clock.now())
            if removed < _REMOVE_EVENTS:
                return
            await asyncio.sleep(self._pause_s)


def day_end(moment: datetime) -> datetime:
    """Return when the day of `moment` ends, in UTC."""
    day = moment.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return day + timedelta(days=1)
