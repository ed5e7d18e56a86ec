"""Takes what another system has noticed of a customer, and has the task made that follows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Protocol
from zoneinfo import ZoneInfo

from voicegw.clock import Clock
from voicegw.directory.calendar import Calendars
from voicegw.directory.quiet import QuietTime
from voicegw.errors import InvalidError, NotFoundError
from voicegw.model.directory import Customer, Group
from voicegw.model.ids import IdKind, new_id
from voicegw.model.task import Task
from voicegw.model.trigger import Fact, Trigger, TriggerKind, TriggerOutcome
from voicegw.store.trigger_kinds import TriggerKindRepository
from voicegw.store.triggers import TriggerRepository
from voicegw.tasks.shipped_triggers import SHIPPED_KINDS
from voicegw.tasks.times import TaskTimes, times_of
from voicegw.tasks.trigger_rules import following, is_enough, limit_of, measured, task_of
from voicegw.tasks.types import TaskTypes

#: Clocks of other systems may be ahead by so much.
_AHEAD: Final = timedelta(minutes=5)


class GroupSource(Protocol):
    """Where groups are read."""

    async def get(self, group_id: str) -> Group | None:
        """Return a group by id."""
        ...


class QuietSource(Protocol):
    """Knows when customers are not called."""

    async def now(self, group_id: str | None, at: datetime) -> QuietTime | None:
        """Return the quiet time that `at` is within for customers of a group, or None."""
        ...


@dataclass(frozen=True, slots=True)
class Notice:
    """What another system has noticed of a customer; `requested_at` None: just now."""

    kind: str
    facts: Mapping[str, Fact]
    by: str
    requested_at: datetime | None = None
    external_id: str | None = None


class Triggering:
    """Triggers and their kinds. Raises StoreUnavailableError when the store can't be used."""

    def __init__(
        self,
        triggers: TriggerRepository,
        kinds: TriggerKindRepository,
        types: TaskTypes,
        groups: GroupSource,
        clock: Clock,
        *,
        calendars: Calendars,
        quiet: QuietSource | None = None,
    ) -> None:
        """Kinds that nobody has put are the shipped ones; without `quiet` no hour is quiet."""
        self._triggers = triggers
        self._kinds = kinds
        self._types = types
        self._groups = groups
        self._clock = clock
        self._calendars = calendars
        self._quiet = quiet

    async def kinds(self) -> Mapping[str, TriggerKind]:
        """Return the kinds in force by name, the shipped ones first."""
        return {**SHIPPED_KINDS, **await self._kinds.all()}

    async def kind(self, name: str) -> TriggerKind:
        """Return the kind of this name. Raises NotFoundError."""
        found = (await self.kinds()).get(name)
        if found is None:
            raise NotFoundError("trigger-kind", name)
        return found

    async def tell(self, notice: Notice, customer: Customer) -> Trigger:
        """Keep that `notice` was told of `customer`, and have done what follows; return both.

        The same external id again returns what it led to the first time. Raises InvalidError,
        naming the field, for an unknown kind, facts that do not do and a time to come, and
        ConflictError `already-exists` for the external id of something else.
        """
        kind = (await self.kinds()).get(notice.kind)
        if kind is None:
            raise InvalidError("kind", "no such kind of triggers", kind="not-found")
        now = self._clock.now()
        requested_at = notice.requested_at or now
        if requested_at > now + _AHEAD:
            raise InvalidError("requested_at", "must not be a time to come", kind="in-future")
        number = None if kind.threshold is None else measured(kind.threshold, notice.facts)
        enough = kind.threshold is None or number is None or is_enough(kind.threshold, number)
        trigger = Trigger(
            id=new_id(IdKind.TRIGGER),
            kind=kind.name,
            customer_id=customer.id,
            requested_at=requested_at,
            created_at=now,
            created_by=notice.by,
            outcome=TriggerOutcome.CREATED if enough else TriggerOutcome.BELOW_THRESHOLD,
            external_id=notice.external_id,
            facts=dict(notice.facts),
            measured=number,
            limit=None if kind.threshold is None else limit_of(kind.threshold),
            callable_from=await self._callable_from(customer.group_id, requested_at),
        )
        rule = self._types.rule(kind.type, kind.own_type)
        times = await self._times(kind, customer.group_id, requested_at)
        task_id = new_id(IdKind.TASK)

        def follow(
            trigger: Trigger, tasks: Sequence[tuple[Task, bool]]
        ) -> tuple[Task | None, Task | None]:
            wanted = task_of(trigger, kind, rule, times, task_id)
            return following(trigger, wanted, tasks)

        return await self._triggers.add(trigger, follow)

    async def _times(self, kind: TriggerKind, group_id: str, since: datetime) -> TaskTimes:
        group = await self._groups.get(group_id)
        if group is None:
            raise NotFoundError("group", group_id)
        rule = kind.times or self._types.rule(kind.type, kind.own_type).times
        zone, calendar = ZoneInfo(group.timezone), self._calendars.of(group.timezone)
        return times_of(rule, requested_at=since, zone=zone, calendar=calendar)

    async def _callable_from(self, group_id: str, at: datetime) -> datetime | None:
        """Return when the quiet hours end that `at` is in; None: none, or nobody knows an end."""
        if self._quiet is None:
            return None
        quiet = await self._quiet.now(group_id, at)
        if quiet is None or quiet.ends_in_s is None:
            return None
        return at + timedelta(seconds=quiet.ends_in_s)
