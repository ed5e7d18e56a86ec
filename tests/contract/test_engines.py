"""Ways to PostgreSQL and back: how many each use takes, and when a connection is replaced."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta

import pytest
import sqlalchemy as sa

from tests.contract.conftest import CHANGE, NOW
from tests.parts.postgres import PostgresServer
from tests.parts.stalling_proxy import StallingProxy
from voicegw.model.directory import Customer, Group
from voicegw.store import engines, schema
from voicegw.store.database import Database
from voicegw.store.directory import DirectoryRepository

_NUMBER = "+8613900139000"
_SINCE = NOW - timedelta(days=14)
#: Messages after which a client waits for the server: "Sync", and a simple query's first bytes.
_SYNC = b"S\x00\x00\x00\x04"
_COUNT_GROUPS = sa.select(sa.func.count()).select_from(schema.groups)


class _Trips:
    """Counts how often a client has waited for the server."""

    def __init__(self) -> None:
        self.count = 0

    def sent(self, data: bytes) -> None:
        self.count += data.count(_SYNC) + data.startswith(b"Q")


@pytest.fixture
def trips() -> _Trips:
    return _Trips()


@pytest.fixture
def proxy(postgres: PostgresServer, trips: _Trips) -> Iterator[StallingProxy]:
    opened = StallingProxy(("127.0.0.1", postgres.port), on_sent=trips.sent)
    yield opened
    opened.close()


@pytest.fixture
async def behind(
    postgres: PostgresServer, postgres_url: str, proxy: StallingProxy
) -> AsyncIterator[Database]:
    """The store, reached through the proxy."""
    server, proxied = f":{postgres.port}/", f":{proxy.port}/"
    database = await Database.open(postgres_url.replace(server, proxied))
    yield database
    await database.close()


async def test_a_caller_is_known_after_one_way_there_and_back(
    behind: Database, trips: _Trips
) -> None:
    directory = DirectoryRepository(behind)
    await directory.groups.create(Group("grp_trips", "City"))
    customer = Customer("cus_trips", "A", "grp_trips", numbers=[_NUMBER])
    await directory.customers.create(customer, CHANGE)
    try:
        await directory.callers.find(_NUMBER, _SINCE)
        before = trips.count
        assert (await directory.callers.find(_NUMBER, _SINCE)).customers == (customer,)
        assert trips.count == before + 1
    finally:
        await directory.customers.delete(customer.id, NOW)
        await directory.groups.delete("grp_trips")


async def test_reading_takes_no_transaction_and_no_sign_of_life(
    behind: Database, trips: _Trips
) -> None:
    await behind.do_read(lambda connection: connection.execute(_COUNT_GROUPS))
    before = trips.count
    await behind.do_read(lambda connection: connection.execute(_COUNT_GROUPS))
    assert trips.count == before + 1
    async with behind.read() as connection:
        await connection.execute(_COUNT_GROUPS)
    assert trips.count == before + 2


async def test_writing_takes_three_ways_for_one_statement(behind: Database, trips: _Trips) -> None:
    nothing = schema.groups.delete().where(sa.false())
    await behind.do_write(lambda connection: connection.execute(nothing))
    before = trips.count
    await behind.do_write(lambda connection: connection.execute(nothing))
    assert trips.count == before + 3


async def test_a_connection_that_lay_unused_is_asked_first(
    behind: Database, trips: _Trips, monkeypatch: pytest.MonkeyPatch
) -> None:
    await behind.look_up(_one)
    monkeypatch.setattr(engines, "_TRUSTED_S", -1.0)
    await behind.look_up(_one)
    before = trips.count
    await behind.look_up(_one)
    assert trips.count == before + 2


@pytest.mark.parametrize("is_seen", [True, False])
async def test_a_connection_that_the_server_ended_is_replaced(
    postgres: PostgresServer,
    postgres_url: str,
    monkeypatch: pytest.MonkeyPatch,
    *,
    is_seen: bool,
) -> None:
    """Seen at once where its end was told, by asking where it was not."""
    database = await Database.open(postgres_url)
    try:
        assert await database.look_up(_one) == await database.do_read(_one) == 1
        end = "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
        others = " WHERE datname = 'voicegw' AND pid <> pg_backend_pid()"
        await asyncio.to_thread(postgres.execute, "voicegw", end + others)
        await asyncio.sleep(0.05)  # a turn of the loop, which hears of it
        if not is_seen:
            monkeypatch.setattr(engines, "_TRUSTED_S", -1.0)
            monkeypatch.setattr(engines, "_has_ended", lambda _connection: False)
        assert await database.look_up(_one) == await database.do_read(_one) == 1
    finally:
        monkeypatch.undo()
        await database.close()


async def test_what_is_looked_up_is_planned_once(postgres_url: str) -> None:
    database = await Database.open(postgres_url)
    shown = sa.text("SELECT current_setting('plan_cache_mode'), current_setting('jit')")
    try:
        found = await database.look_up(lambda connection: connection.execute(shown).one())
        assert tuple(found) == ("force_generic_plan", "off")
    finally:
        await database.close()


def _one(connection: sa.Connection) -> int:
    return connection.execute(sa.select(sa.literal(1))).scalar_one()
