"""The built console, in memory: what each of its files is sent as.

It is some megabytes, read once. What a node serves so belongs together: an installation that is
upgraded under a running node changes nothing of it before the node starts anew, and a path that was
not in the folder leads nowhere.
"""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Final

FOLDER: Final = Path(__file__).with_name("bundle")
"""Where `make console` builds it, and where an installed package has it."""
INDEX: Final = "/index.html"
ASSETS: Final = "/assets/"
"""Below it names hold a hash of the content: what has such a name never changes."""
_YEAR_S: Final = 365 * 24 * 3600
_ETAG_LETTERS: Final = 32
ENCODINGS: Final = ("br", "gzip")
"""The packed forms that there may be, the smaller one first."""
_WORTH_BYTES: Final = 1024
"""Less fits into one packet as it is."""
_BROTLI: Final = ".br"
"""What the build adds to a file's name for its Brotli form; packing it takes a build's time."""
_TYPES: Final[Mapping[str, str]] = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".ico": "image/x-icon",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
    ".wasm": "application/wasm",
    ".webmanifest": "application/manifest+json",
    ".webp": "image/webp",
    ".woff2": "font/woff2",
}
_ALREADY_SMALL: Final = frozenset({".ico", ".png", ".webp", ".woff2"})
_UNKNOWN_TYPE: Final = "application/octet-stream"


@dataclass(frozen=True, slots=True)
class Asset:
    """A file of the console."""

    content: bytes
    packed: Mapping[str, bytes]
    """Its packed forms by content coding, of :data:`ENCODINGS`; without those that save nothing."""
    media_type: str
    etag: str
    """Without quotation marks, of the content as it is."""
    max_age_s: int
    """For how long browsers need not ask again; 0: they ask each time whether it has changed."""


Bundle = Mapping[str, Asset]
"""Every file by the path that it is asked for with."""


def read_bundle(folder: Path) -> Bundle | None:
    """Return the console built into `folder`; None when there is none. Blocks for a moment."""
    found = dict(_assets(folder))
    return found if INDEX in found else None


def _assets(folder: Path) -> Iterator[tuple[str, Asset]]:
    for file in sorted(folder.rglob("*")):
        path = "/" + file.relative_to(folder).as_posix()
        if file.is_file() and "/." not in path and file.suffix != _BROTLI:
            yield path, _asset(path, file)


def is_file(path: str) -> bool:
    """Whether `path` can only be a file's: the addresses of pages end in no such suffix."""
    return path.startswith(ASSETS) or PurePosixPath(path).suffix in _TYPES


def _asset(path: str, file: Path) -> Asset:
    content = file.read_bytes()
    return Asset(
        content=content,
        packed=dict(_packed(file, content)),
        media_type=_TYPES.get(file.suffix, _UNKNOWN_TYPE),
        etag=hashlib.sha256(content).hexdigest()[:_ETAG_LETTERS],
        max_age_s=_YEAR_S if path.startswith(ASSETS) else 0,
    )


def _packed(file: Path, content: bytes) -> Iterator[tuple[str, bytes]]:
    if file.suffix in _ALREADY_SMALL or len(content) < _WORTH_BYTES:
        return
    brotli = file.with_name(file.name + _BROTLI)
    if brotli.is_file():
        yield "br", brotli.read_bytes()
    gzipped = gzip.compress(content, mtime=0)
    if len(gzipped) < len(content):
        yield "gzip", gzipped
