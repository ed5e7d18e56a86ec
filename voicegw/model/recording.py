"""Recordings as everyone outside the recorder sees them."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

import msgspec


class RecordingKind(StrEnum):
    """What a recording holds."""

    TALK = "talk"
    VOICEMAIL = "voicemail"


class RecordingStatus(StrEnum):
    """How far a recording is; the last three are final."""

    PENDING = "pending"
    COMPLETED = "completed"
    ABSENT = "absent"
    FAILED = "failed"


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
    reason: str | None = None
    path: str | None = None
    spool: str | None = None
    duration_s: float | None = None
    channels: int | None = None
    sample_rate_hz: int | None = None
    size_bytes: int | None = None
    sha256: str | None = None
    completed_at: datetime | None = None
