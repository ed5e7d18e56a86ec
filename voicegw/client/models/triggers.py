"""Models of triggers, as docs/openapi.json has them. Written by `make client`."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec
from msgspec import UNSET, UnsetType

from voicegw.client.models.enums import TriggerOutcome


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
