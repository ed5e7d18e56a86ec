"""Prompts over the wire."""

from __future__ import annotations

from datetime import datetime

from pydantic import Field

from api.schemas.base import RequestModel, ViewModel
from ivr.prompt_service import MAX_TEXT
from ivr.prompts import PromptSource


class SpokenBody(RequestModel):
    """What the node's speech program is to say."""

    text: str = Field(
        min_length=1,
        max_length=MAX_TEXT,
        description="Spoken by the program of `speech.command`",
        examples=["今天下午不办公。"],
    )


class PromptView(ViewModel):
    """What callers hear by a language and a name."""

    language: str = Field(description="`tones` for what is not speech", examples=["zh"])
    name: str = Field(examples=["after_hours"])
    source: PromptSource = Field(
        description="`store`: uploaded; `folder`: a file of this node's own folder; `shipped`"
    )
    duration_ms: int = Field(description="Milliseconds", examples=[2350])
    digest: str = Field(
        description="SHA-256 of its samples at 8 kHz; marks of recordings have the same"
    )
    text: str | None = Field(description="What it says, where that is known")
    created_at: datetime | None = Field(description="When it was uploaded")
    created_by: str | None = Field(description="Id of the key it was uploaded with")
