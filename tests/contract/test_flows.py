"""Flows in both databases: versions only ever rise."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from tests.contract.conftest import NOW
from voicegw.errors import ConflictError, InvalidError
from voicegw.store.database import Database
from voicegw.store.flows import FlowRepository


async def put(flows: FlowRepository, name: str, source: str, expected: int | None = None) -> int:
    added = await flows.put(name, source, by="key_1", at=NOW, expected_version=expected)
    return added.version


async def test_versions_rise_and_none_is_lost(database: Database) -> None:
    flows = FlowRepository(database)
    assert await flows.newest("a") is None
    assert await put(flows, "a", "one") == 1
    assert await put(flows, "a", "two") == 2
    assert await put(flows, "a", "two") == 2
    assert await put(flows, "b", "one") == 1
    newest = await flows.newest("a")
    assert newest is not None
    assert (newest.source, newest.created_at, newest.created_by) == ("two", NOW, "key_1")
    assert newest.created_at.utcoffset() == timedelta(0)
    first = await flows.get("a", 1)
    assert first is not None
    assert first.source == "one"
    assert await flows.get("a", 3) is None
    assert await flows.heads() == {"a": 2, "b": 1}
    assert [(one.name, one.version) for one in (await flows.list()).items] == [("a", 2), ("b", 1)]


async def test_pages_follow_each_other(database: Database) -> None:
    flows = FlowRepository(database)
    for name in ("a", "b", "c"):
        for text in ("one", "two", "three"):
            await put(flows, name, text)
    first = await flows.list(limit=2)
    rest = await flows.list(limit=2, cursor=first.next_cursor)
    assert [one.name for one in (*first.items, *rest.items)] == ["a", "b", "c"]
    assert rest.next_cursor is None
    newest = await flows.versions("b", limit=2)
    older = await flows.versions("b", limit=2, cursor=newest.next_cursor)
    assert [one.version for one in (*newest.items, *older.items)] == [3, 2, 1]
    with pytest.raises(InvalidError):
        await flows.versions("b", cursor="nonsense")


async def test_a_change_for_another_version_is_refused(database: Database) -> None:
    flows = FlowRepository(database)
    await put(flows, "a", "one", expected=0)
    for expected in (0, 2):
        with pytest.raises(ConflictError) as refused:
            await put(flows, "a", "two", expected=expected)
        assert refused.value.slug == "revision-changed"
    assert await put(flows, "a", "two", expected=1) == 2


async def test_changes_at_once_get_versions_of_their_own_or_are_refused(
    database: Database,
) -> None:
    flows = FlowRepository(database)
    await put(flows, "a", "start")
    texts = [f"text {number}" for number in range(6)]
    found = await asyncio.gather(*(put(flows, "a", text) for text in texts), return_exceptions=True)
    versions = [one for one in found if isinstance(one, int)]
    assert all(isinstance(one, int | ConflictError) for one in found), found
    assert len(set(versions)) == len(versions)
    newest = await flows.newest("a")
    assert newest is not None
    assert newest.version == len(versions) + 1
