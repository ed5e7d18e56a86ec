"""Transcripts on the wire."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from pydantic import Field

from api.schemas.base import OptionalTime, ViewModel, time_field
from voicegw.model.recording import Channel
from voicegw.model.transcript import TranscriptStatus


class TranscriptFormat(StrEnum):
    """Forms in which a transcript can be asked for."""

    JSON = "json"
    VTT = "vtt"
    TEXT = "text"


class WordView(ViewModel):
    """A word and where it was heard, in seconds of the recording's clock."""

    text: str = Field(examples=["您好"])
    start_s: float
    end_s: float
    confidence: float | None = Field(description="0 to 1; null where the engine gives none")


class AlternativeView(ViewModel):
    """Another text that the recogniser weighed for a segment."""

    text: str = Field(examples=["您好请问是章先生吗"])
    probability: float = Field(
        description="0 to 1, among all texts that were weighed; what they leave is the segment's"
    )


class SegmentView(ViewModel):
    """What one side said between two pauses, in seconds of the recording's clock."""

    channel: Channel
    start_s: float = Field(examples=[12.34])
    end_s: float = Field(examples=[15.01])
    text: str = Field(examples=["您好请问是张先生吗"])
    confidence: float | None = Field(description="The mean of its words', 0 to 1")
    words: list[WordView]
    alternatives: list[AlternativeView] = Field(
        description="What it may be as well, the likeliest first; none with engines that don't tell"
    )


class TranscriptView(ViewModel):
    """The transcript of a recording, as far as it is."""

    recording_id: str
    call_id: str
    status: TranscriptStatus = Field(
        description="none: transcription was switched off; the last three are final"
    )
    created_at: datetime
    group_id: str | None
    manager_id: str | None
    engine: str | None = Field(description="What recognised it", examples=["vosk"])
    model: str | None = Field(examples=["vosk-model-small-cn-0.22"])
    language: str | None = Field(examples=["zh"])
    progress: float = Field(description="How much has been worked through, 0 to 1")
    failure: str | None = Field(
        description="Why it failed: recording-damaged, transcriber-died, transcriber-fault, "
        "not-found, attempts-used-up"
    )
    duration_s: float | None = Field(description="Length of the recording in seconds")
    completed_at: OptionalTime = time_field("When it became final")
    segments: list[SegmentView] = Field(description="By their beginning, both sides mixed")
