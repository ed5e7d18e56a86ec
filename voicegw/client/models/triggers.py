"""Models of triggers, as docs/openapi.json has them. Written by `make client`."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec
from msgspec import UNSET, UnsetType

from voicegw.client.models.enums import TaskState, TaskType, TriggerOutcome
from voicegw.client.models.shared import TaskCustomer


class NamedTrigger(msgspec.Struct, kw_only=True, frozen=True):
    """A trigger, with whom it is about and how far what it led to is."""

    #: When the quiet hours end that it came in: `contact_by` may be sooner; RFC 3339, UTC
    callable_from: datetime | None = None
    #: By when the task is to be closed; RFC 3339, UTC
    close_by: datetime | None = None
    #: By when somebody is to have talked with the customer; RFC 3339, UTC
    contact_by: datetime | None = None
    #: When it was told; RFC 3339, UTC
    created_at: datetime
    #: The key or the user who told it
    created_by: str
    #: As the directory has the customer now; null: was deleted
    customer: TaskCustomer | None = None
    #: Of whom it tells
    customer_id: str
    #: What another system calls it
    external_id: str | None = None
    #: What is known of it, by name: numbers, words, true or false; at most 20
    facts: dict[str, Any] = msgspec.field(default_factory=dict)
    #: The customer's, when it was told
    group_id: str | None = None
    #: Opaque
    id: str
    #: Which kind it is
    kind: str
    #: The threshold
    limit: float | None = None
    #: Who has the task; without one, who owned the customer
    manager_id: str | None = None
    #: What was held against the threshold; null: the kind has none
    measured: float | None = None
    #: `created`: a task; `joined`: the customer's open task has this, too; `below_threshold`:
    #: nothing, for `measured` does not reach `limit`
    outcome: TriggerOutcome
    #: From when on times count; RFC 3339, UTC
    requested_at: datetime
    #: As the task is now; null: nothing followed, or it was deleted for its age
    task: TriggerTask | None = None
    #: The task; null: nothing followed
    task_id: str | None = None


class TriggerBody(msgspec.Struct, kw_only=True, omit_defaults=True):
    """Something that another system has noticed of a customer."""

    #: What you call the customer
    customer_external_id: str | UnsetType | None = UNSET
    #: This or `customer_external_id`
    customer_id: str | UnsetType | None = UNSET
    #: What your system calls it; the same again leads to nothing new
    external_id: str | UnsetType | None = UNSET
    #: What is known of it, by name: numbers, words, true or false; at most 20
    facts: dict[str, Any] | UnsetType = UNSET
    #: See `/v1/trigger-kinds`
    kind: str
    #: When the customer asked, or it was noticed: the times of the task count from then on;
    #: default: now; RFC 3339
    requested_at: datetime | UnsetType | None = UNSET


class TriggerTask(msgspec.Struct, kw_only=True, frozen=True):
    """How far the task is that a trigger led to."""

    #: Calls that were made for it
    attempts: int
    #: By when it is to be closed; RFC 3339, UTC
    close_by: datetime | None = None
    #: When it was closed; RFC 3339, UTC
    closed_at: datetime | None = None
    #: By when somebody is to have talked with the customer; RFC 3339, UTC
    contact_by: datetime | None = None
    #: When somebody first talked with the customer; RFC 3339, UTC
    contacted_at: datetime | None = None
    #: By when it is due; another time may be agreed upon; RFC 3339, UTC
    due_at: datetime | None = None
    #: When superiors were told that a time has passed; RFC 3339, UTC
    escalated_at: datetime | None = None
    #: Who has it
    manager_id: str | None = None
    #: The name of the type `own`
    own_type: str | None = None
    #: By when the customer was promised an answer; RFC 3339, UTC
    promised_at: datetime | None = None
    #: What came of it
    result_code: str | None = None
    #: How far it is
    state: TaskState
    #: Why there is something to do
    type: TaskType


class Trigger(msgspec.Struct, kw_only=True, frozen=True):
    """A trigger, and what it led to."""

    #: When the quiet hours end that it came in: `contact_by` may be sooner; RFC 3339, UTC
    callable_from: datetime | None = None
    #: By when the task is to be closed; RFC 3339, UTC
    close_by: datetime | None = None
    #: By when somebody is to have talked with the customer; RFC 3339, UTC
    contact_by: datetime | None = None
    #: When it was told; RFC 3339, UTC
    created_at: datetime
    #: The key or the user who told it
    created_by: str
    #: Of whom it tells
    customer_id: str
    #: What another system calls it
    external_id: str | None = None
    #: What is known of it, by name: numbers, words, true or false; at most 20
    facts: dict[str, Any] = msgspec.field(default_factory=dict)
    #: The customer's, when it was told
    group_id: str | None = None
    #: Opaque
    id: str
    #: Which kind it is
    kind: str
    #: The threshold
    limit: float | None = None
    #: Who has the task; without one, who owned the customer
    manager_id: str | None = None
    #: What was held against the threshold; null: the kind has none
    measured: float | None = None
    #: `created`: a task; `joined`: the customer's open task has this, too; `below_threshold`:
    #: nothing, for `measured` does not reach `limit`
    outcome: TriggerOutcome
    #: From when on times count; RFC 3339, UTC
    requested_at: datetime
    #: The task; null: nothing followed
    task_id: str | None = None
