"""Triggers: what another system has noticed of a customer, and what is to follow. Data.

A kind says which task follows and from which threshold on; operators edit kinds as they edit types
of tasks. A trigger is one such notice, kept with what it led to.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

import msgspec

from voicegw.model.task import Priority, TaskType
from voicegw.model.task_type import TimeRule

Fact = str | float | bool
"""What a fact of a trigger may be."""


class Measure(StrEnum):
    """How a number comes out of the facts."""

    VALUE = "value"
    """The fact itself."""
    FALL_PERCENT = "fall_percent"
    """By how many percent the fact is less than the fact `before`."""


class Threshold(msgspec.Struct, frozen=True):
    """From when on something follows: more than `above`, or no more than `at_most`.

    `fact` is the name of a number among the facts, `before` that of the one it is compared with.
    """

    fact: str
    measure: Measure = Measure.VALUE
    before: str | None = None
    above: float | None = None
    at_most: float | None = None


class TriggerKind(msgspec.Struct, frozen=True):
    """One kind of triggers, and the task that follows from it. `names` is by language."""

    name: str
    type: TaskType
    names: dict[str, str] = {}
    own_type: str | None = None
    threshold: Threshold | None = None
    """None: something follows always."""
    times: TimeRule | None = None
    """In place of those of the task's type; None: those."""
    priority: Priority | None = None
    """None: that of the task's type."""
    escalates: bool = True
    """Whether superiors are told when a time passes, whatever the type says."""
    is_built_in: bool = False


class TriggerOutcome(StrEnum):
    """What a trigger led to."""

    CREATED = "created"
    """A new task."""
    JOINED = "joined"
    """The customer had such a task already."""
    BELOW_THRESHOLD = "below_threshold"
    """Nothing: it is not as much as the kind asks for."""


class Trigger(msgspec.Struct):
    """One trigger. `measured` is the number that was held against the threshold `limit`."""

    id: str
    kind: str
    customer_id: str
    requested_at: datetime
    created_at: datetime
    created_by: str
    outcome: TriggerOutcome
    group_id: str | None = None
    manager_id: str | None = None
    """Who has the task now; without one, who owned the customer."""
    external_id: str | None = None
    facts: dict[str, Fact] = msgspec.field(default_factory=dict)
    measured: float | None = None
    limit: float | None = None
    task_id: str | None = None
    contact_by: datetime | None = None
    close_by: datetime | None = None
    callable_from: datetime | None = None
    """When the quiet hours end that it came in; None: none were, or nobody knows an end."""
