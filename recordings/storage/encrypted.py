"""Encrypted files as streams of plain bytes; the format is in :mod:`voicegw.encryption`."""

from __future__ import annotations

import io
import os
from typing import BinaryIO, Final

from recordings.storage.seekable import SeekableReader
from voicegw.encryption import (
    CHUNK_BYTES,
    HEADER_BYTES,
    ChunkCipher,
    ChunkPlan,
    FileKey,
    Header,
    Key,
    Layout,
    is_encrypted,
)
from voicegw.errors import DamagedFileError, KeyMissingError
from voicegw.keyring import KeyRing

_SEALED_BYTES: Final = CHUNK_BYTES + 16


class EncryptingWriter(io.RawIOBase):
    """Encrypts what is written, chunk by chunk, to a stream that can seek.

    Like a file, but it can be gone back to in its first chunk only: that one is written when all
    is there, because writers of sound put the length into the head of a file at its end. No plain
    byte reaches the stream, and no more than two chunks are held.
    """

    def __init__(self, stream: BinaryIO, key: Key, name: str) -> None:
        """Write to `stream`, which stays open and is the caller's; `name` is the file's key."""
        header = Header.new(Layout.CHUNKS, key.id)
        self.key_id = key.id
        self._stream = stream
        self._cipher = ChunkCipher(FileKey.derive(key, header), name)
        self._header = header.pack()
        self._first = bytearray()
        self._later = bytearray()
        self._number = 1
        self._place = 0
        self._size_bytes = 0
        self._has_ended = False
        self._is_complete = False

    def writable(self) -> bool:
        """It is written to."""
        return True

    def seekable(self) -> bool:
        """It can seek, within its first chunk and to its end."""
        return True

    def tell(self) -> int:
        """Return where the next byte goes."""
        return self._place

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Go to a place in the first chunk or to the end. Raises OSError for another place."""
        base = {os.SEEK_SET: 0, os.SEEK_CUR: self._place, os.SEEK_END: self._size_bytes}[whence]
        place = base + offset
        if place != self._size_bytes and not 0 <= place < min(CHUNK_BYTES, self._size_bytes):
            raise io.UnsupportedOperation("only the first chunk can be written again")
        self._place = place
        return place

    def write(self, data: bytes | bytearray | memoryview) -> int:  # type: ignore[override]
        """Take all of `data`. Raises OSError when the disk refuses, and after the end."""
        if self._has_ended:
            # Another content would be sealed under a nonce that has been used.
            raise io.UnsupportedOperation("the file has been completed")
        view = memoryview(data).cast("B")
        taken = 0
        while taken < len(view):
            if self._place < CHUNK_BYTES:
                count = min(CHUNK_BYTES - self._place, len(view) - taken)
                self._first[self._place : self._place + count] = view[taken : taken + count]
            elif self._place < self._size_bytes:
                raise io.UnsupportedOperation("only the first chunk can be written again")
            else:
                count = self._append(view[taken:])
            taken += count
            self._place += count
            self._size_bytes = max(self._size_bytes, self._place)
        return taken

    def _append(self, view: memoryview) -> int:
        """Take what the chunk has room for; a full one is kept until something follows it."""
        if len(self._later) == CHUNK_BYTES:
            self._seal_later(is_last=False)
        count = min(CHUNK_BYTES - len(self._later), len(view))
        self._later += view[:count]
        return count

    def _seal_later(self, *, is_last: bool) -> None:
        sealed = self._cipher.seal(self._number, self._later, is_last=is_last)
        self._stream.seek(HEADER_BYTES + self._number * _SEALED_BYTES)
        _write_all(self._stream, sealed)
        self._number += 1
        self._later.clear()

    def complete(self) -> None:
        """Write the last chunk, the first and the header. Raises OSError when the disk refuses.

        Nothing can be read before this, and nothing written after it; what the disk refused may be
        tried again.
        """
        if self._is_complete:
            return
        self._has_ended = True
        if self._later:
            self._seal_later(is_last=True)
        first = self._cipher.seal(0, self._first, is_last=self._number == 1)
        self._stream.seek(0)
        _write_all(self._stream, self._header + first)
        self._stream.flush()
        self._is_complete = True


class EncryptedReader(SeekableReader):
    """The plain bytes of an encrypted stream; only the chunks that are asked for are fetched.

    The last chunk is opened at once, so whoever has a reader knows that key, name and size are
    right. What was changed elsewhere raises DamagedFileError when it is read.
    """

    def __init__(self, stream: BinaryIO, keys: KeyRing | None, name: str) -> None:
        """Take over `stream`, which must be able to seek and is closed with this.

        Raises KeyMissingError and DamagedFileError; the stream is closed then.
        """
        self._stream = stream
        try:
            stream.seek(0)
            header = read_header(stream)
            if keys is None:
                raise KeyMissingError(header.key_id)
            file_key = FileKey.derive(keys.get(header.key_id), header)
            self._cipher = ChunkCipher(file_key, name)
            self._plan = ChunkPlan(header.chunk_bytes, stream.seek(0, os.SEEK_END))
            self._number = self._plan.chunks - 1
            self._chunk = self._open(self._number)
        except BaseException:
            stream.close()
            raise
        super().__init__(self._plan.plain_bytes)
        self.key_id = header.key_id

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        """Fill `buffer` from one chunk; 0 at the end. Raises DamagedFileError and OSError."""
        if self._place >= self.size_bytes:
            return 0
        number, start = divmod(self._place, self._plan.chunk_bytes)
        if number != self._number:
            self._chunk = self._open(number)
            self._number = number
        part = memoryview(self._chunk)[start : start + len(buffer)]
        buffer[: len(part)] = part
        self._place += len(part)
        return len(part)

    def close(self) -> None:
        """Close the stream below."""
        if not self.closed:
            self._stream.close()
        super().close()

    def _open(self, number: int) -> bytes:
        start, end = self._plan.span(number)
        self._stream.seek(start)
        sealed = self._stream.read(end - start)
        return self._cipher.open(number, sealed, is_last=number == self._plan.chunks - 1)


def key_id_of(stream: BinaryIO) -> str | None:
    """Return which key the file is encrypted with, None for a plain one; back to its begin.

    Raises DamagedFileError.
    """
    start = stream.read(HEADER_BYTES)
    stream.seek(0)
    return Header.unpack(start).key_id if is_encrypted(start) else None


def read_header(stream: BinaryIO) -> Header:
    """Return the header at the stream's place. Raises DamagedFileError."""
    data = stream.read(HEADER_BYTES)
    if not is_encrypted(data):
        raise DamagedFileError("the file should be encrypted and is not")
    return Header.unpack(data)


def _write_all(stream: BinaryIO, data: bytes) -> None:
    view = memoryview(data)
    while view:
        # An unbuffered file takes a part when the disk fills up; only the next write tells.
        view = view[stream.write(view) :]
