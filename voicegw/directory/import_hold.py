"""Which uploads are being imported: the process that reads one holds a lock on it (flock(2)).

The lock ends with its process however that ends, so a node that was killed finds out at its next
start what is left of its imports.
"""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

SUFFIX = ".import"
"""Of uploads; the rest of the name is the job's id."""


@contextmanager
def holding(file: Path) -> Iterator[None]:
    """Hold `file` while it is imported; whoever reads it tells of one that can't be opened."""
    try:
        stream = file.open("rb")
    except OSError:
        yield
        return
    with stream:
        fcntl.flock(stream, fcntl.LOCK_SH)
        yield


def left_in(folder: Path) -> list[Path]:
    """Return the uploads in `folder` that nobody imports."""
    return [file for file in sorted(folder.glob(f"*{SUFFIX}")) if not _is_held(file)]


def _is_held(file: Path) -> bool:
    with file.open("rb") as stream:
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False
