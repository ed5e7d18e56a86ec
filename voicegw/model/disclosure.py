"""Statements that the gateway itself plays to a customer, and what the customer pressed. Pure."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

import msgspec


class StatementState(StrEnum):
    """How far a statement is; all but the first three are final."""

    PENDING = "pending"
    PLAYING = "playing"
    ASKED = "asked"
    """It was heard whole; the customer's key is awaited."""
    ASSENTED = "assented"
    REFUSED = "refused"
    UNANSWERED = "unanswered"
    """It was heard whole, as often as it was to be repeated, and no key that counts was pressed."""
    LEFT = "left"
    """The disclosure ended before it was answered, or before it was played."""


_OPEN = frozenset({StatementState.PENDING, StatementState.PLAYING, StatementState.ASKED})


class DisclosureStatus(StrEnum):
    """How far a disclosure is; all but the first are final."""

    RUNNING = "running"
    COMPLETED = "completed"
    """The customer has assented to every statement."""
    REFUSED = "refused"
    """A statement was refused, or left without an answer."""
    ABORTED = "aborted"
    """Somebody stopped it by the API."""
    INTERRUPTED = "interrupted"
    """The call ended meanwhile."""
    FAILED = "failed"
    """A statement could not be played."""


class DisclosedStatement(msgspec.Struct):
    """One statement of a disclosure.

    `prompt` is its name in the prompt library, `digest` the SHA-256 of its samples: what was heard.
    `heard_at` is when it was first heard whole, `key` what the customer answered with.
    """

    id: str
    prompt: str
    digest: str
    state: StatementState = StatementState.PENDING
    attempts: int = 0
    started_at: datetime | None = None
    heard_at: datetime | None = None
    answered_at: datetime | None = None
    key: str | None = None


class Disclosure(msgspec.Struct):
    """Statements that were played to the customer in mid-call, in order."""

    id: str
    status: DisclosureStatus
    started_at: datetime
    yes_key: str
    no_key: str
    statements: list[DisclosedStatement]
    script_id: str | None = None
    script_version: int | None = None
    ended_at: datetime | None = None

    def close(self, status: DisclosureStatus, now: datetime) -> None:
        """End a running disclosure: what has no answer yet is left; one that has ended stays."""
        if self.status is not DisclosureStatus.RUNNING:
            return
        self.status = status
        self.ended_at = now
        for statement in self.statements:
            if statement.state in _OPEN:
                statement.state = StatementState.LEFT
