"""Models of recordings, as docs/openapi.json has them. Written by `make client`."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec

from voicegw.client.models.enums import (
    Channel,
    FileKind,
    MarkKind,
    RecordingKind,
    RecordingStatus,
    Severity,
    TranscriptStatus,
)


class Alternative(msgspec.Struct, kw_only=True, frozen=True):
    """Another text that the recogniser weighed for a segment."""

    #: 0 to 1, among all texts that were weighed; what they leave is the segment's
    probability: float
    #: The words
    text: str


class CheckSummary(msgspec.Struct, kw_only=True, frozen=True):
    """What the check of a recording came to, in short."""

    #: How many findings there are that are more than information, by kind
    findings: dict[str, Any] = msgspec.field(default_factory=dict)
    #: 0 to 100; null where no script applies, or nobody could know what was said
    score: float | None = None
    #: The worst of them; null: there is none
    severity: Severity | None = None


class LegalHold(msgspec.Struct, kw_only=True, frozen=True):
    """Why a recording may not be deleted."""

    #: The key or the user who did it
    by: str
    #: Since when; RFC 3339, UTC
    since: datetime
    #: Why, in plain words
    why: str


class Match(msgspec.Struct, kw_only=True, frozen=True):
    """A part of a transcript that holds what was searched."""

    #: Who said it
    channel: Channel
    #: Where it ends, in seconds from the beginning of the recording
    end_s: float
    #: Seconds after the recording's first sample
    start_s: float
    #: The words
    text: str


class RecordingFile(msgspec.Struct, kw_only=True, frozen=True):
    """One file of a recording."""

    #: The key it is encrypted with; null: not encrypted
    key_id: str | None = None
    #: Which kind it is
    kind: FileKind
    #: Its media type
    media_type: str
    #: Size once decrypted
    plain_bytes: int
    #: SHA-256 of the plain bytes, hexadecimal
    sha256: str
    #: Size as it is stored
    size_bytes: int
    #: SHA-256 of the stored bytes
    stored_sha256: str


class RecordingMark(msgspec.Struct, kw_only=True, frozen=True):
    """Something that happened in a recording."""

    #: Seconds after the first sample; may be negative
    at_s: float
    #: Whose side it concerns, null for both
    channel: Channel | None = None
    #: More about it, in plain words
    detail: dict[str, Any] = msgspec.field(default_factory=dict)
    #: Which kind it is
    kind: MarkKind


class Recording(msgspec.Struct, kw_only=True, frozen=True):
    """The recording of a call."""

    #: The call
    call_id: str
    #: 2: customer left, manager right
    channels: int | None = None
    #: In a list, to those who may see quality: what its check came to; null: it is not checked yet
    check: CheckSummary | None = None
    #: When the master was sealed; RFC 3339, UTC
    completed_at: datetime | None = None
    #: When it was made; RFC 3339, UTC
    created_at: datetime
    #: The customer; null: nobody known here
    customer_id: str | None = None
    #: When its sound was deleted; RFC 3339, UTC
    deleted_at: datetime | None = None
    #: Length in seconds
    duration_s: float | None = None
    #: Its files, by kind
    files: list[RecordingFile] = msgspec.field(default_factory=list)
    #: The group
    group_id: str | None = None
    #: Set: it may not be deleted
    hold: LegalHold | None = None
    #: The hotline that the customer called, or was shown
    hotline_id: str | None = None
    #: Opaque; unique
    id: str
    #: Which kind it is
    kind: RecordingKind
    #: The manager; null: nobody
    manager_id: str | None = None
    #: What happened during the recording, in order
    marks: list[RecordingMark] = msgspec.field(default_factory=list)
    #: In a list with `q`: the first segments of the transcript that hold a term
    matches: list[Match] = msgspec.field(default_factory=list)
    #: The node that recorded it
    node: str
    #: Why it is absent or failed
    reason: str | None = None
    #: Redacted copies that were made; the last one is there
    redactions: list[Redaction] = msgspec.field(default_factory=list)
    #: Samples a second
    sample_rate_hz: int | None = None
    #: SHA-256 of the FLAC master, hexadecimal
    sha256: str | None = None
    #: Size of the FLAC master
    size_bytes: int | None = None
    #: When its first sample was heard; RFC 3339, UTC
    started_at: datetime | None = None
    #: `pending`, then `completed`, `absent` (nothing was recorded, `reason` says why) or `failed`
    status: RecordingStatus


class RedactedSpan(msgspec.Struct, kw_only=True, frozen=True):
    """What a redacted copy covers."""

    #: Whose side; null: both
    channel: Channel | None = None
    #: Where it ends, in seconds from the beginning of the recording
    end_s: float
    #: Seconds after the recording's first sample
    start_s: float


class Redaction(msgspec.Struct, kw_only=True, frozen=True):
    """The making of a redacted copy."""

    #: When it happened; RFC 3339, UTC
    at: datetime
    #: The key that asked for it
    by: str
    #: SHA-256 of the copy's FLAC, hexadecimal
    sha256: str
    #: Spans of the recording, in seconds
    spans: list[RedactedSpan] = msgspec.field(default_factory=list)
    #: Why, in plain words
    why: str


class Segment(msgspec.Struct, kw_only=True, frozen=True):
    """What one side said between two pauses, in seconds of the recording's clock."""

    #: What it may be as well, the likeliest first; none with engines that don't tell
    alternatives: list[Alternative] = msgspec.field(default_factory=list)
    #: Whose side: `customer` or `manager`
    channel: Channel
    #: The mean of its words', 0 to 1
    confidence: float | None = None
    #: Where it ends, in seconds from the beginning of the recording
    end_s: float
    #: Where it begins, in seconds from the beginning of the recording
    start_s: float
    #: The words
    text: str
    #: Each word with its times
    words: list[Word] = msgspec.field(default_factory=list)


class Transcript(msgspec.Struct, kw_only=True, frozen=True):
    """The transcript of a recording, as far as it is."""

    #: The call
    call_id: str
    #: When it became final; RFC 3339, UTC
    completed_at: datetime | None = None
    #: When it was made; RFC 3339, UTC
    created_at: datetime
    #: Length of the recording in seconds
    duration_s: float | None = None
    #: What recognised it
    engine: str | None = None
    #: Why it failed: recording-damaged, transcriber-died, transcriber-fault, not-found, attempts-
    #: used-up
    failure: str | None = None
    #: The group
    group_id: str | None = None
    #: Language of the text, ISO 639
    language: str | None = None
    #: The manager; null: nobody
    manager_id: str | None = None
    #: The model that recognised the speech
    model: str | None = None
    #: How much has been worked through, 0 to 1
    progress: float
    #: The recording
    recording_id: str
    #: By their beginning, both sides mixed
    segments: list[Segment] = msgspec.field(default_factory=list)
    #: none: transcription was switched off; the last three are final
    status: TranscriptStatus


class Word(msgspec.Struct, kw_only=True, frozen=True):
    """A word and where it was heard, in seconds of the recording's clock."""

    #: 0 to 1; null where the engine gives none
    confidence: float | None = None
    #: Where it ends, in seconds from the beginning of the recording
    end_s: float
    #: Where it begins, in seconds from the beginning of the recording
    start_s: float
    #: The words
    text: str
