"""Handovers in both stores: all the new owners at one moment, whatever is killed in between."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import msgspec
import pytest
import sqlalchemy as sa

from tests.contract.conftest import CHANGE, NOW
from voicegw.directory.handover import HandoverRequest, HandoverService
from voicegw.directory.handover_runner import HandoverRunner, Waiting
from voicegw.directory.sharing import share_out
from voicegw.errors import ConflictError, InvalidError, NotFoundError
from voicegw.events.factory import EventFactory
from voicegw.model.audit import AuditAction, AuditEntry, SubjectKind
from voicegw.model.directory import Customer, Manager, ManagerStatus
from voicegw.model.event import EventType
from voicegw.model.handover import (
    Choice,
    Handover,
    HandoverState,
    ItemResult,
    LeftOutReason,
    RecipientKind,
    Recipients,
    Share,
)
from voicegw.model.task import Task, TaskResult, TaskType
from voicegw.model.work import WorkItem, WorkKind
from voicegw.store import schema
from voicegw.store.customer_search import Among, Wanted
from voicegw.store.customers import Change
from voicegw.store.database import Database
from voicegw.store.directory import DirectoryRepository
from voicegw.store.events import EventRepository
from voicegw.store.handovers import HandoverRepository, SwitchOutcome
from voicegw.store.task_changes import TaskChanges
from voicegw.store.tasks import TaskRepository, put_tasks
from voicegw.store.work import WorkQueue

Owned = tuple[str | None, datetime, datetime | None]
"""An owner, and from when until when."""

TO_2 = Recipients(RecipientKind.ONE, ["mgr_2"])
NUMBER = "+8613900139000"


class MovedClock:
    """The time that a test sets."""

    def __init__(self) -> None:
        self.at = NOW

    def now(self) -> datetime:
        return self.at

    def monotonic(self) -> float:
        return (self.at - NOW).total_seconds()


@dataclass
class Office:
    """Three managers; the first owns ten customers, and is about to leave."""

    database: Database
    directory: DirectoryRepository
    clock: MovedClock = field(default_factory=MovedClock)
    switches: int = 0

    def __post_init__(self) -> None:
        self.handovers = HandoverRepository(self.database)
        self.service = HandoverService(self.handovers, self.directory, self.clock)
        self.queue = WorkQueue(self.database, "node-1")
        self.runner = self.new_runner()

    def new_runner(self) -> HandoverRunner:
        """Return a runner as a node that has just been started has it."""

        def count() -> None:
            self.switches += 1

        return HandoverRunner(
            self.handovers,
            self.clock,
            EventFactory(self.clock).assignment,
            on_switch=count,
            chunk=3,
        )

    async def ask(self, to: Recipients = TO_2, manager: str = "mgr_1", **more: object) -> Handover:
        """Ask for a handover and return it as it was kept."""
        request = HandoverRequest(manager, to, by="key_1", why="leaves", **more)  # type: ignore[arg-type]
        handover = await self.service.prepare(request)
        await self.service.start(handover, entry(AuditAction.HANDOVER_REQUESTED, handover.id))
        return handover

    async def run(self, runner: HandoverRunner | None = None) -> Waiting | None:
        """Carry out what is due, as the node's loop does."""
        return await (runner or self.runner).advance(await self.lease())

    async def lease(self) -> WorkItem:
        item = await self.queue.lease([WorkKind.HANDOVER], self.clock.now(), 60)
        assert item is not None
        return item

    async def staged(self) -> Handover:
        """Ask for a handover to mgr_2, in an hour, and return it when it is staged."""
        handover = await self.ask(at=self.clock.now() + timedelta(hours=1))
        item = await self.lease()
        waiting = await self.runner.advance(item)
        assert waiting == Waiting("scheduled", 3600)
        await self.queue.put_back(item, self.clock.now(), "later", attempt_counts=False)
        return await self.now(handover)

    async def switched(self) -> Handover:
        """Return a handover that has switched, and no record has followed."""
        handover = await self.staged()
        assert await self.handovers.switch(handover.id, self.clock.now()) is SwitchOutcome.SWITCHED
        return await self.now(handover)

    async def now(self, handover: Handover) -> Handover:
        found = await self.handovers.get(handover.id)
        assert found is not None
        return found

    async def owners(self) -> dict[str, str | None]:
        """Return whom a caller would reach, customer by customer."""
        page = await self.directory.customers.list(limit=200)
        return {one.id: one.owner_id for one in page.items}

    async def owned(self, manager_id: str) -> list[str]:
        """Return a manager's customers as the list gives them, page by page."""
        found: list[str] = []
        cursor = None
        while True:
            page = await self.directory.customers.list(owner_id=manager_id, limit=4, cursor=cursor)
            found += [one.id for one in page.items]
            cursor = page.next_cursor
            if cursor is None:
                return found

    async def history(
        self, customer_id: str
    ) -> Sequence[tuple[str | None, datetime, datetime | None]]:
        rows = await self.directory.customers.ownerships(customer_id)
        return [(row.manager_id, row.from_, row.until) for row in rows]


def entry(action: AuditAction, handover_id: str) -> AuditEntry:
    return AuditEntry(NOW, "key_1", "admin", action, SubjectKind.HANDOVER, handover_id)


def customer(number: int, owner: str | None = "mgr_1", **more: object) -> Customer:
    fields = {
        "name": "C",
        "group_id": "grp_1",
        "external_id": f"C{number}",
        "owner_id": owner,
        "class_": ("gold", "silver")[number % 2],
    }
    return Customer(f"cus_{number:02}", **(fields | more))  # type: ignore[arg-type]


ALL = [f"cus_{number:02}" for number in range(10)]


@pytest.fixture
async def office(database: Database, directory: DirectoryRepository) -> Office:
    await directory.managers.create(Manager("mgr_3", "Wang", "grp_1", skills=["fibre"]))
    for number in range(10):
        await directory.customers.create(customer(number, numbers=[NUMBER]), CHANGE)
    await directory.customers.create(customer(50, "mgr_2"), CHANGE)
    return Office(database, directory)


async def test_everything_goes_to_one(office: Office) -> None:
    handover = await office.ask()
    assert handover.state is HandoverState.STAGING
    assert await office.run() is None
    done = await office.now(handover)
    assert (done.state, done.moved, done.shares) == (HandoverState.DONE, 10, [Share("mgr_2", 10)])
    assert done.left_out == []
    assert await office.owned("mgr_1") == []
    assert await office.owned("mgr_2") == [*ALL, "cus_50"]
    assert await office.directory.customers.count_owned("mgr_2") == 11
    assert await office.history("cus_00") == [
        ("mgr_1", NOW, done.switched_at),
        ("mgr_2", done.switched_at, None),
    ]
    last = (await office.directory.customers.ownerships("cus_00"))[-1]
    assert (last.by, last.why) == ("key_1", "leaves")
    assert await office.history("cus_50") == [("mgr_2", NOW, None)]
    # The node is told of both moments: new owners answer, and records have followed.
    assert office.switches == 2
    assert await office.queue.lease([WorkKind.HANDOVER], office.clock.now(), 60) is None
    events = [one.event for one in await EventRepository(office.database).after(None)]
    assert [(one.type, one.subject) for one in events] == [
        (EventType.ASSIGNMENT_CHANGED, handover.id)
    ]
    assert events[0].data["shares"] == [{"manager_id": "mgr_2", "customers": 10}]


async def test_one_row_switches_all_of_it(office: Office) -> None:
    handover = await office.staged()
    assert set((await office.owners()).values()) == {"mgr_1", "mgr_2"}
    assert await office.owned("mgr_1") == ALL
    await office.handovers.switch(handover.id, office.clock.now())
    # No record has followed, and every way to ask gives the new owners.
    assert set((await office.owners()).values()) == {"mgr_2"}
    customers = office.directory.customers
    found = await customers.get("cus_03")
    assert found is not None
    assert found.owner_id == "mgr_2"
    assert {one.owner_id for one in await customers.find_by_number(NUMBER)} == {"mgr_2"}
    assert {one.owner_id for one in await customers.list_by_external_ids(["C1", "C2"])} == {"mgr_2"}
    assert await office.owned("mgr_1") == []
    assert await office.owned("mgr_2") == [*ALL, "cus_50"]
    assert await customers.count_owned("mgr_1") == 0
    assert await customers.count_owned("mgr_2") == 11
    for wanted, count in ((Wanted("c", "C"), 11), (Wanted("none", "none", NUMBER), 10)):
        for owner, owned in (("mgr_1", 0), ("mgr_2", count)):
            page = await office.directory.customer_search.find(wanted, Among(owner_id=owner))
            assert len(page.items) == owned, (wanted, owner)
    numbers = [row async for chunk in customers.owned_numbers(2) for row in chunk]
    assert [row[3] for row in numbers] == ["mgr_2"]
    expected = [("mgr_1", NOW, office.clock.now()), ("mgr_2", office.clock.now(), None)]
    assert await office.history("cus_03") == expected
    records = sa.select(sa.func.count()).where(schema.customers.c.owner_id == "mgr_1")
    async with office.database.read() as connection:
        assert (await connection.execute(records)).scalar_one() == 10


@pytest.mark.parametrize("chunks", [0, 1, 2, 3, 4])
async def test_killed_while_records_follow(office: Office, chunks: int) -> None:
    handover = await office.switched()
    last: str | None = ""
    for _ in range(chunks):
        assert last is not None
        last = await office.handovers.move_some(handover.id, last, limit=3)
    # Half of the records say so, and still nobody sees anything but the new owners.
    assert set((await office.owners()).values()) == {"mgr_2"}
    assert await office.owned("mgr_2") == [*ALL, "cus_50"]
    office.clock.at += timedelta(seconds=30)
    assert await office.run(office.new_runner()) is None
    done = await office.now(handover)
    assert (done.state, done.moved) == (HandoverState.DONE, 10)
    for customer_id in ALL:
        assert await office.history(customer_id) == [
            ("mgr_1", NOW, NOW),
            ("mgr_2", NOW, None),
        ]


async def test_killed_while_staging(office: Office) -> None:
    handover = await office.ask(Recipients(RecipientKind.EVENLY, ["mgr_2", "mgr_3"]))
    sharing = (await office.service.preview(handover)).shares
    assert sharing == [Share("mgr_2", 5), Share("mgr_3", 5)]
    some = (await office.handovers.candidates(handover))[:3]
    await office.handovers.stage(handover.id, share_out(some, handover.to).items)
    # A node that died had staged three; the next one stages the others, and it is still even.
    assert await office.run(office.new_runner()) is None
    assert (await office.now(handover)).shares == sharing
    for manager_id, more in (("mgr_2", 1), ("mgr_3", 0)):
        assert len(await office.owned(manager_id)) == 5 + more


async def test_a_time_in_the_future(office: Office) -> None:
    handover = await office.staged()
    assert handover.state is HandoverState.SCHEDULED
    assert await office.owned("mgr_1") == ALL
    # Who comes to the manager meanwhile goes along; who was given to another stays there.
    customers = office.directory.customers
    await customers.create(customer(10), CHANGE)
    await customers.update(customer(0, "mgr_3"), CHANGE)
    await customers.delete("cus_01", NOW)
    office.clock.at += timedelta(hours=1)
    assert await office.run() is None
    done = await office.now(handover)
    assert (done.state, done.moved) == (HandoverState.DONE, 9)
    assert [(one.reason, one.customer_ids) for one in done.left_out] == [
        (LeftOutReason.OWNER_CHANGED, ["cus_00"]),
        (LeftOutReason.CUSTOMER_GONE, ["cus_01"]),
    ]
    assert await office.owned("mgr_3") == ["cus_00"]
    assert await office.owned("mgr_1") == []
    page = await office.handovers.items(handover.id, result=ItemResult.OWNER_CHANGED)
    assert [item.customer_id for item in page.items] == ["cus_00"]


async def test_a_change_in_the_middle_of_a_switch(office: Office) -> None:
    handover = await office.switched()
    customers = office.directory.customers
    later = Change("key_2", "asked for it", NOW + timedelta(seconds=5))
    await customers.update(customer(0, "mgr_1"), later)
    await customers.upsert_many([customer(1, "mgr_3"), customer(2, "mgr_2")], later)
    await customers.delete("cus_04", later.at)
    owners = await office.owners()
    assert [owners[one] for one in ("cus_00", "cus_01", "cus_02", "cus_03")] == [
        "mgr_1", "mgr_3", "mgr_2", "mgr_2",
    ]  # fmt: skip
    assert await office.owned("mgr_1") == ["cus_00"]
    assert await office.run() is None
    assert await office.owned("mgr_1") == ["cus_00"]
    assert await office.history("cus_00") == [
        ("mgr_1", NOW, NOW),
        ("mgr_2", NOW, later.at),
        ("mgr_1", later.at, None),
    ]
    assert [row[0] for row in await office.history("cus_01")] == ["mgr_1", "mgr_2", "mgr_3"]
    assert [row[0] for row in await office.history("cus_02")] == ["mgr_1", "mgr_2"]
    # Who was moved and then deleted was moved: the history says both.
    done = await office.now(handover)
    assert (done.moved, done.left_out) == (10, [])
    assert await office.history("cus_04") == [("mgr_1", NOW, NOW), ("mgr_2", NOW, later.at)]


async def test_open_matters_go_along(office: Office) -> None:
    tasks = TaskRepository(office.database)
    made = [
        Task("tsk_1", TaskType.CALLBACK, NOW, manager_id="mgr_1", customer_id="cus_00"),
        Task("tsk_2", TaskType.CALLBACK, NOW, manager_id="mgr_3", customer_id="cus_01"),
        Task("tsk_3", TaskType.VOICEMAIL, NOW, manager_id="mgr_1", customer_id="cus_02"),
    ]

    def write(connection: sa.Connection) -> None:
        put_tasks(connection, made)

    await office.database.do_write(write)
    await TaskChanges(office.database).close("tsk_3", TaskResult("reached", "key_1", NOW))
    handover = await office.switched()
    for state in ("switching", "done"):
        assert (await office.now(handover)).state == state
        assert await tasks.responsible("cus_00") == "mgr_2"
        assert await tasks.responsible("cus_01") == "mgr_3", "a colleague's matter stays there"
        if state == "switching":
            await office.run()
    found = {one.id: one.manager_id for one in (await tasks.list()).items}
    assert found == {"tsk_1": "mgr_2", "tsk_2": "mgr_3", "tsk_3": "mgr_1"}


@pytest.mark.parametrize("state", [HandoverState.SWITCHING, HandoverState.DONE])
async def test_what_a_call_leaves_after_the_switch_is_the_new_owners(
    office: Office, state: HandoverState
) -> None:
    tasks = TaskRepository(office.database)
    handover = await office.switched()
    if state is HandoverState.DONE:
        await office.run()
    assert (await office.now(handover)).state is state
    made = [
        Task("tsk_1", TaskType.MISSED_CALL, NOW, manager_id="mgr_1", customer_id="cus_00"),
        Task("tsk_2", TaskType.MISSED_CALL, NOW, manager_id="mgr_3", customer_id="cus_01"),
        Task("tsk_3", TaskType.MISSED_CALL, NOW, manager_id="mgr_1", customer_id="cus_none"),
    ]
    await office.database.do_write(lambda connection: put_tasks(connection, made))
    found = {one.id: one.manager_id for one in (await tasks.list()).items}
    assert found == {"tsk_1": "mgr_2", "tsk_2": "mgr_3", "tsk_3": "mgr_1"}


async def test_back_after_leave(office: Office) -> None:
    evenly = Recipients(RecipientKind.EVENLY, ["mgr_2", "mgr_3"])
    first = await office.ask(evenly, choice=Choice(classes=["gold"]))
    await office.run()
    assert (await office.now(first)).moved == 5
    second = await office.ask(Recipients(RecipientKind.ONE, ["mgr_3"]))
    await office.run()
    assert await office.owned("mgr_1") == []
    given_away = (await office.owned("mgr_3"))[0]
    moved = msgspec.structs.replace(customer(int(given_away[-2:])), owner_id=None)
    await office.directory.customers.update(moved, CHANGE)
    # Only what that handover moved, and whoever got it still has.
    only = Recipients(RecipientKind.BACK, back_of=second.id)
    part = await office.service.preview(await office.service.prepare(request(only)))
    assert [one.customers for one in part.shares] == [5 - (int(given_away[-2:]) % 2)]
    back = await office.ask(Recipients(RecipientKind.BACK))
    await office.run()
    done = await office.now(back)
    assert done.shares == [Share("mgr_1", 9)]
    assert await office.owned("mgr_1") == [one for one in ALL if one != given_away]
    assert await office.owned("mgr_2") == ["cus_50"]


def request(to: Recipients, manager: str = "mgr_1", **more: object) -> HandoverRequest:
    return HandoverRequest(manager, to, by="key_1", **more)  # type: ignore[arg-type]


async def test_only_some(office: Office) -> None:
    async def shares(choice: Choice, to: Recipients = TO_2) -> list[Share]:
        prepared = await office.service.prepare(request(to, choice=choice))
        return (await office.service.preview(prepared)).shares

    assert await shares(Choice(classes=["gold"])) == [Share("mgr_2", 5)]
    assert await shares(Choice(tiers=["1"])) == []
    assert await shares(Choice(customer_ids=["cus_00", "cus_01"], classes=["silver"])) == [
        Share("mgr_2", 1)
    ]
    by_class = Recipients(RecipientKind.BY_CLASS, by_class={"gold": "mgr_3"}, other_id="mgr_2")
    assert await shares(Choice(), by_class) == [Share("mgr_2", 5), Share("mgr_3", 5)]
    named = Choice(customer_ids=["cus_00", "cus_50", "cus_99"])
    prepared = await office.service.prepare(request(TO_2, choice=named))
    found = await office.service.preview(prepared)
    assert [(one.reason, one.customer_ids) for one in found.left_out] == [
        (LeftOutReason.OTHER_OWNER, ["cus_50"]),
        (LeftOutReason.UNKNOWN, ["cus_99"]),
    ]
    # Nothing of all this was written.
    assert (await office.handovers.list()).items == []


async def test_cancel(office: Office) -> None:
    handover = await office.staged()
    note = entry(AuditAction.HANDOVER_CANCELED, handover.id)
    assert (await office.service.cancel(handover.id, note)).state is HandoverState.CANCELED
    office.clock.at += timedelta(hours=2)
    assert await office.run() is None
    assert (await office.now(handover)).state is HandoverState.CANCELED
    assert await office.owned("mgr_1") == ALL
    with pytest.raises(ConflictError) as caught:
        await office.service.cancel(handover.id, note)
    assert caught.value.slug == "handover-state"
    with pytest.raises(NotFoundError):
        await office.service.cancel("hov_none", note)


async def test_what_has_switched_is_not_called_off_or_given_up(office: Office) -> None:
    handover = await office.switched()
    with pytest.raises(ConflictError):
        await office.service.cancel(handover.id, entry(AuditAction.HANDOVER_CANCELED, handover.id))
    item = await office.lease()
    assert await office.runner.give_up(item, "broken") == Waiting("broken", 60.0)
    assert (await office.now(handover)).state is HandoverState.SWITCHING


async def test_a_handover_that_fails_is_given_up(office: Office) -> None:
    handover = await office.staged()
    assert await office.runner.give_up(await office.lease(), "broken") is None
    failed = await office.now(handover)
    assert (failed.state, failed.failure) == (HandoverState.FAILED, "broken")
    assert await office.owned("mgr_1") == ALL


async def test_one_switch_at_a_time(office: Office) -> None:
    first = await office.switched()
    await office.directory.customers.create(customer(60, "mgr_3"), CHANGE)
    second = await office.ask(TO_2, "mgr_3")
    item = await office.lease()
    while item.subject != second.id:
        item = await office.lease()
    assert await office.runner.advance(item) == Waiting("another-handover", 1.0)
    await office.handovers.move_some(first.id)
    assert (await office.owners())["cus_60"] == "mgr_3"


async def test_two_nodes_do_not_both_end_it(office: Office) -> None:
    handover = await office.switched()
    item = await office.lease()
    office.clock.at += timedelta(minutes=5)  # the lease has run out: another node takes over
    other = WorkQueue(office.database, "node-2")
    taken = await other.lease([WorkKind.HANDOVER], office.clock.now(), 60)
    assert taken is not None
    with pytest.raises(ConflictError):
        await office.runner.advance(item)
    assert (await office.now(handover)).state is HandoverState.SWITCHING
    assert await office.new_runner().advance(taken) is None
    events = await EventRepository(office.database).after(None)
    assert len(events) == 1


async def test_both_nodes_move_at_once(office: Office) -> None:
    handover = await office.switched()
    moves = [office.handovers.move_some(handover.id, limit=10) for _ in range(3)]
    await asyncio.gather(*moves)
    for customer_id in ALL:
        assert len(await office.history(customer_id)) == 2


async def test_a_recipient_who_departs_before_the_switch(office: Office) -> None:
    handover = await office.staged()
    found = await office.directory.managers.get("mgr_2")
    assert found is not None
    gone = msgspec.structs.replace(found, status=ManagerStatus.DEPARTED)
    await office.directory.managers.update(gone)
    office.clock.at += timedelta(hours=1)
    assert await office.run() is None
    failed = await office.now(handover)
    assert (failed.state, failed.failure) == (HandoverState.FAILED, "recipient-gone")
    assert await office.owned("mgr_1") == ALL


async def test_nobody_with_an_open_handover_is_deleted(office: Office) -> None:
    await office.staged()
    await office.directory.managers.create(Manager("mgr_4", "Zhao", "grp_1"))
    for manager_id in ("mgr_1", "mgr_2"):
        with pytest.raises(ConflictError) as caught:
            await office.directory.managers.delete(manager_id)
        assert caught.value.slug == "reference"
    await office.directory.managers.delete("mgr_4")


async def test_what_is_refused(office: Office) -> None:
    one, evenly, back = RecipientKind.ONE, RecipientKind.EVENLY, RecipientKind.BACK
    refused: list[tuple[str, HandoverRequest]] = [
        ("to", request(Recipients(one, ["mgr_1"]))),
        ("to", request(Recipients(one, ["mgr_9"]))),
        ("to", request(Recipients(evenly))),
        ("to", request(TO_2, scope_ids=["grp_1"])),
        ("to.kind", request(Recipients(RecipientKind.DEPUTY))),
        ("to.group_id", request(Recipients(evenly), group_id="grp_1", skills=["copper"])),
        ("to.handover_id", request(Recipients(back, back_of="hov_none"))),
    ]
    for name, wrong in refused:
        with pytest.raises(InvalidError) as caught:
            await office.service.prepare(wrong)
        assert caught.value.field == name
    with pytest.raises(NotFoundError):
        await office.service.prepare(request(TO_2, "mgr_9"))
    with pytest.raises(NotFoundError):
        await office.service.prepare(request(TO_2, scope_ids=["grp_2"]))


async def test_a_group_and_its_skills_name_the_recipients(office: Office) -> None:
    wanted = request(Recipients(RecipientKind.EVENLY), group_id="grp_1", skills=["fibre"])
    assert (await office.service.prepare(wanted)).to.manager_ids == ["mgr_3"]


async def test_the_deputy(office: Office) -> None:
    found = await office.directory.managers.get("mgr_1")
    assert found is not None
    await office.directory.managers.update(msgspec.structs.replace(found, deputy_id="mgr_3"))
    prepared = await office.service.prepare(request(Recipients(RecipientKind.DEPUTY)))
    assert prepared.to.manager_ids == ["mgr_3"]


async def test_lists(office: Office) -> None:
    handover = await office.staged()
    handovers = office.handovers
    assert (await handovers.list(from_manager_id="mgr_1")).items == [handover]
    assert (await handovers.list(from_manager_id="mgr_2")).items == []
    assert (await handovers.list(state=HandoverState.DONE)).items == []
    assert (await handovers.list(group_ids=["grp_2"])).items == []
    assert (await handovers.list(until=NOW)).items == []
    page = await handovers.items(handover.id, limit=6)
    rest = await handovers.items(handover.id, limit=6, cursor=page.next_cursor)
    assert [item.customer_id for item in [*page.items, *rest.items]] == ALL
    assert rest.next_cursor is None
    assert await handovers.get("hov_none") is None
