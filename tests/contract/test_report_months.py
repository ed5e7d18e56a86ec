"""Closed months: their figures stay, what comes later is told beside them, records may go."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

import msgspec
import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.contract.records import a_call
from tests.contract.test_tasks import a_task
from voicegw.clock import SystemClock
from voicegw.journal.entries import CallChanged, TaskWanted
from voicegw.model.call import Call, CallOutcome, Direction
from voicegw.model.report import ReportKind, ReportTable, SplitBy
from voicegw.model.report_month import FrozenMonth, frozen_until
from voicegw.model.task import TaskState
from voicegw.reports.rollup import Rollup
from voicegw.reports.service import ReportRequest, ReportService
from voicegw.retention.run import Retention, RetentionRules
from voicegw.store import schema
from voicegw.store.batch import BatchWriter
from voicegw.store.database import Database
from voicegw.store.groups import GroupRepository
from voicegw.store.purge import PurgeRepository
from voicegw.store.report_facts import ReportFacts
from voicegw.store.report_months import MonthRepository
from voicegw.store.report_names import ReportNames
from voicegw.store.report_rollups import LostLeaseError, RollupRepository

OCTOBER = date(2026, 10, 1)
IN_OCTOBER = datetime(2026, 10, 20, 4, tzinfo=UTC)
LATER = datetime(2026, 11, 22, tzinfo=UTC)


class Clock(SystemClock):
    """Stands still."""

    def __init__(self, now: datetime) -> None:
        self.at = now

    def now(self) -> datetime:
        return self.at


class Books:
    """Sums, freezes and reports over a store."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.clock = Clock(LATER)
        self.months = MonthRepository(database)
        self.rollup = Rollup(
            RollupRepository(database),
            ReportFacts(database),
            GroupRepository(database),
            self.clock,
            owner="test",
            timezone="Asia/Shanghai",
            months=self.months,
            purge=PurgeRepository(database),
        )
        self._position = 0

    async def write(self, *entries: Any) -> None:
        """Bring records to the store, and sum them."""
        self._position += 1
        await BatchWriter(self.database, "node-1").apply_entries(entries, self._position)
        while await self.rollup.round():
            pass

    async def report(self, kind: ReportKind = ReportKind.ACTIVITY) -> ReportTable:
        """Return a report of October by day and manager."""
        reports = ReportService(
            RollupRepository(self.database), ReportNames(self.database), self.clock, "Asia/Shanghai"
        )
        by = (SplitBy.DAY, SplitBy.MANAGER)
        return await reports.table(ReportRequest(kind, OCTOBER, date(2026, 11, 1), by))

    async def figures(self) -> list[Any]:
        """Return all figures of October."""
        tables = [await self.report(kind) for kind in (ReportKind.ACTIVITY, ReportKind.TASKS)]
        return [(table.rows, table.totals) for table in tables]

    async def freeze(self) -> Sequence[FrozenMonth]:
        """Freeze what is due; return the frozen months."""
        await self.rollup.freeze(10)
        return await self.months.months()


@pytest.fixture
def books(database: Database) -> Books:
    """Nothing is written yet."""
    return Books(database)


def talk(key: str, at: datetime = IN_OCTOBER, talk_s: float = 60.0, **more: Any) -> Call:
    """Return a call that was answered."""
    call = a_call(key, ended=True, created_at=at, **more)
    call.bridged_at, call.talk_s, call.ended_at = at, talk_s, at + timedelta(seconds=talk_s)
    return call


async def test_a_month_is_frozen_once_and_vouches_for_the_one_before(books: Books) -> None:
    await books.write(CallChanged(talk("1", IN_OCTOBER - timedelta(days=30))))
    await books.write(CallChanged(talk("2")))
    october, september = await books.freeze()
    assert (september.month, october.month) == (date(2026, 9, 1), OCTOBER)
    assert october.previous_sha256 == september.sha256 != ""
    assert september.previous_sha256 == ""
    assert (september.rows, october.rows) == (1, 1)
    assert await books.freeze() == [october, september]


async def test_a_hash_tells_a_changed_sum(books: Books) -> None:
    await books.write(CallChanged(talk("1")))
    (first,) = await books.freeze()
    sums, months = schema.report_calls, schema.report_months

    def forge(connection: sa.Connection) -> None:
        connection.execute(sums.update().values(calls=sums.c.calls + 1))
        connection.execute(months.delete())

    await books.database.do_write(forge)
    (second,) = await books.freeze()
    assert second.sha256 != first.sha256


async def test_what_comes_late_is_a_correction_and_changes_no_figure(books: Books) -> None:
    await books.write(CallChanged(talk("1")))
    await books.freeze()
    before = await books.figures()
    late = a_call("2", ended=True, created_at=IN_OCTOBER, outcome=CallOutcome.CUSTOMER_BUSY)
    await books.write(CallChanged(late))
    await books.write(CallChanged(late), CallChanged(talk("1", talk_s=90.0)))
    assert await books.figures() == before
    page = await books.months.corrections(OCTOBER)
    told = {(one.name, one.before, one.after) for one in page.items}
    assert {("calls", 1, 2), ("outcome_customer_busy", 0, 1), ("talk_ms", 60000, 90000)} <= told
    assert [one.name for one in page.items].count("calls") == 1, "told once, not at each round"
    assert {(one.day, one.manager_id, one.group_id) for one in page.items} == {
        (date(2026, 10, 20), "mgr_1", "grp_1")
    }
    assert not (await books.months.corrections(OCTOBER, group_ids=["grp_2"])).items
    first = await books.months.corrections(OCTOBER, limit=1)
    rest = await books.months.corrections(OCTOBER, cursor=first.next_cursor)
    assert [*first.items, *rest.items] == list(page.items)


async def test_a_late_result_of_a_task_names_the_task(books: Books) -> None:
    task = a_task("1", created_at=IN_OCTOBER)
    await books.write(TaskWanted(task))
    await books.freeze()
    await books.database.do_write(
        lambda one: one.execute(
            schema.task_history.insert(),
            {"task_id": task.id, "at": LATER, "by": "key_1", "what": "closed", "changes": {}},
        )
    )
    done = msgspec.structs.replace(task, state=TaskState.DONE, closed_at=LATER)
    await books.database.do_write(
        lambda one: one.execute(schema.tasks.update().values(document=done, closed_at=LATER))
    )
    mark = {"kind": "tasks", "group_id": "grp_1", "hour": IN_OCTOBER}
    await books.database.do_write(lambda one: one.execute(schema.report_marks.insert(), mark))
    await books.rollup.round()
    page = await books.months.corrections(OCTOBER)
    found = {one.name: one for one in page.items}
    assert (found["done"].before, found["done"].after) == (0, 1)
    assert found["done"].caused_by == (task.id,)


async def test_only_who_sums_freezes(books: Books) -> None:
    await books.write(CallChanged(talk("1")))
    await books.rollup.release()
    with pytest.raises(LostLeaseError):
        await books.months.freeze(OCTOBER, "somebody", LATER)
    assert await books.months.months() == []


async def test_nothing_is_frozen_before_its_day_or_while_something_waits(books: Books) -> None:
    await books.write(CallChanged(talk("1")))
    books.clock.at = datetime(2026, 11, 9, 15, tzinfo=UTC)
    assert await books.freeze() == []
    books.clock.at = datetime(2026, 11, 9, 16, tzinfo=UTC)  # the tenth in Shanghai
    await BatchWriter(books.database, "node-1").apply_entries([CallChanged(talk("2"))], 9)
    assert await books.freeze() == []
    await books.rollup.round()
    assert len(await books.freeze()) == 1


_AT = st.datetimes(
    datetime(2026, 9, 25),  # noqa: DTZ001 - given its zone below
    datetime(2026, 11, 5),  # noqa: DTZ001
    timezones=st.just(UTC),
)
_CALL = st.tuples(
    _AT,
    st.sampled_from([CallOutcome.CONNECTED, CallOutcome.MISSED, CallOutcome.CUSTOMER_BUSY]),
    st.sampled_from([Direction.INBOUND, Direction.CLICK_TO_DIAL]),
    st.sampled_from(["mgr_1", "mgr_2", None]),
)


@settings(
    max_examples=5,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    history=st.lists(_CALL, min_size=1, max_size=12),
    days=st.integers(31, 60),
    anonymise=st.booleans(),
)
async def test_after_retention_frozen_reports_answer_the_same(
    books: Books, history: list[Any], days: int, anonymise: bool
) -> None:
    await _empty(books.database)
    calls = [
        talk(f"{number:03}", at, direction=direction, manager_id=manager_id, outcome=outcome)
        for number, (at, outcome, direction, manager_id) in enumerate(history)
    ]
    await books.write(*(CallChanged(one) for one in calls))
    frozen = await books.freeze()
    before = await books.figures()
    name = "anonymise_days" if anonymise else "calls_days"
    retention = Retention(
        PurgeRepository(books.database),
        books.clock,
        RetentionRules(**{name: days}),
        frozen_until=frozen_until([one.month for one in frozen]),
        rest_s=0,
    )
    await retention.run()
    # Somebody writes to each of those days once more, and moves a group to another time zone.
    marks = [
        {"kind": "calls", "group_id": "grp_1", "hour": one.created_at.replace(minute=0)}
        for one in calls
    ]
    marks.append({"kind": "calls", "group_id": "grp_1", "hour": None})
    await books.database.do_write(lambda one: one.execute(schema.report_marks.insert(), marks))
    while await books.rollup.round():
        pass
    assert await books.figures() == before
    for month in frozen:
        gone = [
            one
            for one in (await books.months.corrections(month.month, limit=200)).items
            if one.after < one.before and one.name == "calls"
        ]
        assert gone == [], "what was deleted by its age is no correction"


async def _empty(database: Database) -> None:
    names = ("calls", "events", "report_calls", "report_tasks", "report_results", "report_marks",
             "report_state", "report_months", "report_corrections", "retention_marks",
             "journal_positions")  # fmt: skip

    def empty(connection: sa.Connection) -> None:
        for name in names:
            connection.execute(schema.metadata.tables[name].delete())

    await database.do_write(empty)
