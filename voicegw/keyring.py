"""The file with the keys that recordings are encrypted with (`recording.key_file`).

A text file of mode 0600, a key a line: its id and 32 bytes in Base64; `#` begins a comment. The
first key encrypts, all of them decrypt. So a new key is written above the old ones, which stay
until nothing is encrypted with them any more::

    # voicegw recording keys: the first encrypts
    2026-11-21-9f3a 3q2+7wAA…=
    2026-02-01-77c0 qL8R02bb…=
"""

from __future__ import annotations

import base64
import binascii
import os
import re
import secrets
import stat
import tempfile
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Final

from voicegw.encryption import KEY_BYTES, Key
from voicegw.errors import ConfigError, KeyMissingError, Problem

_ID: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,15}")
_HEAD: Final = "# voicegw recording keys: the first encrypts, all decrypt. Keep a copy elsewhere.\n"
_FORBIDDEN_BITS: Final = 0o077
_WHERE: Final = "recording.key_file"


class KeyRing:
    """The keys of a file. `refresh` follows it; while it can't be used, they stay what they are."""

    def __init__(self, path: Path, where: str = _WHERE) -> None:
        """Read the keys. Raises ConfigError, which says what is wrong with the file.

        `where` is the setting that names it.
        """
        self.path = path
        self._where = where
        self._seen = _state(path)
        self._keys = read_keys(path, where)
        self.trouble: str | None = None
        """Why the file can't be used as it was last seen; never a word of what is in it."""

    @property
    def current(self) -> Key:
        """The key that encrypts; never waits for a disk."""
        return self._keys[0]

    @property
    def ids(self) -> list[str]:
        """The ids of all keys that were read, the current one first."""
        return [key.id for key in self._keys]

    def get(self, key_id: str) -> Key:
        """Return the key with this id, looked for in the file once more. Raises KeyMissingError."""
        found = self._find(key_id)
        if found is None:
            self.refresh()
            found = self._find(key_id)
        if found is None:
            raise KeyMissingError(key_id)
        return found

    def _find(self, key_id: str) -> Key | None:
        return next((key for key in self._keys if key.id == key_id), None)

    def refresh(self) -> None:
        """Take the file as it is now, if it changed and can be used. Not for the node's loop."""
        state = _state(self.path)
        if state == self._seen:
            return
        self._seen = state
        try:
            self._keys = read_keys(self.path, self._where)
        except ConfigError as error:  # the keys that are known are as good as before
            self.trouble = error.problems[0].what
        else:
            self.trouble = None


def open_key_ring(path: str) -> KeyRing | None:
    """Return the keys of `recording.key_file`; None where it is empty. Raises ConfigError."""
    return KeyRing(Path(path).expanduser()) if path else None


def read_keys(path: Path, where: str = _WHERE) -> Sequence[Key]:
    """Return the keys of the file, at least one. Raises ConfigError with what mends it.

    `where` is the setting that names the file.
    """
    try:
        with path.open(encoding="ascii") as stream:
            mode = stat.S_IMODE(os.fstat(stream.fileno()).st_mode)
            text = stream.read()
    except OSError as error:
        what = f"{path} can't be read ({error.strerror or error})"
        raise _refusal(
            what, "bring the file back, or make one: voicegw recordings new-key", where
        ) from (error)
    except UnicodeDecodeError as error:
        raise _refusal(f"{path} is no file of keys", _HOW, where) from error
    if mode & _FORBIDDEN_BITS:
        what = f"{path} may be read by others (mode {mode:04o})"
        raise _refusal(what, f"chmod 600 {path}", where)
    keys: list[Key] = []
    for number, line in enumerate(text.splitlines(), start=1):
        fields = line.partition("#")[0].split()
        if not fields:
            continue
        key = _key(fields)
        if key is None:
            # The line is not shown: it may hold a key.
            raise _refusal(f"{path}:{number} is no key", _HOW, where)
        if any(other.id == key.id for other in keys):
            raise _refusal(f"{path}:{number} has the id of another key", "give each its own", where)
        keys.append(key)
    if not keys:
        raise _refusal(f"{path} holds no key", _HOW, where)
    return keys


_HOW: Final = "a line is an id and 32 bytes in Base64; voicegw recordings new-key writes one"


def add_key(path: Path, today: date) -> Key:
    """Make a key and write it above those that `path` has; the file is created if need be.

    The file is replaced in one step, safe from a power cut. Raises ConfigError when what is there
    is no file of keys, OSError.
    """
    before = read_keys(path) if path.exists() else []
    key = Key(f"{today:%Y-%m-%d}-{secrets.token_hex(2)}", secrets.token_bytes(KEY_BYTES))
    lines = "".join(f"{one.id} {base64.b64encode(one.secret).decode()}\n" for one in (key, *before))
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)  # mode 0600
    try:
        with os.fdopen(handle, "w", encoding="ascii") as stream:
            stream.write(_HEAD + lines)
            stream.flush()
            os.fsync(stream.fileno())
        Path(name).replace(path)
    except OSError:
        Path(name).unlink(missing_ok=True)
        raise
    # What the node encrypts with it from now on is lost if a power cut brings the old file back.
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
    return key


def _key(fields: Sequence[str]) -> Key | None:
    if len(fields) != 2 or not _ID.fullmatch(fields[0]):
        return None
    try:
        secret = base64.b64decode(fields[1], validate=True)
    except binascii.Error:
        return None
    return Key(fields[0], secret) if len(secret) == KEY_BYTES else None


def _state(path: Path) -> tuple[int, int, int, int] | None:
    """Return what differs once the file was written, replaced, or allowed to be read."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_ctime_ns, found.st_size, found.st_ino


def _refusal(what: str, mend: str, where: str) -> ConfigError:
    return ConfigError([Problem(where, what, mend)])
