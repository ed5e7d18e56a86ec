"""What a node does with the lists that it drives: a real store, a fake clock, fake calls."""

from __future__ import annotations

import asyncio
import shutil
from collections import deque
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from voicegw.calls.control import DialRequest
from voicegw.dialer.chooser import ChooserTerms, TaskChooser
from voicegw.dialer.driver import DIAL_S, LEASE, Driver
from voicegw.dialer.ports import DialerParts
from voicegw.directory.calendar import Calendars
from voicegw.directory.lookup import CachedDirectory
from voicegw.directory.quiet import QuietTimes
from voicegw.errors import ConflictError, MediaError, NotFoundError, PolicyError
from voicegw.journal.entries import CallChanged
from voicegw.model.call import Call, CallOutcome, CallStatus, Direction, final_status
from voicegw.model.dialling import (
    Dialling,
    DiallingMode,
    DiallingState,
    told_ready,
    told_to_pause,
    told_to_skip,
    told_to_stop,
)
from voicegw.model.directory import Customer, DoNotCall, Group, Manager, ManagerStatus, Phone
from voicegw.model.node import RegisteredNode
from voicegw.model.quiet_hours import QuietHours
from voicegw.model.task import Task, TaskResult, TaskState, TaskType
from voicegw.store.batch import BatchWriter
from voicegw.store.calls import CallRepository
from voicegw.store.customers import Change
from voicegw.store.database import Database, migrate
from voicegw.store.diallings import Diallings
from voicegw.store.directory import DirectoryRepository
from voicegw.store.next_tasks import NextTasks
from voicegw.store.nodes import NodeRepository
from voicegw.store.task_changes import TaskChanges
from voicegw.store.task_types import TaskTypeRepository
from voicegw.store.tasks import TaskRepository
from voicegw.tasks.types import TaskTypes

START = datetime(2026, 3, 4, 2, 0, tzinfo=UTC)


class FakeClock:
    def __init__(self) -> None:
        self.at = START
        self.set_by = timedelta()

    def now(self) -> datetime:
        return self.at

    def monotonic(self) -> float:
        return (self.at - self.set_by - START).total_seconds()

    def step(self, by_s: float) -> None:
        """Somebody sets the clock."""
        self.set_by += timedelta(seconds=by_s)
        self.at += timedelta(seconds=by_s)


class FakeCalls:
    """Calls of a node, written to the store as they begin and end; `refusals` come first."""

    def __init__(self, bench: Bench, node: str) -> None:
        self.bench = bench
        self.node = node
        self.dialled: list[DialRequest] = []
        self.running: dict[str, Call] = {}
        self.refusals: deque[Exception] = deque()
        self.hangs = False
        self.is_asked = asyncio.Event()
        self.wakes: asyncio.Event | None = None

    async def dial(self, request: DialRequest) -> Call:
        if self.hangs:
            self.is_asked.set()
            await asyncio.Event().wait()
        if self.refusals:
            raise self.refusals.popleft()
        assert request.call_id is not None
        if self.wakes is not None:
            self.is_asked.set()
            await self.wakes.wait()
        else:
            claimed = await self.bench.book.get(self.bench.dialling_of(request.manager_id))
            assert claimed is not None
            assert claimed.call_id == request.call_id, "the claim comes before the call"
        call = self.bench.call(
            request.call_id, self.node, request.manager_id, request.customer_id or "cus_9"
        )
        call.task_id = request.task_id
        await self.bench.write(call)
        assert request.still_wanted is not None
        try:
            await request.still_wanted()
        except ConflictError:
            call.outcome, call.status = CallOutcome.REFUSED, CallStatus.FAILED
            await self.bench.write(call)
            raise
        self.dialled.append(request)
        self.running[call.id] = call
        return call

    def live(self, call_id: str) -> Call | None:
        return self.running.get(call_id)

    async def end(self, outcome: CallOutcome, *, talk: bool = False) -> Call:
        """End the call that runs."""
        (call,) = self.running.values()
        self.running.clear()
        call.outcome, call.status = outcome, final_status(outcome)
        call.ended_at = self.bench.clock.now()
        call.bridged_at = call.ended_at if talk else None
        await self.bench.write(call)
        return call


class Bench:
    """A store with managers, customers and tasks, and nodes that work on them."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.clock = FakeClock()
        self.book = Diallings(database, "node-1")
        self.tasks = TaskRepository(database)
        self.changes = TaskChanges(database)
        self.directory = DirectoryRepository(database)
        self.calls: dict[str, FakeCalls] = {}
        self.positions = 0
        self.draining = False

    async def write(self, call: Call) -> None:
        self.positions += 1
        snapshot = msgspec.convert(msgspec.to_builtins(call), Call)
        writer = BatchWriter(self.database, call.node)
        await writer.apply_entries([CallChanged(snapshot, [])], self.positions)

    def call(self, call_id: str, node: str, manager_id: str, customer_id: str) -> Call:
        """Return a call that begins now."""
        return Call(
            id=call_id,
            direction=Direction.CLICK_TO_DIAL,
            status=CallStatus.INITIATED,
            node=node,
            created_at=self.clock.now(),
            hotline_id="hot_1",
            display_number="+862161234567",
            group_id="grp_1",
            manager_id=manager_id,
            customer_id=customer_id,
            customer_number="+8613800138000",
        )

    def slow_calls(self, node: str) -> tuple[FakeCalls, asyncio.Event]:
        """Return the calls of a node, and what each waits for before it is stored."""
        calls = self.calls.setdefault(node, FakeCalls(self, node))
        calls.wakes = asyncio.Event()
        return calls, calls.wakes

    def driver(self, node: str = "node-1") -> Driver:
        calls = self.calls.setdefault(node, FakeCalls(self, node))
        people = CachedDirectory(self.directory, self.clock, customer_ttl_s=0, refresh_s=0)
        calendars = Calendars()
        quiet = QuietTimes(people, calendars, QuietHours(), timezone="Asia/Shanghai")
        types = TaskTypes(TaskTypeRepository(self.database))
        chooser = TaskChooser(NextTasks(self.database), types, quiet, calendars, ChooserTerms())
        return Driver(
            DialerParts(
                node=node,
                control=calls,
                book=Diallings(self.database, node),
                calls=CallRepository(self.database),
                tasks=self.tasks,
                nodes=NodeRepository(self.database),
                people=people,
                chooser=chooser,
                calendars=calendars,
                clock=self.clock,
                is_idle=lambda manager_id: all(
                    one.manager_id != manager_id for one in calls.running.values()
                ),
                is_draining=lambda: self.draining,
            )
        )

    @staticmethod
    def dialling_of(manager_id: str) -> str:
        return f"dlg_{manager_id[4:]}"

    async def begin(self, manager: str = "mgr_1", **more: Any) -> str:
        fields: dict[str, Any] = {
            "id": self.dialling_of(manager),
            "manager_id": manager,
            "group_id": "grp_1",
            "mode": DiallingMode.PROGRESSIVE,
            "created_at": self.clock.now(),
            "created_by": "key_1",
        }
        await self.book.create(Dialling(**(fields | more)))
        return str(fields["id"])

    async def task(self, key: str, **more: Any) -> None:
        fields: dict[str, Any] = {
            "id": f"tsk_{key}",
            "type": TaskType.REVISIT,
            "created_at": self.clock.now(),
            "state": TaskState.ASSIGNED,
            "manager_id": "mgr_1",
            "group_id": "grp_1",
            "customer_id": f"cus_{key}",
            "due_at": START + timedelta(days=1, hours=int(key)),
        }
        await self.changes.create(Task(**(fields | more)))

    async def customer(self, key: str, *numbers: str) -> None:
        customer = Customer(
            id=f"cus_{key}", name="C", group_id="grp_1",
            numbers=list(numbers) or [f"+8613800138{int(key):03d}"],
        )  # fmt: skip
        await self.directory.customers.create(customer, Change("key_1", "test", START))

    async def state(self, key: str = "1") -> tuple[str, str | None, str | None]:
        found = await self.book.get(f"dlg_{key}")
        assert found is not None
        return found.state, found.why, found.task_id

    async def look(self, driver: Driver, after_s: float = 0) -> None:
        self.clock.at += timedelta(seconds=after_s)
        await driver.look()


@pytest.fixture(scope="module")
def empty_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("store") / "empty.db"
    asyncio.run(migrate(f"sqlite:///{path}"))
    return path


@pytest.fixture
async def bench(tmp_path: Path, empty_store: Path) -> AsyncIterator[Bench]:
    path = tmp_path / "voicegw.db"
    shutil.copy(empty_store, path)
    database = await Database.open(f"sqlite:///{path}", node="node-1")
    made = Bench(database)
    await made.directory.groups.create(Group(id="grp_1", name="G"))
    for key in ("1", "2"):
        phones = [Phone(number=f"+861390013900{key}")]
        manager = Manager(id=f"mgr_{key}", name="M", group_id="grp_1", phones=phones)
        await made.directory.managers.create(manager)
    for key in ("1", "2", "3"):
        await made.customer(key)
    yield made
    await database.close()


async def set_manager(bench: Bench, **fields: Any) -> None:
    manager = await bench.directory.managers.get("mgr_1")
    assert manager is not None
    await bench.directory.managers.update(msgspec.structs.replace(manager, **fields))


async def test_one_customer_after_the_other_is_called(bench: Bench) -> None:
    for key in ("2", "1"):
        await bench.task(key)
    await bench.begin(pause_s=30)
    driver = bench.driver()
    calls = bench.calls["node-1"]
    await bench.look(driver)
    assert await bench.state() == ("calling", None, "tsk_1")
    assert [one.task_id for one in calls.dialled] == ["tsk_1"]
    await bench.look(driver, 20)  # it rings, they talk: nothing happens
    assert len(calls.dialled) == 1
    await calls.end(CallOutcome.CONNECTED, talk=True)
    await bench.look(driver, 1)
    assert (await bench.state())[0] == "wrap_up"
    await bench.look(driver, 28)
    assert len(calls.dialled) == 1
    await bench.look(driver, 2)
    await bench.look(driver)
    assert [one.task_id for one in calls.dialled] == ["tsk_1", "tsk_2"]
    await calls.end(CallOutcome.CUSTOMER_NO_ANSWER)
    await bench.look(driver, 1)
    await bench.look(driver, 6)  # nothing much to write down of a call in vain
    await bench.look(driver)
    assert await bench.state() == ("waiting", "nothing-to-call", "tsk_2")
    done = await bench.book.get("dlg_1")
    assert done is not None
    assert (done.calls, done.talks) == (2, 1)


async def test_the_result_that_is_told_ends_the_time_for_notes(bench: Bench) -> None:
    for key in ("1", "2"):
        await bench.task(key)
    await bench.begin(pause_s=3600)
    driver = bench.driver()
    await bench.look(driver)
    await bench.calls["node-1"].end(CallOutcome.CONNECTED, talk=True)
    await bench.look(driver, 1)
    await bench.look(driver, 60)
    assert (await bench.state())[0] == "wrap_up"
    await bench.changes.close("tsk_1", TaskResult("success", "key_1", bench.clock.now()))
    await bench.look(driver, 1)
    await bench.look(driver)
    assert await bench.state() == ("calling", None, "tsk_2")


async def test_a_preview_calls_when_the_manager_says_so(bench: Bench) -> None:
    for key in ("1", "2"):
        await bench.task(key)
    dialling_id = await bench.begin(mode=DiallingMode.PREVIEW)
    driver, now = bench.driver(), bench.clock.now()
    calls = bench.calls["node-1"]
    await bench.look(driver)
    assert await bench.state() == ("shown", None, "tsk_1")
    await bench.look(driver, 600)
    assert calls.dialled == []
    await bench.book.change(
        dialling_id, lambda one: told_to_skip(one, now + timedelta(hours=1)), now
    )
    await bench.look(driver)
    assert await bench.state() == ("shown", None, "tsk_2")
    await bench.book.change(dialling_id, told_ready, now)
    await bench.look(driver)
    assert await bench.state() == ("calling", None, "tsk_2")
    assert [one.task_id for one in calls.dialled] == ["tsk_2"]


async def test_who_is_shown_and_done_meanwhile_is_not_called(bench: Bench) -> None:
    for key in ("1", "2"):
        await bench.task(key)
    dialling_id = await bench.begin(mode=DiallingMode.PREVIEW)
    driver = bench.driver()
    await bench.look(driver)
    await bench.changes.close("tsk_1", TaskResult("success", "key_1", bench.clock.now()))
    await bench.book.change(dialling_id, told_ready, bench.clock.now())
    await bench.look(driver)
    await bench.look(driver)
    assert bench.calls["node-1"].dialled == []
    assert await bench.state() == ("shown", None, "tsk_2")


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"status": ManagerStatus.AWAY}, "manager-away"),
        ({"hours": "Sa 10:00-11:00"}, "outside-hours"),
        ({"phones": []}, "manager-away"),
    ],
)
async def test_nobody_is_called_without_a_manager(
    bench: Bench, fields: dict[str, Any], why: str
) -> None:
    await bench.task("1")
    await set_manager(bench, **fields)
    await bench.begin()
    driver = bench.driver()
    await bench.look(driver)
    assert await bench.state() == ("waiting", why, None)
    phones = [Phone(number="+8613900139001")]
    await set_manager(bench, status=ManagerStatus.ACTIVE, hours=None, phones=phones)
    await bench.look(driver, 21)
    assert await bench.state() == ("calling", None, "tsk_1")


async def test_a_manager_who_has_departed_works_on_nothing(bench: Bench) -> None:
    await bench.task("1")
    await set_manager(bench, status=ManagerStatus.DEPARTED)
    await bench.begin()
    await bench.look(bench.driver())
    assert await bench.state() == ("stopped", "manager-gone", None)


async def test_nobody_is_rung_twice_who_did_not_pick_up(bench: Bench) -> None:
    await bench.task("1")
    dialling_id = await bench.begin()
    driver = bench.driver()
    calls = bench.calls["node-1"]
    await bench.look(driver)
    await calls.end(CallOutcome.MANAGER_NO_ANSWER)
    await bench.look(driver, 1)
    assert await bench.state() == ("paused", "manager-not-reached", "tsk_1")
    await bench.look(driver, 3600)
    assert len(calls.dialled) == 1
    await bench.book.change(dialling_id, told_ready, bench.clock.now())
    await bench.look(driver)
    # The customer was not rung: it is no attempt.
    assert await bench.state() == ("calling", None, "tsk_1")


@pytest.mark.parametrize(
    ("refusal", "state", "then"),
    [
        (PolicyError("do-not-call", ""), ("calling", None, "tsk_2"), "tsk_2"),
        (NotFoundError("customer", "cus_1"), ("calling", None, "tsk_2"), "tsk_2"),
        (
            PolicyError("trunk-full", "", retry_after_s=10),
            ("waiting", "trunk-full", "tsk_1"),
            "tsk_1",
        ),
        (PolicyError("manager-busy", ""), ("waiting", "manager-busy", "tsk_1"), "tsk_1"),
    ],
)
async def test_what_a_rule_refuses_is_not_lost(
    bench: Bench, refusal: Exception, state: tuple[str, str | None, str], then: str
) -> None:
    for key in ("1", "2"):
        await bench.task(key)
    await bench.begin()
    driver = bench.driver()
    bench.calls["node-1"].refusals.append(refusal)
    await bench.look(driver)
    assert await bench.state() == state
    if then == "tsk_1":
        await bench.look(driver, 1)
        assert bench.calls["node-1"].dialled == []
    await bench.look(driver, 10)
    assert [one.task_id for one in bench.calls["node-1"].dialled] == [then]


async def test_a_dial_that_hangs_is_given_up_before_anybody_takes_over(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert LEASE.total_seconds() / 2 > DIAL_S
    monkeypatch.setattr("voicegw.dialer.driver.DIAL_S", 0.01)
    await bench.task("1")
    await bench.begin()
    driver = bench.driver()
    bench.calls["node-1"].hangs = True
    await bench.look(driver)
    assert await bench.state() == ("waiting", "store-unavailable", "tsk_1")


async def test_two_managers_never_call_one_customer_at_a_time(bench: Bench) -> None:
    for key, manager in (("1", "mgr_1"), ("2", "mgr_2")):
        await bench.task(key, manager_id=manager, customer_id="cus_1")
        await bench.begin(manager)
    driver = bench.driver()
    calls = bench.calls["node-1"]
    await bench.look(driver)
    await bench.look(driver, 2)
    assert len(calls.dialled) == 1
    await calls.end(CallOutcome.CUSTOMER_BUSY)
    for _ in range(20):
        await bench.look(driver, 30)
    # The other one's turn is no sooner than the rule of attempts has it.
    assert len(calls.dialled) == 1


async def test_pausing_waits_for_the_call_and_stopping_lets_it_go_on(bench: Bench) -> None:
    for key in ("1", "2"):
        await bench.task(key)
    dialling_id = await bench.begin()
    driver = bench.driver()
    calls = bench.calls["node-1"]
    await bench.look(driver)
    await bench.book.change(dialling_id, told_to_pause, bench.clock.now())
    await bench.look(driver, 1)
    assert (await bench.state())[0] == "calling"
    await calls.end(CallOutcome.CONNECTED, talk=True)
    await bench.look(driver, 1)
    assert await bench.state() == ("paused", "asked", "tsk_1")
    await bench.book.change(dialling_id, told_ready, bench.clock.now())
    await bench.look(driver)
    await bench.book.change(
        dialling_id, lambda one: told_to_stop(one, bench.clock.now()), bench.clock.now()
    )
    await bench.look(driver, 60)
    assert len(calls.running) == 1
    assert (await bench.state())[0] == DiallingState.STOPPED


async def test_a_node_killed_before_its_call_was_stored_has_called_nobody(bench: Bench) -> None:
    await bench.task("1")
    await bench.begin()
    killed = bench.driver("node-1")
    bench.calls["node-1"].hangs = True
    dying = asyncio.create_task(killed.look())
    await bench.calls["node-1"].is_asked.wait()
    assert (await bench.state())[0] == "calling"
    dying.cancel()
    await asyncio.gather(dying, return_exceptions=True)
    other = bench.driver("node-2")
    await bench.look(other, 10)
    assert bench.calls["node-2"].dialled == [], "its lease goes on"
    await bench.look(other, LEASE.total_seconds())
    assert [one.task_id for one in bench.calls["node-2"].dialled] == ["tsk_1"]


async def test_a_call_whose_node_was_killed_is_an_attempt_and_the_list_goes_on(
    bench: Bench,
) -> None:
    for key in ("1", "2"):
        await bench.task(key)
    await bench.begin()
    await NodeRepository(bench.database).hold(
        RegisteredNode("node-1", None, START, START + timedelta(seconds=30))
    )
    await bench.look(bench.driver("node-1"))
    assert await bench.state() == ("calling", None, "tsk_1")
    other = bench.driver("node-2")
    for _ in range(5):
        await bench.look(other, 10)
    assert [one.task_id for one in bench.calls["node-2"].dialled] == ["tsk_2"]
    task = await bench.tasks.get("tsk_1")
    assert task is not None
    assert [one.outcome for one in task.attempts] == [None]
    assert task.is_open


async def test_a_restarted_node_waits_for_the_end_that_its_recovery_writes(bench: Bench) -> None:
    for key in ("1", "2"):
        await bench.task(key)
    await bench.begin()
    await bench.look(bench.driver("node-1"))
    lost = bench.calls.pop("node-1").running.popitem()[1]
    again = bench.driver("node-1")
    await bench.look(again, 5)
    assert await bench.state() == ("calling", None, "tsk_1")
    lost.outcome, lost.status = CallOutcome.INTERRUPTED, CallStatus.FAILED
    lost.ended_at = bench.clock.now()
    await bench.write(lost)
    for _ in range(3):
        await bench.look(again, 5)
    assert [one.task_id for one in bench.calls["node-1"].dialled] == ["tsk_2"]


async def test_a_node_that_drains_leaves_its_lists_to_others(bench: Bench) -> None:
    await bench.task("1")
    await bench.begin()
    one, other = bench.driver("node-1"), bench.driver("node-2")
    bench.draining = True
    await bench.look(one)
    assert one.held == 0
    bench.draining = False
    await bench.look(other)
    assert other.held == 1
    await other.stop()
    assert await bench.book.is_any_free(bench.clock.now())


async def test_a_node_that_slept_beyond_its_lease_rings_nobody_when_it_wakes(bench: Bench) -> None:
    await bench.task("1")
    await bench.begin()
    (calls, wakes), other = bench.slow_calls("node-1"), bench.driver("node-2")
    asleep = asyncio.create_task(bench.driver("node-1").look())
    await calls.is_asked.wait()
    bench.clock.at += LEASE
    await bench.look(other, 1)
    taken = [one.call_id for one in bench.calls["node-2"].dialled]
    assert len(taken) == 1
    wakes.set()
    await asleep
    assert calls.dialled == [], "the other node calls for this task by now"
    found = await bench.book.get("dlg_1")
    assert found is not None
    assert (found.state, found.call_id) == ("calling", taken[0])


@pytest.mark.parametrize("what", ["closed", "given away", "paused", "stopped", "called by hand"])
async def test_what_changes_while_a_call_is_being_written_down_is_heeded(
    bench: Bench, what: str
) -> None:
    await bench.task("1")
    dialling_id = await bench.begin()
    (calls, wakes), now = bench.slow_calls("node-1"), bench.clock.now()
    looking = asyncio.create_task(bench.driver().look())
    await calls.is_asked.wait()
    if what == "closed":
        await bench.changes.close("tsk_1", TaskResult("success", "key_1", now))
    elif what == "given away":
        await bench.changes.change(
            "tsk_1", lambda task: msgspec.structs.replace(task, manager_id="mgr_2"), now
        )
    elif what == "called by hand":
        await NodeRepository(bench.database).hold(
            RegisteredNode("node-2", None, START, START + timedelta(seconds=30))
        )
        await bench.write(bench.call("call_by_hand", "node-2", "mgr_2", "cus_1"))
    else:
        how = told_to_pause if what == "paused" else lambda one: told_to_stop(one, now)
        await bench.book.change(dialling_id, how, now)
    wakes.set()
    await looking
    assert calls.dialled == []
    states = {
        "paused": ("paused", "asked"),
        "stopped": ("stopped", "asked"),
        "called by hand": ("waiting", "nothing-to-call"),
    }
    assert (await bench.state())[:2] == states.get(what, ("waiting", None))


async def test_a_task_whose_hotline_is_gone_stands_in_nobody_s_way(bench: Bench) -> None:
    await bench.task("1", hotline_id="hot_gone")
    await bench.task("2")
    await bench.begin()
    driver = bench.driver()
    bench.calls["node-1"].refusals.append(NotFoundError("hotline", "hot_gone"))
    await bench.look(driver)
    await bench.look(driver)
    assert [one.task_id for one in bench.calls["node-1"].dialled] == ["tsk_2"]


async def test_a_fault_with_one_list_stops_no_other(
    bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    for key, manager in (("1", "mgr_1"), ("2", "mgr_2")):
        await bench.task(key, manager_id=manager)
        await bench.begin(manager)
    driver = bench.driver()
    calls = bench.calls["node-1"]
    calls.refusals.append(RuntimeError("a fault"))
    await bench.look(driver)
    assert len(calls.dialled) == 1
    faults = [one.message for one in caplog.records if one.levelname == "ERROR"]
    assert faults == ["a list's step failed"]
    calls.refusals.append(RuntimeError("a fault"))
    await bench.look(driver, 1)
    assert len(calls.refusals) == 1, "it is not tried again at once"
    calls.refusals.clear()
    await bench.look(driver, 30)
    assert len(calls.dialled) == 2


async def test_a_call_that_can_t_be_made_for_one_task_is_made_for_another(bench: Bench) -> None:
    for key in ("1", "2"):
        await bench.task(key)
    await bench.begin()
    driver = bench.driver()
    bench.calls["node-1"].refusals.append(MediaError())
    await bench.look(driver)
    assert [one.task_id for one in bench.calls["node-1"].dialled] == ["tsk_2"]


async def test_whose_manager_did_not_pick_up_is_called_first_when_the_manager_is_ready(
    bench: Bench,
) -> None:
    for key in ("1", "2"):
        await bench.task(key)
    dialling_id = await bench.begin()
    driver = bench.driver()
    await bench.look(driver)
    await bench.calls["node-1"].end(CallOutcome.MANAGER_NO_ANSWER)
    await bench.look(driver, 1)
    await bench.book.change(dialling_id, told_ready, bench.clock.now())
    await bench.look(driver, 1)
    assert await bench.state() == ("calling", None, "tsk_1"), "the customer was not rung"


@pytest.mark.parametrize("mode", list(DiallingMode))
async def test_a_list_whose_manager_goes_is_stopped_though_nobody_says_a_word(
    bench: Bench, mode: DiallingMode
) -> None:
    await bench.task("1")
    dialling_id = await bench.begin(mode=mode)
    driver = bench.driver()
    if mode is DiallingMode.PROGRESSIVE:
        await bench.book.change(dialling_id, told_to_pause, bench.clock.now())
    await bench.look(driver)
    await set_manager(bench, status=ManagerStatus.DEPARTED)
    await bench.look(driver, 61)
    assert (await bench.state())[:2] == ("stopped", "manager-gone")


async def test_a_clock_that_is_set_back_stops_no_list(bench: Bench) -> None:
    for key in ("1", "2"):
        await bench.task(key)
    await bench.begin(pause_s=30)
    driver = bench.driver()
    calls = bench.calls["node-1"]
    calls.refusals.append(PolicyError("trunk-full", "", retry_after_s=10))
    await bench.look(driver)
    bench.clock.step(-3600)
    await bench.look(driver, 11)
    assert len(calls.dialled) == 1
    await calls.end(CallOutcome.CONNECTED, talk=True)
    await bench.look(driver, 1)
    assert (await bench.state())[0] == "wrap_up"
    bench.clock.step(-3600)
    await bench.look(driver, 31)
    await bench.look(driver)
    assert len(calls.dialled) == 2


async def test_who_may_not_be_called_hides_nobody_behind(bench: Bench) -> None:
    dont = Customer(
        id="cus_0", name="C", group_id="grp_1", numbers=["+8613800138000"],
        do_not_call=DoNotCall("asked", START),
    )  # fmt: skip
    await bench.directory.customers.create(dont, Change("key_1", "test", START))
    for number in range(150):
        await bench.task(f"{number + 100}", customer_id="cus_0", due_at=START)
    await bench.begin()
    driver = bench.driver()
    await bench.look(driver)
    assert await bench.state() == ("waiting", "nothing-to-call", None)
    await bench.task("1")
    await bench.look(driver, 11)
    assert bench.calls["node-1"].dialled == [], "it is not looked so far behind each time"
    for _ in range(12):
        await bench.look(driver, 11)
    assert await bench.state() == ("calling", None, "tsk_1")


async def test_a_fault_of_the_node_uses_up_one_task_and_not_the_whole_list(bench: Bench) -> None:
    for key in ("1", "2"):
        await bench.task(key)
    await bench.begin(pause_s=0)
    driver = bench.driver()
    calls = bench.calls["node-1"]
    await bench.look(driver)
    await calls.end(CallOutcome.FAILED)
    for _ in range(3):
        await bench.look(driver, 10)
    assert await bench.state() == ("paused", "call-failed", "tsk_1")
    assert len(calls.dialled) == 1
