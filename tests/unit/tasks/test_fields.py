"""Fields of tasks by their types."""

from __future__ import annotations

from typing import Any

import pytest

from voicegw.model.task_type import FieldKind, FieldRule, TaskTypeRule
from voicegw.tasks.fields import wrong_fields
from voicegw.tasks.shipped_types import SHIPPED_TYPES

RULE = TaskTypeRule(
    "fibre",
    fields=(
        FieldRule("speed", FieldKind.CHOICE, is_required=True, choices=("300", "1000")),
        FieldRule("fee", FieldKind.NUMBER),
        FieldRule("from", FieldKind.DATE),
        FieldRule("is_new", FieldKind.BOOLEAN),
        FieldRule("street"),
    ),
)
RIGHT = {"speed": "300", "fee": 99.5, "from": "2026-12-31", "is_new": True, "street": "人民路"}


def test_what_the_type_asks_for_is_right() -> None:
    assert wrong_fields(RULE, RIGHT) == []
    assert wrong_fields(RULE, {"speed": "300", "fee": None}) == []


@pytest.mark.parametrize(
    ("fields", "name", "expected"),
    [
        ({"speed": "500"}, "speed", "expected one of 300, 1000"),
        ({"speed": None}, "speed", "must be given: one of 300, 1000"),
        ({"fee": "99"}, "fee", "expected a number"),
        ({"fee": True}, "fee", "expected a number"),
        ({"fee": float("nan")}, "fee", "expected a number"),
        ({"from": "31.12.2026"}, "from", "expected a date such as 2026-12-31"),
        ({"from": "2026-02-30"}, "from", "expected a date such as 2026-12-31"),
        ({"from": "20261231"}, "from", "expected a date such as 2026-12-31"),
        ({"is_new": 1}, "is_new", "expected true or false"),
        ({"street": 7}, "street", "expected a text of at most 500 characters"),
        ({"street": "x" * 501}, "street", "expected a text of at most 500 characters"),
        ({"colour": "red"}, "colour", "expected one of speed, fee, from, is_new, street"),
    ],
)
def test_each_wrong_field_is_named_with_what_was_expected(
    fields: dict[str, Any], name: str, expected: str
) -> None:
    (wrong,) = wrong_fields(RULE, RIGHT | fields)
    assert (wrong.field, wrong.message) == (name, expected)


def test_each_says_its_kind_with_what_would_be_right() -> None:
    wrong = wrong_fields(RULE, RIGHT | {"speed": "1", "street": "x" * 501, "fee": "x"})
    assert {one.field: (one.kind, one.params) for one in wrong} == {
        "speed": ("not-one-of", {"allowed": "300, 1000"}),
        "street": ("too-long", {"max": 500}),
        "fee": ("not-a-number", {}),
    }


def test_all_of_them_are_named_at_once() -> None:
    wrong = wrong_fields(RULE, {"fee": "x", "colour": "red"})
    assert [one.field for one in wrong] == ["colour", "speed", "fee"]


def test_of_a_change_nothing_is_missing_but_what_it_takes_away() -> None:
    assert wrong_fields(RULE, {"fee": 1}, is_whole=False) == []
    (taken_away,) = wrong_fields(RULE, {"speed": None}, is_whole=False)
    assert (taken_away.field, taken_away.kind) == ("speed", "missing")


def test_an_own_type_that_nobody_has_described_takes_any_field() -> None:
    assert wrong_fields(TaskTypeRule("mine"), {"anything": [1]}) == []
    assert wrong_fields(SHIPPED_TYPES["own"], {"anything": [1]}) == []
    introduction = SHIPPED_TYPES["introduction"]
    (wrong,) = wrong_fields(introduction, {"x": 1})
    assert (wrong.field, wrong.message) == ("x", "the type has no fields")
