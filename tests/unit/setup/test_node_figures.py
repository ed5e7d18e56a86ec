"""What the node tells of itself: its program, parts, store, outlets."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from api.services import PartStatus
from tests.parts.empty_store import empty_store
from voicegw import __version__
from voicegw.distribution import Distribution
from voicegw.setup.node_figures import NodeFigures
from voicegw.store.database import Database
from voicegw.store.outlets import OutletRepository


async def test_the_node_tells_of_program_parts_store_and_outlets(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/voicegw.db"
    empty_store(url)
    database = await Database.open(url)
    try:
        outlets = OutletRepository(database)
        await outlets.lease("mqtt", "node-1/a", datetime(2026, 1, 1, tzinfo=UTC), 15)
        await outlets.begin("mqtt", 0)
        node = NodeFigures("node-1", database)
        await node.look()
        parts = [PartStatus("store", True), PartStatus("media", False, "no worker")]
        found = {(one.name, *one.labels.values()): one.value for one in node.figures(parts)}
    finally:
        await database.close()
    (build,) = [key for key in found if key[0] == "build_info"]
    assert build[1:3] == ("node-1", __version__)
    assert found["part_ready", "store"] == 1
    assert found["part_ready", "media"] == 0
    assert found["outlet_behind_events", "mqtt"] == 0
    reads, writes = found["store_seconds", "read"], found["store_seconds", "write"]
    assert isinstance(reads, Distribution)
    assert isinstance(writes, Distribution)
    assert reads.count > 0
    assert writes.count == 2
