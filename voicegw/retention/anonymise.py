"""Takes out of old records what tells of a person, and leaves what is counted. Pure.

What stays: ids, times, results, outcomes, who of the own people had it. What goes: telephone
numbers of everybody, names, whatever somebody has typed in, and what an integrator gave along.
"""

from __future__ import annotations

import re
from typing import Any, Final

Document = dict[str, Any]

_NUMBER: Final = re.compile(r"\+?\d{3,}")
_TYPED_IN_RESULT: Final = ("note", "reason", "exception")


def anonymous_call(document: Document) -> Document:
    """Return the JSON of a :class:`voicegw.model.call.Call` without persons."""
    legs = [leg | {"number": None} for leg in document.get("legs", ())]
    plan = [_without_target(step) for step in document.get("plan", ())]
    without = document | {"customer_number": None, "client_state": None, "legs": legs, "plan": plan}
    return _with_silent(without, "disposition", ("note",))


def anonymous_task(document: Document) -> Document:
    """Return the JSON of a :class:`voicegw.model.task.Task` without persons."""
    without = document | {"customer_number": None, "subject": "", "note": "", "fields": {}}
    return _with_silent(without, "result", _TYPED_IN_RESULT)


def anonymous_trigger(document: Document) -> Document:
    """Return the JSON of a :class:`voicegw.model.trigger.Trigger` without what was told of one."""
    return document | {"facts": {}}


def _without_target(step: Document) -> Document:
    target = step.get("target")
    if isinstance(target, str) and _NUMBER.fullmatch(target):
        return step | {"target": None}
    return step


def _with_silent(document: Document, name: str, typed: tuple[str, ...]) -> Document:
    part = document.get(name)
    if not isinstance(part, dict):
        return document
    return document | {name: part | dict.fromkeys((one for one in typed if one in part), "")}
