"""Rows of an import file as records of the directory. Pure.

A column that the file does not have leaves what the known record says; an empty cell clears it.
Every function raises InvalidError naming the column of a cell that can't be accepted.
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

import msgspec

from voicegw.directory import rules
from voicegw.directory.import_cells import moment_of
from voicegw.directory.import_columns import VALUES
from voicegw.directory.import_file import ImportRow
from voicegw.directory.references import References
from voicegw.errors import InvalidError
from voicegw.model.directory import Customer, DoNotCall, Group, Hotline, Manager, Phone
from voicegw.model.routing import GroupStrategy, RingOrder, Routing

_RECENT_DAYS = Routing().recent_days
_LIST = re.compile(r"[;；、|\n]+")


def group_of(row: ImportRow, known: Group | None, references: References) -> Group:
    """Return the group of a row; its parent must be known to `references`."""
    external_id = rules.require_text("external_id", row.cells["external_id"])
    group = known or Group(id="", name="", external_id=external_id)
    changes: dict[str, Any] = {"name": rules.require_text("name", row.cells["name"])}
    if "area_code" in row.cells:
        changes["area_code"] = row.cells["area_code"]
    if row.cells.get("timezone"):
        changes["timezone"] = row.cells["timezone"]
    if "retention_days" in row.cells:
        changes["retention_days"] = _retention_days(row)
    for name in ("hours", "quiet_hours"):
        if name in row.cells:
            changes[name] = row.cells[name]
    if "parent" in row.cells:
        parent = row.cells["parent"]
        changes["parent_id"] = references.group("parent", parent).id if parent else None
    return msgspec.structs.replace(group, **changes)


def hotline_of(row: ImportRow, known: Hotline | None, references: References) -> Hotline:
    """Return the hotline of a row."""
    group = references.group("group", row.cells["group"])
    base = known or Hotline(id="", number=row.cells["number"], group_id=group.id)
    fields: dict[str, Any] = msgspec.to_builtins(base)
    fields |= {"number": row.cells["number"], "group_id": group.id}
    for name in ("name", "hours", "flow", "display_number"):
        if name in row.cells:
            fields[name] = row.cells[name]
    for name in ("answer", "announce", "confirm_manager", "max_ring_s"):
        cell = row.cells.get(name)
        if cell:
            value = VALUES.get(cell.casefold(), cell) if name != "max_ring_s" else cell
            fields[name] = _convert(name, value, type(getattr(base, name)))
    if "retention_days" in row.cells:
        fields["retention_days"] = _retention_days(row)
    fields["routing"] = _routing(row, fields["routing"])
    return msgspec.convert(fields, Hotline)


def _routing(row: ImportRow, known: dict[str, Any]) -> dict[str, Any]:
    """Return the settings of routing, as plain values, that a row leaves or changes."""
    cells = row.cells
    routing = dict(known)
    for name, shape in (("ring", RingOrder), ("tell_manager", bool)):
        if cells.get(name):
            value = VALUES.get(cells[name].casefold(), cells[name])
            routing[name] = _convert(name, value, shape)
    if "recent_days" in cells:
        days = cells["recent_days"]
        routing["recent_days"] = _convert("recent_days", days, int) if days else _RECENT_DAYS
    if "group_strategy" in cells:
        cell = cells["group_strategy"]
        strategy = VALUES.get(cell, cell)
        routing["group"] = None
        if strategy not in ("", "none"):
            wanted = _convert("group_strategy", strategy, GroupStrategy)
            routing["group"] = {**(known["group"] or {}), "strategy": wanted}
    for name in ("queue", "voicemail"):
        if name in cells:
            routing[name] = (known[name] or {}) if _flag(name, cells[name]) else None
    if cells.get("queue_max_wait_s") and routing["queue"] is not None:
        longest = _convert("queue_max_wait_s", cells["queue_max_wait_s"], int)
        routing["queue"] = {**routing["queue"], "max_wait_s": longest}
    return routing


def _flag(name: str, cell: str) -> bool:
    return bool(cell) and bool(_convert(name, VALUES.get(cell.casefold(), cell), bool))


def _retention_days(row: ImportRow) -> int | None:
    cell = row.cells["retention_days"]
    return _convert("retention_days", cell, int) if cell else None


def manager_of(row: ImportRow, known: Manager | None, references: References) -> Manager:
    """Return the manager of a row, the deputy left as it was: it may be in a later row."""
    external_id = rules.require_text("external_id", row.cells["external_id"])
    group = references.group("group", row.cells["group"])
    manager = known or Manager(id="", name="", group_id=group.id, external_id=external_id)
    changes: dict[str, Any] = {"name": row.cells["name"], "group_id": group.id}
    for name in ("staff_no", "hours"):
        if name in row.cells:
            changes[name] = row.cells[name]
    if "phones" in row.cells:
        changes["phones"] = [
            Phone(number=text, order=order)
            for order, text in enumerate(_texts(row.cells["phones"]))
        ]
    if "skills" in row.cells:
        changes["skills"] = _texts(row.cells["skills"])
    if "away_until" in row.cells:
        changes["away_until"] = _moment(row, "away_until", group)
    status = row.cells.get("status")
    if status:
        value = VALUES.get(status, status.casefold())
        changes["status"] = _convert("status", value, type(manager.status))
    return msgspec.structs.replace(manager, **changes)


def customer_of(
    row: ImportRow, known: Customer | None, references: References, now: datetime
) -> tuple[Customer, Group]:
    """Return the customer of a row, and its group; `now` dates a new wish not to be called.

    Without a group of its own, a customer belongs to the owner's.
    """
    external_id = rules.require_text("external_id", row.cells["external_id"])
    owner_id = known.owner_id if known is not None else None
    if "owner" in row.cells:
        owner = row.cells["owner"]
        owner_id = references.manager("owner", owner).id if owner else None
    group = references.group("group", _group_reference(row, known, owner_id, references))
    customer = known or Customer(id="", name="", group_id=group.id, external_id=external_id)
    changes: dict[str, Any] = {
        "name": row.cells["name"],
        "group_id": group.id,
        "owner_id": owner_id,
    }
    if "numbers" in row.cells:
        changes["numbers"] = _texts(row.cells["numbers"])
    if "class" in row.cells:
        changes["class_"] = row.cells["class"]
    if "tier" in row.cells:
        changes["tier"] = row.cells["tier"]
    if "code" in row.cells:
        changes["code"] = row.cells["code"]
    if "do_not_call" in row.cells:
        since = _moment(row, "do_not_call_since", group)
        changes["do_not_call"] = _do_not_call(row.cells["do_not_call"], customer, since, now)
    if row.others:
        changes["attributes"] = customer.attributes | row.others
    return msgspec.structs.replace(customer, **changes), group


def _group_reference(
    row: ImportRow, known: Customer | None, owner_id: str | None, references: References
) -> str:
    if row.cells.get("group"):
        return row.cells["group"]
    if known is not None:
        return known.group_id
    if owner_id is not None:
        return references.manager("owner", owner_id).group_id
    raise InvalidError("group", "needed where there is no owner", kind="missing")


def _moment(row: ImportRow, name: str, group: Group) -> datetime | None:
    """Return the moment in a cell, where the group is; None where there is none."""
    cell = row.cells.get(name)
    if not cell:
        return None
    try:
        return moment_of(cell, group.timezone)
    except ValueError as error:
        raise InvalidError(name, str(error), kind="not-a-time") from error


def _do_not_call(
    cell: str, customer: Customer, since: datetime | None, now: datetime
) -> DoNotCall | None:
    if not cell or VALUES.get(cell.casefold()) == "false":
        return None
    reason = rules.require_text("do_not_call", cell)
    before = customer.do_not_call
    if since is None and before is not None and before.reason == reason:
        return before
    return DoNotCall(reason, since or now)


def _texts(cell: str) -> list[str]:
    return [text for part in _LIST.split(cell) if (text := part.strip())]


def _convert(name: str, value: str, shape: type[Any]) -> Any:
    try:
        return msgspec.convert(value, shape, strict=False)
    except msgspec.ValidationError as error:
        raise InvalidError(name, "not a value of this column", kind="pattern") from error
