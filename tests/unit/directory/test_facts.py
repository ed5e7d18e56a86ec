"""What a plan is made from: people by their claim, hours where the group is, who is in a call."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

import pytest

from tests.unit.calls.virtual_time import virtual
from voicegw.directory.calendar import Calendars
from voicegw.directory.facts import FactFinder
from voicegw.directory.match import CallerMatch
from voicegw.errors import StoreUnavailableError
from voicegw.model.directory import Customer, Group, Hotline, Manager
from voicegw.model.routing import GroupRouting, Routing
from voicegw.routing.plan import PlanFacts

#: A Monday, 10:00 in Shanghai, 05:00 in Moscow's zone.
NOW = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)
CITY = Group("grp_city", "City", hours="Mo-Fr 09:00-18:00")
COUNTY = Group("grp_county", "County", parent_id="grp_city")
ABROAD = Group("grp_abroad", "Abroad", timezone="Europe/Moscow")


def manager(number: int, **changes: object) -> Manager:
    return Manager(f"mgr_{number}", "M", **{"group_id": "grp_county", **changes})  # type: ignore[arg-type]


class Directory:
    def __init__(self, *managers: Manager) -> None:
        self.managers = {one.id: one for one in managers}

    async def manager(self, manager_id: str) -> Manager | None:
        return self.managers.get(manager_id)

    async def members(self, group_id: str) -> Sequence[Manager]:
        return [one for one in self.managers.values() if one.group_id == group_id]

    async def groups_above(self, group_id: str) -> Sequence[Group]:
        return {"grp_county": [COUNTY, CITY], "grp_city": [CITY], "grp_abroad": [ABROAD]}.get(
            group_id, []
        )


class Matters:
    def __init__(self, responsible: str | None, *, away: bool = False) -> None:
        self._responsible = responsible
        self._away = away

    async def responsible(self, customer_id: str) -> str | None:
        if self._away:
            raise StoreUnavailableError("away")
        return self._responsible


CUSTOMER = Customer("cus_1", "C", "grp_county", owner_id="mgr_1")
PEOPLE = [manager(1, deputy_id="mgr_4"), manager(2), manager(3), manager(4)]


async def find(
    *,
    managers: Sequence[Manager] = PEOPLE,
    matters: Matters | None = None,
    customer: Customer | None = CUSTOMER,
    hotline_hours: str | None = None,
    at: datetime = NOW,
    busy: Sequence[str] = (),
    **routing: object,
) -> PlanFacts:
    directory = Directory(*managers)
    owner = directory.managers.get(customer.owner_id or "") if customer else None
    hotline = Hotline(
        "hot_1",
        "+8621",
        "grp_county",
        hours=hotline_hours,
        routing=Routing(**routing),  # type: ignore[arg-type]
    )
    match = CallerMatch(customer, owner, (customer,) if customer else (), "mgr_3")
    finder = FactFinder(directory, Calendars(), matters)
    return await finder.find(hotline, match, customer, at=at, is_busy=lambda one: one in busy)


@virtual
async def test_everybody_with_a_claim_is_found() -> None:
    facts = await find(matters=Matters("mgr_2"), busy=["mgr_1", "mgr_9"])
    people = (facts.responsible, facts.owner, facts.recent, facts.deputy)
    assert [one.id for one in people if one] == ["mgr_2", "mgr_1", "mgr_3", "mgr_4"]
    assert facts.busy == {"mgr_1"}
    assert facts.members == (), "nobody asks for the group"
    assert facts.is_open


@virtual
async def test_what_the_hotline_does_not_want_is_not_asked_for() -> None:
    facts = await find(matters=Matters("mgr_2"), responsible=False, recent_days=0, deputy=False)
    assert (facts.responsible, facts.recent, facts.deputy) == (None, None, None)


@virtual
async def test_while_the_store_is_away_nobody_is_known_to_be_responsible() -> None:
    facts = await find(matters=Matters("mgr_2", away=True))
    assert facts.responsible is None
    assert facts.owner is not None


@virtual
async def test_of_an_unknown_caller_the_last_contact_is_known() -> None:
    facts = await find(customer=None, matters=Matters("mgr_2"))
    assert (facts.responsible, facts.owner, facts.deputy) == (None, None, None)
    assert facts.recent is not None


@virtual
async def test_a_group_that_is_asked_for_is_given_whole() -> None:
    facts = await find(group=GroupRouting())
    assert [one.id for one in facts.members] == ["mgr_1", "mgr_2", "mgr_3", "mgr_4"]


@virtual
async def test_another_customer_of_the_number_has_the_own_owner() -> None:
    directory = Directory(*PEOPLE)
    other = Customer("cus_2", "C", "grp_county", owner_id="mgr_2")
    match = CallerMatch(CUSTOMER, directory.managers["mgr_1"], (CUSTOMER, other))
    facts = await FactFinder(directory, Calendars()).find(
        Hotline("hot_1", "+8621", "grp_county"), match, other, at=NOW, is_busy=lambda _one: False
    )
    assert facts.owner is directory.managers["mgr_2"]


@pytest.mark.parametrize(
    ("hotline_hours", "at", "is_open"),
    [
        (None, NOW, True),
        (None, NOW.replace(hour=11), False),
        ("Mo-Su 00:00-24:00", NOW.replace(hour=11), True),
        ("Mo-Su 00:00-24:00; PH off", datetime(2026, 10, 1, 2, tzinfo=UTC), False),
        ("what an older version took for hours", NOW, True),
    ],
)
@virtual
async def test_a_hotline_has_its_own_hours_or_those_of_the_nearest_group(
    hotline_hours: str | None, at: datetime, is_open: bool
) -> None:
    assert (await find(hotline_hours=hotline_hours, at=at)).is_open is is_open


@virtual
async def test_working_hours_are_those_where_the_manager_is() -> None:
    nine_to_six = "Mo-Fr 09:00-18:00"
    managers = [
        manager(1, hours=nine_to_six),
        manager(2, hours=nine_to_six, group_id="grp_abroad"),
        manager(3, hours="Tu 09:00-18:00"),
    ]
    facts = await find(managers=managers, matters=Matters("mgr_2"), group=GroupRouting())
    assert facts.off_duty == {"mgr_2", "mgr_3"}
