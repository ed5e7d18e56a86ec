"""Files that are being made: written in the staging folder, checked, and moved to their place.

With a key they are encrypted as they are written, so what a crash leaves behind is not plain
either. `LocalStorage.stage` makes one::

    with storage.stage("2026/11/21/rec_1.flac") as staged:
        write(staged.stream)
        file = staged.put(FileKind.MASTER, "audio/flac")
"""

from __future__ import annotations

import fcntl
import hashlib
import io
import os
import secrets
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Final, Self, cast

from recordings.storage.encrypted import EncryptedReader, EncryptingWriter, key_id_of
from voicegw.keyring import KeyRing
from voicegw.model.recording import FileKind, RecordingFile

PART: Final = ".part"
_HASH_CHUNK_BYTES: Final = 1 << 20


class StagedFile:
    """One file on its way to `key`. A context manager: what was not put is removed at its end.

    Every method raises OSError when the disk refuses.
    """

    def __init__(
        self, folder: Path, key: str, keys: KeyRing | None, move: Callable[[Path, str], None]
    ) -> None:
        """Make it in `folder`, encrypted where there are `keys`; `move` brings it to its place."""
        name = key.rpartition("/")[2]
        self._path = folder / f"{name}.{os.getpid()}.{secrets.token_hex(4)}{PART}"
        self._key = key
        self._keys = keys
        self._move = move

    def __enter__(self) -> Self:
        """Begin the file."""
        self._file = self._path.open("wb", buffering=0)
        # Held while writing, so that a sweep tells a living process's file from a dead one's.
        fcntl.flock(self._file, fcntl.LOCK_EX)
        self._writer: EncryptingWriter | None = None
        if self._keys is not None:
            self._writer = EncryptingWriter(self._file, self._keys.current, self._key)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Remove what is left of it."""
        self._file.close()
        self._path.unlink(missing_ok=True)

    @property
    def stream(self) -> BinaryIO:
        """Where plain bytes are written to: unbuffered, and able to seek in its first 64 KiB."""
        return cast(BinaryIO, self._file if self._writer is None else self._writer)

    def open(self) -> BinaryIO:
        """Return the plain bytes that were written; nothing can be written any more.

        The caller closes the stream.
        """
        if self._writer is not None:
            self._writer.complete()
        return open_plain(self._path, self._key, self._keys)

    def put(self, kind: FileKind, media_type: str) -> RecordingFile:
        """Move the file to its place, replacing what is there, and return what it is.

        Once this returns, it survives a power cut.
        """
        if self._writer is not None:
            self._writer.complete()
        file = describe(self._path, self._key, self._keys, kind, media_type)
        self._move(self._path, self._key)
        return file


def open_plain(
    path: Path, key: str, keys: KeyRing | None, *, must_be_encrypted: bool = False
) -> BinaryIO:
    """Return the plain bytes of the file at `path`, which goes by `key`, encrypted or not.

    Raises OSError, KeyMissingError and DamagedFileError.
    """
    stored = path.open("rb")
    if not must_be_encrypted and key_id_of(stored) is None:
        return stored
    return io.BufferedReader(EncryptedReader(stored, keys, key))


def describe(
    path: Path, key: str, keys: KeyRing | None, kind: FileKind, media_type: str
) -> RecordingFile:
    """Return what the file at `path`, which goes by `key`, is; reads all of it.

    Raises what `open_plain` raises.
    """
    with path.open("rb") as stored:
        key_id = key_id_of(stored)
        stored_sha256, size_bytes = digest(stored)
    sha256, plain_bytes = stored_sha256, size_bytes
    if key_id is not None:
        with open_plain(path, key, keys) as plain:
            sha256, plain_bytes = digest(plain)
    return RecordingFile(
        kind=kind,
        key=key,
        media_type=media_type,
        size_bytes=size_bytes,
        sha256=sha256,
        plain_bytes=plain_bytes,
        stored_sha256=stored_sha256,
        key_id=key_id,
    )


def digest(stream: BinaryIO) -> tuple[str, int]:
    """Return the SHA-256 (hex) and the size of what is left in `stream`."""
    found = hashlib.sha256()
    size_bytes = 0
    while chunk := stream.read(_HASH_CHUNK_BYTES):
        found.update(chunk)
        size_bytes += len(chunk)
    return found.hexdigest(), size_bytes


def sweep(folder: Path) -> int:
    """Remove what processes that died left half-written; return how many files that were."""
    swept = 0
    for part in folder.glob(f"*{PART}"):
        try:
            with part.open("rb") as stream:
                fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
                part.unlink()
        except (BlockingIOError, FileNotFoundError):
            continue
        swept += 1
    return swept
