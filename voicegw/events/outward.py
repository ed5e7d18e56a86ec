"""What of an event, or of a record of a call, a reader's role may see. Pure.

Whatever leaves the gateway as an event, over the API, to a webhook, to a broker, is rendered here:
a CloudEvent whose numbers voicegw.identity has been asked for, and which names no file.
"""

from __future__ import annotations

import re
from types import NoneType
from typing import Any, Final

import msgspec

from voicegw.events.cloudevents import render
from voicegw.identity import mask, visible_number
from voicegw.model.call import EMERGENCY_STEP, LegRole
from voicegw.model.directory import Role
from voicegw.model.event import Event

_FILES: Final = ("path", "spool", "place")
_NUMBER: Final = re.compile(r"^\+?[0-9]{3,}$")
#: What nothing is inside of: nearly all values of a call, passed over by one look each.
_PLAIN: Final = frozenset({str, int, float, bool, NoneType})
_encode: Final = msgspec.json.Encoder().encode


def outward(event: Event, role: Role, node: str) -> dict[str, Any]:
    """Return `event` as the CloudEvent that `role` may read, made of JSON values.

    `node` is who reads, named as the source of events that do not say who wrote them.
    """
    document = render(event, node)
    shown(without_files(document["data"]), role)
    return document


def encoded(event: Event, role: Role, node: str) -> bytes:
    """Return the same as JSON, on one line."""
    return _encode(outward(event, role, node))


def record_shown(role: Role, record: dict[str, Any]) -> dict[str, Any]:
    """Return a call or an event as `role` may see it, without places of files; works in place."""
    if isinstance(record.get("data"), dict):
        without_files(record["data"])
    return shown(record, role)


def without_files(record: dict[str, Any]) -> dict[str, Any]:
    """Take away where a recording's files lie; works in place."""
    for file in record.get("files", ()):
        del file["key"]
    for name in _FILES:
        record.pop(name, None)
    return record


def shown(data: dict[str, Any], role: Role) -> dict[str, Any]:
    """Put every number inside a record of a call or a leg into the form that `role` may see.

    Works in place on plain values: whatever carries `customer_number` is a call, whatever carries
    `number` beside a leg's `role` is a leg, and a routing step's `target` may be a number as well.
    """
    if "customer_number" in data:
        number = data["customer_number"]
        data["customer_number"] = visible_number(role, LegRole.CUSTOMER, number)
        data["customer_masked"] = mask(number)
    number = data.get("number", 0)
    # A count is a number, too: the head of a chain of seals has one.
    if number is None or isinstance(number, str):
        # Whose number it is decides; where nobody says, the stricter rule holds.
        owner = LegRole.CUSTOMER if data.get("role") == LegRole.CUSTOMER else LegRole.MANAGER
        data["number"] = visible_number(role, owner, number)
        data["masked"] = mask(number)
    if "plan" in data and any(step.get("step") == EMERGENCY_STEP for step in _steps(data)):
        # An emergency service was shown whose telephone it is, not a hotline.
        number = data.get("display_number")
        data["display_number"] = visible_number(role, LegRole.MANAGER, number) or mask(number)
    target = data.get("target")
    if isinstance(target, str) and _NUMBER.match(target):
        data["target"] = visible_number(role, LegRole.MANAGER, target) or mask(target)
    for inner in data.values():
        if type(inner) in _PLAIN:
            continue
        if isinstance(inner, dict):
            shown(inner, role)
        elif isinstance(inner, list):
            for item in inner:
                if isinstance(item, dict):
                    shown(item, role)
    return data


def _steps(data: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the steps of a call's plan; nothing for what is no call."""
    plan = data.get("plan")
    steps = plan if isinstance(plan, list) and "display_number" in data else []
    return [step for step in steps if isinstance(step, dict)]
