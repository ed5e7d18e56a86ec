"""What all request and answer models have in common."""

from __future__ import annotations

import math
import re
from datetime import UTC, date, datetime
from typing import Annotated, Any, Final, Generic, TypeVar

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
)
from pydantic_core import PydanticCustomError

from api.problems import CODES
from voicegw.errors import NotFoundError
from voicegw.field_faults import FAULT_KINDS

MAX_ATTRIBUTES_BYTES: Final = 16_384
MAX_ATTRIBUTES_DEPTH: Final = 8
MAX_EXTERNAL_ID: Final = 128
_ID: Final = re.compile(r"[A-Za-z0-9_.-]{1,64}")
_TIME: Final = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)")
_DAY: Final = re.compile(r"\d{4}-\d\d-\d\d")
_MIDNIGHT: Final = re.compile(r"(\d{4}-\d\d-\d\d)[Tt ]00:00:00(?:\.0+)?(?:[Zz]|[+-]\d\d:\d\d)")
_MAX_INTEGER: Final = 2**63 - 1
#: Between these a month or two years can be added and taken away in every time zone.
_FIRST_DAY: Final = date(1900, 1, 1)
_LAST_DAY: Final = date(2999, 12, 31)

T = TypeVar("T")
D = TypeVar("D", bound=date)


class RequestModel(BaseModel):
    """A request: unknown fields and values of another type are refused, never bent."""

    model_config = ConfigDict(extra="forbid", strict=True, str_strip_whitespace=True)


class ViewModel(BaseModel):
    """An answer, as documented. Clients ignore fields that they don't know."""

    model_config = ConfigDict(extra="forbid")


def storable(text: str) -> str:
    """Return `text` if the store can hold it; raises what pydantic tells of a field."""
    # PostgreSQL has no NUL in text, and a lone surrogate has no UTF-8.
    if "\x00" in text:
        raise PydanticCustomError("characters", "must not hold a NUL character")
    if any("\ud800" <= character <= "\udfff" for character in text):
        raise PydanticCustomError("characters", "must not hold half of a surrogate pair")
    return text


def _finite(value: Any) -> Any:
    """Return a number, boolean or null that every JSON reader and the store can hold."""
    if isinstance(value, float) and not math.isfinite(value):
        raise PydanticCustomError("not-a-number", "must not be NaN or infinite")
    if isinstance(value, int) and abs(value) > _MAX_INTEGER:
        raise PydanticCustomError("out-of-range", "must fit into 64 bits")
    return value


def _known_shape(text: str) -> str:
    # What can't be an id names nothing: 404, not 422, and the store isn't asked.
    if _ID.fullmatch(text) is None:
        raise NotFoundError("resource", text)
    return text


def _known_external_shape(text: str) -> str:
    if not 1 <= len(text) <= MAX_EXTERNAL_ID or "\x00" in text:
        raise NotFoundError("resource", text)
    return text


def _written_out(value: Any) -> Any:
    # A bare number would be read as seconds since 1970; nobody who writes one means that for sure.
    if not isinstance(value, str) or _TIME.fullmatch(value) is None:
        raise PydanticCustomError(
            "not-a-time", "must be a time such as 2026-01-05T02:03:04Z (RFC 3339)"
        )
    return value


def _day_of(value: Any) -> Any:
    if isinstance(value, str) and _DAY.fullmatch(value) is not None:
        return value
    midnight = None if not isinstance(value, str) else _MIDNIGHT.fullmatch(value)
    if midnight is None:
        raise PydanticCustomError(
            "not-a-day",
            "must be a day such as 2026-01-05, or its midnight 2026-01-05T00:00:00+08:00",
        )
    return midnight[1]


def _in_utc(time: datetime) -> datetime:
    try:
        return time.astimezone(UTC)
    except OverflowError as error:
        raise PydanticCustomError("out-of-range", "is out of range") from error


def _reckoned(value: D) -> D:
    """Return a day or time that others may be reckoned from."""
    day = value.date() if isinstance(value, datetime) else value
    if not _FIRST_DAY <= day <= _LAST_DAY:
        raise PydanticCustomError(
            "out-of-range",
            "must be from {min} to {max}",
            {"min": _FIRST_DAY.isoformat(), "max": _LAST_DAY.isoformat()},
        )
    return value


def _shallow(value: dict[str, Any]) -> dict[str, Any]:
    remaining_bytes = MAX_ATTRIBUTES_BYTES
    waiting: list[tuple[Any, int]] = [(value, 1)]
    while waiting:
        item, depth = waiting.pop()
        if depth > MAX_ATTRIBUTES_DEPTH:
            raise PydanticCustomError("too-deep", "is nested too deeply")
        if isinstance(item, dict):
            for key, inner in item.items():
                remaining_bytes -= len(storable(key).encode()) + 4
                waiting.append((inner, depth + 1))
        elif isinstance(item, list):
            remaining_bytes -= 2 * len(item)
            waiting.extend((inner, depth + 1) for inner in item)
        elif isinstance(item, str):
            remaining_bytes -= len(storable(item).encode()) + 2
        else:
            remaining_bytes -= len(str(_finite(item)))
        if remaining_bytes < 0:
            raise PydanticCustomError(
                "too-many-bytes", "is larger than 16 KiB", {"max": MAX_ATTRIBUTES_BYTES}
            )
    return value


Id = Annotated[
    str, Field(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9_.-]+$"), AfterValidator(storable)
]
"""An id of ours."""

ExternalId = Annotated[
    str, Field(min_length=1, max_length=MAX_EXTERNAL_ID), AfterValidator(storable)
]
"""Another system's id."""

PathId = Annotated[str, AfterValidator(_known_shape)]
"""An id in a path; one that can't be any reads as one that isn't."""

PathExternalId = Annotated[str, AfterValidator(_known_external_shape)]
"""Another system's id in a path."""

Name = Annotated[str, Field(min_length=1, max_length=200), AfterValidator(storable)]
Label = Annotated[str, Field(max_length=200), AfterValidator(storable)]
NumberText = Annotated[str, Field(min_length=1, max_length=64), AfterValidator(storable)]
"""A telephone number in any usual spelling."""

Attributes = Annotated[dict[str, Any], AfterValidator(_shallow)]
Text = Annotated[str, AfterValidator(storable)]
Time = Annotated[
    AwareDatetime, Field(strict=False), BeforeValidator(_written_out), AfterValidator(_in_utc)
]
"""A time with its offset, RFC 3339."""

SpanTime = Annotated[Time, AfterValidator(_reckoned)]
"""A time that a span begins or ends with, 1900 to 2999."""

LocalDay = Annotated[date, Field(strict=False), BeforeValidator(_day_of), AfterValidator(_reckoned)]
"""A local day from 1900 to 2999, `2026-01-05`; or the midnight that it begins with, with its
offset."""


class NumberView(ViewModel):
    """A number and its masked form. `number` is null where the key's role may not see it."""

    number: str | None = Field(description="E.164 or a short code", examples=["+8613800138000"])
    masked: str | None = Field(examples=["138****8000"])


class ListView(ViewModel, Generic[T]):
    """One page of a list."""

    items: list[T] = Field(description="At most `limit` of them")
    next_cursor: str | None = Field(
        description="Give it as `cursor` for the next page; null at the end."
    )


_KINDS: Final = (
    "Stable: what is wrong, for programs and for whoever says it in another language than the"
    " message's; more may come."
)


class FaultModel(ViewModel):
    """What is wrong with a value, for people and for programs."""

    message: str
    kind: str = Field(
        description=_KINDS, examples=["too-long"], json_schema_extra={"enum": [*FAULT_KINDS]}
    )
    params: dict[str, str | int | float] = Field(
        description="Values of the kind, such as limits; see `/docs#faults`",
        examples=[{"max": 200}],
    )


class FieldProblemView(FaultModel):
    """One field that is not acceptable."""

    field: str = Field(examples=["customer_number"])


class ProblemView(ViewModel):
    """An error, RFC 9457."""

    type: str = Field(examples=["/docs#problem-customer-rate"])
    title: str = Field(examples=["Too Many Requests"])
    status: int = Field(examples=[429])
    detail: str
    instance: str = Field(examples=["/v1/calls"])
    code: str = Field(
        description="Stable; see the reference. More may come.",
        examples=["customer-rate"],
        json_schema_extra={"enum": [*CODES]},
    )
    errors: list[FieldProblemView]
    request_id: str = Field(description="The same as in the answer's `X-Request-Id`.")


TIME_DESCRIPTION: Final = "RFC 3339, UTC"


def time_field(description: str) -> Any:
    """Return the field of a time that may not have come yet."""
    return Field(
        description=f"{description}; {TIME_DESCRIPTION}", examples=["2026-01-05T02:03:04Z"]
    )


OptionalTime = datetime | None
