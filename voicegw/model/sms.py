"""Short messages: what the gateway sends, and what is answered."""

from __future__ import annotations

import re
from datetime import datetime
from enum import StrEnum
from typing import Final

import msgspec


class SmsPurpose(StrEnum):
    """Why a message is sent."""

    RESULT = "result"
    """Asks a manager what came of a talk."""
    REMINDER = "reminder"
    """Reminds a manager of an appointment, or of a result that is overdue."""
    NOTICE = "notice"
    """Announces a visit or a call to a customer, who may name another time."""
    MISSED = "missed"
    """Tells a customer who was not reached who called, and why."""
    ESCALATION = "escalation"
    """Tells the head of a group what is not done in time."""
    HELP = "help"
    """Answers a reply that says nothing, or comes too late."""


TO_CUSTOMERS: Final = frozenset({SmsPurpose.NOTICE, SmsPurpose.MISSED})


UNSUBSCRIBED: Final = "unsubscribed"
"""Meaning of a reply: its sender gets no more of TO_CUSTOMERS, until the one below."""
SUBSCRIBED: Final = "subscribed"

LINK_PATH: Final = "/r/"
_TOKEN: Final = re.compile(r"(?<=/r/)[A-Za-z0-9_-]{22}\b")


def without_token(text: str) -> str:
    """Return a text whose one-time link leads nowhere: when it is sent, only its hash is kept."""
    return _TOKEN.sub("…", text)


class SmsState(StrEnum):
    """How far a message is; all but the first two are final."""

    WAITING = "waiting"
    SENT = "sent"
    """The provider has taken it; its report of delivery is awaited."""
    DELIVERED = "delivered"
    FAILED = "failed"
    EXPIRED = "expired"
    """It was not worth sending any more before it could be sent."""


class SmsMessage(msgspec.Struct):
    """One message to one number. `to` is E.164; `text` names no number of anybody else's."""

    id: str
    to: str
    text: str
    purpose: SmsPurpose
    created_at: datetime
    expires_at: datetime
    not_before: datetime | None = None
    state: SmsState = SmsState.WAITING
    group_id: str | None = None
    manager_id: str | None = None
    customer_id: str | None = None
    task_id: str | None = None
    call_id: str | None = None
    attempts: int = 0
    provider_id: str | None = None
    """What the provider calls it: in its report of delivery."""
    sent_at: datetime | None = None
    finished_at: datetime | None = None
    failure: str | None = None
    """Why it was given up; holds no number."""
    reference: str | None = None
    """What a reply names it by, where another message to the same number is open as well."""
    link_hash: str | None = None
    """SHA-256 of the token of its one-time link, in hex; the token itself is kept nowhere."""
    asked_until: datetime | None = None
    """Until when it may be answered; None: it asks nothing."""
    answered_at: datetime | None = None


class SmsReply(msgspec.Struct, frozen=True):
    """What somebody has answered. `message_id` is the message that it answers, where known."""

    id: str
    from_: str
    text: str
    at: datetime
    provider_id: str | None = None
    message_id: str | None = None
    meaning: str | None = None
    """What was made of it: the code of a result, another time, or a slug of why it says nothing."""
    read_at: datetime | None = None
