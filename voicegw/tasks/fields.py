"""Whether a task has the fields that its type asks for: every wrong one is named. Pure."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from typing import Any, Final

from voicegw.field_faults import FaultKind, FaultParam, FieldFault
from voicegw.model.task import TaskType
from voicegw.model.task_type import FieldKind, FieldRule, TaskTypeRule

MAX_TEXT: Final = 500
"""Characters of a field of text."""


def wrong_fields(
    rule: TaskTypeRule, fields: Mapping[str, Any], *, is_whole: bool = True
) -> list[FieldFault]:
    """Return each wrong field of a task of this type, and what was expected of it.

    An own type that nobody has described takes any fields. A field that is None is as if it were
    not given. Without `is_whole` nothing is missing: other fields stay as they are.
    """
    if not rule.fields and (rule.name == TaskType.OWN or not rule.is_built_in):
        return []
    return [*_unknown(rule, fields), *_unfit(rule, fields, is_whole=is_whole)]


def _unknown(rule: TaskTypeRule, fields: Mapping[str, Any]) -> Iterator[FieldFault]:
    known = [one.name for one in rule.fields]
    for name in fields:
        if name not in known:
            names = ", ".join(known)
            what = f"expected one of {names}" if names else "the type has no fields"
            yield FieldFault(name, what, "unknown-field", {"allowed": names})


def _unfit(
    rule: TaskTypeRule, fields: Mapping[str, Any], *, is_whole: bool
) -> Iterator[FieldFault]:
    for one in rule.fields:
        value = fields.get(one.name)
        if value is None:
            if one.is_required and (is_whole or one.name in fields):
                yield FieldFault(one.name, f"must be given: {_expected(one)}", "missing")
        elif not _CHECKS[one.kind](one, value):
            yield FieldFault(
                one.name, f"expected {_expected(one)}", _FAULTS[one.kind], _params(one)
            )


def _expected(rule: FieldRule) -> str:
    if rule.kind is FieldKind.CHOICE:
        return f"one of {', '.join(rule.choices)}"
    return _SHAPES[rule.kind]


def _params(rule: FieldRule) -> dict[str, FaultParam]:
    match rule.kind:
        case FieldKind.TEXT:
            return {"max": MAX_TEXT}
        case FieldKind.CHOICE:
            return {"allowed": ", ".join(rule.choices)}
        case _:
            return {}


def _is_text(_rule: FieldRule, value: Any) -> bool:
    return isinstance(value, str) and len(value) <= MAX_TEXT


def _is_number(_rule: FieldRule, value: Any) -> bool:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return is_number and math.isfinite(value)


def _is_date(_rule: FieldRule, value: Any) -> bool:
    if not isinstance(value, str) or len(value) != len("2026-12-31"):
        return False
    try:
        date.fromisoformat(value)
    except ValueError:
        return False
    return True


_SHAPES: Final[Mapping[FieldKind, str]] = {
    FieldKind.TEXT: f"a text of at most {MAX_TEXT} characters",
    FieldKind.NUMBER: "a number",
    FieldKind.DATE: "a date such as 2026-12-31",
    FieldKind.BOOLEAN: "true or false",
}
_CHECKS: Final[Mapping[FieldKind, Callable[[FieldRule, Any], bool]]] = {
    FieldKind.TEXT: _is_text,
    FieldKind.NUMBER: _is_number,
    FieldKind.DATE: _is_date,
    FieldKind.BOOLEAN: lambda _rule, value: isinstance(value, bool),
    FieldKind.CHOICE: lambda rule, value: value in rule.choices,
}
_FAULTS: Final[Mapping[FieldKind, FaultKind]] = {
    FieldKind.TEXT: "too-long",
    FieldKind.NUMBER: "not-a-number",
    FieldKind.DATE: "not-a-day",
    FieldKind.BOOLEAN: "not-a-boolean",
    FieldKind.CHOICE: "not-one-of",
}
