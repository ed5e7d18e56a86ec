"""Who calls, and which hotline: answered from memory, fresh within seconds.

The few records that every call needs (groups, hotlines, managers) are kept whole and read again
when their version in the store has risen, which is asked every few seconds; customers are asked
for one at a time and kept for a moment. While the store is
away the last known answer is given, and for a number never asked for what the index of owners
says.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from voicegw.clock import Clock
from voicegw.directory.match import CallerMatch, matched
from voicegw.directory.owners import OwnerIndex
from voicegw.directory.recent import RecentAnswers
from voicegw.directory.routing_rules import RECENT_DAYS
from voicegw.errors import StoreUnavailableError
from voicegw.model.directory import Customer, Group, Hotline, Manager
from voicegw.model.numbers import normalise
from voicegw.model.routing import Routing
from voicegw.store.callers import CallerRecord, LastContact
from voicegw.store.directory import DirectoryRepository

_RECENT_DAYS = Routing().recent_days
_LONGEST_RECENT = timedelta(days=RECENT_DAYS.stop - 1)
#: So long after a call for a task its customer's call belongs to that task.
_CALLS_BACK = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class _Snapshot:
    """Groups, hotlines and managers as they were at one moment, with their indexes."""

    version: int = 0
    groups: dict[str, Group] = field(default_factory=dict)
    hotlines: dict[str, Hotline] = field(default_factory=dict)
    hotlines_by_number: dict[str, Hotline] = field(default_factory=dict)
    hotlines_by_group: dict[str, Hotline] = field(default_factory=dict)
    managers: dict[str, Manager] = field(default_factory=dict)
    managers_by_group: dict[str, list[Manager]] = field(default_factory=dict)
    groups_by_parent: dict[str, list[Group]] = field(default_factory=dict)
    managers_by_number: dict[str, Manager] = field(default_factory=dict)
    managers_by_name: dict[str, Manager] = field(default_factory=dict)
    """By the user of a telephone's address of record, else by staff number."""
    managers_by_user: dict[str, Manager] = field(default_factory=dict)
    managers_by_staff_no: dict[str, Manager] = field(default_factory=dict)

    @classmethod
    def of(
        cls,
        version: int,
        groups: Sequence[Group],
        hotlines: Sequence[Hotline],
        managers: Sequence[Manager],
    ) -> _Snapshot:
        """Index records given oldest first; the oldest wins where several would fit."""
        found = cls(
            version=version,
            groups={group.id: group for group in groups},
            hotlines={hotline.id: hotline for hotline in hotlines},
            hotlines_by_number={hotline.number: hotline for hotline in hotlines},
            managers={manager.id: manager for manager in managers},
        )
        for hotline in hotlines:
            # Whoever calls back what a telephone has shown means this hotline; a hotline of that
            # very number comes first.
            found.hotlines_by_number.setdefault(hotline.shown, hotline)
            found.hotlines_by_group.setdefault(hotline.group_id, hotline)
        for group in groups:
            if group.parent_id is not None:
                found.groups_by_parent.setdefault(group.parent_id, []).append(group)
        for manager in managers:
            found.managers_by_group.setdefault(manager.group_id, []).append(manager)
            for phone in manager.phones:
                if phone.number is not None:
                    found.managers_by_number.setdefault(phone.number, manager)
                if phone.aor is not None:
                    found.managers_by_name.setdefault(_user_of(phone.aor), manager)
                    found.managers_by_user.setdefault(_user_of(phone.aor), manager)
        for manager in managers:
            if manager.staff_no:
                found.managers_by_name.setdefault(manager.staff_no, manager)
                found.managers_by_staff_no.setdefault(manager.staff_no, manager)
        return found

    def above(self, group_id: str) -> list[Group]:
        """Return a group and all above it, nearest first."""
        groups: dict[str, Group] = {}
        group = self.groups.get(group_id)
        while group is not None and group.id not in groups:
            groups[group.id] = group
            group = self.groups.get(group.parent_id) if group.parent_id else None
        return list(groups.values())

    def members(self, group_id: str) -> list[Manager]:
        """Return a group's own managers, else those of the groups below, level by level."""
        level, seen = [group_id], {group_id}
        while level:
            found = [one for below in level for one in self.managers_by_group.get(below, ())]
            if found:
                return found
            level = [
                group.id
                for above in level
                for group in self.groups_by_parent.get(above, ())
                if group.id not in seen
            ]
            seen.update(level)
        return []


class CachedDirectory:
    """What running calls ask of the directory (voicegw.calls.ports.DirectoryLookup).

    Every method takes numbers in any usual spelling, and raises StoreUnavailableError only for
    what was never asked while the store could be reached. A caller is always answered.
    """

    def __init__(
        self,
        repository: DirectoryRepository,
        clock: Clock,
        *,
        region: str = "CN",
        customer_ttl_s: float = 5.0,
        refresh_s: float = 5.0,
        max_customers: int = 20_000,
        on_matter: Callable[[str, str | None], None] = lambda _customer, _manager: None,
    ) -> None:
        """Read from `repository`; answers are at most `customer_ttl_s` and `refresh_s` old.

        `on_matter` is told who is responsible for each customer whom a caller may be.
        """
        self._on_matter = on_matter
        self._repository = repository
        self._region = region
        self._held = _Snapshot()
        self._owners = OwnerIndex(repository.customers)
        self._whole: RecentAnswers[_Snapshot] = RecentAnswers(clock, size=1, ttl_s=refresh_s)
        self._clock = clock
        self._by_number: RecentAnswers[CallerRecord] = RecentAnswers(
            clock, size=max_customers, ttl_s=customer_ttl_s
        )
        self._by_id: RecentAnswers[Customer | None] = RecentAnswers(
            clock, size=max_customers, ttl_s=customer_ttl_s
        )

    async def load(self) -> None:
        """Read groups, hotlines and managers once, so that they are known if the store goes away.

        Raises StoreUnavailableError.
        """
        await self._current()

    async def remember_owners(self) -> None:
        """Read whom each number belongs to, for when the store is away; call now and then.

        Raises StoreUnavailableError and then keeps what was known.
        """
        await self._owners.read()

    def invalidate(self) -> None:
        """Make all answers stale: something was written."""
        self._whole.expire()
        self._by_number.expire()
        self._by_id.expire()

    async def hotline_by_number(self, number: str) -> Hotline | None:
        """Return the hotline with this number, else the oldest one that shows it."""
        snapshot = await self._current()
        found = self._normalised(number)
        return None if found is None else snapshot.hotlines_by_number.get(found)

    async def hotline(self, hotline_id: str) -> Hotline | None:
        """Return a hotline by id."""
        return (await self._current()).hotlines.get(hotline_id)

    async def default_hotline(self, group_id: str) -> Hotline | None:
        """Return the oldest hotline of `group_id`, else of the nearest group above that has one."""
        snapshot = await self._current()
        for group in snapshot.above(group_id):
            hotline = snapshot.hotlines_by_group.get(group.id)
            if hotline is not None:
                return hotline
        return None

    async def groups_above(self, group_id: str) -> Sequence[Group]:
        """Return the group and all above it, nearest first."""
        return (await self._current()).above(group_id)

    async def members(self, group_id: str) -> Sequence[Manager]:
        """Return the managers of a group; of the nearest level below where it has none itself."""
        return (await self._current()).members(group_id)

    async def area_code(self, group_id: str) -> str | None:
        """Return what completes local numbers in this group."""
        group = (await self._current()).groups.get(group_id)
        return None if group is None else group.area_code

    async def caller(
        self, number: str, group_id: str | None = None, *, recent_days: int = _RECENT_DAYS
    ) -> CallerMatch:
        """Return who calls from `number`, and the owner, who may have departed.

        `group_id` (of the hotline that was dialled) completes local numbers by its area code;
        contacts more than `recent_days` ago count for nothing.
        """
        snapshot = await self._current()
        group = None if group_id is None else snapshot.groups.get(group_id)
        found = self._normalised(number, None if group is None else group.area_code)
        if found is None:
            return CallerMatch(None, None)
        try:
            record = await self._record(found)
        except StoreUnavailableError:
            remembered = self._owners.customer(found)
            record = CallerRecord(() if remembered is None else (remembered,))
        last = self._recent(record.last, recent_days)
        return matched(
            record.customers,
            snapshot.managers,
            last_manager_id=None if last is None else last.manager_id,
            last_customer_id=None if last is None else last.customer_id,
            task=record.task,
        )

    async def last_contact(
        self, number: str, *, recent_days: int = _RECENT_DAYS
    ) -> LastContact | None:
        """Return the last time that a manager dialled `number`, or spoke to a caller from it."""
        found = self._normalised(number)
        if found is None:
            return None
        return self._recent((await self._record(found)).last, recent_days)

    async def manager(self, manager_id: str) -> Manager | None:
        """Return a manager by id; one that memory does not know yet is asked of the store."""
        known = (await self._current()).managers.get(manager_id)
        if known is not None:
            return known
        try:
            return await self._repository.managers.get(manager_id)
        except StoreUnavailableError:
            return None

    async def customer(self, customer_id: str) -> Customer | None:
        """Return a customer by id."""
        return await self._by_id.get(
            customer_id, lambda: self._repository.customers.get(customer_id)
        )

    async def customer_by_code(self, code: str) -> Customer | None:
        """Return the customer whom managers dial by `code`; always asked of the store."""
        return await self._repository.customers.get_by_code(code)

    async def manager_by_number(self, number: str) -> Manager | None:
        """Return the manager one of whose phones has this number."""
        snapshot = await self._current()
        found = self._normalised(number)
        return None if found is None else snapshot.managers_by_number.get(found)

    async def manager_by_user(self, user: str) -> Manager | None:
        """Return the manager one of whose telephones registers here as `user`."""
        return (await self._current()).managers_by_user.get(user)

    async def manager_by_staff_no(self, staff_no: str) -> Manager | None:
        """Return the manager with this staff number."""
        return (await self._current()).managers_by_staff_no.get(staff_no)

    async def manager_by_extension(self, name: str) -> Manager | None:
        """Return the manager whom a telephone calls `name`.

        That is a number of one of the manager's telephones, the user of an address of record, or a
        staff number, in this order.
        """
        snapshot = await self._current()
        number = self._normalised(name)
        by_number = None if number is None else snapshot.managers_by_number.get(number)
        return by_number or snapshot.managers_by_name.get(name)

    async def _record(self, number: str) -> CallerRecord:
        return await self._by_number.get(number, lambda: self._ask_for(number))

    async def _ask_for(self, number: str) -> CallerRecord:
        now = self._clock.now()
        record = await self._repository.callers.find(
            number, now - _LONGEST_RECENT, dialled_since=now - _CALLS_BACK
        )
        for customer_id, manager_id in record.responsible.items():
            self._on_matter(customer_id, manager_id)
        return record

    def _recent(self, last: LastContact | None, days: int) -> LastContact | None:
        """Return `last` unless it was more than `days` ago."""
        if last is None or last.at < self._clock.now() - timedelta(days=days):
            return None
        return last

    def _normalised(self, number: str, area_code: str | None = None) -> str | None:
        return normalise(number, self._region, area_code)

    async def _current(self) -> _Snapshot:
        return await self._whole.get("", self._read)

    async def _read(self) -> _Snapshot:
        # The version first: what changes while the rest is read is read once more.
        version = await self._repository.version()
        if version == self._held.version:
            return self._held
        self._held = _Snapshot.of(
            version,
            await self._repository.groups.all(),
            await self._repository.hotlines.all(),
            await self._repository.managers.all(),
        )
        return self._held


def _user_of(aor: str) -> str:
    """Return the user of an address of record, with or without scheme and host."""
    return aor.partition("@")[0].removeprefix("sips:").removeprefix("sip:")
