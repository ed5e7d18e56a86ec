"""Enumerations of tasks, as docs/openapi.json has them. Written by `make client`."""

from __future__ import annotations

from voicegw.client.open_enum import OpenEnum


class Deadline(OpenEnum):
    """What is owed by a time. More values may come: clients pass over those that they don't
    know."""

    CONTACT = "contact"
    CLOSE = "close"
    ANSWER = "answer"


class EscalationWhy(OpenEnum):
    """How it came that a time has passed. More values may come: clients pass over those that they
    don't know."""

    NO_MANAGER = "no_manager"
    QUIET_HOURS = "quiet_hours"
    NOT_CALLED = "not_called"
    NOT_REACHED = "not_reached"
    NOT_CLOSED = "not_closed"
    NOT_ANSWERED = "not_answered"


class Favour(OpenEnum):
    """Why a task comes where it comes. More values may come: clients pass over those that they
    don't know."""

    APPOINTMENT = "appointment"
    PROMISED = "promised"
    CONTACT_DUE = "contact-due"
    URGENT = "urgent"
    HIGH_PRIORITY = "high-priority"
    OVERDUE = "overdue"
    DUE_TODAY = "due-today"
    NOT_CALLED_YET = "not-called-yet"
    GOOD_HOUR = "good-hour"


class Obstacle(OpenEnum):
    """Why a task is not called for now. More values may come: clients pass over those that they
    don't know."""

    NOT_BEFORE = "not-before"
    APPOINTMENT_LATER = "appointment-later"
    ATTEMPTS_USED_UP = "attempts-used-up"
    ATTEMPTS_TODAY = "attempts-today"
    SPACING = "spacing"
    RESULT_AWAITED = "result-awaited"
    CALL_RUNNING = "call-running"
    CUSTOMER_ENGAGED = "customer-engaged"
    DO_NOT_CALL = "do-not-call"
    QUIET_HOURS = "quiet-hours"
    CUSTOMER_RATE = "customer-rate"
    NO_NUMBER = "no-number"
    ASIDE = "aside"


class Proposal(OpenEnum):
    """What whoever tells a result is asked to do besides. More values may come: clients pass over
    those that they don't know."""

    DO_NOT_CALL = "do_not_call"


class ResultSource(OpenEnum):
    """How the result of a task was told. More values may come: clients pass over those that they
    don't know."""

    API = "api"
    KEYPAD = "keypad"
    SMS = "sms"
    LINK = "link"
    GATEWAY = "gateway"


class TaskSource(OpenEnum):
    """Where a task comes from. More values may come: clients pass over those that they don't
    know."""

    CALL = "call"
    API = "api"
    IMPORT = "import"
    PLAN = "plan"
    TRIGGER = "trigger"
    ASSIGNMENT = "assignment"
    FOLLOW_UP = "follow_up"


class TaskWord(OpenEnum):
    """What was done with a task, in one word. More values may come: clients pass over those that
    they don't know."""

    CREATED = "created"
    CHANGED = "changed"
    ASSIGNED = "assigned"
    TAKEN = "taken"
    HANDED_OVER = "handed_over"
    DIALLED = "dialled"
    CALL_ENDED = "call_ended"
    CALLED_BACK = "called_back"
    MISSED_AGAIN = "missed_again"
    CONTACTED = "contacted"
    CALL_AGAIN = "call_again"
    CLOSED = "closed"
    CANCELLED = "cancelled"
    OVERDUE = "overdue"
    ESCALATED = "escalated"
    REMINDED = "reminded"
