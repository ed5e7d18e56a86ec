"""The list of calls: the same answer by whichever index, page for page, in both stores."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from functools import partial
from pathlib import Path
from random import Random
from typing import Any

import pytest
import sqlalchemy as sa

from tests.contract.conftest import NOW
from tests.contract.records import a_call
from voicegw.journal.entries import CallChanged
from voicegw.model.call import Call, CallOutcome, CallStatus, Direction, final_status
from voicegw.store import call_list
from voicegw.store.batch import BatchWriter
from voicegw.store.call_list import calls_query
from voicegw.store.calls import CallFilter, CallRepository
from voicegw.store.database import Database
from voicegw.store.paging import encode_cursor

_GROUPS = [f"grp_{place}" for place in range(6)]
_LIVE = [CallStatus.QUEUED, CallStatus.RINGING, CallStatus.IN_PROGRESS]
_OUTCOMES = [
    CallOutcome.CONNECTED,
    CallOutcome.CONNECTED,
    CallOutcome.VOICEMAIL,
    CallOutcome.MISSED,
    CallOutcome.MANAGER_NO_ANSWER,
    CallOutcome.CUSTOMER_BUSY,
    None,
]
FILTERS: list[dict[str, Any]] = [
    {},
    {"group_ids": _GROUPS[1:3]},
    {"group_ids": _GROUPS[:1]},
    {"group_ids": []},
    {"group_ids": _GROUPS},
    {"status": CallStatus.COMPLETED},
    {"status": CallStatus.NO_ANSWER, "group_ids": _GROUPS[:4]},
    {"status": CallStatus.RINGING},
    {"status": CallStatus.IN_PROGRESS, "group_ids": _GROUPS[:4]},
    {"status": CallStatus.COMPLETED, "outcome": CallOutcome.VOICEMAIL},
    {"status": CallStatus.BUSY, "outcome": CallOutcome.VOICEMAIL},
    {"status": CallStatus.COMPLETED, "manager_id": "mgr_1"},
    {"outcome": CallOutcome.MISSED},
    {"outcome": CallOutcome.MISSED, "group_ids": _GROUPS[2:]},
    {"direction": Direction.DIAL_THROUGH, "group_ids": _GROUPS[2:]},
    {"direction": Direction.INBOUND, "outcome": CallOutcome.CONNECTED},
    {"manager_id": "mgr_2", "group_ids": _GROUPS[:3]},
    {"customer_id": "cus_1"},
    {"customer_number": "10086", "group_ids": _GROUPS[:3]},
    {"hotline_id": "hot_1"},
    {"task_id": "tsk_1", "status": CallStatus.COMPLETED},
    {"ids": ["call_001", "call_150", "call_none"]},
]


def _some_calls() -> list[Call]:
    """Return calls of all kinds, some of which began in the same microsecond."""
    rng = Random(7)
    calls = []
    for place in range(200):
        outcome = rng.choice(_OUTCOMES)
        calls.append(
            a_call(
                f"{place:03}",
                age_s=place // 3,
                status=rng.choice(_LIVE) if outcome is None else final_status(outcome),
                outcome=outcome,
                direction=rng.choice(list(Direction)),
                group_id=rng.choice([*_GROUPS, None]),
                manager_id=rng.choice(["mgr_1", "mgr_2", None]),
                customer_id=rng.choice(["cus_1", "cus_2"]),
                customer_number=rng.choice(["10086", "+8613900139000"]),
                hotline_id=rng.choice(["hot_1", None]),
                task_id=rng.choice(["tsk_1", None]),
            )
        )
    return calls


def _is_wanted(call: Call, wanted: dict[str, Any]) -> bool:
    bounds = {"from_", "until", "ids", "group_ids"}
    return (
        all(getattr(call, name) == value for name, value in wanted.items() if name not in bounds)
        and (wanted.get("group_ids") is None or call.group_id in wanted["group_ids"])
        and (wanted.get("ids") is None or call.id in wanted["ids"])
        and (wanted.get("from_") is None or call.created_at >= wanted["from_"])
        and (wanted.get("until") is None or call.created_at < wanted["until"])
    )


async def _all_pages(calls: CallRepository, wanted: dict[str, Any], limit: int) -> Sequence[Call]:
    found: list[Call] = []
    cursor: str | None = None
    while True:
        page = await calls.list(CallFilter(**wanted), limit=limit, cursor=cursor)
        found += page.items
        cursor = page.next_cursor
        if cursor is None:
            return found
        assert len(page.items) == limit


@pytest.mark.parametrize("most_ways", [call_list.MOST_WAYS, 3])
async def test_every_filter_finds_its_calls_newest_first(
    database: Database, monkeypatch: pytest.MonkeyPatch, most_ways: int
) -> None:
    monkeypatch.setattr(call_list, "MOST_WAYS", most_ways)
    stored = _some_calls()
    await BatchWriter(database, "node-1").apply_entries([CallChanged(one) for one in stored], 1)
    newest = sorted(stored, key=lambda one: (one.created_at, one.id), reverse=True)
    calls = CallRepository(database)
    bounds = {"from_": NOW - timedelta(seconds=50), "until": NOW - timedelta(seconds=10)}
    for wanted in [*FILTERS, *[one | bounds for one in FILTERS]]:
        expected = [one for one in newest if _is_wanted(one, wanted)]
        assert await _all_pages(calls, wanted, 7) == expected, wanted


async def test_no_filter_reads_or_sorts_all_calls(sqlite_template: Path) -> None:
    """Each is led along an index, from the cursor on; only pages are sorted."""
    database = await Database.open(f"sqlite:///{sqlite_template}")
    cursor = encode_cursor(NOW.isoformat(), "call_5")
    try:
        for wanted in FILTERS:
            asked = CallFilter(**wanted, until=NOW).wanted()
            query, parameters = calls_query("sqlite", asked, limit=5, cursor=cursor)
            steps = await database.do_read(partial(_plan, query, parameters))
            at_calls = [step for step in steps if "calls" in step]
            assert at_calls
            assert all(step.startswith("SEARCH calls USING") for step in at_calls), (wanted, steps)
    finally:
        await database.close()


def _plan(
    query: sa.TextualSelect, parameters: dict[str, Any], connection: sa.Connection
) -> list[str]:
    """Return the steps by which SQLite carries the query out."""
    sent: list[tuple[str, Any]] = []
    sa.event.listen(connection, "before_cursor_execute", lambda *told: sent.append(told[2:4]))
    connection.execute(query, parameters)
    statement, values = sent[0]
    return [
        row.detail for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)
    ]
