"""The audit log on the wire."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import Field

from api.schemas.base import TIME_DESCRIPTION, ViewModel
from voicegw.model.audit import AuditAction, SubjectKind


class AuditEntryView(ViewModel):
    """Who did what to what. It holds no telephone number and nobody's name."""

    position: int = Field(description="Rises with each entry, with gaps")
    at: datetime = Field(description=TIME_DESCRIPTION, examples=["2026-01-05T02:03:04Z"])
    principal: str = Field(
        description="The key or user that asked, `command line`, or `nobody` (an unknown login)",
        examples=["key_0jb6"],
    )
    role: str = Field(
        description="The role at that time; empty where there is none", examples=["qa_reviewer"]
    )
    action: AuditAction
    subject_kind: SubjectKind
    subject: str = Field(description="The id of what it was done to", examples=["rec_0jb6"])
    group_id: str | None = Field(description="The group of that thing")
    request_id: str | None = Field(description="The request's `X-Request-Id`")
    detail: dict[str, Any] = Field(
        description="Depends on the action; of a listening its format, channel and copy",
        examples=[{"format": "flac", "channel": "both"}],
    )
