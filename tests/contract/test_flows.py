"""Flows in both databases: versions only ever rise."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import msgspec
import pytest

from tests.contract.conftest import NOW
from voicegw.errors import ConflictError, InvalidError, NotFoundError
from voicegw.model.directory import Group, Hotline
from voicegw.store.database import Database
from voicegw.store.directory import DirectoryRepository
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


async def delete(flows: FlowRepository, name: str, expected: int | None = None) -> None:
    await flows.delete(name, by="key_1", at=NOW, expected_version=expected)


async def test_a_deleted_flow_is_nowhere_and_its_numbers_never_return(database: Database) -> None:
    flows = FlowRepository(database)
    for text in ("one", "two"):
        await put(flows, "a", text)
    await put(flows, "b", "one")
    with pytest.raises(ConflictError):
        await delete(flows, "a", expected=1)
    await delete(flows, "a", expected=2)
    assert await flows.newest("a") is None
    assert await flows.heads() == {"b": 1}
    assert [one.name for one in (await flows.list()).items] == ["b"]
    with pytest.raises(NotFoundError):
        await delete(flows, "a")
    with pytest.raises(NotFoundError):
        await delete(flows, "c")
    # What calls went through can still be read.
    first = await flows.get("a", 1)
    assert first is not None
    assert first.source == "one"
    assert await flows.get("a", 3) is None
    assert [one.version for one in (await flows.versions("a")).items] == [2, 1]
    # Somebody who has seen that there is none may add one, and nobody who knows an older one.
    with pytest.raises(ConflictError):
        await put(flows, "a", "two", expected=2)
    assert await put(flows, "a", "two", expected=0) == 4
    assert await flows.heads() == {"a": 4, "b": 1}
    assert [one.version for one in (await flows.versions("a")).items] == [4, 2, 1]


async def test_a_flow_that_hotlines_have_stays(database: Database) -> None:
    flows, directory = FlowRepository(database), DirectoryRepository(database)
    await put(flows, "a", "one")
    await flows.check_unused("a")
    await directory.groups.create(Group(id="grp_1", name="崇明"))
    for number in range(7):
        hotline = Hotline(
            id=f"hot_{number}",
            number=f"+86400810000{number}",
            group_id="grp_1",
            name="" if number == 1 else f"热线{number}",
            flow="a",
        )
        await directory.hotlines.create(hotline)
    for refuse in (delete(flows, "a"), flows.check_unused("a")):
        with pytest.raises(ConflictError) as refused:
            await refuse
        assert refused.value.slug == "reference"
        assert "热线0, hot_1, 热线2, 热线3, 热线4 and 2 more" in refused.value.detail
        assert "+86" not in refused.value.detail
    assert await flows.heads() == {"a": 1}


async def test_no_hotline_gets_a_flow_that_is_gone(database: Database) -> None:
    flows, directory = FlowRepository(database), DirectoryRepository(database)
    await directory.groups.create(Group(id="grp_1", name="崇明"))
    hotline = Hotline(id="hot_1", number="+864008100000", group_id="grp_1", flow="a")
    with pytest.raises(InvalidError):
        await directory.hotlines.create(hotline)
    await put(flows, "a", "one")
    await directory.hotlines.create(hotline)
    await put(flows, "b", "one")
    await delete(flows, "b")
    with pytest.raises(InvalidError):
        await directory.hotlines.update(msgspec.structs.replace(hotline, flow="b"))
    kept = await directory.hotlines.get("hot_1")
    assert kept is not None
    assert kept.flow == "a"


async def test_a_flow_is_deleted_or_given_to_a_hotline_but_never_both(database: Database) -> None:
    flows, directory = FlowRepository(database), DirectoryRepository(database)
    await directory.groups.create(Group(id="grp_1", name="崇明"))
    for round_ in range(8):
        name = f"flow_{round_}"
        await put(flows, name, "one")
        hotline = Hotline(f"hot_{round_}", f"+86400810000{round_}", "grp_1", flow=name)
        given, deleted = await asyncio.gather(
            directory.hotlines.create(hotline), delete(flows, name), return_exceptions=True
        )
        # One of them came first, and the other was told.
        assert (given is None) != (deleted is None), (given, deleted)
        assert isinstance(given or deleted, (InvalidError, ConflictError))
        there = await directory.hotlines.get(hotline.id) is not None
        assert there == (await flows.newest(name) is not None) == (given is None)
