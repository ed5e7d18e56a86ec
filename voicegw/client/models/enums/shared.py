"""Enumerations that several areas have, as docs/openapi.json has them. Written by `make client`."""

from __future__ import annotations

from voicegw.client.open_enum import OpenEnum


class CallOutcome(OpenEnum):
    """What became of a call: exactly one, set at its end. More values may come: clients pass over
    those that they don't know."""

    CONNECTED = "connected"
    VOICEMAIL = "voicemail"
    CALLBACK_REQUESTED = "callback_requested"
    SELF_SERVICE = "self_service"
    CUSTOMER_BUSY = "customer_busy"
    MANAGER_BUSY = "manager_busy"
    CUSTOMER_NO_ANSWER = "customer_no_answer"
    MANAGER_NO_ANSWER = "manager_no_answer"
    MANAGER_NOT_CONFIRMED = "manager_not_confirmed"
    MISSED = "missed"
    CANCELED = "canceled"
    ABANDONED = "abandoned"
    MANAGER_DECLINED = "manager_declined"
    MANAGER_UNREACHABLE = "manager_unreachable"
    CUSTOMER_DECLINED = "customer_declined"
    CUSTOMER_UNREACHABLE = "customer_unreachable"
    CUSTOMER_INVALID = "customer_invalid"
    REFUSED = "refused"
    FAILED = "failed"
    INTERRUPTED = "interrupted"


class Priority(OpenEnum):
    """What comes first, of what is due. More values may come: clients pass over those that they
    don't know."""

    LOW = "low"
    NORMAL = "normal"
    HIGH = "high"
    URGENT = "urgent"


class RecordingKind(OpenEnum):
    """What a recording holds. More values may come: clients pass over those that they don't
    know."""

    TALK = "talk"
    VOICEMAIL = "voicemail"


class RecordingStatus(OpenEnum):
    """How far a recording is; all but the first are final, and may only become deleted. More values
    may come: clients pass over those that they don't know."""

    PENDING = "pending"
    COMPLETED = "completed"
    ABSENT = "absent"
    FAILED = "failed"
    DELETED = "deleted"


class ResultKind(OpenEnum):
    """What a result means, whatever its code: this is what reports count. More values may come:
    clients pass over those that they don't know."""

    SUCCESS = "success"
    PARTIAL = "partial"
    REFUSED = "refused"
    CALL_AGAIN = "call_again"
    UNREACHABLE = "unreachable"


class TaskState(OpenEnum):
    """How far a task is; the last two are final. More values may come: clients pass over those that
    they don't know."""

    NEW = "new"
    ASSIGNED = "assigned"
    DIALLED = "dialled"
    CALL_AGAIN = "call_again"
    OVERDUE = "overdue"
    DONE = "done"
    CANCELLED = "cancelled"


class TaskType(OpenEnum):
    """Why there is something to do. More values may come: clients pass over those that they don't
    know."""

    VOICEMAIL = "voicemail"
    CALLBACK = "callback"
    MISSED_CALL = "missed_call"
    REVISIT = "revisit"
    MARKETING = "marketing"
    SURVEY = "survey"
    COMPLAINT = "complaint"
    RETENTION = "retention"
    WIN_BACK = "win_back"
    ARREARS = "arrears"
    LOW_BALANCE = "low_balance"
    RENEWAL = "renewal"
    INTRODUCTION = "introduction"
    OWN = "own"
