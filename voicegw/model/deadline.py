"""Times by which something of a task is owed, and that one of them has passed."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

import msgspec


class Deadline(StrEnum):
    """What is owed by a time."""

    CONTACT = "contact"
    """Somebody is to have talked with the customer (`contact_by`)."""
    CLOSE = "close"
    """The task is to be closed (`close_by`)."""
    ANSWER = "answer"
    """The customer was promised an answer (`promised_at`)."""


class EscalationWhy(StrEnum):
    """How it came that a time has passed."""

    NO_MANAGER = "no_manager"
    """Nobody in particular has the task."""
    QUIET_HOURS = "quiet_hours"
    """The customer might not be called before that time had come."""
    NOT_CALLED = "not_called"
    """Nobody has tried."""
    NOT_REACHED = "not_reached"
    """There were calls, and no talk."""
    NOT_CLOSED = "not_closed"
    """There was a talk, and no result since."""
    NOT_ANSWERED = "not_answered"


class Escalation(msgspec.Struct, frozen=True):
    """The group's superiors were told, `at`, that what was owed `by` a time is not done."""

    of: Deadline
    by: datetime
    at: datetime
    why: EscalationWhy
