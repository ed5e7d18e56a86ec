"""Filters of lists, as docs/openapi.json has them. Written by `make client`."""

from __future__ import annotations

from datetime import date, datetime
from typing import TypedDict

from voicegw.client.models.enums import (
    CallOutcome,
    CallStatus,
    DeliveryState,
    Direction,
    FindingKind,
    ManagerStatus,
    PlanItemKind,
    RecordingStatus,
    Severity,
    SplitBy,
    TaskState,
    TaskType,
    TriggerOutcome,
)


class ReportFilters(TypedDict, total=False):
    """Filters of getReport. A name that ends in _ is a word of Python's."""

    #: First local day; by default the first of this month
    from_: date
    #: The local day after the last; by default tomorrow
    until: date
    #: What rows are about; several make a row of each combination
    by: list[SplitBy] | str
    #: Of this group and those below it
    group_id: str
    #: Of this manager
    manager_id: str
    #: Of this hotline
    hotline_id: str
    #: Of tasks their type, of calls their direction
    type: str
    #: `previous`: beside the span of the same length before
    compare: str


class CallFilters(TypedDict, total=False):
    """Filters of listCalls. A name that ends in _ is a word of Python's."""

    #: Created at or after; RFC 3339
    from_: datetime
    #: Created before; RFC 3339
    until: datetime
    #: How far it is
    status: CallStatus | str
    #: What became of it
    outcome: CallOutcome | str
    #: Who asked for it
    direction: Direction | str
    #: Of this group and those below it
    group_id: str
    #: Whether the groups below `group_id` are in it, too
    below: bool
    #: Of this manager
    manager_id: str
    #: Of this customer
    customer_id: str
    #: A telephone number in any usual spelling
    customer_number: str
    #: Over this hotline
    hotline_id: str
    #: Started for this task
    task_id: str


class CustomerFilters(TypedDict, total=False):
    """Filters of listCustomers. A name that ends in _ is a word of Python's."""

    #: Of this group and those below it
    group_id: str
    #: Who belong to this manager
    owner_id: str
    #: A telephone number in any usual spelling
    number: str
    #: What another system calls it, as a whole
    external_id: str
    #: The digits by which managers dial the customer
    code: str
    #: Of this class
    class_: str
    #: Of this tier
    tier: str
    #: Whether they wish not to be called
    is_do_not_call: bool
    #: A part of the name, or the initials of its syllables; a whole external id or code; a whole
    #: number, or its last four digits or more. Whoever does not see numbers may look for the last
    #: four that are shown, and for a few whole ones in an hour (429)
    q: str


class EventFilters(TypedDict, total=False):
    """Filters of listEvents. A name that ends in _ is a word of Python's."""

    #: Only events of these types, separated by commas; `call.*` is every type that begins so
    types: str
    #: Only events of this call
    subject: str
    #: Only events of this group and those below it
    group_id: str


class GroupFilters(TypedDict, total=False):
    """Filters of listGroups. A name that ends in _ is a word of Python's."""

    #: What another system calls it, as a whole
    external_id: str


class ManagerFilters(TypedDict, total=False):
    """Filters of listManagers. A name that ends in _ is a word of Python's."""

    #: Of this group and those below it
    group_id: str
    #: Whether the manager takes calls
    status: ManagerStatus | str
    #: A telephone number in any usual spelling
    number: str
    #: What another system calls it, as a whole
    external_id: str


class PlanRunItemFilters(TypedDict, total=False):
    """Filters of listPlanRunItems. A name that ends in _ is a word of Python's."""

    #: Of this kind
    kind: PlanItemKind | str
    #: Of this manager
    manager_id: str


class RecordingFilters(TypedDict, total=False):
    """Filters of listRecordings. A name that ends in _ is a word of Python's."""

    #: Created at or after; RFC 3339
    from_: datetime
    #: Created before; RFC 3339
    until: datetime
    #: With this status
    status: RecordingStatus | str
    #: Of this group and those below it
    group_id: str
    #: Of this manager
    manager_id: str
    #: Of this customer
    customer_id: str
    #: Of this call
    call_id: str
    #: The customer's, in any usual spelling
    number: str
    #: What was said: terms, separated by blanks, all of which must occur
    q: str
    #: With a finding of this kind
    finding: FindingKind | str
    #: With a finding (of that kind) at least this severe
    severity: Severity | str
    #: Checked, with at least this
    min_score: float
    #: Checked, with at most this
    max_score: float
    #: Whether a finished transcript is there
    has_transcript: bool
    #: Over this hotline
    hotline_id: str
    #: At least so long, in seconds
    min_duration_s: float
    #: At most so long, in seconds
    max_duration_s: float


class TaskFilters(TypedDict, total=False):
    """Filters of listTasks. A name that ends in _ is a word of Python's."""

    #: Created at or after; RFC 3339
    from_: datetime
    #: Created before; RFC 3339
    until: datetime
    #: Why there is something to do
    type: TaskType | str
    #: Of this type of yours
    own_type: str
    #: How far it is
    state: TaskState | str
    #: true: in which something is left to do; false: done and cancelled ones
    open: bool
    #: Of this group and those below it
    group_id: str
    #: Whether the groups below `group_id` are in it, too
    below: bool
    #: Of this manager
    manager_id: str
    #: Of this customer
    customer_id: str
    #: Of tasks that name a number; any usual spelling
    customer_number: str
    #: What another system calls it, as a whole
    external_id: str
    #: Due before; RFC 3339
    due_before: datetime
    #: Closed at or after, the last closed first; RFC 3339
    closed_from: datetime


class TriggerFilters(TypedDict, total=False):
    """Filters of listTriggers. A name that ends in _ is a word of Python's."""

    #: Created at or after; RFC 3339
    from_: datetime
    #: Created before; RFC 3339
    until: datetime
    #: Of this kind
    kind: str
    #: That led to this
    outcome: TriggerOutcome | str
    #: That led to this task
    task_id: str
    #: true: of which something is left to do, what is owed the soonest first; false: what is over,
    #: or led to nothing
    open: bool
    #: Of this group and those below it
    group_id: str
    #: Of this manager
    manager_id: str
    #: Of this customer
    customer_id: str
    #: What another system calls it, as a whole
    external_id: str


class WebhookDeliveryFilters(TypedDict, total=False):
    """Filters of listWebhookDeliveries. A name that ends in _ is a word of Python's."""

    #: In this state
    state: DeliveryState | str
    #: Of this event only
    event_id: str
    #: Of events of this type only
    type: str
    #: Created at or after; RFC 3339
    from_: datetime
    #: Created before; RFC 3339
    until: datetime


class WebhookFilters(TypedDict, total=False):
    """Filters of listWebhooks. A name that ends in _ is a word of Python's."""

    #: Of this group and those below
    group_id: str
    #: Only those that are on, or off
    enabled: bool
