"""Orders to give many tasks to managers: checked, tried without writing, kept.

They are carried out by :mod:`voicegw.tasks.assignment_runner`.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Final
from zoneinfo import ZoneInfo

import msgspec

from voicegw.clock import Clock
from voicegw.errors import ConflictError, InvalidError
from voicegw.model.audit import AuditEntry
from voicegw.model.directory import Manager, ManagerStatus
from voicegw.model.ids import IdKind, new_id
from voicegw.model.task_assignment import (
    Assignable,
    Assignment,
    AssignmentState,
    Balance,
    Move,
    Presence,
    Recipient,
    Rule,
    StayReason,
    TaskShare,
    TasksLeft,
)
from voicegw.store.assignments import AssignmentRepository
from voicegw.store.groups import GroupRepository
from voicegw.store.managers import ManagerRepository
from voicegw.store.tasks import TaskFilter
from voicegw.tasks.assigning import Plan, plan_tasks

#: The most tasks of one order: some megabytes, and some minutes.
MAX_TASKS: Final = 100_000


@dataclass(frozen=True, slots=True)
class Reach:
    """Whom and what the one who asks may see: groups (None: all), or one manager's own only."""

    group_ids: Collection[str] | None = None
    manager_id: str | None = None

    def has(self, manager: Manager) -> bool:
        """Whether tasks may be given to `manager`."""
        if self.manager_id is not None:
            return manager.id == self.manager_id
        return self.group_ids is None or manager.group_id in self.group_ids


@dataclass(frozen=True, slots=True)
class AssignmentRequest:
    """What is asked for: tasks by their ids, or those of `wanted`, and the rule for them.

    `wanted` is within `reach` already; with `nobodys` only tasks that have no manager.
    `group_id` stands for its active managers where the rule names nobody. `order_group_id` is whose
    order it is: who sees that group sees it. Where `plan_tag` is given, the plan must be that one.
    """

    rule: Rule
    by: str
    role: str
    reach: Reach = Reach()
    task_ids: Sequence[str] | None = None
    wanted: TaskFilter = field(default_factory=TaskFilter)
    nobodys: bool = False
    group_id: str | None = None
    order_group_id: str | None = None
    plan_tag: str | None = None
    why: str = ""


@dataclass(frozen=True, slots=True)
class Prepared:
    """An order that is not kept yet, what it would do, and the name of that."""

    order: Assignment
    moves: Sequence[Move]
    shares: list[TaskShare]
    tag: str


class AssignmentService:
    """Checks orders, tells what would come of them, and keeps them.

    All methods raise StoreUnavailableError when the store can't be used.
    """

    def __init__(
        self,
        repository: AssignmentRepository,
        managers: ManagerRepository,
        groups: GroupRepository,
        clock: Clock,
        *,
        on_request: Callable[[], None] = lambda: None,
    ) -> None:
        """`on_request` is called when there is something to carry out."""
        self.repository = repository
        self._managers = managers
        self._groups = groups
        self._clock = clock
        self._on_request = on_request

    async def prepare(self, request: AssignmentRequest) -> Prepared:
        """Return the order that is asked for, and its plan; nothing is written.

        Raises InvalidError, and ConflictError `assignment-changed` where the plan is another one
        than `plan_tag` names.
        """
        managers = [one for one in await self._managers.all() if request.reach.has(one)]
        rule = _with_managers(request, managers)
        tasks = await self._tasks(request, rule)
        loads = await self.repository.loads() if rule.balance is Balance.TOTAL else {}
        recipients = self._recipients(managers, tasks, loads, await self._days())
        # Tens of thousands are shared out, and their plan named, beside the event loop's work.
        told = await asyncio.to_thread(_told, request, tasks, recipients, rule)
        if request.plan_tag is not None and told.tag != request.plan_tag:
            raise ConflictError("assignment-changed", "Tasks or managers have changed meanwhile.")
        order = Assignment(
            id=new_id(IdKind.ASSIGNMENT),
            state=AssignmentState.RUNNING,
            # Whom each task goes to is told by the moves.
            rule=msgspec.structs.replace(rule, pairs={}),
            created_by=request.by,
            created_at=self._clock.now(),
            tasks=len(told.plan.moves),
            role=request.role,
            group_id=request.order_group_id,
            why=request.why,
            kept=len(told.plan.kept),
            shares=[TaskShare(one.manager_id, 0, one.kept) for one in told.shares if one.kept],
            left_out=told.left_out,
        )
        return Prepared(order, told.plan.moves, told.shares, told.tag)

    async def start(self, prepared: Prepared, entry: AuditEntry) -> None:
        """Keep an order, with the entry that it was asked for, and have it carried out."""
        await self.repository.add(prepared.order, prepared.moves, entry)
        self._on_request()

    async def _tasks(self, request: AssignmentRequest, rule: Rule) -> Sequence[Assignable]:
        task_ids = request.task_ids if request.task_ids is not None else list(rule.pairs)
        if request.task_ids is not None or rule.pairs:
            reach = request.reach
            return await self.repository.named(task_ids, reach.group_ids, reach.manager_id)
        found = await self.repository.find(
            request.wanted, nobodys=request.nobodys, limit=MAX_TASKS + 1
        )
        if len(found) > MAX_TASKS:
            raise InvalidError(
                "filter",
                f"means more than {MAX_TASKS} tasks: narrow it",
                kind="too-many",
                max=MAX_TASKS,
            )
        return found

    async def _days(self) -> Mapping[str, date]:
        """Return which day it is now in each group."""
        now = self._clock.now()
        groups = await self._groups.all()
        return {one.id: now.astimezone(ZoneInfo(one.timezone)).date() for one in groups}

    def _recipients(
        self,
        managers: Sequence[Manager],
        tasks: Sequence[Assignable],
        loads: Mapping[str, int],
        days: Mapping[str, date],
    ) -> list[Recipient]:
        now = self._clock.now()
        of_order = Counter(task.manager_id for task in tasks if task.is_open)
        return [
            Recipient(
                one.id,
                _presence(one, now, days.get(one.group_id)),
                one.deputy_id,
                frozenset(one.skills),
                max(loads.get(one.id, 0) - of_order[one.id], 0),
            )
            for one in managers
        ]


@dataclass(frozen=True, slots=True)
class _Told:
    """A plan, and what is told of it."""

    plan: Plan
    shares: list[TaskShare]
    left_out: list[TasksLeft]
    tag: str


def _told(
    request: AssignmentRequest,
    tasks: Sequence[Assignable],
    recipients: Sequence[Recipient],
    rule: Rule,
) -> _Told:
    plan = plan_tasks(tasks, recipients, rule)
    if missing := _missing(request, rule, tasks):
        plan.left_out[StayReason.UNKNOWN] = missing
    return _Told(plan, plan.shares(), plan.summary(), plan.tag())


def _presence(manager: Manager, now: datetime, day: date | None) -> Presence:
    """Return whether a manager takes tasks `now`, which is `day` where the manager works."""
    if manager.status is ManagerStatus.DEPARTED:
        return Presence.DEPARTED
    on_leave = day is not None and manager.is_on_leave(day)
    return Presence.AWAY if on_leave or manager.is_away(now) else Presence.THERE


def _with_managers(request: AssignmentRequest, managers: Sequence[Manager]) -> Rule:
    """Return the rule with the managers of its group named. Raises InvalidError."""
    rule = request.rule
    if request.group_id is not None:
        active = [
            one.id
            for one in managers
            if one.group_id == request.group_id and one.status is ManagerStatus.ACTIVE
        ]
        if not active:
            raise InvalidError("group_id", "it has no active manager", kind="not-active")
        rule = msgspec.structs.replace(rule, manager_ids=active)
    if unknown := set(rule.named_ids()) - {one.id for one in managers}:
        raise InvalidError("rule", f"no such manager: {min(unknown)}", kind="not-found")
    return rule


def _missing(request: AssignmentRequest, rule: Rule, tasks: Sequence[Assignable]) -> list[str]:
    """Return the tasks that were named and are not among those found, each once."""
    named = request.task_ids if request.task_ids is not None else list(rule.pairs)
    found = {task.task_id for task in tasks}
    return [one for one in dict.fromkeys(named) if one not in found]
