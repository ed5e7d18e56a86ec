"""Talks whose result was asked for and never told."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from tests.contract.conftest import NOW
from voicegw.clock import SystemClock
from voicegw.journal.entries import CallChanged
from voicegw.model.call import Call, CallOutcome, CallStatus, Direction
from voicegw.model.directory import Group, Hotline
from voicegw.model.event_filter import EventFilter, matching_types
from voicegw.model.routing import AfterCall
from voicegw.model.survey import Disposition, DispositionSource
from voicegw.setup.dispositions import DispositionWatch
from voicegw.store.batch import BatchWriter
from voicegw.store.calls import CallRepository
from voicegw.store.database import Database
from voicegw.store.directory import DirectoryRepository
from voicegw.store.dispositions import OverdueDispositions
from voicegw.store.events import EventRepository

TOLD = Disposition("success", DispositionSource.API, "key_1", NOW)


class Clock(SystemClock):
    moment = NOW

    def now(self) -> datetime:
        return self.moment


class Office:
    """Two hotlines, one of which asks its managers for results."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.clock = Clock()
        self.watch = DispositionWatch(OverdueDispositions(database, "node-1"), self.clock, 24)
        self.calls = 0

    async def call(self, hours_ago: float, **changes: object) -> str:
        """Have a call of the asking hotline that has ended; return its id."""
        self.calls += 1
        fields: dict[str, object] = {
            "outcome": CallOutcome.CONNECTED,
            "hotline_id": "hot_asks",
            "node": "node-1",
        }
        call = Call(
            f"call_{self.calls}",
            Direction.INBOUND,
            CallStatus.COMPLETED,
            created_at=self.clock.moment - timedelta(hours=hours_ago),
            group_id="grp_1",
            manager_id="mgr_1",
            sequence=7,
            **(fields | changes),  # type: ignore[arg-type]
        )
        await BatchWriter(self.database, call.node).apply_entries([CallChanged(call)], self.calls)
        return call.id

    async def overdue(self) -> list[str]:
        """Look, and return the subjects of all events so far."""
        await self.watch.look()
        wanted = EventFilter(matching_types(["disposition.overdue"]))
        found = await EventRepository(self.database).after(wanted=wanted)
        assert all(one.event.sequence == one.event.data["sequence"] == 8 for one in found)
        return [one.event.subject for one in found]


@pytest.fixture
async def office(database: Database) -> Office:
    directory = DirectoryRepository(database)
    await directory.groups.create(Group("grp_1", "G"))
    for name, asks in (("hot_asks", True), ("hot_asks_not", False)):
        await directory.hotlines.create(
            Hotline(
                name, f"+862160000{len(name):03}", "grp_1", name, after_call=AfterCall(result=asks)
            )
        )
    return Office(database)


async def test_a_result_is_overdue_a_day_after_the_call(office: Office) -> None:
    late = await office.call(24.5)
    await office.call(23)
    assert await office.overdue() == [late]


async def test_it_is_told_once_whoever_looks_again(office: Office) -> None:
    late = await office.call(25)
    assert await office.overdue() == [late]
    office.clock.moment += timedelta(hours=1)
    assert await office.overdue() == [late]
    office.watch = DispositionWatch(
        OverdueDispositions(office.database, "node-1"), office.clock, 24
    )
    assert await office.overdue() == [late]


async def test_what_comes_of_age_later_is_told_then(office: Office) -> None:
    assert await office.overdue() == []
    young = await office.call(23)
    assert await office.overdue() == []
    office.clock.moment += timedelta(hours=1.1)
    assert await office.overdue() == [young]


async def test_nothing_is_overdue_where_nobody_asks_or_all_is_told(office: Office) -> None:
    await office.call(30, hotline_id="hot_asks_not")
    await office.call(30, hotline_id=None)
    await office.call(30, outcome=CallOutcome.ABANDONED)
    await office.call(30, node="node-2")
    told = await office.call(30)
    await CallRepository(office.database).dispose(told, TOLD)
    assert await office.overdue() == []


async def test_many_are_told_in_several_transactions(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in ("voicegw.store.dispositions", "voicegw.setup.dispositions"):
        monkeypatch.setattr(f"{module}.MOST_AT_ONCE", 2)
    calls = [await office.call(30 - number / 10) for number in range(5)]
    assert await office.overdue() == calls
