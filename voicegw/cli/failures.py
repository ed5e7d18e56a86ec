"""What a user is told when something goes wrong: one line with the mend, never a traceback."""

from __future__ import annotations

import os
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
from voicegw.identity import mask_within


def problems_of(error: VoicegwError | OSError) -> list[Problem]:
    """Return what is wrong, where, and what mends it."""
    match error:
        case ConfigError():
            return error.problems
        case StartError():
            return [error.problem]
        case StoreVersionError():
            problem = Problem("store", str(error), "run voicegw migrate")
        case StoreUnavailableError():
            mend = "check store.url, and that the database runs and has room"
            problem = Problem("store", str(error) or "can't be reached", mend)
        case InvalidError():
            problem = Problem(error.field, error.message)
        case VoicegwError():
            problem = Problem(error.slug, str(error))
        case OSError():
            where = str(error.filename) if error.filename else "system"
            mend = "check that it exists and is allowed"
            problem = Problem(where, error.strerror or str(error), mend)
    return [problem]


def write_crash_log(error: BaseException, data_dir: Path | None) -> Path | None:
    """Keep an unexpected error's traceback in a file; return it, or None where none could be made.

    Telephone numbers are masked: nobody expects them in a crash log.
    """
    name = f"crash-{datetime.now(UTC):%Y%m%dT%H%M%S}-{os.getpid()}.log"
    text = mask_within("".join(traceback.format_exception(error)))
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
