"""A store of an early version: what it holds is sealed, and found, once it is migrated."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic import command
from sqlalchemy.ext.asyncio import create_async_engine

from recordings.integrity.chain import next_seal
from recordings.integrity.verification import check_row
from tests.contract.conftest import NOW
from tests.parts.postgres import PostgresServer
from tests.unit.recordings.integrity.records import a_recording
from voicegw.model.recording import RecordingStatus
from voicegw.model.seal import SealKind
from voicegw.store.customer_search import Among, Wanted
from voicegw.store.database import Database, migrate, parse_url
from voicegw.store.directory import DirectoryRepository
from voicegw.store.migration import alembic_config, present_revision, upgrade
from voicegw.store.recordings import RecordingFilter, RecordingRepository
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


async def _run(url: str, work: Callable[[sa.Connection], Any]) -> Any:
    """Have `work` done in one transaction."""
    engine = create_async_engine(parse_url(url))
    async with engine.begin() as connection:
        found = await connection.run_sync(work)
    await engine.dispose()
    return found


def _go_to(connection: sa.Connection, revision: str) -> None:
    config = alembic_config()
    config.attributes["connection"] = connection
    is_back = revision < (present_revision(connection) or "")
    (command.downgrade if is_back else command.upgrade)(config, revision)


def _write_work(connection: sa.Connection) -> None:
    """Bring the store to the version before tasks had types; write tasks and what checks found."""
    _go_to(connection, "0005")
    is_postgresql = connection.dialect.name == "postgresql"
    at = NOW if is_postgresql else 1
    tasks = (
        ("tsk_1", "done", {"code": "success"}, "2026-03-04T05:06:07Z", "call_1"),
        ("tsk_2", "new", None, None, None),
    )
    insert = sa.text(
        "INSERT INTO tasks (id, type, state, group_id, call_id, created_at, document) VALUES"
        f" (:id, 'own', :state, 'grp_1', :call_id, :at, {_JSON[is_postgresql]})"
    )
    for id_, state, result, closed_at, call_id in tasks:
        document = {"id": id_, "own_type": "birthday", "result": result, "closed_at": closed_at}
        values = {"id": id_, "state": state, "call_id": call_id, "at": at}
        connection.execute(insert, values | {"json": json.dumps(document)})
    connection.execute(
        sa.text(
            "INSERT INTO quality_results (recording_id, call_id, created_at, score, document)"
            f" VALUES ('rec_0001', 'call_1', :at, 87.5, {_JSON[is_postgresql]})"
        ),
        {"at": at, "json": "{}"},
    )
    findings = sa.text(
        "INSERT INTO findings (id, recording_id, kind, severity, created_at, document)"
        f" VALUES (:id, 'rec_0001', :kind, 'minor', :at, {_JSON[is_postgresql]})"
    )
    for number, kind in enumerate(("statement-missing", "statement-missing", "statement-said")):
        connection.execute(findings, {"id": f"fnd_{number}", "kind": kind, "at": at, "json": "{}"})


def _all_of(connection: sa.Connection, columns: Mapping[str, list[str]]) -> dict[str, list[str]]:
    """Return every row of these columns of these tables, in an order that is always the same."""
    found = {}
    for table, names in columns.items():
        query = sa.select(sa.table(table, *map(sa.column, names)))
        found[table] = sorted(repr(tuple(row)) for row in connection.execute(query))
    return found


def _columns(connection: sa.Connection) -> dict[str, list[str]]:
    inspector = sa.inspect(connection)
    return {
        table: sorted(column["name"] for column in inspector.get_columns(table))
        for table in inspector.get_table_names()
        if table != "alembic_version"
    }


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
        length = f'"duration_s": {number}.5, ' if status is RecordingStatus.COMPLETED else ""
        document = (
            f'{{"id": "{one.id}", "call_id": "{one.call_id}", "kind": "talk", "node": "node-1", '
            f'"status": "{status}", "created_at": "2026-03-04T05:06:07Z", "path": "{one.path}", '
            f'{length}"sha256": "{one.sha256}", "size_bytes": {one.size_bytes}}}'
        )
        values = {"id": one.id, "call_id": one.call_id, "status": status, "at": at}
        connection.execute(insert, values | {"json": document})
    call = sa.text(
        "INSERT INTO calls (id, node, direction, status, is_final, created_at, sequence, document)"
        " VALUES (:id, 'node-1', 'inbound', 'completed', :yes, :at, 1,"
        f" {_JSON[is_postgresql]})"
    )
    one = a_recording(1)
    values = {"id": one.call_id, "yes": True, "at": at, "json": '{"hotline_id": "hot_1"}'}
    connection.execute(call, values)
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


async def test_recordings_are_found_by_length_and_hotline_and_count_as_unaltered(
    older_url: str,
) -> None:
    await migrate(older_url)
    database = await Database.open(older_url)
    recordings = RecordingRepository(database)
    for wanted in (RecordingFilter(hotline_id="hot_1"), RecordingFilter(min_duration_s=1.5)):
        (found,) = (await recordings.list(wanted)).items
        assert (found.id, found.hotline_id, found.duration_s) == ("rec_0001", "hot_1", 1.5)
    everything = (await recordings.list()).items
    filed = await recordings.filed([one.id for one in everything])
    for one in everything:
        # What was made earlier has no time of its own here: only what was added is compared.
        added = {name: filed[one.id][name] for name in ("hotline_id", "duration_s")}
        assert check_row(one, added) == []
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


async def test_a_filled_store_goes_back_and_forth(older_url: str) -> None:
    """What an older version wrote is carried along and stays; what only ours has is made again."""
    older, kept, before, newer, known, tasks, reports = await _run(older_url, _go_forth)
    assert [tuple(row)[:-1] for row in tasks] == [
        ("tsk_1", "birthday", "call", "success", "success"),
        ("tsk_2", "birthday", "api", None, None),
    ]
    assert [row.closed_at is None for row in tasks] == [False, True]
    assert reports == {
        "report_scores": ["('rec_0001', 'call_1', 87.5)"],
        "report_faults": ["('rec_0001', 'statement-missing', 2)"],
        "report_marks": ["('calls', '')", "('tasks', 'grp_1')"],
    }
    await _run(older_url, lambda connection: _go_to(connection, "0005"))
    assert await _run(older_url, _columns) == older
    again = await _run(older_url, lambda connection: _all_of(connection, kept))
    assert again == before
    await migrate(older_url)
    assert await _run(older_url, _columns) == newer
    assert await _run(older_url, lambda connection: _all_of(connection, newer)) == known


def _go_forth(connection: sa.Connection) -> tuple[Any, ...]:
    """Fill a store of the version before ours and migrate it; return what it held and holds."""
    _write_work(connection)
    older = _columns(connection)
    # A recording says of itself by now which hotline it was: whoever does not know that passes over
    # it.
    kept = older | {"recordings": [name for name in older["recordings"] if name != "document"]}
    before = _all_of(connection, kept)
    upgrade(connection)
    newer = _columns(connection)
    tasks = connection.execute(_TASKS).all()
    return (
        older,
        kept,
        before,
        newer,
        _all_of(connection, newer),
        tasks,
        _all_of(connection, _FOR_REPORTS),
    )


_TASKS = sa.text(
    "SELECT id, own_type, source, result_code, result_kind, closed_at FROM tasks ORDER BY id"
)
_FOR_REPORTS = {
    "report_scores": ["recording_id", "call_id", "score"],
    "report_faults": ["recording_id", "kind", "found"],
    "report_marks": ["kind", "group_id"],
}
