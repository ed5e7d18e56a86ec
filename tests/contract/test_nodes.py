"""Nodes hold their places in the store, and leave them."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from tests.contract.conftest import NOW
from tests.unit.api.fakes import FakeClock
from voicegw.model.node import NodeReport, PartTrouble, RegisteredNode
from voicegw.setup.nodes import LEASE, SILENT_KEPT, NodePlace
from voicegw.store.database import Database
from voicegw.store.nodes import NodeRepository


@pytest.fixture
def nodes(database: Database) -> NodeRepository:
    return NodeRepository(database)


async def test_a_node_is_there_until_it_leaves(nodes: NodeRepository) -> None:
    node = RegisteredNode("node-1", "https://10.0.0.1:8443", NOW, NOW + timedelta(seconds=30))
    other = RegisteredNode("node-2", None, NOW, NOW + timedelta(seconds=30))
    assert await nodes.get("node-1") is None
    await nodes.hold(node)
    await nodes.hold(other)
    assert (await nodes.get("node-1"), await nodes.get("node-2")) == (node, other)
    later = RegisteredNode("node-1", None, NOW, NOW + timedelta(seconds=60))
    await nodes.hold(later)
    assert await nodes.get("node-1") == later
    await nodes.leave("node-1", NOW)
    assert (await nodes.get("node-1"), await nodes.get("node-2")) == (None, other)


async def test_a_node_that_ends_leaves_its_successor_s_place(nodes: NodeRepository) -> None:
    clock = FakeClock()
    old = NodePlace(nodes, clock, "node-1", "http://10.0.0.1:8080")
    await old.hold()
    clock.pass_s(5)
    new = NodePlace(nodes, clock, "node-1", "http://10.0.0.2:8080")
    await new.hold()
    await old.leave()
    found = await nodes.get("node-1")
    assert found is not None
    assert (found.url, found.lease_until) == ("http://10.0.0.2:8080", clock.now() + LEASE)
    await new.leave()
    assert await nodes.get("node-1") is None


async def test_nodes_tell_each_other_how_they_are(nodes: NodeRepository) -> None:
    clock = FakeClock()

    def report(at: datetime) -> NodeReport:
        trouble = PartTrouble("store", ready=False, detail="locked; free the disk")
        return NodeReport("0.1.0", at, 12, 2, 3_000_000_000, 0, [trouble])

    await NodePlace(nodes, clock, "node-2", None, report).hold()
    await NodePlace(nodes, clock, "node-1", None).hold()
    first, second = await nodes.all()
    assert (first.name, first.report) == ("node-1", None)
    assert second.report == report(clock.now())
    clock.pass_s(10)
    await NodePlace(nodes, clock, "node-2", None, report).hold()
    again = await nodes.get("node-2")
    assert again is not None
    assert again.report == report(clock.now())


async def test_a_node_that_never_comes_back_is_forgotten_after_a_week(
    nodes: NodeRepository,
) -> None:
    clock = FakeClock()
    await NodePlace(nodes, clock, "killed", None).hold()
    lives = NodePlace(nodes, clock, "lives", None)
    clock.pass_s((SILENT_KEPT + LEASE).total_seconds())
    await lives.hold()
    assert [node.name for node in await nodes.all()] == ["killed", "lives"]
    clock.pass_s(1)
    await lives.hold()
    assert [node.name for node in await nodes.all()] == ["lives"]
