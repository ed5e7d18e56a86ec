"""A plan's run on both stores: what it reads, what it writes, that it may be repeated."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import AsyncExitStack
from datetime import date, datetime, timedelta

import msgspec
import pytest
import sqlalchemy as sa

from config.settings import Settings
from tests.contract.records import a_call
from voicegw.clock import SystemClock
from voicegw.directory.calendar import Calendars
from voicegw.errors import StoreUnavailableError
from voicegw.events.alerts import Alerts
from voicegw.events.factory import EventFactory
from voicegw.journal.entries import CallChanged
from voicegw.model.call import CallOutcome, Direction
from voicegw.model.directory import Customer, DoNotCall, Group, Leave, Manager
from voicegw.model.event import EventType
from voicegw.model.plan import (
    SHIPPED_RULES,
    Cadence,
    Every,
    EveryUnit,
    Infeasibility,
    Plan,
    PlanItemKind,
    PlanRule,
    PlanRun,
    PlanRunState,
    Who,
)
from voicegw.model.rollup import RollupKind
from voicegw.model.task import Task, TaskResult, TaskSource, TaskState
from voicegw.model.work import WorkKind
from voicegw.setup.background import Background
from voicegw.setup.plans import PlanPart, month_to_plan
from voicegw.store import schema
from voicegw.store.batch import BatchWriter
from voicegw.store.customers import Change
from voicegw.store.database import Database
from voicegw.store.directory import DirectoryRepository
from voicegw.store.events import EventRepository
from voicegw.store.plan_data import PlanData
from voicegw.store.plans import PlanRepository, PlanRunRepository
from voicegw.store.task_changes import TaskChanges
from voicegw.store.task_history import TaskHistoryRepository
from voicegw.store.tasks import TaskFilter, TaskRepository
from voicegw.store.work import WorkQueue
from voicegw.tasks.month_run import MonthRun

NOW = datetime.fromisoformat("2026-11-25T02:00:00+00:00")
CHANGE = Change(by="key_admin", why="test", at=NOW)
ZONE = "Asia/Shanghai"


class StoppedClock(SystemClock):
    """A clock that stands still."""

    def __init__(self, now: datetime = NOW) -> None:
        self._now = now

    def now(self) -> datetime:
        return self._now


class Office:
    """A county with two managers and some customers, and the plan of everybody."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.directory = DirectoryRepository(database)
        self.runs = PlanRunRepository(database)
        self.tasks = TaskRepository(database)
        self.plan = Plan("pln_1", "拜访", rules=tuple(SHIPPED_RULES))
        self.count = 0

    async def open(self) -> None:
        await self.directory.groups.create(Group("grp_1", "County", timezone=ZONE))
        for name in ("mgr_1", "mgr_2"):
            await self.directory.managers.create(Manager(name, name, "grp_1"))
        await PlanRepository(self.database).create(self.plan)

    async def customers(self, *classes: str, owner: str | None = "mgr_1") -> list[str]:
        ids = []
        for class_ in classes:
            self.count += 1
            one = Customer(f"cus_{self.count:03}", "王女士", "grp_1", owner_id=owner, class_=class_)
            await self.directory.customers.create(one, CHANGE)
            ids.append(one.id)
        return ids

    async def run(
        self,
        month: str = "2026-12",
        *,
        preview: bool = False,
        now: datetime = NOW,
        tried: Plan | None = None,
    ) -> PlanRun:
        wanted = PlanRun(
            f"run_{now.timestamp():.0f}_{preview}_{month}",
            self.plan.id,
            month,
            now,
            "key_1",
            preview=preview,
            tried=tried,
        )
        run = await self.runs.begin(wanted)
        carried = MonthRun(self.database, run, StoppedClock(now), Calendars(), ZONE)
        return await carried.carry_out()

    async def all_tasks(self) -> Sequence[Task]:
        return (await self.tasks.list(TaskFilter(), limit=200)).items


@pytest.fixture
async def office(database: Database) -> Office:
    made = Office(database)
    await made.open()
    return made


async def ended(office: Office, run_id: str) -> PlanRun:
    """Return a run when it is over."""
    for _ in range(600):
        found = await office.runs.get(run_id)
        if found is not None and found.is_final:
            return found
        await asyncio.sleep(0.1)
    raise AssertionError("the run is not over")


def days_of(tasks: Sequence[Task], customer_id: str) -> list[str]:
    return sorted(
        str(one.fields["planned_day"])
        for one in tasks
        if one.customer_id == customer_id and one.is_open
    )


async def test_a_month_s_tasks_are_there_with_their_day_and_key(office: Office) -> None:
    (core, potential) = await office.customers("核心", "potential")
    run = await office.run()
    assert (run.state, run.customers, run.planned, run.added) == (PlanRunState.COMPLETED, 2, 3, 3)
    tasks = await office.all_tasks()
    assert len(days_of(tasks, core)) == 2
    task = next(one for one in tasks if one.customer_id == potential)
    assert task.external_id == f"pln_1:2026-12:{potential}:potential:1"
    assert (task.source, task.state) == (TaskSource.PLAN, TaskState.ASSIGNED)
    assert (task.plan_id, task.period, task.manager_id) == ("pln_1", "2026-12", "mgr_1")
    day = date.fromisoformat(str(task.fields["planned_day"]))
    assert day.weekday() in {0, 2, 3}
    assert task.not_before is not None
    assert task.due_at is not None
    assert task.not_before.isoformat() == f"{day}T01:00:00+00:00"
    assert task.due_at - task.not_before == timedelta(hours=9)
    history = await TaskHistoryRepository(office.database).list(task.id)
    assert [(one.by, one.what) for one in history.items] == [("key_1", "created")]
    marked = sa.select(schema.report_marks.c.kind, schema.report_marks.c.group_id)
    async with office.database.read() as connection:
        rows = (await connection.execute(marked)).all()
    assert set(rows) == {(RollupKind.TASKS, "grp_1")}, "reports would not count what was planned"
    events = [one.event for one in await EventRepository(office.database).after(None, limit=100)]
    assert [one.type for one in events] == [EventType.PLAN_COMPLETED]
    assert events[0].data["added"] == 3


async def test_the_same_run_again_changes_nothing(office: Office) -> None:
    await office.customers("核心", "potential", "regular", "帮扶")
    await office.run()
    before = await office.all_tasks()
    again = await office.run(now=NOW + timedelta(hours=1))
    assert (again.added, again.moved, again.withdrawn) == (0, 0, 0)
    assert again.unchanged == again.planned == len(before)
    assert await office.all_tasks() == before


async def test_a_preview_writes_no_task_and_shows_what_would_be_done(office: Office) -> None:
    (core,) = await office.customers("core")
    run = await office.run(preview=True)
    assert (run.added, await office.all_tasks()) == (2, [])
    items = await office.runs.items(run.id, PlanItemKind.ADDED)
    assert [(one.customer_id, one.number) for one in items.items] == [(core, 1), (core, 2)]
    days = await office.runs.days(run.id, limit=1)
    assert (days.items[0].manager_id, days.items[0].tasks) == ("mgr_1", 1)
    more = await office.runs.days(run.id, limit=1, cursor=days.next_cursor)
    assert more.items[0].day > days.items[0].day


async def test_a_plan_is_tried_as_it_might_be_and_stays_as_it_is(office: Office) -> None:
    await office.customers("core", "gold")
    wanted = msgspec.structs.replace(
        office.plan,
        rules=(PlanRule(Who(classes=("gold",)), (Cadence("gold", Every(1, EveryUnit.WEEKS)),)),),
    )
    tried = await office.run(preview=True, tried=wanted)
    assert (tried.customers, tried.state) == (1, PlanRunState.COMPLETED)
    assert tried.added >= 4
    items = (await office.runs.items(tried.id)).items
    assert {one.cadence for one in items} == {"gold"}
    assert await PlanRepository(office.database).get(office.plan.id) == office.plan
    assert await office.all_tasks() == []
    kept = await office.run()
    assert {task.customer_id for task in await office.all_tasks()} == {"cus_001"}
    assert kept.added < tried.added


async def test_what_a_preview_lists_goes_after_some_days(office: Office) -> None:
    await office.customers("core")
    preview = await office.run(preview=True)
    for days, left in ((6, 2), (8, 0)):
        await office.run("2027-01", now=NOW + timedelta(days=days))
        assert len((await office.runs.items(preview.id)).items) == left
    kept = await office.runs.get(preview.id)
    assert kept is not None
    assert kept.added == 2


async def test_two_plans_share_a_manager_s_days(office: Office) -> None:
    """A manager may have customers of two counties, each of which has a plan."""
    directory = DirectoryRepository(office.database)
    await directory.groups.create(Group("grp_2", "Other county", timezone=ZONE))
    capacities = {"mgr_1": 1}
    first = msgspec.structs.replace(office.plan, group_id="grp_1", capacities=capacities)
    second = msgspec.structs.replace(first, id="pln_2", group_id="grp_2")
    plans = PlanRepository(office.database)
    await plans.replace(first, expected_version=None)
    await plans.create(second)
    await office.customers(*["potential"] * 5)
    for number in range(5):
        other = Customer(f"cus_x{number}", "X", "grp_2", owner_id="mgr_1", class_="potential")
        await directory.customers.create(other, CHANGE)
    for plan in (first, second):
        office.plan = plan
        run = PlanRun(f"run_{plan.id}", plan.id, "2026-12", NOW, "key_1", group_id=plan.group_id)
        begun = await office.runs.begin(run)
        done = await MonthRun(office.database, begun, StoppedClock(), Calendars(), ZONE).carry_out()
        assert done.planned == 5
    days = [str(one.fields["planned_day"]) for one in await office.all_tasks()]
    assert len(days) == len(set(days)) == 10


async def test_leave_moves_what_lies_on_it_and_begun_tasks_stay(office: Office) -> None:
    ids = await office.customers(*["potential"] * 14)
    await office.run()
    before = {one.customer_id: one for one in await office.all_tasks()}
    begun, other = before[ids[0]], before[ids[1]]
    changes = TaskChanges(office.database)
    await changes.change(
        begun.id, lambda one: msgspec.structs.replace(one, state=TaskState.DIALLED), NOW
    )
    days = [date.fromisoformat(str(one.fields["planned_day"])) for one in (begun, other)]
    manager = await office.directory.managers.get("mgr_1")
    assert manager is not None
    manager.leave = [Leave(day, day) for day in days]
    await office.directory.managers.update(manager)
    run = await office.run(now=NOW + timedelta(hours=1))
    after = {one.customer_id: one for one in await office.all_tasks()}
    assert after[ids[0]].fields["planned_day"] == before[ids[0]].fields["planned_day"]
    assert after[ids[1]].fields["planned_day"] != before[ids[1]].fields["planned_day"]
    assert after[ids[1]].id == other.id
    assert (run.moved, run.added) == (1, 0)


async def test_what_can_t_be_planned_is_named(office: Office) -> None:
    (no_owner,) = await office.customers("core", owner=None)
    (quiet, away) = await office.customers("potential", owner="mgr_1") + await office.customers(
        "potential", owner="mgr_2"
    )
    customer = await office.directory.customers.get(quiet)
    assert customer is not None
    customer.do_not_call = DoNotCall("asked", NOW)
    await office.directory.customers.update(customer, CHANGE)
    manager = await office.directory.managers.get("mgr_2")
    assert manager is not None
    manager.leave = [Leave(date(2026, 12, 1), date(2026, 12, 31))]
    await office.directory.managers.update(manager)
    run = await office.run()
    items = (await office.runs.items(run.id, PlanItemKind.INFEASIBLE)).items
    assert {(one.customer_id, one.reason) for one in items} == {
        (no_owner, Infeasibility.NO_OWNER),
        (quiet, Infeasibility.DO_NOT_CALL),
        (away, Infeasibility.MANAGER_AWAY),
    }
    assert run.infeasible == {"no-owner": len(items) - 2, "do-not-call": 1, "manager-away": 1}
    only = await office.runs.items(run.id, PlanItemKind.INFEASIBLE, manager_id="mgr_2", limit=1)
    assert [one.customer_id for one in only.items] == [away]


async def test_talks_and_visits_that_have_happened_count(office: Office) -> None:
    (talked, short, visited) = await office.customers("potential", "potential", "potential")
    december = NOW + timedelta(days=8)  # the third of December
    calls = []
    for number, (customer, talk_s) in enumerate([(talked, 60.0), (short, 3.0)]):
        call = a_call(str(number), ended=True)
        calls.append(
            msgspec.structs.replace(
                call,
                direction=Direction.CLICK_TO_DIAL,
                outcome=CallOutcome.CONNECTED,
                customer_id=customer,
                talk_s=talk_s,
                bridged_at=december,
                created_at=december,
            )
        )
    await BatchWriter(office.database, "node").apply_entries([CallChanged(one) for one in calls], 1)
    task = Task("tsk_v", "own", december, own_type="visit", customer_id=visited, group_id="grp_1")  # type: ignore[arg-type]
    changes = TaskChanges(office.database)
    await changes.create(task)
    await changes.close("tsk_v", TaskResult("done", "key_1", december))
    run = await office.run(now=december)
    assert run.added == 1
    assert days_of(await office.all_tasks(), short)


async def test_customers_that_the_plan_covers_no_more_lose_what_is_not_begun(
    office: Office,
) -> None:
    (gone,) = await office.customers("core")
    await office.run()
    customer = await office.directory.customers.get(gone)
    assert customer is not None
    customer.class_ = "other"
    await office.directory.customers.update(customer, CHANGE)
    run = await office.run(now=NOW + timedelta(hours=1))
    assert (run.withdrawn, run.planned) == (2, 0)
    assert {one.state for one in await office.all_tasks()} == {TaskState.CANCELLED}
    customer.class_ = "core"
    await office.directory.customers.update(customer, CHANGE)
    back = await office.run(now=NOW + timedelta(hours=2))
    assert back.added == 2
    numbers = {one.external_id for one in await office.all_tasks()}
    assert f"pln_1:2026-12:{gone}:core:4" in numbers


async def test_a_run_is_asked_for_once_at_a_time_and_by_its_day_once_for_ever(
    office: Office,
) -> None:
    first = PlanRun("run_a", "pln_1", "2026-12", NOW, "key_1")
    second = PlanRun("run_b", "pln_1", "2026-12", NOW, "key_1")
    assert (await office.runs.begin(first)).id == "run_a"
    assert (await office.runs.begin(second)).id == "run_a"
    queue = WorkQueue(office.database, "node")
    assert await queue.lease([WorkKind.PLAN], NOW, 60) is not None
    assert await queue.lease([WorkKind.PLAN], NOW, 60) is None
    by_day = [PlanRun(f"run_{name}", "pln_1", "2027-01", NOW, "plan") for name in "xyz"]
    begun = [await office.runs.begin(one, by_day=True) for one in by_day]
    assert {one.id for one in begun} == {"run_x"}
    runs = (await office.runs.list("pln_1", limit=1)).items
    assert [one.id for one in runs] == ["run_x"]


async def test_the_nearer_plan_holds(office: Office) -> None:
    await office.directory.groups.create(Group("grp_2", "Town", parent_id="grp_1", timezone=ZONE))
    await office.customers("core")
    near = Customer("cus_near", "N", "grp_2", owner_id="mgr_1", class_="core")
    await office.directory.customers.create(near, CHANGE)
    await PlanRepository(office.database).create(Plan("pln_2", "Town's", group_id="grp_2"))
    run = await office.run()
    assert run.customers == 1


async def test_a_run_that_was_interrupted_is_gone_on_with(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    await office.customers(*["potential"] * 12)
    monkeypatch.setattr("voicegw.tasks.month_run.CHUNK", 5)
    real, written = PlanData.add, 0

    async def breaks(self: PlanData, tasks: Sequence[Task], *, by: str) -> int:
        nonlocal written
        if written >= 5:
            raise StoreUnavailableError("gone")
        written += len(tasks)
        return await real(self, tasks, by=by)

    monkeypatch.setattr(PlanData, "add", breaks)
    with pytest.raises(StoreUnavailableError):
        await office.run()
    first = await office.all_tasks()
    assert len(first) == 5
    monkeypatch.setattr(PlanData, "add", real)
    run = await office.run()  # the same one: it is not over
    tasks = await office.all_tasks()
    assert (run.added, run.planned, len(tasks)) == (12, 12, 12)
    assert {one.id for one in first} <= {one.id for one in tasks}
    assert len({one.external_id for one in tasks}) == 12


async def test_a_node_carries_out_what_was_asked_for(office: Office, store_url: str) -> None:
    """In a real process; beside another node that looks for the same."""
    await office.customers("core", "potential")
    now = SystemClock().now()
    month = month_to_plan(now.date(), 1)
    assert month is not None
    settings = Settings.model_validate({"store": {"url": store_url}, "tasks": {"plan_day": 0}})
    alerts = Alerts(EventFactory(SystemClock()), "node-1", lambda _event: None)
    parts = [
        PlanPart(
            settings,
            office.database,
            WorkQueue(office.database, name),
            SystemClock(),
            alerts,
        )
        for name in ("node-1", "node-2")
    ]
    run = await office.runs.begin(PlanRun("run_real", "pln_1", month, now, "key_1"))
    async with AsyncExitStack() as stack:
        for part in parts:
            stack.push_async_callback(part.stop)
            part.start(Background(stack))
        found = await ended(office, run.id)
    assert (found.state, found.failure) == (PlanRunState.COMPLETED, None)
    assert found.added == len(await office.all_tasks()) >= 3


@pytest.mark.parametrize(
    ("today", "plan_day", "month"),
    [
        ("2026-11-24", 25, None),
        ("2026-11-25", 25, "2026-12"),
        ("2026-12-31", 25, "2027-01"),
        ("2026-02-28", 31, "2026-03"),
        ("2026-11-30", 0, None),
    ],
)
def test_the_next_month_is_planned_from_its_day_on(
    today: str, plan_day: int, month: str | None
) -> None:
    assert month_to_plan(date.fromisoformat(today), plan_day) == month
