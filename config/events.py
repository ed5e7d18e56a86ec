"""The section of events: how long they are kept at hand, how many may follow them."""

from __future__ import annotations

from pydantic import Field

from config.sections import Section


class EventsSettings(Section):
    """Events: how long they are kept at hand, and how many may follow them as a stream."""

    retention_days: int = Field(
        default=30,
        ge=1,
        le=3650,
        description="Days for which events can be read and streamed; older ones, once delivered, "
        "are moved to {data_dir}/events-archive.",
    )
    streams: int = Field(
        default=200, ge=1, le=10_000, description="Streams of events that may be open at a time."
    )
    streams_per_key: int = Field(
        default=10, ge=1, le=10_000, description="Of these, those of one key or user."
    )
    stream_buffer: int = Field(
        default=1000,
        ge=10,
        le=100_000,
        description="Events that may wait for a slow reader of a stream before it is let go.",
    )
    disposition_hours: int = Field(
        default=24,
        ge=0,
        le=720,
        description="Hours after a call's begin by which its manager is to have told what came of "
        "it, where the hotline asks for that (after_call.result); then disposition.overdue. 0: "
        "never.",
    )
