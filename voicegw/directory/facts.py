"""The facts a plan is made from: who the caller is to us, who could answer, whose hours it is.

All of it comes from what a node keeps of the directory in memory and from the one look-up that told
who calls; while the store is away, from what memory knows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Protocol
from zoneinfo import ZoneInfo

from voicegw.directory.calendar import Calendars
from voicegw.directory.match import CallerMatch
from voicegw.errors import StoreUnavailableError
from voicegw.model import hours
from voicegw.model.directory import Customer, Group, Hotline, Manager
from voicegw.routing.plan import PlanFacts, can_be_rung


class KnownDirectory(Protocol):
    """What is asked of the directory in memory (:class:`voicegw.directory.lookup`)."""

    async def manager(self, manager_id: str) -> Manager | None:
        """Return a manager by id."""
        ...

    async def members(self, group_id: str) -> Sequence[Manager]:
        """Return the managers of a group, of the groups below where it has none itself."""
        ...

    async def groups_above(self, group_id: str) -> Sequence[Group]:
        """Return the group and all above it, nearest first."""
        ...


class OpenMatters(Protocol):
    """Knows who has promised a customer something."""

    async def responsible(self, customer_id: str) -> str | None:
        """Return the manager of the customer's open matter, the most urgent of several."""
        ...


class NoOpenMatters:
    """Nobody has promised anything."""

    async def responsible(self, customer_id: str) -> str | None:
        """Return that nobody is responsible beyond the owner."""
        del customer_id
        return None


class FactFinder:
    """Gathers the facts about one caller of one hotline at one moment."""

    def __init__(
        self,
        directory: KnownDirectory,
        calendars: Calendars,
        matters: OpenMatters | None = None,
    ) -> None:
        """Ask `directory` and `matters`; holidays are those of `calendars`."""
        self._directory = directory
        self._calendars = calendars
        self._matters = matters or NoOpenMatters()

    async def find(
        self,
        hotline: Hotline,
        match: CallerMatch,
        customer: Customer | None,
        *,
        at: datetime,
        is_busy: Callable[[str], bool],
    ) -> PlanFacts:
        """Return the facts for `customer`, one of those that `match` has found, calling `hotline`.

        `at` is aware; `is_busy` tells of a manager's id. Raises StoreUnavailableError only when
        nothing was ever read.
        """
        routing = hotline.routing
        owner = match.manager
        if customer is not match.customer:
            owner = await self._manager(customer.owner_id if customer else None)
        responsible = recent = deputy = None
        if routing.responsible and customer is not None:
            responsible = await self._manager(await self._responsible(customer.id))
        if routing.recent_days:
            recent = await self._manager(match.last_manager_id)
        if routing.deputy and owner is not None:
            deputy = await self._manager(owner.deputy_id)
        members: Sequence[Manager] = ()
        if routing.group is not None or routing.queue is not None:
            members = await self._directory.members(hotline.group_id)
        people = [one for one in (responsible, owner, recent, deputy) if one is not None]
        return PlanFacts(
            at=at,
            routing=routing,
            is_open=await self.is_open(hotline, at),
            customer=customer,
            responsible=responsible,
            owner=owner,
            recent=recent,
            deputy=deputy,
            group_id=hotline.group_id,
            members=tuple(members),
            busy=frozenset(one.id for one in people if is_busy(one.id)),
            off_duty=await self._off_duty([*people, *members], at),
        )

    async def ready(self, manager_id: str, at: datetime) -> Manager | None:
        """Return a manager as known now; None where that one is not to be rung any more.

        Raises StoreUnavailableError only when nothing was ever read.
        """
        manager = await self._manager(manager_id)
        if manager is None or can_be_rung(manager, at, await self._off_duty([manager], at)):
            return None
        return manager

    async def is_open(self, hotline: Hotline, at: datetime) -> bool:
        """Whether `hotline` is within its hours: its own, else those of the nearest group."""
        groups = await self._directory.groups_above(hotline.group_id)
        text = hotline.hours or next((group.hours for group in groups if group.hours), None)
        return self._is_within(text, groups, at)

    async def is_holiday(self, hotline: Hotline, at: datetime) -> bool:
        """Whether it is a public holiday where `hotline` is."""
        groups = await self._directory.groups_above(hotline.group_id)
        timezone = _timezone(groups)
        day = at.astimezone(ZoneInfo(timezone)).date()
        return self._calendars.of(timezone).kind(day) is hours.DayKind.HOLIDAY

    async def _off_duty(self, managers: Iterable[Manager], at: datetime) -> frozenset[str]:
        """Return the ids of those whose own working hours it is not, where their group is."""
        off = set()
        # Hundreds of one group work the same hours: each is looked at once.
        on_duty: dict[tuple[str, str], bool] = {}
        for manager in managers:
            if not manager.hours:
                continue
            place = (manager.group_id, manager.hours)
            if place not in on_duty:
                groups = await self._directory.groups_above(manager.group_id)
                on_duty[place] = self._is_within(manager.hours, groups, at)
            if not on_duty[place]:
                off.add(manager.id)
        return frozenset(off)

    def _is_within(self, text: str | None, groups: Sequence[Group], at: datetime) -> bool:
        opening = hours.read(text)
        if opening is None:
            return True
        timezone = _timezone(groups)
        return opening.is_open(at.astimezone(ZoneInfo(timezone)), self._calendars.of(timezone))

    async def _manager(self, manager_id: str | None) -> Manager | None:
        return None if manager_id is None else await self._directory.manager(manager_id)

    async def _responsible(self, customer_id: str) -> str | None:
        try:
            return await self._matters.responsible(customer_id)
        except StoreUnavailableError:
            return None  # the owner is known all the same


def _timezone(groups: Sequence[Group]) -> str:
    """Return the time zone of a group, given with those above it."""
    return groups[0].timezone if groups else Group(id="", name="").timezone
