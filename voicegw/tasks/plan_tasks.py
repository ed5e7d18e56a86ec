"""What a planned contact is as a task, and what a plan's own tasks say when they are read. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Final
from zoneinfo import ZoneInfo

from voicegw.model.directory import Group
from voicegw.model.ids import IdKind, new_id
from voicegw.model.plan import Cadence, Plan, PlanItemKind, PlanRule, PlanRun, PlanRunItem
from voicegw.model.task import (
    Task,
    TaskResult,
    TaskSource,
    TaskState,
    TaskType,
    cancelled,
    changed,
)
from voicegw.tasks.cadence import Missing, PlannedTask, Standing

WITHDRAWN: Final = "plan_changed"
"""The code of the result of a task that a plan has taken back."""
BY_PLAN: Final = "plan"
"""In place of a principal: a run that the day has begun."""


@dataclass(frozen=True, slots=True)
class PlanZones:
    """The time zones of groups."""

    zones: Mapping[str, ZoneInfo]
    default: ZoneInfo

    def of(self, group_id: str | None) -> ZoneInfo:
        """Return the zone of a group; of an unknown one the node's."""
        return self.zones.get(group_id or "", self.default)


def external_id(plan_id: str, month: str, planned: PlannedTask | Standing) -> str:
    """Return by what a contact's task is found again: plan, month, customer, cadence, number."""
    cadence = planned.cadence if isinstance(planned.cadence, str) else planned.cadence.name
    return f"{plan_id}:{month}:{planned.customer_id}:{cadence}:{planned.number}"


def cadence_and_number(text: str | None) -> tuple[str, int] | None:
    """Return the last two of what :func:`external_id` says; None for anything else."""
    parts = (text or "").split(":")
    if len(parts) != 5 or not parts[4].isdecimal():
        return None
    return parts[3], int(parts[4])


def times_of(plan: Plan, day: date, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """Return from when and until when, in UTC, a customer is contacted on a day of the plan."""
    return _at(day, plan.day_from, zone), _at(day, plan.day_until, zone)


def task_of(plan: Plan, run: PlanRun, planned: PlannedTask, zone: ZoneInfo) -> Task:
    """Return the new task of a planned contact."""
    day = date.fromordinal(planned.day)
    not_before, due_at = times_of(plan, day, zone)
    cadence = planned.cadence
    is_own = cadence.type not in list(TaskType)
    return Task(
        id=new_id(IdKind.TASK),
        type=TaskType.OWN if is_own else TaskType(cadence.type),
        own_type=cadence.type if is_own else None,
        created_at=run.created_at,
        state=TaskState.ASSIGNED,
        group_id=planned.group_id,
        manager_id=planned.manager_id,
        customer_id=planned.customer_id,
        due_at=due_at,
        not_before=not_before,
        external_id=external_id(plan.id, run.month, planned),
        subject=cadence.subject or plan.name,
        priority=cadence.priority,
        source=TaskSource.PLAN,
        fields=_fields(cadence, day),
        period=run.month,
        plan_id=plan.id,
    )


def moved(plan: Plan, task: Task, planned: PlannedTask, zone: ZoneInfo) -> Task:
    """Return a task of the plan on the day, and with the manager, that it has now."""
    day = date.fromordinal(planned.day)
    not_before, due_at = times_of(plan, day, zone)
    return changed(
        task,
        manager_id=planned.manager_id,
        not_before=not_before,
        due_at=due_at,
        fields=task.fields | _fields(planned.cadence, day),
    )


def withdrawn(task: Task, by: str, at: datetime) -> Task:
    """Return a task that the plan has taken back."""
    return cancelled(task, TaskResult(WITHDRAWN, by, at))


def rule_of(
    rules: Sequence[PlanRule],
    class_: str | None,
    tier: str | None,
    groups_above: frozenset[str],
) -> int | None:
    """Return the place of the first rule that fits a customer, or None."""
    for place, rule in enumerate(rules):
        who = rule.who
        if (
            (not who.classes or (class_ or "").casefold() in map(str.casefold, who.classes))
            and (not who.tiers or (tier or "") in who.tiers)
            and (not who.group_ids or not groups_above.isdisjoint(who.group_ids))
        ):
            return place
    return None


def groups_of_plan(plan: Plan, plans: Iterable[Plan], groups: Sequence[Group]) -> Sequence[str]:
    """Return the groups whose customers the plan is for.

    Those are the plan's own and all below, except where another active plan is nearer.
    """
    parents = {group.id: group.parent_id for group in groups}
    owners = {one.group_id for one in plans if one.active} | {plan.group_id}
    found = []
    for group in groups:
        current: str | None = group.id
        while current is not None and current not in owners:
            current = parents.get(current)
        if current == plan.group_id:
            found.append(group.id)
    return found


def above(groups: Sequence[Group]) -> Mapping[str, frozenset[str]]:
    """Return of each group itself and all above it."""
    parents = {group.id: group.parent_id for group in groups}
    found = {}
    for group in groups:
        line: list[str] = []
        current: str | None = group.id
        while current is not None and current not in line:
            line.append(current)
            current = parents.get(current)
        found[group.id] = frozenset(line)
    return found


def item_of(what: PlannedTask | Missing | Standing, kind: PlanItemKind) -> PlanRunItem:
    """Return what a run says of a contact."""
    if isinstance(what, Missing):
        return PlanRunItem(
            kind,
            what.customer_id,
            what.cadence,
            what.number,
            what.group_id,
            what.manager_id,
            reason=what.reason,
        )
    if isinstance(what, Standing):
        return PlanRunItem(
            kind,
            what.customer_id,
            what.cadence,
            what.number,
            what.group_id,
            what.manager_id,
            was_day=date.fromordinal(what.day),
            was_manager_id=what.manager_id,
        )
    was = what.was
    return PlanRunItem(
        kind,
        what.customer_id,
        what.cadence.name,
        what.number,
        what.group_id,
        what.manager_id,
        day=date.fromordinal(what.day),
        was_day=None if was is None else date.fromordinal(was.day),
        was_manager_id=None if was is None else was.manager_id,
    )


def _fields(cadence: Cadence, day: date) -> dict[str, object]:
    return {
        "channel": cadence.channel.value,
        "length_min": cadence.length_min,
        "planned_day": day.isoformat(),
    }


def _at(day: date, text: str, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time.fromisoformat(text), zone).astimezone(UTC)
