"""What a row of an import file says of a task: its type, customer, manager, times, fields. Pure.

Every function raises InvalidError, naming the column and what was expected.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

import msgspec

from voicegw.directory import rules
from voicegw.directory.calendar import Calendars
from voicegw.directory.import_cells import moment_of
from voicegw.directory.import_columns import VALUES
from voicegw.directory.import_file import ImportRow
from voicegw.directory.references import References
from voicegw.errors import InvalidError
from voicegw.model.directory import Customer, Group, Manager
from voicegw.model.numbers import require_number
from voicegw.model.task import Priority, Task, TaskSource, TaskType, new_task, replaced, said_of
from voicegw.model.task_type import FieldKind, FieldRule, TaskTypeRule
from voicegw.tasks.creation import typed
from voicegw.tasks.fields import wrong_fields

_MAX_SUBJECT: Final = 200
_MAX_NOTE: Final = 2000
_PRIORITIES: Final[Mapping[str, Priority]] = {
    **{one.value: one for one in Priority},
    "低": Priority.LOW,
    "普通": Priority.NORMAL,
    "中": Priority.NORMAL,
    "一般": Priority.NORMAL,
    "高": Priority.HIGH,
    "紧急": Priority.URGENT,
}


@dataclass(frozen=True, slots=True)
class TaskRow:
    """A row with whom it names: `customer` is None where it names a number that is nobody's."""

    row: ImportRow
    rule: TaskTypeRule
    group: Group
    manager: Manager | None = None
    customer: Customer | None = None
    number: str | None = None


class TypeNames:
    """Types of tasks by what files call them: their names in any language."""

    def __init__(self, types: Mapping[str, TaskTypeRule]) -> None:
        """Know `types`, by their names."""
        self._by_title = {
            title.casefold(): rule
            for rule in types.values()
            if rule.name != TaskType.OWN
            for title in (rule.name, *rule.names.values())
        }

    def rule(self, cell: str) -> TaskTypeRule:
        """Return the type that a cell names."""
        found = self._by_title.get(cell.casefold())
        if found is None:
            names = ", ".join(sorted({rule.name for rule in self._by_title.values()}))
            raise InvalidError("type", f"expected one of {names}", kind="not-one-of", allowed=names)
        return found


def group_of(
    row: ImportRow, references: References, parties: Sequence[Manager | Customer | None]
) -> Group:
    """Return whose a task is: the group that its row names, else that of the first of `parties`."""
    if row.cells.get("group"):
        return references.group("group", row.cells["group"])
    group_id = next((one.group_id for one in parties if one is not None), None)
    if group_id is None:
        raise InvalidError(
            "group", "needed where there is neither a manager nor a known customer", kind="missing"
        )
    return references.group("group", group_id)


def number_of(cell: str, region: str, area_code: str | None) -> str:
    """Return the number in a cell, as the store has it."""
    return require_number("customer_number", cell, region, area_code)


def task_of(
    named: TaskRow, known: Task | None, task_id: str, now: datetime, calendars: Calendars
) -> Task:
    """Return the task of a row: a new one, or `known` as the row has it.

    What the file does not say of a known one stays. Raises ConflictError `task-closed`, too.
    """
    row, group = named.row, named.group
    changes: dict[str, Any] = {
        "type": TaskType(named.rule.name) if named.rule.is_built_in else TaskType.OWN,
        "own_type": None if named.rule.is_built_in else named.rule.name,
        "group_id": group.id,
        "customer_id": None if named.customer is None else named.customer.id,
        "customer_number": None if named.customer is not None else named.number,
        "fields": _fields(row, named.rule, {} if known is None else known.fields),
    }
    if "manager" in row.cells:
        changes["manager_id"] = None if named.manager is None else named.manager.id
    for name, longest in (("subject", _MAX_SUBJECT), ("note", _MAX_NOTE)):
        if name in row.cells:
            changes[name] = _text(name, row.cells[name], longest)
    if "not_before" in row.cells:
        changes["not_before"] = _moment(row, "not_before", group, at_end=False)
    due_at = _moment(row, "due_at", group, at_end=True)
    if due_at is not None:
        changes["due_at"] = due_at
    priority = _priority(row)
    if known is not None:
        if priority is not None:
            changes["priority"] = priority
        return replaced(known, msgspec.structs.replace(known, **changes), changes)
    external_id = rules.require_text("external_id", row.cells["external_id"])
    task = Task(
        id=task_id,
        created_at=now,
        source=TaskSource.IMPORT,
        external_id=external_id,
        **changes,
    )
    calendar, zone = calendars.of(group.timezone), ZoneInfo(group.timezone)
    if priority is not None:
        changes["priority"] = priority
    task.said = said_of(msgspec.structs.replace(task, **changes), changes)
    return new_task(typed(task, named.rule, priority=priority, zone=zone, calendar=calendar))


def _fields(row: ImportRow, rule: TaskTypeRule, known: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields of a task: those known, and what the row's other columns say."""
    by_title = {
        title.casefold(): one for one in rule.fields for title in (one.name, *one.names.values())
    }
    fields = dict(known)
    for title, cell in row.others.items():
        field = by_title.get(title.casefold(), FieldRule(title))
        if cell:
            fields[field.name] = _value(field, cell)
        else:
            fields.pop(field.name, None)
    for fault in wrong_fields(rule, fields):
        raise InvalidError.of(fault)
    return fields


def _value(field: FieldRule, cell: str) -> Any:
    """Return what a cell means; as it stands where it means nothing, to be refused as that."""
    try:
        match field.kind:
            case FieldKind.NUMBER:
                number = float(cell.replace(",", ""))
                return int(number) if number.is_integer() else number
            case FieldKind.DATE:
                return moment_of(cell, "UTC").date().isoformat()
            case FieldKind.BOOLEAN:
                return {"true": True, "false": False}.get(VALUES.get(cell.casefold(), cell), cell)
            case _:
                return cell
    except (ValueError, OverflowError):
        return cell


def _priority(row: ImportRow) -> Priority | None:
    cell = row.cells.get("priority")
    if not cell:
        return None
    found = _PRIORITIES.get(cell.casefold())
    if found is None:
        raise InvalidError(
            "priority",
            f"expected one of {', '.join(_PRIORITIES)}",
            kind="not-one-of",
            allowed=", ".join(_PRIORITIES),
        )
    return found


def _text(name: str, cell: str, longest: int) -> str:
    if len(cell) > longest or "\x00" in cell:
        raise InvalidError(
            name, f"must have at most {longest} characters", kind="too-long", max=longest
        )
    return cell


def _moment(row: ImportRow, name: str, group: Group, *, at_end: bool) -> datetime | None:
    """Return the moment in a cell, where the group is; of a day alone its beginning or its end."""
    cell = row.cells.get(name)
    if not cell:
        return None
    try:
        begin = moment_of(cell, group.timezone)
    except ValueError as error:
        raise InvalidError(name, str(error), kind="not-a-time") from error
    if not at_end or ":" in cell:
        return begin
    local = begin.astimezone(ZoneInfo(group.timezone))
    return (local + timedelta(days=1)).astimezone(UTC)
