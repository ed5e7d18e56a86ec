"""Enumerations, as docs/openapi.json has them. Written by `make client`."""

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


class Channel(OpenEnum):
    """A side of a recording. In a file the customer is left (0), the manager right (1). More values
    may come: clients pass over those that they don't know."""

    CUSTOMER = "customer"
    MANAGER = "manager"


class ContactChannel(OpenEnum):
    """How a customer is to be contacted. More values may come: clients pass over those that they
    don't know."""

    CALL = "call"
    VISIT = "visit"
    ANY = "any"


class Copy(OpenEnum):
    """Which sound of a recording."""

    ORIGINAL = "original"
    REDACTED = "redacted"


class Deadline(OpenEnum):
    """What is owed by a time. More values may come: clients pass over those that they don't
    know."""

    CONTACT = "contact"
    CLOSE = "close"
    ANSWER = "answer"


class DeliveryError(OpenEnum):
    """Why an attempt came to nothing. The names are stable. More values may come: clients pass over
    those that they don't know."""

    DNS_FAILED = "dns-failed"
    ADDRESS_REFUSED = "address-refused"
    CONNECT_FAILED = "connect-failed"
    TLS_FAILED = "tls-failed"
    TIMEOUT = "timeout"
    CONNECTION_LOST = "connection-lost"
    REDIRECT = "redirect"
    REFUSED = "refused"
    GONE = "gone"
    EXPIRED = "expired"
    EVENT_GONE = "event-gone"
    INTERNAL_ERROR = "internal-error"
    SECRET_UNREADABLE = "secret-unreadable"


class DeliveryState(OpenEnum):
    """How far a delivery is. More values may come: clients pass over those that they don't know."""

    PENDING = "pending"
    DELIVERED = "delivered"
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


class EscalationWhy(OpenEnum):
    """How it came that a time has passed. More values may come: clients pass over those that they
    don't know."""

    NO_MANAGER = "no_manager"
    QUIET_HOURS = "quiet_hours"
    NOT_CALLED = "not_called"
    NOT_REACHED = "not_reached"
    NOT_CLOSED = "not_closed"
    NOT_ANSWERED = "not_answered"


class EveryUnit(OpenEnum):
    """What an interval is counted in. More values may come: clients pass over those that they don't
    know."""

    WEEKS = "weeks"
    MONTHS = "months"


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


class FieldKind(OpenEnum):
    """What a field of a task may hold. More values may come: clients pass over those that they
    don't know."""

    TEXT = "text"
    NUMBER = "number"
    DATE = "date"
    BOOLEAN = "boolean"
    CHOICE = "choice"


class FileKind(OpenEnum):
    """What a file of a recording is. More values may come: clients pass over those that they don't
    know."""

    MASTER = "master"
    LISTENING = "listening"
    PEAKS = "peaks"
    REDACTED = "redacted"


class FindingKind(OpenEnum):
    """What is right or wrong about a talk. More values may come: clients pass over those that they
    don't know."""

    STATEMENT_SAID = "statement-said"
    STATEMENT_MISSING = "statement-missing"
    STATEMENT_UNSURE = "statement-unsure"
    STATEMENT_LATE = "statement-late"
    STATEMENT_OUT_OF_ORDER = "statement-out-of-order"
    SLOT_WRONG = "slot-wrong"
    ASSENT_MISSING = "assent-missing"
    ASSENT_OVERRUN = "assent-overrun"
    PHRASE_FORBIDDEN = "phrase-forbidden"
    PHRASE_UNSURE = "phrase-unsure"
    NOTICE_MISSING = "notice-missing"
    MEASURE = "measure"


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


class Infeasibility(OpenEnum):
    """Why a contact is not planned. More values may come: clients pass over those that they don't
    know."""

    NO_OWNER = "no-owner"
    MANAGER_AWAY = "manager-away"
    OVER_CAPACITY = "over-capacity"
    DO_NOT_CALL = "do-not-call"
    NO_VISITING_DAY = "no-visiting-day"


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


class ManagerStatus(OpenEnum):
    """Whether a manager takes calls. More values may come: clients pass over those that they don't
    know."""

    ACTIVE = "active"
    AWAY = "away"
    DEPARTED = "departed"


class MarkKind(OpenEnum):
    """What happened at a moment of a recording. More values may come: clients pass over those that
    they don't know."""

    NOTICE = "notice"
    NOTICE_HEARD = "notice-heard"
    BRIDGE = "bridge"
    BEEP = "beep"
    HOLD = "hold"
    UNHOLD = "unhold"
    PAUSE = "pause"
    RESUME = "resume"
    END = "end"
    PROMPT = "prompt"
    PROMPT_HEARD = "prompt-heard"
    TRANSFER = "transfer"
    STATEMENT = "statement"
    ASSENT = "assent"
    REFUSAL = "refusal"


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


class PlanItemKind(OpenEnum):
    """What a run says of one contact. More values may come: clients pass over those that they don't
    know."""

    ADDED = "added"
    MOVED = "moved"
    WITHDRAWN = "withdrawn"
    INFEASIBLE = "infeasible"


class PlanRunState(OpenEnum):
    """How far a run is; the last two are final. More values may come: clients pass over those that
    they don't know."""

    WAITING = "waiting"
    RUNNING = "running"
    COMPLETED = "completed"
    FAILED = "failed"


class Priority(OpenEnum):
    """What comes first, of what is due. More values may come: clients pass over those that they
    don't know."""

    LOW = "low"
    NORMAL = "normal"
    HIGH = "high"
    URGENT = "urgent"


class Proposal(OpenEnum):
    """What whoever tells a result is asked to do besides. More values may come: clients pass over
    those that they don't know."""

    DO_NOT_CALL = "do_not_call"


class ReasonSource(OpenEnum):
    """What a leg's reason is known from, the surest last. More values may come: clients pass over
    those that they don't know."""

    CODE = "code"
    TONE = "tone"
    ANNOUNCEMENT = "announcement"


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


class ReportKind(OpenEnum):
    """What a report is about. More values may come: clients pass over those that they don't
    know."""

    ACTIVITY = "activity"
    TASKS = "tasks"
    FEEDBACK = "feedback"
    MANAGERS = "managers"
    HOTLINES = "hotlines"


class ResultKind(OpenEnum):
    """What a result means, whatever its code: this is what reports count. More values may come:
    clients pass over those that they don't know."""

    SUCCESS = "success"
    PARTIAL = "partial"
    REFUSED = "refused"
    CALL_AGAIN = "call_again"
    UNREACHABLE = "unreachable"


class ResultSource(OpenEnum):
    """How the result of a task was told. More values may come: clients pass over those that they
    don't know."""

    API = "api"
    KEYPAD = "keypad"
    SMS = "sms"
    LINK = "link"
    GATEWAY = "gateway"


class RuleKind(OpenEnum):
    """How it is decided who gets a task. More values may come: clients pass over those that they
    don't know."""

    OWNER = "owner"
    EVENLY = "evenly"
    CLASS = "class"
    SKILL = "skill"
    HAND = "hand"


class Severity(OpenEnum):
    """How much a finding matters. More values may come: clients pass over those that they don't
    know."""

    INFO = "info"
    MINOR = "minor"
    MAJOR = "major"
    CRITICAL = "critical"


class SplitBy(OpenEnum):
    """What the rows of a report are split by: one span of time, and any of the others. More values
    may come: clients pass over those that they don't know."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    MANAGER = "manager"
    GROUP = "group"
    HOTLINE = "hotline"
    TYPE = "type"


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


class TranscriptFormat(OpenEnum):
    """Forms in which a transcript can be asked for."""

    JSON = "json"
    VTT = "vtt"
    TEXT = "text"


class TranscriptStatus(OpenEnum):
    """How far a transcript is; the last three are final. More values may come: clients pass over
    those that they don't know."""

    QUEUED = "queued"
    RUNNING = "running"
    COMPLETED = "completed"
    FAILED = "failed"
    NONE = "none"


class TriggerOutcome(OpenEnum):
    """What a trigger led to. More values may come: clients pass over those that they don't know."""

    CREATED = "created"
    JOINED = "joined"
    BELOW_THRESHOLD = "below_threshold"


class Unit(OpenEnum):
    """What a figure counts in. More values may come: clients pass over those that they don't
    know."""

    COUNT = "count"
    SHARE = "share"
    S = "s"
    POINTS = "points"
    DATE = "date"
    TEXT = "text"


class Written(OpenEnum):
    """What became of one customer. More values may come: clients pass over those that they don't
    know."""

    CREATED = "created"
    REPLACED = "replaced"
    UNCHANGED = "unchanged"
    REFUSED = "refused"
