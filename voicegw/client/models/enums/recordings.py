"""Enumerations of recordings, as docs/openapi.json has them. Written by `make client`."""

from __future__ import annotations

from voicegw.client.open_enum import OpenEnum


class Channel(OpenEnum):
    """A side of a recording. In a file the customer is left (0), the manager right (1). More values
    may come: clients pass over those that they don't know."""

    CUSTOMER = "customer"
    MANAGER = "manager"


class Copy(OpenEnum):
    """Which sound of a recording."""

    ORIGINAL = "original"
    REDACTED = "redacted"


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


class Severity(OpenEnum):
    """How much a finding matters. More values may come: clients pass over those that they don't
    know."""

    INFO = "info"
    MINOR = "minor"
    MAJOR = "major"
    CRITICAL = "critical"


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
