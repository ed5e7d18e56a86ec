"""What was said: a transcript of a recording, by channel, segment and word."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

import msgspec

from voicegw.model.recording import Channel
from voicegw.model.search_text import folded


class TranscriptStatus(StrEnum):
    """How far a transcript is; the last three are final."""

    QUEUED = "queued"
    RUNNING = "running"
    COMPLETED = "completed"
    FAILED = "failed"
    NONE = "none"
    """Transcription was switched off when the recording was made."""


class Word(msgspec.Struct):
    """A word and where it was heard, in seconds of the recording's clock.

    `confidence` is the recogniser's, 0 to 1; None where it gives none.
    """

    text: str
    start_s: float
    end_s: float
    confidence: float | None = None


class Alternative(msgspec.Struct):
    """Another text that the recogniser weighed for a segment.

    `probability` is the recogniser's, 0 to 1, among all texts it weighed for the segment.
    """

    text: str
    probability: float


class Segment(msgspec.Struct):
    """What one side said between two pauses. Times are seconds of the recording's clock.

    `alternatives` are what the recogniser would have written instead of `text`, the likeliest
    first; what their probabilities leave of 1 is that of `text`.
    """

    channel: Channel
    start_s: float
    end_s: float
    text: str
    confidence: float | None = None
    words: list[Word] = msgspec.field(default_factory=list)
    alternatives: list[Alternative] = msgspec.field(default_factory=list)


class Transcript(msgspec.Struct):
    """The transcript of a recording. Segments are ordered by start, channels mixed."""

    recording_id: str
    call_id: str
    status: TranscriptStatus
    created_at: datetime
    group_id: str | None = None
    manager_id: str | None = None
    engine: str | None = None
    model: str | None = None
    language: str | None = None
    progress: float = 0.0
    """How much of the recording has been worked through, 0 to 1."""
    failure: str | None = None
    duration_s: float | None = None
    completed_at: datetime | None = None
    segments: list[Segment] = msgspec.field(default_factory=list)

    def text(self, channel: Channel | None = None) -> str:
        """Return all that was said, one segment a line; by one side, if `channel` says so."""
        said = (one for one in self.segments if channel is None or one.channel is channel)
        return "\n".join(one.text for one in said)

    def search_text(self) -> str:
        """Return what a search sees (the store's column `text`): a folded segment a line."""
        return "\n".join(folded(one.text) for one in self.segments)
