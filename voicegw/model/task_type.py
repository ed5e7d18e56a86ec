"""Types of tasks: which fields, times, attempts and results one has. Data, edited by operators."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

import msgspec

from voicegw.model.task import Priority, ResultKind


class FieldKind(StrEnum):
    """What a field of a task may hold."""

    TEXT = "text"
    NUMBER = "number"
    DATE = "date"
    """`2026-12-31`."""
    BOOLEAN = "boolean"
    CHOICE = "choice"


class FieldRule(msgspec.Struct, frozen=True):
    """One field of a type's tasks. `names` is by language (`zh`, `en`)."""

    name: str
    kind: FieldKind = FieldKind.TEXT
    names: dict[str, str] = {}
    is_required: bool = False
    choices: tuple[str, ...] = ()


class ResultRule(msgspec.Struct, frozen=True):
    """One result that a task of the type may come to.

    `code` is stable (`revisit_done`); `names` is by language (`zh` 回访成功). `key` is the digit
    that stands for it on a keypad and in an SMS, unique within the type.
    """

    code: str
    kind: ResultKind
    key: str
    names: dict[str, str] = {}
    needs_reason: bool = False
    """Whether the true reason must be told with it."""
    proposes_do_not_call: bool = False
    """Whether whoever tells it is asked to note the customer's wish not to be called."""


class AttemptRule(msgspec.Struct, frozen=True):
    """How often, and how far apart, the customer of one task is called in vain."""

    most: int = 5
    per_day: int = 2
    spacing_s: int = 7200


class TimeRule(msgspec.Struct, frozen=True):
    """By when a task of the type is to be done; None: no time by itself.

    `contact_s` counts from `requested_at` in time of the clock, `close_working_days` in whole
    working days of the group's calendar, `due_s` from the task's beginning, for the rest.
    """

    due_s: int | None = None
    contact_s: int | None = None
    close_working_days: int | None = None


class TaskTypeRule(msgspec.Struct, frozen=True):
    """A type: `name` is a TaskType's value, or the name of a type of one's own (`own_type`)."""

    name: str
    names: dict[str, str] = {}
    is_built_in: bool = False
    fields: tuple[FieldRule, ...] = ()
    results: tuple[ResultRule, ...] = ()
    priority: Priority = Priority.NORMAL
    times: TimeRule = TimeRule()
    attempts: AttemptRule = AttemptRule()
    script_id: str | None = None
    needs_contact: bool = False
    """Whether it is closed only after somebody has talked with the customer."""
    escalates: bool = False
    """Whether the group's superiors are told when a time of it passes."""
    follow_up_type: str | None = None
    """The type of the task that follows where the result is a refusal."""
    follow_up_days: tuple[int, ...] = (30, 90)
    """So many days after the refusal: a task of it for each."""
    asks_result: bool = True
    """Whether its manager is asked for the result after each talk."""

    def result_kind(self, code: str) -> ResultKind | None:
        """Return what a result's code means here; None: a code of one's own, or none of the type.

        The codes that are told of a call whatever it was about (GENERAL_RESULTS) go with every
        type.
        """
        own = next((one.kind for one in self.results if one.code == code), None)
        return own or GENERAL_RESULTS.get(code)

    def result(self, code: str) -> ResultRule | None:
        """Return the rule of a result that the type itself names."""
        return next((one for one in self.results if one.code == code), None)


GENERAL_RESULTS: Final[Mapping[str, ResultKind]] = {
    "success": ResultKind.SUCCESS,
    "reached": ResultKind.SUCCESS,
    "refused": ResultKind.REFUSED,
    "call_again": ResultKind.CALL_AGAIN,
    "wrong_number": ResultKind.UNREACHABLE,
}
"""What the keys say after a call (`disposition.code`), and what the gateway knows from a talk."""

__all__ = [
    "GENERAL_RESULTS",
    "AttemptRule",
    "FieldKind",
    "FieldRule",
    "ResultKind",
    "ResultRule",
    "TaskTypeRule",
    "TimeRule",
]
