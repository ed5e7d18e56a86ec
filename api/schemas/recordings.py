"""Recordings on the wire."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any

from pydantic import ConfigDict, Field

from api.schemas.base import OptionalTime, RequestModel, Text, ViewModel, time_field
from voicegw.model.finding import Severity
from voicegw.model.recording import Channel, FileKind, MarkKind, RecordingKind, RecordingStatus
from voicegw.model.seal import SealKind


class AudioFormat(StrEnum):
    """Forms in which a recording's audio can be asked for."""

    FLAC = "flac"
    WAV = "wav"
    OPUS = "opus"
    MP3 = "mp3"


class Copy(StrEnum):
    """Which sound of a recording."""

    ORIGINAL = "original"
    REDACTED = "redacted"


class AudioChannel(StrEnum):
    """Which side to hear. The master has the customer left and the manager right."""

    BOTH = "both"
    CUSTOMER = "customer"
    MANAGER = "manager"


class RecordingFileView(ViewModel):
    """One file of a recording."""

    kind: FileKind
    media_type: str = Field(examples=["audio/flac"])
    size_bytes: int = Field(description="Size as it is stored")
    plain_bytes: int = Field(description="Size once decrypted")
    sha256: str = Field(description="SHA-256 of the plain bytes, hexadecimal")
    stored_sha256: str = Field(description="SHA-256 of the stored bytes")
    key_id: str | None = Field(description="The key it is encrypted with; null: not encrypted")


class RecordingMarkView(ViewModel):
    """Something that happened in a recording."""

    kind: MarkKind
    at_s: float = Field(description="Seconds after the first sample; may be negative")
    channel: Channel | None = Field(description="Whose side it concerns, null for both")
    detail: dict[str, Any]


class PeaksView(ViewModel):
    """A wave form in the JSON form of audiowaveform (version 2), which wave form players read."""

    version: int = Field(examples=[2])
    channels: int = Field(description="2: customer, manager")
    sample_rate: int = Field(description="Of the recording, in Hz", examples=[8000])
    samples_per_pixel: int = Field(description="Samples that a point spans", examples=[400])
    bits: int = Field(description="8: values from -128 to 127", examples=[8])
    length: int = Field(description="How many points there are")
    data: list[int] = Field(
        description="For each point the customer's least and greatest value, then the manager's",
        examples=[[-3, 4, -60, 71]],
    )


class HoldBody(RequestModel):
    """Why a recording is to be kept."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"why": "court case 2026-17"}]})

    why: Annotated[Text, Field(min_length=1, max_length=500)]


class SealView(ViewModel):
    """A link of a node's chain that tells of a recording."""

    node: str = Field(description="Whose chain it is in")
    number: int = Field(description="Its place in the chain, from 1")
    kind: SealKind
    recording_id: str
    hash: str = Field(description="SHA-256 of `document` in canonical form (RFC 8785)")
    document: dict[str, Any] = Field(description="What the seal says; names the hash before it")
    key_id: str | None = Field(description="Which key signed it; deletions only")
    signature: str | None = Field(description="Ed25519 over the same bytes, base64")


class SealedHeadView(ViewModel):
    """Where a node's chain ended, as it was signed."""

    node: str
    number: int = Field(description="How many seals the chain had")
    signed_at: datetime
    document: dict[str, Any] = Field(
        description='`{"head": …, "signature": …}`; signed is the head in canonical form'
    )


class SealKeyView(ViewModel):
    """A public key of a node."""

    key_id: str = Field(description="32 hexadecimal digits of its SHA-256")
    node: str
    created_at: datetime
    document: dict[str, Any] = Field(
        description="The key (base64), its own signature, and the one of the key before it"
    )


class LegalHoldView(ViewModel):
    """Why a recording may not be deleted."""

    by: str
    why: str
    since: datetime


class RedactedSpanView(ViewModel):
    """What a redacted copy covers."""

    start_s: float = Field(description="Seconds after the recording's first sample")
    end_s: float
    channel: Channel | None = Field(description="Whose side; null: both")


class RedactionView(ViewModel):
    """The making of a redacted copy."""

    by: str = Field(description="The key that asked for it")
    why: str
    at: datetime
    spans: list[RedactedSpanView]
    sha256: str = Field(description="SHA-256 of the copy's FLAC, hexadecimal")


class MatchView(ViewModel):
    """A part of a transcript that holds what was searched."""

    channel: Channel = Field(description="Who said it")
    start_s: float = Field(description="Seconds after the recording's first sample")
    end_s: float
    text: str


class CheckSummaryView(ViewModel):
    """What the check of a recording came to, in short."""

    score: float | None = Field(
        description="0 to 100; null where no script applies, or nobody could know what was said"
    )
    findings: dict[str, int] = Field(
        description="How many findings there are that are more than information, by kind",
        examples=[{"statement-missing": 1, "phrase-forbidden": 2}],
    )
    severity: Severity | None = Field(description="The worst of them; null: there is none")


class RecordingView(ViewModel):
    """The recording of a call."""

    id: str
    call_id: str
    kind: RecordingKind
    status: RecordingStatus
    node: str = Field(description="The node that recorded it")
    group_id: str | None
    manager_id: str | None
    customer_id: str | None
    hotline_id: str | None = Field(description="The hotline that the customer called, or was shown")
    reason: str | None = Field(description="Why it is absent or failed")
    created_at: datetime
    completed_at: OptionalTime = time_field("When the master was sealed")
    duration_s: float | None = Field(description="Length in seconds", examples=[63.4])
    channels: int | None = Field(description="2: customer left, manager right")
    sample_rate_hz: int | None = Field(examples=[8000])
    size_bytes: int | None = Field(description="Size of the FLAC master")
    sha256: str | None = Field(description="SHA-256 of the FLAC master, hexadecimal")
    started_at: OptionalTime = time_field("When its first sample was heard")
    files: list[RecordingFileView]
    marks: list[RecordingMarkView]
    redactions: list[RedactionView] = Field(
        description="Redacted copies that were made; the last one is there"
    )
    hold: LegalHoldView | None = Field(description="Set: it may not be deleted")
    deleted_at: OptionalTime = time_field("When its sound was deleted")
    matches: list[MatchView] = Field(
        default=[],
        description="In a list with `q`: the first segments of the transcript that hold a term",
    )
    check: CheckSummaryView | None = Field(
        default=None,
        description="In a list, to those who may see quality: what its check came to; "
        "null: it is not checked yet",
    )
