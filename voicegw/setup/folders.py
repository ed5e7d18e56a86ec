"""The folders of a node: made at its start, and what they tell of an earlier run."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from voicegw.errors import Problem, StartError


def folder(path: Path) -> Path:
    """Return `path`, resolved and there. Raises StartError when it can't be used."""
    try:
        path.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise StartError(
            Problem(
                str(path),
                f"can't be used: {error.strerror}",
                "create it and make it writable, or set node.data_dir",
            )
        ) from error
    return path.resolve()


def last_sign_of_life(*folders: Path) -> datetime | None:
    """Return when something was last written in `folders`, None when there is nothing.

    A running talk writes to its spool once a second; a crash ends that.
    """
    moments: list[float] = []
    for folder in folders:
        with suppress(OSError):
            moments += [path.stat().st_mtime for path in folder.iterdir() if path.is_file()]
    return datetime.fromtimestamp(max(moments), UTC) if moments else None
