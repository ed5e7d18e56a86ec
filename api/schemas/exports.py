"""Exports on the wire."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from pydantic import Field

from api.recording_query import MAX_QUERY
from api.schemas.base import (
    TIME_DESCRIPTION,
    Id,
    NumberText,
    OptionalTime,
    RequestModel,
    Text,
    Time,
    ViewModel,
    time_field,
)
from voicegw.model.export import ExportContent, ExportKind, ExportState
from voicegw.model.finding import FindingKind, Severity
from voicegw.model.recording import RecordingStatus

MAX_IDS = 1000

_Score = Annotated[float, Field(ge=0, le=100)]
_Seconds = Annotated[float, Field(ge=0, le=1_000_000, allow_inf_nan=False)]
Why = Annotated[
    Text,
    Field(
        min_length=1,
        max_length=500,
        description="The reason, for the audit log; numbers in it are masked there",
        examples=["complaint 2026-17"],
    ),
]


class ExportFilters(RequestModel):
    """Which recordings: as in their list. What is left out does not filter."""

    from_: Time | None = Field(default=None, alias="from", description="Created at or after")
    until: Time | None = Field(default=None, description="Created before")
    status: RecordingStatus | None = Field(default=None, strict=False)
    group_id: Id | None = None
    manager_id: Id | None = None
    customer_id: Id | None = None
    call_id: Id | None = None
    number: NumberText | None = Field(
        default=None, description="The customer's, in any usual spelling; by roles that see it"
    )
    q: Annotated[Text, Field(max_length=MAX_QUERY)] | None = Field(
        default=None, description="What was said"
    )
    finding: FindingKind | None = Field(default=None, strict=False)
    severity: Severity | None = Field(default=None, strict=False, description="At least")
    min_score: _Score | None = None
    max_score: _Score | None = None
    has_transcript: bool | None = None
    hotline_id: Id | None = None
    min_duration_s: _Seconds | None = Field(
        default=None, description="At least so long, in seconds"
    )
    max_duration_s: _Seconds | None = Field(default=None, description="At most so long, in seconds")
    ids: Annotated[list[Id], Field(max_length=MAX_IDS)] | None = Field(
        default=None, description="Only these recordings"
    )


_Content = Annotated[ExportContent, Field(strict=False)]


class ExportBody(RequestModel):
    """An archive to make."""

    filters: ExportFilters = Field(
        default_factory=ExportFilters, description="Which recordings; empty: all that are seen"
    )
    contents: Annotated[list[_Content], Field(min_length=1, max_length=4)] = Field(
        default=[ExportContent.MASTER, ExportContent.TRANSCRIPT, ExportContent.FINDINGS],
        description="What of each recording",
    )
    redacted: bool = Field(
        default=False,
        description="Redacted copies only: no recording without one, no word that they cover",
    )
    why: Why


class DossierBody(RequestModel):
    """A matter: a customer's, a task's, or some calls, in a span of time."""

    customer_id: Id | None = None
    task_id: Id | None = None
    call_ids: Annotated[list[Id], Field(min_length=1, max_length=MAX_IDS)] | None = None
    from_: Time | None = Field(default=None, alias="from", description="Calls begun at or after")
    until: Time | None = Field(default=None, description="Calls begun before")
    why: Why


class ExportView(ViewModel):
    """An archive and how far it is."""

    id: str = Field(examples=["exp_0jb6"])
    kind: ExportKind
    state: ExportState
    node: str = Field(description="The node that has the file")
    created_by: str = Field(description="The key that asked; it and administrators may fetch it")
    created_at: datetime = Field(description=TIME_DESCRIPTION)
    why: str
    contents: list[ExportContent]
    redacted: bool
    filters: dict[str, Any] = Field(
        description="What was asked for; `number` and `q` are not kept: `given`"
    )
    group_id: str | None = Field(description="The group of a dossier's matter")
    recordings: int = Field(description="Recordings in the archive so far")
    incomplete: int = Field(description="Of how many something is missing; the manifest says what")
    size_bytes: int | None = Field(description="Size of the archive")
    sha256: str | None = Field(description="SHA-256 of the archive, hexadecimal")
    failure: str | None = Field(description="Why it failed: a slug", examples=["interrupted"])
    finished_at: OptionalTime = time_field("When it was finished or failed")
    expires_at: OptionalTime = time_field("When the archive is removed")
    withdrawn_at: OptionalTime = time_field(
        "When a recording in it was deleted: it can't be fetched from then on"
    )
