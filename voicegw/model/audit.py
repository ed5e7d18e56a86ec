"""Who did what to what: the entries of the audit log."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

import msgspec


class AuditAction(StrEnum):
    """What was done. The names are stable."""

    LISTENED = "recording.listened"
    """Sound was served; `detail` says in which form."""
    TRANSCRIPT_READ = "transcript.read"
    EXPORTED = "recording.exported"
    """A recording went into an archive; `detail` names the export."""
    EXPORT_STARTED = "export.started"
    EXPORT_DOWNLOADED = "export.downloaded"
    DOSSIER_MADE = "dossier.made"
    REDACTED = "recording.redacted"
    HELD = "recording.held"
    RELEASED = "recording.released"
    DELETED = "recording.deleted"
    PAUSED = "recording.paused"
    RESUMED = "recording.resumed"
    DISCLOSURE_STARTED = "disclosure.started"
    """Statements were played to a customer; `detail` names the script."""
    DISCLOSURE_ABORTED = "disclosure.aborted"
    TRANSCRIPT_WANTED = "transcript.wanted"
    """A recording was to be transcribed again."""
    CHECK_WANTED = "recording.check-wanted"
    """A recording was to be checked again."""
    SCRIPT = "script.changed"
    """A script was written; `detail` says how."""
    SCORECARD = "scorecard.changed"
    """A scorecard was written; `detail` says how."""
    REVIEW_CREATED = "review.created"
    REVIEW_ASSIGNED = "review.assigned"
    """Somebody was given a review, or took it; `detail` says who."""
    REVIEW_COMMENTED = "review.commented"
    REVIEW_CLOSED = "review.closed"
    REVIEW_SCORED = "review.scored"
    REVIEW_APPEALED = "review.appealed"
    REVIEW_DECIDED = "review.decided"
    REVIEW_WITHDRAWN = "review.withdrawn"
    SAMPLE_DRAWN = "sample.drawn"
    SAMPLE_TRIED = "sample.tried"
    """Drawn dry: `detail` tells the seed, so that trying seeds until one fits can be seen."""
    SAMPLE_ASSIGNED = "sample.assigned"
    """A sample was shared among reviewers; `detail` says whom."""
    SAMPLE_ARBITRATED = "sample.arbitrated"
    """Third reviews were made where two disagree; `detail` says by how much."""
    DO_NOT_CALL = "customer.do-not-call"
    """A customer's wish not to be called was noted or taken back; `detail` says which."""
    CALL_COMMANDED = "call.commanded"
    """A call was started by a command from a broker; `detail` has the command's id."""
    CALL_STARTED = "call.started"
    """A call was to be made; `detail` names the manager, the customer if known, and the task."""
    CALL_HUNG_UP = "call.hung-up"
    CALL_HELD = "call.held"
    CALL_UNHELD = "call.unheld"
    CALL_TRANSFERRED = "call.transferred"
    """A customer was to be handed on; `detail` says to whom and how."""
    CALL_JOINED = "call.joined"
    """Somebody was to join a talk; `detail` says who."""
    TRANSFER_COMPLETED = "transfer.completed"
    TRANSFER_CANCELED = "transfer.canceled"
    DISPOSED = "call.disposed"
    """What came of a call was told; `detail` has the code."""
    TASK_PUT = "task.put"
    """A task was made, changed or cancelled; `detail` says how."""
    TASKS_ASSIGNED = "tasks.assigned"
    """Tasks were to be given to managers; `detail` has the rule and how many."""
    TASK_CLOSED = "task.closed"
    """The result of a task was told; `detail` says which."""
    TRIGGER = "trigger.told"
    """Another system has told of something of a customer; `detail` has its kind."""
    TRIGGER_KIND = "trigger-kind.changed"
    """A kind of triggers was put, or taken back to the shipped one; `detail` says which."""
    PIN = "manager.pin"
    """A manager's PIN was set or taken away; `detail` says which."""
    PIN_LOCKED = "manager.pin-locked"
    """Wrong PINs have locked a manager, or a telephone: then there is no subject."""
    HANDOVER_REQUESTED = "handover.requested"
    HANDOVER_CANCELED = "handover.canceled"
    FLOW_PUT = "flow.put"
    """A version of a flow was added."""
    PROMPT_PUT = "prompt.put"
    """A prompt was uploaded; `detail` has the hash of what is played from now on."""
    PROMPT_DELETED = "prompt.deleted"
    DIRECTORY = "directory.changed"
    """A group, hotline, manager or customer was written; `detail` says how, and which fields."""
    WEBHOOK = "webhook.changed"
    """A webhook was written, tried, or had events sent once more; `detail` says which."""
    KEY = "key.changed"
    """A key was created or revoked; `detail` says which."""
    USER = "user.changed"
    """A user was created, replaced or deleted, or its locks were lifted; `detail` says which."""
    USER_PASSWORD = "user.password"  # noqa: S105 - the name of an action
    """A password was changed by its user, or reset; `detail` says which."""
    USER_SECOND_FACTOR = "user.second-factor"
    """A second factor was set up or taken away; `detail` says which."""
    LOGIN = "session.begun"
    """Somebody logged in; `detail` says how and from where."""
    LOGIN_FAILED = "session.refused"
    """A login failed; there is no subject where nobody has it."""
    LOGIN_LOCKED = "session.locked"
    """Failures have locked a login, or an address."""
    LOGOUT = "session.ended"
    """A login was ended by its user or by an administrator."""
    IMPORT = "import.started"
    """A file was taken in; `detail` has its kind."""
    SYNCED = "customers.synced"
    """Customers were written many at a time; `detail` counts what became of them."""
    IMPORT_MAPPING = "import-mapping.put"
    EVENTS_ARCHIVED = "events.archived"
    """Old events were moved to a file; `detail` has how many, and the file's SHA-256."""
    RETENTION = "retention.applied"
    """Old records were deleted or made anonymous; `detail` has how many, and how old."""


class SubjectKind(StrEnum):
    """What kind of thing it was done to."""

    RECORDING = "recording"
    EXPORT = "export"
    REVIEW = "review"
    SAMPLE = "sample"
    CALL = "call"
    CUSTOMER = "customer"
    MANAGER = "manager"
    HANDOVER = "handover"
    ASSIGNMENT = "assignment"
    SCRIPT = "script"
    SCORECARD = "scorecard"
    TASK = "task"
    TRIGGER = "trigger"
    TRIGGER_KIND = "trigger-kind"
    """Its id is the kind's name."""
    FLOW = "flow"
    """Its id is the flow's name."""
    PROMPT = "prompt"
    """Its id is LANGUAGE/NAME."""
    GROUP = "group"
    HOTLINE = "hotline"
    WEBHOOK = "webhook"
    KEY = "key"
    USER = "user"
    IMPORT = "import"
    SYNC = "sync"
    """Its id is the request's."""
    IMPORT_MAPPING = "import-mapping"
    """Its id is the kind of files."""
    EVENTS = "events"
    """Its id is the name of a file of the archive."""
    RETENTION = "retention"
    """Its id says what was done to which records."""


class AuditEntry(msgspec.Struct):
    """One entry. It is never changed, and holds no telephone number and nobody's name.

    `principal` is the key that asked, or `command line`; `subject` the id of what it was done to;
    `group_id` that thing's group. `detail` depends on the action. `position` is given by the store.
    """

    at: datetime
    principal: str
    role: str
    action: AuditAction
    subject_kind: SubjectKind
    subject: str
    group_id: str | None = None
    request_id: str | None = None
    detail: dict[str, Any] = msgspec.field(default_factory=dict)
    position: int = 0
