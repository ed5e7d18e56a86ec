"""Who sums, and that nothing written meanwhile is taken for summed."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from tests.contract.records import a_call
from voicegw.journal.entries import CallChanged
from voicegw.model.rollup import Cell, RollupKind, Sums
from voicegw.store.batch import BatchWriter
from voicegw.store.database import Database
from voicegw.store.report_rollups import LostLeaseError, RollupQuery, RollupRepository

NOW = datetime(2026, 3, 4, 5, tzinfo=UTC)
DAY = date(2026, 3, 4)
ROOT = Path(__file__).parents[2]


@pytest.fixture
def rollups(database: Database) -> RollupRepository:
    """The sums of an empty store."""
    return RollupRepository(database)


async def test_one_sums_until_its_lease_is_over(rollups: RollupRepository) -> None:
    assert await rollups.lease("one", NOW, 60)
    assert not await rollups.lease("other", NOW + timedelta(seconds=59), 60)
    assert await rollups.lease("other", NOW + timedelta(seconds=60), 60)
    cell = Cell(RollupKind.CALLS, "grp_1", DAY)
    for late in (
        rollups.put_cells({cell: [Sums("", "", "inbound", {"calls": 1})]}, "one"),
        rollups.sum_month(RollupKind.CALLS, "grp_1", DAY.replace(day=1), "one"),
        rollups.conclude((), "one", NOW),
    ):
        with pytest.raises(LostLeaseError):
            await late
    query = RollupQuery(RollupKind.CALLS, DAY, DAY + timedelta(days=1))
    assert await rollups.sums(query, ["calls"], limit=9) == []
    await rollups.release("other")
    assert await rollups.lease("one", NOW, 60)


async def test_the_lease_of_a_killed_process_goes_to_its_node_at_once(
    rollups: RollupRepository,
) -> None:
    assert not await rollups.reclaim("node_1/b")  # nobody has ever summed
    assert await rollups.lease("node_1/a", NOW, 60)
    # Whose name begins alike, or would match as a pattern, is another node.
    for other in ("node/b", "node_12/b", "nodeA1/b", "node_1/a"):
        assert not await rollups.reclaim(other), other
    assert not await rollups.lease("node_1/b", NOW, 60)
    assert await rollups.reclaim("node_1/b")
    assert await rollups.lease("node_1/b", NOW, 60)
    with pytest.raises(LostLeaseError):
        await rollups.extend("node_1/a", NOW, 60)
    assert not await rollups.lease("node_1/a", NOW, 60), "the one that is gone takes nothing back"


async def test_a_mark_that_was_not_read_stays(
    database: Database, rollups: RollupRepository
) -> None:
    batch = BatchWriter(database, "node-1")
    await batch.apply_entries([CallChanged(a_call("1"))], 1)
    assert not await rollups.has_marks()  # it still rings
    await batch.apply_entries([CallChanged(a_call("1", ended=True))], 2)
    await rollups.lease("one", NOW, 60)
    read = await rollups.marks(10)
    assert [(one.group_id, one.hour) for one in read] == [("grp_1", NOW)]
    await batch.apply_entries([CallChanged(a_call("2", ended=True))], 3)
    await rollups.conclude(read, "one", NOW)
    assert len(await rollups.marks(10)) == 1
    assert await rollups.complete_at() == NOW


async def test_months_are_the_sums_of_their_days(rollups: RollupRepository) -> None:
    await rollups.lease("one", NOW, 60)
    for day, calls in ((DAY, 2), (DAY + timedelta(days=1), 3), (DAY, 4)):
        sums = Sums("mgr_1", "", "inbound", {"calls": calls}, {"done": 1})
        await rollups.put_cells({Cell(RollupKind.CALLS, "grp_1", day): [sums]}, "one")
    for _ in range(2):
        await rollups.sum_month(RollupKind.CALLS, "grp_1", DAY.replace(day=1), "one")
    march = RollupQuery(RollupKind.CALLS, date(2026, 3, 1), date(2026, 4, 1))
    some_days = RollupQuery(
        RollupKind.CALLS, date(2026, 3, 2), date(2026, 4, 1), manager_id="mgr_1"
    )
    for query in (march, some_days):
        assert await rollups.sums(query, ["calls", "talks"], limit=9) == [(7, None)]
        assert await rollups.results(query, limit=9) == [(2, "inbound", "done")]


def test_whoever_writes_calls_or_tasks_marks_them() -> None:
    # What is deleted for its age, or has its persons taken out, stays in the figures.
    exempt = {"purge.py", "report_marks.py"}
    for path in (ROOT / "voicegw" / "store").glob("*.py"):
        text = path.read_text()
        for table, marks in (("calls", "mark_calls"), ("tasks", "mark_tasks")):
            writes = (
                f"schema.{table}.update(",
                f"insert(schema.{table})",
                f"schema.{table}.insert(",
            )
            if path.name not in exempt and any(one in text for one in writes):
                assert marks in text or path.name == "events.py", path.name
