"""From what pydantic says of a request to the field, the sentence and the kind that are answered.

Pure. What was sent is never repeated: only names of fields, limits and what was expected.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from voicegw.field_faults import FAULT_KINDS, FaultKind, FaultParam, FieldFault

_BODY_PLACES: Final = frozenset({"body", "query", "path", "header", "form"})

#: By pydantic's type of an error: the kind, and which of its context is which of the kind's values.
_KINDS: Final[Mapping[str, tuple[FaultKind, Mapping[str, str]]]] = {
    "missing": ("missing", {}),
    "extra_forbidden": ("unknown-field", {}),
    "string_too_short": ("too-short", {"min_length": "min"}),
    "string_too_long": ("too-long", {"max_length": "max"}),
    "too_short": ("too-few", {"min_length": "min"}),
    "too_long": ("too-many", {"max_length": "max"}),
    "string_pattern_mismatch": ("pattern", {}),
    "greater_than_equal": ("too-small", {"ge": "min"}),
    "greater_than": ("too-small", {"gt": "above"}),
    "less_than_equal": ("too-great", {"le": "max"}),
    "less_than": ("too-great", {"lt": "below"}),
    "enum": ("not-one-of", {"expected": "allowed"}),
    "literal_error": ("not-one-of", {"expected": "allowed"}),
    "union_tag_invalid": ("not-one-of", {"expected_tags": "allowed"}),
    "union_tag_not_found": ("missing", {}),
    "int_from_float": ("not-whole", {}),
    "finite_number": ("not-a-number", {}),
    "timezone_aware": ("not-a-time", {}),
    "string_unicode": ("characters", {}),
}
#: Types that end, or begin, alike: `int_parsing`, `int_type` and `int_parsing_size` are one to us.
_FAMILIES: Final[Mapping[str, FaultKind]] = {
    "int_": "not-a-number",
    "float_": "not-a-number",
    "decimal_": "not-a-number",
    "bool_": "not-a-boolean",
    "datetime_": "not-a-time",
    "date_": "not-a-day",
    "time_": "not-a-time-of-day",
    "url_": "not-a-url",
}


def field_problem(item: Mapping[str, Any]) -> FieldFault:
    """Return the field without its place, what was expected, and the kind.

    `item` is one of pydantic's errors, with its context where there is one. A kind of ours, raised
    as the type of a PydanticCustomError, stays.
    """
    location = [str(part) for part in item.get("loc", ())]
    if location and location[0] in _BODY_PLACES:
        location = location[1:]
    kind, params = _kind(str(item.get("type", "")), item.get("ctx") or {})
    message = str(item.get("msg", "not acceptable"))
    return FieldFault(".".join(location) or "body", message, kind, params)


def _kind(type_: str, context: Mapping[str, Any]) -> tuple[FaultKind, dict[str, FaultParam]]:
    if type_ in _KINDS:
        kind, names = _KINDS[type_]
        values = {ours: context[theirs] for theirs, ours in names.items() if theirs in context}
        return kind, {name: _plain(value) for name, value in values.items()}
    for own in FAULT_KINDS:
        if own == type_:
            return own, {name: _plain(value) for name, value in context.items()}
    for family, kind in _FAMILIES.items():
        if type_.startswith(family):
            return kind, {}
    return ("wrong-type" if type_.endswith("_type") else "other"), {}


def _plain(value: Any) -> FaultParam:
    """Return a number as it is; `'a', 'b' or 'c'`, as pydantic lists values, as `a, b, c`."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return value
    return str(value).replace("'", "").replace(" or ", ", ")
