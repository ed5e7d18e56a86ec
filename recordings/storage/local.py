"""Where finished recordings lie: a folder, by `file://` URL.

A key is a relative path of plain names (`2026/11/21/rec_….flac`). Nothing that comes from outside
can leave the folder: keys with other characters, hidden names or `..` are refused before the file
system is asked.
"""

from __future__ import annotations

import errno
import glob
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Final
from urllib.parse import unquote

from recordings.storage.staging import StagedFile, describe, open_plain, sweep
from voicegw.errors import ConfigError, InvalidError, NotFoundError, Problem
from voicegw.keyring import KeyRing
from voicegw.model.recording import FileKind, RecordingFile

_NAME: Final = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]*")
_NO_FOLDER_SYNC: Final = frozenset({errno.EINVAL, errno.ENOTSUP, errno.EBADF, errno.ENOSYS})
_STAGING: Final = ".staging"
_CHUNK_BYTES: Final = 1 << 16


def open_storage(url: str, keys: KeyRing | None = None) -> LocalStorage:
    """Return the storage that `url` names, for example `file:///var/lib/voicegw/recordings`.

    With `keys`, what is stored there is encrypted. Raises ConfigError when the scheme is not one
    we carry.
    """
    scheme, separator, rest = url.partition("://")
    if not separator or scheme != "file" or not rest:
        raise ConfigError(
            [Problem("recording.storage", f"{url!r} is no file:// URL", "use file://FOLDER")]
        )
    return LocalStorage(Path(unquote(rest)), keys)


def room_of(folder: Path) -> tuple[int, int]:
    """Return free and total bytes of the file system that `folder` is, or will be, on.

    Raises OSError when the file system can't be asked.
    """
    while not folder.exists():
        folder = folder.parent
    figures = os.statvfs(folder)
    return figures.f_bavail * figures.f_frsize, figures.f_blocks * figures.f_frsize


def free_bytes(folder: Path) -> int:
    """Return how much an unprivileged writer can still put into `folder` or where it will be.

    Raises OSError when the file system can't be asked.
    """
    return room_of(folder)[0]


class LocalStorage:
    """Recordings in a folder of this machine (or one mounted on it)."""

    def __init__(self, root: Path, keys: KeyRing | None = None) -> None:
        """Take the folder; it is created when first written to. With `keys` files are encrypted."""
        self.root = root
        self.keys = keys

    def staging(self) -> Path:
        """Return the folder in which files are prepared, on the same file system; creates it."""
        folder = self.root / _STAGING
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    def sweep(self) -> int:
        """Remove what processes that died left in `staging`; return how many files that were."""
        return sweep(self.staging())

    def stage(self, key: str) -> StagedFile:
        """Return a file to be written, and then put at `key`. Raises InvalidError and OSError."""
        self.path(key)
        return StagedFile(self.staging(), key, self.keys, self.put)

    def open(self, key: str, *, must_be_encrypted: bool = False) -> BinaryIO:
        """Return the plain bytes of the file at `key`, encrypted or not; the caller closes it.

        Raises NotFoundError, KeyMissingError, DamagedFileError and OSError.
        """
        try:
            return open_plain(self.path(key), key, self.keys, must_be_encrypted=must_be_encrypted)
        except FileNotFoundError as error:
            raise NotFoundError("recording file", key) from error

    def describe(self, key: str, kind: FileKind, media_type: str) -> RecordingFile:
        """Return what the file at `key` is. Reads all of it; raises what `open` raises."""
        try:
            return describe(self.path(key), key, self.keys, kind, media_type)
        except FileNotFoundError as error:
            raise NotFoundError("recording file", key) from error

    def put(self, staged: Path, key: str) -> None:
        """Move a finished file from `staging` to `key`, replacing what is there.

        Once this returns, the file survives a power cut. Raises OSError; the staged file then is
        still there.
        """
        target = self.path(key)
        target.parent.mkdir(parents=True, exist_ok=True)
        _sync(staged)
        staged.replace(target)
        folder = target.parent
        while folder != self.root.parent:
            _sync(folder)
            folder = folder.parent

    def path(self, key: str) -> Path:
        """Return where `key` lies, there or not. Raises InvalidError for what is no key."""
        names = key.split("/")
        if not all(_NAME.fullmatch(name) for name in names):
            raise InvalidError("path", "not the path of a recording", kind="pattern")
        return self.root.joinpath(*names)

    def exists(self, key: str) -> bool:
        """Whether there is a file at `key`."""
        return self.path(key).is_file()

    def size_bytes(self, key: str) -> int:
        """Return the size of the file at `key`. Raises NotFoundError."""
        try:
            return self.path(key).stat().st_size
        except FileNotFoundError as error:
            raise NotFoundError("recording file", key) from error

    def read(self, key: str, start: int = 0, length: int | None = None) -> Iterator[bytes]:
        """Yield the bytes at `key` from `start` on, `length` of them or to the end.

        The file is opened when this is called, so a missing one is told at once: NotFoundError.
        """
        try:
            stream = self.path(key).open("rb")
        except FileNotFoundError as error:
            raise NotFoundError("recording file", key) from error

        def chunks() -> Iterator[bytes]:
            with stream:
                stream.seek(start)
                left = length
                while left is None or left > 0:
                    size = _CHUNK_BYTES if left is None else min(left, _CHUNK_BYTES)
                    chunk = stream.read(size)
                    if not chunk:
                        return
                    if left is not None:
                        left -= len(chunk)
                    yield chunk

        return chunks()

    def delete(self, key: str) -> bool:
        """Delete the file at `key`; return whether there was one."""
        try:
            self.path(key).unlink()
        except FileNotFoundError:
            return False
        return True

    def delete_all(self, prefix: str) -> None:
        """Delete every file whose key begins with `prefix`, which names a folder at least.

        Once this returns, a power cut brings none of them back.
        """
        start = self.path(prefix)
        for path in start.parent.glob(f"{glob.escape(start.name)}*"):
            path.unlink(missing_ok=True)
        if start.parent.is_dir():
            _sync(start.parent)

    def free_bytes(self) -> int:
        """Return how much room is left."""
        return free_bytes(self.root)


def _sync(path: Path) -> None:
    """Have the file system write out a file or a folder's entries."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    except OSError as error:
        # Some network and FUSE file systems can't do it for a folder; they keep its entries in
        # their own way, and a recording must not be refused for that.
        if error.errno not in _NO_FOLDER_SYNC or not path.is_dir():
            raise
    finally:
        os.close(handle)
