"""An SQLite store as `voicegw migrate` makes it, by copying one: making one takes a third of a
second, and hundreds of tests begin with it.
"""

from __future__ import annotations

import asyncio
import atexit
import functools
import shutil
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from config import load
from voicegw.store.database import migrate

_SQLITE = "sqlite:///"


def empty_store(url: str) -> None:
    """Put a migrated, empty store where `url` (`sqlite:///…`) says; nothing may be there."""
    assert url.startswith(_SQLITE), url
    path = Path(url.removeprefix(_SQLITE))
    assert not path.exists(), path
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    shutil.copy(_template(), path)


def empty_store_for(config: Path) -> None:
    """Put a migrated, empty store where a configuration says."""
    empty_store(load(config, {}).store.url)


@functools.cache
def _template() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="voicegw-store-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    path = folder / "empty.db"
    # In a thread: tests whose loop runs ask as well.
    with ThreadPoolExecutor(1) as pool:
        pool.submit(asyncio.run, migrate(f"{_SQLITE}{path}")).result()
    return path
