"""Recordings to seal."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta
from typing import Any

from voicegw.model.recording import (
    Channel,
    FileKind,
    MarkKind,
    Recording,
    RecordingFile,
    RecordingKind,
    RecordingMark,
    RecordingStatus,
)

NOW = datetime(2026, 3, 4, 5, 6, 7, 890123, tzinfo=UTC)


def a_file(key: str, content: bytes, kind: FileKind = FileKind.MASTER) -> RecordingFile:
    """Return a file that is not encrypted."""
    sha256 = hashlib.sha256(content).hexdigest()
    media_type = "audio/flac" if kind is FileKind.MASTER else "audio/ogg"
    return RecordingFile(kind, key, media_type, len(content), sha256, len(content), sha256)


def a_recording(
    number: int, *, node: str = "node-1", content: bytes | None = None, **more: Any
) -> Recording:
    """Return a completed recording, the `number`th of its node, a second after the one before."""
    created_at = NOW + timedelta(seconds=number)
    recording_id = f"rec_{number:04}"
    content = content if content is not None else b"sound %d" % number
    fields: dict[str, Any] = {
        "id": recording_id,
        "call_id": f"call_{number:04}",
        "kind": RecordingKind.TALK,
        "status": RecordingStatus.COMPLETED,
        "node": node,
        "created_at": created_at,
        "group_id": "grp_1",
        "manager_id": "mgr_1",
        "started_at": created_at,
        "completed_at": created_at + timedelta(seconds=9),
        "duration_s": 7.25,
        "channels": 2,
        "sample_rate_hz": 8000,
        "path": f"2026/03/04/{recording_id}.flac",
        "sha256": hashlib.sha256(content).hexdigest(),
        "size_bytes": len(content),
        "files": [a_file(f"2026/03/04/{recording_id}.flac", content)],
        "marks": [
            RecordingMark(MarkKind.NOTICE_HEARD, -2.5),
            RecordingMark(MarkKind.HOLD, 3.125, Channel.MANAGER, {"by": "manager"}),
        ],
    }
    return Recording(**(fields | more))
