"""What a user is told when something goes wrong: one line with the mend, never a traceback."""

from __future__ import annotations

import os
import re
import tempfile
import traceback
from datetime import UTC, datetime
from pathlib import Path

from voicegw.errors import (
    ConfigError,
    InvalidError,
    Problem,
    StartError,
    StoreUnavailableError,
    StoreVersionError,
    VoicegwError,
)
from voicegw.identity import mask

_NUMBER = re.compile(r"\+?\d{7,15}")


def problems_of(error: VoicegwError | OSError) -> list[Problem]:
    """Return what is wrong, where, and what mends it."""
    if isinstance(error, ConfigError):
        return error.problems
    if isinstance(error, StartError):
        return [error.problem]
    if isinstance(error, StoreVersionError):
        return [Problem("store", str(error), "run voicegw migrate")]
    if isinstance(error, StoreUnavailableError):
        mend = "check store.url, and that the database runs and has room"
        return [Problem("store", str(error) or "can't be reached", mend)]
    if isinstance(error, InvalidError):
        return [Problem(error.field, error.message)]
    if isinstance(error, VoicegwError):
        return [Problem(error.slug, str(error))]
    where = str(error.filename) if error.filename else "system"
    return [Problem(where, error.strerror or str(error), "check that it exists and is allowed")]


def write_crash_log(error: BaseException, data_dir: Path | None) -> Path | None:
    """Keep an unexpected error's traceback in a file; return it, or None where none could be made.

    Telephone numbers are masked: nobody expects them in a crash log.
    """
    name = f"crash-{datetime.now(UTC):%Y%m%dT%H%M%S}-{os.getpid()}.log"
    text = _NUMBER.sub(
        lambda match: mask(match[0]) or "", "".join(traceback.format_exception(error))
    )
    for folder in filter(None, (data_dir, Path(tempfile.gettempdir()))):
        try:
            folder.mkdir(parents=True, exist_ok=True)
            path = folder / name
            path.touch(mode=0o600)
            path.write_text(text, encoding="utf-8")
        except OSError:
            continue
        return path
    return None
