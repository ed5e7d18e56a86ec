"""Enumerations of assigning, as docs/openapi.json has them. Written by `make client`."""

from __future__ import annotations

from voicegw.client.open_enum import OpenEnum


class AssignmentState(OpenEnum):
    """How far an order is; the last two are final. More values may come: clients pass over those
    that they don't know."""

    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


class Balance(OpenEnum):
    """What is made even where several managers share."""

    NEW = "new"
    TOTAL = "total"


class RuleKind(OpenEnum):
    """How it is decided who gets a task. More values may come: clients pass over those that they
    don't know."""

    OWNER = "owner"
    EVENLY = "evenly"
    CLASS = "class"
    SKILL = "skill"
    HAND = "hand"


class StayReason(OpenEnum):
    """Why a task stays where it is. More values may come: clients pass over those that they don't
    know."""

    UNKNOWN = "unknown"
    CLOSED = "closed"
    TAKEN = "taken"
    NO_OWNER = "no-owner"
    NO_RECIPIENT = "no-recipient"
    OTHER_GROUP = "other-group"
    AWAY = "away"
    DEPARTED = "departed"
    CHANGED = "changed"
    RECIPIENT_GONE = "recipient-gone"
