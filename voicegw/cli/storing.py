"""`voicegw recordings new-key` and `rekey`: the keys that recordings are encrypted with."""

from __future__ import annotations

import asyncio
import sys
import time
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import typer

from config import Settings
from recordings.storage.rekey import Rekeyer
from voicegw.errors import ConfigError, Problem
from voicegw.keyring import add_key
from voicegw.setup.storage import recording_files
from voicegw.store.database import Database
from voicegw.store.uploads import UploadStore

_TOLD_EVERY_S: Final = 10.0
_SHOWN: Final = 20


def new_key(settings: Settings, file: Path | None) -> dict[str, object]:
    """Make a key in `file`, or in `recording.key_file`; return its id and where it is.

    Raises ConfigError when there is no file to write to or it is none of keys, OSError.
    """
    path = file
    if path is None:
        if not settings.recording.key_file:
            mend = "set it, or name a file: voicegw recordings new-key FILE"
            raise ConfigError([Problem("recording.key_file", "is empty", mend)])
        path = Path(settings.recording.key_file).expanduser()
    key = add_key(path, datetime.now(UTC).date())
    return {"id": key.id, "file": str(path)}


def run_rekey(settings: Settings) -> tuple[dict[str, object], int]:
    """Encrypt all recordings with the current key; return what was done, and the exit code.

    Raises ConfigError without keys, StorageUnavailableError and StoreUnavailableError.
    """
    return asyncio.run(_rekey(settings))


async def _rekey(settings: Settings) -> tuple[dict[str, object], int]:
    files = recording_files(settings)
    keys = files.local.keys
    if keys is None:
        mend = "set it and make a key: voicegw recordings new-key"
        raise ConfigError([Problem("recording.key_file", "is empty", mend)])
    database = await Database.open(settings.store.url)
    try:
        rekeyer = Rekeyer(files, keys, UploadStore(database, settings.node.name))
        teller = asyncio.create_task(_tell(rekeyer))
        try:
            await rekeyer.run()
        finally:
            teller.cancel()
            await asyncio.gather(teller, return_exceptions=True)
    finally:
        await database.close()
    for recording_id, why in rekeyer.failures[:_SHOWN]:
        typer.echo(f"{recording_id}: {why}", err=True)
    return {"key": keys.current.id, **asdict(rekeyer.report)}, 1 if rekeyer.report.failed else 0


async def _tell(rekeyer: Rekeyer) -> None:
    """Say now and then how far it is."""
    began = time.monotonic()
    while True:
        await asyncio.sleep(_TOLD_EVERY_S)
        seconds = time.monotonic() - began
        done = rekeyer.report
        line = f"{done.files} files looked at, {done.rekeyed} encrypted anew, {seconds:.0f} s"
        print(line, file=sys.stderr, flush=True)
