"""An object storage that recordings are brought to (S3 and compatible), through obstore.

Everything here blocks on the network: call it from a thread. What goes wrong there is
StorageUnavailableError, with no word of the address or its credentials; an object that is not there
is NotFoundError.
"""

from __future__ import annotations

import contextlib
import io
import os
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any, BinaryIO, Final
from urllib.parse import urlsplit

import obstore
from obstore.exceptions import BaseError
from obstore.store import ObjectStore, from_url

from recordings.storage.seekable import SeekableReader
from voicegw.errors import ConfigError, NotFoundError, Problem, StorageUnavailableError

PART_BYTES: Final = 8 << 20
"""What an upload sends at a time; two such parts are in memory."""
READ_AHEAD_BYTES: Final = 256 << 10
"""What a reader fetches at a time, so that a player's small reads are few requests."""
_PARALLEL_PARTS: Final = 2
_CONNECT_TIMEOUT_S: Final = 5.0
_RETRY_TIMEOUT_S: Final = 10.0
_PROMPT_TIMEOUT_S: Final = 20.0
"""For requests that somebody waits for: heads, and what a reader fetches."""
_PROBE: Final = b"voicegw was here\n"


@dataclass(frozen=True, slots=True)
class RemoteOptions:
    """How the storage is reached. What is empty comes from obstore's environment variables.

    `secret_key` is never shown. `timeout_s` is for one request.
    """

    url: str
    endpoint: str = ""
    region: str = ""
    access_key: str = ""
    secret_key: str = ""
    path_style: bool = True
    timeout_s: float = 120.0

    def __repr__(self) -> str:
        """Show the address only."""
        return f"RemoteOptions({self.url!r})"


class RemoteStorage:
    """Objects below a prefix of a bucket, by the same keys as the files of `LocalStorage`."""

    def __init__(self, options: RemoteOptions) -> None:
        """Make no connection yet. Raises ConfigError when the options can't be used."""
        self._store = _store(options, options.timeout_s)
        self._prompt = _store(options, min(options.timeout_s, _PROMPT_TIMEOUT_S))

    def put(self, path: Path, key: str) -> None:
        """Send the file at `path`, in parts when it is large, replacing what is there.

        The object appears at once and whole or not at all. Raises OSError for the file.
        """
        with path.open("rb") as stream, _told():
            obstore.put(
                self._store, key, stream, chunk_size=PART_BYTES, max_concurrency=_PARALLEL_PARTS
            )

    def size_bytes(self, key: str) -> int | None:
        """Return the size of the object, None when there is none."""
        try:
            with _told(key):
                return int(obstore.head(self._prompt, key)["size"])
        except NotFoundError:
            return None

    def digest(self, key: str) -> tuple[str, int] | None:
        """Read the object back; return its SHA-256 (hex) and size, None when there is none."""
        size_bytes = self.size_bytes(key)
        if size_bytes is None:
            return None
        found = sha256()
        try:
            with _told(key):
                # Part by part: a time-out is for a request, however large the object is.
                for start in range(0, size_bytes, PART_BYTES):
                    end = min(start + PART_BYTES, size_bytes)
                    found.update(obstore.get_range(self._store, key, start=start, end=end))
        except NotFoundError:
            return None
        return found.hexdigest(), size_bytes

    def open(self, key: str) -> BinaryIO:
        """Return the bytes of the object as a stream that fetches the ranges that are read.

        Raises NotFoundError.
        """
        size_bytes = self.size_bytes(key)
        if size_bytes is None:
            raise NotFoundError("recording file", key)
        return io.BufferedReader(_RemoteReader(self, key, size_bytes))

    def read(self, key: str, start: int, end: int) -> bytes:
        """Return the bytes from `start` up to and without `end`."""
        with _told(key):
            return bytes(obstore.get_range(self._prompt, key, start=start, end=end))

    def delete(self, key: str) -> None:
        """Delete the object; there need not be one."""
        with contextlib.suppress(NotFoundError), _told(key):
            obstore.delete(self._store, key)

    def delete_all(self, prefix: str) -> None:
        """Delete every object whose key begins with `prefix`, which names a folder at least."""
        folder = prefix.rpartition("/")[0]
        with _told():
            # Keys come in their order, so all that is listed from here on is one short page.
            for page in obstore.list(self._store, folder, offset=prefix):
                keys = [str(one["path"]) for one in page if str(one["path"]).startswith(prefix)]
                if keys:
                    obstore.delete(self._store, keys)
                if len(keys) < len(page):
                    return

    def try_out(self) -> None:
        """Write an object, read it and delete it. Raises StorageUnavailableError."""
        key = f"probe-{secrets.token_hex(8)}"
        with _told():
            obstore.put(self._store, key, _PROBE)
            found = bytes(obstore.get(self._store, key).bytes())
            obstore.delete(self._store, key)
        if found != _PROBE:
            raise StorageUnavailableError("it does not give back what it was given")


class _RemoteReader(SeekableReader):
    """An object as a file to read from; holds one span of it."""

    def __init__(self, storage: RemoteStorage, key: str, size_bytes: int) -> None:
        super().__init__(size_bytes)
        self._storage = storage
        self._key = key
        self._start = 0
        self._span = b""

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        if self._place >= self.size_bytes:
            return 0
        if not self._start <= self._place < self._start + len(self._span):
            end = min(self._place + READ_AHEAD_BYTES, self.size_bytes)
            self._span = self._storage.read(self._key, self._place, end)
            self._start = self._place
        part = memoryview(self._span)[self._place - self._start :][: len(buffer)]
        buffer[: len(part)] = part
        self._place += len(part)
        return len(part)


def _store(options: RemoteOptions, timeout_s: float) -> ObjectStore:
    endpoint = options.endpoint or os.environ.get("AWS_ENDPOINT_URL", "")
    arguments: dict[str, Any] = {
        "client_options": {
            "connect_timeout": timedelta(seconds=_CONNECT_TIMEOUT_S),
            "timeout": timedelta(seconds=timeout_s),
            "allow_http": endpoint.startswith("http://"),
        },
        # What takes longer is tried again by the queue of work, which survives this process.
        "retry_config": {
            "max_retries": 2,
            "retry_timeout": timedelta(seconds=_RETRY_TIMEOUT_S),
        },
    }
    if urlsplit(options.url).scheme == "s3":
        config = {
            "endpoint": endpoint,
            "region": options.region,
            "access_key_id": options.access_key,
            "secret_access_key": options.secret_key,
        }
        arguments["config"] = {name: value for name, value in config.items() if value}
        arguments["config"]["virtual_hosted_style_request"] = not options.path_style
    try:
        return from_url(options.url, **arguments)
    except (BaseError, ValueError) as error:
        what = f"{options.url!r} can't be used ({type(error).__name__})"
        raise ConfigError(
            [Problem("recording.storage", what, "write s3://BUCKET/PREFIX, see [storage]")]
        ) from error


@contextlib.contextmanager
def _told(key: str | None = None) -> Iterator[None]:
    """Turn what obstore raises into errors of ours; without `key` a missing object is a failure.

    Its messages show addresses, so only the kind of the error is passed on.
    """
    try:
        yield
    except FileNotFoundError as error:
        if key is not None:
            raise NotFoundError("recording file", key) from error
        raise StorageUnavailableError("there is no such bucket") from error
    except PermissionError as error:
        raise StorageUnavailableError("it refuses our key") from error
    except (BaseError, OSError) as error:
        name = type(error).__name__.removesuffix("Error")
        raise StorageUnavailableError(f"it does not answer as it should ({name})") from error
