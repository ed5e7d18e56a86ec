"""What is acceptable as a type of tasks: asked before one is put. Pure."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from typing import Final

from voicegw.field_faults import FieldFault
from voicegw.model.task import TaskType
from voicegw.model.task_type import FieldKind, TaskTypeRule


def wrong_parts(rule: TaskTypeRule, known_types: Collection[str]) -> list[FieldFault]:
    """Return each part of a type that is not acceptable, and why; empty: it may be put.

    `known_types` are the names of the types in force: one of them follows a refusal.
    """
    return [part for check in _CHECKS for part in check(rule, known_types)]


def _follow_up(rule: TaskTypeRule, known_types: Collection[str]) -> Iterator[FieldFault]:
    if rule.follow_up_type is not None and rule.follow_up_type not in {*known_types, rule.name}:
        yield FieldFault("follow_up_type", "there is no type of this name", "not-found")
    if rule.follow_up_type == TaskType.OWN:
        yield FieldFault("follow_up_type", "must be the name of a type, not `own`", "mismatch")


def _fields(rule: TaskTypeRule, _known: Collection[str]) -> Iterator[FieldFault]:
    yield from _twice("fields", "name", [one.name for one in rule.fields])
    for place, one in enumerate(rule.fields):
        if (one.kind is FieldKind.CHOICE) is not bool(one.choices):
            what = "goes with the kind `choice`, and with no other"
            yield FieldFault(f"fields.{place}.choices", what, "goes-with", {"other": "kind"})
        yield from _twice(f"fields.{place}.choices", "", one.choices)


def _results(rule: TaskTypeRule, _known: Collection[str]) -> Iterator[FieldFault]:
    yield from _twice("results", "code", [one.code for one in rule.results])
    yield from _twice("results", "key", [one.key for one in rule.results])


def _attempts(rule: TaskTypeRule, _known: Collection[str]) -> Iterator[FieldFault]:
    if rule.attempts.per_day > rule.attempts.most:
        what = "must not be more than `most`"
        yield FieldFault("attempts.per_day", what, "too-great", {"other": "most"})


def _twice(place: str, part: str, values: Iterable[str]) -> Iterator[FieldFault]:
    seen: set[str] = set()
    for number, value in enumerate(values):
        if value in seen:
            where = ".".join(filter(None, (place, str(number), part)))
            yield FieldFault(where, "must be there only once", "repeated")
        seen.add(value)


_CHECKS: Final[tuple[Callable[[TaskTypeRule, Collection[str]], Iterator[FieldFault]], ...]] = (
    _follow_up,
    _fields,
    _results,
    _attempts,
)
