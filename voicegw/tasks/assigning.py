"""Who gets which task of an order. Pure.

The same tasks, managers and rule give the same answer, in whatever order they come: managers who
have the same number are taken by id. Where several share, nobody gets two more than another; a task
that one of them has already stays there as long as that holds.
"""

from __future__ import annotations

import hashlib
import heapq
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import msgspec

from voicegw.model.task_assignment import (
    MAX_NAMED,
    Assignable,
    Balance,
    Move,
    Presence,
    Recipient,
    Rule,
    RuleKind,
    StayReason,
    TaskShare,
    TasksLeft,
)

_PIECE: Final = 500
_ABSENT = {Presence.AWAY: StayReason.AWAY, Presence.DEPARTED: StayReason.DEPARTED}


@dataclass(slots=True)
class Plan:
    """What an order would do: tasks that move, tasks that stay with whoever shall have them, and
    tasks that can't be given, by reason (ids of tasks).
    """

    moves: list[Move] = field(default_factory=list)
    kept: list[tuple[str, str]] = field(default_factory=list)
    left_out: dict[StayReason, list[str]] = field(default_factory=lambda: defaultdict(list))

    def shares(self) -> list[TaskShare]:
        """Return how many tasks go to, or stay with, each manager, by manager."""
        moved = Counter(move.to_manager_id for move in self.moves)
        kept = Counter(manager_id for _, manager_id in self.kept)
        return [TaskShare(one, moved[one], kept[one]) for one in sorted({*moved, *kept})]

    def summary(self) -> list[TasksLeft]:
        """Return how many can't be given for each reason, and the first of them."""
        return [
            TasksLeft(reason, len(ids), sorted(ids)[:MAX_NAMED])
            for reason, ids in sorted(self.left_out.items())
            if ids
        ]

    def tag(self) -> str:
        """Return what names this plan: another one, for whatever cause, has another tag."""
        found = hashlib.sha256()
        left = sorted((reason, one) for reason, ids in self.left_out.items() for one in ids)
        # In pieces, between which others of the process go on.
        for part in (self.moves, self.kept, left):
            for start in range(0, len(part), _PIECE):
                found.update(msgspec.json.encode(part[start : start + _PIECE]))
            found.update(b"|")
        return found.hexdigest()[:32]


def plan_tasks(tasks: Iterable[Assignable], recipients: Iterable[Recipient], rule: Rule) -> Plan:
    """Return who gets which of `tasks`; `recipients` are all whom the one who asks may give to."""
    return _Planner({one.manager_id: one for one in recipients}, rule).plan(tasks)


class _Planner:
    """Plans one order."""

    def __init__(self, recipients: Mapping[str, Recipient], rule: Rule) -> None:
        self._recipients = recipients
        self._rule = rule
        self._plan = Plan()
        by_total = rule.balance is Balance.TOTAL
        self._counts = Counter(
            {one.manager_id: one.load for one in recipients.values()} if by_total else {}
        )
        self._pools: dict[tuple[str, ...], list[Assignable]] = defaultdict(list)
        # By the rule's own list, which lives as long as this: hundreds of managers, once.
        self._sharers: dict[tuple[int, str | None], tuple[str, ...] | StayReason] = {}

    def plan(self, tasks: Iterable[Assignable]) -> Plan:
        for task in _ordered(tasks):
            if not task.is_open:
                self._stays(task, StayReason.CLOSED)
            elif task.is_taken and self._rule.kind is not RuleKind.HAND:
                self._stays(task, StayReason.TAKEN)
            else:
                self._look_at(task)
        for pool in sorted(self._pools):
            self._share(self._pools[pool], pool)
        return self._plan

    def _look_at(self, task: Assignable) -> None:
        """Give `task` to the one who is meant, or to the pool of those who share it."""
        rule = self._rule
        if rule.kind is RuleKind.HAND:
            self._to_one(task, rule.pairs.get(task.task_id))
        elif rule.kind is RuleKind.OWNER:
            self._to_owner(task)
        elif rule.kind is RuleKind.CLASS:
            named = rule.classes.get(task.customer_class or "", rule.manager_ids)
            self._to_pool(task, named)
        elif rule.kind is RuleKind.SKILL:
            skill = rule.skills.get(task.type_name)
            self._to_pool(task, rule.manager_ids, skill=skill)
        else:
            self._to_pool(task, rule.manager_ids)

    def _to_owner(self, task: Assignable) -> None:
        """Give `task` to its customer's owner, else to those who share what owners can't take."""
        owner_id = task.owner_id
        found: str | StayReason = StayReason.NO_OWNER
        if owner_id is not None:
            found = self._stand_in(owner_id)
        if not isinstance(found, StayReason):
            self._give(task, found)
        elif self._rule.manager_ids:
            self._to_pool(task, self._rule.manager_ids)
        else:
            self._stays(task, found)

    def _to_one(self, task: Assignable, manager_id: str | None) -> None:
        found = StayReason.NO_RECIPIENT if manager_id is None else self._stand_in(manager_id)
        if isinstance(found, StayReason):
            self._stays(task, found)
        else:
            self._give(task, found)

    def _to_pool(
        self, task: Assignable, manager_ids: Sequence[str], *, skill: str | None = None
    ) -> None:
        """Put `task` to what those of `manager_ids` share who are there and have `skill`."""
        key = (id(manager_ids), skill)
        if key not in self._sharers:
            self._sharers[key] = self._sharing(manager_ids, skill)
        pool = self._sharers[key]
        if isinstance(pool, StayReason):
            self._stays(task, pool)
        else:
            self._pools[pool].append(task)

    def _sharing(
        self, manager_ids: Sequence[str], skill: str | None
    ) -> tuple[str, ...] | StayReason:
        """Return who shares, by id, or why nobody does: all are absent alike, or nobody is able."""
        pool: set[str] = set()
        reasons: set[StayReason] = set()
        for manager_id in manager_ids:
            found = self._stand_in(manager_id)
            if isinstance(found, StayReason):
                reasons.add(found)
            elif skill is None or skill in self._recipients[found].skills:
                pool.add(found)
        if pool:
            return tuple(sorted(pool))
        return reasons.pop() if len(reasons) == 1 and skill is None else StayReason.NO_RECIPIENT

    def _stand_in(self, manager_id: str) -> str | StayReason:
        """Return who takes tasks for a manager: that manager, the deputy, or why nobody does."""
        manager = self._recipients.get(manager_id)
        if manager is None:
            return StayReason.OTHER_GROUP
        if manager.presence is Presence.THERE:
            return manager_id
        if self._rule.use_deputies and manager.deputy_id is not None:
            deputy = self._recipients.get(manager.deputy_id)
            if deputy is not None and deputy.presence is Presence.THERE:
                return deputy.manager_id
        return _ABSENT[manager.presence]

    def _share(self, tasks: Sequence[Assignable], pool: Sequence[str]) -> None:
        """Let `pool` share `tasks`: whoever has least gets the next, so each class is even, too."""
        room = self._quotas(len(tasks), pool)
        rest = []
        for task in tasks:
            if task.manager_id is not None and room.get(task.manager_id, 0) > 0:
                room[task.manager_id] -= 1
                self._give(task, task.manager_id)
            else:
                rest.append(task)
        waiting = [(self._counts[one], one) for one in pool]
        heapq.heapify(waiting)
        for task in rest:
            count, manager_id = waiting[0]
            heapq.heapreplace(waiting, (count + 1, manager_id))
            self._give(task, manager_id)

    def _quotas(self, number: int, pool: Sequence[str]) -> dict[str, int]:
        """Return how many of `number` tasks each of `pool` gets."""
        waiting = [(self._counts[one], one) for one in pool]
        heapq.heapify(waiting)
        quotas = dict.fromkeys(pool, 0)
        for _ in range(number):
            count, manager_id = waiting[0]
            heapq.heapreplace(waiting, (count + 1, manager_id))
            quotas[manager_id] += 1
        return quotas

    def _give(self, task: Assignable, manager_id: str) -> None:
        self._counts[manager_id] += 1
        if task.manager_id == manager_id:
            self._plan.kept.append((task.task_id, manager_id))
        else:
            self._plan.moves.append(Move(task.task_id, task.manager_id, manager_id))

    def _stays(self, task: Assignable, reason: StayReason) -> None:
        self._plan.left_out[reason].append(task.task_id)


def _ordered(tasks: Iterable[Assignable]) -> Iterator[Assignable]:
    """Give tasks class by class, type by type, then by id."""
    kinds: dict[tuple[str, str], list[Assignable]] = defaultdict(list)
    for task in tasks:
        kinds[task.customer_class or "", task.type_name].append(task)
    for kind in sorted(kinds):
        yield from sorted(kinds[kind], key=_id)


def _id(task: Assignable) -> str:
    return task.task_id
