"""Opening, migrating and losing a store."""

from __future__ import annotations

import asyncio
import itertools
import threading
import time
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from tests.parts.postgres import PostgresServer
from voicegw.errors import (
    ConfigError,
    ConflictError,
    StoreError,
    StoreUnavailableError,
    StoreVersionError,
)
from voicegw.model.directory import Group
from voicegw.store import database as database_module
from voicegw.store import schema
from voicegw.store.database import Database, migrate, parse_url
from voicegw.store.groups import GroupRepository
from voicegw.store.migration import expected_revision, present_revision

FOUND_BY = (
    "transcript_index",
    "transcript_terms",
    "ix_transcripts_grams",
    "ix_customer_numbers_ending",
)


async def test_migrating_twice_changes_nothing(store_url: str) -> None:
    assert await migrate(store_url) == expected_revision()
    database = await Database.open(store_url)
    await database.ping()
    async with database.read() as connection:
        assert await connection.run_sync(present_revision) == expected_revision()
    await database.close()


async def test_postgresql_plans_anew_as_tables_grow(postgres_url: str) -> None:
    database = await Database.open(postgres_url)
    show = sa.text("SHOW plan_cache_mode")
    try:
        for use in (database.read, database.write, database.read):
            async with use() as connection:
                assert (await connection.execute(show)).scalar_one() == "force_custom_plan"
    finally:
        await database.close()


@pytest.mark.filterwarnings(
    "ignore:Skipped unsupported reflection of .* ix_customer_numbers_ending"
)
async def test_migrations_lead_to_the_schema(database: Database) -> None:
    def differences(connection: sa.Connection) -> object:
        # What finds transcripts is of one database only, so the schema does not know it.
        options = {"include_name": lambda name, *_: not str(name).startswith(FOUND_BY)}
        context = MigrationContext.configure(connection, opts=options)
        return compare_metadata(context, schema.metadata)

    async with database.read() as connection:
        assert await connection.run_sync(differences) == []


async def test_a_store_of_another_version_is_refused(store_url: str, database: Database) -> None:
    async with database.write() as connection:
        await connection.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
    try:
        with pytest.raises(StoreVersionError) as caught:
            await Database.open(store_url)
        assert (caught.value.found, caught.value.expected) == ("9999", expected_revision())
        with pytest.raises(StoreVersionError):
            await migrate(store_url)
    finally:
        async with database.write() as connection:
            await connection.execute(
                sa.text("UPDATE alembic_version SET version_num = :head"),
                {"head": expected_revision()},
            )


async def test_an_error_rolls_the_transaction_back(database: Database) -> None:
    row = {"id": "grp_x", "name": "x", "timezone": "UTC"}

    async def fail_after_writing() -> None:
        async with database.write() as connection:
            await connection.execute(schema.groups.insert(), row)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        await fail_after_writing()
    assert await GroupRepository(database).get("grp_x") is None


async def test_conflicts_do_not_repeat_what_the_row_held(database: Database) -> None:
    groups = GroupRepository(database)
    await groups.create(Group("grp_1", "A", external_id="secret-external-id"))
    with pytest.raises(ConflictError) as caught:
        await groups.create(Group("grp_2", "B", external_id="secret-external-id"))
    assert caught.value.slug == "already-exists"
    assert "secret" not in str(caught.value)
    with pytest.raises(ConflictError) as caught:
        await groups.create(Group("grp_3", "C", parent_id="grp_none"))
    assert caught.value.slug == "reference"


async def test_a_wrong_statement_is_no_outage(database: Database) -> None:
    with pytest.raises(StoreError) as caught:
        async with database.write() as connection:
            await connection.execute(schema.groups.insert(), {"id": object(), "name": "x"})
    assert not isinstance(caught.value, StoreUnavailableError)


async def test_a_missing_sqlite_file_is_not_created(tmp_path: Path) -> None:
    path = tmp_path / "none.db"
    with pytest.raises(StoreVersionError) as caught:
        await Database.open(f"sqlite:///{path}")
    assert caught.value.found is None
    assert not path.exists()


async def test_an_empty_sqlite_file_has_no_version(tmp_path: Path) -> None:
    path = tmp_path / "empty.db"
    path.touch()
    with pytest.raises(StoreVersionError):
        await Database.open(f"sqlite:///{path}")


async def test_a_file_that_is_no_database(tmp_path: Path) -> None:
    path = tmp_path / "text.db"
    path.write_text("no database " * 1000)
    with pytest.raises(StoreUnavailableError):
        await Database.open(f"sqlite:///{path}")


async def test_sqlite_is_set_up_for_one_writer_and_many_readers(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/new/folder/voicegw.db"
    await migrate(url)
    database = await Database.open(url)
    pragmas = {}
    async with database.write() as connection:
        for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout"):
            result = await connection.execute(sa.text(f"PRAGMA {name}"))
            pragmas[name] = result.scalar_one()
    await database.close()
    assert pragmas == {
        "journal_mode": "wal",
        "synchronous": 1,
        "foreign_keys": 1,
        "busy_timeout": 5000,
    }


@pytest.mark.parametrize("url", ["", "mysql://h/d", "sqlite://", "sqlite:///:memory:", "what"])
def test_urls_of_no_known_store(url: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse_url(url)
    assert caught.value.problems[0].mend


async def test_an_unreachable_server_is_an_outage() -> None:
    with pytest.raises(StoreUnavailableError):
        await Database.open("postgresql://postgres@127.0.0.1:9/none")


async def test_postgresql_away_and_back(postgres: PostgresServer, postgres_url: str) -> None:
    database = await Database.open(postgres_url)
    groups = GroupRepository(database)
    postgres.stop()
    try:
        with pytest.raises(StoreUnavailableError):
            await database.ping()
        with pytest.raises(StoreUnavailableError):
            await groups.create(Group("grp_away", "Away"))
    finally:
        postgres.start()
    await database.ping()
    assert await groups.get("grp_away") is None
    await database.close()


def _insert_group(connection: sa.Connection, name: str = "x") -> None:
    connection.execute(schema.groups.insert(), {"id": f"grp_{name}", "name": name, "timezone": "U"})


async def test_work_is_done_whole_or_not_at_all(database: Database) -> None:
    def fail_after_writing(connection: sa.Connection) -> None:
        _insert_group(connection)
        raise RuntimeError

    with pytest.raises(RuntimeError):
        await database.do_write(fail_after_writing)
    assert await GroupRepository(database).get("grp_x") is None
    await database.do_write(_insert_group)
    names = sa.select(schema.groups.c.name)
    assert await database.do_read(lambda c: list(c.execute(names).scalars())) == ["x"]


async def test_work_raises_the_errors_of_the_store(database: Database) -> None:
    await database.do_write(_insert_group)
    with pytest.raises(ConflictError) as caught:
        await database.do_write(_insert_group)
    assert caught.value.slug == "already-exists"
    with pytest.raises(StoreError):
        await database.do_read(lambda connection: connection.execute(sa.text("SELEC")))


async def test_both_ways_to_write_take_turns(database: Database) -> None:
    """What is done in a thread neither overtakes a transaction nor fails because of it."""
    async with database.write() as connection:
        await connection.run_sync(_insert_group, "first")
        waiting = asyncio.create_task(database.do_write(lambda c: _insert_group(c, "second")))
        done, _ = await asyncio.wait([waiting], timeout=0.05)
        if database.dialect == "sqlite":
            assert not done
    await waiting
    names = sa.select(schema.groups.c.name).order_by(schema.groups.c.name)
    assert await database.do_read(lambda c: list(c.execute(names).scalars())) == [
        "first",
        "second",
    ]


async def test_a_turn_is_not_waited_for_without_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = f"sqlite:///{tmp_path}/voicegw.db"
    await migrate(url)
    database = await Database.open(url)
    monkeypatch.setattr(database_module, "_POOL_TIMEOUT_S", 0.02)
    async with database.write():
        with pytest.raises(StoreUnavailableError):
            await database.do_write(_insert_group)
    await database.do_write(_insert_group)
    await database.close()


async def test_work_that_was_begun_is_brought_to_its_end(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/voicegw.db"
    await migrate(url)
    database = await Database.open(url)
    begun, go_on = threading.Event(), threading.Event()

    def work(connection: sa.Connection) -> None:
        begun.set()
        assert go_on.wait(5)
        _insert_group(connection)

    task = asyncio.create_task(database.do_write(work))
    assert await asyncio.to_thread(begun.wait, 5)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    go_on.set()
    await database.close()
    await database.close()
    reopened = await Database.open(url)
    assert await GroupRepository(reopened).get("grp_x") is not None
    await reopened.close()


async def test_who_gives_way_leaves_the_file_to_others_for_as_long_as_it_had_it(
    tmp_path: Path,
) -> None:
    """Others wait for it asleep: one transaction after the other would starve them."""
    url = f"sqlite:///{tmp_path}/gw.db"
    await migrate(url)
    database = await Database.open(url, gives_way=True)
    spans: list[tuple[float, float]] = []

    def write(_connection: sa.Connection) -> None:
        began_s = time.monotonic()
        time.sleep(0.05)
        spans.append((began_s, time.monotonic()))

    await asyncio.gather(*[database.do_write(write) for _ in range(3)])
    await database.close()
    pauses_s = [after[0] - before[1] for before, after in itertools.pairwise(spans)]
    assert min(pauses_s) >= 0.045
