"""Work that waits in the store until somebody does it."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

import msgspec


class WorkKind(StrEnum):
    """What is to be done with the subject, most often a recording's id."""

    SEAL = "seal"
    """Append what has become of a recording to its node's chain of seals."""
    DELETE = "delete"
    """Remove everything that is kept of a recording that was deleted, except its stub."""
    UPLOAD = "upload"
    """Bring a recording's files to the remote storage and find them whole there."""
    FORGET_LOCAL = "forget-local"
    """Delete the local files of a recording that has been whole in the storage for some days."""
    TRANSCRIBE = "transcribe"
    CHECK = "check"
    """Measure a talk and compare it with the scripts."""
    NETWORK = "network"
    """Find out what the network said to a leg that was not answered by a person."""
    ASSIGN = "assign"
    """Give many tasks to managers."""
    PLAN = "plan"
    """Generate a month's tasks."""
    REPORT = "report"
    """Make a scheduled report and bring it to where it shall go."""
    RETENTION = "retention"
    """Delete what is past its time, once a day; the subject is the day."""
    MESSAGE = "message"
    """See whether a short message follows from a call."""
    HANDOVER = "handover"
    """Stage a handover of customers, switch it at its time, have the records follow."""


class WorkState(StrEnum):
    """How far a piece of work is; the last two are final."""

    WAITING = "waiting"
    LEASED = "leased"
    DONE = "done"
    FAILED = "failed"


class WorkItem(msgspec.Struct, frozen=True):
    """A piece of work as it was leased. `attempts` counts this one."""

    id: str
    kind: WorkKind
    subject: str
    attempts: int
    created_at: datetime
    lease_until: datetime
    leased_by: str
    node: str | None = None
    progress: float = 0.0


def work_id(kind: WorkKind, subject: str) -> str:
    """Return the id of the one piece of work of `kind` for `subject`."""
    return f"{kind}:{subject}"
