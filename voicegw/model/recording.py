"""Recordings as everyone outside the recorder sees them."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any, Final

import msgspec


class RecordingKind(StrEnum):
    """What a recording holds."""

    TALK = "talk"
    VOICEMAIL = "voicemail"


class RecordingStatus(StrEnum):
    """How far a recording is; all but the first are final, and may only become deleted."""

    PENDING = "pending"
    COMPLETED = "completed"
    ABSENT = "absent"
    FAILED = "failed"
    DELETED = "deleted"
    """Its sound has been deleted; a signed stub says what it was, who deleted it and why."""


class Channel(StrEnum):
    """A side of a recording. In a file the customer is left (0), the manager right (1)."""

    CUSTOMER = "customer"
    MANAGER = "manager"


class FileKind(StrEnum):
    """What a file of a recording is."""

    MASTER = "master"
    """The evidence: FLAC, both channels."""
    LISTENING = "listening"
    """The same, small: Opus or MP3."""
    PEAKS = "peaks"
    """The wave form to draw."""
    REDACTED = "redacted"
    """A copy in which spans are covered by a beep."""


class Place(StrEnum):
    """Where a recording's files lie."""

    LOCAL = "local"
    """On the node that recorded it."""
    BOTH = "both"
    """In the storage, verified there, and still on the node."""
    REMOTE = "remote"
    """In the storage only."""


class RecordingFile(msgspec.Struct):
    """One file of a recording.

    `key` is its path in the storage. `sha256` is of the plain bytes, `stored_sha256` and
    `size_bytes` of what lies in the storage; they are the same where `key_id` is None, which means
    that the file is not encrypted. `plain_bytes` is the size once it is decrypted.
    """

    kind: FileKind
    key: str
    media_type: str
    size_bytes: int
    sha256: str
    plain_bytes: int
    stored_sha256: str
    key_id: str | None = None


class MarkKind(StrEnum):
    """What happened at a moment of a recording."""

    NOTICE = "notice"
    NOTICE_HEARD = "notice-heard"
    BRIDGE = "bridge"
    BEEP = "beep"
    HOLD = "hold"
    UNHOLD = "unhold"
    PAUSE = "pause"
    RESUME = "resume"
    END = "end"
    """The talk or the message is over; what is said and pressed after it is no part of it."""
    PROMPT = "prompt"
    PROMPT_HEARD = "prompt-heard"
    TRANSFER = "transfer"
    STATEMENT = "statement"
    """A statement of a script begins to be played to the customer."""
    ASSENT = "assent"
    """The customer pressed the key that says yes to the statement before."""
    REFUSAL = "refusal"
    """The customer pressed the key that says no, or none in time."""


OWED_MARK: Final = "owed"
"""Kind of a mark that stays in the capture: from here on it is owed to somebody, as a recording of
the kind `recording`, to `manager` and of `customer` (ids). So a capture says it of itself, whatever
journal and store know."""
TELLS_OWED: Final = "tells_owed"
"""In the header of a capture: a mark tells when it is owed, so that one without it is owed to
nobody. Captures of earlier versions don't have it."""


class RecordingMark(msgspec.Struct):
    """Something that happened `at_s` seconds after the recording's first sample (or before it).

    `channel` is whose side it concerns, None for both. `detail` depends on the kind.
    """

    kind: MarkKind
    at_s: float
    channel: Channel | None = None
    detail: dict[str, Any] = msgspec.field(default_factory=dict)


class LegalHold(msgspec.Struct):
    """Why a recording may not be deleted, whatever its age."""

    by: str
    why: str
    since: datetime


class RedactedSpan(msgspec.Struct, frozen=True):
    """What is covered: from `start_s` to before `end_s`, on one side, or on both (None)."""

    start_s: float
    end_s: float
    channel: Channel | None = None


class Redaction(msgspec.Struct, frozen=True):
    """The making of a redacted copy. `sha256` is of the copy's FLAC, plain."""

    by: str
    why: str
    at: datetime
    spans: list[RedactedSpan]
    sha256: str


class RecordingRef(msgspec.Struct):
    """A recording as a call names it."""

    id: str
    kind: RecordingKind
    status: RecordingStatus


class Recording(msgspec.Struct):
    """The recording of a call. `path` is relative to the storage's root and holds no number."""

    id: str
    call_id: str
    kind: RecordingKind
    status: RecordingStatus
    node: str
    created_at: datetime
    group_id: str | None = None
    manager_id: str | None = None
    customer_id: str | None = None
    hotline_id: str | None = None
    """Which hotline the customer called, or was shown."""
    reason: str | None = None
    path: str | None = None
    spool: str | None = None
    duration_s: float | None = None
    channels: int | None = None
    sample_rate_hz: int | None = None
    size_bytes: int | None = None
    sha256: str | None = None
    completed_at: datetime | None = None
    started_at: datetime | None = None
    """When its first sample was heard, by the recording node's clock."""
    files: list[RecordingFile] = msgspec.field(default_factory=list)
    marks: list[RecordingMark] = msgspec.field(default_factory=list)
    place: Place = Place.LOCAL
    redactions: list[Redaction] = msgspec.field(default_factory=list)
    """The last one tells of the copy that is there."""
    hold: LegalHold | None = None
    deleted_at: datetime | None = None

    def file(self, kind: FileKind) -> RecordingFile | None:
        """Return the file of this kind, the newest where there are several.

        A recording made before its files were listed has a master all the same.
        """
        listed = next((one for one in reversed(self.files) if one.kind is kind), None)
        if listed is None and kind is FileKind.MASTER and self.path is not None:
            size_bytes, sha256 = self.size_bytes or 0, self.sha256 or ""
            return RecordingFile(
                kind, self.path, "audio/flac", size_bytes, sha256, size_bytes, sha256
            )
        return listed

    @property
    def talkers(self) -> list[str]:
        """The ids of all managers who talked in it, in order: whose it is, and who came before."""
        bridges = (one.detail for one in self.marks if one.kind is MarkKind.BRIDGE)
        named = [one.get(whose) for one in bridges for whose in ("manager", "third")]
        return list(dict.fromkeys(one for one in (*named, self.manager_id) if isinstance(one, str)))

    @property
    def redacted_spans(self) -> list[RedactedSpan]:
        """What the redacted copy covers; nothing when there is none."""
        return self.redactions[-1].spans if self.redactions else []
