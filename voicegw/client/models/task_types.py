"""Models of task_types, as docs/openapi.json has them. Written by `make client`."""

from __future__ import annotations

from typing import Any

import msgspec

from voicegw.client.models.enums import FieldKind, Priority, ResultKind


class AttemptRule(msgspec.Struct, kw_only=True, frozen=True):
    """How often, and how far apart, the customer of one task is called in vain."""

    #: Calls in all
    most: int
    #: Calls on one day
    per_day: int
    #: Seconds between two calls
    spacing_s: int


class FieldRule(msgspec.Struct, kw_only=True, frozen=True):
    """A field of the type's tasks."""

    #: With `choice`: what it may be
    choices: list[str] = msgspec.field(default_factory=list)
    #: Whether a task needs it
    is_required: bool
    #: What it may hold
    kind: FieldKind
    #: As tasks have it in `fields`
    name: str
    #: By language: `zh`, `en`
    names: dict[str, Any] = msgspec.field(default_factory=dict)


class ResultRule(msgspec.Struct, kw_only=True, frozen=True):
    """A result that a task of the type may come to."""

    #: A short stable name
    code: str
    #: The digit that stands for it
    key: str
    #: What it means, whatever its code
    kind: ResultKind
    #: By language: `zh`, `en`
    names: dict[str, Any] = msgspec.field(default_factory=dict)
    #: Whether `reason` must be told with it
    needs_reason: bool
    #: Whether whoever tells it is asked to note a wish not to be called
    proposes_do_not_call: bool


class TaskTypeRules(msgspec.Struct, kw_only=True, frozen=True):
    """A type of tasks."""

    #: Whether the manager is asked for the result after each talk
    asks_result: bool
    #: How often a customer is called in vain
    attempts: AttemptRule
    #: Whether superiors are told when a time of a task passes
    escalates: bool
    #: What its tasks hold besides
    fields: list[FieldRule] = msgspec.field(default_factory=list)
    #: So many days after the refusal: a task of `follow_up_type` for each
    follow_up_days: list[int] = msgspec.field(default_factory=list)
    #: The type of the task that follows a refusal
    follow_up_type: str | None = None
    #: Whether it is shipped, edited or not
    is_built_in: bool
    #: Whether somebody has put it
    is_edited: bool
    #: A task's `type`; of an own one its `own_type`
    name: str
    #: By language: `zh`, `en`
    names: dict[str, Any] = msgspec.field(default_factory=dict)
    #: Whether it is closed only after somebody has talked with the customer
    needs_contact: bool
    #: Of a task of which nobody says another
    priority: Priority
    #: What its tasks may come to; empty: any code
    results: list[ResultRule] = msgspec.field(default_factory=list)
    #: What is to be said; null: the product's script
    script_id: str | None = None
    #: By when a task is to be done
    times: TimeRule


class TimeRule(msgspec.Struct, kw_only=True, frozen=True):
    """By when a task of the type is to be done; null: no time by itself."""

    #: Working days after the day of `requested_at`, at the end of which it is to be closed
    close_working_days: int | None = None
    #: Seconds from `requested_at` until somebody is to have talked with the customer
    contact_s: int | None = None
    #: Seconds from its beginning until it is due
    due_s: int | None = None
