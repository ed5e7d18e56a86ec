"""A store as full as a province's: customers, their numbers, histories and calls, made by SQL.

Used by bench/owner_lookup.py, handover.py and call_lists.py. One customer has one number and one
call of the last thirty days, most of them connected, few of some kinds. `mgr_0000` owns every
fiftieth customer, so that these lie all over the table; the others belong to the other managers.
"""

from __future__ import annotations

import contextlib
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import msgspec
import sqlalchemy as sa

from tests.parts.postgres import PostgresMissingError, PostgresServer
from voicegw.model.call import Call, CallOutcome, CallStatus, Direction, Leg, LegResult, LegRole
from voicegw.model.directory import Group, Hotline, Manager, Phone
from voicegw.model.routing import Routing
from voicegw.store.database import Database
from voicegw.store.directory import DirectoryRepository

GROUPS: Final = 18
MANAGERS: Final = 500
HOTLINE: Final = "+862161234567"
#: Fewer than a statement's time-out lets pass on a busy machine.
_AT_ONCE: Final = 20_000
_TOLD: Final = 100_000
#: Which of a thousand calls (by `i % 1000`) are of which kind.
_KINDS: Final = {
    "direction": [
        ("i % 1000 = 999", "dial_through"),
        ("i % 10 < 6", "inbound"),
        ("TRUE", "click_to_dial"),
    ],
    "outcome": [
        ("i % 1000 = 0", "voicemail"),
        ("i % 1000 < 100", "missed"),
        ("i % 1000 < 150", "customer_busy"),
        ("i % 1000 < 160", "failed"),
        ("TRUE", "connected"),
    ],
    "status": [
        ("i % 1000 = 0", "completed"),
        ("i % 1000 < 100", "no-answer"),
        ("i % 1000 < 150", "busy"),
        ("i % 1000 < 160", "failed"),
        ("TRUE", "completed"),
    ],
}


def number_of(place: int) -> str:
    """Return the number of the customer at this place."""
    return f"+86138{place:08}"


def customer_id(place: int) -> str:
    """Return the id of the customer at this place."""
    return f"cus_{place:026}"


@contextlib.contextmanager
def stores(only: str | None) -> Iterator[list[str]]:
    """Lend the URLs of an empty store of each kind, or of the kind `only`."""
    with tempfile.TemporaryDirectory(prefix="voicegw-bench-") as folder:
        urls = [] if only == "postgresql" else [f"sqlite:///{Path(folder, 'bench.db')}"]
        if only == "sqlite":
            yield urls
            return
        try:
            server = PostgresServer(durable=True)
        except PostgresMissingError as error:
            print(f"postgresql: not measured: {error}")
            yield urls
            return
        try:
            server.start()
            yield [*urls, server.create_database("bench")]
            server.stop()
        finally:
            server.remove()


async def fill(database: Database, customers: int) -> None:
    """Write the directory and `customers` customers with their numbers, histories and calls."""
    began = time.monotonic()
    await _people(DirectoryRepository(database))
    postgres = database.dialect == "postgresql"
    for start in range(0, customers, _AT_ONCE):
        count = min(_AT_ONCE, customers - start)
        async with database.write() as connection:
            for statement in _statements(postgres=postgres):
                names = sa.text(statement).compile().params
                values = {"start": start, "count": count, **_call_values(postgres=postgres)}
                await connection.execute(sa.text(statement), {name: values[name] for name in names})
        if (start + count) % _TOLD == 0:
            print(f"  {start + count:,} customers written", flush=True)
    async with database.write() as connection:
        await connection.execute(sa.text("ANALYZE"))
    print(f"  filled in {time.monotonic() - began:.0f} s", flush=True)


async def _people(directory: DirectoryRepository) -> None:
    for place in range(GROUPS):
        parent = None if place == 0 else "grp_00"
        await directory.groups.create(Group(f"grp_{place:02}", f"Group {place}", parent_id=parent))
    await directory.hotlines.create(
        Hotline("hot_1", HOTLINE, "grp_00", "City", hours="mon-sun 00:00-24:00", routing=Routing())
    )
    for place in range(MANAGERS):
        phones = [Phone(number=f"+86139{place:08}")]
        deputy = None if place == 0 else f"mgr_{place - 1:04}"
        await directory.managers.create(
            Manager(
                f"mgr_{place:04}", f"Manager {place}", f"grp_{place % GROUPS:02}", phones=phones,
                deputy_id=deputy,
            )
        )  # fmt: skip


def _statements(*, postgres: bool) -> list[str]:
    """Return what writes `:count` customers from `:start` on."""
    if postgres:
        source = "(SELECT generate_series(:start, :start + :count - 1) AS i) AS g"
        source = source.replace(":start", "CAST(:start AS INTEGER)").replace(
            ":count", "CAST(:count AS INTEGER)"
        )
        pad, json = "lpad(CAST({0} AS TEXT), {1}, '0')", "CAST({0} AS JSONB)"
        at = "CAST(:base AS TIMESTAMPTZ) + (i % 2592000) * INTERVAL '1 second'"
        told_at, merged = at, "CAST({0} AS JSONB) || jsonb_build_object({1})"
    else:
        source = (
            "(WITH RECURSIVE g(i) AS (SELECT :start UNION ALL SELECT i + 1 FROM g"
            " WHERE i < :start + :count - 1) SELECT i FROM g) AS g"
        )
        pad, json = "printf('%0{1}d', {0})", "{0}"
        at = ":base + (i % 2592000) * 1000000"
        told_at = f"strftime('%Y-%m-%dT%H:%M:%SZ', ({at}) / 1000000, 'unixepoch')"
        merged = "json_patch({0}, json_object({1}))"
    customer = f"'cus_' || {pad.format('i', 26)}"
    number = f"'+86138' || {pad.format('i', 8)}"
    shared = pad.format("1 + (CAST(i AS BIGINT) * 7919) % 499", 4)
    owner = f"CASE WHEN i % 50 = 7 THEN 'mgr_0000' ELSE 'mgr_' || {shared} END"
    group = f"'grp_' || {pad.format('i % 18', 2)}"
    attributes = json.format("""'{"address": "3 Harbour Road", "plan": "5G 128"}'""")
    call_id = f"'call_' || {pad.format('i', 26)}"
    kinds = {
        name: " ".join(["CASE", *[f"WHEN {when} THEN '{value}'" for when, value in cases], "END"])
        for name, cases in _KINDS.items()
    }
    fields = {
        "id": call_id,
        "created_at": told_at,
        "group_id": group,
        "manager_id": owner,
        "task_id": f"'tsk_' || {pad.format('i % 5000', 4)}",
        **kinds,
    }
    final = "TRUE" if postgres else "1"
    pairs = ", ".join(f"'{name}', {value}" for name, value in fields.items())
    template = f"replace(replace(:call, '@customer', {customer}), '@number', {number})"
    document = merged.format(template, pairs)
    return [
        "INSERT INTO customers (id, external_id, name, group_id, owner_id, class, tier, attributes)"
        f" SELECT {customer}, 'C' || i, 'A customer', {group}, {owner},"
        f" CASE WHEN i % 3 = 0 THEN 'gold' ELSE 'silver' END, '1', {attributes} FROM {source}",
        "INSERT INTO customer_numbers (number, customer_id, position)"
        f" SELECT {number}, {customer}, 0 FROM {source}",
        "INSERT INTO ownerships (customer_id, manager_id, from_at, by, why)"
        f" SELECT {customer}, {owner}, {at}, 'bench', 'import' FROM {source}",
        "INSERT INTO calls (id, node, direction, status, is_final, outcome, group_id, manager_id,"
        " customer_id, customer_number, hotline_id, task_id, created_at, sequence, document)"
        f" SELECT {call_id}, 'bench', {kinds['direction']}, {kinds['status']}, {final},"
        f" {kinds['outcome']}, {group}, {owner}, {customer}, {number}, 'hot_1',"
        f" {fields['task_id']}, {at}, 8, {document} FROM {source}",
    ]


def _call_values(*, postgres: bool) -> dict[str, object]:
    """Return a call as JSON, and the time of the first."""
    base = datetime.now(UTC).replace(microsecond=0) - timedelta(days=30)
    legs = [
        Leg(
            f"leg_{role}", role, number="@number", trunk="carrier", started_at=base,
            ringing_at=base, answered_at=base, ended_at=base, result=LegResult.ANSWERED,
        )
        for role in LegRole
    ]  # fmt: skip
    call = Call(
        "call_template", Direction.INBOUND, CallStatus.COMPLETED, "bench", base, legs=legs,
        outcome=CallOutcome.CONNECTED, customer_id="@customer", customer_number="@number",
        hotline_id="hot_1", display_number=HOTLINE, talk_s=61.5,
    )  # fmt: skip
    micros = int(base.timestamp()) * 1_000_000
    return {
        "base": base if postgres else micros,
        "call": msgspec.json.encode(call).decode(),
    }
