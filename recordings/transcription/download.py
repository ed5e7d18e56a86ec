"""Gets a model: downloads an archive, going on where it stopped, and unpacks it all or nothing.

What comes is trusted no further than its checksum. Without a known SHA-256 the first one that came
is kept (`pins.json` in the models' folder) and every later download of that name must have it.
"""

from __future__ import annotations

import fcntl
import hashlib
import http.client
import json
import lzma
import os
import re
import shutil
import stat
import time
import urllib.error
import urllib.parse
import urllib.request
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any, Final

import msgspec

from recordings.transcription.catalogue import EngineKind
from recordings.transcription.models import is_complete
from voicegw.errors import VoicegwError

_CHUNK_BYTES: Final = 1 << 18
_TIMEOUT_S: Final = 30.0
_UNPACKED_TIMES: Final = 3
"""How much larger than its archive a model may be expected to be, for room on the disk."""
_LARGEST_TIMES: Final = 30
"""How much larger it may be at all."""
_MOST_MEMBERS: Final = 10_000
_LOOK_EVERY_BYTES: Final = 1 << 24
_NO_ARCHIVE: Final = (
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    EOFError,
    NotImplementedError,
    RuntimeError,
    ValueError,
    FileExistsError,
    NotADirectoryError,
    IsADirectoryError,
)
"""What unpacking raises for archives that are damaged, encrypted, contradictory, or none."""
_WORKPLACE: Final = ".pulling"
_PINS: Final = "pins.json"
_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_SHA256: Final = re.compile(r"[0-9A-Fa-f]{64}")


class _SafeRedirects(urllib.request.HTTPRedirectHandler):
    """Follows a server elsewhere, but not out of the web, nor out of TLS."""

    def redirect_request(  # noqa: PLR0917 - the signature of urllib
        self, req: urllib.request.Request, fp: Any, code: int, msg: str, headers: Any, newurl: str
    ) -> urllib.request.Request | None:
        allowed = ("https",) if req.type == "https" else ("http", "https")
        if urllib.parse.urlsplit(newurl).scheme not in allowed:
            raise PullError(f"{req.host} sends on to an address that is not {allowed[-1]}://")
        return super().redirect_request(req, fp, code, msg, headers, newurl)


_OPENER: Final = urllib.request.build_opener(_SafeRedirects)


class PullError(VoicegwError):
    """A model could not be pulled; the message says why and what to do."""

    slug = "model-not-pulled"


@dataclass(frozen=True, slots=True)
class Source:
    """What to pull. `sha256` is what the archive must have; None: what it had the first time."""

    name: str
    url: str
    kind: EngineKind
    sha256: str | None = None


@dataclass(frozen=True, slots=True)
class Pulled:
    """A model that is there now. `was_pinned`: its checksum was known before."""

    path: Path
    sha256: str
    size_bytes: int
    was_pinned: bool


def pull(
    source: Source,
    folder: Path,
    *,
    on_progress: Callable[[int, int | None], None] = lambda _bytes, _total: None,
    tries: int = 5,
    rest_s: float = 2.0,
) -> Pulled:
    """Download `source` and put it at `folder`/name; a connection that breaks is taken up again.

    `on_progress` gets the bytes that are there and how many there will be, if that is known.
    Raises PullError, after `tries` attempts in a row that brought nothing: what has come is kept
    for the next call. Raises OSError when the disk refuses.
    """
    _check_source(source)
    _pins(folder)  # what is damaged is told of before anything is downloaded
    target = folder / source.name
    workplace = folder / _WORKPLACE
    workplace.mkdir(parents=True, exist_ok=True)
    with _alone(workplace / f"{source.name}.lock"):
        archive = workplace / f"{source.name}.zip"
        _download(source.url, archive, on_progress, tries, rest_s)
        found = _sha256(archive)
        pins = _pins(folder)
        expected = source.sha256 or pins.get(source.name)
        if expected is not None and found != expected.lower():
            _forget(archive)
            raise PullError(
                f"the archive has SHA-256 {found} instead of {expected}; nothing was kept. Ask "
                "where it comes from before you pull it again"
            )
        size_bytes = archive.stat().st_size
        _unpack(archive, target, source.kind)
        _forget(archive)
        _pin(folder, source.name, found)
    return Pulled(target, found, size_bytes, expected is not None)


def _check_source(source: Source) -> None:
    """Refuse what would be found wrong after a long download only. Raises PullError."""
    if source.name == _PINS or not _NAME.fullmatch(source.name):
        raise PullError("a model's name is of letters, digits, dots, hyphens and underscores")
    if source.sha256 is not None and not _SHA256.fullmatch(source.sha256):
        raise PullError("a SHA-256 is 64 hexadecimal digits")
    try:
        parts = urllib.parse.urlsplit(source.url)
    except ValueError as error:
        raise PullError("the URL is none") from error
    if parts.scheme not in {"http", "https"} or not parts.hostname or not source.url.isascii():
        raise PullError(f"{source.url} is no http:// or https:// address")


def _download(
    url: str,
    archive: Path,
    on_progress: Callable[[int, int | None], None],
    tries: int,
    rest_s: float,
) -> None:
    """Bring `url` to `archive`. Beside it lies what tells whether the far file is the same."""
    left = tries
    while True:
        before = _size(archive)
        try:
            if _fetch(url, archive, on_progress):
                return
            why = "the connection ended early"
        except urllib.error.HTTPError as error:
            error.close()
            if error.code < 500:
                raise PullError(f"{url} answers {error.code}; check the name or --url") from error
            why = f"the server answers {error.code}"
        except (urllib.error.URLError, http.client.HTTPException, TimeoutError) as error:
            why = str(getattr(error, "reason", error)) or type(error).__name__
        except ConnectionError as error:
            why = error.strerror or str(error) or type(error).__name__
        left = tries if _size(archive) > before else left - 1
        if left == 0:
            raise PullError(f"{why}; pull again to go on where it stopped")
        time.sleep(rest_s)


def _fetch(url: str, archive: Path, on_progress: Callable[[int, int | None], None]) -> bool:
    """Bring what is missing of `archive`; return whether it is whole."""
    note = archive.with_suffix(".json")
    start, known = _size(archive), _read_json(note)
    if known.get("url") != url or "validator" not in known or start == 0:
        start = 0
    request = urllib.request.Request(url)  # noqa: S310 - http and https only, checked above
    if start:
        request.add_header("Range", f"bytes={start}-")
        request.add_header("If-Range", known["validator"])
    try:
        answer = _OPENER.open(request, timeout=_TIMEOUT_S)
    except urllib.error.HTTPError as error:
        if error.code != http.HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE:
            raise
        error.close()
        if start == known.get("total"):
            return True
        _forget(archive)
        return False
    with answer:
        if answer.status != http.HTTPStatus.PARTIAL_CONTENT:
            start = 0
        total = _total(answer, start)
        if start and total != known.get("total"):
            _forget(archive)  # the far file is another one, whatever it calls itself
            return False
        validator = answer.headers.get("ETag") or answer.headers.get("Last-Modified")
        _check_room(archive.parent, (total or 0) - start, total or 0)
        seen = {"url": url, "total": total} | ({"validator": validator} if validator else {})
        note.write_text(json.dumps(seen), encoding="utf-8")
        return _receive(answer, archive, start, total, on_progress)


def _receive(
    answer: Any,
    archive: Path,
    start: int,
    total: int | None,
    on_progress: Callable[[int, int | None], None],
) -> bool:
    with archive.open("r+b" if start else "wb") as file:
        file.seek(start)
        file.truncate()
        there = looked_at = start
        on_progress(there, total)
        while chunk := _read(answer):
            file.write(chunk)
            there += len(chunk)
            on_progress(there, total)
            if total is None and there - looked_at >= _LOOK_EVERY_BYTES:
                # It may never end: calls need the disk more.
                looked_at = there
                try:
                    _check_room(archive.parent, 0, there)
                except PullError:
                    _forget(archive)
                    raise
    return total is None or there == total


def _read(answer: Any) -> bytes:
    """Return what comes next. Raises ConnectionError: no fault of ours, unlike one of the disk."""
    try:
        data: bytes = answer.read(_CHUNK_BYTES)
    except TimeoutError:
        raise
    except OSError as error:  # of TLS, of routes
        raise ConnectionError(str(error.strerror or type(error).__name__)) from error
    return data


def _total(answer: Any, start: int) -> int | None:
    """Return the size of the whole far file, if the answer tells it."""
    content_range = answer.headers.get("Content-Range", "")
    if start and content_range:
        span, _, total = content_range.removeprefix("bytes ").partition("/")
        if not span.startswith(f"{start}-"):
            raise PullError("the server sends another part than was asked for")
        return int(total) if total.isdecimal() else None
    length = answer.headers.get("Content-Length", "")
    return start + int(length) if length.isdecimal() else None


def _check_room(folder: Path, missing_bytes: int, total_bytes: int) -> None:
    needed = missing_bytes + _UNPACKED_TIMES * total_bytes
    free = shutil.disk_usage(folder).free
    if free < needed:
        raise PullError(
            f"{folder.parent} has {free / 1e6:.0f} MB free and needs {needed / 1e6:.0f}; "
            "free some, or set transcription.models_dir"
        )


def _unpack(archive: Path, target: Path, kind: EngineKind) -> None:
    """Unpack into a folder of its own, see that it is a model, and only then move it."""
    staging = archive.with_suffix(".unpacked")
    shutil.rmtree(staging, ignore_errors=True)
    try:
        _extract(archive, staging)
        inner = [path for path in staging.iterdir() if not path.name.startswith((".", "__MACOSX"))]
        root = inner[0] if len(inner) == 1 and inner[0].is_dir() else staging
        if not is_complete(root, kind):
            _forget(archive)
            raise PullError("the archive holds no model of this engine")
        _replace(root, target, archive.with_suffix(".old"))
    finally:
        shutil.rmtree(staging, ignore_errors=True)


def _extract(archive: Path, staging: Path) -> None:
    """Unpack into `staging`. What can't be unpacked is forgotten: the next pull gets it anew."""
    try:
        with zipfile.ZipFile(archive) as packed:
            _check_members(packed, archive.stat().st_size)
            packed.extractall(staging)
    except _NO_ARCHIVE as error:
        _forget(archive)
        raise PullError("what came is no archive that can be unpacked; pull it again") from error


def _replace(root: Path, target: Path, old: Path) -> None:
    """Move `root` to `target`; what is there makes way to `old` and is deleted after."""
    shutil.rmtree(old, ignore_errors=True)
    if target.exists():
        target.rename(old)
    root.rename(target)
    shutil.rmtree(old, ignore_errors=True)


def _check_members(packed: zipfile.ZipFile, archive_bytes: int) -> None:
    """Refuse an archive that would write elsewhere, or without end."""
    for member in packed.infolist():
        path = PurePosixPath(member.filename.replace("\\", "/"))
        mode = member.external_attr >> 16
        if path.is_absolute() or ".." in path.parts or ":" in member.filename:
            raise PullError("the archive would write outside of its folder; it was not unpacked")
        if mode and not (stat.S_ISREG(mode) or stat.S_ISDIR(mode)) and stat.S_IFMT(mode):
            raise PullError("the archive holds a link or a device; it was not unpacked")
    if len(packed.infolist()) > _MOST_MEMBERS:
        raise PullError("the archive holds too many files; it was not unpacked")
    unpacked_bytes = sum(member.file_size for member in packed.infolist())
    if unpacked_bytes > _LARGEST_TIMES * max(archive_bytes, _CHUNK_BYTES):
        raise PullError("the archive would fill the disk; it was not unpacked")
    _check_room(Path(packed.filename or ".").parent, unpacked_bytes, 0)


@contextmanager
def _alone(lock: Path) -> Iterator[None]:
    with lock.open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise PullError("somebody else is pulling this model") from error
        yield


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def _forget(archive: Path) -> None:
    archive.unlink(missing_ok=True)
    archive.with_suffix(".json").unlink(missing_ok=True)


def _pins(folder: Path) -> dict[str, str]:
    """Return the checksums by name. Raises PullError when they can't be made out: no trust anew."""
    path = folder / _PINS
    try:
        return msgspec.json.decode(path.read_bytes(), type=dict[str, str])
    except FileNotFoundError:
        return {}
    except msgspec.DecodeError as error:
        raise PullError(
            f"{path} is damaged: put it right, or delete it to trust what comes next"
        ) from error


def _pin(folder: Path, name: str, sha256: str) -> None:
    """Keep a checksum beside the others, whoever pulls what at the same time."""
    workplace = folder / _WORKPLACE
    with (workplace / f"{_PINS}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        pins = _pins(folder) | {name: sha256}
        staged = workplace / _PINS
        staged.write_text(json.dumps(pins, indent=1, sort_keys=True), encoding="utf-8")
        os.replace(staged, folder / _PINS)


def _read_json(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}
