"""Leases and places of outlets in both stores."""

from __future__ import annotations

from datetime import timedelta

from tests.contract.conftest import NOW
from voicegw.store.database import Database
from voicegw.store.outlets import OutletRepository


async def test_an_outlet_has_one_holder(database: Database) -> None:
    outlets = OutletRepository(database)
    assert await outlets.lease("webhooks", "a/1", NOW, 15)
    assert not await outlets.lease("webhooks", "b/1", NOW + timedelta(seconds=14), 15)
    assert await outlets.lease("mqtt", "b/1", NOW, 15)
    assert await outlets.lease("webhooks", "a/1", NOW + timedelta(seconds=5), 15), "renewed"
    assert not await outlets.lease("webhooks", "b/1", NOW + timedelta(seconds=19), 15)
    assert await outlets.lease("webhooks", "b/1", NOW + timedelta(seconds=20), 15), "run out"
    assert not await outlets.lease("webhooks", "a/1", NOW + timedelta(seconds=21), 15)


async def test_a_process_takes_over_from_its_nodes_last_one(database: Database) -> None:
    outlets = OutletRepository(database)
    assert await outlets.lease("webhooks", "node_1/aa", NOW, 15)
    assert not await outlets.lease("webhooks", "nodex1/bb", NOW, 15)
    assert not await outlets.lease("webhooks", "node_1x/bb", NOW, 15)
    assert await outlets.lease("webhooks", "node_1/bb", NOW, 15)
    assert not await outlets.move("webhooks", "node_1/aa", 1)


async def test_a_released_outlet_is_taken_at_once(database: Database) -> None:
    outlets = OutletRepository(database)
    await outlets.lease("webhooks", "a/1", NOW, 15)
    await outlets.release("webhooks", "b/1")
    assert not await outlets.lease("webhooks", "b/1", NOW, 15)
    await outlets.release("webhooks", "a/1")
    assert await outlets.lease("webhooks", "b/1", NOW, 15)


async def test_the_place_is_moved_by_the_holder_only(database: Database) -> None:
    outlets = OutletRepository(database)
    assert await outlets.position("mqtt") is None
    assert not await outlets.move("mqtt", "a/1", 7)
    await outlets.lease("mqtt", "a/1", NOW, 15)
    assert await outlets.position("mqtt") is None
    assert await outlets.move("mqtt", "a/1", 7)
    assert not await outlets.move("mqtt", "b/1", 9)
    assert await outlets.position("mqtt") == 7
    await outlets.lease("webhooks", "a/1", NOW, 15)
    assert await outlets.positions() == {"mqtt": 7}, "the other has not begun"


async def test_an_outlet_begins_once(database: Database) -> None:
    outlets = OutletRepository(database)
    await outlets.begin("mqtt", 7)
    await outlets.begin("mqtt", 9)
    assert await outlets.position("mqtt") == 7
    await outlets.lease("other", "a/1", NOW, 15)
    await outlets.begin("other", 3)
    assert await outlets.position("other") == 3, "leased, and not begun"
