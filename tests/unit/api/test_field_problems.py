"""What pydantic says of a request becomes a stable kind with its values."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import Any, Literal

import pytest
from pydantic import Field, ValidationError

from api.field_problems import field_problem
from api.schemas.base import Attributes, LocalDay, Name, RequestModel, Text, Time


class Colour(StrEnum):
    RED = "red"
    BLUE = "blue"


class Sample(RequestModel):
    """One field of each sort."""

    name: Name = "n"
    text: Text = ""
    at: Time | None = None
    day: LocalDay = date(2026, 1, 5)
    count: int = Field(default=1, ge=1, le=9)
    share: float = Field(default=0.5, gt=0, lt=1)
    is_on: bool = False
    items: list[str] = Field(default=["a"], min_length=1, max_length=2)
    colour: Colour = Field(default=Colour.RED, strict=False)
    side: Literal["left", "right"] = "left"
    code: str = Field(default="a", pattern="^[a-z]$")
    attributes: Attributes = Field(default_factory=dict)


@pytest.mark.parametrize(
    ("sent", "field", "kind", "params"),
    [
        ({"name": ""}, "name", "too-short", {"min": 1}),
        ({"name": "x" * 201}, "name", "too-long", {"max": 200}),
        ({"name": None}, "name", "wrong-type", {}),
        ({"text": "a\x00"}, "text", "characters", {}),
        ({"text": "\ud800"}, "text", "characters", {}),
        ({"at": "yesterday"}, "at", "not-a-time", {}),
        ({"at": "2026-02-30T00:00:00Z"}, "at", "not-a-time", {}),
        ({"day": "5.1.2026"}, "day", "not-a-day", {}),
        ({"count": "1"}, "count", "not-a-number", {}),
        ({"count": 0}, "count", "too-small", {"min": 1}),
        ({"count": 10}, "count", "too-great", {"max": 9}),
        ({"count": 1.5}, "count", "not-a-number", {}),
        ({"share": 0}, "share", "too-small", {"above": 0}),
        ({"share": 1.0}, "share", "too-great", {"below": 1}),
        ({"is_on": "yes"}, "is_on", "not-a-boolean", {}),
        ({"items": []}, "items", "too-few", {"min": 1}),
        ({"items": ["a"] * 3}, "items", "too-many", {"max": 2}),
        ({"items": [1]}, "items.0", "wrong-type", {}),
        ({"colour": "green"}, "colour", "not-one-of", {"allowed": "red, blue"}),
        ({"side": "up"}, "side", "not-one-of", {"allowed": "left, right"}),
        ({"code": "A"}, "code", "pattern", {}),
        ({"attributes": {"a": "x" * 20_000}}, "attributes", "too-many-bytes", {"max": 16_384}),
        ({"other": 1}, "other", "unknown-field", {}),
    ],
)
def test_each_slip_has_its_kind(
    sent: dict[str, Any], field: str, kind: str, params: dict[str, Any]
) -> None:
    with pytest.raises(ValidationError) as refused:
        Sample.model_validate(sent)
    found = field_problem(dict(refused.value.errors(include_url=False)[0]))
    assert (found.field, found.kind, found.params) == (field, kind, params)
    assert "20_000" not in found.message


def test_a_place_is_no_part_of_the_field_and_what_is_new_is_other() -> None:
    unknown = {"type": "of_a_later_pydantic", "loc": ("body", "phones", 0), "msg": "Odd"}
    found = field_problem(unknown)
    assert (found.field, found.message, found.kind) == ("phones.0", "Odd", "other")
    assert field_problem({"type": "missing", "loc": ("body",)}).field == "body"
