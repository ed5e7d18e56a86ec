"""How long it takes to find customers by what somebody types: prints milliseconds.

    python bench/customer_search.py [--customers 1000000] [--only sqlite|postgresql]

A store is filled with customers of 18 groups and 500 managers who have Chinese names (some are
companies) and a mobile number. Then each kind of text is searched 200 times, a page of 20, by
somebody who sees everybody, one group, or one manager's own customers. Ends with exit code 1 when
the 95th percentile of any of these is 50 ms or more.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random
from typing import Final

import uvloop
from full_directory import GROUPS, MANAGERS, stores

from voicegw.model.directory import Customer, Group, Manager
from voicegw.model.name_keys import searched_name
from voicegw.store import schema
from voicegw.store.customer_keys import insert_keys
from voicegw.store.customer_search import Among, Wanted
from voicegw.store.database import Database, migrate
from voicegw.store.directory import DirectoryRepository

MOST_P95_MS: Final = 50.0
_SEARCHES: Final = 200
_AT_ONCE: Final = 5_000
_SURNAMES: Final = "王王王王李李李李张张张刘刘陈陈杨黄赵吴周徐孙马朱胡林郭何高罗"
_GIVEN: Final = "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀英华玉兰平桂红梅玲辉鹏飞建国志文海波佳欣雨涵"
_PLACES: Final = ("崇明", "长兴岛", "横沙", "堡镇", "城桥", "陈家镇")
_TRADES: Final = ("农业", "物流", "电子", "餐饮", "建筑", "水产")


def name_of(place: int, random: Random) -> str:
    """Return the name of a customer: one in thirty is a company."""
    if place % 30 == 0:
        return f"上海{random.choice(_PLACES)}{random.choice(_TRADES)}{place % 977}有限公司"
    given = random.choice(_GIVEN) + (random.choice(_GIVEN) if place % 3 else "")
    return random.choice(_SURNAMES) + given


def number_of(place: int) -> str:
    """Return a customer's number: all endings are about as frequent."""
    return f"+86138{place * 7919 % 10**8:08}"


async def fill(database: Database, customers: int) -> None:
    """Write groups, managers and customers with what they are found by."""
    began, random = time.monotonic(), Random(1)
    directory = DirectoryRepository(database)
    for place in range(GROUPS):
        await directory.groups.create(Group(f"grp_{place:02}", f"Group {place}"))
    for place in range(MANAGERS):
        group = f"grp_{place % GROUPS:02}"
        await directory.managers.create(Manager(f"mgr_{place:04}", f"Manager {place}", group))
    for start in range(0, customers, _AT_ONCE):
        some = [
            Customer(
                f"cus_{place:026}", name_of(place, random), f"grp_{place % MANAGERS % GROUPS:02}",
                external_id=f"CRM-{place}", numbers=[number_of(place)],
                owner_id=f"mgr_{place % MANAGERS:04}",
            )
            for place in range(start, min(start + _AT_ONCE, customers))
        ]  # fmt: skip
        await database.do_write(lambda connection, some=some: _write(connection, some))
    async with database.write() as connection:
        await connection.exec_driver_sql("ANALYZE")
        if database.dialect == "postgresql":
            await connection.exec_driver_sql("SET statement_timeout = 0")
    print(f"  {customers:,} customers written in {time.monotonic() - began:.0f} s", flush=True)


def _write(connection, some: Sequence[Customer]) -> None:  # type: ignore[no-untyped-def]
    rows = [
        {
            "id": one.id, "name": one.name, "group_id": one.group_id, "owner_id": one.owner_id,
            "external_id": one.external_id, "attributes": {},
        }
        for one in some
    ]  # fmt: skip
    connection.execute(schema.customers.insert(), rows)
    numbers = [{"customer_id": one.id, "number": one.numbers[0], "position": 0} for one in some]
    connection.execute(schema.customer_numbers.insert(), numbers)
    insert_keys(connection, some)


@dataclass(frozen=True)
class Kind:
    """A kind of text that is typed."""

    name: str
    text: Callable[[Random, int], str]
    is_number: bool = False


KINDS: Final = (
    Kind("a surname", lambda random, _: random.choice(_SURNAMES)),
    Kind("two characters", lambda random, _: random.choice(_SURNAMES) + random.choice(_GIVEN)),
    Kind("given name", lambda random, _: random.choice(_GIVEN) + random.choice(_GIVEN)),
    Kind("one initial", lambda random, _: random.choice("wlzcyhs")),
    Kind("initials", lambda random, _: random.choice("wlzcyhs") + random.choice("wfnmjlqly")),
    Kind("in a company's", lambda random, _: random.choice(_TRADES)),
    Kind("nobody's", lambda random, _: "龘" + random.choice(_GIVEN)),
    Kind("an external id", lambda random, count: f"CRM-{random.randrange(count)}"),
    Kind("end of a number", lambda random, _: f"{random.randrange(10_000):04}", is_number=True),
    Kind("whole number", lambda random, n: number_of(random.randrange(n))[3:], is_number=True),
)
WHO: Final = {
    "everybody": Among(),
    "one group": Among(group_ids=["grp_07"]),
    "one's own": Among(owner_id="mgr_0007", group_ids=["grp_07"]),
}


async def measure(url: str, customers: int) -> float:
    """Fill the store and search it; return the slowest 95th percentile in milliseconds."""
    await migrate(url)
    database = await Database.open(url)
    try:
        print(f"{database.dialect}:", flush=True)
        await fill(database, customers)
        search = DirectoryRepository(database).customer_search
        slowest = 0.0
        for kind in KINDS:
            told = []
            for who, among in WHO.items():
                random, taken = Random(2), []
                for _ in range(_SEARCHES):
                    text = kind.text(random, customers)
                    number = f"+86{text}" if kind.is_number and len(text) > 4 else None
                    ending = text if kind.is_number else None
                    wanted = Wanted(searched_name(text), text, number, ending)
                    asked = time.perf_counter()
                    await search.find(wanted, among, limit=20)
                    taken.append((time.perf_counter() - asked) * 1000)
                taken.sort()
                p50, p95 = (taken[int(len(taken) * share)] for share in (0.5, 0.95))
                slowest = max(slowest, p95)
                told.append(f"{who} p50 {p50:.1f} p95 {p95:.1f}")
            print(f"  {kind.name}: {', '.join(told)}", flush=True)
        return slowest
    finally:
        await database.close()


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the program; return its exit code."""
    parser = argparse.ArgumentParser(description="How long is a customer looked for?")
    parser.add_argument("--customers", type=int, default=1_000_000)
    parser.add_argument("--only", choices=("sqlite", "postgresql"))
    given = parser.parse_args(arguments)
    with stores(given.only) as urls:
        slowest = [uvloop.run(measure(url, given.customers)) for url in urls]
    print(f"slowest p95: {max(slowest, default=0):.1f} ms")
    return int(max(slowest, default=0) >= MOST_P95_MS)


if __name__ == "__main__":
    sys.exit(main())
