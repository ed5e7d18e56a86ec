"""What is acceptable as a type of tasks."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from voicegw.model.task_type import AttemptRule, FieldKind, FieldRule, TaskTypeRule
from voicegw.tasks.shipped_types import SHIPPED_TYPES
from voicegw.tasks.type_rules import wrong_parts

RENEWAL = SHIPPED_TYPES["renewal"]


@pytest.mark.parametrize("rule", SHIPPED_TYPES.values(), ids=lambda rule: rule.name)
def test_the_shipped_ones_are(rule: TaskTypeRule) -> None:
    assert wrong_parts(rule, SHIPPED_TYPES) == []


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ({"results": (*RENEWAL.results, RENEWAL.results[0])}, "results.7.code"),
        (
            {"results": (*RENEWAL.results, msgspec.structs.replace(RENEWAL.results[0], code="x"))},
            "results.7.key",
        ),
        ({"fields": (FieldRule("a"), FieldRule("a"))}, "fields.1.name"),
        ({"fields": (FieldRule("a", FieldKind.CHOICE),)}, "fields.0.choices"),
        ({"fields": (FieldRule("a", choices=("1",)),)}, "fields.0.choices"),
        (
            {"fields": (FieldRule("a", FieldKind.CHOICE, choices=("1", "1")),)},
            "fields.0.choices.1",
        ),
        ({"follow_up_type": "nothing-such"}, "follow_up_type"),
        ({"follow_up_type": "own"}, "follow_up_type"),
        ({"attempts": AttemptRule(most=2, per_day=3)}, "attempts.per_day"),
    ],
)
def test_each_part_that_is_not_is_named(change: dict[str, Any], place: str) -> None:
    wrong = wrong_parts(msgspec.structs.replace(RENEWAL, **change), SHIPPED_TYPES)
    assert place in [one.field for one in wrong]
