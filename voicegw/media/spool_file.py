"""The file below a spool: plain, or encrypted in the blocks that the capture has written.

An encrypted spool is a header and blocks (:mod:`voicegw.encryption`), each with whole records. A
reader stops quietly at a block that is not whole, or at a last one that was never all written: that
is what a killed worker or a lost power supply leaves. A block before that which is not what was
written is left out and counted: the blocks behind it are read, for each is sealed by itself.
"""

from __future__ import annotations

import io
import os
from pathlib import Path
from typing import BinaryIO

from voicegw.encryption import (
    BLOCK_HEAD,
    HEADER_BYTES,
    MAX_BLOCK_BYTES,
    TAG_BYTES,
    BlockOpener,
    FileKey,
    Header,
    Key,
    Layout,
    is_encrypted,
)
from voicegw.errors import DamagedFileError, KeyMissingError
from voicegw.keyring import KeyRing


def new_spool_key(master: Key) -> FileKey:
    """Return the key of a new spool: all that the worker that writes it is given."""
    return FileKey.derive(master, Header.new(Layout.BLOCKS, master.id))


def open_spool(path: Path, keys: KeyRing | None) -> BinaryIO:
    """Return the plain bytes of the spool at `path`, to be read in order.

    Raises OSError, KeyMissingError, and DamagedFileError when it does not even begin as one.
    `damaged_blocks` tells what could not be read.
    """
    stored = path.open("rb")
    try:
        start = stored.read(HEADER_BYTES)
        if not is_encrypted(start):
            stored.seek(0)
            return stored
        header = Header.unpack(start)
        if keys is None:
            raise KeyMissingError(header.key_id)
        opener = BlockOpener(FileKey.derive(keys.get(header.key_id), header))
    except BaseException:
        stored.close()
        raise
    return io.BufferedReader(_BlockStream(stored, opener))


def damaged_blocks(stream: BinaryIO) -> int:
    """Return how many damages were found in what was read of a stream of `open_spool` so far."""
    raw = getattr(stream, "raw", None)
    return raw.damaged if isinstance(raw, _BlockStream) else 0


def tail(path: Path, keys: KeyRing | None, size_bytes: int) -> bytes:
    """Return the last `size_bytes` of the plain spool, or what there is of them in its last block.

    Raises what `open_spool` raises.
    """
    with open_spool(path, keys) as stream:
        if isinstance(stream, io.BufferedReader) and isinstance(stream.raw, _BlockStream):
            return stream.raw.last_block()[-size_bytes:]
        stream.seek(max(stream.seek(0, os.SEEK_END) - size_bytes, 0))
        return stream.read(size_bytes)


class _BlockStream(io.RawIOBase):
    """The plain bytes of blocks, in order."""

    def __init__(self, stored: BinaryIO, opener: BlockOpener) -> None:
        self._stored = stored
        self._opener = opener
        self._size_bytes = os.fstat(stored.fileno()).st_size
        self._plain = memoryview(b"")
        self._previous = 0
        """The number of the last block that was what was written."""
        self._seen = 0
        """The highest number that a block claimed to have."""
        self.damaged = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        while not self._plain:
            block = self._next()
            if block is None:
                return 0
            self._plain = memoryview(block)
        part = self._plain[: len(buffer)]
        buffer[: len(part)] = part
        self._plain = self._plain[len(part) :]
        return len(part)

    def close(self) -> None:
        if not self.closed:
            self._stored.close()
        super().close()

    def last_block(self) -> bytes:
        """Go to the last whole block and return it; empty when there is none."""
        last: tuple[int, int, int] | None = None
        before = 0
        while (head := self._head()) is not None:
            length, number = head
            before, last = last[2] if last else 0, (self._stored.tell(), length, number)
            self._stored.seek(length, os.SEEK_CUR)
        if last is None:
            return b""
        place, length, number = last
        self._stored.seek(place)
        self._opener.resume(before)
        try:
            return self._opener.open(number, self._stored.read(length))
        except DamagedFileError:
            return b""

    def _next(self) -> bytes | None:
        """Return the next block that is what was written; None at the end."""
        while True:
            try:
                head = self._head()
            except DamagedFileError:
                self.damaged += 1
                head = None
            if head is None:
                # Where the next one begins can't be told; asked once more, it still is the end.
                self._stored.seek(0, os.SEEK_END)
                return None
            number, sealed = head[1], self._stored.read(head[0])
            plain = self._opened(number, sealed)
            if plain is not None:
                return plain
            if self._stored.tell() < self._size_bytes:
                self.damaged += 1

    def _opened(self, number: int, sealed: bytes) -> bytes | None:
        """Return the block's plain bytes; None when it is not what was written here.

        It names the block before it. Where that one is damaged or gone this is counted, and the
        block is read all the same; one that comes again or too late is not.
        """
        if number <= self._previous:
            return None
        for previous in dict.fromkeys((self._previous, self._seen, number - 1)):
            self._opener.resume(previous)
            try:
                plain = self._opener.open(number, sealed)
            except DamagedFileError:
                continue
            if previous not in (self._previous, self._seen):
                self.damaged += 1
            self._previous = self._seen = number
            return plain
        self._seen = number
        return None

    def _head(self) -> tuple[int, int] | None:
        """Return length and number of the next block; None when it is not whole."""
        head = self._stored.read(BLOCK_HEAD.size)
        if len(head) < BLOCK_HEAD.size:
            return None
        length, number = BLOCK_HEAD.unpack(head)
        whole = self._stored.tell() + length <= self._size_bytes
        if not TAG_BYTES <= length <= MAX_BLOCK_BYTES and whole:
            raise DamagedFileError(f"block {number} has an impossible length")
        return (length, number) if whole else None
