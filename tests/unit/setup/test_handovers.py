"""What a node does about handovers: carries them out, forgets old owners, tells of failures."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import msgspec
import pytest

from tests.parts.empty_store import empty_store
from voicegw.clock import SystemClock
from voicegw.directory.handover import HandoverRequest, HandoverService
from voicegw.directory.lookup import CachedDirectory
from voicegw.directory.matters import RecentMatters
from voicegw.events.alerts import Alerts
from voicegw.events.factory import EventFactory
from voicegw.model.audit import AuditAction, AuditEntry, SubjectKind
from voicegw.model.directory import Customer, Group, Manager, ManagerStatus
from voicegw.model.event import Event, EventType
from voicegw.model.handover import Handover, HandoverState, RecipientKind, Recipients
from voicegw.setup.handovers import ALERT_FAILED, HandoverPart
from voicegw.store.customers import Change
from voicegw.store.database import Database
from voicegw.store.directory import DirectoryRepository
from voicegw.store.handovers import HandoverRepository
from voicegw.store.tasks import TaskRepository
from voicegw.store.work import WorkQueue

NUMBER = "+8613900139000"


@dataclass
class Town:
    """Two managers, a customer of the first, and what carries handovers out."""

    repository: HandoverRepository
    directory: DirectoryRepository
    known: CachedDirectory
    part: HandoverPart
    events: list[Event]

    async def ask(self) -> Handover:
        """Ask for all of the first manager's customers to go to the second."""
        clock = SystemClock()
        service = HandoverService(self.repository, self.directory, clock, on_request=self.part.wake)
        to = Recipients(RecipientKind.ONE, ["mgr_2"])
        handover = await service.prepare(HandoverRequest("mgr_1", to, by="key_1"))
        entry = AuditEntry(
            clock.now(), "key_1", "admin", AuditAction.HANDOVER_REQUESTED, SubjectKind.HANDOVER, "h"
        )
        await service.start(handover, entry)
        return handover

    async def over(self, handover: Handover) -> Handover:
        """Wait until the handover is over and the part has told of it."""
        async with asyncio.timeout(10):
            while True:
                found = await self.repository.get(handover.id)
                if found is not None and found.finished_at is not None:
                    await asyncio.sleep(0.05)
                    return found
                await asyncio.sleep(0.01)


@pytest.fixture
async def town(tmp_path: Path) -> AsyncIterator[Town]:
    url = f"sqlite:///{tmp_path}/voicegw.db"
    empty_store(url)
    database, clock = await Database.open(url), SystemClock()
    directory, factory = DirectoryRepository(database), EventFactory(clock)
    await directory.groups.create(Group("grp_1", "City"))
    for manager_id in ("mgr_1", "mgr_2"):
        await directory.managers.create(Manager(manager_id, "M", "grp_1"))
    customer = Customer("cus_1", "C", "grp_1", numbers=[NUMBER], owner_id="mgr_1")
    await directory.customers.create(customer, Change("key_1", "", clock.now()))
    repository, known = HandoverRepository(database), CachedDirectory(directory, clock)
    events: list[Event] = []
    part = HandoverPart(
        repository,
        WorkQueue(database, "node-1"),
        clock,
        directory=known,
        matters=RecentMatters(TaskRepository(database), clock),
        events=factory,
        alerts=Alerts(factory, "node-1", events.append),
    )
    yield Town(repository, directory, known, part, events)
    await part.stop()
    await database.close()


async def test_the_node_that_switches_knows_of_it_at_once(town: Town) -> None:
    assert (await town.known.caller(NUMBER)).manager == await town.known.manager("mgr_1")
    town.part.start()
    done = await town.over(await town.ask())
    assert done.state is HandoverState.DONE
    # Five seconds have not passed: the answer was forgotten, not outlived.
    match = await town.known.caller(NUMBER)
    assert match.manager is not None
    assert match.manager.id == "mgr_2"
    assert town.events == []


async def test_a_failure_is_told_until_one_succeeds(town: Town) -> None:
    handover = await town.ask()
    second = await town.directory.managers.get("mgr_2")
    assert second is not None
    gone = msgspec.structs.replace(second, status=ManagerStatus.DEPARTED)
    await town.directory.managers.update(gone)
    town.part.start()
    failed = await town.over(handover)
    assert (failed.state, failed.failure) == (HandoverState.FAILED, "recipient-gone")
    await town.directory.managers.update(second)
    assert (await town.over(await town.ask())).state is HandoverState.DONE
    assert [(one.type, one.subject) for one in town.events] == [
        (EventType.ALERT_RAISED, f"node-1/{ALERT_FAILED}"),
        (EventType.ALERT_CLEARED, f"node-1/{ALERT_FAILED}"),
    ]
    assert handover.id in town.events[0].data["detail"]
