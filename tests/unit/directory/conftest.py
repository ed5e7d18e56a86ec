"""A directory in a real store, and a clock that the test moves."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.parts.empty_store import empty_store
from voicegw.store.database import Database
from voicegw.store.directory import DirectoryRepository

NOW = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)


class FakeClock:
    """Time that passes when told to."""

    def __init__(self) -> None:
        self.elapsed_s = 0.0

    def now(self) -> datetime:
        return NOW + timedelta(seconds=self.elapsed_s)

    def monotonic(self) -> float:
        return self.elapsed_s


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
async def repository(tmp_path: Path) -> AsyncIterator[DirectoryRepository]:
    """An empty directory in an SQLite file."""
    url = f"sqlite:///{tmp_path}/voicegw.db"
    empty_store(url)
    database = await Database.open(url)
    yield DirectoryRepository(database)
    await database.close()
