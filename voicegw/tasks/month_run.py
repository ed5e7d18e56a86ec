"""One run of a plan for a month: reads what it is planned by, plans, writes the difference.

Whoever runs it again, after a kill or because something has changed, writes only what is missing or
lies elsewhere by then.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from typing import Final
from zoneinfo import ZoneInfo

import msgspec

from voicegw.clock import Clock
from voicegw.directory.calendar import Calendars
from voicegw.errors import InvalidError
from voicegw.model.directory import Group, ManagerStatus
from voicegw.model.plan import (
    ContactChannel,
    EveryUnit,
    Infeasibility,
    ManagerDay,
    Plan,
    PlanItemKind,
    PlanRun,
    PlanRunState,
)
from voicegw.model.task import CLOSED_STATES, Task, TaskState
from voicegw.model.task_type import ResultKind, TaskTypeRule
from voicegw.store.database import Database
from voicegw.store.directory import DirectoryRepository
from voicegw.store.plan_data import CHUNK, NOT_BEGUN, PlanData, PlanTaskRow
from voicegw.store.plans import PlanRepository, PlanRunRepository
from voicegw.store.task_types import TaskTypeRepository
from voicegw.tasks.cadence import (
    ManagerMonth,
    MonthOrder,
    MonthPlan,
    PlannedCustomer,
    PlannedTask,
    Standing,
    plan_month,
)
from voicegw.tasks.plan_tasks import (
    WITHDRAWN,
    PlanZones,
    above,
    cadence_and_number,
    groups_of_plan,
    item_of,
    moved,
    rule_of,
    task_of,
    withdrawn,
)
from voicegw.tasks.shipped_types import SHIPPED_TYPES
from voicegw.tasks.visiting import month_days, own_days, visiting_days

_PREVIEWS_KEPT: Final = timedelta(days=7)
_READ: Final = 0.2
_PLANNED: Final = 0.4
"""How far a run is when everything is read, and planned."""


class MonthRun:
    """Carries one run out. Raises StoreUnavailableError when the store can't be used."""

    def __init__(
        self, database: Database, run: PlanRun, clock: Clock, calendars: Calendars, timezone: str
    ) -> None:
        """`timezone` is where groups are that say nothing themselves."""
        self._run = run
        self._clock = clock
        self._calendars = calendars
        self._default = ZoneInfo(timezone)
        self._plans = PlanRepository(database)
        self._runs = PlanRunRepository(database)
        self._data = PlanData(database)
        self._directory = DirectoryRepository(database)
        self._types = TaskTypeRepository(database)
        self._zones = PlanZones({}, self._default)

    async def carry_out(self) -> PlanRun:
        """Plan the month, write it unless the run is a preview, and end the run."""
        if self._run.is_final:
            return self._run
        plan = self._run.tried or await self._plans.get(self._run.plan_id)
        if plan is None:
            raise InvalidError("plan_id", "the plan is gone", kind="not-found")
        await self._report(0.0)
        order, customers, standing = await self._read(plan)
        await self._report(_READ)
        month = plan_month(order, customers, standing)
        await self._report(_PLANNED)
        added, moves = _difference(month)
        if not self._run.preview:
            await self._write(plan, added, moves, month.withdrawn)
        infeasible = [item_of(one, PlanItemKind.INFEASIBLE) for one in month.missing]
        shown = infeasible
        if self._run.preview:
            shown = infeasible + [item_of(one, PlanItemKind.ADDED) for one in added]
            shown += [item_of(one, PlanItemKind.MOVED) for one in moves]
            shown += [item_of(one, PlanItemKind.WITHDRAWN) for one in month.withdrawn]
        await self._runs.put_items(self._run.id, shown)
        await self._runs.forget_previews(self._clock.now() - _PREVIEWS_KEPT)
        days = [
            ManagerDay(manager_id, date.fromordinal(day), tasks)
            for (manager_id, day), tasks in sorted(month.loads.items())
        ]
        # What this run had written before it was interrupted is its work as well.
        earlier = sum(one.was is not None and one.was.is_new for one in month.tasks)
        unchanged = len(month.tasks) - len(added) - len(moves) - earlier
        now = self._clock.now()

        def ended(run: PlanRun) -> PlanRun:
            return msgspec.structs.replace(
                run,
                state=PlanRunState.COMPLETED,
                finished_at=now,
                progress=1.0,
                customers=len(customers),
                planned=sum(month.loads.values()),
                added=len(added) + earlier,
                moved=len(moves),
                withdrawn=len(month.withdrawn),
                unchanged=unchanged,
                deferred=month.deferred,
                infeasible=Counter(one.reason.value for one in month.missing),
                over_capacity=_too_many(month),
                uneven=month.uneven,
                off_cadence=month.off_cadence,
                below_target=month.below_target,
            )

        return await self._runs.finish(self._run.id, ended, days)

    async def _report(self, progress: float) -> None:
        self._run = await self._runs.change(
            self._run.id,
            lambda run: msgspec.structs.replace(run, state=PlanRunState.RUNNING, progress=progress),
        )

    async def _read(
        self, plan: Plan
    ) -> tuple[MonthOrder, Sequence[PlannedCustomer], Sequence[Standing]]:
        """Return what the month is planned by."""
        groups = await self._directory.groups.all()
        self._zones = PlanZones(
            {group.id: ZoneInfo(group.timezone) for group in groups}, self._default
        )
        others = await self._plans.active()
        group_ids = groups_of_plan(plan, others, groups)
        order = await self._order(plan, [one.id for one in others if one.id != plan.id])
        customers = await self._customers(plan, order, groups, group_ids)
        rows = await self._data.standing(plan.id, self._run.month)
        return order, customers, [one for one in map(self._standing, rows) if one is not None]

    async def _order(self, plan: Plan, others: Sequence[str]) -> MonthOrder:
        days = month_days(self._run.month)
        public = self._calendars.of(str(self._default))
        visits = visiting_days(plan, days, public)
        managers = {}
        for manager in await self._directory.managers.all():
            if manager.status is ManagerStatus.DEPARTED:
                continue
            there = own_days(manager, visits, public, self._zones.of(manager.group_id))
            managers[manager.id] = ManagerMonth(
                [day.toordinal() for day in there], plan.capacity_of(manager.id)
            )
        spans = [
            cadence.every.count
            for rule in plan.rules
            for cadence in rule.cadences
            if cadence.every.unit is EveryUnit.MONTHS
        ]
        starts = _month_starts(days[0], max(spans, default=1))
        today = self._clock.now().astimezone(self._default).date()
        began_at = await self._runs.first_begun(plan.id, self._run.month) or self._clock.now()
        planned = max(days[0], began_at.astimezone(self._default).date() + timedelta(days=1))
        return MonthOrder(
            rules=plan.rules,
            first=days[0].toordinal(),
            last=days[-1].toordinal(),
            # What is today's is under way: what is new begins tomorrow.
            today=max(days[0], today + timedelta(days=1)).toordinal(),
            begun=min((day for day in visits if day >= planned), default=planned).toordinal(),
            month_starts=[start.toordinal() for start in starts],
            months_known=await self._months_known(plan, starts[1:]),
            target_per_day=plan.target_per_day,
            managers=managers,
            others=await self._days_of(others),
            is_month_empty=not [day for day in visits if day > today],
        )

    async def _days_of(self, plan_ids: Sequence[str]) -> Mapping[str, Sequence[int]]:
        """Return on which days managers have tasks of other plans in the month."""
        found = defaultdict(list)
        for manager_id, group_id, at in await self._data.others(plan_ids, self._run.month):
            found[manager_id].append(at.astimezone(self._zones.of(group_id)).toordinal())
        return found

    async def _months_known(self, plan: Plan, before: Sequence[date]) -> int:
        """Return how many of the months before were planned, without a gap."""
        names = [start.isoformat()[:7] for start in before]
        known = await self._runs.planned_months(plan.id, names)
        return next((place for place, name in enumerate(names) if name not in known), len(names))

    async def _customers(
        self, plan: Plan, order: MonthOrder, groups: Sequence[Group], group_ids: Sequence[str]
    ) -> Sequence[PlannedCustomer]:
        back = min([order.month_starts[-1], *_reach(plan, order.first)])
        since = datetime.combine(date.fromordinal(back), time(), self._default).astimezone(UTC)
        now = self._clock.now()
        rules = {**SHIPPED_TYPES, **await self._types.all()}
        without = {WITHDRAWN, *_without_contact(rules.values())}
        periods = _periods_before(order, back)
        contacts = self._latest(
            await self._data.talks(since, now),
            await self._data.done(since, now, without=without),
            await self._data.planned(plan.id, periods),
        )
        visits = self._latest(
            await self._data.done(since, now, without=without, channel=ContactChannel.VISIT),
            await self._data.planned(plan.id, periods, channel=ContactChannel.VISIT),
        )
        lines = above(groups)
        found = []
        wanted = None if len(group_ids) == len(groups) else group_ids
        for row in await self._data.customers(wanted):
            rule = rule_of(plan.rules, row.class_, row.tier, lines.get(row.group_id, frozenset()))
            if rule is None or not plan.rules[rule].cadences:
                continue
            found.append(
                PlannedCustomer(
                    row.id,
                    rule,
                    row.owner_id,
                    row.group_id,
                    row.is_do_not_call,
                    self._day(contacts.get(row.id), row.group_id),
                    self._day(visits.get(row.id), row.group_id),
                )
            )
        return found

    @staticmethod
    def _latest(*some: Mapping[str, datetime]) -> Mapping[str, datetime]:
        found: dict[str, datetime] = {}
        for one in some:
            for name, at in one.items():
                if name not in found or at > found[name]:
                    found[name] = at
        return found

    def _day(self, at: datetime | None, group_id: str | None) -> int | None:
        return None if at is None else at.astimezone(self._zones.of(group_id)).toordinal()

    def _standing(self, row: PlanTaskRow) -> Standing | None:
        """Return what a task of the month stands for; None for one that is not a plan's own."""
        key = cadence_and_number(row.external_id)
        if key is None or row.customer_id is None:
            return None
        zone = self._zones.of(row.group_id)
        planned = None if row.planned_day is None else date.fromisoformat(row.planned_day)
        at = row.due_at or row.created_at
        day = at.astimezone(zone).date()
        is_withdrawn = row.result_code == WITHDRAWN
        is_moved = bool(row.is_agreed) or day != planned
        is_past = day <= self._clock.now().astimezone(zone).date()
        return Standing(
            customer_id=row.customer_id,
            cadence=key[0],
            number=key[1],
            manager_id=row.manager_id,
            day=day.toordinal(),
            is_fixed=not is_withdrawn and (row.state not in NOT_BEGUN or is_moved or is_past),
            is_counted=row.state is not TaskState.CANCELLED,
            is_used=not is_withdrawn,
            group_id=row.group_id,
            task_id=row.id,
            is_new=row.created_at == self._run.created_at and row.state not in CLOSED_STATES,
        )

    async def _write(
        self,
        plan: Plan,
        added: Sequence[PlannedTask],
        moves: Sequence[PlannedTask],
        gone: Sequence[Standing],
    ) -> None:
        """Write the difference, in chunks, telling how far it is."""
        by, now = self._run.created_by, self._clock.now()
        changes: dict[str, Callable[[Task], Task]] = {}
        for one in moves:
            if one.was is not None:
                zone = self._zones.of(one.group_id)
                changes[one.was.task_id] = partial(moved, plan, planned=one, zone=zone)
        for left in gone:
            changes[left.task_id] = partial(withdrawn, by=by, at=now)
        names = list(changes)
        for start in range(0, len(names), CHUNK):
            some = {name: changes[name] for name in names[start : start + CHUNK]}
            await self._data.change(some, now, by=by)
        for place, start in enumerate(range(0, len(added), CHUNK)):
            tasks = [
                task_of(plan, self._run, one, self._zones.of(one.group_id))
                for one in added[start : start + CHUNK]
            ]
            await self._data.add(tasks, by=by)
            if place % 50 == 0:
                await self._report(_PLANNED + (1 - _PLANNED) * start / len(added))


def _difference(month: MonthPlan) -> tuple[Sequence[PlannedTask], Sequence[PlannedTask]]:
    """Return what is new, and what lies on another day or is another manager's now."""
    added = [one for one in month.tasks if one.was is None]
    moves = [
        one
        for one in month.tasks
        if one.was is not None and (one.was.day, one.was.manager_id) != (one.day, one.manager_id)
    ]
    return added, moves


def _too_many(month: MonthPlan) -> dict[str, int]:
    """Return by how many contacts each manager is over capacity."""
    return Counter(
        one.manager_id
        for one in month.missing
        if one.reason is Infeasibility.OVER_CAPACITY and one.manager_id is not None
    )


def _month_starts(first: date, count: int) -> Sequence[date]:
    """Return the first day of a month and of those before it: one more than `count`."""
    starts = [first]
    while len(starts) <= count:
        starts.append((starts[-1] - timedelta(days=1)).replace(day=1))
    return starts


def _reach(plan: Plan, first: int) -> list[int]:
    """Return how far back contacts matter to cadences of weeks."""
    return [first - 2 * cadence.every.days for rule in plan.rules for cadence in rule.cadences]


def _periods_before(order: MonthOrder, back: int) -> Sequence[str]:
    starts = _month_starts(date.fromordinal(order.first), 12)[1:]
    periods = []
    for start in starts:
        periods.append(start.isoformat()[:7])
        if start.toordinal() <= back:
            break
    return periods


def _without_contact(rules: Iterable[TaskTypeRule]) -> set[str]:
    """Return the codes of results that mean that nobody was talked with."""
    return {
        one.code for rule in rules for one in rule.results if one.kind is ResultKind.UNREACHABLE
    }
