"""Archives of recordings that somebody has asked for."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

import msgspec


class ExportKind(StrEnum):
    """What an archive is for."""

    RECORDINGS = "recordings"
    """Many recordings, with a manifest."""
    DOSSIER = "dossier"
    """All about one matter, with what proves it."""


class ExportContent(StrEnum):
    """What of each recording goes into an archive."""

    MASTER = "master"
    LISTENING = "listening"
    TRANSCRIPT = "transcript"
    FINDINGS = "findings"


class ExportState(StrEnum):
    """How far an archive is; it can be fetched while it is completed."""

    QUEUED = "queued"
    RUNNING = "running"
    COMPLETED = "completed"
    FAILED = "failed"
    EXPIRED = "expired"
    """It was there, and has been removed since."""


class Export(msgspec.Struct):
    """An archive, its making and its end.

    `created_by` is the key that asked, or `command line`; it and administrators may fetch it.
    `filters` says what was asked for, without numbers and searched text. `node` has the file.
    """

    id: str
    kind: ExportKind
    node: str
    created_by: str
    role: str
    created_at: datetime
    why: str = ""
    contents: list[ExportContent] = msgspec.field(default_factory=list)
    redacted: bool = False
    """Whether redacted copies stand for the recordings."""
    filters: dict[str, Any] = msgspec.field(default_factory=dict)
    group_id: str | None = None
    state: ExportState = ExportState.QUEUED
    recordings: int = 0
    """How many are in the archive so far."""
    incomplete: int = 0
    """Of how many something is missing; the manifest says what."""
    size_bytes: int | None = None
    sha256: str | None = None
    failure: str | None = None
    finished_at: datetime | None = None
    expires_at: datetime | None = None
    withdrawn_at: datetime | None = None
    """When a recording that may be in it was deleted: nobody fetches it from then on."""
