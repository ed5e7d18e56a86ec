"""Who goes away is stood in for at the very next call, in both stores."""

from __future__ import annotations

from datetime import timedelta

import msgspec

from tests.contract.conftest import CHANGE, NOW
from voicegw.clock import SystemClock
from voicegw.directory.away import come_back, gone_away
from voicegw.directory.calendar import Calendars
from voicegw.directory.facts import FactFinder
from voicegw.directory.lookup import CachedDirectory
from voicegw.directory.service import DirectoryService
from voicegw.model.directory import Customer, Hotline, Phone
from voicegw.routing.plan import StepKind, inbound_plan
from voicegw.store.directory import DirectoryRepository

_CALLER = "+8613900139000"


class StandingClock(SystemClock):
    """Nothing that was read gets old by itself."""

    def monotonic(self) -> float:
        return 0.0


async def test_the_next_caller_reaches_the_deputy(directory: DirectoryRepository) -> None:
    cached = CachedDirectory(directory, StandingClock())
    service = DirectoryService(directory, StandingClock(), on_change=cached.invalidate)
    facts = FactFinder(cached, Calendars())
    hotline = Hotline("hot_1", "+862161234567", "grp_1")
    deputy = await directory.managers.get("mgr_2")
    assert deputy is not None
    await service.update_manager(msgspec.structs.replace(deputy, phones=[Phone("+8613800138001")]))
    customer = Customer("cus_1", "C", "grp_1", numbers=[_CALLER], owner_id="mgr_1")
    await directory.customers.create(customer, CHANGE)

    async def first_rung() -> tuple[StepKind, str]:
        match = await cached.caller(_CALLER, "grp_1")
        found = await facts.find(
            hotline, match, match.customer, at=NOW, is_busy=lambda _manager: False
        )
        step = next(one for one in inbound_plan(found) if one.skip_reason is None)
        assert step.manager is not None
        return step.kind, step.manager.id

    assert await first_rung() == (StepKind.OWNER, "mgr_1")
    me = await directory.managers.get("mgr_1")
    deputy = await directory.managers.get("mgr_2")
    assert me is not None
    away = gone_away(me, NOW + timedelta(hours=1), deputy, NOW)
    await service.update_manager(away, expected=me)
    assert await first_rung() == (StepKind.DEPUTY, "mgr_2")
    assert await directory.managers.get("mgr_1") == away
    await service.update_manager(come_back(away), expected=away)
    assert await first_rung() == (StepKind.OWNER, "mgr_1")
