"""The two real databases: every test of this folder runs on SQLite and on PostgreSQL."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.parts.needs import missing
from tests.parts.postgres import PostgresMissingError, PostgresServer
from voicegw.model.directory import Group, Manager, Phone
from voicegw.store.customers import Change
from voicegw.store.database import Database, migrate
from voicegw.store.directory import DirectoryRepository
from voicegw.store.schema import metadata

NOW = datetime(2026, 3, 4, 5, 6, 7, 890123, tzinfo=UTC)
CHANGE = Change(by="key_admin", why="test", at=NOW)


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """A running PostgreSQL. Where it is not installed tests are skipped, or fail in CI."""
    try:
        server = PostgresServer()
    except PostgresMissingError as error:
        missing(str(error))
    try:
        server.start()
        yield server
        server.stop()
    finally:
        server.remove()


@pytest.fixture(scope="session")
def postgres_url(postgres: PostgresServer) -> str:
    """The URL of a migrated database that the tests share, one after the other."""
    url = postgres.create_database("voicegw")
    asyncio.run(migrate(url))
    return url


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file to copy."""
    path = tmp_path_factory.mktemp("template") / "voicegw.db"
    asyncio.run(migrate(f"sqlite:///{path}"))
    return path


@pytest.fixture(params=["sqlite", "postgresql"])
def store_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of a migrated, empty store."""
    if request.param == "sqlite":
        path = tmp_path / "voicegw.db"
        shutil.copy(request.getfixturevalue("sqlite_template"), path)
        return f"sqlite:///{path}"
    url: str = request.getfixturevalue("postgres_url")
    kept = {"directory_state"}  # its one row belongs to the schema
    names = [table.name for table in metadata.sorted_tables if table.name not in kept]
    tables = ", ".join(f'"{name}"' for name in names)
    server: PostgresServer = request.getfixturevalue("postgres")
    server.execute("voicegw", f"TRUNCATE {tables} RESTART IDENTITY CASCADE")
    server.execute("voicegw", "UPDATE directory_state SET switching_id = NULL")
    return url


@pytest.fixture
async def database(store_url: str) -> AsyncIterator[Database]:
    """An open, empty store."""
    opened = await Database.open(store_url)
    yield opened
    await opened.close()


@pytest.fixture
async def directory(database: Database) -> DirectoryRepository:
    """A directory with two groups and two managers, and no customer."""
    repository = DirectoryRepository(database)
    await repository.groups.create(Group("grp_1", "City", external_id="G1", area_code="571"))
    await repository.groups.create(Group("grp_2", "County", external_id="G2", parent_id="grp_1"))
    await repository.managers.create(
        Manager("mgr_1", "Zhang", "grp_1", external_id="M1", phones=[Phone("+8613800138000")])
    )
    await repository.managers.create(Manager("mgr_2", "Li", "grp_2", external_id="M2"))
    return repository
