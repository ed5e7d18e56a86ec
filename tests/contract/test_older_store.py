"""A store of an early version: what it holds is sealed, and found, once it is migrated."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic import command
from sqlalchemy.ext.asyncio import create_async_engine

from recordings.integrity.chain import next_seal
from tests.contract.conftest import NOW
from tests.parts.postgres import PostgresServer
from tests.unit.recordings.integrity.records import a_recording
from voicegw.model.recording import RecordingStatus
from voicegw.model.seal import SealKind
from voicegw.store.customer_search import Among, Wanted
from voicegw.store.database import Database, migrate, parse_url
from voicegw.store.directory import DirectoryRepository
from voicegw.store.migration import alembic_config
from voicegw.store.seals import SealRepository


@pytest.fixture(params=["sqlite", "postgresql"])
def older_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of a store with three recordings as the version before wrote them."""
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path / 'older.db'}"
    else:
        server: PostgresServer = request.getfixturevalue("postgres")
        url = server.create_database(f"older_{request.node.originalname[5:20]}")
    asyncio.run(_prepare(url))
    return url


async def _prepare(url: str) -> None:
    engine = create_async_engine(parse_url(url))
    async with engine.begin() as connection:
        await connection.run_sync(_write_older)
    await engine.dispose()


def _write_older(connection: sa.Connection) -> None:
    config = alembic_config()
    config.attributes["connection"] = connection
    command.upgrade(config, "0002")
    statuses = [RecordingStatus.COMPLETED, RecordingStatus.ABSENT, RecordingStatus.PENDING]
    is_postgresql = connection.dialect.name == "postgresql"
    insert = sa.text(
        "INSERT INTO recordings (id, call_id, kind, status, node, created_at, document) VALUES "
        f"(:id, :call_id, 'talk', :status, 'node-1', :at, {_JSON[is_postgresql]})"
    )
    at = NOW if is_postgresql else 1
    for number, status in enumerate(statuses, 1):
        one = a_recording(number, status=status)
        document = (
            f'{{"id": "{one.id}", "call_id": "{one.call_id}", "kind": "talk", "node": "node-1", '
            f'"status": "{status}", "created_at": "2026-03-04T05:06:07Z", "path": "{one.path}", '
            f'"sha256": "{one.sha256}", "size_bytes": {one.size_bytes}}}'
        )
        values = {"id": one.id, "call_id": one.call_id, "status": status, "at": at}
        connection.execute(insert, values | {"json": document})
    group = "INSERT INTO groups (id, name, timezone) VALUES ('grp_1', 'City', 'Asia/Shanghai')"
    connection.execute(sa.text(group))
    customer = sa.text(
        "INSERT INTO customers (id, name, group_id, attributes) VALUES (:id, :name, 'grp_1', '{}')"
    )
    telephone = sa.text("INSERT INTO customer_numbers VALUES ('+8613900139000', 'cus_1', 0)")
    connection.execute(customer, [{"id": f"cus_{key}", "name": "王丽华"} for key in (1, 2)])
    connection.execute(telephone)


_JSON = {False: ":json", True: "CAST(:json AS JSONB)"}


async def test_customers_are_found_by_parts_of_their_names(older_url: str) -> None:
    await migrate(older_url)
    database = await Database.open(older_url)
    search = DirectoryRepository(database).customer_search
    for wanted, count in (
        (Wanted("丽华", "丽华"), 2),
        (Wanted("wlh", "wlh"), 2),
        (Wanted("9000", "9000", ending="9000"), 1),
    ):
        page = await search.find(wanted, Among(group_ids=["grp_1"]))
        assert len(page.items) == count
    await database.close()


async def test_they_are_sealed_as_they_are(older_url: str) -> None:
    await migrate(older_url)
    database = await Database.open(older_url)
    seals = SealRepository(database)
    made = await seals.seal_waiting(
        "node-1", 9, lambda recording, earlier, head: next_seal(recording, earlier, head, NOW)
    )
    assert made == (2, 2)
    first, second = await seals.page("node-1", 0, 9)
    assert {first.recording_id, second.recording_id} == {"rec_0001", "rec_0002"}
    assert first.kind is SealKind.RECORDING
    (file,) = first.document["recording"]["files"]
    assert (file["kind"], file["sha256"]) == ("master", a_recording(1).sha256)
    await database.close()
