"""Customers by what somebody types, in both stores."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
import pytest
import sqlalchemy as sa

from tests.contract.conftest import CHANGE, NOW
from voicegw.errors import InvalidError
from voicegw.model.directory import Customer
from voicegw.model.name_keys import searched_name
from voicegw.store import schema
from voicegw.store.customer_search import Among, Wanted
from voicegw.store.database import Database
from voicegw.store.directory import DirectoryRepository

EVERYBODY = Among()
PEOPLE = {
    "1": ("王丽", "+8613800138000", "mgr_1", "grp_1"),
    "2": ("王丽华", "+8613900139001", "mgr_2", "grp_2"),
    "3": ("李王丽", "+8613700138000", "mgr_1", "grp_1"),
    "4": ("Wang Li", "+862161238000", None, "grp_2"),
    "5": ("欢欢喜喜", "95588000", None, "grp_1"),
    "6": ("8000商行", "+8613600136000", "mgr_2", "grp_2"),
}


@pytest.fixture
async def people(directory: DirectoryRepository) -> DirectoryRepository:
    """A directory with customers to search."""
    for key, (name, number, owner, group) in PEOPLE.items():
        customer = Customer(
            f"cus_{key}", name, group, external_id=f"C-{key}", numbers=[number], owner_id=owner,
            code=f"4{key}",
        )  # fmt: skip
        await directory.customers.create(customer, CHANGE)
    return directory


def text(said: str, **more: Any) -> Wanted:
    return Wanted(searched_name(said), said, **more)


async def found(
    directory: DirectoryRepository, wanted: Wanted, among: Among = EVERYBODY, limit: int = 50
) -> Sequence[str]:
    """The places of all who are found, page by page."""
    places: list[str] = []
    cursor = None
    while True:
        page = await directory.customer_search.find(wanted, among, limit=limit, cursor=cursor)
        places += [one.id.removeprefix("cus_") for one in page.items]
        cursor = page.next_cursor
        if cursor is None:
            return places


@pytest.mark.parametrize("limit", [1, 2, 50])
@pytest.mark.parametrize(
    ("said", "places"),
    [
        ("王丽", "132"),
        ("王", "132"),
        ("丽", "2"),
        ("wl", "12"),
        ("WL", "12"),
        ("wang", "4"),
        ("li", "4"),
        ("欢", "5"),
        ("喜喜", "5"),
        ("C-3", "3"),
        ("42", "2"),
        ("c-3", ""),
        ("张", ""),
        ("%", ""),
    ],
)
async def test_a_part_of_the_name_an_id_a_code(
    people: DirectoryRepository, said: str, places: str, limit: int
) -> None:
    assert "".join(await found(people, text(said), limit=limit)) == places


@pytest.mark.parametrize("limit", [1, 50])
@pytest.mark.parametrize(
    ("said", "more", "places"),
    [
        ("8000", {"ending": "8000"}, "13456"),
        ("8000", {"ending": "8000", "only_shown": True}, "1346"),
        ("138000", {"ending": "138000"}, "13"),
        ("13800138000", {"number": "+8613800138000", "ending": "13800138000"}, "1"),
        ("0138 0013 8000", {"number": "+8613800138000", "ending": "013800138000"}, "1"),
    ],
)
async def test_the_end_of_a_number_or_all_of_it(
    people: DirectoryRepository, said: str, more: dict[str, Any], places: str, limit: int
) -> None:
    assert "".join(await found(people, text(said, **more), limit=limit)) == places


@pytest.mark.parametrize(
    ("among", "places"),
    [
        (Among(group_ids=["grp_1"]), "13"),
        (Among(group_ids=[]), ""),
        (Among(owner_id="mgr_1"), "13"),
        (Among(owner_id="mgr_1", group_ids=["grp_2"]), ""),
        (Among(owner_id="mgr_2"), "2"),
        (Among(number="+8613700138000"), "3"),
        (Among(equal={"code": "43", "tier": None}), "3"),
        (Among(equal={"external_id": "C-9"}), ""),
    ],
)
@pytest.mark.parametrize("limit", [1, 50])
async def test_among_those_who_are_seen(
    people: DirectoryRepository, among: Among, places: str, limit: int
) -> None:
    assert "".join(await found(people, text("王丽"), among, limit)) == places
    exact = await found(people, text("C-3"), among, limit)
    assert exact == (["3"] if "3" in places else [])
    numbers = await found(people, text("8000", ending="8000"), among, limit)
    assert ("3" in numbers) is ("3" in places)


async def test_what_is_changed_is_found_as_it_is_now(
    people: DirectoryRepository, database: Database
) -> None:
    customers = people.customers
    first = await customers.get("cus_1")
    second = await customers.get("cus_2")
    assert first is not None
    assert second is not None
    renamed = msgspec.structs.replace(first, name="张三", group_id="grp_2")
    await customers.update(renamed, CHANGE)
    await customers.upsert_many(
        [
            msgspec.structs.replace(second, name="赵六"),
            Customer("cus_new", "王丽丽", "grp_1", external_id="C-new"),
        ],
        CHANGE,
    )
    await customers.delete("cus_3", NOW)
    assert await found(people, text("王丽")) == ["new"]
    assert await found(people, text("zs"), Among(group_ids=["grp_2"])) == ["1"]
    assert await found(people, text("zs"), Among(group_ids=["grp_1"])) == []
    assert await found(people, text("赵六")) == ["2"]
    for one in ("cus_1", "cus_2", "cus_4", "cus_5", "cus_6", "cus_new"):
        await customers.delete(one, NOW)
    async with database.read() as connection:
        left = sa.select(sa.func.count()).select_from(schema.customer_keys)
        assert (await connection.execute(left)).scalar_one() == 0


async def test_a_cursor_of_another_list_is_refused(people: DirectoryRepository) -> None:
    page = await people.customers.list(limit=1)
    with pytest.raises(InvalidError, match="cursor"):
        await people.customer_search.find(text("王"), EVERYBODY, cursor=page.next_cursor)
    with pytest.raises(InvalidError, match="limit"):
        await people.customer_search.find(text("王"), EVERYBODY, limit=0)
