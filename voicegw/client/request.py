"""What is sent: one request, ready but for its address and key. Pure."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Final
from urllib.parse import quote

import msgspec

#: What a filter may be.
Value = str | int | float | bool | date | Sequence[str] | None

_REPEATABLE: Final = frozenset({"GET", "PUT", "DELETE"})


@dataclass(frozen=True, slots=True)
class Request:
    """A request. `repeatable`: sending it twice does no more than sending it once."""

    method: str
    path: str
    params: Mapping[str, str | list[str]] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | None = None
    repeatable: bool = False


def request(
    method: str,
    path: str,
    *,
    params: Mapping[str, Value] | None = None,
    headers: Mapping[str, str] | None = None,
    body: Any = None,
    repeatable: bool | None = None,
) -> Request:
    """Return a request. `body` is anything that msgspec makes JSON of; None: there is none.

    Several values of a parameter are sent one by one. Whether it may be repeated follows from the
    method, unless `repeatable` says it. Parameters that are None are left out; a ValueError is
    raised for a time without a zone.
    """
    given = dict(headers or {})
    encoded = None
    if body is not None:
        encoded = msgspec.json.encode(body)
        given["Content-Type"] = "application/json"
    return Request(
        method,
        path,
        {name: _text(value) for name, value in (params or {}).items() if value is not None},
        given,
        encoded,
        method in _REPEATABLE if repeatable is None else repeatable,
    )


def idempotent(key: str | None) -> dict[str, str]:
    """Return the header that lets a `POST` be repeated: with `key`, or one made up for it."""
    return {"Idempotency-Key": key or secrets.token_urlsafe(18)}


def given(**values: Any) -> dict[str, Any]:
    """Return what is not None."""
    return {name: value for name, value in values.items() if value is not None}


def query(filters: Mapping[str, Any], **more: Value) -> dict[str, Value]:
    """Return parameters from filters in Python's spelling: `from_` is `from`, `class_` `class`."""
    return {name.rstrip("_"): value for name, value in filters.items()} | more


def segment(part: str) -> str:
    """Return one segment of a path, its special characters escaped.

    Raise ValueError for what is no segment: an empty one would name another resource.
    """
    if part in ("", ".", ".."):
        raise ValueError(f"no id: {part!r}")
    return quote(part, safe="")


def _text(value: Value) -> str | list[str]:
    match value:
        case bool():
            return "true" if value else "false"
        case datetime():
            if value.tzinfo is None:
                raise ValueError("a time needs a zone: datetime.now(UTC)")
            return value.isoformat()
        case date():
            return value.isoformat()
        case str() | int() | float() | None:
            return str(value)
    return [str(one) for one in value]
