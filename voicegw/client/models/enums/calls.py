"""Enumerations of calls, as docs/openapi.json has them. Written by `make client`."""

from __future__ import annotations

from voicegw.client.open_enum import OpenEnum


class Announce(OpenEnum):
    """How both are told of the recording. More values may come: clients pass over those that they
    don't know."""

    NONE = "none"
    PROMPT = "prompt"
    MANAGER = "manager"


class AnsweredBy(OpenEnum):
    """Who took a call. More values may come: clients pass over those that they don't know."""

    PERSON = "person"
    MACHINE = "machine"


class CallStatus(OpenEnum):
    """The coarse state of a call; the last five are final. More values may come: clients pass over
    those that they don't know."""

    QUEUED = "queued"
    INITIATED = "initiated"
    RINGING = "ringing"
    IN_PROGRESS = "in-progress"
    COMPLETED = "completed"
    BUSY = "busy"
    NO_ANSWER = "no-answer"
    CANCELED = "canceled"
    FAILED = "failed"


class Direction(OpenEnum):
    """Who asked for the call. More values may come: clients pass over those that they don't
    know."""

    CLICK_TO_DIAL = "click_to_dial"
    INBOUND = "inbound"
    DIAL_THROUGH = "dial_through"


class DisclosureStatus(OpenEnum):
    """How far a disclosure is; all but the first are final. More values may come: clients pass over
    those that they don't know."""

    RUNNING = "running"
    COMPLETED = "completed"
    REFUSED = "refused"
    ABORTED = "aborted"
    INTERRUPTED = "interrupted"
    FAILED = "failed"


class DispositionSource(OpenEnum):
    """How the result of a call was told. More values may come: clients pass over those that they
    don't know."""

    KEYPAD = "keypad"
    API = "api"
    SMS = "sms"
    LINK = "link"


class HandOnStep(OpenEnum):
    """How a handing on is named among the steps of a call's plan. More values may come: clients
    pass over those that they don't know."""

    TRANSFER = "transfer"
    ADD = "add"


class HangupSource(OpenEnum):
    """Who ended a call or a leg. More values may come: clients pass over those that they don't
    know."""

    CUSTOMER = "customer"
    MANAGER = "manager"
    GATEWAY = "gateway"
    API = "api"
    NETWORK = "network"


class HeldBy(OpenEnum):
    """Who has one of the two on hold. More values may come: clients pass over those that they don't
    know."""

    CUSTOMER = "customer"
    MANAGER = "manager"
    KEYPAD = "keypad"
    API = "api"


class LegReason(OpenEnum):
    """Why a telephone was not answered by a person, as far as the network has said. More values may
    come: clients pass over those that they don't know."""

    VACANT_NUMBER = "vacant-number"
    POWERED_OFF = "powered-off"
    SUSPENDED = "suspended"
    BUSY = "busy"
    NO_ANSWER = "no-answer"
    NOT_REACHABLE = "not-reachable"
    CALL_REMINDER = "call-reminder"
    BARRED = "barred"
    CONGESTION = "congestion"
    DECLINED = "declined"
    VOICEMAIL = "voicemail"


class LegResult(OpenEnum):
    """What became of a leg. More values may come: clients pass over those that they don't know."""

    ANSWERED = "answered"
    BUSY = "busy"
    NO_ANSWER = "no_answer"
    DECLINED = "declined"
    UNREACHABLE = "unreachable"
    INVALID = "invalid"
    NOT_CONFIRMED = "not_confirmed"
    CANCELED = "canceled"
    FAILED = "failed"


class LegRole(OpenEnum):
    """Whose telephone a leg leads to. More values may come: clients pass over those that they don't
    know."""

    MANAGER = "manager"
    CUSTOMER = "customer"


class ReasonSource(OpenEnum):
    """What a leg's reason is known from, the surest last. More values may come: clients pass over
    those that they don't know."""

    CODE = "code"
    TONE = "tone"
    ANNOUNCEMENT = "announcement"


class StatementState(OpenEnum):
    """How far a statement is; all but the first three are final. More values may come: clients pass
    over those that they don't know."""

    PENDING = "pending"
    PLAYING = "playing"
    ASKED = "asked"
    ASSENTED = "assented"
    REFUSED = "refused"
    UNANSWERED = "unanswered"
    LEFT = "left"


class StepKind(OpenEnum):
    """What a step of a plan does. More values may come: clients pass over those that they don't
    know."""

    RESPONSIBLE = "responsible"
    OWNER = "owner"
    RECENT = "recent"
    DEPUTY = "deputy"
    GROUP = "group"
    QUEUE = "queue"
    VOICEMAIL = "voicemail"
    MANAGER = "manager"
    SHORT_CODE = "short_code"
    HANG_UP = "hang_up"


class StepResult(OpenEnum):
    """What became of a step: each that is not won has the name of its leg's result. More values may
    come: clients pass over those that they don't know."""

    CONNECTED = "connected"
    BUSY = "busy"
    NO_ANSWER = "no_answer"
    NOT_CONFIRMED = "not_confirmed"
    DECLINED = "declined"
    UNREACHABLE = "unreachable"
    INVALID = "invalid"
    CANCELED = "canceled"
    FAILED = "failed"
    SKIPPED = "skipped"
    TIMED_OUT = "timed_out"
    FULL = "full"
    EMPTY = "empty"
    LEFT = "left"
    CALLBACK = "callback"
    DONE = "done"
